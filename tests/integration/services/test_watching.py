"""What the clock brings: reminders, overdue claims, escalation; each step once, and after a pause only the highest."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.due import DeadlineNotice
from claims.models.events import Event
from claims.models.notifications import Notification
from claims.models.review import Assignment, QueueEntry
from claims.rules.workflow import HoldReason
from claims.services import desks, evidence, notifications, review
from claims.services.events import record
from tests import factories
from tests.concurrency import PATIENCE_S, at_once, while_locked
from tests.factories import World, answers

HOURS = [{"from_priority": 0, "hours": 8}]


@pytest.fixture
def world(db: None) -> World:
    return factories.world(due_hours=HOURS, escalate_after_hours=4)


@pytest.fixture
def held(world: World) -> Assignment:
    """In alice's hands; due in 8 hours, a reminder in 6, escalation in 12."""
    return review.take(world.alice, factories.queued_claims(world, 1)[0].pk)


def pass_by(row: QueueEntry | Assignment, hours: float) -> None:
    """As if the row had come so much earlier: nothing here can turn the database's clock."""
    row.refresh_from_db()
    moved: dict[str, Any] = {
        name: getattr(row, name) - timedelta(hours=hours)
        for name in ("queued_at", "due_at", "notice_at")
        if getattr(row, name) is not None
    }
    type(row).objects.filter(pk=row.pk).update(**moved)


def told() -> list[tuple[str, str]]:
    rows = Notification.objects.exclude(kind="added").order_by("pk")
    return sorted(rows.values_list("user__username", "kind"))


def events(claim_id: int) -> list[str]:
    kinds = Event.objects.of("claim", claim_id).values_list("kind", flat=True)
    return [kind for kind in kinds if kind in ("claim.overdue", "claim.escalated")]


def test_each_step_is_told_once_to_whom_it_concerns(world: World, held: Assignment) -> None:
    assert review.watch() == 0
    pass_by(held, 6)
    assert (review.watch(), review.watch()) == (1, 0)
    assert told() == [("alice", "due_soon")]
    pass_by(held, 2)
    assert (review.watch(), review.watch()) == (1, 0)
    assert told() == [("alice", "due_soon"), ("alice", "overdue"), ("carol", "overdue"), ("dora", "overdue")]
    pass_by(held, 4)
    assert (review.watch(), review.watch()) == (1, 0)
    assert [pair for pair in told() if pair[1] == "escalated"] == [("dora", "escalated")], "admins, without a lead"
    assert events(held.claim_id) == ["claim.overdue", "claim.escalated"]
    held.refresh_from_db()
    assert held.notice_at is None
    assert factories.history_is_whole()


def test_after_a_pause_only_the_highest_step_is_told(world: World, held: Assignment) -> None:
    pass_by(held, 100)
    assert (review.watch(), review.watch()) == (1, 0)
    assert told() == [("dora", "escalated")]
    assert DeadlineNotice.objects.count() == 1


def test_the_lead_hears_of_what_stays_overdue(world: World, held: Assignment) -> None:
    desks.change(world.desk, actor=world.dora, lead=world.carol)
    pass_by(held, 100)
    review.watch()
    assert told() == [("carol", "escalated")]


def test_a_lead_who_left_does_not_keep_the_admins_from_hearing(world: World, held: Assignment) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(lead=world.mallory)
    pass_by(held, 100)
    review.watch()
    assert told() == [("dora", "escalated")]


def test_what_nobody_holds_is_not_reminded_of_but_overdue(world: World) -> None:
    entry = QueueEntry.objects.get(claim=factories.queued_claims(world, 1)[0])
    pass_by(entry, 6)
    review.watch()
    assert told() == []
    pass_by(entry, 2)
    review.watch()
    assert told() == [("carol", "overdue"), ("dora", "overdue")]


def test_giving_it_back_and_taking_it_tells_nothing_twice(world: World, held: Assignment) -> None:
    pass_by(held, 8)
    assert review.watch() == 1
    review.release(held.pk, world.alice)
    assert review.watch() == 0
    review.take(world.bob, held.claim_id)
    assert review.watch() == 0
    assert events(held.claim_id) == ["claim.overdue"]


def test_another_due_time_is_told_of_anew(world: World, held: Assignment) -> None:
    pass_by(held, 8)
    review.watch()
    notifications.mark_read(world.alice)
    desks.change(world.desk, actor=world.dora, due_hours=[{"from_priority": 0, "hours": 6}])
    factories.perform()
    assert review.watch() == 1
    assert Notification.objects.filter(user=world.alice, kind="overdue").count() == 2


def test_what_was_submitted_in_time_is_left_in_peace(world: World, held: Assignment) -> None:
    review.submit(held.pk, world.alice, answers())
    pass_by(held, 100)
    assert review.watch() == 0
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_watches_at_once_tell_everybody_once(transactional_db: None) -> None:
    world = factories.world(due_hours=HOURS)
    for claim in factories.queued_claims(world, 4):
        pass_by(review.take(world.alice, claim.pk), 8)
    counts = at_once([review.watch] * 6)
    # What one passes over because another is at it, the next tick would do.
    assert sum(counts) + review.watch() == 4
    assert DeadlineNotice.objects.count() == 4
    assert Notification.objects.filter(user=world.alice, kind="overdue").count() == 4


@pytest.mark.django_db(transaction=True)
def test_what_waits_is_told_while_the_queue_is_weighed() -> None:
    world = factories.world(due_hours=HOURS)
    factories.queued_claims(world, 1)
    pass_by(QueueEntry.objects.get(), 8)
    with transaction.atomic():
        # The clock asks for both at the same moment.
        review.rescore()
        told_of = while_locked(review.watch, "the watch waits for the place")
    assert told_of.result(PATIENCE_S) == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_told_does_not_stop_the_others(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = factories.world(due_hours=HOURS)
    rows = [review.take(world.alice, claim.pk) for claim in factories.queued_claims(world, 2)]
    for row in rows:
        pass_by(row, 8)
    bad = rows[0].claim_id

    def break_once(kind: str, subject: str, subject_id: int, **what: Any) -> None:
        if subject_id == bad:
            raise ZeroDivisionError
        record(kind, subject, subject_id, **what)

    monkeypatch.setattr("claims.services.review.watching.record", break_once)
    assert review.watch() == 1
    assert events(rows[1].claim_id) == ["claim.overdue"]
    monkeypatch.undo()
    assert review.watch() == 1, "nothing of the broken one was kept, so that it is told now"
    assert events(bad) == ["claim.overdue"]


def test_a_tick_with_nothing_to_tell_asks_little(world: World) -> None:
    factories.queued_claims(world, 20)
    with CaptureQueriesContext(connection) as queries:
        assert review.watch() == 0
    assert len(queries) == 3


def test_more_than_fit_come_with_the_next_tick(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.services.review.watching.AT_ONCE", 2)
    for claim in factories.queued_claims(world, 5):
        pass_by(QueueEntry.objects.get(claim=claim), 8)
    assert [review.watch() for _ in range(4)] == [2, 2, 1, 0]


# --- Holds ------------------------------------------------------------------------------------------------------------


def test_a_long_hold_is_told_to_the_editors_once_each_time(world: World, held: Assignment) -> None:
    for times in (1, 2):
        review.hold(held.pk, world.alice, HoldReason.CLAIMANT, note="Asked the mayor's office.")
        assert review.watch() == 0
        Assignment.objects.filter(pk=held.pk).update(lease_until=review.database_now() - timedelta(minutes=times))
        assert (review.watch(), review.watch()) == (1, 0)
        assert [person for person, _ in told()] == ["carol"] * times + ["dora"] * times
        for editor in (world.carol, world.dora):
            notifications.mark_read(editor)
        review.resume(held.pk, world.alice)
    assert Notification.objects.filter(user=world.carol, kind="hold_overdue").count() == 2
    assert "mayor" not in str(list(Notification.objects.values_list("data", flat=True)))


# --- Blindness --------------------------------------------------------------------------------------------------------


def half(world: World) -> Claim:
    """A claim that alice has reviewed, late and after a hold, and that waits for the second reviewer."""
    held = review.take(world.alice, factories.queued_claims(world, 1)[0].pk)
    review.hold(held.pk, world.alice, HoldReason.CLAIMANT, note="Asked the mayor's office.")
    Assignment.objects.filter(pk=held.pk).update(lease_until=review.database_now() - timedelta(minutes=1))
    pass_by(held, 8)
    assert review.watch() == 2
    review.resume(held.pk, world.alice)
    review.submit(held.pk, world.alice, answers())
    return Claim.objects.get(pk=held.claim_id)


def test_nothing_of_it_tells_a_second_reviewer_who_the_first_was(db: None) -> None:
    world = factories.world(due_hours=HOURS, second_review_share=1.0)
    claim = half(world)
    kinds = set(notifications.visible(world.carol).filter(claim=claim).values_list("kind", flat=True))
    assert kinds == {"overdue"}, "that a review was on hold is of the first one"
    for row in notifications.listed(world.carol):
        assert "Alice" not in notifications.sentence(row) + str(row.data)
    overdue = [event for event in evidence.history(claim, world.bob) if event.kind == "claim.overdue"]
    assert [(event.actor, event.data["role"]) for event in overdue] == [(None, "first")]
    second = review.take(world.bob, claim.pk)
    review.hold(second.pk, world.bob, HoldReason.EVIDENCE, note="Asked.")
    Assignment.objects.filter(pk=second.pk).update(lease_until=review.database_now() - timedelta(minutes=1))
    notifications.mark_read(world.dora)
    Notification.objects.filter(kind="hold_overdue").update(read_at=review.database_now())
    assert review.watch() == 1
    assert notifications.unread(world.dora).filter(kind="hold_overdue").count() == 1


@pytest.mark.parametrize("step", ["update", "delete"])
def test_a_notice_stays(world: World, held: Assignment, step: str) -> None:
    pass_by(held, 8)
    review.watch()
    rows = DeadlineNotice.objects.all()
    with pytest.raises(DatabaseError), transaction.atomic():
        partial(rows.update, step=1)() if step == "update" else rows.delete()


def test_each_holder_is_reminded_once(world: World) -> None:
    entry = QueueEntry.objects.get(claim=factories.queued_claims(world, 1)[0])
    pass_by(entry, 6)
    assert review.watch() == 0, "nobody has it"
    held = review.take(world.alice, entry.claim_id)
    assert (review.watch(), review.watch()) == (1, 0)
    review.release(held.pk, world.alice)
    assert review.watch() == 0
    review.take(world.bob, entry.claim_id)
    assert (review.watch(), review.watch()) == (1, 0)
    assert told() == [("alice", "due_soon"), ("bob", "due_soon")]


def test_a_calendar_that_never_opens_is_passed_over(world: World, held: Assignment) -> None:
    never = {"hours": {"mon": [["09:00", "09:10"]]}}
    Desk.objects.filter(pk=world.desk.pk).update(working_time=never, escalate_after_hours=1000)
    pass_by(held, 9)
    assert review.watch() == 0
    held.refresh_from_db()
    assert held.notice_at is None, "it does not stand in the way of others"
