"""The editor: the statements of an article corrected in its text; and what was done to one of them, to be undone."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.articles import Article, ArticleStatus, Revision
from claims.models.claims import Attribution
from claims.models.events import Event
from claims.rules import markings
from claims.rules.attributions import ROLES
from claims.rules.refusals import Conflict
from claims.rules.rights import Right
from claims.services import attributions
from claims.services.attributions import Reading
from claims.web import paging, permissions, reading, statements
from claims.web.forms import WorkForm, differing, kept, refusals_as_messages, refusals_on
from claims.web.statements import FormulationForm, StatementForm

HISTORY = {
    "attribution.confirmed": gettext_lazy("Confirmed"),
    "attribution.unconfirmed": gettext_lazy("The confirmation taken back"),
    "attribution.corrected": gettext_lazy("Corrected"),
    "attribution.rejected": gettext_lazy("Marked as not a statement"),
    "attribution.added": gettext_lazy("Added"),
    "attribution.source_confirmed": gettext_lazy("The speaker named from the register"),
}
LABELS = {
    "source": gettext_lazy("source"),
    "cue": gettext_lazy("cue"),
    "content": gettext_lazy("content"),
    "stance": gettext_lazy("stance"),
    "quote_type": gettext_lazy("quoted"),
    "channel": gettext_lazy("channel"),
    "said_on": gettext_lazy("said on"),
    "narrator": gettext_lazy("outlet"),
    "source_entity": gettext_lazy("who speaks"),
    "parent": gettext_lazy("stands inside"),
    "responds_to": gettext_lazy("answers"),
}
# What the grammar calls its rules, in the reader's words; others are shown by their names.
RULES = {
    "clause": gettext_lazy("a verb of saying with a subject and a clause"),
    "bare": gettext_lazy("a verb of saying with a subject and what follows it"),
    "according": gettext_lazy("“according to” and the like"),
    "relative": gettext_lazy("a relative clause with a verb of saying"),
    "passive": gettext_lazy("a verb of saying in the passive"),
    "passive-by": gettext_lazy("a verb of saying in the passive, with “by”"),
    "infinitive": gettext_lazy("a verb of saying with “to”"),
    "object": gettext_lazy("a verb of saying with its object"),
    "noun": gettext_lazy("a noun of saying, such as “claim”"),
    "predicate": gettext_lazy("a verb that calls something by a name"),
    "hearsay": gettext_lazy("a word for hearsay"),
    "colon": gettext_lazy("a name, a colon, and what is said"),
    "turn": gettext_lazy("a turn of an interview"),
    "left": gettext_lazy("a verb of saying behind what is said"),
    "preposition": gettext_lazy("a verb of saying with “of”, “for” and the like"),
    "quote-left": gettext_lazy("a quotation before the words of saying"),
    "quote-right": gettext_lazy("a quotation behind the words of saying"),
    "quote-colon": gettext_lazy("a quotation after a colon"),
    "quote-signed": gettext_lazy("a quotation with its signature"),
    "quote-floating": gettext_lazy("a quotation that goes on from the one before"),
    "quote-unknown": gettext_lazy("a quotation whose speaker the text does not name"),
}

# What the page's script says, in the reader's language; {braces} are filled in there.
WORDS = {
    "text": gettext_lazy("Text of the article"),
    "source": gettext_lazy("source"),
    "cue": gettext_lazy("cue"),
    "content": gettext_lazy("content"),
    "selected": gettext_lazy("{words}"),
    "selectedIn": gettext_lazy("{words}: in the {roles}"),
    "selectFirst": gettext_lazy("Select words first."),
    "marked": gettext_lazy("{role}: {words}"),
    "held": gettext_lazy("Held, {role}: {words}. Arrows move it, with Shift its edge."),
    "released": gettext_lazy("Let go."),
    "edge": gettext_lazy("The edge at: {words}"),
    "nothing": gettext_lazy("There is no span to do that with."),
    "cut": gettext_lazy("Cut out: {words}"),
    "joined": gettext_lazy("Joined."),
    "removed": gettext_lazy("Removed: {words}"),
    "undone": gettext_lazy("Undone."),
    "redone": gettext_lazy("Done again."),
    "also": gettext_lazy("Go to {label}"),
    "saved": gettext_lazy("Saved."),
    "unsaved": gettext_lazy("Not saved yet; kept in this browser."),
    "refused": gettext_lazy("Not saved: see what is wrong."),
    "offline": gettext_lazy("No connection. What you did is kept in this browser, and sent when you are back."),
    "signedOut": gettext_lazy("You are signed out. What you did is kept in this browser: sign in again, then save."),
    "failed": gettext_lazy("It could not be saved. What you did is kept in this browser; save it again."),
    "conflict": gettext_lazy("Somebody else saved this meanwhile. Choose for each field what is to stay."),
    "chooseEach": gettext_lazy("Choose for each field first."),
    "theirs": gettext_lazy("Theirs:"),
    "mine": gettext_lazy("Yours:"),
    "restored": gettext_lazy("What you had not saved is here again."),
    "leaving": gettext_lazy("Not saved. Escape once more leaves; what you did is kept in this browser."),
}


# --- The page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """The part of a revision that is shown, and the attributions that reach into it, in the order of the text."""

    revision: Revision
    shown: reading.Reading
    rows: list[Attribution]


def _window(revision: Revision, at: int) -> Window:
    """Only this part is looked up and marked: a long article has thousands of attributions elsewhere."""
    part = reading.part_shown(revision, at)
    rows = reading.attributions_of(revision, part)
    marked = reading.spans_of([row for row in rows if row.stands])
    return Window(revision, reading.read(revision.text, marked, part), rows)


@login_required
@require_safe
def edit(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_edit(request, article_id)
    chosen = request.GET.get("attribution", "")
    row = _row(article, paging.number(chosen)) if chosen else None
    return _page(request, article, row)


def _row(article: Article, attribution_id: int) -> Attribution:
    row = Attribution.objects.filter(pk=attribution_id, revision__article=article).select_related("revision").first()
    if row is None:
        raise Http404
    return row


def _page(
    request: HttpRequest, article: Article, row: Attribution | None, form: StatementForm | None = None
) -> HttpResponse:
    """The text with one attribution to correct, or with none, to add one; ``form`` comes back with what was typed."""
    revision = row.revision if row else reading.newest_revision(article)
    if revision is None or article.status != ArticleStatus.READY:
        messages.info(request, _("The statements can be corrected when the article is ready."))
        return redirect("web:article", article.pk)
    found = attributions.reading_of(row) if row else None
    begins = min((start for role in ROLES for start, _end in getattr(found, role)), default=0) if found else 0
    window = _window(revision, paging.number(request.GET.get("at", str(begins))))
    others = [each for each in window.rows if each.stands and each != row]
    form = form or _form(row, revision, found, request)
    form.offer(others)
    place = next((n for n, each in enumerate(window.rows) if each == row), None)
    context: dict[str, Any] = {
        "article": article,
        "row": row,
        "window": window,
        "reading": window.shown,
        "current": [row.pk] if row else [],
        "form": form,
        "listed": [(each, statements.brief(each, revision.text)) for each in window.rows],
        "before": window.rows[place - 1] if place else None,
        "after": window.rows[place + 1] if place is not None and place + 1 < len(window.rows) else None,
        "may_add_source": article.desk_id in permissions.desks(request, Right.MANAGE_SOURCES),
        "suggested": [link.source.followed for link in row.named] if row else [],
        "data": _data(article, row, found, window),
        "words": {name: str(words) for name, words in WORDS.items()},
    }
    if isinstance(form.refused, Conflict) and "current" in form.refused.details and found:
        context |= {"changed_meanwhile": True, "differing": differing(form, _saved(form, found, revision))}
    return render(request, "claims/attributions/editor.html", context, status=form.status)


def _form(row: Attribution | None, revision: Revision, found: Reading | None, request: HttpRequest) -> StatementForm:
    known = statements.initial(found, revision.text) if found else {"stance": "asserts", "narrator": "neutral"}
    known |= {"version": row.version if row else None, "revision": revision.number}
    data = request.POST if request.method == "POST" else None
    return StatementForm(data, initial=known, text=revision.text, found=found)


def _data(article: Article, row: Attribution | None, found: Reading | None, window: Window) -> dict[str, Any]:
    """What the script begins from; ranges in code points of the whole text."""
    others = [
        {"id": each.pk, "label": each.label, "spans": [[span.role, span.start, span.end] for span in each.spans.all()]}
        for each in window.rows
        if each.stands and each != row
    ]
    return {
        "key": _key(article, row),
        "version": row.version if row else None,
        "reading": _sent(found) if found else None,
        "label": row.label if row else "",
        "others": others,
        "edit": reverse("web:article_edit", args=[article.pk]),
    }


def _sent(found: Reading) -> dict[str, Any]:
    """A reading as the script has it: as events have it, but for the parent, which is as the form has it."""
    return found.as_json() | {"parent": {None: "", "": statements.NOBODYS}.get(found.parent, found.parent)}


# --- The one door for changes -----------------------------------------------------------------------------------------


@login_required
@require_POST
def correct(request: HttpRequest, attribution_id: int) -> HttpResponse:
    row = permissions.attribution_to_edit(request, attribution_id)
    article = permissions.article_to_edit(request, row.revision.article_id)
    found = attributions.reading_of(row)
    form = _form(row, row.revision, found, request)
    if form.is_valid():
        theirs = kept(request, vars(found))
        change, speaker = form.change(theirs), None if "source_entity" in theirs else form.speaker
        # Whoever sends no version is at work on what they see now.
        version = form.cleaned_data["version"] or row.version
        with refusals_on(form):
            row = attributions.correct(row.pk, change, actor=request.user, version=version, speaker=speaker)
            return _saved_answer(request, article, row, _("Saved as your correction."))
    row.refresh_from_db()
    return _refused(request, article, row, form)


@login_required
@require_POST
def add(request: HttpRequest, article_id: int) -> HttpResponse:
    article = permissions.article_to_edit(request, article_id)
    revision = reading.newest_revision(article)
    if revision is None:
        raise Http404
    form = _form(None, revision, None, request)
    if form.is_valid():
        number = form.cleaned_data["revision"]
        with refusals_on(form):
            said, speaker = form.reading(), form.speaker
            row = attributions.add(article.pk, said, actor=request.user, speaker=speaker, revision=number)
            return _saved_answer(request, article, row, _("Added."), status=201)
    return _refused(request, article, None, form)


def _scripted(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _address(article: Article, row: Attribution) -> str:
    return f"{reverse('web:article_edit', args=[article.pk])}?attribution={row.pk}"


def _key(article: Article, row: Attribution | None) -> str:
    """Under which the browser keeps what is not saved of it."""
    return f"spans.{article.pk}.{row.pk if row else 'new'}"


def _saved_answer(
    request: HttpRequest, article: Article, row: Attribution, said: str, status: int = 200
) -> HttpResponse:
    if not _scripted(request):
        messages.success(request, said)
        return redirect(_address(article, row))
    row = Attribution.objects.get(pk=row.pk)
    answer = {
        "version": row.version,
        "reading": _sent(attributions.reading_of(row)),
        "decision": row.get_decision_display(),
        "message": said,
        "address": _address(article, row),
        "key": _key(article, row),
    }
    return JsonResponse(answer, status=status)


def _refused(request: HttpRequest, article: Article, row: Attribution | None, form: StatementForm) -> HttpResponse:
    """What is wrong, by field; where somebody else saved meanwhile, both versions."""
    conflict = isinstance(form.refused, Conflict) and "current" in form.refused.details
    if not _scripted(request):
        if conflict and row:
            # What is chosen now is chosen with this version in view.
            sent: Any = form.data
            chosen = sent.copy()
            chosen["version"] = str(row.version)
            form.data = chosen
        return _page(request, article, row, form)
    answer: dict[str, Any] = {"errors": statements.as_sent(form.errors, form)}
    if conflict and row:
        found = attributions.reading_of(row)
        answer |= {"current": _sent(found), "version": row.version}
    return JsonResponse(answer, status=form.status)


def _saved(form: StatementForm, found: Reading, revision: Revision) -> dict[str, Any]:
    """What is saved now, as the form's fields would have it; what no person types is as it was sent."""
    known = dict(form.cleaned_data) | statements.initial(found, revision.text)
    # The words are compared where they stand: the same words typed otherwise are the same.
    ranges = form.cleaned_data.get("ranges", {})
    same = {role: form.cleaned_data[role] for role in ROLES if ranges.get(role) == getattr(found, role)}
    named = form.cleaned_data["source_entity"]
    return known | same | {"source_entity": named if named[0] == found.source_entity else (found.source_entity, None)}


# --- Why it is there, and what was there before -----------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One event as a line: what was done, by whom, and what changed as (field, before, after)."""

    event: Event
    sentence: str
    by: str
    changes: list[tuple[str, str, str]]


def rule_of(row: Attribution) -> str:
    """In words why the engine took it for a statement; empty where it does not say."""
    rule = row.rule.removeprefix("inside-")
    words = str(RULES.get(rule, rule))
    return f"{words} · {_('inside another quotation')}" if rule != row.rule else words


@login_required
@require_safe
def attribution(request: HttpRequest, attribution_id: int) -> HttpResponse:
    """Why the machine suggested it and what people made of it: a page, or a part of the editor's where that asks."""
    return statement_page(request, permissions.attribution_to_read(request, attribution_id))


def statement_page(request: HttpRequest, row: Attribution, form: WorkForm | None = None) -> HttpResponse:
    """``form`` is one of its claim in words that was refused."""
    named = attributions.may_be_named(row)
    told = [_told(event, row.revision.text, named) for event in attributions.history(row)]
    context = {
        "row": row,
        "article": row.revision.article,
        "rule": rule_of(row),
        "claims": row.claims.order_by("pk"),
        "told": told,
        "may_edit": row.revision.article.desk_id in permissions.desks(request, Right.CORRECT),
    }
    if form or (context["may_edit"] and row.stands and not context["claims"]):
        content = reading.words_of(row, row.revision.text)["content"]
        context["formulation"] = form or FormulationForm(initial={"text": statements.as_claim(content)})
    part = bool(request.headers.get("HX-Request"))
    page = f"claims/attributions/{'about' if part else 'attribution'}.html"
    return render(request, page, context, status=form.status if form else 200)


def _told(event: Event, text: str, named: bool) -> Told:
    before, after = event.data.get("from") or {}, event.data.get("to") or {}
    changes = [
        (str(label), _shown(name, before.get(name), text), _shown(name, after.get(name), text))
        for name, label in LABELS.items()
        if before.get(name) != after.get(name) and (before or name in ROLES)
    ]
    sentence = _("Brought back as it was before") if "restores" in event.data else HISTORY.get(event.kind, event.kind)
    return Told(event, str(sentence), str(event.actor) if named and event.actor else "", changes)


def _shown(name: str, value: Any, text: str) -> str:
    if name in ROLES:
        return markings.words_of(text, [(start, end) for start, end in value or ()])
    if name == "parent":
        return {None: _("as the spans have it"), "": _("nobody")}.get(value, str(value))
    return str(value or "")


class RestoreForm(WorkForm):
    """Which change is undone, and on which version."""

    event = forms.IntegerField(min_value=1, max_value=paging.HIGHEST)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


@login_required
@require_POST
def restore(request: HttpRequest, attribution_id: int) -> HttpResponse:
    row = permissions.attribution_to_edit(request, attribution_id)
    form = RestoreForm(request.POST)
    if not form.is_valid():
        raise Http404
    with refusals_as_messages(request):
        event, version = form.cleaned_data["event"], form.cleaned_data["version"]
        attributions.restore(row.pk, event, actor=request.user, version=version)
        messages.success(request, _("It is as it was before."))
    return redirect(_address(row.revision.article, row))
