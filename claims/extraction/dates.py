"""Relative time in words, resolved against the day of publication ("on Monday" → Monday 17 April 2023)."""

from __future__ import annotations

import re
from datetime import date, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAY = "|".join(_DAYS)
_MONTH = "|".join(_MONTHS)
_NO_NAME = "".join(
    rf"(?<!\b{word} )"
    for word in ("black", "good", "cyber", "easter", "ash", "palm", "shrove", "super", "bloody", "sheffield", "mail on")
)
"""Black Friday, Sheffield Wednesday and the Mail on Sunday are no days of last week."""
_COUNTS = {word: n for n, word in enumerate("a one two three four five six seven eight nine ten".split())} | {"a": 1}
RELATIVE = re.compile(
    rf"\b(?:(?P<in>in)\s+)?(?:(?P<which>last|next|this)\s+)?"
    rf"{_NO_NAME}(?:(?P<day>{_DAY})(?!\s+\d|,\s+\d|\s+(?:Times|Telegraph|Mirror|Express|Mail|Post|School|Night)\b)|(?P<month>{_MONTH}))\b(?!,?\s+\d)"
    rf"|\b(?P<count>\d{{1,2}}|{'|'.join(_COUNTS)})\s+(?P<unit>day|week|month|year)s?\s+ago\b"
    r"|\b(?P<word>yesterday|today|tomorrow|tonight|last\s+month|last\s+year|next\s+month|next\s+year|this\s+year|this\s+month)\b",
    re.IGNORECASE,
)


def _month_before(day: date, by: int) -> str:
    months = day.year * 12 + day.month - 1 + by
    return f"{_MONTHS[months % 12].title()} {months // 12}"


def written(day: date) -> str:
    """ "Monday 17 April 2023"."""
    return f"{_DAYS[day.weekday()].title()} {day.day} {_MONTHS[day.month - 1].title()} {day.year}"


def weekday(name: str, published: date, which: str = "", *, ahead: bool = False) -> date:
    """The day that a weekday's name means in a text of that day: the latest one that is not after it, unless said to
    be ahead.
    """
    distance = (published.weekday() - _DAYS.index(name.lower())) % 7
    if which == "this":
        return published + timedelta(days=-distance % 7)
    if which == "next" or ahead:
        return published + timedelta(days=-distance % 7 or 7)
    return published - timedelta(days=distance or (7 if which == "last" else 0))


def _month(found: re.Match[str], published: date, which: str, *, ahead: bool) -> tuple[str, date | None] | None:
    """ "last September", "in November": the nearest one that is over, or that is to come. A bare "May" says nothing."""
    if not found["month"][0].isupper() or not (which in {"last", "next"} or found["in"]):
        return None
    number = _MONTHS.index(found["month"].lower()) + 1
    past = published.year if number < published.month else published.year - 1
    coming = which == "next" or (not which and ahead)
    year = past + 1 if coming else past
    if not which and number == published.month:
        year = published.year
    return f"{'in ' if found['in'] else ''}{found['month'].title()} {year}", None


def _ago(count: int, unit: str, published: date) -> tuple[str, date | None]:
    if unit == "day":
        day = published - timedelta(days=count)
        return f"on {written(day)}", day
    if unit == "week":
        return f"around {written(published - timedelta(weeks=count)).split(' ', 1)[1]}", None
    return f"in {_month_before(published, -count) if unit == 'month' else published.year - count}", None


def resolve(found: re.Match[str], published: date, *, ahead: bool = False) -> tuple[str, date | None] | None:
    """The words that stand for a match of RELATIVE, and the day where it is one; None when it cannot be told."""
    try:
        return _resolved(found, published, ahead)
    except OverflowError:  # the day before the first or after the last of all
        return None


def _resolved(found: re.Match[str], published: date, ahead: bool) -> tuple[str, date | None] | None:
    which = (found["which"] or "").lower()
    if found["day"]:
        if found["in"]:
            return None
        day = weekday(found["day"], published, which, ahead=ahead)
        return written(day), day
    if found["month"]:
        return _month(found, published, which, ahead=ahead)
    if found["count"]:
        return _ago(_COUNTS.get(found["count"].lower()) or int(found["count"]), found["unit"].lower(), published)
    word = " ".join(found["word"].lower().split())
    days = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
    if word in days:
        day = published + timedelta(days=days[word])
        return f"on {written(day)}", day
    by = {"last": -1, "next": 1, "this": 0}[word.split()[0]]
    return f"in {_month_before(published, by) if word.endswith('month') else published.year + by}", None
