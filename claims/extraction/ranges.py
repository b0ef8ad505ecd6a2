"""Ranges of a text, in code points: how far two are the same words, what of one is loose, what has to be joined."""

from __future__ import annotations

import re
from collections.abc import Sequence

from claims.extraction.windows import Range

_LOOSE = " \t\n\u00a0,;:–—-"
POINTING = frozenset({"which", "what", "who", "whom"})
OPENING = "“\"„«‘'`"
_LEFT_OVER = re.compile(r",\s+(?:which|who|whom)\Z")
"""What a clause that is only added to a content begins with."""
_ENDS = re.compile(r"\n|[.!?]\s")
_SCRAP = 2
"""Words of a piece that cannot stand alone."""
_WHOEVER = 5
"""Words of the comma and the phrase behind it that names who was told something."""
_GAP = 3
"""Words that the encoder leaves out between two pieces of one span by mistake."""


def overlap(a: Sequence[Range], b: Sequence[Range]) -> float:
    """Intersection over union in code points."""
    if not a or not b:
        return float(not a and not b)
    both = sum(max(0, min(e, y) - max(s, x)) for s, e in a for x, y in b)
    return both / max(1, sum(e - s for s, e in a) + sum(y - x for x, y in b) - both)


def size(span: Range) -> int:
    return span[1] - span[0]


def worded(text: str, span: Range) -> bool:
    """Whether there is a word in it, and not marks alone."""
    return any(sign.isalnum() for sign in text[slice(*span)])


def scrap(piece: str) -> bool:
    """A piece of a content that the encoder has torn off: too short to say anything, and no pronoun that points."""
    words = piece.lower().split()
    return len(words) <= _SCRAP and words[0] not in POINTING and piece[0] not in OPENING


def mended(text: str, spans: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    """Pieces of a span with few words between them that bear no other role, in one sentence, are joined."""
    out: list[Range] = []
    for start, end in spans:
        gap = text[out[-1][1] : start] if out else ""
        taken = any(a < start and out[-1][1] < b for a, b in others) if out else True
        if not taken and not _ENDS.search(gap) and len(gap.split()) <= _GAP:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def trimmed(text: str, span: Range, whole: Sequence[Range] = (), *, keep_comma: bool = False) -> Range:
    """Without loose signs and a full stop at the ends, but with a figure's %; `whole` ranges are left as they are."""
    start, end = span
    loose = _LOOSE.replace(",", "") if keep_comma else _LOOSE
    while start < end and text[start] in loose:
        start += 1
    ends = {b for _, b in whole}
    while end > start and end not in ends and (text[end - 1] in loose or (text[end - 1] == "." and not keep_comma)):
        end -= 1
    if text[end : end + 1] == "%":
        end += 1
    left_over = _LEFT_OVER.search(text, start, end)
    if left_over is not None:
        end = left_over.start()
    return (start, end) if start < end else span


def without_addressee(text: str, content: list[Range], cue: Range) -> list[Range]:
    """ "The man lied, a jury was told": whoever was told is no part of what they were told."""
    start, end = content[-1] if content else (0, 0)
    comma = text.rfind(", ", start, end)
    if start < comma and end < cue[0] <= end + 2 and len(text[comma:end].split()) <= _WHOEVER:
        return [*content[:-1], (start, comma)]
    return content


def from_word(text: str, span: Range) -> Range:
    """From the beginning of a word on: not "’s chief executive" alone."""
    start, end = span
    while start > 0 and (
        text[start - 1].isalnum() or (text[start - 1] in "'’" and text[start - 2 : start - 1].isalnum())
    ):
        start -= 1
    return start, end
