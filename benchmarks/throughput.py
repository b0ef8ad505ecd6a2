"""Articles per second through the worker's two processes, from a full queue, as a share of what one core reads.

Stories of the corpus are taken in while nobody works; then worker and beat are started, and the time is that between
the first extraction's start and the last one's end, both of the database's clock. The yardstick is the extraction
alone, in this process, of the same stories. The ratio would be 2 with two free cores and nothing to store.
"""

import time
from collections.abc import Iterator

from benchmarks.measure import Measure
from benchmarks.servers import workbench

ARTICLES = 60
PATIENCE_S = 300.0


def measures() -> Iterator[Measure]:
    with workbench() as running:
        from django.db.models import Max, Min

        from claims.extraction.annotated import articles as stories
        from claims.extraction.corpus import STORIES
        from claims.jobs import EXTRACT_ARTICLE
        from claims.models.jobs import Job
        from claims.services import articles, desks

        desk = desks.create("Benchmark", "benchmark")
        texts = [story.text for story in list(stories(STORIES))[:ARTICLES]]
        alone = _alone(texts)
        for text in texts:
            articles.ingest(desk, articles.Submission(text=text))
        running.start()
        done = Job.objects.filter(name=EXTRACT_ARTICLE, state="done")
        deadline = time.monotonic() + PATIENCE_S
        while done.count() < len(texts):
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {done.count()} of {len(texts)} articles were read")
            time.sleep(0.1)
        span = done.aggregate(first=Min("started_at"), last=Max("finished_at"))
        through = len(texts) / (span["last"] - span["first"]).total_seconds()
    details = {"articles_per_s": round(through, 2), "alone_articles_per_s": round(alone, 2)}
    yield Measure("throughput", through / alone, details=details)


def _alone(texts: list[str]) -> float:
    from claims.extraction.pipeline import extract

    extract(texts[0])
    before = time.perf_counter()
    for text in texts:
        extract(text)
    return len(texts) / (time.perf_counter() - before)
