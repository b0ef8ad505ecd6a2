"""Fixtures with real processes on the test database: the worker, beat, the web server, and a browser in front of it.

Processes live for one test file: a worker that ran on would take the jobs that the next file looks at. Tests that use
them see each other's transactions, so that each fixture asks for ``transactional_db``.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as examples
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.servers import RUN, Run
from workbench.health import pulse
from workbench.stack import ports, programs
from workbench.stack.processes import Child, wait_until
from workbench.stack.supervisor import get_json

START_PATIENCE_S = 90
CHROMIUM_OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
NO_CHROMIUM = "no Chromium was found"

# How long an example took says only what else the machine was doing. All else stays as Hypothesis has it, which on a
# build machine draws the same examples every time.
examples.register_profile("untimed", examples(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("untimed")


def _flush_patiently(flush: Callable[[Any], None]) -> Callable[[Any], None]:
    """Empties the tables. A worker that is still busy may hold rows that this waits for, while it waits for others."""

    def patient(case: Any) -> None:
        for pause in (0.1, 0.5, 2.0):
            try:
                return flush(case)
            except CommandError:  # PostgreSQL broke the ring, and chose this side
                time.sleep(pause)
        return flush(case)

    return patient


# There is no hook between a test's end and the emptying of its tables.
FLUSH = "_fixture_teardown"
setattr(TransactionTestCase, FLUSH, _flush_patiently(getattr(TransactionTestCase, FLUSH)))


@pytest.fixture(autouse=True)
def _begins_in_no_language() -> Iterator[None]:
    """A request leaves its language to its thread, as Django does: the next one says its own. A test need not."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The servers of this test run and their data folder."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def broker(run: Run) -> Iterator["redis.Redis"]:
    """The run's own Valkey."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture(scope="session")
def program_environment(run: Run, django_db_setup: None) -> dict[str, str]:
    """What a process needs to work on the test database."""
    database = settings.DATABASES["default"]
    sign_in = ":".join(quote(str(database[part])) for part in ("USER", "PASSWORD") if database[part])
    query = urlencode({name: database[name.upper()] for name in ("host", "port") if database[name.upper()]})
    addresses = {"DATABASE_URL": f"postgresql://{sign_in}@/{database['NAME']}?{query}", "REDIS_URL": settings.REDIS_URL}
    return programs.environment(run.folder, addresses)


@contextmanager
def _running(child: Child, ready: Callable[[], bool]) -> Iterator[Child]:
    child.start()
    try:
        wait_until(ready, alive=[child], patience_s=START_PATIENCE_S, what=child.name)
        yield child
    finally:
        child.stop()


@contextmanager
def running_worker(run: Run, environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    """A Celery worker in processes of its own. What earlier tests sent is thrown away: their rows are gone."""
    broker.flushdb()
    with _running(programs.worker(run.folder, environment), lambda: bool(broker.exists(pulse.WORKER))) as child:
        yield child


@contextmanager
def running_beat(run: Run, environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    broker.delete(pulse.BEAT)
    with _running(programs.beat(run.folder, environment), lambda: bool(broker.exists(pulse.BEAT))) as child:
        yield child


@pytest.fixture(scope="module")
def worker_process(run: Run, program_environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    with running_worker(run, program_environment, broker) as child:
        yield child


@pytest.fixture(scope="module")
def beat_process(run: Run, program_environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    with running_beat(run, program_environment, broker) as child:
        yield child


@pytest.fixture
def worker(worker_process: Child, transactional_db: None) -> Child:
    """A real worker: jobs committed by the test are carried out as soon as they are sent."""
    worker_process.require_alive()
    return worker_process


@pytest.fixture
def beat(beat_process: Child, transactional_db: None) -> Child:
    """Real beat: what is due is sent every second."""
    beat_process.require_alive()
    return beat_process


@dataclass(frozen=True)
class LiveStack:
    """The address of the running web server, and its processes for tests that kill them."""

    url: str
    web: Child
    worker: Child
    beat: Child


@contextmanager
def running_stack(run: Run, environment: dict[str, str], worker: Child, beat: Child) -> Iterator[LiveStack]:
    """The web server in front of a worker and beat that run already."""
    port = ports.free()
    env = {**environment, "PUBLIC_URL": f"http://127.0.0.1:{port}"}

    def ready() -> bool:
        return (get_json(port, "/readyz") or {}).get("status") == "ready"

    with _running(programs.web(run.folder, port, env), ready) as web:
        yield LiveStack(f"http://127.0.0.1:{port}", web, worker, beat)


@pytest.fixture(scope="module")
def stack_processes(
    run: Run, program_environment: dict[str, str], worker_process: Child, beat_process: Child
) -> Iterator[LiveStack]:
    with running_stack(run, program_environment, worker_process, beat_process) as stack:
        yield stack


@pytest.fixture
def live_stack(stack_processes: LiveStack, transactional_db: None) -> LiveStack:
    """Web, worker and beat on the test database; the tables are empty at the start of each test."""
    for child in (stack_processes.web, stack_processes.worker, stack_processes.beat):
        child.require_alive()
    return stack_processes


# --- The browser ------------------------------------------------------------------------------------------------------


def find_chromium() -> str | None:
    """The system's Chromium, or the one named by the variable CHROMIUM."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Without one the journeys are skipped, and said to be at the end; where CI is true they fail."""
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's synchronous interface runs an event loop in this thread, which Django takes for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chrome = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        yield chrome
        chrome.close()


@pytest.fixture
def browser_context(browser: Browser, live_stack: LiveStack) -> Iterator[BrowserContext]:
    """A fresh profile whose relative addresses lead to the live stack."""
    context = browser.new_context(base_url=live_stack.url, locale="en-GB", timezone_id="Europe/Kyiv")
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    return browser_context.new_page()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(report.longrepr)]
    if skipped:
        terminalreporter.section("browser journeys were skipped", yellow=True)
        terminalreporter.line(f"{len(skipped)} journeys need a Chromium, and none was found. Get one by")
        terminalreporter.line("    sudo apt-get install chromium")
        terminalreporter.line("or name one: CHROMIUM=/path/to/chrome make test")
