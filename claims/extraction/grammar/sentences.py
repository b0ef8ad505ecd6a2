"""Paragraphs and sentences. A quotation is one token of the sentence that holds it, so its full stops end nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from claims.extraction.grammar.lexicon import VERB_FORMS
from claims.extraction.grammar.tagging import Token, tag, tokens_of
from claims.extraction.lines import paragraph_bounds
from claims.extraction.quotations import Quotation, quotations

LONGEST = 300
"""Tokens in a sentence: what runs on longer is cut, so that the time for one line of any length stays linear."""
_FINAL = frozenset(".!?")


@dataclass(slots=True)
class Sentence:
    """The tokens of one sentence; `quoted` are the paragraph's quotations, which Q tokens point into."""

    tokens: list[Token]
    quoted: list[Quotation]
    paragraph: int = 0
    depth: int = 0
    """0 in the narrator's voice, 1 inside a quotation, …"""
    heading: bool = False

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end

    def quotation(self, token: Token) -> Quotation:
        return self.quoted[token.quote]


@dataclass(slots=True)
class Paragraph:
    """`text[start:end]` and what it holds."""

    start: int
    end: int
    index: int
    quoted: list[Quotation] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)


def paragraphs(text: str, start: int = 0) -> Iterator[Paragraph]:
    """The paragraphs of the text from `start` on, in order."""
    left_open = False
    for index, (begin, end) in enumerate(paragraph_bounds(text, start)):
        paragraph = Paragraph(begin, end, index)
        paragraph.quoted = quotations(text, begin, end, reopened=left_open)
        left_open = bool(paragraph.quoted) and not paragraph.quoted[-1].closed
        paragraph.sentences = [
            Sentence(tokens, paragraph.quoted, index)
            for tokens in _split(_collapsed(text, begin, end, paragraph.quoted))
        ]
        yield paragraph


def sentence_texts(text: str) -> list[str]:
    """The sentences of a piece of running text."""
    parts = _split(_collapsed(text, 0, len(text), quotations(text, 0, len(text))))
    return [text[part[0].start : part[-1].end] for part in parts]


def inner_sentences(text: str, sentence: Sentence, quotation: Quotation) -> list[Sentence]:
    """The sentences inside a quotation, one level deeper."""
    nested = quotations(text, quotation.inner_start, quotation.inner_end)
    tokens = _collapsed(text, quotation.inner_start, quotation.inner_end, nested)
    return [Sentence(part, nested, sentence.paragraph, sentence.depth + 1) for part in _split(tokens)]


def _collapsed(text: str, start: int, end: int, quoted: list[Quotation]) -> list[Token]:
    out: list[Token] = []
    at = start
    for index, quotation in enumerate(quoted):
        out += tokens_of(text, at, quotation.start)
        out.append(Token(quotation.start, quotation.end, text[quotation.start : quotation.end], index))
        at = quotation.end
    return out + tokens_of(text, at, end)


def _split(tokens: list[Token]) -> list[list[Token]]:
    out: list[list[Token]] = []
    current: list[Token] = []
    for i, token in enumerate(tokens):
        current.append(token)
        if len(current) >= LONGEST or _ends_here(tokens, i):
            out.append(current)
            current = []
    if current:
        out.append(current)
    for part in out:
        tag(part)
    return out


def _ends_here(tokens: list[Token], i: int) -> bool:
    token = tokens[i]
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if following is None:
        return False
    if token.low in _FINAL:
        return following.text[0] not in ".!?),;:" and (following.quote >= 0 or not following.text[0].islower())
    if token.quote < 0:
        return False
    last = token.text.rstrip("”\"'’» \u00a0")[-1:]
    if last not in _FINAL or following.text[0].islower() or following.text[0] in ",.;:–—―-)":
        return False
    # “Is it?” Smith asked. “It is.” He left: what follows is a speech tag when a verb of saying comes before any stop.
    if following.quote >= 0:
        # "She had “waited for this.” “He would …,” she said": what ends a sentence in its midst ends it.
        inner = token.text.lstrip("“\"'‘«„ ")
        return inner[:1].islower() and i > 0 and tokens[i - 1].quote < 0 and tokens[i - 1].low not in _FINAL
    if last == ".":
        return True  # "“It is late.” She admits, though, that …": a tag has a comma before it
    return not _speech_tag(tokens, i + 1)


def _speech_tag(tokens: list[Token], i: int) -> bool:
    """Whether `Name … said` (up to six words, no stop between) stands at i and the sentence ends soon after."""
    for j in range(i, min(i + 8, len(tokens))):
        if tokens[j].quote >= 0 or tokens[j].low in {".", "!", "?", ";"}:
            return False
        found = VERB_FORMS.get(tokens[j].low)
        if found and "q" in found[0].frames and found[1] != "ing":
            after = tokens[j + 1] if j + 1 < len(tokens) else None
            return (
                after is None
                or after.low in {".", ",", ":"}
                or after.low in {"in", "on", "at", "to", "after", "during"}
            )
    return False
