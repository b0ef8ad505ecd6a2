"""`manage.py extract PATH… [--format json|jsonl|text|citron|brat|webannotation]`: attributions and claims of texts,
without a database.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from claims.extraction import brat, citron, webannotation
from claims.extraction.pipeline import extract
from claims.extraction.types import Extraction

_LONG = 500_000
"""Code points from which progress is shown (on a terminal)."""


class Command(BaseCommand):
    help = "Finds who said what in texts: files, - for standard input, or .jsonl[.gz] with {id, text} a line."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="a text file, - for standard input, or .jsonl[.gz]"
        )
        parser.add_argument(
            "--format",
            choices=["json", "jsonl", "text", "citron", "brat", "webannotation"],
            default="json",
            help="json (default); jsonl, Citron JSON and W3C Web Annotations have a line for each text when there are "
            "several; text is for people; brat is one .ann",
        )
        parser.add_argument(
            "--published-on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day that “on Monday” counts from"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        published: date | None = options["published_on"]
        form: str = options["format"]
        texts = [
            item for path in options["paths"] for item in ([(path, None)] if _is_jsonl(path) else [(path, _read(path))])
        ]
        many = len(texts) > 1 or texts[0][1] is None
        if many and form == "brat":
            raise CommandError("brat has a file for each text: give one text at a time")
        for path, text in texts:
            for name, one in _rows(path) if text is None else [(_name(path), text)]:
                self._write(extracted(one, published), one, form, name, many=many)

    def _write(self, found: Extraction, text: str, form: str, name: Any, *, many: bool) -> None:
        if form == "text":
            self.stdout.write(rendered(found, text, name, colour=_terminal(self.stdout)), ending="")
        elif form == "brat":
            self.stdout.write(_safe(brat.write(text, found.as_json()["attributions"])), ending="")
        else:
            one_line = many or form == "jsonl"
            row = {"id": name, **document(found, text, form)} if one_line else document(found, text, form)
            self.stdout.write(_safe(json.dumps(row, ensure_ascii=False, indent=None if one_line else 1)))


def document(found: Extraction, text: str, form: str) -> dict[str, Any]:
    """The extraction in one of the forms that are JSON."""
    rows = found.as_json()["attributions"]
    if form == "citron":
        return citron.write(text, rows)
    if form == "webannotation":
        source = webannotation.content_address(found.text_sha256)
        return webannotation.page(text, rows, source=source, sha256=found.text_sha256)
    return found.as_json()


def extracted(text: str, published: date | None) -> Extraction:
    """The extraction, with a progress bar on standard error when the text is long and somebody watches."""
    if len(text) < _LONG or not sys.stderr.isatty():
        return extract(text, published_on=published)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=len(text))
        return extract(text, published_on=published, progress=lambda done, _all: bar.update(task, completed=done))


def _is_jsonl(path: str) -> bool:
    return path.endswith((".jsonl", ".jsonl.gz"))


def _name(path: str) -> str:
    return "-" if path == "-" else Path(path).name.split(".")[0]


def _read(path: str) -> str:
    """The text of a file exactly as it is: line ends are part of the offsets."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{path}: not UTF-8 at byte {error.start}; convert it first, for example with iconv"
        ) from error
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _rows(path: str) -> Iterator[tuple[Any, str]]:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.endswith(".gz")
            else Path(path).open(encoding="utf-8") as rows
        ):
            for number, line in enumerate(rows, start=1):
                if line.strip():
                    yield _row(path, number, line)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error


def _row(path: str, number: int, line: str) -> tuple[Any, str]:
    try:
        row = json.loads(line)
        if not isinstance(row["text"], str):
            raise TypeError("the text is no string")
        return row["id"], row["text"]
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f'{path}, line {number}: expected {{"id": …, "text": …}} ({error})') from error


def _terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", lambda: False)())


def _safe(line: str) -> str:
    """Lone surrogates cannot be printed; JSON can name them."""
    return line.encode("utf-8", "backslashreplace").decode("utf-8")


def rendered(found: Extraction, text: str, name: Any, *, colour: bool) -> str:
    """A page for people: each attribution with source, cue and content told apart by word and, where possible,
    colour.
    """
    console = Console(force_terminal=colour, no_color=not colour, width=100, highlight=False)
    with console.capture() as captured:
        if name is not None:
            console.rule(Text(_shown(str(name))))
        for note in found.notes:
            console.print(Text(note, style="yellow"))
        for one in found.attributions:
            tail = [
                one.stance,
                one.quote_type,
                *([f"via {one.channel}"] if one.channel else []),
                f"confidence {one.confidence:.2f}",
            ]
            tail += [f"on {one.said_on.isoformat()}"] if one.said_on else []
            tail += [f"inside {one.parent}"] if one.parent else []
            tail += [f"answers {one.responds_to}"] if one.responds_to else []
            tail += [f"the outlet {one.narrator}"] if one.narrator != "neutral" else []
            console.print(Text.assemble((f"{one.id:>4}  ", "bold"), (", ".join(tail), "dim")))
            source = " … ".join(_shown(span.text) for span in one.source) or "(none named)"
            known = f"  = {_shown(one.source_entity)}" if one.source_entity and one.source_entity != source else ""
            console.print(Text.assemble(("      source   ", "bold cyan"), (source, "cyan"), known))
            console.print(
                Text.assemble(
                    ("      cue      ", "bold magenta"),
                    (" … ".join(_shown(s.text) for s in one.cue) or "(none)", "magenta"),
                )
            )
            console.print(
                Text.assemble(
                    ("      content  ", "bold green"), (" … ".join(_shown(s.text) for s in one.content), "green")
                )
            )
        if found.claims:
            console.print(Text("\nClaims", style="bold"))
        for claim in found.claims:
            links = ", ".join(f"{link.id} {link.stance}" for link in claim.attributions)
            head = f"{claim.id:>4}  {claim.checkability}, worth {claim.check_worthiness:.2f} ({links})"
            console.print(Text.assemble((head, "dim"), "\n      ", _shown(claim.text)))
        for restated in found.restatements:
            console.print(
                Text.assemble(("\nThe outlet repeats ", "bold"), restated.restates, ": ", _shown(restated.span.text))
            )
        if not found.attributions and not found.notes:
            console.print(f"No attribution found in {len(text)} characters.")
    return captured.get()


def _shown(words: str) -> str:
    """Control characters, direction overrides and lone surrogates must not rule the terminal: they are spelled out."""
    return "".join(sign if sign.isprintable() else " " if sign in "\n\t" else f"\\u{ord(sign):04x}" for sign in words)
