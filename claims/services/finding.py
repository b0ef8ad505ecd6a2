"""Find claims by what is known of them and of the work on them: for the page of the list, the board, and REST.

Nothing here asks what a reviewer wrote. Who else holds a claim is told to those who oversee the desk.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from claims.models.claims import Claim, ClaimQuerySet
from claims.models.review import Assignment, QueueEntry
from claims.rules import topics as topic_rules
from claims.rules.finding import AHEAD, DueBy, Order
from claims.rules.rights import Right, has
from claims.rules.routing import primary_language
from claims.services import rights
from sources.names import fold

ME = "me"
WORDS = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ORDERS: Mapping[Order, tuple[str, ...]] = {
    Order.NEWEST: ("-pk",),
    Order.PRIORITY: ("-priority", "pk"),
    Order.CHANGED: ("-changed_at", "-pk"),
}


def find(user: Any, desks: Collection[int], wanted: Mapping[str, Any]) -> ClaimQuerySet:
    """The claims of these desks that meet all of ``wanted``; an empty value asks for nothing.

    Beside what ClaimQuerySet.matching() takes: ``outlet`` and ``topic`` by name, ``language`` with or without region,
    ``due`` (DueBy), ``reviewer``, who holds it now: a username, or ME.
    """
    known = dict(wanted)
    outlet, topic, language, reviewer, due = (
        known.pop(name, None) for name in ("outlet", "topic", "language", "reviewer", "due")
    )
    rows = Claim.objects.filter(desk__in=desks).matching(**known)
    if outlet:
        rows = rows.filter(article__outlet_folded=fold(outlet)[:600])
    if topic:
        rows = rows.filter(article__topics__contains=list(topic_rules.topics([topic])))
    if language:
        tag = primary_language(language)
        rows = rows.filter(Q(article__language=tag) | Q(article__language__startswith=f"{tag}-"))
    if due:
        rows = _due_by(rows, AHEAD[DueBy(due)])
    return _held_by(rows, user, reviewer) if reviewer else rows


def _due_by(rows: ClaimQuerySet, ahead: timedelta) -> ClaimQuerySet:
    here = {"claim": OuterRef("pk"), "due_at__lte": Now() + ahead}
    return rows.filter(Exists(QueueEntry.objects.filter(**here)) | Exists(Assignment.objects.holding().filter(**here)))


def _held_by(rows: ClaimQuerySet, user: Any, name: str) -> ClaimQuerySet:
    holding = Assignment.objects.holding().filter(claim=OuterRef("pk"))
    if name in (ME, user.get_username()):
        return rows.filter(Exists(holding.filter(reviewer=user.pk)))
    return rows.filter(Exists(holding.filter(reviewer__username=name)), desk__in=_overseen(user))


def _overseen(user: Any) -> list[int]:
    return [desk for desk, role in rights.roles(user).items() if has(role, Right.OVERSEE)]


def beginning_with(typed: str) -> SearchQuery | None:
    """The query for texts with words that begin as each of those typed; None where that says next to nothing."""
    words = re.findall(r"\w+", typed)[:WORDS]
    if not any(len(word) > 1 for word in words):
        return None
    # Only letters and digits are left of it: nothing that the query would read as a sign.
    return SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")


# --- Orders, each by an index -----------------------------------------------------------------------------------------


def ordered(rows: ClaimQuerySet, order: Order) -> ClaimQuerySet:
    return rows.order_by(*ORDERS[order])


def after(rows: Any, order: Order, key: Sequence[int]) -> Any:
    """Of claims in this order those behind the one with the key; raises ValueError for a key of another order."""
    if order is Order.NEWEST:
        (pk,) = key
        return rows.filter(pk__lt=pk)
    first, pk = key
    if order is Order.PRIORITY:
        return rows.filter(Q(priority__lt=first) | Q(priority=first, pk__gt=pk))
    try:
        at = EPOCH + first * MICROSECOND
    except OverflowError as error:
        raise ValueError("That is not a point in time.") from error
    return rows.filter(Q(changed_at__lt=at) | Q(changed_at=at, pk__lt=pk))


def key(row: Mapping[str, Any], order: Order) -> list[int]:
    """What after() takes; of a claim's ``id``, ``priority`` and ``changed_at``."""
    if order is Order.NEWEST:
        return [row["id"]]
    if order is Order.PRIORITY:
        return [row["priority"], row["id"]]
    return [(row["changed_at"] - EPOCH) // MICROSECOND, row["id"]]


def tops(rows: ClaimQuerySet, sizes: Mapping[str, int]) -> dict[str, list[int]]:
    """By state the ids of the most important claims in it, as many as asked for; one statement."""
    each: list[QuerySet[Claim, tuple[str, int, int]]] = [
        ordered(rows.filter(state=state), Order.PRIORITY).values_list("state", "priority", "pk")[:size]
        for state, size in sizes.items()
    ]
    found: dict[str, list[int]] = {state: [] for state in sizes}
    for state, _, pk in sorted(each[0].union(*each[1:], all=True), key=lambda row: (-row[1], row[2])):
        found[state].append(pk)
    return found


# --- Beside each claim ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Who holds a claim, if this person may know, whether it is theirs, and until when it is due."""

    holder: str = ""
    mine: bool = False
    due_at: datetime | None = None


NOWHERE = Place()


def places(user: Any, claims: Collection[Claim]) -> dict[int, Place]:
    """By id the place of each of these claims that waits or is held; two queries."""
    ids, overseen = [claim.pk for claim in claims], set(_overseen(user))
    found = {
        entry.claim_id: Place(due_at=entry.due_at)
        for entry in QueueEntry.objects.filter(claim__in=ids).only("claim", "due_at").order_by("pk")
    }
    held = Assignment.objects.holding().filter(claim__in=ids).select_related("reviewer").order_by("pk")
    desk_of = {claim.pk: claim.desk_id for claim in claims}
    for row in held:
        mine = row.reviewer_id == user.pk
        told = mine or desk_of[row.claim_id] in overseen
        found[row.claim_id] = Place(str(row.reviewer) if told else "", mine, row.due_at)
    return found
