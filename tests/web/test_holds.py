"""Claims that wait in a reviewer's hands, and the editor's list of what is in whose."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.review import Assignment, Review
from claims.services import review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


@pytest.fixture
def held(world: World, claim: Claim) -> Assignment:
    return factories.taken(world.alice)


WAIT = {"reason": "claimant", "note": "Asked the <b>mayor's</b> office."}


def state(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def test_a_claim_is_put_on_hold_and_resumed(world: World, as_: SignedIn, claim: Claim, held: Assignment) -> None:
    alice, where = as_(world.alice), f"/desk/claims/{claim.pk}/"
    assert "Put it on hold" in alice.get(where).content.decode()
    page = alice.post(f"{where}hold/", WAIT, follow=True).content.decode()
    assert state(claim) == "on_hold"
    assert "stays in your hands" in page
    assert "Asked the &lt;b&gt;mayor&#x27;s&lt;/b&gt; office." in page
    assert "time ends" not in page
    assert "on hold" in alice.get("/desk/").content.decode()
    page = alice.post(f"{where}resume/", follow=True).content.decode()
    assert state(claim) == "in_review"
    assert "time ends" in page
    assert "Review resumed" in alice.get(f"/claims/{claim.pk}/history/").content.decode()


def test_it_stays_theirs_however_long_it_waits(world: World, as_: SignedIn, claim: Claim, held: Assignment) -> None:
    alice, where = as_(world.alice), f"/desk/claims/{claim.pk}/"
    alice.post(f"{where}hold/", WAIT)
    Assignment.objects.update(lease_until=Now() - timedelta(days=1))
    review.expire()
    assert "Resume the review" in alice.get(where).content.decode()
    alice.post(f"{where}draft/", {"rationale": "The answer came."})
    alice.post(f"{where}resume/")
    assert "The answer came." in alice.get(where).content.decode()


def test_submitting_what_is_on_hold_says_so_and_keeps_it(
    world: World, as_: SignedIn, claim: Claim, held: Assignment
) -> None:
    alice, where = as_(world.alice), f"/desk/claims/{claim.pk}/"
    alice.post(f"{where}hold/", WAIT)
    complete = {"attribution_verdict": "accurate", "veracity_verdict": "false", "rationale": "We have it now."}
    complete |= {"evidence_url": "https://records.example/1"}
    complete |= {"evidence_relation": "refutes", "evidence_tier": "primary"}
    answer = alice.post(f"{where}submit/", complete)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Resume it first" in page
    assert "We have it now." in page
    assert not Review.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"reason": "claimant"}, {"reason": "lunch", "note": "x"}, {"note": "x"}])
def test_a_hold_without_its_reason_or_note_is_none(
    world: World, as_: SignedIn, claim: Claim, held: Assignment, sent: dict[str, str]
) -> None:
    page = as_(world.alice).post(f"/desk/claims/{claim.pk}/hold/", sent, follow=True).content.decode()
    assert "Choose what the claim waits for" in page
    assert state(claim) == "assigned"


def test_without_a_worker_what_ran_out_can_be_asked_for(world: World, as_: SignedIn, held: Assignment) -> None:
    bob = as_(world.bob)
    assert "No claim waits for you" in bob.get("/desk/").content.decode()
    Assignment.objects.update(lease_until=Now() - timedelta(hours=1))
    assert "1 claim waits for a reviewer" in bob.get("/desk/").content.decode()
    opened = bob.post("/desk/next/", follow=True)
    assert opened.redirect_chain == [(f"/desk/claims/{held.claim_id}/", 302)]


def test_nobody_holds_what_is_anothers(world: World, as_: SignedIn, claim: Claim, held: Assignment) -> None:
    for person in (world.bob, world.carol):
        for verb in ("hold", "resume"):
            assert as_(person).post(f"/desk/claims/{claim.pk}/{verb}/", WAIT).status_code == 404
    assert "mayor" not in as_(world.bob).get(f"/desk/claims/{claim.pk}/").content.decode()


def test_the_editor_sees_what_waits_too_long_first(world: World, as_: SignedIn) -> None:
    claims = factories.queued_claims(world, 3)
    waiting = [factories.taken(world.alice) for _ in claims[:2]]
    for each in waiting:
        as_(world.alice).post(f"/desk/claims/{each.claim_id}/hold/", WAIT)
    factories.taken(world.bob)
    carol = as_(world.carol)
    assert "for more than 14 days" not in carol.get("/desk/").content.decode()
    Assignment.objects.filter(pk=waiting[0].pk).update(lease_until=Now() - timedelta(hours=1))
    assert "1 claim is on hold for more than 14 days" in carol.get("/desk/").content.decode()
    assert "for more than 14 days" not in as_(world.alice).get("/desk/").content.decode()
    page = carol.get("/desk/held/").content.decode()
    assert page.index("On hold for more than 14 days") < page.index(claims[0].text) < page.index("Everything")
    assert page.count(claims[0].text) == 2
    assert page.count("Asked the &lt;b&gt;mayor") == 3
    assert "Bob" in page


def test_an_editor_takes_a_claim_back(world: World, as_: SignedIn, claim: Claim, held: Assignment) -> None:
    carol, where = as_(world.carol), f"/desk/held/{held.pk}/"
    assert where in carol.get(f"/desk/claims/{claim.pk}/").content.decode()
    answer = carol.post(f"{where}take-back/", {"reason": " "})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    page = carol.post(f"{where}take-back/", {"reason": "Alice is ill."}, follow=True).content.decode()
    assert "back in the queue" in page
    assert state(claim) == "queued"
    history = carol.get(f"/claims/{claim.pk}/history/").content.decode()
    assert "Taken back from the reviewer" in history
    assert "Alice is ill." in history
    over = carol.get(where).content.decode()
    assert "Nobody holds this any longer: it was released." in over
    assert carol.post(f"{where}take-back/", {"reason": "Again"}).status_code == 409


def test_an_editor_gives_a_claim_to_somebody_else(world: World, as_: SignedIn, claim: Claim, held: Assignment) -> None:
    carol, where = as_(world.carol), f"/desk/held/{held.pk}/"
    page = carol.get(where).content.decode()
    assert "Bob (bob)" in page
    assert "Alice (alice)" not in page
    for sent in ({"reviewer": "ruth", "reason": "x"}, {"reviewer": "bob"}, {}):
        assert carol.post(f"{where}reassign/", sent).status_code == 422
    sent = {"reviewer": "bob", "reason": "Bob knows bridges."}
    assert "Bob has the claim now" in carol.post(f"{where}reassign/", sent, follow=True).content.decode()
    assert "Bob knows bridges." in as_(world.bob).get(f"/desk/claims/{claim.pk}/").content.decode()
    assert (
        "<bdi>Bob</bdi> is reviewing this claim" in as_(world.alice).get(f"/desk/claims/{claim.pk}/").content.decode()
    )


def test_whose_hands_are_full_is_named(world: World, as_: SignedIn, held: Assignment) -> None:
    factories.queued_claims(world, 1)
    world.bob.memberships.update(capacity=1)
    factories.taken(world.bob)
    answer = as_(world.carol).post(f"/desk/held/{held.pk}/reassign/", {"reviewer": "bob", "reason": "x"})
    assert answer.status_code == 409
    assert "Bob holds as many claims as they can: 1." in answer.content.decode()


def test_reviewers_see_no_way_to_take_back(world: World, as_: SignedIn, claim: Claim, held: Assignment) -> None:
    bob = as_(world.bob)
    assert "/desk/held/" not in bob.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "/desk/held/" not in bob.get("/desk/").content.decode()
    assert bob.get(f"/desk/held/{held.pk}/").status_code == 403


def test_a_member_who_is_made_inactive_by_the_admin_gives_back_what_they_hold(
    world: World, as_: SignedIn, claim: Claim, held: Assignment
) -> None:
    admin = factories.user("root", is_staff=True, is_superuser=True)
    member = world.alice.memberships.get()
    fields = {"role": "reviewer", "languages": "", "topics": "", "capacity": "5"}
    answer = as_(admin).post(f"/admin/claims/membership/{member.pk}/change/", fields)
    assert answer.status_code == 302, answer.content
    member.refresh_from_db()
    assert not member.active
    assert state(claim) == "queued"
    assert factories.taken(world.bob).claim == claim
