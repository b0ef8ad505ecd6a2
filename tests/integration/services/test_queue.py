"""The editor's hand on the queue: how much a claim matters, and who gets it."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event
from claims.models.review import Assignment, QueueEntry
from claims.rules.bulk import BulkVerb, Order
from claims.rules.refusals import Absent, Conflict, Refused
from claims.rules.workflow import AssignmentRole, DeclineReason, ReopenReason
from claims.services import bulk, desks, publication, review
from tests import factories
from tests.concurrency import PATIENCE_S, at_once, while_locked
from tests.factories import World, answers, taken


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 2)[1]


def last(claim: Claim) -> Event:
    event = Event.objects.of("claim", claim.pk).last()
    assert event is not None
    return event


# --- Priority ---------------------------------------------------------------------------------------------------------


def test_an_editors_priority_moves_the_claim_and_is_explained(world: World, claim: Claim) -> None:
    before = claim.priority
    changed = review.set_priority(claim.pk, 95, actor=world.carol, reason="The vote is on Sunday.")
    claim.refresh_from_db()
    assert (claim.priority, claim.priority_set, changed.priority) == (95, 95, 95)
    assert claim.priority_reasons == ["Set by Carol: The vote is on Sunday."]
    assert (last(claim).kind, last(claim).reason) == ("claim.prioritised", "The vote is on Sunday.")
    assert last(claim).data == {"before": before, "priority": 95, "set": True}
    assert taken(world.alice).claim == claim


def test_left_to_the_rule_again_it_is_what_it_was(world: World, claim: Claim) -> None:
    review.set_priority(claim.pk, 0, actor=world.carol, reason="Later.")
    assert review.set_priority(claim.pk, None, actor=world.carol, reason="As before.").priority_set is None
    again = Claim.objects.get(pk=claim.pk)
    assert (again.priority, again.priority_reasons[0]) == (claim.priority, claim.priority_reasons[0])
    assert QueueEntry.objects.get(claim=claim).priority == claim.priority


def test_it_stays_when_the_claim_comes_back(world: World, claim: Claim) -> None:
    review.set_priority(claim.pk, 95, actor=world.carol, reason="The vote.")
    review.release(taken(world.alice).pk, world.alice)
    assert QueueEntry.objects.get(claim=claim).priority == 95


@pytest.mark.parametrize("number", [-1, 101])
def test_an_impossible_priority_is_refused(world: World, claim: Claim, number: int) -> None:
    with pytest.raises(Refused) as refused:
        review.set_priority(claim.pk, number, actor=world.carol, reason="x")
    assert refused.value.problems[0].field == "priority"
    with pytest.raises(Refused) as refused:
        review.set_priority(claim.pk, 1, actor=world.carol, reason=" ")
    assert refused.value.problems[0].field == "reason"


def test_nothing_hangs_on_it_after_the_last_review(world: World) -> None:
    done = factories.reviewed(world)
    with pytest.raises(Conflict) as conflict:
        review.set_priority(done.claim.pk, 1, actor=world.carol, reason="x")
    assert (conflict.value.problems[0].code, conflict.value.details) == ("too_late", {"state": "decided"})


def test_whoever_reviewed_it_tells_the_second_reviewer_nothing(world: World, claim: Claim) -> None:
    Desk.objects.update(second_review_share=1)
    held = review.take(world.carol, claim.pk)
    review.submit(held.pk, world.carol, answers())
    review.set_priority(claim.pk, 90, actor=world.carol, reason="It is false.")
    claim.refresh_from_db()
    assert claim.priority_reasons == ["Set by an editor."]
    assert last(claim).reason == "It is false."


def test_whoever_read_a_review_tells_the_next_reviewer_nothing(world: World, claim: Claim) -> None:
    Desk.objects.update(approval_required=True)
    held = review.take(world.alice, claim.pk)
    review.submit(held.pk, world.alice, answers())
    again = review.request_changes(claim.pk, world.carol, "Which report?")
    review.release(again.pk, world.alice)
    review.set_priority(claim.pk, 90, actor=world.carol, reason="Alice finds it false.")
    claim.refresh_from_db()
    assert claim.priority_reasons == ["Set by an editor."]


def test_the_database_knows_no_other_priority_than_the_one_that_was_set(world: World, claim: Claim) -> None:
    with pytest.raises(DatabaseError, match="claim_has_the_priority_that_was_set"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(priority_set=claim.priority + 1)


@pytest.mark.django_db(transaction=True)
def test_setting_it_and_taking_at_once_do_not_wait_in_a_ring() -> None:
    world = factories.world()
    claims = factories.queued_claims(world, 12)

    def ask() -> Any:
        return [review.take_next(world.alice) for _ in claims]

    def put() -> Any:
        return [review.set_priority(claim.pk, 50, actor=world.carol, reason="x") for claim in claims]

    got, _ = at_once([ask, put])
    held = {assignment.claim_id for assignment in got if assignment}
    assert Assignment.objects.count() == len(held)
    assert QueueEntry.objects.count() == len(claims) - len(held)
    assert set(Claim.objects.values_list("priority", flat=True)) == {50}
    assert factories.history_is_whole()


# --- Push by a person -------------------------------------------------------------------------------------------------


def test_an_editor_gives_a_waiting_claim_to_a_reviewer(world: World, claim: Claim) -> None:
    given = review.assign(claim.pk, world.carol, "bob", reason="Bob knows bridges.")
    assert (given.reviewer, given.role, given.state) == (world.bob, "first", "active")
    assert given.why == "From Carol: Bob knows bridges."
    assert (given.lease_until - given.assigned_at).total_seconds() == world.desk.lease_minutes * 60
    claim.refresh_from_db()
    assert claim.state == "assigned"
    assert not QueueEntry.objects.filter(claim=claim).exists()
    assert (last(claim).kind, last(claim).actor) == ("claim.given", world.carol)
    assert last(claim).data == {"assignment": given.pk, "reviewer": world.bob.pk}
    assert factories.history_is_whole()


def test_a_second_review_is_given_too_and_not_to_the_first_reviewer(world: World, claim: Claim) -> None:
    Desk.objects.update(second_review_share=1)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    with pytest.raises(Refused):
        review.assign(claim.pk, world.carol, "alice", reason="x")
    given = review.assign(claim.pk, world.carol, "bob", reason="Next.")
    assert given.role == "second"
    claim.refresh_from_db()
    assert claim.state == "second_review"


@pytest.mark.parametrize("who", ["alice", "ruth", "mallory", "nobody", "erin"])
def test_who_cannot_have_it_does_not_get_it(world: World, claim: Claim, who: str) -> None:
    """alice declined it, ruth reads, mallory is elsewhere, erin left."""
    factories.member(world.desk, "erin", Role.REVIEWER, active=False)
    review.decline(review.take(world.alice, claim.pk).pk, world.alice, DeclineReason.NO_TIME)
    with pytest.raises(Refused) as refused:
        review.assign(claim.pk, world.carol, who, reason="x")
    assert refused.value.problems[0].field == "reviewer"
    assert not Assignment.objects.active().exists()


def test_who_holds_enough_and_what_is_held_is_named(world: World, claim: Claim) -> None:
    Membership.objects.filter(user=world.bob).update(capacity=1)
    other = taken(world.bob)
    with pytest.raises(Conflict) as conflict:
        review.assign(claim.pk, world.carol, "bob", reason="x")
    assert conflict.value.problems[0].code == "at_capacity"
    with pytest.raises(Conflict) as conflict:
        review.assign(other.claim_id, world.carol, "alice", reason="x")
    assert conflict.value.details["holder"] == "Bob"


def test_what_ran_out_can_be_given_at_once(world: World, claim: Claim) -> None:
    late = review.take(world.alice, claim.pk)
    Assignment.objects.filter(pk=late.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert review.assign(claim.pk, world.carol, "bob", reason="x").reviewer == world.bob


def test_only_editors_of_the_desk_give_and_they_say_why(world: World, claim: Claim) -> None:
    for person in (world.alice, world.ruth, world.mallory):
        with pytest.raises(Absent):
            review.assign(claim.pk, person, "bob", reason="x")
    with pytest.raises(Refused) as refused:
        review.assign(claim.pk, world.carol, "bob", reason=" ")
    assert refused.value.problems[0].field == "reason"


@pytest.mark.django_db(transaction=True)
def test_two_editors_who_give_it_at_once_give_it_once() -> None:
    world = factories.world()
    claim = factories.queued_claims(world, 1)[0]

    def give(editor: Any, username: str) -> bool:
        try:
            return bool(review.assign(claim.pk, editor, username, reason="x"))
        except Conflict:
            return False

    assert sum(at_once([partial(give, world.carol, "alice"), partial(give, world.dora, "bob")])) == 1
    assert Assignment.objects.count() == 1


# --- Out of the queue -------------------------------------------------------------------------------------------------


def test_an_editor_takes_a_claim_out_of_the_queue_while_nobody_has_it(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assert review.unqueue(claim.pk, actor=world.carol, reason="Not ours.").state == "triaged"
    assert not QueueEntry.objects.exists()
    assert review.take_next(world.alice) is None
    event = last(claim)
    assert (event.kind, event.actor, event.from_state) == ("claim.unqueued", world.carol, "queued")
    review.queue_claim(claim.pk, actor=world.carol)
    taken(world.alice)
    with pytest.raises(Conflict) as held:
        review.unqueue(claim.pk, actor=world.carol)
    assert held.value.details == {"state": "assigned"}


def test_what_was_reopened_is_not_taken_out_of_the_queue(world: World) -> None:
    claim = factories.published(world).verdict.claim
    publication.reopen(claim.pk, ReopenReason.CHALLENGE, actor=world.carol, note="A reader objects.")
    with pytest.raises(Conflict) as reopened:
        review.unqueue(claim.pk, actor=world.carol)
    assert reopened.value.problems[0].code == "reopened"
    assert taken(world.alice).claim == claim


def test_reviewed_work_is_not_taken_out_of_the_queue(world: World) -> None:
    """bob's second review stands while alice's, which she gave up, is to be done anew."""
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    claim = factories.disputed(world)
    held = review.request_changes(claim.pk, world.carol, "Look at page 4.", role=AssignmentRole.FIRST)
    review.release(held.pk, world.alice)
    with pytest.raises(Conflict) as conflict:
        review.unqueue(claim.pk, actor=world.dora)
    assert conflict.value.details == {"state": "queued"}
    assert conflict.value.problems[0].code == "reviewed"
    for verb in (BulkVerb.DISMISS, BulkVerb.UNQUEUE):
        seen = bulk.preview(world.desk, Order(verb, reason="duplicate"), [claim.pk])
        assert [(group.code, group.count) for group in seen.obstacles] == [("reviewed", 1)]


@pytest.mark.django_db(transaction=True)
def test_taken_and_taken_out_at_once_one_of_them_comes_first() -> None:
    world = factories.world()
    for claim in factories.queued_claims(world, 6):

        def take() -> object:
            return review.take_next(world.alice)

        def take_out(claim: Claim = claim) -> object:
            try:
                return review.unqueue(claim.pk, actor=world.carol)
            except Conflict:
                return None

        at_once([take, take_out])
        claim.refresh_from_db()
        waits = QueueEntry.objects.filter(claim=claim).exists()
        assert (claim.state, waits) in {("assigned", False), ("triaged", False)}
    assert factories.history_is_whole()


@pytest.mark.django_db(transaction=True)
def test_what_comes_back_just_then_is_taken_out_and_weighed_as_what_waits() -> None:
    world = factories.world()
    factories.queued_claims(world, 2)
    first, second = taken(world.alice), taken(world.alice)
    with transaction.atomic():
        review.release(first.pk, world.alice)
        out = while_locked(partial(review.unqueue, first.claim_id, actor=world.carol), "the editor waits")
    assert out.result(PATIENCE_S).state == "triaged"
    with transaction.atomic():
        review.release(second.pk, world.alice)
        put = partial(review.set_priority, second.claim_id, 90, actor=world.carol, reason="x")
        weighed = while_locked(put, "the editor waits")
    assert weighed.result(PATIENCE_S).priority == 90
    assert QueueEntry.objects.get(claim=second.claim_id).priority == 90


# --- What waits for a person ------------------------------------------------------------------------------------------


def plan_of(rows: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE claims_queueentry, claims_claim, claims_assignment")
    found: str = rows.explain(analyze=True, timing=False, summary=False)
    return found


def many_waiting(world: World, count: int) -> Claim:
    """So many places that are not for alice before the one that is: half reserved, half in another language."""
    (claim,) = factories.queued_claims(world, 1)
    made = Claim.objects.bulk_create(
        Claim(desk=world.desk, article=claim.article, label=f"X{number}", text="A claim.", state="queued")
        for number in range(count)
    )
    QueueEntry.objects.bulk_create(
        QueueEntry(
            claim=each,
            desk=world.desk,
            role="first",
            round=1,
            priority=90,
            reserved=number % 2 == 0,
            language="en" if number % 2 == 0 else "uk",
        )
        for number, each in enumerate(made)
    )
    QueueEntry.objects.filter(claim=claim).update(priority=10, language="en")
    Membership.objects.filter(user=world.alice).update(languages=["en"])
    return claim


def test_what_waits_for_a_person_is_found_without_reading_what_does_not(world: World) -> None:
    claim = many_waiting(world, 4000)
    rows = review.waiting(world.alice, 51)
    assert [entry.claim for entry in rows] == [claim]
    plan = plan_of(review.waiting(world.alice, 51))
    assert "queue_lane_of_language" in plan
    assert "Seq Scan on claims_queueentry" not in plan
    read = [
        int(number) for number in re.findall(r"claims_queueentry .*?rows=\d+ width=\d+\) \(actual rows=(\d+)", plan)
    ]
    assert read
    assert max(read) <= 1, plan


def test_behind_a_key_the_lane_goes_on(world: World) -> None:
    claim = many_waiting(world, 4000)
    first, second = review.waiting(world.carol, 2)
    assert (first.priority, second.priority) == (90, 90)
    assert first.pk < second.pk
    third = review.waiting(world.carol, 1, (second.priority, second.pk)).get()
    assert (third.priority, third.pk > second.pk) == (90, True)
    plan = plan_of(review.waiting(world.carol, 2, (90, second.pk)))
    assert "Seq Scan on claims_queueentry" not in plan
    last = QueueEntry.objects.filter(priority=90).latest("pk")
    assert [entry.claim for entry in review.waiting(world.carol, 2, (90, last.pk))] == [claim]


def test_whoever_reviews_nowhere_waits_for_nothing(world: World) -> None:
    factories.queued_claims(world, 1)
    assert list(review.waiting(world.ruth, 5)) == []


def test_at_two_desks_the_most_important_of_both_comes_first(world: World) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.SENIOR_REVIEWER)
    (here,) = factories.queued_claims(world, 1)
    (there,) = factories.queued_claims(world, 1, desk=world.elsewhere)
    QueueEntry.objects.update(reserved=True)
    QueueEntry.objects.filter(claim=there).update(priority=99)
    assert [entry.claim for entry in review.waiting(world.alice, 5)] == [there], "senior there alone"
    QueueEntry.objects.filter(claim=here).update(reserved=False)
    assert [entry.claim for entry in review.waiting(world.alice, 5)] == [there, here]
