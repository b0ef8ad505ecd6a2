"""What a migration makes of topics and deadlines that were stored before the rules bounded them."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.desks import Desk, Membership, Role
from claims.models.review import Assignment, QueueEntry
from claims.rules.deadlines import NEVER
from claims.services import review
from tests import factories
from tests.factories import World

repair = import_module("claims.migrations.0042_topics_and_deadlines_as_the_rules_have_them")


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def test_topics_are_folded_wherever_they_are_stored(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    stored = ["War, Peace", "HEALTH", "health", " "]
    Article.objects.filter(pk=claim.article_id).update(topics=stored)
    QueueEntry.objects.update(topics=stored)
    Membership.objects.filter(user=world.alice).update(topics=[*map(str, range(20)), "Z"])
    Desk.objects.filter(pk=world.desk.pk).update(routing_weights={"due": 5, "topics": {"War": 10, "WAR": -20}})
    repair.fold_topics(apps, None)
    repair.fold_topics(apps, None)
    folded = ["war", "peace", "health"]
    assert Article.objects.get(pk=claim.article_id).topics == folded
    assert QueueEntry.objects.get().topics == folded
    assert Membership.objects.get(user=world.alice).topics == list(map(str, range(20)))
    assert Desk.objects.get(pk=world.desk.pk).routing_weights == {"due": 5, "topics": {"war": -20}}


def test_a_deadline_in_a_mistyped_year_is_refused_by_the_database(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    with pytest.raises(IntegrityError, match="claim_deadline_in_a_sane_year"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(deadline=NEVER)


def test_one_that_was_stored_before_is_forgotten(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE claims_claim DROP CONSTRAINT claim_deadline_in_a_sane_year")
    _waiting, held = factories.queued_claims(world, 2)
    review.take(world.alice, held.pk)
    far = datetime(9026, 1, 1, tzinfo=UTC)
    Claim.objects.update(deadline=far)
    QueueEntry.objects.update(due_at=far, notice_at=far)
    Assignment.objects.update(due_at=far, notice_at=far)
    repair.forget_mistyped_deadlines(apps, None)
    assert not Claim.objects.exclude(deadline=None).exists()
    assert QueueEntry.objects.get().due_at is None
    assert (Assignment.objects.get().due_at, Assignment.objects.get().notice_at) == (None, None)


def test_only_an_admin_whose_account_is_on_keeps_a_desk(world: World) -> None:
    gone = factories.member(world.desk, "gone", Role.ADMIN)
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(IntegrityError, match="left without an admin"), transaction.atomic():
        Membership.objects.filter(user=world.dora).update(role="editor")
    type(gone).objects.filter(pk=gone.pk).update(is_active=True)
    Membership.objects.filter(user=world.dora).update(role="editor")
