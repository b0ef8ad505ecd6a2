"""The worker's application, and what the clock asks for. The schedule is code, so that it is reviewed like code."""

import os

from celery import Celery
from celery.signals import worker_process_init
from django_structlog.celery.steps import DjangoStructLogInitStep

from claims import jobs
from claims.extraction import encoder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.settings")

app = Celery("workbench")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["claims"])
app.steps["worker"].add(DjangoStructLogInitStep)

# None of these expires: see workbench.health.beat for what keeps ticks from piling up.
app.conf.beat_schedule = {
    "dispatch": {"task": jobs.DISPATCH_JOBS, "schedule": 1.0, "options": {"queue": "clock"}},
    "leases": {"task": jobs.EXPIRE_LEASES, "schedule": 5.0, "options": {"queue": "clock"}},
    "deadlines": {"task": jobs.WATCH_DEADLINES, "schedule": 30.0, "options": {"queue": "clock"}},
    "push": {"task": jobs.PUSH_QUEUE, "schedule": 10.0, "options": {"queue": "clock"}},
    "rescore": {"task": jobs.RESCORE_QUEUE, "schedule": 10.0, "options": {"queue": "clock"}},
    "mails": {"task": jobs.PLAN_MAILS, "schedule": 10.0, "options": {"queue": "clock"}},
    "webhooks": {"task": jobs.PLAN_WEBHOOKS, "schedule": 5.0, "options": {"queue": "clock"}},
    "seal": {"task": jobs.SEAL_EVENTS, "schedule": 60.0, "options": {"queue": "clock"}},
}


@worker_process_init.connect
def load_engine(**_: object) -> None:
    """A process of the pool loads the encoder once, when it starts, so that no article waits for it."""
    encoder.load()
