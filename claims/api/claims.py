"""Claims: what is to be checked, who said it, where the work stands, and its history."""

from typing import Any, ClassVar

from django.db import connection
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import evidence, paging, permissions, ratings
from claims.api.attributions import found
from claims.api.bodies import Reading, with_etag
from claims.api.errors import problems
from claims.models.claims import Checkability, Claim, ClaimLink, Stance
from claims.models.events import Event, Subject
from claims.models.rows import run
from claims.models.verdicts import Verdict
from claims.rules import finding as finding_rules
from claims.rules import workflow
from claims.rules.finding import DueBy, Order
from claims.rules.links import LinkKind, reads_as
from claims.rules.topics import TOPIC_LIMIT
from claims.rules.workflow import ClaimState, DismissReason
from claims.services import claims, finding, review
from claims.services import evidence as evidence_services

STATES = workflow.choices(ClaimState)
DISMISSALS = workflow.choices(DismissReason)
DUE = workflow.choices(DueBy)
ORDERS = workflow.choices(Order)
CURSORS = {order: paging.Cursors(f"claims, {order}") for order in Order}
EVENT_CURSORS = paging.Cursors("steps of a claim")
WHOLE = "Null while something of the history is kept from the caller."


class ArticleRef(serializers.Serializer[Any]):
    """The article in which a claim stands."""

    id = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)
    outlet = serializers.CharField(allow_blank=True)


class ClaimBrief(serializers.Serializer[Any]):
    """A claim as a row of a list."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    checkability = serializers.ChoiceField(choices=Checkability.choices)
    check_worthiness = serializers.FloatField()
    priority = serializers.IntegerField()
    as_of = serializers.DateField(allow_null=True)
    narrator_claim = serializers.BooleanField()
    round = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    article = ArticleRef()


class CarriedBy(found.AttributionOut):
    """An attribution that carries the claim."""

    claim_stance = serializers.ChoiceField(choices=Stance.choices)


class LinkOut(serializers.Serializer[Any]):
    """How the claim stands to another one."""

    kind = serializers.ChoiceField(choices=workflow.choices(LinkKind))
    reads = serializers.CharField(help_text="The words between the two, read from this claim.")
    claim = serializers.IntegerField()
    score = serializers.FloatField()
    confirmed = serializers.BooleanField()


class DecidedVerdict(serializers.Serializer[Any]):
    """The newest verdict that this person may see."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    attribution = ratings.RatingOut()
    veracity = ratings.RatingOut()


class ClaimDetail(ClaimBrief):
    """A claim with everything that the caller may know of it: open reviews of others are blind."""

    topics = serializers.ListField(child=serializers.CharField(), help_text="Those of its article.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Of the check-worthiness.")
    priority_reasons = serializers.ListField(child=serializers.CharField())
    priority_set = serializers.IntegerField(allow_null=True, help_text="By an editor; null: by the desk's rule.")
    deadline = serializers.DateTimeField(allow_null=True, help_text="By an editor; null: by the desk's hours alone.")
    review_twice = serializers.BooleanField(help_text="By an editor, whatever the desk's policy says.")
    state_reason = serializers.CharField(allow_blank=True)
    attributions = CarriedBy(many=True)
    links = LinkOut(many=True)
    evidence = evidence.EvidenceOut(many=True)
    verdict = DecidedVerdict(allow_null=True)


class ClaimPage(paging.Page):
    """Claims, the newest first; of one state, the most important first."""

    results = ClaimBrief(many=True)


class EventOut(serializers.Serializer[Any]):
    """One step in the claim's history, chained by hash to the one before."""

    sequence = serializers.IntegerField(allow_null=True, help_text=WHOLE)
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True, help_text="Null: the machine.")
    from_state = serializers.CharField(allow_blank=True)
    to_state = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    # A field, not the attribute.
    data: Any = serializers.DictField(help_text="Empty where a blind review must not see it.")
    hash = serializers.CharField(allow_null=True, help_text=WHOLE)


class EventPage(paging.Page):
    """The history, the oldest first."""

    results = EventOut(many=True)


ROW = (
    *("id", "text", "state", "checkability", "check_worthiness", "priority", "as_of", "narrator_claim", "round"),
    *("created_at", "changed_at", "article_id", "article__title", "article__outlet"),
)


def brief(row: dict[str, Any]) -> dict[str, Any]:
    article = {name: row.pop(f"article_{name}") for name in ("id", "_title", "_outlet")}
    return {**row, "article": {name.removeprefix("_"): value for name, value in article.items()}}


# ROW written out, with what there is beside the claim: every answer to a reviewer's step asks for it, and the ORM takes
# longer to compile it than the database to answer.
BRIEF_SQL = f"""
    SELECT {", ".join(f"c.{name}" for name in ROW if "__" not in name)}, t.title, t.outlet {{more}}
      FROM claims_claim c JOIN claims_article t ON t.id = c.article_id WHERE c.id = %s
"""  # noqa: S608 - constants of the code
THERE = ("topics", "attributions", "links", "evidence", "verdicts")
DETAIL_SQL = BRIEF_SQL.format(
    more=""", t.topics,
           EXISTS (SELECT 1 FROM claims_claimattribution l WHERE l.claim_id = c.id),
           EXISTS (SELECT 1 FROM claims_claimlink l WHERE l.from_claim_id = c.id)
           OR EXISTS (SELECT 1 FROM claims_claimlink l WHERE l.to_claim_id = c.id),
           EXISTS (SELECT 1 FROM claims_evidence e WHERE e.claim_id = c.id),
           EXISTS (SELECT 1 FROM claims_verdict v WHERE v.claim_id = c.id)
    """
)


def brief_of(claim_id: int) -> dict[str, Any]:
    return _read(BRIEF_SQL.format(more=""), claim_id, ROW)


def _read(sql: str, claim_id: int, names: tuple[str, ...]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        run(cursor, sql, [claim_id])
        return brief(dict(zip(names, cursor.fetchone(), strict=True)))


def detail(claim: Claim, user: Any) -> dict[str, Any]:
    row = _read(DETAIL_SQL, claim.pk, (*ROW, *THERE))
    # What is not there is not asked for: a claim that waits has neither evidence nor verdict, and most have no links.
    there = {name: row.pop(name) for name in THERE}
    return {
        **row,
        "topics": there["topics"],
        "reasons": claim.reasons,
        "priority_reasons": claim.priority_reasons,
        "priority_set": claim.priority_set,
        "deadline": claim.deadline,
        "review_twice": claim.review_twice,
        "state_reason": evidence_services.state_reason(claim, user),
        "attributions": found.carried_by(claim.pk) if there["attributions"] else [],
        "links": links(claim) if there["links"] else [],
        "evidence": [evidence.described(row) for row in evidence_services.visible(claim, user)]
        if there["evidence"]
        else [],
        "verdict": verdict_of(claim) if there["verdicts"] else None,
    }


def links(claim: Claim) -> list[dict[str, Any]]:
    """The links from both ends."""
    rows = ClaimLink.objects.standing().filter(Q(from_claim=claim) | Q(to_claim=claim)).order_by("pk")
    return [
        {
            "kind": row.kind,
            "reads": reads_as(LinkKind(row.kind), from_far_end=row.to_claim_id == claim.pk),
            "claim": row.to_claim_id if row.from_claim_id == claim.pk else row.from_claim_id,
            "score": row.score,
            "confirmed": row.confirmed_by_id is not None,
        }
        for row in rows
    ]


def verdict_of(claim: Claim) -> dict[str, Any] | None:
    """The newest verdict, or the one of the round before while a new one is being reviewed."""
    rows = Verdict.objects.filter(claim=claim).select_related("attribution_rating", "veracity_rating")
    if claim.state not in workflow.UNVEILED:
        rows = rows.filter(round__lt=claim.round)
    row = rows.order_by("-version").first()
    return decided(row) if row else None


def decided(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.pk,
        "version": verdict.version,
        "attribution": ratings.described(verdict.attribution_rating),
        "veracity": ratings.described(verdict.veracity_rating),
    }


# --- The views --------------------------------------------------------------------------------------------------------


class ClaimFilter(Reading):
    """Which claims, by what is known of them."""

    state = serializers.ChoiceField(choices=STATES, required=False)
    checkability = serializers.ChoiceField(choices=Checkability.choices, required=False)
    article = serializers.IntegerField(required=False, min_value=1, help_text="Of this article.")
    # A field, not the attribute.
    source: Any = serializers.IntegerField(
        required=False, min_value=1, help_text="Said by this source of the register."
    )
    priority_from = serializers.IntegerField(required=False, min_value=0, max_value=100)
    priority_to = serializers.IntegerField(required=False, min_value=0, max_value=100)
    narrator_claim = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Asserted by the outlet in its own voice."
    )
    suspected = serializers.BooleanField(
        required=False, default=False, help_text="Only those of which the machine thinks that another one is the same."
    )
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text=(
            "Words of the claim, of what was quoted, of who said it, of the headline or the outlet; “quoted phrases”, "
            "OR and -not work."
        ),
    )
    outlet = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="Of its article.")
    topic = serializers.CharField(required=False, allow_blank=True, max_length=TOPIC_LIMIT, help_text="Of its article.")
    language = serializers.CharField(
        required=False, allow_blank=True, max_length=35, help_text="Of its article; `en` is en-GB as well."
    )
    due = serializers.ChoiceField(
        choices=DUE, required=False, help_text="What waits or is held, and is due by then: over, within a day, a week."
    )
    reviewer = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=150,
        help_text="Who holds it: `me`, or a username at the desks that the caller oversees.",
    )


FILTERS = (
    *("state", "checkability", "article", "source", "priority_from", "priority_to", "narrator_claim", "suspected", "q"),
    *("outlet", "topic", "language", "due", "reviewer"),
)


def filters(query: dict[str, Any]) -> dict[str, Any]:
    """What services.finding.find() takes of it."""
    return {"words" if name == "q" else name: query[name] for name in FILTERS if name in query}


class ClaimFilterQuery(ClaimFilter):
    """Which claims, in which order."""

    sort = serializers.ChoiceField(
        choices=ORDERS, required=False, default="", help_text="Without one: `priority` with a state, else `newest`."
    )


class ClaimQuery(ClaimFilterQuery, paging.PageQuery):
    """One page of them."""


class ClaimList(permissions.Door):
    """The claims of the caller's desks."""

    @extend_schema(
        operation_id="claims_list", parameters=[ClaimQuery], responses={200: ClaimPage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        """The newest first; with `state`, the most important first, as the queue has them; `sort` has its way."""
        query = ClaimQuery.of(request.query_params)
        order = finding_rules.order(query["sort"], query.get("state", ""))
        rows = finding.find(request.user, permissions.desk_ids(request.user), filters(query))
        found, following = paging.page(
            request,
            CURSORS[order],
            finding.ordered(rows, order).values(*ROW),
            query,
            after=lambda some, seen: finding.after(some, order, seen),
            key=lambda row: finding.key(row, order),
        )
        return Response({"results": [brief(row) for row in found], "next": following})


class ClaimOne(permissions.Door):
    """One claim."""

    @extend_schema(operation_id="claims_get", responses={200: ClaimDetail, 304: None, **problems(401, 403, 404)})
    def get(self, request: Request, claim_id: int) -> Response:
        claim = permissions.claim_to_read(request, claim_id)
        return with_etag(request, detail(claim, request.user))


class ClaimEvents(permissions.Door):
    """The history of one claim."""

    @extend_schema(
        operation_id="claims_events",
        parameters=[paging.PageQuery],
        responses={200: EventPage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, claim_id: int) -> Response:
        claim = permissions.claim_to_read(request, claim_id)
        query, steps = paging.PageQuery.of(request.query_params), Event.objects.of(Subject.CLAIM, claim_id)
        found, following = paging.page(
            request,
            EVENT_CURSORS,
            evidence_services.history(claim, request.user),
            query,
            after=lambda rows, seen: rows.filter(sequence__gt=steps.filter(at=seen[0]).values("sequence")[:1]),
            # Anybody can read what a cursor holds: the time that the row shows, and not its number.
            key=lambda row: [row.at.isoformat()],
        )
        told, whole = evidence_services.told(claim, found, request.user), review.knows_all(request.user, claim)
        return Response({"results": [step(row, whole=whole) for row in told], "next": following})


def step(event: Event, *, whole: bool) -> dict[str, Any]:
    return {
        "sequence": event.sequence if whole else None,
        "kind": event.kind,
        "at": event.at,
        "actor": str(event.actor) if event.actor else None,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "reason": event.reason,
        "data": event.data,
        "hash": bytes(event.hash).hex() if whole else None,
    }


class Dismissal(Reading):
    """Why a claim is not taken up."""

    reason = serializers.ChoiceField(choices=DISMISSALS)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)


class ClaimStep(permissions.Door):
    """The base of an editor's step on a claim."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.EDIT}


class ClaimDismiss(ClaimStep):
    """Do not take the claim up."""

    @extend_schema(
        operation_id="claims_dismiss",
        request=Dismissal,
        responses={200: ClaimDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        claim = permissions.claim_to_edit(request, claim_id)
        why = Dismissal.of(request.data)
        claims.dismiss(claim.pk, DismissReason(why["reason"]), actor=request.user, note=why["note"])
        return Response(detail(permissions.claim_to_read(request, claim.pk), request.user))


class ClaimRestore(ClaimStep):
    """Bring a dismissed claim back."""

    @extend_schema(
        operation_id="claims_restore", request=None, responses={200: ClaimDetail, **problems(401, 403, 404, 409)}
    )
    def post(self, request: Request, claim_id: int) -> Response:
        claim = permissions.claim_to_edit(request, claim_id)
        claims.restore(claim.pk, actor=request.user)
        return Response(detail(permissions.claim_to_read(request, claim.pk), request.user))
