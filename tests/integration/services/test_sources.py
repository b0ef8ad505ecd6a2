"""The desk's verbs on the register: the change is the register's, the event is the desk's."""

from collections.abc import Callable

import pytest

from claims.models.events import Event
from claims.rules.refusals import Refused
from claims.services import sources
from sources.models import Source
from tests import factories
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def kinds(source: Source) -> list[str]:
    return [event.kind for event in Event.objects.of("source", source.pk)]


def test_each_change_leaves_its_event_with_who_did_it(world: World) -> None:
    source = sources.create("person", "Anna Bell", actor=world.dora)
    sources.rename(source, "Anna Smith", actor=world.dora)
    alias = sources.add_alias(source, "role", "the mayor", actor=world.dora)
    sources.remove_alias(alias, actor=world.dora)
    into = sources.create("person", "Anna Smith-Bell", actor=world.dora)
    merge = sources.merge(source, into, actor=world.dora, reason="The same person")
    sources.undo_merge(merge.pk, actor=world.dora)
    assert kinds(source) == [
        "source.created", "source.renamed", "source.alias_added", "source.alias_removed", "source.merged",
        "source.merge_undone",
    ]  # fmt: skip
    assert set(Event.objects.of("source", source.pk).values_list("actor", flat=True)) == {world.dora.pk}
    assert factories.history_is_whole()


def test_a_change_that_makes_no_sense_is_refused_and_leaves_no_event(world: World) -> None:
    source = sources.create("person", "Anna Bell", actor=world.dora)
    own_name = source.aliases.get()
    calls: dict[str, Callable[[], object]] = {
        "kind": lambda: sources.create("ghost", "X", actor=world.dora),
        "name": lambda: sources.rename(source, " ", actor=world.dora),
        "into": lambda: sources.merge(source, source, actor=world.dora, reason="x"),
        "reason": lambda: sources.merge(source, source, actor=world.dora, reason=""),
    }
    for field, call in calls.items():
        with pytest.raises(Refused) as refused:
            call()
        assert [problem.field for problem in refused.value.problems] == [field]
    with pytest.raises(Refused):
        sources.remove_alias(own_name, actor=world.dora)
    assert kinds(source) == ["source.created"]


def test_an_articles_speakers_are_linked_to_the_register_by_suggestion(world: World) -> None:
    bell = sources.create("person", "Anna Bell", actor=world.dora)
    article = factories.ready_article(world)
    found = article.revisions.get().attributions.filter(resolved_sources__source=bell)
    assert found.exists()
    link = found[0].resolved_sources.get()
    assert link.confirmed_by is None
    assert "Anna Bell" in link.reason
