"""A published verdict in the formats of others.

- schema.org ClaimReview as JSON-LD (https://schema.org/ClaimReview, and Google's guide to structured data);
- an item of the answer of Google's Fact Check Tools, `claims:search` (v1alpha1);
- an item of AVeriTeC (Schlichtkrull, Guo and Vlachos, "AVeriTeC: A Dataset for Real-world Claim Verification with
  Evidence from the Web", 2023).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from claims.rules.links import check_link
from claims.rules.ratings import NormalisedLabel, Rating, RatingScale

JsonObject = dict[str, Any]

# The guide asks for less than 75 characters; longer texts are cut off in search results.
CLAIM_REVIEWED_LIMIT = 74
AVERITEC_LABELS: dict[NormalisedLabel, str] = {
    NormalisedLabel.SUPPORTED: "Supported",
    NormalisedLabel.REFUTED: "Refuted",
    NormalisedLabel.CONFLICTING: "Conflicting Evidence/Cherrypicking",
    NormalisedLabel.NOT_ENOUGH_EVIDENCE: "Not Enough Evidence",
}


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who said it. `is_person` is False for an organisation, a government or a group; `same_as` is their page."""

    name: str
    is_person: bool = True
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class ClaimSaid:
    """The claim in full words, and where it stood. `first_appearance` and `appearances` are addresses."""

    text: str
    claimant: Claimant | None = None
    said_on: date | None = None
    first_appearance: str = ""
    appearances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectionNote:
    """A public note on what was corrected, and when (aware)."""

    text: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedReview:
    """One published verdict on the truth of a claim. Times are aware; addresses are absolute http(s)."""

    url: str
    title: str
    rating: Rating
    scale: RatingScale
    explanation: str
    publisher_name: str
    publisher_url: str
    language: str
    published_at: datetime
    modified_at: datetime | None = None
    corrections: tuple[CorrectionNote, ...] = ()

    def __post_init__(self) -> None:
        check_link(self.url)
        check_link(self.publisher_url)
        if self.rating not in self.scale.ratings:
            raise ValueError(f"The rating {self.rating.key} is not of the {self.scale.axis} scale.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question of the check. `kind` is Extractive, Abstractive, Boolean or Unanswerable."""

    text: str
    kind: str = "Extractive"
    source_url: str = ""
    cached_source_url: str = ""
    source_medium: str = "Web text"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the check asked, with the answers that the evidence gave."""

    text: str
    answers: tuple[Answer, ...] = ()


def shorten(text: str, limit: int = CLAIM_REVIEWED_LIMIT) -> str:
    """The text on one line in at most `limit` code points, cut between words where possible, with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    # Only a word that the cut goes through is dropped, and never more than half of the line.
    if line[limit - 1] != " " and (at := head.rfind(" ")) >= limit // 2:
        head = head[:at]
    return head.rstrip(" ,;:–—-") + "…"


def claim_review(claim: ClaimSaid, review: PublishedReview) -> JsonObject:
    """The review as ClaimReview. It must stand on the page of its own `url`, so a foreign host raises ValueError."""
    if site(review.url) != site(review.publisher_url):
        raise ValueError("The address of a review lies on the host of its publisher.")
    document: JsonObject = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": review.url,
        "claimReviewed": shorten(claim.text),
        "author": {"@type": "Organization", "name": review.publisher_name, "url": review.publisher_url},
        "datePublished": _time(review.published_at),
        "inLanguage": review.language,
        "itemReviewed": _claim(claim),
        "reviewRating": _rating(review),
    }
    if review.modified_at is not None:
        document["dateModified"] = _time(review.modified_at)
    if review.corrections:
        document["correction"] = [
            {"@type": "CorrectionComment", "text": note.text, "datePublished": _time(note.published_at)}
            for note in review.corrections
        ]
    return document


def script_text(document: JsonObject) -> str:
    """The document as text that may stand in a script element: nothing in it can close the element."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def search_item(claim: ClaimSaid, reviews: Iterable[PublishedReview]) -> JsonObject:
    """One element of `claims` in the answer to `claims:search`; fields without a value are left out, as Google does."""
    found = [
        {
            "publisher": {"name": review.publisher_name, "site": site(review.publisher_url)},
            "url": review.url,
            "title": review.title,
            "reviewDate": _zulu(review.published_at),
            "textualRating": review.rating.label,
            "languageCode": review.language,
        }
        for review in reviews
    ]
    item: JsonObject = {"text": claim.text, "claimReview": found}
    if claim.claimant:
        item["claimant"] = claim.claimant.name
    if claim.said_on:
        item["claimDate"] = f"{claim.said_on.isoformat()}T00:00:00Z"
    return item


def averitec_item(
    claim: ClaimSaid,
    review: PublishedReview,
    questions: Iterable[Question],
    *,
    cached_claim_url: str = "",
    reporting_source: str = "",
) -> JsonObject:
    """The review as an AVeriTeC item. What is unknown is null; dates are day-month-year without leading zeros."""
    said = claim.said_on
    return {
        "claim": claim.text,
        "label": AVERITEC_LABELS[review.rating.normalised],
        "justification": review.explanation,
        "claim_date": f"{said.day}-{said.month}-{said.year}" if said else None,
        "speaker": claim.claimant.name if claim.claimant else None,
        "original_claim_url": claim.first_appearance or None,
        "cached_original_claim_url": cached_claim_url or None,
        "fact_checking_article": review.url,
        "reporting_source": reporting_source or None,
        "questions": [
            {"question": question.text, "answers": [_answer(answer) for answer in question.answers]}
            for question in questions
        ],
    }


def site(url: str) -> str:
    """The host of an address without "www.", as `publisher.site` and its filter have it."""
    return (urlsplit(check_link(url)).hostname or "").removeprefix("www.")


def _claim(claim: ClaimSaid) -> JsonObject:
    item: JsonObject = {"@type": "Claim"}
    if claim.claimant:
        kind = "Person" if claim.claimant.is_person else "Organization"
        item["author"] = {"@type": kind, "name": claim.claimant.name}
        if claim.claimant.same_as:
            item["author"]["sameAs"] = claim.claimant.same_as
    if claim.said_on:
        item["datePublished"] = claim.said_on.isoformat()
    if claim.first_appearance:
        item["firstAppearance"] = {"@type": "CreativeWork", "url": claim.first_appearance}
    if claim.appearances:
        item["appearance"] = [{"@type": "CreativeWork", "url": url} for url in claim.appearances]
    return item


def _rating(review: PublishedReview) -> JsonObject:
    """An unnumbered rating has no value: any number would place it between true and false."""
    rated: JsonObject = {"@type": "Rating", "alternateName": review.rating.label}
    if review.rating.number is not None:
        rated |= {
            "ratingValue": review.rating.number,
            "bestRating": review.scale.best,
            "worstRating": review.scale.worst,
        }
    if review.explanation.strip():
        rated["ratingExplanation"] = review.explanation
    return rated


def _answer(answer: Answer) -> JsonObject:
    return {
        "answer": answer.text,
        "answer_type": answer.kind,
        "source_url": answer.source_url or None,
        "cached_source_url": answer.cached_source_url or None,
        "source_medium": answer.source_medium,
    }


def _time(moment: datetime) -> str:
    """ISO 8601 with its zone, to the second; raises ValueError for a time without one."""
    if moment.tzinfo is None:
        raise ValueError("A published time needs its zone.")
    return moment.isoformat(timespec="seconds")


def _zulu(moment: datetime) -> str:
    """The form of Google's timestamps: UTC with a Z."""
    _time(moment)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
