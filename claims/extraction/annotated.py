"""Annotated articles from files, in every form that the project reads: marked stories, the gold files' JSON, brat,
Citron.

FOLDER       `.json` of one article each; else `.ann` (brat); else stories `.txt` with marks
FILE         .txt with marks, .json (its text inside or in the `.txt` of the same first stem), .jsonl or .jsonl.gz, .ann

A `.json` or a line with "quotes" is Citron's. The text of `NAME.ann` is `NAME.txt` beside it, or, as in PolNeAR's
folders, that of `attributions/NAME_annotator.ann` is `text/NAME.txt`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from claims.extraction import brat, citron, marks

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text with its gold attributions, as the gold files have them."""

    name: str
    text: str
    attributions: Rows
    published_on: date | None = None
    kind: str = ""


class AnnotationError(Exception):
    """A file that cannot be read as annotated articles: which, and why."""


def articles(path: Path) -> Iterator[Annotated]:
    """The articles of a file or folder in the order of their names; raises AnnotationError."""
    try:
        if path.is_dir():
            yield from _folder(path)
        else:
            yield from _file(path)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise AnnotationError(f"{path}: {error}") from error


def _folder(path: Path) -> Iterator[Annotated]:
    forms: tuple[tuple[str, Any], ...] = (("*.json", _file), ("*.ann", _brat), ("*.txt", _story))
    for pattern, read in forms:
        files = sorted(path.glob(pattern))
        if files:
            for file in files:
                yield from read(file)
            return
    raise ValueError("a folder without .json, .ann or .txt files")


def _file(path: Path) -> Iterator[Annotated]:
    if ".jsonl" in path.name:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(json.loads(line), path, f"{path.name}:{number}")
    elif path.suffix == ".ann":
        yield from _brat(path)
    elif path.suffix == ".txt":
        yield from _story(path)
    else:
        yield _row(json.loads(path.read_text("utf-8")), path, path.name.split(".")[0])


def _story(path: Path) -> Iterator[Annotated]:
    try:
        story = marks.read(path.read_text("utf-8"))
    except marks.MarkError as error:
        raise ValueError(f"{path.name}: {error}") from error
    yield Annotated(path.stem, story.text, story.as_json()["attributions"], story.published_on, story.kind)


def _brat(path: Path) -> Iterator[Annotated]:
    beside = path.with_suffix(".txt")
    if not beside.exists() and path.parent.name == "attributions":
        beside = path.parent.with_name("text") / f"{path.stem.rpartition('_')[0]}.txt"
    text = _exactly(beside)
    yield Annotated(path.stem, text, brat.read(_exactly(path), text))


def _exactly(path: Path) -> str:
    """The text of a file with its own line ends: they count in the offsets, and may stand in the words of a span."""
    with path.open(encoding="utf-8", newline="") as opened:
        return opened.read()


def _row(row: Mapping[str, Any], path: Path, name: str) -> Annotated:
    if not isinstance(row, Mapping):
        raise TypeError(f"{name}: expected an object with attributions or quotes")
    text = row.get("text")
    if text is None:
        text = _exactly(path.parent / f"{path.name.split('.')[0]}.txt")
    if "quotes" in row:
        return Annotated(str(row.get("id", name)), *citron.read(row, text))
    day = (row.get("article") or {}).get("published_on")
    return Annotated(str(row.get("id", name)), text, row["attributions"], date.fromisoformat(day) if day else None)
