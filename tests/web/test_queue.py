"""The editor's page on a claim's place in the queue."""

import pytest

from claims.models.claims import Claim
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def test_an_editor_sets_a_priority_and_sees_why_it_is_so(world: World, as_: SignedIn, claim: Claim) -> None:
    carol, where = as_(world.carol), f"/desk/claims/{claim.pk}/"
    assert f"{where}place/" in carol.get(where).content.decode()
    assert claim.priority_reasons[0] in carol.get(f"{where}place/").content.decode()
    sent = {"priority": "90", "reason": "The <b>vote</b>."}
    page = carol.post(f"{where}priority/", sent, follow=True).content.decode()
    assert "Its priority is 90 now." in page
    assert "Set by Carol: The &lt;b&gt;vote&lt;/b&gt;." in page
    assert "Given another priority" in carol.get(f"/claims/{claim.pk}/history/").content.decode()
    page = carol.post(f"{where}priority/", {"priority": "", "reason": "Over."}, follow=True).content.decode()
    assert f"Its priority is {claim.priority} now." in page


@pytest.mark.parametrize(
    "sent", [{"priority": "101", "reason": "x"}, {"priority": "x", "reason": "x"}, {"priority": "1"}]
)
def test_what_is_no_priority_comes_back(world: World, as_: SignedIn, claim: Claim, sent: dict[str, str]) -> None:
    assert as_(world.carol).post(f"/desk/claims/{claim.pk}/priority/", sent).status_code == 422
    claim.refresh_from_db()
    assert claim.priority_set is None


def test_an_editor_gives_a_claim_to_a_reviewer(world: World, as_: SignedIn, claim: Claim) -> None:
    carol, where = as_(world.carol), f"/desk/claims/{claim.pk}/"
    page = carol.get(f"{where}place/").content.decode()
    assert "Bob (bob)" in page
    assert "Ruth" not in page
    for sent in ({"reviewer": "ruth", "reason": "x"}, {"reviewer": "bob"}):
        assert carol.post(f"{where}assign/", sent).status_code == 422
    sent = {"reviewer": "bob", "reason": "Bob knows bridges."}
    assert "Bob has the claim now" in carol.post(f"{where}assign/", sent, follow=True).content.decode()
    assert "Bob knows bridges." in as_(world.bob).get(where).content.decode()
    late = carol.post(f"{where}assign/", {"reviewer": "alice", "reason": "x"})
    assert late.status_code == 409
    assert "Bob is reviewing this claim." in late.content.decode()
    assert "does not wait for a reviewer" in carol.get(f"{where}place/").content.decode()


def test_reviewers_find_no_way_there(world: World, as_: SignedIn, claim: Claim) -> None:
    bob, where = as_(world.bob), f"/desk/claims/{claim.pk}/"
    assert f"{where}place/" not in bob.get(where).content.decode()
    assert bob.get(f"{where}place/").status_code == 403
