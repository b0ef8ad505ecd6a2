"""Calls that happen at the same moment, each in a thread with a database connection of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
PATIENCE_S = 30.0


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results in the order of the calls; all begin together. Raises what the first of them raised."""
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            together.wait(PATIENCE_S)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(run, call) for call in calls]
        return [future.result() for future in futures]


def wait_for(true: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Polls until it is true; fails the test, saying what never happened, when the patience ends."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, f"in {patience_s:.0f} seconds it never happened that {what}"
        time.sleep(0.05)
