"""The yardstick of a job: a Celery worker of the same kind whose one task does nothing but say that it ran."""

import os

import redis
from celery import Celery

BROKER = os.environ.get("REDIS_URL", "")
ANSWERS = "bare:answers"

# Not the current app of the process that measures: that one sends the jobs of the workbench.
app = Celery("bare", broker=BROKER.replace("unix://", "redis+socket://", 1), set_as_current=False)
app.conf.update(task_default_queue="bare", task_ignore_result=True, worker_prefetch_multiplier=1, task_acks_late=True)


@app.task(name="bare.nothing")
def nothing(number: int) -> None:
    with redis.Redis.from_url(BROKER) as client:
        client.lpush(ANSWERS, number)
