"""Away from a desk: the person says so, nothing is put before them, and what they hold stays or goes back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from claims.models.claims import Claim
from claims.models.desks import REVIEWERS, Membership
from claims.models.events import Subject
from claims.models.review import LIVE
from claims.models.rows import database_now
from claims.rules import absences
from claims.rules.absences import Days
from claims.rules.refusals import Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentState
from claims.services.events import record, verb
from claims.services.review.leases import end

NO_DAYS: Mapping[int, str] = {}


@verb
def go_away(
    user: Any, days: Days, *, desk_id: int | None = None, release: bool = False, seen: Mapping[int, str] = NO_DAYS
) -> list[Membership]:
    """The person is away on these days: at one desk, or at all of those where they review. What was said before of a
    desk is replaced.

    What they hold there goes back into the queue with ``release``; open offers do in any case, where it begins at once.
    ``seen`` is by membership what the person had before them, as absences.written() has it. Raises Refused for days
    that make no sense, Forbidden for whoever reviews nowhere, Conflict where other days were saved since they saw them.
    """
    found, now = _seats(user, desk_id), database_now()
    for member in found:
        _check_seen(member, seen)
    for member in found:
        zone = member.desk.timezone
        if wrong := absences.problems(days, now.astimezone(ZoneInfo(zone)).date()):
            raise Refused(wrong)
        since, until = absences.times(days, zone)
        _set(member, since, until)
        what = {"user": user.pk, "first_day": days.first.isoformat(), "last_day": days.last.isoformat()}
        record("desk.member_away", Subject.DESK, member.desk_id, actor=user, data=what)
        begins = member.away_at(now)
        states = LIVE if release else [AssignmentState.OFFERED.value] if begins else []
        _give_back(member, states)
    return found


@verb
def come_back(user: Any, *, desk_id: int | None = None) -> list[Membership]:
    """The person is here again, or will not go. Raises Conflict where they are not away and are not going to be."""
    found, now = _seats(user, desk_id), database_now()
    away = [member for member in found if member.away_until is not None and member.away_until > now]
    if not away:
        raise Conflict.with_details("desk", "not_away", "You are not away, and have not said that you will be.")
    for member in away:
        _set(member, None, None)
        record("desk.member_back", Subject.DESK, member.desk_id, actor=user, data={"user": user.pk})
    return found


def seats(user: Any, desk_id: int | None = None) -> QuerySet[Membership]:
    """Where the person reviews, and so can be away from: at one desk, or at all of theirs."""
    rows = Membership.objects.filter(user=user.pk, active=True, role__in=REVIEWERS).select_related("desk")
    return (rows if desk_id is None else rows.filter(desk=desk_id)).order_by("pk")


def _seats(user: Any, desk_id: int | None) -> list[Membership]:
    """Locked, as by whoever takes or offers a claim."""
    found = list(seats(user, desk_id).select_for_update(of=("self",), no_key=True))
    if not found:
        raise Forbidden.one("desk", "not_a_reviewer", "Only reviewers of a desk are away from it.")
    return found


def _check_seen(member: Membership, seen: Mapping[int, str]) -> None:
    if seen.get(member.pk) in (None, absences.written(member.away)):
        return
    known = member.away
    message = "Meanwhile you said that you are here. Save these days again to be away after all."
    if known:
        message = "Other days were saved while you were editing. Look at both versions, then save again."
    current = {"first_day": known.first, "last_day": known.last} if known else {}
    raise Conflict.with_details("away", "changed_meanwhile", message, current=current)


def _set(member: Membership, since: datetime | None, until: datetime | None) -> None:
    member.away_from, member.away_until = since, until
    member.save(update_fields=["away_from", "away_until"])


def _give_back(member: Membership, states: list[str]) -> None:
    """What the person has in these states goes back into the queue; drafts are kept, as always."""
    mine = {"reviewer": member.user_id, "state__in": states}
    held = Claim.objects.filter(
        desk=member.desk_id, assignments__reviewer=member.user_id, assignments__state__in=states
    )
    for claim in held.select_for_update(of=("self",)).order_by("pk"):
        for assignment in claim.assignments.select_for_update().filter(**mine):
            assignment.claim = claim
            end(assignment, AssignmentState.RELEASED, actor=member.user, reason="Is away.")
