"""Double review: who looks a second time, and what becomes of two reviews that agree or differ."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.models.adjudication import Adjudication
from claims.models.claims import AttributionSource, Claim
from claims.models.desks import Desk, Role
from claims.models.events import Event
from claims.models.review import Assignment, QueueEntry, Review
from claims.models.verdicts import Verdict
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import DeclineReason, ReopenReason
from claims.services import desks, publication, review
from claims.services import sources as register
from claims.services.review import submission
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers, taken
from workbench.accounts.models import User


@pytest.fixture
def world(db: None) -> World:
    """Every claim of the desk is reviewed twice."""
    return factories.world(second_review_share=1.0)


def first_review(world: World, **fields: str) -> Claim:
    claim = factories.queued_claims(world, 1)[0]
    assignment = review.take(world.alice, claim.pk)
    _, verdict = review.submit(assignment.pk, world.alice, answers(**fields))
    assert verdict is None
    claim.refresh_from_db()
    return claim


def state(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def decision(**fields: Any) -> review.Decision:
    complete = {"attribution_verdict": "accurate", "veracity_verdict": "false", "note": "The report is clear."}
    return review.Decision(**{**complete, **fields})


# --- The policy -------------------------------------------------------------------------------------------------------


def test_without_a_policy_one_review_decides(world: World) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=0.0)
    assert factories.reviewed(world).claim.state == "decided"


@pytest.mark.parametrize(("above", "expected"), [(0, "second_review"), (-1, "decided")])
def test_important_claims_are_reviewed_twice(world: World, above: int, expected: str) -> None:
    claim = factories.queued_claims(world, 1)[0]
    desks.change(world.desk, actor=world.dora, second_review_share=0.0, second_review_priority=claim.priority - above)
    assignment = review.take(world.alice, claim.pk)
    review.submit(assignment.pk, world.alice, answers())
    assert state(claim) == expected


def test_a_share_is_drawn_and_the_draw_does_not_change(world: World) -> None:
    desk = Desk.objects.get(pk=world.desk.pk)
    desk.second_review_share = 0.3
    claims = [Claim(pk=number, priority=50, round=1) for number in range(1, 1001)]
    drawn = [claim.pk for claim in claims if submission.second_review_reason(claim, desk)]
    assert 240 < len(drawn) < 360
    assert drawn == [claim.pk for claim in claims if submission.second_review_reason(claim, desk)]
    again = [claim.pk for claim in claims if submission.second_review_reason(Claim(pk=claim.pk, round=2), desk)]
    assert again != drawn


def test_the_reason_stands_in_the_history_and_nobodys_name(world: World) -> None:
    claim = first_review(world)
    event = Event.objects.of("claim", claim.pk).get(kind="claim.second_review")
    assert (event.actor, event.from_state, event.to_state) == (None, "submitted", "second_review")
    assert event.reason == "At random: 100% of the claims are reviewed twice."


def test_a_policy_that_changes_in_mid_review_counts_as_it_stands_at_the_submission(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment = review.take(world.alice, claim.pk)
    desks.change(world.desk, actor=world.dora, second_review_share=0.0)
    review.submit(assignment.pk, world.alice, answers())
    assert state(claim) == "decided"


def test_an_editor_has_a_claim_reviewed_twice_whatever_the_policy_says(world: World) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=0.0)
    asked, other = factories.queued_claims(world, 2)
    for claim in (asked, other):
        review.review_twice(claim.pk, actor=world.carol)
    held = {claim.pk: review.take(world.alice, claim.pk) for claim in (asked, other)}
    review.review_twice(other.pk, actor=world.carol, wanted=False)
    for assignment in held.values():
        review.submit(assignment.pk, world.alice, answers())
    assert (state(asked), state(other)) == ("second_review", "decided")
    kinds = [event.kind for event in Event.objects.of("claim", other.pk)]
    assert kinds.count("claim.review_twice") == kinds.count("claim.review_as_policy") == 1


def test_asked_for_too_late_or_twice(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    before = Event.objects.count()
    for _ in range(2):
        review.review_twice(claim.pk, actor=world.carol)
    assert Event.objects.count() == before + 1
    with pytest.raises(Conflict) as late:
        review.review_twice(first_review(world).pk, actor=world.carol)
    assert late.value.details == {"state": "second_review"}


# --- The second reviewer ----------------------------------------------------------------------------------------------


def test_the_second_reviewer_gets_it_from_next_and_the_first_does_not(world: World) -> None:
    claim = first_review(world)
    assert review.take_next(world.alice) is None
    with pytest.raises(Conflict):
        review.take(world.alice, claim.pk)
    assignment = taken(world.bob)
    assert (assignment.claim_id, assignment.role, state(claim)) == (claim.pk, "second", "second_review")
    assert not QueueEntry.objects.filter(claim=claim).exists()


@pytest.mark.parametrize("how", ["released", "declined", "expired"])
def test_a_second_review_that_is_given_back_waits_again(world: World, how: str) -> None:
    claim = first_review(world)
    assignment = review.take(world.bob, claim.pk)
    if how == "released":
        review.release(assignment.pk, world.bob)
    elif how == "declined":
        review.decline(assignment.pk, world.bob, DeclineReason.NO_TIME)
    else:
        Assignment.objects.filter(pk=assignment.pk).update(lease_until="2020-01-01T00:00Z")
        assert review.expire() == 1
    assert state(claim) == "second_review"
    assert QueueEntry.objects.get(claim=claim).role == "second"
    assert (review.take_next(world.bob) is None) == (how == "declined")
    assert review.take_next(world.alice) is None


def test_a_draft_keeps_the_second_lease_and_no_state_changes(world: World) -> None:
    claim = first_review(world)
    assignment = review.take(world.bob, claim.pk)
    review.save_draft(assignment.pk, world.bob, {"rationale": "So far"})
    assert state(claim) == "second_review"


def test_two_who_want_the_second_review_do_not_both_get_it(transactional_db: None) -> None:
    world = factories.world(second_review_share=1.0)
    claim = first_review(world)

    got = at_once([partial(review.take_next, world.bob), partial(review.take_next, world.carol)])
    assert [one is None for one in got].count(True) == 1
    assert Assignment.objects.filter(claim=claim, role="second").count() == 1


# --- Both agree -------------------------------------------------------------------------------------------------------


def test_two_that_agree_decide_with_the_firsts_words_and_the_evidence_of_both(world: World) -> None:
    claim = first_review(world, rationale="As the report says.")
    assignment = review.take(world.bob, claim.pk)
    second = answers(rationale="I find the same.", evidence=[factories.piece(3)])
    _, verdict = review.submit(assignment.pk, world.bob, second)
    assert verdict is not None
    assert (state(claim), verdict.rationale, verdict.decided_by) == ("decided", "As the report says.", world.bob)
    assert verdict.evidence.count() == 3
    publication.publish(claim.pk, actor=world.carol)
    assert state(claim) == "published"


def test_either_reviewer_may_publish_what_the_other_saw(world: World) -> None:
    claim = first_review(world)
    assignment = review.take(world.carol, claim.pk)
    review.submit(assignment.pk, world.carol, answers())
    publication.publish(claim.pk, actor=world.carol)


def test_a_reopened_claim_is_reviewed_twice_again(world: World) -> None:
    claim = first_review(world)
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, answers())
    publication.publish(claim.pk, actor=world.carol)
    publication.reopen(claim.pk, ReopenReason.CHALLENGE, actor=world.carol)
    # Roles of the round before bind nobody.
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, answers(veracity_verdict="true"))
    assert state(claim) == "second_review"
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    assert state(claim) == "adjudication"


# --- They differ ------------------------------------------------------------------------------------------------------


def test_two_that_differ_wait_for_somebody_who_wrote_neither(world: World) -> None:
    claim = factories.disputed(world)
    assert not Verdict.objects.filter(claim=claim).exists()
    assert list(review.waiting_for(world.carol)) == [claim]
    assert list(review.waiting_for(world.dora)) == [claim]
    for nobody in (world.alice, world.bob, world.ruth, world.mallory):
        assert not review.waiting_for(nobody).exists()


def test_a_senior_reviewer_settles_too_but_not_their_own(world: World) -> None:
    desks.set_member(world.desk, world.bob, Role.SENIOR_REVIEWER)
    claim = factories.disputed(world)
    assert not review.waiting_for(world.bob).exists()
    with pytest.raises(Forbidden) as refused:
        review.adjudicate(claim.pk, world.bob, decision())
    assert refused.value.problems[0].code == "four_eyes"
    senior = factories.member(world.desk, "sam", Role.SENIOR_REVIEWER)
    review.adjudicate(claim.pk, senior, decision())
    assert state(claim) == "decided"


def test_both_reviews_lie_side_by_side_with_what_differs(world: World) -> None:
    claim = first_review(world, veracity_verdict="true")
    second = answers(evidence=[factories.piece(1), factories.piece(3)])
    review.submit(review.take(world.bob, claim.pk).pk, world.bob, second)
    claim.refresh_from_db()
    dispute = review.dispute_of(claim, world.carol)
    assert (dispute.sides[0][0].assignment.reviewer, dispute.sides[1][0].assignment.reviewer) == (
        world.alice,
        world.bob,
    )
    assert dispute.differences == ["veracity_verdict", "evidence"]
    shared = [[common for _, common in pieces] for _, pieces in dispute.sides]
    assert shared == [[True, False], [True, False]]


def test_who_sees_the_reviews_and_when(world: World) -> None:
    claim = factories.disputed(world)
    for early in (world.alice, world.bob, world.ruth, world.mallory):
        with pytest.raises(Forbidden):
            review.dispute_of(claim, early)
    review.adjudicate(claim.pk, world.carol, decision(feedback="Look at page 4."))
    claim.refresh_from_db()
    for person in (world.alice, world.bob, world.dora):
        settled = review.dispute_of(claim, person).settled
        assert settled is not None
        assert settled.feedback == "Look at page 4."
    with pytest.raises(Forbidden):
        review.dispute_of(claim, world.ruth)
    with pytest.raises(Absent):
        review.dispute_of(first_review(world), world.carol)


def test_the_decision_rests_on_the_evidence_of_both(world: World) -> None:
    claim = factories.disputed(world)
    made = review.adjudicate(claim.pk, world.carol, decision(note=" The report\x00 is clear. ", feedback=" Thanks. "))
    assert (made.note, made.feedback, state(claim)) == ("The report is clear.", "Thanks.", "decided")
    assert made.verdict.decided_by == world.carol
    assert made.verdict.evidence.count() == 4
    # She agrees with alice, whose words readers get.
    assert (made.verdict.veracity_rating.key, made.verdict.rationale) == ("false", "alice finds it false.")
    event = Event.objects.of("claim", claim.pk).get(kind="claim.adjudicated")
    assert (event.actor, event.from_state, event.to_state) == (world.carol, "adjudication", "decided")
    assert "page" not in str(event.data)


def test_a_verdict_of_neither_needs_its_own_words(world: World) -> None:
    claim = factories.disputed(world)
    with pytest.raises(Refused) as refused:
        review.adjudicate(claim.pk, world.carol, decision(veracity_verdict="mixture", note=" "))
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("note", "blank"),
        ("rationale", "blank"),
    ]
    made = review.adjudicate(claim.pk, world.carol, decision(veracity_verdict="mixture", rationale="Half of it."))
    assert (made.verdict.veracity_rating.key, made.verdict.rationale) == ("mixture", "Half of it.")


@pytest.mark.parametrize("field", ["attribution_verdict", "veracity_verdict"])
def test_a_rating_that_the_desk_does_not_have_is_refused(world: World, field: str) -> None:
    claim = factories.disputed(world)
    with pytest.raises(Refused) as refused:
        review.adjudicate(claim.pk, world.carol, decision(rationale="So.", **{field: "perhaps"}))
    assert [problem.field for problem in refused.value.problems] == [field]
    assert state(claim) == "adjudication"


def test_who_may_not_settle(world: World) -> None:
    claim = factories.disputed(world)
    with pytest.raises(Absent):
        review.adjudicate(claim.pk, world.mallory, decision())
    for nobody in (world.alice, world.bob, world.ruth):
        with pytest.raises(Forbidden):
            review.adjudicate(claim.pk, nobody, decision())


def test_only_once(world: World) -> None:
    claim = factories.disputed(world)
    review.adjudicate(claim.pk, world.carol, decision())
    with pytest.raises(Conflict) as late:
        review.adjudicate(claim.pk, world.dora, decision())
    assert late.value.details == {"state": "decided"}
    assert Adjudication.objects.count() == Verdict.objects.count() == 1


def test_two_adjudicators_at_once_make_one_verdict(transactional_db: None) -> None:
    world = factories.world(second_review_share=1.0)
    claim = factories.disputed(world)

    def settle(person: User) -> str:
        try:
            review.adjudicate(claim.pk, person, decision())
        except Conflict as late:
            return late.problems[0].code
        return "settled"

    assert sorted(at_once([partial(settle, world.carol), partial(settle, world.dora)])) == [
        "not_in_adjudication",
        "settled",
    ]
    assert Verdict.objects.filter(claim=claim).count() == 1


def test_one_transaction_and_a_fixed_number_of_queries(world: World) -> None:
    def cost(pieces: int) -> int:
        (claim,) = factories.queued_claims(world, 1)
        for person, rating in ((world.alice, "false"), (world.bob, "true")):
            found = [factories.piece(number) for number in range(1, pieces + 1)]
            typed = answers(veracity_verdict=rating, evidence=found)
            review.submit(review.take(person, claim.pk).pk, person, typed)
        with CaptureQueriesContext(connection) as queries:
            review.adjudicate(claim.pk, world.carol, decision())
        return len(queries)

    assert cost(1) == cost(12) <= 25


def test_the_adjudicator_may_publish(world: World) -> None:
    claim = factories.disputed(world)
    review.adjudicate(claim.pk, world.carol, decision())
    publication.publish(claim.pk, actor=world.carol)
    assert state(claim) == "published"


# --- Held by the database ---------------------------------------------------------------------------------------------


def test_the_database_refuses_a_second_part_for_one_person(world: World) -> None:
    claim = first_review(world)
    again = Assignment(claim=claim, reviewer=world.alice, role="second", round=1, lease_until="2100-01-01T00:00Z")
    with pytest.raises(IntegrityError, match="assignment_one_part_per_person"), transaction.atomic():
        again.save()


def test_the_database_refuses_a_reviewer_as_the_adjudicator(world: World) -> None:
    claim = factories.disputed(world)
    found = submission.findings_of(Review.objects.order_by("pk")[0])
    made = Verdict.objects.create(
        claim=claim, version=1, round=1, as_of="2026-03-03", decided_by=world.bob, **found.columns()
    )
    with pytest.raises(IntegrityError, match="reviewed it"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO claims_adjudication (claim_id, round, adjudicator_id, verdict_id, note, feedback)"
            " VALUES (%s, 1, %s, %s, 'Mine', '')",
            [claim.pk, world.bob.pk, made.pk],
        )


def test_a_claim_that_is_reviewed_twice_waits_for_no_editor(world: World) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0, approval_required=True)
    (made,) = factories.queued_claims(world, 1)
    for person in (world.alice, world.bob):
        review.submit(review.take(person, made.pk).pk, person, answers())
    assert state(made) == "decided"


def test_what_listed_sources_say_is_reviewed_twice_merged_ones_too(world: World) -> None:
    desk = desks.change(world.desk, actor=world.dora, second_review_share=0.0)
    one, other = factories.queued_claims(world, 2)
    speaker = register.create("person", "Anna Bell", actor=world.dora)
    again = register.create("person", "Mayor Bell", actor=world.dora)
    attribution = one.attributions.get()
    link = {"surface": "Bell", "score": 0.9, "reason": "By name."}
    AttributionSource.objects.create(attribution=attribution, source=again, **link)
    desks.change(desk, actor=world.dora, second_review_sources=[speaker])
    assert submission.second_review_reason(one, desk) == ""
    register.merge(again, speaker, actor=world.dora, reason="The same")
    assert submission.second_review_reason(one, desk) == "What Anna Bell says is reviewed twice."
    assert submission.second_review_reason(other, desk) == ""
    event = Event.objects.of("desk", world.desk.pk).filter(kind="desk.changed").latest("sequence")
    assert event.data == {"second_review_sources": [[], [speaker.pk]]}
