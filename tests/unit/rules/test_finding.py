"""In which order claims come, in which lane they stand, and how a choice of them is written."""

import pytest

from claims.rules.finding import KEPT, STAGES, Order, Stage, as_query, order
from claims.rules.workflow import ClaimState


@pytest.mark.parametrize(
    ("wanted", "state", "found"),
    [
        ("", "", Order.NEWEST),
        ("", "queued", Order.PRIORITY),
        ("changed", "queued", Order.CHANGED),
        ("newest", "queued", Order.NEWEST),
    ],
)
def test_the_order_that_was_asked_for_else_what_fits(wanted: str, state: str, found: Order) -> None:
    assert order(wanted, state) is found


def test_each_state_at_work_stands_in_one_lane_and_the_queue_at_its_top() -> None:
    states = [state for lane in STAGES.values() for state in lane]
    put_aside = {"extracted", "dismissed", "reopened", "retracted", "archived"}
    assert sorted(states) == sorted(set(ClaimState) - put_aside)
    assert STAGES[Stage.WAITING][0] == ClaimState.QUEUED


def test_what_is_empty_is_left_out_and_zero_and_no_are_not() -> None:
    empty = dict.fromkeys(KEPT, "") | {"article": None, "suspected": False, "view": "list"}
    assert as_query(empty) == as_query({}) == ""
    assert as_query({"priority_to": 0, "narrator_claim": False, "suspected": True}) == (
        "priority_to=0&narrator_claim=0&suspected=1"
    )
    assert as_query({"q": "a&b=c", "state": "queued", "desk": 4, "limit": 9}) == "q=a%26b%3Dc&state=queued"
