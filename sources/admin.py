"""How the register looks in the admin. Which verbs save it is the desk's to say (claims.admin): they leave events."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest

from sources.models import Alias, Relation
from sources.names import fold


class NamedForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A name needs a letter or a digit: it is looked up by those."""

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not fold(name):
            raise forms.ValidationError("The name has no letter or digit.")
        return name


class Appended(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """Rows that are added and taken away, never changed: what an old article meant stays findable."""

    extra = 0
    show_change_link = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AliasInline(Appended):
    model = Alias
    form = NamedForm
    fields = ("kind", "name", "valid_from", "valid_to")


class RelationInline(Appended):
    model = Relation
    fk_name = "subject"
    fields = ("kind", "object", "valid_from", "valid_to")
    autocomplete_fields = ("object",)


class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """The register, by name; merged sources show where readers are led."""

    form = NamedForm
    list_display = ("name", "kind", "language", "merged_into")
    list_filter = ("kind",)
    list_select_related = ("merged_into",)
    search_fields = ("name", "aliases__name")
    fields = ("kind", "name", "description", "language", "same_as", "merged_into", "version", "created_at")
    readonly_fields = ("merged_into", "version", "created_at")
    inlines = (AliasInline, RelationInline)
    show_full_result_count = False
    formfield_overrides: ClassVar = {URLField: {"assume_scheme": "https"}}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MergeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Merges: made here, taken back by an action, otherwise a record."""

    list_display = ("source", "into", "reason", "merged_by", "merged_at", "undone_by", "undone_at")
    list_select_related = ("source", "into", "merged_by", "undone_by")
    fields = ("source", "into", "reason")
    autocomplete_fields = ("source", "into")
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
