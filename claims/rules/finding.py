"""How claims are looked for: in which order, due by when, and which states a board shows in which lane."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

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


class Stage(StrEnum):
    """Where the work stands, in a few words: what a board has as its lanes."""

    WAITING = "waiting"
    AT_WORK = "at_work"
    COMPARED = "compared"
    DONE = "done"


# The states of each lane, in the order in which a claim passes them; but what the machine holds back from the queue
# does not stand above it. What was left out or taken back is on no board.
STAGES: dict[Stage, tuple[ClaimState, ...]] = {
    Stage.WAITING: (_S.QUEUED, _S.TRIAGED),
    Stage.AT_WORK: (_S.ASSIGNED, _S.IN_REVIEW, _S.ON_HOLD, _S.CHANGES_REQUESTED),
    Stage.COMPARED: (_S.SUBMITTED, _S.SECOND_REVIEW, _S.ADJUDICATION),
    Stage.DONE: (_S.DECIDED, _S.PUBLISHED),
}


# What a kept filter holds, in the order of the page; addresses of the page and of REST both read it.
KEPT = (
    *("view", "q", "state", "reviewer", "due", "sort", "source", "outlet", "topic", "language", "checkability"),
    *("article", "priority_from", "priority_to", "narrator_claim", "suspected"),
)


def as_query(asked: Mapping[str, Any]) -> str:
    """The filters as the query of an address; what is empty asks for nothing and is left out."""
    found = {name: asked.get(name) for name in KEPT}
    if not found["suspected"]:
        found["suspected"] = None
    if found["view"] == "list":
        found["view"] = None
    written = {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in found.items()}
    return urlencode([(name, written[name]) for name, value in found.items() if value not in (None, "")])


def order(wanted: str, state: str) -> Order:
    """The order that was asked for; else of one state the most important first, as the queue has them."""
    if wanted:
        return Order(wanted)
    return Order.PRIORITY if state else Order.NEWEST
