"""`manage.py train_extraction`: trains the encoder on annotated stories and writes its folder, without a database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryFile
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
        parser.add_argument(
            "--base", default="minilm", help="minilm (default), or the folder of another encoder with BERT's vocabulary"
        )
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
        learn, held, passed = _data(options["corpus"], options["dev"])
        _writable(options["out"])
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
        told = f"{len(learn)} articles to learn from, {len(held)} held out"
        self.stdout.write(f"{told}, {passed} of the corpus passed over as held out" if passed else told)
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


def _data(corpus: list[Path], dev: list[Path] | None) -> tuple[list[Annotated], list[Annotated], int]:
    """What to learn from; what is held out, which is the articles of `dev` or a tenth of the corpus; and how many of
    the corpus are neither.
    """
    read = [(path, article) for path in corpus for article in _read("--corpus", path)]
    if not dev:
        held = [article for _, article in read if is_held_out(article.name)]
        learn = [article for _, article in read if not is_held_out(article.name)]
        if not learn or not held:
            raise CommandError(f"{len(read)} articles are too few to hold some out; name held-out articles with --dev")
        return learn, held, 0
    held = [article for path in dev for article in _read("--dev", path)]
    known = {article.name for article in held}
    learn = [article for path, article in read if article.name not in known and not _never(path, article)]
    if not learn:
        raise CommandError("--corpus: nothing is left to learn from without what --dev names and our corpus holds out")
    return learn, held, len(read) - len(learn)


def _read(option: str, path: Path) -> list[Annotated]:
    try:
        found = list(articles(path))
    except AnnotationError as error:
        raise CommandError(str(error)) from error
    if not found:
        raise CommandError(f"{option}: {path} holds no articles")
    return found


def _never(path: Path, article: Annotated) -> bool:
    """Whether the article is one of our stories that no model may learn, since all are measured on them."""
    return STORIES in (path.resolve(), path.resolve().parent) and is_held_out(article.name)


def _writable(out: Path) -> None:
    """Asked before a training of hours rather than after it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise CommandError(f"--out {out}: {error.strerror}; name a folder that can be written to") from error


def _described(path: Path) -> str:
    """A name without the folders of somebody's machine."""
    return "corpus" if path.resolve() == STORIES else path.name
