"""When two reviews of a claim differ: a third person reads both, decides, and tells both reviewers why."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from claims.extraction import text as texts
from claims.models.claims import Claim
from claims.models.desks import ADJUDICATORS, REVIEWERS
from claims.models.evidence import Evidence
from claims.models.review import Adjudication, Assignment, Review
from claims.rules import workflow
from claims.rules.ratings import Axis
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentRole, AssignmentState, ClaimState, Missing
from claims.services import claims as claim_services
from claims.services import desks, verdicts
from claims.services.events import verb
from claims.services.review.queueing import database_now
from claims.services.review.submission import findings_of, ratings_of, reviews_of


@dataclass(frozen=True)
class Decision:
    """The adjudicator's answers. Without a rationale, that of the review with the same two verdicts is taken."""

    attribution_verdict: str
    veracity_verdict: str
    note: str
    rationale: str = ""
    feedback: str = ""


@dataclass(frozen=True)
class Dispute:
    """Both reviews of a claim's present round, and how their difference was settled, if it was."""

    claim: Claim
    first: Review
    second: Review
    settled: Adjudication | None

    @property
    def differences(self) -> list[str]:
        """The parts in which the reviews differ, as their fields are named."""
        one, other = ratings_of(self.first), ratings_of(self.second)
        differs = {
            "attribution_verdict": one.attribution != other.attribution,
            "veracity_verdict": one.veracity != other.veracity,
            "rationale": self.first.rationale != self.second.rationale,
            "evidence": bool(self._only(self.first, self.second) or self._only(self.second, self.first)),
        }
        return [name for name, yes in differs.items() if yes]

    @property
    def pieces(self) -> list[tuple[Review, list[tuple[Evidence, bool]]]]:
        """Of each review its evidence, each piece with whether the other review has it too."""
        return [
            (own, [(row, _named(row) in {_named(each) for each in other.evidence.all()}) for row in own.evidence.all()])
            for own, other in ((self.first, self.second), (self.second, self.first))
        ]

    @staticmethod
    def _only(one: Review, other: Review) -> set[tuple[str, str]]:
        return {_named(row) for row in one.evidence.all()} - {_named(row) for row in other.evidence.all()}


def _named(row: Evidence) -> tuple[str, str]:
    return row.url or row.file_name, row.relation


def waiting_for(user: Any) -> QuerySet[Claim]:
    """The claims whose two reviews differ and which this person may settle: an adjudicator who reviewed neither."""
    part = Assignment.objects.filter(
        claim=OuterRef("pk"), round=OuterRef("round"), reviewer=user.pk, state=AssignmentState.SUBMITTED.value
    )
    return Claim.objects.of(user, ADJUDICATORS).filter(~Exists(part), state=ClaimState.ADJUDICATION)


def dispute_of(claim: Claim, user: Any) -> Dispute:
    """Both reviews side by side: for whoever may settle it, and for all reviewers of the desk once it is settled.

    Raises Absent where no reviews differ, Forbidden for readers and for those who may not see them yet.
    """
    if desks.role_at(claim.desk_id, user) not in REVIEWERS:
        raise Forbidden.one("desk", "not_a_reviewer", "You may read this claim but not its reviews.")
    both = reviews_of(claim)
    settled = Adjudication.objects.filter(claim=claim, round=claim.round).select_related("adjudicator").first()
    if claim.state != ClaimState.ADJUDICATION and settled is None:
        raise Absent.one("adjudication", "absent", "No two reviews of this claim differ.")
    if settled is None:
        _may_settle(claim, user, both)
    return Dispute(claim, both[AssignmentRole.FIRST], both[AssignmentRole.SECOND], settled)


def _may_settle(claim: Claim, user: Any, both: dict[AssignmentRole, Review]) -> None:
    if desks.role_at(claim.desk_id, user) not in ADJUDICATORS:
        message = "Only editors and senior reviewers of the desk settle what two reviewers disagree on."
        raise Forbidden.one("desk", "not_an_adjudicator", message)
    if not workflow.may_adjudicate({review.assignment.reviewer_id for review in both.values()}, user.pk):
        message = "You reviewed this claim. Somebody else has to settle it."
        raise Forbidden.one("adjudicator", "four_eyes", message)


@verb
def adjudicate(claim_id: int, user: Any, decision: Decision) -> Adjudication:
    """Settle a claim on which two reviews differ: the next verdict, resting on the evidence of both.

    Raises Absent for another desk's claim, Forbidden for its reviewers and for those without the role, Conflict when
    nothing is to be settled (any more), Refused with everything that is missing.
    """
    claim_services.visible(user, claim_id)
    claim = claim_services.locked(claim_id)
    both = reviews_of(claim)
    _may_settle(claim, user, both)
    if claim.state != ClaimState.ADJUDICATION:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; there is nothing to settle."
        raise Conflict.with_details("claim", "not_in_adjudication", message, state=claim.state)
    findings = _findings(claim, decision, list(both.values()))
    pieces = Evidence.objects.filter(reviews__in=list(both.values())).distinct()
    verdict = verdicts.decide(claim, findings, pieces, actor=user, today=database_now().date())
    made = Adjudication.objects.create(
        claim=claim,
        round=claim.round,
        adjudicator=user,
        verdict=verdict,
        note=texts.clean(decision.note).text.strip(),
        feedback=texts.clean(decision.feedback).text.strip(),
    )
    what = {"verdict": verdict.pk, "adjudication": made.pk}
    claim_services.move(claim, ClaimState.DECIDED, "claim.adjudicated", actor=user, data=what)
    made.refresh_from_db()
    return made


def _findings(claim: Claim, decision: Decision, both: list[Review]) -> verdicts.Findings:
    """The decision as ratings of the desk; raises Refused with everything that is missing or wrong at once."""
    wrong = []
    if not decision.note.strip():
        wrong.append(Missing("note", "blank", "Say for the desk why you decided so."))
    chosen = {}
    keys = {Axis.ATTRIBUTION: decision.attribution_verdict, Axis.VERACITY: decision.veracity_verdict}
    try:
        chosen = verdicts.ratings(claim.desk_id, keys)
    except Refused as refused:
        wrong += refused.problems
    ratings = workflow.Ratings(decision.attribution_verdict, decision.veracity_verdict)
    agreed = next((review for review in both if ratings_of(review) == ratings), None)
    rationale = texts.clean(decision.rationale).text.strip()
    if not rationale and agreed is None:
        message = "Neither reviewer came to these verdicts: explain to readers how you came to them."
        wrong.append(Missing("rationale", "blank", message))
    if wrong:
        raise Refused(wrong)
    if not rationale and agreed is not None:
        # The desk may have changed its scale since; the verdict has today's ratings.
        return replace(findings_of(agreed), attribution=chosen[Axis.ATTRIBUTION], veracity=chosen[Axis.VERACITY])
    return verdicts.Findings(chosen[Axis.ATTRIBUTION], chosen[Axis.VERACITY], rationale)
