"""How far annotators agree on spans: Krippendorff's alpha for unitizing.

K. Krippendorff, "On the reliability of unitizing continuous data", Sociological Methodology 25 (1995);
"Content Analysis", 2nd edition (2004), section 11.6, whose worked example is in the tests.
Spans that overlap differ by the squares of how far their begins and ends lie apart; a span that meets none differs by
the square of its length. Chance is every way to lay the same spans and gaps along the text. For two annotators: with
more it does not behave as expected and was mended (K. Krippendorff, Y. Mathet, S. Bouvry and A. Widlöcher, "On the
reliability of unitizing textual continua", Quality & Quantity 50, 2016).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from claims.rules.agreement import RESAMPLES, SEED, Estimate, Numbers, estimate_of

Unit = tuple[int, int]
Units = Sequence[Unit]


@dataclass(frozen=True, slots=True)
class Continuum:
    """A text of ``length`` with what both annotators marked in it in one category, as stretches() gives it."""

    one: Units
    other: Units
    length: int


def unitizing_alpha(categories: Iterable[tuple[Units, Units]], length: int) -> float | None:
    """Agreement of two annotators on a text of ``length``: 1 perfect, 0 chance; None where nobody marked any.

    Each category holds the spans of both annotators as (start, end), end exclusive. Raises ValueError where one
    annotator's spans of a category overlap, are empty or leave the text: stretches() joins those that overlap.
    """
    observed = expected = 0.0
    for one, other in categories:
        for units in (one, other):
            _check(units, length)
        observed += _distance(one, other) / length**2
        expected += _expected(one, other, length)
    return 1 - observed / expected if expected else None


def stretches(units: Iterable[Unit]) -> list[Unit]:
    """The stretches that the spans cover, in order. Spans that overlap become one; spans that touch stay two."""
    joined: list[Unit] = []
    for start, end in sorted(units):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def measured(cases: Sequence[Sequence[Continuum]]) -> Estimate:
    """The alpha of one category over many cases, with a bootstrap interval over them; each case has its texts.

    A span is laid within one text, so no gap goes on from one text to the next, and neither the order of the texts nor
    which of them stand side by side changes anything. One text alone has the alpha of unitizing_alpha(). Raises
    ValueError as it does.
    """
    if not cases:
        return Estimate()
    sums = _Sums(cases)
    (value,) = sums.alphas(np.ones((1, len(cases))))
    shares = np.full(len(cases), 1 / len(cases))
    drawn = np.random.default_rng(SEED).multinomial(len(cases), shares, size=RESAMPLES)
    return estimate_of(None if np.isnan(value) else float(value), sums.alphas(drawn.astype(float)))


class _Sums:
    """What the alpha of any drawing of the cases is made of: each is a sum over the cases that were drawn."""

    def __init__(self, cases: Sequence[Sequence[Continuum]]) -> None:
        for text in (text for case in cases for text in case):
            for units in (text.one, text.other):
                _check(units, text.length)
        self.length = np.array([sum(text.length for text in case) for case in cases], float)
        self.distance = np.array([sum(_distance(text.one, text.other) for text in case) for case in cases], float)
        spans = [[end - start for text in case for start, end in (*text.one, *text.other)] for case in cases]
        self.sizes = np.array(sorted({size for case in spans for size in case}), float)
        place = {size: number for number, size in enumerate(self.sizes)}
        # By case and size: how many spans have it, and in how many places of the gaps such a span could lie.
        self.count, self.room = np.zeros((2, len(cases), len(self.sizes)))
        for number, case in enumerate(cases):
            for size in spans[number]:
                self.count[number, place[size]] += 1
            for text in case:
                for gap in (*_gaps(text.one, text.length), *_gaps(text.other, text.length)):
                    self.room[number] += np.maximum(0, gap - self.sizes + 1)

    def alphas(self, drawn: Numbers) -> Numbers:
        """The alpha of each drawing, NaN where it is not defined. ``drawn`` has how often each case is in it."""
        length, distance = drawn @ self.length, drawn @ self.distance
        count, room, sizes = drawn @ self.count, drawn @ self.room, self.sizes
        met = (count.sum(axis=1) - 1) * (count @ ((2 * sizes**3 - 3 * sizes**2 + sizes) / 3))
        total = met + (count * room) @ sizes**2
        pairs = 2 * length * (2 * length - 1) - count @ (sizes * (sizes - 1))
        # The observed disagreement by the expected: distance / length² by 2 / length · total / pairs.
        found: Numbers = 1 - distance * pairs / np.where(total > 0, 2 * length * total, np.nan)
        return found


def _check(units: Units, length: int) -> None:
    at = 0
    for start, end in units:
        if not at <= start < end <= length:
            raise ValueError(f"The span {start}..{end} is empty, overlaps the one before, or leaves the text.")
        at = end


def _distance(one: Units, other: Units) -> float:
    """What two annotations of a text differ by. Both are walked once, side by side."""
    distance, seen_of_other, first = 0, set[int](), 0
    for start, end in one:
        while first < len(other) and other[first][1] <= start:
            first += 1
        met = first
        while met < len(other) and other[met][0] < end:
            distance += (start - other[met][0]) ** 2 + (end - other[met][1]) ** 2
            seen_of_other.add(met)
            met += 1
        if met == first:
            distance += (end - start) ** 2
    return distance + sum((end - start) ** 2 for n, (start, end) in enumerate(other) if n not in seen_of_other)


def _expected(one: Units, other: Units, length: int) -> float:
    lengths = [end - start for start, end in (*one, *other)]
    gaps = [*_gaps(one, length), *_gaps(other, length)]
    whole = 2 * length
    total = 0.0
    for size in lengths:
        total += (len(lengths) - 1) * (2 * size**3 - 3 * size**2 + size) / 3
        total += size**2 * sum(gap - size + 1 for gap in gaps if gap >= size)
    pairs = whole * (whole - 1) - sum(size * (size - 1) for size in lengths)
    return 2 / length * total / pairs if pairs else 0.0


def _gaps(units: Units, length: int) -> list[int]:
    edges = [0, *(edge for unit in units for edge in unit), length]
    return [end - start for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
