"""Invented stories for the tests of the rules, and a short way to say what the rules alone found in them."""

from datetime import date

from claims.extraction.pipeline import extract
from claims.extraction.types import Attribution, Extraction

TUESDAY = date(2023, 4, 18)


def read(text: str, day: date | None = TUESDAY) -> Extraction:
    return extract(text, published_on=day, model=None)


def words(attribution: Attribution) -> tuple[str, str, str]:
    """Source, cue and content in words; parts of a discontinuous content are joined by a bar."""

    def joined(spans: tuple[object, ...]) -> str:
        return " | ".join(str(getattr(span, "text", "")) for span in spans)

    return joined(attribution.source), joined(attribution.cue), joined(attribution.content)


def found(text: str) -> list[tuple[str, str, str]]:
    return [words(attribution) for attribution in read(text).attributions]


def only(text: str) -> Attribution:
    """The one attribution of the text."""
    (attribution,) = read(text).attributions
    return attribution
