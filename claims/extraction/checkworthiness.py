"""Whether a statement can be checked at all, and how much it matters that somebody does; with the reasons in plain
words.

The features are those of ClaimBuster (Hassan et al., KDD 2017) and CheckThat!: figures, names, comparison, cause,
accusation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from claims.extraction.types import Attribution, Checkability

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
_DAY = re.compile(r"\b(?:[A-Z]\w+day )?\d{1,2} [A-Z]\w+ \d{4}\b")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Worth:
    """Checkability, worth in 0..1 and why."""

    checkability: Checkability
    score: float
    reasons: tuple[str, ...]


def checkability(statement: str, attribution: Attribution) -> tuple[Checkability, str]:
    """The kind of statement and the reason for calling it that."""
    words = _WORDS.findall(statement)
    if _RHETORIC.search(statement) or attribution.stance == "questions":
        return "rhetoric", "a question or a turn of phrase, no assertion"
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


def worth(statement: str, attribution: Attribution) -> Worth:
    """How much it is worth to check the statement."""
    kind, why = checkability(statement, attribution)
    undated = _DAY.sub("", statement)
    score, reasons = 0.4, [why]
    features = (
        (bool(_FIGURE.search(undated)), 0.2, "gives a figure"),
        (bool(_NAME.search(statement)), 0.08, "names somebody or something"),
        (bool(_COMPARES.search(statement)), 0.08, "compares"),
        (bool(_CAUSES.search(statement)), 0.08, "claims a cause"),
        (bool(_HARM.search(statement)), 0.1, "speaks of harm or wrongdoing"),
        (attribution.stance == "accuses", 0.12, "accuses"),
        (attribution.stance == "denies", 0.08, "is denied"),
        (attribution.narrator == "contradicts", 0.15, "the outlet itself doubts it"),
        (kind == "prediction", -0.15, "cannot be settled yet"),
        (kind == "opinion", -0.25, "is a matter of judgement"),
        (kind == "rhetoric", -0.3, "asserts nothing"),
        (kind == "vague", -0.2, "is vague"),
    )
    for holds, weight, reason in features:
        if holds:
            score += weight
            reasons.append(reason)
    return Worth(kind, round(min(0.98, max(0.02, score)), 2), tuple(reasons))
