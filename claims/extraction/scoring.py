"""Precision, recall and F1 of predicted attributions against gold ones.

The definitions are those of PolNeAR's evaluations (Newell et al., LREC 2018) in terms of words: a span is the set of
words (`\\w+`) that it touches, so punctuation never counts. Exact scores compare distinct word sets of one role, token
scores the words that bear the role. A relation is matched one to one by the overlap of contents: lenient when content
and source overlap by half, strict when all three roles cover the same words. Gold attributions that are not required
are neither demanded nor punished.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ROLES = ("source", "cue", "content")
_WORD = re.compile(r"\w+")
_QUOTED = re.compile('“[^”\\n]*”?|"[^"\\n]*"?|(?<!\\w)‘[^\\n]*?’(?!\\w)')
_HALF = 0.5

Words = frozenset[int]
Relation = dict[str, Words]
Rows = Iterable[Mapping[str, Any]]


@dataclass(slots=True)
class Tally:
    """Counts of one article, or of many added up: role or relation → (right, predicted, gold)."""

    counts: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, right: int, predicted: int, gold: int) -> None:
        before = self.counts.get(name, (0, 0, 0))
        self.counts[name] = (before[0] + right, before[1] + predicted, before[2] + gold)

    def __iadd__(self, other: Tally) -> Tally:
        for name, counts in other.counts.items():
            self.add(name, *counts)
        self.types.update(other.types)
        self.hits.update(other.hits)
        return self

    def report(self) -> dict[str, dict[str, float]]:
        """Percentages to one decimal."""
        out: dict[str, dict[str, float]] = {}
        for name, (right, predicted, gold) in self.counts.items():
            precision, recall = _share(right, predicted), _share(right, gold)
            out[name] = {"p": _percent(precision), "r": _percent(recall), "f1": _percent(_harmonic(precision, recall))}
        for kind in sorted(self.types):
            out[f"recall_{kind}"] = {"n": self.types[kind], "r": _percent(self.hits[kind] / self.types[kind])}
        return out


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def _percent(share: float) -> float:
    return round(100 * share, 1)


def overlap(a: Words, b: Words) -> float:
    """Intersection over union; two empty sets are the same set."""
    return len(a & b) / len(a | b) if a or b else 1.0


class Article:
    """The words of one text, numbered."""

    def __init__(self, text: str) -> None:
        self.words = [found.span() for found in _WORD.finditer(text)]
        self._ends = [end for _, end in self.words]
        self._quoted = [found.span() for found in _QUOTED.finditer(text)]

    def relation(self, row: Mapping[str, Any]) -> Relation:
        return {role: self._covered(row.get(role) or ()) for role in ROLES}

    def _covered(self, spans: Iterable[Any]) -> Words:
        out: set[int] = set()
        for span in spans:
            start, end = (span["start"], span["end"]) if isinstance(span, Mapping) else span
            k = bisect_right(self._ends, start)
            while k < len(self.words) and self.words[k][0] < end:
                out.add(k)
                k += 1
        return frozenset(out)

    def quote_type(self, content: Words) -> str:
        """direct, mixed or indirect, by how much of the content stands in quotation marks."""
        inside = sum(any(a <= self.words[k][0] < b for a, b in self._quoted) for k in content)
        if inside >= 0.95 * len(content):
            return "direct"
        return "mixed" if inside else "indirect"


def pairs(predicted: Sequence[Relation], gold: Sequence[Relation]) -> list[tuple[int, int]]:
    """One-to-one pairs, best content first; source and cue decide between equals."""
    candidates = []
    for i, ours in enumerate(predicted):
        for j, theirs in enumerate(gold):
            if not ours["content"] & theirs["content"]:
                continue
            content = overlap(ours["content"], theirs["content"])
            if content >= _HALF:
                tie = 0.01 * overlap(ours["source"], theirs["source"]) + 0.001 * overlap(ours["cue"], theirs["cue"])
                candidates.append((-(content + tie), i, j))
    left: set[int] = set()
    right: set[int] = set()
    out = []
    for _, i, j in sorted(candidates):
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            out.append((i, j))
    return out


@dataclass(frozen=True, slots=True)
class Comparison:
    """Gold and predicted attributions of one text, row beside relation, and `matched`: which predicted one answers
    which gold one. Neither gold that is not required nor what answers it is among them.
    """

    article: Article
    gold: list[Mapping[str, Any]]
    wanted: list[Relation]
    predicted: list[Mapping[str, Any]]
    ours: list[Relation]
    matched: list[tuple[int, int]]

    def lenient(self) -> list[tuple[int, int]]:
        """The matched pairs whose sources overlap by half as well."""
        return [(i, j) for i, j in self.matched if overlap(self.ours[i]["source"], self.wanted[j]["source"]) >= _HALF]


def compared(text: str, gold: Rows, predicted: Rows) -> Comparison:
    article = Article(text)
    asked = [(row, article.relation(row)) for row in gold]
    spare = [relation for row, relation in asked if not row.get("required", True)]
    asked = [(row, relation) for row, relation in asked if row.get("required", True)]
    wanted = [relation for _, relation in asked]
    found = [(row, article.relation(row)) for row in predicted]
    found = [(row, one) for row, one in found if (one["content"] or one["cue"]) and not _excused(one, spare, wanted)]
    ours = [relation for _, relation in found]
    return Comparison(article, [row for row, _ in asked], wanted, [row for row, _ in found], ours, pairs(ours, wanted))


def tally(text: str, gold: Rows, predicted: Rows) -> Tally:
    """The counts of one article."""
    return counted(compared(text, gold, predicted))


def counted(comparison: Comparison) -> Tally:
    ours, wanted = comparison.ours, comparison.wanted
    out = Tally()
    for role in ROLES:
        mine, theirs = {found[role] for found in ours if found[role]}, {found[role] for found in wanted if found[role]}
        out.add(f"{role}_exact", len(mine & theirs), len(mine), len(theirs))
        my_words: Words = frozenset().union(*mine)
        their_words: Words = frozenset().union(*theirs)
        out.add(f"{role}_token", len(my_words & their_words), len(my_words), len(their_words))
    lenient = {j for _, j in comparison.lenient()}
    strict = sum(ours[i] == wanted[j] for i, j in comparison.matched)
    out.add("relation_lenient", len(lenient), len(ours), len(wanted))
    out.add("relation_strict", strict, len(ours), len(wanted))
    for j, theirs_j in enumerate(wanted):
        kind = comparison.article.quote_type(theirs_j["content"])
        out.types[kind] += 1
        out.hits[kind] += j in lenient
    return out


def _excused(found: Relation, spare: list[Relation], wanted: list[Relation]) -> bool:
    """It answers an optional gold attribution and no required one."""
    if not any(overlap(found["content"], other["content"]) >= _HALF for other in spare):
        return False
    return not any(overlap(found["content"], other["content"]) >= _HALF for other in wanted)


def total(tallies: Iterable[Tally]) -> Tally:
    out = Tally()
    for one in tallies:
        out += one
    return out


def score(articles: Iterable[tuple[str, Rows, Rows]]) -> dict[str, Any]:
    """(text, gold, predicted) of each article → the report, with the number of articles first."""
    tallies = [tally(*article) for article in articles]
    return {"articles": len(tallies), **total(tallies).report()}


def interval(tallies: Sequence[Tally], name: str, *, resamples: int = 1000, seed: int = 0) -> tuple[float, float]:
    """The middle 95 % of F1 over articles drawn with replacement (Efron and Tibshirani 1993), in percent."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible resampling, no secret
    scores = []
    for _ in range(resamples):
        right = predicted = gold = 0
        for one in draw.choices(tallies, k=len(tallies)):
            counts = one.counts.get(name, (0, 0, 0))
            right, predicted, gold = right + counts[0], predicted + counts[1], gold + counts[2]
        scores.append(_harmonic(_share(right, predicted), _share(right, gold)))
    scores.sort()
    return _percent(scores[int(0.025 * resamples)]), _percent(scores[min(resamples - 1, int(0.975 * resamples))])
