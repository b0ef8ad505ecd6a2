"""The words of attribution (PARC 3.0, PolNeAR) as frozen values.

Offsets count Unicode code points of the text exactly as given, end exclusive, and never move.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

QuoteType = Literal["direct", "indirect", "mixed"]
Stance = Literal["asserts", "denies", "accuses", "declares", "questions", "predicts", "evaluates"]
Narrator = Literal["neutral", "endorses", "contradicts"]
Checkability = Literal["checkable", "opinion", "prediction", "rhetoric", "vague"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text: `text[start:end]`."""

    start: int
    end: int
    text: str

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Span:
        return cls(start, end, text[start:end])

    def as_json(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "text": self.text}

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who (source) said (cue) what (content), each as spans; content may be discontinuous.

    `rule` names the rule that found it, `source_entity` the name a source stands for within this text (None: unsure),
    `frequency` how often it is said ("regular"). `parent` is the attribution whose content holds this one,
    `responds_to` the one that a denial answers. `confidence` lies in 0..1.
    """

    id: str
    source: tuple[Span, ...]
    cue: tuple[Span, ...]
    content: tuple[Span, ...]
    quote_type: QuoteType
    stance: Stance
    confidence: float
    rule: str
    source_entity: str | None = None
    channel: str | None = None
    said_on: date | None = None
    narrator: Narrator = "neutral"
    frequency: str | None = None
    parent: str | None = None
    responds_to: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "source": [span.as_json() for span in self.source],
            "source_entity": self.source_entity,
            "cue": [span.as_json() for span in self.cue],
            "content": [span.as_json() for span in self.content],
            "quote_type": self.quote_type,
            "stance": self.stance,
            "channel": self.channel,
            "said_on": self.said_on.isoformat() if self.said_on else None,
            "narrator": self.narrator,
            "parent": self.parent,
            "responds_to": self.responds_to,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class ClaimLink:
    """One attribution of a claim and what its source does with it."""

    id: str
    stance: Stance

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "stance": self.stance}


@dataclass(frozen=True, slots=True)
class Resolution:
    """Words of a claim that replace words of the text: a pronoun by its name, "Monday" by its date."""

    surface: str
    resolved: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One stand-alone statement; `resolutions` account for every word that the content itself lacks, `features` for
    its worth.
    """

    id: str
    text: str
    attributions: tuple[ClaimLink, ...]
    checkability: Checkability = "checkable"
    check_worthiness: float = 0.0
    reasons: tuple[str, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    as_of: date | None = None
    features: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "text": self.text,
            "attributions": [link.as_json() for link in self.attributions],
            "checkability": self.checkability,
            "check_worthiness": self.check_worthiness,
            "features": list(self.features),
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Restatement:
    """The narrator repeats in the outlet's own voice what a source says elsewhere in the text."""

    span: Span
    restates: str

    def as_json(self) -> dict[str, Any]:
        return {"span": self.span.as_json(), "restates": self.restates}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What an article says of itself before it begins; whatever is not there is None or empty."""

    outlet: str | None = None
    byline: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    agency: str | None = None
    published_on: date | None = None
    body_start: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "outlet": self.outlet,
            "byline": list(self.byline),
            "dateline": {"places": list(self.places), "agency": self.agency},
            "published_on": self.published_on.isoformat() if self.published_on else None,
        }


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything that was found in one text. `as_json()` is the attribution JSON of the wire formats."""

    engine: str
    version: str
    text_sha256: str
    article: FrontMatter
    attributions: tuple[Attribution, ...] = ()
    claims: tuple[Claim, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return {
            "engine": {"name": self.engine, "version": self.version},
            "text_sha256": self.text_sha256,
            "article": self.article.as_json(),
            "attributions": [attribution.as_json() for attribution in self.attributions],
            "claims": [claim.as_json() for claim in self.claims],
            "restatements": [restatement.as_json() for restatement in self.restatements],
            "notes": list(self.notes),
        }
