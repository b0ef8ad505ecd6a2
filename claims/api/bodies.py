"""Reading what was sent: JSON within bounds, fields by serializer, ETags of what is sent back."""

import functools
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from copy import copy
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.serializers.json import DjangoJSONEncoder
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api.errors import NotSaid
from claims.rules import texts


class BoundedJSONParser(JSONParser):
    """JSON that is neither larger than the server takes nor nested deeper than it can follow."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        size = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None


class Verbatim(serializers.CharField):
    """Text as it came, blanks and odd signs included: the intake cleans it and says what it removed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)
        self.validators = []


_OWN = re.compile("[\x00\ud800-\udfff]")


def check_label(text: str) -> None:
    """Raises ValidationError, with the way out, for what does not read as it shows."""
    # NUL and halves of characters have validators of their own.
    if wrong := texts.problem(_OWN.sub("", text)):
        raise serializers.ValidationError(wrong, code="misleading")


def _is_label(field: Any) -> bool:
    """Whether it is a short text of its own: an address has its own rules, a long text is kept word for word."""
    plain = isinstance(field, serializers.CharField) and not isinstance(field, Verbatim | serializers.URLField)
    return plain and (field.max_length or texts.LABEL_LIMIT + 1) <= texts.LABEL_LIMIT


def _name_choices(field: serializers.ChoiceField) -> None:
    """Have the field say what there is to choose from, when it refuses what is not among it."""
    known = ", ".join(str(choice) for choice in field.choices)
    escaped = known.replace("{", "{{").replace("}", "}}")  # DRF formats the message with the input.
    field.error_messages["invalid_choice"] = f"“{{input}}” is not one of: {escaped}."


class Reading(serializers.Serializer[Any]):
    """The base of what is read here. A field that it does not name is passed over."""

    # Names, labels, titles and reasons read as they show. What a list is asked for may be any words.
    labels: ClassVar[bool] = True

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for field in fields.values():
            one = getattr(field, "child", field)
            if isinstance(one, serializers.ChoiceField):
                _name_choices(one)
            if self.labels and _is_label(one):
                one.validators = [*one.validators, check_label]
        return fields

    @classmethod
    def of(cls, data: Any) -> dict[str, Any]:
        """The validated fields; raises ValidationError with everything that is wrong at once."""
        if isinstance(data, QueryDict) and not data:
            return {name: copy(value) for name, value in _defaults(cls).items()}
        try:
            fields: dict[str, Any] = _reader(cls).run_validation(data)
        except serializers.ValidationError:
            # Once more, as DRF does it: the errors have the form in which it tells them.
            cls(data=data).is_valid(raise_exception=True)
            raise
        return fields


@functools.cache
def _reader(kind: type[Reading]) -> Reading:
    """One for all requests: it keeps nothing of what it reads, and making its fields takes longer than reading."""
    return kind()


@functools.cache
def _defaults(kind: type[Reading]) -> dict[str, Any]:
    """What is read of an address without a query."""
    fields: dict[str, Any] = kind.of({})
    return fields


def check_said(request: Request, field: str, help_text: str) -> None:
    """Raises NotSaid where the body does not name what was read; what is no object is left to the serializer."""
    if isinstance(request.data, Mapping) and request.data.get(field) is None:
        raise NotSaid(field, help_text)


def etag_of(content: Any) -> str:
    """A strong ETag of the content itself."""
    canonical = json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=True)
    return f'"{hashlib.sha256(canonical.encode()).hexdigest()[:32]}"'


def version_known(request: Request, content: Any, version: int) -> int | None:
    """The version that the caller has of what is now ``content``, by If-Match; None when any will do.

    0, which none has, for a tag of another content: the service then refuses, and tells what there is.
    """
    expected = request.META.get("HTTP_IF_MATCH", "").strip()
    return None if expected in ("", "*") else version if expected == etag_of(content) else 0


def unchanged(request: Request, etag: str) -> bool:
    """Whether the caller has this version already (If-None-Match, compared weakly: RFC 9110, 13.1.2)."""
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]


def with_etag(request: Request, content: Any, etag: str | None = None) -> Response:
    """The content with its ETag, or 304 when the caller has it already."""
    tag = etag or etag_of(content)
    headers = {"ETag": tag}
    return Response(status=304, headers=headers) if unchanged(request, tag) else Response(content, headers=headers)


class Once(Response):
    """A JSON answer of which the fields named in ``once`` are given this time alone, and stored nowhere."""

    def __init__(self, data: dict[str, Any], once: Collection[str], status: int = 200) -> None:
        super().__init__(data, status=status)
        self.once = once
