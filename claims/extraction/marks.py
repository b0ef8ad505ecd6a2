"""Stories with inline marks: the form in which the corpus is written, read and extended by people.

`read(written)` gives a `Story` whose text has no marks any more and whose spans are true in it; `write(story)` is its
inverse. The form is described in `corpus/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from heapq import heapify, heappop, heappush
from typing import Any, get_args

from claims.extraction.types import Narrator, Stance

KINDS = frozenset(
    "war politics courts crime business science health sport local culture environment technology education "
    "transport world other".split()
)
_HEAD = ("title", "kind", "style", "published_on")
_ROLES = {"s": "source", "q": "cue", "c": "content", "r": "restates"}
_LETTERS = {name: letter for letter, name in _ROLES.items()}
_OPEN = re.compile(r"\{([sqcr]\d+(?:,[sqcr]\d+)*):")
_LINE = re.compile(r"(?P<id>\d+) (?P<stance>[a-z]+)(?P<opt> opt)? \| (?P<entities>[^|]+?)(?: \| (?P<rest>.+))?$")
_EXTRA = re.compile(r"(re|channel|narrator|said)=(.+?)(?= (?:re|channel|narrator|said)=|$)")
_WORD = re.compile(r"\w+")
_ESCAPED = frozenset("{}\\=")
"""Signs of a story that a backslash keeps from being read as a mark."""

Range = tuple[int, int]


class MarkError(ValueError):
    """What is wrong with a written story, with its line (from 1) and what to do about it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line


@dataclass(slots=True)
class Marked:
    """One attribution of a story: spans by role as code point ranges of the story's text, and what is said of it."""

    id: int
    source: list[Range] = field(default_factory=list)
    cue: list[Range] = field(default_factory=list)
    content: list[Range] = field(default_factory=list)
    stance: Stance = "asserts"
    required: bool = True
    entities: list[str] = field(default_factory=list)
    responds_to: int | None = None
    channel: str | None = None
    narrator: Narrator = "neutral"
    said_on: date | None = None

    def spans(self) -> list[Range]:
        return self.source + self.cue + self.content


@dataclass(slots=True)
class Story:
    """A story without its marks, and its attributions in the order of their numbers."""

    title: str
    kind: str
    style: str
    published_on: date
    text: str
    attributions: list[Marked] = field(default_factory=list)
    restatements: list[tuple[Range, int]] = field(default_factory=list)

    def parents(self) -> list[int | None]:
        """For each attribution the one with the smallest content that holds its source and cue."""
        contents = sorted((start, end, one.id) for one in self.attributions for start, end in one.content)
        inner = [one.source + one.cue or one.content for one in self.attributions]
        bounds = [(min(start for start, _ in spans), max(end for _, end in spans)) for spans in inner]
        out: list[int | None] = [None] * len(bounds)
        begun: list[tuple[int, int, int]] = []
        at = 0
        for k in sorted(range(len(bounds)), key=bounds.__getitem__):
            first, last = bounds[k]
            while at < len(contents) and contents[at][0] <= first:
                begun.append(contents[at])
                at += 1
            begun = [content for content in begun if content[1] > first]
            own = self.attributions[k].id
            holding = [(end - start, number) for start, end, number in begun if last <= end and number != own]
            out[k] = min(holding)[1] if holding else None
        return out

    def as_json(self) -> dict[str, Any]:
        """The attribution JSON of the wire formats, with the text and with `required` as the gold files have it."""

        def spans(ranges: list[Range]) -> list[dict[str, Any]]:
            return [{"start": start, "end": end, "text": self.text[start:end]} for start, end in ranges]

        rows = []
        for one, parent in zip(self.attributions, self.parents(), strict=True):
            rows.append(
                {
                    "id": f"A{one.id}",
                    "required": one.required,
                    "source": spans(one.source),
                    "source_entities": list[str | None](one.entities) or [None],
                    "cue": spans(one.cue),
                    "content": spans(one.content),
                    "stance": one.stance,
                    "channel": one.channel,
                    "said_on": one.said_on.isoformat() if one.said_on else None,
                    "narrator": one.narrator,
                    "parent": f"A{parent}" if parent else None,
                    "responds_to": f"A{one.responds_to}" if one.responds_to else None,
                }
            )
        restated = [{"span": spans([span])[0], "restates": f"A{number}"} for span, number in self.restatements]
        return {
            "text": self.text,
            "article": {"title": self.title, "published_on": self.published_on.isoformat()},
            "attributions": rows,
            "restatements": restated,
        }


def read(written: str) -> Story:
    """Parses a written story; raises MarkError."""
    lines = written.replace("\r\n", "\n").split("\n")
    head, body_at = _head(lines)
    try:
        foot_at = lines.index("===")
    except ValueError:
        raise MarkError(len(lines), "the line === that ends the story is missing") from None
    text, spans = _unmarked("\n".join(lines[body_at:foot_at]).rstrip("\n "), body_at + 1)
    story = Story(head["title"], head["kind"], head["style"], _day(head["published_on"], 1), text)
    rows = _rows(lines, foot_at + 1)
    for (role, number), ranges in spans.items():
        if number not in rows:
            raise MarkError(foot_at + 1, f"attribution {number} is marked in the story and has no line below ===")
        if role == "restates":
            story.restatements += [(span, number) for span in ranges]
        else:
            setattr(rows[number], role, ranges)
    story.attributions = list(rows.values())
    for at, row in enumerate(story.attributions, start=foot_at + 2):
        _sound(story, row, rows, at)
    return story


def _head(lines: list[str]) -> tuple[dict[str, str], int]:
    head: dict[str, str] = {}
    for at, line in enumerate(lines):
        if not line.strip():
            missing = [name for name in _HEAD if not head.get(name)]
            if missing:
                raise MarkError(at + 1, f"the head lacks {', '.join(missing)}")
            if head["kind"] not in KINDS:
                raise MarkError(at + 1, f"kind {head['kind']!r} is none of {', '.join(sorted(KINDS))}")
            return head, at + 1
        name, colon, value = line.partition(":")
        if not colon or name not in _HEAD:
            raise MarkError(at + 1, f"expected one of {', '.join(_HEAD)} and a colon, or an empty line")
        head[name] = value.strip()
    raise MarkError(len(lines), "the head has no end: an empty line is missing")


def _day(written: str, line: int) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise MarkError(line, f"{written!r} is no date; write it as 2024-03-12") from None


def _unmarked(body: str, first_line: int) -> tuple[str, dict[tuple[str, int], list[Range]]]:
    out: list[str] = []
    open_marks: list[tuple[list[tuple[str, int]], int, int]] = []
    spans: dict[tuple[str, int], list[Range]] = {}
    at, line = 0, first_line
    while at < len(body):
        sign = body[at]
        if sign == "\\" and body[at + 1 : at + 2] in _ESCAPED:
            out.append(body[at + 1])
            at += 2
        elif sign == "{":
            found = _OPEN.match(body, at)
            if not found:
                raise MarkError(line, f"not a mark: {body[at : at + 12]!r}; write {{s1:words}} with s, q, c or r")
            names = [(_ROLES[name[0]], int(name[1:])) for name in found[1].split(",")]
            open_marks.append((names, len(out), line))
            at = found.end()
        elif sign == "}":
            if not open_marks:
                raise MarkError(line, "a } closes nothing")
            names, start, opened = open_marks.pop()
            end = len(out)
            while start < end and out[start].isspace():
                start += 1
            while start < end and out[end - 1].isspace():
                end -= 1
            if start == end:
                raise MarkError(opened, "an empty mark")
            for name in names:
                spans.setdefault(name, []).append((start, end))
            at += 1
        else:
            out.append(sign)
            line += sign == "\n"
            at += 1
    if open_marks:
        raise MarkError(open_marks[-1][2], f"the mark {open_marks[-1][0][0]} is not closed")
    text = "".join(out)
    return text, {name: _joined(ranges, text) for name, ranges in spans.items()}


def _joined(ranges: list[Range], text: str) -> list[Range]:
    """Pieces with nothing but blanks between them are one span."""
    out: list[Range] = []
    for start, end in sorted(ranges):
        if out and not text[out[-1][1] : start].strip():
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _rows(lines: list[str], start: int) -> dict[int, Marked]:
    rows: dict[int, Marked] = {}
    for at in range(start, len(lines)):
        line = lines[at].strip()
        if not line:
            continue
        found = _LINE.match(line)
        if not found:
            raise MarkError(
                at + 1, "expected: number stance [opt] | entities or - [| re=… channel=… narrator=… said=…]"
            )
        number = int(found["id"])
        if number in rows:
            raise MarkError(at + 1, f"attribution {number} has two lines")
        if found["stance"] not in get_args(Stance):
            raise MarkError(at + 1, f"stance {found['stance']!r} is none of {', '.join(get_args(Stance))}")
        names = [] if found["entities"].strip() == "-" else [name.strip() for name in found["entities"].split(";")]
        row = Marked(number, stance=found["stance"], required=not found["opt"], entities=names)  # type: ignore[arg-type]  # checked above
        _extras(row, found["rest"] or "", at + 1)
        rows[number] = row
    return rows


def _extras(row: Marked, rest: str, line: int) -> None:
    seen = _EXTRA.findall(rest)
    if rest and " ".join(f"{name}={value}" for name, value in seen) != rest.strip():
        raise MarkError(line, f"cannot read {rest!r}: expected re=, channel=, narrator=, said=")
    for name, value in seen:
        if name == "re":
            if not value.isdigit():
                raise MarkError(line, f"re={value}: expected the number of an attribution")
            row.responds_to = int(value)
        elif name == "channel":
            row.channel = value
        elif name == "narrator":
            if value not in get_args(Narrator):
                raise MarkError(line, f"narrator={value}: expected one of {', '.join(get_args(Narrator))}")
            row.narrator = value
        else:
            row.said_on = _day(value, line)


def _sound(story: Story, row: Marked, rows: Mapping[int, Marked], line: int) -> None:
    name = f"attribution {row.id}"
    if not row.content:
        raise MarkError(line, f"{name} has no content: mark {{c{row.id}:…}} in the story, or drop the line")
    if len(row.cue) > 1:
        raise MarkError(line, f"{name} has a cue in two pieces: a cue is never discontinuous")
    if not row.cue and row.source:
        raise MarkError(line, f"{name} has a source and no cue")
    if not row.cue and story.text[row.content[0][0]] not in "“\"‘'«":
        raise MarkError(line, f"{name} has no cue and is no quotation")
    if row.responds_to is not None and row.responds_to not in rows:
        raise MarkError(line, f"re={row.responds_to}: there is no such attribution")
    if row.cue and any(a < row.cue[0][1] and row.cue[0][0] < b for a, b in row.content + row.source):
        raise MarkError(line, f"the cue of {name} overlaps its own source or content")


def strangers(story: Story) -> list[str]:
    """Entities with a word that the story does not have, apart from governments: mostly slips of the pen."""
    known = {word.casefold() for word in _WORD.findall(story.text)}
    return [
        f"attribution {row.id}: {word!r} of the entity {entity!r} does not stand in the story"
        for row in story.attributions
        for entity in row.entities
        if not entity.startswith("Government of ")
        for word in _WORD.findall(entity)
        if word.casefold() not in known
    ]


def write(story: Story) -> str:
    """The story in its written form; `read(write(story))` gives the same spans."""
    marks: list[tuple[int, int, str]] = []
    for row in story.attributions:
        for role in ("source", "cue", "content"):
            marks += [(start, end, f"{_LETTERS[role]}{row.id}") for start, end in getattr(row, role)]
    marks += [(start, end, f"r{number}") for (start, end), number in story.restatements]
    body = _with_marks(story.text, marks)
    head = f"title: {story.title}\nkind: {story.kind}\nstyle: {story.style}\npublished_on: {story.published_on}\n"
    return f"{head}\n{body}\n\n===\n" + "\n".join(map(_written_row, story.attributions)) + "\n"


def _with_marks(text: str, marks: Iterable[tuple[int, int, str]]) -> str:
    """Marks that would cross are cut where the other one ends; `read` joins the pieces again."""
    by_span: dict[Range, list[str]] = {}
    for start, end, name in _uncrossed(list(marks)):
        by_span.setdefault((start, end), []).append(name)
    opening: dict[int, list[tuple[int, str]]] = {}
    closing: dict[int, int] = {}
    for (start, end), names in by_span.items():
        opening.setdefault(start, []).append((end, ",".join(names)))
        closing[end] = closing.get(end, 0) + 1
    out: list[str] = []
    at = 0
    for place in sorted({*opening, *closing}):
        out.append(_escaped(text[at:place]))
        out.append("}" * closing.get(place, 0))
        out += ["{" + names + ":" for _, names in sorted(opening.get(place, []), reverse=True)]
        at = place
    return "".join([*out, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return re.sub(r"[{}\\]|^=(?==+$)", r"\\\g<0>", text, flags=re.MULTILINE)


def _uncrossed(marks: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    done: list[tuple[int, int, str]] = []
    begun: list[int] = []
    # The number keeps marks of one span in the order in which they came.
    waiting = [(start, -end, number, name) for number, (start, end, name) in enumerate(marks)]
    heapify(waiting)
    while waiting:
        start, end, number, name = heappop(waiting)
        begun = [last for last in begun if last > start]
        crossed = min((last for last in begun if last < -end), default=None)
        if crossed is not None:
            heappush(waiting, (crossed, end, number + len(marks), name))
        done.append((start, -end if crossed is None else crossed, name))
        begun.append(done[-1][1])
    return done


def _written_row(row: Marked) -> str:
    extras = []
    if row.responds_to is not None:
        extras.append(f"re={row.responds_to}")
    if row.channel:
        extras.append(f"channel={row.channel}")
    if row.narrator != "neutral":
        extras.append(f"narrator={row.narrator}")
    if row.said_on:
        extras.append(f"said={row.said_on}")
    line = f"{row.id} {row.stance}{'' if row.required else ' opt'} | {'; '.join(row.entities) or '-'}"
    return f"{line} | {' '.join(extras)}" if extras else line
