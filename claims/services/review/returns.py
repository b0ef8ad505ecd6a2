"""Before a review decides: an editor approves it, or it goes back to its writer with a note."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from claims.extraction import text as texts
from claims.models.claims import Claim
from claims.models.conflicts import InConflict
from claims.models.desks import EDITORS, REVIEWERS
from claims.models.evidence import Evidence
from claims.models.returns import Approval, ChangeRequest
from claims.models.review import Assignment, Review, reviews_in
from claims.models.verdicts import Verdict
from claims.rules import workflow
from claims.rules.notifications import Kind
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentRole, AssignmentState, ClaimState
from claims.services import claims as claim_services
from claims.services import conflicts, desks, verdicts
from claims.services.events import verb
from claims.services.notifications import over, tell
from claims.services.review.adjudication import may_settle
from claims.services.review.blinding import unblind
from claims.services.review.correcting import hold_agreed, hold_waiting
from claims.services.review.due import redate
from claims.services.review.leases import put_back, seats
from claims.services.review.markings import Compared, all_with_article, compared_with_article
from claims.services.review.submission import check_read, evidence_of, findings_of, reviews_of

NOTE_LIMIT = 4000


# --- What the reviewer sees -------------------------------------------------------------------------------------------


def to_answer(user: Any) -> QuerySet[ChangeRequest]:
    """What this person is asked to look at again, the lease that ends first on top."""
    asked = ChangeRequest.objects.to_answer().filter(review__assignment__reviewer=user.pk)
    related = ("requested_by", "review__assignment__claim__article")
    return asked.select_related(*related).order_by("review__assignment__lease_until")


def question_to(assignment: Assignment) -> ChangeRequest | None:
    """What its reviewer is asked to change, while the claim is in their hands again."""
    related = ("requested_by", "review__assignment__reviewer", "review__attribution_rating", "review__veracity_rating")
    return ChangeRequest.objects.to_answer().filter(review__assignment=assignment).select_related(*related).first()


# --- What an editor reads ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Earlier:
    """A review that another one followed, with what it marks against what is marked in the article now."""

    review: Review
    marked: list[Compared]


@dataclass(frozen=True)
class Proposal:
    """A review that decides once an editor approves it; with its evidence, what it marks against what is marked in the
    article, what was there before, and the approval, if it was approved.
    """

    claim: Claim
    review: Review
    pieces: list[Evidence]
    marked: list[Compared]
    earlier: list[Earlier]
    approved: Approval | None


def earlier_of(review: Review) -> list[Earlier]:
    """The reviews that were sent back before this one was written, each with its request, the oldest first."""
    rows = Review.objects.filter(assignment=review.assignment_id, number__lt=review.number)
    return _earlier(review.assignment.claim, rows.order_by("number"))


def _before(claim: Claim, review: Review) -> list[Earlier]:
    """All reviews of the claim before this one: those sent back in its round, whoever's, and of earlier rounds."""
    rows = Review.objects.filter(assignment__claim=claim, pk__lt=review.pk)
    return _earlier(claim, rows.order_by("assignment__round", "pk"))


def _earlier(claim: Claim, rows: QuerySet[Review]) -> list[Earlier]:
    related = ("attribution_rating", "veracity_rating", "sent_back__requested_by", "assignment__reviewer")
    reviews = list(rows.select_related(*related))
    marked = all_with_article(claim, reviews) if reviews else {}
    return [Earlier(review, marked[review.pk]) for review in reviews]


def to_approve(user: Any) -> QuerySet[Claim]:
    """The claims whose review waits for an editor and which this person may approve: they reviewed none of
    it and have no conflict of interest.
    """
    own = Review.objects.filter(
        assignment__claim=OuterRef("pk"), assignment__round=OuterRef("round"), assignment__reviewer=user.pk
    )
    free = Claim.objects.of(user, EDITORS).filter(~Exists(own), ~InConflict(user.pk, "pk"))
    return free.filter(state=ClaimState.SUBMITTED)


def proposal_of(claim: Claim, user: Any) -> Proposal:
    """The review that waits for approval; once it is approved, for all reviewers of the desk, with what was said of it.

    Raises Forbidden for whoever may not approve it (yet), Absent when none waits. Who reads it before is kept from
    reviewing the claim in this round.
    """
    approved = approval_of(claim)
    if desks.role_at(claim.desk_id, user) not in REVIEWERS:
        raise Forbidden.one("desk", "not_a_reviewer", "You may read this claim but not its reviews.")
    if approved is None and claim.state != ClaimState.SUBMITTED:
        raise Absent.one("approval", "absent", "No review of this claim waits for approval.")
    if approved is None:
        _may_approve(claim, user)
        unblind(user, [(claim.pk, claim.round)])
    review = approved.review if approved else reviews_of(claim)[AssignmentRole.FIRST]
    pieces = list(review.evidence.with_copies().order_by("pk"))
    marked = compared_with_article(claim, review)
    return Proposal(claim, review, pieces, marked, _before(claim, review), approved)


def approval_of(claim: Claim) -> Approval | None:
    """That a review of the claim was approved in its present round."""
    ratings = ("review__attribution_rating", "review__veracity_rating", "review__assignment__reviewer")
    rows = Approval.objects.filter(claim=claim, round=claim.round)
    return rows.select_related("approved_by", *ratings).first()


def _may_approve(claim: Claim, user: Any) -> None:
    if desks.role_at(claim.desk_id, user) not in EDITORS:
        raise Forbidden.one("desk", "not_an_editor", "Only editors of the desk approve reviews.")
    if reviews_in(claim).filter(assignment__reviewer=user.pk).exists():
        raise Forbidden.one("editor", "four_eyes", "You reviewed this claim. Somebody else has to approve it.")
    conflicts.check(user, claim)


@verb
def approve(
    claim_id: int, user: Any, *, note: str = "", feedback: str = "", read: Collection[int] | None = None
) -> Verdict:
    """The review that waits decides. ``read`` is the one review on which the person decides.

    As an adjudicator does, they may say why (``note``) and what the writer may learn from it (``feedback``); whoever
    is told something of the kind is notified.

    Raises Absent for another desk's claim, Forbidden for whoever reviewed it and for those without the role, Conflict
    when nothing waits (any more) or the review is newer than what was read.
    """
    claim_services.visible(user, claim_id)
    claim = claim_services.locked(claim_id)
    _may_approve(claim, user)
    if claim.state != ClaimState.SUBMITTED:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; no review of it waits for approval."
        raise Conflict.with_details("claim", "not_submitted", message, state=claim.state)
    review = reviews_of(claim)[AssignmentRole.FIRST]
    check_read(read, [review])
    hold_agreed(claim, [review], actor=user)
    hold_waiting(claim, actor=user)
    # Who speaks may be another by now.
    conflicts.check(user, claim)
    verdict = verdicts.decide(claim, findings_of(review), evidence_of([review]), actor=user)
    said = {"note": texts.clean(note).text.strip(), "feedback": texts.clean(feedback).text.strip()}
    columns = {"claim": claim, "round": claim.round, "review": review, "verdict": verdict, "approved_by": user}
    made = Approval.objects.create(**columns, **said)
    # The words are the desk's own: the chain of events names them by their number.
    what = {"verdict": verdict.pk, "review": review.pk, "approval": made.pk}
    claim_services.move(claim, ClaimState.DECIDED, "claim.approved", actor=user, data=what)
    over(claim, Kind.APPROVAL_WAITS)
    if any(said.values()):
        tell([review.assignment.reviewer_id], Kind.APPROVED, desk_id=claim.desk_id, claim=claim, actor=user)
    return verdict


@verb
def request_changes(
    claim_id: int,
    user: Any,
    note: str,
    *,
    role: AssignmentRole = AssignmentRole.FIRST,
    read: Collection[int] | None = None,
) -> Assignment:
    """Send a review back to its writer, for a whole lease: one that waits for approval, or, instead of settling a
    difference, that of the ``role``. Where its writer cannot review it any more, the claim waits for somebody else.

    Raises as approve() and adjudicate() do, and Refused without a note.
    """
    found = claim_services.visible(user, claim_id)
    words = _words(note)
    named = reviews_of(found).get(role)
    # People before claims, as in take().
    places = seats(named.assignment.reviewer) if named else []
    claim = claim_services.locked(claim_id)
    review = _to_send_back(claim, user, role)
    check_read(read, [review])
    assignment = review.assignment
    unblind(user, [(claim.pk, claim.round)])
    asked = ChangeRequest.objects.create(review=review, requested_by=user, note=words)
    # The words are the desk's own: the chain of events names them by their number.
    what = {"request": asked.pk, "review": review.pk, "assignment": assignment.pk, "role": assignment.role}
    claim_services.move(claim, ClaimState.CHANGES_REQUESTED, "review.sent_back", actor=user, data=what)
    over(claim, Kind.APPROVAL_WAITS, Kind.ADJUDICATION_WAITS)
    assignment.claim = claim
    at_the_desk = [seat for seat in places if seat.desk_id == claim.desk_id]
    near = Claim.objects.filter(InConflict(assignment.reviewer_id, "pk"), pk=claim.pk).exists()
    if not at_the_desk or not assignment.reviewer.is_active or near:
        reason = f"{assignment.reviewer} no longer reviews it."
        put_back(assignment, actor=user, reason=reason, kind="claim.taken_back")
        return assignment
    lease = Now() + timedelta(minutes=claim.desk.lease_minutes)
    columns = {"state": AssignmentState.ACTIVE.value, "lease_until": lease, "ended_at": None, "end_reason": ""}
    # What was in time is not overdue because somebody looked at it late: its time begins anew.
    Assignment.objects.filter(pk=assignment.pk).update(**columns, queued_at=Now())
    redate(claim)
    tell([assignment.reviewer_id], Kind.CHANGES_REQUESTED, desk_id=claim.desk_id, claim=claim, actor=user)
    assignment.refresh_from_db()
    return assignment


def _words(note: str) -> str:
    words = texts.clean(note).text.strip()
    if not words:
        raise Refused.one("note", "blank", "Say what should be looked at again; the reviewer reads it.")
    if len(words) > NOTE_LIMIT:
        message = f"The note has at most {NOTE_LIMIT:,} characters; this one has {len(words):,}."
        raise Refused.one("note", "too_long", message)
    return words


def _to_send_back(claim: Claim, user: Any, role: AssignmentRole) -> Review:
    """The review, if it can be sent back now and by this person."""
    both = reviews_of(claim)
    if claim.state == ClaimState.SUBMITTED:
        _may_approve(claim, user)
    else:
        may_settle(claim, user)
    if claim.state not in (ClaimState.SUBMITTED, ClaimState.ADJUDICATION) or role not in both:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; there is no such review to send back."
        raise Conflict.with_details("claim", "nothing_to_send_back", message, state=claim.state)
    return both[role]
