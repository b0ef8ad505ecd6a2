"""How far reviewers agree: percent agreement, Cohen's kappa, Krippendorff's alpha, each with its interval.

J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania (2011).
B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13: percentile intervals.
A coefficient is None where it is not defined: no pair to compare, or only one value ever used, so that agreement cannot
be told from chance. An undefined coefficient is not perfect agreement and must not be shown as such.

The package `krippendorff` has the alpha of single values, but neither kappa, nor spans, nor intervals: a thousand
resamples would be a thousand calls of it. Here they are one computation on the table of pairs. What the papers print is
what the tests hold against.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pair = tuple[Hashable, Hashable]
Numbers = NDArray[Any]

RESAMPLES = 1_000
# Always the same drawings, so that the same reviews have the same interval.
SEED = 1960
# An interval of those resamples alone that happen to define the coefficient would be too narrow.
DEFINED = 0.95


class Level(StrEnum):
    """How two different values compare: all alike (nominal), or by the ranks between them (ordinal)."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"


def percent_agreement(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """The share of pairs with equal values, 0..1; None without pairs."""
    counted = Counter(one == other for one, other in pairs)
    return counted[True] / counted.total() if counted else None


def cohens_kappa(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Agreement of two reviewers above chance: 1 perfect, 0 chance. Each pair is (first's value, second's value)."""
    pairs = list(pairs)
    observed = percent_agreement(pairs)
    if observed is None:
        return None
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    # In whole numbers, so that an expected agreement of exactly 1 is recognised.
    expected = sum(first[value] * second[value] for value in first)
    everything = len(pairs) ** 2
    if expected == everything:
        return None
    chance = expected / everything
    return (observed - chance) / (1 - chance)


def krippendorffs_alpha(
    units: Iterable[Sequence[Hashable | None]],
    level: Level = Level.NOMINAL,
    order: Sequence[Hashable] = (),
) -> float | None:
    """Agreement of any number of reviewers, who need not all have judged every unit: 1 perfect, 0 chance.

    Each unit holds the values given to it, None where a reviewer gave none. At the ordinal level `order` lists the
    values from lowest to highest; values outside it raise ValueError.
    """
    coincidences = _coincidences(units)
    totals: defaultdict[Hashable, float] = defaultdict(float)
    for (value, _), count in coincidences.items():
        totals[value] += count
    if level is Level.ORDINAL and (unknown := [str(value) for value in totals if value not in order]):
        raise ValueError(f"These values have no rank: {', '.join(sorted(unknown))}.")
    n = sum(totals.values())
    observed = sum(count * _distance(one, other, level, order, totals) for (one, other), count in coincidences.items())
    expected = sum(
        totals[one] * totals[other] * _distance(one, other, level, order, totals)
        for one, other in permutations(totals, 2)
    )
    if expected == 0:
        return None
    return 1 - (n - 1) * observed / expected


def _coincidences(units: Iterable[Sequence[Hashable | None]]) -> dict[tuple[Hashable, Hashable], float]:
    """The matrix of coincidences: every ordered pair within a unit of m values counts 1/(m-1); lone values do not."""
    matrix: defaultdict[tuple[Hashable, Hashable], float] = defaultdict(float)
    for unit in units:
        values = [value for value in unit if value is not None]
        for pair in permutations(values, 2):
            matrix[pair] += 1 / (len(values) - 1)
    return matrix


def _distance(
    one: Hashable, other: Hashable, level: Level, order: Sequence[Hashable], totals: Mapping[Hashable, float]
) -> float:
    """The squared difference of two values; at the ordinal level, of how many values lie between them."""
    if one == other:
        return 0.0
    if level is Level.NOMINAL:
        return 1.0
    low, high = sorted((order.index(one), order.index(other)))
    between = sum(totals.get(value, 0.0) for value in order[low : high + 1])
    return (between - (totals[one] + totals[other]) / 2) ** 2


# --- Intervals --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the middle 95 % of what it is when the claims are drawn anew.

    Without bounds where too many drawings leave it undefined, or all give the same: resampling knows only what was
    seen, and three agreements of three are no certainty.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two reviews of each of ``n`` claims have in common. ``ordinal`` is the alpha of the ``ranked`` ones, those
    that both reviewers gave a number.
    """

    n: int
    percent: Estimate
    kappa: Estimate
    alpha: Estimate
    ranked: int
    ordinal: Estimate


def measured(pairs: Sequence[Pair], ranks: Sequence[tuple[int, int]] = ()) -> Agreement:
    """All coefficients of the pairs, and the ordinal one of ``ranks``, with bootstrap intervals over the pairs."""
    order = sorted({rank for pair in ranks for rank in pair})
    percents, kappas, alphas = _resampled(pairs, _nominal) if pairs else (_NOTHING,) * 3
    (ordinals,) = _resampled(ranks, _ordinal) if ranks else (_NOTHING,)
    return Agreement(
        n=len(pairs),
        percent=estimate_of(percent_agreement(pairs), percents),
        kappa=estimate_of(cohens_kappa(pairs), kappas),
        alpha=estimate_of(krippendorffs_alpha(pairs), alphas),
        ranked=len(ranks),
        ordinal=estimate_of(krippendorffs_alpha(ranks, Level.ORDINAL, order), ordinals),
    )


_NOTHING: Numbers = np.full(1, np.nan)


def estimate_of(value: float | None, resampled: Numbers) -> Estimate:
    """The value with the bounds that its resamples give it; NaN is a resample that leaves it undefined."""
    found = resampled[~np.isnan(resampled)]
    if value is None or len(found) < DEFINED * len(resampled):
        return Estimate(value)
    low, high = (float(bound) for bound in np.percentile(found, (2.5, 97.5)))
    return Estimate(value, low, high) if low < high else Estimate(value)


def _resampled(pairs: Sequence[Pair], coefficients: Any) -> tuple[Numbers, ...]:
    """The coefficients of as many pairs, drawn with replacement, RESAMPLES times.

    How often each distinct pair is drawn is multinomial, so the pairs themselves need not be drawn.
    """
    counted = Counter(pairs)
    values: list[Any] = sorted({value for pair in counted for value in pair})
    places = np.array([[values.index(one), values.index(other)] for one, other in counted])
    shares = np.array(list(counted.values())) / len(pairs)
    drawn = np.random.default_rng(SEED).multinomial(len(pairs), shares, size=RESAMPLES)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: tuple[Numbers, ...] = coefficients(drawn, places, len(values))
    return found


def _marginals(drawn: Numbers, column: Numbers, size: int) -> Numbers:
    """How often each value stands in this column of the pairs, for each drawing."""
    counts: Numbers = drawn @ np.eye(size, dtype=drawn.dtype)[column]
    return counts


def _nominal(drawn: Numbers, places: Numbers, size: int) -> tuple[Numbers, ...]:
    """Percent, kappa and alpha of each drawing; NaN where not defined. Whole numbers as far as they carry."""
    n = int(drawn[0].sum())
    first, second = _marginals(drawn, places[:, 0], size), _marginals(drawn, places[:, 1], size)
    equal = drawn[:, places[:, 0] == places[:, 1]].sum(axis=1)
    chance = (first * second).sum(axis=1)
    kappa = (n * equal - chance) / _nonzero(n**2 - chance)
    totals = first + second
    apart = (2 * n) ** 2 - (totals**2).sum(axis=1)
    alpha = 1 - (2 * n - 1) * 2 * (n - equal) / _nonzero(apart)
    return equal / n, kappa, alpha


def _ordinal(drawn: Numbers, places: Numbers, size: int) -> tuple[Numbers]:
    """The ordinal alpha of each drawing. A value stands in the middle of the ranks that it takes up."""
    n = int(drawn[0].sum())
    totals = _marginals(drawn, places[:, 0], size) + _marginals(drawn, places[:, 1], size)
    middle = totals.cumsum(axis=1) - totals / 2
    steps = (middle[:, places[:, 0]] - middle[:, places[:, 1]]) ** 2
    apart = 2 * n * (totals * middle**2).sum(axis=1) - (totals * middle).sum(axis=1) ** 2
    one_value = (totals > 0).sum(axis=1) < 2
    return (1 - (2 * n - 1) * (drawn * steps).sum(axis=1) / np.where(one_value, np.nan, apart),)


def _nonzero(numbers: Numbers) -> Numbers:
    return np.where(numbers == 0, np.nan, numbers)
