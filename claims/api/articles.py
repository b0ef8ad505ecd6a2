"""Articles: submit one, follow how it is read, correct what is known about it, and take what was found in it."""

from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.html import is_html_input

from claims.api import paging, permissions
from claims.api.bodies import Reading, Verbatim, with_etag
from claims.api.errors import problems
from claims.models.articles import Article, ArticleStatus, Origin, Revision
from claims.models.claims import Attribution, Claim
from claims.rules.refusals import Absent
from claims.rules.topics import TOPICS_AT_MOST
from claims.services import articles, rereading

CURSORS = paging.Cursors("articles")
LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, description="The new article.", response=[202])
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description="Of this version.", response=[200])
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="Refuse with 412 if it changed since."
)


# --- What is sent -----------------------------------------------------------------------------------------------------


class Names(serializers.ListField):
    """A list of names; in a form field several are parted by commas."""

    child = serializers.CharField(max_length=200)

    def get_value(self, dictionary: Any) -> Any:
        value = super().get_value(dictionary)
        if is_html_input(dictionary) and isinstance(value, list) and len(value) == 1:
            return [name for name in value[0].split(",") if name.strip()]
        return value


class About(Reading):
    """What the sender knows about the article; what is left out is recognised from its text."""

    title = serializers.CharField(required=False, allow_blank=True, max_length=500)
    outlet = serializers.CharField(required=False, allow_blank=True, max_length=200)
    byline = Names(required=False, max_length=50)
    dateline_places = Names(required=False, max_length=20)
    dateline_agency = serializers.CharField(required=False, allow_blank=True, max_length=100)
    published_at = serializers.DateTimeField(required=False, allow_null=True)
    language = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", required=False, max_length=35, help_text="A language tag (BCP 47)."
    )
    topics = Names(required=False, max_length=TOPICS_AT_MOST, help_text="What it is about; stored in small letters.")


class Dateline(serializers.Serializer[Any]):
    """What the dateline says of place and agency."""

    places = Names(required=False, max_length=20)
    agency = serializers.CharField(required=False, allow_blank=True, max_length=100, allow_null=True)


class ArticleSubmission(About):
    """One of text, url and file. Beside a text or a file, url says where it was published."""

    text = Verbatim(required=False, allow_blank=True, help_text="The article as plain text.")
    url = serializers.CharField(required=False, allow_blank=True, max_length=2000, help_text="Where it can be fetched.")
    file = serializers.FileField(
        required=False, allow_empty_file=True, help_text="A .txt file in UTF-8 or an .html page; multipart only."
    )
    dateline = Dateline(required=False)
    desk = serializers.CharField(
        required=False, allow_blank=True, max_length=80, help_text="Slug or id; may be left out by members of one desk."
    )


class ArticleChange(About):
    """What is to be corrected; fields that are left out stay as they are."""

    url = serializers.CharField(required=False, allow_blank=True, max_length=2000)


ABOUT_FIELDS = ("title", "outlet", "dateline_agency", "published_at", "url", "language")
LIST_FIELDS = ("byline", "dateline_places", "topics")


def about(fields: dict[str, Any]) -> dict[str, Any]:
    known = {name: fields[name] for name in ABOUT_FIELDS if name in fields}
    return known | {name: tuple(fields[name]) for name in LIST_FIELDS if name in fields}


def submission(fields: dict[str, Any]) -> articles.Submission:
    dateline = fields.get("dateline") or {}
    fields = {"dateline_places": dateline.get("places", []), "dateline_agency": dateline.get("agency") or ""} | fields
    url = fields.pop("url", "").strip()
    return articles.Submission(
        text=fields.get("text", ""), file=_upload(fields.get("file")), url=url, about=articles.About(**about(fields))
    )


def _upload(file: "UploadedFile[Any] | None") -> articles.Upload | None:
    if file is None:
        return None
    return articles.Upload(name=file.name or "", content=file.read(), content_type=file.content_type or "")


# --- What is answered -------------------------------------------------------------------------------------------------


class DeskBrief(serializers.Serializer[Any]):
    """A desk by name."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()


class ArticleBrief(serializers.Serializer[Any]):
    """An article as a row of a list."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=ArticleStatus.choices)
    title = serializers.CharField(allow_blank=True)
    outlet = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    desk = DeskBrief()
    submitted_at = serializers.DateTimeField()


class Failure(serializers.Serializer[Any]):
    """Why the article could not be read, and the way out."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    article = serializers.IntegerField(required=False, help_text="The one that is here already, if that is why.")


class JobProgress(serializers.Serializer[Any]):
    """How far the newest job on the article is."""

    state = serializers.CharField()
    stage = serializers.CharField(allow_blank=True)
    progress = serializers.IntegerField(help_text="Per cent.")
    attempts = serializers.IntegerField()


class RevisionBrief(serializers.Serializer[Any]):
    """The newest text, by its hash."""

    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    removed = serializers.DictField(child=serializers.IntegerField(), help_text="What the intake removed, by kind.")


class Counts(serializers.Serializer[Any]):
    """What was found in the newest text."""

    attributions = serializers.IntegerField()
    claims = serializers.IntegerField()


class ArticleDetail(ArticleBrief):
    """An article with the state of its reading. The ETag counts the changes; send it as If-Match with a change."""

    origin = serializers.ChoiceField(choices=Origin.choices)
    byline = serializers.ListField(child=serializers.CharField())
    dateline = Dateline()
    topics = serializers.ListField(child=serializers.CharField(), help_text="What it is about, and so its claims.")
    version = serializers.IntegerField()
    read_by = serializers.CharField(allow_null=True, help_text="Name and version of the engine that last read it.")
    resembles = serializers.IntegerField(
        allow_null=True, help_text="An article of the desk with nearly the same words, until somebody keeps both."
    )
    failure = Failure(allow_null=True)
    job = JobProgress(allow_null=True)
    revision = RevisionBrief(allow_null=True)
    counts = Counts()


class ArticleText(serializers.Serializer[Any]):
    """The newest text; offsets count its Unicode code points."""

    article = serializers.IntegerField()
    revision = serializers.IntegerField()
    sha256 = serializers.CharField()
    text = serializers.CharField()


class ArticlePage(paging.Page):
    """Articles, the newest first."""

    results = ArticleBrief(many=True)


ROW = (
    *("id", "status", "title", "outlet", "published_at", "url", "language", "submitted_at"),
    *("desk_id", "desk__slug", "desk__name"),
)


def brief(row: dict[str, Any]) -> dict[str, Any]:
    desk = {"id": row.pop("desk_id"), "slug": row.pop("desk__slug"), "name": row.pop("desk__name")}
    return {**row, "desk": desk}


def detail(article: Article) -> dict[str, Any]:
    job = articles.job_of(article)
    revision = article.revisions.order_by("-number").defer("text").first()
    return {
        **brief(Article.objects.values(*ROW).get(pk=article.pk)),
        "origin": article.origin,
        "byline": article.byline,
        "dateline": {"places": article.dateline_places, "agency": article.dateline_agency},
        "topics": article.topics,
        "version": article.version,
        "read_by": article.read_by or None,
        "resembles": article.resembles_id,
        "failure": article.failure,
        "job": {"state": job.state, "stage": job.stage, "progress": job.progress, "attempts": job.attempts}
        if job
        else None,
        "revision": {"number": revision.number, "sha256": revision.sha256, "removed": revision.removed}
        if revision
        else None,
        "counts": {
            "attributions": Attribution.objects.standing().filter(revision=revision).count() if revision else 0,
            "claims": Claim.objects.filter(article=article).count(),
        },
    }


def etag(article: Article) -> str:
    return f'"article-{article.version}"'


def newest_revision(article: Article) -> Revision:
    revision = article.revisions.order_by("-number").first()
    if revision is None:
        raise Absent.one("article", "no_text", "This article has no text yet. Look at its status.")
    return revision


# --- The views --------------------------------------------------------------------------------------------------------


class ArticleQuery(paging.PageQuery):
    """Which articles."""

    status = serializers.ChoiceField(choices=ArticleStatus.choices, required=False)


class ArticleList(permissions.Door):
    """The articles of the caller's desks."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.INTAKE}

    @extend_schema(
        operation_id="articles_list", parameters=[ArticleQuery], responses={200: ArticlePage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        query = ArticleQuery.of(request.query_params)
        rows = Article.objects.filter(desk__in=permissions.desk_ids(request.user))
        if "status" in query:
            rows = rows.filter(status=query["status"])
        found, following = paging.newest_first(request, CURSORS, rows.values(*ROW), query)
        return Response({"results": [brief(row) for row in found], "next": following})

    @extend_schema(
        operation_id="articles_submit",
        request={"application/json": ArticleSubmission, "multipart/form-data": ArticleSubmission},
        parameters=[LOCATION],
        responses={202: ArticleDetail, **problems(400, 401, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """Submit an article. It is read by a job: follow its status at Location."""
        fields = ArticleSubmission.of(request.data)
        desk = permissions.desk_for_intake(request, fields.pop("desk", ""))
        article = articles.ingest(desk, submission(fields), actor=request.user)
        article.refresh_from_db()
        location = request.build_absolute_uri(reverse("api:article", args=[article.pk]))
        return Response(detail(article), status=202, headers={"Location": location})


class ArticleOne(permissions.Door):
    """One article."""

    scopes: ClassVar[dict[str, str]] = {"PATCH": permissions.INTAKE}

    @extend_schema(
        operation_id="articles_get", parameters=[ETAG], responses={200: ArticleDetail, **problems(401, 403, 404)}
    )
    def get(self, request: Request, article_id: int) -> Response:
        article = permissions.article_to_read(request, article_id)
        return Response(detail(article), headers={"ETag": etag(article)})

    @extend_schema(
        operation_id="articles_change",
        request=ArticleChange,
        parameters=[IF_MATCH, ETAG],
        responses={200: ArticleDetail, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def patch(self, request: Request, article_id: int) -> Response:
        """Correct what is known about the article. With If-Match, a change by somebody else meanwhile is not lost."""
        article = permissions.article_to_edit(request, article_id)
        known = {name: getattr(article, name) for name in ABOUT_FIELDS}
        known |= {name: tuple(getattr(article, name)) for name in LIST_FIELDS}
        changed = articles.About(**known | about(ArticleChange.of(request.data)))
        article = articles.describe(article, self._version(request, article), changed, actor=request.user)
        return Response(detail(article), headers={"ETag": etag(article)})

    @staticmethod
    def _version(request: Request, article: Article) -> int:
        expected = request.META.get("HTTP_IF_MATCH", "").strip()
        # A tag of another version leads to the service's own refusal, which tells what changed.
        return article.version if expected in ("", "*", etag(article)) else 0


class ArticleTextOne(permissions.Door):
    """The text of one article."""

    @extend_schema(
        operation_id="articles_text",
        parameters=[ETAG],
        responses={200: ArticleText, 304: None, **problems(401, 403, 404)},
    )
    def get(self, request: Request, article_id: int) -> Response:
        revision = newest_revision(permissions.article_to_read(request, article_id))
        content = {
            "article": article_id,
            "revision": revision.number,
            "sha256": revision.sha256,
            "text": revision.text,
        }
        return with_etag(request, content, f'"{revision.sha256}"')


class ArticleRetry(permissions.Door):
    """Another try at a failed article."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.INTAKE}

    @extend_schema(
        operation_id="articles_retry", request=None, responses={202: ArticleDetail, **problems(401, 403, 404, 409)}
    )
    def post(self, request: Request, article_id: int) -> Response:
        article = permissions.article_to_edit(request, article_id)
        articles.retry(article, actor=request.user)
        article.refresh_from_db()
        return Response(detail(article), status=202)


class ArticleKeep(permissions.Door):
    """Two articles that are nearly the same stay two."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.INTAKE}

    @extend_schema(
        operation_id="articles_keep", request=None, responses={200: ArticleDetail, **problems(401, 403, 404)}
    )
    def post(self, request: Request, article_id: int) -> Response:
        """Say that it and the one in `resembles` are both wanted; said again, it changes nothing."""
        article = permissions.article_to_edit(request, article_id)
        articles.keep_both(article, actor=request.user)
        article.refresh_from_db()
        return Response(detail(article))


class ArticleReextract(permissions.Door):
    """Another reading of an article, with the engine of today."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.EDIT}

    @extend_schema(
        operation_id="articles_reextract", request=None, responses={202: ArticleDetail, **problems(401, 403, 404, 409)}
    )
    def post(self, request: Request, article_id: int) -> Response:
        """Read it again by a job. What people decided stays; what is new is a suggestion, whose claims wait."""
        article = permissions.article_to_reread(request, article_id)
        rereading.ask(article, actor=request.user)
        return Response(detail(article), status=202)
