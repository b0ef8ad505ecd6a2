"""No text makes the engine fail, lie about its offsets or take more than linear work."""

import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.extraction.pipeline import extract

PIECES = st.sampled_from(
    [
        *"“”‘’\"'«»()[]:;,.!?–—\n\t ",
        *("\n\n", "\x00", "\ud800", "\u202e", "عربي", "é", "𝔘", "’s"),
        *(" said ", " told ", "Ann Lee", " the council ", "which ", " denies ", "accused ", " of ", "that ", "He "),
        *("according to ", " on Monday", " and ", "what ", " to have ", "lying"),
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_span_is_a_slice_of_the_text_and_every_reference_exists(text: str) -> None:
    result = extract(text)
    ids = {attribution.id for attribution in result.attributions}
    for attribution in result.attributions:
        assert attribution.content
        assert 0.0 <= attribution.confidence <= 1.0
        for span in attribution.source + attribution.cue + attribution.content:
            assert 0 <= span.start < span.end <= len(text)
            assert span.text == text[span.start : span.end]
        for reference in (attribution.parent, attribution.responds_to):
            assert reference is None or (reference in ids and reference != attribution.id)
    for claim in result.claims:
        assert {link.id for link in claim.attributions} <= ids
        assert 0.0 <= claim.check_worthiness <= 1.0
    for restated in result.restatements:
        assert restated.span.text == text[restated.span.start : restated.span.end]


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_the_same_text_gives_the_same_answer(text: str) -> None:
    assert extract(text) == extract(text)


SENTENCE = "Anna Berg, the head of the union, said the council had lied about 3,000 jobs, which the council denies. "
GROWING: dict[str, Callable[[int], str]] = {
    "opening marks": lambda n: "“" * n,
    "apostrophes": lambda n: "'a " * n,
    "British marks": lambda n: "‘a’s " * n,
    "nested marks": lambda n: "“‘" * n + "a" + "’”" * n,
    "one line": lambda n: SENTENCE * (n // 10),
    "one quotation": lambda n: "“" + SENTENCE * (n // 10) + "” said Ann Lee.",
    "cues without end": lambda n: "he said that " * n,
    "one word": lambda n: "a-" * n,
    "names": lambda n: "John Smith and " * n,
    "by": lambda n: "By John " * n,
    "predicates": lambda n: "He said “" + "she walked and talked " * n + "”.",
    "wrapped lines": lambda n: "the union had told the council on Monday\n" * n,
    "lines of blanks": lambda n: "a\n" + " \t" * n + "\n" * n,
    "empty paragraphs": lambda n: "a\n\n" * n,
}


@pytest.mark.parametrize("grow", GROWING.values(), ids=GROWING.keys())
def test_twice_the_text_is_not_much_more_than_twice_the_work(grow: Callable[[int], str]) -> None:
    """Work is counted in calls, which no busy machine can slow down, not in seconds."""
    calls(grow(300))
    once, twice = calls(grow(1500)), calls(grow(3000))
    assert twice <= 2.5 * once


def calls(text: str) -> int:
    count = 0

    def counting(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counting)
    try:
        extract(text)
    finally:
        sys.setprofile(None)
    return count


def test_progress_grows_to_the_whole_length() -> None:
    text = "Ann Lee said it was late.\n\n" * 20
    seen: list[tuple[int, int]] = []
    extract(text, progress=lambda done, whole: seen.append((done, whole)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (len(text), len(text))
