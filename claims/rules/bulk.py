"""What is done to many claims at once: which verbs there are, what each asks for, and which claims it can change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from claims.rules.rights import Right
from claims.rules.workflow import BEFORE_THE_FIRST, WITH_A_PRIORITY, ClaimState, DismissReason, Missing

# More than this in one go nobody looks through beforehand.
LIMIT = 1000
UNDO_FOR = timedelta(minutes=10)


class BulkVerb(StrEnum):
    """What can be done to many claims at once."""

    DISMISS = "dismiss"
    RESTORE = "restore"
    MERGE = "merge"
    QUEUE = "queue"
    UNQUEUE = "unqueue"
    REVIEW_TWICE = "review_twice"
    SET_PRIORITY = "set_priority"
    ASSIGN = "assign"


class BulkState(StrEnum):
    """Where the work on a bulk action stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


class BulkOutcome(StrEnum):
    """What became of one claim of a bulk action. KEPT: not undone, because it changed since."""

    PENDING = "pending"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    KEPT = "kept"


# What it takes to have a verb done, one by one or to many at once.
RIGHTS = {verb: Right.ASSIGN if verb is BulkVerb.ASSIGN else Right.TRIAGE for verb in BulkVerb}

STEPS = (
    (BulkState.RUNNING, BulkState.DONE),
    (BulkState.RUNNING, BulkState.CANCELLED),
    (BulkState.DONE, BulkState.UNDOING),
    (BulkState.CANCELLED, BulkState.UNDOING),
    (BulkState.UNDOING, BulkState.UNDONE),
)
OUTCOMES = (
    (BulkOutcome.PENDING, BulkOutcome.DONE),
    (BulkOutcome.PENDING, BulkOutcome.SKIPPED),
    (BulkOutcome.PENDING, BulkOutcome.CANCELLED),
    (BulkOutcome.DONE, BulkOutcome.UNDONE),
    (BulkOutcome.DONE, BulkOutcome.KEPT),
)


@dataclass(frozen=True, slots=True)
class Order:
    """A verb with what it asks for; the other fields are empty.

    ``reason``: why dismissed (DismissReason); ``note``: further words; ``into``: the claim into which to merge;
    ``priority``: 0 to 100; ``reviewer``: a username.
    """

    verb: BulkVerb
    reason: str = ""
    note: str = ""
    into: int | None = None
    priority: int | None = None
    reviewer: str = ""

    def as_data(self) -> dict[str, Any]:
        """What of() reads: only what is there."""
        return {name: value for name, value in asdict(self).items() if name != "verb" and value not in ("", None)}

    @classmethod
    def of(cls, verb: str, data: Mapping[str, Any]) -> Self:
        return cls(BulkVerb(verb), **data)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of a claim; ``priority`` is one that an editor set.

    ``reviewed`` says that a review of this round was handed in, even where the claim waits for another one.
    ``waits`` and ``fits`` concern who is to have it: whether it waits for a reviewer, and this one may be the one.
    """

    claim: int
    state: ClaimState
    round: int = 1
    review_twice: bool = False
    reviewed: bool = False
    priority: int | None = None
    waits: bool = False
    fits: bool = False


def missing(order: Order) -> list[Missing]:
    """What the verb still asks for, by field; empty when it can be carried out."""
    found = []
    if order.verb is BulkVerb.DISMISS and order.reason not in set(DismissReason):
        known = ", ".join(DismissReason)
        found.append(Missing("reason", "unknown", f"Say why they are not taken up: {known}."))
    if order.verb is BulkVerb.MERGE and order.into is None:
        found.append(Missing("into", "blank", "Choose the claim that stays."))
    if order.verb is BulkVerb.SET_PRIORITY and (order.priority is None or not 0 <= order.priority <= 100):
        found.append(Missing("priority", "out_of_range", "The priority is a number from 0 to 100."))
    if order.verb is BulkVerb.ASSIGN and not order.reviewer:
        found.append(Missing("reviewer", "blank", "Choose who gets them."))
    if order.verb in (BulkVerb.SET_PRIORITY, BulkVerb.ASSIGN) and not order.note.strip():
        found.append(Missing("note", "blank", "Say why; it is in each claim's history."))
    return found


_IN_HANDS = (ClaimState.ASSIGNED, ClaimState.IN_REVIEW, ClaimState.ON_HOLD)


def obstacles(order: Order, claims: Sequence[Facts], room: int) -> list[Missing | None]:
    """For each claim obstacle(), in order. Of those that one reviewer is to get, only the first ``room`` fit."""
    found = []
    for facts in claims:
        why = obstacle(order, facts)
        if why is None and order.verb is BulkVerb.ASSIGN:
            room -= 1
            why = _no("no_room", "The reviewer would hold more claims than they can.") if room < 0 else None
        found.append(why)
    return found


def obstacle(order: Order, facts: Facts) -> Missing | None:
    """Why the order cannot change this claim; None when it can. The same code is the same reason for all claims."""
    state = facts.state
    if order.verb is BulkVerb.RESTORE:
        return None if state is ClaimState.DISMISSED else _no("not_dismissed", "Only what was dismissed is restored.")
    if order.verb is BulkVerb.REVIEW_TWICE:
        if facts.review_twice:
            return _no("already", "An editor has it reviewed twice already.")
        return None if state in BEFORE_THE_FIRST else _too_late()
    if order.verb is BulkVerb.SET_PRIORITY:
        if facts.priority == order.priority:
            return _no("already", "An editor has set this priority already.")
        return None if state in WITH_A_PRIORITY else _no("too_late", "Its last review is in.")
    if order.verb is BulkVerb.ASSIGN:
        if not facts.waits:
            return _no("not_in_queue", "It does not wait for a reviewer.")
        why = "The reviewer cannot have it: they had a part in it, declined it, or stand too near to it."
        return None if facts.fits else _no("not_a_candidate", why)
    if state is ClaimState.EXTRACTED:
        return _no("not_triaged", "It was just found, and has no place on the desk yet. Try again in a moment.")
    if order.verb is BulkVerb.QUEUE:
        return None if state is ClaimState.TRIAGED else _not_to_be_queued(state)
    if order.verb is BulkVerb.UNQUEUE and state is not ClaimState.QUEUED and state not in _IN_HANDS:
        return _no("not_in_queue", "It does not wait in the queue.")
    return _not_to_be_dropped(facts)


def _not_to_be_queued(state: ClaimState) -> Missing:
    if state is ClaimState.DISMISSED:
        return _no("dismissed", "It was dismissed. Restore it first.")
    return _no("already", "The reviewers have it already, or had it.")


def _not_to_be_dropped(facts: Facts) -> Missing | None:
    """Out of the queue, or dismissed: what nobody looks at, and no reader has seen a verdict on."""
    if facts.state is ClaimState.DISMISSED:
        return _no("already", "It is already dismissed.")
    if facts.state in _IN_HANDS:
        return _no("in_hands", "Somebody has it in their hands.")
    if facts.round > 1:
        return _no("reopened", "It was reopened, and is to be reviewed again.")
    if facts.reviewed:
        return _no("reviewed", "A review of it was submitted; that work is not discarded.")
    return None if facts.state in (ClaimState.TRIAGED, ClaimState.QUEUED) else _too_late()


def _too_late() -> Missing:
    return _no("too_late", "Its first review is in.")


def _no(code: str, message: str) -> Missing:
    return Missing("claim", code, message)
