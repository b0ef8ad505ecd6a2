"""Django's PostgreSQL, which does not ask before each request whether the connection lives where it can see that.

A server that stops or is killed closes the connection, which its socket tells without a way to the database. What no
socket tells is asked for, as Django does it, but not more often than every few seconds.
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base

ASK_EVERY_S = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    asked_at = 0.0

    def is_usable(self) -> bool:
        recently = time.monotonic() - self.asked_at < ASK_EVERY_S
        if recently and not self.errors_occurred and self.connection is not None and _is_quiet(self.connection):
            return True
        usable = bool(super().is_usable())
        self.asked_at = time.monotonic() if usable else 0.0
        return usable

    def get_new_connection(self, conn_params: Any) -> Any:
        made = super().get_new_connection(conn_params)
        self.asked_at = time.monotonic()
        return made


def _is_quiet(connection: Any) -> bool:
    """Whether nothing came since the last answer: a server that goes says so, or just closes the connection."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLPRI)
    return not poll.poll(0)
