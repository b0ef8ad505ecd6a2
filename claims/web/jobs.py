"""Work that was given up after its last attempt: the reason, and the button that begins it anew."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from claims.models.articles import Article
from claims.models.evidence import Evidence
from claims.models.jobs import Job
from claims.rules.rights import Right
from claims.services import jobs
from claims.web import paging, permissions


def quarantined(desks: list[int]) -> QuerySet[Job]:
    """The given-up jobs of these desks' articles and evidence; one whose work was asked for anew is none any more."""
    anew = Job.objects.filter(key=OuterRef("key"), pk__gt=OuterRef("pk"))
    rows = Job.objects.quarantined().annotate(
        article=Cast(KeyTextTransform("article", "args"), BigIntegerField()),
        evidence=Cast(KeyTextTransform("evidence", "args"), BigIntegerField()),
    )
    articles = Article.objects.filter(desk__in=desks).values("pk")
    evidence = Evidence.objects.filter(claim__desk__in=desks).values("pk")
    return rows.filter(~Exists(anew), Q(article__in=articles) | Q(evidence__in=evidence))


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    desks = permissions.some_desk(request, Right.RETRY_JOBS)
    page = paging.newest_first(quarantined(desks), request)
    articles = Article.objects.in_bulk([job.args["article"] for job in page if "article" in job.args])
    rows = [(job, articles.get(job.args.get("article", 0))) for job in page]
    return render(request, "claims/jobs/index.html", {"page": page, "rows": rows})


@login_required
@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    desks = permissions.some_desk(request, Right.RETRY_JOBS)
    if not quarantined(desks).filter(pk=job_id).exists():
        raise Http404
    if jobs.retry(job_id):
        messages.success(request, _("It starts again."))
    return redirect("web:jobs")
