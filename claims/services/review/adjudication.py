"""When two reviews of a claim differ: a third person reads both, decides, and tells both reviewers why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from claims.extraction import text as texts
from claims.models.adjudication import Adjudication
from claims.models.claims import Claim
from claims.models.conflicts import InConflict
from claims.models.desks import ADJUDICATORS, REVIEWERS
from claims.models.evidence import Evidence
from claims.models.review import Review, reviewers_in
from claims.rules import workflow
from claims.rules.markings import Piece, word_differences
from claims.rules.notifications import Kind
from claims.rules.ratings import Axis
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentRole, ClaimState, Missing
from claims.services import claims as claim_services
from claims.services import conflicts, desks, verdicts
from claims.services.events import verb
from claims.services.notifications import over, tell
from claims.services.review.blinding import unblind
from claims.services.review.correcting import Choice, hold_chosen, hold_waiting, in_dispute, not_chosen
from claims.services.review.markings import Compared, compared
from claims.services.review.submission import check_read, evidence_of, findings_of, ratings_of, reviews_of

SETTLED = ("adjudicator", "verdict__attribution_rating", "verdict__veracity_rating")


@dataclass(frozen=True)
class Decision:
    """The adjudicator's answers. Without a rationale, that of the review with the same two verdicts is taken.

    ``markings`` says of each attribution of which the two mark other words whose marking holds.
    """

    attribution_verdict: str
    veracity_verdict: str
    note: str
    rationale: str = ""
    feedback: str = ""
    markings: Mapping[int, Choice] = field(default_factory=dict)


REVIEWED = (AssignmentRole.FIRST, AssignmentRole.SECOND)
# The parts in which two reviews can differ, as their fields are named.
PARTS = ("attribution_verdict", "veracity_verdict", "rationale", "evidence", "spans")


@dataclass(frozen=True)
class Dispute:
    """Both reviews of a claim's present round, and how their difference was settled, if it was.

    ``sides`` has the first review and the second, each with its evidence and whether the other has the same.
    """

    claim: Claim
    sides: list[tuple[Review, list[tuple[Evidence, bool]]]]
    settled: Adjudication | None
    marked: list[Compared]

    def words(self, number: int) -> list[Piece]:
        """The rationale of one side (0, 1) in pieces: what the other has as well, and what it has not."""
        own, other = self.sides[number][0], self.sides[1 - number][0]
        return word_differences(own.rationale, other.rationale)

    @property
    def in_dispute(self) -> list[list[Compared]]:
        """The places of each attribution of which the two mark other words: somebody says whose marking holds."""
        return _apart(self.marked)

    @property
    def differences(self) -> list[str]:
        """Which of PARTS differ."""
        (first, pieces), (second, others) = self.sides
        one, other = ratings_of(first), ratings_of(second)
        differs = (
            one.attribution != other.attribution,
            one.veracity != other.veracity,
            first.rationale != second.rationale,
            not all(shared for _, shared in pieces + others),
            not all(place.same for place in self.marked),
        )
        return [name for name, yes in zip(PARTS, differs, strict=True) if yes]


def _sides(first: Review, second: Review) -> list[tuple[Review, list[tuple[Evidence, bool]]]]:
    found = {row.pk: list(row.evidence.with_copies().order_by("pk")) for row in (first, second)}
    named = {pk: {(row.url, row.file_name, row.relation) for row in rows} for pk, rows in found.items()}
    return [
        (own, [(row, (row.url, row.file_name, row.relation) in named[other.pk]) for row in found[own.pk]])
        for own, other in ((first, second), (second, first))
    ]


def _apart(places: Sequence[Compared]) -> list[list[Compared]]:
    wanted = [attribution.pk for attribution in in_dispute(places)]
    return [[place for place in places if place.marking.attribution.pk == pk] for pk in wanted]


def marked_apart(claim: Claim) -> list[list[Compared]]:
    """As Dispute.in_dispute, for the form of whoever may settle it; nothing where no two reviews are in."""
    both = reviews_of(claim)
    if claim.state != ClaimState.ADJUDICATION or len(both) < len(REVIEWED):
        return []
    return _apart(compared(claim, *(both[role] for role in REVIEWED)))


def waiting_for(user: Any) -> QuerySet[Claim]:
    """The claims whose two reviews differ and which this person may settle: an adjudicator who reviewed neither
    and has no conflict of interest.
    """
    part = Review.objects.filter(
        assignment__claim=OuterRef("pk"), assignment__round=OuterRef("round"), assignment__reviewer=user.pk
    )
    return Claim.objects.of(user, ADJUDICATORS).filter(
        ~Exists(part), ~InConflict(user.pk, "pk"), state=ClaimState.ADJUDICATION
    )


def dispute_of(claim: Claim, user: Any) -> Dispute:
    """Both reviews side by side: for whoever may settle it, and for all reviewers of the desk once it is settled.

    Raises Absent where no reviews differ, Forbidden for readers and for those who may not see them yet.
    """
    if desks.role_at(claim.desk_id, user) not in REVIEWERS:
        raise Forbidden.one("desk", "not_a_reviewer", "You may read this claim but not its reviews.")
    both = reviews_of(claim)
    settled = Adjudication.objects.filter(claim=claim, round=claim.round).select_related(*SETTLED).first()
    if claim.state != ClaimState.ADJUDICATION and settled is None:
        raise Absent.one("adjudication", "absent", "No two reviews of this claim differ.")
    if settled is None:
        may_settle(claim, user)
        # Should one go to somebody else, who has read both is not the one.
        unblind(user, [(claim.pk, claim.round)])
    first, second = both[AssignmentRole.FIRST], both[AssignmentRole.SECOND]
    return Dispute(claim, _sides(first, second), settled, compared(claim, first, second))


def adjudication_of(claim: Claim, user: Any) -> str:
    """Where the difference of two reviews stands for this person: "waits" for them, is "settled", or is none."""
    if claim.state == ClaimState.ADJUDICATION:
        return "waits" if waiting_for(user).filter(pk=claim.pk).exists() else ""
    return "settled" if Adjudication.objects.filter(claim=claim, round=claim.round).exists() else ""


def may_settle(claim: Claim, user: Any) -> None:
    """Raises Forbidden for those without the role, with a conflict of interest, or with a review of this round, also
    one that was sent back and that somebody else's replaced.
    """
    if desks.role_at(claim.desk_id, user) not in ADJUDICATORS:
        message = "Only editors and senior reviewers of the desk settle what two reviewers disagree on."
        raise Forbidden.one("desk", "not_an_adjudicator", message)
    if not workflow.may_adjudicate(reviewers_in(claim), user.pk):
        message = "You reviewed this claim. Somebody else has to settle it."
        raise Forbidden.one("adjudicator", "four_eyes", message)
    conflicts.check(user, claim)


@verb
def adjudicate(claim_id: int, user: Any, decision: Decision, *, read: Collection[int] | None = None) -> Adjudication:
    """Settle a claim on which two reviews differ: the next verdict, resting on the evidence of both.

    ``read`` are the two reviews on which the person decides. Raises Absent for another desk's claim, Forbidden for its
    reviewers and for those without the role, Conflict when nothing is to be settled (any more) or a review is newer
    than what was read, Refused with everything that is missing.
    """
    claim_services.visible(user, claim_id)
    claim = claim_services.locked(claim_id)
    may_settle(claim, user)
    both = reviews_of(claim)
    if claim.state != ClaimState.ADJUDICATION:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; there is nothing to settle."
        raise Conflict.with_details("claim", "not_in_adjudication", message, state=claim.state)
    check_read(read, both.values(), "reviews")
    first, second = both[AssignmentRole.FIRST], both[AssignmentRole.SECOND]
    places = compared(claim, first, second)
    findings = _findings(claim, decision, [first, second], places)
    became = hold_chosen(claim, [first, second], places, decision.markings, actor=user)
    hold_waiting(claim, actor=user)
    # Who speaks may be another by now.
    conflicts.check(user, claim)
    verdict = verdicts.decide(claim, findings, evidence_of(both.values()), actor=user)
    made = Adjudication.objects.create(
        claim=claim,
        round=claim.round,
        adjudicator=user,
        verdict=verdict,
        note=texts.clean(decision.note).text.strip(),
        feedback=texts.clean(decision.feedback).text.strip(),
        markings=became,
    )
    what = {"verdict": verdict.pk, "adjudication": made.pk}
    claim_services.move(claim, ClaimState.DECIDED, "claim.adjudicated", actor=user, data=what)
    over(claim, Kind.ADJUDICATION_WAITS)
    reviewers = [review.assignment.reviewer_id for review in both.values()]
    tell(reviewers, Kind.ADJUDICATED, desk_id=claim.desk_id, claim=claim, actor=user)
    made.refresh_from_db()
    return made


def _findings(
    claim: Claim, decision: Decision, both: Sequence[Review], places: Sequence[Compared]
) -> verdicts.Findings:
    """The decision as ratings of the desk; raises Refused with everything that is missing or wrong at once."""
    wrong = []
    if not decision.note.strip():
        wrong.append(Missing("note", "blank", "Tell the desk why you decided this way."))
    chosen = {}
    keys = {Axis.ATTRIBUTION: decision.attribution_verdict, Axis.VERACITY: decision.veracity_verdict}
    try:
        chosen = verdicts.ratings(claim.desk_id, keys)
    except Refused as refused:
        wrong += refused.problems
    ratings = workflow.Ratings(decision.attribution_verdict, decision.veracity_verdict)
    agreed = next((review for review in both if ratings_of(review) == ratings), None)
    rationale = texts.clean(decision.rationale).text.strip()
    if chosen and not rationale and agreed is None:
        message = "Neither reviewer came to these verdicts: explain to readers how you came to them."
        wrong.append(Missing("rationale", "blank", message))
    wrong += not_chosen(places, decision.markings)
    if wrong:
        raise Refused(wrong)
    if not rationale and agreed is not None:
        # The desk may have changed its scale since; the verdict has today's ratings.
        return replace(findings_of(agreed), attribution=chosen[Axis.ATTRIBUTION], veracity=chosen[Axis.VERACITY])
    return verdicts.Findings(chosen[Axis.ATTRIBUTION], chosen[Axis.VERACITY], rationale)
