"""The queue and the reviewer's verbs: open, take, release, decline, save a draft, submit; and leases that run out."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Greatest, Now

from claims.extraction import text as texts
from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.desks import REVIEWERS, Desk, Membership
from claims.models.events import Subject
from claims.models.evidence import Evidence
from claims.models.jobs import Job
from claims.models.review import LIVE, NOT_AGAIN, Assignment, Draft, QueueEntry, Review
from claims.models.verdicts import Verdict
from claims.rules import routing, workflow
from claims.rules.ratings import Axis
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentRole, AssignmentState, ClaimState, Missing
from claims.services import claims as claim_services
from claims.services import evidence as evidence_services
from claims.services import jobs as queue
from claims.services import verdicts
from claims.services.events import entry, record_all, verb

BATCH = 1000


def database_now() -> datetime:
    """The database's clock; a worker's own may be wrong by minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchone()[0]
    return now


# --- Into the queue ---------------------------------------------------------------------------------------------------


def open_article(job: Job) -> None:
    """The job that puts claims before reviewers, fresh ones and some that came back: the checkable ones get a place."""
    article = Article.objects.get(pk=job.args["article"])
    restored = Q(pk__in=job.args.get("restored", []), state=ClaimState.TRIAGED)
    with queue.finishing(job):
        due = Claim.objects.accepted().filter(Q(state=ClaimState.EXTRACTED) | restored, article=article)
        _open(article, list(due.select_for_update().order_by("pk")))


def _open(article: Article, claims: list[Claim]) -> None:
    now = database_now()
    weights = routing.DeskWeights()
    fresh = [claim for claim in claims if claim.state == ClaimState.EXTRACTED]
    for claim in claims:
        facts = routing.ClaimFacts(
            checkability=routing.Checkability(claim.checkability),
            check_worthiness=claim.check_worthiness,
            published_at=article.published_at,
        )
        turn = routing.priority(facts, weights, now)
        claim.priority = turn.score
        claim.priority_reasons = [reason.text[:200] for reason in turn.reasons]
        claim.state = ClaimState.TRIAGED.value
    Claim.objects.bulk_update(claims, ["priority", "priority_reasons", "state"], batch_size=BATCH)
    wanted = [claim for claim in claims if routing.queueable(routing.Checkability(claim.checkability))]
    Claim.objects.filter(pk__in=[claim.pk for claim in wanted]).update(state=ClaimState.QUEUED)
    QueueEntry.objects.bulk_create((_entry(claim, AssignmentRole.FIRST) for claim in wanted), batch_size=BATCH)
    steps = [(claim, ClaimState.EXTRACTED, ClaimState.TRIAGED, "claim.triaged") for claim in fresh]
    steps += [(claim, ClaimState.TRIAGED, ClaimState.QUEUED, "claim.queued") for claim in wanted]
    record_all(
        entry(kind, Subject.CLAIM, claim.pk, from_state=before, to_state=after, data={"priority": claim.priority})
        for claim, before, after, kind in steps
    )


def _entry(claim: Claim, role: AssignmentRole) -> QueueEntry:
    return QueueEntry(claim=claim, desk_id=claim.desk_id, role=role.value, round=claim.round, priority=claim.priority)


def enqueue(claim: Claim, *, actor: Any = None, reason: str = "", kind: str = "claim.queued") -> None:
    """Put a locked claim (back) into the queue for its first review."""
    claim_services.move(claim, ClaimState.QUEUED, kind, actor=actor, reason=reason)
    _entry(claim, AssignmentRole.FIRST).save()


@verb
def queue_claim(claim_id: int, *, actor: Any) -> Claim:
    """An editor sends a triaged claim to the reviewers although the machine did not."""
    claim = claim_services.locked(claim_id)
    enqueue(claim, actor=actor)
    return claim


# --- Taking and giving back -------------------------------------------------------------------------------------------


@verb
def take_next(user: Any) -> Assignment | None:
    """The most important claim that ``user`` may review, leased to them; None when nothing is left for them.

    One row is taken by a lock that others skip, so that no two askers ever get the same one. Raises Refused when the
    person holds as many claims as they can.
    """
    members = _seats(user)
    if not members:
        message = "You are not a reviewer at any desk. Ask an admin to make you one."
        raise Forbidden.one("desk", "not_a_reviewer", message)
    _has_room(user, members)
    desks = Desk.objects.filter(pk__in=[member.desk_id for member in members])
    waiting = QueueEntry.objects.open_to(user, desks).filter(role=AssignmentRole.FIRST.value)
    found = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if found is None:
        return None
    desk = next(member.desk for member in members if member.desk_id == found.desk_id)
    return _lease(found, desk, user)


@verb
def take(user: Any, claim_id: int) -> Assignment:
    """Take one particular claim out of the queue; raises Conflict when it is not there (any more)."""
    claim = claim_services.visible(user, claim_id)
    members = [member for member in _seats(user) if member.desk_id == claim.desk_id]
    if not members:
        raise Forbidden.one("desk", "not_a_reviewer", "You may read this claim but not review it.")
    _has_room(user, members)
    waiting = QueueEntry.objects.open_to(user, Desk.objects.filter(pk=claim.desk_id)).filter(claim=claim)
    found = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if found is None:
        holder = holder_of(claim)
        message = f"{holder.reviewer} is reviewing this claim." if holder else "This claim does not wait for you."
        raise Conflict.with_details("claim", "not_in_queue", message, **_named(holder))
    return _lease(found, claim.desk, user)


def _seats(user: Any) -> list[Membership]:
    """Where the person may review. Locked, so that two requests of one person at once do not take more than fits."""
    seats = Membership.objects.filter(user=user.pk, active=True, role__in=REVIEWERS).select_related("desk")
    return list(seats.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _has_room(user: Any, members: list[Membership]) -> None:
    capacity = max(member.capacity for member in members)
    held = Assignment.objects.filter(reviewer=user.pk, state__in=LIVE).count()
    if held >= capacity:
        message = f"You hold {held} claims, which is as many as you can. Submit or release one first."
        raise Conflict.with_details("assignment", "at_capacity", message, held=held, capacity=capacity)


def _lease(waiting: QueueEntry, desk: Desk, user: Any) -> Assignment:
    claim = claim_services.locked(waiting.claim_id)
    why = f"Priority {waiting.priority}: " + " ".join(claim.priority_reasons)
    assignment = Assignment.objects.create(
        claim=claim,
        reviewer=user,
        role=waiting.role,
        round=waiting.round,
        why=why[:500],
        lease_until=Now() + timedelta(minutes=desk.lease_minutes),
        due_at=waiting.due_at,
    )
    waiting.delete()
    claim_services.move(claim, ClaimState.ASSIGNED, "claim.assigned", actor=user, data={"assignment": assignment.pk})
    assignment.refresh_from_db()
    return assignment


def holder_of(claim: Claim) -> Assignment | None:
    """Who holds the claim now, if anybody."""
    return Assignment.objects.filter(claim=claim, state__in=LIVE).select_related("reviewer").first()


def _named(holder: Assignment | None) -> dict[str, Any]:
    if holder is None:
        return {"holder": None}
    return {"holder": str(holder.reviewer), "lease_until": holder.lease_until.isoformat()}


def _mine(assignment_id: int, user: Any) -> Assignment:
    """The reviewer's own assignment, its claim locked first: every verb locks in this order, so none wait in a ring."""
    row = Assignment.objects.filter(pk=assignment_id, reviewer=user.pk).first()
    if row is None:
        raise Absent.one("assignment", "absent", "There is no such assignment of yours.")
    claim = claim_services.locked(row.claim_id)
    mine = Assignment.objects.select_for_update().get(pk=row.pk)
    mine.claim = claim
    return mine


def _end(assignment: Assignment, state: AssignmentState, *, actor: Any, reason: str) -> None:
    """Close a live assignment and put its claim back into the queue."""
    Assignment.objects.filter(pk=assignment.pk).update(state=state.value, ended_at=Now(), end_reason=reason[:500])
    assignment.state = state.value
    enqueue(assignment.claim, actor=actor, reason=reason, kind=f"claim.{state.value}")


def _check_active(assignment: Assignment) -> None:
    """Raises Conflict, naming who holds the claim now, unless the assignment is live by the database's clock."""
    if assignment.state == AssignmentState.ACTIVE and assignment.lease_until > database_now():
        return
    holder = holder_of(assignment.claim)
    if holder is not None and holder.pk == assignment.pk:
        holder = None
    message = "Your time for this claim has run out"
    if assignment.state in (AssignmentState.SUBMITTED, AssignmentState.RELEASED, AssignmentState.DECLINED):
        message = f"You {assignment.state} this claim already"
    message += f"; {holder.reviewer} holds it now." if holder else "."
    message += " Your draft is kept."
    raise Conflict.with_details("assignment", "not_active", message, **_named(holder))


@verb
def release(assignment_id: int, user: Any, *, reason: str = "") -> Assignment:
    """Give a claim back to the queue; anybody may take it, you too."""
    assignment = _mine(assignment_id, user)
    _check_active(assignment)
    _end(assignment, AssignmentState.RELEASED, actor=user, reason=reason)
    return assignment


@verb
def decline(assignment_id: int, user: Any, reason: workflow.DeclineReason, *, note: str = "") -> Assignment:
    """Give a claim back for a reason; it is not offered to you again in this round."""
    assignment = _mine(assignment_id, user)
    _check_active(assignment)
    why = f"{workflow.label(reason)}: {note}".rstrip(": ")
    _end(assignment, AssignmentState.DECLINED, actor=user, reason=why)
    return assignment


def expire() -> int:
    """Take back what was held too long, each in a transaction of its own. Returns how many."""
    late = list(Assignment.objects.expired().values_list("pk", flat=True)[:500])
    return sum(_expire_one(pk) for pk in late)


@verb
def _expire_one(assignment_id: int) -> bool:
    row = Assignment.objects.get(pk=assignment_id)
    claim = claim_services.locked(row.claim_id)
    late = Assignment.objects.select_for_update().expired().filter(pk=assignment_id).first()
    # Somebody may have extended or submitted it while we waited for the lock; a claim on hold waits for others.
    if late is None or claim.state == ClaimState.ON_HOLD:
        return False
    late.claim = claim
    _end(late, AssignmentState.EXPIRED, actor=None, reason="The lease ran out.")
    return True


# --- Drafts and reviews -----------------------------------------------------------------------------------------------


@verb
def save_draft(assignment_id: int, user: Any, body: dict[str, Any]) -> Draft:
    """Keep what was typed, even when the lease is gone; while it lasts, working extends it."""
    assignment = _mine(assignment_id, user)
    kept = {"body": _storable(body), "saved_at": Now()}
    draft, _ = Draft.objects.update_or_create(assignment=assignment, defaults=kept)
    if assignment.state == AssignmentState.ACTIVE and assignment.lease_until > database_now():
        _begin(assignment, user)
        desk = Desk.objects.get(pk=assignment.claim.desk_id)
        until = Greatest("lease_until", Now() + timedelta(minutes=desk.lease_minutes))
        Assignment.objects.filter(pk=assignment.pk).update(lease_until=until)
    draft.refresh_from_db()
    return draft


def _storable(typed: Any) -> Any:
    """The same without what PostgreSQL's JSON cannot hold; a draft is kept whatever was pasted into it."""
    if isinstance(typed, str):
        return texts.clean(typed).text
    if isinstance(typed, dict):
        return {_storable(key): _storable(value) for key, value in typed.items()}
    if isinstance(typed, float) and not math.isfinite(typed):
        return None
    return [_storable(value) for value in typed] if isinstance(typed, list) else typed


def draft_of(claim: Claim, user: Any) -> dict[str, Any]:
    """What this person last typed about the claim, whatever became of that assignment."""
    drafts = Draft.objects.filter(assignment__claim=claim, assignment__reviewer=user.pk, assignment__round=claim.round)
    newest = drafts.order_by("-saved_at").first()
    return newest.body if newest else {}


def _begin(assignment: Assignment, user: Any) -> None:
    if assignment.claim.state == ClaimState.ASSIGNED:
        claim_services.move(assignment.claim, ClaimState.IN_REVIEW, "review.begun", actor=user)


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
        }


def submit(assignment_id: int, user: Any, submission: Submission) -> tuple[Review, Verdict]:
    """Hand in a review. When it is refused or too late, what was typed is kept as a draft."""
    try:
        return _submit(assignment_id, user, submission)
    except (Refused, Conflict):
        if Assignment.objects.filter(pk=assignment_id, reviewer=user.pk, reviews=None).exists():
            save_draft(assignment_id, user, submission.as_draft())
        raise


@verb
def _submit(assignment_id: int, user: Any, submission: Submission) -> tuple[Review, Verdict]:
    assignment = _mine(assignment_id, user)
    _check_active(assignment)
    claim = assignment.claim
    findings = _findings(claim, user, submission)
    _begin(assignment, user)
    evidence_services.add(claim, submission.evidence, actor=user)
    pieces = list(evidence_services.put_forward(claim, user))
    review = Review.objects.create(assignment=assignment, number=assignment.reviews.count() + 1, **findings.columns())
    review.evidence.set(pieces)
    Assignment.objects.filter(pk=assignment.pk).update(state=AssignmentState.SUBMITTED.value, ended_at=Now())
    Draft.objects.filter(assignment=assignment).delete()
    claim_services.move(claim, ClaimState.SUBMITTED, "review.submitted", actor=user, data={"review": review.pk})
    return review, _decide(claim, findings, pieces, user)


def _findings(claim: Claim, user: Any, submission: Submission) -> verdicts.Findings:
    """The answers as ratings of the desk; raises Refused with everything that is missing or wrong at once."""
    stored = evidence_services.facts(evidence_services.put_forward(claim, user))
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
    if wrong:
        raise Refused(wrong)
    return verdicts.Findings(
        attribution=chosen[Axis.ATTRIBUTION],
        veracity=chosen[Axis.VERACITY],
        rationale=texts.clean(submission.rationale).text.strip(),
        attribution_rationale=texts.clean(submission.attribution_rationale).text.strip(),
        veracity_rationale=texts.clean(submission.veracity_rationale).text.strip(),
        attribution_confidence=submission.attribution_confidence,
        veracity_confidence=submission.veracity_confidence,
    )


def _decide(claim: Claim, findings: verdicts.Findings, pieces: list[Evidence], user: Any) -> Verdict:
    """A single review decides; the publisher is the second pair of eyes."""
    verdict = verdicts.decide(claim, findings, pieces, actor=user, today=database_now().date())
    claim_services.move(claim, ClaimState.DECIDED, "claim.decided", actor=user, data={"verdict": verdict.pk})
    return verdict


def held_by(user: Any) -> Any:
    """What a reviewer holds, the lease that ends first on top."""
    mine = Assignment.objects.active().filter(reviewer=user.pk, lease_until__gt=Now())
    return mine.select_related("claim", "claim__article").order_by("lease_until")


def may_take(user: Any, claim: Claim) -> bool:
    """Whether the claim waits for somebody, and this person may be the one."""
    took_part = Q(reviewer=user.pk, round=claim.round, state__in=NOT_AGAIN)
    return (
        QueueEntry.objects.filter(claim=claim).exists()
        and not Assignment.objects.filter(took_part, claim=claim).exists()
        and Membership.objects.filter(user=user.pk, desk=claim.desk_id, active=True, role__in=REVIEWERS).exists()
    )
