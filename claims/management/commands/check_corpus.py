"""`manage.py check_corpus`: whether every story of the corpus can be read, and what it holds, without a database."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.extraction import marks
from claims.extraction.corpus import FOLDER, SECOND, STORIES
from claims.extraction.grammar.sentences import paragraphs
from claims.extraction.scoring import score
from claims.rules.unitizing import Unit, stretches, unitizing_alpha

_SAYING = re.compile(
    r"\b(?:sa(?:id|ys|ying)|told|tells|claim(?:s|ed|ing)|den(?:y|ies|ied|ying)|accus(?:es|ed|ing)|announc(?:es|ed|ing)|"
    r"according to|insist(?:s|ed|ing)|warn(?:s|ed|ing)|argu(?:es|ed|ing)|alleg(?:es|ed|ing|edly)|reportedly)\b",
    re.IGNORECASE,
)


class Command(BaseCommand):
    help = "Reads the corpus, names each mistake with its file and line, and counts what is there."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="FILE", help="stories; all of the corpus when none is named")
        parser.add_argument(
            "--agreement", action="store_true", help="how far the second annotators agree with the first ones"
        )
        parser.add_argument("--doubts", action="store_true", help="list words of saying that no cue covers")

    def handle(self, *args: Any, **options: Any) -> None:
        files = [Path(path) for path in options["paths"]] or sorted(FOLDER.glob("*/*.txt"))
        wrong, kinds, counts = 0, Counter[str](), Counter[str]()
        for file in files:
            try:
                story = marks.read(file.read_text("utf-8"))
            except (OSError, ValueError) as error:
                wrong += 1
                self.stderr.write(f"{file}: {error}")
                continue
            strangers = marks.strangers(story)
            if strangers:
                wrong += 1
                self.stderr.write(f"{file}: {'; '.join(strangers)}")
            if file.resolve().parent == SECOND:
                counts["SECOND ANNOTATIONS"] += 1
            else:
                kinds[story.kind] += 1
                counts.update(_counts(story))
            if options["doubts"]:
                for doubt in doubts(story):
                    self.stdout.write(f"{file}: no cue: {doubt}")
        for name, number in [*sorted(counts.items()), *sorted(kinds.items())]:
            self.stdout.write(f"{number:7d} {name}")
        if options["agreement"]:
            self.stdout.write(json.dumps(agreement()))
        if wrong:
            raise CommandError(f"{wrong} of {len(files)} files have mistakes")


def agreement() -> dict[str, Any]:
    """The second annotation of each story scored against the first: F1 is the same whichever of the two is the gold.

    And Krippendorff's alpha for unitizing, by role, with all stories as one long text.
    """
    pairs = [
        (marks.read((STORIES / file.name).read_text("utf-8")), marks.read(file.read_text("utf-8")))
        for file in sorted(SECOND.glob("*.txt"))
    ]
    rows = [(first.as_json(), second.as_json()) for first, second in pairs]
    for (first, second), (mine, theirs) in zip(pairs, rows, strict=True):
        if first.text != second.text:
            raise CommandError(f"{first.title}: the second annotation has another text")
        for row in mine["attributions"] + theirs["attributions"]:
            row["required"] = True  # who sees a statement and who an attitude is no question of spans
    scores = score((first["text"], first["attributions"], second["attributions"]) for first, second in rows)
    return {**scores, "unitizing_alpha": {role: _unitizing(pairs, role) for role in ("source", "cue", "content")}}


def _unitizing(pairs: list[tuple[marks.Story, marks.Story]], role: str) -> float | None:
    at, one, other = 0, list[Unit](), list[Unit]()
    for first, second in pairs:
        one += [(at + start, at + end) for start, end in _stretches(first, role)]
        other += [(at + start, at + end) for start, end in _stretches(second, role)]
        at += len(first.text)
    found = unitizing_alpha([(one, other)], at)
    return None if found is None else round(found, 3)


def _stretches(story: marks.Story, role: str) -> list[Unit]:
    return stretches(span for row in story.attributions for span in getattr(row, role))


def _counts(story: marks.Story) -> Counter[str]:
    rows = story.attributions
    return Counter(
        {
            "STORIES": 1,
            "WORDS": len(story.text.split()),
            "ATTRIBUTIONS": len(rows),
            "attitudes": sum(not row.required for row in rows),
            "nested": sum(parent is not None for parent in story.parents()),
            "without source": sum(not row.source for row in rows),
            "discontinuous": sum(len(row.content) > 1 for row in rows),
            "answers": sum(row.responds_to is not None for row in rows),
            "restatements": len(story.restatements),
        }
    )


def doubts(story: marks.Story) -> Iterator[str]:
    """Words of saying outside all cues and outside quotations, each with the words around it: perhaps forgotten."""
    covered = [span for row in story.attributions for span in row.cue]
    covered += [(one.start, one.end) for paragraph in paragraphs(story.text) for one in paragraph.quoted]
    for found in _SAYING.finditer(story.text):
        if not any(start < found.end() and found.start() < end for start, end in covered):
            around = story.text[max(0, found.start() - 40) : found.end() + 40]
            yield f"…{' '.join(around.split())}…"
