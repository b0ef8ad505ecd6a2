"""What the caller is told, and how they want to be told."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.articles import ETAG, IF_MATCH
from claims.api.bodies import Reading, etag_of, with_etag
from claims.api.errors import problems
from claims.models.notifications import Notification
from claims.rules import workflow
from claims.rules.notifications import DigestTime, Kind, Way
from claims.services import notifications

CURSORS = paging.Cursors("notifications")
KINDS = workflow.choices(Kind)
WAYS = workflow.choices(Way)
IDS_LIMIT = 200


class NotificationOut(serializers.Serializer[Any]):
    """Something that concerns the caller."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    text = serializers.CharField(help_text="A sentence for a person.")
    desk = serializers.CharField(help_text="Slug.")
    claim = serializers.IntegerField(allow_null=True)
    actor = serializers.CharField(allow_null=True, help_text="Null: the machine.")
    note = serializers.IntegerField(allow_null=True, help_text="The note that it is about.")
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NotificationPage(paging.Page):
    """The newest first."""

    results = NotificationOut(many=True)


class NotificationQuery(paging.PageQuery):
    """Which of them."""

    unread = serializers.BooleanField(required=False, default=False, help_text="Only what is unread.")


class NotificationsRead(Reading):
    """Which of them were read."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        allow_null=True,
        default=None,
        max_length=IDS_LIMIT,
        help_text="All of them when left out.",
    )


class ReadOut(serializers.Serializer[Any]):
    """What changed."""

    marked = serializers.IntegerField(help_text="How many were unread. The caller cannot mark what others are told.")


class WayOfKind(serializers.Serializer[Any]):
    """In which way somebody is told of one kind."""

    kind = serializers.ChoiceField(choices=KINDS)
    way = serializers.ChoiceField(choices=WAYS)


class DigestOut(serializers.Serializer[Any]):
    """When the digest goes out."""

    hour = serializers.IntegerField(min_value=0, max_value=23)
    days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), min_length=1, max_length=7, help_text="1 is Monday."
    )
    timezone = serializers.CharField(max_length=64, help_text="As the tz database names it.")


class ChoicesOut(serializers.Serializer[Any]):
    """How the caller is told."""

    ways = WayOfKind(many=True)
    digest = DigestOut()


class ChoicesIn(Reading):
    """What changes; a kind that is left out stays as it is, and so does the digest."""

    ways = WayOfKind(many=True, required=False)
    digest = DigestOut(required=False)


def described(row: Notification) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "text": notifications.sentence(row),
        "desk": row.desk.slug,
        "claim": row.claim_id,
        "actor": str(row.actor) if row.actor else None,
        "note": row.note,
        "reason": row.data.get("reason", ""),
        "created_at": row.created_at,
        "read_at": row.read_at,
    }


def chosen(found: notifications.Choices) -> dict[str, Any]:
    when = found.digest
    return {
        "ways": [{"kind": kind.value, "way": way.value} for kind, way in found.ways.items()],
        "digest": {"hour": when.hour, "days": list(when.days), "timezone": when.zone},
    }


class NotificationList(permissions.Door):
    """What the caller is told."""

    @extend_schema(
        operation_id="notifications_list",
        parameters=[NotificationQuery],
        responses={200: NotificationPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The newest first. What would tell of another's open review comes when every review of its round is in."""
        query = NotificationQuery.of(request.query_params)
        rows = notifications.listed(request.user)
        if query["unread"]:
            rows = rows.filter(read_at=None)
        found, following = paging.page(
            request,
            CURSORS,
            rows.order_by("-pk"),
            query,
            after=lambda some, seen: some.filter(pk__lt=seen[0]),
            key=lambda row: [row.pk],
        )
        return Response({"results": [described(row) for row in found], "next": following})


class NotificationRead(permissions.Door):
    """What the caller has read."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}

    @extend_schema(
        operation_id="notifications_read",
        request=NotificationsRead,
        responses={200: ReadOut, **problems(400, 401, 403, 415)},
    )
    def post(self, request: Request) -> Response:
        """Mark these as read, or all that the caller can see."""
        ids = NotificationsRead.of(request.data)["ids"]
        return Response({"marked": notifications.mark_read(request.user, ids)})


class NotificationChoices(permissions.Door):
    """How the caller wants to be told."""

    scopes: ClassVar[dict[str, str]] = {"PATCH": permissions.REVIEW}

    @extend_schema(
        operation_id="notifications_choices",
        parameters=[ETAG],
        responses={200: ChoicesOut, 304: None, **problems(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Every kind with its way, and when the digest goes out."""
        return with_etag(request, chosen(notifications.choices_of(request.user)))

    @extend_schema(
        operation_id="notifications_choose",
        request=ChoicesIn,
        parameters=[IF_MATCH, ETAG],
        responses={200: ChoicesOut, **problems(400, 401, 403, 412, 415)},
    )
    def patch(self, request: Request) -> Response:
        """Be told in other ways from now on. What was told already comes as it was to come then.

        With If-Match, what was chosen elsewhere meanwhile is not lost.
        """
        sent = ChoicesIn.of(request.data)
        ways = {Kind(each["kind"]): Way(each["way"]) for each in sent.get("ways", [])}
        when = sent.get("digest")
        digest = DigestTime(when["hour"], tuple(when["days"]), when["timezone"]) if when else None
        content = chosen(notifications.choose(request.user, ways, digest, seen=self._seen(request)))
        return Response(content, headers={"ETag": etag_of(content)})

    @staticmethod
    def _seen(request: Request) -> str | None:
        """What the caller has before them, by If-Match: None when any will do, no choices' tag for an older one."""
        expected = request.META.get("HTTP_IF_MATCH", "").strip()
        if expected in ("", "*"):
            return None
        now = notifications.choices_of(request.user)
        return now.tag if expected == etag_of(chosen(now)) else ""
