"""How a bulk action ends: done, cancelled, undone in time or too late, given up; and nothing twice."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from claims.models.bulk import BulkAction, BulkItem
from claims.models.desks import Role
from claims.models.jobs import Job, JobState
from claims.rules.refusals import Absent, Conflict
from claims.services import bulk, desks, review
from claims.services import jobs as queue
from claims.services.bulk import carrying
from tests import factories
from tests.bulk import DISMISS, done, kinds, of_the_desk, ordered, performed, states, undone
from tests.concurrency import PATIENCE_S, while_locked
from tests.factories import World, taken


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


# --- Its end ----------------------------------------------------------------------------------------------------------


def test_cancelled_in_the_middle_the_rest_stays_and_the_first_can_be_undone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = factories.queued_claims(world, 5)
    monkeypatch.setattr(carrying, "SHARE", 2)
    action = ordered(world, DISMISS, claims)
    carrying._share(action.pk)
    bulk.cancel(action.pk, actor=world.dora)
    action = performed(action)
    assert (action.state, action.done, action.skipped) == ("cancelled", 2, 0)
    assert states(claims) == ["dismissed"] * 2 + ["queued"] * 3
    assert action.items.filter(outcome="cancelled").count() == 3
    with pytest.raises(Conflict):
        bulk.cancel(action.pk, actor=world.dora)
    assert undone(world, action).undone == 2
    assert states(claims) == ["queued"] * 5
    assert of_the_desk(world) == ["bulk.begun", "bulk.cancelled", "bulk.undo_begun", "bulk.undone"]


def test_the_job_of_what_was_cancelled_does_not_end_the_undoing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = factories.queued_claims(world, 4)
    monkeypatch.setattr(carrying, "SHARE", 2)
    action = ordered(world, DISMISS, claims)
    carrying._share(action.pk)
    bulk.cancel(action.pk, actor=world.dora)
    assert carrying._share(action.pk) == 100
    bulk.undo(action.pk, actor=world.carol)
    # Where it is now, the first job has only its end before it; or it is given up there.
    carrying._end(carrying._locked(action.pk))
    carrying._given_up(Job.objects.get(key=f"bulk {action.pk}"))
    action.refresh_from_db()
    assert (action.state, action.undone) == ("undoing", 0)
    action = performed(action)
    assert (action.state, action.undone) == ("undone", 2)
    assert states(claims) == ["queued"] * 4


def test_an_undoing_that_keeps_killing_the_worker_stops(world: World) -> None:
    action = done(world, DISMISS, factories.queued_claims(world, 2))
    bulk.undo(action.pk, actor=world.carol)
    carrying._given_up(Job.objects.get(key=f"undo bulk {action.pk}"))
    action.refresh_from_db()
    assert (action.state, action.kept) == ("undone", 2)


def test_it_can_be_undone_once_and_for_ten_minutes(world: World) -> None:
    first, second, third = factories.queued_claims(world, 3)
    action = done(world, DISMISS, [first])
    undone(world, action)
    late = done(world, DISMISS, [second])
    BulkAction.objects.filter(pk=late.pk).update(finished_at=Now() - timedelta(minutes=10, seconds=1))
    review.take(world.alice, third.pk)
    nothing = done(world, DISMISS, [third])
    assert (nothing.done, nothing.skipped) == (0, 1)
    under_way = ordered(world, DISMISS, [first])
    for each in (action, late, nothing, under_way):
        with pytest.raises(Conflict) as conflict:
            bulk.undo(each.pk, actor=world.carol)
        assert conflict.value.problems[0].code == "not_undoable"
    BulkAction.objects.filter(pk=late.pk).update(finished_at=Now() - timedelta(minutes=9, seconds=50))
    assert undone(world, late).undone == 1


def test_it_belongs_to_the_desk(world: World) -> None:
    action = done(world, DISMISS, factories.queued_claims(world, 1))
    assert bulk.overseen(action.pk, world.dora) == action
    for stranger in (world.alice, world.ruth, world.mallory):
        for verb in (bulk.cancel, bulk.undo):
            with pytest.raises(Absent):
                verb(action.pk, actor=stranger)
        with pytest.raises(Absent):
            bulk.overseen(action.pk, stranger)


def test_who_is_no_editor_any_more_does_nothing_more(world: World) -> None:
    claims = factories.queued_claims(world, 2)
    action = ordered(world, DISMISS, claims)
    desks.set_member(world.desk, world.carol, "reviewer")
    action = performed(action)
    assert (action.state, action.done) == ("cancelled", 0)
    assert action.note == "Whoever asked for this may no longer do it at this desk."
    assert states(claims) == ["queued", "queued"]


def test_nor_do_they_undo_any_more(world: World) -> None:
    claims = factories.queued_claims(world, 2)
    action = done(world, DISMISS, claims)
    eve = factories.member(world.desk, "eve", Role.EDITOR)
    bulk.undo(action.pk, actor=eve)
    desks.set_member(world.desk, eve, "reader")
    action = performed(action)
    assert (action.state, action.undone, action.kept) == ("undone", 0, 2)
    assert states(claims) == ["dismissed", "dismissed"]


# --- Nothing twice ----------------------------------------------------------------------------------------------------


def test_a_worker_that_dies_in_the_middle_is_followed_by_one_that_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = factories.queued_claims(world, 6)
    monkeypatch.setattr(carrying, "SHARE", 2)
    action = ordered(world, DISMISS, claims)
    assert [carrying._share(action.pk) for _ in range(2)] == [33, 66]
    action = performed(action)
    assert (action.state, action.done) == ("done", 6)
    assert all(kinds(claim, action) == ["claim.unqueued", "claim.dismissed"] for claim in claims)
    carrying._share(action.pk)
    assert BulkAction.objects.get().done == 6


def test_what_keeps_killing_the_worker_stops(world: World) -> None:
    claims = factories.queued_claims(world, 2)
    action = ordered(world, DISMISS, claims)
    Job.objects.filter(name="claims.run_bulk").update(state=JobState.RUNNING, attempts=Job.MAX_ATTEMPTS)
    queue.fail(Job.objects.get(name="claims.run_bulk"), "MemoryError")
    action.refresh_from_db()
    assert (action.state, action.done) == ("cancelled", 0)
    assert "Given up after 3 attempts, the last one with: MemoryError" in action.note
    assert states(claims) == ["queued", "queued"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE claims_bulkitem SET outcome = 'pending'",
        "UPDATE claims_bulkitem SET claim_id = (SELECT max(id) FROM claims_claim)",
        "UPDATE claims_bulkaction SET state = 'running', finished_at = NULL",
        "UPDATE claims_bulkaction SET verb = 'restore'",
        "UPDATE claims_bulkaction SET skipped = 5",
        "UPDATE claims_bulkaction SET undone = 5",
        "UPDATE claims_bulkaction SET finished_at = NULL",
        "UPDATE claims_bulkaction SET state = 'undoing'",
        "DELETE FROM claims_bulkitem",
        "DELETE FROM claims_bulkaction",
    ],
)
def test_the_database_keeps_what_was_done(world: World, change: str) -> None:
    done(world, DISMISS, factories.queued_claims(world, 2)[:1])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_claim_stands_in_an_action_once(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    action = bulk.begin(world.desk, DISMISS, [claim.pk, claim.pk], actor=world.carol)
    assert action.total == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkItem.objects.create(action=action, claim=claim)


@pytest.mark.django_db(transaction=True)
def test_what_comes_back_while_the_share_waits_for_it_is_done_and_undone_like_the_rest() -> None:
    world = factories.world()
    (claim,) = factories.queued_claims(world, 1)
    held = taken(world.alice)
    action = ordered(world, DISMISS, [claim])
    with transaction.atomic():
        review.release(held.pk, world.alice)
        share = while_locked(factories.perform, "the share waits for the claim")
    share.result(PATIENCE_S)
    assert states([claim]) == ["dismissed"]
    assert undone(world, action).undone == 1
    assert states([claim]) == ["queued"]
