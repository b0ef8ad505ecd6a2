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
from claims.extraction.readings import FLOATING, NAMES, Candidate, candidates, once, with_floating
from claims.extraction.training.examples import read_by_rules
from claims.extraction.windows import Read, windows

THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
_PRECISION_COUNTS = 0.5
"""Beta of the F score that the thresholds are set by: a reviewer's time is lost on what nobody said."""


@dataclass(frozen=True, slots=True)
class _Tried:
    article: Annotated
    read: Read
    candidates: list[Candidate]

    def kept(self, limits: dict[str, float]) -> list[Draft]:
        return [one.draft for one in once(one for one in self.candidates if one.holds(limits))]


def fit(encoder: Encoder, articles: Sequence[Annotated]) -> dict[str, Any]:
    """Thresholds (of what the rules see too, and of what the encoder sees alone), confidence weights, and the
    confidence of quotations without a tag."""
    tried = [_try(encoder, article) for article in articles]
    pairs = [
        {"threshold": both, "threshold_alone": alone} for both in THRESHOLDS for alone in THRESHOLDS if alone >= both
    ]
    limits = max(pairs, key=lambda pair: _lenient(tried, pair))
    evidence: list[list[float]] = []
    right: list[float] = []
    floating = [1.0, 0.0]
    for one in tried:
        read = {id(found.draft): found.evidence for found in one.candidates}
        for draft, good in _judged(one, limits):
            if draft.rule == FLOATING:
                floating.append(float(good))
            else:
                evidence.append([getattr(read[id(draft)], name) for name in NAMES])
                right.append(float(good))
    return {
        **limits,
        "confidence": logistic(np.array(evidence), np.array(right)),
        "floating": round(sum(floating) / len(floating), 3),
    }


def _try(encoder: Encoder, article: Annotated) -> _Tried:
    read = read_by_rules(article.text)
    readings = [one for window in windows(article.text, read, encoder.tokenizer) for one in encoder.read(window)]
    return _Tried(article, read, candidates(article.text, read, readings, encoder.manifest))


def _rows(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    return [{"source": draft.source, "cue": draft.cue, "content": draft.content} for draft in drafts]


def _lenient(tried: Sequence[_Tried], limits: dict[str, float]) -> float:
    tallies = [
        scoring.tally(one.article.text, one.article.attributions, _rows(with_floating(one.read, one.kept(limits), 0.5)))
        for one in tried
    ]
    found = scoring.total(tallies).report()["relation_lenient"]
    beta = _PRECISION_COUNTS**2
    return (1 + beta) * found["p"] * found["r"] / max(1e-9, beta * found["p"] + found["r"])


def _judged(one: _Tried, limits: dict[str, float]) -> list[tuple[Draft, bool]]:
    """Each draft with whether a gold attribution, optional ones included, has content and source in common with it."""
    drafts = with_floating(one.read, one.kept(limits), 0.5)
    article = scoring.Article(one.article.text)
    ours = [article.relation(row) for row in _rows(drafts)]
    gold = [article.relation(row) for row in one.article.attributions]
    good = {i for i, j in scoring.pairs(ours, gold) if scoring.overlap(ours[i]["source"], gold[j]["source"]) >= 0.5}
    return [(draft, i in good) for i, draft in enumerate(drafts)]


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
