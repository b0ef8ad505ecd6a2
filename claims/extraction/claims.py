"""Stand-alone statements out of contents."""

from __future__ import annotations

from datetime import date

from claims.extraction.sentences import Sentence
from claims.extraction.types import Attribution, Claim, ClaimLink, Restatement


def claims(
    text: str, attributions: tuple[Attribution, ...], sentences: list[Sentence], day: date | None
) -> tuple[Claim, ...]:
    return tuple(
        Claim(f"C{n}", " ".join(s.text for s in a.content), (ClaimLink(a.id, a.stance),), "checkable", 0.5, ())
        for n, a in enumerate(attributions, start=1)
    )


def restatements(
    text: str, attributions: tuple[Attribution, ...], sentences: list[Sentence]
) -> tuple[Restatement, ...]:
    return ()
