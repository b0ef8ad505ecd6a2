"""What people are told of, in which way, and when a digest is due."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

ALL_DAYS = range(1, 8)


class Kind(StrEnum):
    """What happened, seen by whom it concerns."""

    ASSIGNED = "assigned"
    OFFERED = "offered"
    TAKEN_BACK = "taken_back"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    APPROVAL_WAITS = "approval_waits"
    ADJUDICATION_WAITS = "adjudication_waits"
    ADJUDICATED = "adjudicated"
    MENTIONED = "mentioned"
    ASKED = "asked"
    ANSWERED = "answered"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    HOLD_OVERDUE = "hold_overdue"
    PUBLISHED = "published"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    ADDED = "added"
    WEBHOOK_DISABLED = "webhook_disabled"


class Way(StrEnum):
    """How somebody wants to be told. Every way but the first shows it in the workbench."""

    OFF = "off"
    HERE = "here"
    DIGEST = "digest"
    AT_ONCE = "at_once"


# What says nothing of what a review found or of who wrote it. The rest is not shown while a second review is open.
# A note follows the note's own veil.
PLAIN = frozenset(
    {
        *(Kind.ASSIGNED, Kind.OFFERED, Kind.TAKEN_BACK, Kind.DUE_SOON, Kind.OVERDUE, Kind.ESCALATED),
        *(Kind.MENTIONED, Kind.ASKED, Kind.ANSWERED, Kind.ADDED, Kind.WEBHOOK_DISABLED),
    }
)

# What is told of a part of a claim's review because its time passes; nothing of it holds once that part is done.
OF_TIME = (Kind.DUE_SOON, Kind.OVERDUE, Kind.ESCALATED)

# What somebody waits for is mailed at once, what only has to be known comes with the digest.
DEFAULTS: dict[Kind, Way] = dict.fromkeys(Kind, Way.DIGEST) | dict.fromkeys(
    (Kind.ASSIGNED, Kind.OFFERED, Kind.CHANGES_REQUESTED, Kind.OVERDUE, Kind.ESCALATED, Kind.WEBHOOK_DISABLED),
    Way.AT_ONCE,
)


@dataclass(frozen=True, slots=True)
class DigestTime:
    """On which days (ISO: 1 is Monday) and from which hour (0..23) in which zone a person's digest goes out."""

    hour: int = 8
    days: Collection[int] = (1, 2, 3, 4, 5)
    zone: str = "UTC"


def digest_day(when: DigestTime, now: datetime, last: date | None) -> date | None:
    """The day of the person whose digest is due at ``now`` (aware), or None; ``last`` is the day of the one before.

    One that was missed, because nothing ran at its hour, is due for the rest of its day.
    """
    local = now.astimezone(ZoneInfo(when.zone))
    due = local.isoweekday() in when.days and local.hour >= when.hour
    return local.date() if due and (last is None or last < local.date()) else None
