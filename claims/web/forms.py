"""The form that all forms of the pages start from, its fields, and how a verb's "no" reaches the person."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import ProhibitNullCharactersValidator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from claims.rules import texts
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused, TooLarge
from claims.rules.workflow import Missing
from claims.web.paging import HIGHEST
from claims.web.told import translated
from sources.models import Source


class WorkForm(forms.Form):
    """A form that also remembers why a verb refused what it held."""

    # Where a verb names a field differently than the page does: the verb's name → the form's.
    verb_fields: ClassVar[Mapping[str, str]] = {}
    refused: Refused | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def full_clean(self) -> None:
        """Names, labels, titles and reasons read as they show; whatever form they are typed into."""
        for field in self.fields.values():
            if _is_label(field) and check_label not in field.validators:
                field.validators.append(check_label)
        super().full_clean()

    def refuse(self, refused: Refused) -> None:
        """Show each problem beside its field, or above the form where it has none."""
        self.refused = refused
        for problem in refused.problems:
            name, message = self.told(problem)
            self.add_error(name if name in self.fields else None, message)

    def told(self, problem: Missing) -> tuple[str, Any]:
        """The field beside which the problem is shown, and in which words."""
        return self.verb_fields.get(problem.field, problem.field), translated(problem.message)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form again."""
        if isinstance(self.refused, TooLarge):
            return 413
        if isinstance(self.refused, Conflict):
            return 409
        return 422 if self.is_bound and self.errors else 200


class Words(forms.CharField):
    """The words of a text as they stand there, or words to look for: whatever is in them."""


def check_label(text: str) -> None:
    """Raises ValidationError, with the way out, for what does not read as it shows."""
    if wrong := texts.problem(text):
        raise forms.ValidationError(translated(wrong), code="misleading")


def _is_label(field: forms.Field) -> bool:
    """Whether people type a short text into it: no choice, no password, no address, which has its own rules."""
    if not isinstance(field, forms.CharField) or isinstance(field, Words | forms.URLField):
        return False
    longest = field.longest if isinstance(field, Names) else field.max_length or texts.LABEL_LIMIT
    typed = not isinstance(field.widget, forms.Select | forms.HiddenInput | forms.PasswordInput)
    return typed and longest <= texts.LABEL_LIMIT


class Verbatim(Words):
    """Text as it came, NUL characters included: the intake removes those visibly and says how many they were."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)
        self.validators = [each for each in self.validators if not isinstance(each, ProhibitNullCharactersValidator)]


class Names(forms.CharField):
    """Several names in one line, parted by commas; cleaned to a tuple."""

    def __init__(self, *, longest: int = 200, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> tuple[str, ...]:
        names = tuple(name.strip() for name in super().clean(value).split(",") if name.strip())
        if any(len(name) > self.longest for name in names):
            message = _("A name has at most %(count)s characters.") % {"count": self.longest}
            raise forms.ValidationError(message, code="too_long")
        return names


class RegisteredSource(Words):
    """A source of the register by its exact name, by its number, or as the options give it: "Anna Bell #12".

    Cleaned to None where it may stay empty, and does.
    """

    def clean(self, value: Any) -> Any:
        wanted = super().clean(value)
        if not wanted:
            return None
        name, _hash, number = wanted.rpartition("#")
        wanted = number if number.isdecimal() and (_hash or not name) else wanted
        current = Source.objects.current()
        by_number = wanted.isdecimal() and int(wanted) <= HIGHEST
        found = list((current.filter(pk=int(wanted)) if by_number else current.filter(name=wanted))[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(_("Several sources have this name; give the number from the address."))
        raise forms.ValidationError(_("There is no source with this name or number."))


class DateInput(forms.DateInput):
    """The browser's own date field, which speaks ISO 8601 whatever language the page is in."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


# --- When the same thing was saved twice ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Differing:
    """A field that was saved otherwise while this person typed: one of both is to be kept (parts/differing.html).

    Both as the page shows them. ``puts`` is theirs as it stands in the field, where the choice shows there at once.
    """

    field: forms.BoundField
    theirs: Any
    yours: Any
    puts: str | None = None


def differing(form: WorkForm, saved: Mapping[str, Any]) -> list[Differing]:
    """What is saved now against the form, field by field, both as the page shows them (parts/conflict.html)."""
    pairs = [(field, saved[field.name], form.cleaned_data.get(field.name)) for field in form]
    return [
        Differing(field, _as_shown(field, theirs), _as_shown(field, yours))
        for field, theirs, yours in pairs
        if (theirs or None) != (yours or None)
    ]


def _as_shown(field: forms.BoundField, value: Any) -> Any:
    """As the field has it in words, where it is one of several parts, and else as it would stand in it."""
    in_words = getattr(field.field, "in_words", None)
    if in_words and value:
        return in_words(value)
    if isinstance(field.field, forms.ChoiceField) and not isinstance(field.field, forms.ModelChoiceField):
        offered: Any = field.field.choices
        labels = {str(choice): str(label) for choice, label in offered}
        several = value if isinstance(value, list | tuple) else [value]
        return ", ".join(labels.get(str(each), str(each)) for each in several if each is not None)
    return field.field.prepare_value(value)


def outdated(form: WorkForm) -> bool:
    """Whether a verb refused the form because the same was saved otherwise since its page was opened."""
    return form.refused is not None and any(each.code == "changed_meanwhile" for each in form.refused.problems)


def kept(request: HttpRequest, saved: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of which the person chose what the other one saved."""
    return {name: value for name, value in saved.items() if request.POST.get(f"keep_{name}") == "theirs"}


# --- When a verb says no ----------------------------------------------------------------------------------------------


@contextmanager
def refusals_on(form: WorkForm) -> Iterator[None]:
    """A refusal inside the block becomes the form's errors and the block ends; what is absent or forbidden does not."""
    try:
        yield
    except Refused as refused:
        _absent_or_forbidden(refused)
        form.refuse(refused)


@contextmanager
def refusals_as_messages(request: HttpRequest) -> Iterator[None]:
    """For verbs behind a single button: a refusal becomes a message on the next page."""
    try:
        yield
    except Refused as refused:
        _absent_or_forbidden(refused)
        for problem in refused.problems:
            messages.error(request, translated(problem.message))


def _absent_or_forbidden(refused: Refused) -> None:
    if isinstance(refused, Absent):
        raise Http404 from refused
    if isinstance(refused, Forbidden):
        raise PermissionDenied(" ".join(translated(problem.message) for problem in refused.problems)) from refused


# --- After a verb behind a single button ------------------------------------------------------------------------------


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To the page that the form names as its own, where several have the same button; never off this site."""
    page = request.POST.get("back", "")
    known = page.startswith("/") and url_has_allowed_host_and_scheme(page, None)
    return HttpResponseRedirect(page if known else otherwise)
