"""Topics are the same however they were typed, and languages are tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import topics as rules


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["Bridges", " bridges ", "BRIDGES"], ("bridges",)),
        (["war, energy", "Energy"], ("war", "energy")),
        (["public\u00a0 \thealth\n"], ("public health",)),
        (["Straße"], ("strasse",)),
        (["e\u0301nergie", "énergie"], ("énergie",)),
        (["en\u200bergy\0"], ("en ergy",)),
        (["", " , ", "\u202e"], ()),
        (["Енергетика"], ("енергетика",)),
    ],
)
def test_a_topic_is_one_however_it_was_typed(given: list[str], found: tuple[str, ...]) -> None:
    assert rules.topics(given) == found


@given(st.lists(st.text(max_size=80), max_size=8))
def test_writing_topics_twice_changes_nothing(names: list[str]) -> None:
    once = rules.topics(names)
    assert rules.topics(once) == once
    assert len(set(once)) == len(once)
    assert not any("\0" in name or "," in name or name != name.strip() or not name for name in once)


def test_topics_are_few_and_short() -> None:
    assert rules.problem(()) == ""
    assert rules.problem(["x" * 64] + [str(n) for n in range(19)]) == ""
    assert "at most 20 topics; these are 21" in rules.problem([str(n) for n in range(21)])
    assert "at most 64 characters" in rules.problem(["bridges", "x" * 65])


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["EN", "en"], ("en",)),
        (["en_gb", "pt-br"], ("en-GB", "pt-BR")),
        (["SR-LATN-rs", "zh-hant-TW"], ("sr-Latn-RS", "zh-Hant-TW")),
        (["uk, ru ,", ""], ("uk", "ru")),
        (["es-419", "sl-rozaj-1994"], ("es-419", "sl-rozaj-1994")),
        ([], ()),
    ],
)
def test_a_language_is_a_tag(given: list[str], found: tuple[str, ...]) -> None:
    assert rules.languages(given) == found
    assert rules.languages(found) == found


@pytest.mark.parametrize(
    "wrong", ["English", "e", "en-", "en--GB", "12", "en-x", "a" * 36, "en\0", "ук", "en GB", "en-abcdefghi"]
)
def test_what_is_no_tag_is_named_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no language tag\. Write it like en, uk or pt-BR"):
        rules.languages([wrong])


def test_languages_are_few() -> None:
    tags = [f"en-{region}{second}" for region in "ABC" for second in "ABCDEFG"]
    assert len(rules.languages(tags[:20])) == 20
    with pytest.raises(ValueError, match="at most 20 languages; these are 21"):
        rules.languages(tags)
