"""Reviews before they decide: what waits for an editor, one of them, and both answers to it."""

from typing import Any, ClassVar

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import claims, evidence, paging, permissions
from claims.api.bodies import Reading, check_said, with_etag
from claims.api.errors import problems
from claims.api.reviews import EarlierOut, MarkedHere, ReviewFound, before, found, marked_here
from claims.models.claims import SpanRole
from claims.rules import workflow
from claims.rules.rights import Right
from claims.rules.workflow import AssignmentRole
from claims.services import review

CURSORS = paging.Cursors("what waits for approval")
REVIEWED = [choice for choice in workflow.choices(AssignmentRole) if choice[0] != AssignmentRole.ADJUDICATOR]


READ = "Give the `id` of the review that you read; another one may be there by now."


class ReadIn(Reading):
    """Which review was read."""

    review = serializers.IntegerField(
        help_text="Its `id`; 428 without it, 409 `not_the_newest` where it was sent back and answered anew meanwhile."
    )


class ApproveIn(ReadIn):
    """Which review is approved, and what its writer is told."""

    note = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=4000, help_text="For the desk: why."
    )
    feedback = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=4000, help_text="To the reviewer: what to learn."
    )


class SendBackIn(ReadIn):
    """What the writer of a review should look at again."""

    note = serializers.CharField(max_length=4000, help_text="For the reviewer.")
    role = serializers.ChoiceField(
        choices=REVIEWED, required=False, default=AssignmentRole.FIRST.value, help_text="Whose, where two differ."
    )


class Proposed(ReviewFound):
    """The review that decides once it is approved."""

    spans = MarkedHere(many=True, help_text="Empty for a review from before there were spans.")
    evidence = evidence.EvidenceOut(many=True)


class AttributionPlace(serializers.Serializer[Any]):
    """An attribution that the claim is of, and where it stands in the article."""

    id = serializers.IntegerField()
    label: Any = serializers.CharField()  # a field, not the attribute
    source_entity = serializers.CharField(allow_blank=True)
    content = serializers.CharField(help_text="The words that are marked now.")
    start = serializers.IntegerField(help_text="Where they begin, in code points.")
    paragraph = serializers.IntegerField(help_text="Of the article, from 1.")


class ApprovedOut(serializers.Serializer[Any]):
    """That the review was approved, and what was said of it."""

    approved_by = serializers.CharField()
    approved_at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)
    feedback = serializers.CharField(allow_blank=True)


class ApprovalOut(serializers.Serializer[Any]):
    """A claim whose review waits for an editor, or was approved by one."""

    claim = claims.ClaimBrief()
    attributions = AttributionPlace(many=True, help_text="Those that the review marks.")
    review = Proposed()
    earlier = EarlierOut(many=True, help_text="All reviews of the claim before it, the oldest first.")
    approved = ApprovedOut(allow_null=True, help_text="Null while it waits.")


class ApprovalPage(paging.Page):
    """Claims whose review waits for an editor, the most important first."""

    results = claims.ClaimBrief(many=True)


class SentBack(serializers.Serializer[Any]):
    """What became of it."""

    assignment = serializers.IntegerField()
    claim = claims.ClaimBrief(
        help_text="Changes requested while its writer has it; waiting for somebody else where they review no more."
    )


def described(proposal: review.Proposal) -> dict[str, Any]:
    made = proposal.approved
    return {
        "claim": claims.brief_of(proposal.claim.pk),
        "attributions": [place(each.marking) for each in proposal.marked if each.marking.role == SpanRole.CONTENT],
        "review": found(proposal.review)
        | {
            "spans": [marked_here(each) for each in proposal.marked],
            "evidence": [evidence.described(piece) for piece in proposal.pieces],
        },
        "earlier": [before(each) for each in proposal.earlier],
        "approved": made
        and {name: getattr(made, name) for name in ("approved_at", "note", "feedback")}
        | {"approved_by": str(made.approved_by)},
    }


def place(content: review.Marking) -> dict[str, Any]:
    attribution = content.attribution
    named = {"id": attribution.pk, "label": attribution.label, "source_entity": attribution.source_entity}
    return named | {"content": content.words, "start": content.begins, "paragraph": content.paragraph}


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
        """For editors who did not review it, and for all reviewers of the desk once it is approved.

        Whoever reads it before is not offered the claim for review in this round.
        """
        claim = permissions.claim_to_read(request, claim_id)
        return with_etag(request, described(review.proposal_of(claim, request.user)))


class ClaimApprove(permissions.Door):
    """Approve a review."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.EDIT}

    @extend_schema(
        operation_id="claims_approve",
        request=ApproveIn,
        responses={200: claims.ClaimDetail, **problems(400, 401, 403, 404, 409, 415, 428)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """It decides. By an editor who did not review the claim."""
        claim = permissions.claim_to_approve(request, claim_id)
        check_said(request, "review", READ)
        sent = ApproveIn.of(request.data)
        review.approve(claim.pk, request.user, note=sent["note"], feedback=sent["feedback"], read=[sent["review"]])
        return Response(claims.detail(permissions.claim_to_read(request, claim.pk), request.user))


class ClaimRequestChanges(permissions.Door):
    """Send a review back to its writer."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}

    @extend_schema(
        operation_id="claims_request_changes",
        request=SendBackIn,
        responses={200: SentBack, **problems(400, 401, 403, 404, 409, 415, 428)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """One that waits for approval, by an editor; or one of two that differ, by whoever may settle them."""
        claim = permissions.claim_to_settle(request, claim_id)
        check_said(request, "review", READ)
        sent = SendBackIn.of(request.data)
        role = AssignmentRole(sent["role"])
        asked = review.request_changes(claim.pk, request.user, sent["note"], role=role, read=[sent["review"]])
        return Response({"assignment": asked.pk, "claim": claims.brief_of(claim.pk)})
