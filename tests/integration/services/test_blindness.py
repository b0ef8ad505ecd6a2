"""What a claim's history, evidence and contacts tell while a second review is open, by the services themselves."""

import pytest
from django.db import IntegrityError, transaction

from claims.models.claims import Claim
from claims.models.review import Assignment, Unblinding
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import DismissReason, ReopenReason
from claims.services import claims as claim_services
from claims.services import evidence, notes, publication, review
from tests import factories
from tests.factories import World, answers


@pytest.fixture
def world(db: None) -> World:
    """Every claim of the desk is reviewed twice."""
    return factories.world(second_review_share=1.0)


def first_review(world: World) -> Claim:
    claim = factories.queued_claims(world, 1)[0]
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    claim.refresh_from_db()
    return claim


def test_what_others_did_in_the_round_stays_away_until_both_are_in(world: World) -> None:
    claim = first_review(world)
    asked = evidence.contact(claim, "e-mail", "Is it so?", actor=world.alice)
    review.take(world.bob, claim.pk)
    seen = {event.kind for event in evidence.history(claim, world.bob) if event.actor_id == world.alice.pk}
    assert not seen
    assert not evidence.visible(claim, world.bob).exists()
    assert not evidence.contacts(claim, world.bob).exists()
    with pytest.raises(Absent):
        evidence.answer(asked.pk, "Yes.", actor=world.bob)
    # Nor does the first learn what the second does.
    evidence.add(claim, [factories.piece(9)], actor=world.bob)
    assert evidence.visible(claim, world.alice).count() == 2
    assert {event.actor_id for event in evidence.history(claim, world.alice)} == {None, world.alice.pk}
    review.submit(Assignment.objects.get(role="second").pk, world.bob, answers())
    claim.refresh_from_db()
    assert evidence.contacts(claim, world.bob).get() == asked
    assert world.alice.pk in {event.actor_id for event in evidence.history(claim, world.bob)}


def test_what_an_earlier_round_left_stays_in_sight(world: World) -> None:
    claim = first_review(world)
    evidence.contact(claim, "e-mail", "Is it so?", actor=world.alice)
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, answers())
    publication.publish(claim.pk, actor=world.carol)
    publication.reopen(claim.pk, ReopenReason.CHALLENGE, actor=world.carol)
    review.submit(review.take(world.carol, claim.pk).pk, world.carol, answers())
    claim.refresh_from_db()
    assert (claim.state, claim.round) == ("second_review", 2)
    assert evidence.contacts(claim, world.bob).count() == 1
    events = list(evidence.history(claim, world.bob))
    assert [event.kind for event in events if event.actor == world.alice].count("review.submitted") == 1
    assert not [event for event in events if event.actor == world.carol and event.kind == "review.submitted"]


def test_what_reviewers_have_is_not_dismissed(world: World) -> None:
    claim = first_review(world)
    with pytest.raises(Conflict):
        claim_services.dismiss(claim.pk, DismissReason.DUPLICATE, actor=world.carol)


def test_whoever_read_the_first_reviewers_question_does_not_review_it_blind(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    notes.add(claim.pk, "Which report?", actor=world.alice, kind="question")
    for _ in range(2):
        assert notes.shown(world.carol, notes.threads(world.carol).filter(claim=claim))
    assert not notes.shown(world.bob, notes.threads(world.bob).filter(claim=claim))
    review.submit(held.pk, world.alice, answers())
    claim.refresh_from_db()
    assert claim.state == "second_review"
    assert [row.user for row in Unblinding.objects.all()] == [world.carol]
    assert not review.may_take(world.carol, claim)
    with pytest.raises(Forbidden, match="read what another reviewer wrote"):
        review.take(world.carol, claim.pk)
    assert review.take_next(world.carol) is None
    assert world.carol not in [member.user for member in review.candidates(claim)]
    with pytest.raises(Refused, match="Choose a reviewer"):
        review.assign(claim.pk, world.dora, "carol", reason="She has time")
    assert review.take_next(world.bob) is not None


def test_what_editors_say_among_each_other_blinds_nobody(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.take(world.alice, claim.pk)
    notes.add(claim.pk, "Mind the vote.", actor=world.dora)
    assert notes.shown(world.carol, notes.threads(world.carol).filter(claim=claim))
    assert not Unblinding.objects.exists()


def test_the_database_refuses_a_second_reviewer_who_is_not_blind(world: World) -> None:
    claim = first_review(world)
    review.unblind(world.bob, [(claim.pk, claim.round)])
    with pytest.raises(IntegrityError, match="read what a reviewer") as refused, transaction.atomic():
        Assignment.objects.create(
            claim=claim, reviewer=world.bob, role="second", round=claim.round, lease_until=claim.created_at
        )
    assert refused.value.__cause__.diag.constraint_name == "reviews_are_blind"  # type: ignore[union-attr]  # psycopg2's error
