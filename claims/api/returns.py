"""Reviews before they decide: what waits for an editor, one of them, and both answers to it."""

from typing import Any, ClassVar

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import claims, evidence, paging, permissions
from claims.api.bodies import Reading, with_etag
from claims.api.errors import problems
from claims.api.reviews import EarlierOut, MarkedOut, ReviewFound, WordsOut, before, found, marked, pieces_of
from claims.rules import workflow
from claims.rules.rights import Right
from claims.rules.workflow import AssignmentRole
from claims.services import review

CURSORS = paging.Cursors("what waits for approval")
REVIEWED = [choice for choice in workflow.choices(AssignmentRole) if choice[0] != AssignmentRole.ADJUDICATOR]


class ApproveIn(Reading):
    """Which review was read."""

    review = serializers.IntegerField(
        required=False, help_text="Its `id`; 409 `not_the_newest` where it was sent back and answered anew meanwhile."
    )


class SendBackIn(ApproveIn):
    """What the writer of a review should look at again."""

    note = serializers.CharField(max_length=4000, help_text="For the reviewer.")
    role = serializers.ChoiceField(
        choices=REVIEWED, required=False, default=AssignmentRole.FIRST.value, help_text="Whose, where two differ."
    )


class MarkedHere(MarkedOut):
    """What the reviewer marked in one role of an attribution, and what is marked in the article."""

    shared = serializers.BooleanField(help_text="The same words are marked in the article.")
    article_spans = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), help_text="As marked in the article now."
    )
    article_words = WordsOut(many=True)


class Proposed(ReviewFound):
    """The review that decides once it is approved."""

    spans = MarkedHere(many=True, help_text="Empty for a review from before there were spans.")
    evidence = evidence.EvidenceOut(many=True)


class ApprovalOut(serializers.Serializer[Any]):
    """A claim whose review waits for an editor."""

    claim = claims.ClaimBrief()
    review = Proposed()
    earlier = EarlierOut(many=True)


class ApprovalPage(paging.Page):
    """Claims whose review waits for an editor, the most important first."""

    results = claims.ClaimBrief(many=True)


class SentBack(serializers.Serializer[Any]):
    """What became of it."""

    assignment = serializers.IntegerField()
    claim = claims.ClaimBrief(
        help_text="Changes requested while its writer has it; waiting for somebody else where they review no more."
    )


def read(sent: dict[str, Any]) -> list[int] | None:
    """The review that was read, where the caller says so."""
    return [sent["review"]] if "review" in sent else None


class ApprovalList(permissions.Door):
    """What waits for an editor."""

    @extend_schema(
        operation_id="approvals_list",
        parameters=[paging.PageQuery],
        responses={200: ApprovalPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The claims whose review the caller may approve: none that they reviewed."""
        permissions.some_desk(request, Right.APPROVE, "approve reviews")
        query = paging.PageQuery.of(request.query_params)
        rows, following = paging.page(
            request,
            CURSORS,
            review.to_approve(request.user).order_by("-priority", "id").values(*claims.ROW),
            query,
            after=lambda rows, seen: rows.filter(Q(priority__lt=seen[0]) | Q(priority=seen[0], id__gt=seen[1])),
            key=lambda row: [row["priority"], row["id"]],
        )
        return Response({"results": [claims.brief(row) for row in rows], "next": following})


class ClaimApproval(permissions.Door):
    """The review of one claim that waits for an editor."""

    @extend_schema(operation_id="claims_approval", responses={200: ApprovalOut, 304: None, **problems(401, 403, 404)})
    def get(self, request: Request, claim_id: int) -> Response:
        """For editors who did not review it. Who reads it is not offered the claim for review in this round."""
        claim = permissions.claim_to_approve(request, claim_id)
        proposal = review.proposal_of(claim, request.user)
        pieces = [evidence.described(piece) for piece in proposal.pieces]
        spans = [
            marked(each, 0) | {"article_spans": each.spans[1], "article_words": pieces_of(each.sides[1])}
            for each in proposal.marked
        ]
        answer = {
            "claim": claims.brief_of(claim.pk),
            "review": found(proposal.review) | {"spans": spans, "evidence": pieces},
            "earlier": [before(row) for row in proposal.earlier],
        }
        return with_etag(request, answer)


class ClaimApprove(permissions.Door):
    """Approve a review."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.EDIT}

    @extend_schema(
        operation_id="claims_approve",
        request=ApproveIn,
        responses={200: claims.ClaimDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """It decides. By an editor who did not review the claim."""
        claim = permissions.claim_to_approve(request, claim_id)
        review.approve(claim.pk, request.user, read=read(ApproveIn.of(request.data)))
        return Response(claims.detail(permissions.claim_to_read(request, claim.pk), request.user))


class ClaimRequestChanges(permissions.Door):
    """Send a review back to its writer."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}

    @extend_schema(
        operation_id="claims_request_changes",
        request=SendBackIn,
        responses={200: SentBack, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """One that waits for approval, by an editor; or one of two that differ, by whoever may settle them."""
        claim = permissions.claim_to_settle(request, claim_id)
        sent = SendBackIn.of(request.data)
        role = AssignmentRole(sent["role"])
        asked = review.request_changes(claim.pk, request.user, sent["note"], role=role, read=read(sent))
        return Response({"assignment": asked.pk, "claim": claims.brief_of(claim.pk)})
