"""Evidence, as it is sent with a review and as it is answered."""

from typing import Any

from rest_framework import serializers

from claims.api.bodies import Reading
from claims.models.evidence import Evidence, EvidenceRelation, Tier
from claims.services.evidence import MAX_PIECES, Piece


class PieceIn(Reading):
    """One piece of evidence."""

    url = serializers.CharField(max_length=2048, help_text="An http(s) address.")
    relation = serializers.ChoiceField(choices=EvidenceRelation.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    quote = serializers.CharField(required=False, allow_blank=True, max_length=5000, help_text="Word for word.")
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    independence_group = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="Pieces of one origin share a group."
    )


class EvidenceOut(serializers.Serializer[Any]):
    """One piece of evidence."""

    id = serializers.IntegerField()
    url = serializers.CharField(allow_blank=True)
    file_name = serializers.CharField(allow_blank=True)
    relation = serializers.ChoiceField(choices=EvidenceRelation.choices)
    tier = serializers.ChoiceField(choices=Tier.choices)
    note = serializers.CharField(allow_blank=True)
    quote = serializers.CharField(allow_blank=True)
    independence_group = serializers.CharField(allow_blank=True)


FIELDS: tuple[str, ...] = tuple(EvidenceOut().get_fields())


def described(row: Evidence) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def pieces(sent: list[dict[str, Any]]) -> list[Piece]:
    return [Piece(**piece) for piece in sent]


class PieceField(serializers.ListField):
    """The pieces that come with a review."""

    child = PieceIn()

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_PIECES, **options)
