"""The form of one statement, an attribution as a person reads it: words and marks become ranges, and ranges words."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.models.claims import Attribution, Narrator, QuoteType, SpanRole, Stance
from claims.rules import markings
from claims.rules.attributions import MOST_SPANS, ROLES, Range
from claims.services import formulations
from claims.services.attributions import Reading, Speaker
from claims.web.forms import DateInput, Words, WorkForm
from claims.web.paging import HIGHEST
from sources.models import Source, SourceKind

# What a select sends for a parent that a person says there is none of; nothing is sent for "as the spans have it".
NOBODYS = "-"
# What says who speaks, apart from the ranges.
PLAIN = ("stance", "narrator", "channel", "said_on", "responds_to")
_NUMBERED = re.compile(r"^(?P<name>.*\S)\s+#(?P<number>[0-9]{1,19})$")


class SpeakerField(Words):
    """Who speaks, in plain words, or as the register's options give it: "Anna Bell #12".

    Cleaned to the words and the source of the register, or None.
    """

    def prepare_value(self, value: Any) -> Any:
        return value[0] if isinstance(value, tuple) else value

    def clean(self, value: Any) -> Any:
        words = super().clean(value)
        numbered = _NUMBERED.match(words)
        if numbered is None:
            return words, None
        number = int(numbered["number"])
        source = Source.objects.current().filter(pk=number).first() if number <= HIGHEST else None
        if source is None:
            raise ValidationError(_("The register has no source with this number."))
        return source.name, source


class StatementForm(WorkForm):
    """Who said what with which words. `spans` has the ranges that were marked; else the words are searched for."""

    verb_fields = {"kind": "new_kind", "name": "source_entity", "version": "", "revision": ""}
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    spans = forms.CharField(required=False, max_length=10_000, widget=forms.HiddenInput)
    source = forms.CharField(label=gettext_lazy("Source: who"), required=False, max_length=5_000)
    cue = forms.CharField(label=gettext_lazy("Cue: with which words"), required=False, max_length=5_000)
    content = forms.CharField(
        label=gettext_lazy("Content: what"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("The article's own words; put … between separate stretches."),
    )
    source_entity = SpeakerField(
        label=gettext_lazy("Who speaks"),
        required=False,
        max_length=320,
        help_text=gettext_lazy("Choose from the register as you type, or name somebody who is not in it."),
    )
    new_kind = forms.ChoiceField(
        label=gettext_lazy("Add this name to the register as"),
        required=False,
        choices=[("", gettext_lazy("not now")), *SourceKind.choices],
    )
    stance = forms.ChoiceField(label=gettext_lazy("Stance"), choices=Stance.choices)
    quote_type = forms.ChoiceField(
        label=gettext_lazy("Quoted"),
        required=False,
        choices=[("", gettext_lazy("as in the text")), *QuoteType.choices],
    )
    narrator = forms.ChoiceField(label=gettext_lazy("The outlet itself"), choices=Narrator.choices)
    channel = forms.CharField(label=gettext_lazy("Channel"), required=False, max_length=100)
    said_on = forms.DateField(label=gettext_lazy("Said on"), required=False, widget=DateInput)
    # The verb knows which of these can be; a long article has more of them than the page offers.
    parent = forms.CharField(
        label=gettext_lazy("Stands inside what is said by"), required=False, max_length=16, widget=forms.Select
    )
    responds_to = forms.CharField(
        label=gettext_lazy("Answers or denies"), required=False, max_length=16, widget=forms.Select
    )

    def __init__(self, *args: Any, text: str, found: Reading | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text, self.found = text, found
        shown: Any = self.fields
        for name, key, label in (("source_entity", "w", _("who speaks")), ("responds_to", "l", _("what it answers"))):
            shown[name].widget.attrs |= {"data-key": key, "data-key-label": label}
        shown["source_entity"].widget.attrs |= {"list": "speakers", "autocomplete": "off", "dir": "auto"}

    def offer(self, others: Sequence[Attribution]) -> None:
        """Let these be chosen as what holds it and what it answers, beside those that were chosen before."""
        shown: Any = self.fields
        for name, first in (
            ("parent", [("", _("whoever's words contain it")), (NOBODYS, _("nobody"))]),
            ("responds_to", [("", _("nothing"))]),
        ):
            offered = {row.label: brief(row, self.text) for row in others}
            chosen = getattr(self.found, name, None)
            shown[name].widget.choices = [*first, *({chosen: chosen} | offered if chosen else offered).items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            data["ranges"] = self._marked() if data["spans"] else self._worded()
        return data

    def _marked(self) -> dict[str, tuple[Range, ...]]:
        """The ranges that the page marked; what it never sends is no fault of a person."""
        try:
            marked = json.loads(self.cleaned_data["spans"])
            found = {role: tuple((start, end) for start, end in marked[role]) for role in ROLES}
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadRequest("These are no spans.") from error
        points = [point for ranges in found.values() for each in ranges for point in each]
        if not all(type(point) is int and abs(point) < 2**31 for point in points):
            raise BadRequest("These are no spans.")
        return found

    def _worded(self) -> dict[str, tuple[Range, ...]]:
        """Where the typed words stand in the article: the content as near as before, the others near to the content."""
        found: dict[str, tuple[Range, ...]] = {}
        for role in (SpanRole.CONTENT, SpanRole.CUE, SpanRole.SOURCE):
            typed, before = self.cleaned_data[role], tuple(getattr(self.found, role, ()))
            if typed.split() == markings.words_of(self.text, before).split():
                found[role] = before
                continue
            near = [*before, *found.get(SpanRole.CONTENT, ())]
            if len(markings.stretches(typed)) > MOST_SPANS:
                self.add_error(role, _("Mark it in at most %(most)s stretches.") % {"most": MOST_SPANS})
                continue
            try:
                found[role] = tuple(markings.located(self.text, typed, near[0][0] if near else 0))
            except ValueError as stretch:
                words = str(stretch)[:80]
                message = _("“%(words)s” does not stand in the article like this. Type it word for word.")
                self.add_error(role, message % {"words": words})
        return found

    def reading(self, instead: Mapping[str, Any] | None = None) -> Reading:
        """What was sent, but for the fields in ``instead``, which are those of a reading."""
        data = self.cleaned_data
        parent = {"": None, NOBODYS: ""}.get(data["parent"], data["parent"])
        said = {name: data[name] for name in (*PLAIN, "quote_type")}
        read = Reading(**data["ranges"], **said, source_entity=data["source_entity"][0], parent=parent)
        return replace(read, **(instead or {}))

    def change(self, instead: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Only what differs from what was found, so that what follows from the rest goes on following it."""
        read = self.reading(instead)
        return {name: value for name, value in vars(read).items() if value != getattr(self.found, name)}

    @property
    def speaker(self) -> Speaker | None:
        _words, source = self.cleaned_data["source_entity"]
        kind = self.cleaned_data["new_kind"]
        return Speaker(source, kind) if source or kind else None


def initial(reading: Reading, text: str) -> dict[str, Any]:
    """A reading as the form shows it."""
    words = {role: markings.words_of(text, getattr(reading, role)) for role in ROLES}
    plain = {name: getattr(reading, name) for name in (*PLAIN, "quote_type", "source_entity")}
    return words | plain | {"parent": {None: "", "": NOBODYS}.get(reading.parent, reading.parent)}


def brief(row: Attribution, text: str, most: int = 60) -> str:
    """An attribution in a line: its label, who speaks, and how what they say begins."""
    spans = sorted((span.start, span.end) for span in row.spans.all() if span.role == SpanRole.CONTENT)
    said = " ".join(" … ".join(text[start : min(end, start + most)] for start, end in spans).split())
    who = row.source_entity or _("unnamed source")
    return f"{row.label} {who}: {said[:most]}{'…' if len(said) > most else ''}"


def as_sent(problems: Mapping[str, Iterable[Any]], form: StatementForm) -> list[dict[str, str]]:
    """What is wrong with the form, for the page's script: the field, its name for people, and what to do."""
    known = {name: str(field.label or name) for name, field in form.fields.items()}
    return [
        {"field": name, "label": known.get(name, ""), "message": str(message)}
        for name, messages in problems.items()
        for message in messages
    ]


def as_claim(content: str) -> str:
    """To begin with: the words of the content as a sentence."""
    return content and f"{capfirst(content).rstrip(' .,;:')}."


class FormulationForm(WorkForm):
    """What is to be checked, as it goes to the reviewers."""

    text = Words(
        label=gettext_lazy("What is to be checked"),
        help_text=gettext_lazy("One thing that can be true or false, in plain words that stand for themselves."),
        max_length=formulations.TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
