"""`manage.py score_extraction GOLD`: how well an engine finds the attributions of a gold file or folder, without a
database.
"""

from __future__ import annotations

import gzip
import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.extraction.pipeline import extract
from claims.extraction.scoring import interval, tally, total

ENGINES: Mapping[str, Callable[[str], Any]] = {"rules": extract}


class Command(BaseCommand):
    help = "Scores an engine against gold attributions: a .json beside its .txt, a .jsonl[.gz], or a folder of .json."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gold", metavar="GOLD")
        parser.add_argument("--engine", choices=sorted(ENGINES), default="rules")
        parser.add_argument(
            "--min-confidence", type=float, default=0.0, metavar="X", help="leave out what is less sure"
        )
        parser.add_argument(
            "--bootstrap", action="store_true", help="95 %% intervals of the relations' F1 over articles"
        )
        parser.add_argument("--speed", action="store_true", help="add words per second on one core")

    def handle(self, *args: Any, **options: Any) -> None:
        engine = ENGINES[options["engine"]]
        tallies, words, seconds = [], 0, 0.0
        for text, gold in gold_articles(Path(options["gold"])):
            before = time.perf_counter()
            found = engine(text).attributions
            seconds += time.perf_counter() - before
            words += len(text.split())
            tallies.append(
                tally(text, gold, [one.as_json() for one in found if one.confidence >= options["min_confidence"]])
            )
        report: dict[str, Any] = {"articles": len(tallies), **total(tallies).report()}
        if options["bootstrap"]:
            for name in ("relation_lenient", "relation_strict"):
                report[name]["f1_95"] = list(interval(tallies, name))
        if options["speed"]:
            report["words_per_second"] = round(words / seconds) if seconds else 0
        self.stdout.write(json.dumps(report))


def gold_articles(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Text and gold attributions of each article; a .json without "text" has its text in the .txt of the same first
    stem.
    """
    try:
        if path.is_dir():
            for file in sorted(path.glob("*.json")):
                yield from _one(json.loads(file.read_text("utf-8")), file)
        elif ".jsonl" in path.name:
            zipped = path.suffix == ".gz"
            with gzip.open(path, "rt", encoding="utf-8") if zipped else path.open(encoding="utf-8") as lines:
                for line in lines:
                    yield from _one(json.loads(line), path)
        else:
            yield from _one(json.loads(path.read_text("utf-8")), path)
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(f"{path}: {error}") from error


def _one(row: dict[str, Any], file: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    text = row.get("text")
    if text is None:
        beside = file.parent / f"{file.name.split('.')[0]}.txt"
        with beside.open(encoding="utf-8", newline="") as opened:
            text = opened.read()
    yield text, row["attributions"]
