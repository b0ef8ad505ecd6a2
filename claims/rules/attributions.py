"""Spans of an attribution, purely: whether a person's spans can stand, what holds what, and what is found again.

A range is `(start, end)` in code points of the revision's text, end exclusive.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from claims.rules.workflow import Missing

Range = tuple[int, int]
ROLES = ("source", "cue", "content")
OPENING = "“\"‘'«"
"""The marks with which the corpus lets a quotation begin that has no cue (`extraction.marks`)."""
MOST_SPANS = 50


@dataclass(frozen=True)
class Spans:
    """The spans of one attribution by role; `id` is whatever its owner knows it by."""

    id: int
    source: tuple[Range, ...]
    cue: tuple[Range, ...]
    content: tuple[Range, ...]


# --- Can they stand? --------------------------------------------------------------------------------------------------


def tidied(text: str, ranges: Iterable[Range]) -> tuple[Range, ...]:
    """In order, without blanks at their ends; pieces with nothing but blanks between them are one span.

    What lies outside the text stays as it is, for problems() to name.
    """
    out: list[Range] = []
    for start, end in sorted(ranges):
        words = text[start:end] if 0 <= start < end <= len(text) else ""
        if words.strip():
            start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
        if words and out and out[-1][1] <= start and not text[out[-1][1] : start].strip():
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return tuple(out)


def problems(text: str, spans: Spans) -> list[Missing]:
    """What keeps the spans from being an attribution, by role: the conventions of docs/extraction.md."""
    wrong = [problem for role in ROLES for problem in _badly_placed(text, role, getattr(spans, role))]
    if not spans.content:
        wrong.append(Missing("content", "missing", "Mark what is said: an attribution has at least one content span."))
    if len(spans.cue) > 1:
        wrong.append(Missing("cue", "several", "A cue is one span: the words of saying that stand together."))
    if spans.source and not spans.cue:
        wrong.append(Missing("cue", "missing", "Mark the words that link this source to its content."))
    if wrong:
        return wrong
    if not spans.cue and text[spans.content[0][0]] not in OPENING:
        wrong.append(Missing("cue", "missing", "Without a cue the content must begin with a quotation mark."))
    wrong += [
        Missing("cue", "overlap", f"The cue overlaps the {role}. Part them.")
        for role in ("source", "content")
        if shared(spans.cue, getattr(spans, role))
    ]
    return wrong


def _badly_placed(text: str, role: str, ranges: Sequence[Range]) -> Iterator[Missing]:
    if len(ranges) > MOST_SPANS:
        yield Missing(role, "too_many", f"The {role} has {len(ranges)} spans; at most {MOST_SPANS} can be stored.")
    for start, end in ranges:
        if not 0 <= start < end <= len(text):
            message = f"The {role} span {start}–{end} does not lie within the text, which has {len(text)} code points."
            yield Missing(role, "outside", message)
        elif not text[start:end].strip():
            yield Missing(role, "blank", f"The {role} span {start}–{end} holds no word.")
    if any(before[1] > after[0] for before, after in pairwise(ranges)):
        yield Missing(role, "overlap", f"Spans of the {role} overlap each other. Join them.")


def quote_type(text: str, content: Sequence[Range]) -> str:
    """Direct where each span begins with a quotation mark, mixed where some words stand in marks, else indirect."""
    if all(text[start] in OPENING for start, _ in content):
        return "direct"
    return "mixed" if any(set(text[start:end]) & set('“”"«»') for start, end in content) else "indirect"


def holds(outer: Spans, inner: Spans) -> bool:
    """Whether one stretch of the outer content holds source and cue of the inner one, or its content without a cue."""
    within = inner.source + inner.cue if inner.cue else inner.content
    if not within or outer.id == inner.id:
        return False
    first, last = min(start for start, _ in within), max(end for _, end in within)
    return any(start <= first and last <= end for start, end in outer.content)


def holder(one: Spans, others: Iterable[Spans]) -> int | None:
    """The id of the attribution with the smallest content that holds source and cue of this one, which has a cue."""
    if not one.cue:
        return None
    inner = one.source + one.cue
    first, last = min(start for start, _ in inner), max(end for _, end in inner)
    holding = [
        (end - start, other.id)
        for other in others
        if other.id != one.id
        for start, end in other.content
        if start <= first and last <= end
    ]
    return min(holding)[1] if holding else None


def nesting(
    everyone: Mapping[int, Spans],
    parents: Mapping[int, int | None],
    changed: int,
    chosen: Mapping[int, int | None] = MappingProxyType({}),
) -> dict[int, int | None]:
    """New parents by id, where another one than in ``parents``: of what changed, what it held and what it holds now.

    Two can hold each other where content is in pieces; then only one does, for a ring would have no outermost.
    ``chosen`` are the parents that a person named, None for nobody: they stay as long as they hold.
    """
    own = everyone[changed]
    touched = [
        pk
        for pk, row in everyone.items()
        if pk == changed or parents.get(pk) == changed or holder(row, [own]) is not None
    ]
    above = {**parents, **dict.fromkeys(touched)}
    kept = set()
    # A choice that stands already comes before one that would close a ring with it.
    for pk in sorted(touched, key=lambda pk: pk not in chosen or chosen[pk] != parents.get(pk)):
        parent = chosen.get(pk)
        if pk in chosen and (parent is None or _may_hold(everyone, above, parent, pk)):
            above[pk] = parent
            kept.add(pk)
    for pk in touched:
        if pk in kept:
            continue
        others = everyone
        while (parent := holder(everyone[pk], others.values())) is not None and pk in line(above, parent):
            others = {other: row for other, row in others.items() if other != parent}
        above[pk] = parent
    return {pk: above[pk] for pk in touched if above[pk] != parents.get(pk)}


def _may_hold(everyone: Mapping[int, Spans], above: Mapping[int, int | None], parent: int, pk: int) -> bool:
    return parent in everyone and holds(everyone[parent], everyone[pk]) and pk not in line(above, parent)


def line(parents: Mapping[int, int | None], pk: int | None) -> set[int]:
    """The attribution and all that hold it."""
    line: set[int] = set()
    while pk is not None and pk not in line:
        line.add(pk)
        pk = parents.get(pk)
    return line


# --- Found again? -----------------------------------------------------------------------------------------------------


def found_again(stored: Sequence[Spans], found: Sequence[Spans]) -> Mapping[int, list[int]]:
    """For each id of `found` the ids of `stored` that are the same statement, the nearest first; without any: new.

    The same is what has a cue that overlaps and half of the shorter content in common. Quotations without a cue are
    compared with each other. One reading may be several of another: "accused A of B and C" is found as one or as two.
    """
    with_cue, without = _Index(row for row in stored if row.cue), _Index(row for row in stored if not row.cue)
    out: dict[int, list[int]] = {}
    for row in found:
        near = with_cue.touching(row.cue) if row.cue else without.touching(row.content)
        common_to = {other.id: (shared(row.content, other.content), other) for other in near}
        same = [
            (common / max(_length(row.content), _length(other.content)), -other.id)
            for common, other in common_to.values()
            if 2 * common >= min(_length(row.content), _length(other.content))
        ]
        out[row.id] = [-minus for _, minus in sorted(same, reverse=True)]
    return out


class _Index:
    """Attributions by where their cue lies, or their content where they have none."""

    def __init__(self, rows: Iterable[Spans]) -> None:
        placed = [(start, end, row) for row in rows for start, end in row.cue or row.content]
        self._placed = sorted(placed, key=lambda place: place[:2])
        self._starts = [start for start, _, _ in self._placed]
        self._longest = max((end - start for start, end, _ in placed), default=0)

    def touching(self, ranges: Iterable[Range]) -> Iterator[Spans]:
        for start, end in ranges:
            at = bisect_left(self._starts, start - self._longest)
            while at < len(self._starts) and self._starts[at] < end:
                if self._placed[at][1] > start:
                    yield self._placed[at][2]
                at += 1


def _length(ranges: Iterable[Range]) -> int:
    return sum(end - start for start, end in ranges)


def shared(these: Iterable[Range], those: Sequence[Range]) -> int:
    """How many code points both hold."""
    return sum(max(0, min(a_end, b_end) - max(a, b)) for a, a_end in these for b, b_end in those)
