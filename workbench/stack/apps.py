import gc
import os
import signal

from celery.signals import worker_process_init
from django.apps import AppConfig

from workbench.stack.processes import die_with_parent


def _end_with_worker(**_: object) -> None:
    """A pool process ends with its worker, even a killed one: nothing works on a job that nobody answers for."""
    die_with_parent(os.getppid(), signal.SIGKILL)


class StackConfig(AppConfig):
    name = "workbench.stack"
    label = "stack"

    def ready(self) -> None:
        worker_process_init.connect(_end_with_worker, weak=False, dispatch_uid="workbench.stack.end_with_worker")
        # Off since manage.py began. What is loaded by now stays, here and in every fork; what comes later may not.
        gc.freeze()
        gc.enable()
