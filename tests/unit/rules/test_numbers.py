"""What steps add up to, against sums done by hand."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules.numbers import OPEN, Day, Steps, Week, bins, days, monday, scale, share, weeks
from claims.rules.workflow import TRANSITIONS, ClaimState

MON, TUE, WED = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


def test_days_are_reckoned_back_from_what_is_open_now() -> None:
    steps = [
        Steps(MON, "triaged", "queued", 5),
        Steps(TUE, "queued", "assigned", 2),
        Steps(TUE, "in_review", "decided", 1),
        Steps(WED, "submitted", "decided", 1),
        Steps(WED, "extracted", "triaged", 9),
    ]
    assert days(steps, {"queued": 3, "assigned": 1, "triaged": 9}, MON, WED) == [
        Day(MON, open=6, queued=5, came=5, done=0),
        Day(TUE, open=5, queued=3, came=0, done=1),
        Day(WED, open=4, queued=3, came=0, done=1),
    ]


def test_what_came_after_the_last_day_is_taken_off_again() -> None:
    steps = [Steps(MON, "triaged", "queued", 2), Steps(WED, "triaged", "queued", 4)]
    assert days(steps, {"queued": 6}, MON, TUE) == [Day(MON, 2, 2, 2, 0), Day(TUE, 2, 2, 0, 0)]


def test_a_reopened_claim_comes_again() -> None:
    steps = [Steps(MON, "published", "reopened", 1), Steps(MON, "reopened", "queued", 1)]
    assert days(steps, {"queued": 1}, MON, MON) == [Day(MON, open=1, queued=1, came=1, done=0)]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(sorted(TRANSITIONS)), st.integers(1, 4)), max_size=30),
    st.integers(0, 50),
)
def test_each_day_is_the_one_before_and_what_came_and_went(
    made: list[tuple[int, tuple[ClaimState, ClaimState], int]], now: int
) -> None:
    steps = [Steps(date(2026, 11, 1 + day), before, after, count) for day, (before, after), count in made]
    found = days(steps, {"queued": now}, date(2026, 11, 1), date(2026, 11, 10))
    assert len(found) == 10
    assert found[-1].open == now
    for earlier, later in pairwise(found):
        assert later.open == earlier.open + later.came - later.done


def test_open_is_from_the_queue_to_the_decision() -> None:
    assert {state for state in ClaimState if state not in OPEN} == {
        *(ClaimState.EXTRACTED, ClaimState.TRIAGED, ClaimState.DISMISSED, ClaimState.DECIDED),
        *(ClaimState.PUBLISHED, ClaimState.RETRACTED, ClaimState.ARCHIVED),
    }


def test_weeks_begin_on_monday_and_say_how_much_of_them_was_asked_for() -> None:
    steps = [
        Steps(date(2026, 11, 19), "submitted", "decided", 7),
        Steps(date(2026, 11, 22), "in_review", "decided", 2),
        Steps(MON, "decided", "published", 1),
        Steps(TUE, "triaged", "dismissed", 3),
        Steps(WED, "submitted", "decided", 5),
    ]
    assert weeks(steps, date(2026, 11, 20), TUE) == [
        Week(date(2026, 11, 16), 3, decided=2, published=0, dismissed=0),
        Week(MON, 2, decided=0, published=1, dismissed=3),
    ]
    assert [week.days for week in weeks([], MON, date(2026, 12, 6))] == [7, 7]
    assert monday(date(2026, 11, 29)) == MON


def test_a_share_has_the_interval_of_wilson() -> None:
    """By the formula worked in E. B. Wilson (1927), as R's prop.test(8, 10, correct = FALSE) prints it."""
    found = share(8, 10)
    assert found.value == 0.8
    assert found.low == pytest.approx(0.4901625, abs=1e-6)
    assert found.high == pytest.approx(0.9433178, abs=1e-6)
    certain = share(10, 10)
    assert certain.low is not None
    assert certain.low < 0.75
    assert certain.high == pytest.approx(1.0)
    assert share(0, 0).value is share(0, 0).low is None


def test_bins_keep_their_denominator() -> None:
    low, high = bins({(3, "rejected"): 2, (9, "confirmed"): 6, (9, "corrected"): 3, (9, "rejected"): 1})
    assert (low.low, low.high, low.right.part, low.right.whole) == (0.3, 0.4, 0, 2)
    assert (high.low, high.high, high.confirmed, high.corrected, high.rejected) == (0.9, 1.0, 6, 3, 1)
    assert (high.right.value, high.right.whole) == (0.6, 10)
    assert bins({}) == []


@given(st.integers(0, 10**7))
def test_a_scale_reaches_its_highest_value_in_few_round_steps(highest: int) -> None:
    marks = scale(highest)
    assert marks[0] == 0
    assert marks[-1] >= highest
    assert 2 <= len(marks) <= 6
    assert str(marks[1]).rstrip("0") in ("1", "2", "5")
