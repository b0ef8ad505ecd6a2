"""When claims are due by policy and by hand, and which step has come."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from claims.rules import calendars, deadlines
from claims.rules.deadlines import Policy, Step

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OFFICE = calendars.read({"hours": {day: [["09:00", "17:00"]] for day in calendars.WEEKDAYS[:5]}}, "UTC")
HOURS = deadlines.read_hours([{"from_priority": 0, "hours": 40}, {"from_priority": 80, "hours": 4}])
POLICY = Policy(OFFICE, HOURS, remind_share=0.25, escalate_after=8)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("priority", "due"),
    [
        (100, MONDAY + hours(4)),
        (80, MONDAY + hours(4)),
        (79, MONDAY + timedelta(days=4, hours=8)),
        (0, MONDAY + timedelta(days=4, hours=8)),
    ],
)
def test_the_highest_step_below_a_priority_counts(priority: int, due: datetime) -> None:
    assert deadlines.due_at(POLICY, priority, MONDAY) == due


def test_without_a_step_only_a_deadline_by_hand_counts() -> None:
    policy = Policy(hours=((80, 4.0),))
    assert deadlines.due_at(policy, 79, MONDAY) is None
    assert deadlines.due_at(policy, 79, MONDAY, MONDAY + hours(1)) == MONDAY + hours(1)
    assert deadlines.due_at(policy, 80, MONDAY, MONDAY + hours(1)) == MONDAY + hours(1)
    assert deadlines.due_at(policy, 80, MONDAY, MONDAY + hours(9)) == MONDAY + hours(4), "the earlier of both"


def test_each_step_has_its_time() -> None:
    due = deadlines.due_at(POLICY, 90, MONDAY)
    assert due is not None
    told = [
        (passed, deadlines.step_at(POLICY, MONDAY, due, MONDAY + hours(passed)))
        for passed in (0, 2.9, 3, 3.9, 4, 26, 28)
    ]
    # Eight working hours after 13:00 on Monday it is 13:00 on Tuesday.
    steps = [None, None, Step.REMIND, Step.REMIND, Step.OVERDUE, Step.OVERDUE, Step.ESCALATE]
    assert [step for _, step in told] == steps


def test_a_desk_that_escalates_never_stays_at_overdue() -> None:
    policy = Policy(hours=((0, 1.0),))
    assert deadlines.step_at(policy, MONDAY, MONDAY + hours(1), MONDAY + hours(10_000)) is Step.OVERDUE


def test_a_deadline_that_was_over_when_the_claim_came() -> None:
    assert deadlines.step_at(POLICY, MONDAY, MONDAY - hours(1), MONDAY) is Step.OVERDUE
    assert deadlines.remind_at(POLICY, MONDAY, MONDAY - hours(1)) == MONDAY - hours(1)


@pytest.mark.parametrize(
    "given",
    [
        {}, "4", 4, [4], [{}], [{"from_priority": 80}], [{"from_priority": 80, "hours": 4, "days": 1}],
        [{"from_priority": "80", "hours": 4}], [{"from_priority": 80.5, "hours": 4}],
        [{"from_priority": True, "hours": 4}],
        [{"from_priority": -1, "hours": 4}], [{"from_priority": 101, "hours": 4}], [{"from_priority": 80, "hours": 0}],
        [{"from_priority": 80, "hours": float("nan")}],
        [{"from_priority": 80, "hours": 1001}], [{"from_priority": 80, "hours": None}],
        [{"from_priority": 80, "hours": 4}, {"from_priority": 80, "hours": 5}],
        [{"from_priority": n, "hours": 1} for n in range(21)],
    ],
)  # fmt: skip
def test_what_are_no_due_hours_is_told(given: Any) -> None:
    assert deadlines.problems(given)


def test_no_hours_at_all_are_a_policy_too() -> None:
    assert deadlines.problems([]) == []
    assert deadlines.read_hours([]) == ()


@pytest.mark.parametrize(
    ("away", "code"),
    [(timedelta(0), "over"), (timedelta(minutes=1), None), (timedelta(days=3652), None),
     (timedelta(days=3661), "too_far")],
)  # fmt: skip
def test_a_deadline_lies_within_ten_years(away: timedelta, code: str | None) -> None:
    found = deadlines.problem(MONDAY + away, MONDAY)
    assert (found and found.code) == code


def test_the_last_minute_of_the_calendar_is_too_far_in_every_zone() -> None:
    found = deadlines.problem(datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-5))), MONDAY)
    assert found is not None
    assert found.code == "too_far"


@pytest.mark.parametrize("hours", [10**400, -(10**400), float("nan"), float("inf"), 1001, True, "4"])
def test_hours_that_no_float_holds_are_named(hours: Any) -> None:
    assert len(deadlines.problems([{"from_priority": 0, "hours": hours}])) == 1


def test_hours_that_a_calendar_has_no_room_for_are_named() -> None:
    hardly = calendars.read({"hours": {"mon": [["09:00", "09:10"]]}}, "UTC")
    policy = Policy(hardly, ((0, 1000.0),), escalate_after=1000)
    assert [each.field for each in deadlines.unreachable(policy, MONDAY)] == ["due_hours", "escalate_after_hours"]
    # Ten minutes a week are 87 hours in ten years; the horizon of the calendar itself is four times as far.
    assert [each.field for each in deadlines.unreachable(Policy(hardly, ((0, 90.0),)), MONDAY)] == ["due_hours"]
    assert deadlines.unreachable(Policy(hardly, ((0, 80.0),), escalate_after=1), MONDAY) == []
    assert deadlines.unreachable(POLICY, MONDAY) == []
