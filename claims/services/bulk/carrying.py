"""Begin, carry out, cancel and undo. The job may die at any moment: each share of the claims is one transaction.

A share locks the action, then people, then places in the queue, then claims, the latter two by number; every share and
every verb locks in this order, so that none wait in a ring.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from claims import jobs
from claims.models.bulk import BulkAction, BulkItem
from claims.models.claims import Claim
from claims.models.desks import Desk, Membership
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.models.review import QueueEntry
from claims.rules import bulk
from claims.rules.bulk import BulkOutcome, BulkState, BulkVerb, Order
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.rights import has
from claims.rules.workflow import Missing
from claims.services import desks
from claims.services import jobs as queue
from claims.services.bulk import verbs
from claims.services.bulk.planning import checked
from claims.services.events import record, verb, within

# Small enough that whoever wants one of these claims meanwhile waits for a blink.
SHARE = 20


@verb
def begin(desk: Desk, order: Order, ids: Iterable[int], *, actor: Any) -> BulkAction:
    """Have the order carried out on these claims of the desk by a job. Raises Forbidden, and what preview() raises."""
    if not has(desks.role_at(desk.pk, actor), bulk.RIGHTS[order.verb]):
        raise Forbidden.one("desk", "not_allowed", "At this desk you may read claims, but not do this to them.")
    chosen, _ = checked(desk, order, ids)
    action = BulkAction.objects.create(
        desk=desk, actor=actor, verb=order.verb.value, parameters=order.as_data(), total=len(chosen)
    )
    BulkItem.objects.bulk_create(BulkItem(action=action, claim=claim) for claim in chosen)
    _record(action, "bulk.begun", actor=actor)
    queue.enqueue(jobs.RUN_BULK, f"bulk {action.pk}", {"bulk": action.pk})
    action.refresh_from_db()
    return action


def overseen(action_id: int, editor: Any) -> BulkAction:
    """Anybody's bulk action at a desk of the editor's; raises Absent."""
    rows = BulkAction.objects.overseen_by(editor).select_related("desk", "actor")
    found = rows.filter(pk=action_id).first()
    if found is None:
        raise Absent.one("bulk", "absent", "There is no such bulk action at your desk.")
    return found


@verb
def cancel(action_id: int, *, actor: Any) -> BulkAction:
    """Leave what is not done yet. What is done stays, and can be undone. Raises Absent, Conflict once it has ended."""
    overseen(action_id, actor)
    action = _locked(action_id)
    if action.state != BulkState.RUNNING:
        raise Conflict.with_details("bulk", "ended", "It has ended; nothing is left to cancel.", state=action.state)
    _cancel(action, actor)
    return overseen(action_id, actor)


@verb
def undo(action_id: int, *, actor: Any) -> BulkAction:
    """Have each claim brought back that is still as the action left it. Raises Absent, Conflict when it is too late."""
    overseen(action_id, actor)
    action = _locked(action_id)
    if not BulkAction.objects.undoable().filter(pk=action.pk).exists():
        minutes = int(bulk.UNDO_FOR.total_seconds() // 60)
        message = f"This can be undone once, within {minutes} minutes after its end, if it changed anything."
        raise Conflict.with_details("bulk", "not_undoable", message, state=action.state)
    _set(action, state=BulkState.UNDOING, undone_by=actor)
    _record(action, "bulk.undo_begun", actor=actor)
    queue.enqueue(jobs.RUN_BULK, _undo_key(action), {"bulk": action.pk})
    return overseen(action_id, actor)


def _undo_key(action: BulkAction) -> str:
    return f"undo bulk {action.pk}"


# --- In the worker ----------------------------------------------------------------------------------------------------


def run(job: Job) -> None:
    """The job that carries a bulk action out, or undoes it; where a dead worker left off, the next one goes on."""
    action_id, percent = job.args["bulk"], 0
    while percent < 100:
        percent = _share(action_id)
        queue.report(job, "going through the claims", percent)
    with queue.finishing(job):
        _end(_locked(action_id))


@verb
def _share(action_id: int) -> int:
    """Do, or undo, the next claims. Returns how far it is, in per cent; 100 when nothing is left."""
    action = _locked(action_id)
    if not action.under_way:
        return 100
    if not has(desks.role_at(action.desk_id, action.hand), bulk.RIGHTS[BulkVerb(action.verb)]):
        # Whoever may not any more does nothing more either; what they did is for others to judge.
        return _stop(action, "Whoever asked for this may no longer do it at this desk.")
    doing = action.state == BulkState.RUNNING
    step = _do if doing else _undo
    items = list(action.open_items.order_by("pk")[:SHARE])
    places, claims = _locked_claims(action, [item.claim_id for item in items])
    step(action, [(item, claims[item.claim_id], places.get(item.claim_id)) for item in items])
    BulkItem.objects.bulk_update(items, ["outcome", "code", "message", "before"])
    counts = {outcome: sum(item.outcome == outcome for item in items) for outcome in COUNTED[doing]}
    _set(action, **{outcome.value: F(outcome.value) + count for outcome, count in counts.items()})
    return action.percent if items else 100


COUNTED = {True: (BulkOutcome.DONE, BulkOutcome.SKIPPED), False: (BulkOutcome.UNDONE, BulkOutcome.KEPT)}


def _locked(action_id: int) -> BulkAction:
    return BulkAction.objects.select_for_update(of=("self",)).select_related("actor", "undone_by").get(pk=action_id)


# A claim of the share, and its place in the queue where it has one.
Row = tuple[BulkItem, Claim, QueueEntry | None]


def _locked_claims(action: BulkAction, ids: list[int]) -> tuple[dict[int, QueueEntry], dict[int, Claim]]:
    """Places and claims by the claim's id."""
    if action.order.reviewer:
        seats = Membership.objects.filter(user__username=action.order.reviewer, active=True).order_by("pk")
        list(seats.select_for_update(of=("self",), no_key=True))
    places = QueueEntry.objects.filter(claim__in=ids).order_by("pk")
    list(places.select_for_update())
    stays = action.order.into
    wanted = [*ids, stays] if stays is not None else ids
    claims = {claim.pk: claim for claim in Claim.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    # What came back while we waited for its claim has its place since.
    return {place.claim_id: place for place in places.all()}, claims


def _do(action: BulkAction, rows: list[Row]) -> None:
    order = action.order

    def step(item: BulkItem, claim: Claim, place: QueueEntry | None, why: Missing | None) -> None:
        if why is not None:
            raise Refused([why])
        item.before = verbs.do(claim, place, order, action.hand)

    for row, why in zip(rows, verbs.obstacles(order, [claim for _, claim, _ in rows]), strict=True):
        _try(action, row[0], partial(step, *row, why), BulkOutcome.DONE, BulkOutcome.SKIPPED)
    # Nobody else writes their history meanwhile: they are locked.
    done = [item for item, _, _ in rows if item.outcome == BulkOutcome.DONE]
    steps = verbs.last_steps([item.claim_id for item in done])
    for item in done:
        item.before["step"] = steps[item.claim_id]


def _undo(action: BulkAction, rows: list[Row]) -> None:
    steps = verbs.last_steps([item.claim_id for item, _, _ in rows])
    for item, claim, _ in rows:
        step = partial(verbs.undo, claim, BulkVerb(action.verb), item.before, steps[claim.pk], action.hand)
        _try(action, item, step, BulkOutcome.UNDONE, BulkOutcome.KEPT)


def _try(
    action: BulkAction, item: BulkItem, step: Callable[[], None], well: BulkOutcome, otherwise: BulkOutcome
) -> None:
    """One claim: what a verb refuses is kept with the item, and the others go on."""
    why = Missing("", "", "")
    item.outcome = well.value
    try:
        with transaction.atomic(), within(bulk=action.pk):
            step()
    except Refused as refused:
        why = refused.problems[0]
        item.outcome = otherwise.value
    item.code, item.message = why.code, why.message[:500]


def _end(action: BulkAction) -> None:
    """Only when nothing is left: the job of what was cancelled may end while the one that undoes it has just begun."""
    if action.open_items.exists():
        return
    if action.state == BulkState.RUNNING:
        _set(action, state=BulkState.DONE, finished_at=Now())
        _record(action, "bulk.finished")
    elif action.state == BulkState.UNDOING:
        _set(action, state=BulkState.UNDONE, undone_at=Now())
        _record(action, "bulk.undone")


def _stop(action: BulkAction, why: str) -> int:
    """End what is under way before its end: the rest stays as it is."""
    if action.state == BulkState.RUNNING:
        _cancel(action, None, why)
    else:
        rest = action.items.filter(outcome=BulkOutcome.DONE)
        kept = rest.update(outcome=BulkOutcome.KEPT, code="stopped", message=why)
        _set(action, state=BulkState.UNDONE, undone_at=Now(), kept=F("kept") + kept, note=why)
        _record(action, "bulk.undone", reason=why)
    return 100


def _cancel(action: BulkAction, actor: Any, why: str = "") -> None:
    action.items.filter(outcome=BulkOutcome.PENDING).update(outcome=BulkOutcome.CANCELLED)
    _set(action, state=BulkState.CANCELLED, finished_at=Now(), note=why)
    _record(action, "bulk.cancelled", actor=actor, reason=why)


def _set(action: BulkAction, **columns: Any) -> None:
    BulkAction.objects.filter(pk=action.pk).update(**columns)
    action.refresh_from_db(fields=list(columns))


def _record(action: BulkAction, kind: str, *, actor: Any = None, reason: str = "") -> None:
    """In the history of the desk; each claim's own history has what was done to it."""
    counts = {name: getattr(action, name) for name in ("total", "done", "skipped", "undone", "kept")}
    what = {"bulk": action.pk, "verb": action.verb} | counts
    record(kind, Subject.DESK, action.desk_id, actor=actor, reason=reason, data=what)


def _given_up(job: Job) -> None:
    """What kept killing the worker stops here, so that nobody waits for it; what was done can be undone."""
    action = _locked(job.args["bulk"])
    its_state = BulkState.UNDOING if job.key == _undo_key(action) else BulkState.RUNNING
    if action.state == its_state:
        _stop(action, f"Given up after {job.attempts} attempts, the last one with: {job.error[:300]}")


queue.when_quarantined(jobs.RUN_BULK, _given_up)
