"""A review as the desk's own doors answer it: to whoever judges it, and to its writer."""

from typing import Any

from rest_framework import serializers

from claims.api import ratings
from claims.models.claims import SpanRole
from claims.models.returns import ChangeRequest
from claims.models.review import Review
from claims.rules import workflow
from claims.rules.markings import Piece
from claims.rules.workflow import AssignmentRole
from claims.services.review import Compared, Earlier

WORDS = ("rationale", "attribution_rationale", "veracity_rationale")
CONFIDENCES = ("attribution_confidence", "veracity_confidence")


class ReviewFound(serializers.Serializer[Any]):
    """What one reviewer found, without the evidence."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="1, and one more for each answer to requested changes.")
    role = serializers.ChoiceField(choices=workflow.choices(AssignmentRole))
    reviewer = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    attribution = ratings.RatingOut()
    veracity = ratings.RatingOut()
    rationale = serializers.CharField()
    attribution_rationale = serializers.CharField(allow_blank=True)
    veracity_rationale = serializers.CharField(allow_blank=True)
    attribution_confidence = serializers.FloatField(allow_null=True)
    veracity_confidence = serializers.FloatField(allow_null=True)


class WordsOut(serializers.Serializer[Any]):
    """Some words, and whether the other side has them as well."""

    text = serializers.CharField(trim_whitespace=False)
    shared = serializers.BooleanField()


class MarkedOut(serializers.Serializer[Any]):
    """What one reviewer marked in one role of an attribution."""

    attribution = serializers.IntegerField()
    role = serializers.ChoiceField(choices=SpanRole.choices)
    shared = serializers.BooleanField(help_text="The other review marks the same words.")
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), help_text="Start and end, in code points."
    )
    words = WordsOut(many=True)


class MarkedHere(MarkedOut):
    """What the reviewer marked in one role of an attribution, and what is marked in the article."""

    shared = serializers.BooleanField(help_text="The same words are marked in the article.")
    article_spans = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), help_text="As marked in the article now."
    )
    article_words = WordsOut(many=True)


class ChangesOut(serializers.Serializer[Any]):
    """Why a review was sent back, and by whom."""

    note = serializers.CharField()
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()


class EarlierOut(ReviewFound):
    """A review that another one followed."""

    round = serializers.IntegerField(help_text="More than one where the claim was reopened.")
    spans = MarkedHere(many=True)
    sent_back = ChangesOut(allow_null=True, help_text="Null where it was not sent back: one of an earlier round.")


class QuestionOut(ChangesOut):
    """What the caller is asked to change, and in which review of theirs."""

    review = ReviewFound()


def found(row: Review) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("id", "number", "submitted_at", *WORDS, *CONFIDENCES)},
        "role": row.assignment.role,
        "reviewer": str(row.assignment.reviewer),
        "attribution": ratings.described(row.attribution_rating),
        "veracity": ratings.described(row.veracity_rating),
    }


def pieces_of(words: list[Piece]) -> list[dict[str, Any]]:
    return [{"text": piece.text, "shared": piece.shared} for piece in words]


def marked(place: Compared, number: int) -> dict[str, Any]:
    """What one of the two sides marks at a place."""
    return {
        "attribution": place.marking.attribution.pk,
        "role": place.marking.role,
        "shared": place.same,
        "spans": place.spans[number],
        "words": pieces_of(place.sides[number]),
    }


def marked_here(place: Compared) -> dict[str, Any]:
    """What a review marks at a place, beside what is marked in the article."""
    return marked(place, 0) | {"article_spans": place.spans[1], "article_words": pieces_of(place.sides[1])}


def changes(asked: ChangeRequest) -> dict[str, Any]:
    return {"note": asked.note, "requested_by": str(asked.requested_by), "requested_at": asked.requested_at}


def before(each: Earlier) -> dict[str, Any]:
    sent_back = getattr(each.review, "sent_back", None)
    return found(each.review) | {
        "round": each.review.assignment.round,
        "spans": [marked_here(place) for place in each.marked],
        "sent_back": changes(sent_back) if sent_back else None,
    }


def question(asked: ChangeRequest) -> dict[str, Any]:
    return changes(asked) | {"review": found(asked.review)}
