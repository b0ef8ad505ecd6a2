"""Drafts: what a reviewer types is kept, in versions, so that two open pages do not write over each other."""

import math
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Greatest, Now

from claims.extraction import text as texts
from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.drafts import Draft
from claims.models.review import LIVE, Assignment
from claims.models.rows import database_now, read
from claims.rules.refusals import Conflict
from claims.rules.workflow import AssignmentRole, AssignmentState, ClaimState
from claims.services import claims as claim_services
from claims.services.events import verb
from claims.services.review.leases import mine, owes_a_review


@verb
def save_draft(
    assignment_id: int, user: Any, body: dict[str, Any], *, version: int | None = None, page: str = ""
) -> Draft:
    """Keep what was typed, even when the lease is gone; while it lasts, working extends it.

    ``version`` is the one that was before the writer's eyes (0: none was), None to write over whatever is there;
    ``page`` names the open page on which they type. Raises Conflict "draft_changed", with the stored body, its version
    and time, when somebody changed it meanwhile on another page. The same body once more changes nothing.
    """
    assignment = mine(assignment_id, user)
    kept = _storable(body)
    known = _known(assignment)
    if known is None or known.body != kept or known.assignment_id != assignment.pk:
        if known and known.body != kept:
            _check(known, assignment, version, page)
        number = known.version + 1 if known else 1
        columns = {"body": kept, "version": number, "page": page, "saved_at": Now()}
        Draft.objects.update_or_create(assignment=assignment, defaults=columns)
    if assignment.state == AssignmentState.ACTIVE and assignment.lease_until > database_now():
        begin(assignment, user)
        desk = Desk.objects.get(pk=assignment.claim.desk_id)
        until = Greatest("lease_until", Now() + timedelta(minutes=desk.lease_minutes))
        Assignment.objects.filter(pk=assignment.pk).update(lease_until=until)
    return Draft.objects.get(assignment=assignment)


# As _of() has it; written out, since whatever a reviewer opens asks for it.
NEWEST_SQL = """
    SELECT t.* FROM claims_draft t JOIN claims_assignment a ON a.id = t.assignment_id
     WHERE a.claim_id = %s AND a.round = %s AND a.reviewer_id = %s ORDER BY t.saved_at DESC, t.id DESC LIMIT 1
"""


def _newest(claim_id: int, number: int, reviewer_id: int) -> Draft | None:
    return next(iter(read(Draft, NEWEST_SQL, [claim_id, number, reviewer_id])), None)


def _known(assignment: Assignment) -> Draft | None:
    """The draft that the reviewer's pages show: of this assignment, or of one that they gave back before."""
    return _newest(assignment.claim_id, assignment.round, assignment.reviewer_id)


def _of(claim_id: int, number: int, reviewer_id: int) -> QuerySet[Draft]:
    own = Draft.objects.filter(assignment__claim=claim_id, assignment__round=number, assignment__reviewer=reviewer_id)
    return own.order_by("-saved_at", "-pk")


def check_draft(assignment: Assignment, version: int | None, page: str) -> None:
    """Raises Conflict as save_draft() does, whatever is to be handed in."""
    known = _known(assignment)
    if known is not None:
        _check(known, assignment, version, page)


def _check(draft: Draft, assignment: Assignment, version: int | None, page: str) -> None:
    # A page whose answer got lost does not know the version that it wrote itself.
    if version is None or version == draft.version or (page and page == draft.page):
        return
    message = "You typed something else in another window meanwhile. Look at both versions, then save again."
    if assignment.state == AssignmentState.SUBMITTED and not draft.body and not owes_a_review(assignment):
        message = "You submitted this review in another window meanwhile. What is here is not part of it."
    stored = {"draft": draft.body, "version": draft.version, "saved_at": draft.saved_at.isoformat()}
    raise Conflict.with_details("version", "draft_changed", message, **stored)


def _storable(typed: Any) -> Any:
    """The same without what PostgreSQL's JSON cannot hold; a draft is kept whatever was pasted into it."""
    if isinstance(typed, str):
        return texts.clean(typed).text
    if isinstance(typed, dict):
        return {_storable(key): _storable(value) for key, value in typed.items()}
    if isinstance(typed, float) and not math.isfinite(typed):
        return None
    return [_storable(value) for value in typed] if isinstance(typed, list) else typed


def empty_draft(assignment: Assignment) -> None:
    """What was typed is in the review now, also what its page took over from an assignment before this one."""
    own = _of(assignment.claim_id, assignment.round, assignment.reviewer_id)
    own.update(body={}, page="", version=F("version") + 1, saved_at=Now())


def begin(assignment: Assignment, user: Any) -> None:
    """The reviewer is at work now: in a claim that they took, or whose review was sent back to them."""
    claim = assignment.claim
    if claim.state in (ClaimState.ASSIGNED, ClaimState.CHANGES_REQUESTED):
        first = assignment.role == AssignmentRole.FIRST
        at_work = ClaimState.IN_REVIEW if first else ClaimState.SECOND_REVIEW
        claim_services.move(claim, at_work, "review.begun", actor=user)


def newest_draft(claim: Claim, user: Any) -> Draft | None:
    """What this person last typed about the claim, whatever became of that assignment."""
    return _newest(claim.pk, claim.round, user.pk)


def draft_of(claim: Claim, user: Any) -> dict[str, Any]:
    newest = newest_draft(claim, user)
    return newest.body if newest else {}


def stranded(user: Any) -> QuerySet[Draft]:
    """What this person typed for claims that they do not hold any more, newest first.

    Of a claim that they took again, its page shows what they typed the time before.
    """
    mine = Draft.objects.filter(assignment__reviewer=user.pk, assignment__round=F("assignment__claim__round"))
    part = Assignment.objects.filter(claim=OuterRef("assignment__claim"), round=OuterRef("assignment__round"))
    held = part.filter(reviewer=user.pk, state__in=LIVE)
    gone = mine.filter(~Exists(held)).exclude(body={})
    return gone.select_related("assignment__claim").order_by("-saved_at")
