"""When claims are due: by the desk's hours for their priority, by an editor's deadline, by a changed policy."""

import threading
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.events import Event
from claims.models.jobs import Job
from claims.models.review import Assignment, QueueEntry
from claims.rules.refusals import Conflict, Refused
from claims.rules.workflow import ReopenReason
from claims.services import desks, evidence, links, publication, review
from tests import factories
from tests.concurrency import PATIENCE_S, at_once, while_locked
from tests.factories import World, answers, taken

HOURS = [{"from_priority": 0, "hours": 48}, {"from_priority": 80, "hours": 4}]
HARDLY_OPEN = {"hours": {"mon": [["09:00", "09:10"]]}}
ONE_DAY = {"hours": {"mon": [["09:00", "17:00"]]}}


@pytest.fixture
def world(db: None) -> World:
    return factories.world(due_hours=HOURS)


def one(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def left(row: QueueEntry | Assignment) -> float:
    """Hours from since when it waits to when it is due."""
    row.refresh_from_db()
    assert row.due_at is not None
    assert row.queued_at is not None
    return (row.due_at - row.queued_at) / timedelta(hours=1)


def change(world: World, **policy: Any) -> None:
    desks.change(Desk.objects.get(pk=world.desk.pk), actor=world.dora, **policy)
    factories.perform()


def in_hours(count: float) -> datetime:
    return review.database_now() + timedelta(hours=count)


# --- By the desk's hours ----------------------------------------------------------------------------------------------


def test_what_is_queued_is_due_by_its_priority(world: World) -> None:
    entry = QueueEntry.objects.get(claim=one(world))
    assert left(entry) == 48
    assert entry.notice_at is not None
    assert (entry.notice_at - entry.queued_at) / timedelta(hours=1) == 36, "when a quarter is left"
    review.set_priority(entry.claim_id, 90, actor=world.carol, reason="The vote is tonight.")
    assert left(entry) == 4


def test_a_desk_without_hours_has_no_due_times(db: None) -> None:
    world = factories.world()
    entry = QueueEntry.objects.get(claim=one(world))
    assert (entry.due_at, entry.notice_at) == (None, None)
    assert taken(world.alice).due_at is None


def test_an_articles_claims_cost_one_look_at_the_policy(world: World) -> None:
    counts = []
    for size in (1, 20):
        with CaptureQueriesContext(connection) as queries:
            factories.queued_claims(world, size)
        counts.append(len([q for q in queries if "claims_desk" in q["sql"] and "due_hours" in q["sql"]]))
    assert counts[0] == counts[1]


def test_giving_a_claim_back_does_not_put_its_due_time_off(world: World) -> None:
    one(world)
    held = taken(world.alice)
    assert left(held) == 48
    Assignment.objects.filter(pk=held.pk).update(queued_at=in_hours(-10))
    review.release(held.pk, world.alice)
    entry = QueueEntry.objects.get(claim=held.claim_id)
    assert left(entry) == 48
    assert entry.queued_at < in_hours(-9)
    assert taken(world.bob).due_at == entry.due_at


def test_a_second_review_has_its_own_time(db: None) -> None:
    world = factories.world(due_hours=HOURS, second_review_share=1.0)
    claim = one(world)
    held = review.take(world.alice, claim.pk)
    Assignment.objects.filter(pk=held.pk).update(queued_at=in_hours(-47))
    review.submit(held.pk, world.alice, answers())
    entry = QueueEntry.objects.get(claim=claim, role="second")
    assert left(entry) == 48
    assert entry.queued_at > in_hours(-1)


def test_what_is_sent_back_has_its_time_anew(db: None) -> None:
    world = factories.world(due_hours=HOURS, approval_required=True)
    held = review.take(world.alice, one(world).pk)
    review.submit(held.pk, world.alice, answers())
    Assignment.objects.filter(pk=held.pk).update(queued_at=in_hours(-100), due_at=in_hours(-52))
    again = review.request_changes(held.claim_id, world.carol, "Which report?")
    assert left(again) == 48
    assert again.due_at is not None
    assert again.due_at > in_hours(47)
    assert review.watch() == 0


def test_working_time_is_the_desks(db: None) -> None:
    world = factories.world(due_hours=[{"from_priority": 0, "hours": 4}], working_time=ONE_DAY, timezone="Europe/Kyiv")
    entry = QueueEntry.objects.get(claim=one(world))
    assert entry.due_at is not None
    assert entry.due_at - entry.queued_at > timedelta(hours=4) or entry.queued_at.weekday() == 0


# --- By hand ----------------------------------------------------------------------------------------------------------


def test_an_editors_deadline_counts_when_it_is_earlier(world: World) -> None:
    claim = one(world)
    entry = QueueEntry.objects.get(claim=claim)
    by_policy, soon = entry.due_at, in_hours(2)
    review.set_deadline(claim.pk, soon, actor=world.carol)
    entry.refresh_from_db()
    assert entry.due_at == soon
    held = review.take(world.alice, claim.pk)
    assert held.due_at == soon
    review.set_deadline(claim.pk, in_hours(500), actor=world.carol)
    held.refresh_from_db()
    assert held.due_at == by_policy
    review.set_deadline(claim.pk, None, actor=world.carol)
    review.set_deadline(claim.pk, None, actor=world.carol)
    assert Event.objects.of("claim", claim.pk).filter(kind="claim.deadline_set").count() == 3
    assert factories.history_is_whole()


def test_a_deadline_that_is_over_or_of_no_use_is_refused(world: World) -> None:
    done = factories.reviewed(world)
    with pytest.raises(Conflict):
        review.set_deadline(done.claim.pk, in_hours(1), actor=world.carol)
    with pytest.raises(Refused):
        review.set_deadline(one(world).pk, in_hours(-1), actor=world.carol)
    last = datetime(9999, 12, 31, 23, 59, tzinfo=ZoneInfo("America/New_York"))
    with pytest.raises(Refused):
        review.set_deadline(one(world).pk, last, actor=world.carol)


def test_a_reopened_claim_begins_without_the_old_deadline(world: World) -> None:
    claim = one(world)
    review.set_deadline(claim.pk, in_hours(1), actor=world.carol)
    factories.published(world, factories.reviewed(world, claim=claim))
    publication.reopen(claim.pk, ReopenReason.CHALLENGE, actor=world.carol)
    claim.refresh_from_db()
    assert claim.deadline is None
    assert left(QueueEntry.objects.get(claim=claim)) == 48


def test_a_deadline_tells_nothing_of_a_review(db: None) -> None:
    world = factories.world(due_hours=HOURS, second_review_share=1.0)
    claim = one(world)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    claim = review.set_deadline(claim.pk, in_hours(3), actor=world.carol)
    assert "claim.deadline_set" in {event.kind for event in evidence.history(claim, world.bob)}


# --- When the policy changes ------------------------------------------------------------------------------------------


def test_a_changed_policy_dates_what_waits_and_what_is_held_anew(world: World) -> None:
    claims = factories.queued_claims(world, 3)
    held = taken(world.alice)
    done = factories.reviewed(world, world.bob, claims[2])
    change(world, due_hours=[{"from_priority": 0, "hours": 10}])
    waiting = QueueEntry.objects.get()
    assert (left(waiting), left(held)) == (10, 10)
    assert left(done.assignment) == 48, "what is over stays as it was"
    change(world, due_hours=[])
    waiting.refresh_from_db()
    assert (waiting.due_at, waiting.notice_at) == (None, None)


def test_it_does_so_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.services.review.due.BATCH", 2)
    factories.queued_claims(world, 5)
    change(world, due_hours=[{"from_priority": 0, "hours": 10}])
    assert [left(entry) for entry in QueueEntry.objects.all()] == [10] * 5
    assert Job.objects.filter(name="claims.redate_desk", state="done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_deadline_that_comes_while_it_waits_for_the_place_stays() -> None:
    world = factories.world(due_hours=HOURS)
    claim = one(world)
    deadline = review.database_now() + timedelta(hours=1)
    job = Job.objects.create(name="claims.redate_desk", key="anew", args={"desk": world.desk.pk})

    with transaction.atomic():
        review.set_deadline(claim.pk, deadline, actor=world.carol)
        done = while_locked(partial(current_app.tasks[job.name], job.pk), "the job waits for the place")
    done.result(PATIENCE_S)
    assert QueueEntry.objects.get(claim=claim).due_at == deadline


def test_another_change_dates_nothing(world: World) -> None:
    change(world, lease_minutes=30)
    assert not Job.objects.filter(name="claims.redate_desk").exists()


def test_another_desk_keeps_its_times(world: World) -> None:
    change(world, due_hours=[])
    other = factories.queued_claims(world, 1, desk=world.elsewhere)[0]
    QueueEntry.objects.filter(claim=other).update(due_at=Now())
    change(world, due_hours=HOURS)
    assert QueueEntry.objects.get(claim=other).due_at is not None


@pytest.mark.parametrize(
    "policy",
    [
        {"working_time": {"hours": {"mon": [["17:00", "09:00"]]}}}, {"working_time": []}, {"due_hours": {"80": 4}},
        {"due_hours": [{"from_priority": 80}]}, {"timezone": "Mars/Olympus"}, {"remind_share": 2},
        {"escalate_after_hours": 0}, {"due_hours": [{"from_priority": 0, "hours": 10**400}]},
        {"working_time": HARDLY_OPEN, "due_hours": [{"from_priority": 0, "hours": 1000}]},
        {"working_time": HARDLY_OPEN, "escalate_after_hours": 1000},
        {"routing_weights": {"topics": {"\x00": 1}}},
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(world: World, policy: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        desks.change(world.desk, actor=world.dora, **policy)


@pytest.mark.parametrize(
    "policy",
    [
        {"working_time": {"country": "DE"}}, {"working_time": []}, {"working_time": "office"}, {"due_hours": {}},
        {"due_hours": [4]}, {"due_hours": [{"from_priority": 80}]}, {"due_hours": [{"from_priority": 80, "hours": 0}]},
        {"due_hours": [{"from_priority": "80", "hours": 4}]}, {"due_hours": [{"from_priority": 101, "hours": 4}]},
        {"remind_share": -0.1}, {"escalate_after_hours": 0},
    ],
)  # fmt: skip
def test_the_database_refuses_what_no_program_could_read(world: World, policy: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Desk.objects.filter(pk=world.desk.pk).update(**policy)


def test_the_lead_is_named_in_the_record_by_number(world: World) -> None:
    change(world, lead=world.dora)
    event = Event.objects.of("desk", world.desk.pk).filter(kind="desk.changed").get()
    assert event.data == {"lead": [None, world.dora.pk]}


def test_topics_are_stored_as_articles_name_them(world: World) -> None:
    change(world, routing_weights={"topics": {"Health": 10}})
    world.desk.refresh_from_db()
    assert world.desk.routing_weights == {"topics": {"health": 10}}
    assert desks.create("Other", "other", routing_weights={"topics": {"War": 1}}).routing_weights == {
        "topics": {"war": 1}
    }


def test_a_calendar_that_never_opens_stops_no_claim(world: World) -> None:
    # As a policy could be stored before it was refused.
    never = {"working_time": HARDLY_OPEN, "due_hours": [{"from_priority": 0, "hours": 1000}]}
    Desk.objects.filter(pk=world.desk.pk).update(**never)
    claim = one(world)
    entry = QueueEntry.objects.get(claim=claim)
    assert (entry.due_at, entry.notice_at) == (None, None)
    soon = in_hours(2)
    review.set_deadline(claim.pk, soon, actor=world.carol)
    entry.refresh_from_db()
    assert entry.due_at == soon, "an editor's deadline counts all the same"


def test_what_was_sent_back_has_a_deadline_and_a_priority(db: None) -> None:
    world = factories.world(due_hours=HOURS, approval_required=True)
    held = review.take(world.alice, one(world).pk)
    review.submit(held.pk, world.alice, answers())
    again = review.request_changes(held.claim_id, world.carol, "Which report?")
    soon = in_hours(2)
    review.set_deadline(held.claim_id, soon, actor=world.carol)
    again.refresh_from_db()
    assert again.due_at == soon
    assert review.set_priority(held.claim_id, 90, actor=world.carol, reason="The vote is tonight.").priority == 90


@pytest.mark.django_db(transaction=True)
def test_what_enters_the_queue_while_the_policy_changes_is_dated_by_the_new_one(transactional_db: None) -> None:
    world = factories.world(due_hours=HOURS)
    held = review.take(world.alice, one(world).pk)
    entered, changed = threading.Event(), threading.Event()

    def give_back() -> None:
        with transaction.atomic():
            review.release(held.pk, world.alice)
            entered.set()
            assert changed.wait(PATIENCE_S)
            # As long as the job would need to be through if it did not wait.
            time.sleep(1)

    def change_the_policy() -> None:
        assert entered.wait(PATIENCE_S)
        desks.change(world.desk, actor=world.dora, due_hours=[{"from_priority": 0, "hours": 6}])
        changed.set()
        factories.perform()

    at_once([give_back, change_the_policy])
    assert left(QueueEntry.objects.get(claim=held.claim_id)) == 6


def test_while_an_articles_claims_are_compared_with_others_the_policy_can_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change waits for all who date something, and behind it whoever gives a claim back: not for minutes."""
    dating = list[int]()

    def compare(_claims: object) -> None:
        with connection.cursor() as cursor:
            shared = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND pid = "
            cursor.execute(shared + "pg_backend_pid()")
            dating.append(cursor.fetchone()[0])

    monkeypatch.setattr(links, "suggest", compare)
    with transaction.atomic():
        one(world)
    assert dating == [0]
