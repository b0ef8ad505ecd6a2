"""brat stand-off (Stenetorp et al., EACL 2012) in and out, in the layout of PolNeAR's own files: entities Source, Cue
and Content, and for each attribution an event whose trigger covers the cue.

    T1	Source 0 9	The mayor
    T2	Cue 10 14	said
    T3	Content 15 40;50 60	the text of both pieces
    T4	Attribution 10 14	said
    E1	Attribution:T4 Source:T1 Cue:T2 Content:T3
    A1	Stance E1 denies
    A2	Optional E1
    #1	Source-entity E1	Anna Bell
    R1	Parent Arg1:E2 Arg2:E1

Without a source the trigger is an `Attribution-no-source`; without a cue it covers the content. Attributes, the note
with the source's name and relations between events (Parent, Responds-to) are brat's own means for what PolNeAR does not
annotate. The note is of a kind of its own, since `AnnotatorNotes` are what people remark. Read are also events on the
cue itself (`E1 Cue:T2 Content:T3`) and relations for attributions (`R1 Attribution Arg1:T1 Arg2:T3`); events and
relations of other kinds are passed over with what is said of them. Discontinuous spans are brat's `a b;c d`, in any
order. Offsets are code points, as brat's are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from operator import itemgetter
from typing import Any

_ROLES = {"source": "Source", "cue": "Cue", "content": "Content"}
_ROLE_OF = {name.lower(): role for role, name in _ROLES.items()}
_TRIGGER, _SOURCELESS = "Attribution", "Attribution-no-source"
_KINDS = frozenset({_TRIGGER, _SOURCELESS, "Cue"})
_LINKS = {"Parent": "parent", "Responds-to": "responds_to"}
_ATTRIBUTES = {"Stance": "stance", "Quote-type": "quote_type"}
_OPTIONAL = "Optional"
_NAMES = "Source-entity"
_ARGUMENT = re.compile(r"[^\s:]+:(\S+)")

Range = tuple[int, int]
Entities = Mapping[str, tuple[str, list[Range]]]


def read(annotation: str, text: str) -> list[dict[str, Any]]:
    """The attributions of an `.ann` file as rows of the gold files; raises ValueError with the line at fault."""
    entities: dict[str, tuple[str, list[Range]]] = {}
    attributions: list[tuple[int, str, str]] = []
    links: list[tuple[int, str, str]] = []
    said: list[tuple[int, str, str]] = []
    passed: set[str] = set()
    # brat ends lines with \n alone; other line ends may stand in a span's words.
    for number, line in enumerate(annotation.split("\n"), start=1):
        name, _, rest = line.removesuffix("\r").partition("\t")
        if name.startswith("T"):
            entities[name] = _entity(name, rest.partition("\t")[0], number, len(text))
        elif name.startswith(("E", "R")):
            kind = rest.partition(" ")[0].partition(":")[0]
            if kind in _KINDS:
                attributions.append((number, name, rest))
            elif kind in _LINKS:
                links.append((number, name, rest))
            else:
                passed.add(name)
        elif name.startswith(("A", "M", "#")):
            said.append((number, name, rest))
    rows = {one[1]: _row(*one, entities, text) for one in attributions}
    for line_number, name, written in links:
        kind, *ends = _words(written, 3, line_number)
        first, second = (end.partition(":")[2] for end in ends[:2])
        if _about_others((first, second), passed):
            continue
        linked = _known(rows, second, name, line_number)
        _known(rows, first, name, line_number)[_LINKS[kind]] = linked["id"]
    for line_number, name, written in said:
        _say(rows, passed, line_number, name, written)
    return list(rows.values())


def _about_others(targets: Iterable[str], passed: Set[str]) -> bool:
    """Whether one of them is an entity, or an event or relation that was passed over."""
    return any(target in passed or not target.startswith(("E", "R")) for target in targets)


def _entity(name: str, written: str, line: int, length: int) -> tuple[str, list[Range]]:
    kind, _, places = written.partition(" ")
    try:
        ranges = [(int(a), int(b)) for a, b in (piece.split() for piece in places.split(";"))]
    except ValueError:
        raise ValueError(f"line {line}: expected “{kind} start end[;start end]”, found {written!r}") from None
    if any(not 0 <= start < end <= length for start, end in ranges):
        raise ValueError(f"line {line}: {name} lies outside the text of {length} code points")
    return kind, ranges


def _row(line: int, name: str, written: str, entities: Entities, text: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": name, "source": [], "cue": [], "content": []}
    for target in _ARGUMENT.findall(written):
        kind, ranges = _known(entities, target, name, line)
        role = _ROLE_OF.get(kind.lower())
        if role is not None:
            row[role] += [{"start": start, "end": end, "text": text[start:end]} for start, end in ranges]
    if not row["content"] and not row["cue"]:
        raise ValueError(f"line {line}: {name} has neither cue nor content")
    for role in _ROLES:
        row[role].sort(key=itemgetter("start"))
    return row


def _words(written: str, least: int, line: int) -> list[str]:
    words = written.split()
    if len(words) < least:
        raise ValueError(f"line {line}: expected {least} words, found {written!r}")
    return words


def _known(known: Mapping[str, Any], target: str, name: str, line: int) -> Any:
    if target not in known:
        raise ValueError(f"line {line}: {name} names {target}, which is not in the file")
    return known[target]


def _say(rows: Mapping[str, dict[str, Any]], passed: Set[str], line: int, name: str, written: str) -> None:
    """Takes up an attribute or a note of an attribution; those of others, which brat allows too, are passed over."""
    about, _, note = written.partition("\t")
    kind, target, *values = _words(about, 2, line)
    if _about_others([target], passed):
        return
    row = _known(rows, target, name, line)
    if kind in _ATTRIBUTES and values:
        row[_ATTRIBUTES[kind]] = values[0]
    elif kind == _OPTIONAL:
        row["required"] = False
    elif kind == _NAMES and note:
        row["source_entities"] = note.split("; ")


def write(text: str, attributions: Iterable[Mapping[str, Any]]) -> str:
    """Attributions (rows of the attribution JSON or of the gold files) as an `.ann` file; `read` gives them back."""
    out = _Written(text)
    rows = list(attributions)
    for row in rows:
        out.event(row)
    events = {row["id"]: f"E{number}" for number, row in enumerate(rows, start=1) if row.get("id") is not None}
    for number, row in enumerate(rows, start=1):
        for kind, key in _LINKS.items():
            if row.get(key) in events:
                out.add("R", f"{kind} Arg1:E{number} Arg2:{events[row[key]]}")
    return "".join(f"{line}\n" for line in out.lines)


class _Written:
    """The lines of a file; a span that serves two attributions is one entity, as in PolNeAR."""

    def __init__(self, text: str) -> None:
        self.lines: list[str] = []
        self._text = text
        self._numbers = dict.fromkeys("TERA#", 0)
        self._entities: dict[tuple[str, str], str] = {}

    def add(self, letter: str, written: str) -> str:
        self._numbers[letter] += 1
        name = f"{letter}{self._numbers[letter]}"
        self.lines.append(f"{name}\t{written}")
        return name

    def event(self, row: Mapping[str, Any]) -> None:
        roles = {kind: self._entity(kind, row[role]) for role, kind in _ROLES.items() if row.get(role)}
        trigger = _TRIGGER if row.get("source") else _SOURCELESS
        covering = self.add("T", self._spelled(trigger, row["cue"] or row["content"]))
        arguments = [f"{kind}:{entity}" for kind, entity in roles.items()]
        event = self.add("E", " ".join([f"{trigger}:{covering}", *arguments]))
        for kind, key in _ATTRIBUTES.items():
            if row.get(key):
                self.add("A", f"{kind} {event} {row[key]}")
        if not row.get("required", True):
            self.add("A", f"{_OPTIONAL} {event}")
        names = [name for name in row.get("source_entities") or [row.get("source_entity")] if name]
        if names:
            self.add("#", f"{_NAMES} {event}\t{'; '.join(' '.join(name.split()) for name in names)}")

    def _entity(self, kind: str, spans: Iterable[Mapping[str, Any]]) -> str:
        written = self._spelled(kind, spans)
        key = kind, written.partition("\t")[0]
        if key not in self._entities:
            self._entities[key] = self.add("T", written)
        return self._entities[key]

    def _spelled(self, kind: str, spans: Iterable[Mapping[str, Any]]) -> str:
        ranges = [(span["start"], span["end"]) for span in spans]
        words = " ".join(" ".join(self._text[start:end].split()) for start, end in ranges)
        return f"{kind} {';'.join(f'{start} {end}' for start, end in ranges)}\t{words}"
