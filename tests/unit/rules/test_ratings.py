"""The two default scales: their order, numbers and normalised labels."""

import pytest

from claims.rules import ratings
from claims.rules.ratings import Axis, NormalisedLabel, Rating, RatingScale, UnknownRating


def test_the_scales_hold_the_words_of_the_domain_in_order() -> None:
    assert [rating.key for rating in ratings.ATTRIBUTION.ratings] == [
        "accurate",
        "accurate_out_of_context",
        "altered",
        "misattributed",
        "not_found",
        "unverifiable",
    ]
    assert [(rating.key, rating.number) for rating in ratings.VERACITY.ratings] == [
        ("true", 5),
        ("mostly_true", 4),
        ("mixture", 3),
        ("mostly_false", 2),
        ("false", 1),
        ("misleading", None),
        ("unproven", None),
        ("not_checkable", None),
    ]


@pytest.mark.parametrize("axis", list(Axis))
def test_every_rating_can_be_shown_and_normalised(axis: Axis) -> None:
    scale = ratings.DEFAULT_SCALES[axis]
    assert scale.axis is axis
    assert {rating.normalised for rating in scale.ratings} == set(NormalisedLabel)
    for rating in scale.ratings:
        assert rating.explanation.endswith(".")
        assert rating.explanation.count(". ") == 0, "one sentence"
        assert ratings.rating(axis, rating.key) is rating


def test_numbers_rise_with_truth() -> None:
    assert (ratings.VERACITY.worst, ratings.VERACITY.best) == (1, 5)
    assert ratings.VERACITY.numbered[0].key == "true"
    assert ratings.ATTRIBUTION.best is None
    assert ratings.ATTRIBUTION.worst is None


def test_an_unknown_key_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownRating, match=r"has no rating 'pants_on_fire'\. It has: true, mostly_true"):
        ratings.rating(Axis.VERACITY, "pants_on_fire")
    with pytest.raises(UnknownRating):
        ratings.rating(Axis.ATTRIBUTION, "true")


def test_a_scale_refuses_the_same_key_twice() -> None:
    yes = Rating("yes", "Yes", 1, NormalisedLabel.SUPPORTED, "It is so.")
    with pytest.raises(ValueError, match="same key twice"):
        RatingScale(Axis.VERACITY, (yes, yes))


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [
        ("true", "false", 4),
        ("mixture", "mostly_false", 1),
        ("unproven", "unproven", 0),
        ("unproven", "false", None),
        ("misleading", "unproven", None),
    ],
)
def test_distance_is_symmetric_and_only_between_numbers(first: str, second: str, steps: int | None) -> None:
    assert ratings.distance(Axis.VERACITY, first, second) == steps
    assert ratings.distance(Axis.VERACITY, second, first) == steps


def test_choices_for_forms() -> None:
    assert ratings.choices(Axis.VERACITY)[0] == ("true", "True")
    assert len(ratings.choices(Axis.ATTRIBUTION)) == 6
