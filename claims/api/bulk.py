"""Many claims at once: order, look beforehand, follow, cancel, undo."""

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.bodies import Reading
from claims.api.claims import DISMISSALS, STATES, ClaimFilter, filters
from claims.api.errors import problems
from claims.models.bulk import BulkAction, BulkItem
from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.rules import finding as finding_rules
from claims.rules import workflow
from claims.rules.bulk import LIMIT, UNDO_FOR, BulkOutcome, BulkState, BulkVerb, Order
from claims.rules.rights import Right
from claims.services import bulk, finding

CURSORS = paging.Cursors("bulk actions")
ITEM_CURSORS = paging.Cursors("claims of a bulk action")
STEP = "do things to many claims at once"
HIGHEST = 2**63 - 1
VERBS = workflow.choices(BulkVerb)
BULK_STATES = workflow.choices(BulkState)


# --- What is sent -----------------------------------------------------------------------------------------------------


class BulkOrder(Reading):
    """What is to be done to which claims. A verb passes over what it does not ask for."""

    verb = serializers.ChoiceField(choices=VERBS)
    claims = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=HIGHEST),
        required=False,
        max_length=LIMIT,
        help_text="Their ids.",
    )
    filter = ClaimFilter(required=False, help_text=f"Or the first {LIMIT} that match, in the order of the list.")
    desk = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=80, help_text="Slug or id, where one has several."
    )
    reason = serializers.ChoiceField(choices=DISMISSALS, required=False, help_text="For `dismiss`.")
    note = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=400,
        help_text="Further words; `set_priority` and `assign` want them.",
    )
    into = serializers.IntegerField(
        min_value=1, max_value=HIGHEST, required=False, help_text="For `merge`: the claim that stays."
    )
    priority = serializers.IntegerField(
        required=False, min_value=0, max_value=100, help_text="For `set_priority`: 0 to 100."
    )
    reviewer = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=150, help_text="For `assign`: a username."
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Only say what would happen; nothing does."
    )

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if ("claims" in sent) == ("filter" in sent):
            message = "Name the claims by their ids, or by a filter."
            raise serializers.ValidationError({"claims": [serializers.ErrorDetail(message, "one_of")]})
        return sent


# What each verb asks for. The rest is passed over, so that it does not stand in the record as if it had mattered.
ASKS: dict[BulkVerb, tuple[str, ...]] = {
    BulkVerb.DISMISS: ("reason", "note"),
    BulkVerb.MERGE: ("into", "note"),
    BulkVerb.SET_PRIORITY: ("priority", "note"),
    BulkVerb.ASSIGN: ("reviewer", "note"),
}


def order_of(sent: dict[str, Any]) -> Order:
    verb = BulkVerb(sent["verb"])
    return Order(verb, **{name: sent[name] for name in ASKS.get(verb, ()) if name in sent})


def ids_of(sent: dict[str, Any], desk: Desk, user: Any) -> list[int]:
    if "claims" in sent:
        named: list[int] = sent["claims"]
        return named
    wanted = sent["filter"]
    rows = finding.find(user, [desk.pk], filters(wanted))
    in_order = finding.ordered(rows, finding_rules.order("", wanted.get("state", "")))
    return list(in_order.values_list("pk", flat=True)[:LIMIT])


class ItemQuery(paging.PageQuery):
    """Which of them."""

    outcome = serializers.ChoiceField(choices=workflow.choices(BulkOutcome), required=False)


# --- What is answered -------------------------------------------------------------------------------------------------


class BulkClaim(serializers.Serializer[Any]):
    """A claim in short."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)


class BulkGroup(serializers.Serializer[Any]):
    """Claims to which the same would happen; all are counted, the first 20 are named."""

    code = serializers.CharField(allow_blank=True, help_text="Why they stay as they are; empty for those that change.")
    detail = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    claims = BulkClaim(many=True)


class BulkPreview(serializers.Serializer[Any]):
    """What the order would do."""

    verb = serializers.ChoiceField(choices=VERBS)
    total = serializers.IntegerField()
    changed = BulkGroup()
    unchanged = BulkGroup(many=True)


class BulkOut(serializers.Serializer[Any]):
    """A bulk action and how far it is."""

    id = serializers.IntegerField()
    verb = serializers.ChoiceField(choices=VERBS)
    parameters = serializers.DictField(help_text="What the verb asked for.")
    desk = serializers.SlugField()
    actor = serializers.CharField()
    state = serializers.ChoiceField(choices=BULK_STATES)
    percent = serializers.IntegerField(help_text="How far it is, or its undoing.")
    total = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Changed, whatever became of them later.")
    skipped = serializers.IntegerField(help_text="Left as they were; the items say why.")
    undone = serializers.IntegerField()
    kept = serializers.IntegerField(help_text="Not undone, because they changed since.")
    note = serializers.CharField(allow_blank=True, help_text="Why it ended before its end.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    undo_until = serializers.DateTimeField(allow_null=True, help_text="If it changed anything.")
    undone_by = serializers.CharField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


class BulkPage(paging.Page):
    """Bulk actions, the newest first."""

    results = BulkOut(many=True)


class BulkItemOut(serializers.Serializer[Any]):
    """What became of one claim."""

    claim = BulkClaim()
    outcome = serializers.ChoiceField(choices=workflow.choices(BulkOutcome))
    code = serializers.CharField(allow_blank=True, help_text="Why it was not changed, or not undone.")
    detail = serializers.CharField(allow_blank=True)


class BulkItemPage(paging.Page):
    """The claims of an action, in the order in which they are gone through."""

    results = BulkItemOut(many=True)


def brief(claim: Claim) -> dict[str, Any]:
    return {"id": claim.pk, "text": claim.text, "state": claim.state}


def grouped(group: bulk.Group) -> dict[str, Any]:
    named = [brief(claim) for claim in group.claims]
    return {"code": group.code, "detail": group.message, "count": group.count, "claims": named}


COUNTS = ("total", "done", "skipped", "undone", "kept", "note", "created_at", "finished_at", "undone_at")


def described(action: BulkAction) -> dict[str, Any]:
    undo_until = action.finished_at + UNDO_FOR if action.finished_at and action.done and not action.undone_by else None
    return {
        "id": action.pk,
        "verb": action.verb,
        "parameters": action.parameters,
        "desk": action.desk.slug,
        "actor": str(action.actor),
        "state": action.state,
        "percent": action.percent,
        "undo_until": undo_until,
        "undone_by": str(action.undone_by) if action.undone_by else None,
        **{name: getattr(action, name) for name in COUNTS},
    }


# --- The views --------------------------------------------------------------------------------------------------------


class EditorDoor(permissions.Door):
    """The base of what changes claims."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.EDIT}


class BulkList(EditorDoor):
    """What is done to many claims at once."""

    @extend_schema(
        operation_id="bulk_begin",
        request=BulkOrder,
        responses={200: BulkPreview, 202: BulkOut, **problems(400, 401, 403, 404, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Have it done by a job: 202 with its address. With `dry_run` 200, and nothing happens."""
        permissions.some_desk(request, Right.TRIAGE, STEP)
        sent = BulkOrder.of(request.data)
        desk = permissions.desk_to_triage(request, sent["desk"])
        order, ids = order_of(sent), ids_of(sent, desk, request.user)
        if sent["dry_run"]:
            seen = bulk.preview(desk, order, ids)
            groups = {"changed": grouped(seen.changed), "unchanged": [grouped(group) for group in seen.obstacles]}
            return Response({"verb": order.verb, "total": len(seen.ids), **groups})
        action = bulk.begin(desk, order, ids, actor=request.user)
        where = request.build_absolute_uri(reverse("api:bulk-action", args=[action.pk]))
        return Response(described(action), status=202, headers={"Location": where})

    @extend_schema(
        operation_id="bulk_list", parameters=[paging.PageQuery], responses={200: BulkPage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Of the desks at which the caller may do such things, the newest first."""
        permissions.some_desk(request, Right.TRIAGE, STEP)
        rows = BulkAction.objects.overseen_by(request.user).select_related("desk", "actor", "undone_by")
        found, following = paging.page(
            request,
            CURSORS,
            rows.order_by("-pk"),
            paging.PageQuery.of(request.query_params),
            after=lambda some, seen: some.filter(pk__lt=seen[0]),
            key=lambda row: [row.pk],
        )
        return Response({"results": [described(row) for row in found], "next": following})


class BulkOne(permissions.Door):
    """One bulk action."""

    @extend_schema(operation_id="bulk_get", responses={200: BulkOut, **problems(401, 403, 404)})
    def get(self, request: Request, bulk_id: int) -> Response:
        """How far it is; ask again while it is running or undoing."""
        return Response(described(permissions.bulk_to_oversee(request, bulk_id)))


class BulkItems(permissions.Door):
    """The claims of one bulk action."""

    @extend_schema(
        operation_id="bulk_items",
        parameters=[ItemQuery],
        responses={200: BulkItemPage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, bulk_id: int) -> Response:
        """What became of each, and why."""
        action = permissions.bulk_to_oversee(request, bulk_id)
        query = ItemQuery.of(request.query_params)
        rows = BulkItem.objects.filter(action=action).select_related("claim")
        if "outcome" in query:
            rows = rows.filter(outcome=query["outcome"])
        found, following = paging.page(
            request,
            ITEM_CURSORS,
            rows.order_by("pk"),
            query,
            after=lambda some, seen: some.filter(pk__gt=seen[0]),
            key=lambda row: [row.pk],
        )
        results = [
            {"claim": brief(row.claim), "outcome": row.outcome, "code": row.code, "detail": row.message}
            for row in found
        ]
        return Response({"results": results, "next": following})


class BulkCancel(EditorDoor):
    """Stop a bulk action."""

    @extend_schema(operation_id="bulk_cancel", request=None, responses={200: BulkOut, **problems(401, 403, 404, 409)})
    def post(self, request: Request, bulk_id: int) -> Response:
        """What is done stays, and can be undone."""
        permissions.bulk_to_oversee(request, bulk_id)
        return Response(described(bulk.cancel(bulk_id, actor=request.user)))


class BulkUndo(EditorDoor):
    """Take a bulk action back."""

    @extend_schema(operation_id="bulk_undo", request=None, responses={202: BulkOut, **problems(401, 403, 404, 409)})
    def post(self, request: Request, bulk_id: int) -> Response:
        """By a job, for ten minutes after its end: each claim that is still as the action left it."""
        permissions.bulk_to_oversee(request, bulk_id)
        return Response(described(bulk.undo(bulk_id, actor=request.user)), status=202)
