"""The desks: which there are, their policy, and their people."""

from typing import Any, ClassVar

from django.db.models import BigIntegerField, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.articles import ETAG, IF_MATCH
from claims.api.bodies import Reading, etag_of, version_known, with_etag
from claims.api.conflicts import DaysOut, away
from claims.api.errors import problems
from claims.models.desks import POLICY, Desk, Membership, Role
from claims.rules.refusals import Absent
from claims.rules.rights import Right
from claims.services import desks, rights
from sources.models import Source

CURSORS = paging.Cursors("desks")
MEMBER_CURSORS = paging.Cursors("members of a desk")


# --- What is sent -----------------------------------------------------------------------------------------------------


class DeskChange(serializers.ModelSerializer[Desk]):
    """The fields of the policy that are to change. What is left out stays."""

    lead = serializers.CharField(allow_null=True, max_length=150, help_text="Username of a member; null: nobody.")
    second_review_sources = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT),
        max_length=desks.TWICE_SOURCES_AT_MOST,
        help_text="Ids of all sources whose claims are reviewed twice; merged ones count as what they became.",
    )

    class Meta:
        model = Desk
        fields = POLICY
        extra_kwargs: ClassVar = {name: {"required": False} for name in POLICY}


class DeskIn(Reading):
    """A desk that is not there yet. Its policy begins with the defaults and is changed afterwards."""

    name = serializers.CharField(max_length=200)
    slug = serializers.SlugField(
        max_length=80, help_text="For addresses: small letters, digits, hyphens; no number. It stays."
    )


class MemberIn(Reading):
    """What somebody may do, and what else is to change. What is left out stays."""

    role = serializers.ChoiceField(choices=Role.choices)
    capacity = serializers.IntegerField(required=False, min_value=1, max_value=1000)
    languages = serializers.ListField(child=serializers.CharField(max_length=35), required=False, max_length=50)
    topics = serializers.ListField(child=serializers.CharField(max_length=64), required=False, max_length=50)


class MemberQuery(paging.PageQuery):
    """Which members."""

    active = serializers.BooleanField(required=False, default=True, help_text="False: those who left.")


# --- What is answered -------------------------------------------------------------------------------------------------


class DeskRow(serializers.Serializer[Any]):
    """A desk as a row of a list."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices, help_text="The caller's there.")


class DeskPage(paging.Page):
    """The caller's desks, the newest first."""

    results = DeskRow(many=True)


class DeskDetail(serializers.ModelSerializer[Desk]):
    """A desk with its policy."""

    role = serializers.ChoiceField(choices=Role.choices, help_text="The caller's there.")
    lead = serializers.CharField(allow_null=True, help_text="Username.")
    second_review_sources = serializers.ListField(child=serializers.IntegerField(), help_text="Ids; reviewed twice.")
    # An empty address is no URI, and the description must not say so.
    url = serializers.CharField(allow_blank=True, help_text="The desk's own site, named as publisher.")
    method_url = serializers.CharField(allow_blank=True, help_text="Where the desk explains how it works.")

    class Meta:
        model = Desk
        fields = ("id", "slug", "role", "created_at", *POLICY)


class MemberOut(serializers.Serializer[Any]):
    """Somebody at the desk."""

    user = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    active = serializers.BooleanField()
    capacity = serializers.IntegerField()
    languages = serializers.ListField(child=serializers.CharField())
    topics = serializers.ListField(child=serializers.CharField())
    away = DaysOut(allow_null=True)
    joined_at = serializers.DateTimeField()


class MemberPage(paging.Page):
    """The people of a desk, the newest first."""

    results = MemberOut(many=True)


def detail(desk: Desk, user: Any) -> dict[str, Any]:
    plain = {name: getattr(desk, name) for name in ("id", "slug", "created_at")} | desk.policy()
    return plain | {
        "role": desks.role_at(desk.pk, user),
        "lead": desk.lead.get_username() if desk.lead else None,
        "second_review_sources": [source.pk for source in plain["second_review_sources"]],
    }


def member(row: Membership) -> dict[str, Any]:
    names = ("role", "active", "capacity", "languages", "topics", "joined_at")
    who = {"user": row.user_id, "username": row.user.get_username(), "name": str(row.user), "away": away(row)}
    return who | {name: getattr(row, name) for name in names}


def newest(request: Request, cursors: paging.Cursors, rows: QuerySet[Any, Any], query: dict[str, Any]) -> Any:
    return paging.page(
        request,
        cursors,
        rows.order_by("-pk"),
        query,
        after=lambda all_rows, seen: all_rows.filter(pk__lt=seen[0]),
        key=lambda row: [row.pk],
    )


# --- The views --------------------------------------------------------------------------------------------------------


class DeskDoor(permissions.Door):
    """The base of what changes a desk."""

    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), permissions.EDIT)


class DeskList(DeskDoor):
    """The caller's desks."""

    @extend_schema(
        operation_id="desks_list", parameters=[paging.PageQuery], responses={200: DeskPage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        query = paging.PageQuery.of(request.query_params)
        roles = rights.roles(request.user)
        found, following = newest(request, CURSORS, Desk.objects.filter(pk__in=roles), query)
        rows = [{"id": desk.pk, "slug": desk.slug, "name": desk.name, "role": roles[desk.pk]} for desk in found]
        return Response({"results": rows, "next": following})

    @extend_schema(
        operation_id="desks_create",
        request=DeskIn,
        responses={201: DeskDetail, **problems(400, 401, 403, 415)},
        parameters=[ETAG],
    )
    def post(self, request: Request) -> Response:
        """A new desk, by an admin of this installation, who is its first admin and invites the others."""
        permissions.is_admin(request)
        sent = DeskIn.of(request.data)
        made = desks.found(sent["name"], sent["slug"], actor=request.user)
        content = detail(made, request.user)
        return Response(content, status=201, headers={"ETag": etag_of(content)})


class DeskOne(DeskDoor):
    """One desk."""

    @extend_schema(
        operation_id="desks_get", parameters=[ETAG], responses={200: DeskDetail, 304: None, **problems(401, 403, 404)}
    )
    def get(self, request: Request, desk_id: int) -> Response:
        """With its policy, for every member."""
        desk = permissions.desk(request, desk_id, Right.READ)
        # By what is answered, not by the version of the policy: it has the caller's own role in it.
        return with_etag(request, detail(desk, request.user))

    @extend_schema(
        operation_id="desks_change",
        request=DeskChange,
        parameters=[IF_MATCH, ETAG],
        responses={200: DeskDetail, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def patch(self, request: Request, desk_id: int) -> Response:
        """Change the policy, as an admin. With If-Match, a change by somebody else meanwhile is not lost."""
        desk = permissions.desk(request, desk_id, Right.MANAGE_POLICY)
        reading = DeskChange(data=request.data, partial=True)
        reading.is_valid(raise_exception=True)
        sent: dict[str, Any] = reading.validated_data
        if sent.get("lead") is not None:
            sent["lead"] = self._lead(desk, sent["lead"])
        if "second_review_sources" in sent:
            sent["second_review_sources"] = self._sources(sent["second_review_sources"])
        version = version_known(request, detail(desk, request.user), desk.version)
        content = detail(desks.change(desk, actor=request.user, version=version, **sent), request.user)
        return Response(content, headers={"ETag": etag_of(content)})

    @staticmethod
    def _lead(desk: Desk, username: str) -> Any:
        found = Membership.objects.filter(desk=desk, active=True, user__username=username).select_related("user")
        member = found.first()
        if member is None:
            raise serializers.ValidationError({"lead": ["There is no such member at this desk."]})
        return member.user

    @staticmethod
    def _sources(ids: list[int]) -> list[Source]:
        found = Source.objects.in_bulk(ids)
        absent = [str(number) for number in ids if number not in found]
        if absent:
            told = f"There is no source {', '.join(absent)} in the register."
            raise serializers.ValidationError({"second_review_sources": [told]})
        return list(found.values())


class DeskMembers(permissions.Door):
    """The people of a desk."""

    @extend_schema(
        operation_id="members_list",
        parameters=[MemberQuery],
        responses={200: MemberPage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, desk_id: int) -> Response:
        """For every member of it."""
        desk = permissions.desk(request, desk_id, Right.READ)
        query = MemberQuery.of(request.query_params)
        rows = Membership.objects.filter(desk=desk, active=query["active"]).select_related("user", "desk")
        found, following = newest(request, MEMBER_CURSORS, rows, query)
        return Response({"results": [member(each) for each in found], "next": following})


class DeskMember(DeskDoor):
    """One member of a desk."""

    @extend_schema(
        operation_id="members_get", parameters=[ETAG], responses={200: MemberOut, 304: None, **problems(401, 403, 404)}
    )
    def get(self, request: Request, desk_id: int, user_id: int) -> Response:
        """For every member of it; also whoever left."""
        desk = permissions.desk(request, desk_id, Right.READ)
        return with_etag(request, member(self._member(desk, user_id)))

    @extend_schema(
        operation_id="members_set",
        request=MemberIn,
        parameters=[IF_MATCH, ETAG],
        responses={200: MemberOut, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def put(self, request: Request, desk_id: int, user_id: int) -> Response:
        """Change a member, or take back one who left. Whoever never was at the desk is invited instead: 404.

        With If-Match, a change by somebody else meanwhile is not lost.
        """
        desk = permissions.desk(request, desk_id, Right.MANAGE_MEMBERS)
        known = self._member(desk, user_id)
        sent = MemberIn.of(request.data)
        version = version_known(request, member(known), known.version)
        changed = desks.set_member(desk, known.user, sent.pop("role"), actor=request.user, version=version, **sent)
        content = member(changed)
        return Response(content, headers={"ETag": etag_of(content)})

    @extend_schema(operation_id="members_remove", responses={204: None, **problems(401, 403, 404, 409)})
    def delete(self, request: Request, desk_id: int, user_id: int) -> Response:
        """What they hold goes back into the queue. 409 for the last admin."""
        desk = permissions.desk(request, desk_id, Right.MANAGE_MEMBERS)
        desks.remove_member(desk, self._member(desk, user_id).user, actor=request.user)
        return Response(status=204)

    @staticmethod
    def _member(desk: Desk, user_id: int) -> Membership:
        found = Membership.objects.filter(desk=desk, user=user_id).select_related("user", "desk").first()
        if found is None:
            raise Absent.one("user", "absent", "There is no such member at this desk.")
        return found
