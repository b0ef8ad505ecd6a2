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
from claims.extraction.claims import Claims
from claims.extraction.coreference import Resolver
from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.reading import drafts_of
from claims.extraction.grammar.sentences import Sentence, paragraphs
from claims.extraction.restatements import restatements
from claims.extraction.text import front_matter, language
from claims.extraction.types import Extraction

ENGINE = "rules"
VERSION = "1"

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
        drafts += drafts_of(text, paragraph, drafts)
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
