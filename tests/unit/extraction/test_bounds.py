"""No text makes the engine fail, lie about its offsets or take more than linear work."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claims.extraction.encoder import FOLDER
from claims.extraction.pipeline import extract
from claims.extraction.types import Attribution, Extraction

PIECES = st.sampled_from(
    [
        *"“”‘’\"'«»()[]:;,.!?–—\n\t ",
        *("\n\n", "\x00", "\ud800", "\u202e", "عربي", "é", "𝔘", "’s"),
        *(" said ", " told ", "Ann Lee", " the council ", "which ", " denies ", "accused ", " of ", "that ", "He "),
        *("according to ", " on Monday", " and ", "what ", " to have ", "lying", "...", ". . .", "reportedly "),
        *("\nLEE: ", "\nEK: ", "LEE: ...\n", "told reporters: ", "MAYOR QUITS - ", "by Mary Jones "),
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))


@given(TEXTS, st.sampled_from([FOLDER, None]))
@settings(max_examples=400, deadline=None)
@example("“They sold the bridge and . . .” Ann Lee said.", None)
@example("PENCE: ...\n\nPENCE: Well, it fell. Ann Lee told reporters: ...", None)
@example("The minister allegedly lied and reportedly stole 3 cars.", None)
def test_every_span_is_a_slice_of_the_text_and_every_reference_exists(text: str, model: Path | None) -> None:
    result = extract(text, model=model)
    ids = {attribution.id for attribution in result.attributions}
    for attribution in result.attributions:
        assert attribution.content
        assert 0.0 <= attribution.confidence <= 1.0
        for span in attribution.source + attribution.cue + attribution.content:
            assert 0 <= span.start < span.end <= len(text)
            assert span.text == text[span.start : span.end]
        for reference in (attribution.parent, attribution.responds_to):
            assert reference is None or (reference in ids and reference != attribution.id)
        assert no_circle(result, attribution)
    for claim in result.claims:
        assert {link.id for link in claim.attributions} <= ids
        assert 0.0 <= claim.check_worthiness <= 1.0
    for restated in result.restatements:
        assert restated.span.text == text[restated.span.start : restated.span.end]


def no_circle(result: Extraction, attribution: Attribution) -> bool:
    parents = {one.id: one.parent for one in result.attributions}
    seen: set[str | None] = set()
    here: str | None = attribution.id
    while here is not None and here not in seen:
        seen.add(here)
        here = parents[here]
    return here is None


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
    "quotations without a tag": lambda n: "She said so.\n\n“It fell on Monday.” And so on.\n\n" * (n // 10),
    "a long turn": lambda n: "LEE: " + SENTENCE * (n // 10) + "\n\nLEE: No.",
    "namesakes": lambda n: "".join(
        f"Ann{chr(97 + k % 26)}{chr(97 + k // 26 % 26)} Lee came. Lee left.\n" for k in range(n // 4)
    ),
    "holders of a role": lambda n: "".join(
        f"The minister Bo{chr(97 + k % 26)}{chr(97 + k // 26 % 26)} Ek came. The minister said it fell.\n"
        for k in range(n // 8)
    ),
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
