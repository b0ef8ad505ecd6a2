"""PostgreSQL and Valkey of one data folder, started together and stopped in order; for the demo, commands and tests."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.stack import postgres, valkey
from workbench.stack.folder import DataFolder
from workbench.stack.processes import Child, wait_until

PATIENCE_S = 60.0  # PostgreSQL may have to recover from its log first
PASSED_ON = ("PATH", "HOME", "USER", "TZ", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE")


def _environment() -> dict[str, str]:
    """What a server sees of the environment: little, and nothing that could change its meaning (PGDATA …)."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"LC_ALL": "C.UTF-8"}


@dataclass
class Servers:
    """The servers that ``start`` was asked to start in a locked data folder, and the addresses they answer at."""

    folder: DataFolder
    durable: bool = True
    children: list[Child] = field(default_factory=list, init=False)
    addresses: dict[str, str] = field(default_factory=dict, init=False)

    def start(self, given: Mapping[str, str]) -> None:
        """Starts the servers whose address the environment does not give; they may not answer yet (``wait``).

        Raises StackError. ``addresses`` then holds DATABASE_URL and REDIS_URL of what was started.
        """
        self.folder.end_leftovers()
        sockets = self.folder.make_sockets()
        for stale in sockets.iterdir():  # with the lock file of a killed PostgreSQL among them
            stale.unlink()
        environment = _environment()
        if not given.get("REDIS_URL"):
            place = self.folder.path / "valkey"
            log = self.folder.logs / "valkey.log"
            self._add(valkey.server(place, sockets=sockets, log=log, environment=environment, durable=self.durable))
            self.addresses["REDIS_URL"] = valkey.url(sockets)
        if not given.get("DATABASE_URL"):
            cluster = self.folder.path / "postgres"
            log = self.folder.logs / "postgres.log"
            postgres.make_cluster(
                cluster, log=self.folder.logs / "initdb.log", environment=environment, durable=self.durable
            )
            postgres.forget_dead_postmaster(cluster)
            self._add(postgres.server(cluster, sockets=sockets, log=log, environment=environment, durable=self.durable))
            self.addresses["DATABASE_URL"] = postgres.url(sockets)

    def _add(self, child: Child) -> None:
        child.start()
        self.children.append(child)

    def wait(self) -> None:
        """Returns when all answer and the database is there; raises StackError with the log of the one that failed."""
        sockets = self.folder.make_sockets()
        if "DATABASE_URL" in self.addresses:
            wait_until(lambda: postgres.answers(sockets), alive=self.children, patience_s=PATIENCE_S, what="PostgreSQL")
            postgres.make_database(sockets)
        if "REDIS_URL" in self.addresses:
            wait_until(lambda: valkey.answers(sockets), alive=self.children, patience_s=PATIENCE_S, what="Valkey")

    def stop(self) -> None:
        """Stops the broker, then the database (the record goes last), and removes the sockets' folder."""
        for child in self.children:
            child.stop(patience_s=30)
        self.children.clear()
        self.folder.remove_sockets()


def answering(folder: DataFolder) -> dict[str, str]:
    """DATABASE_URL and REDIS_URL of the servers that another process runs in this folder; empty when none answer."""
    sockets = folder.sockets()
    if sockets is None or not postgres.answers(sockets):
        return {}
    return {"DATABASE_URL": postgres.url(sockets), "REDIS_URL": valkey.url(sockets)}
