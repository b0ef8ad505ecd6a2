"""Intervals of the coefficients, against the same drawings done one by one."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.rules.agreement import (
    Estimate,
    Level,
    cohens_kappa,
    krippendorffs_alpha,
    measured,
    percent_agreement,
)

RATINGS = ["false", "mostly_false", "mixture", "mostly_true", "true"]
RANKS = [(5, 5)] * 9 + [(1, 1)] * 8 + [(3, 4)] * 6 + [(2, 1)] * 5 + [(3, 3)] * 4 + [(5, 1)] * 2 + [(4, 4)] * 6
PAIRS = [(RATINGS[one - 1], RATINGS[other - 1]) for one, other in RANKS]


def one_by_one(pairs: Sequence[tuple[Any, Any]], coefficient: Callable[[Any], float | None]) -> tuple[float, float]:
    """The percentile interval as the textbook has it, with other random numbers."""
    drawing = random.Random(7)  # noqa: S311 - a test's drawings are no secret
    found = sorted(coefficient(drawing.choices(pairs, k=len(pairs))) or 0.0 for _ in range(2_000))
    return found[50], found[-50]


@pytest.mark.parametrize(
    ("name", "pairs", "coefficient"),
    [
        ("percent", PAIRS, percent_agreement),
        ("kappa", PAIRS, cohens_kappa),
        ("alpha", PAIRS, krippendorffs_alpha),
        ("ordinal", RANKS, lambda ranks: krippendorffs_alpha(ranks, Level.ORDINAL, [1, 2, 3, 4, 5])),
    ],
)
def test_the_interval_is_that_of_drawing_one_by_one(
    name: str, pairs: Sequence[tuple[Any, Any]], coefficient: Callable[[Any], float | None]
) -> None:
    found: Estimate = getattr(measured(PAIRS, RANKS), name)
    assert found.value == coefficient(pairs)
    assert (found.low, found.high) == pytest.approx(one_by_one(pairs, coefficient), abs=0.03)


def test_the_same_reviews_have_the_same_interval() -> None:
    assert measured(PAIRS, RANKS) == measured(PAIRS, RANKS)


def test_more_claims_make_it_narrower() -> None:
    few, many = measured(PAIRS).alpha, measured(PAIRS * 16).alpha
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert (many.high - many.low) == pytest.approx((few.high - few.low) / 4, rel=0.15)


def test_nothing_to_compare() -> None:
    found = measured([])
    assert (found.n, found.ranked) == (0, 0)
    assert found.percent == found.kappa == found.alpha == found.ordinal == Estimate()


def test_agreement_on_everything_has_no_interval_that_looks_certain() -> None:
    found = measured([("true", "true"), ("false", "false"), ("mixture", "mixture")])
    assert found.percent == found.kappa == Estimate(1.0)
    assert found.alpha == Estimate(1.0)


def test_no_interval_where_most_drawings_define_nothing() -> None:
    """One claim of three differs: without it only one value is left, in 3 of 10 drawings."""
    found = measured([("true", "true"), ("true", "true"), ("true", "false")])
    assert found.percent.low is not None
    assert found.alpha.value is not None
    assert found.alpha.low is None


def test_what_has_no_number_is_left_out_of_the_ordinal_alpha_alone() -> None:
    found = measured([*PAIRS, ("unproven", "true"), ("unproven", "unproven")], RANKS)
    assert (found.n, found.ranked) == (len(PAIRS) + 2, len(RANKS))
    assert found.ordinal == measured(PAIRS, RANKS).ordinal
    assert found.alpha != measured(PAIRS, RANKS).alpha


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=40))
def test_bounds_are_in_order_and_possible(pairs: list[tuple[str, str]]) -> None:
    found = measured(pairs, [(ord(one), ord(other)) for one, other in pairs])
    for estimate in (found.percent, found.kappa, found.alpha, found.ordinal):
        if estimate.low is not None:
            assert estimate.high is not None
            assert -1.0001 <= estimate.low < estimate.high <= 1.0001


@pytest.mark.parametrize("ranks", [[(3, 3)] * 5, [(3, 3)]])
def test_one_value_alone_is_undefined_at_the_ordinal_level_too(ranks: list[tuple[int, int]]) -> None:
    assert measured([("x", "x")] * len(ranks), ranks).ordinal == Estimate()
