"""One paragraph in, drafts out: its sentences, then quotations without a tag, then what stands inside quotations."""

from __future__ import annotations

from collections.abc import Iterator

from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.constructions import read
from claims.extraction.grammar.lexicon import VERBS
from claims.extraction.grammar.sentences import Paragraph, Sentence, inner_sentences, paragraphs

DEEPEST = 2
"""Quotations inside quotations are read this deep."""
_INSIDE = 0.75
"""What a quoted speaker attributes to others is found less surely than what the narrator does."""


def read_text(text: str, start: int = 0) -> Iterator[tuple[Paragraph, list[Draft]]]:
    """The paragraphs of a text from `start` on, each with its drafts."""
    before: list[Draft] = []
    for paragraph in paragraphs(text, start):
        drafts = drafts_of(text, paragraph, before)
        before += drafts
        yield paragraph, drafts


def drafts_of(text: str, paragraph: Paragraph, before: list[Draft]) -> list[Draft]:
    """The drafts of a paragraph; `before` are those of the text above, whose quotations may go on here."""
    out: list[Draft] = []
    for sentence in paragraph.sentences:
        found = read(sentence)
        if not found:
            _floating(sentence, out, before)
        out += found
        out += _inside(text, sentence)
    return out


def _floating(sentence: Sentence, here: list[Draft], before: list[Draft]) -> None:
    """A sentence that is nothing but a quotation goes on with the one before, or stands as one of its own."""
    said = [token for token in sentence.tokens if token.quote >= 0]
    rest = [token for token in sentence.tokens if token.quote < 0 and token.text[0].isalnum()]
    if not said or len(rest) > 1:
        return
    spans = [(token.start, token.end) for token in said]
    last = next((draft for draft in reversed(here) if draft.sentence.depth == sentence.depth), None)
    if sentence.quotation(said[0]).continues:
        earlier = next(
            (draft for draft in reversed(before) if draft.quoted and draft.sentence.depth == sentence.depth), None
        )
        if earlier is not None:
            earlier.content += spans
            return
    if last is not None and (last.quoted or _goes_on(last, sentence)):
        last.content += spans
        return
    if max(len(token.text.split()) for token in said) < 4:
        return
    earlier = next((draft for draft in reversed(here or before) if draft.quoted), None)
    here.append(
        Draft(
            [],
            [],
            spans,
            "asserts",
            0.5,
            "quote-floating",
            sentence,
            speaker=earlier.speaker or earlier if earlier else None,
        )
    )


def _goes_on(last: Draft, sentence: Sentence) -> bool:
    """ "Beds were short, Holm said. “We turn people away.”": the quotation is the same speaker's."""
    verb = VERBS.get(last.lemma)
    return (
        verb is not None and "q" in verb.frames and bool(last.source) and last.sentence.paragraph == sentence.paragraph
    )


def _inside(text: str, sentence: Sentence) -> list[Draft]:
    """What a quoted speaker says that others said."""
    if sentence.depth >= DEEPEST:
        return []
    out: list[Draft] = []
    for token in sentence.tokens:
        if token.quote >= 0 and token.end - token.start > 20:
            for inner in inner_sentences(text, sentence, sentence.quotation(token)):
                found = [draft for draft in read(inner) if draft.third_party()]
                for draft in found:
                    draft.strength *= _INSIDE
                    draft.rule = f"inside-{draft.rule}"
                out += found + _inside(text, inner)
    return out
