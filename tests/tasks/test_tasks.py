"""The worker's door with a real worker and real beat: what is committed is carried out, in processes of their own."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from claims.models.claims import Attribution, Claim
from claims.models.due import DeadlineNotice
from claims.models.jobs import Job, JobState
from claims.models.notifications import Notification
from claims.models.review import Assignment, QueueEntry
from claims.services import rereading
from tests import factories
from tests.concurrency import wait_for
from workbench.accounts.models import User
from workbench.stack.processes import Child

PATIENCE_S = 60


def test_an_article_reaches_the_queue_by_the_workers_hand(worker: Child, beat: Child) -> None:
    world = factories.world()
    article = factories.article(world)
    wait_for(lambda: not Job.objects.open().exists(), "all jobs were done", PATIENCE_S)
    article.refresh_from_db()
    assert (article.status, article.failure) == ("ready", None)
    assert list(Job.objects.order_by("pk").values_list("name", "state", "attempts", "progress")) == [
        ("claims.extract_article", JobState.DONE, 1, 100),
        ("claims.open_review", JobState.DONE, 1, 100),
    ]
    assert QueueEntry.objects.filter(claim__article=article).count() == Claim.objects.filter(state="queued").count() > 2
    assert factories.history_is_whole()


def test_an_article_is_read_again_by_the_workers_hand(worker: Child, beat: Child) -> None:
    world = factories.world()
    article = factories.article(world)
    wait_for(lambda: not Job.objects.open().exists(), "the article was read", PATIENCE_S)
    before = list(Attribution.objects.order_by("pk").values())
    rereading.ask(article, actor=world.carol)
    wait_for(lambda: not Job.objects.open().exists(), "all jobs were done", PATIENCE_S)
    job = Job.objects.get(name="claims.reextract_article")
    assert (job.state, job.attempts, job.progress) == (JobState.DONE, 1, 100)
    assert list(Attribution.objects.order_by("pk").values()) == before, "the same engine finds the same"
    assert factories.history_is_whole()


def test_beat_has_leases_taken_back_that_ran_out(worker: Child, beat: Child) -> None:
    world = factories.world()
    claim = factories.queued_claims(world, 1)[0]
    assignment = factories.taken(world.alice)
    Assignment.objects.update(lease_until=Now() - timedelta(hours=1))
    wait_for(
        lambda: Assignment.objects.get(pk=assignment.pk).state == "expired", "the lease was taken back", PATIENCE_S
    )
    assert Claim.objects.get(pk=claim.pk).state == "queued"


def test_beat_has_what_is_overdue_told_and_mailed(worker: Child, beat: Child) -> None:
    world = factories.world()
    User.objects.filter(pk=world.carol.pk).update(email="carol@example.org")
    claim = factories.queued_claims(world, 1)[0]
    QueueEntry.objects.filter(claim=claim).update(due_at=Now(), notice_at=Now())
    told = Notification.objects.filter(user=world.carol, kind="overdue")
    wait_for(told.exists, "the editor was told", PATIENCE_S)
    mails = Job.objects.filter(name="claims.send_mail", state=JobState.DONE)
    wait_for(lambda: mails.filter(args__notifications__contains=[told.get().pk]).exists(), "it was mailed", PATIENCE_S)
    assert DeadlineNotice.objects.count() == 1
    assert factories.history_is_whole()


def test_beat_has_jobs_sent_that_nobody_sent(worker: Child, beat: Child) -> None:
    """As after a crash between the commit and the sending of its message."""
    world = factories.world()
    with transaction.atomic():
        article = factories.article(world)
        transaction.get_connection().run_on_commit.clear()
    wait_for(lambda: not Job.objects.open().exists(), "all jobs were done", PATIENCE_S)
    article.refresh_from_db()
    assert article.status == "ready"
