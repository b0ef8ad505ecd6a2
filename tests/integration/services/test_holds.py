"""Claims that wait in a reviewer's hands, editors who take them back or give them on, and people who leave."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.desks import Desk, Membership, Role
from claims.models.drafts import Draft
from claims.models.events import Event
from claims.models.review import Assignment, QueueEntry, Review
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import DeclineReason, HoldReason
from claims.services import desks, evidence, review
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers, taken


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def held(world: World) -> Assignment:
    """A claim in alice's hands."""
    factories.queued_claims(world, 1)
    return taken(world.alice)


def wait(assignment: Assignment, reason: HoldReason = HoldReason.CLAIMANT) -> Assignment:
    return review.hold(assignment.pk, assignment.reviewer, reason, note="Asked the mayor's office.")


def long_ago(assignment: Assignment) -> None:
    """Whatever time was given for it is over, by the database's clock."""
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=Now() - timedelta(seconds=1))


def claim_of(assignment: Assignment) -> Claim:
    return Claim.objects.get(pk=assignment.claim_id)


def events(assignment: Assignment) -> list[tuple[str, str]]:
    told = Event.objects.of("claim", assignment.claim_id).order_by("sequence").select_related("actor")
    return [(event.kind, str(event.actor or "")) for event in told]


# --- Hold and resume --------------------------------------------------------------------------------------------------


def test_a_held_claim_waits_for_a_reason_and_its_lease_does_not_run(world: World, held: Assignment) -> None:
    waiting = wait(held)
    claim = claim_of(held)
    assert (claim.state, claim.state_reason) == ("on_hold", "Waiting for claimant.")
    assert (waiting.state, waiting.on_hold_for) == ("active", "claimant")
    assert waiting.on_hold_note == "Asked the mayor's office."
    assert waiting.on_hold_since is not None
    assert waiting.lease_until - waiting.on_hold_since == timedelta(days=14)
    long_ago(held)
    assert review.expire() == 0
    assert list(review.held_by(world.alice)) == [held]
    assert list(Assignment.objects.overdue()) == [held]
    assert review.take_next(world.bob) is None
    assert not review.may_take(world.bob, claim)
    assert str(review.holder_of(claim)) == str(held)


def test_resuming_gives_the_whole_lease_again(world: World, held: Assignment) -> None:
    wait(held)
    long_ago(held)
    again = review.resume(held.pk, world.alice)
    left = again.lease_until - review.database_now()
    assert timedelta(minutes=world.desk.lease_minutes - 1) < left <= timedelta(minutes=world.desk.lease_minutes + 1)
    assert (again.on_hold_since, again.on_hold_for, again.on_hold_note) == (None, "", "")
    assert (claim_of(held).state, claim_of(held).state_reason) == ("in_review", "")
    assert events(held)[-3:] == [("review.begun", "Alice"), ("review.held", "Alice"), ("review.resumed", "Alice")]
    review.submit(held.pk, world.alice, answers())
    assert claim_of(held).state == "decided"
    assert factories.history_is_whole()


def test_what_somebody_waits_for_is_no_hint_for_those_who_review_blind(world: World, held: Assignment) -> None:
    wait(held)
    claim = claim_of(held)
    assert "mayor" not in claim.state_reason
    for person, sees in ((world.alice, True), (world.bob, False)):
        told = evidence.told(claim, evidence.history(claim, person), person)
        assert ("mayor" in str([(event.reason, event.data) for event in told])) == sees


def test_many_held_claims_do_not_stop_others_from_running_out(world: World) -> None:
    factories.queued_claims(world, 4)
    waiting, late = [taken(world.alice) for _ in range(3)], taken(world.bob)
    for each in waiting:
        wait(each)
        long_ago(each)
    long_ago(late)
    with CaptureQueriesContext(connection) as one:
        assert review.expire() == 1
    with CaptureQueriesContext(connection) as none:
        assert review.expire() == 0
    assert len(none) == 1 < len(one), "what is on hold is not even looked at"


def test_typing_keeps_the_draft_of_a_held_claim_and_the_hold(world: World, held: Assignment) -> None:
    before = wait(held).lease_until
    review.save_draft(held.pk, world.alice, {"rationale": "While I wait"})
    held.refresh_from_db()
    assert (held.lease_until, held.on_hold_for, claim_of(held).state) == (before, "claimant", "on_hold")
    assert review.draft_of(claim_of(held), world.alice) == {"rationale": "While I wait"}


def test_a_held_claim_is_resumed_before_it_is_submitted(world: World, held: Assignment) -> None:
    wait(held)
    with pytest.raises(Conflict) as conflict:
        review.submit(held.pk, world.alice, answers(rationale="The answer came."))
    assert conflict.value.problems[0].code == "on_hold"
    assert "Resume it first" in conflict.value.problems[0].message
    assert review.draft_of(claim_of(held), world.alice)["rationale"] == "The answer came."
    assert not Review.objects.exists()


def test_what_makes_no_sense_is_refused(world: World, held: Assignment) -> None:
    with pytest.raises(Refused) as refused:
        review.hold(held.pk, world.alice, HoldReason.EVIDENCE, note=" \0 ")
    assert refused.value.problems[0].field == "note"
    with pytest.raises(Conflict) as conflict:
        review.resume(held.pk, world.alice)
    assert conflict.value.problems[0].code == "not_on_hold"
    wait(held)
    with pytest.raises(Conflict):
        wait(held)
    for stranger in (world.bob, world.carol, world.mallory):
        with pytest.raises(Absent):
            review.resume(held.pk, stranger)
    review.resume(held.pk, world.alice)
    long_ago(held)
    with pytest.raises(Conflict) as conflict:
        wait(held)
    assert conflict.value.problems[0].code == "not_active"


@pytest.mark.parametrize("verb", ["release", "decline"])
def test_a_held_claim_can_be_given_back(world: World, held: Assignment, verb: str) -> None:
    wait(held)
    long_ago(held)
    if verb == "release":
        review.release(held.pk, world.alice)
    else:
        review.decline(held.pk, world.alice, DeclineReason.NO_TIME)
    held.refresh_from_db()
    assert (held.on_hold_since, held.on_hold_for, claim_of(held).state) == (None, "", "queued")
    assert taken(world.bob).claim_id == held.claim_id


def test_a_second_review_is_held_without_a_step_of_its_claim(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(second_review_share=1)
    factories.queued_claims(world, 1)
    review.submit(taken(world.alice).pk, world.alice, answers())
    second = taken(world.bob)
    waiting = wait(second)
    assert (waiting.role, waiting.on_hold_for, claim_of(second).state) == ("second", "claimant", "second_review")
    review.resume(second.pk, world.bob)
    wait(second)
    other = factories.member(world.desk, "erin", Role.REVIEWER)
    given = review.reassign(second.pk, world.carol, "erin", reason="Bob is ill.")
    assert (given.role, given.reviewer, claim_of(second).state) == ("second", other, "second_review")
    with pytest.raises(Refused):
        review.reassign(given.pk, world.carol, "alice", reason="She reviewed it first.")


@pytest.mark.parametrize(
    "change",
    ["on_hold_for = 'claimant'", "on_hold_since = now()", "on_hold_since = now(), on_hold_for = 'lunch'"],
)
def test_the_database_knows_no_hold_without_a_reason(world: World, held: Assignment, change: str) -> None:
    with (
        pytest.raises(DatabaseError, match="assignment_on_hold_for_a_reason"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE claims_assignment SET {change}")  # noqa: S608 -- the changes stand in this file


# --- The editor's hand ------------------------------------------------------------------------------------------------


def test_an_editor_takes_back_what_waits_too_long(world: World, held: Assignment) -> None:
    review.save_draft(held.pk, world.alice, {"rationale": "So far"})
    wait(held)
    review.take_back(held.pk, world.carol, reason="No answer in three weeks.")
    held.refresh_from_db()
    assert (held.state, held.end_reason) == ("released", "No answer in three weeks.")
    assert claim_of(held).state == "queued"
    assert events(held)[-2:] == [("review.resumed", "Carol"), ("claim.taken_back", "Carol")]
    assert Draft.objects.get().body == {"rationale": "So far"}
    with pytest.raises(Conflict) as conflict:
        review.submit(held.pk, world.alice, answers())
    assert "not in your hands any more" in conflict.value.problems[0].message
    assert taken(world.alice).claim_id == held.claim_id, "it was not her who declined it"


def test_what_ended_is_not_taken_back(world: World) -> None:
    done = factories.reviewed(world)
    for verb in (
        partial(review.take_back, done.assignment.pk, world.carol, reason="x"),
        partial(review.reassign, done.assignment.pk, world.carol, "bob", reason="x"),
    ):
        with pytest.raises(Conflict) as conflict:
            verb()
        assert conflict.value.details == {"state": "submitted"}


def test_only_editors_of_the_desk_take_back_and_they_say_why(world: World, held: Assignment) -> None:
    for person in (world.alice, world.bob, world.ruth, world.mallory):
        with pytest.raises(Absent):
            review.take_back(held.pk, person, reason="Mine now")
        with pytest.raises(Absent):
            review.reassign(held.pk, person, "bob", reason="His now")
    for verb in (review.take_back, partial(review.reassign, username="bob")):
        with pytest.raises(Refused) as refused:
            verb(held.pk, world.carol, reason="  ")
        assert refused.value.problems[0].field == "reason"
    held.refresh_from_db()
    assert held.state == "active"


def test_an_editor_gives_a_claim_to_somebody_else(world: World, held: Assignment) -> None:
    wait(held)
    given = review.reassign(held.pk, world.carol, "bob", reason="Bob knows bridges.")
    assert (given.reviewer, given.state, given.why) == (world.bob, "active", "From Carol: Bob knows bridges.")
    assert (given.lease_until - given.assigned_at).total_seconds() == world.desk.lease_minutes * 60
    assert claim_of(held).state == "assigned"
    assert not QueueEntry.objects.exists()
    last = Event.objects.of("claim", held.claim_id).last()
    assert last is not None
    assert (last.kind, last.actor, last.reason) == ("claim.reassigned", world.carol, "Bob knows bridges.")
    assert last.data == {"assignment": given.pk, "reviewer": world.bob.pk}
    assert list(review.held_by(world.bob)) == [given]
    assert factories.history_is_whole()


@pytest.mark.parametrize("who", ["alice", "ruth", "mallory", "nobody", "dora"])
def test_who_cannot_have_a_claim_does_not_get_it(world: World, held: Assignment, who: str) -> None:
    """alice has it, ruth reads, mallory is elsewhere, and dora declined it."""
    review.decline(held.pk, world.alice, DeclineReason.NO_TIME)
    review.decline(taken(world.dora).pk, world.dora, DeclineReason.CONFLICT_OF_INTEREST)
    now = taken(world.bob)
    assert [member.user for member in review.candidates(now.claim)] == [world.carol]
    with pytest.raises(Refused) as refused:
        review.reassign(now.pk, world.carol, who, reason="x")
    assert refused.value.problems[0].field == "reviewer"
    assert Assignment.objects.active().get() == now


def test_who_holds_enough_gets_no_more(world: World) -> None:
    factories.queued_claims(world, 2)
    Membership.objects.filter(user=world.bob).update(capacity=1)
    taken(world.bob)
    mine = taken(world.alice)
    with pytest.raises(Conflict) as conflict:
        review.reassign(mine.pk, world.carol, "bob", reason="x")
    assert conflict.value.details == {"held": 1, "capacity": 1}
    assert "Choose somebody else" in conflict.value.problems[0].message


# --- Who leaves -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "active"), [("reviewer", False), ("reader", True)])
def test_what_somebody_holds_who_leaves_goes_back(world: World, role: str, active: bool) -> None:
    factories.queued_claims(world, 4)
    working, waiting, other = taken(world.alice), taken(world.alice), taken(world.bob)
    wait(waiting)
    review.save_draft(working.pk, world.alice, {"rationale": "So far"})
    desks.set_member(world.desk, world.alice, role, actor=world.dora, active=active)
    ended = Assignment.objects.filter(reviewer=world.alice).values_list("state", "end_reason").distinct()
    assert list(ended) == [("released", "Alice no longer reviews at this desk.")]
    assert [claim_of(each).state for each in (working, waiting, other)] == ["queued", "queued", "assigned"]
    assert QueueEntry.objects.count() == 3
    for each in (working, waiting):
        assert events(each)[-1] == ("claim.taken_back", "Dora")
    assert Draft.objects.get().body == {"rationale": "So far"}
    assert factories.history_is_whole()


def test_who_only_changes_roles_keeps_what_they_hold(world: World, held: Assignment) -> None:
    desks.set_member(world.desk, world.alice, Role.EDITOR, actor=world.dora)
    desks.set_member(world.desk, world.alice, Role.SENIOR_REVIEWER, actor=world.dora, capacity=1)
    held.refresh_from_db()
    assert held.state == "active"


def test_what_they_hold_elsewhere_stays(world: World, held: Assignment) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER)
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER, active=False)
    held.refresh_from_db()
    assert held.state == "active"
    last = Event.objects.of("desk", world.elsewhere.pk).last()
    assert last is not None
    assert last.data == {"user": world.alice.pk, "active": False}


@pytest.mark.django_db(transaction=True)
def test_leaving_and_submitting_at_once_ends_in_one_of_the_two() -> None:
    world = factories.world()
    factories.queued_claims(world, 1)
    held = taken(world.alice)

    def submit() -> str:
        try:
            review.submit(held.pk, world.alice, answers())
        except (Forbidden, Conflict):
            return "gone"
        return "submitted"

    def leave() -> Any:
        desks.set_member(world.desk, world.alice, Role.REVIEWER, active=False)
        return Assignment.objects.get().state

    outcome, after = at_once([submit, leave])
    assert (outcome, after) in {("submitted", "submitted"), ("gone", "released")}
    assert (claim_of(held).state == "decided") == (outcome == "submitted")
    assert factories.history_is_whole()


@pytest.mark.django_db(transaction=True)
def test_two_editors_and_the_reviewer_at_once_end_in_one_holder_or_none() -> None:
    world = factories.world()
    factories.queued_claims(world, 1)
    held = taken(world.alice)
    wait(held)

    def trying(call: Any) -> bool:
        try:
            call()
        except (Conflict, Refused):
            return False
        return True

    calls = [
        partial(review.take_back, held.pk, world.carol, reason="Too long"),
        partial(review.reassign, held.pk, world.dora, "bob", reason="Bob has time"),
        partial(review.resume, held.pk, world.alice),
    ]
    took, gave, _ = at_once([partial(trying, call) for call in calls])
    assert took != gave, "an assignment ends once"
    assert Assignment.objects.active().count() + QueueEntry.objects.count() == 1
    assert factories.history_is_whole()
