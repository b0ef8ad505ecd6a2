"""What PostgreSQL holds of reviews that are sent back, whoever writes to it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.returns import Approval, ChangeRequest
from claims.models.review import Assignment, Review
from claims.services import conflicts, desks, review, sources
from tests import factories
from tests.factories import World, answers

NOTE = "Look at page 4 of the report."


@pytest.fixture
def world(db: None) -> World:
    return factories.world(approval_required=True)


@pytest.fixture
def claim(world: World) -> Claim:
    """alice's review of it is in, and waits for an editor."""
    (made,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, made.pk).pk, world.alice, answers())
    made.refresh_from_db()
    return made


@pytest.fixture
def disputed(world: World) -> Claim:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    return factories.disputed(world)


def refused(constraint: str, step: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        step()
    assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # the driver's own


def test_the_database_frees_nobody_who_reviewed(world: World, claim: Claim) -> None:
    held = review.request_changes(claim.pk, world.carol, NOTE)
    rows = Assignment.objects.filter(pk=held.pk)
    for ended in ("declined", "expired", "released"):
        refused("assignment_with_a_review_stays", partial(rows.update, state=ended, ended_at=Now()))


def test_the_database_opens_no_review_that_was_not_sent_back(world: World, claim: Claim) -> None:
    rows = Assignment.objects.filter(claim=claim)
    refused("assignment_goes_on_when_sent_back", lambda: rows.update(state="active", ended_at=None))


def test_the_database_lets_no_reviewer_send_back(world: World, disputed: Claim) -> None:
    theirs = Review.objects.get(assignment__claim=disputed, assignment__reviewer=world.bob)
    make = ChangeRequest.objects.create
    refused("changes_are_requested_by_no_reviewer", lambda: make(review=theirs, requested_by=world.alice, note=NOTE))


@pytest.mark.parametrize("role", ["first", "second"])
def test_the_database_lets_nobody_review_what_they_read(world: World, claim: Claim, role: str) -> None:
    review.proposal_of(claim, world.carol)
    row = {"claim": claim, "reviewer": world.carol, "role": role, "round": 1, "lease_until": Now()}
    refused("reviews_are_blind", lambda: Assignment.objects.create(**row))


def test_a_request_is_never_changed_or_deleted(world: World, claim: Claim) -> None:
    review.request_changes(claim.pk, world.carol, NOTE)
    asked = ChangeRequest.objects.all()
    for step in (lambda: asked.update(note="Other words"), asked.delete):
        with pytest.raises(Exception, match="Cannot update or delete rows"), transaction.atomic():
            step()


def test_the_database_keeps_approvals_as_they_were_and_of_four_eyes(world: World, claim: Claim) -> None:
    verdict = review.approve(claim.pk, world.carol, note="It is clear.")
    approved = Approval.objects.get(verdict=verdict)
    for step in (lambda: Approval.objects.update(note="Other words"), Approval.objects.all().delete):
        with pytest.raises(Exception, match="Cannot update or delete rows"), transaction.atomic():
            step()
    row = {"claim": claim, "review": approved.review, "verdict": verdict, "round": 1}
    refused("approver_is_no_reviewer", partial(Approval.objects.create, **row, approved_by=world.alice))
    source = sources.create("person", "Anna Bell")
    claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=1.0, reason="Named.")
    conflicts.declare(world.desk.pk, source, actor=world.dora)
    refused("approval_without_conflict_of_interest", partial(Approval.objects.create, **row, approved_by=world.dora))
    with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
        Approval.objects.create(**row, approved_by=world.carol)
