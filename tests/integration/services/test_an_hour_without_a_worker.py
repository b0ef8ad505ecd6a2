"""Nothing ticked for an hour: people went on working, and the first ticks after it tell and do each thing once."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db.models.functions import Now

from claims import jobs
from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.events import Event, Seal
from claims.models.jobs import Job
from claims.models.notifications import Notification
from claims.models.review import Assignment, QueueEntry
from claims.rules.workflow import HoldReason
from claims.services import articles, review
from tests import factories
from tests.factories import World, answers
from workbench.celery import app

AN_HOUR_AGO = Now() - timedelta(hours=1)
TICKS = [each["task"] for each in app.conf.beat_schedule.values()]


@pytest.fixture
def world(db: None) -> World:
    return factories.world(push=True, due_hours=[{"from_priority": 0, "hours": 8}])


def tick() -> None:
    """Everything that the clock asks for, once; then the jobs that wait."""
    for name in TICKS:
        current_app.tasks[name]()
    factories.perform()


def kinds(claim: Claim) -> list[str]:
    return list(Event.objects.of("claim", claim.pk).order_by("sequence").values_list("kind", flat=True))


def test_what_ran_out_goes_back_once_and_nothing_that_was_typed_is_lost(world: World) -> None:
    typed, kept, submitted, offered = factories.queued_claims(world, 4)
    late, waits, done = (review.take(world.alice, claim.pk) for claim in (typed, kept, submitted))
    review.save_draft(late.pk, world.alice, {"rationale": "Half a sentence"})
    review.hold(waits.pk, world.alice, HoldReason.CLAIMANT, note="The mayor was asked.")
    review.push()
    Assignment.objects.filter(pk=late.pk).update(lease_until=AN_HOUR_AGO, due_at=AN_HOUR_AGO, notice_at=AN_HOUR_AGO)
    Assignment.objects.filter(claim=offered).update(lease_until=AN_HOUR_AGO)
    # Without a worker people hand in what they have, and the article that somebody submits is kept.
    review.submit(done.pk, world.alice, answers())
    article = articles.ingest(world.desk, articles.Submission(text="Anna Bell said that the bridge was safe."))
    Job.objects.update(due_at=AN_HOUR_AGO, sent_at=None)

    tick()
    late.refresh_from_db()
    assert (late.state, Draft.objects.get(assignment=late).body) == ("expired", {"rationale": "Half a sentence"})
    assert kinds(typed).count("claim.expired") == 1
    states = Claim.objects.in_bulk([typed.pk, kept.pk, submitted.pk])
    assert (states[kept.pk].state, states[submitted.pk].state) == ("on_hold", "decided"), "a hold does not run out"
    assert Assignment.objects.get(claim=offered, lease_until__lt=Now()).state == "expired"
    assert Article.objects.get(pk=article.pk).status == "ready"
    assert not Job.objects.exclude(state="done").exists()
    assert Seal.objects.count() == 1

    events, told = Event.objects.count(), Notification.objects.count()
    tick()
    tick()
    assert (Event.objects.count(), Notification.objects.count()) == (events, told), "later ticks find nothing to do"
    assert factories.history_is_whole()


def test_what_became_due_meanwhile_is_told_once_by_its_last_step(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    held = review.take(world.alice, claim.pk)
    # The reminder and the due time came and went.
    Assignment.objects.filter(pk=held.pk).update(due_at=AN_HOUR_AGO, notice_at=Now() - timedelta(hours=3))
    for _ in range(3):
        tick()
    told = Notification.objects.filter(claim=claim, user=world.alice).values_list("kind", flat=True)
    assert list(told) == ["overdue"]
    assert kinds(claim).count("claim.overdue") == 1


def test_whoever_asks_for_work_meanwhile_gets_what_ran_out(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    late = review.take(world.alice, claim.pk)
    Assignment.objects.filter(pk=late.pk).update(lease_until=AN_HOUR_AGO)
    taken = review.take_next(world.bob)
    assert taken is not None
    assert taken.claim == claim
    tick()
    assert kinds(claim).count("claim.expired") == 1
    assert not QueueEntry.objects.filter(claim=claim).exists()
    taken.refresh_from_db()
    assert taken.state == "active"
    assert jobs.EXPIRE_LEASES in TICKS
