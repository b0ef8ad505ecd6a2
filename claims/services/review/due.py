"""Until when a claim is to be reviewed: by the desk's hours for its priority, or by an editor's own deadline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from claims import jobs
from claims.models.claims import Claim
from claims.models.desks import EDITORS, Desk
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.models.review import LIVE, Assignment, QueueEntry
from claims.models.rows import database_now
from claims.rules import deadlines, workflow
from claims.rules.calendars import NeverOpenError
from claims.rules.notifications import OF_TIME
from claims.rules.refusals import Conflict, Refused
from claims.rules.workflow import WITH_A_PRIORITY, ClaimState
from claims.services import claims as claim_services
from claims.services import desks
from claims.services import jobs as queue
from claims.services.events import record, verb
from claims.services.notifications import over

log = structlog.get_logger(__name__)

# When, which claim, and which part of its review.
Key = tuple[datetime, int, str]
BATCH = 500
# What of a desk decides on due times and on what is told of them.
DECIDING = {"timezone", "working_time", "due_hours", "remind_share", "escalate_after_hours"}


# One number for each desk, apart from those of jobs. Whoever dates a row shares it until the row is stored.
DATING_SQL = "SELECT pg_advisory_xact_lock_shared(hashtextextended('claims_due:' || %s::bigint, 0))"
DATED_SQL = "SELECT pg_advisory_xact_lock(hashtextextended('claims_due:' || %s::bigint, 0))"


def current_desk(desk_id: int) -> tuple[Desk, datetime]:
    """The desk, by whose policy the caller dates rows in its transaction: redate_desk() waits for them. And the time.

    No lock on the desk's row: whoever changes the desk's people holds that one and then locks claims.
    """
    with connection.cursor() as cursor:
        cursor.execute(DATING_SQL, [desk_id])
    desk = Desk.objects.annotate(now=Now()).get(pk=desk_id)
    return desk, vars(desk)["now"]


def times(policy: deadlines.Policy, claim: Claim, since: datetime) -> dict[str, datetime | None]:
    """When what waits ``since`` then is due, and when that is told of first, as columns of its row.

    By a calendar that never opens only an editor's deadline counts: what it is asked for must not fail for that.
    """
    try:
        due = deadlines.due_at(policy, claim.priority, since, claim.deadline)
        return {"due_at": due, "notice_at": None if due is None else deadlines.remind_at(policy, since, due)}
    except NeverOpenError:
        log.warning("desk_never_open", desk=claim.desk_id, claim=claim.pk)
        return {"due_at": claim.deadline, "notice_at": claim.deadline}


def redate(claim: Claim) -> None:
    """What waits or is held of the locked claim gets its due time anew: its priority or its deadline has changed."""
    policy = desks.due_policy(current_desk(claim.desk_id)[0])
    for row in (*QueueEntry.objects.filter(claim=claim), *Assignment.objects.filter(claim=claim, state__in=LIVE)):
        before = row.due_at
        _redate(row, policy, claim)
        if row.due_at != before:
            # Where the new time is over as well, the clock tells of that one.
            over(claim, *OF_TIME, role=row.role)


def _redate(row: QueueEntry | Assignment, policy: deadlines.Policy, claim: Claim) -> None:
    since = row.queued_at or row.assigned_at if isinstance(row, Assignment) else row.queued_at
    found = times(policy, claim, since)
    row.due_at, row.notice_at = found["due_at"], found["notice_at"]
    row.save(update_fields=["due_at", "notice_at"])


@verb
def set_deadline(claim_id: int, deadline: datetime | None, *, actor: Any) -> Claim:
    """An editor says until when the claim is to be reviewed, or leaves that to the desk's hours again.

    Raises Refused for a time that is over or years away, Conflict once the last review of the round is in.
    """
    # Its place before the claim, as whoever takes the next one locks them.
    list(QueueEntry.objects.select_for_update().filter(claim=claim_id))
    claim = claim_services.locked(claim_id)
    if claim.state not in WITH_A_PRIORITY:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; no review of it is waited for."
        raise Conflict.with_details("claim", "too_late", message, state=claim.state)
    if deadline is not None and (wrong := deadlines.problem(deadline, database_now())):
        raise Refused([wrong])
    before, claim.deadline = claim.deadline, deadline
    if before != deadline:
        Claim.objects.filter(pk=claim.pk).update(deadline=deadline, changed_at=Now())
        redate(claim)
        what = {"before": before and before.isoformat(), "deadline": deadline and deadline.isoformat()}
        record("claim.deadline_set", Subject.CLAIM, claim.pk, actor=actor, data=what)
    return claim


# --- What is due when -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """A part of a claim's review that waits in the queue, or that somebody holds, and when it is due."""

    claim: Claim
    role: str
    due_at: datetime
    over: bool
    held: Assignment | None

    @property
    def key(self) -> Key:
        """Its place in the list; a part is waited for once."""
        return self.due_at, self.claim.pk, self.role


def coming(user: Any, limit: int, *, after: Key | None = None, over: bool = False) -> list[Due]:
    """What is due at the desks that this person oversees, the first on top, or only what is ``over``; two queries."""
    overseen = Desk.objects.of(user, EDITORS)
    waiting = QueueEntry.objects.filter(desk__in=overseen).select_related("claim__article")
    held = Assignment.objects.filter(claim__desk__in=overseen, state__in=LIVE)
    rows = [
        Due(row.claim, row.role, row.due_at, row.over, row if isinstance(row, Assignment) else None)
        for some in (waiting, held.select_related("claim__article", "reviewer"))
        for row in _first(some, limit, after, over=over)
    ]
    return sorted(rows, key=lambda row: row.key)[:limit]


def _first(rows: Any, limit: int, after: Key | None, *, over: bool) -> Any:
    rows = rows.filter(due_at__isnull=False)
    if over:
        rows = rows.filter(due_at__lte=Now())
    if after is not None:
        at, claim, role = after
        behind = Q(due_at=at, claim__gt=claim) | Q(due_at=at, claim=claim, role__gt=role)
        rows = rows.filter(Q(due_at__gt=at) | behind)
    return rows.annotate(over=Q(due_at__lte=Now())).order_by("due_at", "claim", "role")[:limit]


# --- When the desk's policy changes -----------------------------------------------------------------------------------


def _policy_changed(desk: Desk, names: set[str]) -> None:
    if names & DECIDING:
        # Each change has its own: one that runs may have read what the desk had before.
        queue.enqueue(jobs.REDATE_DESK, f"due times of {desk.pk} at {database_now().isoformat()}", {"desk": desk.pk})


desks.when_changed(_policy_changed)


def redate_desk(job: Job) -> None:
    """The job that gives everything that waits or is held at a desk its due time by the policy as it is now."""
    desk_id = job.args["desk"]
    # Whoever read the policy before it changed has stored by then what they dated, and it is seen below.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DATED_SQL, [desk_id])
    _in_batches(desk_id, QueueEntry.objects.filter(desk=desk_id))
    _in_batches(desk_id, Assignment.objects.filter(claim__desk=desk_id, state__in=LIVE))
    with queue.finishing(job):
        pass


def _in_batches(desk_id: int, rows: Any) -> None:
    last: int | None = 0
    while last is not None:
        last = _redate_some(desk_id, rows.filter(pk__gt=last))


@verb
def _redate_some(desk_id: int, rows: Any) -> int | None:
    """Redate the first of the rows; the last one's id, or None when that were all.

    The lock on the desk keeps its policy as it is until they are stored.
    """
    policy = desks.due_policy(Desk.objects.select_for_update(no_key=True).get(pk=desk_id))
    some = list(rows.order_by("pk").select_for_update(of=("self",))[:BATCH])
    # Read once the rows are locked: whoever held them may have set a deadline or a priority just then.
    claims = Claim.objects.in_bulk({row.claim_id for row in some})
    for row in some:
        _redate(row, policy, claims[row.claim_id])
    return some[-1].pk if len(some) == BATCH else None
