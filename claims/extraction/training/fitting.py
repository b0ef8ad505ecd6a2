"""What is set after training, on the development articles: the threshold and the weights of the confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from claims.extraction import scoring
from claims.extraction.annotated import Annotated
from claims.extraction.encoder import Encoder
from claims.extraction.grammar.attribution import Draft
from claims.extraction.readings import FLOATING, NAMES, Candidate, candidates, with_floating
from claims.extraction.training.examples import read_by_rules, worth
from claims.extraction.voices import once
from claims.extraction.windows import Read, windows

THRESHOLDS = tuple(round(0.1 + 0.025 * step, 3) for step in range(33))


@dataclass(frozen=True, slots=True)
class _Tried:
    article: Annotated
    read: Read
    candidates: list[Candidate]

    def kept(self, threshold: float) -> list[Draft]:
        kept = [draft for draft in once(one.draft for one in self.candidates) if draft.strength >= threshold]
        return with_floating(self.read, kept, 0.5)


def fit(encoder: Encoder, articles: Sequence[Annotated], beta: float) -> dict[str, Any]:
    """The weights of the confidence; the least confidence of what is kept, by the best F score with this beta; and the
    confidence of quotations without a tag. Without a candidate only the last one, and the manifest keeps the others."""
    tried = [_try(encoder, article) for article in articles]
    evidence: list[list[float]] = []
    right: list[float] = []
    floating = [1.0, 0.0]
    for one in tried:
        right += _judged(one.article, [found.draft for found in one.candidates])
        evidence += [[getattr(found.evidence, name) for name in NAMES] for found in one.candidates]
        drafts = with_floating(one.read, [found.draft for found in one.candidates], 0.5)
        floating += _judged(one.article, [draft for draft in drafts if draft.rule == FLOATING])
    fitted: dict[str, Any] = {"floating": round(sum(floating) / len(floating), 3)}
    if not evidence:
        return fitted
    weights = logistic(np.array(evidence), np.array(right))
    for one in tried:
        for found in one.candidates:
            found.draft.strength = found.evidence.confidence(weights)
    threshold = max(THRESHOLDS, key=lambda least: _lenient(tried, least, beta))
    return {"threshold": threshold, "confidence": weights, **fitted}


def _try(encoder: Encoder, article: Annotated) -> _Tried:
    read = read_by_rules(article.text)
    readings = [one for window in windows(article.text, read, encoder.tokenizer) for one in encoder.read(window)]
    return _Tried(article, read, candidates(article.text, read, readings, encoder.manifest))


def _rows(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    return [{"source": draft.source, "cue": draft.cue, "content": draft.content} for draft in drafts]


def _lenient(tried: Sequence[_Tried], threshold: float, beta: float) -> float:
    tallies = [scoring.tally(one.article.text, one.article.attributions, _rows(one.kept(threshold))) for one in tried]
    found = scoring.total(tallies).report()["relation_lenient"]
    return (1 + beta**2) * found["p"] * found["r"] / max(1e-9, beta**2 * found["p"] + found["r"])


def _judged(annotated: Annotated, drafts: Sequence[Draft]) -> list[float]:
    """How right each draft is: whether a gold attribution has content and source in common with it."""
    article = scoring.Article(annotated.text)
    gold = [article.relation(row) for row in annotated.attributions]
    worths = [worth(annotated.text, row) for row in annotated.attributions]
    ours = [article.relation(row) for row in _rows(drafts)]
    out = [0.0] * len(ours)
    for i, j in scoring.pairs(ours, gold):
        if scoring.overlap(ours[i]["source"], gold[j]["source"]) >= 0.5:
            out[i] = worths[j]
    return out


def logistic(rows: np.ndarray[Any, Any], right: np.ndarray[Any, Any], ridge: float = 1.0) -> dict[str, float]:
    """Weights of a logistic regression by Newton's method, held small by a ridge (Platt 1999; le Cessie 1992)."""
    x = np.hstack([np.ones((len(rows), 1)), rows])
    weights = np.zeros(x.shape[1])
    penalty = np.diag([0.0] + [ridge] * (x.shape[1] - 1))
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (right - chance) - penalty @ weights
        hessian = (x * (chance * (1 - chance))[:, None]).T @ x + penalty
        weights += np.linalg.solve(hessian + 1e-6 * np.eye(len(weights)), gradient)
    return {name: round(float(value), 5) for name, value in zip(("bias", *NAMES), weights, strict=True)}
