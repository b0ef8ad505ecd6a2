"""Agreement on spans, against the worked example of the book that defines it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules.agreement import Estimate
from claims.rules.unitizing import Continuum, Unit, measured, stretches, unitizing_alpha

# Krippendorff (2004), section 11.6: a continuum from 150 to 450, two observers, the categories c and k.
C = ([(75, 145), (220, 250)], [(70, 150), (205, 225), (250, 270)])
K = ([(30, 90), (150, 200)], [(30, 90), (150, 200)])
LENGTH = 300


def test_the_worked_example() -> None:
    """c: 0.7286; k: 1; both: 0.859."""
    assert unitizing_alpha([C], LENGTH) == pytest.approx(0.7286, abs=0.00005)
    assert unitizing_alpha([K], LENGTH) == 1
    assert unitizing_alpha([C, K], LENGTH) == pytest.approx(0.859, abs=0.0005)


def test_who_is_first_does_not_matter() -> None:
    assert unitizing_alpha([(C[1], C[0])], LENGTH) == pytest.approx(unitizing_alpha([C], LENGTH))


def test_bounds_that_are_nearly_right_weigh_less_than_spans_that_one_alone_has() -> None:
    marked = [(20, 40), (60, 90)]
    near = unitizing_alpha([(marked, [(21, 40), (60, 88)])], 200)
    alone = unitizing_alpha([(marked, [(20, 40)])], 200)
    apart = unitizing_alpha([(marked, [(100, 120), (140, 170)])], 200)
    assert near is not None
    assert alone is not None
    assert apart is not None
    assert 1 > near > 0.99 > alone > 0 > apart


def test_a_span_cut_in_two_is_no_full_agreement() -> None:
    cut = unitizing_alpha([([(20, 40)], [(20, 30), (30, 40)])], 200)
    assert cut is not None
    assert 0 < cut < 1


def test_undefined_where_nobody_marked_anything() -> None:
    assert unitizing_alpha([([], [])], LENGTH) is None
    assert unitizing_alpha([], LENGTH) is None


@pytest.mark.parametrize("units", [[(5, 5)], [(0, 9), (8, 12)], [(8, 12), (0, 4)], [(290, 301)], [(-1, 4)]])
def test_spans_that_cannot_be_are_refused(units: list[Unit]) -> None:
    with pytest.raises(ValueError, match="is empty, overlaps the one before, or leaves the text"):
        unitizing_alpha([(units, [])], LENGTH)


def test_nested_and_crossing_spans_become_stretches() -> None:
    assert stretches([(9, 12), (0, 5), (2, 3), (4, 7), (7, 9), (0, 5)]) == [(0, 7), (7, 9), (9, 12)]
    assert stretches([]) == []


SPANS = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 10)).map(lambda at: (at[0], at[0] + at[1])), min_size=1)


@given(SPANS)
def test_the_same_spans_agree_fully(spans: list[Unit]) -> None:
    units = stretches(spans)
    assert unitizing_alpha([(units, units)], 120) == 1


@given(SPANS, SPANS)
def test_never_above_full_agreement(one: list[Unit], other: list[Unit]) -> None:
    found = unitizing_alpha([(stretches(one), stretches(other))], 120)
    assert found is not None
    assert found <= 1


# --- Over many texts --------------------------------------------------------------------------------------------------


@given(SPANS, SPANS, st.integers(100, 150))
def test_one_text_alone_has_the_alpha_of_the_book(one: list[Unit], other: list[Unit], length: int) -> None:
    marked = stretches(one), stretches(other)
    assert measured([[Continuum(*marked, length)]]).value == pytest.approx(unitizing_alpha([marked], length))


def test_the_worked_example_as_one_of_many() -> None:
    found = measured([[Continuum(*C, LENGTH)]])
    assert found.value == pytest.approx(0.7286, abs=0.00005)
    assert (found.low, found.high) == (None, None), "drawing the same text again tells nothing"


def test_many_texts_are_nearly_one_text_in_a_row() -> None:
    """Only that no span is laid across the end of a text tells them apart."""
    cases, one, other = [], list[Unit](), list[Unit]()
    for number in range(40):
        begin = 100 + number
        mine, theirs = (begin, begin + 60), (begin + number % 7, begin + 60)
        cases.append([Continuum([mine], [theirs], 2_000)])
        one.append((number * 2_000 + mine[0], number * 2_000 + mine[1]))
        other.append((number * 2_000 + theirs[0], number * 2_000 + theirs[1]))
    found = measured(cases)
    assert found.value == pytest.approx(unitizing_alpha([(one, other)], 80_000), abs=0.001)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high
    assert measured(cases[23:] + cases[:23]).value == pytest.approx(found.value)


def test_nobody_marked_any_and_full_agreement_have_no_interval() -> None:
    assert measured([]) == measured([[Continuum([], [], 50)]] * 3) == Estimate()
    assert measured([[Continuum([(3, 9)], [(3, 9)], 50)]] * 3) == Estimate(1.0)


def test_a_case_of_many_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves the text"):
        measured([[Continuum([(3, 9)], [(3, 9)], 50)], [Continuum([(3, 51)], [], 50)]])
