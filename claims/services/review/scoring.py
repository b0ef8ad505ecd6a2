"""Whose turn a claim is: its facts out of the tables, weighed by rules.routing, as the claim then carries it."""

from collections.abc import Collection
from datetime import datetime

from claims.models.claims import Claim
from claims.rules import routing


def score(claims: Collection[Claim], now: datetime) -> None:
    """Give each claim its priority and the reasons for it; what an editor set stays. Stores nothing."""
    weights = routing.DeskWeights()
    for claim in claims:
        if claim.priority_set is not None:
            continue
        facts = routing.ClaimFacts(
            checkability=routing.Checkability(claim.checkability),
            check_worthiness=claim.check_worthiness,
            published_at=claim.article.published_at,
        )
        turn = routing.priority(facts, weights, now)
        claim.priority = turn.score
        claim.priority_reasons = [reason.text[:200] for reason in turn.reasons]
