"""Which of the names before a pronoun it means: a linear score of a few features, the same for every text.

The features are those of Lappin and Leass (1994): distance, subjecthood, parallelism, possession, frequency, who spoke
last. Gender and number exclude; they do not weigh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log
from typing import Literal

Role = Literal["subject", "object", "behind preposition", "possessive"]


@dataclass(slots=True)
class Mention:
    """A name at a place in the text; `entity` is the fullest form that the text has of it."""

    start: int
    end: int
    entity: str
    person: bool
    role: Role
    sentence: int
    paragraph: int
    whole: bool
    """More than a single word that may be anybody's."""
    opens: bool = False
    """The first name of its sentence, near its beginning."""
    demonym: bool = False


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun at a place: its role there, and who spoke last before it."""

    at: int
    role: Role
    sentence: int
    paragraph: int
    speaker: str | None = None
    opens: bool = False
    """It stands among the first words of its sentence: "In his review, Conor Whately …"."""


# Fitted as a softmax over the candidates of each pronoun (maximum likelihood, L2 of 0.001) on GAP's development set and
# the he and she of the corpus' stories, those held out excepted.
WEIGHTS: Mapping[str, float] = {
    "same sentence": 2.37,
    "same paragraph": 1.57,
    "announced": 1.50,
    "named often": 1.46,
    "subject": 1.26,
    "after": 0.99,
    "sentence before": 0.84,
    "gender known": 0.51,
    "subject to subject": 0.46,
    "person known": 0.41,
    "possessive": 0.25,
    "most named": 0.24,
    "opens sentence": 0.23,
    "nearest": 0.18,
    "spoke last": 0.18,
    "carried": -0.01,
    "silent": -0.18,
    "nearer ones": -0.24,
    "whole name": -0.27,
    "two before": -0.39,
    "further": -0.47,
    "owned here": -0.55,
    "share of text": -0.60,
    "behind preposition": -0.61,
    "object here": -1.55,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that the pronoun can mean: its mentions within reach, the nearest first, and what is known of it."""

    entity: str
    mentions: list[Mention]
    rank: int
    """How many entities are nearer."""
    distance: int
    """Sentences between, without those that go on with the same pronoun."""
    carried: bool
    person: bool
    agrees: bool
    share: float
    """Of all mentions of people in the text."""
    most: bool


def features(pronoun: Pronoun, found: Candidate) -> dict[str, float]:
    """What speaks for the entity, by name."""
    nearest = found.mentions[0]
    after = nearest.start > pronoun.at
    here = nearest.sentence == pronoun.sentence and not after
    out = {
        "same sentence": here,
        "sentence before": not here and not after and found.distance <= 1,
        "two before": found.distance == 2,
        "further": found.distance > 2,
        "carried": found.carried,
        "after": after,
        "announced": after and pronoun.opens and nearest.role == "subject",
        "same paragraph": nearest.paragraph == pronoun.paragraph,
        "subject": any(one.role == "subject" for one in found.mentions if one.sentence == nearest.sentence),
        "opens sentence": nearest.opens,
        "behind preposition": nearest.role == "behind preposition",
        "possessive": nearest.role == "possessive",
        "subject to subject": pronoun.role == "subject" == nearest.role,
        "owned here": pronoun.role == "possessive" and here and nearest.role == "subject",
        "object here": pronoun.role == "object" and here and nearest.role == "subject",
        "gender known": found.agrees,
        "person known": found.person,
        "whole name": nearest.whole,
        "spoke last": nearest.entity == pronoun.speaker,
        "silent": pronoun.speaker is not None and nearest.entity != pronoun.speaker,
        "nearer ones": min(found.rank, 5),
        "nearest": found.rank == 0,
        "named often": log(1 + len(found.mentions)),
        "share of text": found.share,
        "most named": found.most,
    }
    return {name: float(value) for name, value in out.items() if value}


def score(found: Mapping[str, float]) -> float:
    return sum(WEIGHTS.get(name, 0.0) * value for name, value in found.items())


def best(scored: Iterable[tuple[str, Mapping[str, float]]], margin: float) -> str | None:
    """The entity with the highest score, None where the next one is nearer than the margin."""
    ranked = sorted(((score(found), entity) for entity, found in scored), reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < margin):
        return None
    return ranked[0][1]
