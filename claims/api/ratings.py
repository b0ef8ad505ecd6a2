"""A rating as it is answered everywhere."""

from typing import Any

from rest_framework import serializers

from claims.models.verdicts import Rating
from claims.rules import workflow
from claims.rules.ratings import NormalisedLabel


class RatingOut(serializers.Serializer[Any]):
    """One step of the desk's scale."""

    key = serializers.CharField()
    label: Any = serializers.CharField()  # a field, not the attribute
    number = serializers.IntegerField(allow_null=True, help_text="5 best to 1 worst; null where none applies.")
    normalised = serializers.ChoiceField(choices=workflow.choices(NormalisedLabel))


def described(rating: Rating) -> dict[str, Any]:
    return {"key": rating.key, "label": rating.label, "number": rating.number, "normalised": rating.normalised}
