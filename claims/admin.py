"""The admin: desks, people's roles, scales and the register are changed here, by the verbs that leave events.

What is historical is only shown. Who is not an admin of the installation never gets here (workbench.accounts.admin).
"""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import BinaryField, Model, QuerySet, URLField
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from claims.extraction import checkworthiness
from claims.models.adjudication import Adjudication
from claims.models.articles import Article, Revision
from claims.models.bulk import BulkAction
from claims.models.claims import Attribution, Claim, ClaimLink
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import POLICY, Desk, Membership
from claims.models.due import DeadlineNotice
from claims.models.events import Event, Seal
from claims.models.evidence import Capture, ClaimantContact, Evidence
from claims.models.jobs import Job, JobState
from claims.models.notifications import Notification
from claims.models.publication import Correction, Publication
from claims.models.review import Assignment, Review
from claims.models.verdicts import Rating, RatingScale, Verdict
from claims.rules.refusals import Refused
from claims.services import desks, jobs, sources
from sources.admin import MergeAdmin, NamedForm, SourceAdmin
from sources.models import Merge, Relation, Source


class ByVerbs(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Saves through services. What one of them refuses is told, and nothing is stored."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def each(self, request: HttpRequest, rows: QuerySet[Any], verb: Callable[[Any], object], done: str) -> None:
        """An action: the verb for each row, with what was refused told row by row."""
        for row in rows:
            try:
                verb(row)
            except Refused as refused:
                self.message_user(request, f"{row}: {refused}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: {done}", messages.SUCCESS)


class Remembered(forms.CharField):
    """What stood in the form when its page was opened. It is nothing that a person changes."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class SeenForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Whoever saves what was changed since they opened the page is told what changed, and nothing is stored."""

    seen = Remembered(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = json.dumps(self._standing(self.instance))

    def _standing(self, row: Model) -> dict[str, str]:
        """The form's fields as they are stored, each in one line."""
        found = model_to_dict(row, fields=[name for name in self.fields if name != "seen"])
        several = {name: ", ".join(map(str, value)) for name, value in found.items() if isinstance(value, list)}
        return {name: str(value) for name, value in found.items()} | several

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.instance.pk and data.get("seen"):
            self._check_unchanged(self._read(data["seen"]))
        return data

    @staticmethod
    def _read(sent: str) -> dict[str, Any]:
        try:
            seen = json.loads(sent)
        except (ValueError, RecursionError):
            seen = None
        return seen if isinstance(seen, dict) else {}

    def _check_unchanged(self, seen: dict[str, Any]) -> None:
        # Locked until the verb is done, in the verbs' own order: the desk before its people.
        if isinstance(self.instance, Membership):
            Desk.objects.select_for_update(no_key=True).get(pk=self.instance.desk_id)
        rows: Any = type(self.instance)._default_manager
        standing = self._standing(rows.select_for_update(no_key=True).get(pk=self.instance.pk))
        changed = [name for name, value in standing.items() if seen.get(name) != value]
        if not changed:
            return
        # The page that comes back has seen them.
        sent: Any = self.data
        sent = sent.copy()
        sent["seen"] = json.dumps(standing)
        self.data = sent
        told = [
            f"{self.fields[name].label}: was “{seen.get(name, '')}”, is now “{standing[name]}”." for name in changed
        ]
        begin = "Somebody changed this while you were editing, and nothing of yours was saved."
        end = "Saving again puts what stands below in its place; open the page anew to go on from theirs."
        raise forms.ValidationError([begin, *told, end], code="changed_meanwhile")


class Guarded(ByVerbs):
    """A row that two people may have open at once: the second one to save is told what the first one did."""

    form = SeenForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = list(super().get_fields(request, obj))
        return [*fields, "seen"] if obj and self.has_change_permission(request, obj) else fields


def take_over(obj: Model, stored: Model) -> None:
    """The admin goes on with ``obj``; the verb has made the row."""
    obj.pk = stored.pk
    obj._state.adding = False
    obj.refresh_from_db()


# --- The register -----------------------------------------------------------------------------------------------------


class SourceForm(SeenForm, NamedForm):
    """Both checks: what the name is, and that nobody changed the source meanwhile."""


@admin.register(Source)
class SourceDesk(Guarded, SourceAdmin):
    """The register, changed by the desk's verbs."""

    form = SourceForm

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        details = {name: form.cleaned_data[name] for name in ("kind", "description", "language", "same_as")}
        if not change:
            take_over(obj, sources.create(name=obj.name, actor=request.user, **details))
            return
        if "name" in form.changed_data:
            sources.rename(Source.objects.get(pk=obj.pk), obj.name, actor=request.user)
        if set(form.changed_data) - {"name"}:
            sources.describe(Source.objects.get(pk=obj.pk), actor=request.user, **details)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for row in formset.deleted_objects:
            if isinstance(row, Relation):
                sources.unrelate(row, actor=request.user)
            else:
                sources.remove_alias(row, actor=request.user)
        for row in formset.new_objects:
            validity = {"valid_from": row.valid_from, "valid_to": row.valid_to}
            if isinstance(row, Relation):
                sources.relate(row.subject, row.kind, row.object, actor=request.user, **validity)
            else:
                sources.add_alias(row.source, row.kind, row.name, actor=request.user, **validity)


@admin.register(Merge)
class MergeDesk(ByVerbs, MergeAdmin):
    """Merges, made and taken back by the desk's verbs."""

    actions = ("undo",)

    def save_model(self, request: HttpRequest, obj: Merge, form: Any, change: bool) -> None:
        take_over(obj, sources.merge(obj.source, obj.into, actor=request.user, reason=obj.reason))

    @admin.action(description="Take the selected merges back")
    def undo(self, request: HttpRequest, rows: QuerySet[Merge]) -> None:
        self.each(request, rows, lambda row: sources.undo_merge(row.pk, actor=request.user), "taken back.")


# --- Desks ------------------------------------------------------------------------------------------------------------


@admin.register(Desk)
class DeskAdmin(Guarded):
    list_display = ("name", "slug", "language", "lease_minutes")
    search_fields = ("name", "slug")
    fields = ("slug", *POLICY)
    autocomplete_fields = ("second_review_sources",)
    formfield_overrides: ClassVar = {URLField: {"assume_scheme": "https"}}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        defaults = ", ".join(f'"{name}": {weight}' for name, weight in checkworthiness.DEFAULTS.items())
        told = f"What makes a claim worth checking here. What is not named has its default: {{{defaults}}}"
        return super().get_form(request, obj, change, help_texts={"worthiness_weights": told}, **kwargs)

    def save_model(self, request: HttpRequest, obj: Desk, form: Any, change: bool) -> None:
        policy = {name: form.cleaned_data[name] for name in ("slug", *POLICY)}
        if change:
            desks.change(Desk.objects.get(pk=obj.pk), actor=request.user, **policy)
        else:
            take_over(obj, desks.create(actor=request.user, **policy))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to do: the list of sources was saved by its verb."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


SKILLS = ("active", "languages", "topics", "capacity")


@admin.register(Membership)
class MembershipAdmin(Guarded):
    """Roles. People who leave are made inactive: what they did stays theirs."""

    list_display = ("user", "desk", "role", "active", "capacity")
    list_filter = ("desk", "role", "active")
    list_select_related = ("user", "desk")
    search_fields = ("user__username", "user__display_name")
    fields = ("desk", "user", "role", *SKILLS)
    autocomplete_fields = ("desk", "user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("desk", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        skills = {name: form.cleaned_data[name] for name in SKILLS}
        take_over(obj, desks.set_member(obj.desk, obj.user, obj.role, actor=request.user, **skills))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RatingInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The steps of a scale, open until the scale is in use: verdicts rest on them."""

    model = Rating
    extra = 1
    fields = ("position", "key", "label", "number", "normalised", "explanation")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or not in_use(obj)

    has_add_permission = has_change_permission
    has_delete_permission = has_change_permission


def in_use(scale: RatingScale) -> bool:
    """Whether it rates now or ever rated something."""
    if scale.active:
        return True
    ratings = scale.ratings.all()
    rows: tuple[QuerySet[Any], ...] = (Review.objects.all(), Verdict.objects.all())
    return any(
        some.filter(**{f"{axis}_rating__in": ratings}).exists() for some in rows for axis in ("attribution", "veracity")
    )


@admin.register(RatingScale)
class RatingScaleAdmin(Guarded):
    """A new scale begins unused; the action puts it in the place of the one before."""

    list_display = ("name", "desk", "axis", "active")
    list_filter = ("desk", "axis", "active")
    list_select_related = ("desk",)
    fields = ("desk", "axis", "name", "active")
    readonly_fields = ("active",)
    inlines = (RatingInline,)
    actions = ("use",)

    def save_model(self, request: HttpRequest, obj: RatingScale, form: Any, change: bool) -> None:
        if not change:
            obj.active = False
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or not in_use(obj)

    has_delete_permission = has_change_permission

    @admin.action(description="Rate with the selected scales from now on", permissions=["view"])
    def use(self, request: HttpRequest, rows: QuerySet[RatingScale]) -> None:
        self.each(request, rows, lambda row: desks.use_scale(row, actor=request.user), "in use.")


# --- What is historical -----------------------------------------------------------------------------------------------


class History(ByVerbs):
    """Shown in full, changed by nobody. Bytes are left out: they are no reading matter."""

    show_full_result_count = False
    ordering = ("-pk",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [field.name for field in self.model._meta.fields if not isinstance(field, BinaryField)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def history(*models: type[Model], columns: tuple[str, ...], filters: tuple[str, ...] = ()) -> None:
    """Register ``models`` as read-only, with these columns in their lists."""
    for model in models:
        related = tuple(name for name in columns if name != "id" and model._meta.get_field(name).is_relation)
        options = {"list_display": columns, "list_filter": filters, "list_select_related": related or False}
        admin.site.register(model, type(f"{model.__name__}History", (History,), options))


history(Article, columns=("id", "title", "desk", "status", "submitted_by", "submitted_at"), filters=("desk", "status"))
history(
    ConflictOfInterest,
    columns=("id", "desk", "user", "source", "declared_at", "ended_at"),
    filters=("desk",),
)
history(Revision, columns=("id", "article", "number", "sha256", "created_at"))
history(
    Attribution,
    columns=("id", "label", "revision", "stance", "quote_type", "confidence", "decision", "decided_by", "last_found"),
    filters=("stance", "decision", "suggested"),
)
history(Claim, columns=("id", "text", "desk", "state", "priority", "changed_at"), filters=("desk", "state"))
history(ClaimLink, columns=("id", "from_claim", "kind", "to_claim", "confirmed_by"), filters=("kind",))
history(BulkAction, columns=("id", "desk", "verb", "actor", "state", "total", "done", "created_at"), filters=("verb",))
history(Assignment, columns=("id", "claim", "reviewer", "role", "state", "lease_until"), filters=("role", "state"))
history(DeadlineNotice, columns=("id", "claim", "round", "role", "step", "due_at", "told_at"), filters=("step",))
history(Notification, columns=("id", "user", "kind", "claim", "created_at", "read_at", "mailed_at"), filters=("kind",))
history(Review, columns=("id", "assignment", "number", "attribution_rating", "veracity_rating", "submitted_at"))
history(Adjudication, columns=("id", "claim", "adjudicator", "decided_at"))
history(Verdict, columns=("id", "claim", "version", "attribution_rating", "veracity_rating", "decided_by"))
history(Evidence, columns=("id", "claim", "relation", "url", "added_by", "withdrawn_at"), filters=("relation", "tier"))
history(Capture, columns=("id", "evidence", "attempt", "status", "reason", "captured_at"), filters=("status",))
history(ClaimantContact, columns=("id", "claim", "asked_by", "asked_at", "channel", "answered_at"))
history(
    Publication, columns=("position", "claim", "action", "verdict", "publisher", "published_at"), filters=("action",)
)
history(Correction, columns=("id", "kind", "from_verdict", "to_verdict", "approver", "corrected_at"), filters=("kind",))
history(
    Event, columns=("id", "subject_type", "subject_id", "sequence", "kind", "actor", "at"), filters=("subject_type",)
)
history(Seal, columns=("sequence", "events", "at"))


@admin.register(Job)
class JobHistory(History):
    """Jobs are a record too; what was quarantined can be given another try."""

    list_display = ("id", "name", "key", "state", "attempts", "error", "created_at", "finished_at")
    list_filter = ("state", "name")
    actions = ("retry",)

    @admin.action(description="Try the selected quarantined jobs again", permissions=["view"])
    def retry(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        again = sum(jobs.retry(job.pk) for job in rows.filter(state=JobState.DEAD))
        self.message_user(request, f"{again} jobs begin anew.", messages.SUCCESS)
