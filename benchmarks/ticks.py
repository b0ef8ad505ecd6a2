"""How much of its period each job of the clock takes, with a hundred thousand claims at the desk.

Each is timed twice: when nothing is due, as at most ticks, and when as much is due as a bad moment brings at once: a
hundred leases that ran out, two hundred due times that have come, fifty people with room for an offer, a thousand old
messages to forget, a minute's events. The worker is not started; the jobs run here, as its process would run them.

All of them share the worker's processes with the articles, and what counts is the processor time of that process, which
does not depend on what else the machine does. When nothing is due, the whole clock may take a twentieth of one process.
When much is due, a tick may take half of its period: the rest is for the database, and the next tick need not wait.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import Measure
from benchmarks.servers import workbench

CLAIMS = 100_000
PEOPLE = 50
IDLE_SHARE, BUSY_SHARE = 0.05, 0.5
COLD, ROUNDS = 3, 5

# Six in ten wait, one in fifty is held, the others are published. Nothing of it is due for a week.
FILL = """
    WITH made AS (
        INSERT INTO claims_claim (desk_id, article_id, label, text, checkability, check_worthiness, reasons,
            narrator_claim, state, round, priority, priority_reasons, state_reason)
        SELECT %(desk)s, %(article)s, 'B' || n, 'The city of ' || md5(n::text) || ' has repaired ' || n || ' bridges.',
            'checkable', 0.5, '{}', false,
            CASE WHEN n %% 50 = 0 THEN 'assigned' WHEN n %% 10 < 6 THEN 'queued' ELSE 'published' END,
            1, (n::bigint * 7919) %% 101, '{}', ''
        FROM generate_series(1, %(claims)s) n RETURNING id, desk_id, priority, state), waiting AS (
        INSERT INTO claims_queueentry (claim_id, desk_id, role, round, priority, language, due_at, notice_at)
        SELECT id, desk_id, 'first', 1, priority, 'en', now() + '7 days', now() + '7 days'
          FROM made WHERE state = 'queued')
    INSERT INTO claims_assignment (claim_id, reviewer_id, role, round, state, why, lease_until, due_at, notice_at,
        ended_at, end_reason)
    SELECT id, (%(people)s::bigint[])[1 + id %% cardinality(%(people)s::bigint[])], 'first', 1,
        CASE state WHEN 'assigned' THEN 'active' ELSE 'submitted' END, '', now() + '7 days', now() + '7 days',
        now() + '7 days', CASE state WHEN 'published' THEN now() END, ''
    FROM made WHERE state <> 'queued'
"""
# A tick reckons anew what was reckoned longest ago: the same once more, of which nothing has changed.
NOTHING_NEW = {
    "rescore": """
        UPDATE claims_queueentry SET scored_at = '2000-01-01' WHERE id IN (
            SELECT id FROM claims_queueentry ORDER BY scored_at DESC LIMIT 500)
    """
}
# What makes each of them have much to do; numbers of one tick.
DUE = {
    "dispatch": """
        UPDATE claims_job SET state = 'done', finished_at = now() WHERE state IN ('queued', 'sent', 'running');
        INSERT INTO claims_job (name, key, args, state, attempts, stage, progress, error)
        SELECT 'claims.send_mail', 'bench ' || gen_random_uuid(), '{}', 'queued', 0, '', 0, ''
          FROM generate_series(1, 50)
    """,
    "leases": """
        UPDATE claims_assignment SET lease_until = now() - interval '1 second' WHERE id IN (
            SELECT id FROM claims_assignment WHERE state = 'active' ORDER BY id LIMIT 100)
    """,
    "deadlines": """
        UPDATE claims_queueentry SET due_at = now(), notice_at = now() WHERE id IN (
            SELECT id FROM claims_queueentry WHERE due_at > now() + interval '1 day' ORDER BY id LIMIT 200);
        UPDATE claims_assignment SET due_at = now(), notice_at = now() WHERE id IN (
            SELECT id FROM claims_assignment WHERE state = 'active' AND due_at > now() + interval '1 day'
             ORDER BY id DESC LIMIT 200)
    """,
    "push": """
        UPDATE claims_assignment SET lease_until = now() WHERE state = 'offered';
        UPDATE claims_desk SET push = true
    """,
    "rescore": """
        UPDATE claims_queueentry SET priority = (priority + 50) % 101, scored_at = '2000-01-01' WHERE id IN (
            SELECT id FROM claims_queueentry ORDER BY id LIMIT 500)
    """,
    "mails": """
        UPDATE claims_notification SET read_at = now() WHERE read_at IS NULL;
        INSERT INTO claims_notification (user_id, desk_id, claim_id, kind, way, data)
        SELECT m.user_id, m.desk_id, c.id, 'assigned', 'at_once', '{}' FROM claims_membership m
         CROSS JOIN (SELECT id FROM claims_claim WHERE state = 'published' ORDER BY id LIMIT 4) c
    """,
    "webhooks": """
        INSERT INTO claims_webhook (desk_id, name, url, kinds, state, reason, salt, old_salt, created_by_id)
        SELECT m.desk_id, 'Benchmark', 'https://desk.example/', '{verdict.published}', 'active', '', '', '', m.user_id
          FROM claims_membership m ORDER BY m.id LIMIT 1;
        INSERT INTO claims_delivery (webhook_id, kind, state, created_at)
        SELECT max(w.id), 'webhook.test', 'delivered', now() - interval '1 year'
          FROM claims_webhook w, generate_series(1, 1000) n GROUP BY n
    """,
    "seal": """
        INSERT INTO claims_event (subject_type, subject_id, sequence, kind, at, from_state, to_state, reason, data,
            previous_hash, hash)
        SELECT 'claim', n, 0, 'claim.assigned', now(), 'queued', 'assigned', '', '{}', '', ''
          FROM generate_series(1, 2000) n
    """,
}


@dataclass(frozen=True)
class _Tick:
    """What one tick took: seconds by the wall, of them seconds of this process, and statements."""

    took_s: float
    own_s: float
    statements: int


def measures() -> Iterator[Measure]:
    with workbench():
        bench = _Bench()
        idle = {name: bench.idle(name) for name in bench.ticks}
        for name, (period, _) in bench.ticks.items():
            busy = bench.busy(name)
            details: dict[str, float] = {"period_s": period}
            for when, tick in (("idle", idle[name]), ("busy", busy)):
                details[f"{when}_ms"] = round(tick.took_s * 1000, 1)
                details[f"{when}_own_ms"] = round(tick.own_s * 1000, 1)
                details[f"{when}_statements"] = tick.statements
            yield Measure(f"tick_{name}", busy.own_s / period, at_most=BUSY_SHARE, details=details)
        shares = [idle[name].own_s / period for name, (period, _) in bench.ticks.items()]
        yield Measure("ticks_idle", sum(shares), at_most=IDLE_SHARE)


class _Bench:
    """Django, which reads its settings when it starts, is imported only here: by now the servers have addresses."""

    def __init__(self) -> None:
        from django.contrib.auth import get_user_model
        from django.db import connection

        from claims.services import articles, desks
        from workbench.celery import app

        app.loader.import_default_modules()
        self.ticks: dict[str, tuple[float, Callable[[], Any]]] = {
            name: (entry["schedule"], app.tasks[entry["task"]]) for name, entry in app.conf.beat_schedule.items()
        }
        desk = desks.create("Benchmark", "benchmark")
        article = articles.ingest(desk, articles.Submission(text="The mayor said that it rained."))
        people = []
        for number in range(PEOPLE):
            person = get_user_model().objects.create(username=f"bench{number}", email=f"bench{number}@desk.example")
            desks.set_member(desk, person, "reviewer", capacity=1000)
            people.append(person.pk)
        with connection.cursor() as cursor:
            where: dict[str, Any] = {"desk": desk.pk, "article": article.pk, "claims": CLAIMS, "people": people}
            cursor.execute(FILL, where)
            cursor.execute("ANALYZE")
        # All that has never been reckoned or sealed, and the job of the article.
        for name in ("seal", "dispatch"):
            self.ticks[name][1]()

    def idle(self, name: str) -> _Tick:
        """The median of some ticks when nothing is due."""
        return self._timed([self._once(name, NOTHING_NEW.get(name)) for _ in range(COLD + ROUNDS)][COLD:])

    def busy(self, name: str) -> _Tick:
        """The same when much is due."""
        return self._timed([self._once(name, DUE[name]) for _ in range(ROUNDS)])

    @staticmethod
    def _timed(ticks: list[_Tick]) -> _Tick:
        return sorted(ticks, key=lambda tick: tick.own_s)[len(ticks) // 2]

    def _once(self, name: str, before: str | None) -> _Tick:
        from django.db import connection

        if before is not None:
            with connection.cursor() as cursor:
                cursor.execute(before)
        with _counted() as counted:
            began, own = time.perf_counter(), time.process_time()
            self.ticks[name][1]()
            return _Tick(time.perf_counter() - began, time.process_time() - own, counted[0])


@contextmanager
def _counted() -> Iterator[list[int]]:
    from django.db import connection

    counted = [0]

    def count(execute: Callable[..., Any], *statement: Any) -> Any:
        counted[0] += 1
        return execute(*statement)

    with connection.execute_wrapper(count):
        yield counted
