"""What happens around a reviewer while they type: each ends in words that they understand, and nothing is lost."""

from typing import Any

import pytest
from django.test import Client

from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.events import Event
from claims.models.review import Assignment, Review
from claims.services import attributions, desks, evidence, review
from tests import factories
from tests.factories import World, piece
from tests.web.conftest import SignedIn

TYPED = {
    "attribution_verdict": "accurate", "veracity_verdict": "false", "rationale": "We read the inspection report.",
}  # fmt: skip


@pytest.fixture
def claim(world: World) -> Claim:
    """In alice's hands, with evidence and a draft."""
    claim = factories.queued_claims(world, 1)[0]
    assignment = review.take(world.alice, claim.pk)
    evidence.add(claim, [piece()], actor=world.alice)
    review.save_draft(assignment.pk, world.alice, {"rationale": "So far"})
    return claim


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def kinds(claim: Claim) -> list[str]:
    return list(Event.objects.of("claim", claim.pk).order_by("sequence").values_list("kind", flat=True))


def submit(client: Client, claim: Claim) -> Any:
    return client.post(f"/desk/claims/{claim.pk}/submit/", TYPED, follow=True)


def test_whoever_is_removed_hands_in_nothing_and_finds_their_words_when_they_are_back(
    world: World, as_: SignedIn, alice: Client, claim: Claim
) -> None:
    as_(world.dora).post(f"/desks/harbour/members/{world.alice.pk}/remove/")
    for step in ("submit", "draft", "evidence", "hold", "release"):
        answer = alice.post(f"/desk/claims/{claim.pk}/{step}/", TYPED)
        assert answer.status_code == 403, step
        assert "You no longer review at the desk of this claim" in answer.content.decode(), step
    assert as_(world.mallory).post(f"/desk/claims/{claim.pk}/submit/", TYPED).status_code == 404
    assert not Review.objects.exists()
    assert Draft.objects.get().body == {"rationale": "So far"}
    assert Claim.objects.get(pk=claim.pk).state == "queued"
    assert kinds(claim)[-1] == "claim.taken_back"
    as_(world.bob).post(f"/desk/claims/{claim.pk}/take/")
    assert Assignment.objects.get(state="active").reviewer == world.bob
    desks.set_member(world.desk, world.alice, "reviewer", actor=world.dora)
    page = alice.get(f"/desk/claims/{claim.pk}/").content.decode()
    assert "What you had typed" in page
    assert "So far" in page


def test_whoever_may_only_read_now_is_told_so(world: World, alice: Client, claim: Claim) -> None:
    desks.set_member(world.desk, world.alice, "reader", actor=world.dora)
    answer = submit(alice, claim)
    assert answer.status_code == 403
    assert "your role at this desk does not include it" in answer.content.decode()
    assert (Review.objects.count(), Draft.objects.get().body) == (0, {"rationale": "So far"})
    assert kinds(claim)[-1] == "claim.taken_back"


@pytest.mark.parametrize(
    ("policy", "says", "state"),
    [
        ({"approval_required": True}, "It takes effect once an editor has read it.", "submitted"),
        ({"second_review_share": 1.0}, "Somebody else reviews the claim as well now", "second_review"),
        ({"lease_minutes": 1, "due_hours": [{"from_priority": 0, "hours": 1}]}, "can publish it now", "decided"),
        ({"senior_share": 1.0, "push": True}, "can publish it now", "decided"),
    ],
)
def test_the_policy_of_the_moment_decides_and_is_said(
    world: World, alice: Client, claim: Claim, policy: dict[str, Any], says: str, state: str
) -> None:
    desks.change(world.desk, actor=world.dora, **policy)
    factories.perform()
    answer = submit(alice, claim)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert Claim.objects.get(pk=claim.pk).state == state
    assert Review.objects.get().rationale == TYPED["rationale"]
    assert "review.submitted" in kinds(claim)


def test_other_ratings_are_asked_for_where_the_desk_changed_its_scale(
    world: World, alice: Client, claim: Claim
) -> None:
    scale = world.desk.scales.create(axis="veracity", name="Three steps", active=False)
    scale.ratings.create(key="right", label="Right", normalised="supported", position=0)
    desks.use_scale(scale, actor=world.dora)
    answer = submit(alice, claim)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Right" in page
    assert TYPED["rationale"] in page
    assert not Review.objects.exists()


def test_a_claim_is_not_dismissed_under_a_reviewers_hands(
    world: World, as_: SignedIn, alice: Client, claim: Claim
) -> None:
    carol = as_(world.carol)
    page = carol.post(f"/claims/{claim.pk}/dismiss/", {"reason": "duplicate"}, follow=True).content.decode()
    assert "what the reviewers have can no longer be dismissed" in page
    # Nor with its statement, which is none, says an editor: the reviewer decides on the claim all the same.
    attributions.reject(claim.attributions.get().pk, actor=world.carol)
    assert submit(alice, claim).status_code == 200
    assert Claim.objects.get(pk=claim.pk).state == "decided"
    assert "claim.dismissed" not in kinds(claim)
