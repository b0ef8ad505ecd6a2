"""kill -9 of the worker in the middle of its work: every article is done, and done once (F1, F2)."""

import os
import signal
from functools import partial

from claims.models.jobs import Job, JobState
from tests.concurrency import wait_for
from tests.factories import World
from tests.faults.conftest import (
    assert_everything_happened_once,
    children_of,
    kill_group,
    ready,
    submit,
    wait_until_all_is_done,
)
from workbench.stack.processes import Child

COUNT = 40


def at_work(already: int) -> bool:
    """That so many articles are ready, and the worker is at the next one."""
    return ready() >= already and Job.objects.filter(state=JobState.RUNNING).exists()


def test_the_whole_worker_is_killed_and_a_new_one_goes_on(world: World, worker: Child, beat: Child) -> None:
    articles = submit(world, COUNT)
    wait_for(partial(at_work, 5), "the worker was in the middle of it")
    kill_group(worker)
    assert ready() < COUNT, "it was killed too late to show anything"
    worker.start()
    wait_until_all_is_done(COUNT)
    assert_everything_happened_once(articles)


def test_one_process_of_the_pool_is_killed_as_by_the_out_of_memory_killer(
    world: World, worker: Child, beat: Child
) -> None:
    articles = submit(world, COUNT)
    for already in (3, 12):
        wait_for(partial(at_work, already), "the worker was in the middle of it")
        os.kill(children_of(worker)[-1], signal.SIGKILL)
    assert ready() < COUNT, "it was killed too late to show anything"
    wait_until_all_is_done(COUNT)
    worker.require_alive()
    assert_everything_happened_once(articles)
