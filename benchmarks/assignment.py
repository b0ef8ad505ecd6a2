"""Taking the next claim (G3), as a share of the bare lock that it cannot do without, and how it grows with the queue.

The yardstick takes a row of a narrow table by SKIP LOCKED, writes who has it and commits, by psycopg2 alone. Both are
taken in turns on the same durable server, in this process, by 1, 8 and 32 connections at once. Every reviewer of ours
takes as many claims as a person can hold. No claim may ever be given to two people. Some read one language alone, with
a thousand claims in it among a million others.
"""

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.measure import Measure, rotate
from benchmarks.servers import workbench

AT_LEAST = 0.5
AT_MOST_GROWTH = 1.3
FEW, MANY = 1_000, 1_000_000
CONNECTIONS = (1, 8, 32)
EACH_BURST = 320
COLD, ALONE = 50, 200
CAPACITY = 5
REVIEWERS, POLYGLOTS = 6_000, 200
NO_DOUBLE_OF = 10_000

CLAIMS = """
    WITH made AS (
        INSERT INTO claims_claim (desk_id, article_id, label, text, checkability, check_worthiness, reasons,
            narrator_claim, state, round, priority, priority_reasons, state_reason)
        SELECT %(desk)s, %(article)s, 'B' || n, 'The city of ' || md5(n::text) || ' has repaired ' || n || ' bridges.',
            'checkable', 0.5, '{}', false, 'queued', 1, (n::bigint * 7919) %% 101, '{}', ''
        FROM generate_series(%(first)s, %(last)s) n RETURNING id, desk_id, priority)
    INSERT INTO claims_queueentry (claim_id, desk_id, role, round, priority, language)
    SELECT id, desk_id, 'first', 1, priority, %(language)s FROM made;
    INSERT INTO bare_queue (claim, priority)
    SELECT n, (n::bigint * 7919) %% 101 FROM generate_series(%(first)s, %(last)s) n;
"""
BARE = """
    CREATE TABLE bare_queue (id bigserial PRIMARY KEY, claim bigint NOT NULL, priority smallint NOT NULL);
    CREATE INDEX bare_queue_by_priority ON bare_queue (priority DESC, id);
    CREATE TABLE bare_assignment (id bigserial PRIMARY KEY, claim bigint NOT NULL, taken timestamptz DEFAULT now());
"""
BARE_TAKE = """
    WITH taken AS (DELETE FROM bare_queue WHERE id = (
        SELECT id FROM bare_queue ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING claim)
    INSERT INTO bare_assignment (claim) SELECT claim FROM taken
"""


def measures() -> Iterator[Measure]:
    with workbench():
        bench = _Bench()
        bench.fill(1, FEW)
        few = bench.median_s()
        bench.fill(FEW + 1, MANY)
        many = bench.median_s()
        bench.fill(MANY + 1, MANY + FEW, "uk")
        behind = bench.median_s(bench.read_only("uk"))
        for count in CONNECTIONS:
            with ThreadPoolExecutor(count) as threads:
                per_s = rotate(
                    {
                        "ours": lambda: bench.burst(threads, bench.take),
                        "bare": lambda: bench.burst(threads, bench.take_bare),
                    }
                )
                bench.hang_up(threads, count)
            details = {f"{name}_per_s": round(value) for name, value in per_s.items()}
            yield Measure(f"assignment_{count}", per_s["ours"] / per_s["bare"], at_least=AT_LEAST, details=details)
        with ThreadPoolExecutor(max(CONNECTIONS)) as threads:
            bench.burst(threads, bench.take, NO_DOUBLE_OF)
            bench.hang_up(threads, max(CONNECTIONS))
        taken, double = bench.doubles()
    yield Measure("assignment_double", double, at_most=0, details={"taken": taken})
    grown = {"few_ms": round(few * 1000, 2), "many_ms": round(many * 1000, 2)}
    yield Measure("assignment_growth", many / few, at_most=AT_MOST_GROWTH, details=grown)
    lane = {"few_ms": round(few * 1000, 2), "lane_ms": round(behind * 1000, 2)}
    yield Measure("assignment_lane", behind / few, at_most=AT_MOST_GROWTH, details=lane)


class _Bench:
    """Django, which reads its settings when it starts, is imported only here: by now the servers have addresses."""

    def __init__(self) -> None:
        from django.contrib.auth import get_user_model
        from django.db import connection

        from claims.models.desks import Membership
        from claims.services import articles, desks

        self.desk = desks.create("Benchmark", "benchmark")
        self.article = articles.ingest(self.desk, articles.Submission(text="The mayor said that it rained."))
        with connection.cursor() as cursor:
            cursor.execute(BARE)
        user = get_user_model()
        people = user.objects.bulk_create(
            user(username=f"bench{n}", email=f"bench{n}@desk.example") for n in range(REVIEWERS)
        )
        Membership.objects.bulk_create(
            Membership(desk=self.desk, user=person, role="reviewer", capacity=CAPACITY) for person in people
        )
        self._people = people
        self._askers = self._turns(people[:-POLYGLOTS])
        self._lock = threading.Lock()
        self._bare = threading.local()

    @staticmethod
    def _turns(people: list[Any]) -> Iterator[Any]:
        """As many different people ask at once as there are connections, each as often as they may hold claims."""
        shifts = [people[first : first + max(CONNECTIONS)] for first in range(0, len(people), max(CONNECTIONS))]
        return itertools.cycle([person for shift in shifts for _ in range(CAPACITY) for person in shift])

    def read_only(self, language: str) -> Iterator[Any]:
        """Reviewers who read one language, which nearly nothing in the queue is in."""
        from claims.models.desks import Membership

        people = self._people[-POLYGLOTS:]
        Membership.objects.filter(user__in=people).update(languages=[language])
        return self._turns(people)

    def fill(self, first: int, last: int, language: str = "en") -> None:
        from django.db import connection

        where: dict[str, Any] = {
            "desk": self.desk.pk,
            "article": self.article.pk,
            "first": first,
            "last": last,
            "language": language,
        }
        with connection.cursor() as cursor:
            cursor.execute(CLAIMS, where)
            # Nobody analyses the tables in which nothing is yet: taken for empty, they would be read whole ever after,
            # until the server looks again by itself, which it does once a minute.
            cursor.execute("ANALYZE claims_claim, claims_queueentry, bare_queue")

    def take(self, askers: Iterator[Any] | None = None) -> None:
        from claims.services import review

        with self._lock:
            asker = next(askers or self._askers)
        if review.take_next(asker) is None:
            raise RuntimeError("a reviewer got nothing although claims wait")

    def take_bare(self) -> None:
        import psycopg2
        from django.db import connection

        if not hasattr(self._bare, "connection"):
            self._bare.connection = psycopg2.connect(**connection.get_connection_params())
        with self._bare.connection, self._bare.connection.cursor() as cursor:
            cursor.execute(BARE_TAKE)

    def median_s(self, askers: Iterator[Any] | None = None) -> float:
        """Of one reviewer after the other; the first ones, for whom nothing is warm, do not count."""
        taken = []
        for _ in range(COLD + ALONE):
            before = time.perf_counter()
            self.take(askers)
            taken.append(time.perf_counter() - before)
        return statistics.median(taken[COLD:])

    def burst(self, threads: ThreadPoolExecutor, take: Callable[[], None], count: int = EACH_BURST) -> float:
        """How many a second, by all connections together."""
        before = time.perf_counter()
        for done in [threads.submit(take) for _ in range(count)]:
            done.result()
        return count / (time.perf_counter() - before)

    def hang_up(self, threads: ThreadPoolExecutor, count: int) -> None:
        from django.db import connection

        together = threading.Barrier(count)

        def close() -> None:
            together.wait()
            connection.close()
            if hasattr(self._bare, "connection"):
                self._bare.connection.close()
                del self._bare.connection

        for done in [threads.submit(close) for _ in range(count)]:
            done.result()

    def doubles(self) -> tuple[int, int]:
        """How many were taken, and how many of them twice."""
        from django.db.models import Count

        from claims.models.review import Assignment

        counted: dict[str, Any] = Assignment.objects.aggregate(taken=Count("pk"), claims=Count("claim", distinct=True))
        return counted["taken"], counted["taken"] - counted["claims"]
