"""Somebody is named, as the speaker or as the outlet, with whom the holder of the claim has a conflict of interest."""

from collections.abc import Callable

import pytest

from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.notifications import Notification
from claims.rules.refusals import Forbidden
from claims.rules.workflow import HoldReason
from claims.services import articles, attributions, claims, conflicts, review, sources
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def bell() -> Source:
    return register.create("person", "Anna Bell")


def _by_a_reviewer(world: World, claim: Claim, bell: Source) -> None:
    claims.confirm_source(claim.attributions.get().pk, bell, actor=world.bob)


def _by_a_correction(world: World, claim: Claim, bell: Source) -> None:
    attributions.correct(claim.attributions.get().pk, {"source_entity": bell.name}, actor=world.bob)


def _as_the_outlet(world: World, claim: Claim, bell: Source) -> None:
    """The paper that printed it, with which they have a conflict as well."""
    paper = register.create("outlet", "Harbour Post")
    conflicts.declare(world.desk.pk, paper, actor=world.alice)
    about = articles.About(outlet="Harbour Post")
    articles.describe(claim.article, claim.article.version, about, actor=world.carol)


def _by_a_merge(world: World, claim: Claim, bell: Source) -> None:
    """Of which no verb of the desk tells; the clock asks."""
    other = register.create("person", "A. Bell")
    claim.attributions.get().resolved_sources.create(source=other, surface="Bell", score=0.5, reason="An alias.")
    sources.merge(other, bell, actor=world.dora, reason="The same.")
    assert (review.return_near(), review.return_near()) == (1, 0)


@pytest.mark.parametrize("names", [_by_a_reviewer, _by_a_correction, _as_the_outlet, _by_a_merge])
def test_who_is_named_takes_the_claim_from_whoever_stands_too_near(
    world: World, bell: Source, names: Callable[[World, Claim, Source], None]
) -> None:
    (claim,), (other,) = factories.queued_claims(world, 1), factories.queued_claims(world, 1)
    conflicts.declare(world.desk.pk, bell, actor=world.alice)
    held, kept = review.take(world.alice, claim.pk), review.take(world.alice, other.pk)
    review.save_draft(held.pk, world.alice, {"rationale": "So far."})
    review.hold(held.pk, world.alice, HoldReason.EVIDENCE, note="The report.")
    names(world, claim, bell)
    held.refresh_from_db()
    kept.refresh_from_db()
    assert (held.state, held.end_reason) == ("released", "Alice no longer reviews it.")
    assert kept.state == "active"
    (event,) = Event.objects.of("claim", claim.pk).filter(kind="claim.taken_back")
    assert (event.actor, event.reason) == (None, "Alice no longer reviews it.")
    (told,) = Notification.objects.filter(user=world.alice, kind="taken_back")
    assert told.claim == claim
    assert "with whom you declared a conflict of interest. What you typed is kept." in told.data["reason"]
    assert review.draft_of(claim, world.alice) == {"rationale": "So far."}
    with pytest.raises(Forbidden, match="You declared a conflict of interest with"):
        review.submit(held.pk, world.alice, factories.answers(rationale="Later."))
    assert review.draft_of(claim, world.alice)["rationale"] == "Later."
    assert factories.taken(world.bob).claim == claim
    assert review.draft_of(claim, world.bob) == {}
