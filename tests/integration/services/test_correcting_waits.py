"""A correction that waits for another claim comes, or is dropped with a word: no claim leaves the review undecided."""

import pytest

from claims.models.claims import Claim
from claims.rules.bulk import BulkVerb, Order
from claims.rules.refusals import Conflict
from claims.rules.workflow import DismissReason, ReopenReason
from claims.services import bulk, claims, desks, publication, review
from tests import factories
from tests.factories import World
from tests.integration.services.test_correcting import content, corrections, marks, shorter, submits, told
from tests.returns import state


@pytest.fixture
def world(db: None) -> World:
    """One review decides."""
    return factories.world(second_review_share=0.0)


@pytest.fixture
def both(world: World) -> tuple[Claim, Claim]:
    """Two claims of one attribution: one review decides on the first, the second is reviewed twice."""
    alone, twice = factories.queued_claims(world, 2)
    twice.links.update(attribution=alone.attributions.get())
    review.review_twice(twice.pk, actor=world.carol, wanted=True)
    return alone, twice


def test_a_claim_that_something_waits_for_is_never_dropped(world: World, both: tuple[Claim, Claim]) -> None:
    """Its review was sent back and given up, so that it waits in the queue like one that nobody has looked at."""
    alone, twice = both
    desks.change(world.desk, actor=world.dora, approval_required=True)
    review.review_twice(twice.pk, actor=world.carol, wanted=False)
    words = shorter(alone)
    submits(twice, world.alice)
    review.request_changes(twice.pk, world.carol, "Look again.")
    review.release(twice.assignments.get().pk, world.alice)
    assert state(twice) == "queued"
    submits(alone, world.bob, spans=marks(alone, words))
    review.approve(alone.pk, world.carol)
    assert "waits until its other claims are decided" in told(alone)[-1].reason

    with pytest.raises(Conflict):
        review.unqueue(twice.pk, actor=world.carol)
    with pytest.raises(Conflict):
        claims.dismiss(twice.pk, DismissReason.DUPLICATE, actor=world.carol)
    for order in (Order(BulkVerb.DISMISS, reason="duplicate"), Order(BulkVerb.MERGE, into=alone.pk)):
        seen = bulk.preview(world.desk, order, [twice.pk])
        assert [(group.code, group.count) for group in seen.obstacles] == [("reviewed", 1)], order.verb
    assert state(twice) == "queued"

    submits(twice, world.bob)
    review.approve(twice.pk, world.carol)
    assert (state(twice), content(alone).words) == ("decided", words)


def test_what_waited_for_a_claim_that_was_reopened_is_dropped(world: World, both: tuple[Claim, Claim]) -> None:
    alone, twice = both
    before = content(alone).words
    submits(twice, world.alice)
    done = factories.reviewed(world, claim=alone, spans=marks(alone, shorter(alone)))
    factories.published(world, done)
    publication.reopen(alone.pk, ReopenReason.CHALLENGE, actor=world.carol, note="Somebody doubts it.")
    submits(twice, world.bob)
    assert (state(twice), content(alone).words, corrections(alone)) == ("decided", before, [])
