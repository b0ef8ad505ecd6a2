"""Claims that wait in somebody's hands: put on hold, go on; and the editor's: see them, take back, give to another."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.bodies import Reading
from claims.api.errors import problems
from claims.api.review import BRIEF, CLAIM, HOLDS, AssignmentDetail, AssignmentRow, ReviewerDoor, detail, mine, row
from claims.models.review import Assignment
from claims.rules.rights import Right
from claims.rules.workflow import HoldReason
from claims.services import review

CURSORS = paging.Cursors("what is in whose hands")
REVIEWER = ("reviewer__username", "reviewer__display_name")


# --- What is sent -----------------------------------------------------------------------------------------------------


class Hold(Reading):
    """What the claim waits for."""

    reason = serializers.ChoiceField(choices=HOLDS)
    note = serializers.CharField(max_length=400, help_text="For the editor.")


class TakeBack(Reading):
    """Why the editor does so."""

    reason = serializers.CharField(max_length=400)


class Reassign(TakeBack):
    """Who gets the claim instead, and why."""

    reviewer = serializers.CharField(
        max_length=150,
        help_text="Username of a reviewer of the desk who had no part in the claim and did not decline it.",
    )


class HeldQuery(paging.PageQuery):
    """Which of them."""

    on_hold = serializers.BooleanField(required=False, default=False, help_text="Only what is on hold.")
    overdue = serializers.BooleanField(
        required=False, default=False, help_text="Only what has been on hold for longer than it may be unseen: 14 days."
    )


# --- What is answered -------------------------------------------------------------------------------------------------


class HeldRow(AssignmentRow):
    """What somebody holds, or held."""

    reviewer = serializers.CharField(help_text="Username.")
    reviewer_name = serializers.CharField()


class HeldPage(paging.Page):
    """What is in people's hands, the newest first."""

    results = HeldRow(many=True)


def held_row(found: dict[str, Any]) -> dict[str, Any]:
    username, name = (found[column] for column in REVIEWER)
    return row(found) | {"reviewer": username, "reviewer_name": name or username}


def one(assignment: Assignment) -> dict[str, Any]:
    return held_row(Assignment.objects.values(*BRIEF, *CLAIM, *REVIEWER).get(pk=assignment.pk))


# --- The views --------------------------------------------------------------------------------------------------------


class AssignmentHold(ReviewerDoor):
    """Keep the claim while it waits."""

    @extend_schema(
        operation_id="assignments_hold",
        request=Hold,
        responses={200: AssignmentDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """No lease runs, and drafts are kept. After 14 days the editor sees it among what is overdue."""
        mine(request, assignment_id)
        sent = Hold.of(request.data)
        review.hold(assignment_id, request.user, HoldReason(sent["reason"]), note=sent["note"])
        return Response(detail(mine(request, assignment_id), request.user))


class AssignmentResume(ReviewerDoor):
    """Go on with a claim that was on hold."""

    @extend_schema(
        operation_id="assignments_resume",
        request=None,
        responses={200: AssignmentDetail, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """The whole lease begins anew."""
        review.resume(assignment_id, request.user)
        return Response(detail(mine(request, assignment_id), request.user))


class HeldList(permissions.Door):
    """What is in people's hands at the caller's desks."""

    @extend_schema(
        operation_id="held_list", parameters=[HeldQuery], responses={200: HeldPage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        """For editors: who holds which claim, until when, and what waits for what."""
        permissions.some_desk(request, Right.OVERSEE, "see what others hold")
        query = HeldQuery.of(request.query_params)
        rows = Assignment.objects.overseen_by(request.user).live()
        if query["on_hold"]:
            rows = rows.filter(on_hold_since__isnull=False)
        if query["overdue"]:
            rows = rows.overdue()
        found, following = paging.newest_first(request, CURSORS, rows.values(*BRIEF, *CLAIM, *REVIEWER), query)
        review.read_holds(request.user, [each["id"] for each in found])
        return Response({"results": [held_row(each) for each in found], "next": following})


class EditorDoor(permissions.Door):
    """The base of an editor's step on what somebody holds."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.EDIT}


class AssignmentTakeBack(EditorDoor):
    """Take it back."""

    @extend_schema(
        operation_id="assignments_take_back",
        request=TakeBack,
        responses={200: HeldRow, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """The claim goes back into the queue; what was typed is kept for its writer."""
        review.overseen(assignment_id, request.user)
        why = TakeBack.of(request.data)["reason"]
        return Response(one(review.take_back(assignment_id, request.user, reason=why)))


class AssignmentReassign(EditorDoor):
    """Give it to somebody else."""

    @extend_schema(
        operation_id="assignments_reassign",
        request=Reassign,
        responses={200: HeldRow, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """Answers the new assignment, with a whole lease."""
        review.overseen(assignment_id, request.user)
        sent = Reassign.of(request.data)
        given = review.reassign(assignment_id, request.user, sent["reviewer"], reason=sent["reason"])
        return Response(one(given))
