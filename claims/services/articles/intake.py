"""Intake: an article comes in as text, file or address, and becomes an immutable revision. Nothing typed is lost."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from claims import egress, jobs
from claims.extraction import pages
from claims.extraction import text as texts
from claims.models.articles import Article, ArticleStatus, Intake, Origin, Revision
from claims.models.desks import Desk
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.rules import matching, resemblance
from claims.rules.links import UnsafeLink, check_link
from claims.rules.refusals import Conflict, Refused, TooLarge
from claims.services import jobs as queue
from claims.services.articles.about import About, about_of, columns
from claims.services.articles.likeness import note_resemblance
from claims.services.events import record, verb

TEXT_FILES = frozenset({".txt", ".text", ".md"})
PAGE_FILES = frozenset({".html", ".htm", ".xhtml"})
PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
FETCH_SECONDS = 30.0


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes
    content_type: str = ""


@dataclass(frozen=True)
class Submission:
    """One of text, file and url, with what is known about the article."""

    text: str = ""
    file: Upload | None = None
    url: str = ""
    about: About = field(default_factory=About)


def ingest(desk: Desk, submission: Submission, *, actor: Any = None) -> Article:
    """Accept an article and enqueue its reading. Raises Refused, TooLarge or, when it is known already, Conflict."""
    given = [name for name in ("text", "file", "url") if getattr(submission, name)]
    if submission.url and len(given) > 1:
        # With a text or a file the address only says where it was published.
        submission = replace(submission, url="", about=replace(submission.about, url=submission.url))
        given.remove("url")
    if len(given) > 1:
        raise Refused.one(given[1], "too_many", f"Send either {given[0]} or {given[1]}, not both.")
    if submission.url:
        return _ingest_url(desk, submission, actor)
    if submission.file is not None:
        return _ingest_file(desk, submission.file, submission.about, actor)
    return _ingest_text(desk, "text", Origin.TEXT, submission.text, submission.about, actor)


def _ingest_text(desk: Desk, where: str, origin: Origin, raw: str, about: About, actor: Any) -> Article:
    cleaned = _clean(where, raw)
    about = recognise(cleaned.text, about)
    return _store(desk, origin, about, actor, cleaned=cleaned)


def _ingest_file(desk: Desk, upload: Upload, about: About, actor: Any) -> Article:
    kind = PurePath(upload.name).suffix.lower()
    if kind not in TEXT_FILES | PAGE_FILES:
        known = ", ".join(sorted(TEXT_FILES | PAGE_FILES))
        message = f"“{upload.name}” is not a kind of file that can be read here. Use one of {known}, or paste the text."
        raise Refused.one("file", "unknown_type", message)
    if len(upload.content) > settings.ARTICLE_LIMIT_BYTES:
        raise _too_large("file", len(upload.content))
    if kind in TEXT_FILES:
        return _ingest_text(desk, "file", Origin.FILE, _decode(upload.content), about, actor)
    if not upload.content.strip():
        raise Refused.one("file", "empty", "The file is empty. Choose another one, or paste the text.")
    return _store(desk, Origin.FILE, about, actor, upload=upload)


def _ingest_url(desk: Desk, submission: Submission, actor: Any) -> Article:
    try:
        address = check_link(submission.url)
        egress.read_target(address, settings.EGRESS_ALLOW)
    except (UnsafeLink, egress.EgressError) as error:
        raise Refused.one("url", "refused", f"{error} Or paste the text of the article instead.") from error
    about = replace(submission.about, url=address)
    return _store(desk, Origin.URL, about, actor, upload=Upload(name="", content=b""))


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"The file is not valid UTF-8 (byte {error.start}). Save it as UTF-8, or paste the text."
        raise Refused.one("file", "encoding", message) from error


def _clean(where: str, raw: str) -> texts.Cleaned:
    size = len(raw.encode("utf-8", "surrogatepass"))
    if size > settings.ARTICLE_LIMIT_BYTES:
        raise _too_large(where, size)
    cleaned = texts.clean(raw)
    if not cleaned.text.strip():
        raise Refused.one(where, "empty", "There is no text. Paste the article, or choose another file or address.")
    return cleaned


def _too_large(where: str, size: int) -> TooLarge:
    limit = settings.ARTICLE_LIMIT_BYTES
    message = f"That is {size / 1e6:.1f} MB; the limit is {limit / 1e6:.1f} MB. Split it, or leave out what is not it."
    return TooLarge.one(where, "too_large", message)


def recognise(text: str, about: About) -> About:
    """Fill in what the text says of itself where the person gave nothing."""
    front = texts.front_matter(text)
    return replace(
        about,
        title=about.title or texts.headline(text, front.body_start),
        outlet=about.outlet or front.outlet or "",
        byline=about.byline or tuple(name[:200] for name in front.byline),
        dateline_places=about.dateline_places or front.places,
        dateline_agency=about.dateline_agency or front.agency or "",
        published_at=about.published_at or _midnight(front.published_on),
    )


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


@verb
def _store(
    desk: Desk,
    origin: Origin,
    about: About,
    actor: Any,
    *,
    cleaned: texts.Cleaned | None = None,
    upload: Upload | None = None,
) -> Article:
    """Rows, event and job in one transaction."""
    details = columns(about, desk.language)
    canonical = details["canonical_url"]
    content_key = matching.content_hash(cleaned.text) if cleaned else None
    try:
        with transaction.atomic():
            article = Article.objects.create(
                desk=desk,
                origin=origin,
                submitted_by=actor,
                content_key=content_key,
                **details,
            )
    except IntegrityError as error:
        raise _known_already(desk, origin, canonical, content_key, error) from error
    if upload is not None:
        name, kind = texts.clean(upload.name).text[:255], texts.clean(upload.content_type).text[:100]
        Intake.objects.create(article=article, file_name=name, content=upload.content, content_type=kind)
        queue.enqueue(jobs.FETCH_ARTICLE, f"fetch {article.pk}", {"article": article.pk})
    if cleaned is not None:
        add_revision(article, cleaned)
    what = {"origin": origin.value, "removed": cleaned.removed if cleaned else {}}
    record("article.submitted", Subject.ARTICLE, article.pk, actor=actor, to_state=article.status, data=what)
    return article


def _known_already(desk: Desk, origin: Origin, canonical: str, content_key: str | None, error: Exception) -> Exception:
    same = Article.objects.filter(desk=desk)
    known = same.filter(content_key=content_key).first() if content_key else None
    known = known or (same.filter(canonical_url=canonical).first() if canonical else None)
    if known is None:
        return error
    since = f"{known.submitted_at:%Y-%m-%d}"
    message = f"This article is here already: “{known}”, submitted {since}. Open that one instead."
    return Conflict.with_details(origin.value, "duplicate", message, article=known.pk)


def add_revision(article: Article, cleaned: texts.Cleaned) -> Revision:
    """Store the next revision and enqueue its extraction. Inside the caller's transaction."""
    sketch = resemblance.sketch(cleaned.text)
    revision = Revision.objects.create(
        article=article,
        number=article.revisions.count() + 1,
        text=cleaned.text,
        sha256=hashlib.sha256(cleaned.text.encode()).hexdigest(),
        sketch=sketch,
        removed=cleaned.removed,
    )
    note_resemblance(article, sketch)
    args = {"article": article.pk, "revision": revision.pk}
    queue.enqueue(jobs.EXTRACT_ARTICLE, f"extract {article.pk}", args)
    return revision


def fetch(job: Job) -> None:
    """The job behind an address or an uploaded page: get it, find the article in it, store the revision."""
    article = Article.objects.select_related("intake", "desk").get(pk=job.args["article"])
    queue.report(job, "fetching" if article.origin == Origin.URL else "reading the page", 10)
    try:
        page, content_type, address = _page_of(article)
        cleaned, about = _read_page(article, page, content_type, address)
    except Refused as refused:
        with queue.finishing(job):
            mark_failed(article.pk, refused)
        return
    with queue.finishing(job):
        _store_page(article, cleaned, about, page, content_type)


def _page_of(article: Article) -> tuple[bytes, str, str]:
    """The bytes of the page, their media type and where they came from; raises Refused with the way out."""
    if article.origin == Origin.FILE:
        return bytes(article.intake.content), article.intake.content_type or "text/html", article.url
    try:
        answer = egress.fetch(
            article.url,
            limit_bytes=settings.ARTICLE_LIMIT_BYTES,
            timeout_s=FETCH_SECONDS,
            accept=PAGE_TYPES,
            allow=settings.EGRESS_ALLOW,
        )
    except egress.EgressError as error:
        raise Refused.one("url", error.code, f"{error} Try again, or paste the text of the article.") from error
    if answer.status >= 400:
        message = f"The address answered with {answer.status}. Check it in a browser, or paste the text of the article."
        raise Refused.one("url", "http_status", message)
    return answer.body, answer.content_type, answer.final_url


def _read_page(article: Article, page: bytes, content_type: str, address: str) -> tuple[texts.Cleaned, About]:
    where = article.origin if article.origin == Origin.FILE else Origin.URL
    if content_type == "text/plain":
        cleaned = _clean(where, page.decode("utf-8", "replace"))
        return cleaned, recognise(cleaned.text, about_of(article))
    found = pages.read(page, address)
    if found is None:
        raise Refused.one(where, "no_article", "No article was found on the page. Paste its text instead.")
    cleaned = _clean(where, found.text)
    known = about_of(article)
    on_page = replace(
        known,
        title=known.title or found.title[:500],
        outlet=known.outlet or found.site[:200],
        byline=known.byline or tuple(name[:200] for name in found.authors),
        published_at=known.published_at or _midnight(found.published_on),
    )
    return cleaned, recognise(cleaned.text, on_page)


def _store_page(article: Article, cleaned: texts.Cleaned, about: About, page: bytes, content_type: str) -> None:
    content_key = matching.content_hash(cleaned.text)
    twin = Article.objects.filter(desk=article.desk, content_key=content_key).exclude(pk=article.pk).first()
    if twin is not None:
        message = f"The same words are here already: “{twin}” (article {twin.pk}). Open that one instead."
        mark_failed(article.pk, Conflict.with_details(article.origin, "duplicate", message, article=twin.pk))
        return
    details = columns(about, article.desk.language)
    Article.objects.filter(pk=article.pk).update(content_key=content_key, version=F("version") + 1, **details)
    Intake.objects.filter(article=article).update(content=page, content_type=content_type[:100])
    add_revision(article, cleaned)


def mark_failed(article_id: int, refused: Refused) -> None:
    """Inside a transaction: show on the article what went wrong and the way out."""
    problem = refused.problems[0]
    failure: dict[str, Any] = {"field": problem.field, "code": problem.code, "detail": problem.message}
    if isinstance(refused, Conflict) and "article" in refused.details:
        failure["article"] = refused.details["article"]
    before = Article.objects.select_for_update().get(pk=article_id).status
    Article.objects.filter(pk=article_id).update(status=ArticleStatus.FAILED, failure=failure, version=F("version") + 1)
    states = {"from_state": before, "to_state": ArticleStatus.FAILED}
    record("article.failed", Subject.ARTICLE, article_id, reason=problem.message, **states)


def _quarantined(job: Job) -> None:
    message = (
        f"Reading it failed {job.attempts} times, the last time with: {job.error[:300]} Try again, or ask an admin."
    )
    mark_failed(job.args["article"], Refused.one("article", "quarantined", message))


queue.when_quarantined(jobs.FETCH_ARTICLE, _quarantined)
queue.when_quarantined(jobs.EXTRACT_ARTICLE, _quarantined)


@verb
def retry(article: Article, *, actor: Any) -> None:
    """Read a failed article once more, from where it failed."""
    row = Article.objects.select_for_update().get(pk=article.pk)
    if row.status != ArticleStatus.FAILED:
        raise Conflict.with_details("article", "not_failed", "This article did not fail; there is nothing to retry.")
    revision = row.revisions.order_by("-number").first()
    Article.objects.filter(pk=row.pk).update(status=ArticleStatus.QUEUED, failure=None, version=F("version") + 1)
    if revision is None:
        queue.enqueue(jobs.FETCH_ARTICLE, f"fetch {row.pk}", {"article": row.pk})
    else:
        queue.enqueue(jobs.EXTRACT_ARTICLE, f"extract {row.pk}", {"article": row.pk, "revision": revision.pk})
    record(
        "article.retried", Subject.ARTICLE, row.pk, actor=actor, from_state=row.status, to_state=ArticleStatus.QUEUED
    )
