"""Attributions over REST: all of an article, one of them, and what people decide on it."""

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import articles, permissions
from claims.api.attributions import found
from claims.api.bodies import Reading, with_etag
from claims.api.errors import problems
from claims.extraction import webannotation
from claims.models.articles import ArticleStatus
from claims.models.claims import Attribution, Narrator, QuoteType, Stance
from claims.rules.attributions import MOST_SPANS, ROLES
from claims.rules.refusals import Conflict
from claims.services import attributions, confirmations, formulations

LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, description="What was added.", response=[201])
ADDED = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description="Of this version.", response=[201])


# --- What is sent -----------------------------------------------------------------------------------------------------


class Place(serializers.Serializer[Any]):
    """A stretch of the newest text in Unicode code points, `start` inclusive, `end` exclusive."""

    start = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    end = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class Statement(Reading):
    """Who said what with which words, as a person reads it. `quote_type` follows from the content where left out."""

    # A field, not the attribute.
    source: Any = serializers.ListField(child=Place(), required=False, max_length=MOST_SPANS)
    cue = serializers.ListField(child=Place(), required=False, max_length=MOST_SPANS)
    content = serializers.ListField(child=Place(), max_length=MOST_SPANS)
    stance = serializers.ChoiceField(choices=Stance.choices, required=False)
    quote_type = serializers.ChoiceField(choices=QuoteType.choices, required=False)
    channel = serializers.CharField(required=False, allow_blank=True, max_length=100)
    said_on = serializers.DateField(required=False, allow_null=True)
    narrator = serializers.ChoiceField(choices=Narrator.choices, required=False)
    source_entity = serializers.CharField(required=False, allow_blank=True, max_length=300)
    parent: Any = serializers.CharField(  # a field, not the attribute
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=16,
        help_text="The id of the one whose content holds this; empty: none; null: it follows from the spans.",
    )
    responds_to = serializers.CharField(
        required=False, allow_blank=True, max_length=16, help_text="The id of another attribution in this article."
    )


class StatementChange(Statement):
    """What is to be corrected; fields that are left out stay as they are."""

    content = serializers.ListField(child=Place(), required=False, max_length=MOST_SPANS)


class Rejection(Reading):
    """Why it is not a statement."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)


class Formulation(Reading):
    """What a statement claims, in plain words."""

    text = serializers.CharField(max_length=formulations.TEXT_LIMIT)


class Restoring(Reading):
    """Which change is undone."""

    event = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Of the history, with `before`.")


def reading(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as the service names them."""
    ranges = {role: tuple((each["start"], each["end"]) for each in fields[role]) for role in ROLES if role in fields}
    return fields | ranges


# --- What is answered -------------------------------------------------------------------------------------------------


NAMED = "Null while a second review of one of its claims is open."


class AttributionDetail(found.AttributionOut):
    """One attribution, and who decided on it. The ETag counts the changes; send it as If-Match with a change."""

    article = serializers.IntegerField()
    claims = serializers.ListField(child=serializers.IntegerField(), help_text="The claims that it carries.")
    decided_by = serializers.CharField(allow_null=True, help_text=NAMED)
    decided_at = serializers.DateTimeField(allow_null=True)


class Step(serializers.Serializer[Any]):
    """Something that people did to an attribution."""

    event = serializers.IntegerField(help_text="Send it to restore what was there before.")
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True, help_text=NAMED)
    before = serializers.DictField(allow_null=True, help_text="As it was; null where nothing about it changed.")
    after = serializers.DictField(allow_null=True)


class History(serializers.Serializer[Any]):
    """The latest first."""

    steps = Step(many=True)


def detail(row: Attribution) -> dict[str, Any]:
    (described,) = found.described([row])
    return {
        **described,
        "article": row.revision.article_id,
        "claims": list(row.links.order_by("claim_id").values_list("claim_id", flat=True)),
        "decided_by": str(row.decided_by) if row.decided_by and attributions.may_be_named(row) else None,
        "decided_at": row.decided_at,
    }


def etag(row: Attribution) -> str:
    return f'"attribution-{row.pk}-{row.version}"'


def answer(row: Attribution) -> Response:
    return Response(detail(row), headers={"ETag": etag(row)})


def expected_version(request: Request, row: Attribution) -> int | None:
    """By If-Match. A tag of another version leads to the service's own refusal, which tells what is there now."""
    expected = request.META.get("HTTP_IF_MATCH", "").strip()
    return None if expected in ("", "*") else row.version if expected == etag(row) else 0


# --- The views --------------------------------------------------------------------------------------------------------


class WebAnnotationRenderer(JSONRenderer):
    """Chosen by ``?format=webannotation`` or by the Accept header."""

    # Without its profile here, because one that says */* would not get it otherwise.
    media_type = "application/ld+json"
    format = "webannotation"


class CitronRenderer(JSONRenderer):
    media_type = "application/vnd.citron+json"
    format = "citron"


class ArticleAttributions(permissions.Door):
    """What was found in the newest text."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}
    renderer_classes = [JSONRenderer, WebAnnotationRenderer, CitronRenderer]

    @extend_schema(
        operation_id="articles_attributions",
        parameters=[
            OpenApiParameter("format", str, enum=["json", "webannotation", "citron"], description="Another form."),
            articles.ETAG,
        ],
        responses={
            (200, "application/json"): found.Found,
            (200, "application/ld+json"): found.AnnotationPage,
            (200, "application/vnd.citron+json"): found.CitronDocument,
            304: None,
            **problems(401, 403, 404, 409),
        },
    )
    def get(self, request: Request, article_id: int) -> Response:
        """Who said what with which words: the attribution JSON, W3C Web Annotations, or Citron JSON."""
        article = permissions.article_to_read(request, article_id)
        if article.status != ArticleStatus.READY:
            message = f"The article is {article.get_status_display()}. Ask again when it is ready."
            raise Conflict.with_details("article", "not_ready", message, article_status=article.status)
        revision = articles.newest_revision(article)
        content = found.found(article, revision)
        if request.accepted_renderer.format == WebAnnotationRenderer.format:
            source = request.build_absolute_uri(reverse("api:article-text", args=[article.pk]))
            answer = with_etag(request, found.annotations(content, revision, source))
            answer.content_type = f'{WebAnnotationRenderer.media_type}; profile="{webannotation.CONTEXT}"'
            return answer
        if request.accepted_renderer.format == CitronRenderer.format:
            return with_etag(request, found.quotes(content, revision))
        return with_etag(request, content)

    @extend_schema(
        operation_id="articles_attributions_add",
        request=Statement,
        parameters=[LOCATION, ADDED],
        responses={(201, "application/json"): AttributionDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, article_id: int) -> Response:
        """Add what the engine missed."""
        article = permissions.article_to_edit(request, article_id)
        statement = attributions.Reading(**reading(Statement.of(request.data)))
        row = attributions.add(article.pk, statement, actor=request.user)
        location = request.build_absolute_uri(reverse("api:attribution", args=[row.pk]))
        return Response(detail(row), status=201, headers={"Location": location, "ETag": etag(row)})


class AttributionOne(permissions.Door):
    """One attribution."""

    scopes: ClassVar[dict[str, str]] = {"PATCH": permissions.REVIEW}

    @extend_schema(
        operation_id="attributions_get",
        parameters=[articles.ETAG],
        responses={200: AttributionDetail, **problems(401, 403, 404)},
    )
    def get(self, request: Request, attribution_id: int) -> Response:
        return answer(permissions.attribution_to_read(request, attribution_id))

    @extend_schema(
        operation_id="attributions_correct",
        request=StatementChange,
        parameters=[articles.IF_MATCH, articles.ETAG],
        responses={200: AttributionDetail, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def patch(self, request: Request, attribution_id: int) -> Response:
        """Correct it. With If-Match, a change by somebody else meanwhile is not lost; no difference confirms it."""
        row = permissions.attribution_to_edit(request, attribution_id)
        change = reading(StatementChange.of(request.data))
        return answer(attributions.correct(row.pk, change, actor=request.user, version=expected_version(request, row)))


class AttributionStep(permissions.Door):
    """The base of a decision on an attribution."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}


class AttributionConfirm(AttributionStep):
    """It is as the attribution says."""

    @extend_schema(
        operation_id="attributions_confirm",
        request=None,
        parameters=[articles.ETAG],
        responses={200: AttributionDetail, **problems(401, 403, 404)},
    )
    def post(self, request: Request, attribution_id: int) -> Response:
        """A suggestion is accepted thereby, and its claims go to the reviewers."""
        row = permissions.attribution_to_edit(request, attribution_id)
        return answer(attributions.confirm(row.pk, actor=request.user))


class AttributionUnconfirm(AttributionStep):
    """Nobody has looked at it, as before it was confirmed."""

    @extend_schema(
        operation_id="attributions_unconfirm",
        request=None,
        parameters=[articles.ETAG],
        responses={200: AttributionDetail, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, attribution_id: int) -> Response:
        """Where the confirmation changed nothing else: not of an accepted suggestion, nor of what had been rejected."""
        row = permissions.attribution_to_edit(request, attribution_id)
        return answer(confirmations.unconfirm(row.pk, actor=request.user))


class AttributionReject(AttributionStep):
    """It is not a statement."""

    @extend_schema(
        operation_id="attributions_reject",
        request=Rejection,
        parameters=[articles.ETAG],
        responses={200: AttributionDetail, **problems(400, 401, 403, 404, 415)},
    )
    def post(self, request: Request, attribution_id: int) -> Response:
        """Claims that nothing else carries are dismissed, but for those that the reviewers have."""
        row = permissions.attribution_to_edit(request, attribution_id)
        why = Rejection.of(request.data)["reason"]
        return answer(attributions.reject(row.pk, actor=request.user, reason=why))


class AttributionClaim(AttributionStep):
    """What it claims."""

    @extend_schema(
        operation_id="attributions_claim",
        request=Formulation,
        parameters=[LOCATION, ADDED],
        responses={201: AttributionDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, attribution_id: int) -> Response:
        """Put into words what it claims, where it carries no claim; that goes to the reviewers."""
        row = permissions.attribution_to_edit(request, attribution_id)
        text = Formulation.of(request.data)["text"]
        claim = formulations.formulate(row.pk, text, actor=request.user)
        location = request.build_absolute_uri(reverse("api:claim", args=[claim.pk]))
        return Response(detail(row), status=201, headers={"Location": location, "ETag": etag(row)})


class AttributionHistory(permissions.Door):
    """What people did to it."""

    @extend_schema(operation_id="attributions_history", responses={200: History, **problems(401, 403, 404)})
    def get(self, request: Request, attribution_id: int) -> Response:
        """Each change with what was there before it."""
        row = permissions.attribution_to_read(request, attribution_id)
        named = attributions.may_be_named(row)
        steps = [
            {
                "event": event.pk,
                "kind": event.kind,
                "at": event.at,
                "by": str(event.actor) if named and event.actor else None,
                "before": event.data.get("from"),
                "after": event.data.get("to"),
            }
            for event in attributions.history(row)
        ]
        return Response({"steps": steps})


class AttributionRestore(AttributionStep):
    """As it was before."""

    @extend_schema(
        operation_id="attributions_restore",
        request=Restoring,
        parameters=[articles.IF_MATCH, articles.ETAG],
        responses={200: AttributionDetail, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def post(self, request: Request, attribution_id: int) -> Response:
        """Make it what it was before a change of its history; a correction like any other."""
        row = permissions.attribution_to_edit(request, attribution_id)
        event = Restoring.of(request.data)["event"]
        version = expected_version(request, row)
        return answer(attributions.restore(row.pk, event, actor=request.user, version=version))
