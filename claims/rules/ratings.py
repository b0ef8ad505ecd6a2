"""The two default scales on which a claim is rated: was it said, and is it true?

Every rating maps to one of the four normalised labels of AVeriTeC (Schlichtkrull, Guo and Vlachos, 2023), so that
desks with their own scales stay comparable. The numbers are those of schema.org's `ratingValue`: 5 best, 1 worst.
"""

from dataclasses import dataclass
from enum import StrEnum


class Axis(StrEnum):
    """The two questions that every verdict answers."""

    ATTRIBUTION = "attribution"
    VERACITY = "veracity"


class NormalisedLabel(StrEnum):
    """What a rating of any scale comes down to."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    CONFLICTING = "conflicting"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"


@dataclass(frozen=True, slots=True)
class Rating:
    """One step of a scale. `number` is None where a rating does not lie between the best and the worst."""

    key: str
    label: str
    number: int | None
    normalised: NormalisedLabel
    explanation: str


@dataclass(frozen=True, slots=True)
class RatingScale:
    """The ratings of one axis, in the order in which reviewers see them."""

    axis: Axis
    ratings: tuple[Rating, ...]

    def __post_init__(self) -> None:
        keys = [rating.key for rating in self.ratings]
        if len(set(keys)) != len(keys):
            raise ValueError(f"The scale of {self.axis} has the same key twice.")

    def get(self, key: str) -> Rating:
        """The rating with this key; raises UnknownRating."""
        for rating in self.ratings:
            if rating.key == key:
                return rating
        raise UnknownRating(self, key)

    @property
    def numbered(self) -> tuple[Rating, ...]:
        """The ratings that carry a number, best first."""
        return tuple(sorted((r for r in self.ratings if r.number is not None), key=lambda r: -(r.number or 0)))

    @property
    def best(self) -> int | None:
        """The highest number of the scale; None when nothing is numbered."""
        return self.numbered[0].number if self.numbered else None

    @property
    def worst(self) -> int | None:
        """The lowest number of the scale; None when nothing is numbered."""
        return self.numbered[-1].number if self.numbered else None


class UnknownRating(ValueError):  # noqa: N818 - it names what happened, as the desk says it
    """The scale has no rating with that key; the message lists those it has."""

    def __init__(self, scale: RatingScale, key: str) -> None:
        keys = ", ".join(rating.key for rating in scale.ratings)
        super().__init__(f"The {scale.axis} scale has no rating {key!r}. It has: {keys}.")


_SUPPORTED = NormalisedLabel.SUPPORTED
_REFUTED = NormalisedLabel.REFUTED
_CONFLICTING = NormalisedLabel.CONFLICTING
_UNKNOWN = NormalisedLabel.NOT_ENOUGH_EVIDENCE

ATTRIBUTION = RatingScale(
    Axis.ATTRIBUTION,
    (
        Rating("accurate", "Accurate", None, _SUPPORTED, "The source said this, in these words or to this effect."),
        Rating(
            "accurate_out_of_context",
            "Accurate, out of context",
            None,
            _CONFLICTING,
            "The source said this, but what was left out changes what it means.",
        ),
        Rating("altered", "Altered", None, _REFUTED, "The source said something close, but the words were changed."),
        Rating("misattributed", "Misattributed", None, _REFUTED, "Somebody else said this, not the source named."),
        Rating(
            "not_found", "Not found", None, _UNKNOWN, "A thorough search found no record that the source said this."
        ),
        Rating(
            "unverifiable",
            "Unverifiable",
            None,
            _UNKNOWN,
            "Nobody outside can check it, for example because the source is unnamed or spoke in private.",
        ),
    ),
)

VERACITY = RatingScale(
    Axis.VERACITY,
    (
        Rating(
            "true", "True", 5, _SUPPORTED, "The evidence bears the statement out, and nothing of weight is missing."
        ),
        Rating("mostly_true", "Mostly true", 4, _SUPPORTED, "Right in substance; a detail is wrong or missing."),
        Rating("mixture", "Mixture", 3, _CONFLICTING, "Important parts are right and important parts are wrong."),
        Rating("mostly_false", "Mostly false", 2, _REFUTED, "Wrong in substance, though some detail in it is right."),
        Rating("false", "False", 1, _REFUTED, "The evidence contradicts the statement."),
        Rating(
            "misleading",
            "Misleading",
            None,
            _CONFLICTING,
            "Nothing in it is plainly wrong, but it leads to a wrong conclusion.",
        ),
        Rating("unproven", "Unproven", None, _UNKNOWN, "The evidence that can be had settles it neither way."),
        Rating(
            "not_checkable",
            "Not checkable",
            None,
            _UNKNOWN,
            "An opinion, a prediction or too vague a statement for evidence to settle.",
        ),
    ),
)

DEFAULT_SCALES: dict[Axis, RatingScale] = {Axis.ATTRIBUTION: ATTRIBUTION, Axis.VERACITY: VERACITY}


def rating(axis: Axis, key: str) -> Rating:
    """The default scale's rating; raises UnknownRating."""
    return DEFAULT_SCALES[axis].get(key)


def choices(axis: Axis) -> list[tuple[str, str]]:
    """(key, label) of the default scale in order, as a form's or a table's choices want them."""
    return [(rating.key, rating.label) for rating in DEFAULT_SCALES[axis].ratings]


def distance(axis: Axis, first: str, second: str) -> int | None:
    """How many steps lie between two numbered ratings; 0 for equal ones; None where no distance is defined."""
    if first == second:
        return 0
    one, other = rating(axis, first).number, rating(axis, second).number
    return None if one is None or other is None else abs(one - other)
