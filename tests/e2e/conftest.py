"""One live stack for all journeys, a browser profile for each person, and a watch over everything that they load.

The journeys run after all other tests, so that their worker may live until the end without taking anybody's jobs.
SCREENSHOTS=folder takes pictures of the pages and keeps them there; without it none are taken, which saves minutes.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.conftest import LiveStack, running_beat, running_stack, running_worker
from tests.e2e.looking import Look, Watch
from tests.factories import World
from tests.servers import Run
from workbench.stack.processes import Child

HERE = Path(__file__).parent
PATIENCE_MS = 20_000

expect.set_options(timeout=PATIENCE_MS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def program_environment(program_environment: dict[str, str]) -> dict[str, str]:
    """A stack that may reach this machine, where the receivers of webhooks are."""
    return program_environment | {"EGRESS_ALLOW": "127.0.0.1"}


@pytest.fixture(scope="session")
def worker_process(run: Run, program_environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    with running_worker(run, program_environment, broker) as child:
        yield child


@pytest.fixture(scope="session")
def beat_process(run: Run, program_environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    with running_beat(run, program_environment, broker) as child:
        yield child


@pytest.fixture(scope="session")
def stack_processes(
    run: Run, program_environment: dict[str, str], worker_process: Child, beat_process: Child
) -> Iterator[LiveStack]:
    with running_stack(run, program_environment, worker_process, beat_process) as stack:
        yield stack


@pytest.fixture
def world(live_stack: LiveStack) -> World:
    """The desk and its people, nothing else."""
    return factories.world()


@pytest.fixture
def watch(live_stack: LiveStack) -> Iterator[Watch]:
    """Whatever goes wrong in any browser of the test; at its end there must be nothing."""
    watch = Watch(live_stack.url)
    yield watch
    assert watch.found == []


@pytest.fixture
def person(browser: Browser, live_stack: LiveStack, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Call it for each person: a page in a fresh browser profile. Options are those of Playwright's new_context."""
    with ExitStack() as profiles:

        def arrive(**options: Any) -> Page:
            chosen: dict[str, Any] = {
                "base_url": live_stack.url,
                "locale": "en-GB",
                "timezone_id": "Europe/Kyiv",
                "reduced_motion": "reduce",
                "color_scheme": "light",
                "viewport": {"width": 1440, "height": 900},
            }
            context = browser.new_context(**chosen | options)
            profiles.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            watch.over(context)
            return context.new_page()

        yield arrive


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where the screenshots go."""
    chosen = os.environ.get("SCREENSHOTS")
    if not chosen:
        return None
    Path(chosen).mkdir(parents=True, exist_ok=True)
    return Path(chosen)


@pytest.fixture
def look(pictures: Path | None) -> Look:
    """Look at the page that is open, as every reader would; see Look."""
    return Look(pictures)
