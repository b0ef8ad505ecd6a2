"""The broker is wiped, or away: nothing is lost, since PostgreSQL is the record of work (F3, F4)."""

import time

import redis

from claims.models.jobs import Job, JobState
from claims.services import review
from tests import factories
from tests.concurrency import wait_for
from tests.factories import World
from tests.faults.conftest import assert_everything_happened_once, in_the_middle, server, wait_until_all_is_done
from tests.servers import Run
from workbench.health.checks import Status, readiness
from workbench.stack import valkey
from workbench.stack.processes import Child

COUNT = 30
# A person waits for the answer. Far above what it takes, far below any loop of retries.
CALLER_WAITS_S = 5


def test_a_broker_that_is_wiped_loses_nothing(world: World, worker: Child, beat: Child, broker: "redis.Redis") -> None:
    with in_the_middle(world, worker, COUNT, 3) as articles:
        broker.flushall()
    wait_until_all_is_done(COUNT)
    assert_everything_happened_once(articles)


def test_while_the_broker_is_away_work_is_accepted_and_then_caught_up(
    run: Run, world: World, worker: Child, beat: Child
) -> None:
    child = server(run, "Valkey")
    claim = factories.queued_claims(world, 1)[0]
    child.stop()
    try:
        began = time.monotonic()
        accepted = [factories.article(world) for _ in range(3)]
        assignment = review.take(world.alice, claim.pk)
        review.submit(assignment.pk, world.alice, factories.answers())
        waited = time.monotonic() - began
        waiting = Job.objects.filter(name="claims.extract_article", state=JobState.QUEUED).count()
        state = readiness()
    finally:
        child.start()
    wait_for(lambda: valkey.answers(run.folder.make_sockets()), "the broker was back")
    assert waited < 6 * CALLER_WAITS_S, (
        "accepting three articles and three jobs of a review must not wait for the broker"
    )
    assert waiting == len(accepted), "the rows are the record"
    assert state.status is Status.DEGRADED
    assert "broker" in (state.reason or "")
    wait_until_all_is_done(1 + len(accepted))
    worker.require_alive()
    beat.require_alive()
