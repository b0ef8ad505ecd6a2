"""In which order claims come, and how a choice of them is written."""

import pytest

from claims.rules.finding import KEPT, Order, as_query, order


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


def test_what_is_empty_is_left_out_and_zero_and_no_are_not() -> None:
    empty = dict.fromkeys(KEPT, "") | {"article": None, "suspected": False, "view": "list"}
    assert as_query(empty) == as_query({}) == ""
    assert as_query({"priority_to": 0, "narrator_claim": False, "suspected": True}) == (
        "priority_to=0&narrator_claim=0&suspected=1"
    )
    assert as_query({"q": "a&b=c", "state": "queued", "desk": 4, "limit": 9}) == "q=a%26b%3Dc&state=queued"
