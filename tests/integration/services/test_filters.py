"""Filters that people keep: whose they are, who sees them, and what the database does not let in."""

import pytest
from django.db import IntegrityError, transaction

from claims.models.events import Event
from claims.models.filters import NAME_LIMIT, SavedFilter
from claims.rules.refusals import Absent, Forbidden, Refused
from claims.services import filters
from tests import factories
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def test_ones_own_and_what_is_shared_at_the_desk(world: World) -> None:
    own = filters.save(world.desk, " Late   ones ", "due=overdue", shared=False, actor=world.alice)
    shared = filters.save(world.desk, "Queue", "state=queued", shared=True, actor=world.carol)
    assert own.name == "Late ones"
    assert list(filters.visible(world.alice)) == [own, shared]
    assert list(filters.visible(world.bob)) == [shared]
    assert not filters.visible(world.mallory).exists()
    world.bob.memberships.update(active=False)
    assert not filters.visible(world.bob).exists()
    told = Event.objects.filter(kind="filter.saved")
    assert [event.data["name"] for event in told] == ["Queue"], "what is one's own is nobody else's matter"


def test_the_same_name_again_replaces(world: World) -> None:
    one = filters.save(world.desk, "Queue", "state=queued", shared=False, actor=world.alice)
    two = filters.save(world.desk, "Queue", "state=queued&due=day", shared=True, actor=world.alice)
    assert (one.pk, two.query, two.shared) == (two.pk, "state=queued&due=day", True)
    other = filters.save(world.desk, "Queue", "", shared=False, actor=world.bob)
    assert other.pk != one.pk


def test_who_may_share_and_who_may_drop(world: World) -> None:
    with pytest.raises(Forbidden):
        filters.save(world.desk, "Mine", "", shared=True, actor=world.ruth)
    with pytest.raises(Absent):
        filters.save(world.desk, "Mine", "", shared=False, actor=world.mallory)
    own = filters.save(world.desk, "Mine", "", shared=False, actor=world.ruth)
    shared = filters.save(world.desk, "Ours", "", shared=True, actor=world.alice)
    for person in (world.carol, world.mallory):
        with pytest.raises(Absent):
            filters.remove(own.pk, actor=person)
    with pytest.raises(Forbidden):
        filters.remove(shared.pk, actor=world.bob)
    filters.remove(shared.pk, actor=world.carol)
    filters.remove(own.pk, actor=world.ruth)
    assert not SavedFilter.objects.exists()
    assert Event.objects.filter(kind="filter.removed").count() == 1


def test_what_cannot_be_kept_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, query in (("", ""), (" ", ""), ("x" * (NAME_LIMIT + 1), ""), ("x", "q=" + "y" * 2000), ("x", "a\nb")):
        with pytest.raises(Refused):
            filters.save(world.desk, name, query, shared=False, actor=world.alice)
    monkeypatch.setattr(filters, "MOST", 1)
    filters.save(world.desk, "One", "", shared=False, actor=world.alice)
    filters.save(world.desk, "One", "q=x", shared=False, actor=world.alice)
    with pytest.raises(Refused, match="Remove one first"):
        filters.save(world.desk, "Two", "", shared=False, actor=world.alice)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"name": ""}, "saved_filter_has_a_name"),
        ({"name": "One"}, "saved_filter_named_once"),
        ({"name": "Two", "query": "a\nb"}, "saved_filter_is_one_line"),
    ],
)
def test_the_database_holds_it(world: World, fields: dict[str, str], constraint: str) -> None:
    SavedFilter.objects.create(desk=world.desk, owner=world.alice, name="One")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SavedFilter.objects.create(desk=world.desk, owner=world.alice, **fields)
