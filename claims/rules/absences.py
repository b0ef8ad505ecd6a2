"""When somebody is away from a desk: whole days by the desk's clock, and what makes no sense of them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from claims.rules.workflow import Missing

# Whoever is away for longer leaves the desk, and comes back to it.
DAYS_AT_MOST = 366


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last one, both of them away."""

    first: date
    last: date


def written(known: Days | None) -> str:
    """The days as one interval (ISO 8601), nothing for none: what a page remembers of what it showed."""
    return f"{known.first}/{known.last}" if known else ""


def days(since: datetime, until: datetime, zone: str) -> Days:
    """The days from ``since`` to just before ``until`` (both aware), in the time zone of that name."""
    at = ZoneInfo(zone)
    return Days(since.astimezone(at).date(), (until - timedelta(microseconds=1)).astimezone(at).date())


def times(wanted: Days, zone: str) -> tuple[datetime, datetime]:
    """When the first day begins there and when the last one is over, both aware."""
    at = ZoneInfo(zone)
    return _midnight(wanted.first, at), _midnight(wanted.last + timedelta(days=1), at)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def problems(wanted: Days, today: date) -> list[Missing]:
    """Why these days cannot be stored, or nothing."""
    if wanted.last < wanted.first:
        return [Missing("last_day", "before_the_first", "The last day is before the first one.")]
    if wanted.last < today:
        return [Missing("last_day", "over", "These days are over. Choose a later last day.")]
    # From today on: so far into the future no calendar fails.
    if wanted.last - min(wanted.first, today) > timedelta(days=DAYS_AT_MOST):
        message = f"At most {DAYS_AT_MOST} days ahead and in all, please."
        return [Missing("last_day", "too_far", message)]
    return []
