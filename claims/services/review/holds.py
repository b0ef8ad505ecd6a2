"""A claim that waits while a reviewer keeps it, and the editor's hand: take back, give to somebody else."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from claims.extraction import text as texts
from claims.models.articles import Article
from claims.models.claims import Attribution, Claim
from claims.models.conflicts import ConflictOfInterest, InConflict
from claims.models.desks import EDITORS, REVIEWERS, Desk, Membership
from claims.models.events import Subject
from claims.models.review import LIVE, NOT_AGAIN, Assignment, QueueEntry
from claims.rules import workflow
from claims.rules.notifications import Kind
from claims.rules.refusals import Absent, Conflict, Refused
from claims.rules.workflow import AssignmentRole, AssignmentState, ClaimState, HoldReason
from claims.services import articles, conflicts, desks
from claims.services import claims as claim_services
from claims.services.events import one_by_one, record, verb
from claims.services.notifications import over, tell
from claims.services.review.blinding import needs_blind_eyes, unblinded
from claims.services.review.drafts import begin
from claims.services.review.leases import (
    check_active,
    check_held,
    check_room,
    end,
    expire_claim,
    lease,
    mine,
    not_in_queue,
    seats,
)
from claims.services.review.queueing import spoken

# As long as an office usually takes to answer. The same for all desks: nothing is taken away when it is over, the
# editor only sees the claim first in the list, so that nothing waits unseen.
HOLD_FOR = timedelta(days=14)


# --- The reviewer's ---------------------------------------------------------------------------------------------------


@verb
def hold(assignment_id: int, user: Any, reason: HoldReason, *, note: str) -> Assignment:
    """Keep the claim while it waits for evidence or for the claimant; no lease runs. Raises Refused without a note."""
    note = texts.clean(note).text.strip()[:400]
    if not note:
        raise Refused.one("note", "blank", "Say what you wait for; the editor sees it.")
    assignment = mine(assignment_id, user)
    check_active(assignment)
    claim = assignment.claim
    # The note is not in the claim's reason: that is open to whoever is to review the claim blind.
    why, what = f"Waiting for {workflow.label(reason)}.", {"assignment": assignment.pk, "note": note}
    begin(assignment, user)
    if assignment.role == AssignmentRole.FIRST:
        claim_services.move(claim, ClaimState.ON_HOLD, "review.held", actor=user, reason=why, data=what)
    else:
        what["role"] = assignment.role
        record("review.held", Subject.CLAIM, claim.pk, actor=user, reason=why, data=what)
    columns = {"on_hold_for": reason.value, "on_hold_note": note}
    _set(assignment, on_hold_since=Now(), lease_until=Now() + HOLD_FOR, **columns)
    return assignment


@verb
def resume(assignment_id: int, user: Any) -> Assignment:
    """Go on with a claim that was on hold; the whole lease begins anew. Raises Conflict when it is not on hold."""
    assignment = mine(assignment_id, user)
    check_held(assignment)
    if assignment.on_hold_since is None:
        raise Conflict.with_details("assignment", "not_on_hold", "This claim is not on hold; go on with it.")
    claim, what = assignment.claim, {"assignment": assignment.pk}
    if assignment.role == AssignmentRole.FIRST:
        claim_services.move(claim, ClaimState.IN_REVIEW, "review.resumed", actor=user, data=what)
    else:
        record("review.resumed", Subject.CLAIM, claim.pk, actor=user, data=what | {"role": assignment.role})
    minutes = Desk.objects.get(pk=claim.desk_id).lease_minutes
    none = {"on_hold_since": None, "on_hold_for": "", "on_hold_note": ""}
    _set(assignment, lease_until=Now() + timedelta(minutes=minutes), **none)
    over(claim, Kind.HOLD_OVERDUE, role=assignment.role)
    return assignment


def _set(assignment: Assignment, **columns: Any) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(**columns)
    assignment.refresh_from_db(fields=list(columns))


# --- The editor's -----------------------------------------------------------------------------------------------------


def overseen(assignment_id: int, editor: Any) -> Assignment:
    """Anybody's assignment at a desk of the editor's; raises Absent."""
    rows = Assignment.objects.overseen_by(editor).select_related("claim__desk", "claim__article", "reviewer")
    found = rows.filter(pk=assignment_id).first()
    if found is None:
        raise Absent.one("assignment", "absent", "There is no such assignment of yours.")
    return found


def candidates(claim: Claim) -> QuerySet[Membership]:
    """To whom an editor may give the claim: reviewers of the desk who had no part in this round, did not say no, have
    no conflict of interest, and can review it blind where a review of it is in.
    """
    part = Assignment.objects.filter(claim=claim, round=claim.round, state__in=NOT_AGAIN)
    people = Membership.objects.filter(desk=claim.desk_id, active=True, role__in=REVIEWERS, user__is_active=True)
    free = people.filter(~Exists(part.filter(reviewer=OuterRef("user"))), ~InConflict("user", claim.pk))
    if needs_blind_eyes(claim):
        free = free.exclude(user__in=unblinded(claim).values("user"))
    return free.select_related("user", "desk").order_by("user__username")


@verb
def take_back(assignment_id: int, editor: Any, *, reason: str) -> Assignment:
    """Put what somebody holds back into the queue. Their draft is kept. Raises Refused without a reason."""
    why = spoken(reason)
    assignment = _live(assignment_id, editor)
    _end(assignment, editor, why)
    return assignment


@verb
def reassign(assignment_id: int, editor: Any, username: str, *, reason: str) -> Assignment:
    """Give what somebody holds to another reviewer, for the whole lease. Returns the new assignment.

    Raises Refused where the person cannot have it, Conflict where they hold as many claims as they can.
    """
    found = overseen(assignment_id, editor)
    seat = _seat_of(username, found.claim)
    why = spoken(reason)
    assignment = _live(assignment_id, editor)
    check_room(seat.user, [seat], by=editor)
    _end(assignment, editor, why)
    waiting = QueueEntry.objects.select_for_update().get(claim=assignment.claim_id, role=assignment.role)
    return lease(waiting, found.claim.desk, seat.user, by=editor, reason=why)


def _end(assignment: Assignment, editor: Any, why: str) -> None:
    """Take it out of the holder's hands, and tell them; whoever was only offered it held nothing."""
    holder = [assignment.reviewer_id] if assignment.state == AssignmentState.ACTIVE else []
    end(assignment, AssignmentState.RELEASED, actor=editor, reason=why, kind="claim.taken_back")
    claim = assignment.claim
    tell(holder, Kind.TAKEN_BACK, desk_id=claim.desk_id, claim=claim, actor=editor, data={"reason": why})


def assign(claim_id: int, editor: Any, username: str, *, reason: str) -> Assignment:
    """Give a claim that waits, for either review, to one reviewer, for the whole lease. Returns the assignment.

    Raises Absent where the person is no editor, Refused where the reviewer cannot have it, Conflict where they hold as
    many claims as they can or the claim does not wait (any more).
    """
    _to_steer(claim_id, editor)
    expire_claim(claim_id)
    return _assign(claim_id, editor, username, reason=reason)


@verb
def _assign(claim_id: int, editor: Any, username: str, *, reason: str) -> Assignment:
    claim = _to_steer(claim_id, editor)
    seat = _seat_of(username, claim)
    why = spoken(reason)
    check_room(seat.user, [seat], by=editor)
    waiting = QueueEntry.objects.select_for_update().filter(claim=claim).first()
    if waiting is None:
        raise not_in_queue(claim)
    return lease(waiting, claim.desk, seat.user, by=editor, reason=why, kind="claim.given")


def _to_steer(claim_id: int, editor: Any) -> Claim:
    claim = Claim.objects.of(editor, EDITORS).filter(pk=claim_id).select_related("desk").first()
    if claim is None:
        raise Absent.one("claim", "absent", "There is no such claim at your desk.")
    return claim


def _seat_of(username: str, claim: Claim) -> Membership:
    """The candidate's place at the claim's desk, locked: people before claims, as in take(). Raises Refused."""
    chosen = candidates(claim).filter(user__username=username).first()
    for seat in seats(chosen.user) if chosen else ():
        # Asked again: they may have declared a conflict of interest while we waited for their seat.
        if seat.desk_id == claim.desk_id and candidates(claim).filter(pk=seat.pk).exists():
            return seat
    message = "Choose a reviewer of this desk who had no part in this claim, did not decline it, and may review it."
    raise Refused.one("reviewer", "not_a_candidate", message)


def _live(assignment_id: int, editor: Any) -> Assignment:
    """Somebody's live assignment, its claim locked first; raises Absent, and Conflict when it has ended."""
    claim = claim_services.locked(overseen(assignment_id, editor).claim_id)
    assignment = Assignment.objects.select_for_update().get(pk=assignment_id)
    if assignment.state not in LIVE:
        message = f"Nobody holds this any longer: it was {workflow.words(assignment.state)}."
        raise Conflict.with_details("assignment", "not_active", message, state=assignment.state)
    assignment.claim = claim
    return assignment


# --- Who leaves, or stands too near -----------------------------------------------------------------------------------


def _return_all(desk: Desk, user: Any, actor: Any) -> None:
    reason = f"{user} no longer reviews at this desk."
    _return(Claim.objects.filter(desk=desk), user, actor, reason)


def _return_conflicting(conflict: ConflictOfInterest) -> None:
    person = conflict.user
    claims = Claim.objects.filter(InConflict(person.pk, "pk"), desk=conflict.desk_id)
    # Why is for the editors' eyes; the claim's history is open to all, and stays.
    _return(claims, person, person, f"{person} no longer reviews it.")


def _return(claims: QuerySet[Claim], user: Any, actor: Any, reason: str) -> None:
    """What the person holds of the claims goes back into the queue; their drafts stay."""
    held = claims.filter(assignments__reviewer=user.pk, assignments__state__in=LIVE)
    for claim in held.select_for_update(of=("self",)).order_by("pk"):
        for assignment in claim.assignments.select_for_update().filter(reviewer=user.pk, state__in=LIVE):
            assignment.claim = claim
            end(assignment, AssignmentState.RELEASED, actor=actor, reason=reason, kind="claim.taken_back")


@verb
def _return_near(claims: QuerySet[Claim]) -> int:
    """These claims go back from whoever stands too near to a source that was named since they took them.

    Nothing else would stop their work before they hand it in. They are told why, and keep what they typed.
    """
    near = Assignment.objects.live().filter(InConflict("reviewer", "claim"), claim__in=claims)
    found = list(near.select_related("reviewer").order_by("claim", "pk"))
    for assignment in found:
        claim, person = claim_services.locked(assignment.claim_id), assignment.reviewer
        conflict = conflicts.between(person, claim)
        if conflict is None:
            continue
        _return(Claim.objects.filter(pk=claim.pk), person, None, f"{person} no longer reviews it.")
        why = f"It concerns {conflict.source}, with whom you declared a conflict of interest. What you typed is kept."
        tell([person], Kind.TAKEN_BACK, desk_id=claim.desk_id, claim=claim, data={"reason": why})
    return len(found)


def return_near() -> int:
    """The same for all claims, where the register changed: a name that is an alias now, sources that were merged."""
    near = Assignment.objects.live().filter(InConflict("reviewer", "claim"))
    claims = sorted(set(near.values_list("claim", flat=True)))
    return one_by_one(claims, lambda claim: _return_near(Claim.objects.filter(pk=claim)), "claim_not_returned")


def _named(attribution: Attribution) -> None:
    _return_near(Claim.objects.filter(links__attribution=attribution))


def _described(article: Article, changed: Collection[str]) -> None:
    if "outlet" in changed:
        _return_near(Claim.objects.filter(article=article))


desks.when_unseated(_return_all)
conflicts.when_declared(_return_conflicting)
claim_services.when_named(_named)
articles.when_described(_described)
