"""Reading an article again with the engine of today, beside what people decided since it was read first.

What a person decided on stays as it is. What was found before and is found again keeps its row, label and claims. What
is new becomes a suggestion, whose claims wait until a person accepts it. What is not found any more stays and says so:
its ``last_found`` is older than the article's ``read_by``. Reading twice changes nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F

from claims import jobs
from claims.extraction import pipeline
from claims.extraction import types as found
from claims.extraction.text import language
from claims.models.articles import Article, ArticleStatus, Revision
from claims.models.claims import Attribution, Claim, ClaimAttribution, Decision
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.rules import attributions as rules
from claims.rules.refusals import Conflict
from claims.services import claims, words
from claims.services import jobs as queue
from claims.services.events import record, verb


def engine_of_today() -> str:
    """Name and version of the engine as the tables keep them."""
    return " ".join(pipeline.engine())[:64]


def is_foreign(text: str) -> bool:
    """Whether the engine passes over the text, which it takes for another language than its own."""
    return language(text) == "other"


@verb
def ask(article: Article, *, actor: Any) -> Job:
    """Have a ready article read again; asked twice at once, it is read once. Raises Conflict before it is ready."""
    row = Article.objects.select_for_update(no_key=True).get(pk=article.pk)
    if row.status != ArticleStatus.READY:
        message = f"The article is {row.get_status_display()}. It can be read again when it is ready."
        raise Conflict.with_details("article", "not_ready", message, article_status=row.status)
    what = {"from": row.read_by, "to": engine_of_today()}
    record("article.reextraction_asked", Subject.ARTICLE, row.pk, actor=actor, data=what)
    return queue.enqueue(jobs.REEXTRACT_ARTICLE, f"reextract {row.pk}", {"article": row.pk})


def reextract(job: Job) -> None:
    """The job that reads the newest revision of an article again."""
    revisions = Revision.objects.select_related("article").filter(article=job.args["article"])
    revision = revisions.order_by("-number")[0]
    extraction = claims.read(job, revision)
    with queue.finishing(job):
        reconcile(revision, extraction)


@dataclass(frozen=True)
class Counts:
    """What reading again came to, in attributions but for the claims."""

    again: int
    new: int
    decided: int
    missing: int
    claims: int


def reconcile(revision: Revision, extraction: found.Extraction) -> Counts:
    """Bring the stored attributions and the extraction together. Inside the caller's transaction."""
    article = Article.objects.select_for_update(no_key=True).get(pk=revision.article_id)
    engine = claims.engine_of(extraction)
    stored = {row.pk: row for row in Attribution.objects.filter(revision=revision).order_by("pk")}
    same = rules.found_again(list(claims.spans_of(stored).values()), _found(extraction.attributions))
    open_ = {pk for pk, row in stored.items() if row.decision == Decision.UNSEEN}
    again = open_ & {pk for matches in same.values() for pk in matches}
    Attribution.objects.filter(pk__in=again).exclude(last_found=engine).update(
        last_found=engine, version=F("version") + 1
    )
    labels = {
        row.id: stored[same[number][0]].label for number, row in enumerate(extraction.attributions) if same[number]
    }
    new = _renumbered(revision, extraction.attributions, labels)
    known = {row.label: row for row in stored.values()}
    made = claims.store_attributions(revision, new, engine, beside=known)
    made_claims = _store_claims(article, extraction.claims, labels, made, known)
    restated = [replace(row, restates=labels[row.restates]) for row in extraction.restatements]
    claims.store_restatements(revision, restated, made)
    counts = Counts(len(again), len(made), len(stored) - len(open_), len(open_ - again), made_claims)
    if made or article.read_by != engine:
        Article.objects.filter(pk=article.pk).update(read_by=engine, version=F("version") + 1)
    what = {"engine": engine, "before": article.read_by, **vars(counts), "notes": list(extraction.notes)}
    record("article.reextracted", Subject.ARTICLE, article.pk, data=what)
    return counts


def _found(rows: Sequence[found.Attribution]) -> list[rules.Spans]:
    """Their spans, each known by its place in ``rows``."""

    def ranges(spans: Sequence[found.Span]) -> tuple[rules.Range, ...]:
        return tuple((span.start, span.end) for span in spans)

    return [
        rules.Spans(number, ranges(row.source), ranges(row.cue), ranges(row.content)) for number, row in enumerate(rows)
    ]


def _renumbered(
    revision: Revision, rows: Sequence[found.Attribution], labels: dict[str, str]
) -> list[found.Attribution]:
    """Those that have no label yet, with the next numbers; ``labels`` gets them too, so that all relations lead on."""
    number = claims.last_number(Attribution.objects.filter(revision=revision))
    fresh = [row for row in rows if row.id not in labels]
    labels |= {row.id: f"A{number + count}" for count, row in enumerate(fresh, start=1)}
    return [
        replace(
            row,
            id=labels[row.id],
            parent=labels[row.parent] if row.parent else None,
            responds_to=labels[row.responds_to] if row.responds_to else None,
        )
        for row in fresh
    ]


def _store_claims(
    article: Article,
    rows: Sequence[found.Claim],
    labels: Mapping[str, str],
    made: Mapping[str, Attribution],
    known: Mapping[str, Attribution],
) -> int:
    """Store the claims of what is new; returns how many. One that an older attribution carries is linked to, not made.

    So a new denial hangs on the claim that it denies.
    """
    number = claims.last_number(Claim.objects.filter(article=article))
    fresh: list[found.Claim] = []
    links: list[ClaimAttribution] = []
    standing = {row.text: row.pk for row in Claim.objects.filter(article=article).order_by("-pk")}
    for row in rows:
        own = tuple(replace(link, id=labels[link.id]) for link in row.attributions if labels[link.id] in made)
        if own and row.text in standing:
            links += [
                ClaimAttribution(claim_id=standing[row.text], attribution=made[link.id], stance=link.stance)
                for link in own
            ]
        elif own:
            fresh.append(replace(row, id=f"C{number + len(fresh) + 1}", attributions=own))
    ClaimAttribution.objects.bulk_create(links, batch_size=claims.BATCH, ignore_conflicts=True)
    words.write({link.claim_id for link in links})
    return len(claims.store_claims(article, fresh, {**known, **made}))


def _quarantined(job: Job) -> None:
    """The article stays as it was; its history says that this came to nothing."""
    record("article.reextraction_failed", Subject.ARTICLE, job.args["article"], reason=job.error[:300])


queue.when_quarantined(jobs.REEXTRACT_ARTICLE, _quarantined)
