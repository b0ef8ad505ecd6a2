"""The worker's door: claim the job's row, call one service. What the clock asks for calls a service directly."""

from collections.abc import Callable

from celery import shared_task

from claims import jobs
from claims.models.jobs import Job
from claims.services import (
    articles,
    bulk,
    claims,
    events,
    evidence,
    invitations,
    notifications,
    rereading,
    review,
    webhooks,
)
from claims.services import jobs as queue


def _work(job_id: int, name: str, service: Callable[[Job], None]) -> None:
    with queue.claimed(job_id, name) as job:
        if job is not None:
            service(job)
    # What waits in PostgreSQL need not wait for the next second as well.
    queue.send_due()


@shared_task(name=jobs.FETCH_ARTICLE)
def fetch_article(job_id: int) -> None:
    _work(job_id, jobs.FETCH_ARTICLE, articles.fetch)


@shared_task(name=jobs.EXTRACT_ARTICLE)
def extract_article(job_id: int) -> None:
    _work(job_id, jobs.EXTRACT_ARTICLE, claims.extract)


@shared_task(name=jobs.REEXTRACT_ARTICLE)
def reextract_article(job_id: int) -> None:
    _work(job_id, jobs.REEXTRACT_ARTICLE, rereading.reextract)


@shared_task(name=jobs.OPEN_REVIEW)
def open_review(job_id: int) -> None:
    _work(job_id, jobs.OPEN_REVIEW, review.open_article)


@shared_task(name=jobs.REDATE_DESK)
def redate_desk(job_id: int) -> None:
    _work(job_id, jobs.REDATE_DESK, review.redate_desk)


@shared_task(name=jobs.CAPTURE_EVIDENCE)
def capture_evidence(job_id: int) -> None:
    _work(job_id, jobs.CAPTURE_EVIDENCE, evidence.capture)


@shared_task(name=jobs.SEND_INVITATION)
def send_invitation(job_id: int) -> None:
    _work(job_id, jobs.SEND_INVITATION, invitations.send)


@shared_task(name=jobs.RUN_BULK)
def run_bulk(job_id: int) -> None:
    _work(job_id, jobs.RUN_BULK, bulk.run)


@shared_task(name=jobs.SEND_MAIL)
def send_mail(job_id: int) -> None:
    _work(job_id, jobs.SEND_MAIL, notifications.send)


@shared_task(name=jobs.SEND_WEBHOOKS)
def send_webhooks(job_id: int) -> None:
    _work(job_id, jobs.SEND_WEBHOOKS, webhooks.send)


@shared_task(name=jobs.DISPATCH_JOBS)
def dispatch_jobs() -> None:
    queue.dispatch()


@shared_task(name=jobs.EXPIRE_LEASES)
def expire_leases() -> None:
    review.expire()
    review.return_near()


@shared_task(name=jobs.PUSH_QUEUE)
def push_queue() -> None:
    review.push()


@shared_task(name=jobs.RESCORE_QUEUE)
def rescore_queue() -> None:
    review.rescore()


@shared_task(name=jobs.SEAL_EVENTS)
def seal_events() -> None:
    events.seal()


@shared_task(name=jobs.WATCH_DEADLINES)
def watch_deadlines() -> None:
    review.watch()


@shared_task(name=jobs.PLAN_MAILS)
def plan_mails() -> None:
    notifications.plan()


@shared_task(name=jobs.PLAN_WEBHOOKS)
def plan_webhooks() -> None:
    webhooks.plan()
