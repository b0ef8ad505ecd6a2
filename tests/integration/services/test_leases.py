"""Leases that run out, with and without a worker, and people who have left the desk."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Membership, Role
from claims.models.events import Event
from claims.models.review import Assignment, Review
from claims.rules.refusals import Absent, Conflict, Forbidden
from claims.rules.workflow import DeclineReason
from claims.services import review
from tests import factories
from tests.concurrency import PATIENCE_S, at_once, while_locked
from tests.factories import World, answers, taken


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def run_out(*assignments: Assignment) -> None:
    """Let the leases end in the past, by the database's clock, the first one longest ago."""
    for age, assignment in enumerate(reversed(assignments), start=1):
        Assignment.objects.filter(pk=assignment.pk).update(lease_until=Now() - timedelta(seconds=age))


def put(claim: Claim, state: str) -> None:
    """Set the state with the triggers off, as no verb would."""
    with factories.triggers_off():
        Claim.objects.filter(pk=claim.pk).update(state=state)


def states() -> list[str]:
    return list(Assignment.objects.order_by("pk").values_list("state", flat=True))


# --- People who left --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"active": False}, {"role": "reader"}], ids=["left", "reader"])
def test_who_is_no_reviewer_any_more_has_no_assignment(world: World, change: dict[str, Any]) -> None:
    factories.queued_claims(world, 1)
    held = taken(world.alice)
    Membership.objects.filter(user=world.alice).update(**change)
    for verb in (
        lambda: review.save_draft(held.pk, world.alice, {"rationale": "x"}),
        lambda: review.submit(held.pk, world.alice, answers()),
        lambda: review.release(held.pk, world.alice),
        lambda: review.decline(held.pk, world.alice, DeclineReason.OTHER),
    ):
        with pytest.raises(Forbidden, match="You no longer review at the desk"):
            verb()
    assert not Review.objects.exists()
    assert not Assignment.objects.of(world.alice).exists()
    assert states() == ["active"]


def test_a_seat_at_another_desk_is_none_here(world: World) -> None:
    factories.queued_claims(world, 1)
    held = taken(world.alice)
    Membership.objects.filter(user=world.alice).update(desk=world.elsewhere)
    with pytest.raises(Forbidden):
        review.submit(held.pk, world.alice, answers())
    with pytest.raises(Absent):
        review.submit(held.pk, world.mallory, answers())


# --- Leases that run out ----------------------------------------------------------------------------------------------


def test_what_cannot_be_taken_back_stops_nobody_else(world: World) -> None:
    broken, *_ = factories.queued_claims(world, 3)
    held = [taken(world.alice) for _ in range(3)]
    run_out(*held)
    put(broken, "decided")
    assert review.expire() == 2
    assert states() == ["active", "expired", "expired"], "and nothing is half done"
    assert review.expire() == 0
    assert Event.objects.of("claim", broken.pk).order_by("pk").values_list("kind", flat=True).last() == "claim.assigned"


def test_what_ran_out_first_is_taken_back_first(world: World) -> None:
    factories.queued_claims(world, 3)
    held = [taken(world.alice) for _ in range(3)]
    run_out(held[2], held[0], held[1])
    assert list(Assignment.objects.expired()) == [held[2], held[0], held[1]]


def test_without_a_worker_the_next_asker_takes_back_what_ran_out(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    late = taken(world.alice)
    assert review.take_next(world.bob) is None
    run_out(late)
    assert taken(world.bob).claim == claim
    assert states() == ["expired", "active"]
    kinds = [event.kind for event in Event.objects.of("claim", claim.pk)]
    assert kinds[-3:] == ["claim.assigned", "claim.expired", "claim.assigned"]
    assert factories.history_is_whole()


def test_without_a_worker_the_same_person_is_not_full_of_what_ran_out(world: World) -> None:
    factories.queued_claims(world, 2)
    Membership.objects.filter(user=world.bob).update(capacity=1)
    run_out(taken(world.bob))
    taken(world.bob)
    assert states() == ["expired", "active"]
    with pytest.raises(Conflict):
        review.take_next(world.bob)


def test_a_broken_one_does_not_fill_a_persons_hands(world: World) -> None:
    broken, other = factories.queued_claims(world, 2)
    Membership.objects.filter(user=world.bob).update(capacity=1)
    run_out(taken(world.bob))
    put(broken, "decided")
    assert taken(world.bob).claim == other


def test_a_claim_whose_lease_is_over_is_taken_by_name_at_once(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    late = taken(world.alice)
    assert not review.may_take(world.bob, claim)
    run_out(late)
    assert review.holder_of(claim) is None
    assert review.may_take(world.bob, claim)
    assert review.may_take(world.alice, claim)
    assert not review.may_take(world.mallory, claim)
    with pytest.raises(Absent):
        review.take(world.mallory, claim.pk)
    assert states() == ["active"], "strangers move nothing"
    review.take(world.bob, claim.pk)
    with pytest.raises(Conflict) as conflict:
        review.submit(late.pk, world.alice, answers())
    assert conflict.value.details["holder"] == "Bob"


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_for_what_ran_out_at_once_get_it_once() -> None:
    world = factories.world()
    people = [factories.member(world.desk, f"r{number}", Role.REVIEWER) for number in range(8)]
    factories.queued_claims(world, 2)
    run_out(taken(world.alice), taken(world.alice))

    def ask(person: Any) -> int:
        return review.take_next(person) is not None

    assert sum(at_once([partial(ask, person) for person in people])) == 2
    assert states().count("expired") == 2
    assert factories.history_is_whole()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_name", [False, True])
def test_whoever_asks_while_the_worker_takes_it_back_waits_for_it(by_name: bool) -> None:
    world = factories.world()
    (claim,) = factories.queued_claims(world, 1)
    run_out(taken(world.alice))
    ask = partial(review.take, world.bob, claim.pk) if by_name else partial(review.take_next, world.bob)
    with transaction.atomic():
        review.expire()
        got = while_locked(ask, "the one who asks waits for the worker")
    assert getattr(got.result(PATIENCE_S), "claim_id", None) == claim.pk
