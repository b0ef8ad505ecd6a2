"""Many articles at once: each is taken in its own transaction, so that a bad one never takes the others with it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q

from claims import jobs
from claims.models.articles import Article, ArticleStatus, Batch
from claims.models.desks import Desk
from claims.models.jobs import Job
from claims.rules.refusals import Conflict, Refused, TooLarge
from claims.rules.workflow import Missing
from claims.services.articles.intake import Submission, ingest
from claims.services.events import verb

AT_ONCE = 50


@dataclass(frozen=True)
class Given:
    """One of many: what the person knows it by, and how to get it, so that not all files lie in memory at once."""

    name: str
    submission: Callable[[], Submission]


def ingest_many(desk: Desk, given: Sequence[Given], *, actor: Any) -> Batch:
    """Take what can be taken, and keep of the others why not.

    Raises TooLarge above AT_ONCE, and Refused where none could be taken: then nothing was changed.
    """
    if len(given) > AT_ONCE:
        message = (
            f"These are {len(given)} articles; at most {AT_ONCE} are taken at once. "
            f"Leave out {len(given) - AT_ONCE}, and submit those next."
        )
        raise TooLarge.one("", "too_many", message)
    batch = Batch.objects.create(desk=desk, submitted_by=actor)
    refused: list[dict[str, Any]] = []
    for one in given:
        try:
            _take(batch, one.submission(), actor)
        except Refused as problem:
            refused += _why(one.name, problem)
            # Told at once: what comes later may end this, and what was taken before then stays.
            Batch.objects.filter(pk=batch.pk).update(refused=refused)
    batch.refused = refused
    if not batch.articles.exists():
        batch.delete()
        raise _none_taken(refused)
    return batch


@verb
def _take(batch: Batch, submission: Submission, actor: Any) -> None:
    article = ingest(batch.desk, submission, actor=actor)
    Article.objects.filter(pk=article.pk).update(batch=batch)


def _why(name: str, refused: Refused) -> list[dict[str, Any]]:
    known = refused.details.get("article") if isinstance(refused, Conflict) else None
    return [
        {"name": name, "field": each.field, "code": each.code, "detail": each.message, "article": known}
        for each in refused.problems
    ]


def _none_taken(refused: list[dict[str, Any]]) -> Refused:
    problems = [Missing(each["field"], each["code"], f"{each['name']}: {each['detail']}") for each in refused]
    known = [each for each in refused if each["article"]]
    return Conflict(problems, {"known": known}) if known else Refused(problems)


# --- How far they are -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """An article of a batch with how far it is; ``percent`` counts fetching and reading as one way."""

    article: Article
    stage: str
    percent: int

    @property
    def ended(self) -> bool:
        return self.article.status in (ArticleStatus.READY, ArticleStatus.FAILED)

    @property
    def name(self) -> str:
        """What the person gave, until the article has a headline."""
        article: Any = self.article
        return article.title or article.file_name or article.url or str(article)


@dataclass(frozen=True)
class Tally:
    """How many articles of a batch were taken, are still being read, and could not be read."""

    taken: int = 0
    waiting: int = 0
    failed: int = 0


def tallies(batches: Collection[int]) -> dict[int, Tally]:
    """For each batch, by its id, how far its articles are; one query however many they are."""
    over = Q(status__in=[ArticleStatus.READY, ArticleStatus.FAILED])
    counted = Article.objects.filter(batch__in=batches).order_by().values("batch")
    rows = counted.annotate(
        taken=Count("pk"), waiting=Count("pk", filter=~over), failed=Count("pk", filter=Q(status=ArticleStatus.FAILED))
    )
    found = {row["batch"]: Tally(row["taken"], row["waiting"], row["failed"]) for row in rows}
    return {each: found.get(each, Tally()) for each in batches}


def rows_of(batch: Batch) -> list[Row]:
    """In the order in which they were given, by two queries."""
    articles = (
        Article.objects.filter(batch=batch)
        .select_related("resembles")
        .annotate(file_name=F("intake__file_name"))
        .order_by("pk")
    )
    keys = {f"{what} {article.pk}": article.pk for article in articles for what in ("fetch", "extract", "reextract")}
    newest: dict[int, Job] = {}
    for job in Job.objects.filter(key__in=keys).order_by("pk"):
        newest[keys[job.key]] = job
    return [_row(article, newest.get(article.pk)) for article in articles]


def _row(article: Any, job: Job | None) -> Row:
    done = job.progress if job else 0
    if article.status == ArticleStatus.READY:
        done = 100
    elif job and article.file_name is not None:
        # A page is fetched first, and read then.
        done = done // 2 if job.name == jobs.FETCH_ARTICLE else 50 + done // 2
    return Row(article, job.stage if job else "", done)
