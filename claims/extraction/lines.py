"""Where paragraphs begin and end in plain text: at blank lines, at single line ends, or past them in wrapped text.

A quotation that a line with a colon at its end introduces belongs to that line's paragraph, however they are set apart.

Text that was wrapped at a column has line ends that mean a blank and nothing more. Such a line end is told by what a
wrapping program did: the next line's first word no longer fitted. Offsets never move; a paragraph may hold line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claims.extraction.quotations import quotations

_LINE = re.compile(r"[^\n]+")
_NARROWEST, _WIDEST = 30, 110
"""Columns between which text is wrapped."""
_SAMPLE = 200_000
"""Code points from which the column is told."""
_RAGGED = 10
"""Code points by which a line may stand out beyond the column."""
_TERMINAL = ".!?:"
_OPENING = "“”\"'‘’«»([ \t"
_QUOTED = '“"„«'
_TURN = re.compile(r".[^\W\d_][^\n.,;:!?]{0,60}:\s")
_ITEM = re.compile(r"(?:[-*•·>#]|\d{1,2}[.)]|\(?(?:\w|[ivx]{2,4})\))\s")
_CREDIT = re.compile(r"(?:By [^\W\d_a-z]|(?:BY|Photo|Photograph|Picture|Updated|Published|Date)\b)")

Line = tuple[int, int]
"""`text[start:end]` without white space around it."""


def paragraph_bounds(text: str, start: int = 0) -> Iterator[Line]:
    """Start and end of each paragraph; single line ends separate only where text is not wrapped.

    Blank lines always do, but for a quotation and the colon that introduces it.
    """
    column = wrap_column(text, start)
    current: Line | None = None
    previous: Line = (0, 0)
    for line, adjacent in _lines(text, start, len(text)):
        if current is not None and (
            _introduced(text, previous, line) or (adjacent and column and _goes_on(text, previous, line, column))
        ):
            current = current[0], line[1]
        else:
            if current is not None:
                yield current
            current = line
        previous = line
    if current is not None:
        yield current


def wrap_column(text: str, start: int = 0) -> int:
    """The column at which the text was wrapped, or 0 where each line is a paragraph or heading of its own.

    Wrapped prose breaks in mid-sentence: most lines without a mark at their end are followed by one that goes on in
    lower case. Lists, headlines and verse are not, and a paragraph in one line is longer than any column.
    """
    breaks = open_ends = beyond = 0
    widths: list[int] = []
    previous: Line = (0, 0)
    for line, adjacent in _lines(text, start, min(len(text), start + _SAMPLE)):
        width = previous[1] - previous[0]
        if adjacent and width >= _NARROWEST and not _ITEM.match(text, *line):
            breaks += 1
            beyond += width > _WIDEST
            open_ends += _left_open(text, previous, line) and not text[line[0]].isdigit()
            if width <= _WIDEST and _mid_sentence(text, previous, line):
                widths.append(width)
        previous = line
    if not widths or 2 * len(widths) < open_ends or 4 * len(widths) < breaks or 5 * beyond > breaks:
        return 0
    return sorted(widths)[(len(widths) - 1) * 9 // 10]


def _left_open(text: str, before: Line, line: Line) -> bool:
    """The line before has no mark at its end, and this one is no list item and no byline."""
    if _ITEM.match(text, line[0], line[1]):
        return False
    return text[before[1] - 1] not in _TERMINAL and not _CREDIT.match(text, line[0], line[1])


def _mid_sentence(text: str, before: Line, line: Line) -> bool:
    """The line goes on in lower case with what the one before left open."""
    first = next((text[at] for at in range(line[0], min(line[1], line[0] + 4)) if text[at] not in _OPENING), "")
    return first.islower() and _left_open(text, before, line)


def _introduced(text: str, before: Line, line: Line) -> bool:
    """ "Lopez said on Monday:", and below it the quotation, as a block of its own.

    One with a tag of its own, and a turn of a conversation, tells by itself who speaks.
    """
    if text[before[1] - 1] != ":" or text[line[0]] not in _QUOTED or _TURN.match(text, *line):
        return False
    first = quotations(text, *line)[0]
    return first.end == line[1] or text[first.inner_end - 1] == "."


def _goes_on(text: str, before: Line, line: Line, column: int) -> bool:
    """The line end between the two is a blank: in mid-sentence, or where the next word no longer fitted."""
    width = before[1] - before[0]
    closed = text[before[1] - 1] in _TERMINAL
    if width > column + _RAGGED or not (_left_open(text, before, line) or closed) or _ITEM.match(text, *line):
        return False
    if _mid_sentence(text, before, line):
        return 2 * width >= column
    indented = text[line[0] - 1] != "\n" and (before[0] == 0 or text[before[0] - 1] == "\n")
    word = len(text[line[0] : min(line[1], line[0] + _WIDEST)].split(None, 1)[0])
    return not indented and width + 1 + word > column and not _heading(text[before[0] : before[1]])


def _heading(line: str) -> bool:
    """Title case or capitals without a mark at the end."""
    words = [word for word in line.split() if len(word) > 3]
    return line[-1] not in _TERMINAL + "," and all(not word[0].islower() for word in words)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[Line, bool]]:
    """Each line that is not blank, and whether it follows the one before without a blank line between them."""
    last = -2
    for found in _LINE.finditer(text, start, end):
        first, stop = found.span()
        while first < stop and text[first].isspace():
            first += 1
        while stop > first and text[stop - 1].isspace():
            stop -= 1
        if first < stop:
            yield (first, stop), found.start() == last + 1
            last = found.end()
