"""Conflicts of interest: declare one, end it, and what follows from it for the claims of that source."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from claims.extraction import text as texts
from claims.models.claims import Attribution, Claim
from claims.models.conflicts import ConflictOfInterest, ConflictQuerySet
from claims.models.desks import REVIEWERS, Membership
from claims.models.events import Subject
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.services.events import record, verb
from sources.models import Source, SourceKind

TEXT_LIMIT = 500

Declared = Callable[[ConflictOfInterest], None]
_when_declared: list[Declared] = []


def when_declared(call: Declared) -> None:
    """Register what happens, in the same transaction, when a person declares a conflict of interest."""
    _when_declared.append(call)


def visible(user: Any) -> ConflictQuerySet:
    """What this person may see: their own, and everybody's at the desks that they oversee."""
    return ConflictOfInterest.objects.seen_by(user).select_related("user", "source", "desk")


def between(user: Any, claim: Claim) -> ConflictOfInterest | None:
    """What the person declared that keeps them from the claim, if anything."""
    return ConflictOfInterest.objects.concerning(user, claim.pk).select_related("source").order_by("pk").first()


def check(user: Any, claim: Claim) -> None:
    """Raises Forbidden, naming the source, for whoever has a conflict of interest with one that the claim concerns."""
    row = between(user, claim)
    if row is not None:
        message = f"You declared a conflict of interest with {row.source}. This claim is for somebody else."
        raise Forbidden.one("claim", "conflict_of_interest", message)


def parties(claim: Claim) -> QuerySet[Source]:
    """The sources that the claim concerns, as readers see them: who says it, and the outlet that printed it."""
    speaking = Attribution.objects.standing().filter(links__claim=claim)
    named = Q(attributions__attribution__in=speaking)
    if claim.article.outlet_folded:
        named |= Q(kind=SourceKind.OUTLET, aliases__folded=claim.article.outlet_folded)
    found = Source.objects.filter(named).select_related("merged_into").distinct()
    return Source.objects.filter(pk__in=[source.followed.pk for source in found]).order_by("name", "pk")


@verb
def declare(desk_id: int, source: Source, *, actor: Any, note: str = "") -> ConflictOfInterest:
    """The person stands too near to the source to review what it says. What they hold of it goes back to the queue.

    Raises Absent at another's desk, Forbidden for its readers, Refused for a source that was merged, and Conflict when
    it is declared already.
    """
    _seat(desk_id, actor)
    if source.merged_into is not None:
        raise Refused.one("source", "merged", f"{source} was merged; name {source.followed}.")
    if ConflictOfInterest.objects.open().filter(desk=desk_id, user=actor.pk, source=source).exists():
        raise Conflict.with_details("source", "declared_already", f"You declared this already: {source}.")
    words = _words("note", note)
    row = ConflictOfInterest.objects.create(desk_id=desk_id, user=actor, source=source, note=words)
    row.refresh_from_db(fields=["declared_at"])
    _record("desk.conflict_declared", row)
    for call in _when_declared:
        call(row)
    return row


@verb
def end(conflict_id: int, *, actor: Any, reason: str) -> ConflictOfInterest:
    """It is over; the claims of the source may come to the person again.

    Raises Absent for what this person may not see, Forbidden for another's, Refused without a reason, Conflict when it
    has ended before.
    """
    row = visible(actor).filter(pk=conflict_id).select_for_update(of=("self",)).first()
    if row is None:
        raise Absent.one("conflict", "absent", "There is no such conflict of interest of yours.")
    if row.user_id != actor.pk:
        raise Forbidden.one("conflict", "not_yours", "Only whoever declared a conflict of interest can end it.")
    if row.ended_at is not None:
        raise Conflict.with_details("conflict", "ended", "This conflict of interest has already ended.")
    words = _words("reason", reason)
    if not words:
        raise Refused.one("reason", "blank", "Say why it is over; the editors see it.")
    ConflictOfInterest.objects.filter(pk=row.pk).update(ended_at=Now(), end_reason=words)
    row.refresh_from_db(fields=["ended_at", "end_reason"])
    _record("desk.conflict_ended", row)
    return row


def _seat(desk_id: int, user: Any) -> None:
    """The person reviews at the desk. Their seat is locked, as by whoever takes a claim: of two at once, one waits."""
    rows = Membership.objects.filter(desk=desk_id, user=user.pk, active=True)
    seat = rows.select_for_update(of=("self",), no_key=True).first()
    if seat is None:
        raise Absent.one("desk", "absent", "There is no such desk of yours.")
    if seat.role not in REVIEWERS:
        raise Forbidden.one("desk", "not_a_reviewer", "Only reviewers of a desk declare conflicts of interest there.")


def _words(field: str, given: str) -> str:
    words = texts.clean(given).text.strip()
    if len(words) > TEXT_LIMIT:
        raise Refused.one(field, "too_long", f"At most {TEXT_LIMIT} characters, please.")
    return words


def _record(kind: str, row: ConflictOfInterest) -> None:
    # Why somebody stands near to a source is private; the chain of events keeps for good what it holds.
    what = {"conflict": row.pk, "user": row.user_id, "source": row.source_id}
    record(kind, Subject.DESK, row.desk_id, actor=row.user, data=what)
