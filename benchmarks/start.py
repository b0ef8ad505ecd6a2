"""How long it takes until everything is ready, as a multiple of a bare Django's start on the same web server (G12).

``fresh``: the data folder is empty, so that clusters, tables, people and sources are made. ``second``: they are there.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Measure, rotate
from workbench.stack import ports
from workbench.stack.programs import ROOT

AT_MOST_SECOND = 3.0
PATIENCE_S = 180.0
OWN_ADDRESSES = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY")


def measures() -> Iterator[Measure]:
    """Two ratios; only that of the second start has a gate, since the fresh one is paid once."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-bench-"))
    try:
        times = rotate(
            {
                "bare": _bare_start,
                "fresh": lambda: _start(_emptied(folder)),
                "second": lambda: _start(folder),
            }
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds = {f"{name}_s": round(value, 3) for name, value in times.items()}
    yield Measure("start_fresh", times["fresh"] / times["bare"], details=seconds)
    yield Measure("start_second", times["second"] / times["bare"], at_most=AT_MOST_SECOND, details=seconds)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


def _start(folder: Path) -> float:
    port = ports.free()
    command = [sys.executable, "manage.py", "demo", "--json", "--data", str(folder), "--port", str(port)]

    def ready() -> bool:
        return bool(json.loads(_get(port, "/readyz") or "{}").get("status") == "ready")

    return _time_until(command, ready)


def _bare_start() -> float:
    port = ports.free()
    options = ["--interface", "wsgi", "--port", str(port), "benchmarks.bare_django:application"]
    return _time_until([sys.executable, "-m", "granian", *options], lambda: _get(port, "/") == b"pong")


def _time_until(command: list[str], ready: Callable[[], bool]) -> float:
    """Seconds from the start of a process until it is ready; the process is then stopped in order."""
    environment = {name: value for name, value in os.environ.items() if name not in OWN_ADDRESSES}
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while not ready():
                if process.poll() is not None or time.perf_counter() - started > PATIENCE_S:
                    raise RuntimeError(f"{command} did not get ready (exit {process.returncode})")
                time.sleep(0.01)
            return time.perf_counter() - started
        finally:
            process.terminate()
            process.wait(60)


def _get(port: int, path: str) -> bytes | None:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
