"""Every short text that people type into a page or send to the API: no form and no body takes what misleads."""

import pkgutil
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest
from django import forms
from rest_framework import serializers

import claims.api
import claims.web
from claims.api import bodies
from claims.api.bodies import Reading
from claims.rules.texts import LABEL_LIMIT
from claims.web.forms import Names, Verbatim, Words, WorkForm

MISLEADING = {"override": "a\u202eb", "isolate": "a\u2066b", "bell": "a\x07b", "escape": "\x1b[2Ja", "half": "a\ud800b"}
# Spelling of several languages, signs of the phone, and what stands between lines.
ORDINARY = ["Ганна Бел", "نورا\u200cفر", "❤\ufe0f done", "שלום\u200e!", "one\r\ntwo\tthree"]


def _below(kind: Any) -> Iterator[Any]:
    kinds: list[Any] = kind.__subclasses__()
    for each in kinds:
        yield each
        yield from _below(each)


def _load(package: Any) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(module.name)


_load(claims.web)
_load(claims.api)
FIELDS = {
    f"{kind.__module__}.{kind.__name__}.{name}": field
    for kind in (WorkForm, *_below(WorkForm))
    for name, field in kind.base_fields.items()
    if isinstance(field, forms.CharField) and kind.__module__.startswith("claims.")
}
# What is looked for, what stands in an article, what is chosen or sealed by a page, and what is long.
VERBATIM = {
    name
    for name, field in FIELDS.items()
    if isinstance(field, Words | forms.URLField)
    or isinstance(field.widget, forms.Select | forms.HiddenInput | forms.PasswordInput)
    or (field.longest if isinstance(field, Names) else field.max_length or 0) > LABEL_LIMIT
}
LABELS = sorted(FIELDS.keys() - VERBATIM)


def test_the_walk_finds_the_fields() -> None:
    assert len(LABELS) >= 40
    for name in (
        "desks.NewForm.name",
        "bulk.AssignForm.note",
        "invitations.JoinForm.display_name",
        "holds.HoldForm.note",
    ):
        assert f"claims.web.{name}" in LABELS
    assert "claims.web.finding.FilterForm.q" in VERBATIM
    assert any(isinstance(FIELDS[name], Verbatim) for name in VERBATIM)


def errors(name: str, typed: str) -> str:
    """What a form that has this field alone says of it."""
    field = deepcopy(FIELDS[name])
    form = type("Alone", (WorkForm,), {"typed": field})({"typed": typed})
    return " ".join(form.errors.get("typed", []))


@pytest.mark.parametrize("name", LABELS)
def test_no_page_takes_what_misleads(name: str) -> None:
    for typed in MISLEADING.values():
        assert "Leave out the character U+" in errors(name, typed), typed
    assert "null" in errors(name, "a\x00b").lower()
    field = FIELDS[name]
    longest = field.longest if isinstance(field, Names) else field.max_length
    if longest:
        assert f"{longest} characters" in errors(name, "x" * (longest + 1))
    for typed in ORDINARY:
        assert "Leave out" not in errors(name, typed), typed


READINGS = {
    f"{kind.__module__}.{kind.__name__}.{name}": getattr(field, "child", field)
    for kind in _below(Reading)
    if kind.labels
    for name, field in kind().fields.items()
}
SENT = sorted(
    name
    for name, field in READINGS.items()
    if isinstance(field, serializers.CharField)
    and not isinstance(field, bodies.Verbatim | serializers.URLField)
    and (field.max_length or LABEL_LIMIT + 1) <= LABEL_LIMIT
)


def test_the_walk_finds_what_is_sent() -> None:
    assert len(SENT) >= 30
    for name in ("desks.DeskIn.name", "conflicts.MembershipChange.topics", "holds.Hold.note", "bulk.BulkOrder.note"):
        assert f"claims.api.{name}" in SENT, name


@pytest.mark.parametrize("name", SENT)
def test_no_body_takes_what_misleads(name: str) -> None:
    field: Any = READINGS[name]
    for sent in (*MISLEADING.values(), "a\x00b", "x" * (field.max_length + 1)):
        with pytest.raises(serializers.ValidationError):
            field.run_validation(sent)
    assert not [sent for sent in ORDINARY if refused(field, sent) == ["misleading"]]


def refused(field: Any, sent: str) -> Any:
    """The codes of what is wrong with it, or none."""
    try:
        field.run_validation(sent)
    except serializers.ValidationError as error:
        return error.get_codes()
    return []
