"""Away from a desk: nothing is put before the person, nothing reminds them, and what they hold stays or goes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk, Membership
from claims.models.events import Event
from claims.models.notifications import Notification
from claims.models.review import Assignment
from claims.rules.absences import Days
from claims.rules.refusals import Conflict, Forbidden, Refused
from claims.services import desks, review
from tests import factories
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world(push=True, due_hours=[{"from_priority": 0, "hours": 8}])


def days(first: int, last: int) -> Days:
    today = review.database_now().date()
    return Days(today + timedelta(days=first), today + timedelta(days=last))


def seat(person: Any) -> Membership:
    return Membership.objects.select_related("desk").get(user=person)


def waiting(world: World, count: int = 1) -> list[Claim]:
    return factories.queued_claims(world, count)


def offered() -> set[str]:
    return set(Assignment.objects.filter(state="offered").values_list("reviewer__username", flat=True))


def test_nothing_is_offered_to_whoever_is_away(world: World) -> None:
    waiting(world, 3)
    (member,) = review.go_away(world.bob, days(-1, 3))
    assert member.away == days(-1, 3)
    assert review.push() == 1
    assert offered() == {"alice"}
    review.come_back(world.bob)
    assert review.push() == 1
    assert offered() == {"alice", "bob"}


def test_days_to_come_change_nothing_yet(world: World) -> None:
    waiting(world, 3)
    review.go_away(world.bob, days(2, 3))
    assert review.push() == 2
    assert offered() == {"alice", "bob"}


def test_whoever_is_away_keeps_no_claim_from_those_who_let_it_pass(world: World) -> None:
    """bob could have it as well, and so alice would not be asked again; away, he is nobody who could."""
    claim = waiting(world)[0]
    Membership.objects.filter(user=world.bob).update(capacity=1)
    review.take(world.bob, waiting(world)[0].pk)
    review.push()
    review.release(review.offers_to(world.alice).get().pk, world.alice)
    assert review.push() == 0
    review.go_away(world.bob, days(0, 3))
    assert review.push() == 1
    assert review.offers_to(world.alice).get().claim == claim


def test_an_editor_sees_it_and_may_assign_all_the_same(world: World) -> None:
    claim = waiting(world)[0]
    review.go_away(world.bob, days(0, 3))
    suits = {member.user.username: fit for member, fit in review.who_could(claim)}
    assert suits["alice"].eligible
    assert [reason.text for reason in suits["bob"].reasons] == [f"Is away until {days(0, 3).last}."]
    assert review.assign(claim.pk, world.carol, "bob", reason="He asked for it.").reviewer == world.bob


def test_what_one_takes_oneself_is_not_refused(world: World) -> None:
    waiting(world)
    review.go_away(world.bob, days(0, 3))
    assert review.take_next(world.bob) is not None


def test_open_offers_end_and_what_is_held_stays(world: World) -> None:
    held = review.take(world.bob, waiting(world)[0].pk)
    waiting(world)
    review.push()
    offer = review.offers_to(world.bob).first() or review.offers_to(world.alice).get()
    review.go_away(offer.reviewer, days(0, 1))
    offer.refresh_from_db()
    held.refresh_from_db()
    assert (offer.state, held.state) == ("released", "active")
    assert factories.history_is_whole()


@pytest.mark.parametrize("first", [0, 2])
def test_what_is_held_goes_back_at_once_where_that_is_chosen(world: World, first: int) -> None:
    claim = waiting(world)[0]
    held = review.take(world.bob, claim.pk)
    review.save_draft(held.pk, world.bob, {"rationale": "Half a thought."})
    review.go_away(world.bob, days(first, 3), release=True)
    held.refresh_from_db()
    claim.refresh_from_db()
    assert (held.state, claim.state) == ("released", "queued")
    assert Event.objects.of("claim", claim.pk).filter(kind="claim.released", actor=world.bob).count() == 1
    assert review.newest_draft(claim, world.bob) is not None


def test_only_at_the_desk_that_is_named(world: World) -> None:
    desks.set_member(world.elsewhere, world.bob, "reviewer")
    Desk.objects.filter(pk=world.elsewhere.pk).update(timezone="Pacific/Kiritimati")
    held = [
        review.take(world.bob, factories.queued_claims(world, 1, desk=desk)[0].pk)
        for desk in (world.desk, world.elsewhere)
    ]
    review.go_away(world.bob, days(1, 3), desk_id=world.elsewhere.pk, release=True)
    assert [Assignment.objects.get(pk=row.pk).state for row in held] == ["active", "released"]
    review.go_away(world.bob, days(1, 2))
    found = Membership.objects.filter(user=world.bob).select_related("desk").order_by("pk")
    assert [member.away for member in found] == [days(1, 2)] * 2, "each by the clock of its desk"
    assert len({member.away_from for member in found}) == 2


def test_nobody_is_reminded_while_away(world: World) -> None:
    held = review.take(world.bob, waiting(world)[0].pk)
    review.go_away(world.bob, days(0, 3))
    hours = timedelta(hours=6.5)
    for name in ("queued_at", "due_at", "notice_at"):
        setattr(held, name, getattr(held, name) - hours)
    held.save(update_fields=["queued_at", "due_at", "notice_at"])
    assert review.watch() == 0
    held.refresh_from_db()
    assert held.notice_at == held.due_at, "looked at again when it is due, which comes before bob is back"
    review.come_back(world.bob)
    Assignment.objects.filter(pk=held.pk).update(notice_at=Now())
    assert review.watch() == 1
    assert Notification.objects.filter(user=world.bob, kind="due_soon").count() == 1


def test_of_what_is_overdue_the_editors_hear_and_not_whoever_is_away(world: World) -> None:
    held = review.take(world.bob, waiting(world)[0].pk)
    review.go_away(world.bob, days(0, 3))
    past = Now() - timedelta(hours=1)
    Assignment.objects.filter(pk=held.pk).update(due_at=past, notice_at=past)
    assert review.watch() == 1
    people = set(Notification.objects.filter(kind="overdue").values_list("user__username", flat=True))
    assert "bob" not in people
    assert "carol" in people


def test_it_is_in_the_history_of_the_desk(world: World) -> None:
    review.go_away(world.bob, days(0, 3))
    review.come_back(world.bob)
    told = Event.objects.of("desk", world.desk.pk).filter(actor=world.bob).order_by("pk")
    assert [event.kind for event in told] == ["desk.member_away", "desk.member_back"]
    assert told[0].data["last_day"] == days(0, 3).last.isoformat()
    with pytest.raises(Conflict) as refused:
        review.come_back(world.bob)
    assert refused.value.problems[0].code == "not_away"


def test_what_makes_no_sense_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refused:
        review.go_away(world.bob, days(3, 0))
    assert refused.value.problems[0].field == "last_day"
    with pytest.raises(Forbidden):
        review.go_away(world.ruth, days(0, 3))
    with pytest.raises(Forbidden):
        review.go_away(world.bob, days(0, 3), desk_id=world.elsewhere.pk)


@pytest.mark.parametrize(
    "columns", [{"away_from": Now()}, {"away_until": Now()}, {"away_from": Now(), "away_until": Now()}]
)
def test_the_database_wants_an_end_after_the_beginning(world: World, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="membership_away_has_an_end"), transaction.atomic():
        Membership.objects.filter(user=world.bob).update(**columns)
