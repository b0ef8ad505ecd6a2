"""Signs of life of the worker and of beat: keys in the broker that expire unless they are renewed."""

from functools import cache
from typing import Final

import redis
import structlog
from celery.signals import heartbeat_sent, worker_ready
from django.conf import settings

WORKER: Final = "workbench:pulse:worker"
BEAT: Final = "workbench:pulse:beat"
# The worker's heart beats every 2 seconds and beat ticks every second: three misses and a slow machine fit in.
EXPIRES_S: Final = 10
TIMEOUT_S: Final = 1.0

log = structlog.get_logger(__name__)


@cache
def broker() -> "redis.Redis":
    """A client with short timeouts, since whoever asks about health wants an answer now."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def mark(key: str) -> None:
    """Renews a sign of life. A broker that is away must not take the worker or beat with it."""
    try:
        broker().set(key, "1", ex=EXPIRES_S)
    except redis.RedisError as error:
        log.warning("pulse_not_marked", key=key, reason=type(error).__name__)


def forget() -> None:
    """Forgets the signs of an earlier run, for a start that waits for new ones. Raises redis.RedisError."""
    broker().delete(WORKER, BEAT)


class _Worker:
    """Marks nothing before the worker takes jobs: its heart already beats while it still connects."""

    takes_jobs = False

    def ready(self, **_: object) -> None:
        self.takes_jobs = True
        mark(WORKER)

    def heartbeat(self, **_: object) -> None:
        if self.takes_jobs:
            mark(WORKER)


def listen() -> None:
    """Connects the worker's signals; called once, when Django has started."""
    worker = _Worker()
    worker_ready.connect(worker.ready, weak=False, dispatch_uid="workbench.health.ready")
    heartbeat_sent.connect(worker.heartbeat, weak=False, dispatch_uid="workbench.health.heartbeat")
