"""kill -9 of the worker in the middle of its work: every article is done, and done once (F1, F2)."""

import os
import signal

from tests.factories import World
from tests.faults.conftest import (
    assert_everything_happened_once,
    children_of,
    in_the_middle,
    kill_group,
    wait_until_all_is_done,
)
from workbench.stack.processes import Child

COUNT = 20


def test_the_whole_worker_is_killed_and_a_new_one_goes_on(world: World, worker: Child, beat: Child) -> None:
    with in_the_middle(world, worker, COUNT, 5) as articles:
        kill_group(worker)
    worker.start()
    wait_until_all_is_done(COUNT)
    assert_everything_happened_once(articles)


def test_one_process_of_the_pool_is_killed_as_by_the_out_of_memory_killer(
    world: World, worker: Child, beat: Child
) -> None:
    articles = []
    for round_ in (1, 2):
        with in_the_middle(world, worker, COUNT, 3) as submitted:
            os.kill(children_of(worker)[-1], signal.SIGKILL)
        articles += submitted
        wait_until_all_is_done(round_ * COUNT)
    worker.require_alive()
    assert_everything_happened_once(articles)
