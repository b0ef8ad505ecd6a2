"""Reviews that are sent back, as the tests of several files ask for them."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.review import Assignment, Review
from claims.services import review
from claims.services.review.submission import reviews_of
from tests.factories import answers

NOTE = "Look at page 4 of the report."


def part(claim: Claim, role: str = "first") -> Assignment:
    """The newest assignment in this part."""
    return Assignment.objects.filter(claim=claim, role=role).latest("pk")


def state(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def read(claim: Claim) -> list[int]:
    """The ids of the newest reviews of each part, as whoever reads the claim now knows them."""
    return [row.pk for row in reviews_of(claim).values()]


def answer(claim: Claim, person: Any, **fields: Any) -> Review:
    """What was sent back is handed in again."""
    held = Assignment.objects.get(claim=claim, reviewer=person, state="active")
    submitted, _ = review.submit(held.pk, person, answers(**{"evidence": []} | fields))
    return submitted


def late(assignment: Assignment) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=Now() - timedelta(hours=1))
