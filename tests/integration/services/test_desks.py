"""Desks and their people."""

import pytest

from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event
from claims.models.verdicts import Rating
from claims.rules.ratings import DEFAULT_SCALES
from claims.rules.refusals import Refused
from claims.services import desks
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_new_desk_has_both_scales_and_its_first_event() -> None:
    desk = desks.create("Harbour Desk", "harbour")
    for axis, scale in DEFAULT_SCALES.items():
        stored = Rating.objects.filter(scale__desk=desk, scale__axis=axis.value, scale__active=True)
        assert [rating.key for rating in stored.order_by("position")] == [rating.key for rating in scale.ratings]
    assert [event.kind for event in Event.objects.of("desk", desk.pk)] == ["desk.created"]


def test_a_member_is_in_the_history_with_every_change_of_role() -> None:
    world = factories.world()
    desks.set_member(world.desk, world.ruth, Role.REVIEWER, actor=world.dora, topics=["bridges"])
    assert desks.role_at(world.desk.pk, world.ruth) is Role.REVIEWER
    assert Membership.objects.get(desk=world.desk, user=world.ruth).topics == ["bridges"]
    last = Event.objects.of("desk", world.desk.pk).last()
    assert last is not None
    assert (last.kind, last.from_state, last.to_state) == ("desk.member_set", "reader", "reviewer")
    assert (last.actor, last.data) == (world.dora, {"user": world.ruth.pk})


def test_strangers_and_people_who_left_have_no_role() -> None:
    world = factories.world()
    Membership.objects.filter(user=world.bob).update(active=False)
    assert desks.role_at(world.desk.pk, world.mallory) is None
    assert desks.role_at(world.desk.pk, world.bob) is None
    assert not Desk.objects.of(world.bob).exists()
    assert list(Desk.objects.of(world.mallory)) == [world.elsewhere]


def test_an_unknown_role_is_refused_by_name() -> None:
    world = factories.world()
    with pytest.raises(Refused) as refused:
        desks.set_member(world.desk, world.ruth, "emperor")
    assert refused.value.problems[0].field == "role"
    assert "reviewer" in refused.value.problems[0].message
    assert desks.role_at(world.desk.pk, world.ruth) is Role.READER


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"slug": "two words"}, "slug"), ({"name": ""}, "name"), ({"lease_minutes": 0}, "lease_minutes")],
)
def test_a_desk_that_cannot_be_is_refused_and_the_field_is_named(fields: dict[str, object], named: str) -> None:
    details: dict[str, object] = {"name": "Harbour Desk", "slug": "harbour"} | fields
    with pytest.raises(Refused) as refused:
        desks.create(**details)  # type: ignore[arg-type] # wrong on purpose
    assert [problem.field for problem in refused.value.problems] == [named]
    assert not Desk.objects.exists()


def test_two_desks_cannot_share_an_address() -> None:
    desks.create("Harbour Desk", "harbour")
    with pytest.raises(Refused) as refused:
        desks.create("Other", "harbour")
    assert refused.value.problems[0].field == "slug"
