"""Two claims are the same: a person says so, and says that they are not any more."""

import pytest

from claims.models.claims import Claim, ClaimLink
from claims.models.events import Event
from claims.rules.links import LinkKind
from claims.services import links
from tests import factories
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def told(claim: Claim) -> list[tuple[str, object]]:
    rows = Event.objects.of("claim", claim.pk).filter(kind__startswith="claim.")
    return [(row.kind, row.data.get("claim")) for row in rows if row.kind.endswith("linked")]


def test_two_claims_are_the_same_and_then_are_not(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    link = links.confirm(other, one, LinkKind.SAME_AS, actor=world.carol)
    assert (link.from_claim, link.to_claim) == (one, other), "a symmetric link is one row whoever made it"
    assert links.confirm(one, other, LinkKind.SAME_AS, actor=world.dora).pk == link.pk
    links.end(link, actor=world.carol)
    assert not ClaimLink.objects.standing().exists()
    assert told(one) == [("claim.linked", other.pk), ("claim.linked", other.pk), ("claim.unlinked", other.pk)]
    assert [kind for kind, _ in told(other)] == [kind for kind, _ in told(one)]
    again = links.confirm(one, other, LinkKind.SAME_AS, actor=world.carol)
    assert (again.pk, again.ended_at) == (link.pk, None)


def test_a_suggestion_is_confirmed_and_may_be_one_again(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    suggested = ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", score=0.9)
    assert set(Claim.objects.matching(suspected=True)) == {one, other}
    link = links.confirm(one, other, LinkKind.SAME_AS, actor=world.carol)
    assert (link.pk, link.confirmed_by, link.score) == (suggested.pk, world.carol, 0.9)
    assert not Claim.objects.matching(suspected=True).exists()
    links.end(link, actor=world.carol, suggested=True)
    assert list(ClaimLink.objects.suspected()) == [suggested]
