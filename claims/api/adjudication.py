"""What two reviewers disagree on: the list that waits, both reviews side by side, and the decision between them."""

from typing import Any, ClassVar

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import claims, evidence, paging, permissions
from claims.api.bodies import Reading, check_said, with_etag
from claims.api.errors import problems
from claims.api.reviews import EarlierOut, MarkedOut, ReviewFound, WordsOut, before, found, marked, pieces_of
from claims.models.adjudication import Adjudication
from claims.models.claims import SpanRole
from claims.services import review

CURSORS = paging.Cursors("adjudications")
HOLDS = [(name, name) for name in review.HOLDS]
PARTS = [(name, name.replace("_", " ")) for name in review.PARTS]


class ChoiceIn(serializers.Serializer[Any]):
    """Whose marking of an attribution holds."""

    attribution = serializers.IntegerField()
    holds = serializers.ChoiceField(choices=HOLDS, help_text="The article's: nothing is corrected.")
    version = serializers.IntegerField(
        help_text="As in `in_dispute`. Where somebody changed the attribution since, theirs is kept, with an event."
    )


class DecisionIn(Reading):
    """Both verdicts as keys of the desk's ratings, and why."""

    attribution_verdict = serializers.CharField(max_length=40, help_text="Was it said, as quoted? Such as accurate.")
    veracity_verdict = serializers.CharField(max_length=40, help_text="Is it true? Such as mostly_false.")
    note = serializers.CharField(max_length=20_000, help_text="For the desk: why it is decided so.")
    rationale = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=20_000,
        help_text="For readers. Empty: that of the review with the same two verdicts.",
    )
    feedback = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=20_000, help_text="To both reviewers."
    )
    markings = ChoiceIn(
        many=True,
        required=False,
        default=list,
        help_text="One for each of `in_dispute`; what holds becomes what is marked in the article.",
    )
    reviews = serializers.ListField(
        child=serializers.IntegerField(),
        max_length=2,
        help_text="The `id` of both reviews as they were read; 428 without, 409 `not_the_newest` where one is newer.",
    )


class PieceOfOne(evidence.EvidenceOut):
    """A piece of evidence of one of the reviews."""

    shared = serializers.BooleanField(help_text="The other review has the same address or file, to the same effect.")


class ReviewOut(ReviewFound):
    """What one reviewer found, and what they had found before it was sent back."""

    rationale_words = WordsOut(many=True, help_text="The rationale against the other one, word by word.")
    spans = MarkedOut(many=True)

    evidence = PieceOfOne(many=True)
    earlier = EarlierOut(many=True)


class RoleOut(serializers.Serializer[Any]):
    """What is marked in one role in the article."""

    role = serializers.ChoiceField(choices=SpanRole.choices)
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), help_text="Start and end, in code points."
    )
    words = serializers.CharField(allow_blank=True)


class InDispute(serializers.Serializer[Any]):
    """An attribution of which the two mark other words, as it is marked in the article now."""

    attribution = serializers.IntegerField()
    label: Any = serializers.CharField()  # a field, not the attribute
    version = serializers.IntegerField()
    article = RoleOut(many=True)


class HeldOut(serializers.Serializer[Any]):
    """Whose marking of an attribution holds."""

    attribution = serializers.IntegerField()
    holds = serializers.ChoiceField(
        choices=[*HOLDS, ("kept", "kept")], help_text="Kept: somebody changed it meanwhile, and that stays."
    )


class SettledOut(serializers.Serializer[Any]):
    """How the difference was settled."""

    adjudicator = serializers.CharField()
    decided_at = serializers.DateTimeField()
    note = serializers.CharField()
    feedback = serializers.CharField(allow_blank=True)
    markings = HeldOut(many=True)
    verdict = claims.DecidedVerdict()


class AdjudicationOut(serializers.Serializer[Any]):
    """Two reviews of a claim side by side."""

    claim = claims.ClaimBrief()
    differences = serializers.ListField(child=serializers.ChoiceField(choices=PARTS))
    reviews = ReviewOut(many=True)
    in_dispute = InDispute(many=True, help_text="To choose from: the attributions that the two mark otherwise.")
    settled = SettledOut(allow_null=True, help_text="Null while it waits.")


class WaitingPage(paging.Page):
    """Claims whose two reviews differ, the most important first."""

    results = claims.ClaimBrief(many=True)


def reviewed(dispute: review.Dispute, number: int) -> dict[str, Any]:
    row, pieces = dispute.sides[number]
    return found(row) | {
        "rationale_words": pieces_of(dispute.words(number)),
        "spans": [marked(each, number) for each in dispute.marked],
        "evidence": [{**evidence.described(piece), "shared": shared} for piece, shared in pieces],
        "earlier": [before(each) for each in review.earlier_of(row)],
    }


def settlement(made: Adjudication) -> dict[str, Any]:
    return {
        "adjudicator": str(made.adjudicator),
        "decided_at": made.decided_at,
        "note": made.note,
        "feedback": made.feedback,
        "markings": [{"attribution": int(pk), "holds": holds} for pk, holds in made.markings.items()],
        "verdict": claims.decided(made.verdict),
    }


def disputed(places: list[review.Compared]) -> dict[str, Any]:
    attribution = places[0].marking.attribution
    return {
        "attribution": attribution.pk,
        "label": attribution.label,
        "version": attribution.version,
        "article": [
            {"role": place.marking.role, "spans": place.marking.spans, "words": place.marking.words} for place in places
        ],
    }


def described(request: Request, claim_id: int) -> dict[str, Any]:
    claim = permissions.claim_to_read(request, claim_id)
    dispute = review.dispute_of(claim, request.user)
    return {
        "claim": claims.brief_of(claim.pk),
        "differences": dispute.differences,
        "reviews": [reviewed(dispute, number) for number in (0, 1)],
        "in_dispute": [disputed(places) for places in dispute.in_dispute],
        "settled": settlement(dispute.settled) if dispute.settled else None,
    }


class TwiceIn(Reading):
    """Whether the claim is reviewed twice whatever the desk's policy says."""

    wanted = serializers.BooleanField(required=False, default=True, help_text="False: as the policy has it.")


class ClaimTwice(claims.ClaimStep):
    """Have a claim reviewed twice."""

    @extend_schema(
        operation_id="claims_review_twice",
        request=TwiceIn,
        responses={200: claims.ClaimDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """By an editor, before the first review is in."""
        claim = permissions.claim_to_edit(request, claim_id)
        review.review_twice(claim.pk, actor=request.user, wanted=TwiceIn.of(request.data)["wanted"])
        return Response(claims.detail(permissions.claim_to_read(request, claim.pk), request.user))


class AdjudicationList(permissions.Door):
    """What waits for an adjudicator."""

    @extend_schema(
        operation_id="adjudications_list",
        parameters=[paging.PageQuery],
        responses={200: WaitingPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The claims that the caller may settle: none that they reviewed. Empty for those without the role."""
        query = paging.PageQuery.of(request.query_params)
        rows, following = paging.page(
            request,
            CURSORS,
            review.waiting_for(request.user).order_by("-priority", "id").values(*claims.ROW),
            query,
            after=lambda rows, seen: rows.filter(Q(priority__lt=seen[0]) | Q(priority=seen[0], id__gt=seen[1])),
            key=lambda row: [row["priority"], row["id"]],
        )
        return Response({"results": [claims.brief(row) for row in rows], "next": following})


class ClaimAdjudication(permissions.Door):
    """Two reviews of one claim."""

    @extend_schema(
        operation_id="claims_adjudication", responses={200: AdjudicationOut, 304: None, **problems(401, 403, 404)}
    )
    def get(self, request: Request, claim_id: int) -> Response:
        """Side by side: for whoever may settle them, and for all reviewers of the desk once they are settled."""
        return with_etag(request, described(request, claim_id))


class ClaimAdjudicate(permissions.Door):
    """Settle what two reviewers disagree on."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}

    @extend_schema(
        operation_id="claims_adjudicate",
        request=DecisionIn,
        responses={200: AdjudicationOut, **problems(400, 401, 403, 404, 409, 415, 428)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """By an editor or a senior reviewer who wrote neither review. The verdict rests on the evidence of both."""
        permissions.claim_to_settle(request, claim_id)
        check_said(request, "reviews", "Give the `id` of both reviews that you read; one may be newer by now.")
        sent = DecisionIn.of(request.data)
        read = sent.pop("reviews")
        chosen = {each["attribution"]: review.Choice(each["holds"], each["version"]) for each in sent.pop("markings")}
        review.adjudicate(claim_id, request.user, review.Decision(**sent, markings=chosen), read=read)
        return Response(described(request, claim_id))
