"""The gates: one function for each right, called on the first line of a view.

Whoever is not a member of the row's desk gets 404, exactly as for a row that is not there; a member whose role does not
include the step gets 403. What a step itself refuses (four eyes, a lease that ran out) is the service's to say.
"""

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from claims.models.articles import Article, Batch
from claims.models.bulk import BulkAction
from claims.models.claims import Attribution, Claim
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Desk, Membership
from claims.models.evidence import Capture, CaptureStatus
from claims.models.review import Assignment
from claims.rules.refusals import Absent
from claims.rules.rights import Right, has
from claims.services import evidence, rights

Row = TypeVar("Row", Article, Claim)


def roles(request: HttpRequest) -> dict[int, str]:
    """Desk id → role of the signed-in person; asked once for each request, empty for nobody."""
    return rights.roles(request.user)


def desks(request: HttpRequest, right: Right = Right.READ) -> list[int]:
    """Ids of the desks at which this person has the right."""
    return [desk for desk, role in roles(request).items() if has(role, right)]


def some_desk(request: HttpRequest, right: Right) -> list[int]:
    """Like desks(), but 403 where there is none: for pages that make sense only to those people."""
    found = desks(request, right)
    if not found and not roles(request):
        raise PermissionDenied(_("You are not at any desk. Ask the admin of one to invite you."))
    if not found:
        raise PermissionDenied
    return found


def desk(request: HttpRequest, slug: str, right: Right) -> Desk:
    found = Desk.objects.filter(slug=slug, pk__in=desks(request)).first()
    if found is None:
        raise Http404
    if not rights.may(request.user, right, found):
        raise PermissionDenied
    return found


def article_to_read(request: HttpRequest, article_id: int) -> Article:
    rows = Article.objects.select_related("desk", "submitted_by", "resembles")
    return _found(rows, request, article_id, Right.READ)


def batch_to_follow(request: HttpRequest, batch_id: int) -> Batch:
    batch = Batch.objects.select_related("desk", "submitted_by").filter(pk=batch_id).first()
    if batch is None or batch.desk_id not in desks(request):
        raise Http404
    return batch


def article_to_edit(request: HttpRequest, article_id: int) -> Article:
    return _found(Article.objects.select_related("desk"), request, article_id, Right.CORRECT)


def article_to_reread(request: HttpRequest, article_id: int) -> Article:
    return _found(Article.objects.select_related("desk"), request, article_id, Right.REREAD)


def attribution_to_read(request: HttpRequest, attribution_id: int) -> Attribution:
    return _attribution(request, attribution_id, Right.READ)


def attribution_to_edit(request: HttpRequest, attribution_id: int) -> Attribution:
    return _attribution(request, attribution_id, Right.CORRECT)


def _attribution(request: HttpRequest, attribution_id: int, right: Right) -> Attribution:
    rows = Attribution.objects.select_related("revision__article", "decided_by")
    attribution = rows.filter(pk=attribution_id).first()
    if attribution is None:
        raise Http404
    _found(Article.objects.all(), request, attribution.revision.article_id, right)
    return attribution


def claim_to_read(request: HttpRequest, claim_id: int) -> Claim:
    return _found(Claim.objects.select_related("desk", "article"), request, claim_id, Right.READ)


def claim_to_review(request: HttpRequest, claim_id: int) -> Claim:
    """Whoever worked on it and was removed from its desk meanwhile is told so: they know the claim anyway."""
    try:
        return _found(Claim.objects.select_related("desk", "article"), request, claim_id, Right.REVIEW)
    except Http404:
        if Assignment.objects.filter(claim=claim_id, reviewer=request.user.pk).exists():
            raise PermissionDenied(
                _(
                    "You no longer review at the desk of this claim. What you typed is kept in this browser, and what "
                    "was saved is kept at the desk. An admin of the desk can add you again."
                )
            ) from None
        raise


def claim_to_triage(request: HttpRequest, claim_id: int) -> Claim:
    return _found(Claim.objects.select_related("desk", "article"), request, claim_id, Right.TRIAGE)


def claim_to_assign(request: HttpRequest, claim_id: int) -> Claim:
    return _found(Claim.objects.select_related("desk", "article"), request, claim_id, Right.ASSIGN)


def claim_to_approve(request: HttpRequest, claim_id: int) -> Claim:
    return _found(Claim.objects.select_related("desk", "article"), request, claim_id, Right.APPROVE)


def claim_to_settle(request: HttpRequest, claim_id: int) -> Claim:
    return _found(Claim.objects.select_related("desk", "article"), request, claim_id, Right.ADJUDICATE)


def claim_to_publish(request: HttpRequest, claim_id: int) -> Claim:
    return _found(Claim.objects.select_related("desk", "article"), request, claim_id, Right.PUBLISH)


def assignment_to_oversee(request: HttpRequest, assignment_id: int) -> Assignment:
    rows = Assignment.objects.select_related("claim__desk", "claim__article", "reviewer")
    assignment = rows.filter(pk=assignment_id, claim__desk__in=desks(request)).first()
    if assignment is None:
        raise Http404
    if not rights.may(request.user, Right.ASSIGN, assignment):
        raise PermissionDenied
    return assignment


def own_membership(request: HttpRequest, membership_id: int) -> Membership:
    """One's own place at a desk where one reviews; nobody changes another's, whatever their role."""
    here = some_desk(request, Right.REVIEW)
    return get_object_or_404(Membership, pk=membership_id, user=request.user.pk, desk__in=here)


def own_conflict(request: HttpRequest, conflict_id: int) -> ConflictOfInterest:
    here = some_desk(request, Right.REVIEW)
    own = ConflictOfInterest.objects.select_related("source").filter(user=request.user.pk, desk__in=here)
    return get_object_or_404(own, pk=conflict_id)


def bulk_to_oversee(request: HttpRequest, action_id: int) -> BulkAction:
    action = BulkAction.objects.select_related("desk", "actor", "undone_by").filter(pk=action_id).first()
    if action is None or action.desk_id not in desks(request):
        raise Http404
    if not rights.may(request.user, Right.TRIAGE, action):
        raise PermissionDenied
    return action


def capture_to_read(request: HttpRequest, capture_id: int) -> Capture:
    """A stored copy, for members of the desk who may see the evidence: reviewers stay blind to each other's."""
    stored = Capture.objects.filter(pk=capture_id, status=CaptureStatus.STORED)
    capture = stored.select_related("evidence").first()
    if capture is None:
        raise Http404
    try:
        evidence.readable(capture.evidence_id, request.user)
    except Absent as absent:
        raise Http404 from absent
    return capture


def _found(rows: QuerySet[Row], request: HttpRequest, row_id: int, right: Right) -> Row:
    row = rows.filter(pk=row_id, desk__in=desks(request)).first()
    if row is None:
        raise Http404
    if not rights.may(request.user, right, row):
        raise PermissionDenied
    return row
