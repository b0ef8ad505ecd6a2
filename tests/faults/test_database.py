"""PostgreSQL is stopped at once in the middle of transactions: what was acknowledged is there afterwards (F5)."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import DatabaseError, InterfaceError, connection

from claims.models.articles import Article
from tests import factories
from tests.concurrency import wait_for
from tests.factories import World
from tests.faults.conftest import PATIENCE_S, open_jobs, ready, server
from tests.servers import Run
from workbench.stack import postgres
from workbench.stack.processes import Child


@pytest.fixture
def durable_commits(world: World) -> Iterator[None]:
    """The test cluster does not wait for its log; here a commit that was acknowledged has to be written."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = on')
    yield
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit')


class Submitter:
    """Submits one article after the other, whatever happens, and remembers what it was told of each."""

    def __init__(self, world: World, name: str) -> None:
        self.acknowledged: set[str] = set()
        self.unknown: set[str] = set()
        self.seen = 0
        self._world, self._name = world, name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            title = f"{self._name} {number}"
            try:
                factories.article(self._world, f"Mayor Bell said that bridge {title} was safe.", title=title)
            except (DatabaseError, InterfaceError):
                self.unknown.add(title)
                connection.close()  # as Django does between two requests
                self._stop.wait(0.05)
            else:
                self.acknowledged.add(title)
        connection.close()

    @contextmanager
    def at_work(self) -> Iterator["Submitter"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()


def accepted(submitters: list[Submitter], *, more: int) -> bool:
    """Whether each got so many more articles accepted than when this was true the last time."""
    if not all(len(submitter.acknowledged) >= submitter.seen + more for submitter in submitters):
        return False
    for submitter in submitters:
        submitter.seen = len(submitter.acknowledged)
    return True


@pytest.mark.usefixtures("durable_commits")
def test_what_was_acknowledged_is_stored_and_the_worker_comes_back(
    run: Run, world: World, worker: Child, beat: Child
) -> None:
    child = server(run, "PostgreSQL")
    submitters = [Submitter(world, name) for name in ("north", "south")]
    with submitters[0].at_work() as north, submitters[1].at_work() as south:
        for _ in range(2):
            wait_for(partial(accepted, [north, south], more=5), "articles were accepted")
            assert child.process is not None
            child.process.send_signal(signal.SIGQUIT)
            child.process.wait()
            child.start()
            wait_for(lambda: postgres.answers(run.folder.make_sockets()), "PostgreSQL was back")
        wait_for(partial(accepted, [north, south], more=1), "articles were accepted again")
    connection.close()
    acknowledged, unknown = (
        set().union(*(getattr(submitter, name) for submitter in submitters)) for name in ("acknowledged", "unknown")
    )
    stored = set(Article.objects.values_list("title", flat=True))
    assert acknowledged <= stored <= acknowledged | unknown
    assert unknown, "the stop was not noticed at all"
    wait_for(lambda: ready() == len(stored) and open_jobs() == 0, "the worker had caught up", PATIENCE_S)
    worker.require_alive()
    beat.require_alive()
    assert factories.history_is_whole()
