"""Pytest plugin (``-p tests.servers``): a PostgreSQL and a Valkey of this run's own, in a fresh temporary folder.

It is a plugin and no conftest because pytest-django reads the settings, and with them the addresses, before those. The
addresses are known at once; the servers start only when something outside ``tests/unit`` and ``tests/house`` was
collected. Addresses given by the environment win. Two runs on one machine never meet: each has its own folder, sockets
and clusters. Nor do the processes of one run (pytest-xdist): each is a run by itself, and starts servers of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workbench.stack import postgres, valkey
from workbench.stack.folder import DataFolder
from workbench.stack.servers import Servers

UNIT = Path(__file__).parent / "unit"
WITHOUT_SERVERS = (UNIT, Path(__file__).parent / "house")


@dataclass
class Run:
    """The servers of one test run. Nothing needs to survive it, so nothing waits for the disk."""

    folder: DataFolder
    given: dict[str, str]
    servers: Servers | None = field(default=None)

    def start(self) -> None:
        if self.servers is None:
            self.servers = Servers(self.folder, durable=False)
            self.servers.start(self.given)
            self.servers.wait()

    def end(self) -> None:
        if self.servers is not None:
            self.servers.stop()
        self.folder.remove_sockets()
        self.folder.unlock()
        shutil.rmtree(self.folder.path, ignore_errors=True)


RUN = pytest.StashKey[Run]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    folder = DataFolder.at(Path(tempfile.mkdtemp(prefix="workbench-tests-")))
    folder.lock("tests")
    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    run = early_config.stash[RUN] = Run(folder, given)
    early_config.add_cleanup(run.end)
    sockets = folder.make_sockets()
    addresses = {"DATABASE_URL": postgres.url(sockets), "REDIS_URL": valkey.url(sockets)}
    os.environ.update({name: address for name, address in addresses.items() if not given[name]})
    os.environ.setdefault("SECRET_KEY", "tests")
    static = folder.path / "static"
    static.mkdir()
    os.environ["STATIC_ROOT"] = str(static)
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """The processes that are started now would take this one's addresses, where nothing runs, for given ones."""
    given = config.stash[RUN].given
    if any(given.values()):
        names = " and ".join(name for name, address in given.items() if address)
        raise pytest.UsageError(f"Tests in parallel would share the servers of {names}: unset it, or run with -n 0.")
    for name in given:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The unit tests may not open a socket, not even to a server on this machine."""
    for item in items:
        if item.path.is_relative_to(UNIT):
            item.add_marker("disable_socket")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    needed = any(not any(item.path.is_relative_to(folder) for folder in WITHOUT_SERVERS) for item in session.items)
    if needed and not session.config.option.collectonly:
        session.config.stash[RUN].start()
