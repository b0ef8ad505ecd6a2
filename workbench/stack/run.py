"""``python -m workbench.stack.run worker`` or ``beat``: what ``celery -A workbench worker`` and ``beat`` do.

Celery's own command line loads an interactive shell before it does anything, which would be a fifth of a quick start.
"""

import sys

from claims import jobs
from workbench.celery import app

WORKER_PROCESSES = 2
QUEUES = tuple(dict.fromkeys((jobs.DEFAULT_QUEUE, *jobs.QUEUES.values())))


def worker() -> int:
    """Carries out jobs until it is told to stop. There is one of it, so it asks nobody for news (gossip, mingle)."""
    process = app.Worker(
        pool_cls="prefork",
        concurrency=WORKER_PROCESSES,
        queues=list(QUEUES),
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
    )
    process.start()
    return process.exitcode or 0


def beat() -> int:
    app.Beat(loglevel="INFO").run()
    return 0


if __name__ == "__main__":
    sys.exit({"worker": worker, "beat": beat}[sys.argv[1]]())
