"""The pages that people open all day, as HTML over HTTP, with 1,000 and with 100,000 claims at the desk (G6).

Each page is asked for by one signed-in person over a connection that stays open, in turns with a bare page of Django; a
page's growth is its median time in bare pages at the large desk, divided by that at the small one. Times are printed,
the slowest of twenty (p95) among them, and decide nothing. The article is the example of `seeds/`, read by the engine.
"""

import http.client
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Measure
from benchmarks.servers import PATIENCE_S, Workbench, workbench
from workbench.stack import ports

SIZES = (1_000, 100_000)
AT_MOST = 1.3
ASKED = 100
P95_MS = 100
SEED = Path(__file__).parents[1] / "seeds" / "articles" / "putin-visits-kherson-and-luhansk.txt"
# Claims with somebody who says each, in the queue; `first` and `last` number them.
FILL = """
    WITH said AS (
        INSERT INTO claims_attribution (revision_id, label, quote_type, stance, channel, frequency, narrator,
            source_entity, confidence, engine, last_found, suggested, decision, version)
        SELECT %(revision)s, 'B' || n, 'indirect', 'asserts', '', '', 'neutral', 'Speaker ' || n %% 500, 0.9,
            'bench 1', 'bench 1', false, 'unseen', 1
        FROM generate_series(%(first)s, %(last)s) n RETURNING id, label),
    made AS (
        INSERT INTO claims_claim (desk_id, article_id, label, text, checkability, check_worthiness, reasons,
            narrator_claim, state, round, priority, priority_reasons, state_reason)
        SELECT %(desk)s, %(article)s, 'B' || n, 'The city of ' || md5(n::text) || ' has repaired ' || n || ' bridges.',
            'checkable', 0.5, '{}', false, 'queued', 1, (n::bigint * 7919) %% 101, '{}', ''
        FROM generate_series(%(first)s, %(last)s) n RETURNING id, desk_id, priority, label),
    linked AS (
        INSERT INTO claims_claimattribution (claim_id, attribution_id, stance)
        SELECT made.id, said.id, 'asserts' FROM made JOIN said USING (label))
    INSERT INTO claims_queueentry (claim_id, desk_id, role, round, priority)
    SELECT id, desk_id, 'first', 1, priority FROM made
"""


def measures() -> Iterator[Measure]:
    with workbench() as running:
        bench = _Bench(running)
        taken = {}
        for size in SIZES:
            bench.grow(size)
            taken[size] = bench.times()
    small, large = (taken[size] for size in SIZES)
    for page in bench.pages:
        growth = _in_bare_pages(large, page) / _in_bare_pages(small, page)
        times = {f"p95_ms_{size}": round(_p95(taken[size][page]) * 1000, 1) for size in SIZES}
        medians = {f"p50_ms_{size}": round(statistics.median(taken[size][page]) * 1000, 1) for size in SIZES}
        yield Measure(f"page_{page}", growth, at_most=AT_MOST, details=medians | times | {"aim_p95_ms": P95_MS})


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _in_bare_pages(times: dict[str, list[float]], page: str) -> float:
    return statistics.median(times[page]) / statistics.median(times["bare"])


class _Bench:
    """Django, which reads its settings when it starts, is imported only here: by now the servers have addresses."""

    def __init__(self, running: Workbench) -> None:
        from django.contrib.auth import get_user_model

        from claims.models.articles import Revision
        from claims.models.claims import Claim
        from claims.services import articles, desks, evidence, publication, review

        self.desk = desks.create("Benchmark", "benchmark")
        people = {}
        for name, role in (("rita", "reviewer"), ("edgar", "editor")):
            people[name] = get_user_model().objects.create(username=name, email=f"{name}@desk.example")
            desks.set_member(self.desk, people[name], role)
        read = articles.ingest(self.desk, articles.Submission(text=SEED.read_text(encoding="utf-8")))
        self.filled = articles.ingest(self.desk, articles.Submission(text="The mayor said that it rained."))
        self.revision = Revision.objects.get(article=self.filled)
        _carry_out()
        first, second = Claim.objects.filter(article=read, state="queued").order_by("pk")[:2]
        pieces = [evidence.Piece(f"https://register{n}.example/", "supports") for n in (1, 2)]
        assignment = review.take(people["rita"], first.pk)
        review.submit(assignment.pk, people["rita"], review.Submission("accurate", "true", "As found.", pieces))
        public = publication.publish(first.pk, actor=people["edgar"])
        review.take(people["edgar"], second.pk)
        self.pages = {
            "queue": "/desk/",
            "claims": "/desk/claims/",
            "board": "/desk/claims/?view=board",
            "article": f"/articles/{read.pk}/",
            "claim": f"/desk/claims/{second.pk}/",
            "verdict": f"/verdicts/{public.pk}/",
        }
        self.cookie = _session(people["edgar"])
        self.ours, self.bare = running.web(), running.web("benchmarks.bare_django:application")
        self.size = 0

    def grow(self, size: int) -> None:
        from django.db import connection

        names = {"desk": self.desk.pk, "article": self.filled.pk, "revision": self.revision.pk}
        with connection.cursor() as cursor:
            cursor.execute(FILL, names | {"first": self.size + 1, "last": size})
            cursor.execute("VACUUM ANALYZE")
        self.size = size

    def times(self) -> dict[str, list[float]]:
        """Seconds of each page and of the bare one, asked in turns; the first round only warms up."""
        ours = http.client.HTTPConnection(ports.HOST, self.ours, timeout=PATIENCE_S)
        bare = http.client.HTTPConnection(ports.HOST, self.bare, timeout=PATIENCE_S)
        taken: dict[str, list[float]] = {name: [] for name in (*self.pages, "bare")}
        for _ in range(ASKED + 1):
            for name, path in self.pages.items():
                taken[name].append(_ask(ours, path, {"Cookie": self.cookie}))
            taken["bare"].append(_ask(bare, "/", {}))
        return {name: times[1:] for name, times in taken.items()}


def _ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> float:
    before = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    took = time.perf_counter() - before
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")
    return took


def _carry_out() -> None:
    """The jobs that the articles ask for, in this process."""
    from celery import current_app

    from claims import tasks
    from claims.models.jobs import Job, JobState

    assert tasks.extract_article.name in current_app.tasks, "importing the tasks registers them"
    while job := Job.objects.filter(state__in=(JobState.QUEUED, JobState.SENT), attempts=0).order_by("pk").first():
        current_app.tasks[job.name](job.pk)


def _session(person: Any) -> str:
    """The cookie of a person who has signed in."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
