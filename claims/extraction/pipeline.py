"""The one entry: text in, attributed claims out.

    extract(text, published_on=…) -> Extraction

Rules only: scanner, cue lexicon, noun phrases, resolver. No parser, no model, no network; the time is linear in the
text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

from claims.extraction import assembly
from claims.extraction.attribution import Draft
from claims.extraction.claims import Claims
from claims.extraction.constructions import read
from claims.extraction.coreference import Resolver
from claims.extraction.lexicon import VERBS
from claims.extraction.restatements import restatements
from claims.extraction.sentences import Paragraph, Sentence, inner_sentences, paragraphs
from claims.extraction.text import front_matter, language
from claims.extraction.types import Extraction

ENGINE = "rules"
VERSION = "1"
DEEPEST = 2
"""Quotations inside quotations are read this deep."""
_INSIDE = 0.75
"""What a quoted speaker attributes to others is found less surely than what the narrator does."""

Progress = Callable[[int, int], None]


def extract(text: str, *, published_on: date | None = None, progress: Progress | None = None) -> Extraction:
    """All attributions of `text` with their sources' names and stand-alone claims.

    `published_on` overrides the date that the text itself states; relative dates are resolved against it.
    `progress(done, total)` is called with code points as paragraphs are read. Text in another language than English
    yields no attributions and a note that says so. Never raises for any string.
    """
    front = front_matter(text)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    spoken = language(text)
    if spoken == "other":
        note = "language: this text does not read as English, the only language of these rules; nothing was extracted"
        return Extraction(ENGINE, VERSION, digest, front, notes=(note,))
    drafts: list[Draft] = []
    sentences: list[Sentence] = []
    for paragraph in paragraphs(text, front.body_start):
        drafts += _paragraph(text, paragraph, drafts)
        sentences += paragraph.sentences
        if progress is not None:
            progress(paragraph.end, len(text))
    if progress is not None:
        progress(len(text), len(text))
    day = published_on or front.published_on
    resolver = Resolver(sentences)
    attributions = assembly.finished(drafts, text, resolver, day)
    stated = Claims(text, resolver, day).all(attributions)
    restated = restatements(text, attributions, sentences)
    return Extraction(ENGINE, VERSION, digest, front, attributions, stated, restated)


def _paragraph(text: str, paragraph: Paragraph, before: list[Draft]) -> list[Draft]:
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
