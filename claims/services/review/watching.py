"""What the clock brings: holders are reminded, editors hear of what is overdue, and the lead of what stays so.

Each row says itself when something is to be told of it next, so that a tick reads no more than that. After hours
without a worker only the highest step that has come is told, once.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any

import structlog
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Now

from claims.models.desks import EDITORS, Desk, Membership, Role
from claims.models.due import DeadlineNotice
from claims.models.events import Subject
from claims.models.review import LIVE, Assignment, AssignmentQuerySet, QueueEntry
from claims.models.rows import read
from claims.rules import deadlines
from claims.rules.calendars import NeverOpenError
from claims.rules.deadlines import Step
from claims.rules.notifications import Kind
from claims.services import desks
from claims.services.events import one_by_one, record, verb
from claims.services.notifications import tell

log = structlog.get_logger(__name__)

AT_ONCE = 200
# Ids of who is at a desk in one of these roles.
People = Callable[[int, tuple[str, ...]], set[int]]


def watch() -> int:
    """Tell what has come, at most AT_ONCE rows of each kind; the next tick goes on. Returns how many were told."""
    now = {"notice_at__lte": Now()}
    # Nobody is reminded of what waits; whoever takes it after that time finds the reminder still to come.
    waiting = QueueEntry.objects.filter(**now, due_at__lte=Now()).order_by("notice_at")
    held = Assignment.objects.filter(state__in=LIVE, **now).order_by("notice_at")
    known = DeadlineNotice.objects.filter(
        claim=OuterRef("claim"),
        round=OuterRef("round"),
        role=OuterRef("role"),
        due_at=OuterRef("lease_until"),
        step=Step.HOLD_OVERDUE,
    )
    on_hold = Assignment.objects.overdue().filter(~Exists(known))
    # Asked for once in a tick: whoever left meanwhile is told nothing all the same.
    people = cache(desks.people)
    return sum(
        one_by_one(rows.values_list("pk", flat=True)[:AT_ONCE], partial(call, people=people), "deadline_not_told")
        for rows, call in ((waiting, _entry), (held, _assignment), (on_hold, _hold))
    )


@verb
def _entry(entry_id: int, *, people: People) -> bool:
    """What waits in the queue. False when somebody took it meanwhile, or nothing is to be told any more.

    Waited for where somebody is at it: rescore(), for which the clock asks at the same moment, holds many places.
    """
    rows = QueueEntry.objects.filter(pk=entry_id, notice_at__lte=Now(), due_at__lte=Now()).annotate(now=Now())
    row = rows.select_related("claim__desk").select_for_update(of=("self",)).first()
    return row is not None and _step(row, row.queued_at, people, holder=None)


@verb
def _assignment(assignment_id: int, *, people: People) -> bool:
    """What somebody holds; False also when they, or somebody else, are at it just now."""
    away = Membership.objects.filter(desk=OuterRef("claim__desk"), user=OuterRef("reviewer"), away_from__lte=Now())
    back_at = Subquery(away.filter(away_until__gt=Now()).values("away_until")[:1])
    rows = Assignment.objects.filter(pk=assignment_id, state__in=LIVE, notice_at__lte=Now())
    row = _locked(rows.annotate(now=Now(), back_at=back_at))
    return row is not None and _step(row, row.queued_at or row.assigned_at, people, holder=row.reviewer_id)


@verb
def _hold(assignment_id: int, *, people: People) -> bool:
    """What is on hold for too long is told to the editors; False as above."""
    row = _locked(Assignment.objects.overdue().filter(pk=assignment_id))
    if row is None or not _new(row, row.lease_until, Step.HOLD_OVERDUE):
        return False
    claim = row.claim
    editors = people(claim.desk_id, EDITORS) - {row.reviewer_id}
    tell(editors, Kind.HOLD_OVERDUE, desk_id=claim.desk_id, claim=claim, data={"role": row.role})
    return True


def _locked(rows: AssignmentQuerySet) -> Assignment | None:
    """The assignment, if nobody is at it; its claim is locked first, as every verb on what is held does."""
    return rows.select_related("claim__desk").select_for_update(of=("claim", "self"), skip_locked=True).first()


def _step(row: QueueEntry | Assignment, since: Any, people: People, *, holder: int | None) -> bool:
    """Tell the highest step of the locked row that has come, and note when the next one does."""
    claim, desk = row.claim, row.claim.desk
    step, row.notice_at = _come(desks.due_policy(desk), row, since)
    # When the holder is back, where they are away.
    back_at: datetime | None = vars(row).get("back_at")
    if step is Step.REMIND and back_at is not None and row.due_at is not None:
        # Nobody is reminded while they are away; they are when they are back, where it is not too late by then.
        step, row.notice_at = None, min(back_at, row.due_at)
    row.save(update_fields=["notice_at"])
    reminded = holder if step is Step.REMIND else None
    if step is None or row.due_at is None or not _new(row, row.due_at, step, reminded):
        return False
    kind, told = _told(desk, step, None if back_at else holder, people)
    tell(told, kind, desk_id=desk.pk, claim=claim, data={"role": row.role})
    if step in EVENTS:
        what = {"role": row.role, "due_at": row.due_at.isoformat()}
        record(EVENTS[step], Subject.CLAIM, claim.pk, data=what)
    return True


def _come(policy: deadlines.Policy, row: QueueEntry | Assignment, since: Any) -> tuple[Step | None, Any]:
    """The highest step that has come, and when the next one does. By a calendar that never opens none comes."""
    if row.due_at is None:
        return None, None
    try:
        step = deadlines.step_at(policy, since, row.due_at, vars(row)["now"])
        if step is None:
            return None, deadlines.remind_at(policy, since, row.due_at)
        return step, deadlines.after(policy, row.due_at, step)
    except NeverOpenError:
        log.warning("desk_never_open", claim=row.claim_id)
        return None, None


# On the claim's record as well: what was let lie, and since when. Whose hands it was in is told by the other events.
EVENTS = {Step.OVERDUE: "claim.overdue", Step.ESCALATE: "claim.escalated"}


NOTICE_SQL = """
    INSERT INTO claims_deadlinenotice (claim_id, round, role, due_at, step, reminded_id)
    SELECT %s, %s, %s, %s, %s, %s WHERE NOT EXISTS (
        SELECT 1 FROM claims_deadlinenotice WHERE claim_id = %s AND round = %s AND role = %s AND due_at = %s
           AND (step > %s OR (step = %s AND reminded_id IS NOT DISTINCT FROM %s))
    ) RETURNING *
"""


def _new(row: QueueEntry | Assignment, due_at: Any, step: Step, reminded: int | None = None) -> bool:
    """Whether nobody was told of this step, or of a higher one, of the same due time; it counts as told from now on.

    Each holder is ``reminded`` for themselves.
    """
    same = [row.claim_id, row.round, row.role, due_at]
    return bool(read(DeadlineNotice, NOTICE_SQL, [*same, step, reminded, *same, step, step, reminded]))


def _told(desk: Desk, step: Step, holder: int | None, people: People) -> tuple[Kind, set[int]]:
    """Of what kind it is, and whom it concerns. Without a lead at the desk, its admins are told."""
    own = {holder} if holder is not None else set()
    if step is Step.REMIND:
        return Kind.DUE_SOON, own
    if step is Step.OVERDUE:
        return Kind.OVERDUE, own | people(desk.pk, EDITORS)
    lead = {person for person in people(desk.pk, tuple(Role.values)) if person == desk.lead_id}
    return Kind.ESCALATED, lead or people(desk.pk, (Role.ADMIN,))
