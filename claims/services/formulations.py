"""Claims that a person puts into words: of a statement that has none, because nobody but a person found it."""

from typing import Any

from claims import jobs
from claims.extraction import checkworthiness
from claims.extraction import text as texts
from claims.extraction import types as found
from claims.models.claims import Attribution, Claim, ClaimAttribution
from claims.models.events import Subject
from claims.rules.refusals import Conflict, Refused
from claims.rules.workflow import ClaimState
from claims.services import claims, words
from claims.services import jobs as queue
from claims.services.events import record, verb

TEXT_LIMIT = 1000


@verb
def formulate(attribution_id: int, text: str, *, actor: Any) -> Claim:
    """What the statement claims, in plain words; it goes to the reviewers. The same words once more are the same claim.

    It is checkable, whatever the engine would say: a person wants it checked. Raises Absent for whoever is no reviewer
    of the desk, Refused, and Conflict where the statement does not count or carries a claim already.
    """
    attribution = claims.attribution_locked(attribution_id, actor)
    article, said = attribution.revision.article, _checked(text)
    if not attribution.stands:
        message = "This is no statement of the article, or waits to be accepted as one. Decide on that first."
        raise Conflict.with_details("attribution", "does_not_stand", message, decision=attribution.decision)
    known = attribution.claims.order_by("pk").first()
    if known is not None and known.text == said:
        return known
    if known is not None:
        message = "This statement carries a claim already."
        raise Conflict.with_details("attribution", "has_a_claim", message, claim=known.pk)
    label = f"C{claims.last_number(Claim.objects.filter(article=article)) + 1}"
    made = _weighed(attribution, label, said)
    claim = Claim.objects.create(
        desk_id=article.desk_id,
        article=article,
        label=label,
        text=said,
        as_of=attribution.said_on or (article.published_at.date() if article.published_at else None),
        check_worthiness=made.check_worthiness,
        reasons=list(made.reasons),
    )
    ClaimAttribution.objects.create(claim=claim, attribution=attribution, stance=attribution.stance)
    words.write([claim.pk])
    what = {"article": article.pk, "attribution": attribution.pk, "label": attribution.label}
    record("claim.formulated", Subject.CLAIM, claim.pk, actor=actor, to_state=ClaimState.EXTRACTED, data=what)
    queue.enqueue(jobs.OPEN_REVIEW, f"open review {article.pk} {label}", {"article": article.pk})
    return claim


def _checked(text: str) -> str:
    said = " ".join(texts.clean(text).text.split())
    if not said:
        raise Refused.one("text", "blank", "Write what is to be checked, in plain words.")
    if len(said) > TEXT_LIMIT:
        message = f"A claim has at most {TEXT_LIMIT:,} characters; this one has {len(said):,}. Say one thing of it."
        raise Refused.one("text", "too_long", message)
    return said


def _weighed(attribution: Attribution, label: str, said: str) -> found.Claim:
    """As one that the engine made is weighed, by its words, by who says it and how."""
    row: Any = attribution  # whose choices are those of the engine's types
    text, spans = row.revision.text, claims.spans_of([row.pk])[row.pk]
    claim = found.Claim(label, said, (found.ClaimLink(row.label, row.stance),))
    reading = found.Attribution(
        id=row.label,
        source=tuple(found.Span.of(text, start, end) for start, end in spans.source),
        cue=(),
        content=(),
        quote_type=row.quote_type,
        stance=row.stance,
        confidence=1.0,
        rule="",
        source_entity=row.source_entity or None,
        narrator=row.narrator,
    )
    features = checkworthiness.features_of(claim.text, reading, "checkable")
    desk, by_label = row.revision.article.desk, {row.label: attribution}
    return claims.weighed(desk, [checkworthiness.having(claim, features)], by_label)[0]
