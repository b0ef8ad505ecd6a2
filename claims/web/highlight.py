"""Pure: a text and the spans marked in it become well-nested elements, ready to be written as HTML.

Spans of several attributions may nest, cross, repeat or come in several parts. HTML can only nest, so a span that
crosses another one is written as several elements, each of which knows whether it holds the span's beginning and its
end. All offsets are Unicode code points into the text exactly as given, end exclusive.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

Role = Literal["source", "cue", "content", "restatement"]

# Between spans of equal extent what the outlet repeats stands outside, then the content, the source and the cue.
_ROLE_ORDER: dict[str, int] = {"restatement": 0, "content": 1, "source": 2, "cue": 3}

_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")

# What a reader cannot see but what changes what they see: control characters, directional marks, embeddings, overrides
# and isolates (UAX #9), zero-width characters, the soft hyphen, the combining grapheme joiner, interlinear annotation
# anchors and the tag characters. Tab and line feed are ordinary text.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_JOINERS = "\u200c\u200d"
# Below this point lie Latin, Greek, Cyrillic and Armenian, none of which uses joiners; Arabic, Indic scripts and emoji
# do, so that a joiner after one of those spells something and is left alone.
_FIRST_JOINING_SCRIPT = 0x0590
_SHORT_NAMES = {
    "\u00ad": "SHY",
    "\u061c": "ALM",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}


@dataclass(frozen=True)
class Span:
    """One marked stretch of the text: its attribution, its role in it, and how deep that attribution nests (from 1)."""

    start: int
    end: int
    attribution: int | str
    role: Role
    depth: int = 1


@dataclass(frozen=True)
class Open:
    """An element opens: the part of `span` from `start` to `end`; `first` and `last` say which of its ends it holds.

    `covering` holds every span around the element's text, outermost first, `span` itself last.
    """

    span: Span
    start: int
    end: int
    covering: tuple[Span, ...]

    @property
    def first(self) -> bool:
        return self.start == self.span.start

    @property
    def last(self) -> bool:
        return self.end == self.span.end


@dataclass(frozen=True)
class Close:
    """The element opened last closes."""


@dataclass(frozen=True)
class Text:
    """Ordinary text, with every span that covers it, outermost first."""

    start: int
    text: str
    covering: tuple[Span, ...]


@dataclass(frozen=True)
class Unseen:
    """One character that has no visible form of its own; to be shown by name and isolated from its surroundings."""

    start: int
    text: str
    covering: tuple[Span, ...]

    @property
    def short_name(self) -> str:
        """What fits into a line: `RLO`, or the code point."""
        return _SHORT_NAMES.get(self.text, f"U+{ord(self.text):04X}")

    @property
    def name(self) -> str:
        """The Unicode name and code point, for the tooltip."""
        return f"{unicodedata.name(self.text, 'CONTROL CHARACTER')} (U+{ord(self.text):04X})"


Token = Open | Close | Text | Unseen


@dataclass(frozen=True)
class Block:
    """One paragraph: text[start:body_end], then the blank lines up to `end`. Its tokens nest well by themselves."""

    start: int
    body_end: int
    end: int
    tokens: tuple[Token, ...]


def highlight(text: str, spans: Iterable[Span]) -> list[Block]:
    """The paragraphs of `text` with its spans as nested elements.

    Sorting aside, the work is linear in the text and in the number of elements written: one for each span, one more
    for each further paragraph that a span enters and for each crossing. Raises ValueError on a span that is empty or
    outside the text.
    """
    ordered = sorted(spans, key=_outermost_first)
    for span in ordered:
        if not 0 <= span.start < span.end <= len(text):
            raise ValueError(f"span {span.start}-{span.end} does not lie within a text of {len(text)} code points")
    blocks: list[Block] = []
    waiting = 0
    carried: list[Span] = []
    for start, body_end, end in _paragraphs(text):
        inside = [span for span in carried if span.end > start]
        while waiting < len(ordered) and ordered[waiting].start < end:
            inside.append(ordered[waiting])
            waiting += 1
        parts = [_Part(span, max(span.start, start), min(span.end, end)) for span in inside]
        blocks.append(Block(start, body_end, end, tuple(_tokens(text, start, end, parts))))
        carried = [span for span in inside if span.end > end]
    return blocks


def plain(text: str) -> Iterator[Text | Unseen]:
    """A text without marks, broken where a character has to be shown by name: for headlines, names and claims."""
    return _written(text, 0, len(text), ())


def named(text: str) -> str:
    """The same as bare words, for where no markup can stand: unseen characters by their names alone."""
    return "".join(piece.text if isinstance(piece, Text) else f"[{piece.short_name}]" for piece in plain(text))


def _outermost_first(span: Span) -> tuple[int, int, int, int, str]:
    return span.start, -span.end, _ROLE_ORDER[span.role], span.depth, str(span.attribution)


@dataclass(frozen=True)
class _Part:
    """The stretch of a span that lies within one paragraph, or what is left of it after a cut."""

    span: Span
    start: int
    end: int


def _paragraphs(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end of the body, end with the blank lines) of each paragraph; together they cover the whole text."""
    start = 0
    for gap in _BLANK_LINES.finditer(text):
        if gap.start() > start:
            yield start, gap.start(), gap.end()
            start = gap.end()
    if start < len(text):
        yield start, len(text), len(text)


def _tokens(text: str, start: int, end: int, parts: Sequence[_Part]) -> list[Token]:
    """The tokens of one paragraph.

    What is open is kept ordered by where it ends, the longest outside, so that closing never cuts anything; a part that
    opens inside shorter ones cuts those in two and takes their second halves into itself.
    """
    tokens: list[Token] = []
    stack: list[_Element] = []
    position = start
    for opens_at, group in groupby(parts, key=lambda part: part.start):
        _advance(text, position, opens_at, stack, tokens)
        position = opens_at
        opening = list(group)
        longest = max(part.end for part in opening)
        keep = len(stack)
        while keep and stack[keep - 1].part.end < longest:
            keep -= 1
        reopened = [_Part(element.part.span, opens_at, element.part.end) for element in stack[keep:]]
        for element in stack[keep:]:
            tokens[element.index] = replace(element.token, end=opens_at)
            tokens.append(Close())
        del stack[keep:]
        # Python's sort is stable: what was open already stays outside what opens now when both end together.
        for part in sorted(reopened + opening, key=lambda part: -part.end):
            covering = (*(element.part.span for element in stack), part.span)
            token = Open(part.span, part.start, part.end, covering)
            stack.append(_Element(part, token, len(tokens)))
            tokens.append(token)
    _advance(text, position, end, stack, tokens)
    return tokens


@dataclass(frozen=True)
class _Element:
    """An open element, and where its opening token stands, so that a cut can correct the end written there."""

    part: _Part
    token: Open
    index: int


def _advance(text: str, start: int, end: int, stack: list[_Element], tokens: list[Token]) -> None:
    """Write the text from `start` to `end`, closing on the way the elements that end there."""
    while stack and stack[-1].part.end <= end:
        closing = stack[-1].part.end
        tokens.extend(_written(text, start, closing, stack))
        tokens.append(Close())
        stack.pop()
        start = closing
    tokens.extend(_written(text, start, end, stack))


def _written(text: str, start: int, end: int, stack: Sequence[_Element]) -> Iterator[Text | Unseen]:
    """Plain text tokens, broken where a character has to be shown by name."""
    if start == end:
        return
    covering = stack[-1].token.covering if stack else ()
    for match in _UNSEEN.finditer(text, start, end):
        at = match.start()
        if text[at] in _JOINERS and at and ord(text[at - 1]) >= _FIRST_JOINING_SCRIPT:
            continue
        if at > start:
            yield Text(start, text[start:at], covering)
        yield Unseen(at, text[at], covering)
        start = at + 1
    if start < end:
        yield Text(start, text[start:end], covering)
