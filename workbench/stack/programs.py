"""The workbench's own programs as command lines: tables, web, worker, beat. Demo and tests start the same ones."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from workbench.stack.folder import DataFolder
from workbench.stack.processes import Child

ROOT = Path(__file__).resolve().parent.parent.parent
WEB_THREADS = 8


def environment(folder: DataFolder, addresses: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with the servers' addresses, and with what is private to the folder."""
    static = folder.path / "static"
    static.mkdir(exist_ok=True)
    # Celery would run Django's system checks before each start of the worker; `make check` runs them.
    return {"STATIC_ROOT": str(static), "CELERY_SKIP_CHECKS": "true", **os.environ, **addresses}


def tables(folder: DataFolder, env: Mapping[str, str]) -> Child:
    """Brings the database's tables up to date, and ends."""
    return _child("tables", folder, env, "django", "migrate", "--no-input", "--verbosity", "0")


def web(folder: DataFolder, port: int, env: Mapping[str, str]) -> Child:
    """granian, on this machine's own address only."""
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    options += ["--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers", "--workers-kill-timeout", "5"]
    return _child("web", folder, env, "granian", *options, "workbench.wsgi:application")


def worker(folder: DataFolder, env: Mapping[str, str]) -> Child:
    """Celery's prefork worker on all queues."""
    return _child("worker", folder, env, "workbench.stack.run", "worker")


def beat(folder: DataFolder, env: Mapping[str, str]) -> Child:
    """Celery's clock."""
    return _child("beat", folder, env, "workbench.stack.run", "beat")


def _child(name: str, folder: DataFolder, env: Mapping[str, str], module: str, *options: str) -> Child:
    """The worker and beat are killed with a killed supervisor: waiting for a broker that died as well helps nobody."""
    return Child(
        name=name,
        argv=[sys.executable, "-m", module, *options],
        log=folder.logs / f"{name}.log",
        environment=env,
        folder=ROOT,
        death_signal=signal.SIGTERM if name == "web" else signal.SIGKILL,
    )
