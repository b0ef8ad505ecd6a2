"""A signed-in request that asks for nothing (G5), as a share of a bare ping of one file of Django.

Ours goes through every middleware, finds the owner of the token, and lists the desks of somebody who is at none. Both
run on the same web server and are asked in turns by eight programs at once over connections that stay open.
"""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.measure import Measure, rotate
from benchmarks.servers import PATIENCE_S, workbench
from workbench.stack import ports

AT_LEAST = 0.35
PROGRAMS = 8
EACH_BURST = 400
# A burst takes a tenth of a second, less than the machine stays as fast as it is.
ROUNDS = 25


def measures() -> Iterator[Measure]:
    with workbench() as running:
        from django.contrib.auth import get_user_model

        from workbench.accounts import tokens

        person = get_user_model().objects.create(username="bench", email="bench@desk.example")
        signed_in = {"Authorization": f"Bearer {tokens.draw(person, 'benchmark', ['read'])}"}
        ours, bare = running.web(), running.web("benchmarks.bare_django:application")
        with ThreadPoolExecutor(PROGRAMS) as threads:
            asked = {"ours": (ours, "/api/v1/me/memberships", signed_in), "bare": (bare, "/", {})}
            bursts = {name: partial(_burst, threads, *what) for name, what in asked.items()}
            rotate(bursts, rounds=1)  # The web servers' first requests connect them with the database.
            per_s = rotate(bursts, ROUNDS)
    details = {f"{name}_per_s": round(value, 1) for name, value in per_s.items()}
    yield Measure("signed_in", per_s["ours"] / per_s["bare"], at_least=AT_LEAST, details=details)


def _burst(threads: ThreadPoolExecutor, port: int, path: str, headers: dict[str, str]) -> float:
    """Requests a second by all programs at once, each over an own connection."""
    before = time.perf_counter()
    for done in [threads.submit(_ask, port, path, headers) for _ in range(PROGRAMS)]:
        done.result()
    return EACH_BURST / (time.perf_counter() - before)


def _ask(port: int, path: str, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=PATIENCE_S)
    for _ in range(EACH_BURST // PROGRAMS):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")
    connection.close()
