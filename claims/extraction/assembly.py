"""Drafts become attributions: order, ids, quote type, channel, day, nesting, denials."""

from __future__ import annotations

from datetime import date

from claims.extraction.attribution import Draft
from claims.extraction.sentences import Sentence
from claims.extraction.types import Attribution, QuoteType, Span


def finished(text: str, drafts: list[Draft], sentences: list[Sentence], day: date | None) -> tuple[Attribution, ...]:
    ordered = sorted(drafts, key=lambda draft: (draft.cue or draft.content)[0])
    return tuple(
        Attribution(
            id=f"A{number}",
            source=_spans(text, draft.source),
            cue=_spans(text, draft.cue),
            content=_spans(text, draft.content),
            quote_type=_quote_type(draft),
            stance=draft.stance,
            confidence=round(draft.strength, 2),
            rule=draft.rule,
        )
        for number, draft in enumerate(ordered, start=1)
    )


def _spans(text: str, ranges: list[tuple[int, int]]) -> tuple[Span, ...]:
    return tuple(Span.of(text, start, end) for start, end in sorted(ranges))


def _quote_type(draft: Draft) -> QuoteType:
    quotes = [(q.start, q.end) for q in draft.sentence.quoted]
    inside = [any(a <= start and end <= b for a, b in quotes) for start, end in draft.content]
    if draft.sentence.depth or (inside and all(inside)):
        return "direct" if not draft.sentence.depth else "indirect"
    touched = any(a < end and start < b for start, end in draft.content for a, b in quotes)
    return "mixed" if touched else "indirect"
