"""Quotation marks: where quoted speech stands, however it is marked, nested, unbalanced or reopened.

Curly, straight and angle marks, doubled single marks ('' and ``) and single marks in the British manner are read; an
apostrophe is told from a closing single mark by what stands beside it. Only outermost quotations are returned: what is
nested stays inside. One pass over the marks, so the time is linear whatever they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

_MARKS = re.compile("''|``|[“”„«»\"‘’‚']")
_CLOSING = {
    "“": ("”", "“", '"'), "”": ("”",), "„": ("“", "”"), "«": ("»",), '"': ('"', "”"), "''": ("''",), "``": ("''",),
    "‘": ("’", "'"), "'": ("'", "’"), "‚": ("‘", "’"),
}  # fmt: skip
Mark = tuple[int, int, str]
"""Start, end and sign of a mark."""
_SINGLE = frozenset("‘'‚")
_BEFORE_OPENING = frozenset(" \t\n\u00a0([{-–—/“\"‘'`:,;.")


@dataclass(frozen=True, slots=True)
class Quotation:
    """An outermost quotation with its marks: `text[start:end]`; `inner` is what stands between them."""

    start: int
    end: int
    inner_start: int
    inner_end: int
    closed: bool
    continues: bool = False
    """The opening mark reopens a quotation that the paragraph before left open."""


def _opens(text: str, at: int, end_of_mark: int, start: int, end: int) -> bool:
    """A mark opens where a word follows at once and none stands directly before it."""
    following = text[end_of_mark] if end_of_mark < end else " "
    return (at == start or text[at - 1] in _BEFORE_OPENING) and not following.isspace() and following not in ",.;:!?)"


def _closes_single(text: str, at: int, start: int, end: int) -> bool:
    following = text[at + 1] if at + 1 < end else " "
    return at > start and not text[at - 1].isspace() and not following.isalnum()


def _single_closers(text: str, marks: list[Mark], start: int, end: int) -> list[int]:
    """For each mark the index of the next one that can close a single quotation, or -1; right to left."""
    out = [-1] * (len(marks) + 1)
    for i in range(len(marks) - 1, -1, -1):
        mark = marks[i]
        out[i] = i if mark[2] in {"’", "'"} and _closes_single(text, mark[0], start, end) else out[i + 1]
    return out


def quotations(text: str, start: int, end: int, reopened: bool = False) -> list[Quotation]:
    """The outermost quotations of one paragraph, in order. `reopened`: the paragraph before left one open."""
    marks = [(*found.span(), found[0]) for found in _MARKS.finditer(text, start, end)]
    closers = _single_closers(text, marks, start, end) if marks else []
    out: list[Quotation] = []
    opened: Mark | None = None
    for i, mark in enumerate(marks):
        sign = mark[2]
        if opened is None:
            if _starts(text, mark, closers[i + 1], start, end, marks):
                opened = mark
        elif sign in _CLOSING[opened[2]] and _ends(text, i, opened[2], marks, closers, start, end):
            out.append(_made(opened, mark[0], mark[1], start, reopened, closed=True))
            opened = None
    if opened is not None:
        out.append(_made(opened, end, end, start, reopened, closed=False))
    return out


def _starts(text: str, mark: Mark, closer: int, start: int, end: int, marks: list[Mark]) -> bool:
    sign = mark[2]
    if sign in "“„«" or sign == "``":
        return True
    if sign == "”":  # set for an opening mark by mistake, as the pair at the paragraph's start tells
        return mark[0] == start and _opens(text, mark[0], mark[1], start, end) and any(m[2] == sign for m in marks[1:])
    if sign in "»’":
        return False
    if not _opens(text, mark[0], mark[1], start, end):
        return False
    if sign not in _SINGLE:
        return True
    # '90s and 'em are apostrophes; a single mark with nothing to close it is one too.
    return not text[mark[1]].isdigit() and closer >= 0 and marks[closer][0] > mark[1]


def _ends(text: str, i: int, opening: str, marks: list[Mark], closers: list[int], start: int, end: int) -> bool:
    mark = marks[i]
    if opening in _SINGLE:
        if not _closes_single(text, mark[0], start, end):
            return False
        # "the ministers’ plan" inside single marks: an s before and another closing mark before the next opening one.
        plural = text[mark[0] - 1] == "s" and mark[1] < end and text[mark[1]] in " \n"
        return not (plural and closers[i + 1] == i + 1 and text[mark[1] + 1 : mark[1] + 2].islower())
    if mark[2] in {'"', "''", "“"}:
        return not _opens(text, mark[0], mark[1], start, end) or text[mark[0] - 1] in ",.!?-—–"
    return True


def touching(quoted: Sequence[Quotation], start: int, end: int) -> Sequence[Quotation]:
    """Those of a paragraph's quotations, in their order, that touch a range of the text. There can be very many."""
    first = bisect_right(quoted, start, key=attrgetter("end"))
    return quoted[first : bisect_left(quoted, end, key=attrgetter("start"))]


def _made(opened: Mark, inner_end: int, end: int, start: int, reopened: bool, *, closed: bool) -> Quotation:
    return Quotation(opened[0], end, opened[1], inner_end, closed, continues=reopened and opened[0] == start)
