"""A desk's life in any order: random steps through the real services, and what must hold after each of them.

One run works in one transaction that is rolled back at its end. Steps that the services refuse are part of the life;
any other error is a finding.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from claims.models.claims import Attribution, Claim
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Role
from claims.models.events import Event
from claims.models.publication import Publication
from claims.models.returns import ChangeRequest
from claims.models.review import LIVE, Assignment
from claims.rules.refusals import Refused
from claims.rules.workflow import AssignmentRole, DeclineReason, DismissReason, HoldReason, ReopenReason
from claims.services import claims as claim_services
from claims.services import conflicts, desks, events, notes, publication, review, sources
from sources.models import Merge, Source
from tests import factories
from tests.factories import World
from tests.integration.desk_invariants import DeskInvariants

PEOPLE = st.sampled_from(["alice", "bob", "carol", "dora"])
MOSTLY_EDITORS = st.sampled_from(["dora", "carol", "dora", "carol", "alice"])
PICK = st.integers(min_value=0, max_value=1000)
RETURNED = ("review.sent_back", "claim.approved")
OFFERED = ("claim.offered", "claim.accepted")
WAITED = ("review.held", "review.resumed", "claim.taken_back", "claim.reassigned")
BATCHES = 12
TWICE = ("claim.second_review", "claim.disputed", "claim.adjudicated")


class DeskLife(DeskInvariants):
    world: World
    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.recorded = 0
        self.feed: list[tuple[int, int, str]] = []

    def teardown(self) -> None:
        self.reached.update(action for _, _, action in self.feed)
        kinds = (*TWICE, *WAITED, *RETURNED, *OFFERED)
        self.reached.update(Event.objects.filter(kind__in=kinds).values_list("kind", flat=True))
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    def attempt(self, step: Callable[[], Any]) -> Any:
        """One request: refused as a whole, or done as a whole."""
        try:
            with transaction.atomic():
                return step()
        except Refused:
            return None

    def any_of(self, rows: Any, pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    @initialize()
    def open_the_desk(self) -> None:
        self.world = factories.world()
        for name in ("Anna Bell", "Mayor Bell", "A. Bell"):
            sources.create("person", name, actor=self.world.dora)
        # So that short lives come far as well: of each kind one claim, and three that wait.
        self._seen(factories.published(self.world))
        factories.reviewed(self.world, self.world.bob)
        self.the_share_is(1.0)
        factories.disputed(self.world)
        self.the_share_is(0.0)
        self.one_review_waits_and_one_was_sent_back()
        factories.queued_claims(self.world, 3)

    @rule(count=st.integers(1, 3))
    def an_article_comes_in(self, count: int) -> None:
        factories.queued_claims(self.world, count)

    @rule(who=PEOPLE)
    def somebody_takes_the_next(self, who: str) -> None:
        taken = self.attempt(lambda: review.take_next(getattr(self.world, who)))
        assert taken is None or taken.reviewer.username == who

    @rule(pick=PICK, accepted=st.booleans())
    def the_machine_offers_and_somebody_answers(self, pick: int, accepted: bool) -> None:
        desks.change(self.world.desk, actor=self.world.dora, push=True)
        review.push()
        review.rescore()
        offer = self.any_of(Assignment.objects.filter(state="offered"), pick)
        if offer is not None and accepted:
            assert review.accept(offer.pk, offer.reviewer).state == "active"
        elif offer is not None:
            review.decline(offer.pk, offer.reviewer, DeclineReason.EXPERTISE)

    @rule(pick=PICK, declined=st.booleans())
    def somebody_gives_one_back(self, pick: int, declined: bool) -> None:
        held = self.any_of(Assignment.objects.all(), pick)
        if held is not None and declined:
            self.attempt(lambda: review.decline(held.pk, held.reviewer, DeclineReason.NO_TIME))
        elif held is not None:
            self.attempt(lambda: review.release(held.pk, held.reviewer))

    @rule(pick=PICK)
    def a_lease_runs_out(self, pick: int) -> None:
        held = self.any_of(Assignment.objects.active(), pick)
        if held is not None:
            Assignment.objects.filter(pk=held.pk).update(lease_until=Now() - timedelta(seconds=1))
            assert review.expire() == (held.on_hold_since is None)

    @rule(pick=PICK)
    def somebody_waits_or_goes_on(self, pick: int) -> None:
        held = self.any_of(Assignment.objects.active() if pick % 4 else Assignment.objects.all(), pick)
        if held is not None and held.on_hold_since:
            self.attempt(lambda: review.resume(held.pk, held.reviewer))
        elif held is not None:
            self.attempt(lambda: review.hold(held.pk, held.reviewer, HoldReason.EVIDENCE, note="Asked."))

    @rule(pick=PICK, who=MOSTLY_EDITORS, to=PEOPLE, back=st.sampled_from([False, False, True]))
    def an_editor_steps_in(self, pick: int, who: str, to: str, back: bool) -> None:
        rows, editor = Assignment.objects.active() if pick % 4 else Assignment.objects.all(), getattr(self.world, who)
        held = self.any_of(rows, pick)
        if held is not None and back:
            self.attempt(lambda: review.take_back(held.pk, editor, reason="Too long"))
        elif held is not None:
            given = self.attempt(lambda: review.reassign(held.pk, editor, to, reason="They have time"))
            assert given is None or (given.reviewer.username, given.role) == (to, held.role)

    @rule(who=st.sampled_from(["alice", "bob"]))
    def somebody_leaves_and_returns(self, who: str) -> None:
        person = getattr(self.world, who)
        desks.set_member(self.world.desk, person, Role.REVIEWER, actor=self.world.dora, active=False)
        assert not Assignment.objects.filter(reviewer=person, state__in=LIVE).exists()
        desks.set_member(self.world.desk, person, Role.REVIEWER, actor=self.world.dora)

    @rule(pick=PICK, who=MOSTLY_EDITORS, to=PEOPLE, how=st.sampled_from(["assign", "priority", "in", "out", "dismiss"]))
    def an_editor_steers(self, pick: int, who: str, to: str, how: str) -> None:
        claim, editor = self.any_of(Claim.objects.all(), pick), getattr(self.world, who)
        verbs: dict[str, Callable[[], Any]] = {
            "assign": lambda: review.assign(claim.pk, editor, to, reason="They know it"),
            "priority": lambda: review.set_priority(claim.pk, pick % 101, actor=editor, reason="The vote is on Sunday"),
            "in": lambda: review.queue_claim(claim.pk, actor=editor),
            "out": lambda: review.unqueue(claim.pk, actor=editor),
            "dismiss": lambda: claim_services.dismiss(claim.pk, DismissReason.OUT_OF_SCOPE, actor=editor),
        }
        self.attempt(verbs[how])

    @rule(pick=PICK, who=st.sampled_from(["alice", "bob"]), over=st.booleans())
    def somebody_stands_too_near(self, pick: int, who: str, over: bool) -> None:
        person, open_ones = getattr(self.world, who), ConflictOfInterest.objects.open()
        known = self.any_of(open_ones.filter(user=person), pick)
        source = self.any_of(Source.objects.all(), pick)
        if over and known:
            conflicts.end(known.pk, actor=person, reason="She has retired")
        elif self.attempt(lambda: conflicts.declare(self.world.desk.pk, source, actor=person)):
            held = Assignment.objects.filter(reviewer=person, state__in=LIVE)
            near = [each for each in held if open_ones.concerning(person, each.claim_id).exists()]
            # What was sent back to them is ended, and stays theirs as it was submitted.
            assert near == []

    @rule(pick=PICK, name=PICK)
    def somebody_is_named_as_the_speaker(self, pick: int, name: int) -> None:
        attribution, source = self.any_of(Attribution.objects.all(), pick), self.any_of(Source.objects.all(), name)
        self.attempt(lambda: claim_services.confirm_source(attribution.pk, source, actor=self.world.dora))

    @rule(pick=PICK, who=st.sampled_from(["carol", "dora"]))
    def an_editor_is_asked_and_reads_it(self, pick: int, who: str) -> None:
        held = self.any_of(Assignment.objects.active(), pick)
        if held is not None:
            self.attempt(lambda: notes.add(held.claim_id, "Which report?", actor=held.reviewer, kind="question"))
            editor = getattr(self.world, who)
            notes.shown(editor, notes.threads(editor).filter(claim=held.claim_id))

    @rule(pick=PICK, text=st.text(max_size=20))
    def somebody_types(self, pick: int, text: str) -> None:
        held = self.any_of(Assignment.objects.all(), pick)
        if held is not None:
            self.attempt(lambda: review.save_draft(held.pk, held.reviewer, {"rationale": text}))

    @rule(who=PEOPLE, rating=st.sampled_from(["true", "false"]))
    def somebody_works_the_next_one_through(self, who: str, rating: str) -> None:
        person = getattr(self.world, who)
        taken = self.attempt(lambda: review.take_next(person))
        if taken is not None:
            review.submit(taken.pk, person, factories.answers(veracity_verdict=rating))

    @rule(pick=PICK, complete=st.booleans(), rating=st.sampled_from(["true", "false", "unproven"]))
    def somebody_submits(self, pick: int, complete: bool, rating: str) -> None:
        held = self.any_of(Assignment.objects.active() if pick % 4 else Assignment.objects.all(), pick)
        if held is None:
            return
        answers = factories.answers(veracity_verdict=rating, **({} if complete else {"rationale": " "}))
        done = self.attempt(lambda: review.submit(held.pk, held.reviewer, answers))
        assert complete or done is None, "a review without a rationale went through"

    @rule(pick=PICK, who=PEOPLE, rating=st.sampled_from(["true", "false"]))
    def somebody_reviews_as_the_second(self, pick: int, who: str, rating: str) -> None:
        claim = self.any_of(Claim.objects.filter(state="second_review"), pick)
        if claim is None:
            return
        person = getattr(self.world, who)
        taken = self.attempt(lambda: review.take(person, claim.pk))
        if taken is not None:
            assert taken.role == "second"
            review.submit(taken.pk, person, factories.answers(veracity_verdict=rating))

    @rule(share=st.sampled_from([0.0, 0.0, 0.5, 1.0]), approval=st.sampled_from([False, False, False, True]))
    def the_policy_changes(self, share: float, approval: bool) -> None:
        self.the_share_is(share)
        desks.change(self.world.desk, actor=self.world.dora, approval_required=approval)

    @rule(pick=PICK, who=MOSTLY_EDITORS)
    def an_editor_approves(self, pick: int, who: str) -> None:
        claim = self.any_of(Claim.objects.filter(state="submitted") if pick % 4 else Claim.objects.all(), pick)
        if claim is not None:
            self.attempt(lambda: review.approve(claim.pk, getattr(self.world, who)))

    @rule(pick=PICK, who=MOSTLY_EDITORS, role=st.sampled_from(["first", "first", "second"]))
    def a_review_is_sent_back(self, pick: int, who: str, role: str) -> None:
        judged = Claim.objects.filter(state__in=["submitted", "adjudication"])
        claim = self.any_of(judged if pick % 4 else Claim.objects.all(), pick)
        if claim is not None:
            person, part = getattr(self.world, who), AssignmentRole(role)
            self.attempt(lambda: review.request_changes(claim.pk, person, "Look again.", role=part))

    @rule(pick=PICK, gives_up=st.booleans(), rating=st.sampled_from(["true", "false"]))
    def what_was_sent_back_is_answered_or_given_up(self, pick: int, gives_up: bool, rating: str) -> None:
        asked = self.any_of(ChangeRequest.objects.to_answer(), pick)
        if asked is None:
            return
        held = asked.review.assignment
        if not gives_up:
            again = factories.answers(veracity_verdict=rating, evidence=[])
            self.attempt(lambda: review.submit(held.pk, held.reviewer, again))
        elif held.on_hold_since is None:
            Assignment.objects.filter(pk=held.pk).update(lease_until=Now() - timedelta(seconds=1))
            assert review.expire() == 1
            held.refresh_from_db()
            assert held.state == "submitted"
            self.reached["given up"] += 1

    def one_review_waits_and_one_was_sent_back(self) -> None:
        desks.change(self.world.desk, actor=self.world.dora, approval_required=True)
        waiting, back = factories.queued_claims(self.world, 2)
        for claim in (waiting, back):
            review.submit(review.take(self.world.alice, claim.pk).pk, self.world.alice, factories.answers())
        review.request_changes(back.pk, self.world.carol, note="Which report?")
        desks.change(self.world.desk, actor=self.world.dora, approval_required=False)

    def the_share_is(self, share: float) -> None:
        desks.change(self.world.desk, actor=self.world.dora, second_review_share=share)

    @rule(pick=PICK, who=MOSTLY_EDITORS, rating=st.sampled_from(["true", "false", "mixture"]))
    def somebody_settles(self, pick: int, who: str, rating: str) -> None:
        waiting = Claim.objects.filter(state="adjudication")
        claim = self.any_of(waiting if pick % 4 else Claim.objects.all(), pick)
        if claim is not None:
            person = getattr(self.world, who)
            decision = review.Decision("accurate", rating, note="So it is.", rationale="The report.")
            self.attempt(lambda: review.adjudicate(claim.pk, person, decision))

    @rule(pick=PICK, who=MOSTLY_EDITORS, noted=st.booleans())
    def somebody_publishes(self, pick: int, who: str, noted: bool) -> None:
        ripe = Claim.objects.filter(state="decided")
        claim = self.any_of(ripe if pick % 4 else Claim.objects.all(), pick)
        note = publication.Note("correction", "Misread.") if noted else None
        if claim is not None:
            person = getattr(self.world, who)
            made = self.attempt(lambda: publication.publish(claim.pk, actor=person, note=note))
            self._seen(made)

    @rule(pick=PICK, who=MOSTLY_EDITORS, back=st.booleans())
    def something_public_is_disputed(self, pick: int, who: str, back: bool) -> None:
        entry = self.any_of(Publication.objects.all(), pick)
        if entry is None:
            return
        person, claim = getattr(self.world, who), entry.claim_id
        if back:
            self._seen(self.attempt(lambda: publication.retract(claim, actor=person, note="Forged.")))
        else:
            self.attempt(lambda: publication.reopen(claim, ReopenReason.CHALLENGE, actor=person))

    @rule(pick=PICK, who=PEOPLE)
    def something_public_is_reviewed_anew(self, pick: int, who: str) -> None:
        claim = self.any_of(Claim.objects.filter(state="published"), pick)
        if claim is None:
            return
        person = getattr(self.world, who)
        publication.reopen(claim.pk, ReopenReason.NEW_EVIDENCE, actor=self.world.carol)
        taken = self.attempt(lambda: review.take(person, claim.pk))
        if taken is not None:
            review.submit(taken.pk, person, factories.answers())
            # Where the policy wants an editor's approval, she gives it.
            self.attempt(lambda: review.approve(claim.pk, self.world.dora))
            note = publication.Note("correction", "Misread.")
            self._seen(self.attempt(lambda: publication.publish(claim.pk, actor=self.world.dora, note=note)))

    def _seen(self, made: Publication | None) -> None:
        """A reader of the feed remembers what it saw."""
        if made is not None:
            self.feed.append((made.position, made.verdict_id, made.action))

    @rule(one=PICK, other=PICK)
    def two_sources_are_merged(self, one: int, other: int) -> None:
        source, into = self.any_of(Source.objects.all(), one), self.any_of(Source.objects.all(), other)
        self.attempt(lambda: sources.merge(source, into, actor=self.world.dora, reason="The same"))

    @precondition(lambda self: Merge.objects.exists())
    @rule(pick=PICK)
    def a_merge_is_taken_back(self, pick: int) -> None:
        merge = self.any_of(Merge.objects.all(), pick)
        self.attempt(lambda: sources.undo_merge(merge.pk, actor=self.world.dora))

    @rule()
    def the_minute_is_sealed(self) -> None:
        events.seal()


@pytest.mark.django_db
def test_no_order_of_steps_breaks_what_must_hold() -> None:
    """At least a thousand steps, and on until every kind of step was taken; always the same ones."""
    far = {"published", "corrected", "retracted", "given up", *TWICE, *WAITED, *RETURNED, *OFFERED}
    for number in range(BATCHES):
        seed(number)(DeskLife)
        run_state_machine_as_test(
            DeskLife,
            settings=settings(
                max_examples=12,
                stateful_step_count=45,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        if DeskInvariants.steps >= 1000 and far <= set(DeskLife.reached):
            break
    assert far <= set(DeskLife.reached), "the steps never came that far"
    assert DeskInvariants.steps >= 1000
