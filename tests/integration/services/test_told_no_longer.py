"""What somebody was told of a claim and is true no longer counts as read, so that no list or mail asks for it."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from claims.models.notifications import Notification
from claims.models.review import Assignment, QueueEntry
from claims.rules.workflow import HoldReason
from claims.services import desks, review
from tests import factories
from tests.factories import World, answers


@pytest.fixture
def world(db: None) -> World:
    return factories.world(due_hours=[{"from_priority": 0, "hours": 8}], escalate_after_hours=4)


@pytest.fixture
def held(world: World) -> Assignment:
    """In alice's hands; due in 8 hours, a reminder in 6, escalation in 12."""
    return review.take(world.alice, factories.queued_claims(world, 1)[0].pk)


def unread() -> list[tuple[str, str]]:
    rows = Notification.objects.filter(read_at=None).exclude(kind="added")
    return sorted(rows.values_list("user__username", "kind"))


def tell_after(row: Assignment | QueueEntry, hours: float) -> None:
    """What the clock tells once so much of the row's time has passed."""
    row.refresh_from_db()
    moved = {name: getattr(row, name) - timedelta(hours=hours) for name in ("queued_at", "due_at", "notice_at")}
    type(row).objects.filter(pk=row.pk).update(**moved)
    assert review.watch() == 1


def test_nobody_is_called_to_what_was_reviewed(world: World, held: Assignment) -> None:
    tell_after(held, 8)
    assert unread() == [("alice", "overdue"), ("carol", "overdue"), ("dora", "overdue")]
    review.submit(held.pk, world.alice, answers())
    assert unread() == []


def test_what_was_told_of_one_part_stays_when_the_other_is_done(world: World) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1)
    first = review.take(world.alice, factories.queued_claims(world, 1)[0].pk)
    review.submit(first.pk, world.alice, answers())
    tell_after(QueueEntry.objects.get(claim=first.claim_id, role="second"), 8)
    assert unread() == [("carol", "overdue"), ("dora", "overdue")]
    second = review.take(world.bob, first.claim_id)
    assert unread() == [("carol", "overdue"), ("dora", "overdue")], "somebody has it, but it is not reviewed"
    review.submit(second.pk, world.bob, answers())
    assert unread() == []


def test_a_reminder_ends_with_what_it_reminds_of(world: World, held: Assignment) -> None:
    tell_after(held, 6)
    assert unread() == [("alice", "due_soon")]
    review.release(held.pk, world.alice)
    assert unread() == []


def test_what_went_back_is_overdue_as_before(world: World, held: Assignment) -> None:
    tell_after(held, 8)
    review.release(held.pk, world.alice)
    assert ("carol", "overdue") in unread()


def test_what_an_editor_took_out_of_the_queue_is_not_waited_for(world: World) -> None:
    place = QueueEntry.objects.get(claim=factories.queued_claims(world, 1)[0])
    tell_after(place, 8)
    review.unqueue(place.claim_id, actor=world.carol)
    assert unread() == []


def test_another_deadline_begins_anew(world: World, held: Assignment) -> None:
    tell_after(held, 8)
    desks.change(world.desk, actor=world.dora, due_hours=[{"from_priority": 0, "hours": 20}])
    review.set_priority(held.claim_id, 90, actor=world.carol, reason="It is quoted everywhere.")
    assert unread() == []


def test_a_priority_that_changes_no_time_leaves_what_was_told(world: World, held: Assignment) -> None:
    tell_after(held, 8)
    review.set_priority(held.claim_id, 90, actor=world.carol, reason="It is quoted everywhere.")
    assert ("carol", "overdue") in unread(), "the clock would not tell of the same time again"


@pytest.mark.parametrize("ending", ["resumed", "taken back", "released"])
def test_a_hold_that_is_over_is_too_long_no_more(world: World, held: Assignment, ending: str) -> None:
    review.hold(held.pk, world.alice, HoldReason.CLAIMANT, note="Asked the mayor's office.")
    Assignment.objects.filter(pk=held.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert review.watch() == 1
    assert unread() == [("carol", "hold_overdue"), ("dora", "hold_overdue")]
    if ending == "resumed":
        review.resume(held.pk, world.alice)
    elif ending == "taken back":
        review.take_back(held.pk, world.carol, reason="The answer is public.")
    else:
        review.release(held.pk, world.alice)
    assert [pair for pair in unread() if pair[1] == "hold_overdue"] == []
