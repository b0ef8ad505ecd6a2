"""Whether a statement can be checked at all, and how much it matters that somebody does; with the reasons in plain
words.

The features are those of ClaimBuster (Hassan et al., KDD 2017) and CheckThat!: figures, names, comparison, cause,
accusation; and what a desk asks first: who says it, who repeats it, who denies it. Each has a name, a weight that a
desk may change, and a reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from claims.extraction.countries import PLACES
from claims.extraction.types import Attribution, Checkability, Claim

_FIGURE = re.compile(
    r"\d|\b(?:hundred|thousand|million|billion|trillion|dozen|half|twice|double|doubled|tripled|percent|per cent)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?“\"] )(?<!^)\b[A-Z][\w’'-]+")
_COMPARES = re.compile(
    r"\b(?:more|fewer|less|most|least|highest|lowest|biggest|largest|worst|best|first|record|than|rose|fell|increas\w+|decreas\w+|grew|"
    r"doubl\w+|never|always|every|none|only)\b", re.IGNORECASE
)  # fmt: skip
_CAUSES = re.compile(
    r"\b(?:because|caus\w+|due to|led to|result\w*|linked to|prevent\w*|kill\w*|cure\w*)\b", re.IGNORECASE
)
_HARM = re.compile(
    r"\b(?:crime\w*|fraud\w*|kill\w*|murder\w*|attack\w*|corrupt\w*|illegal\w*|brib\w+|stole\w*|rigg\w+|fake\w*|lie[sd]?|lying|abus\w+|death\w*|died|"
    r"war|weapon\w*|vaccin\w*|poison\w*|torture\w*|cover-up)\b", re.IGNORECASE
)  # fmt: skip
_OPINION = re.compile(
    r"\b(?:great|terrible|disgrace\w*|wonderful|awful|beautiful|ugly|horrible|fantastic|amazing|disaster|shameful|shame|ridiculous|absurd|stupid|"
    r"brilliant|should|ought|think|believe|feel|hope|wish|proud|sad|happy|sorry|welcome|important|wrong|right|unacceptable|outrageous)\b",
    re.IGNORECASE,
)
_FUTURE = re.compile(
    r"\b(?:will|would|won’t|won't|shall|going to|could|may|might|expected to|plans? to|set to|’ll|'ll)\b", re.IGNORECASE
)
_RHETORIC = re.compile(
    r"^(?:thank|let us|let’s|let's|please|god|long live|enough|never again|no comment)\b"
    r"|^(?:yes|no|oh|well)(?=\W*$|[,.!;:–—])|\?$",
    re.IGNORECASE,
)
# A cue with the first words of its content: what was said to a reporter who asked, which is nothing.
_SILENCE = re.compile(
    r"^(?:(?:has|have|had|also|again|repeatedly) )*(?:declin\w+|refus(?:e|es|ed|ing)) (?:to )?"
    r"(?:comment|say|elaborate|discuss|disclose|specify|respond|reply|answer|give (?:any |more |further )?details)\b"
    r"|^(?:do|does|did|has|have|had)(?: not|n[’']t) (?:\w+ly |yet )?(?:respond|repl|answer|return|comment)\w*\b"
    r"|^(?:would|could|can|will) not (?:\w+ly )?(?:comment|confirm|be reached)\b",
    re.IGNORECASE,
)
# What is denied, named only by what somebody else did.
_UNSAID = re.compile(
    r"^(?:(?:the|this|that|these|those|all|any|both|such|her|his|its|their|\w+[’']s) (?:\w+ )?)?"
    r"(?:accusation|allegation|charge|claim|report|criticism|assertion|rumou?r)s?$",
    re.IGNORECASE,
)
_DAY = re.compile(r"\b(?:[A-Z]\w+day )?\d{1,2} [A-Z]\w+ \d{4}\b")
_WORDS = re.compile(r"[^\W_]+")


_POWER = re.compile(
    r"\b(?:government|president|vice[ -]president|prime minister|premier|chancellor|minister|ministry|department|"
    r"secretary|governor|mayor|senator|congress\w*|senate|parliament|cabinet|white house|kremlin|pentagon|"
    r"downing street|king|queen|ambassador|council|commission|commissioner|authority|agency|central bank|army|navy|"
    r"air force|military|forces|general|colonel|commander|admiral|police|sheriff|prosecutor|attorney general|"
    r"chief executive|ceo|chairman|chairwoman|chair|managing director|chief of staff|head of)\b",
    re.IGNORECASE,
)
_NO_POWER = re.compile(r"\b(?:former|ex-\w+|vice[ -]chair|candidate|nominee)\b", re.IGNORECASE)
BASE = 0.4
"""What a statement of which nothing is known is worth."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What may hold of a claim, what it adds when the desk says nothing else, and how a person reads it."""

    name: str
    weight: float
    reason: str


FEATURES = (
    Feature("figures", 0.2, "gives a figure"),
    Feature("names", 0.08, "names somebody or something"),
    Feature("comparison", 0.08, "compares"),
    Feature("cause", 0.08, "claims a cause"),
    Feature("harm", 0.1, "speaks of harm or wrongdoing"),
    Feature("accusation", 0.12, "accuses"),
    Feature("power", 0.06, "comes from an office, a government, a force or a company's head"),
    Feature("restated_by_outlet", 0.08, "is repeated by the outlet in its own voice"),
    Feature("restated_by_others", 0.05, "is said by others too"),
    Feature("denied", 0.08, "is denied"),
    Feature("doubted", 0.15, "the outlet itself doubts it"),
    Feature("prediction", -0.15, "cannot be settled yet"),
    Feature("opinion", -0.25, "is a matter of judgement"),
    Feature("rhetoric", -0.3, "asserts nothing"),
    Feature("vague", -0.2, "is vague"),
)
DEFAULTS: Mapping[str, float] = {feature.name: feature.weight for feature in FEATURES}
_REASONS: Mapping[str, str] = {feature.name: feature.reason for feature in FEATURES}


def problems(weights: Any) -> list[str]:
    """What is wrong with a desk's weights, in sentences; nothing when they can be used."""
    if not isinstance(weights, dict):
        return ['Write an object of features and weights, such as {"figures": 0.3}.']
    out = []
    for name, weight in weights.items():
        if name not in DEFAULTS:
            out.append(f"There is no feature “{name}”. Use: {', '.join(DEFAULTS)}.")
        elif isinstance(weight, bool) or not isinstance(weight, int | float) or not -1 <= weight <= 1:
            out.append(f"The weight of “{name}” is a number from -1 to 1, not {weight!r}.")
    return out


def score(features: Collection[str], weights: Mapping[str, float] | None = None) -> float:
    """How much a claim with these features is worth, 0.02 to 0.98; `weights` go before the defaults."""
    using = {**DEFAULTS, **(weights or {})}
    return round(min(0.98, max(0.02, BASE + sum(using[name] for name in features))), 2)


def having(claim: Claim, more: Collection[str], weights: Mapping[str, float] | None = None) -> Claim:
    """The claim with these features too, each with its reason, weighed by `weights`."""
    features = tuple(name for name in DEFAULTS if name in more or name in claim.features)
    added = tuple(_REASONS[name] for name in features if name not in claim.features)
    return replace(claim, features=features, reasons=claim.reasons + added, check_worthiness=score(features, weights))


def powerful(words: str) -> bool:
    """Whether a source in these words speaks for an office, a government, a force or as a company's head."""
    if _NO_POWER.search(words):
        return False
    return bool(_POWER.search(words)) or words.lower() in PLACES


def checkability(statement: str, attribution: Attribution) -> tuple[Checkability, str]:
    """The kind of statement and the reason for calling it that."""
    words = _WORDS.findall(statement)
    if _RHETORIC.search(statement) or attribution.stance == "questions":
        return "rhetoric", "a question or a turn of phrase, no assertion"
    content = " ".join(span.text for span in attribution.content)
    if _SILENCE.search(" ".join([*(span.text for span in attribution.cue), content])):
        return "rhetoric", "whoever was asked says nothing"
    if attribution.stance == "denies" and _UNSAID.search(content):
        return "vague", "what is denied is not said here"
    if attribution.stance == "evaluates" and not _FIGURE.search(statement):
        return "opinion", "the source evaluates"
    if attribution.stance == "predicts" or (
        _FUTURE.search(statement) and not _FIGURE.search(statement.partition(" will ")[0])
    ):
        return "prediction", "about what may come"
    if _OPINION.search(statement) and not (_FIGURE.search(statement) or _COMPARES.search(statement)):
        return "opinion", "a word of judgement and no figure"
    if len(words) < 4:
        return "vague", "too short to say what would settle it"
    return "checkable", "states a fact"


def features_of(statement: str, attribution: Attribution, kind: Checkability, roles: Collection[str] = ()) -> list[str]:
    """The names of the features that hold; `roles` are those in which the text presents the source."""
    undated = _DAY.sub("", statement)
    sources = [span.text for span in attribution.source] + [attribution.source_entity or "", " ".join(roles)]
    holds = {
        "figures": _FIGURE.search(undated),
        "names": _NAME.search(statement),
        "comparison": _COMPARES.search(statement),
        "cause": _CAUSES.search(statement),
        "harm": _HARM.search(statement),
        "accusation": attribution.stance == "accuses",
        "power": any(powerful(words) for words in sources),
        "denied": attribution.stance == "denies",
        "doubted": attribution.narrator == "contradicts",
        kind: kind != "checkable",
    }
    return [name for name in DEFAULTS if holds.get(name)]


def worth(claim: Claim, attribution: Attribution, roles: Collection[str] = ()) -> Claim:
    """The claim with its checkability, its features and their reasons before those that it has."""
    kind, why = checkability(claim.text, attribution)
    features = features_of(claim.text, attribution, kind, roles)
    reasons = (why, *(_REASONS[name] for name in features), *claim.reasons)
    return replace(
        claim, checkability=kind, features=tuple(features), reasons=reasons, check_worthiness=score(features)
    )
