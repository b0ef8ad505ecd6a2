"""Is each part there? One short question to each, and no answer that tells a stranger more than that."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import redis
import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from workbench.health import pulse

log = structlog.get_logger(__name__)


class Status(StrEnum):
    """``degraded``: pages and the API accept everything, and what needs the worker is caught up later."""

    READY = "ready"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Part:
    """The state of one part; ``reason`` is None when it is well."""

    name: str
    reason: str | None
    vital: bool


@dataclass(frozen=True)
class Readiness:
    parts: tuple[Part, ...]

    @property
    def status(self) -> Status:
        missing = [part for part in self.parts if part.reason]
        if any(part.vital for part in missing):
            return Status.UNAVAILABLE
        return Status.DEGRADED if missing else Status.READY

    @property
    def reason(self) -> str | None:
        return "; ".join(f"{part.name}: {part.reason}" for part in self.parts if part.reason) or None

    def as_json(self) -> dict[str, object]:
        parts = {part.name: {"state": "down" if part.reason else "ok", "reason": part.reason} for part in self.parts}
        return {"status": self.status.value, "reason": self.reason, "parts": parts}


class Migrations:
    """Remembers that the tables are up to date: within one process the code, and so the answer, does not change."""

    current = False

    def check(self) -> str | None:
        if not self.current:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if missing:
                return f"{len(missing)} migrations are not applied; run `manage.py migrate`"
            self.current = True
        return None


_migrations = Migrations()


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def _broker() -> str | None:
    pulse.broker().ping()
    return None


def _alive(key: str, what: str) -> Callable[[], str | None]:
    def check() -> str | None:
        return None if pulse.broker().exists(key) else what

    return check


# What cannot do without which comes later: a part that is down makes the ones after it unknown.
CHECKS: tuple[tuple[str, bool, Callable[[], str | None]], ...] = (
    ("database", True, _database),
    ("migrations", True, lambda: _migrations.check()),
    ("broker", False, _broker),
    ("worker", False, _alive(pulse.WORKER, "no heartbeat of a worker was seen lately")),
    ("beat", False, _alive(pulse.BEAT, "beat has not ticked lately")),
)


def readiness() -> Readiness:
    """Asks every part, each at most once and with a short timeout."""
    return Readiness(tuple(Part(name, _ask(name, check), vital) for name, vital, check in CHECKS))


def _ask(name: str, check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except (DatabaseError, redis.RedisError) as error:
        log.warning("part_down", part=name, error=str(error))
        return "does not answer"
