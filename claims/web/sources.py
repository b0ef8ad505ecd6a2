"""The register of who speaks: to read for every member, to change for admins; for everybody who was published."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.events import Event, Subject
from claims.rules.rights import Right
from claims.services import profiles, sources
from claims.services.profiles import Profile
from claims.web import paging, permissions
from claims.web.caching import public
from claims.web.forms import DateInput, RegisteredSource, WorkForm, refusals_as_messages, refusals_on
from claims.web.profiles import shown
from sources.models import Alias, AliasKind, Merge, RelationKind, Source, SourceKind
from sources.names import fold

OPTIONS = 10


class NewForm(WorkForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SourceKind.choices)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    description = forms.CharField(label=gettext_lazy("Description"), required=False, max_length=500)


class RenameForm(WorkForm):
    name = forms.CharField(
        label=gettext_lazy("New name"), max_length=300, help_text=gettext_lazy("The old name stays an alias.")
    )


class AliasForm(WorkForm):
    name = forms.CharField(label=gettext_lazy("Also called"), max_length=300)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=AliasKind.choices)
    valid_from = forms.DateField(label=gettext_lazy("From"), required=False, widget=DateInput)
    valid_to = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DateInput)


class MergeForm(WorkForm):
    into = RegisteredSource(
        label=gettext_lazy("Readers will see"),
        max_length=320,
        help_text=gettext_lazy("The source that stays: begin to type its name, and choose one."),
    )
    reason = forms.CharField(label=gettext_lazy("Why these two are the same"), max_length=500)


FORMS: dict[str, type[WorkForm]] = {"rename": RenameForm, "alias": AliasForm, "merge": MergeForm}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.READ)
    search = request.GET.get("search", "").replace("\0", "")[:200].strip()
    rows = Source.objects.current().order_by("name", "pk")
    folded = fold(search)
    if search:
        rows = rows.search(folded) if folded else rows.none()
    page = _by_name(rows, request)
    context = {"page": page, "search": search, "may_edit": _may_edit(request), "form": NewForm()}
    return render(request, "claims/sources/index.html", context)


@login_required
@require_safe
def options(request: HttpRequest) -> HttpResponse:
    """Sources that what is being typed may mean, as options of a field that takes one."""
    permissions.some_desk(request, Right.READ)
    # Fields ask by their own names.
    typed = str(next(iter(request.GET.values()), ""))
    folded = fold(typed.replace("\0", "")[:200])
    found = Source.objects.current().search(folded).order_by("name", "pk")[:OPTIONS] if folded else ()
    return render(request, "claims/sources/options.html", {"found": found})


def _by_name(rows: Any, request: HttpRequest) -> paging.Page[Source]:
    """A page of the register in the order of names; the cursor is the id of the last one shown."""
    cursor = request.GET.get("before", "")
    if cursor:
        last = Source.objects.filter(pk=paging.number(cursor)).first()
        rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk)) if last else rows.none()
    found = list(rows[: paging.SIZE + 1])
    return paging.Page(found[: paging.SIZE], str(found[paging.SIZE - 1].pk) if len(found) > paging.SIZE else None)


def _may_edit(request: HttpRequest) -> bool:
    return bool(permissions.desks(request, Right.MANAGE_SOURCES))


def _done(request: HttpRequest, kind: str) -> None:
    """In the words of the history; the page that opens again begins with it, and so does the focus."""
    messages.success(request, f"{SENTENCES[kind]}.")


def _source(source_id: int) -> Source:
    source = Source.objects.select_related("merged_into").filter(pk=source_id).first()
    if source is None:
        raise Http404
    return source


@public
@require_safe
def detail(request: HttpRequest, source_id: int) -> HttpResponse:
    """For everybody who has said something that was published; of the others nobody outside hears."""
    source = _source(source_id)
    mine = permissions.desks(request)
    profile = profiles.profile(source if mine else source.followed, mine)
    if not mine and not profile.made and not profile.denied:
        raise Http404
    if not mine and source.merged_into is not None:
        return redirect("web:source", source.followed.pk)
    return _detail(request, source, profile)


def _detail(request: HttpRequest, source: Source, profile: Profile | None = None, **bound: WorkForm) -> HttpResponse:
    mine = permissions.desks(request)
    filled: dict[str, WorkForm] = {name: kind(auto_id=f"id_{name}_%s") for name, kind in FORMS.items()}
    values = shown(source, mine, profile or profiles.profile(source, mine)) | {
        # By its own name it is known too, which the heading says already; by another kind of name it may be removed.
        "aliases": source.aliases.exclude(kind=AliasKind.NAME, name=source.name).order_by("kind", "name"),
        "merges": Merge.objects.filter(Q(source=source) | Q(into=source), undone_at=None).select_related(
            "source", "into", "merged_by"
        ),
        "may_edit": _may_edit(request),
        "forms": filled | bound,
    }
    status = next((form.status for form in bound.values()), 200)
    return render(request, "claims/sources/detail.html", values, status=status)


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.MANAGE_SOURCES)
    form = NewForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            data = form.cleaned_data
            made = sources.create(data["kind"], data["name"], actor=request.user, description=data["description"])
            _done(request, "source.created")
            return redirect("web:source", made.pk)
    page: paging.Page[Source] = paging.Page([], None)
    context = {"page": page, "may_edit": True, "form": form}
    return render(request, "claims/sources/index.html", context, status=form.status)


@login_required
@require_POST
def rename(request: HttpRequest, source_id: int) -> HttpResponse:
    permissions.some_desk(request, Right.MANAGE_SOURCES)
    source = _source(source_id)
    form = RenameForm(request.POST, auto_id="id_rename_%s")
    if form.is_valid():
        with refusals_on(form):
            sources.rename(source, form.cleaned_data["name"], actor=request.user)
            _done(request, "source.renamed")
            return redirect("web:source", source.pk)
    return _detail(request, source, rename=form)


@login_required
@require_POST
def add_alias(request: HttpRequest, source_id: int) -> HttpResponse:
    permissions.some_desk(request, Right.MANAGE_SOURCES)
    source = _source(source_id)
    form = AliasForm(request.POST, auto_id="id_alias_%s")
    if form.is_valid():
        with refusals_on(form):
            data = form.cleaned_data
            validity = {"valid_from": data["valid_from"], "valid_to": data["valid_to"]}
            sources.add_alias(source, data["kind"], data["name"], actor=request.user, **validity)
            _done(request, "source.alias_added")
            return redirect("web:source", source.pk)
    return _detail(request, source, alias=form)


@login_required
@require_POST
def remove_alias(request: HttpRequest, source_id: int, alias_id: int) -> HttpResponse:
    permissions.some_desk(request, Right.MANAGE_SOURCES)
    alias = Alias.objects.select_related("source").filter(pk=alias_id, source=source_id).first()
    if alias is None:
        raise Http404
    with refusals_as_messages(request):
        sources.remove_alias(alias, actor=request.user)
        _done(request, "source.alias_removed")
    return redirect("web:source", source_id)


@login_required
@require_POST
def merge(request: HttpRequest, source_id: int) -> HttpResponse:
    permissions.some_desk(request, Right.MANAGE_SOURCES)
    source = _source(source_id)
    form = MergeForm(request.POST, auto_id="id_merge_%s")
    if form.is_valid():
        with refusals_on(form):
            data = form.cleaned_data
            sources.merge(source, data["into"], actor=request.user, reason=data["reason"])
            messages.success(request, _("Merged. It can be undone exactly."))
            return redirect("web:source", source.pk)
    return _detail(request, source, merge=form)


@login_required
@require_POST
def undo_merge(request: HttpRequest, source_id: int, merge_id: int) -> HttpResponse:
    permissions.some_desk(request, Right.MANAGE_SOURCES)
    if not Merge.objects.filter(pk=merge_id, source=source_id).exists():
        raise Http404
    with refusals_as_messages(request):
        sources.undo_merge(merge_id, actor=request.user)
        _done(request, "source.merge_undone")
    return redirect("web:source", source_id)


# --- What happened to a source ----------------------------------------------------------------------------------------

# In the desk's words; a kind that is not here is shown by its name.
SENTENCES = {
    "source.created": gettext_lazy("Added to the register"),
    "source.renamed": gettext_lazy("Renamed"),
    "source.described": gettext_lazy("Description changed"),
    "source.alias_added": gettext_lazy("Name added"),
    "source.alias_removed": gettext_lazy("Name removed"),
    "source.related": gettext_lazy("Relation added"),
    "source.unrelated": gettext_lazy("Relation removed"),
    "source.merged": gettext_lazy("Merged"),
    "source.merge_undone": gettext_lazy("Merge undone"),
}
KINDS: dict[str, Any] = dict(SourceKind.choices) | dict(AliasKind.choices) | dict(RelationKind.choices)


@dataclass(frozen=True)
class Told:
    """One event as a line of the timeline: what changed as (field, before, after), and the sources that it joined."""

    event: Event
    sentence: str
    changes: list[tuple[str, str, str]]
    joined: list[Source]

    @property
    def name(self) -> str:
        return str(self.event.data.get("name", ""))

    @property
    def kind(self) -> str:
        """Of the name, the source or the relation, in words."""
        kind = self.event.data.get("kind", "")
        return str(KINDS.get(kind, kind))


@login_required
@require_safe
def history(request: HttpRequest, source_id: int) -> HttpResponse:
    permissions.some_desk(request, Right.READ)
    source = _source(source_id)
    return render(request, "claims/sources/history.html", {"source": source, "told": _told(source)})


def _told(source: Source) -> list[Told]:
    """The source's own events and the merges of others into it, oldest first; a merge undone is told like any other."""
    merges = {merge.pk: merge for merge in Merge.objects.filter(Q(source=source) | Q(into=source))}
    joining = Q(kind__in=["source.merged", "source.merge_undone"], data__merge__in=list(merges))
    joining &= Q(subject_id__in={merge.source_id for merge in merges.values()})
    events = Event.objects.filter(Q(subject_id=source.pk) | joining, subject_type=Subject.SOURCE)
    rows = list(events.select_related("actor").order_by("at", "pk"))
    joined = [_joined(event, merges) for event in rows]
    named = Source.objects.in_bulk({pk for each in joined for pk in each})
    return [
        Told(
            event,
            str(SENTENCES.get(event.kind, event.kind)),
            list(_changes(event)),
            [named[pk] for pk in pks if pk in named],
        )
        for event, pks in zip(rows, joined, strict=True)
    ]


def _joined(event: Event, merges: dict[int, Merge]) -> list[int]:
    """The ids of both sources of a merge, or of the other one of a relation."""
    merge = merges.get(event.data.get("merge", 0))
    if merge is not None:
        return [merge.source_id, merge.into_id]
    return [event.data["object"]] if "object" in event.data else []


def _changes(event: Event) -> Iterable[tuple[str, str, str]]:
    if event.kind == "source.renamed":
        yield "name", event.data["from"], event.data["to"]
    elif event.kind == "source.described":
        for field, (before, after) in event.data.items():
            yield field, before, after
