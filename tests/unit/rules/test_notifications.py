"""In which way people are told without having chosen, and when a digest is due."""

from datetime import UTC, date, datetime

import pytest

from claims.rules.notifications import DEFAULTS, DigestTime, Kind, Way, digest_day

KYIV = DigestTime(hour=8, days=(1, 2, 3, 4, 5), zone="Europe/Kyiv")
FRIDAY = date(2026, 11, 27)


def test_every_kind_has_a_way_and_nothing_is_off() -> None:
    assert set(DEFAULTS) == set(Kind)
    assert Way.OFF not in DEFAULTS.values()
    assert DEFAULTS[Kind.ASSIGNED] is Way.AT_ONCE
    assert DEFAULTS[Kind.PUBLISHED] is Way.DIGEST


@pytest.mark.parametrize(
    ("at", "last", "due"),
    [
        (datetime(2026, 11, 27, 5, 59, tzinfo=UTC), None, None),  # 07:59 in Kyiv
        (datetime(2026, 11, 27, 6, 0, tzinfo=UTC), None, FRIDAY),
        (datetime(2026, 11, 27, 21, 59, tzinfo=UTC), date(2026, 11, 26), FRIDAY),  # nothing ran in the morning
        (datetime(2026, 11, 27, 9, 0, tzinfo=UTC), FRIDAY, None),
        (datetime(2026, 11, 27, 22, 0, tzinfo=UTC), None, None),  # Saturday there
        (datetime(2026, 11, 28, 9, 0, tzinfo=UTC), FRIDAY, None),
        (datetime(2026, 11, 30, 6, 0, tzinfo=UTC), FRIDAY, date(2026, 11, 30)),
    ],
)
def test_a_digest_is_due_once_on_its_day(at: datetime, last: date | None, due: date | None) -> None:
    assert digest_day(KYIV, at, last) == due


def test_an_hour_that_a_day_does_not_have_is_due_after_it() -> None:
    """On the last Sunday of March, 03:00 to 04:00 does not happen in Kyiv."""
    at_three = DigestTime(hour=3, days=(7,), zone="Europe/Kyiv")
    assert digest_day(at_three, datetime(2026, 3, 29, 0, 59, tzinfo=UTC), None) is None
    assert digest_day(at_three, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), None) == date(2026, 3, 29)


def test_an_hour_that_comes_twice_is_one_digest() -> None:
    at_three = DigestTime(hour=3, days=(7,), zone="Europe/Kyiv")
    first = digest_day(at_three, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None)
    assert first == date(2026, 10, 25)
    assert digest_day(at_three, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), first) is None
