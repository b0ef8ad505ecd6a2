"""Agreement, against the worked examples of the papers that define it."""

from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules.agreement import Level, cohens_kappa, krippendorffs_alpha, percent_agreement

# Krippendorff (2011), example C and D: four observers, twelve units, missing data.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
UNITS = list(zip(*OBSERVERS, strict=True))


def test_alpha_of_binary_data() -> None:
    """Krippendorff (2011), example A: 0.095."""
    meg, owen = "0100000010", "1110010000"
    assert krippendorffs_alpha(zip(meg, owen, strict=True)) == pytest.approx(0.095, abs=0.0005)


def test_alpha_of_nominal_data_of_two_observers() -> None:
    """Krippendorff (2011), example B: 0.692."""
    ben, gerry = "aabbdcccedda", "babbbccceddd"
    assert krippendorffs_alpha(zip(ben, gerry, strict=True)) == pytest.approx(0.692, abs=0.0005)


def test_alpha_of_nominal_data_with_gaps() -> None:
    """Krippendorff (2011), example C: 0.743."""
    assert krippendorffs_alpha(UNITS) == pytest.approx(0.743, abs=0.0005)


def test_alpha_of_ordinal_data_with_gaps() -> None:
    """Krippendorff (2011), example D: 0.815. Ranks that nobody used change nothing."""
    assert krippendorffs_alpha(UNITS, Level.ORDINAL, [1, 2, 3, 4, 5]) == pytest.approx(0.815, abs=0.0005)
    assert krippendorffs_alpha(UNITS, Level.ORDINAL, [5, 4, 3, 2, 1, 0]) == pytest.approx(0.815, abs=0.0005)


# Artstein and Poesio, "Inter-coder agreement for computational linguistics" (2008): a table of dialogue acts.
CODERS = list(
    chain(
        repeat(("stat", "stat"), 46),
        repeat(("stat", "ireq"), 6),
        repeat(("ireq", "ireq"), 32),
        repeat(("chck", "ireq"), 6),
        repeat(("chck", "chck"), 10),
    )
)


def test_kappa_and_percent_of_a_worked_table() -> None:
    """Observed 0.88, expected 0.396."""
    assert percent_agreement(CODERS) == pytest.approx(0.88)
    assert cohens_kappa(CODERS) == pytest.approx((0.88 - 0.396) / (1 - 0.396))


def test_kappa_of_a_two_by_two_table() -> None:
    """20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed 0.7, expected 0.5, kappa 0.4."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)


def test_what_is_not_defined_is_none_and_not_perfect() -> None:
    assert percent_agreement([]) is None
    assert cohens_kappa([]) is None
    assert cohens_kappa([("true", "true")] * 9) is None
    assert krippendorffs_alpha([]) is None
    assert krippendorffs_alpha([("true",), ("false", None)]) is None
    assert krippendorffs_alpha([("true", "true")] * 9) is None


def test_a_value_without_a_rank_is_named() -> None:
    with pytest.raises(ValueError, match=r"no rank: 4, 5\."):
        krippendorffs_alpha(UNITS, Level.ORDINAL, [1, 2, 3])


def test_near_misses_weigh_less_at_the_ordinal_level() -> None:
    scale = ["false", "mostly_false", "mixture", "mostly_true", "true"]
    agreed = [(rating, rating) for rating in scale]
    near = krippendorffs_alpha([*agreed, ("true", "mostly_true")], Level.ORDINAL, scale)
    far = krippendorffs_alpha([*agreed, ("true", "false")], Level.ORDINAL, scale)
    assert near is not None
    assert far is not None
    assert near > far


RATINGS = st.sampled_from("abc")


@given(st.lists(st.tuples(RATINGS, RATINGS), max_size=30))
def test_who_is_first_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    swapped = [(other, one) for one, other in pairs]
    kappa, alpha = cohens_kappa(pairs), krippendorffs_alpha(pairs)
    assert cohens_kappa(swapped) == (None if kappa is None else pytest.approx(kappa))
    assert krippendorffs_alpha(swapped) == (None if alpha is None else pytest.approx(alpha))
    assert kappa is None or -1 <= kappa <= 1.0000001


@given(st.lists(RATINGS, min_size=2).filter(lambda found: len(set(found)) > 1))
def test_agreement_on_everything_is_one(found: list[str]) -> None:
    pairs = [(value, value) for value in found]
    assert cohens_kappa(pairs) == pytest.approx(1)
    assert krippendorffs_alpha(pairs) == pytest.approx(1)
    assert krippendorffs_alpha(pairs, Level.ORDINAL, "abc") == pytest.approx(1)
