"""When a desk works: hours of the week in its own zone, public holidays, and days that are different.

A desk without a calendar works round the clock. Points in time are aware; lengths are lengths of real time, so that the
night in which clocks are put forward has an hour less to work in, if the desk works at that hour at all.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import holidays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS = ("hours", "country", "subdivision", "closed", "open")
DAYS_LIMIT = 1000
# No due time is that far away, unless the calendar is as good as never open.
HORIZON = timedelta(days=366 * 40)
DAY_MINUTES = 24 * 60


@functools.cache
def zones() -> frozenset[str]:
    """The names of the tz database. Python reads a whole folder for them, which a page cannot wait for each time."""
    return frozenset(available_timezones())


Interval = tuple[int, int]
"""Minutes of a day by its clock, 0 to 1440, the end excluded. It never goes over midnight."""

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


class NeverOpenError(ValueError):
    """A calendar has no working time within HORIZON."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """``hours`` has the intervals of each weekday, Monday first; ``opened`` those of days that have their own."""

    zone: str
    hours: tuple[tuple[Interval, ...], ...]
    country: str = ""
    subdivision: str = ""
    closed: frozenset[date] = frozenset()
    opened: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    def of(self, day: date) -> tuple[Interval, ...]:
        """The working intervals of one day, in order."""
        if day in self.opened:
            return self.opened[day]
        if day in self.closed or (self.country and day in _public(self.country, self.subdivision, day.year)):
            return ()
        return self.hours[day.weekday()]


@functools.lru_cache(maxsize=512)
def _public(country: str, subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


# --- As a desk's policy writes it -------------------------------------------------------------------------------------


def read(policy: Any, zone: str) -> Calendar | None:
    """The calendar that a desk's JSON means; None for an empty one. Raises ValueError with all that is wrong.

    ``{"hours": {"mon": [["09:00", "17:00"]], …}, "country": "DE", "subdivision": "BE", "closed": ["2026-12-24"],
    "open": {"2026-12-19": [["10:00", "14:00"]]}}``; all but the hours may be left out.
    """
    wrong = problems(policy)
    if wrong:
        raise ValueError(" ".join(wrong))
    if not policy:
        return None
    return Calendar(
        zone=zone,
        hours=tuple(_intervals(policy["hours"].get(name, [])) for name in WEEKDAYS),
        country=policy.get("country", ""),
        subdivision=policy.get("subdivision", ""),
        closed=frozenset(date.fromisoformat(day) for day in policy.get("closed", [])),
        opened={date.fromisoformat(day): _intervals(given) for day, given in policy.get("open", {}).items()},
    )


def _intervals(given: list[list[str]]) -> tuple[Interval, ...]:
    return tuple((_minutes(start), _minutes(end)) for start, end in given)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def problems(policy: Any) -> list[str]:
    """What is wrong with a desk's JSON, in sentences; empty when it can be read."""
    if not isinstance(policy, dict):
        return ["Working time is an object with the hours of each weekday, or an empty one for round the clock."]
    if not policy:
        return []
    wrong = [f"There is no “{name}” here. Use {', '.join(FIELDS)}." for name in policy if name not in FIELDS]
    hours = policy.get("hours")
    if not isinstance(hours, dict) or set(hours) - set(WEEKDAYS) or not any(hours.values()):
        wrong.append(f"“hours” has intervals for at least one weekday: {', '.join(WEEKDAYS)}.")
    else:
        wrong += [text for name, given in hours.items() for text in _wrong_intervals(name, given)]
    return wrong + _wrong_country(policy) + _wrong_days(policy)


def _wrong_intervals(name: str, given: Any) -> list[str]:
    if not isinstance(given, list) or len(given) > 12 or not all(_is_interval(each) for each in given):
        return [f'“{name}” has a list of intervals such as ["09:00", "17:00"], each within one day; 24:00 ends it.']
    parts = _intervals(given)
    if any(after[0] < before[1] for before, after in pairwise(parts)):
        return [f"The intervals of “{name}” follow each other and do not overlap."]
    return []


def _is_interval(given: Any) -> bool:
    if not (isinstance(given, list) and len(given) == 2 and all(isinstance(part, str) for part in given)):
        return False
    if not all(_CLOCK.fullmatch(part) for part in given):
        return False
    start, end = map(_minutes, given)
    return start < end <= DAY_MINUTES


def _wrong_country(policy: dict[str, Any]) -> list[str]:
    country, subdivision = policy.get("country", ""), policy.get("subdivision", "")
    if not country and not subdivision:
        return []
    known = _countries()
    if not isinstance(country, str) or country not in known:
        return ["“country” is a two-letter code whose holidays are known, such as DE, GB or UA."]
    if subdivision and subdivision not in known[country]:
        codes = ", ".join(known[country]) or "none; leave it empty"
        return [f"“subdivision” is a part of {country} whose holidays are known: {codes}."]
    return []


@functools.cache
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries()


def _wrong_days(policy: dict[str, Any]) -> list[str]:
    wrong = []
    closed, opened = policy.get("closed", []), policy.get("open", {})
    if not isinstance(closed, list) or len(closed) > DAYS_LIMIT or not all(map(_is_day, closed)):
        wrong.append(f"“closed” is a list of at most {DAYS_LIMIT} days such as 2026-12-24.")
    if not isinstance(opened, dict) or len(opened) > DAYS_LIMIT or not all(map(_is_day, opened)):
        wrong.append(f"“open” has at most {DAYS_LIMIT} days such as 2026-12-19, each with its intervals.")
    else:
        wrong += [text for name, given in opened.items() for text in _wrong_intervals(name, given)]
    return wrong


def _is_day(given: Any) -> bool:
    try:
        return isinstance(given, str) and date.fromisoformat(given).isoformat() == given
    except ValueError:
        return False


# --- Reckoning --------------------------------------------------------------------------------------------------------


def add_working_time(calendar: Calendar | None, start: datetime, duration: timedelta) -> datetime:
    """When that much working time has passed since ``start``, in UTC; ``start`` itself for none.

    Work that ends with the day's last minute ends then, and not the next morning. Raises NeverOpenError.
    """
    if calendar is None or duration <= timedelta():
        return start.astimezone(UTC) + max(duration, timedelta())
    left = duration
    for opening, closing in _openings(calendar, start):
        if closing - opening >= left:
            return opening + left
        left -= closing - opening
    raise NeverOpenError("This calendar has too little working time.")


def working_time_between(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """How much working time lies between the two; none where ``end`` is not later."""
    if end <= start:
        return timedelta()
    if calendar is None:
        return end - start
    total = timedelta()
    for opening, closing in _openings(calendar, start):
        if opening >= end:
            break
        total += min(closing, end) - opening
    return total


def _openings(calendar: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of working time from ``start`` on, in UTC, in order, none empty, within HORIZON."""
    zone = ZoneInfo(calendar.zone)
    behind = start.astimezone(UTC)
    first = start.astimezone(zone).date()
    for offset in range(HORIZON.days):
        day = first + timedelta(days=offset)
        for begin, end in calendar.of(day):
            # Where clocks are put forward, two stretches of the clock may be the same one of time.
            opening, closing = max(_instant(day, begin, zone), behind), _instant(day, end, zone)
            if opening < closing:
                yield opening, closing
                behind = closing


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    if minutes == DAY_MINUTES:
        day, minutes = day + timedelta(days=1), 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), zone).astimezone(UTC)
