"""From an accepted article to its claims in the reviewers' queue (G2), as a multiple of the work that cannot be spared.

The yardstick is one Celery task that does nothing, the same extraction in this process, and three commits, one after
the other. Both are taken in turns on the same durable servers, articles at two a second with two worker processes; p95
of each round, median of the rounds. Times between two rows are the database's.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Measure, rotate
from benchmarks.servers import PATIENCE_S, Workbench, workbench
from workbench.stack import programs
from workbench.stack.processes import Child

AT_MOST_RATIO = 3.0
AT_MOST_S = 1.0
EACH_ROUND = 20
BETWEEN_S = 0.5
# Invented, about as long as a short agency report.
PARAGRAPH = (
    'Mayor Anna Bell said on Monday that Riverton had repaired {n} bridges. "The harbour bridge carries {n},000 cars a '
    'day," Bell told reporters. The transport union denied that bridge {n} was safe. Its leader Mark Osei said that '
    "inspectors had found {n} cracks, and accused the city of hiding the report.\n\n"
)


def measures() -> Iterator[Measure]:
    with workbench() as running:
        bench = _Bench(running)
        p95 = rotate({"ours": bench.ours, "bare": bench.bare})
    details = {f"{name}_p95_s": round(value, 4) for name, value in p95.items()}
    yield Measure("article_to_queue", p95["ours"] / p95["bare"], at_most=AT_MOST_RATIO, details=details)
    yield Measure("article_to_queue_seconds", p95["ours"], at_most=AT_MOST_S, details=details)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


class _Bench:
    """Django, which reads its settings when it starts, is imported only here: by now the servers have addresses."""

    def __init__(self, running: Workbench) -> None:
        from django.db import connection

        from claims.services import desks

        self.desk = desks.create("Benchmark", "benchmark")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bare_row (number bigint)")
        self.number = 0
        bare = [sys.executable, "-m", "celery", "-A", "benchmarks.bare_celery", "worker", "--concurrency", "2"]
        bare += ["--queues", "bare", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
        running.start([Child("bare", bare, running.folder.logs / "bare.log", running.environment, programs.ROOT)])
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
