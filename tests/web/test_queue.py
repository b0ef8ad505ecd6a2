"""The editor's page on a claim's place in the queue."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk, Membership
from claims.models.review import Assignment
from claims.services import review
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


def offer(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(push=True)
    assert review.push() == 1


def test_an_offer_stands_on_the_desk_with_its_reasons_and_is_accepted(
    world: World, as_: SignedIn, claim: Claim
) -> None:
    offer(world)
    alice, where = as_(world.alice), f"/desk/claims/{claim.pk}/"
    for page in (alice.get("/desk/").content.decode(), alice.get(where).content.decode()):
        assert "Offered to you" in page
        assert "Why this one?" in page
        assert "Holds 0 of 20 claims." in page
        assert f"{where}accept/" in page
    assert "This claim is offered to <bdi>Alice</bdi> just now." in as_(world.bob).get(where).content.decode()
    assert "offer ends" in as_(world.carol).get("/desk/held/").content.decode()
    page = alice.post(f"{where}accept/", follow=True).content.decode()
    assert "Offered to you" not in page
    assert "time ends" in page
    assert "Why this one?" in page
    assert "The offer accepted" in alice.get(f"/claims/{claim.pk}/history/").content.decode()
    assert "This claim is yours already." in alice.post(f"{where}accept/", follow=True).content.decode()


def test_an_offer_is_declined_from_its_page(world: World, as_: SignedIn, claim: Claim) -> None:
    offer(world)
    alice, where = as_(world.alice), f"/desk/claims/{claim.pk}/"
    alice.post(f"{where}decline/", {"reason": "no_time"})
    claim.refresh_from_db()
    assert claim.state == "queued"
    assert "Offered to you" not in alice.get("/desk/").content.decode()


def test_an_offer_that_ran_out_says_so(world: World, as_: SignedIn, claim: Claim) -> None:
    offer(world)
    Assignment.objects.update(lease_until=Now() - timedelta(hours=1))
    alice, where = as_(world.alice), f"/desk/claims/{claim.pk}/"
    assert "Offered to you" not in alice.get(where).content.decode()
    assert "This offer has ended." in alice.post(f"{where}accept/", follow=True).content.decode()


def test_nobody_accepts_what_is_anothers(world: World, as_: SignedIn, claim: Claim) -> None:
    offer(world)
    for person in (world.bob, world.carol):
        assert as_(person).post(f"/desk/claims/{claim.pk}/accept/").status_code == 404


def test_an_editor_sees_whom_it_suits_and_whom_not(world: World, as_: SignedIn, claim: Claim) -> None:
    Membership.objects.filter(user=world.bob).update(languages=["uk"])
    page = as_(world.carol).get(f"/desk/claims/{claim.pk}/place/").content.decode()
    assert "Who it suits, and who it does not" in page
    assert "Does not read the claim&#x27;s language (en)." in page
