"""Which claim comes first, and which reviewer it suits. Every number comes with the reasons that made it."""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from claims.rules import topics as topic_rules

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
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskWeights:
    """How many of the 100 points each consideration may give, and what a topic adds or takes on this desk."""

    worthiness: float = 60
    freshness: float = 15
    spread: float = 15
    waiting: float = 10
    due: float = 20
    freshness_half_life_h: float = 48.0
    waiting_full_h: float = 168.0
    due_from_h: float = 72.0
    topics: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if min(self.worthiness, self.freshness, self.spread, self.waiting, self.due) < 0:
            raise ValueError("A weight cannot be negative.")
        if min(self.freshness_half_life_h, self.waiting_full_h, self.due_from_h) <= 0:
            raise ValueError("Half-life and waiting time must be longer than zero hours.")


# What a desk may weigh for itself, besides topics.
WEIGHED = ("worthiness", "freshness", "spread", "waiting", "due")
MOST = 100
WEIGHED_TOPICS = 100


def problems(weights: Any) -> list[str]:
    """What is wrong with a desk's own weights, in sentences; nothing when they can be used."""
    if not isinstance(weights, dict):
        return ['Write an object of considerations and points, such as {"due": 30, "topics": {"health": 10}}.']
    out = []
    for name, points in weights.items():
        if name == "topics":
            out += _topic_problems(points)
        elif name not in WEIGHED:
            out.append(f"There is no consideration “{name}”. Use: {', '.join(WEIGHED)}, topics.")
        elif not _within(points, 0):
            out.append(f"The points of “{name}” are a number from 0 to {MOST}, not {points!r}.")
    return out


def _topic_problems(topics: Any) -> list[str]:
    if not isinstance(topics, dict):
        return ['Write the topics as an object of names and points, such as {"health": 10}.']
    if len(topics) > WEIGHED_TOPICS:
        return [f"Weigh at most {WEIGHED_TOPICS} topics; these are {len(topics)}."]
    out = []
    for name, points in topics.items():
        named = topic_rules.topics([name])
        if len(named) != 1:
            out.append("Each topic has a name, without a comma in it.")
        elif problem := topic_rules.problem(named):
            out.append(problem)
        elif not _within(points, -MOST):
            out.append(f"The points of the topic “{named[0]}” are a number from -{MOST} to {MOST}.")
    if not out and len(topic_rules.topics(topics)) < len(topics):
        out.append("Name each topic once; capitals make no other topic.")
    return out


def folded(weights: Mapping[str, Any]) -> dict[str, Any]:
    """The same weights with the topics named as articles have them; they must be without problems()."""
    if "topics" not in weights:
        return dict(weights)
    return {**weights, "topics": {topic_rules.topics([name])[0]: points for name, points in weights["topics"].items()}}


def _within(points: Any, least: int) -> bool:
    return isinstance(points, int | float) and not isinstance(points, bool) and least <= points <= MOST


def weights_of(own: Mapping[str, Any]) -> DeskWeights:
    """The weights of a desk, which go before the defaults; they must be without problems()."""
    return DeskWeights(**own)


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
    reasons += _timing(claim, weights, now) + _deadline(claim, weights, now)
    if claim.articles > 1:
        # Sixteen articles give the full weight; each doubling counts the same.
        points = round(weights.spread * min(1.0, math.log2(claim.articles) / 4))
        reasons.append(Reason("spread", points, f"Found in {claim.articles} articles."))
    for topic in sorted(claim.topics & weights.topics.keys()):
        reasons.append(Reason("topic", round(weights.topics[topic]), f"The desk weighs the topic {topic}."))
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


def _deadline(claim: ClaimFacts, weights: DeskWeights, now: datetime) -> list[Reason]:
    """What is due counts more the nearer it is, and most from then on."""
    if claim.due_at is None:
        return []
    left = (claim.due_at - now).total_seconds() / HOURS
    points = round(weights.due * max(0.0, min(1.0, 1 - left / weights.due_from_h)))
    return [Reason("due", points, f"Due in {_span(left)}." if left > 0 else f"Overdue for {_span(-left)}.")]


# In which unit a length of time is told: its hours, and from how many hours on.
UNITS = (("year", 8766, 2 * 8766), ("month", 730.5, 2 * 730.5), ("day", 24, 48), ("hour", 1, 1))


def _span(hours: float) -> str:
    """A length of time as a person would say it."""
    if hours < 1:
        return "less than an hour"
    unit, length = next((unit, length) for unit, length, least in UNITS if hours >= least)
    count = int(hours // length)
    return f"{count} {unit}" + ("" if count == 1 else "s")


@dataclass(frozen=True, slots=True)
class SeniorPolicy:
    """What a desk keeps for experienced reviewers: from which priority on (None: none), and which share (0..1)."""

    priority_from: int | None = None
    share: float = 0.0


def reserved(policy: SeniorPolicy, priority: int, sample: float, *, overdue: bool) -> bool:
    """Whether a claim is kept for experienced reviewers; `sample` is a number in [0, 1) that stays the claim's own.

    Once overdue it is anybody's: late by the right person is worse than in time by another.
    """
    if overdue:
        return False
    important = policy.priority_from is not None and priority >= policy.priority_from
    return important or sample < policy.share


@dataclass(frozen=True, slots=True)
class ClaimNeeds:
    """What a claim asks of its reviewer. `parties` are the ids of the sources and outlets that it concerns,
    `reviewers` those who had a part in it or declined it, and `reserved` says that it is for experienced ones.
    """

    language: str
    topics: frozenset[str] = frozenset()
    parties: frozenset[Hashable] = frozenset()
    reviewers: frozenset[Hashable] = frozenset()
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class ReviewerFacts:
    """What a reviewer brings. `languages` are BCP 47 tags, none: they read everything that the desk takes in.
    `conflicts` are ids of parties they stand too near. `away` says until when they are, in words; empty: they are here.
    """

    person: Hashable
    languages: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    conflicts: frozenset[Hashable] = frozenset()
    capacity: int = 5
    load: int = 0
    senior: bool = False
    away: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a reviewer may take a claim, how well it suits (0..100), and why."""

    eligible: bool
    score: int
    reasons: tuple[Reason, ...]


def fit(claim: ClaimNeeds, reviewer: ReviewerFacts) -> Fit:
    """How a claim suits a reviewer. Anything in the way makes them ineligible with score 0 and is listed in full."""
    obstacles = _obstacles(claim, reviewer)
    if reviewer.away:
        # Nothing is put before them. What they take themselves all the same is theirs: see next_for().
        obstacles.append(Reason("away", 0, f"Is away until {reviewer.away}."))
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


def able(claim: ClaimNeeds, reviewer: ReviewerFacts) -> bool:
    """Whether the claim could come to the reviewer at all, once they have room."""
    return not reviewer.away and all(reason.code == "capacity" for reason in _obstacles(claim, reviewer))


def _obstacles(claim: ClaimNeeds, reviewer: ReviewerFacts) -> list[Reason]:
    obstacles = []
    if not reads(reviewer.languages, claim.language):
        obstacles.append(Reason("language", 0, f"Does not read the claim's language ({claim.language})."))
    if claim.parties & reviewer.conflicts:
        obstacles.append(Reason("conflict_of_interest", 0, "Has declared a conflict of interest with a party."))
    if reviewer.person in claim.reviewers:
        obstacles.append(Reason("already_reviewed", 0, "Had a part in this claim, or declined it."))
    if claim.reserved and not reviewer.senior:
        obstacles.append(Reason("reserved", 0, "It is reserved for experienced reviewers."))
    if reviewer.load >= reviewer.capacity:
        obstacles.append(Reason("capacity", 0, f"Holds {reviewer.load} of {reviewer.capacity} claims: no room left."))
    return obstacles


def reads(languages: Iterable[str], tag: str) -> bool:
    """Whether somebody who lists these languages reads a text in that one; whoever lists none reads everything."""
    listed = {primary_language(language) for language in languages}
    return not listed or primary_language(tag) in listed


@dataclass(frozen=True, slots=True)
class Lane:
    """Places of one desk, reserved or not, of one language or (None) of all: what some people may have, by priority."""

    desk: int
    reserved: bool
    language: str | None = None


def lanes(desk: int, people: Iterable[tuple[Iterable[str], bool]]) -> list[Lane]:
    """The lanes of a desk that these people walk together, each place in one of them at most.

    Of each person the languages that they list, and whether they may have what is reserved.
    """
    read: dict[bool, set[str] | None] = {False: set(), True: set()}
    for languages, senior in people:
        listed = {primary_language(tag) for tag in languages}
        for reserved_ in (False, True) if senior else (False,):
            known = read[reserved_]
            # Whoever lists none reads everything, and then no other lane is needed.
            read[reserved_] = None if known is None or not listed else known | listed
    return [
        Lane(desk, reserved_, language)
        for reserved_, known in read.items()
        for language in ([None] if known is None else sorted(known))
    ]


# As many of the most important claims are weighed against each other, and knowing a topic moves one up by so much at
# most: what a person knows decides between neighbours in the queue, and never that something important waits.
LOOK_AT = 50
KNOWING = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim in the queue of a desk: the id of its place, its priority (0..100), and what it asks for."""

    id: int
    desk: Hashable
    priority: int
    needs: ClaimNeeds


def known_points(topics: frozenset[str], known: frozenset[str]) -> int:
    """0 to KNOWING, by the share of a claim's topics that the person knows; 0 for a claim without topics."""
    return KNOWING * len(topics & known) // len(topics) if topics else 0


def fit_of_next(needs: ClaimNeeds, reviewer: ReviewerFacts) -> tuple[Reason, ...]:
    """What speaks for giving the next claim to this person, beside its priority, as it is told to them."""
    known = needs.topics & reviewer.topics
    points = known_points(needs.topics, reviewer.topics)
    reasons = [Reason("topics", points, f"Knows {', '.join(sorted(known))}.")] if known else []
    if needs.reserved:
        reasons.append(Reason("reserved", 0, "Reserved for experienced reviewers."))
    return (*reasons, Reason("load", 0, f"Holds {reviewer.load} of {reviewer.capacity} claims."))


def next_for(waiting: Iterable[Waiting], seats: Mapping[Hashable, ReviewerFacts]) -> Waiting | None:
    """The claim that a person gets who asks for the next one; `seats` has what they bring at each of their desks.

    Nothing that an obstacle keeps from them. Of the LOOK_AT most important ones, the oldest first among equals, the
    one with the most points of priority and knowledge together. models/taking.py does the same in the database.
    """
    able = (each for each in waiting if each.desk in seats and not _obstacles(each.needs, seats[each.desk]))
    first = sorted(able, key=lambda each: (-each.priority, each.id))[:LOOK_AT]

    def points(each: Waiting) -> int:
        return each.priority + known_points(each.needs.topics, seats[each.desk].topics)

    return min(first, key=lambda each: (-points(each), -each.priority, each.id), default=None)


def primary_language(tag: str) -> str:
    """The language of a BCP 47 tag without region or script: `en-GB` and `EN_us` are both `en`."""
    return tag.strip().replace("_", "-").split("-", 1)[0].casefold()
