"""Beat's schedule, asked in this process: in a file without a worker, which would take what is counted here."""

import redis

from workbench.health import beat, pulse
from workbench.health.beat import TickingScheduler


def test_beat_keeps_its_schedule_in_memory(quiet_broker: "redis.Redis") -> None:
    from workbench.celery import app

    scheduler = TickingScheduler(app=app, schedule={})
    assert not quiet_broker.exists(pulse.BEAT)
    while scheduler.tick() == 0:
        pass
    assert quiet_broker.exists(pulse.BEAT)
    scheduler.close()
    quiet_broker.delete("clock")


def test_ticks_do_not_pile_up_while_no_worker_is_there(quiet_broker: "redis.Redis") -> None:
    from workbench.celery import app

    scheduler = TickingScheduler(app=app, schedule={})
    quiet_broker.delete("clock")
    entry = scheduler.schedule["dispatch"]
    for _ in range(beat.WAITING + 5):
        scheduler.apply_entry(entry)
    assert quiet_broker.llen("clock") == beat.WAITING
    scheduler.close()
    quiet_broker.delete("clock")
