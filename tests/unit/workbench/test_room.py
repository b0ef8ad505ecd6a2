"""No call of a request asks the system for memory anew each time it is made."""

import resource
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

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
    """The most that it is at any depth of an application that is wrapped so."""
    found: list[int] = []

    def application(environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        found.append(_deeper(environ["depth"]))
        return [b"done"]

    served = wrapped(application)
    for depth in range(DEEP):
        environ: dict[str, Any] = {"depth": depth}
        setup_testing_defaults(environ)
        assert served(environ, lambda *_said: None) == [b"done"]
    return max(found)


def test_with_room_no_depth_is_slow() -> None:
    if worst(lambda application: application) < CALLS:
        pytest.skip("This interpreter does not ask for memory at each call across an edge.")
    assert worst(with_room) < CALLS / 10
