"""The one entry: text in, attributed claims out.

    extract(text, published_on=…) -> Extraction

Scanner and rules read first; the encoder, told what they found, decides; a deterministic layer puts both together; then
sources are named and claims are made. Without the model, or with `model=None`, the drafts of the rules go on alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from claims.extraction import assembly
from claims.extraction.claims import Claims
from claims.extraction.coreference import Resolver
from claims.extraction.encoder import FOLDER, Encoder, Reading, load, version_of
from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.reading import read_text
from claims.extraction.grammar.sentences import Paragraph
from claims.extraction.readings import joined
from claims.extraction.restatements import echoes, restatements
from claims.extraction.text import front_matter, language
from claims.extraction.types import Extraction, FrontMatter
from claims.extraction.windows import windows

RULES = "rules", "3"
"""Name and version of the engine without a model. Another version finds other things in the same text."""
ENCODER = "encoder"
_BY_RULES = 0.15
"""Share of the time that is over when the rules have read, for the progress."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Ruled:
    """A text with what scanner and rules made of it."""

    text: str
    day: date | None
    front: FrontMatter
    read: list[tuple[Paragraph, list[Draft]]]
    foreign: bool = False


def extract(
    text: str, *, published_on: date | None = None, progress: Progress | None = None, model: Path | None = FOLDER
) -> Extraction:
    """All attributions of `text` with their sources' names and stand-alone claims.

    `published_on` overrides the date that the text itself states; relative dates are resolved against it.
    `progress(done, total)` is called with code points as the text is read. `model` is the folder of the encoder, None
    for the rules alone. Text in another language than English yields no attributions and a note that says so. Never
    raises for any string.
    """
    encoder = load(model) if model is not None else None
    ruled = _ruled(text, published_on, progress)
    readings: list[Reading] = []
    if encoder is not None:
        for window in windows(text, ruled.read, encoder.tokenizer):
            readings += encoder.read(window)
            if progress is not None:
                progress(int((_BY_RULES + (1 - _BY_RULES) * window.end / len(text)) * len(text)), len(text))
    if progress is not None:
        progress(len(text), len(text))
    return _finished(ruled, encoder, readings)


def engine(*, model: Path | None = FOLDER) -> tuple[str, str]:
    """Name and version that `extract` would give. No text is read, and no weights are loaded."""
    return _named(version_of(model) if model is not None else None)


def _named(weights: str | None) -> tuple[str, str]:
    """The encoder reads what the rules tell it, so that the version of both is its version."""
    return (ENCODER, f"{weights}.{RULES[1]}") if weights is not None else RULES


def _ruled(text: str, published_on: date | None, progress: Progress | None) -> _Ruled:
    front = front_matter(text)
    out = _Ruled(text, published_on or front.published_on, front, [])
    if language(text) == "other":
        out.foreign = True
        return out
    for paragraph, drafts in read_text(text, front.body_start):
        out.read.append((paragraph, drafts))
        if progress is not None:
            progress(int(_BY_RULES * paragraph.end), len(text))
    return out


def _finished(ruled: _Ruled, encoder: Encoder | None, readings: list[Reading]) -> Extraction:
    text = ruled.text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    name, version = _named(encoder.version if encoder is not None else None)
    if ruled.foreign:
        note = "language: this text does not read as English, the only language of this engine; nothing was extracted"
        return Extraction(name, version, digest, ruled.front, notes=(note,))
    if encoder is not None:
        drafts = joined(text, ruled.read, readings, encoder.manifest)
    else:
        drafts = [draft for _, drafts in ruled.read for draft in drafts]
    sentences = [sentence for paragraph, _ in ruled.read for sentence in paragraph.sentences]
    resolver = Resolver(sentences)
    attributions = assembly.finished(drafts, text, resolver, ruled.day)
    restated = restatements(text, attributions, sentences)
    repeated = {
        "restated_by_outlet": {one.restates for one in restated},
        "restated_by_others": echoes(attributions),
    }
    claims = Claims(text, resolver, ruled.day, repeated)
    stated = claims.all(attributions)
    return Extraction(name, version, digest, ruled.front, attributions, stated, restated, tuple(claims.notes))
