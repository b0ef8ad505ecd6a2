"""The intake: one article or many come in by one form, and a page shows how far each of many is."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from claims.models.articles import Article, Batch
from claims.models.desks import Desk
from claims.rules.rights import Right
from claims.rules.workflow import Missing
from claims.services import articles
from claims.web import paging, permissions
from claims.web.articles import AboutForm
from claims.web.forms import Verbatim, refusals_on


class FilesInput(forms.FileInput):
    """The browser's own file field, for several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class Files(forms.FileField):
    """Several files; cleaned to a list, which is empty where none was chosen."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(Files, self).clean(each, initial) for each in data or ()]


class SubmissionForm(AboutForm):
    """One article or many, in one of three ways or in all. Each stays filled in: changing one's mind loses nothing."""

    WAYS = (
        ("text", gettext_lazy("Paste text")),
        ("file", gettext_lazy("Upload files")),
        ("url", gettext_lazy("Give addresses")),
        ("all", gettext_lazy("All three")),
    )
    desk = forms.ModelChoiceField(Desk.objects.none(), label=gettext_lazy("Desk"), empty_label=None)
    way = forms.ChoiceField(choices=WAYS, initial="text", widget=forms.RadioSelect)
    text = Verbatim(
        label=gettext_lazy("Text of the article"),
        required=False,
        widget=forms.Textarea(attrs={"class": "reading", "dir": "auto"}),
        help_text=gettext_lazy("Headline, byline, dateline and date are recognised where they stand in the text."),
    )
    file = Files(
        label=gettext_lazy("Files"),
        required=False,
        allow_empty_file=True,
        widget=FilesInput(attrs={"accept": ".txt,.text,.md,.html,.htm,.xhtml"}),
        help_text=gettext_lazy("Files .txt in UTF-8, or saved .html pages; each at most 10 MB and one article."),
    )
    url = forms.CharField(
        label=gettext_lazy("Addresses of the articles"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "inputmode": "url", "placeholder": "https://", "spellcheck": "false"}),
        help_text=gettext_lazy("One on each line. Each page is fetched once and the article in it is kept."),
    )

    left_out = False

    def __init__(self, *args: Any, desks: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["desk"]
        choice.queryset = Desk.objects.filter(pk__in=desks).order_by("name")
        choice.initial = desks[0]
        if len(desks) == 1:
            choice.widget = forms.HiddenInput()
        # What one comes here for; a form that came back puts the focus on what was wrong with it.
        self.fields["text"].widget.attrs["autofocus"] = not self.is_bound
        self.fields["text"].widget.attrs["data-limit-bytes"] = settings.ARTICLE_LIMIT_BYTES
        self.fields["text"].widget.attrs["data-limit-says"] = _("Too long: an article may have %(limit)s MB.") % {
            "limit": f"{settings.ARTICLE_LIMIT_BYTES / 1e6:.1f}"
        }

    def leave_out_too_long(self) -> None:
        """Do not send back to the browser what is too long for an article: the page would be as long."""
        text = self.data.get("text", "")
        self.left_out = len(text.encode("utf-8", "surrogatepass")) > settings.ARTICLE_LIMIT_BYTES
        if self.left_out:
            sent: Any = self.data
            shown = sent.copy()
            shown["text"] = ""
            self.data = shown

    def given(self) -> list[articles.Given]:
        """Only what belongs to the chosen way, so that a forgotten draft in another tab is not submitted with it."""
        data = self.cleaned_data
        way = data.get("way")
        found: list[articles.Given] = []
        if way == "text" or (way == "all" and data.get("text", "").strip()):
            found.append(articles.Given(_("the pasted text"), self._as(text=data.get("text", ""))))
        if way in ("file", "all"):
            found += [articles.Given(f"“{each.name}”", partial(self._file, each)) for each in data.get("file") or ()]
        if way in ("url", "all"):
            for number, line in enumerate(data.get("url", "").splitlines(), start=1):
                if address := line.strip():
                    name = _("line %(number)s, %(address)s") % {"number": number, "address": address}
                    found.append(articles.Given(name, self._as(url=address)))
        return found

    def _as(self, **how: Any) -> Callable[[], articles.Submission]:
        return lambda: articles.Submission(about=self.about(), **how)

    def _file(self, upload: Any) -> articles.Submission:
        """Read only when its turn has come, so that not all files lie in memory at once."""
        return self._as(file=articles.Upload(upload.name, upload.read(), upload.content_type or ""))()

    def told(self, problem: Missing) -> tuple[str, Any]:
        """An address is that from which the article comes, or else that at which it was published."""
        name, message = super().told(problem)
        fetched = self.data.get("way") in ("url", "all") and self.data.get("url", "").strip()
        return "url" if problem.field == "url" and fetched else name, message

    @property
    def wrong_about_it(self) -> bool:
        """Whether what is wrong is among the fields that are folded away."""
        return any(name in self.errors for name in AboutForm.base_fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        way = data.get("way")
        wanted = {"text": _("Paste the text."), "file": _("Choose a file."), "url": _("Give the address.")}
        if way in wanted and way not in self.errors and data.get(way) in (None, "", []):
            self.add_error(way, wanted[way])
        given = self.given()
        if way == "all" and not given:
            self.add_error(None, _("Paste a text, choose files or give addresses."))
        if len(given) > 1:
            for field in ("title", "published_url"):
                if data.get(field):
                    self.add_error(field, _("Several articles cannot share this. Leave it empty, or submit one alone."))
        return data


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    desks = permissions.some_desk(request, Right.SUBMIT)
    form = SubmissionForm(request.POST or None, request.FILES or None, desks=desks)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            desk, given = form.cleaned_data["desk"], form.given()
            if len(given) == 1:
                article = articles.ingest(desk, given[0].submission(), actor=request.user)
                return redirect("web:article", article.pk)
            return redirect("web:batch", articles.ingest_many(desk, given, actor=request.user).pk)
    form.leave_out_too_long()
    context = {"form": form, "topics": Article.objects.topics_in_use(desks[0]), "at_once": articles.AT_ONCE}
    return render(request, "claims/articles/new.html", context, status=form.status)


@login_required
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """What was given together, newest first, and how far it is."""
    desks = permissions.some_desk(request, Right.READ)
    page = paging.newest_first(Batch.objects.filter(desk__in=desks).select_related("desk", "submitted_by"), request)
    tallies = articles.tallies([each.pk for each in page])
    context = {"page": page, "rows": [(each, tallies[each.pk]) for each in page], "several": len(desks) > 1}
    return render(request, "claims/articles/batches.html", context)


@login_required
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    return render(request, "claims/articles/batch.html", _followed(request, batch_id))


@login_required
@require_safe
def now(request: HttpRequest, batch_id: int) -> HttpResponse:
    """All rows as they are now; 204 while none looks different, so that nothing under the reader's hand is replaced.

    Once all have ended, the answer asks for nothing more.
    """
    context = _followed(request, batch_id)
    if request.GET.get("seen") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "claims/articles/batch_rows.html", context | {"polled": True})


def _followed(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    found: Batch = permissions.batch_to_follow(request, batch_id)
    rows = articles.rows_of(found)
    looks = [(row.name, row.article.status, row.stage, row.percent, row.article.resembles_id) for row in rows]
    return {
        "batch": found,
        "rows": rows,
        "waiting": sum(not row.ended for row in rows),
        "version": hashlib.sha256(repr(looks).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        "may_edit": found.desk_id in permissions.desks(request, Right.CORRECT),
        "may_submit": found.desk_id in permissions.desks(request, Right.SUBMIT),
    }
