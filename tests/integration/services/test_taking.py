"""The database's choice of the next claim is the rule's, and what it leaves behind is what lease() leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.models.claims import Claim
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event
from claims.models.review import Assignment, QueueEntry, Unblinding
from claims.models.taking import FUNCTION_SQL
from claims.rules import routing
from claims.rules.refusals import Conflict
from claims.rules.routing import ClaimNeeds, ReviewerFacts, Waiting
from claims.rules.workflow import DeclineReason
from claims.services import desks, review
from claims.services.review import leases, taking
from sources import services as register
from sources.models import Source
from tests import factories
from tests.concurrency import PATIENCE_S, at_once, while_locked
from tests.factories import World, taken
from workbench.accounts.models import User

SPEAKERS = 3


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@dataclass(frozen=True)
class Scene:
    """Claims at two desks of one person, each said by one of three sources of the register."""

    world: World
    person: User
    claims: list[Claim]
    speakers: list[Source]


@pytest.fixture
def scene(world: World) -> Scene:
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER)
    speakers = [register.create("person", f"Witness {number}") for number in range(SPEAKERS)]
    claims = factories.queued_claims(world, 9) + factories.queued_claims(world, 3, desk=world.elsewhere)
    for number, claim in enumerate(claims):
        source = speakers[number % SPEAKERS]
        claim.attributions.get().resolved_sources.create(source=source, surface="x", score=1, reason="x")
    return Scene(world, world.alice, claims, speakers)


TOPICS = st.lists(st.sampled_from(["war", "health", "sport", "energy"]), unique=True, max_size=4)
PLACES = st.fixed_dictionaries(
    {
        "priority": st.integers(60, 75),
        "language": st.sampled_from(["en", "uk", "fr"]),
        "topics": TOPICS,
        "reserved": st.booleans(),
        "role": st.sampled_from(["first", "first", "second"]),
    }
)
SEATS = st.fixed_dictionaries(
    {
        "role": st.sampled_from([Role.REVIEWER, Role.SENIOR_REVIEWER, Role.ADMIN]),
        "languages": st.lists(st.sampled_from(["en-GB", " UK", "fr_FR", "de"]), unique=True, max_size=3),
        "topics": TOPICS,
        "capacity": st.integers(1, 2),
    }
)


@given(
    places=st.lists(PLACES, min_size=12, max_size=12),
    seats=st.tuples(SEATS, SEATS),
    holds=st.integers(0, 11),
    declined=st.sets(st.integers(0, 11), max_size=3),
    read=st.sets(st.integers(0, 11), max_size=3),
    conflicts=st.sets(st.integers(0, SPEAKERS - 1), max_size=2),
)
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_choice_is_the_rules(
    scene: Scene,
    places: list[dict[str, Any]],
    seats: tuple[dict[str, Any], dict[str, Any]],
    holds: int,
    declined: set[int],
    read: set[int],
    conflicts: set[int],
) -> None:
    _check(scene, places, seats, holds, declined, read, conflicts)


# Whose first place nothing can outweigh: the function has a way of its own for them.
SIMPLE_SEAT = st.fixed_dictionaries(
    {
        "role": st.just(Role.REVIEWER),
        "languages": st.lists(st.sampled_from(["en-GB", " UK", "fr_FR", "de"]), max_size=1),
        "topics": st.just([]),
        "capacity": st.integers(1, 2),
    }
)


@given(
    places=st.lists(PLACES, min_size=12, max_size=12),
    seat=SIMPLE_SEAT,
    holds=st.integers(0, 11),
    declined=st.sets(st.integers(0, 11), max_size=6),
    read=st.sets(st.integers(0, 11), max_size=6),
)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_choice_for_most_people_is_the_rules_too(
    scene: Scene, places: list[dict[str, Any]], seat: dict[str, Any], holds: int, declined: set[int], read: set[int]
) -> None:
    away = seat | {"active": False}
    _check(scene, places, (seat, away), holds, declined, read, set())


def _check(
    scene: Scene,
    places: list[dict[str, Any]],
    seats: tuple[dict[str, Any], dict[str, Any]],
    holds: int,
    declined: set[int],
    read: set[int],
    conflicts: set[int],
) -> None:
    with transaction.atomic():
        _arrange(scene, places, seats, holds, declined, read, conflicts)
        expected = routing.next_for(_waiting(scene, conflicts), _facts(scene, conflicts))
        try:
            assignment = review.take_next(scene.person)
        except Conflict:
            assignment = None
        if expected is None:
            assert assignment is None
        else:
            assert assignment is not None
            seat = _facts(scene, conflicts, before=assignment)[expected.desk]
            assert not QueueEntry.objects.filter(pk=expected.id).exists()
            fits = [reason for reason in assignment.reasons if reason["of"] == "fit"]
            told = routing.fit_of_next(expected.needs, seat)
            assert [(each["points"], each["text"]) for each in fits] == [(each.points, each.text) for each in told]
        transaction.set_rollback(True)


def _arrange(
    scene: Scene,
    places: list[dict[str, Any]],
    seats: tuple[dict[str, Any], dict[str, Any]],
    holds: int,
    declined: set[int],
    read: set[int],
    conflicts: set[int],
) -> None:
    for desk, seat in zip((scene.world.desk, scene.world.elsewhere), seats, strict=True):
        Membership.objects.filter(desk=desk, user=scene.person).update(**seat)
    ended = {"reviewer": scene.person, "role": "first", "round": 1, "lease_until": Now(), "ended_at": Now()}
    for number, (claim, place) in enumerate(zip(scene.claims, places, strict=True)):
        QueueEntry.objects.filter(claim=claim).update(**place)
        if number in declined:
            Assignment.objects.create(claim=claim, state="declined", **ended)
        if number in read:
            Unblinding.objects.create(claim=claim, round=1, user=scene.person)
    _hold(scene, scene.claims[holds])
    for number in conflicts:
        for desk in (scene.world.desk, scene.world.elsewhere):
            ConflictOfInterest.objects.create(desk=desk, user=scene.person, source=scene.speakers[number])


def _hold(scene: Scene, claim: Claim) -> None:
    """A bare assignment: which verb made it is not what is looked at."""
    QueueEntry.objects.filter(claim=claim).delete()
    until = datetime(9999, 1, 1, tzinfo=UTC)
    Assignment.objects.create(claim=claim, reviewer=scene.person, role="first", round=1, lease_until=until)


def _waiting(scene: Scene, conflicts: set[int]) -> list[Waiting]:
    out = []
    for entry in QueueEntry.objects.select_related("claim"):
        number = scene.claims.index(entry.claim)
        parts = set(Assignment.objects.filter(claim=entry.claim).values_list("reviewer", flat=True))
        if entry.role == "second":
            parts |= set(Unblinding.objects.filter(claim=entry.claim).values_list("user", flat=True))
        needs = ClaimNeeds(
            entry.language,
            frozenset(entry.topics),
            frozenset({number % SPEAKERS}),
            frozenset(parts),
            entry.reserved,
        )
        out.append(Waiting(entry.pk, entry.desk_id, entry.priority, needs))
    return out


def _facts(scene: Scene, conflicts: set[int], before: Assignment | None = None) -> dict[Any, ReviewerFacts]:
    held = Assignment.objects.active().filter(reviewer=scene.person)
    if before is not None:
        held = held.exclude(pk=before.pk)
    return {
        member.desk_id: ReviewerFacts(
            scene.person.pk,
            frozenset(member.languages),
            frozenset(member.topics),
            frozenset(conflicts),
            member.capacity,
            held.filter(claim__desk=member.desk_id).count(),
            member.role != Role.REVIEWER,
        )
        for member in Membership.objects.filter(user=scene.person, active=True)
    }


def test_what_stands_behind_the_fifty_most_important_is_not_looked_at(world: World) -> None:
    claims = factories.queued_claims(world, 60)
    Membership.objects.filter(user=world.alice).update(topics=["war"])
    QueueEntry.objects.update(priority=70)
    places = list(QueueEntry.objects.order_by("pk"))
    QueueEntry.objects.filter(pk=places[50].pk).update(topics=["war"])
    assert taken(world.alice).claim == claims[0]
    QueueEntry.objects.filter(pk=places[50].pk).update(topics=["war"])
    assert taken(world.alice).claim == claims[50], "now it is the fiftieth"


@pytest.mark.parametrize("role", ["first", "second"])
def test_it_leaves_what_a_lease_leaves(world: World, role: str) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(second_review_share=float(role == "second"))
    by_lease, by_next = factories.queued_claims(world, 2)
    if role == "second":
        for claim in (by_lease, by_next):
            review.submit(
                review.take(world.bob, claim.pk).pk, world.bob, factories.answers(evidence=[factories.piece()])
            )
    one, other = review.take(world.alice, by_lease.pk), taken(world.alice)
    assert (one.role, other.claim) == (role, by_next)
    kept = {"id", "claim_id", "reasons", "assigned_at", "lease_until", "queued_at"}
    one.refresh_from_db()
    other.refresh_from_db()
    assert _columns(one, kept) == _columns(other, kept)
    assert other.lease_until - other.assigned_at == one.lease_until - one.assigned_at
    kept = {"id", "subject_id", "sequence", "at", "previous_hash", "hash", "data"}
    told = [Event.objects.of("claim", claim.pk).last() for claim in (by_lease, by_next)]
    assert told[0] is not None
    assert told[1] is not None
    assert _columns(told[0], kept) == _columns(told[1], kept)
    assert told[1].data == told[0].data | {"assignment": other.pk}
    kept = {"id", "label", "text", "changed_at"}
    assert _columns(Claim.objects.get(pk=by_lease.pk), kept) == _columns(Claim.objects.get(pk=by_next.pk), kept)
    assert factories.history_is_whole()


def _columns(row: Any, but: set[str]) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name not in but and not name.startswith("_")}


def test_the_reasons_are_kept_with_their_points(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    claim.refresh_from_db()
    got = taken(world.alice)
    named = zip(claim.priority_reasons, claim.priority_points, strict=True)
    priority = [{"of": "priority", "points": points, "text": text} for text, points in named]
    assert got.reasons == [*priority, {"of": "fit", "points": 0, "text": "Holds 0 of 20 claims."}]
    assert sum(claim.priority_points) == claim.priority


def test_each_desk_has_its_own_room(world: World) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER, capacity=1)
    Membership.objects.filter(desk=world.desk, user=world.alice).update(capacity=1)
    factories.queued_claims(world, 2)
    there = factories.queued_claims(world, 2, desk=world.elsewhere)
    assert taken(world.alice).claim.desk == world.desk
    assert taken(world.alice).claim == there[0], "the full seat is left out"
    with pytest.raises(Conflict) as conflict:
        review.take_next(world.alice)
    assert conflict.value.details == {"held": 2, "capacity": 2}


def test_room_at_a_desk_where_nothing_waits_is_not_taken_for_an_empty_queue(world: World) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER)
    Membership.objects.filter(desk=world.desk, user=world.alice).update(capacity=1)
    factories.queued_claims(world, 2)
    taken(world.alice)
    with pytest.raises(Conflict) as conflict:
        review.take_next(world.alice)
    assert conflict.value.details == {"held": 1, "capacity": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("topics", [[], ["war"]])
def test_what_somebody_else_is_at_is_stepped_over(topics: list[str]) -> None:
    world = factories.world()
    claims = factories.queued_claims(world, 12)
    QueueEntry.objects.update(priority=70)
    Membership.objects.filter(user=world.alice).update(topics=topics)
    locked = [claim.pk for claim in claims[:11]]

    def take() -> int:
        return taken(world.alice).claim_id

    with transaction.atomic():
        list(QueueEntry.objects.select_for_update().filter(claim__in=locked))
        (got,) = at_once([take])
    assert got == claims[11].pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("free", [True, False])
def test_where_somebody_is_at_all_of_it_the_asker_waits_for_them(free: bool) -> None:
    world = factories.world()
    (claim,) = factories.queued_claims(world, 1)
    with transaction.atomic():
        list(QueueEntry.objects.select_for_update())
        got = while_locked(partial(review.take_next, world.alice), "the one who asks waits")
        if not free:
            review.take(world.bob, claim.pk)
    assert getattr(got.result(PATIENCE_S), "claim_id", None) == (claim.pk if free else None)


class DeadlockError(Exception):
    pgcode = "40P01"


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_is_not_the_one_for_whom_the_database_breaks_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    world = factories.world()
    asked = list[object]()

    def broken_once(user: object) -> object:
        asked.append(user)
        if len(asked) == 1:
            raise OperationalError("deadlock detected") from DeadlockError()
        return leases.held_at_desks(user)

    monkeypatch.setattr(taking, "held_at_desks", broken_once)
    assert review.take_next(world.alice) is None
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_not_refused_for_being_weighed_just_then() -> None:
    world = factories.world()
    first, second = factories.queued_claims(world, 2)
    with transaction.atomic():
        list(QueueEntry.objects.select_for_update())
        mine = while_locked(partial(review.take, world.alice, first.pk), "the reviewer waits")
    assert mine.result(PATIENCE_S).claim_id == first.pk
    with transaction.atomic():
        list(QueueEntry.objects.select_for_update())
        given = while_locked(partial(review.assign, second.pk, world.carol, "bob", reason="x"), "the editor waits")
    assert given.result(PATIENCE_S).claim_id == second.pk


def test_one_statement_takes_it(world: World, django_assert_num_queries: Callable[[int], Any]) -> None:
    factories.queued_claims(world, 2)
    with django_assert_num_queries(1):
        taken(world.alice)


def test_the_function_of_the_database_is_the_one_of_the_code(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc, proconfig FROM pg_proc WHERE proname = 'claims_take_next'")
        source, settings_of_its_own = cursor.fetchone()
    assert source == FUNCTION_SQL.split("$$")[1]
    assert settings_of_its_own == ["plan_cache_mode=force_generic_plan"]


def test_what_was_declined_is_never_chosen(world: World) -> None:
    factories.queued_claims(world, 1)
    review.decline(taken(world.alice).pk, world.alice, DeclineReason.NO_TIME)
    assert review.take_next(world.alice) is None
