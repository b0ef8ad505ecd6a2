"""Pages by key: a cursor names the last row that was seen, so that no page costs more, repeats or leaves out a row."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from claims.api.bodies import Reading

LIMIT, HIGHEST_LIMIT = 50, 200

Row = TypeVar("Row")


class PageQuery(Reading):
    """What every list takes."""

    labels = False

    limit = serializers.IntegerField(
        required=False, default=LIMIT, min_value=1, help_text=f"Rows a page; more than {HIGHEST_LIMIT} count as that."
    )
    cursor = serializers.CharField(
        required=False, default="", max_length=500, allow_blank=True, help_text="From `next` of the page before."
    )

    def validate_limit(self, limit: int) -> int:
        return min(limit, HIGHEST_LIMIT)


class Cursors:
    """Opaque, signed cursors of one list: nobody can forge one, nor use another list's."""

    def __init__(self, name: str) -> None:
        self.signer = Signer(salt=f"api cursor of {name}")

    def write(self, key: list[Any]) -> str:
        return self.signer.sign_object(key)

    def read(self, cursor: str, field: str = "cursor") -> list[Any]:
        """The key; raises ValidationError for what was not written here."""
        try:
            key: list[Any] = self.signer.unsign_object(cursor)
        except (BadSignature, ValueError):
            message = "This is not a cursor of this list. Begin again without one."
            raise serializers.ValidationError({field: [serializers.ErrorDetail(message, "bad_cursor")]}) from None
        return key


def page(
    request: Request,
    cursors: Cursors,
    rows: QuerySet[Any, Row],
    query: dict[str, Any],
    after: Callable[[QuerySet[Any, Row], list[Any]], QuerySet[Any, Row]],
    key: Callable[[Row], list[Any]],
) -> tuple[list[Row], str | None]:
    """One page of ``rows`` and the address of the next one, if there is one. One query, one row more than the page.

    ``after`` narrows the rows to those behind a key, ``key`` gives a row's own.
    """
    if query["cursor"]:
        rows = after(rows, cursors.read(query["cursor"]))
    limit: int = query["limit"]
    return cut(request, cursors, list(rows[: limit + 1]), limit, key)


def cut(
    request: Request, cursors: Cursors, found: list[Row], limit: int, key: Callable[[Row], list[Any]]
) -> tuple[list[Row], str | None]:
    """The same for the rows that were ``found`` already, one more than the page where there are more."""
    if len(found) <= limit:
        return found, None
    cursor = cursors.write(key(found[limit - 1]))
    return found[:limit], replace_query_param(request.build_absolute_uri(), "cursor", cursor)


def newest_first(
    request: Request, cursors: Cursors, rows: QuerySet[Any, dict[str, Any]], query: dict[str, Any]
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of dictionaries with an ``id``, by falling id."""
    return page(
        request,
        cursors,
        rows.order_by("-id"),
        query,
        after=lambda all_rows, seen: all_rows.filter(id__lt=seen[0]),
        key=lambda row: [row["id"]],
    )


class Page(serializers.Serializer[Any]):
    """The base of what a list answers; a subclass adds ``results``."""

    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
