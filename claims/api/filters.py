"""Choices of claims that the caller keeps, and those that others share with the desk."""

from typing import Any, ClassVar
from urllib.parse import parse_qsl

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.bodies import Reading
from claims.api.claims import ClaimFilterQuery
from claims.api.errors import problems
from claims.models.filters import NAME_LIMIT, QUERY_LIMIT, SavedFilter
from claims.rules.finding import as_query
from claims.services import filters

CURSORS = paging.Cursors("saved filters")


class FilterIn(Reading):
    """What is kept under which name."""

    name = serializers.CharField(max_length=NAME_LIMIT)
    query = serializers.CharField(
        max_length=QUERY_LIMIT,
        allow_blank=True,
        help_text="As behind the `?` of `GET /api/v1/claims`, such as `state=queued&due=day`; other parameters go.",
    )
    shared = serializers.BooleanField(required=False, default=False, help_text="With everybody at the desk.")
    desk = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=80, help_text="Slug or id, where one has several."
    )

    def validate_query(self, query: str) -> str:
        asked = ClaimFilterQuery(data=dict(parse_qsl(query)))
        if not asked.is_valid():
            wrong = ", ".join(sorted(asked.errors))
            raise serializers.ValidationError(f"These are no filters of claims: {wrong}.", code="no_filter")
        return as_query(asked.validated_data)


class FilterOut(serializers.Serializer[Any]):
    """A choice of claims."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    query = serializers.CharField(allow_blank=True, help_text="For `GET /api/v1/claims`; the page reads it as well.")
    shared = serializers.BooleanField()
    mine = serializers.BooleanField()
    owner = serializers.CharField()
    desk = serializers.CharField(help_text="Its slug.")
    saved_at = serializers.DateTimeField()


class FilterPage(paging.Page):
    """Choices of claims, the newest first."""

    results = FilterOut(many=True)


def described(row: SavedFilter, user: Any) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("name", "query", "shared", "saved_at")}
    mine = row.owner_id == user.pk
    return {"id": row.pk, "mine": mine, "owner": row.owner.get_username(), "desk": row.desk.slug, **own}


class FilterList(permissions.Door):
    """Saved filters."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}

    @extend_schema(
        operation_id="filters_list",
        parameters=[paging.PageQuery],
        responses={200: FilterPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The caller's own, and those that are shared at their desks; the newest first."""
        found, following = paging.page(
            request,
            CURSORS,
            filters.visible(request.user).order_by("-pk"),
            paging.PageQuery.of(request.query_params),
            after=lambda some, seen: some.filter(pk__lt=seen[0]),
            key=lambda row: [row.pk],
        )
        return Response({"results": [described(row, request.user) for row in found], "next": following})

    @extend_schema(
        operation_id="filters_save",
        request=FilterIn,
        responses={201: FilterOut, **problems(400, 401, 403, 404, 415, 422)},
    )
    def post(self, request: Request) -> Response:
        """Keep one. What the caller had under its name is replaced."""
        sent = FilterIn.of(request.data)
        desk = permissions.desk_to_read(request, sent["desk"])
        saved = filters.save(desk, sent["name"], sent["query"], shared=sent["shared"], actor=request.user)
        return Response(described(saved, request.user), status=201)


class FilterOne(permissions.Door):
    """One saved filter."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": permissions.REVIEW}

    @extend_schema(operation_id="filters_remove", responses={204: None, **problems(401, 403, 404)})
    def delete(self, request: Request, filter_id: int) -> Response:
        """Drop one's own, or as an editor one that is shared."""
        filters.remove(filter_id, actor=request.user)
        return Response(status=204)
