"""Working time: hours, holidays, days that are different, clocks that are put forward and back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.rules import calendars
from claims.rules.calendars import WEEKDAYS, Calendar, add_working_time, working_time_between

OFFICE = {"hours": {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in WEEKDAYS[:5]}}
BERLIN = ZoneInfo("Europe/Berlin")


def office(zone: str = "Europe/Berlin", **more: Any) -> Calendar:
    found = calendars.read(OFFICE | more, zone)
    assert found is not None
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-11-27 09:00", 3, "2026-11-27 12:00"),  # not 13:00: the work is done when the morning ends
        ("2026-11-27 09:00", 4, "2026-11-27 14:00"),
        ("2026-11-27 11:30", 1, "2026-11-27 13:30"),
        ("2026-11-27 16:00", 2, "2026-11-30 10:00"),  # over the weekend
        ("2026-11-28 03:00", 1, "2026-11-30 10:00"),  # begun on a Saturday night
        ("2026-11-27 12:30", 0, "2026-11-27 12:30"),
        ("2026-12-31 16:00", 2, "2027-01-01 10:00"),  # across the year; no holidays are named
        ("2026-11-23 09:00", 70, "2026-12-04 17:00"),
    ],
)
def test_hours_of_an_office(start: str, duration: int, end: str) -> None:
    assert add_working_time(office(), at(start), hours(duration)) == at(end)
    assert working_time_between(office(), at(start), at(end)) == hours(duration)


def test_a_desk_without_a_calendar_works_round_the_clock() -> None:
    assert calendars.read({}, "Europe/Berlin") is None
    assert add_working_time(None, at("2026-11-28 23:00"), hours(2)) == at("2026-11-29 01:00")
    assert working_time_between(None, at("2026-11-28 23:00"), at("2026-11-29 01:00")) == hours(2)


def test_holidays_of_a_country_and_of_a_part_of_it() -> None:
    """8 March, a Monday in 2027, is a holiday in Berlin and a day of work in Bavaria."""
    sunday = at("2027-03-07 12:00")
    berlin, bavaria = (office(country="DE", subdivision=part) for part in ("BE", "BY"))
    assert add_working_time(bavaria, sunday, hours(1)) == at("2027-03-08 10:00")
    assert add_working_time(berlin, sunday, hours(1)) == at("2027-03-09 10:00")
    new_year = add_working_time(berlin, at("2026-12-31 16:00"), hours(2))
    assert new_year == at("2027-01-04 10:00"), "1 January is a holiday, and a Friday"


def test_days_that_are_different() -> None:
    odd = office(
        country="DE",
        closed=["2026-11-30"],
        open={"2026-11-28": [["10:00", "11:00"]], "2026-12-25": [["09:00", "10:00"]]},
    )
    assert odd.of(date(2026, 11, 28)) == ((600, 660),)
    assert add_working_time(odd, at("2026-11-27 17:00"), hours(2)) == at("2026-12-01 10:00")
    assert odd.of(date(2026, 12, 25)) == ((540, 600),), "open on a holiday"


def night(zone: str) -> Calendar:
    found = calendars.read({"hours": {day: [["00:00", "06:00"]] for day in WEEKDAYS}}, zone)
    assert found is not None
    return found


def test_the_night_in_which_clocks_are_put_forward_has_an_hour_less() -> None:
    start, end = at("2026-03-29 00:00"), at("2026-03-29 06:00")
    assert working_time_between(night("Europe/Berlin"), start, end) == hours(5)
    assert add_working_time(night("Europe/Berlin"), start, hours(5)) == end


def test_the_night_in_which_they_are_put_back_has_an_hour_more() -> None:
    start, end = at("2026-10-25 00:00"), at("2026-10-25 06:00")
    assert working_time_between(night("Europe/Berlin"), start, end) == hours(7)
    assert add_working_time(night("Europe/Berlin"), start, hours(7)) == end


def test_an_office_keeps_its_clock_when_the_zone_changes_its_own() -> None:
    """A week over the change of clocks has its 35 hours, and ends at 17:00 as before."""
    for monday in ("2026-03-23 09:00", "2026-03-30 09:00", "2026-10-19 09:00", "2026-10-26 09:00"):
        end = add_working_time(office(), at(monday), hours(35))
        assert end.astimezone(BERLIN).strftime("%a %H:%M") == "Fri 17:00"


def test_stretches_that_fall_into_the_missing_hour_are_not_counted_twice() -> None:
    policy = {"hours": {"sun": [["02:00", "02:45"], ["03:00", "04:00"]]}}
    found = calendars.read(policy, "Europe/Berlin")
    assert working_time_between(found, at("2026-03-29 00:00"), at("2026-03-29 12:00")) == hours(1)


def test_a_day_that_ends_at_midnight() -> None:
    late = calendars.read({"hours": {"fri": [["22:00", "24:00"]], "sat": [["00:00", "01:00"]]}}, "Europe/Berlin")
    assert add_working_time(late, at("2026-11-27 20:00"), hours(2.5)) == at("2026-11-28 00:30")


@pytest.mark.parametrize(
    "policy",
    [
        [], "office", 7, {"hours": {}}, {"hours": {"mon": []}}, {"hours": []}, {"country": "DE"},
        {"hours": {"monday": [["09:00", "17:00"]]}}, {"hours": {"mon": [["17:00", "09:00"]]}},
        {"hours": {"mon": [["9:00", "17:00"]]}}, {"hours": {"mon": [["09:00", "24:30"]]}},
        {"hours": {"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}}, {"hours": {"mon": ["09:00", "17:00"]}},
        {"hours": {"mon": [["22:00", "06:00"]]}}, {"hours": {"mon": [[9, 17]]}},
        {"hours": {"mon": None, "tue": [["1", 2]]}},
        OFFICE | {"country": "Atlantis"}, OFFICE | {"country": "DE", "subdivision": "Prussia"},
        OFFICE | {"country": 7}, OFFICE | {"country": ["DE"]}, OFFICE | {"subdivision": "BE"},
        OFFICE | {"closed": ["24 Dec"]},
        OFFICE | {"closed": "2026-12-24"}, OFFICE | {"closed": ["20261224"]}, OFFICE | {"open": ["2026-12-19"]},
        OFFICE | {"open": {"2026-12-19": [["14:00", "10:00"]]}}, OFFICE | {"lunch": True},
    ],
)  # fmt: skip
def test_what_is_no_working_time_is_told(policy: Any) -> None:
    assert calendars.problems(policy)
    with pytest.raises(ValueError, match=r"\w"):
        calendars.read(policy, "UTC")


def test_a_calendar_that_is_as_good_as_never_open() -> None:
    never = Calendar("UTC", ((),) * 7)
    with pytest.raises(calendars.NeverOpenError):
        add_working_time(never, at("2026-11-27 09:00"), hours(1))


# --- Whatever the calendar --------------------------------------------------------------------------------------------

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")


@st.composite
def any_calendar(draw: st.DrawFn) -> Calendar:
    def intervals() -> tuple[tuple[int, int], ...]:
        marks = sorted(draw(st.lists(st.integers(0, 1440), max_size=6, unique=True)))
        return tuple(zip(marks[::2], marks[1::2], strict=False))

    week = [intervals() for _ in range(7)]
    week[draw(st.integers(0, 6))] = ((0, draw(st.integers(60, 1440))),)
    country, subdivision = draw(st.sampled_from([("", ""), ("DE", "BE"), ("UA", ""), ("US", "TX")]))
    days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
    return Calendar(
        zone=draw(st.sampled_from(ZONES)),
        hours=tuple(week),
        country=country,
        subdivision=subdivision,
        closed=frozenset(draw(st.lists(days, max_size=3))),
        opened={day: intervals() for day in draw(st.lists(days, max_size=3))},
    )


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
DURATIONS = st.timedeltas(timedelta(), timedelta(hours=200))


@settings(max_examples=200, deadline=None)
@given(any_calendar(), MOMENTS, DURATIONS)
def test_what_was_added_lies_between(calendar: Calendar, start: datetime, duration: timedelta) -> None:
    end = add_working_time(calendar, start, duration)
    assert end >= start
    assert working_time_between(calendar, start, end) == duration


@settings(max_examples=100, deadline=None)
@given(any_calendar(), MOMENTS, MOMENTS, DURATIONS, DURATIONS)
def test_later_and_longer_end_later(
    calendar: Calendar, one: datetime, other: datetime, short: timedelta, more: timedelta
) -> None:
    early, late = sorted((one, other))
    assert add_working_time(calendar, early, short) <= add_working_time(calendar, late, short)
    assert add_working_time(calendar, early, short) <= add_working_time(calendar, early, short + more)


@settings(max_examples=100, deadline=None)
@given(any_calendar(), st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_two_stretches_are_as_long_as_both(calendar: Calendar, moments: list[datetime]) -> None:
    first, second, third = moments
    parts = working_time_between(calendar, first, second) + working_time_between(calendar, second, third)
    assert parts == working_time_between(calendar, first, third)
    assert parts <= third - first
