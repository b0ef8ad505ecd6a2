"""How many times as long one verb on a thousand claims takes as one bare UPDATE of the same rows.

The bare one sets the state of copies of these very rows in one statement. Ours is what an editor orders and the worker
carries out: each claim under its lock, by the desk's own verb, with its place in the queue, its event in the chained
history, and what it takes to undo it. Every round has claims, and a reviewer, that no round before had.
"""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.measure import Measure, rotate
from benchmarks.servers import workbench

CLAIMS = 1_000

FILL = """
    WITH made AS (
        INSERT INTO claims_claim (desk_id, article_id, label, text, checkability, check_worthiness, reasons,
            narrator_claim, state, round, priority, priority_reasons, state_reason)
        SELECT %(desk)s, %(article)s, 'B' || n, 'The city of ' || md5(n::text) || ' has repaired ' || n || ' bridges.',
            'checkable', 0.5, '{}', false, %(state)s, 1, (n::bigint * 7919) %% 101, '{}', ''
        FROM generate_series(%(first)s, %(last)s) n RETURNING id, desk_id, priority, state), waiting AS (
        INSERT INTO claims_queueentry (claim_id, desk_id, role, round, priority, language)
        SELECT id, desk_id, 'first', 1, priority, 'en' FROM made WHERE state = 'queued')
    SELECT id FROM made ORDER BY id
"""
COPY = """
    DROP TABLE IF EXISTS bare_claim;
    CREATE TABLE bare_claim AS SELECT * FROM claims_claim WHERE id = ANY(%s);
    ALTER TABLE bare_claim ADD PRIMARY KEY (id);
"""
BARE = "UPDATE bare_claim SET state = 'dismissed', changed_at = now() WHERE id = ANY(%s)"


def measures() -> Iterator[Measure]:
    with workbench():
        bench = _Bench()
        for verb in ("dismiss", "queue", "set_priority", "assign", "merge"):
            per_s = rotate({"ours": partial(bench.ours, verb), "bare": bench.bare})
            details = {f"{name}_per_s": round(value) for name, value in per_s.items()}
            yield Measure(f"bulk_{verb}", per_s["bare"] / per_s["ours"], details=details)


class _Bench:
    """Django, which reads its settings when it starts, is imported only here: by now the servers have addresses."""

    def __init__(self) -> None:
        from claims.services import articles, desks

        self._people = 0
        self.desk = desks.create("Benchmark", "benchmark")
        self.editor = self._member("editor", 1)
        self.article = articles.ingest(self.desk, articles.Submission(text="The mayor said that it rained."))
        self._made = 0
        self._ids: list[int] = []

    def _member(self, role: str, capacity: int) -> Any:
        from django.contrib.auth import get_user_model

        from claims.services import desks

        self._people += 1
        name = f"bench{self._people}"
        person = get_user_model().objects.create(username=name, email=f"{name}@desk.example")
        desks.set_member(self.desk, person, role, capacity=capacity)
        return person

    def _fill(self, state: str, count: int) -> list[int]:
        from django.db import connection

        first = self._made + 1
        self._made += count
        where: dict[str, Any] = {
            "desk": self.desk.pk,
            "article": self.article.pk,
            "state": state,
            "first": first,
            "last": self._made,
        }
        with connection.cursor() as cursor:
            cursor.execute(FILL, where)
            made = [number for (number,) in cursor.fetchall()]
            cursor.execute("ANALYZE")
        return made

    def ours(self, verb: str) -> float:
        """How many claims a second, from the order until the last of them is done."""
        from claims import tasks
        from claims.models.bulk import BulkAction
        from claims.models.jobs import Job
        from claims.rules.bulk import Order
        from claims.services import bulk

        more = {"note": "For the benchmark."}
        ids = self._fill("triaged" if verb == "queue" else "queued", CLAIMS + (verb == "merge"))
        asked: dict[str, dict[str, Any]] = {
            "dismiss": {"reason": "not_checkable"},
            "set_priority": {"priority": 7, **more},
            "assign": {"reviewer": self._member("reviewer", CLAIMS).get_username(), **more},
            "merge": {"into": ids[-1]},
        }
        order = Order.of(verb, asked.get(verb, {}))
        self._ids = ids[:CLAIMS]
        before = time.perf_counter()
        action = bulk.begin(self.desk, order, self._ids, actor=self.editor)
        job = Job.objects.get(key=f"bulk {action.pk}")
        tasks.run_bulk(job.pk)
        took = time.perf_counter() - before
        ended = BulkAction.objects.get(pk=action.pk)
        if (ended.state, ended.done) != ("done", CLAIMS):
            raise RuntimeError(f"{verb}: {ended.done} of {CLAIMS} claims were changed, and it is {ended.state}")
        return CLAIMS / took

    def bare(self) -> float:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(COPY, [self._ids])
            before = time.perf_counter()
            cursor.execute(BARE, [self._ids])
            return CLAIMS / (time.perf_counter() - before)
