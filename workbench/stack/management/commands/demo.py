"""``manage.py demo``: everything, from one command. What started before Django is handed over by ``launch``."""

import argparse
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console
from rich.table import Table

from claims.models.articles import Article, ArticleStatus
from claims.models.claims import Claim
from claims.models.jobs import Job, JobState
from workbench.stack import journey, launch, programs, seeding
from workbench.stack.errors import StackError
from workbench.stack.folder import write_private
from workbench.stack.seeding import Sign
from workbench.stack.supervisor import Supervisor

DRAIN_PATIENCE_S = 60.0
MIGRATION_PATIENCE_S = 600.0


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, web, worker and beat with the seed article, and say how to sign in."
    requires_system_checks: list[str] = []  # `make check` runs them; a start does not wait for them

    def add_arguments(self, parser: CommandParser) -> None:
        launch.demo_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        prepared = launch.handover.prepared
        if prepared is None:
            raise CommandError("Start it as `python manage.py demo`, or with `make run`.")
        Demo(prepared).run()


class Demo:
    """One run of the demo on servers that are starting."""

    def __init__(self, prepared: launch.Prepared) -> None:
        self.prepared = prepared
        self.options: argparse.Namespace = prepared.options
        self.folder = prepared.servers.folder
        self.supervisor = Supervisor(prepared.servers, self.options.port)
        # The JSON object has the standard output for itself.
        self.console = Console(stderr=self.options.json, highlight=False, soft_wrap=True)

    def run(self) -> None:
        try:
            sign = self._start()
            ready_s = round(time.monotonic() - self.prepared.started_at, 2)
            articles = self._read_articles()
            if self.options.once:
                self._walk(sign, articles, ready_s)
            else:
                self._serve(sign, ready_s)
        finally:
            launch.stop_listening()
            self._step("Stopping")
            self.folder.demo_file.unlink(missing_ok=True)
            connections.close_all()
            self.supervisor.stop()

    def _step(self, what: str) -> None:
        elapsed = time.monotonic() - self.prepared.started_at
        self.console.print(f"[dim]{elapsed:6.1f} s[/dim]  {what}")

    def _start(self) -> Sign:
        self._step("PostgreSQL and Valkey")
        self.prepared.servers.wait()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        connections.close_all()  # what is forked from here on shares none
        if missing:
            self._step("Tables")
            self._migrate()
        self._step("Web, worker and beat")
        self.supervisor.start()
        with _quiet():
            sign = seeding.load_people(self.folder)
            seeding.load_sources()
        self.supervisor.wait()
        return sign

    def _migrate(self) -> None:
        """In a process of its own: what it leaves behind in memory would go on into each that is forked here."""
        tables = programs.tables(self.folder, self.supervisor.worker.environment)
        tables.as_fork = True
        tables.start()
        if tables.wait(MIGRATION_PATIENCE_S) != 0:
            tables.stop()
            raise StackError(f"The tables could not be made. The end of {tables.log}:\n{tables.last_lines()}")

    def _read_articles(self) -> list[Article]:
        """The seed articles, once the worker has read them and put their claims into the queue."""
        self._step("The seed article goes through the queue")
        with _quiet():
            submitted = seeding.load_articles()
        self._drain()
        articles = list(Article.objects.filter(pk__in=[article.pk for article in submitted]).order_by("pk"))
        for article in articles:
            if article.status != ArticleStatus.READY:
                raise StackError(f"The seed article “{article}” was not read: {article.failure or article.status}")
        return articles

    # --- stays up ---

    def _serve(self, sign: Sign, ready_s: float) -> None:
        content = {"url": self.supervisor.url, "users": sign.users, "tokens": sign.tokens}
        write_private(self.folder.demo_file, json.dumps(content, indent=2))
        connections.close_all()
        if self.options.json:
            print(
                json.dumps({"ready_s": ready_s, "url": self.supervisor.url, "demo": str(self.folder.demo_file)}),
                flush=True,
            )
        self._greet(sign)
        with suppress(KeyboardInterrupt):
            self.supervisor.watch(self._step)

    def _greet(self, sign: Sign) -> None:
        people = Table("name", "password", "role", box=None, padding=(0, 3, 0, 0), header_style="dim")
        for user in sign.users:
            people.add_row(user["username"], user["password"], ", ".join(user["roles"]))
        self.console.print(f"\n[bold green]Ready at {self.supervisor.url}[/bold green]\n")
        self.console.print(people)
        self.console.print(f"\nTokens for the API are in {self.folder.demo_file}; logs in {self.folder.logs}.")
        self.console.print("Ctrl-C stops everything; the data stays.\n")

    # --- once ---

    def _walk(self, sign: Sign, articles: list[Article], ready_s: float) -> None:
        self._step("One claim is reviewed and published by two people")
        reviewer = journey.Api(self.supervisor.url, sign.tokens["review"])
        editor = journey.Api(self.supervisor.url, sign.tokens["edit"])
        article = articles[0]
        queued = self._waiting_claims(article)
        verdict = journey.review_and_publish(reviewer, editor)
        self._drain()
        outcome = {
            "ready_s": ready_s,
            "article": article.pk,
            "attributions": len(editor("GET", f"/articles/{article.pk}/attributions")["attributions"]),
            "claims": Claim.objects.filter(article=article).count(),
            "queued": queued,
            "verdict": verdict,
            "jobs": self._jobs(),
        }
        if self.options.json:
            print(json.dumps(outcome, ensure_ascii=False), flush=True)
        else:
            self.console.print_json(data=outcome, ensure_ascii=False)

    def _waiting_claims(self, article: Article) -> int:
        return Claim.objects.filter(article=article, state="queued").count()

    def _drain(self) -> None:
        """Waits until the worker has done what the journey gave it to do."""
        deadline = time.monotonic() + DRAIN_PATIENCE_S
        while Job.objects.open().exists():
            if time.monotonic() > deadline:
                raise StackError(f"Jobs are still open: {list(Job.objects.open().values('name', 'state', 'error'))}")
            time.sleep(0.1)

    def _jobs(self) -> dict[str, int]:
        return {
            "done": Job.objects.filter(state=JobState.DONE).count(),
            "dead": Job.objects.filter(state=JobState.DEAD).count(),
            "open": Job.objects.open().count(),
        }


@contextmanager
def _quiet() -> Iterator[None]:
    """The lines that the services log are for the logs of a service, not for the person who looks at this start."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.setLevel(level)
