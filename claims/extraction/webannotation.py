"""Attributions as W3C Web Annotations (https://www.w3.org/TR/annotation-model/): one annotation for every span.

A span is told twice, by its words (TextQuoteSelector: exact, prefix, suffix) and by its place (TextPositionSelector:
code points, end exclusive), so that it is found again in a text that has changed a little. The state holds the sha256
of the text that was read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
ROLES = ("source", "cue", "content")
AROUND = 32
"""Code points before and after a quote that its selector holds."""


def page(text: str, attributions: Iterable[Mapping[str, Any]], *, source: str, sha256: str) -> dict[str, Any]:
    """An AnnotationPage for rows of the attribution JSON; `source` is the address of the text."""
    state = {"type": "State", "sha256": sha256}
    items = [
        {
            "id": f"{source}#{row['id']}-{role}-{number}",
            "type": "Annotation",
            "motivation": "identifying",
            "body": [
                {"type": "TextualBody", "purpose": "tagging", "value": tag}
                for tag in (role, row["id"], row["stance"], row["quote_type"])
            ],
            "target": {"source": source, "state": state, "selector": selectors(text, span["start"], span["end"])},
        }
        for row in attributions
        for role in ROLES
        for number, span in enumerate(row[role], start=1)
    ]
    return {"@context": CONTEXT, "type": "AnnotationPage", "items": items}


def selectors(text: str, start: int, end: int) -> list[dict[str, Any]]:
    """The two selectors of `text[start:end]`."""
    quote = {
        "type": "TextQuoteSelector",
        "exact": text[start:end],
        "prefix": text[max(0, start - AROUND) : start],
        "suffix": text[end : end + AROUND],
    }
    return [quote, {"type": "TextPositionSelector", "start": start, "end": end}]


def content_address(sha256: str) -> str:
    """An address for a text that has none but its own hash: a `ni` URI (RFC 6920)."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode("ascii")
    return f"ni:///sha-256;{digest}"
