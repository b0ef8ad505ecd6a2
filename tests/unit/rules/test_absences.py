"""Days away: what they are in a desk's time zone, and which make no sense."""

from datetime import UTC, date, datetime, timedelta

import pytest

from claims.rules import absences
from claims.rules.absences import DAYS_AT_MOST, Days

TODAY = date(2026, 3, 28)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Kyiv", "America/St_Johns", "Pacific/Apia"])
def test_days_are_whole_ones_of_the_desk(zone: str) -> None:
    # The clocks of Kyiv go forward within them.
    wanted = Days(TODAY, TODAY + timedelta(days=2))
    since, until = absences.times(wanted, zone)
    assert (since.hour, since.minute, until.hour, until.minute) == (0, 0, 0, 0)
    assert absences.days(since.astimezone(UTC), until.astimezone(UTC), zone) == wanted


def test_a_short_day_is_a_day() -> None:
    since, until = absences.times(Days(date(2026, 3, 29), date(2026, 3, 29)), "Europe/Kyiv")
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=23)
    assert since.astimezone(UTC) == datetime(2026, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (0, 0, None),
        (-400, 0, "too_far"),
        (-5, 3, None),
        (1, 0, "before_the_first"),
        (-3, -1, "over"),
        (0, DAYS_AT_MOST, None),
        (0, DAYS_AT_MOST + 1, "too_far"),
        (DAYS_AT_MOST, DAYS_AT_MOST, None),
        (400, 401, "too_far"),
    ],
)
def test_what_makes_no_sense_is_said(first: int, last: int, code: str | None) -> None:
    wanted = Days(TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    found = absences.problems(wanted, TODAY)
    assert [each.code for each in found] == ([code] if code else [])


def test_the_last_year_of_the_calendar_is_refused_and_does_not_fail() -> None:
    assert absences.problems(Days(date.max, date.max), TODAY)[0].code == "too_far"
    assert absences.problems(Days(date.min, TODAY), TODAY)[0].code == "too_far"
