"""Celery's beat: its schedule in memory (it is code, nothing needs keeping), and a sign of life at every tick."""

from typing import Any

import redis
from celery.beat import ScheduleEntry, Scheduler

from claims import jobs
from workbench.health import pulse

# As many wait while no worker is there. An expiry of the message would be judged by the worker's clock, and one that
# is minutes ahead of beat's would drop every tick.
WAITING = 20


class TickingScheduler(Scheduler):
    """The setting CELERY_BEAT_SCHEDULER."""

    max_interval = 5  # seconds; well below the expiry of the sign of life

    def tick(self, *args: Any, **kwargs: Any) -> float:
        pause: float = super().tick(*args, **kwargs)
        # 0 asks for the next tick at once: the sign is given where beat goes to sleep.
        if pause > 0:
            pulse.mark(pulse.BEAT)
        return pause

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Asks for the entry's work, unless enough asked for before waits: the next tick does the same."""
        if not _enough_waits(jobs.QUEUES[str(entry.task)]):
            super().apply_entry(entry, producer)


def _enough_waits(queue: str) -> bool:
    try:
        return bool(pulse.broker().llen(queue) >= WAITING)
    except redis.RedisError:
        # Celery notices by itself that the broker is away, and logs it.
        return False
