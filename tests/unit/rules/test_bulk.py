"""Which claims a bulk verb can change, by their state alone; and what each verb asks for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import bulk
from claims.rules.bulk import BulkVerb, Facts, Order
from claims.rules.workflow import TRANSITIONS, WITH_A_PRIORITY, ClaimState

S = ClaimState
CHANGEABLE = {
    BulkVerb.DISMISS: {S.TRIAGED, S.QUEUED},
    BulkVerb.MERGE: {S.TRIAGED, S.QUEUED},
    BulkVerb.RESTORE: {S.DISMISSED},
    BulkVerb.QUEUE: {S.TRIAGED},
    BulkVerb.UNQUEUE: {S.QUEUED},
    BulkVerb.REVIEW_TWICE: {S.EXTRACTED, S.TRIAGED, S.QUEUED, S.ASSIGNED, S.IN_REVIEW, S.ON_HOLD},
    BulkVerb.SET_PRIORITY: set(WITH_A_PRIORITY),
    BulkVerb.ASSIGN: set(),  # by its place in the queue, not by its state
}


def why(verb: BulkVerb, state: ClaimState, **facts: Any) -> str:
    found = bulk.obstacle(Order(verb), Facts(1, state, **facts))
    return found.code if found else ""


@pytest.mark.parametrize("verb", BulkVerb)
def test_each_verb_changes_the_claims_of_these_states_and_says_of_the_others_why_not(verb: BulkVerb) -> None:
    order = Order(verb, priority=50)
    assert {state for state in ClaimState if bulk.obstacle(order, Facts(1, state)) is None} == CHANGEABLE[verb]
    for state in set(ClaimState) - CHANGEABLE[verb]:
        found = bulk.obstacle(order, Facts(1, state))
        assert found is not None
        assert found.field == "claim"
        assert found.message.endswith(".")


@pytest.mark.parametrize("verb", [BulkVerb.DISMISS, BulkVerb.MERGE, BulkVerb.UNQUEUE])
def test_what_was_reviewed_is_not_dropped(verb: BulkVerb) -> None:
    assert (why(verb, S.QUEUED), why(verb, S.QUEUED, reviewed=True)) == ("", "reviewed")


def test_what_a_verb_changes_can_legally_become_so() -> None:
    """A rule that lets pass what the workflow refuses would promise in the preview what never happens."""
    steps = {
        BulkVerb.DISMISS: (S.TRIAGED, S.DISMISSED), BulkVerb.RESTORE: (S.DISMISSED, S.TRIAGED),
        BulkVerb.QUEUE: (S.TRIAGED, S.QUEUED), BulkVerb.UNQUEUE: (S.QUEUED, S.TRIAGED),
    }  # fmt: skip
    for verb, step in steps.items():
        assert step in TRANSITIONS
        assert step[0] in CHANGEABLE[verb]


@pytest.mark.parametrize(
    ("verb", "state", "code"),
    [
        ("dismiss", "assigned", "in_hands"),
        ("dismiss", "on_hold", "in_hands"),
        ("dismiss", "dismissed", "already"),
        ("dismiss", "extracted", "not_triaged"),
        ("merge", "second_review", "too_late"),
        ("merge", "published", "too_late"),
        ("queue", "queued", "already"),
        ("queue", "dismissed", "dismissed"),
        ("unqueue", "triaged", "not_in_queue"),
        ("unqueue", "in_review", "in_hands"),
        ("restore", "queued", "not_dismissed"),
        ("review_twice", "decided", "too_late"),
    ],
)
def test_the_reason_is_named(verb: str, state: str, code: str) -> None:
    assert why(BulkVerb(verb), ClaimState(state)) == code


def test_what_was_reopened_is_neither_dropped_nor_merged() -> None:
    for verb in (BulkVerb.DISMISS, BulkVerb.MERGE, BulkVerb.UNQUEUE):
        assert why(verb, ClaimState.QUEUED, round=2) == "reopened"


def test_what_is_reviewed_twice_already_is_left() -> None:
    assert why(BulkVerb.REVIEW_TWICE, ClaimState.QUEUED, review_twice=True) == "already"


def test_the_priority_that_an_editor_set_already_is_left() -> None:
    order = Order(BulkVerb.SET_PRIORITY, priority=70)
    found = [bulk.obstacle(order, Facts(1, ClaimState.QUEUED, priority=number)) for number in (70, 71, None)]
    assert [each.code if each else "" for each in found] == ["already", "", ""]


def test_only_as_many_are_assigned_as_fit() -> None:
    queued: dict[str, Any] = {"state": ClaimState.QUEUED, "waits": True}
    claims = [
        Facts(1, **queued, fits=True),
        Facts(2, **queued),
        Facts(3, ClaimState.ASSIGNED, fits=True),
        Facts(4, **queued, fits=True),
        Facts(5, **queued, fits=True),
    ]
    found = bulk.obstacles(Order(BulkVerb.ASSIGN, reviewer="alice"), claims, room=2)
    assert [each.code if each else "" for each in found] == ["", "not_a_candidate", "not_in_queue", "", "no_room"]
    assert len(bulk.obstacles(Order(BulkVerb.QUEUE), claims, room=0)) == 5


def test_what_each_verb_asks_for() -> None:
    assert [each.field for each in bulk.missing(Order(BulkVerb.DISMISS))] == ["reason"]
    assert [each.code for each in bulk.missing(Order(BulkVerb.DISMISS, reason="dull"))] == ["unknown"]
    assert [each.field for each in bulk.missing(Order(BulkVerb.MERGE))] == ["into"]
    assert [each.field for each in bulk.missing(Order(BulkVerb.SET_PRIORITY, priority=101))] == ["priority", "note"]
    assert [each.field for each in bulk.missing(Order(BulkVerb.ASSIGN))] == ["reviewer", "note"]
    for order in (
        Order(BulkVerb.DISMISS, reason="duplicate"),
        Order(BulkVerb.MERGE, into=3),
        Order(BulkVerb.QUEUE),
        Order(BulkVerb.SET_PRIORITY, priority=0, note="Old."),
        Order(BulkVerb.ASSIGN, reviewer="alice", note="She knows bridges."),
    ):
        assert bulk.missing(order) == []


@given(st.builds(Order))
def test_an_order_survives_its_row(order: Order) -> None:
    assert Order.of(order.verb.value, order.as_data()) == order


def test_the_steps_end() -> None:
    """Whatever is begun ends: from each state and outcome the way leads on to one without a way out."""
    for steps in (bulk.STEPS, bulk.OUTCOMES):
        befores = {before for before, _ in steps}
        ends = {after for _, after in steps} - befores
        reached = set(ends)
        for _ in steps:
            reached |= {before for before, after in steps if after in reached}
        assert befores <= reached
