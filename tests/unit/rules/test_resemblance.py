"""The same story slightly edited is near; another story, however like its headline, is not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules.resemblance import HASHES, LEAD, NEAR_FROM, resemblance, sketch

SEEDS = sorted((Path(__file__).parents[3] / "seeds" / "articles").glob("*.txt"))


def near(one: str, other: str) -> bool:
    return resemblance(sketch(one), sketch(other)) >= NEAR_FROM


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_an_edited_story_is_near_and_every_other_story_is_not(seed: Path) -> None:
    text = seed.read_text(encoding="utf-8")
    body = text.partition("\n")[2]
    edited = (
        "A wholly different headline\n" + body.replace(" said ", " told reporters ") + "\nThe editor added this line.\n"
    )
    assert near(text, edited)
    assert near(text, text.upper().replace("\n", "  \n"))
    assert not any(near(text, other.read_text(encoding="utf-8")) for other in SEEDS if other != seed)


def test_the_same_headline_alone_is_not_near() -> None:
    headline = "Mayor says that the bridge is safe\n"
    assert not near(
        headline + "On Monday the council met, and nobody spoke of anything but the price of bread and of milk.",
        headline + "Engineers closed both lanes after a crack was found under the southern pillar at noon yesterday.",
    )


def test_too_little_says_nothing() -> None:
    assert sketch("Only three words") == []
    assert resemblance([], []) == 0
    assert not near("Only three words", "Only three words")


def test_what_comes_after_the_lead_costs_nothing() -> None:
    text = "one word and another " * (LEAD // 20)
    assert sketch(text) == sketch(text + "x " * 1_000_000)


@given(st.text(max_size=500), st.text(max_size=500))
def test_resemblance_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    left, right = sketch(one), sketch(other)
    assert len(left) <= HASHES
    assert all(-(2**63) <= each < 2**63 for each in left)
    assert 0 <= resemblance(left, right) == resemblance(right, left) <= 1
    assert resemblance(left, left) == bool(left)
