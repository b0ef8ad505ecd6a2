"""Marked stories: what is written is what is read, and mistakes are named with their line."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.extraction import marks
from claims.extraction.marks import Marked, MarkError, Story

WRITTEN = """\
title: Ferry line denies that it ignored alarms
kind: courts
style: broadsheet, British marks
published_on: 2024-03-12

{s1:The harbour inquiry} {q1:heard} {c1:that {s3:a pilot} {q3:claimed} {c3:the alarm was off}}, {c2:which} {s2:the operator} {q2:denies}.

{r1:The alarm was off.}

===
1 asserts | harbour inquiry
2 denies | Nordhamn Line; the pilot | re=1 channel=press conference narrator=contradicts said=2024-03-11
3 asserts opt | -
"""  # noqa: E501 -- a paragraph is one line of a story


def test_spans_are_those_of_the_text_without_marks() -> None:
    story = marks.read(WRITTEN)
    first = story.attributions[0]
    assert story.text.startswith("The harbour inquiry heard that a pilot claimed")
    assert [story.text[a:b] for a, b in first.source + first.cue] == ["The harbour inquiry", "heard"]
    assert [story.text[a:b] for a, b in first.content] == ["that a pilot claimed the alarm was off"]
    assert [(story.text[a:b], number) for (a, b), number in story.restatements] == [("The alarm was off.", 1)]


def test_what_is_said_below_the_story_is_read() -> None:
    _, denial, claim = marks.read(WRITTEN).attributions
    assert (denial.responds_to, denial.channel, denial.narrator) == (1, "press conference", "contradicts")
    assert denial.said_on == date(2024, 3, 11)
    assert denial.entities == ["Nordhamn Line", "the pilot"]
    assert (claim.required, claim.entities) == (False, [])


def test_the_parent_is_the_attribution_whose_content_holds_source_and_cue() -> None:
    story = marks.read(WRITTEN)
    assert story.parents() == [None, None, 1]
    rows = story.as_json()["attributions"]
    assert [row["parent"] for row in rows] == [None, None, "A1"]
    assert rows[2]["source_entities"] == [None]


def test_pieces_that_touch_are_one_span() -> None:
    story = marks.read(WRITTEN.replace("{c2:which}", "{c2:wh}{c2:ich}"))
    assert [story.text[a:b] for a, b in story.attributions[1].content] == ["which"]


def test_writing_gives_back_what_was_read() -> None:
    assert marks.write(marks.read(WRITTEN)) == WRITTEN


def test_spans_that_cross_are_cut_and_joined_again() -> None:
    first = Marked(1, cue=[(3, 5)], content=[(6, 13)])
    second = Marked(2, cue=[(0, 2)], content=[(10, 20)])
    story = Story("t", "other", "wire", date(2024, 1, 1), "aa bb ccc ddd eee fff", [first, second])
    again = marks.read(marks.write(story))
    assert [one.content for one in again.attributions] == [[(6, 13)], [(10, 20)]]


@given(st.lists(st.sampled_from(["{", "}", "\\", "=", "===", "\n", "a", " ", "{s1:", "“"]), min_size=1).map("".join))
def test_any_text_survives_the_written_form(text: str) -> None:
    text = f"x{text}x"
    story = Story(
        "t", "other", "wire", date(2024, 1, 1), text, [Marked(1, cue=[(0, 1)], content=[(len(text) - 1, len(text))])]
    )
    if len(text) > 2:
        assert marks.read(marks.write(story)).text == text


@pytest.mark.parametrize(
    ("before", "after", "line", "problem"),
    [
        ("{q1:heard}", "{q1:heard", 6, "is not closed"),
        ("{q1:heard}", "{q1:heard}}", 6, "closes nothing"),
        ("{q1:heard}", "{x1:heard}", 6, "not a mark"),
        ("{q1:heard}", "{q1: }", 6, "an empty mark"),
        ("{q1:heard}", "{q7:heard}", 10, "attribution 7 is marked in the story and has no line"),
        ("kind: courts", "kind: gossip", 5, "none of"),
        ("kind: courts\n", "", 4, "the head lacks kind"),
        ("2024-03-12", "March", 1, "write it as 2024-03-12"),
        ("1 asserts |", "1 mumbles |", 11, "none of asserts"),
        ("3 asserts opt | -", "3 asserts opt", 13, "expected: number stance"),
        ("re=1", "re=9", 12, "there is no such attribution"),
        ("re=1 channel=press conference", "chanel=radio", 12, "cannot read"),
        ("{c3:the alarm was off}", "the alarm was off", 13, "has no content"),
        ("{q3:claimed}", "claimed", 13, "has a source and no cue"),
        ("\n===\n", "\n", 13, "the line === that ends the story is missing"),
    ],
)
def test_a_mistake_is_named_with_its_line(before: str, after: str, line: int, problem: str) -> None:
    with pytest.raises(MarkError, match=problem) as caught:
        marks.read(WRITTEN.replace(before, after, 1))
    assert caught.value.line == line


def test_entities_that_the_story_does_not_have_are_strangers() -> None:
    assert len(marks.strangers(marks.read(WRITTEN))) == 2
    assert marks.strangers(marks.read(WRITTEN.replace("Nordhamn Line", "operator; Government of Norland"))) == []


def test_a_long_story_is_read_and_written_as_any_other() -> None:
    words = "it rained on and on over the harbour and on all of the boats in it"
    body = "".join(f"{{s{n}:Ada}} {{q{n}:said}} {{c{n}:that {words}}}.\n" for n in range(1, 20_001))
    body = body.replace("{c20000:that it", "{c20000:that {s20001:Bo} {q20001:denied} {c20001:a leak}")
    rows = "".join(f"{n} asserts | - | re={n - 1 or 20_000}\n" for n in range(1, 20_002))
    written = f"title: t\nkind: local\nstyle: plain\npublished_on: 2024-03-12\n\n{body}\n===\n{rows}"
    assert len(written) > 2_000_000
    story = marks.read(written)
    assert story.parents() == [None] * 20_000 + [20_000]
    assert marks.write(story) == written


@pytest.mark.parametrize("places", [[(0, 2), (0, 3), (1, 4)], [(0, 6), (2, 4), (3, 8), (3, 5)]])
def test_marks_that_cross_several_are_joined_again(places: list[tuple[int, int]]) -> None:
    said = Marked(1, content=[(0, 10)])
    restated = [(place, number) for number, place in enumerate(places, start=1)]
    others = [Marked(number, content=[(0, 10)]) for number in range(2, len(places) + 1)]
    story = Story("t", "local", "plain", date(2024, 3, 12), "“abcdefgh”", [said, *others], restated)
    assert sorted(marks.read(marks.write(story)).restatements) == sorted(restated)
