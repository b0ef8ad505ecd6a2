"""The web process looks for garbage only in what requests leave, and after its connections once for each."""

import subprocess
import sys

import pytest

SAID = "import gc, workbench.wsgi; print(gc.get_freeze_count(), 'claims.web.claims' in __import__('sys').modules)"

RECEIVERS = """
import workbench.wsgi
from django.core import signals
for signal in (signals.request_started, signals.request_finished):
    print(*sorted(receiver().__name__ for _, receiver, *_ in signal.receivers), sep=',')
"""


def said(code: str, **environment: str) -> list[str]:
    environment = {"WORKBENCH_OFFLINE": "1", **environment}
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout.split()


def test_what_was_loaded_is_no_garbage() -> None:
    frozen, loaded = said(SAID)
    assert int(frozen) > 100_000
    assert loaded == "True"


@pytest.mark.parametrize(
    ("environment", "started", "finished"),
    [
        ({}, "close_old_connections", "reset_urlconf"),
        # No connection is to stay open.
        ({"CONN_MAX_AGE": "0"}, "close_old_connections", "close_old_connections,reset_urlconf"),
        # What was asked is kept, and would grow.
        ({"DEBUG": "true"}, "close_old_connections,reset_queries", "reset_urlconf"),
    ],
)
def test_connections_are_looked_after_once(environment: dict[str, str], started: str, finished: str) -> None:
    assert said(RECEIVERS, **environment) == [started, finished]
