"""What was found in a revision: the attribution JSON that the engine prints, W3C Web Annotations, and Citron JSON."""

from typing import Any

from django.db import connection
from rest_framework import serializers

from claims.extraction import citron, webannotation
from claims.models.articles import Article, Revision
from claims.models.claims import (
    Attribution,
    AttributionSource,
    Checkability,
    Claim,
    ClaimAttribution,
    Decision,
    Narrator,
    QuoteType,
    SpanRole,
    Stance,
    counting,
)
from claims.models.restatements import Restatement
from claims.models.rows import read, run
from claims.models.spans import Span as SpanRow


class Span(serializers.Serializer[Any]):
    """A stretch of the text in Unicode code points, `start` inclusive, `end` exclusive."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()


class ResolvedSource(serializers.Serializer[Any]):
    """A source of the register that the words may name: a suggestion until somebody confirms it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    surface = serializers.CharField()
    score = serializers.FloatField()
    reason = serializers.CharField()
    confirmed = serializers.BooleanField()


class AttributionOut(serializers.Serializer[Any]):
    """Somebody said something: source, cue and content (PARC 3.0, PolNeAR)."""

    id = serializers.CharField(help_text="Within this article, such as A7.")
    attribution_id = serializers.IntegerField(help_text="The attribution at /api/v1/attributions/{id}.")
    decision = serializers.ChoiceField(choices=Decision.choices, help_text="What people made of it.")
    suggested = serializers.BooleanField(help_text="Found when the text was read again, and not accepted yet.")
    last_found = serializers.CharField(allow_null=True, help_text="The engine that last found it; null: a person did.")
    source: Any = Span(many=True)  # a field, not the attribute
    source_entity = serializers.CharField(allow_null=True)
    sources = ResolvedSource(many=True)
    cue = Span(many=True)
    content = Span(many=True)
    quote_type = serializers.ChoiceField(choices=QuoteType.choices)
    stance = serializers.ChoiceField(choices=Stance.choices)
    channel = serializers.CharField(allow_null=True)
    frequency = serializers.CharField(allow_null=True)
    said_on = serializers.DateField(allow_null=True)
    narrator = serializers.ChoiceField(choices=Narrator.choices)
    parent: Any = serializers.CharField(allow_null=True)  # a field, not the attribute
    responds_to = serializers.CharField(allow_null=True)
    parent_set = serializers.BooleanField(help_text="A person chose the parent, or that there is none.")
    confidence = serializers.FloatField()
    rule = serializers.CharField(allow_null=True, help_text="By which rule the engine took it for an attribution.")


class ClaimStance(serializers.Serializer[Any]):
    """By which attribution a claim is carried, and with which stance."""

    id = serializers.CharField()
    stance = serializers.ChoiceField(choices=Stance.choices)


class FoundClaim(serializers.Serializer[Any]):
    """A claim as the engine found it."""

    id = serializers.CharField(help_text="Within this article, such as C3.")
    claim_id = serializers.IntegerField(help_text="The claim at /api/v1/claims/{id}.")
    text = serializers.CharField()
    attributions = ClaimStance(many=True)
    checkability = serializers.ChoiceField(choices=Checkability.choices)
    check_worthiness = serializers.FloatField()
    reasons = serializers.ListField(child=serializers.CharField())


class Engine(serializers.Serializer[Any]):
    """What read the text."""

    name = serializers.CharField()
    version = serializers.CharField()


class FoundDateline(serializers.Serializer[Any]):
    """Where the article was written."""

    places = serializers.ListField(child=serializers.CharField())
    agency = serializers.CharField(allow_null=True)


class FrontMatter(serializers.Serializer[Any]):
    """What is known about the article."""

    outlet = serializers.CharField(allow_null=True)
    byline = serializers.ListField(child=serializers.CharField())
    dateline = FoundDateline()
    published_on = serializers.DateField(allow_null=True)


class FoundRestatement(serializers.Serializer[Any]):
    """The outlet repeats in its own voice what one side says."""

    span = Span()
    restates = serializers.CharField()


class Found(serializers.Serializer[Any]):
    """The attribution JSON."""

    engine = Engine()
    text_sha256 = serializers.CharField()
    article = FrontMatter()
    attributions = AttributionOut(many=True)
    claims = FoundClaim(many=True)
    restatements = FoundRestatement(many=True)


def span(text: str, start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text[start:end]}


def found(article: Article, revision: Revision) -> dict[str, Any]:
    """Everything that was found in the revision; the number of queries does not depend on how much that is.

    What waits for a person and what one rejected are among it, and say so; standing() leaves them out.
    """
    rows = list(Attribution.objects.filter(revision=revision).order_by("pk"))
    engine, _, version = article.read_by.partition(" ")
    return {
        "engine": {"name": engine, "version": version},
        "text_sha256": revision.sha256,
        "article": _front_matter(article),
        "attributions": described(rows, revision.text),
        "claims": _claims(article),
        "restatements": [
            {"span": span(revision.text, row["start"], row["end"]), "restates": row["restates__label"]}
            for row in Restatement.objects.filter(revision=revision)
            .order_by("start", "pk")
            .values("start", "end", "restates__label")
        ],
    }


def standing(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The attributions of found() that count: for forms that cannot say what people decided."""
    return [each for each in content["attributions"] if not each["suggested"] and each["decision"] != Decision.REJECTED]


def _front_matter(article: Article) -> dict[str, Any]:
    return {
        "outlet": article.outlet or None,
        "byline": article.byline,
        "dateline": {"places": article.dateline_places, "agency": article.dateline_agency or None},
        "published_on": article.published_at.date() if article.published_at else None,
    }


def described(rows: list[Attribution], text: str | None = None) -> list[dict[str, Any]]:
    """The attributions with their spans and sources; three queries. Without ``text`` the database cuts the words."""
    ids = [row.pk for row in rows]
    spans = _spans(ids) if text is None else _spans_in(ids, text)
    sources = _sources(ids)
    related = {other for row in rows for other in (row.parent_id, row.responds_to_id) if other is not None}
    labels = dict(Attribution.objects.filter(pk__in=related).values_list("pk", "label"))
    return [
        {
            "id": row.label,
            "attribution_id": row.pk,
            "decision": row.decision,
            "suggested": row.suggested,
            "last_found": row.last_found or None,
            "source": spans.get((row.pk, SpanRole.SOURCE), []),
            "source_entity": row.source_entity or None,
            "sources": sources.get(row.pk, []),
            "cue": spans.get((row.pk, SpanRole.CUE), []),
            "content": spans.get((row.pk, SpanRole.CONTENT), []),
            "quote_type": row.quote_type,
            "stance": row.stance,
            "channel": row.channel or None,
            "frequency": row.frequency or None,
            "said_on": row.said_on,
            "narrator": row.narrator,
            "parent": labels.get(row.parent_id) if row.parent_id else None,
            "responds_to": labels.get(row.responds_to_id) if row.responds_to_id else None,
            "parent_set": row.parent_set,
            "confidence": row.confidence,
            "rule": row.rule or None,
        }
        for row in rows
    ]


CARRYING_SQL = """
    SELECT a.*, l.stance AS claim_stance
      FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id
     WHERE l.claim_id = %s ORDER BY a.id
"""


def carried_by(claim_id: int) -> list[dict[str, Any]]:
    """The attributions that carry the claim, with their words and what each source does with the claim."""
    rows = counting(read(Attribution, CARRYING_SQL, [claim_id]))
    content = zip(described(rows), rows, strict=True)
    return [{**each, "claim_stance": vars(row)["claim_stance"]} for each, row in content]


Spans = dict[tuple[int, str], list[dict[str, Any]]]


def _spans_in(ids: list[int], text: str) -> Spans:
    grouped: Spans = {}
    rows = SpanRow.objects.filter(attribution__in=ids).order_by("start", "end")
    for attribution, role, start, end in rows.values_list("attribution", "role", "start", "end"):
        grouped.setdefault((attribution, role), []).append(span(text, start, end))
    return grouped


# Written out, as every answer that shows a claim asks for it.
SPANS_SQL = """
    SELECT s.attribution_id, s.role, s.start, s.end, substr(r.text, s.start + 1, s.end - s.start)
      FROM claims_span s JOIN claims_attribution a ON a.id = s.attribution_id
      JOIN claims_revision r ON r.id = a.revision_id
     WHERE s.attribution_id = ANY (%s) ORDER BY s.start, s.end
"""


def _spans(ids: list[int]) -> Spans:
    """For a few attributions of a text that may be long: it stays in the database."""
    grouped: Spans = {}
    with connection.cursor() as cursor:
        run(cursor, SPANS_SQL, [ids])
        for attribution, role, start, end, words in cursor.fetchall():
            grouped.setdefault((attribution, role), []).append({"start": start, "end": end, "text": words})
    return grouped


def _sources(ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    grouped: dict[int, list[dict[str, Any]]] = {}
    rows = AttributionSource.objects.filter(attribution__in=ids).select_related("source__merged_into")
    for row in rows.order_by("-score", "pk"):
        source = row.source.followed
        grouped.setdefault(row.attribution_id, []).append(
            {
                "id": source.pk,
                "name": source.name,
                "surface": row.surface,
                "score": row.score,
                "reason": row.reason,
                "confirmed": row.confirmed_by_id is not None,
            }
        )
    return grouped


def _claims(article: Article) -> list[dict[str, Any]]:
    stances: dict[int, list[dict[str, Any]]] = {}
    links = ClaimAttribution.objects.filter(claim__article=article).order_by("attribution_id")
    for claim, label, stance in links.values_list("claim", "attribution__label", "stance"):
        stances.setdefault(claim, []).append({"id": label, "stance": stance})
    return [
        {
            "id": row.label,
            "claim_id": row.pk,
            "text": row.text,
            "attributions": stances.get(row.pk, []),
            "checkability": row.checkability,
            "check_worthiness": row.check_worthiness,
            "reasons": row.reasons,
        }
        for row in Claim.objects.filter(article=article).order_by("pk")
    ]


# --- W3C Web Annotation (https://www.w3.org/TR/annotation-model/) -----------------------------------------------------


class AnnotationPage(serializers.Serializer[Any]):
    """An AnnotationPage; every span is an annotation with a TextQuoteSelector and a TextPositionSelector."""

    type = serializers.CharField()
    items = serializers.ListField(child=serializers.DictField())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {"@context": serializers.CharField(), **super().get_fields()}


def annotations(content: dict[str, Any], revision: Revision, source: str) -> dict[str, Any]:
    """The same as annotations of the text at ``source``; each names its role and its attribution."""
    return webannotation.page(revision.text, standing(content), source=source, sha256=revision.sha256)


# --- Citron JSON (https://github.com/bbc/citron, docs/data_format.md) -------------------------------------------------


class CitronDocument(serializers.Serializer[Any]):
    """The text with its quotes, as Citron's own scripts read it."""

    text = serializers.CharField()
    quotes = serializers.ListField(child=serializers.DictField())
    quotes_without_cue = serializers.ListField(child=serializers.DictField(), help_text="Citron passes these over.")
    coreference_groups = serializers.ListField(child=Span(many=True))


def quotes(content: dict[str, Any], revision: Revision) -> dict[str, Any]:
    return citron.write(revision.text, standing(content))
