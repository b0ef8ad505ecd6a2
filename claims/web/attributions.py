"""What people decide on attributions on the article's page, and reading it again with a newer engine."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from claims import jobs
from claims.models.articles import Article, ArticleStatus, Revision
from claims.models.claims import Attribution
from claims.models.jobs import OPEN, Job, JobState
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState
from claims.services import attributions, confirmations, rereading
from claims.web import permissions, reading
from claims.web.forms import WorkForm, back, refusals_as_messages


@dataclass(frozen=True)
class Suggestion:
    """What reading again found, with its words, for a person to accept or not."""

    attribution: Attribution
    source: str
    cue: str
    content: str


def suggestions(rows: list[Attribution], revision: Revision) -> list[Suggestion]:
    """Those of the attributions that wait for a person; no query, where spans were fetched with them."""
    return [Suggestion(row, **reading.words_of(row, revision.text)) for row in rows if row.suggested]


def reread(request: HttpRequest, article: Article, job: Job | None) -> dict[str, Any]:
    """What the article's page needs to know about reading it again."""
    again = job is not None and job.name == jobs.REEXTRACT_ARTICLE
    under_way = again and job is not None and job.state in OPEN
    today = rereading.engine_of_today()
    editor = article.desk_id in permissions.desks(request, Right.REREAD)
    return {
        "rereading": under_way,
        "reread_failed": again and job is not None and job.state == JobState.DEAD,
        "may_reread": editor and article.status == ArticleStatus.READY and article.read_by != today and not under_way,
        "engine_of_today": today,
    }


@login_required
@require_POST
def reextract(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_reread(request, article_id)
    with refusals_as_messages(request):
        rereading.ask(article, actor=request.user)
    return redirect("web:article", article.pk)


def _page(row: Attribution) -> str:
    return reverse("web:article", args=[row.revision.article_id])


@login_required
@require_POST
def confirm(request: HttpRequest, attribution_id: int) -> HttpResponse:
    row = permissions.attribution_to_edit(request, attribution_id)
    with refusals_as_messages(request):
        before = _states(row)
        attributions.confirm(row.pk, actor=request.user)
        if not row.stands:
            messages.success(request, " ".join([_("Accepted."), *what_becomes(before, _states(row))]))
    return back(request, _page(row))


def _states(row: Attribution) -> dict[int, str]:
    return dict(row.claims.values_list("pk", "state"))


def what_becomes(before: dict[int, str], after: dict[int, str]) -> list[str]:
    """What to say of an accepted attribution's claims, by their states before and after."""
    told = []
    revived = {pk for pk, state in after.items() if before.get(pk) == ClaimState.DISMISSED != state}
    fresh = {pk for pk, state in after.items() if state == ClaimState.EXTRACTED}
    dismissed = {pk for pk, state in after.items() if state == ClaimState.DISMISSED}
    if fresh | revived:
        told.append(_("Its claims are on their way to the reviewers."))
    if dismissed:
        told.append(_("What was dismissed for another reason stays dismissed; an editor can bring it back."))
    if after.keys() - fresh - revived - dismissed:
        told.append(_("Claims that are already being worked on stay where they are."))
    return told


@login_required
@require_POST
def unconfirm(request: HttpRequest, attribution_id: int) -> HttpResponse:
    row = permissions.attribution_to_edit(request, attribution_id)
    with refusals_as_messages(request):
        confirmations.unconfirm(row.pk, actor=request.user)
    return back(request, _page(row))


class RejectForm(WorkForm):
    """Why it is not a statement; the page's button gives none."""

    reason = forms.CharField(required=False, max_length=400)


@login_required
@require_POST
def reject(request: HttpRequest, attribution_id: int) -> HttpResponse:
    row = permissions.attribution_to_edit(request, attribution_id)
    form = RejectForm(request.POST)
    if not form.is_valid():
        raise BadRequest("Keep the reason below 400 characters.")
    with refusals_as_messages(request):
        attributions.reject(row.pk, actor=request.user, reason=form.cleaned_data["reason"])
        messages.info(request, _("Marked as not a statement. It will not be suggested again."))
    return back(request, _page(row))
