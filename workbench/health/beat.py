"""Celery's beat: its schedule in memory (it is code, nothing needs keeping), and a sign of life at every tick."""

from typing import Any

from celery.beat import Scheduler

from workbench.health import pulse


class TickingScheduler(Scheduler):
    """The setting CELERY_BEAT_SCHEDULER."""

    max_interval = 5  # seconds; well below the expiry of the sign of life

    def tick(self, *args: Any, **kwargs: Any) -> float:
        pause: float = super().tick(*args, **kwargs)
        # 0 asks for the next tick at once: the sign is given where beat goes to sleep.
        if pause > 0:
            pulse.mark(pulse.BEAT)
        return pause
