"""What the clock brings: holders are reminded, editors hear of what is overdue, and the lead of what stays so.

Each row says itself when something is to be told of it next, so that a tick reads no more than that. After hours
without a worker only the highest step that has come is told, once.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import structlog
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import EDITORS, Desk, Membership, Role
from claims.models.due import DeadlineNotice
from claims.models.events import Subject
from claims.models.review import LIVE, Assignment, QueueEntry
from claims.models.rows import database_now
from claims.rules import deadlines
from claims.rules.calendars import NeverOpenError
from claims.rules.deadlines import Step
from claims.rules.notifications import Kind
from claims.services import desks
from claims.services.events import record, verb
from claims.services.notifications import tell

log = structlog.get_logger(__name__)

AT_ONCE = 200


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
    return sum(
        _each(rows.values_list("pk", flat=True)[:AT_ONCE], call)
        for rows, call in ((waiting, _entry), (held, _assignment), (on_hold, _hold))
    )


def _each(ids: Iterable[int], call: Callable[[int], bool]) -> int:
    """One that cannot be told of is logged and left: the others must not wait for it."""
    count = 0
    for row_id in list(ids):
        try:
            count += call(row_id)
        except Exception:
            log.exception("deadline_not_told", row=row_id, of=call.__name__)
    return count


@verb
def _entry(entry_id: int) -> bool:
    """What waits in the queue. False when somebody takes it just now, or nothing is to be told any more."""
    rows = QueueEntry.objects.select_related("claim").filter(pk=entry_id, notice_at__lte=Now(), due_at__lte=Now())
    row = rows.select_for_update(of=("self",), skip_locked=True).first()
    return row is not None and _step(row, row.queued_at, holder=None)


@verb
def _assignment(assignment_id: int) -> bool:
    """What somebody holds; False as above. The claim is locked first, as every verb on what is held does."""
    claim = _locked(assignment_id)
    rows = Assignment.objects.filter(pk=assignment_id, state__in=LIVE, notice_at__lte=Now())
    row = rows.select_for_update(of=("self",)).first() if claim is not None else None
    if row is None or claim is None:
        return False
    row.claim = claim
    return _step(row, row.queued_at or row.assigned_at, holder=row.reviewer_id)


@verb
def _hold(assignment_id: int) -> bool:
    """What is on hold for too long is told to the editors; False as above."""
    claim = _locked(assignment_id)
    rows = Assignment.objects.overdue().filter(pk=assignment_id)
    row = rows.select_for_update(of=("self",)).first() if claim is not None else None
    if row is None or claim is None or not _new(row, row.lease_until, Step.HOLD_OVERDUE):
        return False
    editors = desks.people(claim.desk_id, EDITORS) - {row.reviewer_id}
    tell(editors, Kind.HOLD_OVERDUE, desk_id=claim.desk_id, claim=claim, data={"role": row.role})
    return True


def _locked(assignment_id: int) -> Claim | None:
    claims = Claim.objects.filter(assignments=assignment_id)
    return claims.select_for_update(of=("self",), skip_locked=True).first()


def _step(row: QueueEntry | Assignment, since: Any, *, holder: int | None) -> bool:
    """Tell the highest step of the locked row that has come, and note when the next one does."""
    claim, desk = row.claim, Desk.objects.get(pk=row.claim.desk_id)
    step, row.notice_at = _come(desks.due_policy(desk), row, since)
    back_at = None if holder is None else _back_at(desk, holder)
    if step is Step.REMIND and back_at is not None and row.due_at is not None:
        # Nobody is reminded while they are away; they are when they are back, where it is not too late by then.
        step, row.notice_at = None, min(back_at, row.due_at)
    row.save(update_fields=["notice_at"])
    reminded = holder if step is Step.REMIND else None
    if step is None or row.due_at is None or not _new(row, row.due_at, step, reminded):
        return False
    kind, people = _told(desk, step, None if back_at else holder)
    tell(people, kind, desk_id=desk.pk, claim=claim, data={"role": row.role})
    if step in EVENTS:
        what = {"role": row.role, "due_at": row.due_at.isoformat()}
        record(EVENTS[step], Subject.CLAIM, claim.pk, data=what)
    return True


def _back_at(desk: Desk, holder: int) -> datetime | None:
    """When the holder is back; None for whoever is here."""
    away = Membership.objects.filter(desk=desk, user=holder, away_from__lte=Now(), away_until__gt=Now())
    return away.values_list("away_until", flat=True).first()


def _come(policy: deadlines.Policy, row: QueueEntry | Assignment, since: Any) -> tuple[Step | None, Any]:
    """The highest step that has come, and when the next one does. By a calendar that never opens none comes."""
    if row.due_at is None:
        return None, None
    try:
        step = deadlines.step_at(policy, since, row.due_at, database_now())
        if step is None:
            return None, deadlines.remind_at(policy, since, row.due_at)
        return step, deadlines.after(policy, row.due_at, step)
    except NeverOpenError:
        log.warning("desk_never_open", claim=row.claim_id)
        return None, None


# On the claim's record as well: what was let lie, and since when. Whose hands it was in is told by the other events.
EVENTS = {Step.OVERDUE: "claim.overdue", Step.ESCALATE: "claim.escalated"}


def _new(row: QueueEntry | Assignment, due_at: Any, step: Step, reminded: int | None = None) -> bool:
    """Whether nobody was told of this step, or of a higher one, of the same due time; it counts as told from now on.

    Each holder is ``reminded`` for themselves.
    """
    same = {"claim": row.claim, "round": row.round, "role": row.role, "due_at": due_at}
    told = DeadlineNotice.objects.filter(**same)
    if told.filter(Q(step__gt=step) | Q(step=step, reminded=reminded)).exists():
        return False
    DeadlineNotice.objects.create(**same, step=step, reminded_id=reminded)
    return True


def _told(desk: Desk, step: Step, holder: int | None) -> tuple[Kind, set[int]]:
    """Of what kind it is, and whom it concerns. Without a lead at the desk, its admins are told."""
    own = {holder} if holder is not None else set()
    if step is Step.REMIND:
        return Kind.DUE_SOON, own
    if step is Step.OVERDUE:
        return Kind.OVERDUE, own | desks.people(desk.pk, EDITORS)
    lead = {person for person in desks.people(desk.pk, tuple(Role.values)) if person == desk.lead_id}
    return Kind.ESCALATED, lead or desks.people(desk.pk, (Role.ADMIN,))
