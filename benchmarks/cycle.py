"""A reviewer's cycle over HTTP, next and submit (G4), as a share of two bare requests that do the same to two rows.

Ours: signed in by token, the claim leased, the review checked and stored with a piece of evidence, the verdict decided,
every step in the chained history. Bare: one file of Django on the same web server and the same database. Both are asked
in turns by 1, 8 and 32 reviewers at once over connections that stay open. The workers stand still, so that no copy of
evidence is fetched; the job that asks for one is written all the same. How much longer one reviewer's cycle takes with
a million claims at the desk than with a thousand is measured before and after.
"""

import http.client
import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from benchmarks.measure import Measure, rotate
from benchmarks.servers import PATIENCE_S, Workbench, workbench
from workbench.stack import ports

AT_LEAST = 0.4
# The gate is that of eight; one reviewer alone and 32 are shown beside it.
GATED = 8
AT_MOST_GROWTH = 1.3
FEW, CLAIMS, MANY = 1_000, 100_000, 1_000_000
REVIEWERS = (1, 8, 32)
COLD, ALONE = 50, 200
EACH_BURST = 96
FILL = """
    WITH made AS (
        INSERT INTO claims_claim (desk_id, article_id, label, text, checkability, check_worthiness, reasons,
            narrator_claim, state, round, priority, priority_reasons, state_reason)
        SELECT %(desk)s, %(article)s, 'B' || n, 'The city of ' || md5(n::text) || ' has repaired ' || n || ' bridges.',
            'checkable', 0.5, '{}', false, 'queued', 1, (n::bigint * 7919) %% 101, '{}', ''
        FROM generate_series(%(first)s, %(last)s) n RETURNING id, desk_id, priority)
    INSERT INTO claims_queueentry (claim_id, desk_id, role, round, priority)
    SELECT id, desk_id, 'first', 1, priority FROM made;
    INSERT INTO bare_queue (claim, priority)
    SELECT n, (n::bigint * 7919) %% 101 FROM generate_series(%(first)s, %(last)s) n;
"""
REVIEW = {
    "attribution_verdict": "accurate",
    "veracity_verdict": "mostly_true",
    "rationale": "The transcript has these words, and the register of bridges nearly this number.",
    "evidence": [{"url": "https://example.org/register", "relation": "supports", "note": "The register of bridges."}],
}


def measures() -> Iterator[Measure]:
    with workbench() as running:
        bench = _Bench(running)
        bench.fill(1, FEW)
        few = bench.median_s()
        bench.fill(FEW + 1, CLAIMS)
        for count in REVIEWERS:
            with ThreadPoolExecutor(count) as threads:
                targets = {"ours": bench.ours, "bare": bench.bare}
                per_s = rotate({name: partial(_burst, threads, them[:count]) for name, them in targets.items()})
            details = {f"{name}_per_s": round(value, 1) for name, value in per_s.items()}
            gate = AT_LEAST if count == GATED else None
            yield Measure(f"cycle_{count}", per_s["ours"] / per_s["bare"], at_least=gate, details=details)
        bench.fill(CLAIMS + 1, MANY)
        many = bench.median_s()
        unseen = bench.not_in_the_history()
    grown = {"few_ms": round(few * 1000, 2), "many_ms": round(many * 1000, 2)}
    yield Measure("cycle_growth", many / few, at_most=AT_MOST_GROWTH, details=grown)
    yield Measure("cycle_unrecorded", unseen, at_most=0)


@dataclass
class _Client:
    """One reviewer's open connection."""

    port: int
    next_path: str = "/next"
    root: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(ports.HOST, self.port, timeout=PATIENCE_S)

    def post(self, path: str, body: Any = None) -> dict[str, Any]:
        content = {"Content-Type": "application/json"} | self.headers
        self.connection.request("POST", path, json.dumps(body) if body else None, content)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")
        found: dict[str, Any] = json.loads(text)
        return found


def _review(client: _Client, cycles: int) -> None:
    for _ in range(cycles):
        taken = client.post(client.next_path)
        client.post(f"{client.root}/assignments/{taken['id']}/submit", REVIEW)


def _burst(threads: ThreadPoolExecutor, clients: list[_Client]) -> float:
    """Cycles a second by all of these reviewers at once, each over an own connection."""
    cycles = EACH_BURST // len(clients)
    before = time.perf_counter()
    for done in [threads.submit(_review, client, cycles) for client in clients]:
        done.result()
    return cycles * len(clients) / (time.perf_counter() - before)


class _Bench:
    """Django, which reads its settings when it starts, is imported only here: by now the servers have addresses."""

    def __init__(self, running: Workbench) -> None:
        from django.contrib.auth import get_user_model
        from django.db import connection

        from benchmarks.bare_cycle import TABLES
        from claims.services import articles, desks
        from workbench.accounts import tokens

        desk = self.desk = desks.create("Benchmark", "benchmark")
        self.article = articles.ingest(desk, articles.Submission(text="The mayor said that it rained."))
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
        ours, bare = running.web(), running.web("benchmarks.bare_cycle:application")
        self.ours, self.bare = [], [_Client(bare) for _ in range(max(REVIEWERS))]
        for number in range(max(REVIEWERS)):
            person = get_user_model().objects.create(username=f"bench{number}", email=f"bench{number}@desk.example")
            desks.set_member(desk, person, "reviewer")
            secret = tokens.draw(person, "benchmark", ["review"])
            signed_in = {"Authorization": f"Bearer {secret}"}
            self.ours.append(_Client(ours, "/api/v1/queue/next", "/api/v1", signed_in))

    def fill(self, first: int, last: int) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            where = {"desk": self.desk.pk, "article": self.article.pk, "first": first, "last": last}
            cursor.execute(FILL, where)
            # As in assignment.py, those tables alone that were filled.
            cursor.execute("ANALYZE claims_claim, claims_queueentry, bare_queue")

    def median_s(self) -> float:
        """Of one reviewer's cycles; the first ones, for which nothing is warm, do not count."""
        taken = []
        # By a connection of its own: the web server closes one that is idle for as long as filling takes.
        client = replace(self.ours[0])
        for _ in range(COLD + ALONE):
            before = time.perf_counter()
            _review(client, 1)
            taken.append(time.perf_counter() - before)
        return statistics.median(taken[COLD:])

    def not_in_the_history(self) -> int:
        """How many submitted reviews have no event that tells of them."""
        from claims.models.events import Event
        from claims.models.review import Review

        return Review.objects.count() - Event.objects.filter(kind="review.submitted").count()
