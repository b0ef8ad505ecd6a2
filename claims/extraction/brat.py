"""brat stand-off (Stenetorp et al., EACL 2012) in and out, in the layout of PolNeAR: entities Source, Cue and Content,
and an event per attribution with the cue as its trigger.

    T1	Cue 10 14	said
    T2	Content 15 40;50 60	the text of both pieces
    T3	Source 0 9	The mayor
    E1	Cue:T1 Content:T2 Source:T3

An attribution without a cue is an event on its content (`E2 Content:T4`). Discontinuous spans are brat's own `a b;c d`.
Offsets are code points, as brat's are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_ROLES = {"cue": "Cue", "source": "Source", "content": "Content"}
_ROLE_OF = {name.lower(): role for role, name in _ROLES.items()}
_ARGUMENT = re.compile(r"([A-Za-z]+?)(?:-?Arg)?\d*:([TE]\d+)")

Range = tuple[int, int]


def read(annotation: str, text: str) -> list[dict[str, Any]]:
    """The attributions of an `.ann` file as rows of the gold files; raises ValueError with the line at fault."""
    spans: dict[str, tuple[str, list[Range]]] = {}
    events: list[tuple[int, str, str]] = []
    for number, line in enumerate(annotation.splitlines(), start=1):
        name, _, rest = line.partition("\t")
        if name.startswith("T"):
            kind, ranges = _entity(rest.partition("\t")[0], number)
            if any(not 0 <= start < end <= len(text) for start, end in ranges):
                raise ValueError(f"line {number}: {name} lies outside the text of {len(text)} code points")
            spans[name] = kind, ranges
        elif name.startswith(("E", "R")):
            events.append((number, name, rest))
    return [_event(*event, spans, text) for event in events]


def _entity(written: str, line: int) -> tuple[str, list[Range]]:
    kind, _, places = written.partition(" ")
    try:
        ranges = [(int(a), int(b)) for a, b in (piece.split() for piece in places.split(";"))]
    except ValueError:
        raise ValueError(f"line {line}: expected “{kind} start end[;start end]”, found {written!r}") from None
    return kind, ranges


def _event(
    line: int, name: str, written: str, spans: Mapping[str, tuple[str, list[Range]]], text: str
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": name, "source": [], "cue": [], "content": []}
    for _, target in _ARGUMENT.findall(written):
        if target not in spans:
            raise ValueError(f"line {line}: {name} names {target}, which is not in the file")
        kind, ranges = spans[target]
        role = _ROLE_OF.get(kind.lower())
        if role is not None:
            row[role] += [{"start": start, "end": end, "text": text[start:end]} for start, end in ranges]
    if not row["content"] and not row["cue"]:
        raise ValueError(f"line {line}: {name} has neither cue nor content")
    return row


def write(text: str, attributions: Iterable[Mapping[str, Any]]) -> str:
    """Attributions (rows of the attribution JSON) as an `.ann` file; `read` gives the same spans."""
    lines: list[str] = []
    events: list[str] = []
    for row in attributions:
        arguments = []
        for role, kind in _ROLES.items():
            if row.get(role):
                name = f"T{len(lines) + 1}"
                places = ";".join(f"{span['start']} {span['end']}" for span in row[role])
                words = " ".join(" ".join(text[span["start"] : span["end"]].split()) for span in row[role])
                lines.append(f"{name}\t{kind} {places}\t{words}")
                arguments.append(f"{kind}:{name}")
        events.append(f"E{len(events) + 1}\t{' '.join(arguments)}")
    return "".join(f"{line}\n" for line in lines + events)
