"""Windows: stretches of neighbouring paragraphs, short enough for the encoder, with what it is told of each word.

A word is what the tokenizer's own splitting makes one; it may have several pieces. Offsets count code points of the
whole text. What the rules found goes in with each word, so that the encoder can follow or overrule them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.sentences import Paragraph

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PIECES = 160
"""Word pieces in a window, the two marks at its ends not counted."""
_SEGMENT = 560
"""Code points of a paragraph that are kept together; a longer one is parted between sentences."""

SOURCE, CUE, CONTENT = 1, 2, 4
"""Bits: the roles in which the rules use a word."""
ROLE_SETS = 8
FEATURES = 3 * 2 * ROLE_SETS
"""Three shapes of a word, inside quotation marks or not, eight sets of roles."""
NO_DRAFT = 4
"""In place of the roles 0 none, 1 source, 2 content, 3 cue: the rules know no such cue."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Lone ones are no text for the tokenizer, which gets a sign of the same length in their place."""

Range = tuple[int, int]
Read = Sequence[tuple[Paragraph, list[Draft]]]
"""The paragraphs of a text, each with the drafts that the rules made of it."""


class Ruled(NamedTuple):
    """How the rules read a cue, as ranges of the text; a draft without what its sentence drags along."""

    cue: list[Range]
    source: list[Range]
    content: list[Range]


@dataclass(slots=True)
class Window:
    """`words` as ranges of the text, `ids` of the pieces, the first piece of each word, and each word's feature."""

    words: list[Range] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    drafts: list[Ruled] = field(default_factory=list)
    paragraphs: list[int] = field(default_factory=list)
    """The index of each word's paragraph."""

    @property
    def start(self) -> int:
        return self.words[0][0]

    @property
    def end(self) -> int:
        return self.words[-1][1]

    def chars(self, words: Range) -> Range:
        """A range of words as a range of the text."""
        return self.words[words[0]][0], self.words[words[1] - 1][1]

    def around(self, cue: Range) -> Range:
        """The words of the window that stand in the paragraph of the cue, where its arguments are looked for."""
        here = self.paragraphs[cue[0]]
        return bisect_left(self.paragraphs, here), bisect_left(self.paragraphs, here + 1)

    def covered(self, ranges: Iterable[Range]) -> list[int]:
        """Indices of the words that the ranges touch."""
        out: list[int] = []
        for start, end in ranges:
            k = bisect_left(self.words, start + 1, key=itemgetter(1))
            while k < len(self.words) and self.words[k][0] < end:
                out.append(k)
                k += 1
        return out

    def piece_features(self) -> list[int]:
        """The feature of each piece: that of its word."""
        out: list[int] = []
        for k, feature in enumerate(self.features):
            after = self.first[k + 1] if k + 1 < len(self.first) else len(self.ids)
            out += [feature] * (after - self.first[k])
        return out

    def draft_roles(self, cue: Range) -> list[int]:
        """How the rules read a cue (word range): for each word 0 none, 1 source, 2 content, 3 cue; or all NO_DRAFT."""
        start, end = self.chars(cue)
        draft = next((d for d in self.drafts if d.cue and d.cue[0][0] < end and start < d.cue[0][1]), None)
        if draft is None:
            return [NO_DRAFT] * len(self.words)
        roles = [0] * len(self.words)
        for role, ranges in ((2, draft.content), (1, draft.source), (3, draft.cue)):
            for k in self.covered(ranges):
                roles[k] = role
        return roles


def windows(text: str, read: Read, tokenizer: Tokenizer) -> Iterator[Window]:
    """The windows of the text in order; `read` are its paragraphs with the drafts that the rules made of each."""
    current = Window()
    paragraphs = _Paragraphs(read)
    for paragraph, _ in read:
        for start, end in _segments(paragraph):
            encoded = tokenizer.encode(_SURROGATE.sub("\ufffd", text[start:end]), add_special_tokens=False)
            pieces = encoded.ids
            if len(pieces) == 0:
                continue
            if current.ids and len(current.ids) + len(pieces) > PIECES:
                yield _finished(current, text, paragraphs)
                current = Window()
            before: int | None = None
            for piece, word, offset in zip(pieces, encoded.word_ids, encoded.offsets, strict=True):
                new = before is None or word != before
                before = word
                if new and len(current.ids) >= PIECES:
                    yield _finished(current, text, paragraphs)
                    current = Window()
                if new or not current.words:
                    current.words.append((start + offset[0], start + offset[1]))
                    current.first.append(len(current.ids))
                    current.paragraphs.append(paragraph.index)
                else:
                    current.words[-1] = (current.words[-1][0], start + offset[1])
                if len(current.ids) < PIECES:
                    current.ids.append(piece)
    if current.ids:
        yield _finished(current, text, paragraphs)


def _segments(paragraph: Paragraph) -> list[Range]:
    if paragraph.end - paragraph.start <= _SEGMENT:
        return [(paragraph.start, paragraph.end)]
    out: list[Range] = []
    for sentence in paragraph.sentences:
        if out and sentence.end - out[-1][0] <= _SEGMENT:
            out[-1] = (out[-1][0], sentence.end)
        else:
            out.append((sentence.start, sentence.end))
    return out


class _Paragraphs:
    """Drafts and quotations of the paragraphs by place. A paragraph can be as long as the text, and is asked often."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._first = read[0][0].index if read else 0
        self._index = -1
        self._drafts: list[tuple[int, Ruled]] = []
        self._quoted: list[Range] = []

    def within(self, index: int, start: int, end: int) -> tuple[list[Ruled], list[Range]]:
        """What begins in `start` to `end` of a paragraph, as drafts, and the quotations that touch it."""
        if index != self._index:
            paragraph, drafts = self._read[index - self._first]
            self._index = index
            self._drafts = sorted(
                ((d.cue or d.content)[0][0], Ruled(d.cue, d.source, d.content)) for d in drafts if d.cue or d.content
            )
            self._quoted = [(quotation.start, quotation.end) for quotation in paragraph.quoted]
        low = bisect_left(self._drafts, start, key=itemgetter(0))
        high = bisect_left(self._drafts, end, key=itemgetter(0))
        first = bisect_left(self._quoted, start, key=itemgetter(1))
        last = bisect_left(self._quoted, end, key=itemgetter(0))
        return [draft for _, draft in self._drafts[low:high]], self._quoted[first:last]


def _finished(window: Window, text: str, paragraphs: _Paragraphs) -> Window:
    quoted: list[Range] = []
    for index in sorted(set(window.paragraphs)):
        drafts, quotations = paragraphs.within(index, window.start, window.end)
        window.drafts += drafts
        quoted += quotations
    roles = [0] * len(window.words)
    for draft in window.drafts:
        for bit, ranges in ((SOURCE, draft.source), (CUE, draft.cue), (CONTENT, draft.content)):
            for k in window.covered(ranges):
                roles[k] |= bit
    inside = set(window.covered(quoted))
    window.features = [
        (_shape(text[start:end]) * 2 + (k in inside)) * ROLE_SETS + roles[k]
        for k, (start, end) in enumerate(window.words)
    ]
    return window


def _shape(word: str) -> int:
    """0 lower case or no letter, 1 begins with a capital, 2 capitals throughout."""
    if not word[0].isupper():
        return 0
    return 2 if len(word) > 1 and word.isupper() else 1
