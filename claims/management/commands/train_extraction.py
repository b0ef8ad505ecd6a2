"""`manage.py train_extraction`: trains the encoder on annotated stories and writes its folder, without a database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from claims.extraction.annotated import Annotated, AnnotationError, articles
from claims.extraction.corpus import STORIES, is_held_out

_EVERY = 50
"""Steps between two lines of the log, where nobody watches a bar."""


class Command(BaseCommand):
    help = (
        "Trains the encoder of the engine. CORPUS is a folder of marked stories (also what export_corrections writes), "
        "a .jsonl[.gz] or a folder of brat files. Needs the extra: uv sync --extra training"
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--corpus", nargs="+", type=Path, default=[STORIES], metavar="PATH", help="what to learn from"
        )
        parser.add_argument(
            "--dev", nargs="+", type=Path, metavar="PATH", help="held out (default: a tenth of the corpus)"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of the model")
        parser.add_argument("--base", default="minilm", help="minilm (default), or the folder of another BERT encoder")
        parser.add_argument("--epochs", type=int, default=4)
        parser.add_argument("--layers", type=int, default=3, help="of the base encoder, from below (default 3)")
        parser.add_argument(
            "--batch", type=int, default=16, help="windows a step (default 16; fewer for a small corpus)"
        )
        parser.add_argument("--seed", type=int, default=20230418)
        parser.add_argument(
            "--beta",
            type=float,
            default=0.8,
            help="what is kept is set by the best F score with this beta: below 1 (default 0.8) precision counts more",
        )
        parser.add_argument("--rate", type=float, default=1e-4, help="learning rate of the base encoder")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from claims.extraction.training.loop import Settings, train
        except ImportError as error:
            raise CommandError(f"{error.name} is not installed; training needs: uv sync --extra training") from error
        learn, held = _data(options["corpus"], options["dev"])
        chosen = Settings(
            epochs=options["epochs"],
            batch=options["batch"],
            layers=options["layers"],
            seed=options["seed"],
            rate=options["rate"],
            beta=options["beta"],
        )
        data = {
            "corpus": [_described(path) for path in options["corpus"]],
            "articles": len(learn),
            "attributions": sum(len(article.attributions) for article in learn),
            "held_out": [article.name for article in held],
        }
        self.stdout.write(f"{len(learn)} articles to learn from, {len(held)} held out")
        watched = self.stderr.isatty()
        with Progress(console=Console(stderr=True), disable=not watched, transient=True) as bar:
            task = bar.add_task("training", total=None)

            def report(step: int, steps: int, line: str) -> None:
                bar.update(task, completed=step, total=steps, description=line)
                if not watched and (step % _EVERY == 0 or step == steps):
                    self.stdout.write(f"{step}/{steps} {line}")
                    self.stdout.flush()

            try:
                found = train(learn, held, options["out"], chosen, data, base=options["base"], report=report)
            except FileNotFoundError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(found))


def _data(corpus: list[Path], dev: list[Path] | None) -> tuple[list[Annotated], list[Annotated]]:
    try:
        learn = [article for path in corpus for article in articles(path)]
        if dev:
            return learn, [article for path in dev for article in articles(path)]
    except AnnotationError as error:
        raise CommandError(str(error)) from error
    held = [article for article in learn if is_held_out(article.name)]
    rest = [article for article in learn if not is_held_out(article.name)]
    if not rest or not held:
        raise CommandError(f"{len(learn)} articles are too few to hold some out; name held-out articles with --dev")
    return rest, held


def _described(path: Path) -> str:
    """A name without the folders of somebody's machine."""
    return "corpus" if path.resolve() == STORIES else path.name
