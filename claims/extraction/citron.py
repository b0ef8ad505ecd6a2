"""Citron JSON (bbc/citron, `docs/data_format.md`) in and out, so that its scripts read our files and we score its.

    {"text", "coreference_groups": [[span]],
     "quotes": [{"cue": span, "sources": [span], "contents": [span], "coreferences": [span], "confidence", "id"}]}

Citron knows one cue for each quote, and none without: of a cue in pieces the first one is written, and an attribution
without a cue goes to `quotes_without_cue`, a list of the same form that Citron passes over and `read` takes up.
Coreferences are where the text names who a source such as "he" is; a group holds all that stand for one source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

UNCUED = "quotes_without_cue"
_WORD = re.compile(r"\w")

Span = dict[str, Any]


def write(text: str, attributions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The document for rows of the attribution JSON or of the gold files."""
    out: dict[str, Any] = {"text": text, "quotes": [], UNCUED: []}
    groups: dict[str, set[tuple[int, int]]] = {}
    # A long text has thousands of rows and few speakers.
    places_of = cache(partial(_named, text))
    for row in attributions:
        sources = [_span(text, span["start"], span["end"]) for span in row["source"]]
        named = [span for name in _entities(row) for span in places_of(name)]
        known = {span["text"] for span in sources}
        quote: dict[str, Any] = {
            "id": row.get("id"),
            "sources": sources,
            "contents": [_span(text, span["start"], span["end"]) for span in row["content"]],
            "coreferences": [span for span in named if span["text"] not in known],
            "confidence": row.get("confidence"),
        }
        quote = {name: value for name, value in quote.items() if value is not None}
        if row["cue"]:
            first = row["cue"][0]
            out["quotes"].append({"cue": _span(text, first["start"], first["end"]), **quote})
        else:
            out[UNCUED].append(quote)
        if len(_entities(row)) == 1:
            places = {(span["start"], span["end"]) for span in (*named, *sources)}
            groups.setdefault(_entities(row)[0], set()).update(places)
    several = (sorted(group) for group in groups.values() if len(group) > 1)
    return {**out, "coreference_groups": [[_span(text, *place) for place in group] for group in several]}


def _span(text: str, start: int, end: int) -> Span:
    return {"start": start, "end": end, "text": text[start:end]}


def _entities(row: Mapping[str, Any]) -> list[str]:
    return [name for name in row.get("source_entities") or [row.get("source_entity")] if name]


def _named(text: str, name: str) -> list[Span]:
    """Where the text first has the name in so many words; nothing where it never has."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not (start and _WORD.match(text, start - 1)) and not _WORD.match(text, end):
            return [_span(text, start, end)]
        start = text.find(name, start + 1)
    return []


def read(document: Mapping[str, Any], text: str | None = None) -> tuple[str, list[dict[str, Any]]]:
    """The text and its attributions as rows of the gold files; raises ValueError with the quote at fault.

    What Citron itself found ("source" names the application) comes without the text, which is then given here; and it
    has the speaker's name among the sources, and the words beside the cue among the coreferences.
    """
    whole = document.get("text") if text is None else text
    if not isinstance(whole, str):
        raise ValueError("expected a text and quotes")
    found = "source" in document
    rows = [
        _row(whole, quote, f"{part}[{number}]", swapped=found)
        for part in ("quotes", UNCUED)
        for number, quote in enumerate(document.get(part) or ())
    ]
    return whole, sorted(rows, key=lambda row: (row["cue"] or row["content"])[0]["start"])


def _row(text: str, quote: Mapping[str, Any], name: str, *, swapped: bool) -> dict[str, Any]:
    source, others = quote.get("sources") or [], quote.get("coreferences") or []
    if swapped and others:
        source, others = others, source
    cue = [quote["cue"]] if quote.get("cue") else []
    roles = {"source": source, "cue": cue, "content": quote.get("contents") or []}
    row: dict[str, Any] = {"id": str(quote.get("id", name))}
    row |= {role: [_checked(text, span, name) for span in spans] for role, spans in roles.items()}
    if not row["cue"] and not row["content"]:
        raise ValueError(f"{name} has neither cue nor contents")
    if others:
        row["source_entities"] = [_checked(text, span, name)["text"] for span in others]
    if quote.get("confidence") is not None:
        row["confidence"] = float(quote["confidence"])
    return row


def _checked(text: str, span: Mapping[str, Any], name: str) -> Span:
    start, end = span["start"], span["end"]
    if not 0 <= start < end <= len(text):
        raise ValueError(f"{name}: {start} to {end} lies outside the text of {len(text)} code points")
    if span.get("text", text[start:end]) != text[start:end]:
        raise ValueError(f"{name}: the text has {text[start:end]!r} at {start}, not {span['text']!r}")
    return _span(text, start, end)
