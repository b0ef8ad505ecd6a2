"""What a score does not say: which errors an engine makes, whether its stances and names are right, and whether its
confidence is true.

A prediction is right here when it counts for the lenient relation of `scoring`. Calibration is told as a reliability
table of ten bins and as expected calibration error (Guo et al., ICML 2017).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from claims.extraction.identities import same
from claims.extraction.scoring import ROLES, Comparison, Rows, Tally, compared, counted, interval, overlap, total

ERRORS = (
    "missed",  # nothing found
    "spurious",  # none of the gold
    "wrong_source",  # source overlaps by less than half
    "wrong_content",  # same cue, content overlaps by less than half
    "source_bounds",  # source begins or ends elsewhere
    "content_bounds",
    "wrong_cue",
    "wrong_stance",
    "wrong_entity",  # another name for the source
)
"""Kinds of error; the first four lose the relation."""
BINS = 10
RECALL = 0.45
"""Where the precision of what the engine is surest of is read."""
_HALF = 0.5

Row = Mapping[str, Any]
Judged = tuple[float, bool]
"""Confidence of a prediction, and whether it is right."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A gold attribution with its prediction, or one of them alone; no `kinds` when nothing is wrong."""

    kinds: tuple[str, ...]
    gold: Row | None
    predicted: Row | None

    @property
    def start(self) -> int:
        row = self.gold or self.predicted or {}
        return min((_bounds(span)[0] for role in ROLES for span in row.get(role) or ()), default=0)


def findings(comparison: Comparison) -> list[Finding]:
    """Every gold attribution and every prediction once, in the order of the text."""
    out = [_paired(comparison, i, j) for i, j in comparison.matched]
    ours = [i for i in range(len(comparison.ours)) if i not in {i for i, _ in comparison.matched}]
    wanted = [j for j in range(len(comparison.wanted)) if j not in {j for _, j in comparison.matched}]
    for j in wanted:
        cue = comparison.wanted[j]["cue"]
        found = next((i for i in ours if cue & comparison.ours[i]["cue"]), None)
        if found is None:
            out.append(Finding(("missed",), comparison.gold[j], None))
        else:
            ours.remove(found)
            out.append(Finding(("wrong_content",), comparison.gold[j], comparison.predicted[found]))
    out += [Finding(("spurious",), None, comparison.predicted[i]) for i in ours]
    return sorted(out, key=lambda finding: finding.start)


def _paired(comparison: Comparison, i: int, j: int) -> Finding:
    ours, theirs = comparison.ours[i], comparison.wanted[j]
    predicted, gold = comparison.predicted[i], comparison.gold[j]
    near = overlap(ours["source"], theirs["source"]) >= _HALF
    wrong = {
        "wrong_source": not near,
        "source_bounds": near and ours["source"] != theirs["source"],
        "content_bounds": ours["content"] != theirs["content"],
        "wrong_cue": ours["cue"] != theirs["cue"],
        "wrong_stance": _stance(gold, predicted) is False,
        "wrong_entity": near and _entity(gold, predicted) is False,
    }
    return Finding(tuple(kind for kind, is_wrong in wrong.items() if is_wrong), gold, predicted)


def _stance(gold: Row, predicted: Row) -> bool | None:
    """Whether the stance is that of the gold; None where gold has none."""
    return predicted.get("stance") == gold["stance"] if gold.get("stance") else None


def _entity(gold: Row, predicted: Row) -> bool | None:
    """Whether the source's name is that of the gold; None where gold has none."""
    names = [name for name in gold.get("source_entities") or () if name]
    return same(predicted.get("source_entity"), names) if names else None


def _bounds(span: Any) -> tuple[int, int]:
    start, end = (span["start"], span["end"]) if isinstance(span, Mapping) else span
    return start, end


@dataclass(slots=True)
class Report:
    """The sums over all articles."""

    tallies: list[Tally] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    stances: Counter[bool] = field(default_factory=Counter)
    entities: Counter[bool] = field(default_factory=Counter)
    judged: list[Judged] = field(default_factory=list)
    gold: int = 0

    def add(self, text: str, gold: Rows, predicted: Rows) -> list[Finding]:
        """Takes one article up, and gives its findings."""
        comparison = compared(text, gold, predicted)
        found = findings(comparison)
        right = comparison.lenient()
        self.tallies.append(counted(comparison))
        self.errors.update(kind for finding in found for kind in finding.kinds)
        for i, j in right:
            asked, answered = comparison.gold[j], comparison.predicted[i]
            for verdicts, verdict in (
                (self.stances, _stance(asked, answered)),
                (self.entities, _entity(asked, answered)),
            ):
                if verdict is not None:
                    verdicts[verdict] += 1
        hits = {i for i, _ in right}
        self.judged += [(float(row.get("confidence", 1.0)), i in hits) for i, row in enumerate(comparison.predicted)]
        self.gold += len(comparison.wanted)
        return found

    def as_json(self, *, bootstrap: bool = False) -> dict[str, Any]:
        """All numbers, shares in percent; accuracies only where gold has what they compare with."""
        out: dict[str, Any] = {"articles": len(self.tallies), **total(self.tallies).report()}
        if bootstrap and self.tallies:
            for name in ("relation_lenient", "relation_strict"):
                out[name]["f1_95"] = list(interval(self.tallies, name))
        for name, verdicts in (("stance_accuracy", self.stances), ("entity_accuracy", self.entities)):
            if verdicts:
                out[name] = {"n": verdicts.total(), "r": _percent(verdicts[True], verdicts.total())}
        out["calibration"] = calibration(self.judged, self.gold)
        out["errors"] = {kind: self.errors[kind] for kind in ERRORS}
        return out


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def calibration(judged: Sequence[Judged], gold: int) -> dict[str, Any]:
    """Reliability in ten bins of equal width, expected calibration error, and the precision of the surest predictions
    that together reach a recall of 45 %, with their least confidence (None where that recall is not reached).
    """
    filled: dict[int, list[Judged]] = {}
    for one in judged:
        filled.setdefault(min(BINS - 1, int(one[0] * BINS)), []).append(one)
    bins = [
        {
            "from": number / BINS,
            "to": (number + 1) / BINS,
            "n": len(ones),
            "confidence": _percent(sum(sure for sure, _ in ones), len(ones)),
            "right": _percent(sum(right for _, right in ones), len(ones)),
        }
        for number, ones in sorted(filled.items())
    ]
    apart = sum(abs(sum(sure - right for sure, right in ones)) for ones in filled.values())
    return {"bins": bins, "ece": _percent(apart, len(judged)), "at_45_recall": _surest(judged, gold)}


def _surest(judged: Sequence[Judged], gold: int) -> dict[str, float] | None:
    taken = hits = 0
    levels = Counter(sure for sure, _ in judged)
    right = Counter(sure for sure, is_right in judged if is_right)
    for sure in sorted(levels, reverse=True):
        taken, hits = taken + levels[sure], hits + right[sure]
        if gold and hits >= RECALL * gold:
            return {"p": _percent(hits, taken), "r": _percent(hits, gold), "confidence": round(sure, 3)}
    return None


# ---- what a page shows


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text in which the same roles hold; `cut` says that text was left out before it."""

    text: str
    roles: tuple[str, ...] = ()
    cut: bool = False


def excerpt(text: str, finding: Finding, row: Row) -> list[Piece]:
    """The words around a finding, with the spans of one of its two rows marked. Both rows show the same stretch."""
    rows = [one for one in (finding.gold, finding.predicted) if one is not None]
    touched = sorted(_bounds(span) for one in rows for role in ROLES for span in one.get(role) or ())
    windows: list[tuple[int, int]] = []
    for start, end in touched:
        start, end = _word_start(text, start - AROUND), _word_end(text, end + AROUND)
        if windows and start <= windows[-1][1]:
            windows[-1] = windows[-1][0], max(end, windows[-1][1])
        else:
            windows.append((start, end))
    marks = [(*_bounds(span), role) for role in ROLES for span in row.get(role) or ()]
    shown = [piece for start, end in windows for piece in _pieces(text, start, end, marks)]
    return [*shown, Piece("", cut=True)] if windows and text[windows[-1][1] :].strip() else shown


AROUND = 60
"""Code points of the text on either side of what is marked."""


def _pieces(text: str, start: int, end: int, marks: Sequence[tuple[int, int, str]]) -> list[Piece]:
    edges = sorted({start, end, *(edge for a, b, _ in marks for edge in (a, b) if start < edge < end)})
    return [
        Piece(text[a:b], tuple(role for x, y, role in marks if x <= a and b <= y), cut=a == start > 0)
        for a, b in pairwise(edges)
    ]


def _word_start(text: str, at: int) -> int:
    at = max(0, at)
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    at = min(len(text), at)
    while at < len(text) and not text[at].isspace():
        at += 1
    return at


def plotted(bins: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    """The reliability table as circles of a plot, 1,000 wide and high, whose origin is below on the left: `x` the mean
    confidence, `y` the share that is right, `r` such that the area tells how many there are.
    """
    most = max((one["n"] for one in bins), default=1)
    return [
        {
            "x": round(10 * one["confidence"]),
            "y": 1000 - round(10 * one["right"]),
            "r": round(12 + 28 * (one["n"] / most) ** 0.5),
        }
        for one in bins
    ]
