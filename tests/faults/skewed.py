"""``python -m tests.faults.skewed MINUTES``: a real worker whose clock is wrong by so many minutes.

Python's own clock and the one by which Celery judges messages are moved; PostgreSQL's is not, as on another machine.
"""

import sys
import time
from datetime import datetime, timedelta, tzinfo

MINUTES = int(sys.argv[1])
_time = time.time


class Wrong(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Wrong":
        return super().now(tz) + timedelta(minutes=MINUTES)


if __name__ == "__main__":
    time.time = lambda: _time() + MINUTES * 60
    from celery.worker import request

    from workbench.stack.run import worker

    vars(request)["datetime"] = Wrong
    sys.exit(worker())
