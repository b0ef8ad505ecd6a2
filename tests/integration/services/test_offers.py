"""Claims that the machine offers to those whom they suit best, and what comes of the offers."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event
from claims.models.notifications import Notification
from claims.models.review import Assignment, QueueEntry
from claims.rules.refusals import Absent, Conflict, Forbidden
from claims.rules.workflow import DeclineReason, HoldReason
from claims.services import desks, evidence, review
from sources import services as register
from tests import factories
from tests.concurrency import PATIENCE_S, at_once, while_locked
from tests.factories import World, answers, taken
from workbench.accounts.models import User


@pytest.fixture
def world(db: None) -> World:
    return factories.world(push=True, offer_minutes=30)


def offered() -> list[tuple[str, Claim]]:
    rows = Assignment.objects.filter(state="offered").order_by("pk").select_related("reviewer", "claim")
    return [(row.reviewer.username, row.claim) for row in rows]


def offer_to(person: User) -> Assignment:
    return review.offers_to(person).get()


def run_out(assignment: Assignment) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=Now() - timedelta(seconds=1))


def knows(person: User, **skills: Any) -> None:
    Membership.objects.filter(user=person).update(**skills)


# --- Who is offered what ----------------------------------------------------------------------------------------------


def test_the_most_important_goes_to_whom_it_suits_best(world: World) -> None:
    claims = factories.queued_claims(world, 3)
    QueueEntry.objects.filter(claim=claims[1]).update(priority=90, topics=["health"])
    knows(world.bob, topics=["health"])
    assert review.push() == 2, "one open offer for each of the two reviewers"
    assert offered() == [("bob", claims[1]), ("alice", claims[0])]
    assignment = offer_to(world.bob)
    assert (assignment.lease_until - assignment.assigned_at).total_seconds() == 30 * 60
    fits = [reason for reason in assignment.reasons if reason["of"] == "fit"]
    assert [reason["text"] for reason in fits] == ["Knows health.", "Holds 0 of 20 claims."]
    assert [reason["points"] for reason in fits] == [60, 40]
    claims[1].refresh_from_db()
    assert claims[1].state == "assigned"
    told = Event.objects.of("claim", claims[1].pk).last()
    assert told is not None
    assert (told.kind, told.actor, told.data) == (
        "claim.offered", None, {"assignment": assignment.pk, "reviewer": world.bob.pk},
    )  # fmt: skip
    assert Notification.objects.get(user=world.bob, kind="offered").claim == claims[1]
    assert review.push() == 0
    assert factories.history_is_whole()


def test_among_equals_whoever_holds_least_comes_first(world: World) -> None:
    factories.queued_claims(world, 2)
    knows(world.alice, capacity=1000)
    knows(world.bob, capacity=1000)
    taken(world.alice)
    review.push()
    assert [name for name, _ in offered()] == ["bob"]


def test_only_where_the_desk_wants_it_and_to_reviewers_alone(world: World) -> None:
    factories.queued_claims(world, 6)
    factories.queued_claims(world, 1, desk=world.elsewhere)
    review.push()
    assert {name for name, _ in offered()} == {"alice", "bob"}
    Assignment.objects.filter(state="offered").update(lease_until=Now() - timedelta(seconds=1))
    review.expire()
    Desk.objects.update(push=False)
    assert review.push() == 0


def test_nothing_is_offered_that_something_stands_in_the_way_of(world: World) -> None:
    """alice does not read it, bob has a conflict with its speaker; erin is full, sam may have what is reserved."""
    claims = factories.queued_claims(world, 1)
    knows(world.alice, languages=["uk"])
    source = register.create("person", "Witness")
    claims[0].attributions.get().resolved_sources.create(source=source, surface="x", score=1, reason="x")
    ConflictOfInterest.objects.create(desk=world.desk, user=world.bob, source=source)
    erin = factories.member(world.desk, "erin", Role.REVIEWER, capacity=1)
    review.take(erin, factories.queued_claims(world, 1)[0].pk)
    assert review.push() == 0
    knows(erin, capacity=2)
    QueueEntry.objects.update(reserved=True)
    assert review.push() == 0
    factories.member(world.desk, "sam", Role.SENIOR_REVIEWER)
    assert review.push() == 1
    assert offered() == [("sam", claims[0])]


def test_whoever_declined_is_not_asked_again(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    knows(world.bob, capacity=1)
    review.push()
    review.decline(offer_to(world.alice).pk, world.alice, DeclineReason.NO_TIME)
    review.push()
    assert offered() == [("bob", claim)]
    review.decline(offer_to(world.bob).pk, world.bob, DeclineReason.NO_TIME)
    assert review.push() == 0
    claim.refresh_from_db()
    assert claim.state == "queued"


def test_whoever_lets_it_run_out_is_asked_again_only_where_nobody_else_could_have_it(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    knows(world.bob, capacity=1)
    review.take(world.bob, factories.queued_claims(world, 1)[0].pk)
    review.push()
    run_out(offer_to(world.alice))
    assert review.expire() == 1
    assert review.push() == 0, "bob could have it as soon as he has room"
    knows(world.bob, languages=["uk"])
    assert review.push() == 1
    assert offered() == [("alice", claim)]


@pytest.mark.parametrize("taken_back", [False, True])
def test_what_somebody_gave_back_or_lost_goes_to_the_next(world: World, taken_back: bool) -> None:
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    if taken_back:
        review.take_back(held.pk, world.carol, reason="She is ill.")
    else:
        review.release(held.pk, world.alice)
    knows(world.alice, capacity=1000)
    knows(world.bob, capacity=2)
    review.take(world.bob, factories.queued_claims(world, 1)[0].pk)
    assert review.push() == 1
    assert offered() == [("bob", claim)], "although alice holds least"


@pytest.mark.django_db(transaction=True)
def test_a_seat_that_somebody_is_at_does_not_stop_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seats behind it move up, beyond those whose facts are known: they are left for the next time."""
    world = factories.world(push=True)
    factories.member(world.desk, "erin", Role.REVIEWER)
    claims = factories.queued_claims(world, 2)
    monkeypatch.setattr("claims.services.review.offers.PEOPLE", 2)
    with transaction.atomic():
        Membership.objects.select_for_update().get(user=world.alice, desk=world.desk)
        assert at_once([review.push]) == [1]
    assert offered() == [("bob", claims[0])]


def test_a_second_review_is_offered_to_somebody_else(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(second_review_share=1.0)
    claim = factories.queued_claims(world, 1)[0]
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    review.push()
    assert offered() == [("bob", claim)]
    claim.refresh_from_db()
    assert claim.state == "second_review"
    told = [event.kind for event in evidence.history(claim, world.bob)]
    assert "claim.offered" not in told
    accepted = review.accept(offer_to(world.bob).pk, world.bob)
    assert accepted.role == "second"


def test_what_is_for_others_stands_in_nobodys_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of it than one looks at at a time: reserved, and in a language that only some read."""
    monkeypatch.setattr("claims.services.review.offers.PLACES", 2)
    claims = factories.queued_claims(world, 9)
    QueueEntry.objects.filter(claim__in=claims[:4]).update(priority=100, reserved=True)
    QueueEntry.objects.filter(claim__in=claims[4:8]).update(priority=90, language="uk")
    knows(world.alice, languages=["en"])
    knows(world.bob, languages=["en"])
    assert review.push() == 1
    assert [claim for _, claim in offered()] == [claims[8]]


def test_offers_are_fair_behind_any_number_of_places_for_others(world: World) -> None:
    """More than six hundred in front: reserved, in another language, and with a source whom alice may not judge."""
    others, (near,), (free,) = (factories.queued_claims(world, count) for count in (600, 1, 1))
    QueueEntry.objects.filter(claim__in=others[:300]).update(priority=100, reserved=True)
    QueueEntry.objects.filter(claim__in=others[300:]).update(priority=99, language="uk")
    QueueEntry.objects.filter(claim=near).update(priority=98)
    source = register.create("person", "Witness")
    near.attributions.get().resolved_sources.create(source=source, surface="x", score=1, reason="x")
    ConflictOfInterest.objects.create(desk=world.desk, user=world.alice, source=source)
    knows(world.alice, languages=["en"])
    knows(world.bob, languages=["en"])
    assert review.push() == 2
    assert offered() == [("bob", near), ("alice", free)]


def test_whoever_is_left_is_looked_for_by_themselves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in alice's way stands in no lane: she said no to it, let it pass, or it is of somebody near to her."""
    monkeypatch.setattr("claims.services.review.offers.PLACES", 2)
    knows(world.bob, capacity=1)
    review.take(world.bob, factories.queued_claims(world, 1)[0].pk)
    claims = factories.queued_claims(world, 7)
    for claim in claims[:3]:
        review.decline(review.take(world.alice, claim.pk).pk, world.alice, DeclineReason.NO_TIME)
    for claim in claims[3:6]:
        review.release(review.take(world.alice, claim.pk).pk, world.alice)
    assert review.push() == 1
    assert offered() == [("alice", claims[6])]
    assert review.push() == 0


def test_what_one_tick_costs_does_not_grow(world: World) -> None:
    """But for what is offered, which is bounded by the people."""
    counts: list[int] = []
    for _ in range(2):
        factories.queued_claims(world, 60)
        for number in range(10):
            factories.member(world.desk, f"w{len(counts)}-{number}", Role.REVIEWER, languages=["de"])
        with CaptureQueriesContext(connection) as asked:
            assert review.push() == 2
        counts.append(len(asked))
        Assignment.objects.filter(state="offered").update(lease_until=Now() - timedelta(seconds=1))
        review.expire()
        knows(world.alice, languages=[])
    assert counts[0] == counts[1]


# --- What comes of it -------------------------------------------------------------------------------------------------


def test_an_offer_is_accepted_for_the_whole_lease(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.push()
    offer = offer_to(world.alice)
    assert list(review.held_by(world.alice)) == []
    too_early: list[Callable[[], Any]] = [
        partial(review.submit, offer.pk, world.alice, answers()),
        partial(review.hold, offer.pk, world.alice, HoldReason.EVIDENCE, note="x"),
    ]
    for verb in too_early:
        with pytest.raises(Conflict) as conflict:
            verb()
        assert conflict.value.problems[0].code == "offered"
    mine = review.accept(offer.pk, world.alice)
    left = mine.lease_until - review.database_now()
    assert timedelta(minutes=world.desk.lease_minutes - 1) < left <= timedelta(minutes=world.desk.lease_minutes + 1)
    assert list(review.held_by(world.alice)) == [offer]
    with pytest.raises(Conflict) as conflict:
        review.accept(offer.pk, world.alice)
    assert conflict.value.details == {"state": "active"}
    review.submit(offer.pk, world.alice, answers())
    claim.refresh_from_db()
    assert claim.state == "decided"
    assert factories.history_is_whole()


def test_an_offer_whose_speaker_turns_out_too_near_is_not_accepted(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.push()
    offer = offer_to(world.alice)
    source = register.create("person", "Witness")
    ConflictOfInterest.objects.create(desk=world.desk, user=world.alice, source=source)
    claim.attributions.get().resolved_sources.create(source=source, surface="x", score=1, reason="x")
    with pytest.raises(Forbidden) as refused:
        review.accept(offer.pk, world.alice)
    assert refused.value.problems[0].code == "conflict_of_interest"
    offer.refresh_from_db()
    assert offer.state == "offered"
    review.decline(offer.pk, world.alice, DeclineReason.CONFLICT_OF_INTEREST)


def test_an_offer_that_ran_out_is_nobodys(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.push()
    late = offer_to(world.alice)
    run_out(late)
    answers_too_late: list[Callable[[], Any]] = [
        partial(review.accept, late.pk, world.alice),
        partial(review.decline, late.pk, world.alice, DeclineReason.NO_TIME),
        partial(review.release, late.pk, world.alice),
    ]
    for answer in answers_too_late:
        with pytest.raises(Conflict) as conflict:
            answer()
        assert conflict.value.problems[0].code == "not_offered"
    assert taken(world.bob).claim == claim, "whoever asks next takes it back"
    late.refresh_from_db()
    assert (late.state, late.end_reason) == ("expired", "The offer ran out.")


def test_an_offer_counts_as_held(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    knows(world.alice, capacity=1)
    review.push()
    factories.queued_claims(world, 1)
    with pytest.raises(Conflict) as conflict:
        review.take_next(world.alice)
    assert conflict.value.problems[0].code == "at_capacity"
    # Their hands are empty: to submit or release one is not what helps.
    assert "decline one first" in str(conflict.value)
    with pytest.raises(Conflict) as conflict:
        review.take(world.bob, claim.pk)
    assert conflict.value.problems[0].message == "This claim is offered to Alice just now."
    assert not review.may_take(world.bob, claim)


def test_editors_take_an_offer_back_or_give_it_on(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.push()
    given = review.reassign(offer_to(world.alice).pk, world.carol, "bob", reason="She is ill.")
    assert (given.reviewer, given.state) == (world.bob, "active")
    review.take_back(given.pk, world.carol, reason="Later.")
    review.push()
    offer = Assignment.objects.get(state="offered")
    review.take_back(offer.pk, world.carol, reason="Not now.")
    claim.refresh_from_db()
    assert claim.state == "queued"


def test_what_is_offered_to_somebody_who_leaves_goes_back(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.push()
    desks.set_member(world.desk, world.alice, Role.REVIEWER, active=False, actor=world.dora)
    claim.refresh_from_db()
    assert claim.state == "queued"
    assert not Assignment.objects.live().exists()


def test_nobody_answers_for_somebody_else(world: World) -> None:
    factories.queued_claims(world, 1)
    review.push()
    offer = offer_to(world.alice)
    for person in (world.bob, world.carol, world.mallory):
        with pytest.raises(Absent):
            review.accept(offer.pk, person)


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_an_asker_at_once_offer_nothing_twice() -> None:
    world = factories.world(push=True)
    people = [factories.member(world.desk, f"r{number}", Role.REVIEWER, capacity=3) for number in range(6)]
    factories.queued_claims(world, 30)

    def push() -> int:
        return sum(review.push() for _ in range(4))

    def ask() -> int:
        return sum(review.take_next(people[0]) is not None for _ in range(2))

    at_once([push, push, ask])
    live = Assignment.objects.live()
    assert live.count() == live.values("claim").distinct().count() == 30 - QueueEntry.objects.count()
    assert all(live.filter(state="offered", reviewer=person).count() <= 1 for person in people)
    assert live.filter(reviewer=people[0]).count() <= 3
    assert factories.history_is_whole()


@pytest.mark.django_db(transaction=True)
def test_places_that_are_weighed_just_then_are_offered_all_the_same() -> None:
    world = factories.world(push=True)
    factories.queued_claims(world, 2)
    with transaction.atomic():
        # The clock asks for both at the same moment, every ten seconds.
        review.rescore()
        pushed = while_locked(review.push, "the push waits for the places")
    assert pushed.result(PATIENCE_S) == 2
