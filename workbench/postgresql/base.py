"""Django's PostgreSQL, which does not ask before each request whether the connection lives where it can see that.

A server that stops or is killed closes the connection, which its socket tells without a way to the database. It is
looked at no more often than a server needs to come back: other threads take over at each look, and for the while that
a server is away a request fails in any case. What no socket tells is asked for, as Django does it, but not more often
than every few seconds.
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base

ASK_EVERY_S = 5.0
LOOK_EVERY_S = 0.1


class DatabaseWrapper(base.DatabaseWrapper):
    asked_at = looked_at = 0.0

    def is_usable(self) -> bool:
        now = time.monotonic()
        if now - self.asked_at < ASK_EVERY_S and not self.errors_occurred and self.connection is not None:
            if now - self.looked_at < LOOK_EVERY_S:
                return True
            if _is_quiet(self.connection):
                self.looked_at = now
                return True
        usable = bool(super().is_usable())
        self.asked_at = time.monotonic() if usable else 0.0
        return usable

    def get_new_connection(self, conn_params: Any) -> Any:
        made = super().get_new_connection(conn_params)
        self.asked_at, self.looked_at = time.monotonic(), 0.0
        return made


def _is_quiet(connection: Any) -> bool:
    """Whether nothing came since the last answer: a server that goes says so, or just closes the connection."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLPRI)
    return not poll.poll(0)
