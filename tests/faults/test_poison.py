"""An article that kills every process that reads it is set aside after three tries, and the others flow (F10)."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis

from claims.models.jobs import Job, JobState
from claims.services import articles
from tests import factories
from tests.concurrency import wait_for
from tests.factories import World
from tests.faults.conftest import PATIENCE_S, ready
from tests.faults.poison import MARKER
from tests.servers import Run
from workbench.health import pulse
from workbench.stack import programs
from workbench.stack.processes import Child, wait_until

OTHERS = 10


@pytest.fixture
def poisoned_worker(run: Run, program_environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    broker.flushdb()
    plain = programs.worker(run.folder, program_environment)
    child = replace(plain, argv=[sys.executable, "-m", "tests.faults.poison"])
    child.start()
    try:
        wait_until(lambda: bool(broker.exists(pulse.WORKER)), alive=[child], patience_s=90, what="the worker")
        yield child
    finally:
        child.stop()


def test_a_poison_article_is_quarantined_with_its_reason(world: World, poisoned_worker: Child, beat: Child) -> None:
    poison = factories.article(world, f"The mayor said that {MARKER} was safe.")
    for _ in range(OTHERS):
        factories.article(world)
    wait_for(lambda: ready() == OTHERS, "the others were ready", PATIENCE_S)
    wait_for(lambda: Job.objects.quarantined().exists(), "the poison was set aside", PATIENCE_S)
    job = Job.objects.get(key=f"extract {poison.pk}")
    poison.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DEAD, Job.MAX_ATTEMPTS)
    assert poison.status == "failed"
    assert poison.failure is not None
    assert "died" in poison.failure["detail"]
    articles.retry(poison, actor=world.carol)
    poison.refresh_from_db()
    assert poison.status == "queued", "a person may have it tried again"
    poisoned_worker.require_alive()
