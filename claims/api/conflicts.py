"""Conflicts of interest, and what people say of themselves: what they read and know at each of their desks."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.articles import ETAG, IF_MATCH, DeskBrief, Names
from claims.api.bodies import Reading, etag_of, version_known, with_etag
from claims.api.errors import problems
from claims.api.sources import SourceRef
from claims.models.articles import TOPICS_SHOWN, Article
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Membership, Role
from claims.rules.refusals import Absent, Refused
from claims.rules.rights import Right
from claims.rules.topics import LANGUAGES_AT_MOST, TOPICS_AT_MOST
from claims.services import conflicts, desks, rights
from sources.models import Source

CURSORS = paging.Cursors("conflicts of interest")
MINE = paging.Cursors("memberships of mine")
TEXT_LIMIT = conflicts.TEXT_LIMIT


# --- What is sent -----------------------------------------------------------------------------------------------------


class OfDesk(Reading):
    """At which desk."""

    desk = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=80,
        help_text="Slug or id; may be left out by members of one desk.",
    )


class Declaration(OfDesk):
    """From whom the caller stands too near to review what they say."""

    source: Any = serializers.IntegerField(  # a field, not the attribute
        min_value=1, help_text="A source of the register that was not merged."
    )
    note = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=TEXT_LIMIT, help_text="For the desk's editors."
    )


class Ending(Reading):
    """Why it is over."""

    reason = serializers.CharField(max_length=TEXT_LIMIT)


class ConflictQuery(paging.PageQuery):
    """Which of them."""

    open = serializers.BooleanField(required=False, default=False, help_text="Only those that hold.")
    mine = serializers.BooleanField(required=False, default=False, help_text="Only the caller's own.")


class MembershipChange(Reading):
    """What the caller reads and knows; what is left out stays."""

    languages = Names(required=False, max_length=LANGUAGES_AT_MOST, help_text="Language tags (BCP 47), such as pt-BR.")
    topics = Names(required=False, max_length=TOPICS_AT_MOST, help_text="Stored in small letters.")


# --- What is answered -------------------------------------------------------------------------------------------------


class ConflictOut(serializers.Serializer[Any]):
    """A conflict of interest: its person gets no claims that concern its source, as long as it has not ended."""

    id = serializers.IntegerField()
    desk = DeskBrief()
    person = serializers.CharField(help_text="Username.")
    source: Any = SourceRef()  # a field, not the attribute
    note = serializers.CharField(allow_blank=True)
    declared_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.CharField(allow_blank=True)


class ConflictPage(paging.Page):
    """Conflicts of interest, the newest first."""

    results = ConflictOut(many=True)


class DaysOut(serializers.Serializer[Any]):
    """Whole days by the desk's clock, both of them away; they may be over."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()


class MembershipOut(serializers.Serializer[Any]):
    """What the caller is at one desk."""

    id = serializers.IntegerField()
    desk = DeskBrief()
    role = serializers.ChoiceField(choices=Role.choices)
    capacity = serializers.IntegerField(help_text="Claims held at once. Set by an admin of the desk.")
    languages = serializers.ListField(child=serializers.CharField())
    topics = serializers.ListField(child=serializers.CharField())
    away = DaysOut(allow_null=True)
    joined_at = serializers.DateTimeField()


class MembershipPage(paging.Page):
    """The caller's memberships, the newest first."""

    results = MembershipOut(many=True)


class TopicsOut(serializers.Serializer[Any]):
    """The topics that a desk uses these days."""

    topics = serializers.ListField(child=serializers.CharField(), help_text=f"By name; at most {TOPICS_SHOWN}.")


def _desk(row: ConflictOfInterest | Membership) -> dict[str, Any]:
    return {"id": row.desk.pk, "slug": row.desk.slug, "name": row.desk.name}


def described(row: ConflictOfInterest) -> dict[str, Any]:
    return {
        "id": row.pk,
        "desk": _desk(row),
        "person": row.user.get_username(),
        "source": {"id": row.source.pk, "name": row.source.name},
        "note": row.note,
        "declared_at": row.declared_at,
        "ended_at": row.ended_at,
        "end_reason": row.end_reason,
    }


def membership(row: Membership) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("role", "capacity", "languages", "topics", "joined_at")}
    return {"id": row.pk, "desk": _desk(row), "away": away(row), **own}


def away(row: Membership) -> dict[str, Any] | None:
    return None if row.away is None else {"first_day": row.away.first, "last_day": row.away.last}


# --- The views --------------------------------------------------------------------------------------------------------


class ReviewerDoor(permissions.Door):
    """The base of what people who review say of themselves."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW, "PATCH": permissions.REVIEW}


class ConflictList(ReviewerDoor):
    """Conflicts of interest."""

    @extend_schema(
        operation_id="conflicts_list",
        parameters=[ConflictQuery],
        responses={200: ConflictPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The caller's own; for editors, those of everybody at their desks as well. The newest first."""
        query = ConflictQuery.of(request.query_params)
        rows = conflicts.visible(request.user)
        if query["open"]:
            rows = rows.open()
        if query["mine"]:
            rows = rows.filter(user=request.user.pk)
        found, following = paging.page(
            request,
            CURSORS,
            rows.order_by("-pk"),
            query,
            after=lambda some, seen: some.filter(pk__lt=seen[0]),
            key=lambda row: [row.pk],
        )
        return Response({"results": [described(row) for row in found], "next": following})

    @extend_schema(
        operation_id="conflicts_declare",
        request=Declaration,
        responses={201: ConflictOut, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request) -> Response:
        """Declare one. What the caller holds of that source goes back into the queue; drafts are kept."""
        permissions.some_desk(request, Right.REVIEW, "declare conflicts of interest")
        sent = Declaration.of(request.data)
        desk = permissions.desk_to_read(request, sent["desk"])
        source = Source.objects.filter(pk=sent["source"]).select_related("merged_into").first()
        if source is None:
            raise Refused.one("source", "unknown", "There is no such source. Look it up at /api/v1/sources.")
        return Response(
            described(conflicts.declare(desk.pk, source, actor=request.user, note=sent["note"])), status=201
        )


class ConflictEnd(ReviewerDoor):
    """The end of a conflict of interest."""

    @extend_schema(
        operation_id="conflicts_end",
        request=Ending,
        responses={200: ConflictOut, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, conflict_id: int) -> Response:
        """It is over; only whoever declared it can say so. It stays on record."""
        permissions.some_desk(request, Right.REVIEW, "end conflicts of interest")
        if not conflicts.visible(request.user).filter(pk=conflict_id).exists():
            raise Absent.one("conflict", "absent", "There is no such conflict of interest of yours.")
        reason = Ending.of(request.data)["reason"]
        return Response(described(conflicts.end(conflict_id, actor=request.user, reason=reason)))


class MembershipList(permissions.Door):
    """The caller at their desks."""

    @extend_schema(
        operation_id="memberships_list",
        parameters=[paging.PageQuery],
        responses={200: MembershipPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        query = paging.PageQuery.of(request.query_params)
        before = MINE.read(query["cursor"])[0] if query["cursor"] else None
        # Who is at no desk is known since they signed in.
        somewhere = rights.roles(request.user)
        rows = desks.newest_memberships(request.user, before, query["limit"] + 1) if somewhere else []
        found, following = paging.cut(request, MINE, rows, query["limit"], lambda row: [row.pk])
        return Response({"results": [membership(row) for row in found], "next": following})


class MembershipOne(ReviewerDoor):
    """The caller at one desk."""

    @extend_schema(operation_id="memberships_get", responses={200: MembershipOut, 304: None, **problems(401, 403, 404)})
    def get(self, request: Request, membership_id: int) -> Response:
        return with_etag(request, membership(permissions.own_membership(request, membership_id)))

    @extend_schema(
        operation_id="memberships_change",
        request=MembershipChange,
        parameters=[IF_MATCH, ETAG],
        responses={200: MembershipOut, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def patch(self, request: Request, membership_id: int) -> Response:
        """Say what you read and know. Role and capacity are not the caller's to change.

        With If-Match, a change by an admin meanwhile is not lost.
        """
        permissions.some_desk(request, Right.REVIEW, "say what you read and know")
        known = permissions.own_membership(request, membership_id)
        sent = MembershipChange.of(request.data)
        version = version_known(request, membership(known), known.version)
        changed = membership(desks.describe_member(membership_id, actor=request.user, version=version, **sent))
        return Response(changed, headers={"ETag": etag_of(changed)})


class Topics(permissions.Door):
    """The topics of a desk."""

    @extend_schema(
        operation_id="topics_list",
        parameters=[OfDesk],
        responses={200: TopicsOut, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """What its newest articles are about, and what its people know."""
        desk = permissions.desk_to_read(request, OfDesk.of(request.query_params)["desk"])
        return Response({"topics": Article.objects.topics_in_use(desk.pk)})
