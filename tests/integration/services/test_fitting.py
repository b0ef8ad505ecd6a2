"""Whom a claim suits, as an editor sees it who looks for somebody."""

from claims.models.desks import Membership
from claims.models.review import QueueEntry
from claims.rules.workflow import DeclineReason
from claims.services import review
from tests import factories
from tests.factories import taken


def test_an_editor_sees_whom_a_claim_suits_and_whom_not(db: None) -> None:
    world = factories.world()
    claim = factories.queued_claims(world, 1)[0]
    QueueEntry.objects.update(topics=["health"], reserved=True)
    Membership.objects.filter(user=world.carol).update(topics=["health"])
    review.decline(review.take(world.dora, claim.pk).pk, world.dora, DeclineReason.NO_TIME)
    QueueEntry.objects.update(topics=["health"], reserved=True)
    found = [
        (member.user.username, fit.score, [reason.code for reason in fit.reasons])
        for member, fit in review.who_could(claim)
    ]
    assert found == [
        ("carol", 100, ["topics", "load"]),
        ("alice", 0, ["reserved"]),
        ("bob", 0, ["reserved"]),
        ("dora", 0, ["already_reviewed"]),
    ]
    taken(world.carol)
    assert review.who_could(claim) == []
