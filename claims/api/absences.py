"""When the caller is away from their desks."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import permissions
from claims.api.conflicts import MembershipOut, OfDesk, ReviewerDoor, membership
from claims.api.errors import problems
from claims.rules.absences import Days
from claims.rules.rights import Right
from claims.services import review


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


class MembershipsOut(serializers.Serializer[Any]):
    """The caller at the desks that this was said of."""

    results = MembershipOut(many=True)


def _desk(request: Request, named: str) -> int | None:
    return permissions.desk_to_read(request, named).pk if named else None


class Away(ReviewerDoor):
    """Going away."""

    @extend_schema(
        operation_id="me_away",
        request=AwayIn,
        responses={200: MembershipsOut, **problems(400, 401, 403, 404, 415)},
    )
    def post(self, request: Request) -> Response:
        """On these days nothing is offered to the caller, and nothing reminds them. Replaces what was said before."""
        permissions.some_desk(request, Right.REVIEW, "say when you are away")
        sent = AwayIn.of(request.data)
        days = Days(sent["first_day"], sent["last_day"])
        desk = _desk(request, sent["desk"])
        found = review.go_away(request.user, days, desk_id=desk, release=sent["release"])
        return Response({"results": [membership(row) for row in found]})


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
