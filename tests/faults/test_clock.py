"""A worker whose clock is ten minutes ahead or behind: leases and jobs go by the database's clock (F11)."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
from django.db.models.functions import Now

from claims.models.review import Assignment
from claims.services import review
from tests import factories
from tests.concurrency import wait_for
from tests.factories import World
from tests.faults.conftest import PATIENCE_S, ready
from tests.servers import Run
from workbench.health import pulse
from workbench.stack import programs
from workbench.stack.processes import Child, wait_until


@pytest.fixture(params=[10, -10], ids=["ahead", "behind"])
def skewed_worker(
    request: pytest.FixtureRequest, run: Run, program_environment: dict[str, str], broker: "redis.Redis"
) -> Iterator[Child]:
    broker.flushdb()
    plain = programs.worker(run.folder, program_environment)
    child = replace(plain, argv=[sys.executable, "-m", "tests.faults.skewed", str(request.param)])
    child.start()
    try:
        wait_until(lambda: bool(broker.exists(pulse.WORKER)), alive=[child], patience_s=90, what="the worker")
        yield child
    finally:
        child.stop()


def test_leases_end_when_the_database_says_so(world: World, skewed_worker: Child, beat: Child) -> None:
    factories.queued_claims(world, 2)
    late, held = review.take_next(world.alice), review.take_next(world.bob)
    assert late is not None
    assert held is not None
    Assignment.objects.filter(pk=late.pk).update(lease_until=Now() - timedelta(seconds=1))
    Assignment.objects.filter(pk=held.pk).update(lease_until=Now() + timedelta(minutes=5))

    def state(assignment: Assignment) -> str:
        return Assignment.objects.values_list("state", flat=True).get(pk=assignment.pk)

    wait_for(lambda: state(late) == "expired", "the clock's work was done", PATIENCE_S)
    assert state(held) == "active"
    factories.article(world)
    wait_for(lambda: ready() > 0, "jobs went on as well", PATIENCE_S)
    skewed_worker.require_alive()
