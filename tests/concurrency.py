"""Calls that happen at the same moment, each in a thread with a database connection of its own; and what holds up."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection
from django.db.models import Model

from workbench.stack.processes import Child

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


def while_locked(call: Callable[[], T], what: str) -> Future[T]:
    """Begins the call beside the transaction of the test, and returns once it waits for a lock of that."""

    def run() -> T:
        try:
            return call()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    wait_for(lambda: future.done() or _somebody_waits(), what)
    assert not future.done(), f"not so: {what}"
    return future


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def wait_for(true: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Polls until it is true; fails the test, saying what never happened, when the patience ends."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, f"in {patience_s:.0f} seconds it never happened that {what}"
        time.sleep(0.05)


@contextmanager
def held(rows: Iterable[Model]) -> Iterator[None]:
    """Inside the block whoever would change these rows waits; others may refer to them."""
    chosen = list(rows)
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            table, ids = chosen[0]._meta.db_table, [row.pk for row in chosen]
            cursor.execute(f"SELECT FROM {table} WHERE id = ANY(%s) FOR NO KEY UPDATE", [ids])
        yield
    finally:
        other.close()


@contextmanager
def paused(child: Child) -> Iterator[None]:
    """The process stands still inside the block, so that what it would end at once can be looked at."""
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(child.process.pid, signal.SIGCONT)
