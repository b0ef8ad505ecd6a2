"""What each bulk verb does to one claim by the desk's own verbs, and how that is undone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.db.models import F, Max

from claims.models.claims import Claim, ClaimLink
from claims.models.drafts import Draft
from claims.models.events import Event, Subject
from claims.models.evidence import ClaimantContact, Evidence
from claims.models.review import Assignment, QueueEntry, Review
from claims.rules import bulk
from claims.rules.bulk import BulkVerb, Facts, Order
from claims.rules.links import LinkKind, canonical_ends
from claims.rules.refusals import Conflict
from claims.rules.workflow import ClaimState, DismissReason, Missing
from claims.services import claims as claim_services
from claims.services import links, review
from claims.services.bulk import seats

Before = dict[str, Any]

# What others may add to a claim, and what the clock alone brings, without changing what a bulk action did to it.
BESIDE = ("note.", "evidence.", "claimant.", "claim.overdue", "claim.escalated")

CHANGED = "It changed since; it stays as it is now."
UNDONE = "A bulk action was undone."


def obstacles(order: Order, claims: Sequence[Claim]) -> list[Missing | None]:
    """Why each of these claims of one desk cannot be changed, by rules.bulk; None for those that can.

    The number of queries does not depend on how many they are.
    """
    waiting, fitting, room = set[int](), set[int](), 0
    if order.verb is BulkVerb.ASSIGN and claims:
        ids = [claim.pk for claim in claims]
        seat = seats.seat_of(order.reviewer, claims[0].desk_id)
        waiting = set(QueueEntry.objects.filter(claim__in=ids).values_list("claim", flat=True))
        fitting, room = seats.fitting(seat, ids), seats.room_at(seat)
    # Of what can be dropped, only what waits in the queue may have been reviewed.
    queued = Claim.objects.filter(pk__in=[claim.pk for claim in claims if claim.state == ClaimState.QUEUED])
    handed_in = Review.objects.filter(assignment__claim__in=queued, assignment__round=F("assignment__claim__round"))
    reviewed = set(handed_in.values_list("assignment__claim", flat=True))
    facts = [
        Facts(
            claim.pk,
            ClaimState(claim.state),
            claim.round,
            claim.review_twice,
            claim.pk in reviewed,
            claim.priority_set,
            waits=claim.pk in waiting,
            fits=claim.pk in fitting,
        )
        for claim in claims
    ]
    return bulk.obstacles(order, facts, room)


def last_steps(claim_ids: Collection[int]) -> Mapping[int, int]:
    """By claim the number of the newest event in its history, but for what stands beside the work on it; one query."""
    events = Event.objects.filter(subject_type=Subject.CLAIM, subject_id__in=claim_ids)
    for beside in BESIDE:
        events = events.exclude(kind__startswith=beside)
    newest = events.order_by().values_list("subject_id").annotate(Max("sequence"))
    return dict.fromkeys(claim_ids, 0) | dict(newest)


# --- Do ---------------------------------------------------------------------------------------------------------------


def do(claim: Claim, place: QueueEntry | None, order: Order, actor: Any) -> Before:
    """Carry the order out on a locked claim with its place in the queue. Raises Refused, having done nothing.

    Returns what undo() wants to know, but for the ``step`` with which it ended: last_steps() has it.
    """
    return {"state": claim.state, "reason": claim.state_reason} | DO[order.verb](claim, place, order, actor)


def _dismiss(claim: Claim, place: QueueEntry | None, order: Order, actor: Any) -> Before:
    before = _out_of_the_queue(claim, place, order, actor)
    claim_services.dismiss(claim.pk, DismissReason(order.reason), actor=actor, note=order.note)
    return before


def _out_of_the_queue(claim: Claim, place: QueueEntry | None, order: Order, actor: Any) -> Before:
    return _unqueue(claim, place, order, actor) if claim.state == ClaimState.QUEUED else {}


def _unqueue(claim: Claim, place: QueueEntry | None, order: Order, actor: Any) -> Before:
    """It waits no more; its place is kept in mind."""
    review.unqueue(claim.pk, actor=actor)
    return _kept(place)


def _kept(place: QueueEntry | None) -> Before:
    if place is None:
        return {}
    return {"place": {name: getattr(place, name).isoformat() for name in ("queued_at", "scored_at")}}


def _merge(claim: Claim, place: QueueEntry | None, order: Order, actor: Any) -> Before:
    stays = Claim.objects.get(pk=order.into or 0)
    if stays.state in (ClaimState.DISMISSED, ClaimState.ARCHIVED) or stays.desk_id != claim.desk_id:
        raise Conflict.with_details("into", "gone", "The claim that was to stay is no longer taken up.")
    ends = canonical_ends(LinkKind.SAME_AS, claim.pk, stays.pk)
    links_between = ClaimLink.objects.standing().filter(from_claim=ends[0], to_claim=ends[1])
    known = links_between.filter(kind=LinkKind.SAME_AS.value).first()
    before = _out_of_the_queue(claim, place, order, actor)
    if known is None or known.confirmed_by_id is None:
        link = links.confirm(claim, stays, LinkKind.SAME_AS, actor=actor)
        before |= {"link": link.pk, "suggested": known is not None}
    claim_services.dismiss(claim.pk, DismissReason.DUPLICATE, actor=actor, note=order.note or f"of claim {stays.pk}")
    return before


def _set_priority(claim: Claim, place: QueueEntry | None, order: Order, actor: Any) -> Before:
    review.set_priority(claim.pk, order.priority, actor=actor, reason=order.note)
    return {"was": {name: getattr(claim, name) for name in review.PRIORITY}} | _kept(place)


def _assign(claim: Claim, place: QueueEntry | None, order: Order, actor: Any) -> Before:
    given = review.assign(claim.pk, actor, order.reviewer, reason=order.note)
    return {"assignment": given.pk} | _kept(place)


def _restore(claim: Claim, _place: QueueEntry | None, _order: Order, actor: Any) -> Before:
    claim_services.restore(claim.pk, actor=actor)
    return {}


def _queue(claim: Claim, _place: QueueEntry | None, _order: Order, actor: Any) -> Before:
    review.queue_claim(claim.pk, actor=actor)
    return {}


def _review_twice(claim: Claim, _place: QueueEntry | None, _order: Order, actor: Any) -> Before:
    review.review_twice(claim.pk, actor=actor)
    return {}


DO: dict[BulkVerb, Callable[[Claim, QueueEntry | None, Order, Any], Before]] = {
    BulkVerb.DISMISS: _dismiss,
    BulkVerb.RESTORE: _restore,
    BulkVerb.MERGE: _merge,
    BulkVerb.QUEUE: _queue,
    BulkVerb.UNQUEUE: _unqueue,
    BulkVerb.REVIEW_TWICE: _review_twice,
    BulkVerb.SET_PRIORITY: _set_priority,
    BulkVerb.ASSIGN: _assign,
}


# --- Undo -------------------------------------------------------------------------------------------------------------


def undo(claim: Claim, verb: BulkVerb, before: Before, step: int, actor: Any) -> None:
    """Take back what do() did to a locked claim, whose last step this is. Raises Conflict when that came since."""
    if step != before["step"]:
        raise Conflict.with_details("claim", "changed_since", CHANGED)
    UNDO[verb](claim, before, actor)


def _undo_dismiss(claim: Claim, before: Before, actor: Any) -> None:
    claim_services.restore(claim.pk, actor=actor)
    _requeue(claim, before, actor)


def _undo_merge(claim: Claim, before: Before, actor: Any) -> None:
    if "link" in before:
        link = ClaimLink.objects.select_for_update().get(pk=before["link"])
        links.end(link, actor=actor, suggested=before["suggested"])
    _undo_dismiss(claim, before, actor)


def _requeue(claim: Claim, before: Before, actor: Any) -> None:
    """Back to the very place in the queue, as far as it had one."""
    if before["state"] == ClaimState.QUEUED:
        review.queue_claim(claim.pk, actor=actor)
        _put_back(claim, before)


def _put_back(claim: Claim, before: Before) -> None:
    """It waits since when it waited before, and its turn to be reckoned anew comes no later; what that makes of its
    due time is the policy's of now to say.
    """
    QueueEntry.objects.filter(claim=claim).update(**before["place"])
    review.redate(claim)


def _undo_restore(claim: Claim, before: Before, actor: Any) -> None:
    locked = claim_services.locked(claim.pk)
    claim_services.move(locked, ClaimState.DISMISSED, "claim.dismissed", actor=actor, reason=before["reason"])


def _undo_queue(claim: Claim, before: Before, actor: Any) -> None:
    review.unqueue(claim.pk, actor=actor)


def _undo_review_twice(claim: Claim, before: Before, actor: Any) -> None:
    review.review_twice(claim.pk, actor=actor, wanted=False)


def _undo_set_priority(claim: Claim, before: Before, actor: Any) -> None:
    """What an editor had set, or the rule had weighed, comes back to the point and the word."""
    review.put_priority_back(claim.pk, before["was"], actor=actor, reason=UNDONE)
    if "place" in before:
        _put_back(claim, before)


def _undo_assign(claim: Claim, before: Before, actor: Any) -> None:
    given = Assignment.objects.get(pk=before["assignment"])
    theirs = {"claim": claim, "round": claim.round}
    begun = (
        Draft.objects.filter(assignment=given).exists()
        or Evidence.objects.filter(added_by=given.reviewer_id, **theirs).exists()
        or ClaimantContact.objects.filter(asked_by=given.reviewer_id, **theirs).exists()
    )
    if begun:
        raise Conflict.with_details("claim", "changed_since", CHANGED)
    review.take_back(given.pk, actor, reason=UNDONE)
    _put_back(claim, before)


UNDO: dict[BulkVerb, Callable[[Claim, Before, Any], None]] = {
    BulkVerb.DISMISS: _undo_dismiss,
    BulkVerb.RESTORE: _undo_restore,
    BulkVerb.MERGE: _undo_merge,
    BulkVerb.QUEUE: _undo_queue,
    BulkVerb.UNQUEUE: _requeue,
    BulkVerb.REVIEW_TWICE: _undo_review_twice,
    BulkVerb.SET_PRIORITY: _undo_set_priority,
    BulkVerb.ASSIGN: _undo_assign,
}
