"""The pages of a double review: what each person sees, and how a difference is settled."""

from typing import Any

import pytest
from django.test import Client

from claims.models.adjudication import Adjudication
from claims.models.claims import Claim
from claims.models.desks import Role
from claims.services import review
from tests import factories
from tests.factories import World, answers
from tests.returns import read
from tests.web.conftest import SignedIn
from tests.web.test_queries import asked

DECISION = {"attribution_verdict": "accurate", "veracity_verdict": "false", "note": "The report is clear."}


def decision(claim: Claim) -> dict[str, Any]:
    """As whoever has read what is there now sends it."""
    return DECISION | {"review": read(claim)}


@pytest.fixture
def world(db: None) -> World:
    return factories.world(second_review_share=1.0)


@pytest.fixture
def carol(world: World, as_: SignedIn) -> Client:
    return as_(world.carol)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def submit(client: Client, claim: Claim, rating: str) -> str:
    client.post(f"/desk/claims/{claim.pk}/take/")
    sent = {
        "attribution_verdict": "accurate", "veracity_verdict": rating, "rationale": f"I find it {rating}.",
        "evidence_url": "https://example.org/report", "evidence_relation": "refutes", "evidence_tier": "primary",
    }  # fmt: skip
    answer = client.post(f"/desk/claims/{claim.pk}/submit/", sent, follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    return answer.content.decode()


def test_each_reviewer_is_told_what_becomes_of_the_review(world: World, as_: SignedIn) -> None:
    same, other = factories.queued_claims(world, 2)
    alice, bob = as_(world.alice), as_(world.bob)
    assert "Somebody else reviews the claim as well now, without seeing yours." in submit(alice, same, "false")
    assert "Somebody else can publish it now." in submit(bob, same, "false")
    submit(alice, other, "false")
    assert "It differs from the other one" in submit(bob, other, "true")


def test_a_second_review_comes_from_next(world: World, as_: SignedIn) -> None:
    (claim,) = factories.queued_claims(world, 1)
    submit(as_(world.alice), claim, "false")
    assert "No claim waits for you." in text(as_(world.alice), "/desk/")
    bob = as_(world.bob)
    assert claim.text in text(bob, "/desk/")
    assert bob.post("/desk/next/")["Location"] == f"/desk/claims/{claim.pk}/"
    assert "How you came to these verdicts" in text(bob, f"/desk/claims/{claim.pk}/")
    assert bob.post(f"/desk/claims/{claim.pk}/release/", follow=True).status_code == 200
    assert "This claim waits for a reviewer." in text(bob, f"/desk/claims/{claim.pk}/")


def test_an_editor_asks_for_two_reviews_and_takes_that_back(world: World, as_: SignedIn, carol: Client) -> None:
    (claim,) = factories.queued_claims(world, 1)
    page = f"/desk/claims/{claim.pk}/"
    assert "Have it reviewed twice" in text(carol, page)
    assert "Have it reviewed twice" not in text(as_(world.alice), page)
    carol.post(f"/claims/{claim.pk}/twice/")
    assert Claim.objects.get(pk=claim.pk).review_twice
    assert "Let the policy decide" in text(carol, page)
    carol.post(f"/claims/{claim.pk}/twice/", {"policy": "1"})
    assert not Claim.objects.get(pk=claim.pk).review_twice
    factories.disputed(world, claim)
    assert f"/claims/{claim.pk}/twice/" not in text(carol, page)


def test_the_way_from_my_desk_to_the_decision(world: World, carol: Client) -> None:
    claim = factories.disputed(world)
    assert "Differing reviews to settle (1)" in text(carol, "/desk/")
    assert f'href="/desk/claims/{claim.pk}/adjudication/"' in text(carol, "/desk/adjudications/")
    assert "See both reviews and settle it" in text(carol, f"/desk/claims/{claim.pk}/")
    page = text(carol, f"/desk/claims/{claim.pk}/adjudication/")
    assert page.index(">alice</mark> finds it ") < page.index(">bob</mark> finds it ")
    assert page.count("in both") == 4
    assert page.count(">differs<") == 4  # is it true, and why
    settled = carol.post(f"/desk/claims/{claim.pk}/adjudicate/", decision(claim) | {"feedback": "Page 4."}, follow=True)
    assert settled.redirect_chain == [(f"/desk/claims/{claim.pk}/adjudication/", 302)]
    assert f'href="/publish/{claim.pk}/"' in settled.content.decode()
    assert "No two reviews differ." in text(carol, "/desk/adjudications/")
    assert "Differing reviews to settle" not in text(carol, "/desk/")


def test_who_reviewed_and_who_settled_is_said_to_the_desk_and_to_the_public(world: World, carol: Client) -> None:
    claim = factories.disputed(world)
    carol.post(f"/desk/claims/{claim.pk}/adjudicate/", decision(claim))
    preview = text(carol, f"/publish/{claim.pk}/").split("Who reviewed")[1].split("The claimant")[0]
    assert preview.index("Alice") < preview.index("Bob") < preview.index("settled by Carol")
    published = carol.post(f"/publish/{claim.pk}/publish/", {"counter_evidence_sought": "on"})["Location"]
    assert (
        "Reviewed by <bdi>Alice</bdi>, <bdi>Bob</bdi>, settled by <bdi>Carol</bdi>, published by <bdi>Carol</bdi>."
        in text(Client(), published)
    )


def test_evidence_of_one_alone_is_marked(world: World, carol: Client) -> None:
    (claim,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    second = answers(veracity_verdict="true", evidence=[factories.piece(1), factories.piece(3)])
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, second)
    page = text(carol, f"/desk/claims/{claim.pk}/adjudication/")
    assert (page.count("in both"), page.count("only here")) == (2, 2)


def test_both_reviewers_see_the_feedback_afterwards_and_not_before(world: World, as_: SignedIn, carol: Client) -> None:
    claim = factories.disputed(world)
    path = f"/desk/claims/{claim.pk}/adjudication/"
    for person in (world.alice, world.bob):
        assert as_(person).get(path)["Location"] == f"/desk/claims/{claim.pk}/"
        assert "Somebody who wrote neither settles that" in text(as_(person), f"/desk/claims/{claim.pk}/")
    carol.post(f"/desk/claims/{claim.pk}/adjudicate/", decision(claim) | {"feedback": "Look at page 4."})
    for person in (world.alice, world.bob):
        assert "how their difference was settled" in text(as_(person), f"/desk/claims/{claim.pk}/")
        page = text(as_(person), path)
        assert "Look at page 4." in page
        assert "The report is clear." in page
        assert f'href="/publish/{claim.pk}/"' not in page
    assert as_(world.ruth).get(path).status_code == 403


def test_a_senior_reviewer_settles(world: World, as_: SignedIn) -> None:
    claim = factories.disputed(world)
    sam = as_(factories.member(world.desk, "sam", Role.SENIOR_REVIEWER))
    assert "Differing reviews to settle (1)" in text(sam, "/desk/")
    sam.post(f"/desk/claims/{claim.pk}/adjudicate/", decision(claim))
    assert Adjudication.objects.get().adjudicator.username == "sam"


def test_a_refused_decision_keeps_what_was_typed(world: World, carol: Client) -> None:
    claim = factories.disputed(world)
    wrong = decision(claim) | {"veracity_verdict": "mixture", "note": "", "feedback": "Typed long ago"}
    answer = carol.post(f"/desk/claims/{claim.pk}/adjudicate/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Tell the desk why you decided this way." in page
    assert "Neither reviewer came to these verdicts" in page
    assert "Typed long ago" in page
    neither = decision(claim) | {"attribution_verdict": "", "veracity_verdict": ""}
    unanswered = carol.post(f"/desk/claims/{claim.pk}/adjudicate/", neither).content.decode()
    assert "Choose a verdict on whether it was said as quoted." in unanswered
    assert "Choose a verdict on whether it is true." in unanswered
    assert "scale. Use one of" not in unanswered
    assert not Adjudication.objects.exists()


def test_whoever_is_late_sees_what_was_decided_and_what_they_typed(world: World, as_: SignedIn, carol: Client) -> None:
    claim = factories.disputed(world)
    carol.post(f"/desk/claims/{claim.pk}/adjudicate/", decision(claim))
    late = as_(world.dora).post(f"/desk/claims/{claim.pk}/adjudicate/", decision(claim) | {"note": "My own reason"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "there is nothing to settle" in page
    assert "The report is clear." in page
    assert "My own reason" in page


def test_words_of_reviewers_are_shown_as_they_are(world: World, carol: Client) -> None:
    (claim,) = factories.queued_claims(world, 1)
    for person, rating in ((world.alice, "false"), (world.bob, "true")):
        said = answers(veracity_verdict=rating, rationale="<script>alert(1)</script> \u202e")
        review.submit(review.take(person, claim.pk).pk, person, said)
    page = text(carol, f"/desk/claims/{claim.pk}/adjudication/")
    assert "<script>alert" not in page
    assert page.count("RLO") == 2


def test_the_history_tells_how_it_went(world: World, as_: SignedIn, carol: Client) -> None:
    claim = factories.disputed(world)
    carol.post(f"/desk/claims/{claim.pk}/adjudicate/", decision(claim))
    page = text(as_(world.ruth), f"/claims/{claim.pk}/history/")
    for sentence in ("Put before a second reviewer", "Two reviews differ", "The difference settled"):
        assert sentence in page


def test_its_pages_cost_no_more_questions_for_more_rows(world: World, carol: Client) -> None:
    one = factories.disputed(world)
    few = asked(carol, "/desk/adjudications/"), asked(carol, "/desk/")
    for claim in factories.queued_claims(world, 5):
        factories.disputed(world, claim)
    assert (asked(carol, "/desk/adjudications/"), asked(carol, "/desk/")) == few
    (many,) = factories.queued_claims(world, 1)
    for person, rating in ((world.alice, "false"), (world.bob, "true")):
        pieces = [factories.piece(number) for number in range(1, 13)]
        typed = answers(veracity_verdict=rating, evidence=pieces)
        review.submit(review.take(person, many.pk).pk, person, typed)
    assert asked(carol, f"/desk/claims/{many.pk}/adjudication/") == asked(carol, f"/desk/claims/{one.pk}/adjudication/")
