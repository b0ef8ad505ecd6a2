"""Reviews: what a reviewer hands in, and what follows from it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from claims.extraction import text as texts
from claims.models.claims import Attribution, AttributionSource, Claim
from claims.models.conflicts import HAS_ANY_SQL, InConflict
from claims.models.desks import ADJUDICATORS, EDITORS, Desk, Membership
from claims.models.events import Subject
from claims.models.evidence import Evidence
from claims.models.review import Assignment, Review, reviewers_in, reviews_in
from claims.models.rows import read, run
from claims.models.verdicts import Verdict
from claims.rules import workflow
from claims.rules.notifications import OF_TIME, Kind
from claims.rules.ratings import Axis
from claims.rules.refusals import Conflict, Refused
from claims.rules.workflow import AssignmentRole, ClaimState, Missing
from claims.services import claims as claim_services
from claims.services import conflicts, verdicts
from claims.services import evidence as evidence_services
from claims.services.events import entry, record_change, verb
from claims.services.notifications import over, tell
from claims.services.review.correcting import hold_agreed, hold_waiting
from claims.services.review.drafts import begin, check_draft, empty_draft, save_draft
from claims.services.review.leases import check_active, mine, owes_a_review
from claims.services.review.markings import Marks, Said, compared, field_of, marks, store
from claims.services.review.queueing import enqueue_second
from claims.services.review.scoring import sample_of
from sources.models import Source


@dataclass(frozen=True)
class Submission:
    """A reviewer's answers: keys of the desk's ratings, reasons, and evidence beside what was put forward."""

    attribution_verdict: str
    veracity_verdict: str
    rationale: str
    evidence: list[evidence_services.Piece] = field(default_factory=list)
    attribution_rationale: str = ""
    veracity_rationale: str = ""
    attribution_confidence: float | None = None
    veracity_confidence: float | None = None
    # What is marked as source, cue and content, where that differs from what is marked already.
    spans: Said = field(default_factory=dict)

    def as_draft(self) -> dict[str, Any]:
        return {
            "attribution_verdict": self.attribution_verdict,
            "veracity_verdict": self.veracity_verdict,
            "rationale": self.rationale,
            "attribution_rationale": self.attribution_rationale,
            "veracity_rationale": self.veracity_rationale,
            "attribution_confidence": self.attribution_confidence,
            "veracity_confidence": self.veracity_confidence,
            "evidence": [piece.typed() for piece in self.evidence],
            **{field_of(place): words for place, words in self.spans.items() if isinstance(words, str)},
            "spans": [
                {"attribution": attribution, "role": role, "start": start, "end": end}
                for (attribution, role), given in self.spans.items()
                if not isinstance(given, str)
                for start, end in given
            ],
        }


def submit(
    assignment_id: int, user: Any, submission: Submission, *, version: int | None = None, page: str = ""
) -> tuple[Review, Verdict | None]:
    """Hand in a review; the verdict, where it decides. When it is refused or too late, what was typed is kept.

    With ``version`` and ``page`` (see save_draft) it raises Conflict when the draft was changed elsewhere meanwhile.
    """
    try:
        return _submit(assignment_id, user, submission, version, page)
    except (Refused, Conflict):
        own = Assignment.objects.filter(pk=assignment_id, reviewer=user.pk).first()
        if own is not None and owes_a_review(own):
            # Where the draft was changed elsewhere, this says so, and keeps that one.
            save_draft(assignment_id, user, submission.as_draft(), version=version, page=page)
        raise


@dataclass(frozen=True)
class _There:
    """What there is of the claim; what is not there need not be asked for. The desk has its policy alone."""

    desk: Desk
    sources_reviewed_twice: bool
    conflicts: bool
    draft: bool
    evidence: bool
    attributions: bool
    shared: bool
    reviews: bool
    told: bool


# Written out, as every review is handed in by them: the ORM takes longer to compile each than the database to answer.
THERE_SQL = f"""
    SELECT d.id, d.second_review_priority, d.second_review_share, d.approval_required,
           EXISTS (SELECT 1 FROM claims_desk_second_review_sources s WHERE s.desk_id = d.id),
           {HAS_ANY_SQL.format(person="a.reviewer_id")},
           EXISTS (SELECT 1 FROM claims_draft t JOIN claims_assignment o ON o.id = t.assignment_id
                    WHERE o.claim_id = a.claim_id AND o.round = a.round AND o.reviewer_id = a.reviewer_id),
           EXISTS (SELECT 1 FROM claims_evidence e
                    WHERE e.claim_id = c.id AND e.round = c.round AND e.added_by_id = a.reviewer_id),
           EXISTS (SELECT 1 FROM claims_claimattribution l WHERE l.claim_id = c.id),
           EXISTS (SELECT 1 FROM claims_claimattribution l JOIN claims_claimattribution o
                       ON o.attribution_id = l.attribution_id AND o.claim_id <> l.claim_id WHERE l.claim_id = c.id),
           EXISTS (SELECT 1 FROM claims_review r JOIN claims_assignment o ON o.id = r.assignment_id
                    WHERE o.claim_id = c.id AND o.round = c.round),
           EXISTS (SELECT 1 FROM claims_notification n
                    WHERE n.claim_id = c.id AND n.read_at IS NULL AND n.data->>'role' = a.role)
      FROM claims_assignment a JOIN claims_claim c ON c.id = a.claim_id JOIN claims_desk d ON d.id = c.desk_id
     WHERE a.id = %s
"""  # noqa: S608 - constants of the code
POLICY = ("id", "second_review_priority", "second_review_share", "approval_required")
# It rests on what evidence.put_forward() has.
REVIEW_SQL = f"""
    WITH made AS (
        INSERT INTO claims_review (assignment_id, number, {verdicts.COLUMNS})
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING *
    ), rest AS (
        INSERT INTO claims_review_evidence (review_id, evidence_id)
        SELECT made.id, e.id FROM made, claims_evidence e
         WHERE e.claim_id = %s AND e.round = %s AND e.added_by_id = %s AND e.withdrawn_at IS NULL ORDER BY e.id
        RETURNING evidence_id
    )
    SELECT made.*, ARRAY(SELECT evidence_id FROM rest ORDER BY 1) AS pieces FROM made
"""  # noqa: S608 - constants of the code
IN_SQL = "UPDATE claims_assignment SET state = 'submitted', ended_at = statement_timestamp() WHERE id = %s"


def _there(assignment: Assignment) -> _There:
    with connection.cursor() as cursor:
        run(cursor, THERE_SQL, [assignment.pk])
        found = cursor.fetchone()
    policy = found[: len(POLICY)]
    return _There(Desk.from_db(None, POLICY, policy), *found[len(POLICY) :])


@verb
def _submit(
    assignment_id: int, user: Any, submission: Submission, version: int | None, page: str
) -> tuple[Review, Verdict | None]:
    assignment = mine(assignment_id, user)
    claim, there = assignment.claim, _there(assignment)
    if there.conflicts:
        # Its speaker or outlet may have been named meanwhile; that says more than that it is gone.
        conflicts.check(user, claim)
    check_active(assignment)
    if there.draft:
        check_draft(assignment, version, page)
    findings, found, changed = _findings(claim, user, submission, there)
    begin(assignment, user)
    evidence_services.add(claim, submission.evidence, actor=user)
    number = assignment.reviews.count() + 1 if there.reviews else 1
    review, pieces = _stored(assignment, number, findings, found)
    if there.draft:
        empty_draft(assignment)
    if there.told:
        over(claim, *OF_TIME, role=assignment.role)
    kind, what, handed_in = "review.submitted", {"review": review.pk}, (IN_SQL, [assignment.pk])
    if assignment.role == AssignmentRole.FIRST:
        claim_services.move(claim, ClaimState.SUBMITTED, kind, actor=user, data=what, along=[handed_in])
    else:
        record_change(entry(kind, Subject.CLAIM, claim.pk, actor=user, data=what), handed_in)
    if there.reviews:
        return review, _follow(claim, reviews_of(claim), None, there, user, changed)
    return review, _follow(claim, {AssignmentRole(assignment.role): review}, pieces, there, user, changed)


def _stored(
    assignment: Assignment, number: int, findings: verdicts.Findings, marked: Marks
) -> tuple[Review, list[int]]:
    """The review, and what its writer put forward (ids), on all of which it rests."""
    claim = assignment.claim
    of = [assignment.pk, number, *findings.columns().values(), claim.pk, claim.round, assignment.reviewer_id]
    (review,) = read(Review, REVIEW_SQL, of)
    pieces: list[int] = review.__dict__.pop("pieces")
    review.assignment = assignment
    review.attribution_rating, review.veracity_rating = findings.attribution, findings.veracity
    store(review, marked)
    return review, pieces


def evidence_of(reviews: Collection[Review]) -> list[int]:
    """The pieces on which these reviews rest, each once (ids)."""
    rows = Evidence.objects.filter(reviews__in=list(reviews)).order_by("pk").distinct()
    return list(rows.values_list("pk", flat=True))


def _follow(
    claim: Claim,
    both: dict[AssignmentRole, Review],
    pieces: list[int] | None,
    there: _There,
    user: Any,
    changed: bool,
) -> Verdict | None:
    """What follows once a review is in: a second one, an editor, an adjudicator, or the verdict.

    Two that agree decide with the findings of the first and the evidence of both. ``pieces`` is theirs, where known;
    ``changed``: the one that came in marks other words than the article.
    """
    first, second, desk = both[AssignmentRole.FIRST], both.get(AssignmentRole.SECOND), there.desk
    why = "" if second else second_review_reason(claim, desk, listed=there.sources_reviewed_twice)
    after = workflow.after_submission(
        ratings_of(first),
        ratings_of(second) if second else None,
        second_needed=bool(why),
        approval=desk.approval_required,
        same_spans=second is None or all(place.same for place in compared(claim, first, second)),
    )
    if after is ClaimState.DECIDED:
        if changed:
            hold_agreed(claim, list(both.values()), actor=user)
        if there.shared:
            hold_waiting(claim, actor=user)
        # One review decides, or two that agree; the publisher is a further pair of eyes.
        rests_on = evidence_of(both.values()) if pieces is None else pieces
        verdict = verdicts.decide(claim, findings_of(first), rests_on, actor=user)
        claim_services.move(claim, after, "claim.decided", actor=user, data={"verdict": verdict.pk})
        return verdict
    if after is ClaimState.SECOND_REVIEW:
        enqueue_second(claim, reason=why)
        return None
    part = reviewers_in(claim)
    if after is ClaimState.ADJUDICATION:
        claim_services.move(claim, after, "claim.disputed", reason="The two reviews differ.")
        _tell(ADJUDICATORS, Kind.ADJUDICATION_WAITS, claim, part)
    else:
        _tell(EDITORS, Kind.APPROVAL_WAITS, claim, part)
    return None


def second_review_reason(claim: Claim, desk: Desk, *, listed: bool = True) -> str:
    """Why this claim is reviewed twice, as the desk's policy stands now; empty where one review decides.

    ``listed``: the desk may have a list of sources whose claims are.
    """
    if claim.review_twice:
        return "An editor has it reviewed twice."
    named = _listed_source(claim, desk) if listed else None
    if named is not None:
        return f"What {named} says is reviewed twice."
    policy = workflow.SecondReviewPolicy(desk.second_review_priority, desk.second_review_share)
    if not workflow.needs_second_review(policy, claim.priority, sample_of(claim, "second_review")):
        return ""
    if policy.priority_from is not None and claim.priority >= policy.priority_from:
        return f"Claims of priority {policy.priority_from} and more are reviewed twice."
    return f"At random: {policy.sampled_share:.0%} of the claims are reviewed twice."


def _listed_source(claim: Claim, desk: Desk) -> Source | None:
    """The first source of the claim, confirmed or suggested, that is on the desk's list; merged ones count as one."""
    listed = {source.pk for source in desk.twice_sources()}
    if not listed:
        return None
    links = AttributionSource.objects.filter(attribution__in=Attribution.objects.standing().filter(claims=claim))
    found = (link.source.followed for link in links.select_related("source").order_by("pk"))
    return next((source for source in found if source.pk in listed), None)


def reviews_of(claim: Claim) -> dict[AssignmentRole, Review]:
    """The newest review of each role in the claim's present round."""
    rows = reviews_in(claim)
    rows = rows.select_related("assignment__reviewer", "attribution_rating", "veracity_rating").order_by("pk")
    return {AssignmentRole(row.assignment.role): row for row in rows}


def check_read(read: Collection[int] | None, found: Collection[Review], field: str = "review") -> None:
    """Raises Conflict, on ``field``, where the ids of the reviews that were ``read`` are not those of ``found``.

    None: not said. A page stays open while its review is sent back and answered anew; nobody decides on what they have
    not read.
    """
    if read is not None and set(read) != {review.pk for review in found}:
        message = "The review that you read is no longer the newest. Read what is there now, then decide."
        raise Conflict.with_details(field, "not_the_newest", message, reviews=[review.pk for review in found])


def _tell(judges: Collection[str], kind: Kind, claim: Claim, part: set[int]) -> None:
    """Whoever may judge it: neither those who had a part in it, nor who has a conflict of interest."""
    members = Membership.objects.filter(desk=claim.desk_id, active=True, role__in=judges)
    free = members.filter(~InConflict("user", claim.pk)).exclude(user__in=part)
    people = free.values_list("user", flat=True)
    tell(people, kind, desk_id=claim.desk_id, claim=claim)


def ratings_of(review: Review) -> workflow.Ratings:
    return workflow.Ratings(review.attribution_rating.key, review.veracity_rating.key)


def findings_of(review: Review) -> verdicts.Findings:
    return verdicts.Findings(
        attribution=review.attribution_rating,
        veracity=review.veracity_rating,
        rationale=review.rationale,
        attribution_rationale=review.attribution_rationale,
        veracity_rationale=review.veracity_rationale,
        attribution_confidence=review.attribution_confidence,
        veracity_confidence=review.veracity_confidence,
    )


def _findings(claim: Claim, user: Any, submission: Submission, there: _There) -> tuple[verdicts.Findings, Marks, bool]:
    """The answers as ratings of the desk, what is marked, and whether that differs from the article.

    Raises Refused with all that is missing or wrong.
    """
    stored = evidence_services.facts(evidence_services.put_forward(claim, user) if there.evidence else [])
    given = [workflow.EvidenceFacts(piece.url, bool(piece.file_name)) for piece in submission.evidence]
    wrong = workflow.missing_for_submission(
        submission.attribution_verdict, submission.veracity_verdict, submission.rationale, stored + given
    )
    wrong += [problem for problem in evidence_services.check(submission.evidence) if problem.code != "bad_link"]
    for name in ("attribution_confidence", "veracity_confidence"):
        confidence = getattr(submission, name)
        if confidence is not None and not 0 <= confidence <= 1:
            wrong.append(Missing(name, "out_of_range", "The confidence lies between 0 and 1; or leave it empty."))
    keys = {Axis.ATTRIBUTION: submission.attribution_verdict, Axis.VERACITY: submission.veracity_verdict}
    chosen = {}
    try:
        chosen = verdicts.ratings(claim.desk_id, keys)
    except Refused as refused:
        named = {problem.field for problem in wrong}
        wrong += [problem for problem in refused.problems if problem.field not in named]
    found, changed = Marks(), False
    if there.attributions or submission.spans:
        found, changed, unfound = marks(claim, submission.spans)
        wrong += unfound
    if wrong:
        raise Refused(wrong)
    findings = verdicts.Findings(
        attribution=chosen[Axis.ATTRIBUTION],
        veracity=chosen[Axis.VERACITY],
        rationale=texts.clean(submission.rationale).text.strip(),
        attribution_rationale=texts.clean(submission.attribution_rationale).text.strip(),
        veracity_rationale=texts.clean(submission.veracity_rationale).text.strip(),
        attribution_confidence=submission.attribution_confidence,
        veracity_confidence=submission.veracity_confidence,
    )
    return findings, found, changed
