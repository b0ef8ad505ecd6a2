"""Who is told of what, and what of it they may see when they look."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk, Membership
from claims.models.notifications import MAILED, Notification, NotificationChoice
from claims.models.rows import run
from claims.rules.notifications import DEFAULTS, PLAIN, Kind, Way
from claims.rules.workflow import ClaimState
from claims.services import desks
from claims.services.events import Change

Veil = Callable[[Any], QuerySet[Any]]
_veils: list[Veil] = []


def veil_notes(visible_to: Veil) -> None:
    """Register which notes a person may see. What is about any other is not shown; without a veil that is all."""
    _veils.append(visible_to)


def tell(
    people: Iterable[Any],
    kind: Kind,
    *,
    desk_id: int,
    claim: Claim | None = None,
    actor: Any = None,
    note: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Tell these people (users or their ids), in the caller's transaction. Never the actor, nor who is not at the desk.

    Who has an unread one of the same kind on the same claim and note is not told again, unless it went out by mail or
    says something else: then the newest one takes its place.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("People are told in the transaction of what they are told of.")
    ids = {getattr(person, "pk", person) for person in people} - {getattr(actor, "pk", None)}
    if not ids:
        return
    common = {"desk_id": desk_id, "claim": claim, "kind": kind.value, "note": note, "data": data or {}}
    rows = [
        Notification(user_id=user, way=way.value, actor_id=getattr(actor, "pk", None), **common)
        for user, way in sorted(_ways(ids, kind, desk_id).items())
        if way is not Way.OFF
    ]
    _replace(rows, common)
    # Who was told already is passed over by notification_unread_once.
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


OVER_SQL = """
    UPDATE claims_notification SET read_at = statement_timestamp()
     WHERE claim_id = %s AND kind = ANY(%s) AND read_at IS NULL AND (%s = '' OR data->>'role' = %s)
"""


def is_over(claim: Claim, *kinds: Kind, role: str = "") -> Change:
    """Nothing of these kinds holds of the claim any more: for whoever was told that it does, that counts as read.

    ``role``: only what was told of this part of its review. Otherwise a mail of the next morning would ask for what
    somebody else did the day before. To go along with what ended it, in one statement.
    """
    return OVER_SQL, [claim.pk, [kind.value for kind in kinds], role, role]


def over(claim: Claim, *kinds: Kind, role: str = "") -> None:
    """What is_over() says, in a statement of its own."""
    with connection.cursor() as cursor:
        run(cursor, *is_over(claim, *kinds, role=role))


def _replace(rows: Collection[Notification], common: dict[str, Any]) -> None:
    """What was mailed, or says something else, makes room for the new one as read.

    Whoever works from their mails marks nothing as read, and would be told of each claim once and never again.
    """
    same = {name: common[name] for name in ("desk_id", "claim", "kind", "note") if common[name] is not None}
    absent = {f"{name}__isnull": True for name in ("claim", "note") if common[name] is None}
    old = Notification.objects.filter(**same, **absent, user__in=[row.user_id for row in rows], read_at=None)
    old = old.filter(Q(mailed_at__isnull=False) | ~Q(data=common["data"])).order_by("pk")
    ids = list(old.select_for_update(no_key=True).values_list("pk", flat=True))
    if ids:
        Notification.objects.filter(pk__in=ids).update(read_at=Now())


def _ways(ids: Collection[int], kind: Kind, desk_id: int) -> dict[int, Way]:
    """In which way each of these is told, of those who are at the desk; without an address for mails: here."""
    members = Membership.objects.filter(desk=desk_id, user__in=ids, active=True, user__is_active=True)
    choice = NotificationChoice.objects.filter(user=OuterRef("user"), kind=kind.value).values("way")
    found = {}
    for user, address, chosen in members.annotate(way=Subquery(choice)).values_list("user", "user__email", "way"):
        way = Way(chosen or DEFAULTS[kind])
        found[user] = Way.HERE if way.value in MAILED and not address else way
    return found


def visible(user: Any) -> QuerySet[Notification]:
    """What this person may see now: at their desks, without what would tell of another's open review."""
    rows = Notification.objects.filter(user=user.pk, desk__in=Desk.objects.of(user))
    # What is on hold then is the second review itself, unless the first one was and it is still told of.
    plain = Q(kind__in=[kind.value for kind in PLAIN]) | Q(kind=Kind.HOLD_OVERDUE.value, data__role="second")
    telling = Q(claim__state=ClaimState.SECOND_REVIEW) & ~plain
    shown = Q(note=None)
    for visible_to in _veils:
        shown |= Q(Exists(visible_to(user).filter(pk=OuterRef("note"))))
    return rows.exclude(telling).filter(shown)


def listed(user: Any) -> QuerySet[Notification]:
    """What they can see with what its words are made of."""
    return visible(user).select_related("actor", "desk", "claim")


def unread(user: Any) -> QuerySet[Notification]:
    """Of these, what they have not read."""
    return visible(user).filter(read_at=None)


def _told(user: Any) -> QuerySet[Notification]:
    """What they have not read, whether they may see it or not."""
    return Notification.objects.filter(user=user.pk, read_at=None)


def count_unread(user: Any, most: int) -> int:
    """How much they have not read, counted up to ``most``; every page asks for it.

    Only where something might be veiled is asked what they may see: to put that into words takes milliseconds.
    """
    rows = _told(user).filter(desk__in=Desk.objects.of(user)).values_list("note", "claim__state")[:most]
    if any(note is not None or state == ClaimState.SECOND_REVIEW for note, state in rows):
        return unread(user)[:most].count()
    return len(rows)


def mark_read(user: Any, ids: Collection[int] | None = None) -> int:
    """The person has read these, or all that they can see; returns how many were unread. Others' ids do nothing."""
    rows = unread(user)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return Notification.objects.filter(pk__in=rows.values("pk"), read_at=None).update(read_at=Now())


def opened(user: Any, claim: Claim) -> None:
    """The person opened the claim's page: what they were told of it counts as read. Without any, nothing is written."""
    if not _told(user).filter(claim=claim).exists():  # As in count_unread().
        return
    told = list(unread(user).filter(claim=claim).values_list("pk", flat=True))
    if told:
        Notification.objects.filter(pk__in=told, read_at=None).update(read_at=Now())


def _added(desk: Desk, user: Any, actor: Any) -> None:
    tell([user], Kind.ADDED, desk_id=desk.pk, actor=actor)


desks.when_added(_added)
