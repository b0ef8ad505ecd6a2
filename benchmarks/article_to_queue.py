"""From an accepted article to its claims in the reviewers' queue (G2), as a multiple of the work that cannot be spared.

The yardstick is one Celery task that does nothing, the same extraction in this process, and three commits, one after
the other. Both are taken in turns on the same durable servers, articles at two a second with two worker processes; p95
of each round, median of the rounds. Times between two rows are the database's.
"""

import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.measure import Measure, rotate
from workbench.stack import programs
from workbench.stack.folder import DataFolder
from workbench.stack.processes import Child, wait_until
from workbench.stack.servers import Servers

AT_MOST_RATIO = 3.0
AT_MOST_S = 1.0
EACH_ROUND = 20
BETWEEN_S = 0.5
PATIENCE_S = 90.0
# Invented, about as long as a short agency report.
PARAGRAPH = (
    'Mayor Anna Bell said on Monday that Riverton had repaired {n} bridges. "The harbour bridge carries {n},000 cars a '
    'day," Bell told reporters. The transport union denied that bridge {n} was safe. Its leader Mark Osei said that '
    "inspectors had found {n} cracks, and accused the city of hiding the report.\n\n"
)


def measures() -> Iterator[Measure]:
    with ExitStack() as stack:
        folder = DataFolder.at(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="workbench-bench-"))))
        folder.lock("benchmark")
        stack.callback(folder.unlock)
        servers = Servers(folder)
        stack.callback(servers.stop)
        servers.start({})
        servers.wait()
        os.environ.update(servers.addresses | {"SECRET_KEY": secrets.token_hex(), "LOG_LEVEL": "ERROR"})
        bench = _Bench(folder, servers.addresses, stack)
        p95 = rotate({"ours": bench.ours, "bare": bench.bare})
    details = {f"{name}_p95_s": round(value, 4) for name, value in p95.items()}
    yield Measure("article_to_queue", p95["ours"] / p95["bare"], at_most=AT_MOST_RATIO, details=details)
    yield Measure("article_to_queue_seconds", p95["ours"], at_most=AT_MOST_S, details=details)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


class _Bench:
    """Django, which reads its settings when it starts, is imported only here: by now the servers have addresses."""

    def __init__(self, folder: DataFolder, addresses: dict[str, str], stack: ExitStack) -> None:
        os.environ["DJANGO_SETTINGS_MODULE"] = "workbench.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from django.db import connection

        from claims.services import desks

        self.desk = desks.create("Benchmark", "benchmark")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bare_row (number bigint)")
        self.number = 0
        environment = programs.environment(folder, addresses)
        bare = [sys.executable, "-m", "celery", "-A", "benchmarks.bare_celery", "worker", "--concurrency", "2"]
        bare += ["--queues", "bare", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
        yardstick = Child("bare", bare, folder.logs / "bare.log", environment, programs.ROOT)
        children = [programs.worker(folder, environment), programs.beat(folder, environment), yardstick]
        for child in children:
            child.start()
            stack.callback(child.stop)
        from workbench.health import checks

        wait_until(
            lambda: checks.readiness().status is checks.Status.READY,
            alive=children,
            patience_s=PATIENCE_S,
            what="the stack",
        )
        self._nothing()

    def _text(self) -> str:
        self.number += 1
        return "".join(PARAGRAPH.format(n=self.number * 100 + n) for n in range(6))

    def ours(self) -> float:
        """p95 of the seconds between an article's row and the end of the job that queued its claims."""
        from claims.models.jobs import Job
        from claims.services import articles

        made = []
        for _ in range(EACH_ROUND):
            began = time.monotonic()
            made.append(articles.ingest(self.desk, articles.Submission(text=self._text())))
            time.sleep(max(0.0, began + BETWEEN_S - time.monotonic()))
        keys = {f"open review {article.pk}": article.submitted_at for article in made}
        finished: dict[str, Any] = {}
        deadline = time.monotonic() + PATIENCE_S
        while len(finished) < len(keys):
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {len(finished)} of {len(keys)} articles reached the queue")
            time.sleep(0.05)
            done = Job.objects.filter(key__in=keys, state="done")
            finished = dict(done.values_list("key", "finished_at"))
        return _p95([(finished[key] - since).total_seconds() for key, since in keys.items()])

    def bare(self) -> float:
        """p95 of the seconds for a task that does nothing, the extraction, and three commits, one after the other."""
        taken = []
        for _ in range(EACH_ROUND):
            began = time.perf_counter()
            self._nothing()
            self._extract()
            self._commit_three_times()
            taken.append(time.perf_counter() - began)
            time.sleep(max(0.0, BETWEEN_S - taken[-1]))
        return _p95(taken)

    def _nothing(self) -> None:
        import redis

        from benchmarks import bare_celery

        bare_celery.app.send_task("bare.nothing", args=[self.number], queue="bare")
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            if client.blpop([bare_celery.ANSWERS], timeout=int(PATIENCE_S)) is None:
                raise RuntimeError("the worker that does nothing did not answer")

    def _extract(self) -> None:
        from claims.extraction import pipeline

        pipeline.extract(self._text())

    def _commit_three_times(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            for _ in range(3):
                cursor.execute("INSERT INTO bare_row VALUES (%s)", [self.number])
