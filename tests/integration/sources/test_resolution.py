"""From the words of an article to the register: a suggestion with a score and a reason, never a merge."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sources import resolution
from sources import services as register
from sources.models import Source
from tests import factories

pytestmark = pytest.mark.django_db


def named(surface: str, on: date | None = None) -> list[tuple[str, float]]:
    found = resolution.resolve([surface], on).get(surface, [])
    return [(suggestion.source.name, suggestion.score) for suggestion in found]


@pytest.fixture
def norway() -> Source:
    aliases = [("metonym", "Oslo"), ("transliteration", "Norge")]
    return register.create("government", "Government of Norway", aliases=aliases)


def test_names_metonyms_and_transliterations_are_known_each_with_its_weight(norway: Source) -> None:
    assert named("government of  NORWAY") == [("Government of Norway", 1.0)]
    assert named("Norge") == [("Government of Norway", 0.95)]
    assert named("Oslo") == [("Government of Norway", 0.8)]
    assert named("Bergen") == []
    assert named(" ") == []
    reason = resolution.resolve(["Oslo"])["Oslo"][0].reason
    assert "Oslo" in reason
    assert "metonym" in reason


def test_what_several_share_is_shared_out_and_said(norway: Source) -> None:
    register.create("organisation", "City of Oslo", aliases=[("metonym", "Oslo")])
    assert named("Oslo") == [("Government of Norway", 0.4), ("City of Oslo", 0.4)]
    assert "1 more" in resolution.resolve(["Oslo"])["Oslo"][0].reason


def test_a_role_means_whoever_held_it_on_the_day() -> None:
    old, new = register.create("person", "Anna Bell"), register.create("person", "Mark Osei")
    register.add_alias(old, "role", "the mayor", valid_from=date(2016, 1, 1), valid_to=date(2020, 6, 30))
    register.add_alias(new, "role", "the mayor", valid_from=date(2020, 7, 1))
    assert named("the mayor", date(2020, 6, 30)) == [("Anna Bell", 0.75)]
    assert named("the mayor", date(2020, 7, 1)) == [("Mark Osei", 0.75)]
    assert named("the mayor", date(2015, 1, 1)) == []
    assert len(named("the mayor")) == 2


def test_a_word_in_small_letters_is_no_abbreviation() -> None:
    """An article says "an official, who asked not to be named": that was linked to the World Health Organization."""
    register.create("organisation", "World Health Organization", aliases=[("name", "WHO")])
    assert named("who") == []
    assert named("Who") == [("World Health Organization", 1.0)]
    assert named("WHO") == [("World Health Organization", 1.0)]
    assert named("world health organization") == [("World Health Organization", 1.0)]
    assert named("Bergen and who") == []


def test_two_speakers_in_one_phrase_are_both_found_unless_the_phrase_is_a_name(norway: Source) -> None:
    register.create("collective", "the West")
    assert [name for name, _ in named("Oslo and the West")] == ["Government of Norway", "the West"]
    register.create("organisation", "Oslo and the West")
    assert named("Oslo and the West") == [("Oslo and the West", 1.0)]


def test_readers_follow_the_pointer_of_a_merge(norway: Source) -> None:
    kingdom = register.create("government", "Kingdom of Norway")
    register.merge(norway, kingdom, by=factories.user("dora"), reason="The same state")
    assert named("Oslo") == [("Kingdom of Norway", 0.8)]


def test_many_surfaces_cost_one_query(norway: Source) -> None:
    with CaptureQueriesContext(connection) as captured:
        resolution.resolve([f"Speaker {number}" for number in range(50)] + ["Oslo", "Norge"])
    assert len(captured) == 1
