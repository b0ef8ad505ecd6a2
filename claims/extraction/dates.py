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
RELATIVE = re.compile(
    rf"\b(?:(?P<which>last|next|this)\s+)?(?:(?P<day>{_DAY})(?!\s+\d|,\s+\d)|(?P<month>{_MONTH}))\b(?!\s+\d)"
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
    if which == "next" or ahead:
        return published + timedelta(days=(7 - distance) % 7 or 7)
    return published - timedelta(days=distance or (7 if which == "last" else 0))


def resolve(found: re.Match[str], published: date, *, ahead: bool = False) -> tuple[str, date | None] | None:
    """The words that stand for a match of RELATIVE, and the day where it is one; None when it cannot be told."""
    which = (found["which"] or "").lower()
    if found["day"]:
        day = weekday(found["day"], published, which, ahead=ahead)
        return written(day), day
    if found["month"]:
        if which not in {"last", "next"} or not found["month"][0].isupper():
            return None
        number = _MONTHS.index(found["month"].lower()) + 1
        past = published.year if number < published.month else published.year - 1
        return f"{found['month'].title()} {past if which == 'last' else past + 1}", None
    word = " ".join(found["word"].lower().split())
    days = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
    if word in days:
        day = published + timedelta(days=days[word])
        return f"on {written(day)}", day
    by = {"last": -1, "next": 1, "this": 0}[word.split()[0]]
    return f"in {_month_before(published, by) if word.endswith('month') else published.year + by}", None
