"""The articles' pages: the list, the reading page with what was found, what is known about an article."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.articles import Article, ArticleStatus, Revision
from claims.models.claims import Claim
from claims.rules.refusals import Conflict
from claims.rules.rights import Right
from claims.rules.topics import TOPIC_LIMIT
from claims.services import articles, confirmations, rereading
from claims.web import attributions as attribution_pages
from claims.web import margin, paging, permissions, reading, textmap
from claims.web.forms import DateInput, Names, WorkForm, back, differing, kept, refusals_as_messages, refusals_on
from claims.web.shown import Shown

# What cleaning takes out of a text, in words. Line ends are only written otherwise, which concerns no reader.
REMOVED = {
    "controls": gettext_lazy("control characters"),
    "nul": gettext_lazy("NUL signs"),
    "surrogates": gettext_lazy("halves of characters"),
}
WAITING = (ArticleStatus.QUEUED, ArticleStatus.EXTRACTING)


class AboutForm(WorkForm):
    """What a person knows about an article; every field may stay empty."""

    verb_fields: ClassVar[Mapping[str, str]] = {"url": "published_url"}

    title = forms.CharField(label=gettext_lazy("Headline"), required=False, max_length=500)
    outlet = forms.CharField(label=gettext_lazy("Outlet"), required=False, max_length=200)
    byline = Names(
        label=gettext_lazy("Written by"), required=False, help_text=gettext_lazy("Several names, separated by commas.")
    )
    dateline_places = Names(label=gettext_lazy("Dateline: places"), required=False)
    dateline_agency = forms.CharField(label=gettext_lazy("Dateline: agency"), required=False, max_length=100)
    published_on = forms.DateField(label=gettext_lazy("Published on"), required=False, widget=DateInput)
    published_url = forms.CharField(label=gettext_lazy("Published at (address)"), required=False, max_length=2000)
    topics = Names(
        label=gettext_lazy("Topics"),
        longest=TOPIC_LIMIT,
        required=False,
        help_text=gettext_lazy(
            "What it is about, separated by commas. Its claims go first to those who know the topic."
        ),
    )

    def about(self, language: str = "", instead: Mapping[str, Any] | None = None) -> articles.About:
        """What was typed, but for the fields in ``instead``."""
        data = {**self.cleaned_data, **(instead or {})}
        day = data["published_on"]
        return articles.About(
            title=data["title"],
            outlet=data["outlet"],
            byline=data["byline"],
            dateline_places=data["dateline_places"],
            dateline_agency=data["dateline_agency"],
            published_at=datetime.combine(day, time(), UTC) if day else None,
            url=data["published_url"],
            language=language,
            topics=data["topics"],
        )


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    desks = permissions.some_desk(request, Right.READ)
    status = request.GET.get("status", "")
    rows = Article.objects.filter(desk__in=desks).select_related("submitted_by", "desk")
    if status in ArticleStatus.values:
        rows = rows.filter(status=status)
    page = paging.newest_first(rows, request)
    counts = dict(Claim.objects.filter(article__in=page.items).values_list("article").annotate(Count("pk")).order_by())
    return render(
        request,
        "claims/articles/index.html",
        {
            "page": page,
            "rows": [(article, counts.get(article.pk, 0)) for article in page],
            "status": status,
            "statuses": ArticleStatus.choices,
            "may_submit": bool(permissions.desks(request, Right.SUBMIT)),
        },
    )


@login_required
@require_safe
def detail(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_read(request, article_id)
    return _detail(request, article)


def _detail(
    request: HttpRequest, article: Article, form: AboutForm | None = None, version: int | None = None
) -> HttpResponse:
    """The page; ``form`` comes back with what was typed, for the ``version`` on which the person is at work."""
    changed_meanwhile = form is not None and isinstance(form.refused, Conflict) and "current" in form.refused.details
    revision = reading.newest_revision(article)
    job = articles.job_of(article)
    again = attribution_pages.reread(request, article, job)
    context = {
        "article": article,
        "revision": revision,
        "removed": [(label, revision.removed[kind]) for kind, label in REMOVED.items() if kind in revision.removed]
        if revision
        else [],
        "job": job,
        "waiting": article.status in WAITING or again["rereading"],
        "version": article.version if version is None or changed_meanwhile else version,
        "form": form or AboutForm(initial=_known(article)),
        "may_edit": article.desk_id in permissions.desks(request, Right.CORRECT),
        "topics": Article.objects.topics_in_use(article.desk_id),
        "changed_meanwhile": changed_meanwhile,
        "differing": differing(form, _known(article)) if form and changed_meanwhile else [],
    }
    context |= again
    context |= _text(request, article, revision) if revision else {}
    return render(request, "claims/articles/detail.html", context, status=form.status if form else 200)


def _text(request: HttpRequest, article: Article, revision: Revision) -> dict[str, Any]:
    """The part of the text that the address asks for, with what stands beside it."""
    part = reading.part_shown(revision, paging.number(request.GET.get("at", "0")))
    found = reading.attributions_of(revision, part)
    standing = [each for each in found if each.stands]
    ask = Shown.asked(request.GET)
    kept = request.GET.copy()
    kept.pop("at", None)
    page = reverse("web:article", args=[article.pk])
    beside = margin.beside(article, revision, standing, part, ask)
    return {
        "merely_confirmed": confirmations.merely_confirmed(standing),
        "part": part,
        "ask": ask,
        "margin": beside,
        "foreign": not beside.total and rereading.is_foreign(revision.text),
        "map": textmap.of(revision, standing, part),
        "suggestions": attribution_pages.suggestions(found, revision),
        "kept_query": kept.urlencode(),
        # Where a button on a card leads back to: what is shown stays as it was chosen.
        "page": f"{page}?{request.GET.urlencode()}" if request.GET else page,
    }


def _known(article: Article) -> dict[str, Any]:
    return {
        "title": article.title,
        "outlet": article.outlet,
        "byline": tuple(article.byline),
        "dateline_places": tuple(article.dateline_places),
        "dateline_agency": article.dateline_agency,
        "published_on": article.published_at.date() if article.published_at else None,
        "published_url": article.url,
        "topics": tuple(article.topics),
    }


@login_required
@require_safe
def progress(request: HttpRequest, article_id: int) -> HttpResponse:
    """The state of a reading under way, asked for every other second; once it ended the whole page comes anew."""
    article = permissions.article_to_read(request, article_id)
    job = articles.job_of(article)
    if article.status not in WAITING and not attribution_pages.reread(request, article, job)["rereading"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"article": article, "job": job}
    return render(request, "claims/articles/progress.html", context)


@login_required
@require_POST
def retry(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_edit(request, article_id)
    with refusals_as_messages(request):
        articles.retry(article, actor=request.user)
    return back(request, reverse("web:article", args=[article.pk]))


@login_required
@require_POST
def keep(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_edit(request, article_id)
    articles.keep_both(article, actor=request.user)
    return back(request, reverse("web:article", args=[article.pk]))


@login_required
@require_POST
def describe(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_edit(request, article_id)
    version = paging.number(request.POST.get("version", "0"))
    form = AboutForm(request.POST)
    if form.is_valid():
        # Where the person chose what the other one saved; should that have changed again, the version refuses it below.
        about = form.about(article.language, kept(request, _known(article)))
        with refusals_on(form):
            articles.describe(article, version, about, actor=request.user)
            messages.success(request, _("What is known about the article has been saved."))
            return redirect("web:article", article.pk)
    article.refresh_from_db()
    return _detail(request, article, form, version)
