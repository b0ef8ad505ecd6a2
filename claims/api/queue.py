"""The queue: what the caller could take, and the editor's hand on it: what goes in, what matters, who gets it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import claims, paging, permissions
from claims.api.errors import problems
from claims.api.holds import HeldRow, Reassign, TakeBack, one
from claims.api.review import CLAIM
from claims.rules import workflow
from claims.rules.rights import Right
from claims.rules.workflow import AssignmentRole
from claims.services import review

CURSORS = paging.Cursors("the queue")


# --- What is sent -----------------------------------------------------------------------------------------------------


class PriorityIn(TakeBack):
    """How much the claim matters, by the editor's judgement, and why."""

    priority = serializers.IntegerField(
        min_value=0, max_value=100, allow_null=True, help_text="Null: what the desk's rule makes of it again."
    )


# --- What is answered -------------------------------------------------------------------------------------------------


class QueueRow(serializers.Serializer[Any]):
    """A claim that waits, and for which part."""

    role = serializers.ChoiceField(choices=workflow.choices(AssignmentRole))
    priority = serializers.IntegerField()
    priority_reasons = serializers.ListField(child=serializers.CharField())
    queued_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    claim = claims.ClaimBrief()


class FitReason(serializers.Serializer[Any]):
    """What speaks for somebody, or stands in the way."""

    code = serializers.CharField()
    points = serializers.IntegerField()
    text = serializers.CharField()


class QueuePage(paging.Page):
    """What waits, the most important first."""

    results = QueueRow(many=True)


ENTRY = ("role", "priority", "queued_at", "due_at")


def row(found: dict[str, Any]) -> dict[str, Any]:
    claim = {name: found[f"claim__{name}"] for name in claims.ROW}
    reasons = found["claim__priority_reasons"]
    return {**{name: found[name] for name in ENTRY}, "priority_reasons": reasons, "claim": claims.brief(claim)}


# --- The views --------------------------------------------------------------------------------------------------------


class Queue(permissions.Door):
    """The queue."""

    @extend_schema(
        operation_id="queue_list", parameters=[paging.PageQuery], responses={200: QueuePage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        """What the caller could take: nothing that they had a part in or declined."""
        permissions.some_desk(request, Right.REVIEW, "review")
        query = paging.PageQuery.of(request.query_params)

        def behind(seen: list[Any]) -> Any:
            after = (seen[0], seen[1]) if seen else None
            limit: int = query["limit"] + 1
            return review.waiting(request.user, limit, after).values("id", *ENTRY, *CLAIM, "claim__priority_reasons")

        found, following = paging.page(
            request,
            CURSORS,
            behind([]),
            query,
            after=lambda _rows, seen: behind(seen),
            key=lambda each: [each["priority"], each["id"]],
        )
        return Response({"results": [row(each) for each in found], "next": following})


class ClaimQueue(claims.ClaimStep):
    """Send a claim to the reviewers."""

    @extend_schema(
        operation_id="claims_queue",
        request=None,
        responses={200: claims.ClaimDetail, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """A triaged one that the machine held back, such as an opinion."""
        claim = permissions.claim_to_edit(request, claim_id)
        review.queue_claim(claim.pk, actor=request.user)
        return Response(claims.detail(permissions.claim_to_read(request, claim.pk), request.user))


class ClaimPriority(claims.ClaimStep):
    """How much a claim matters."""

    @extend_schema(
        operation_id="claims_priority",
        request=PriorityIn,
        responses={200: claims.ClaimDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """Set by an editor it stays so, until it is set to null. 409 once the last review is in."""
        claim = permissions.claim_to_edit(request, claim_id)
        sent = PriorityIn.of(request.data)
        review.set_priority(claim.pk, sent["priority"], actor=request.user, reason=sent["reason"])
        return Response(claims.detail(permissions.claim_to_read(request, claim.pk), request.user))


class Fitting(serializers.Serializer[Any]):
    """How a waiting claim suits one reviewer of the desk."""

    reviewer = serializers.CharField(help_text="Username.")
    reviewer_name = serializers.CharField()
    eligible = serializers.BooleanField()
    score = serializers.IntegerField(help_text="0 to 100; 0 for whoever is not eligible.")
    reasons = FitReason(many=True)


class Candidates(serializers.Serializer[Any]):
    """Who could review the claim, the best first, and who not."""

    results = Fitting(many=True)


class ClaimCandidates(permissions.Door):
    """Who could review a claim that waits."""

    @extend_schema(operation_id="claims_candidates", responses={200: Candidates, **problems(401, 403, 404)})
    def get(self, request: Request, claim_id: int) -> Response:
        """For editors: the desk's reviewers, at most 100, with the reasons; empty where the claim does not wait."""
        claim = permissions.claim_to_edit(request, claim_id, Right.ASSIGN)
        found = [
            {
                "reviewer": member.user.get_username(),
                "reviewer_name": str(member.user),
                "eligible": fit.eligible,
                "score": fit.score,
                "reasons": [{"code": each.code, "points": each.points, "text": each.text} for each in fit.reasons],
            }
            for member, fit in review.who_could(claim)
        ]
        return Response({"results": found})


class ClaimAssign(claims.ClaimStep):
    """Give a claim to a reviewer."""

    @extend_schema(
        operation_id="claims_assign",
        request=Reassign,
        responses={200: HeldRow, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """One that waits for its first or its second review. Answers the assignment; 409 names who holds it."""
        claim = permissions.claim_to_edit(request, claim_id, Right.ASSIGN)
        sent = Reassign.of(request.data)
        return Response(one(review.assign(claim.pk, request.user, sent["reviewer"], reason=sent["reason"])))
