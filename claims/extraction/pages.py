"""The article on a web page: its words without navigation and adverts, and what the page says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Page:
    """What was found; empty where the page is silent."""

    text: str
    title: str
    site: str
    authors: tuple[str, ...]
    published_on: date | None


def read(page: bytes, address: str = "") -> Page | None:
    """The article of an HTML page in any encoding that it declares; None when there is none. Never fetches anything."""
    # A quarter of a second, which no start and no other request should pay.
    import trafilatura
    from trafilatura.settings import Document

    found = trafilatura.bare_extraction(page, url=address or None, include_comments=False, with_metadata=True)
    if not isinstance(found, Document) or len((found.text or "").split()) < FEWEST_WORDS:
        return None
    authors = tuple(_one_line(name) for name in (found.author or "").split(";") if name.strip())
    published = date.fromisoformat(found.date) if found.date else None
    return Page(found.text or "", _one_line(found.title), _one_line(found.sitename), authors, published)


def _one_line(words: str | None) -> str:
    return " ".join("".join(char for char in words or "" if char.isprintable() or char.isspace()).split())
