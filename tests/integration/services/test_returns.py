"""Reviews that wait for an editor, and reviews that go back to their writers: from both states, and every way out."""

from collections.abc import Callable
from typing import Any

import pytest

from claims.models.claims import Claim
from claims.models.desks import Role
from claims.models.events import Event
from claims.models.notifications import Notification
from claims.models.returns import ChangeRequest
from claims.models.review import Assignment, QueueEntry, Review
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import AssignmentRole, DeclineReason, HoldReason
from claims.services import desks, evidence, notes, notifications, publication, review
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers
from tests.returns import NOTE, answer, late, part, state


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


# --- Approval ---------------------------------------------------------------------------------------------------------


def test_without_the_policy_a_review_decides(world: World) -> None:
    desks.change(world.desk, actor=world.dora, approval_required=False)
    assert factories.reviewed(world).claim.state == "decided"


def test_an_editor_approves_and_the_review_decides(world: World, claim: Claim) -> None:
    assert list(review.to_approve(world.carol)) == [claim]
    waiting = review.proposal_of(claim, world.carol)
    assert (waiting.review.rationale, len(waiting.pieces), waiting.earlier) == (answers().rationale, 2, [])
    verdict = review.approve(claim.pk, world.carol)
    assert state(claim) == "decided"
    assert (verdict.veracity_rating.key, verdict.decided_by, verdict.evidence.count()) == ("false", world.carol, 2)
    assert not review.to_approve(world.carol).exists()
    event = Event.objects.of("claim", claim.pk).get(kind="claim.approved")
    assert (event.actor, event.from_state, event.to_state) == (world.carol, "submitted", "decided")
    # Reviewer and editor are four eyes: the editor may publish it as well.
    assert publication.publish(claim.pk, actor=world.carol).verdict_id == verdict.pk


@pytest.mark.parametrize("said", [{}, {"note": "It is clear."}, {"feedback": " Page 4\x00. "}])
def test_what_an_editor_says_with_it_is_kept_and_told(world: World, claim: Claim, said: dict[str, Any]) -> None:
    verdict = review.approve(claim.pk, world.carol, **said)
    made = verdict.approval
    assert (made.approved_by, made.review.assignment.reviewer) == (world.carol, world.alice)
    assert (made.note, made.feedback) == (said.get("note", ""), "Page 4." if "feedback" in said else "")
    told = Notification.objects.filter(kind="approved")
    assert list(told.values_list("user", flat=True)) == ([world.alice.pk] if said else [])
    event = Event.objects.of("claim", claim.pk).get(kind="claim.approved")
    assert event.data["approval"] == made.pk
    assert "Page 4" not in str(event.data)


def test_the_editors_are_told_but_not_one_who_reviewed_it(world: World) -> None:
    (made,) = factories.queued_claims(world, 1)
    held = review.take(world.carol, made.pk)
    review.submit(held.pk, world.carol, answers())
    told = notifications.visible(world.dora).filter(claim=made).values_list("kind", flat=True)
    assert list(told) == ["approval_waits"]
    assert not notifications.visible(world.carol).filter(claim=made).exists()
    assert not review.to_approve(world.carol).exists()
    for step in (review.approve, lambda pk, who: review.request_changes(pk, who, NOTE)):
        with pytest.raises(Forbidden) as refused:
            step(made.pk, world.carol)
        assert refused.value.problems[0].code == "four_eyes"


@pytest.mark.parametrize(("who", "error"), [("bob", Forbidden), ("ruth", Forbidden), ("mallory", Absent)])
def test_only_editors_of_the_desk_judge(world: World, claim: Claim, who: str, error: type[Refused]) -> None:
    person = getattr(world, who)
    for step in (review.approve, lambda pk, whom: review.request_changes(pk, whom, NOTE)):
        with pytest.raises(error):
            step(claim.pk, person)
    if error is Forbidden:
        with pytest.raises(Forbidden):
            review.proposal_of(claim, person)
    assert not review.to_approve(person).exists()
    assert state(claim) == "submitted"


def test_what_does_not_wait_is_not_judged(world: World, claim: Claim) -> None:
    review.approve(claim.pk, world.carol)
    with pytest.raises(Conflict):
        review.approve(claim.pk, world.carol)
    with pytest.raises(Conflict):
        review.request_changes(claim.pk, world.carol, NOTE)
    claim.refresh_from_db()
    approved = review.proposal_of(claim, world.bob).approved
    assert approved is not None
    assert approved.approved_by == world.carol
    with pytest.raises(Absent):
        review.proposal_of(factories.queued_claims(world, 1)[0], world.carol)


@pytest.mark.parametrize("note", ["", "  \n ", "\x00", "x" * 4001])
def test_sending_back_needs_a_note_of_some_words(world: World, claim: Claim, note: str) -> None:
    with pytest.raises(Refused) as refused:
        review.request_changes(claim.pk, world.carol, note)
    assert refused.value.problems[0].field == "note"
    assert state(claim) == "submitted"


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_judges(world: World, claim: Claim) -> None:
    def attempt(step: Callable[[], Any]) -> bool:
        try:
            step()
        except Conflict:
            return False
        return True

    done = at_once(
        [
            lambda: attempt(lambda: review.approve(claim.pk, world.carol)),
            lambda: attempt(lambda: review.request_changes(claim.pk, world.dora, NOTE)),
        ]
    )
    assert sorted(done) == [False, True]
    assert state(claim) in ("decided", "changes_requested")


# --- Sent back by an editor -------------------------------------------------------------------------------------------


def test_a_review_goes_back_with_a_note_and_the_answer_is_its_next_number(world: World, claim: Claim) -> None:
    held = review.request_changes(claim.pk, world.carol, f" {NOTE} ")
    assert (state(claim), held.state, held.pk) == ("changes_requested", "active", part(claim).pk)
    assert held.lease_until > held.assigned_at
    assert held.ended_at is None
    (asked,) = review.to_answer(world.alice)
    assert (asked.note, asked.requested_by, asked.review.number) == (NOTE, world.carol, 1)
    assert review.question_to(held) == asked
    assert list(review.held_by(world.alice)) == [held]
    told = notifications.visible(world.alice).filter(claim=claim).values_list("kind", "actor__username")
    assert list(told) == [("changes_requested", "carol")]

    review.save_draft(held.pk, world.alice, {"rationale": "On page 4 …"})
    assert state(claim) == "in_review"
    second = answer(claim, world.alice, rationale="Page 4 says so too.")
    assert (second.number, state(claim)) == (2, "submitted")
    assert not review.to_answer(world.alice).exists()
    claim.refresh_from_db()
    waiting = review.proposal_of(claim, world.carol)
    assert waiting.review == second
    assert [(each.review.number, each.review.sent_back.note) for each in waiting.earlier] == [(1, NOTE)]
    verdict = review.approve(claim.pk, world.carol)
    assert (verdict.rationale, state(claim)) == ("Page 4 says so too.", "decided")
    assert factories.history_is_whole()


def test_it_can_go_back_more_than_once(world: World, claim: Claim) -> None:
    for number in (2, 3):
        review.request_changes(claim.pk, world.carol, NOTE)
        assert answer(claim, world.alice).number == number
    claim.refresh_from_db()
    assert len(review.proposal_of(claim, world.carol).earlier) == 2


def test_the_history_says_that_it_went_back_but_not_why(world: World, claim: Claim) -> None:
    review.request_changes(claim.pk, world.carol, NOTE)
    event = Event.objects.of("claim", claim.pk).get(kind="review.sent_back")
    asked = ChangeRequest.objects.get()
    assert event.data == {
        "request": asked.pk, "review": asked.review_id, "assignment": part(claim).pk, "role": "first",
    }  # fmt: skip
    assert not Event.objects.filter(data__icontains="page 4").exists()


def test_a_held_answer_goes_on_hold_and_on(world: World, claim: Claim) -> None:
    held = review.request_changes(claim.pk, world.carol, NOTE)
    review.hold(held.pk, world.alice, HoldReason.CLAIMANT, note="Asked again.")
    assert state(claim) == "on_hold"
    review.resume(held.pk, world.alice)
    answer(claim, world.alice)
    assert state(claim) == "submitted"


# Whatever ends the second turn: the review stays, its writer keeps their part, and somebody else gets the claim.
def _expires(world: World, held: Assignment) -> None:
    late(held)
    assert review.expire() == 1


def _leaves(world: World, held: Assignment) -> None:
    desks.set_member(world.desk, held.reviewer, Role.REVIEWER, actor=world.dora, active=False)
    desks.set_member(world.desk, held.reviewer, Role.REVIEWER, actor=world.dora)


ENDS: dict[str, Callable[[World, Assignment], Any]] = {
    "expires": _expires,
    "releases": lambda world, held: review.release(held.pk, held.reviewer),
    "declines": lambda world, held: review.decline(held.pk, held.reviewer, DeclineReason.NO_TIME),
    "is taken back": lambda world, held: review.take_back(held.pk, world.dora, reason="Too long"),
    "leaves": _leaves,
}


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("ends", ENDS)
def test_who_does_not_answer_keeps_their_part_and_another_reviews_it(
    world: World, claim: Claim, ends: str, begun: bool
) -> None:
    held = review.request_changes(claim.pk, world.carol, NOTE)
    if begun:
        review.save_draft(held.pk, world.alice, {"rationale": "So far"})
    ENDS[ends](world, held)
    held.refresh_from_db()
    assert (held.state, state(claim)) == ("submitted", "queued")
    assert held.ended_at is not None
    assert list(held.reviews.values_list("number", flat=True)) == [1]
    assert QueueEntry.objects.get(claim=claim).role == "first"
    # Neither its writer, nor the editor who read it, is the next one; their draft is not lost.
    for person in (world.alice, world.carol):
        assert not review.may_take(person, Claim.objects.get(pk=claim.pk))
        assert review.take_next(person) is None
        with pytest.raises((Conflict, Forbidden)):
            review.take(person, claim.pk)
        with pytest.raises(Refused):
            review.assign(claim.pk, world.dora, person.username, reason="They know it")
    if begun:
        claim.refresh_from_db()
        assert review.draft_of(claim, world.alice) == {"rationale": "So far"}
    # What bob finds counts, and alice's stays.
    taken = review.take(world.bob, claim.pk)
    found, _ = review.submit(taken.pk, world.bob, answers(veracity_verdict="true"))
    claim.refresh_from_db()
    assert (claim.state, review.proposal_of(claim, world.dora).review) == ("submitted", found)
    assert review.approve(claim.pk, world.dora).veracity_rating.key == "true"
    assert Review.objects.filter(assignment__claim=claim).count() == 2


def test_an_editor_gives_it_to_somebody_else(world: World, claim: Claim) -> None:
    held = review.request_changes(claim.pk, world.carol, NOTE)
    assert set(review.candidates(claim).values_list("user__username", flat=True)) == {"bob", "dora"}
    given = review.reassign(held.pk, world.dora, "bob", reason="They have time")
    held.refresh_from_db()
    assert (held.state, given.reviewer, given.role, state(claim)) == ("submitted", world.bob, "first", "assigned")


def test_a_late_answer_is_refused_and_kept(world: World, claim: Claim) -> None:
    held = review.request_changes(claim.pk, world.carol, NOTE)
    _expires(world, held)
    taken = review.take(world.bob, claim.pk)
    with pytest.raises(Conflict) as refused:
        review.submit(held.pk, world.alice, answers(rationale="Too late"))
    assert "your earlier review stays as it was" in str(refused.value)
    assert refused.value.details["holder"] == "Bob"
    claim.refresh_from_db()
    assert review.draft_of(claim, world.alice)["rationale"] == "Too late"
    assert taken.reviewer == world.bob


def test_who_left_before_is_not_asked_and_the_claim_waits_for_another(world: World, claim: Claim) -> None:
    desks.set_member(world.desk, world.alice, Role.REVIEWER, actor=world.dora, active=False)
    held = review.request_changes(claim.pk, world.carol, NOTE)
    assert (held.state, state(claim)) == ("submitted", "queued")
    assert not notifications.unread(world.alice).filter(claim=claim).exists()
    assert review.take_next(world.bob) is not None


def test_an_answer_may_be_the_first_of_two(world: World, claim: Claim) -> None:
    """The policy is asked again; whoever sent the first review back has read it, and is not the second reviewer."""
    review.request_changes(claim.pk, world.carol, NOTE)
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    answer(claim, world.alice)
    assert state(claim) == "second_review"
    with pytest.raises(Forbidden):
        review.take(world.carol, claim.pk)
    assert review.take(world.bob, claim.pk).role == "second"


# --- Sent back instead of settling a difference -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "who", "at_work"), [("first", "alice", "in_review"), ("second", "bob", "second_review")]
)
@pytest.mark.parametrize(("rating", "after"), [("agrees", "decided"), ("mixture", "adjudication")])
def test_an_adjudicator_sends_one_back_and_both_are_compared_anew(
    world: World, disputed: Claim, role: str, who: str, at_work: str, rating: str, after: str
) -> None:
    person = getattr(world, who)
    other = {"alice": "true", "bob": "false"}[who]
    held = review.request_changes(disputed.pk, world.carol, NOTE, role=AssignmentRole(role))
    assert (held.reviewer, held.role, state(disputed)) == (person, role, "changes_requested")
    review.save_draft(held.pk, person, {"rationale": "So far"})
    assert state(disputed) == at_work
    answer(disputed, person, veracity_verdict=other if rating == "agrees" else rating)
    assert state(disputed) == after
    disputed.refresh_from_db()
    if after == "adjudication":
        sides = [row for row, _ in review.dispute_of(disputed, world.carol).sides]
        numbers = {"first": [2, 1], "second": [1, 2]}[role]
        assert [row.number for row in sides] == numbers
        assert [row.assignment.role for row in sides] == ["first", "second"]
    else:
        assert disputed.verdicts.count() == 1


@pytest.mark.parametrize(("role", "who", "waits"), [("first", "alice", "queued"), ("second", "bob", "second_review")])
@pytest.mark.parametrize("begun", [False, True])
def test_who_gives_that_up_is_followed_by_another_in_the_same_part(
    world: World, disputed: Claim, role: str, who: str, waits: str, begun: bool
) -> None:
    eve = factories.member(world.desk, "eve", Role.REVIEWER)
    held = review.request_changes(disputed.pk, world.carol, NOTE, role=AssignmentRole(role))
    if begun:
        review.save_draft(held.pk, held.reviewer, {"rationale": "So far"})
    _expires(world, held)
    held.refresh_from_db()
    assert (held.state, state(disputed)) == ("submitted", waits)
    assert QueueEntry.objects.get(claim=disputed).role == role
    for person in (world.alice, world.bob, world.carol):
        with pytest.raises((Conflict, Forbidden)):
            review.take(person, disputed.pk)
    taken = review.take(eve, disputed.pk)
    assert taken.role == role
    agreeing = {"first": "true", "second": "false"}[role]
    _, verdict = review.submit(taken.pk, eve, answers(veracity_verdict=agreeing))
    assert verdict is not None
    assert verdict.veracity_rating.key == agreeing


def test_reviewers_do_not_send_back_and_the_part_must_be_there(world: World, disputed: Claim) -> None:
    for person in (world.alice, world.bob):
        with pytest.raises(Forbidden):
            review.request_changes(disputed.pk, person, NOTE, role=AssignmentRole.SECOND)
    with pytest.raises(Conflict):
        review.request_changes(disputed.pk, world.carol, NOTE, role=AssignmentRole.ADJUDICATOR)
    assert state(disputed) == "adjudication"


@pytest.mark.parametrize(("role", "who", "other"), [("first", "alice", "bob"), ("second", "bob", "alice")])
def test_who_is_asked_stays_blind_to_the_other_review(
    world: World, disputed: Claim, role: str, who: str, other: str
) -> None:
    """From the difference on, until it is decided: the other's evidence, contacts, notes, and steps."""
    person, theirs = getattr(world, who), getattr(world, other)
    evidence.contact(disputed, "phone", "Is it so?", actor=theirs)
    note = notes.add(disputed.pk, "I am sure.", actor=theirs)

    def known() -> tuple[set[int], int, bool, set[str]]:
        disputed.refresh_from_db()
        seen = evidence.visible(disputed, person).values_list("added_by", flat=True)
        steps = evidence.told(disputed, evidence.history(disputed, person), person)
        others = {step.kind for step in steps if step.actor_id == theirs.pk}
        return set(seen), evidence.contacts(disputed, person).count(), note in notes.visible(person), others

    blind = ({person.pk}, 0, False)
    assert known()[:3] == blind
    assert not any(kind.startswith(evidence.TELLING) for kind in known()[3])
    held = review.request_changes(disputed.pk, world.carol, NOTE, role=AssignmentRole(role))
    assert known()[:3] == blind
    review.save_draft(held.pk, person, {"rationale": "So far"})
    assert known()[:3] == blind
    answer(disputed, person, veracity_verdict="mixture")
    assert known()[:3] == blind
    # carol judges and sees all of it; once that is done, so does everybody.
    disputed.refresh_from_db()
    assert set(evidence.visible(disputed, world.carol).values_list("added_by", flat=True)) == {person.pk, theirs.pk}
    assert note in notes.visible(world.carol)
    review.adjudicate(disputed.pk, world.carol, review.Decision("accurate", "true", "So it is.", "As the report says."))
    assert known()[:3] == ({person.pk, theirs.pk}, 1, True)
