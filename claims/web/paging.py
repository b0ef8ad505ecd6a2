"""Pages of a list by key, never by number: the last one costs what the first does, and no row is skipped or doubled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import BadRequest
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

SIZE = 50
HIGHEST = 2**63 - 1
# Python itself refuses to read numbers of some thousand digits.
DIGITS = len(str(HIGHEST))

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows, and the cursor of the page after them, if there is one."""

    items: list[Item]
    next: str | None

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)


def newest_first(rows: QuerySet[Row], request: HttpRequest, key: str = "pk", size: int = SIZE) -> Page[Row]:
    """The rows by falling ``key``, from below ``?before=`` on; raises BadRequest on a cursor that is none."""
    cursor = request.GET.get("before", "")
    if cursor:
        rows = rows.filter(**{f"{key}__lt": number(cursor)})
    found = list(rows.order_by(f"-{key}")[: size + 1])
    following: Any = getattr(found[size - 1], key) if len(found) > size else None
    return Page(found[:size], None if following is None else str(following))


@dataclass(frozen=True)
class Beside:
    """The ids of the rows before and after one in a list of the newest first; None at its ends."""

    before: int | None
    after: int | None


def beside(rows: QuerySet[Row], pk: int) -> Beside:
    """What stands beside a row in the list of newest_first(), whether it is in it itself or has just left it."""
    before = rows.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True).first()
    after = rows.filter(pk__lt=pk).order_by("-pk").values_list("pk", flat=True).first()
    return Beside(before, after)


def by_priority(rows: Any, request: HttpRequest, size: int = SIZE) -> Page[Any]:
    """The rows by falling priority, then by age; the cursor is the last row's priority and id."""

    def first(limit: int, after: tuple[int, int] | None) -> Any:
        behind = rows
        if after is not None:
            behind = rows.filter(Q(priority__lt=after[0]) | Q(priority=after[0], pk__gt=after[1]))
        return behind.order_by("-priority", "pk")[:limit]

    return of_the_queue(first, request, size)


def of_the_queue(first: Callable[[int, tuple[int, int] | None], Any], request: HttpRequest, size: int) -> Page[Any]:
    """As by_priority(), of what ``first`` gives: the first so many rows behind a priority and an id."""
    cursor, after = request.GET.get("before", ""), None
    if cursor:
        if cursor.count("-") != 1:
            raise BadRequest("This page of the list does not exist.")
        priority, row = map(number, cursor.split("-"))
        after = (priority, row)
    found = list(first(size + 1, after))
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], f"{last.priority}-{last.pk}" if last else None)


def number(cursor: str) -> int:
    """A cursor's number; raises BadRequest when it is none that a row could have."""
    if not is_number(cursor):
        raise BadRequest("This page of the list does not exist.")
    return int(cursor)


def is_number(text: str) -> bool:
    """Whether it is a number that a row could have, in plain digits."""
    return len(text) <= DIGITS and text.isascii() and text.isdigit() and int(text) <= HIGHEST
