"""The gates: scopes of tokens, and one function for each right, called on the first line of a view.

Whoever is not a member of the row's desk gets 404 with the same words as for a row that is not there; a member whose
role does not include the step gets 403. What a step itself refuses (four eyes, a late review) is the service's to say.
"""

from typing import Any, ClassVar

from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from claims.models.articles import Article, Batch
from claims.models.bulk import BulkAction
from claims.models.claims import Attribution, Claim
from claims.models.desks import Desk, Membership
from claims.models.notes import Note
from claims.rules.refusals import Absent, Forbidden, Refused
from claims.rules.rights import Right, has
from claims.services import articles, claims, desks, notes, rights

READ, REVIEW, EDIT, INTAKE = "read", "review", "edit", "intake"


class HasScope(BasePermission):
    """The token carries the scope that the view names for this method. A session stands for all of them."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed: str = getattr(view, "scopes", {}).get(request.method, READ)
        scopes = getattr(request.auth, "scopes", None)
        # Every scope implies reading.
        if scopes is None or needed == READ or needed in scopes:
            return True
        self.message = f"This token lacks the scope “{needed}”. Draw one that has it."
        self.code = "missing_scope"
        return False


class _View(APIView):
    """Lets go of what DRF ties together for a request, as soon as the answer is written.

    View, request and answer hold each other, and all that hangs on them, until the garbage collector comes. Till then
    each request would work in new memory, which no cache of the processor has.
    """

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(answer, Response):  # and no plain one of Django's, which a file is
            answer.add_post_render_callback(_let_go)
        return answer


def _let_go(answer: Any) -> None:
    told = answer.renderer_context
    told["request"].parser_context.clear()
    vars(told["view"]).clear()
    told.clear()


class Door(_View):
    """A view of the desk: signed in, with the scope that ``scopes`` names for the method (default: read)."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes: ClassVar[dict[str, str]] = {}


class PublicDoor(_View):
    """A view for everybody. A token is not needed, but a wrong one is refused."""

    permission_classes = [AllowAny, HasScope]


def desk_ids(user: Any) -> list[int]:
    """The desks whose rows this person may see."""
    return list(Membership.objects.filter(user=user.pk, active=True).values_list("desk", flat=True))


def desk(request: Request, desk_id: int, right: Right) -> Desk:
    found = Desk.objects.of(request.user).filter(pk=desk_id).select_related("lead").first()
    if found is None:
        raise Absent.one("desk", "absent", "There is no such desk of yours.")
    _may(request, right, found, "do this")
    return found


def article_to_read(request: Request, article_id: int) -> Article:
    return articles.visible(request.user, article_id)


def article_to_edit(request: Request, article_id: int) -> Article:
    article = article_to_read(request, article_id)
    _may(request, Right.CORRECT, article, "change articles")
    return article


def article_to_reread(request: Request, article_id: int) -> Article:
    article = article_to_read(request, article_id)
    _may(request, Right.REREAD, article, "have articles read again")
    return article


def batch_to_read(request: Request, batch_id: int) -> Batch:
    batch = Batch.objects.filter(pk=batch_id, desk__in=desk_ids(request.user)).first()
    if batch is None:
        raise Absent.one("batch", "absent", "There is no such batch at a desk of yours.")
    return batch


def attribution_to_read(request: Request, attribution_id: int) -> Attribution:
    rows = Attribution.objects.filter(pk=attribution_id, revision__article__desk__in=Desk.objects.of(request.user))
    row = rows.select_related("revision__article", "decided_by").defer("revision__text").first()
    if row is None:
        raise Absent.one("attribution", "absent", "There is no such attribution at your desk.")
    return row


def attribution_to_edit(request: Request, attribution_id: int) -> Attribution:
    row = attribution_to_read(request, attribution_id)
    _may(request, Right.CORRECT, row, "decide on attributions")
    return row


def claim_to_read(request: Request, claim_id: int) -> Claim:
    return claims.visible(request.user, claim_id)


def claim_to_edit(request: Request, claim_id: int, right: Right = Right.TRIAGE) -> Claim:
    claim = claim_to_read(request, claim_id)
    _may(request, right, claim, "do this to claims")
    return claim


def claim_to_discuss(request: Request, claim_id: int) -> Claim:
    claim = claim_to_read(request, claim_id)
    _may(request, Right.REVIEW, claim, "write notes")
    return claim


def note_to_settle(request: Request, note_id: int) -> Note:
    note = notes.found(note_id, request.user)
    _may(request, Right.REVIEW, note, "settle notes")
    return note


def claim_to_approve(request: Request, claim_id: int) -> Claim:
    claim = claim_to_read(request, claim_id)
    _may(request, Right.APPROVE, claim, "approve reviews")
    return claim


def claim_to_settle(request: Request, claim_id: int) -> Claim:
    claim = claim_to_read(request, claim_id)
    _may(request, Right.ADJUDICATE, claim, "settle what two reviewers disagree on")
    return claim


def desk_for_intake(request: Request, named: str) -> Desk:
    """The desk that ``named`` (slug or id) means, or the caller's only one; they must be able to submit there."""
    chosen = _at_desk(request, named)
    if not has(chosen.role, Right.SUBMIT):
        raise Forbidden.one("desk", "not_allowed", "At this desk you may read but not submit articles.")
    return chosen.desk


def desk_to_read(request: Request, named: str) -> Desk:
    """The desk of the caller's that ``named`` (slug or id) means, or their only one."""
    return _at_desk(request, named).desk


def desk_to_triage(request: Request, named: str) -> Desk:
    """As desk_to_read(); they must be allowed to do things to claims there."""
    desk = desk_to_read(request, named)
    _may(request, Right.TRIAGE, desk, "do this to claims")
    return desk


def bulk_to_oversee(request: Request, bulk_id: int) -> BulkAction:
    action = BulkAction.objects.select_related("desk", "actor", "undone_by").filter(pk=bulk_id).first()
    if action is None or action.desk_id not in desk_ids(request.user):
        raise Absent.one("bulk", "absent", "There is no such bulk action at your desk.")
    _may(request, Right.TRIAGE, action, "do this to claims")
    return action


def own_membership(request: Request, membership_id: int) -> Membership:
    row = desks.memberships(request.user).filter(pk=membership_id).first()
    if row is None:
        raise Absent.one("membership", "absent", "There is no such membership of yours.")
    return row


def _at_desk(request: Request, named: str) -> Membership:
    mine = {row.desk_id: row for row in desks.memberships(request.user)}
    if not mine:
        raise Forbidden.one("desk", "no_desk", "You are at no desk. Ask an admin to add you to one.")
    if not named:
        if len(mine) > 1:
            slugs = ", ".join(sorted(row.desk.slug for row in mine.values()))
            raise Refused.one("desk", "which_desk", f"Name the desk. Yours are: {slugs}.")
        return next(iter(mine.values()))
    found = [row for row in mine.values() if named in (row.desk.slug, str(row.desk_id))]
    if not found:
        raise Absent.one("desk", "absent", "There is no such desk of yours.")
    return found[0]


def some_desk(request: Request, right: Right, step: str) -> None:
    """Raises Forbidden for whoever has the right at no desk."""
    if not rights.may(request.user, right):
        raise Forbidden.one("desk", "not_allowed", f"At none of your desks you may {step}.")


def is_admin(request: Request) -> None:
    """Jobs belong to the installation, not to one desk."""
    if not request.user.is_staff:
        raise Forbidden.one("user", "not_an_admin", "Only an admin of this installation may do this.")


def _may(request: Request, right: Right, thing: Any, step: str) -> None:
    if not rights.may(request.user, right, thing):
        raise Forbidden.one("desk", "not_allowed", f"At this desk you may read but not {step}.")
