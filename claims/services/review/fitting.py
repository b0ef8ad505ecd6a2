"""Whom a waiting claim suits: what it asks for and what people bring, out of the tables, for rules.routing.fit()."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from django.db import connection
from django.db.models import Q

from claims.models.claims import Claim
from claims.models.conflicts import CONFLICTS_SQL, ConflictOfInterest
from claims.models.desks import REVIEWERS, SENIORS, Membership, MembershipQuerySet
from claims.models.review import NOT_AGAIN, Assignment, QueueEntry, Unblinding
from claims.models.rows import database_now
from claims.rules import routing
from claims.rules.workflow import AssignmentRole

# A desk has dozens of people; of one with more, an editor sees these.
SHOWN = 100


def reviewers_of(desk_id: int) -> MembershipQuerySet:
    rows = Membership.objects.filter(desk=desk_id, active=True, role__in=REVIEWERS, user__is_active=True)
    return rows.select_related("user", "desk").order_by("user__username")


def who_could(claim: Claim) -> list[tuple[Membership, routing.Fit]]:
    """The desk's reviewers with how the waiting claim suits them, the best first; none where it does not wait."""
    entry = QueueEntry.objects.filter(claim=claim).first()
    if entry is None:
        return []
    members = list(reviewers_of(claim.desk_id)[:SHOWN])
    need, people = needs([entry])[entry.pk], facts(members, [claim.pk])
    found = [(member, routing.fit(need, people[member.user_id])) for member in members]
    return sorted(found, key=lambda each: (-each[1].eligible, -each[1].score))


def needs(entries: Collection[QueueEntry]) -> dict[int, routing.ClaimNeeds]:
    """What each of these places asks for, by its id. Its one party is the claim itself: see facts()."""
    claims = [entry.claim_id for entry in entries]
    parts = Assignment.objects.filter(claim__in=claims, state__in=NOT_AGAIN)
    took = _by_round(parts.values_list("claim", "round", "reviewer"))
    read = _by_round(Unblinding.objects.filter(claim__in=claims).values_list("claim", "round", "user"))
    reviewed = set(parts.filter(reviews__isnull=False).values_list("claim", "round"))
    found = {}
    for entry in entries:
        where = (entry.claim_id, entry.round)
        # Whoever read a review of the round takes none beside it.
        beside = entry.role == AssignmentRole.SECOND or where in reviewed
        people = took[where] | read[where] if beside else took[where]
        found[entry.pk] = routing.ClaimNeeds(
            entry.language, frozenset(entry.topics), frozenset({entry.claim_id}), frozenset(people), entry.reserved
        )
    return found


def _by_round(rows: Iterable[tuple[int, int, int]]) -> defaultdict[tuple[int, int], set[int]]:
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for claim, number, person in rows:
        found[claim, number].add(person)
    return found


def facts(members: Iterable[Membership], claims: Collection[int]) -> dict[int, routing.ReviewerFacts]:
    """What these members of one desk bring, by user; the claims they are in conflict with are their conflicts."""
    members, now = list(members), database_now()
    people = [member.user_id for member in members]
    held = Assignment.objects.holding().filter(
        Q(reviewer__in=people), claim__desk__in={member.desk_id for member in members}
    )
    load = Counter(held.values_list("reviewer", flat=True))
    kept = conflicting(people, claims)
    return {
        member.user_id: routing.ReviewerFacts(
            person=member.user_id,
            languages=frozenset(member.languages),
            topics=frozenset(member.topics),
            conflicts=frozenset(kept[member.user_id]),
            capacity=member.capacity,
            load=load[member.user_id],
            senior=member.role in SENIORS,
            away=str(member.away.last) if member.away and member.away_at(now) else "",
        )
        for member in members
    }


def conflicting(people: Collection[int], claims: Collection[int]) -> defaultdict[int, set[int]]:
    """Which of the claims each of these people has a conflict of interest with; only those with any are looked at."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    near = ConflictOfInterest.objects.open().filter(user__in=people).values_list("user", flat=True).distinct()
    with connection.cursor() as cursor:
        cursor.execute(
            # No name of these may be one that stands within: c there is the claim that is looked at.
            "SELECT person.id, waiting.id FROM unnest(%s::bigint[]) person (id)"  # noqa: S608 - constants of the code
            " CROSS JOIN unnest(%s::bigint[]) waiting (id) WHERE EXISTS ("
            f"{CONFLICTS_SQL.format(person='person.id', claim='waiting.id')})",
            [list(near), list(claims)],
        )
        for person, claim in cursor.fetchall():
            found[person].add(claim)
    return found
