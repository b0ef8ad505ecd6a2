"""When the caller is away from their desks."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import permissions
from claims.api.articles import ETAG, IF_MATCH, DeskBrief
from claims.api.bodies import etag_of, with_etag
from claims.api.conflicts import DaysOut, MembershipOut, OfDesk, ReviewerDoor, membership
from claims.api.errors import problems
from claims.models.desks import Membership
from claims.rules.absences import Days, written
from claims.rules.rights import Right
from claims.services import review

# What nobody has saved: whoever has seen something else than there is has seen other days.
OTHERS = "other days"


class Where(OfDesk):
    """At which desk."""

    desk = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=80,
        help_text="Slug or id; left out: all desks where the caller reviews.",
    )


class AwayIn(Where):
    """On which days, both of them away, and what becomes of what the caller holds there."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    release = serializers.BooleanField(
        required=False, default=False, help_text="Put what the caller holds back into the queue now; drafts are kept."
    )


class AbsenceOut(serializers.Serializer[Any]):
    """When the caller is away from one desk."""

    desk = DeskBrief()
    away = DaysOut(allow_null=True)


class AbsencesOut(serializers.Serializer[Any]):
    """When the caller is away, from each desk where they review. Its ETag is the If-Match of a change."""

    results = AbsenceOut(many=True)


class MembershipsOut(serializers.Serializer[Any]):
    """The caller at the desks that this was said of."""

    results = MembershipOut(many=True)


def _desk(request: Request, named: str) -> int | None:
    return permissions.desk_to_read(request, named).pk if named else None


def _absences(rows: Iterable[Membership]) -> dict[str, Any]:
    return {"results": [{name: membership(row)[name] for name in ("desk", "away")} for row in rows]}


def _seen(request: Request, rows: Iterable[Membership]) -> dict[int, str]:
    """What the caller has seen of these, by If-Match; nothing where any will do."""
    expected, known = request.META.get("HTTP_IF_MATCH", "").strip(), list(rows)
    if expected in ("", "*"):
        return {}
    same = expected == etag_of(_absences(known))
    return {row.pk: written(row.away) if same else OTHERS for row in known}


class Away(ReviewerDoor):
    """Going away."""

    @extend_schema(
        operation_id="me_away_get",
        parameters=[Where],
        responses={200: AbsencesOut, 304: None, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """When the caller is away, or was last; of one desk or of all where they review."""
        permissions.some_desk(request, Right.REVIEW, "say when you are away")
        desk = _desk(request, Where.of(request.query_params)["desk"])
        return with_etag(request, _absences(review.seats(request.user, desk)))

    @extend_schema(
        operation_id="me_away",
        request=AwayIn,
        parameters=[IF_MATCH, ETAG],
        responses={200: MembershipsOut, **problems(400, 401, 403, 404, 412, 415)},
    )
    def post(self, request: Request) -> Response:
        """On these days nothing is offered to the caller, and nothing reminds them. Replaces what was said before.

        With If-Match, the ETag of a GET of the same `desk`, days that were saved meanwhile are not lost.
        """
        permissions.some_desk(request, Right.REVIEW, "say when you are away")
        sent = AwayIn.of(request.data)
        days = Days(sent["first_day"], sent["last_day"])
        desk = _desk(request, sent["desk"])
        seen = _seen(request, review.seats(request.user, desk))
        found = review.go_away(request.user, days, desk_id=desk, release=sent["release"], seen=seen)
        content = {"results": [membership(row) for row in found]}
        return Response(content, headers={"ETag": etag_of(_absences(found))})


class Back(ReviewerDoor):
    """Coming back."""

    @extend_schema(
        operation_id="me_back",
        request=Where,
        responses={200: MembershipsOut, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request) -> Response:
        """Before the last day is over, or instead of going. 409 for whoever is not away and will not be."""
        permissions.some_desk(request, Right.REVIEW, "say when you are away")
        found = review.come_back(request.user, desk_id=_desk(request, Where.of(request.data)["desk"]))
        return Response({"results": [membership(row) for row in found]})
