"""What the faults share: articles that take a moment to read, processes to kill, and what must hold in the end."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from claims import jobs
from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.jobs import Job, JobState
from claims.models.review import QueueEntry
from tests import factories
from tests.concurrency import held, paused, wait_for
from tests.factories import World
from tests.servers import Run
from workbench.stack.processes import Child
from workbench.stack.run import WORKER_PROCESSES

# Longer than the 15 seconds after which a sent message counts as lost, twice, on a busy machine.
PATIENCE_S = 90


def server(run: Run, name: str) -> Child:
    """PostgreSQL or Valkey of this run; the test is skipped where the environment gave another one."""
    for child in run.servers.children if run.servers else []:
        if child.name == name:
            return child
    pytest.skip(f"{name} was given by the environment, and is not ours to stop")


def submit(world: World, count: int) -> list[Article]:
    """So many articles in one transaction, the same but for a number."""
    before = Article.objects.count()
    with transaction.atomic():
        return [
            factories.article(world, f"{factories.TEXT * 5}\nThis is copy {number}.")
            for number in range(before, before + count)
        ]


@contextmanager
def in_the_middle(world: World, worker: Child, count: int, done: int) -> Iterator[list[Article]]:
    """So many more articles; the first ``done`` of them are read, and all processes of the worker are at the next ones.

    Inside the block they wait for rows that are held here, so that they are met at work whatever else the machine does.
    """
    before = ready()
    with ExitStack() as until_the_end:
        with paused(worker):
            articles = submit(world, count)
            until_the_end.enter_context(held(articles[done:]))
        at_work = Job.objects.filter(name=jobs.EXTRACT_ARTICLE, state=JobState.RUNNING)
        wait_for(
            lambda: ready() == before + done and at_work.count() == WORKER_PROCESSES,
            "the worker was in the middle of it",
            PATIENCE_S,
        )
        yield articles


def ready() -> int:
    return Article.objects.filter(status="ready").count()


def open_jobs() -> int:
    return Job.objects.open().count()


def kill_group(child: Child) -> None:
    """kill -9 of a program and all its children at once."""
    assert child.process is not None
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def children_of(child: Child) -> list[int]:
    assert child.process is not None
    pid = child.process.pid
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until_all_is_done(count: int) -> None:
    wait_for(lambda: ready() == count and open_jobs() == 0, f"all {count} articles were ready", PATIENCE_S)


def assert_everything_happened_once(articles: list[Article]) -> None:
    """Every article was read once and opened once, and no claim stands twice anywhere."""
    assert ready() == len(articles)
    kinds = Counter(Event.objects.filter(subject_type="article").values_list("subject_id", "kind"))
    assert {key: times for key, times in kinds.items() if times > 1} == {}
    assert sum(kind == "article.extracted" for _, kind in kinds) == len(articles)
    claims = Counter(Claim.objects.values_list("article", flat=True))
    assert len(set(claims.values())) == 1, "the articles are the same but for a number"
    queued = Claim.objects.filter(state="queued")
    assert QueueEntry.objects.count() == queued.count() > len(articles)
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    assert factories.history_is_whole()


@pytest.fixture
def world(transactional_db: None) -> World:
    connection.close()  # a server may have been restarted by the test before
    return factories.world()
