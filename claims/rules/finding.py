"""How claims are looked for: in which order, due by when, and which states a board has as its columns."""

from datetime import timedelta
from enum import StrEnum

from claims.rules.workflow import ClaimState

_S = ClaimState


class Order(StrEnum):
    """In which order claims are listed."""

    NEWEST = "newest"
    PRIORITY = "priority"
    CHANGED = "changed"


class DueBy(StrEnum):
    """Until when a review that waits, or that somebody holds, is due."""

    OVERDUE = "overdue"
    DAY = "day"
    WEEK = "week"


# From now on, by the database's clock.
AHEAD: dict[DueBy, timedelta] = {
    DueBy.OVERDUE: timedelta(),
    DueBy.DAY: timedelta(days=1),
    DueBy.WEEK: timedelta(days=7),
}

# What is at work, in the order in which a claim passes it, and what came of it last.
COLUMNS = (
    *(_S.TRIAGED, _S.QUEUED, _S.ASSIGNED, _S.IN_REVIEW, _S.ON_HOLD, _S.SUBMITTED, _S.SECOND_REVIEW),
    *(_S.ADJUDICATION, _S.CHANGES_REQUESTED, _S.DECIDED, _S.PUBLISHED),
)


def order(wanted: str, state: str) -> Order:
    """The order that was asked for; else of one state the most important first, as the queue has them."""
    if wanted:
        return Order(wanted)
    return Order.PRIORITY if state else Order.NEWEST
