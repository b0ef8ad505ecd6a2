"""From a revision to attributed claims: run the engine, store what it found."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, IntegerField, Max, QuerySet
from django.db.models.functions import Cast, Substr

from claims import jobs
from claims.extraction import checkworthiness, pipeline
from claims.extraction import types as found
from claims.models.articles import Article, ArticleStatus, Revision
from claims.models.claims import Attribution, AttributionSource, Claim, ClaimAttribution, Decision, SpanRole
from claims.models.desks import REVIEWERS, Desk
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.models.restatements import Restatement
from claims.models.spans import Span
from claims.rules import workflow
from claims.rules.attributions import ROLES, Range, Spans
from claims.rules.refusals import Absent, Conflict, Refused
from claims.rules.workflow import ClaimState, DismissReason
from claims.services import jobs as queue
from claims.services import words
from claims.services.events import Change, entry, record, record_all, record_change, verb
from sources import resolution
from sources.models import Source, SourceKind

BATCH = 1000
REPORT_EVERY_S = 0.5
POWERFUL = (SourceKind.OFFICE, SourceKind.GOVERNMENT, SourceKind.ARMED_FORCE)
"""Kinds of sources whose words have consequences."""


def extract(job: Job) -> None:
    """The job that reads a revision: attributions, speakers and claims; its own job then opens the review."""
    revision = Revision.objects.select_related("article").get(pk=job.args["revision"])
    article = revision.article
    Article.objects.filter(pk=article.pk, status=ArticleStatus.QUEUED).update(status=ArticleStatus.EXTRACTING)
    extraction = read(job, revision)
    with queue.finishing(job):
        store(revision, extraction)
        queue.enqueue(jobs.OPEN_REVIEW, f"open review {article.pk}", {"article": article.pk})


def read(job: Job, revision: Revision) -> found.Extraction:
    """What the engine finds in the revision; the job tells how far it is."""
    queue.report(job, "finding who said what", 5)
    published = revision.article.published_at
    told = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal told
        # Nobody looks more often, and most articles are read before anybody could.
        if time.monotonic() - told >= REPORT_EVERY_S:
            told = time.monotonic()
            queue.report(job, "finding who said what", 5 + 85 * done // max(1, total))

    day = published.date() if published else None
    extraction = pipeline.extract(revision.text, published_on=day, progress=progress)
    queue.report(job, "storing the claims", 92)
    return extraction


def engine_of(extraction: found.Extraction) -> str:
    """Name and version as the tables keep them."""
    return f"{extraction.engine} {extraction.version}"[:64]


def store(revision: Revision, extraction: found.Extraction) -> None:
    """Write an extraction's rows and events. Inside the caller's transaction; once per revision."""
    article = revision.article
    engine = engine_of(extraction)
    attributions = store_attributions(revision, extraction.attributions, engine)
    claims = store_claims(article, extraction.claims, attributions)
    store_restatements(revision, extraction.restatements, attributions)
    Article.objects.filter(pk=article.pk).update(
        status=ArticleStatus.READY, failure=None, read_by=engine, version=F("version") + 1
    )
    counts = {"attributions": len(attributions), "claims": len(claims), "notes": list(extraction.notes)}
    record(
        "article.extracted",
        Subject.ARTICLE,
        article.pk,
        from_state=ArticleStatus.EXTRACTING,
        to_state=ArticleStatus.READY,
        data=counts | {"engine": engine},
    )


def store_attributions(
    revision: Revision,
    rows: Sequence[found.Attribution],
    engine: str,
    *,
    beside: Mapping[str, Attribution] | None = None,
) -> dict[str, Attribution]:
    """Store attributions with spans and suggested speakers; returns them by label.

    ``beside`` are those that the revision has already, by label: the text was read again, and these are suggestions.
    """
    made = [
        Attribution(
            revision=revision,
            label=row.id,
            quote_type=row.quote_type,
            stance=row.stance,
            channel=(row.channel or "")[:100],
            frequency=(row.frequency or "")[:100],
            said_on=row.said_on,
            narrator=row.narrator,
            source_entity=(row.source_entity or "")[:300],
            confidence=row.confidence,
            rule=row.rule[:40],
            engine=engine,
            last_found=engine,
            suggested=beside is not None,
        )
        for row in rows
    ]
    stored = {row.label: row for row in Attribution.objects.bulk_create(made, batch_size=BATCH)}
    everyone = {**(beside or {}), **stored}
    related = []
    by_id = {row.pk: row for row in everyone.values()}
    for row in rows:
        if row.parent or row.responds_to:
            own = stored[row.id]
            own.parent = _holding(everyone[row.parent], by_id) if row.parent else None
            own.responds_to = everyone[row.responds_to] if row.responds_to else None
            related.append(own)
    Attribution.objects.bulk_update(related, ["parent", "responds_to"], batch_size=BATCH)
    Span.objects.bulk_create(
        (
            Span(attribution=stored[row.id], role=role, start=span.start, end=span.end)
            for row in rows
            for role, spans in (
                (SpanRole.SOURCE, row.source),
                (SpanRole.CUE, row.cue),
                (SpanRole.CONTENT, row.content),
            )
            for span in spans
        ),
        batch_size=BATCH,
    )
    suggest_sources(
        revision.article,
        {
            stored[row.id].pk: [name for name in (row.source_entity, *(span.text for span in row.source)) if name]
            for row in rows
        },
    )
    return stored


def _holding(parent: Attribution | None, everyone: Mapping[int, Attribution]) -> Attribution | None:
    """The parent that the engine names, or what holds it where a person rejected it: that holds nothing."""
    while parent is not None and parent.decision == Decision.REJECTED:
        parent = everyone[parent.parent_id] if parent.parent_id else None
    return parent


def suggest_sources(article: Article, surfaces: Mapping[int, Sequence[str]]) -> None:
    """Link speakers to the register by what they resolve to within the text, else by the words themselves.

    ``surfaces`` has the names of each attribution, the best first.
    """
    on = article.published_at.date() if article.published_at else None
    known = resolution.resolve({name for names in surfaces.values() for name in names}, on)
    rows = []
    for attribution, names in surfaces.items():
        suggestions = next((known[name] for name in names if name in known), [])
        rows += [
            AttributionSource(
                attribution_id=attribution,
                source=suggestion.source,
                surface=suggestion.surface[:300],
                score=suggestion.score,
                reason=suggestion.reason[:300],
            )
            for suggestion in suggestions
        ]
    # Two parts of one phrase may lead to the same source.
    AttributionSource.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def weighed(desk: Desk, rows: Sequence[found.Claim], attributions: Mapping[str, Attribution]) -> list[found.Claim]:
    """The claims weighed as the desk weighs them; the register may know power that the words do not show."""
    labels = {link.id for row in rows for link in row.attributions}
    ids = [attributions[label].pk for label in labels]
    sources = AttributionSource.objects.filter(attribution__in=ids, source__kind__in=POWERFUL)
    powerful = set(sources.values_list("attribution__label", flat=True))
    return [
        checkworthiness.having(
            row, {"power"} if any(link.id in powerful for link in row.attributions) else (), desk.worthiness_weights
        )
        for row in rows
    ]


def store_claims(article: Article, rows: Sequence[found.Claim], attributions: Mapping[str, Attribution]) -> list[Claim]:
    """Store claims with their links and events; ``attributions`` has every label that the claims name."""
    rows = weighed(article.desk, rows, attributions)
    made = [
        Claim(
            desk_id=article.desk_id,
            article=article,
            label=row.id,
            text=row.text,
            as_of=row.as_of or (article.published_at.date() if article.published_at else None),
            checkability=row.checkability,
            check_worthiness=row.check_worthiness,
            reasons=[reason[:200] for reason in row.reasons],
            narrator_claim=not row.attributions,
        )
        for row in rows
    ]
    stored = Claim.objects.bulk_create(made, batch_size=BATCH)
    ClaimAttribution.objects.bulk_create(
        (
            ClaimAttribution(claim=claim, attribution=attributions[link.id], stance=link.stance)
            for claim, row in zip(stored, rows, strict=True)
            for link in row.attributions
        ),
        batch_size=BATCH,
    )
    data = {"article": article.pk}
    record_all(
        entry("claim.extracted", Subject.CLAIM, claim.pk, to_state=ClaimState.EXTRACTED, data=data) for claim in stored
    )
    words.write(claim.pk for claim in stored)
    return stored


def store_restatements(
    revision: Revision, rows: Iterable[found.Restatement], attributions: Mapping[str, Attribution]
) -> None:
    """Store what the outlet repeats in its own voice of these attributions; what is stored already stays."""
    Restatement.objects.bulk_create(
        (
            Restatement(revision=revision, restates=attributions[row.restates], start=row.span.start, end=row.span.end)
            for row in rows
            if row.restates in attributions
        ),
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def spans_of(ids: Collection[int]) -> dict[int, Spans]:
    """The spans of the attributions with these ids, by id; one query."""
    ranges: dict[int, dict[str, list[Range]]] = {pk: {role: [] for role in ROLES} for pk in ids}
    spans = Span.objects.filter(attribution__in=ids).order_by("start")
    for pk, role, start, end in spans.values_list("attribution", "role", "start", "end"):
        ranges[pk][role].append((start, end))
    return {pk: Spans(pk, **{role: tuple(found) for role, found in by_role.items()}) for pk, by_role in ranges.items()}


def last_number(rows: QuerySet[Attribution] | QuerySet[Claim]) -> int:
    """The highest number among their labels, such as 7 for A7; 0 without any."""
    labels = rows.filter(label__regex=r"^[A-Z][0-9]{1,9}$")
    highest = labels.aggregate(last=Max(Cast(Substr("label", 2), IntegerField())))["last"]
    return highest or 0


def attribution_locked(attribution_id: int, actor: Any) -> Attribution:
    """The attribution, locked until the transaction ends; raises Absent for whoever is no reviewer of its desk.

    Its article is locked first, as whoever reads it again does, so that none wait in a ring.
    """
    articles = Article.objects.filter(desk__in=Desk.objects.of(actor, REVIEWERS))
    mine = articles.filter(revisions__attributions=attribution_id).select_for_update(of=("self",), no_key=True)
    if mine.first() is None:
        raise Absent.one("attribution", "absent", "There is no such attribution at your desk.")
    rows = Attribution.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("revision__article").get(pk=attribution_id)


@verb
def confirm_source(attribution_id: int, source: Source, *, actor: Any) -> AttributionSource:
    """A person says who speaks: a suggestion, or another source of the register. What else was suggested goes.

    Raises Absent for whoever is no reviewer of the article's desk, Refused for a source that was merged.
    """
    attribution = attribution_locked(attribution_id, actor)
    if source.merged_into is not None:
        raise Refused.one("source", "merged", f"{source} was merged; name {source.followed}.")
    before = list(attribution.resolved_sources.order_by("source").values_list("source", flat=True))
    named = {"surface": attribution.source_entity, "score": 1.0, "reason": "Named by a person."}
    row, _ = AttributionSource.objects.get_or_create(attribution=attribution, source=source, defaults=named)
    attribution.resolved_sources.exclude(pk=row.pk).delete()
    row.confirmed_by = actor
    row.save(update_fields=["confirmed_by"])
    Attribution.objects.filter(pk=attribution.pk).update(version=F("version") + 1)
    what = {"attribution": attribution.pk, "source": source.pk, "before": before}
    record("attribution.source_confirmed", Subject.ARTICLE, attribution.revision.article_id, actor=actor, data=what)
    speaker_changed(attribution)
    return row


Named = Callable[[Attribution], None]
_when_named: list[Named] = []


def when_named(call: Named) -> None:
    """Register what happens, in the same transaction, when another source speaks in an attribution than before."""
    _when_named.append(call)


def speaker_changed(attribution: Attribution) -> None:
    """Another source was named, or is suggested, as the one who speaks."""
    for call in _when_named:
        call(attribution)


def veiled(attribution: Attribution) -> QuerySet[Claim]:
    """The claims of the attribution of which a review is in that somebody must not know of: they may have to review."""
    rows = attribution.claims.exclude(state__in=workflow.UNVEILED)
    return rows.filter(assignments__round=F("round"), assignments__reviews__isnull=False).distinct()


# --- The life of a claim ----------------------------------------------------------------------------------------------


def visible(user: Any, claim_id: int) -> Claim:
    """The claim, if it belongs to a desk of the user; raises Absent."""
    claim = Claim.objects.of(user).filter(pk=claim_id).select_related("desk", "article").first()
    if claim is None:
        raise Absent.one("claim", "absent", "There is no such claim at your desk.")
    return claim


def locked(claim_id: int, *related: str) -> Claim:
    """The claim with its ``related`` rows, which are not locked, until the transaction ends; raises Absent."""
    rows = Claim.objects.select_for_update(of=("self",)).filter(pk=claim_id)
    if (claim := (rows.select_related(*related) if related else rows).first()) is None:
        raise Absent.one("claim", "absent", "There is no such claim.")
    return claim


MOVE_SQL = "UPDATE claims_claim SET state = %s, state_reason = %s, changed_at = statement_timestamp() WHERE id = %s"


def move(
    claim: Claim,
    to: ClaimState,
    kind: str,
    *,
    actor: Any = None,
    reason: str = "",
    data: dict[str, Any] | None = None,
    along: Iterable[Change] = (),
) -> None:
    """Take a locked claim one step through its life, with its event; raises Conflict when the step is illegal.

    What changes ``along`` with it, in other rows, is a part of the same statement.
    """
    before = ClaimState(claim.state)
    try:
        workflow.check(before, to)
    except workflow.IllegalTransition as error:
        raise Conflict.with_details("claim", "illegal_transition", str(error), state=before.value) from error
    step = {"from_state": before.value, "to_state": to.value}
    event = entry(kind, Subject.CLAIM, claim.pk, actor=actor, reason=reason, data=data, **step)
    record_change(event, (MOVE_SQL, [to.value, reason[:500], claim.pk]), *along)
    claim.state = to.value


# With the reviewers; what they find is said in a review and nowhere else.
WITH_REVIEWERS = (ClaimState.ASSIGNED, ClaimState.IN_REVIEW, ClaimState.ON_HOLD)


@verb
def dismiss(claim_id: int, reason: DismissReason, *, actor: Any, note: str = "") -> Claim:
    """Not to be taken up: not checkable, a duplicate or out of scope. Raises Conflict once the reviewers have it."""
    claim = locked(claim_id)
    if claim.state == ClaimState.QUEUED:
        message = "This claim is in the queue. Take it out of the queue first."
        raise Conflict.with_details("claim", "illegal_transition", message, state=claim.state)
    if claim.state in WITH_REVIEWERS:
        message = (
            f"This claim is {workflow.label(ClaimState(claim.state))}; "
            "what the reviewers have can no longer be dismissed. "
            "Have it reviewed: take it, answer “Not checkable”, and say why in the rationale."
        )
        raise Conflict.with_details("claim", "illegal_transition", message, state=claim.state)
    why = f"{workflow.label(reason)}: {note}".rstrip(": ")
    move(claim, ClaimState.DISMISSED, "claim.dismissed", actor=actor, reason=why)
    return claim


@verb
def restore(claim_id: int, *, actor: Any) -> Claim:
    """Bring a dismissed claim back. Raises Conflict for any other: a queued one would keep its place in the queue."""
    claim = locked(claim_id)
    if claim.state != ClaimState.DISMISSED:
        message = f"This claim is {workflow.label(ClaimState(claim.state))}; only what was dismissed can be restored."
        raise Conflict.with_details("claim", "illegal_transition", message, state=claim.state)
    move(claim, ClaimState.TRIAGED, "claim.restored", actor=actor)
    return claim
