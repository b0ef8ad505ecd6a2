"""Which claim comes first, and which reviewer it suits. Every number comes with the reasons that made it."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

HOURS = 3600.0


class Checkability(StrEnum):
    """Whether evidence could settle the claim at all."""

    CHECKABLE = "checkable"
    OPINION = "opinion"
    PREDICTION = "prediction"
    RHETORIC = "rhetoric"
    VAGUE = "vague"


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a decision: a stable code, the points it gave or took, a sentence for the desk."""

    code: str
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What decides a claim's turn. `check_worthiness` is 0..1; `articles` counts those that carry the claim."""

    checkability: Checkability
    check_worthiness: float
    published_at: datetime | None = None
    queued_at: datetime | None = None
    articles: int = 1
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeskWeights:
    """How many of the 100 points each consideration may give, and what a topic adds or takes on this desk."""

    worthiness: int = 60
    freshness: int = 15
    spread: int = 15
    waiting: int = 10
    freshness_half_life_h: float = 48.0
    waiting_full_h: float = 168.0
    topics: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if min(self.worthiness, self.freshness, self.spread, self.waiting) < 0:
            raise ValueError("A weight cannot be negative.")
        if self.freshness_half_life_h <= 0 or self.waiting_full_h <= 0:
            raise ValueError("Half-life and waiting time must be longer than zero hours.")


@dataclass(frozen=True, slots=True)
class Priority:
    """0 (can wait for ever) to 100 (now); `reasons` are in the order in which they were weighed."""

    score: int
    reasons: tuple[Reason, ...]


def queueable(checkability: Checkability) -> bool:
    """True when a reviewer could settle the claim; the rest stays visible but is not put before anyone."""
    return checkability is Checkability.CHECKABLE


def priority(claim: ClaimFacts, weights: DeskWeights, now: datetime) -> Priority:
    """The claim's turn, 0..100. Times must be aware; a claim that is not queueable gets 0.

    Raises ValueError when the check-worthiness is not a number from 0 to 1.
    """
    if not 0.0 <= claim.check_worthiness <= 1.0:
        raise ValueError(f"Check-worthiness must lie between 0 and 1, not {claim.check_worthiness}.")
    if not queueable(claim.checkability):
        text = f"Not for the queue: it is classed as {claim.checkability.value}."
        return Priority(0, (Reason("not_checkable", 0, text),))
    worth = round(weights.worthiness * claim.check_worthiness)
    reasons = [Reason("worthiness", worth, f"Check-worthiness {claim.check_worthiness:.2f}.")]
    reasons += _timing(claim, weights, now)
    if claim.articles > 1:
        # Sixteen articles give the full weight; each doubling counts the same.
        points = round(weights.spread * min(1.0, math.log2(claim.articles) / 4))
        reasons.append(Reason("spread", points, f"Found in {claim.articles} articles."))
    for topic in sorted(claim.topics & weights.topics.keys()):
        reasons.append(Reason("topic", weights.topics[topic], f"The desk weighs the topic {topic}."))
    score = sum(reason.points for reason in reasons)
    return Priority(max(0, min(100, score)), tuple(reasons))


def _timing(claim: ClaimFacts, weights: DeskWeights, now: datetime) -> list[Reason]:
    """News fades, but what waits in the queue gains, so that nothing is starved by what is new."""
    reasons = []
    if claim.published_at is not None:
        # An article dated in the future (an embargo, a skewed clock) counts as published now.
        age = max(0.0, (now - claim.published_at).total_seconds() / HOURS)
        points = round(weights.freshness * 0.5 ** (age / weights.freshness_half_life_h))
        reasons.append(Reason("freshness", points, f"Published {_span(age)} ago."))
    if claim.queued_at is not None:
        waited = max(0.0, (now - claim.queued_at).total_seconds() / HOURS)
        points = round(weights.waiting * min(1.0, waited / weights.waiting_full_h))
        reasons.append(Reason("waiting", points, f"In the queue for {_span(waited)}."))
    return reasons


def _span(hours: float) -> str:
    """A length of time as a person would say it."""
    if hours < 1:
        return "less than an hour"
    count, unit = (int(hours // 24), "day") if hours >= 48 else (int(hours), "hour")
    return f"{count} {unit}" + ("" if count == 1 else "s")


@dataclass(frozen=True, slots=True)
class ClaimNeeds:
    """What a claim asks of its reviewer. `parties` are the ids of the sources and outlets that it concerns."""

    language: str
    topics: frozenset[str] = frozenset()
    parties: frozenset[Hashable] = frozenset()
    reviewers: frozenset[Hashable] = frozenset()


@dataclass(frozen=True, slots=True)
class ReviewerFacts:
    """What a reviewer brings. `languages` are BCP 47 tags; `conflicts` are ids of parties they stand too near."""

    person: Hashable
    languages: frozenset[str]
    topics: frozenset[str] = frozenset()
    conflicts: frozenset[Hashable] = frozenset()
    capacity: int = 5
    load: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a reviewer may take a claim, how well it suits (0..100), and why."""

    eligible: bool
    score: int
    reasons: tuple[Reason, ...]


def fit(claim: ClaimNeeds, reviewer: ReviewerFacts) -> Fit:
    """How a claim suits a reviewer. Anything in the way makes them ineligible with score 0 and is listed in full."""
    obstacles = _obstacles(claim, reviewer)
    if obstacles:
        return Fit(False, 0, tuple(obstacles))
    known = claim.topics & reviewer.topics
    # A claim without topics asks for no expertise, so nobody loses points on it.
    share = len(known) / len(claim.topics) if claim.topics else 1.0
    free = (reviewer.capacity - reviewer.load) / reviewer.capacity
    topic_text = f"Knows {', '.join(sorted(known))}." if known else "Knows none of its topics."
    reasons = (
        Reason("topics", round(60 * share), topic_text if claim.topics else "It needs no special knowledge."),
        Reason("load", round(40 * free), f"Holds {reviewer.load} of {reviewer.capacity} claims."),
    )
    return Fit(True, sum(reason.points for reason in reasons), reasons)


def _obstacles(claim: ClaimNeeds, reviewer: ReviewerFacts) -> list[Reason]:
    obstacles = []
    if primary_language(claim.language) not in {primary_language(tag) for tag in reviewer.languages}:
        obstacles.append(Reason("language", 0, f"Does not read the claim's language ({claim.language})."))
    if claim.parties & reviewer.conflicts:
        obstacles.append(Reason("conflict_of_interest", 0, "Has declared a conflict of interest with a party."))
    if reviewer.person in claim.reviewers:
        obstacles.append(Reason("already_reviewed", 0, "Has reviewed this claim before."))
    if reviewer.load >= reviewer.capacity:
        obstacles.append(Reason("capacity", 0, f"Holds {reviewer.load} of {reviewer.capacity} claims: no room left."))
    return obstacles


def primary_language(tag: str) -> str:
    """The language of a BCP 47 tag without region or script: `en-GB` and `EN_us` are both `en`."""
    return tag.strip().replace("_", "-").split("-", 1)[0].casefold()
