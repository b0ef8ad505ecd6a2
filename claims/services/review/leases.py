"""What becomes of a claim in somebody's hands: leased, given back, run out; and what each verb asks of it first."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import REVIEWERS, Desk, Membership
from claims.models.events import Subject
from claims.models.review import Assignment, AssignmentQuerySet, QueueEntry
from claims.models.rows import database_now, read
from claims.rules import workflow
from claims.rules.notifications import Kind
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentRole, AssignmentState, ClaimState, DeclineReason
from claims.services import claims as claim_services
from claims.services import conflicts
from claims.services.events import Change, one_by_one, record, verb
from claims.services.notifications import is_over, tell
from claims.services.review.queueing import enqueue, enqueue_again
from sources.models import Source


def not_in_queue(claim: Claim, user: Any = None) -> Conflict:
    """Why the claim cannot be had, by ``user`` where one asks: it names the holder, if there is one."""
    holder = holder_of(claim)
    message = f"{holder.reviewer} is reviewing this claim." if holder else _idle(claim)
    if holder and holder.state == AssignmentState.OFFERED:
        message = f"This claim is offered to {holder.reviewer} just now."
    elif holder and user and holder.reviewer_id == user.pk:
        message = "You have this claim already."
    return Conflict.with_details("claim", "not_in_queue", message, **_named(holder))


# In the others somebody is waited for, whoever that may be.
AT_REST = frozenset(
    {
        *(ClaimState.EXTRACTED, ClaimState.TRIAGED, ClaimState.DISMISSED),
        *(ClaimState.SUBMITTED, ClaimState.ADJUDICATION, ClaimState.DECIDED),
        *(ClaimState.PUBLISHED, ClaimState.RETRACTED, ClaimState.ARCHIVED),
    }
)


def _idle(claim: Claim) -> str:
    # As it is by now: it was read before its place was waited for.
    state = ClaimState(Claim.objects.values_list("state", flat=True).get(pk=claim.pk))
    if state in AT_REST:
        return f"This claim is {workflow.label(state)}; it does not wait for a reviewer."
    return "This claim does not wait for you."


def seated(user: Any) -> QuerySet[Membership]:
    """Where the person may review."""
    rows = Membership.objects.filter(user=user.pk, active=True, role__in=REVIEWERS)
    return rows.select_related("desk").order_by("pk")


def seats(user: Any) -> list[Membership]:
    """Where the person may review. Locked, so that two requests of one person at once do not take more than fits."""
    return list(seated(user).select_for_update(of=("self",), no_key=True))


def check_room(user: Any, members: Collection[Membership], *, by: Any = None) -> None:
    """Raises Conflict for whoever holds as many claims as they can at each of the desks, of which there is one or more.

    ``by`` is the editor who asks for them.
    """
    desks = [member.desk_id for member in members]
    mine = Assignment.objects.holding().filter(reviewer=user.pk, claim__desk__in=desks)
    found = list(mine.values_list("claim__desk", "state"))
    load = Counter(desk for desk, _ in found)
    held, capacity = load.total(), sum(member.capacity for member in members)
    if all(load[member.desk_id] >= member.capacity for member in members):
        message = f"You hold as many claims as you can: {held}. Submit or release one first."
        if any(state == AssignmentState.OFFERED for _, state in found):
            message = (
                f"With those that are offered to you, you hold as many claims as you can: {held}. "
                "Submit, release or decline one first."
            )
        if by is not None:
            message = f"{user} holds as many claims as they can: {held}. Choose somebody else."
        raise Conflict.with_details("assignment", "at_capacity", message, held=held, capacity=capacity)


def lease(
    waiting: QueueEntry, desk: Desk, user: Any, *, by: Any = None, reason: str = "", kind: str = "claim.reassigned"
) -> Assignment:
    """Give the waiting claim to the person; ``by`` is the editor who does so for a reason, as the event's ``kind``."""
    minutes = desk.lease_minutes
    if by is None:
        return give(waiting, user, minutes=minutes, kind="claim.assigned", actor=user)
    why = f"From {by}: {reason}"
    assignment = give(waiting, user, minutes=minutes, kind=kind, actor=by, reason=reason, why=why)
    tell([user], Kind.ASSIGNED, desk_id=desk.pk, claim=assignment.claim, actor=by, data={"reason": reason})
    return assignment


def give(
    waiting: QueueEntry,
    person: Any,
    *,
    minutes: int,
    kind: str,
    actor: Any = None,
    reason: str = "",
    why: str = "",
    state: AssignmentState = AssignmentState.ACTIVE,
    reasons: Collection[dict[str, Any]] = (),
) -> Assignment:
    """The place becomes an assignment of the person, for so many minutes. Only who gives it needs a reason: ``why``.

    ``reasons`` of the choice stand behind those of the priority.
    """
    claim = claim_services.locked(waiting.claim_id)
    weighed = zip_longest(claim.priority_reasons, claim.priority_points, fillvalue=0)
    told = [{"of": "priority", "points": points, "text": text} for text, points in weighed]
    assignment = Assignment.objects.create(
        claim=claim,
        reviewer=person,
        role=waiting.role,
        round=waiting.round,
        state=state.value,
        why=(why or f"Priority {waiting.priority}: " + " ".join(claim.priority_reasons))[:500],
        reasons=[{"of": "editor", "points": 0, "text": why}] if why else [*told, *reasons],
        lease_until=Now() + timedelta(minutes=minutes),
        queued_at=waiting.queued_at,
        due_at=waiting.due_at,
        notice_at=waiting.notice_at,
    )
    waiting.delete()
    what: dict[str, Any] = {"assignment": assignment.pk}
    if actor != person:
        what["reviewer"] = person.pk
    if waiting.role == AssignmentRole.FIRST:
        claim_services.move(claim, ClaimState.ASSIGNED, kind, actor=actor, reason=reason, data=what)
    else:
        # The state stays: that a second review is under way is all that the desk sees of it.
        what["role"] = waiting.role
        record(kind, Subject.CLAIM, claim.pk, actor=actor, reason=reason, data=what)
    assignment.refresh_from_db(fields=["lease_until"])
    return assignment


def holder_of(claim: Claim) -> Assignment | None:
    """Who holds the claim now, if anybody."""
    return Assignment.objects.holding().filter(claim=claim).select_related("reviewer").first()


def _named(holder: Assignment | None) -> dict[str, Any]:
    if holder is None:
        return {"holder": None}
    return {"holder": str(holder.reviewer), "lease_until": holder.lease_until.isoformat()}


# Written out, as every verb of a reviewer begins with them: the ORM takes longer to compile each than the database to
# answer it. The second is Assignment.objects.of(), with the time by which is_held() decides.
CLAIM_SQL = """
    SELECT c.* FROM claims_claim c JOIN claims_assignment a ON a.claim_id = c.id
     WHERE a.id = %s AND a.reviewer_id = %s FOR UPDATE OF c
"""
OWN_SQL = """
    SELECT a.*, statement_timestamp() AS read_at FROM claims_assignment a
     WHERE a.id = %s AND a.reviewer_id = %s AND EXISTS (
        SELECT 1 FROM claims_membership m
         WHERE m.user_id = a.reviewer_id AND m.desk_id = %s AND m.active AND m.role = ANY (%s)
     ) FOR UPDATE OF a
"""


def mine(assignment_id: int, user: Any) -> Assignment:
    """The reviewer's own assignment, its claim locked first: every verb locks in this order, so none wait in a ring.

    Raises Absent where it is not theirs, Forbidden where they are no reviewer of the claim's desk any more.
    """
    for claim in read(Claim, CLAIM_SQL, [assignment_id, user.pk]):
        # Asked only now: an admin may have removed the person while we waited for the lock.
        for own in read(Assignment, OWN_SQL, [assignment_id, user.pk, claim.desk_id, list(REVIEWERS)]):
            own.claim = claim
            return own
    raise not_theirs(assignment_id, user)


def not_theirs(assignment_id: int, user: Any) -> Refused:
    """Why somebody cannot work on it: it never was theirs, or they were removed from its desk meanwhile."""
    if Assignment.objects.filter(pk=assignment_id, reviewer=user.pk).exists():
        message = "You no longer review at the desk of this claim. Your draft is kept; an admin can add you again."
        return Forbidden.one("desk", "no_longer_a_reviewer", message)
    return Absent.one("assignment", "absent", "There is no such assignment of yours.")


OVER_SQL = """
    UPDATE claims_assignment SET state = %s, ended_at = statement_timestamp(), end_reason = %s,
           on_hold_since = NULL, on_hold_for = '', on_hold_note = '' WHERE id = %s
"""


def end(assignment: Assignment, state: AssignmentState, *, actor: Any, reason: str, kind: str = "") -> None:
    """Close a live assignment and put its claim back into the queue.

    One whose review was sent back is submitted again: the review stays as it was, until somebody else's is in.
    """
    claim = assignment.claim
    if claim.state == ClaimState.ON_HOLD:
        claim_services.move(claim, ClaimState.IN_REVIEW, "review.resumed", actor=actor)
    kind, since = kind or f"claim.{state.value}", assignment.queued_at
    if assignment.state == AssignmentState.OFFERED:
        told = is_over(claim, Kind.OFFERED)
    else:
        told = is_over(claim, Kind.DUE_SOON, Kind.HOLD_OVERDUE, role=assignment.role)
    if assignment.reviews.exists():
        state = AssignmentState.SUBMITTED
    ended = (OVER_SQL, [state.value, reason[:500], assignment.pk])
    put_back(assignment, actor=actor, reason=reason, kind=kind, since=since, along=[ended, told])
    assignment.state = state.value


def put_back(
    assignment: Assignment,
    *,
    actor: Any,
    reason: str,
    kind: str,
    since: datetime | None = None,
    along: Sequence[Change] = (),
) -> None:
    """Put the claim of an assignment before the next reviewer in the same part; ``along`` as in claims.move()."""
    again = enqueue if assignment.role == AssignmentRole.FIRST else enqueue_again
    again(assignment.claim, actor=actor, reason=reason, kind=kind, since=since, along=along)


def owes_a_review(assignment: Assignment) -> bool:
    """Whether none of its reviews stands: it has none, or each was sent back."""
    return not assignment.reviews.filter(sent_back=None).exists()


def _in_time(assignment: Assignment) -> bool:
    return assignment.lease_until > (assignment.read_at or database_now())


def is_held(assignment: Assignment) -> bool:
    """Whether it is live, by the database's clock. On hold it is, however long that takes."""
    in_time = assignment.on_hold_since is not None or _in_time(assignment)
    return assignment.state == AssignmentState.ACTIVE and in_time


def is_offered(assignment: Assignment) -> bool:
    """Whether it is an open offer, by the database's clock."""
    return assignment.state == AssignmentState.OFFERED and _in_time(assignment)


def check_offered(assignment: Assignment) -> None:
    """Raises Conflict unless the assignment is an open offer."""
    if is_offered(assignment):
        return
    message = "This offer has ended."
    if assignment.state == AssignmentState.ACTIVE:
        message = "This claim is yours already."
    raise Conflict.with_details("assignment", "not_offered", message, state=assignment.state)


def _check_live(assignment: Assignment) -> None:
    """Raises Conflict unless the assignment is held, or an open offer: either can be given back."""
    if assignment.state == AssignmentState.OFFERED:
        check_offered(assignment)
    else:
        check_held(assignment)


def check_active(assignment: Assignment) -> None:
    """Raises Conflict unless the assignment is live and not on hold."""
    check_held(assignment)
    if assignment.on_hold_since is not None:
        message = "This claim is on hold. Resume it first. Your draft is kept."
        raise Conflict.with_details("assignment", "on_hold", message, state=ClaimState.ON_HOLD.value)


def check_held(assignment: Assignment) -> None:
    """Raises Conflict, naming who holds the claim now, unless the assignment is live."""
    if is_held(assignment):
        return
    holder = holder_of(assignment.claim)
    if holder is not None and holder.pk == assignment.pk:
        holder = None
    why = "Your time for this claim has run out."
    if is_offered(assignment):
        message = "This claim is offered to you; accept it first. Your draft is kept."
        raise Conflict.with_details("assignment", "offered", message, state=assignment.state)
    if assignment.state == AssignmentState.SUBMITTED and owes_a_review(assignment):
        why = "This claim is not in your hands any more; your earlier review stays as it was."
    elif assignment.state == AssignmentState.SUBMITTED:
        why = "You submitted this claim already."
    elif assignment.state == AssignmentState.RELEASED:
        why = "This claim is not in your hands any more: it went back to the queue."  # by whomever
    elif assignment.state == AssignmentState.DECLINED:
        why = "This claim is not in your hands any more: you declined it."
    # Whole sentences, which pages find in their list, each by itself.
    message = f"{why} Your draft is kept."
    if holder:
        message = f"{why} Now it is held by {holder.reviewer}. Your draft is kept."
    raise Conflict.with_details("assignment", "not_active", message, **_named(holder))


@verb
def release(assignment_id: int, user: Any, *, reason: str = "") -> Assignment:
    """Give a claim back to the queue; anybody may take it, you too unless your review of it was sent back."""
    assignment = mine(assignment_id, user)
    _check_live(assignment)
    end(assignment, AssignmentState.RELEASED, actor=user, reason=reason)
    return assignment


@verb
def decline(
    assignment_id: int, user: Any, reason: DeclineReason, *, note: str = "", source_id: int | None = None
) -> Assignment:
    """Give a claim back for a reason; it is not offered to you again in this round.

    ``source_id`` is a source of the claim with which a conflict of interest is declared as well. Raises Refused for one
    that is none of the claim's, or where that is not the reason. What is said of a conflict of interest is for the
    editors' eyes: it is not in the claim's history, which stays, nor in its reason.
    """
    if source_id is not None:
        # Before the claim: whoever declares locks their seat and then what they hold.
        seats(user)
    assignment = mine(assignment_id, user)
    _check_live(assignment)
    source = None if source_id is None else _party(assignment.claim, reason, source_id)
    private = reason == DeclineReason.CONFLICT_OF_INTEREST
    why = workflow.label(reason) if private or not note else f"{workflow.label(reason)}: {note}"
    end(assignment, AssignmentState.DECLINED, actor=user, reason=why)
    if private and note:
        Assignment.objects.filter(pk=assignment.pk).update(end_reason=f"{why}: {note}"[:500])
    if source is not None:
        conflicts.declare(assignment.claim.desk_id, source, actor=user, note=note)
    return assignment


def _party(claim: Claim, reason: DeclineReason, source_id: int) -> Source:
    if reason != DeclineReason.CONFLICT_OF_INTEREST:
        raise Refused.one("source", "not_the_reason", "Name a source only for a conflict of interest.")
    source = conflicts.parties(claim).filter(pk=source_id).first()
    if source is None:
        raise Refused.one("source", "not_of_the_claim", "Choose one of the sources that this claim concerns.")
    return source


def expire() -> int:
    """Take back what was held too long, each in a transaction of its own. Returns how many."""
    return expire_each(Assignment.objects.expired())


def expire_claim(claim_id: int) -> None:
    """Take the claim back from whoever held it too long."""
    expire_each(Assignment.objects.expired().filter(claim=claim_id))


def expire_each(late: AssignmentQuerySet) -> int:
    """Expire each of these; how many it was. Whoever is at one of them is waited for: they may be doing the same."""
    return one_by_one(late.values_list("pk", flat=True), _expire_one, "lease_not_expired")


@verb
def _expire_one(assignment_id: int) -> bool:
    """False when it need not be any more."""
    # The claim is locked first, in the order of `of`. Somebody may extend or submit it while we wait: PostgreSQL asks
    # the conditions anew of what it has locked.
    rows = Assignment.objects.expired().filter(pk=assignment_id).select_related("claim__article")
    late = rows.select_for_update(of=("claim", "self")).first()
    if late is None:
        return False
    what = "offer" if late.state == AssignmentState.OFFERED else "lease"
    end(late, AssignmentState.EXPIRED, actor=None, reason=f"The {what} ran out.")
    return True


def held_at_desks(user: Any) -> Counter[int]:
    """How many claims the person holds, or is offered, by desk."""
    mine = Assignment.objects.holding().filter(reviewer=user.pk)
    return Counter(mine.values_list("claim__desk", flat=True))


def held_by(user: Any) -> Any:
    """What a reviewer holds, the lease that ends first on top."""
    mine = Assignment.objects.holding().active().filter(reviewer=user.pk)
    return mine.select_related("claim", "claim__article").order_by("lease_until")
