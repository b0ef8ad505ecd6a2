"""`manage.py score_coreference --gap FILE --corpus [PATH]`: how well pronouns and sources are led back to names,
without a database.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.extraction import annotated, corpus, identities
from claims.extraction.pipeline import extract


class Command(BaseCommand):
    help = "Scores the resolver on GAP's pronouns, on the sources of annotated stories, or both."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--gap", metavar="FILE", type=Path, help="a .tsv of GAP")
        parser.add_argument(
            "--corpus",
            metavar="PATH",
            type=Path,
            nargs="?",
            const=corpus.STORIES,
            help="annotated stories; without a path the project's own",
        )
        parser.add_argument("--rules", action="store_true", help="read the stories by the rules alone")
        parser.add_argument("--misses", action="store_true", help="list what was named otherwise than in the stories")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["gap"] is None and options["corpus"] is None:
            raise CommandError("Name a GAP file with --gap, or stories with --corpus.")
        report: dict[str, Any] = {}
        if options["gap"] is not None:
            try:
                report["gap"] = identities.gap_report(identities.gap(options["gap"]))
            except (OSError, ValueError, KeyError) as error:
                raise CommandError(f"{options['gap']} is no GAP file: {error}") from error
        if options["corpus"] is not None:
            report["corpus"] = self._corpus(options["corpus"], options)
        self.stdout.write(json.dumps(report))

    def _corpus(self, path: Path, options: dict[str, Any]) -> dict[str, Any]:
        rows = []
        chosen: dict[str, Any] = {"model": None} if options["rules"] else {}
        try:
            for story in annotated.articles(path):
                found = extract(story.text, published_on=story.published_on, **chosen).as_json()["attributions"]
                for kind, right, gold, ours in identities.judged(story.text, story.attributions, found):
                    rows.append((kind, right))
                    if options["misses"] and not right:
                        said = identities.worded(story.text, gold.get("source"))
                        names = gold.get("source_entities") or []
                        self.stdout.write(f"{story.name} {kind}: “{said}” is {names}, not {ours['source_entity']}")
        except annotated.AnnotationError as error:
            raise CommandError(str(error)) from error
        return identities.corpus_report(rows)
