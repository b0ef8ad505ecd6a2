"""Who judges what they wrote no part of, on what they have read; and what the next reviewer does not learn of it."""

import pytest

from claims.models.claims import Claim
from claims.models.desks import Role
from claims.models.returns import ChangeRequest
from claims.rules.refusals import Conflict, Forbidden
from claims.rules.workflow import AssignmentRole, DeclineReason, HoldReason, ReopenReason
from claims.services import desks, evidence, notifications, publication, review
from tests import factories
from tests.factories import World, answers
from tests.returns import NOTE, answer, state


@pytest.fixture
def world(db: None) -> World:
    """A desk whose editors read each review."""
    return factories.world(approval_required=True)


@pytest.fixture
def claim(world: World) -> Claim:
    """alice's review of it is in, and waits for an editor."""
    (made,) = factories.queued_claims(world, 1)
    held = review.take(world.alice, made.pk)
    assert review.submit(held.pk, world.alice, answers())[1] is None
    made.refresh_from_db()
    assert made.state == "submitted"
    return made


@pytest.fixture
def disputed(world: World) -> Claim:
    """alice finds it false, bob true; carol and dora may settle it."""
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    return factories.disputed(world)


def test_whose_review_was_replaced_settles_no_difference(world: World) -> None:
    """alice's review was sent back and given up; bob's and eve's differ. She wrote a review of it all the same."""
    desks.set_member(world.desk, world.alice, Role.SENIOR_REVIEWER, actor=world.dora)
    eve = factories.member(world.desk, "eve", Role.REVIEWER)
    (made,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, made.pk).pk, world.alice, answers())
    held = review.request_changes(made.pk, world.carol, NOTE)
    review.release(held.pk, world.alice)
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    for person, rating in ((world.bob, "false"), (eve, "true")):
        review.submit(review.take(person, made.pk).pk, person, answers(veracity_verdict=rating))
    made.refresh_from_db()
    assert made.state == "adjudication"
    assert not notifications.visible(world.alice).filter(claim=made, kind="adjudication_waits").exists()
    assert notifications.visible(world.carol).filter(claim=made, kind="adjudication_waits").exists()
    assert made not in review.waiting_for(world.alice)
    for step in (
        lambda: review.dispute_of(made, world.alice),
        lambda: review.adjudicate(made.pk, world.alice, review.Decision("accurate", "true", "So it is.")),
        lambda: review.request_changes(made.pk, world.alice, NOTE, role=AssignmentRole.SECOND),
    ):
        with pytest.raises(Forbidden) as refused:
            step()
        assert refused.value.problems[0].code == "four_eyes"


def test_who_cannot_sign_in_any_more_gets_nothing_back(world: World, claim: Claim) -> None:
    world.alice.is_active = False
    world.alice.save(update_fields=["is_active"])
    held = review.request_changes(claim.pk, world.carol, NOTE)
    assert (held.state, state(claim)) == ("submitted", "queued")
    assert review.take_next(world.bob) is not None


def test_who_reads_for_what_a_second_reviewer_waits_takes_no_review_of_it(world: World, disputed: Claim) -> None:
    held = review.request_changes(disputed.pk, world.carol, NOTE, role=AssignmentRole.SECOND)
    review.hold(held.pk, world.bob, HoldReason.CLAIMANT, note="I still find it true.")
    review.read_holds(world.dora, [held.pk])
    review.resume(held.pk, world.bob)
    review.release(held.pk, world.bob)
    with pytest.raises(Forbidden) as refused:
        review.take(world.dora, disputed.pk)
    assert refused.value.problems[0].code == "not_blind"


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_what_was_said_on_giving_it_up_is_not_the_claims_reason_for_the_next(
    world: World, claim: Claim, who: str
) -> None:
    held = review.request_changes(claim.pk, world.carol, NOTE)
    review.decline(held.pk, world.alice, DeclineReason.OTHER, note="I stand by mostly_false.")
    claim.refresh_from_db()
    assert evidence.state_reason(claim, getattr(world, who)) == ""
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, answers())
    review.approve(claim.pk, world.dora)
    publication.publish(claim.pk, actor=world.dora)
    publication.reopen(claim.pk, ReopenReason.NEW_EVIDENCE, actor=world.carol, note="A new report.")
    claim.refresh_from_db()
    assert evidence.state_reason(claim, getattr(world, who)).endswith("A new report.")


def test_nobody_decides_on_a_review_that_they_have_not_read(world: World, claim: Claim) -> None:
    """carol's page is open while dora sends the review back and alice answers with the opposite verdict."""
    read = [review.proposal_of(claim, world.carol).review.pk]
    review.request_changes(claim.pk, world.dora, NOTE, read=read)
    newer = answer(claim, world.alice, veracity_verdict="true")
    for step in (review.approve, lambda pk, who, read: review.request_changes(pk, who, NOTE, read=read)):
        with pytest.raises(Conflict) as refused:
            step(claim.pk, world.carol, read=read)
        assert (refused.value.problems[0].code, refused.value.details) == ("not_the_newest", {"reviews": [newer.pk]})
    assert (state(claim), ChangeRequest.objects.count()) == ("submitted", 1)
    assert review.approve(claim.pk, world.carol, read=[newer.pk]).veracity_rating.key == "true"


def test_nobody_settles_reviews_that_they_have_not_read(world: World, disputed: Claim) -> None:
    first, second = (row.pk for row, _ in review.dispute_of(disputed, world.carol).sides)
    review.request_changes(disputed.pk, world.dora, NOTE, role=AssignmentRole.SECOND, read=[second])
    newer = answer(disputed, world.bob, veracity_verdict="mixture")
    decision = review.Decision("accurate", "false", "So it is.")
    for read in ([first, second], [first], []):
        with pytest.raises(Conflict) as refused:
            review.adjudicate(disputed.pk, world.carol, decision, read=read)
        assert refused.value.problems[0].code == "not_the_newest"
    assert state(disputed) == "adjudication"
    assert review.adjudicate(disputed.pk, world.carol, decision, read=[newer.pk, first]).note == "So it is."
