"""No call of a request asks the system for memory anew each time it is made."""

import resource
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from workbench.room import with_room

CALLS = 1000
DEEP = 500


def _called() -> None:
    pass


def _faults() -> int:
    """How often the system had to hand out memory during a thousand calls, which itself touch none."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        _called()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _deeper(depth: int) -> int:
    return _deeper(depth - 1) if depth else _faults()


def worst(wrapped: Callable[[Any], Any]) -> int:
    """The most that it is at any depth of a view that is wrapped so."""
    found: list[int] = []

    def answer(request: HttpRequest) -> HttpResponse:
        found.append(_deeper(request.META["depth"]))
        return HttpResponse()

    served = wrapped(answer)
    for depth in range(DEEP):
        request = HttpRequest()
        request.META["depth"] = depth
        assert served(request).status_code == 200
    return max(found)


def test_with_room_no_depth_is_slow() -> None:
    """Nor is any without, on an interpreter that keeps calls otherwise; those of today ask at each of the thousand."""
    assert worst(with_room) < CALLS / 10
