"""The queue of record: PostgreSQL says what is to be done, Celery carries it out.

enqueue() in the business transaction, send on commit (the fast path) or by the dispatcher each second, claim in the
worker, effect and "done" in one transaction. Whoever works on a job holds an advisory lock of its own database session:
when the worker dies, PostgreSQL lets go of the lock at that moment, and the dispatcher knows without any heartbeat.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Greatest, Now
from kombu.exceptions import OperationalError as BrokerError

from claims.models.jobs import Job, JobState
from claims.models.rows import read

log = structlog.get_logger(__name__)

# A message that no worker took in this time counts as lost by the broker. Sending it twice does no harm.
SENT_IS_LOST_AFTER = timedelta(seconds=15)

# Nobody should wait seconds for a broker that is away. The worker's own connections, which must outlive that, wait.
ASK_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

Quarantined = Callable[[Job], None]
_when_quarantined: dict[str, Quarantined] = {}
_kept_on_trying: set[str] = set()
KEPT_FOR = timedelta(days=1)


class Fenced(Exception):  # noqa: N818 - it names what happened
    """Somebody else has the job by now; what this worker did is rolled back."""


def when_quarantined(name: str, call: Quarantined) -> None:
    """Register what happens, in the same transaction, to the thing whose job of this name was given up."""
    _when_quarantined[name] = call


def keep_trying(name: str) -> None:
    """Register that a job of this name, when its attempts failed, is put off and begins anew, for a day at most.

    For what waits for somebody else's server. Each time it waits as long again as it is old, at least a minute.
    """
    _kept_on_trying.add(name)


ENQUEUE_SQL = """
    INSERT INTO claims_job (name, key, args, state, attempts, stage, progress, error)
    VALUES (%s, %s, %s, 'queued', 0, '', 0, '')
    ON CONFLICT (key) WHERE state IN ('queued', 'sent', 'running') DO NOTHING RETURNING *
"""
# As due() and in_flight() have it.
SEND_SQL = """
    UPDATE claims_job SET state = 'sent', sent_at = statement_timestamp()
     WHERE id = %s AND state = 'queued' AND due_at <= statement_timestamp()
       AND (SELECT count(*) FROM claims_job WHERE state IN ('sent', 'running')) < %s
    RETURNING *
"""


def enqueue(name: str, key: str, args: dict[str, Any]) -> Job:
    """Write a job in the caller's transaction. An open one with the same key is returned instead: twice is once."""
    if not connection.in_atomic_block:
        raise RuntimeError("A job is written in the transaction that makes it necessary.")
    job = None
    while job is None:
        # The open one may end between the two statements; then there is room for a new one.
        made = read(Job, ENQUEUE_SQL, [name, key, json.dumps(args)])
        job = made[0] if made else Job.objects.open().filter(key=key).first()
    job_id = job.pk
    transaction.on_commit(lambda: send_soon(job_id), robust=True)
    return job


def send_soon(job_id: int) -> None:
    """The fast path after commit. Whatever goes wrong here, the dispatcher makes good."""
    for job in read(Job, SEND_SQL, [job_id, settings.JOBS_IN_FLIGHT]):
        _publish(job)


@transaction.atomic
def _take_due() -> list[Job]:
    room = max(0, settings.JOBS_IN_FLIGHT - Job.objects.in_flight().count())
    due = list(Job.objects.due().select_for_update(skip_locked=True)[:room])
    Job.objects.filter(pk__in=[job.pk for job in due]).update(state=JobState.SENT, sent_at=Now())
    return due


def dispatch() -> int:
    """Take back what was lost, then send what is due, within the bound of what may be in flight; returns how many."""
    take_back()
    return send_due()


def send_due() -> int:
    """Send what is due as far as there is room; also called by whoever has just made room by finishing a job."""
    return sum(_publish(job) for job in _take_due())


def _publish(job: Job) -> bool:
    try:
        with current_app.connection_for_write(transport_options=ASK_ONCE) as connection:
            current_app.send_task(
                job.name, args=[job.pk], task_id=f"{job.pk}-{job.attempts + 1}", connection=connection
            )
    except (BrokerError, OSError) as error:
        # The row stays the record: it is due again in a moment, and readiness tells that the broker is away.
        log.warning("broker_unreachable", job=job.pk, error=str(error))
        later = Now() + timedelta(seconds=2)
        Job.objects.filter(pk=job.pk, state=JobState.SENT).update(state=JobState.QUEUED, sent_at=None, due_at=later)
        return False
    return True


# --- In the worker ----------------------------------------------------------------------------------------------------


LOCK_SQL = "SELECT pg_try_advisory_lock(hashtextextended('claims_job:' || %s::bigint, 0))"
UNLOCK_SQL = "SELECT pg_advisory_unlock(hashtextextended('claims_job:' || %s::bigint, 0))"


@contextmanager
def claimed(job_id: int, name: str) -> Iterator[Job | None]:
    """Claim a job for the length of the block; None when it is done, somebody else's, or no job of this name.

    An exception inside the block counts as a failed attempt; it is stored with the job and raised no further.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, [job_id])
        (locked,) = cursor.fetchone()
    if not locked:
        yield None
        return
    try:
        waiting = Job.objects.filter(pk=job_id, name=name, state__in=(JobState.QUEUED, JobState.SENT))
        begun = {"state": JobState.RUNNING, "attempts": F("attempts") + 1, "started_at": Now()}
        taken = waiting.update(**begun, stage="", progress=0)
        job = Job.objects.get(pk=job_id) if taken else None
        try:
            yield job
        except Fenced:
            log.info("fenced", job=job_id)
        except Exception as error:
            if job is None:
                raise
            log.exception("job_failed", job=job_id, name=name, attempt=job.attempts)
            fail(job, f"{type(error).__name__}: {error}")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(UNLOCK_SQL, [job_id])


@contextmanager
def finishing(job: Job) -> Iterator[None]:
    """The transaction in which the job's effect and its "done" are stored together; raises Fenced when too late."""
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)
        if not mine.update(state=JobState.DONE, finished_at=Now(), stage="", progress=100, error=""):
            raise Fenced
        yield


def report(job: Job, stage: str, percent: int) -> None:
    """Tell the person who waits how far it is. Outside of finishing(), so that it is seen at once."""
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(stage=stage, progress=max(0, min(100, percent)))


@transaction.atomic
def fail(job: Job, error: str) -> None:
    """Note a failed attempt: try again a little later, or quarantine after the last one."""
    row = Job.objects.select_for_update().filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts).first()
    if row is not None:
        _again_or_never(row, error)


def _again_or_never(job: Job, error: str) -> None:
    # An exception may quote what it choked on, and PostgreSQL stores neither NUL nor lone surrogates.
    error = error.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    if job.attempts < Job.MAX_ATTEMPTS:
        later = Now() + timedelta(seconds=2**job.attempts - 1)
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, sent_at=None, due_at=later, error=error[:4000])
        return
    if job.name in _kept_on_trying:
        young = Job.objects.filter(pk=job.pk, created_at__gt=Now() - KEPT_FOR / 2)
        later = Now() + Greatest(Now() - F("created_at"), timedelta(minutes=1))
        begun = {"state": JobState.QUEUED, "attempts": 0, "sent_at": None}
        if young.update(**begun, due_at=later, error=error[:4000]):
            return
    Job.objects.filter(pk=job.pk).update(state=JobState.DEAD, finished_at=Now(), error=error[:4000])
    job.refresh_from_db()
    hook = _when_quarantined.get(job.name)
    if hook is None:
        return
    try:
        with transaction.atomic():
            hook(job)
    except Exception:
        # The job has to leave the queue all the same: otherwise it would stop the dispatcher, and with it everybody.
        log.exception("quarantine_not_told", job=job.pk, name=job.name)


# The rows are read first and tested then: PostgreSQL may otherwise take the lock of rows that the filter drops.
LOST_SQL = """
    WITH running AS MATERIALIZED (
        SELECT id FROM claims_job WHERE state = 'running' ORDER BY id FOR UPDATE SKIP LOCKED
    )
    SELECT id FROM running WHERE pg_try_advisory_xact_lock(hashtextextended('claims_job:' || id, 0))
"""


@transaction.atomic
def take_back() -> None:
    """Put back what was sent and never arrived, and what a dead worker left; the latter counts as an attempt."""
    lost_messages = Job.objects.filter(state=JobState.SENT, sent_at__lt=Now() - SENT_IS_LOST_AFTER)
    lost_messages.update(state=JobState.QUEUED, sent_at=None)
    with connection.cursor() as cursor:
        cursor.execute(LOST_SQL)
        lost = [row[0] for row in cursor.fetchall()]
    for job in Job.objects.filter(pk__in=lost):
        _again_or_never(job, "The worker died while it worked on this (killed, out of memory, or restarted).")


@transaction.atomic
def retry(job_id: int) -> bool:
    """Let a quarantined job begin anew with all its attempts. False when it is not quarantined any more, or outlived.

    Outlived is what a newer job of the same key has taken up: that one may be done, and doing it twice would fail.
    """
    newer = Job.objects.filter(key=OuterRef("key"), pk__gt=OuterRef("pk"))
    dead = Job.objects.filter(~Exists(newer), pk=job_id, state=JobState.DEAD)
    again = dead.update(state=JobState.QUEUED, attempts=0, due_at=Now(), finished_at=None, error="", sent_at=None)
    if again:
        transaction.on_commit(lambda: send_soon(job_id), robust=True)
    return bool(again)
