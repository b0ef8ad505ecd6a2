"""`manage.py score_extraction GOLD`: how well the engine finds the attributions of a gold file or folder, without a
database.
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from claims.extraction.annotated import Annotated, AnnotationError, articles
from claims.extraction.encoder import FOLDER, load
from claims.extraction.pipeline import engine, extract
from claims.extraction.report import ERRORS, Finding, Report, excerpt, plotted
from claims.extraction.types import Extraction

SCORES = {
    "relation_lenient": _("relation, lenient"),
    "relation_strict": _("relation, strict"),
    "source_exact": _("source, exact"),
    "cue_exact": _("cue, exact"),
    "content_exact": _("content, exact"),
    "source_token": _("source, by words"),
    "cue_token": _("cue, by words"),
    "content_token": _("content, by words"),
}
SHARES = {
    "recall_direct": _("recall of direct speech"),
    "recall_indirect": _("recall of indirect speech"),
    "recall_mixed": _("recall of mixed speech"),
    "stance_accuracy": _("stances that are right"),
    "entity_accuracy": _("names of sources that are right"),
}
KINDS = {
    "missed": (_("missed"), _("nothing was found")),
    "spurious": (_("spurious"), _("found, and none of the gold")),
    "wrong_source": (_("wrong source"), _("the source overlaps by less than half")),
    "wrong_content": (_("wrong content"), _("the same cue; the content overlaps by less than half")),
    "source_bounds": (_("source bounds"), _("the source begins or ends elsewhere")),
    "content_bounds": (_("content bounds"), _("the content begins or ends elsewhere")),
    "wrong_cue": (_("cue bounds"), _("the cue begins or ends elsewhere")),
    "wrong_stance": (_("wrong stance"), _("the source does something else with the content")),
    "wrong_entity": (_("wrong name"), _("another name for the source, or none")),
}


class Command(BaseCommand):
    help = (
        "Scores the engine against gold attributions: a .json (its text inside or in the .txt beside it), "
        "a .jsonl[.gz], a marked story, Citron JSON, brat, or a folder of one of these."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gold", type=Path, metavar="GOLD")
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--model", type=Path, default=FOLDER, metavar="DIR", help="another folder of a trained encoder"
        )
        which.add_argument("--rules", action="store_true", help="the rules alone")
        parser.add_argument(
            "--min-confidence", type=float, default=0.0, metavar="X", help="leave out what is less sure"
        )
        parser.add_argument(
            "--bootstrap", action="store_true", help="95 %% intervals of the relations' F1 over articles"
        )
        parser.add_argument("--speed", action="store_true", help="add words per second on one core")
        parser.add_argument(
            "--html", type=Path, metavar="FILE", help="write a page with each error beside its gold attribution"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file as well")

    def handle(self, *args: Any, **options: Any) -> None:
        model: Path | None = None if options["rules"] else options["model"]
        if model is not None and load(model) is None and model != FOLDER:
            raise CommandError(f"{model} holds no model that can be loaded here")
        report, shown, words, seconds = Report(), [], 0, 0.0
        for article in _articles(options["gold"]):
            before = time.process_time()
            found = extract(article.text, published_on=article.published_on, model=model)
            seconds += time.process_time() - before
            words += len(article.text.split())
            findings = report.add(article.text, article.attributions, _sure(found, options["min_confidence"]))
            if options["html"]:
                shown.append(_shown(article, findings))
        numbers = {"engine": " ".join(engine(model=model)), **report.as_json(bootstrap=options["bootstrap"])}
        if options["speed"]:
            numbers["words_per_second"] = round(words / seconds) if seconds else 0
        if options["html"]:
            options["html"].write_text(page(numbers, shown), "utf-8")
        if options["json"]:
            options["json"].write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")
        self.stdout.write(json.dumps(numbers))


def _articles(path: Path) -> list[Annotated]:
    try:
        return list(articles(path))
    except AnnotationError as error:
        raise CommandError(str(error)) from error


def _sure(found: Extraction, least: float) -> list[dict[str, Any]]:
    return [one.as_json() for one in found.attributions if one.confidence >= least]


def _shown(article: Annotated, findings: Sequence[Finding]) -> dict[str, Any]:
    """An article for the page: its errors, worst first, and what is right."""
    wrong = sorted((one for one in findings if one.kinds), key=lambda one: ERRORS.index(one.kinds[0]))
    right = [one for one in findings if not one.kinds]
    return {
        "name": article.name,
        "wrong": [_sides(article.text, one) for one in wrong],
        "right": [_sides(article.text, one) for one in right],
    }


def _sides(text: str, finding: Finding) -> dict[str, Any]:
    sides = {
        name: {"row": row, "pieces": excerpt(text, finding, row)} if row is not None else None
        for name, row in (("gold", finding.gold), ("predicted", finding.predicted))
    }
    return {"kinds": [KINDS[kind][0] for kind in finding.kinds], **sides}


def page(numbers: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> str:
    """One page that needs nothing else: no script, no picture, no font."""
    context = {
        "numbers": numbers,
        "scores": [(label, numbers[name]) for name, label in SCORES.items() if name in numbers],
        "shares": [(label, numbers[name]) for name, label in SHARES.items() if name in numbers],
        "errors": [(*KINDS[kind], count) for kind, count in numbers["errors"].items()],
        "points": plotted(numbers["calibration"]["bins"]),
        "articles": shown,
    }
    return render_to_string("claims/extraction/report.html", context)
