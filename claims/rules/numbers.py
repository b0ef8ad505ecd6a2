"""What a desk's steps add up to: how much waits each day, what each week brought, how often the engine was right.

Pure: the steps were counted elsewhere, and what is open now is an argument.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from claims.rules.workflow import ClaimState

# From the queue to the decision: what the desk still has to do.
OPEN = frozenset(
    {
        *(ClaimState.QUEUED, ClaimState.ASSIGNED, ClaimState.IN_REVIEW, ClaimState.ON_HOLD, ClaimState.SUBMITTED),
        *(ClaimState.SECOND_REVIEW, ClaimState.ADJUDICATION, ClaimState.CHANGES_REQUESTED, ClaimState.REOPENED),
    }
)
# How long a claim stood in one of these tells what became of a review: told only of claims that are decided.
TELLING = (ClaimState.SUBMITTED, ClaimState.SECOND_REVIEW, ClaimState.ADJUDICATION, ClaimState.CHANGES_REQUESTED)
# In which stays are measured, in the order of a claim's way. What is decided and not published yet waits as well.
MEASURED = (
    *(ClaimState.EXTRACTED, ClaimState.TRIAGED, ClaimState.QUEUED, ClaimState.ASSIGNED, ClaimState.IN_REVIEW),
    *(ClaimState.ON_HOLD, *TELLING, ClaimState.DECIDED),
)
WEEK = timedelta(days=7)
# 97.5 % of a normal distribution lie below it.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Steps:
    """How many claims went from one state to another on one day; ``before`` is empty for those just found."""

    day: date
    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class Day:
    """How many claims were open at the day's end and how many of them in the queue; how many came and were done."""

    day: date
    open: int
    queued: int
    came: int
    done: int


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in the days of one week that were asked for. ``monday`` is the week's first day, asked for or not.

    ``days`` is how many they are: of fewer than 7 the counts are no week's.
    """

    monday: date
    days: int
    decided: int
    published: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``whole``, with the interval in which the true share lies with 95 %; None where there is no whole."""

    part: int
    whole: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """What people decided on attributions that the engine found with a confidence from ``low`` to below ``high``."""

    low: float
    high: float
    confirmed: int
    corrected: int
    rejected: int
    right: Share


def days(steps: Iterable[Steps], now: Mapping[str, int], since: date, until: date) -> list[Day]:
    """Each day from ``since`` to ``until``, reckoned backwards from the states of ``now``.

    ``steps`` are all those from ``since`` until now, later ones than ``until`` included.
    """
    came: Counter[date] = Counter()
    done: Counter[date] = Counter()
    queued: Counter[date] = Counter()
    for each in steps:
        before, after = each.before in OPEN, each.after in OPEN
        came[each.day] += each.count * (after and not before)
        done[each.day] += each.count * (before and not after)
        queued[each.day] += each.count * ((each.after == ClaimState.QUEUED) - (each.before == ClaimState.QUEUED))
    is_open = sum(count for state, count in now.items() if state in OPEN)
    is_queued = now.get(ClaimState.QUEUED, 0)
    last = max([until, *came, *done, *queued])
    found = []
    for back in range((last - since).days + 1):
        day = last - timedelta(days=back)
        if day <= until:
            found.append(Day(day, is_open, is_queued, came[day], done[day]))
        is_open -= came[day] - done[day]
        is_queued -= queued[day]
    return found[::-1]


def monday(day: date) -> date:
    """The first day of its week (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def weeks(steps: Iterable[Steps], since: date, until: date) -> list[Week]:
    """Each week that has a day from ``since`` to ``until``; steps of other days count for none."""
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for each in steps:
        if since <= each.day <= until:
            counts[monday(each.day)][each.after] += each.count
    found, first = [], monday(since)
    while first <= until:
        shown = (min(until, first + WEEK - timedelta(days=1)) - max(since, first)).days + 1
        of = counts[first]
        states = ClaimState.DECIDED, ClaimState.PUBLISHED, ClaimState.DISMISSED
        found.append(Week(first, shown, *(of[state] for state in states)))
        first += WEEK
    return found


def share(part: int, whole: int) -> Share:
    """The share with its interval by Wilson (1927), which holds for few and for shares near 0 and 1 as well."""
    if not whole:
        return Share(part, whole, None, None, None)
    value = part / whole
    middle = (value + Z * Z / (2 * whole)) / (1 + Z * Z / whole)
    half = Z / (1 + Z * Z / whole) * math.sqrt(value * (1 - value) / whole + Z * Z / (4 * whole * whole))
    return Share(part, whole, value, max(0.0, middle - half), min(1.0, middle + half))


def bins(decided: Mapping[tuple[int, str], int]) -> list[Bin]:
    """The engine's attributions on which people decided, by tenths of its confidence; empty tenths are left out.

    ``decided`` counts them by (tenth, decision), the tenth from 0 to 9. Right is what was confirmed as it was found.
    """
    found = []
    for tenth in range(10):
        confirmed, corrected, rejected = (decided.get((tenth, name), 0) for name in DECISIONS)
        whole = confirmed + corrected + rejected
        if whole:
            right = share(confirmed, whole)
            found.append(Bin(tenth / 10, (tenth + 1) / 10, confirmed, corrected, rejected, right))
    return found


DECISIONS = ("confirmed", "corrected", "rejected")


def scale(highest: int, steps: int = 4) -> Sequence[int]:
    """Round numbers from 0 to at least ``highest`` by which a plot is read, ``steps`` of them above 0 at most."""
    if highest <= 0:
        return (0, 1)
    rough = max(1.0, highest / steps)
    power = 10 ** math.floor(math.log10(rough))
    step = next(math.ceil(each * power) for each in (1, 2, 5, 10) if each * power >= rough)
    return tuple(range(0, highest + step, step))


def months(counts: Mapping[date, int], limit: int) -> list[tuple[date, int]]:
    """Each month from the first that has any to the last one, those without as well; the last ``limit`` of them.

    Months are named by their first days, in ``counts`` too.
    """
    if not counts:
        return []
    found: list[tuple[date, int]] = []
    month, first = max(counts), min(counts)
    while month >= first and len(found) < limit:
        found.append((month, counts.get(month, 0)))
        month = (month - timedelta(days=1)).replace(day=1)
    return found[::-1]
