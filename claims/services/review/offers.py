"""Claims that are offered: by a desk's policy the machine puts them before the people whom they suit best."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from claims.models.desks import SENIORS, Desk, Membership, Role
from claims.models.events import Subject
from claims.models.review import Assignment, QueueEntry, QueueEntryQuerySet
from claims.rules import routing
from claims.rules.notifications import Kind
from claims.rules.workflow import AssignmentState
from claims.services import conflicts
from claims.services.events import one_by_one, record, verb
from claims.services.notifications import over, tell
from claims.services.review.fitting import facts, needs, reviewers_of
from claims.services.review.leases import check_offered, give, mine

# What one tick looks at, at each desk: so many places at a time, for so many people at most. A desk with more people
# than that has them take claims for themselves.
PLACES, PEOPLE = 50, 500
# Editors and admins take what they review; nobody puts it before them.
OFFERED_TO = (Role.REVIEWER, Role.SENIOR_REVIEWER)
# What was in somebody's hands and came back without an answer. Whoever declined is asked no more at all.
LET_PASS = (AssignmentState.EXPIRED.value, AssignmentState.RELEASED.value)


def offers_to(user: Any) -> QuerySet[Assignment]:
    """What is offered to the person just now, what ends first on top."""
    rows = Assignment.objects.of(user).filter(state=AssignmentState.OFFERED.value, lease_until__gt=Now())
    return rows.select_related("claim", "claim__article").order_by("lease_until")


@verb
def accept(assignment_id: int, user: Any) -> Assignment:
    """Take what was offered, for the whole lease.

    Raises Conflict when the offer has ended, or is no offer any more, and Forbidden in a conflict of interest.
    """
    assignment = mine(assignment_id, user)
    check_offered(assignment)
    # Its speaker or outlet may have been named since the claim was offered.
    conflicts.check(user, assignment.claim)
    minutes = Desk.objects.get(pk=assignment.claim.desk_id).lease_minutes
    until = Now() + timedelta(minutes=minutes)
    Assignment.objects.filter(pk=assignment.pk).update(state=AssignmentState.ACTIVE.value, lease_until=until)
    over(assignment.claim, Kind.OFFERED)
    what = {"assignment": assignment.pk}
    record("claim.accepted", Subject.CLAIM, assignment.claim_id, actor=user, data=what)
    assignment.refresh_from_db(fields=["state", "lease_until"])
    return assignment


# --- The machine's ----------------------------------------------------------------------------------------------------


def push() -> int:
    """Offer claims at the desks that want it, each in a transaction of its own. Returns how many."""
    return one_by_one(Desk.objects.filter(push=True), _look_through, "not_offered")


def _look_through(desk: Desk) -> int:
    """At the most important places as long as something is offered; then for each who is still free by themselves."""
    count = 0
    while True:
        found, free = _push(desk)
        count += found
        if not found or not free:
            break
    return count + sum(_look_for(desk, member.pk) for member in free)


@verb
def _push(desk: Desk) -> tuple[int, list[Membership]]:
    """The most important places in the lanes of those with room, each to whom it suits best of them: at most one open
    offer for a person. Returns how many, and who is still free while there are more places.

    Seats that somebody else is at are left for the next time, so that two of these never meet.
    """
    if not QueueEntry.objects.filter(desk=desk).exists():
        return 0, []
    everybody = reviewers_of(desk.pk).here().filter(role__in=OFFERED_TO).order_by("pk")
    # As whoever takes a claim locks theirs, and before the places.
    seats = list(everybody.select_for_update(of=("self",), skip_locked=True, no_key=True)[:PEOPLE])
    asked = set(_open_offers(desk).values_list("reviewer", flat=True))
    places = _first(desk, [seat for seat in seats if seat.user_id not in asked], PLACES)
    people = facts(everybody[:PEOPLE], [place.claim_id for place in places])
    # A seat that was taken up, or passed over because somebody is at it, may shift who is among the first so many.
    free = {
        seat.user_id: seat
        for seat in seats
        if seat.user_id not in asked and seat.user_id in people and _has_room(people[seat.user_id])
    }
    need, passed, count = needs(places), _let_pass(places), 0
    for place in places:
        chosen = _best(need[place.pk], passed[place.claim_id, place.round], people, free)
        if chosen is not None:
            person, fit = chosen
            _offer(place, desk, free.pop(person).user, fit)
            count += 1
    return count, list(free.values()) if len(places) == PLACES else []


@verb
def _look_for(desk: Desk, membership_id: int) -> int:
    """Offer the person the first place that they could have and did not let pass: all before it were for others only,
    for reasons that no lane knows, such as a conflict of interest. Returns how many, 0 or 1.
    """
    rows = reviewers_of(desk.pk).here().filter(pk=membership_id, role__in=OFFERED_TO)
    seat = rows.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if seat is None or _open_offers(desk).filter(reviewer=seat.user_id).exists():
        return 0
    passed = Assignment.objects.filter(
        claim=OuterRef("claim"), round=OuterRef("round"), reviewer=seat.user_id, state__in=LET_PASS
    )
    for place in _first(desk, [seat], 1, QueueEntry.objects.givable_to(seat.user).filter(~Exists(passed))):
        found = routing.fit(needs([place])[place.pk], facts([seat], [place.claim_id])[seat.user_id])
        if found.eligible:
            _offer(place, desk, seat.user, found)
            return 1
    return 0


def _first(
    desk: Desk, seats: Iterable[Membership], limit: int, rows: QueueEntryQuerySet | None = None
) -> list[QueueEntry]:
    """The first so many places, locked, in the lanes that these people may walk.

    Who is at one of them is waited for: the clock asks at the same moment for this and for rescore(), which holds all
    places of a small desk. In the order in which all lock several places, so that none wait in a ring.
    """
    lanes = routing.lanes(desk.pk, [(seat.languages, seat.role in SENIORS) for seat in seats])
    found = (QueueEntry.objects.all() if rows is None else rows).first_along(lanes, limit)
    first = QueueEntry.objects.filter(pk__in=[place.pk for place in found]).order_by("pk")
    return sorted(first.select_for_update(of=("self",)), key=lambda place: (-place.priority, place.pk))


def _open_offers(desk: Desk) -> QuerySet[Assignment]:
    return Assignment.objects.holding().filter(state=AssignmentState.OFFERED.value, claim__desk=desk)


def _has_room(person: routing.ReviewerFacts) -> bool:
    return person.load < person.capacity


def _let_pass(places: list[QueueEntry]) -> defaultdict[tuple[int, int], set[int]]:
    """Who had each of the claims in its round and does not any more without an answer, by claim and round: the time ran
    out, or they gave it back, or it was taken from them.
    """
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    rows = Assignment.objects.filter(claim__in=[place.claim_id for place in places], state__in=LET_PASS)
    for claim, number, person in rows.values_list("claim", "round", "reviewer"):
        found[claim, number].add(person)
    return found


def _best(
    need: routing.ClaimNeeds,
    passed: set[int],
    people: dict[int, routing.ReviewerFacts],
    free: dict[int, Membership],
) -> tuple[int, routing.Fit] | None:
    """Of those who are free, whom the claim suits best, and then who holds least.

    Whoever let it pass is asked again only where nobody else could have it, with room or without.
    """
    able = {person: routing.fit(need, people[person]) for person in free}
    able = {person: fit for person, fit in able.items() if fit.eligible}
    others = any(routing.able(need, each) for person, each in people.items() if person not in passed)
    asked = [person for person in able if not others or person not in passed]
    if not asked:
        return None
    best = min(asked, key=lambda person: (-able[person].score, people[person].load, person))
    return best, able[best]


def _offer(place: QueueEntry, desk: Desk, person: Any, fit: routing.Fit) -> None:
    assignment = give(
        place,
        person,
        minutes=desk.offer_minutes,
        kind="claim.offered",
        state=AssignmentState.OFFERED,
        reasons=[{"of": "fit", "points": each.points, "text": each.text} for each in fit.reasons],
    )
    tell([person], Kind.OFFERED, desk_id=desk.pk, claim=assignment.claim)
