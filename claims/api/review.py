"""The reviewer's verbs: take the next claim, keep a draft, give it back, or submit both verdicts."""

import math
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import claims, evidence, paging, permissions, reviews
from claims.api.bodies import Reading, with_etag
from claims.api.errors import problems
from claims.models.claims import Claim, SpanRole
from claims.models.review import Assignment
from claims.models.rows import read
from claims.rules import workflow
from claims.rules.workflow import AssignmentRole, AssignmentState, DeclineReason, HoldReason
from claims.services import review

ROLES = workflow.choices(AssignmentRole)
STATES = workflow.choices(AssignmentState)
HOLDS = workflow.choices(HoldReason)
CURSORS = paging.Cursors("assignments")
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="Refuse with 412 if the draft is not of this version any more.",
)
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description="Of the draft's version.", response=[200])


# --- What is sent -----------------------------------------------------------------------------------------------------


class Share(serializers.FloatField):
    """A number from 0 to 1. “nan” is no number here, though Python reads it as one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=1, **options)

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if not math.isfinite(number):
            self.fail("invalid")
        return number


class SpanIn(Reading):
    """A stretch of the article that the reviewer marks, in code points; ``end`` is exclusive."""

    attribution = serializers.IntegerField(min_value=1)
    role = serializers.ChoiceField(choices=SpanRole.choices)
    start = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    end = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class ReviewDraft(Reading):
    """A review that may be incomplete."""

    attribution_verdict = serializers.CharField(required=False, allow_blank=True, max_length=40)
    veracity_verdict = serializers.CharField(required=False, allow_blank=True, max_length=40)
    rationale = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    attribution_rationale = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    veracity_rationale = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    attribution_confidence = Share(required=False, allow_null=True)
    veracity_confidence = Share(required=False, allow_null=True)
    evidence = evidence.PieceField(required=False)
    spans = SpanIn(
        many=True,
        required=False,
        help_text="What is source, cue and content where the article's marking is wrong. A role of an attribution that "
        "is named here is replaced as a whole; the others stay as they are marked.",
    )


class ReviewIn(ReviewDraft):
    """Both verdicts as keys of the desk's ratings, one rationale, and at least one piece of evidence."""

    attribution_verdict = serializers.CharField(max_length=40, help_text="Was it said, as quoted? Such as accurate.")
    veracity_verdict = serializers.CharField(max_length=40, help_text="Is it true? Such as mostly_false.")
    rationale = serializers.CharField(max_length=20_000)


class Reason(Reading):
    """Why, in a few words; may be left out."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)


class Decline(Reading):
    """Why the reviewer cannot take this claim."""

    reason = serializers.ChoiceField(choices=workflow.choices(DeclineReason))
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)
    source: Any = serializers.IntegerField(  # a field, not the attribute
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        help_text="A source that the claim concerns; a conflict of interest with it is declared as well.",
    )


# --- What is answered -------------------------------------------------------------------------------------------------


class WhyReason(serializers.Serializer[Any]):
    """One reason why a claim came to somebody: of its priority, of how it suits them, or an editor's."""

    of = serializers.ChoiceField(choices=["priority", "fit", "editor"])
    points = serializers.IntegerField()
    text = serializers.CharField()


class AssignmentBrief(serializers.Serializer[Any]):
    """Who holds a claim, in which part, and until when."""

    id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=ROLES)
    state = serializers.ChoiceField(choices=STATES)
    round = serializers.IntegerField()
    why = serializers.CharField(allow_blank=True, help_text="Why this claim came to this reviewer.")
    reasons = WhyReason(many=True, help_text="The same, with the points of each reason.")
    assigned_at = serializers.DateTimeField()
    lease_until = serializers.DateTimeField(help_text="Of an offer: until when to accept it.")
    on_hold_since = serializers.DateTimeField(allow_null=True, help_text="On hold no lease runs.")
    on_hold_for = serializers.ChoiceField(choices=HOLDS, allow_blank=True)
    on_hold_note = serializers.CharField(allow_blank=True)
    due_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class AssignmentRow(AssignmentBrief):
    """An assignment as a row of a list."""

    claim = claims.ClaimBrief()


class AssignmentDetail(AssignmentBrief):
    """An assignment with its claim, and what was typed so far."""

    claim = claims.ClaimDetail()
    draft = serializers.DictField()
    draft_version = serializers.IntegerField(
        help_text="Send it as If-Match, in quotation marks, to write over no other version. 0: there is none."
    )
    changes_requested = reviews.QuestionOut(
        allow_null=True, help_text="Where the caller's review was sent back to them: why, and what they had found."
    )


class AssignmentPage(paging.Page):
    """The caller's assignments, the newest first."""

    results = AssignmentRow(many=True)


class DraftOut(serializers.Serializer[Any]):
    """What is kept, and until when the claim is held."""

    version = serializers.IntegerField()
    saved_at = serializers.DateTimeField()
    lease_until = serializers.DateTimeField()
    draft = serializers.DictField()


class Submitted(serializers.Serializer[Any]):
    """What became of the review."""

    review = serializers.IntegerField()
    verdict = claims.DecidedVerdict(
        allow_null=True,
        help_text="Null where a second review or an approval follows, or where two reviews differ.",
    )
    claim = claims.ClaimBrief()


BRIEF = tuple(AssignmentBrief().get_fields())
CLAIM = tuple(f"claim__{name}" for name in claims.ROW)


def detail(assignment: Assignment, user: Any, *, taken: bool = False) -> dict[str, Any]:
    """The assignment as its reviewer sees it; ``taken`` just now, it has no review that could have been sent back."""
    (claim,) = read(Claim, "SELECT * FROM claims_claim WHERE id = %s", [assignment.claim_id])
    draft = review.newest_draft(claim, user)
    asked = None if taken else review.question_to(assignment)
    return {
        **{name: getattr(assignment, name) for name in BRIEF},
        "claim": claims.detail(claim, user),
        "draft": draft.body if draft else {},
        "draft_version": draft.version if draft else 0,
        "changes_requested": reviews.question(asked) if asked else None,
    }


def row(found: dict[str, Any]) -> dict[str, Any]:
    claim = {name: found[f"claim__{name}"] for name in claims.ROW}
    return {**{name: found[name] for name in BRIEF}, "claim": claims.brief(claim)}


def mine(request: Request, assignment_id: int) -> Assignment:
    found = Assignment.objects.of(request.user).filter(pk=assignment_id).first()
    if found is None:
        raise review.not_theirs(assignment_id, request.user)
    return found


def marked(sent: list[dict[str, Any]]) -> dict[tuple[int, str], list[tuple[int, int]]]:
    found: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for span in sent:
        found.setdefault((span["attribution"], span["role"]), []).append((span["start"], span["end"]))
    return found


def known_version(request: Request) -> int | None:
    """The draft's version that the caller has, by If-Match; None when any will do."""
    tag = request.META.get("HTTP_IF_MATCH", "").strip()
    if tag in ("", "*"):
        return None
    number = tag.strip('"')
    # What no draft can have leads to the service's own refusal, which tells the present version.
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1


# --- The views --------------------------------------------------------------------------------------------------------


class ReviewerDoor(permissions.Door):
    """The base of what only reviewers do."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW, "PUT": permissions.REVIEW}


class QueueNext(ReviewerDoor):
    """The queue."""

    @extend_schema(
        operation_id="queue_next",
        request=None,
        responses={200: AssignmentDetail, 204: None, **problems(401, 403, 409)},
    )
    def post(self, request: Request) -> Response:
        """Take the most important claim that waits for this reviewer. 204 when none is left."""
        assignment = review.take_next(request.user)
        if assignment is None:
            return Response(status=204)
        return Response(detail(assignment, request.user, taken=True))


class ClaimTake(ReviewerDoor):
    """One claim of the queue."""

    @extend_schema(
        operation_id="claims_take", request=None, responses={200: AssignmentDetail, **problems(401, 403, 404, 409)}
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """Take this claim, if it waits; 409 names who holds it."""
        return Response(detail(review.take(request.user, claim_id), request.user, taken=True))


class AssignmentQuery(paging.PageQuery):
    """Which assignments."""

    state = serializers.ChoiceField(choices=STATES, required=False)


class AssignmentList(permissions.Door):
    """The caller's own assignments."""

    @extend_schema(
        operation_id="assignments_list",
        parameters=[AssignmentQuery],
        responses={200: AssignmentPage, **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        query = AssignmentQuery.of(request.query_params)
        rows = Assignment.objects.of(request.user)
        if "state" in query:
            rows = rows.filter(state=query["state"])
        found, following = paging.newest_first(request, CURSORS, rows.values(*BRIEF, *CLAIM), query)
        return Response({"results": [row(each) for each in found], "next": following})


class AssignmentOne(permissions.Door):
    """One assignment of the caller's."""

    @extend_schema(
        operation_id="assignments_get", responses={200: AssignmentDetail, 304: None, **problems(401, 403, 404)}
    )
    def get(self, request: Request, assignment_id: int) -> Response:
        return with_etag(request, detail(mine(request, assignment_id), request.user))


class AssignmentAccept(ReviewerDoor):
    """Take what was offered."""

    @extend_schema(
        operation_id="assignments_accept",
        request=None,
        responses={200: AssignmentDetail, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """The whole lease begins. Decline an offer as you decline a claim."""
        review.accept(assignment_id, request.user)
        return Response(detail(mine(request, assignment_id), request.user))


class AssignmentRelease(ReviewerDoor):
    """Give the claim back."""

    @extend_schema(
        operation_id="assignments_release",
        request=Reason,
        responses={200: AssignmentDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """Anybody may take it then, this reviewer too; one whose review was sent back takes no other part in it."""
        why = Reason.of(request.data)["reason"]
        review.release(assignment_id, request.user, reason=why)
        return Response(detail(mine(request, assignment_id), request.user))


class AssignmentDecline(ReviewerDoor):
    """Give the claim back for a reason."""

    @extend_schema(
        operation_id="assignments_decline",
        request=Decline,
        responses={200: AssignmentDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """It is not offered to this reviewer again."""
        mine(request, assignment_id)
        why = Decline.of(request.data)
        reason = DeclineReason(why["reason"])
        review.decline(assignment_id, request.user, reason, note=why["note"], source_id=why["source"])
        return Response(detail(mine(request, assignment_id), request.user))


class AssignmentDraft(ReviewerDoor):
    """What was typed so far."""

    @extend_schema(
        operation_id="assignments_draft",
        request=ReviewDraft,
        parameters=[IF_MATCH, ETAG],
        responses={200: DraftOut, **problems(400, 401, 403, 404, 412, 415)},
    )
    def put(self, request: Request, assignment_id: int) -> Response:
        """Keep it. While the claim is held, this also extends the time; afterwards the draft is kept all the same.

        With If-Match, what was typed elsewhere meanwhile is not lost: 412 has it, as `draft`, `version`, `saved_at`.
        """
        mine(request, assignment_id)
        body = ReviewDraft.of(request.data)
        draft = review.save_draft(assignment_id, request.user, body, version=known_version(request))
        held = mine(request, assignment_id)
        kept = {"version": draft.version, "saved_at": draft.saved_at, "draft": draft.body}
        return Response(kept | {"lease_until": held.lease_until}, headers={"ETag": f'"{draft.version}"'})


class AssignmentSubmit(ReviewerDoor):
    """Hand in the review."""

    @extend_schema(
        operation_id="assignments_submit",
        request=ReviewIn,
        parameters=[IF_MATCH],
        responses={200: Submitted, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        """Both verdicts with evidence. Too late: 409 names who holds the claim now, and the draft is kept."""
        try:
            sent = ReviewDraft.of(request.data)
        except APIException:
            # Whose it is not hears that first.
            mine(request, assignment_id)
            raise
        submission = review.Submission(
            attribution_verdict=sent.pop("attribution_verdict", ""),
            veracity_verdict=sent.pop("veracity_verdict", ""),
            rationale=sent.pop("rationale", ""),
            evidence=evidence.pieces(sent.pop("evidence", [])),
            spans=marked(sent.pop("spans", [])),
            **sent,
        )
        version = known_version(request)
        handed_in, verdict = review.submit(assignment_id, request.user, submission, version=version)
        return Response(
            {
                "review": handed_in.pk,
                "verdict": claims.decided(verdict) if verdict else None,
                "claim": claims.brief_of(handed_in.assignment.claim_id),
            }
        )
