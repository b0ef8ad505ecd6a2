"""The API's description as pages to read: all operations on one, those of each group with what they take and answer.

Made from the same OpenAPI description that programs get, so that neither says what the other does not. It is in
English in every language, as the API is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from claims.web.caching import public

SCHEMAS = "#/components/schemas/"
PROBLEM = "Problem"
# drf-spectacular's names for what has no value.
NOTHING = {"BlankEnum": "empty", "NullEnum": "null"}
VALUE = re.compile(r"^\* `(?P<value>[^`]*)` - (?P<label>.*)$", re.MULTILINE)
FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
# What may be sent or answered, in the words of JSON Schema and how it reads.
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "minItems": "number at least {}",
    "maxItems": "number at most {}",
    "pattern": "matches {}",
    "default": "otherwise {}",
}


@dataclass(frozen=True)
class Piece:
    """Some words; ``code`` where they are to be typed as they stand, ``of`` where they name a schema."""

    text: str
    code: bool = False
    of: str = ""


@dataclass(frozen=True)
class Field:
    """One thing that is sent or answered: its name, its type, its bounds, what it means, and the values it may have."""

    name: str
    type: list[Piece]
    bounds: list[str]
    required: bool
    place: str
    words: list[Piece]
    values: list[tuple[str, str]]


@dataclass(frozen=True)
class Schema:
    """A named object, or a named list of values."""

    name: str
    words: list[Piece]
    fields: list[Field]
    values: list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What comes back with a status; without a type, nothing does."""

    status: str
    words: list[Piece]
    type: list[Piece]
    media: str


@dataclass(frozen=True)
class Operation:
    """A method of an address. ``problems`` are the statuses that come as problem+json."""

    name: str
    method: str
    path: str
    summary: list[Piece]
    words: list[Piece]
    everybody: bool
    parameters: list[Field]
    media: list[str]
    body: Schema | None
    answers: list[Answer]
    problems: list[str]


@dataclass(frozen=True)
class Group:
    """The operations below one first part of the address, and the schemas that they lead to, by name."""

    name: str
    operations: list[Operation]
    schemas: list[Schema]


@dataclass(frozen=True)
class Reference:
    """The whole of it, with what the API says of itself."""

    title: str
    words: str
    version: str
    groups: dict[str, Group]


# --- Reading the description ------------------------------------------------------------------------------------------


def read(description: dict[str, Any]) -> Reference:
    """The description (OpenAPI 3.1, as drf-spectacular writes it) in the order of its addresses."""
    known: dict[str, dict[str, Any]] = description["components"]["schemas"]
    grouped: dict[str, list[dict[str, Any]]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            grouped.setdefault(operation["tags"][0], []).append({"path": path, "method": method, **operation})
    groups = {
        name: Group(
            name,
            [_operation(each, known) for each in operations],
            [_schema(each, known[each]) for each in sorted(_reached(operations, known) - NOTHING.keys())],
        )
        for name, operations in sorted(grouped.items())
    }
    info = description["info"]
    return Reference(info["title"], info["description"], info["version"], groups)


def _operation(said: dict[str, Any], known: dict[str, dict[str, Any]]) -> Operation:
    words = said.get("description", "")
    first = FIRST_SENTENCE.match(words)
    contents = said.get("requestBody", {}).get("content", {})
    body = next(iter(contents.values()))["schema"] if contents else {}
    answers = [_answer(status, answer) for status, answer in said["responses"].items()]
    return Operation(
        name=said["operationId"],
        method=said["method"].upper(),
        path=said["path"],
        summary=pieces(first[0] if first else words),
        words=pieces(words),
        everybody={} in said.get("security", []),
        parameters=[
            _field(each["name"], each["schema"] | each, required=each.get("required", False), place=each["in"])
            for each in said.get("parameters", [])
        ],
        media=list(contents),
        body=_body(body, known) if body else None,
        answers=[each for each in answers if [piece.of for piece in each.type] != [PROBLEM]],
        problems=[each.status for each in answers if [piece.of for piece in each.type] == [PROBLEM]],
    )


def _body(schema: dict[str, Any], known: dict[str, dict[str, Any]]) -> Schema:
    name = _named(schema)
    return _schema(name, known[name]) if name else _schema("", schema)


def _answer(status: str, said: dict[str, Any]) -> Answer:
    contents: dict[str, Any] = said.get("content", {})
    media = next(iter(contents), "")
    return Answer(status, pieces(said.get("description", "")), kind(contents[media]["schema"]) if media else [], media)


def _schema(name: str, said: dict[str, Any]) -> Schema:
    required = said.get("required", [])
    fields = [_field(each, about, required=each in required) for each, about in said.get("properties", {}).items()]
    return Schema(name, pieces(_unlisted(said)), fields, _values(said))


def _field(name: str, said: dict[str, Any], *, required: bool, place: str = "") -> Field:
    bounds = [
        words.format(f"“{said[bound]}”" if said[bound] == "" else said[bound])
        for bound, words in BOUNDS.items()
        if bound in said
    ]
    return Field(name, kind(said), bounds, required, place, pieces(_unlisted(said)), _values(said))


def _unlisted(said: dict[str, Any]) -> str:
    """What is said of it, without the list of values that drf-spectacular puts behind it."""
    return VALUE.sub("", said.get("description", "")).strip()


def _values(said: dict[str, Any]) -> list[tuple[str, str]]:
    """The values that it may have, each with its label, where that says more than the value."""
    labels = dict(VALUE.findall(said.get("description", "")))
    allowed = said.get("enum") or said.get("items", {}).get("enum") or labels
    labelled = ((str(each), labels.get(str(each), "")) for each in allowed if each not in ("", None))
    return [(value, "" if _plain(label) == _plain(value) else label) for value, label in labelled]


def _plain(words: str) -> str:
    return words.replace("_", " ").casefold()


def _named(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).removeprefix(SCHEMAS)


def kind(schema: dict[str, Any]) -> list[Piece]:
    """The type of a schema in words, such as “list of ArticleRow” or “string (date-time) or null”."""
    if name := _named(schema):
        return [Piece(NOTHING[name])] if name in NOTHING else [Piece(name, of=name)]
    choices = schema.get("oneOf") or schema.get("allOf") or schema.get("anyOf")
    if choices:
        return _joined([kind(each) for each in choices])
    types = schema.get("type", "anything")
    if isinstance(types, list):
        return _joined([kind(schema | {"type": each}) for each in types])
    if types == "array":
        return [Piece("list of "), *kind(schema.get("items", {}))]
    return [Piece(f"{types} ({schema['format']})" if "format" in schema and types != "null" else types)]


def _joined(kinds: list[list[Piece]]) -> list[Piece]:
    joined: list[Piece] = []
    for each in kinds:
        joined += [Piece(" or "), *each] if joined else each
    return joined


def pieces(words: str) -> list[Piece]:
    """Words in which backticks stand around what is to be typed."""
    return [Piece(text, code=bool(number % 2)) for number, text in enumerate(words.split("`")) if text]


def _reached(said: Any, known: dict[str, dict[str, Any]]) -> set[str]:
    """The names of the schemas to which it leads, directly or by others."""
    found: set[str] = set()
    ahead = [said]
    while ahead:
        for name in set(_references(ahead.pop())) - found:
            found.add(name)
            ahead.append(known[name])
    return found


def _references(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        if name := _named(said):
            yield name
        for each in said.values():
            yield from _references(each)
    elif isinstance(said, list):
        for each in said:
            yield from _references(each)


# --- The pages --------------------------------------------------------------------------------------------------------


@cache
def reference() -> Reference:
    """Read once in each process: it changes with the code alone."""
    with translation.override("en"):
        return read(SchemaGenerator().get_schema(request=None, public=True))


@require_safe
@public
def index(request: HttpRequest) -> HttpResponse:
    """Every operation in a line, by group."""
    context = {"reference": reference(), "desks": request.build_absolute_uri("/api/v1/desks")}
    return render(request, "api/index.html", context)


@require_safe
@public
def group(request: HttpRequest, name: str) -> HttpResponse:
    """The operations of one group in full, then the objects that they take and answer."""
    found = reference().groups.get(name)
    if found is None:
        raise Http404
    return render(request, "api/group.html", {"group": found})
