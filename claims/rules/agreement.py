"""How far reviewers agree: percent agreement, Cohen's kappa, Krippendorff's alpha.

J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania (2011).
A coefficient is None where it is not defined: no pair to compare, or only one value ever used, so that agreement cannot
be told from chance. An undefined coefficient is not perfect agreement and must not be shown as such.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import permutations


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
