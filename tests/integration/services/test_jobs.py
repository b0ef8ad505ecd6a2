"""The queue of record: twice is once, late is nothing, dead is noticed, and what cannot be done is shown."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import redis
from celery import current_app
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from claims import jobs
from claims.extraction import pipeline
from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.jobs import Job, JobState
from claims.services import articles
from claims.services import jobs as queue
from tests import factories
from tests.concurrency import at_once, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "tests.nothing"


@pytest.fixture(autouse=True)
def empty_broker(broker: "redis.Redis") -> None:
    broker.flushdb()


def enqueue(key: str = "one", name: str = NAME) -> Job:
    with transaction.atomic():
        return queue.enqueue(name, key, {"n": 1})


def state_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


def messages(broker: "redis.Redis") -> list[int]:
    """The ids of the jobs that wait at the broker, oldest first."""
    waiting = broker.lrange("default", 0, -1)
    assert isinstance(waiting, list)
    return [int(json.loads(message)["headers"]["id"].split("-")[0]) for message in reversed(waiting)]


@contextmanager
def other_worker(job: Job) -> Iterator[int]:
    """Somebody else, with a database session of their own, works on the job, and has done it at the end of the block.

    Gives that session's process id.
    """
    began, end = threading.Event(), threading.Event()
    pids: list[int] = []

    def work() -> None:
        try:
            with queue.claimed(job.pk, job.name) as mine, connection.cursor() as cursor:
                assert mine is not None
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
                began.set()
                end.wait(30)
                with queue.finishing(mine):
                    pass
        except Exception:  # noqa: S110 - its session may have been killed, as the test wanted
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert began.wait(30)
        yield pids[0]
    finally:
        end.set()
        thread.join()


def finish(job: Job) -> int:
    """Do the job in this session; returns which attempt that was. Asserts come after: inside they fail the job only."""
    with queue.claimed(job.pk, job.name) as mine:
        if mine is not None:
            with queue.finishing(mine):
                pass
    assert mine is not None
    assert state_of(job) == JobState.DONE
    return mine.attempts


def kill_session(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

        def gone() -> bool:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
            return bool(cursor.fetchone()[0] == 0)

        wait_for(gone, "the session ended")


def test_a_job_is_written_in_the_transaction_that_makes_it_necessary(broker: "redis.Redis") -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        queue.enqueue(NAME, "one", {})
    with transaction.atomic():
        queue.enqueue(NAME, "one", {})
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert messages(broker) == []


def test_on_commit_the_message_is_sent_and_carries_the_id_alone(broker: "redis.Redis") -> None:
    job = enqueue()
    assert state_of(job) == JobState.SENT
    assert messages(broker) == [job.pk]


def test_asking_twice_is_asking_once_until_it_is_done() -> None:
    job = enqueue()
    assert enqueue().pk == job.pk
    with other_worker(job):
        assert enqueue().pk == job.pk
    assert enqueue().pk != job.pk


def test_asking_in_many_transactions_at_once_is_asking_once() -> None:
    found = at_once([lambda: enqueue().pk] * 8)
    assert len(set(found)) == 1
    assert Job.objects.count() == 1


def test_the_same_message_ten_times_at_once_has_one_effect() -> None:
    world = factories.world()
    article = factories.article(world)
    job = Job.objects.get(name=jobs.EXTRACT_ARTICLE)
    at_once([lambda: current_app.tasks[job.name](job.pk)] * 10)
    assert state_of(job) == JobState.DONE
    assert Job.objects.get(pk=job.pk).attempts == 1
    assert Event.objects.of("article", article.pk).filter(kind="article.extracted").count() == 1
    found = pipeline.extract(article.revisions.get().text)
    assert Claim.objects.filter(article=article).count() == len(found.claims) > 2


def test_a_message_that_comes_again_when_all_is_done_does_nothing() -> None:
    world = factories.world()
    factories.ready_article(world)
    before = Event.objects.count()
    for job in Job.objects.all():
        current_app.tasks[job.name](job.pk)
    assert Event.objects.count() == before
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


def test_a_message_without_a_row_is_no_error() -> None:
    current_app.tasks[jobs.EXTRACT_ARTICLE](10**9)
    assert not Job.objects.exists()


def test_whoever_finishes_a_job_sends_the_next_one() -> None:
    """Without the clock: nothing that is due waits for its next second."""
    article = factories.article(factories.world())
    Job.objects.bulk_create(Job(name=NAME, key=str(number)) for number in range(3))
    current_app.tasks[jobs.EXTRACT_ARTICLE](Job.objects.get(key=f"extract {article.pk}").pk)
    assert not Job.objects.due().exists()
    assert queue.dispatch() == 0


def test_a_message_that_names_another_task_takes_nothing() -> None:
    job = enqueue()
    with queue.claimed(job.pk, "tests.another") as mine:
        assert mine is None
    assert state_of(job) == JobState.SENT


def test_a_late_finisher_is_rolled_back_without_an_error() -> None:
    job = enqueue()
    with queue.claimed(job.pk, NAME) as mine:
        assert mine is not None
        Job.objects.filter(pk=job.pk).update(attempts=F("attempts") + 1)  # it was taken back, and begun by another
        with queue.finishing(mine):
            Job.objects.create(name=NAME, key="an effect")
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.attempts, row.error) == (JobState.RUNNING, 2, "")
    assert not Job.objects.filter(key="an effect").exists()


def test_a_failed_effect_is_not_done() -> None:
    job = enqueue()
    with queue.claimed(job.pk, NAME) as mine:
        assert mine is not None
        with queue.finishing(mine):
            Job.objects.create(name=NAME, key="an effect")
            raise ValueError("half way")
    assert state_of(job) == JobState.QUEUED
    assert not Job.objects.filter(key="an effect").exists()


def test_whoever_works_is_left_alone_and_whoever_died_is_noticed_at_once() -> None:
    living, dying = enqueue("living"), enqueue("dying")
    with other_worker(living), other_worker(dying) as pid:
        queue.take_back()
        assert state_of(dying) == JobState.RUNNING
        kill_session(pid)
        queue.take_back()
        row = Job.objects.get(pk=dying.pk)
        assert (row.state, row.attempts) == (JobState.QUEUED, 1)
        assert "died" in row.error
        assert state_of(living) == JobState.RUNNING


def test_what_a_dead_worker_left_is_done_by_the_next_one() -> None:
    job = enqueue()
    with other_worker(job) as pid:
        kill_session(pid)
        queue.take_back()
        assert finish(job) == 2


def test_a_failure_is_tried_again_later_by_the_databases_clock() -> None:
    job = enqueue()
    with queue.claimed(job.pk, NAME):
        raise ValueError("a \x00 and a \ud800 in it")
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.attempts) == (JobState.QUEUED, 1)
    assert row.error == "ValueError: a � and a ? in it"
    assert not Job.objects.due().exists()
    Job.objects.update(due_at=Now())
    assert queue.dispatch() == 1


def fail(article: Article, times: int, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Let the engine break on the article so often."""

    def broken(*_: object, **__: object) -> None:
        raise MemoryError("too many brackets")

    job = Job.objects.get(key=f"extract {article.pk}")
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "extract", broken)
        for _ in range(times):
            current_app.tasks[job.name](job.pk)
    job.refresh_from_db()
    return job


def test_the_third_failure_quarantines_and_says_why_and_a_retry_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    world = factories.world()
    article = factories.article(world)
    assert fail(article, 2, monkeypatch).state == JobState.QUEUED
    dead = fail(article, 1, monkeypatch)
    article.refresh_from_db()
    assert (dead.state, dead.attempts) == (JobState.DEAD, 3)
    assert list(Job.objects.quarantined()) == [dead]
    assert article.status == "failed"
    assert article.failure is not None
    assert (article.failure["field"], article.failure["code"]) == ("article", "quarantined")
    assert "too many brackets" in article.failure["detail"]
    fail(article, 1, monkeypatch)
    assert Job.objects.get(pk=dead.pk).attempts == 3, "a quarantined job is not begun again by a late message"

    articles.retry(article, actor=world.carol)
    factories.perform()
    article.refresh_from_db()
    assert (article.status, article.failure) == ("ready", None)


def test_a_quarantined_job_can_be_retried_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world = factories.world()
    article = factories.article(world)
    dead = fail(article, 3, monkeypatch)
    assert queue.retry(dead.pk)
    assert not queue.retry(dead.pk)
    factories.perform()
    article.refresh_from_db()
    assert article.status == "ready"


def test_a_job_that_a_newer_one_took_up_is_not_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the old one would extract a second time, fail on its own rows, and mark a ready article as failed."""
    world = factories.world()
    article = factories.article(world)
    dead = fail(article, 3, monkeypatch)
    articles.retry(article, actor=world.carol)
    assert not queue.retry(dead.pk)
    factories.perform()
    assert not queue.retry(dead.pk)
    article.refresh_from_db()
    assert article.status == "ready"


def test_a_hook_that_breaks_stops_neither_the_quarantine_nor_the_dispatcher(monkeypatch: pytest.MonkeyPatch) -> None:
    def hook(job: Job) -> None:
        Job.objects.create(name=NAME, key="half done")
        raise RuntimeError("the hook broke")

    monkeypatch.setitem(queue._when_quarantined, NAME, hook)
    doomed, other = enqueue("doomed"), enqueue("other")
    Job.objects.filter(pk=doomed.pk).update(state=JobState.RUNNING, attempts=3)
    Job.objects.filter(pk=other.pk).update(state=JobState.QUEUED)
    assert queue.dispatch() == 1
    assert (state_of(doomed), state_of(other)) == (JobState.DEAD, JobState.SENT)
    assert not Job.objects.filter(key="half done").exists()


def test_what_is_in_flight_is_bounded(settings: Settings, broker: "redis.Redis") -> None:
    settings.JOBS_IN_FLIGHT = 3
    made = [enqueue(str(number)) for number in range(10)]
    assert Job.objects.in_flight().count() == 3
    assert queue.dispatch() == 0
    with other_worker(made[0]):
        assert queue.dispatch() == 0, "a running job is in flight"
    assert queue.dispatch() == 1
    assert messages(broker) == [job.pk for job in made[:4]], "the oldest go first"


def test_two_dispatchers_at_once_send_each_job_once(settings: Settings, broker: "redis.Redis") -> None:
    settings.JOBS_IN_FLIGHT = 100
    Job.objects.bulk_create(Job(name=NAME, key=str(number)) for number in range(50))
    assert sum(at_once([queue.dispatch] * 4)) == 50
    assert sorted(messages(broker)) == sorted(Job.objects.values_list("pk", flat=True))


def test_a_message_that_the_broker_lost_is_sent_again(broker: "redis.Redis") -> None:
    job = enqueue()
    broker.flushdb()
    assert queue.dispatch() == 0, "it may still arrive"
    Job.objects.update(sent_at=Now() - queue.SENT_IS_LOST_AFTER - timedelta(seconds=1))
    assert queue.dispatch() == 1
    assert messages(broker) == [job.pk]
    assert Job.objects.get(pk=job.pk).attempts == 0, "what never began was no attempt"


def test_progress_is_seen_at_once_and_only_of_the_present_attempt() -> None:
    job = enqueue()
    with queue.claimed(job.pk, NAME) as mine:
        assert mine is not None
        queue.report(mine, "reading", 250)
        row = Job.objects.get(pk=job.pk)
        Job.objects.update(attempts=2)
        queue.report(mine, "late", 1)
    assert (row.stage, row.progress) == ("reading", 100)
    assert Job.objects.get(pk=job.pk).stage == "reading"
