"""What is known about an article beside its words: as people give it, as columns, and as it is corrected."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from claims.models.articles import Article
from claims.models.desks import Desk
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.rules import matching
from claims.rules import topics as topic_rules
from claims.rules.links import UnsafeLink
from claims.rules.refusals import Absent, Conflict, Refused
from claims.rules.workflow import Missing
from claims.services.events import record, verb
from sources.names import fold


@dataclass(frozen=True)
class About:
    """What the person who submits an article knows about it; what is left empty is recognised from the text."""

    title: str = ""
    outlet: str = ""
    byline: tuple[str, ...] = ()
    dateline_places: tuple[str, ...] = ()
    dateline_agency: str = ""
    published_at: datetime | None = None
    url: str = ""
    language: str = ""
    topics: tuple[str, ...] = ()


def about_of(article: Article) -> About:
    return About(
        title=article.title,
        outlet=article.outlet,
        byline=tuple(article.byline),
        dateline_places=tuple(article.dateline_places),
        dateline_agency=article.dateline_agency,
        published_at=article.published_at,
        url=article.url,
        language=article.language,
        topics=tuple(article.topics),
    )


def columns(about: About, language: str) -> dict[str, Any]:
    """What is known about an article as columns; raises Refused, naming each field that does not fit its column."""
    topics = topic_rules.topics(about.topics)
    if wrong_topics := topic_rules.problem(topics):
        raise Refused.one("topics", "invalid", wrong_topics)
    lists = {
        "byline": list(about.byline),
        "dateline_places": list(about.dateline_places),
        "topics": list(topics),
    }
    found = asdict(about) | lists | {"language": about.language or language}
    found |= {"canonical_url": _canonical(about.url), "outlet_folded": fold(about.outlet)[:600]}
    others = {column.name for column in Article._meta.fields} - set(found)
    try:
        Article(**found).clean_fields(exclude=others)
    except ValidationError as error:
        # The canonical form of an address can be too long although the address itself is not.
        wrong = {field.removeprefix("canonical_"): messages for field, messages in error.message_dict.items()}
        raise Refused([Missing(field, "invalid", " ".join(messages)) for field, messages in wrong.items()]) from error
    return found


def _canonical(url: str) -> str:
    """The form under which the same address is found again; raises Refused when it is no address to link to."""
    try:
        return matching.canonical_url(url) if url else ""
    except UnsafeLink as error:
        raise Refused.one("url", "bad_link", f"{error} Correct the address, or leave it out.") from error


Described = Callable[[Article, Collection[str]], None]
_when_described: list[Described] = []


def when_described(call: Described) -> None:
    """Register what happens, in the same transaction, when a person corrects what is known about an article.

    It is called with the article and the names of the fields of About that changed.
    """
    _when_described.append(call)


@verb
def describe(article: Article, version: int, about: About, *, actor: Any) -> Article:
    """Change what is known about an article (outlet, byline, …); raises Conflict when somebody changed it meanwhile."""
    row = Article.objects.select_for_update().get(pk=article.pk)
    before = asdict(about_of(row))
    details = columns(about, row.language)
    try:
        with transaction.atomic():
            mine = Article.objects.filter(pk=article.pk, version=version)
            changed = mine.update(version=F("version") + 1, **details)
    except IntegrityError as error:
        raise Conflict.with_details("url", "duplicate", "Another article has this address already.") from error
    if not changed:
        message = "Somebody changed this article while you were editing it. Look at both versions, then save again."
        raise Conflict.with_details("version", "changed_meanwhile", message, current=before)
    article.refresh_from_db()
    new = asdict(about_of(article))
    what = {key: [str(before[key]), str(new[key])] for key in new if before[key] != new[key]}
    record("article.described", Subject.ARTICLE, article.pk, actor=actor, data=what)
    for call in _when_described:
        call(article, list(what))
    return article


def job_of(article: Article) -> Job | None:
    """The newest job on the article, for its progress."""
    keys = [f"{what} {article.pk}" for what in ("fetch", "extract", "reextract")]
    return Job.objects.filter(key__in=keys).order_by("-pk").first()


def visible(user: Any, article_id: int) -> Article:
    """The article, if it belongs to a desk of the user; raises Absent."""
    article = Article.objects.filter(pk=article_id, desk__in=Desk.objects.of(user)).select_related("desk").first()
    if article is None:
        raise Absent.one("article", "absent", "There is no such article at your desk.")
    return article
