"""The queue and the reviewer's verbs: taking, leases, drafts, submitting, and what happens when two want the same."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.desks import Membership, Role
from claims.models.drafts import Draft
from claims.models.events import Event
from claims.models.evidence import Evidence
from claims.models.jobs import Job
from claims.models.review import Assignment, QueueEntry, Review
from claims.models.verdicts import Verdict
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import DeclineReason, DismissReason
from claims.services import claims as claim_services
from claims.services import review
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers, piece, taken


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def state(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def run_out(assignment: Assignment) -> None:
    """Let the lease end in the past, by the database's clock and that of its transaction."""
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=Now() - timedelta(minutes=1))


def kinds(claim: Claim) -> list[str]:
    return [event.kind for event in Event.objects.of("claim", claim.pk)]


def test_opening_gives_each_claim_its_priority_and_the_checkable_ones_a_place(world: World) -> None:
    article = factories.ready_article(world)
    for claim in article.claims.all():
        assert claim.priority_reasons
        assert (claim.state == "queued") == (claim.checkability == "checkable")
        assert QueueEntry.objects.filter(claim=claim).count() == (claim.state == "queued")


def test_the_most_important_comes_first_and_then_the_oldest(world: World) -> None:
    claims = factories.queued_claims(world, 4)
    QueueEntry.objects.filter(claim=claims[2]).update(priority=90)
    order = [taken(world.alice).claim_id for _ in claims]
    assert order == [claims[2].pk, claims[0].pk, claims[1].pk, claims[3].pk]
    assert review.take_next(world.alice) is None


def test_taking_leases_the_claim_for_as_long_as_the_desk_says(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment = taken(world.alice)
    assert (assignment.claim, assignment.reviewer, assignment.role) == (claim, world.alice, "first")
    assert (assignment.lease_until - assignment.assigned_at).total_seconds() == world.desk.lease_minutes * 60
    assert state(claim) == "assigned"
    assert not QueueEntry.objects.exists()
    assert kinds(claim) == ["claim.extracted", "claim.triaged", "claim.queued", "claim.assigned"]


def test_nobody_gets_another_desks_claims_and_readers_get_none(world: World) -> None:
    factories.queued_claims(world, 1)
    assert review.take_next(world.mallory) is None
    with pytest.raises(Forbidden):
        review.take_next(world.ruth)
    with pytest.raises(Forbidden):
        review.take(world.ruth, Claim.objects.get().pk)
    with pytest.raises(Absent):
        review.take(world.mallory, Claim.objects.get().pk)


def test_whoever_holds_as_many_as_they_can_gets_no_more(world: World) -> None:
    claims = factories.queued_claims(world, 3)
    Membership.objects.filter(user=world.bob).update(capacity=2)
    taken(world.bob)
    taken(world.bob)
    with pytest.raises(Conflict) as conflict:
        review.take_next(world.bob)
    assert conflict.value.details == {"held": 2, "capacity": 2}
    with pytest.raises(Conflict):
        review.take(world.bob, claims[2].pk)


def test_a_particular_claim_is_taken_once_and_the_holder_is_named(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assert review.may_take(world.bob, claim)
    review.take(world.alice, claim.pk)
    assert not review.may_take(world.bob, claim)
    with pytest.raises(Conflict) as conflict:
        review.take(world.bob, claim.pk)
    assert conflict.value.details["holder"] == "Alice"


def test_what_was_released_may_be_taken_by_anybody_again(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.release(taken(world.alice).pk, world.alice, reason="Lunch")
    assert state(claim) == "queued"
    assert taken(world.alice).claim == claim


def test_what_was_declined_is_not_offered_to_the_same_person_again(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.decline(taken(world.alice).pk, world.alice, DeclineReason.CONFLICT_OF_INTEREST, note="My cousin")
    assert review.take_next(world.alice) is None
    assert not review.may_take(world.alice, claim)
    assert taken(world.bob).claim == claim
    assert Assignment.objects.get(reviewer=world.alice).end_reason == "conflict of interest: My cousin"


def test_nobody_handles_anothers_assignment(world: World) -> None:
    factories.queued_claims(world, 1)
    assignment = taken(world.alice)
    for verb in (
        lambda: review.release(assignment.pk, world.bob),
        lambda: review.decline(assignment.pk, world.bob, DeclineReason.OTHER),
        lambda: review.save_draft(assignment.pk, world.bob, {}),
        lambda: review.submit(assignment.pk, world.bob, answers()),
    ):
        with pytest.raises(Absent):
            verb()


def test_leases_run_out_by_the_databases_clock(world: World) -> None:
    first, second = factories.queued_claims(world, 2)
    late, fresh = taken(world.alice), taken(world.bob)
    assert review.expire() == 0
    run_out(late)
    assert review.expire() == 1
    assert (state(first), state(second)) == ("queued", "assigned")
    assert {row.state for row in Assignment.objects.filter(pk__in=[late.pk])} == {"expired"}
    assert list(review.held_by(world.alice)) == []
    assert list(review.held_by(world.bob)) == [fresh]


def test_working_extends_the_lease_and_begins_the_review(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment = taken(world.alice)
    Assignment.objects.update(lease_until=Now() + timedelta(minutes=1))
    before = Assignment.objects.get().lease_until
    review.save_draft(assignment.pk, world.alice, {"rationale": "So far"})
    assert Assignment.objects.get().lease_until > before
    assert state(claim) == "in_review"


def test_a_late_submission_names_the_holder_and_keeps_what_was_typed(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment = taken(world.alice)
    run_out(assignment)
    with pytest.raises(Conflict):
        review.submit(assignment.pk, world.alice, answers(rationale="Nobody holds it yet"))
    review.expire()
    taken(world.bob)
    typed = answers(rationale="All my work", attribution_confidence=0.7)
    with pytest.raises(Conflict) as conflict:
        review.submit(assignment.pk, world.alice, typed)
    assert conflict.value.details["holder"] == "Bob"
    assert "draft is kept" in conflict.value.problems[0].message
    assert review.draft_of(claim, world.alice) == typed.as_draft()
    assert review.draft_of(claim, world.alice)["attribution_confidence"] == 0.7
    assert review.draft_of(claim, world.bob) == {}
    assert not Review.objects.exists()
    assert not Evidence.objects.exists()


def test_a_draft_holds_whatever_was_pasted_and_outlives_the_lease(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment = taken(world.alice)
    review.save_draft(assignment.pk, world.alice, {"rationale": "a\x00b\ud800", "evidence": [{"url": "\x00"}], "n": 1})
    kept = {"rationale": "ab", "evidence": [{"url": ""}], "n": 1}
    assert review.draft_of(claim, world.alice) == kept
    run_out(assignment)
    review.expire()
    review.save_draft(assignment.pk, world.alice, {"rationale": "later"})
    again = taken(world.alice)
    assert again.pk != assignment.pk
    assert review.draft_of(claim, world.alice) == {"rationale": "later"}


def test_submitting_decides_and_says_so_in_the_history(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment = taken(world.alice)
    review.save_draft(assignment.pk, world.alice, {"rationale": "So far"})
    submitted, verdict = review.submit(assignment.pk, world.alice, answers(rationale=" The report\x00. "))
    assert verdict is not None
    assert state(claim) == "decided"
    assert kinds(claim)[-6:] == [
        "review.begun", "evidence.added", "evidence.added", "review.submitted", "verdict.decided", "claim.decided",
    ]  # fmt: skip
    assert submitted.rationale == verdict.rationale == "The report."
    assert (verdict.version, verdict.round, verdict.decided_by) == (1, 1, world.alice)
    assert verdict.as_of == review.database_now().date()
    assert verdict.evidence.count() == submitted.evidence.count() == 2
    assert (verdict.attribution_rating.key, verdict.veracity_rating.key) == ("accurate", "false")
    assert not Draft.objects.exclude(body={}).exists()
    assert Job.objects.filter(name="claims.capture_evidence").count() == 2
    assert factories.history_is_whole()


def test_submitting_twice_is_a_conflict_that_changes_nothing(world: World) -> None:
    done = factories.reviewed(world)
    before = Event.objects.count()
    with pytest.raises(Conflict) as conflict:
        review.submit(done.assignment.pk, world.alice, answers())
    assert "submitted" in conflict.value.problems[0].message
    assert (Review.objects.count(), Verdict.objects.count()) == (1, 1)
    assert not Draft.objects.exclude(body={}).exists()
    assert Event.objects.count() == before


def test_everything_that_is_missing_is_listed_at_once_and_the_draft_is_kept(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment = taken(world.alice)
    empty = review.Submission("", "", "  ", [])
    with pytest.raises(Refused) as refused:
        review.submit(assignment.pk, world.alice, empty)
    fields = [problem.field for problem in refused.value.problems]
    assert fields == ["attribution_verdict", "veracity_verdict", "rationale", "evidence"]
    assert review.draft_of(claim, world.alice) == empty.as_draft()
    assert state(claim) == "in_review", "saving the draft has begun the review"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"attribution_verdict": "sure"}, "attribution_verdict", "unknown_rating"),
    ({"veracity_verdict": "accurate"}, "veracity_verdict", "unknown_rating"),
    ({"attribution_confidence": 1.5}, "attribution_confidence", "out_of_range"),
    ({"veracity_confidence": float("nan")}, "veracity_confidence", "out_of_range"),
    ({"evidence": [piece(url="javascript:alert(1)")]}, "evidence", "bad_link"),
    ({"evidence": [piece(url="")]}, "evidence", "empty"),
    ({"evidence": [piece(relation="proves")]}, "evidence", "relation"),
    ({"evidence": [piece(tier="best")]}, "evidence", "tier"),
    ({"evidence": [piece(independence_group="g" * 101)]}, "evidence", "independence_group"),
    ({"evidence": [piece(number) for number in range(51)]}, "evidence", "too_many"),
]


@pytest.mark.parametrize(("fields", "field", "code"), WRONG)
def test_what_cannot_be_used_is_refused_by_name(world: World, fields: dict[str, Any], field: str, code: str) -> None:
    factories.queued_claims(world, 1)
    with pytest.raises(Refused) as refused:
        review.submit(taken(world.alice).pk, world.alice, answers(**fields))
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [(field, code)]
    assert not Review.objects.exists()


def test_a_triaged_claim_can_be_queued_by_hand_and_dismissed_or_restored(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    with pytest.raises(Conflict) as conflict:
        review.queue_claim(claim.pk, actor=world.carol)
    assert conflict.value.details == {"state": "queued"}
    with factories.triggers_off():  # as the machine leaves an opinion
        Claim.objects.update(state="triaged")
    QueueEntry.objects.all().delete()
    claim_services.dismiss(claim.pk, DismissReason.DUPLICATE, actor=world.carol, note="of C1")
    assert Claim.objects.get().state_reason == "duplicate: of C1"
    claim_services.restore(claim.pk, actor=world.carol)
    review.queue_claim(claim.pk, actor=world.carol)
    assert taken(world.alice).claim == claim


def test_what_waits_or_is_held_is_neither_restored_nor_sent_again(world: World) -> None:
    """Its place in the queue, or its holder, would be left behind."""
    claim = factories.queued_claims(world, 1)[0]
    for take in (None, taken):
        holder = take(world.alice) if take else None
        for step in (claim_services.restore, review.queue_claim):
            with pytest.raises(Conflict) as conflict:
                step(claim.pk, actor=world.carol)
            assert conflict.value.details == {"state": state(claim)}
        assert QueueEntry.objects.count() == (0 if holder else 1)


def queries(call: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_the_number_of_queries_depends_on_neither_the_queue_nor_the_history(world: World) -> None:
    factories.queued_claims(world, 2)
    few_take = queries(lambda: review.take_next(world.alice))
    few_submit = queries(lambda: review.submit(Assignment.objects.latest("pk").pk, world.alice, answers()))
    factories.queued_claims(world, 60)
    for _ in range(5):
        review.submit(taken(world.alice).pk, world.alice, answers())
    assert queries(lambda: review.take_next(world.alice)) == few_take <= 12
    assert (
        queries(lambda: review.submit(Assignment.objects.latest("pk").pk, world.alice, answers())) == few_submit <= 50
    )


@pytest.mark.django_db(transaction=True)
def test_thirty_two_who_ask_at_once_never_get_the_same_claim() -> None:
    world = factories.world()
    people = [factories.member(world.desk, f"r{number}", Role.REVIEWER, capacity=10) for number in range(32)]
    claims = factories.queued_claims(world, 200)

    def ask(person: Any) -> list[int]:
        found = [review.take_next(person) for _ in range(7)]
        return [assignment.claim_id for assignment in found if assignment]

    got = [claim for claims_of_one in at_once([partial(ask, person) for person in people]) for claim in claims_of_one]
    assert sorted(got) == sorted(claim.pk for claim in claims), "each once, and none left over"
    assert Assignment.objects.count() == 200
    assert factories.history_is_whole()


@pytest.mark.django_db(transaction=True)
def test_one_person_in_many_tabs_never_takes_more_than_they_can_hold() -> None:
    world = factories.world()
    factories.queued_claims(world, 20)
    Membership.objects.filter(user=world.bob).update(capacity=3)

    def ask() -> bool:
        try:
            return review.take_next(world.bob) is not None
        except Conflict:
            return False

    assert sum(at_once([ask] * 10)) == 3


@pytest.mark.django_db(transaction=True)
def test_submitting_and_expiring_at_once_ends_in_one_of_the_two() -> None:
    world = factories.world()
    factories.queued_claims(world, 1)
    assignment = taken(world.alice)

    def submit() -> str:
        try:
            review.submit(assignment.pk, world.alice, answers())
        except Conflict:
            return "late"
        return "submitted"

    def expire() -> str:
        run_out(assignment)
        review.expire()
        return Assignment.objects.get().state

    outcome, after = at_once([submit, expire])
    assert (outcome, after) in {("submitted", "submitted"), ("late", "expired")}
    assert Verdict.objects.count() == (outcome == "submitted")
    assert factories.history_is_whole()
