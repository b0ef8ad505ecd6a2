"""Notes and questions on a claim: beside the review, on a page of their own, and what waits on somebody's desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import Claim
from claims.models.notes import Note, NoteKind
from claims.rules.notes import TEXT_LIMIT
from claims.rules.rights import Right
from claims.services import notes
from claims.web import paging, permissions
from claims.web.forms import WorkForm, back, refusals_as_messages, refusals_on
from claims.web.notifications import opened

BESIDE = 10
PAGE = 25
WORDS = {"rows": 3, "dir": "auto"}


class NoteForm(WorkForm):
    """A note or a question."""

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[(NoteKind.QUESTION.value, _("a question")), (NoteKind.NOTE.value, _("a note"))],
        initial=NoteKind.QUESTION.value,
    )
    text = forms.CharField(
        label=_("To the desk"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs=WORDS),
        help_text=_("@name reaches a member of the desk; a question without a name reaches the editors."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_note_%s")


class ReplyForm(WorkForm):
    """An answer."""

    text = forms.CharField(label=_("Reply"), max_length=TEXT_LIMIT, widget=forms.Textarea(attrs={**WORDS, "rows": 2}))

    def __init__(self, note_id: int, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_reply_{note_id}_%s")


@dataclass(frozen=True)
class Thread:
    """A note with its replies and the form for the next one."""

    note: Note
    form: ReplyForm


def _threads(rows: Iterable[Note]) -> list[Thread]:
    return [Thread(row, ReplyForm(row.pk)) for row in rows]


def _common(request: HttpRequest, claim: Claim) -> dict[str, Any]:
    may_write = claim.desk_id in permissions.desks(request, Right.REVIEW)
    return {"claim": claim, "may_write": may_write, "people": notes.people(claim.desk_id) if may_write else []}


def beside(request: HttpRequest, claim: Claim) -> dict[str, Any]:
    """What the desk page needs to show the notes: some of them, the open ones first."""
    rows = notes.open_first(request.user, notes.threads(request.user).filter(claim=claim), BESIDE)
    return _common(request, claim) | {"threads": _threads(rows), "note_form": NoteForm(), "in_card": True}


def for_desk(request: HttpRequest) -> list[Note]:
    """What waits for this person, for "My desk"."""
    return notes.open_first(request.user, notes.for_desk(request.user), notes.DESK_LIMIT)


def page_of(claim: Claim) -> str:
    return reverse("web:notes", args=[claim.pk])


def _newest(request: HttpRequest, claim: Claim) -> list[Thread]:
    rows = notes.threads(request.user).filter(claim=claim).order_by("-pk")[:PAGE]
    return _threads(notes.shown(request.user, rows))


@login_required
@require_safe
def index(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_read(request, claim_id)
    opened(request, claim)
    page = paging.newest_first(notes.threads(request.user).filter(claim=claim), request, size=PAGE)
    return _page(request, claim, _threads(notes.shown(request.user, page.items)), page=page)


def _page(
    request: HttpRequest, claim: Claim, threads: list[Thread], form: WorkForm | None = None, **more: Any
) -> HttpResponse:
    note_form = form if isinstance(form, NoteForm) else NoteForm()
    values = _common(request, claim) | {"threads": threads, "note_form": note_form} | more
    status = form.status if form else 200
    return render(request, "claims/notes/index.html", values, status=status)


@login_required
@require_POST
def add(request: HttpRequest, claim_id: int) -> HttpResponse:
    """For htmx the list and an empty form, so that the review beside it stays as it is; else the page again."""
    claim = permissions.claim_to_review(request, claim_id)
    form, written = NoteForm(request.POST), False
    if form.is_valid():
        with refusals_on(form):
            notes.add(claim.pk, form.cleaned_data["text"], actor=request.user, kind=form.cleaned_data["kind"])
            written = True
    if not request.headers.get("HX-Request"):
        return back(request, page_of(claim)) if written else _page(request, claim, _newest(request, claim), form)
    values = beside(request, claim) | {"written": written}
    return render(request, "claims/notes/swapped.html", values if written else values | {"note_form": form})


@login_required
@require_POST
def reply(request: HttpRequest, claim_id: int, note_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    note = _of(request, claim, note_id)
    form = ReplyForm(note.pk, request.POST)
    if form.is_valid():
        with refusals_on(form):
            notes.reply(note.pk, form.cleaned_data["text"], actor=request.user, claim_id=claim.pk)
            return _settled(request, claim, note, "reply")
    thread = Thread(_of(request, claim, note_id), form)
    if request.headers.get("HX-Request"):
        return render(request, "claims/notes/thread.html", _common(request, claim) | {"thread": thread})
    return _page(request, claim, [thread], form)


@login_required
@require_POST
def resolve(request: HttpRequest, claim_id: int, note_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    note = _of(request, claim, note_id)
    with refusals_as_messages(request):
        notes.resolve(note.pk, actor=request.user)
    return _settled(request, claim, note, "resolve")


@login_required
@require_POST
def reopen(request: HttpRequest, claim_id: int, note_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    note = _of(request, claim, note_id)
    with refusals_as_messages(request):
        notes.reopen(note.pk, actor=request.user)
    return _settled(request, claim, note, "reopen")


def _of(request: HttpRequest, claim: Claim, note_id: int) -> Note:
    """A thread of this claim that the person may see; 404 otherwise, for replies too."""
    note = notes.threads(request.user).filter(claim=claim, pk=note_id).first()
    if note is None:
        raise Http404
    return note


def _settled(request: HttpRequest, claim: Claim, note: Note, what: str) -> HttpResponse:
    """The thread alone for htmx, with the focus where it was; the page again without scripts."""
    if not request.headers.get("HX-Request"):
        return back(request, f"{page_of(claim)}?before={note.pk + 1}#note-{note.pk}")
    (thread,) = _threads([_of(request, claim, note.pk)])
    return render(request, "claims/notes/thread.html", _common(request, claim) | {"thread": thread, "swapped": what})
