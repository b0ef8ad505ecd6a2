"""Until when a claim is to be reviewed, and who is told when that comes near and passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from claims.rules.calendars import Calendar, NeverOpenError, add_working_time, working_time_between
from claims.rules.workflow import Missing

HOURS_LIMIT = 1000
STEPS_LIMIT = 20
# A claim that can wait longer needs no deadline; and no calendar reaches as far as a year that was mistyped.
YEARS_LIMIT = 10
# What is due from then on was mistyped, whatever day it is.
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST = timedelta(days=366 * YEARS_LIMIT)


class Step(IntEnum):
    """What is told of a due time, in this order; and that a claim is on hold for longer than it may be unseen."""

    REMIND = 1
    OVERDUE = 2
    ESCALATE = 3
    HOLD_OVERDUE = 4


@dataclass(frozen=True, slots=True)
class Policy:
    """A desk's: ``hours`` of working time from each priority on, which share of it is left at the reminder (0..1), and
    how many working hours after the due time the lead is told (None: never).
    """

    calendar: Calendar | None = None
    hours: tuple[tuple[int, float], ...] = ()
    remind_share: float = 0.25
    escalate_after: float | None = None


def read_hours(given: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, float], ...]:
    """``[{"from_priority": 80, "hours": 4}, …]`` as pairs, the highest priority first."""
    return tuple(sorted(((step["from_priority"], float(step["hours"])) for step in given), reverse=True))


def problems(given: Any) -> list[str]:
    """What is wrong with a desk's list of hours, in sentences; empty when it can be read."""
    example = '{"from_priority": 80, "hours": 4}'
    if not isinstance(given, list) or len(given) > STEPS_LIMIT:
        return [f"Due hours are a list of at most {STEPS_LIMIT} steps such as {example}."]
    wrong = []
    for step in given:
        if not isinstance(step, dict) or set(step) != {"from_priority", "hours"}:
            return [f"Each step of the due hours looks like {example}."]
        priority, hours = step["from_priority"], step["hours"]
        if type(priority) is not int or not 0 <= priority <= 100:
            wrong.append("“from_priority” is a whole number from 0 to 100.")
        # Compared as it is: a number of hundreds of digits has no float, and what is no number is within nothing.
        if type(hours) not in (int, float) or not 0 < hours <= HOURS_LIMIT:
            wrong.append(f"“hours” is a number above 0, at most {HOURS_LIMIT}.")
    if not wrong and len({step["from_priority"] for step in given}) < len(given):
        wrong.append("Name each priority once.")
    return wrong


def problem(deadline: datetime, now: datetime) -> Missing | None:
    """Why an editor cannot set this deadline (both aware), or None."""
    if deadline <= now:
        return Missing("deadline", "over", "This time is over. Choose a later one.")
    if deadline - now > LONGEST or deadline >= NEVER:
        message = f"This time is more than {YEARS_LIMIT} years away. Choose an earlier one."
        return Missing("deadline", "too_far", message)
    return None


def due_at(policy: Policy, priority: int, since: datetime, deadline: datetime | None = None) -> datetime | None:
    """When a claim of this priority is due that waits ``since`` then: by the policy or by hand, the earlier."""
    hours = next((hours for least, hours in policy.hours if priority >= least), None)
    by_policy = None if hours is None else add_working_time(policy.calendar, since, timedelta(hours=hours))
    return min((at for at in (by_policy, deadline) if at is not None), default=None)


def unreachable(policy: Policy, now: datetime) -> list[Missing]:
    """Which hours the calendar is not open for within YEARS_LIMIT years, beginning at ``now`` (aware)."""
    given = {"due_hours": max((hours for _, hours in policy.hours), default=0.0)}
    if policy.escalate_after is not None:
        given["escalate_after_hours"] = policy.escalate_after
    message = f"By the desk's working time this takes more than {YEARS_LIMIT} years. Take fewer hours, or open longer."
    return [Missing(name, "too_far", message) for name, hours in given.items() if not _soon(policy, hours, now)]


def _soon(policy: Policy, hours: float, now: datetime) -> bool:
    try:
        return add_working_time(policy.calendar, now, timedelta(hours=hours)) - now <= LONGEST
    except (NeverOpenError, OverflowError):
        return False


def remind_at(policy: Policy, since: datetime, due: datetime) -> datetime:
    """When so much of the working time between the two has passed that only the policy's share of it is left."""
    whole = working_time_between(policy.calendar, since, due)
    return min(due, add_working_time(policy.calendar, since, whole * (1 - policy.remind_share)))


def escalate_at(policy: Policy, due: datetime) -> datetime | None:
    """When the lead is told."""
    if policy.escalate_after is None:
        return None
    return add_working_time(policy.calendar, due, timedelta(hours=policy.escalate_after))


def step_at(policy: Policy, since: datetime, due: datetime, now: datetime) -> Step | None:
    """The highest step that has come by ``now``; those below it are not told any more."""
    last = escalate_at(policy, due)
    if last is not None and now >= last:
        return Step.ESCALATE
    if now >= due:
        return Step.OVERDUE
    return Step.REMIND if now >= remind_at(policy, since, due) else None


def after(policy: Policy, due: datetime, told: Step) -> datetime | None:
    """When the step behind ``told`` comes, if one does."""
    if told is Step.REMIND:
        return due
    return escalate_at(policy, due) if told is Step.OVERDUE else None
