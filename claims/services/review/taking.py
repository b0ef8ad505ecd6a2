"""Taking claims out of the queue: the next one, or a particular one."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from claims.models.claims import Claim
from claims.models.conflicts import InConflict
from claims.models.desks import REVIEWERS, SENIORS, Desk, Membership
from claims.models.review import NOT_AGAIN, Assignment, AssignmentQuerySet, QueueEntry, QueueEntryQuerySet
from claims.models.rows import read
from claims.rules import routing
from claims.rules.refusals import Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentState
from claims.services import claims as claim_services
from claims.services import conflicts, desks
from claims.services.events import statement, verb
from claims.services.review.blinding import is_blind
from claims.services.review.leases import check_room, expire_each, held_at_desks, lease, not_in_queue, seated, seats

# Of a place in the queue: its priority and its id.
Place = tuple[int, int]
# As many leases that ran out are taken back by whoever asks next; usually the worker was there before.
LATE_AT_ONCE = 20
READ_ONLY = "You may read this claim but not review it."
# As often is asked again when all that waits for the person was locked; each time somebody else got on.
PATIENCE = 10


def late_for(user: Any) -> AssignmentQuerySet:
    """What ran out at the desks where the person reviews, and waits to be taken back."""
    return Assignment.objects.expired().filter(claim__desk__in=Desk.objects.of(user, REVIEWERS))


def waiting(user: Any, limit: int, after: Place | None = None) -> QueueEntryQuerySet:
    """What waits for the person, the ``limit`` most important behind ``after``: all that take_next() could give them.

    Along the lanes that are theirs: what is not for them is not read, however much of it there is.
    """
    return QueueEntry.objects.givable_to(user).first_along(_lanes(seated(user)), limit, after)


def _lanes(members: Iterable[Membership]) -> list[routing.Lane]:
    return [
        lane
        for member in members
        for lane in routing.lanes(member.desk_id, [(member.languages, member.role in SENIORS)])
    ]


def take_next(user: Any) -> Assignment | None:
    """The most important claim that ``user`` may review, leased to them; None when nothing is left for them.

    One row is taken by a lock that others skip, so that no two askers ever get the same one. Raises Forbidden for
    whoever reviews nowhere, Conflict when the person holds as many claims as they can wherever one waits.
    """
    taken = _ask_for_next(user, look_for_late=True)
    if taken is None:
        expire_each(late_for(user)[:LATE_AT_ONCE])
        taken = _ask_for_next(user, look_for_late=False)
    for _ in range(PATIENCE):
        if taken is not None or not _wait_for_one(user):
            return taken
        taken = _ask_for_next(user, look_for_late=False)
    return taken


@verb
def _wait_for_one(user: Any) -> bool:
    """Whether the first place for the person was only locked by somebody else; returns when it is let go.

    The places of a small desk are all locked while their scores are reckoned anew, and a claim that is stepped over
    still waits for the person. Raises as take_next() where there can be none.
    """
    members = list(seated(user))
    if not members:
        message = "You are not a reviewer at any desk. Ask an admin to make you one."
        raise Forbidden.one("desk", "not_a_reviewer", message)
    check_room(user, members)
    held = held_at_desks(user)
    lanes = _lanes(member for member in members if held[member.desk_id] < member.capacity)
    places = QueueEntry.objects.givable_to(user)
    first = [place.pk for place in places.first_along(lanes, 1)]
    list(QueueEntry.objects.filter(pk__in=first).select_for_update())
    full = [member for member in members if held[member.desk_id] >= member.capacity]
    if not first and full and places.first_along(_lanes(full), 1):
        # Something waits, and not for want of a claim but of room.
        check_room(user, full)
    return bool(first)


@statement
def _ask_for_next(user: Any, *, look_for_late: bool) -> Assignment | None:
    """As lease() for the choice of routing.next_for(), by the database itself (models/taking.py)."""
    asked = "SELECT * FROM claims_take_next(%s, %s)"
    taken: Assignment | None = next(iter(read(Assignment, asked, [user.pk, look_for_late])), None)
    if taken is not None:
        taken.reviewer = user
    return taken


def take(user: Any, claim_id: int) -> Assignment:
    """Take one particular claim out of the queue; raises Conflict when it is not there (any more)."""
    expire_each(late_for(user).filter(claim=claim_id))
    return _take(user, claim_id)


@verb
def _take(user: Any, claim_id: int) -> Assignment:
    claim = claim_services.visible(user, claim_id)
    members = [member for member in seats(user) if member.desk_id == claim.desk_id]
    if not members:
        raise Forbidden.one("desk", "not_a_reviewer", READ_ONLY)
    conflicts.check(user, claim)
    check_room(user, members)
    waiting = QueueEntry.objects.open_to(user).filter(claim=claim)
    found = waiting.select_for_update(of=("self",)).first()
    if found is None:
        raise _not_for(user, claim)
    return lease(found, claim.desk, user)


def _not_for(user: Any, claim: Claim) -> Refused:
    """Why the person cannot have the claim, which may wait all the same."""
    place = QueueEntry.objects.filter(claim=claim).first()
    if place is None:
        return not_in_queue(claim, user)
    part = Assignment.objects.filter(claim=claim, round=claim.round, reviewer=user.pk, state__in=NOT_AGAIN).last()
    if part is not None:
        message = "You reviewed this claim already. It waits for somebody else."
        if part.state == AssignmentState.DECLINED:
            message = "You declined this claim. It waits for somebody else."
        return Conflict.with_details("claim", "not_again", message)
    if not is_blind(user, claim):
        message = "You have read what another reviewer wrote about this claim. Somebody else reviews it blind."
        return Forbidden.one("claim", "not_blind", message)
    if place.reserved and desks.role_at(claim.desk_id, user) not in SENIORS:
        message = "This claim is reserved for senior reviewers and editors until it is overdue."
        return Conflict.with_details("claim", "reserved", message)
    return not_in_queue(claim, user)


def why_not(user: Any, claim: Claim) -> str:
    """Why the person cannot take the claim, as take() would say it, but for a conflict of interest."""
    if desks.role_at(claim.desk_id, user) not in REVIEWERS:
        return READ_ONLY
    return str(_not_for(user, claim))


def may_take(user: Any, claim: Claim) -> bool:
    """Whether the claim waits for somebody, or its lease has run out, and this person may be the one."""
    if QueueEntry.objects.open_to(user).filter(claim=claim).exists():
        return True
    late = Assignment.objects.expired().filter(claim=claim)
    # Whose lease has run out may take it once more, unless they have reviewed it.
    took_part = Q(reviewer=user.pk, round=claim.round, state__in=NOT_AGAIN) & ~Q(pk__in=late.filter(reviews=None))
    free = Claim.objects.filter(~InConflict(user.pk, "pk"), pk=claim.pk)
    return (
        late.exists()
        and free.exists()
        and is_blind(user, claim)
        and not Assignment.objects.filter(took_part, claim=claim).exists()
        and Membership.objects.filter(user=user.pk, desk=claim.desk_id, active=True, role__in=REVIEWERS).exists()
    )
