"""Mails of what people are told: planned by the clock, each in the queue of record, sent by the worker.

The plan marks what it takes and writes the job in one transaction. A worker that dies right after the mail server took
a mail sends it once more, under the same Message-ID; nothing is lost, and no digest comes twice.
"""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims import jobs
from claims.models.jobs import Job
from claims.models.notifications import Digest, Notification
from claims.rules.notifications import DigestTime, Way, digest_day
from claims.services import jobs as queue
from claims.services.events import verb
from claims.services.notifications.telling import listed, visible
from claims.services.notifications.words import page, sentence

log = structlog.get_logger(__name__)

# As much as somebody reads in a mail; what is left comes with the next one.
MAIL_LIMIT = 100
WAITING = ("user", "user__digest__hour", "user__digest__days", "user__digest__timezone", "user__digest__last_on")


# --- The plan ---------------------------------------------------------------------------------------------------------


def plan() -> int:
    """Write a job for each mail that is due: at once, or a digest. Returns how many."""
    now = _database_now()
    people = Notification.objects.filter(read_at=None, mailed_at=None)
    due = dict.fromkeys(people.filter(way=Way.AT_ONCE.value).values_list("user", flat=True).distinct())
    planned = sum(_each(user) for user in due)
    waiting = people.filter(way=Way.DIGEST.value).values_list(*WAITING, "desk__timezone").order_by("user", "desk")
    seen: set[int] = set()
    for user, hour, days, zone, last, desk_zone in waiting.distinct():
        if user in seen:
            continue
        seen.add(user)
        when = DigestTime(zone=desk_zone) if hour is None else DigestTime(hour, tuple(days), zone)
        if digest_day(when, now, last) is not None:
            planned += _each(user, digest_in=desk_zone)
    return planned


def _each(user_id: int, *, digest_in: str = "") -> bool:
    """One that cannot be planned is logged and left: the others must not wait for it."""
    try:
        return _digest(user_id, digest_in) if digest_in else _at_once(user_id)
    except Exception:
        log.exception("mail_not_planned", user=user_id)
        return False


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchone()[0]
    return now


@verb
def _at_once(user_id: int) -> bool:
    return _enqueue(user_id, Way.AT_ONCE)


@verb
def _digest(user_id: int, zone: str) -> bool:
    """The person's digest, unless it went out this day. Their row is locked: two plans at once make one digest."""
    Digest.objects.get_or_create(user_id=user_id, defaults={"timezone": zone})
    row = Digest.objects.select_for_update().get(user=user_id)
    day: date | None = digest_day(DigestTime(row.hour, tuple(row.days), row.timezone), _database_now(), row.last_on)
    if day is None or not _enqueue(user_id, Way.DIGEST):
        return False
    Digest.objects.filter(pk=row.pk).update(last_on=day)
    return True


def _enqueue(user_id: int, way: Way) -> bool:
    """Take what the person can see now; what they cannot waits until they can."""
    seen = visible(_person(user_id)).filter(read_at=None, mailed_at=None, way=way.value).values("pk")
    rows = Notification.objects.filter(pk__in=seen, mailed_at=None).order_by("pk")
    ids = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:MAIL_LIMIT])
    if not ids:
        return False
    Notification.objects.filter(pk__in=ids).update(mailed_at=Now())
    args = {"user": user_id, "notifications": ids, "digest": way is Way.DIGEST}
    queue.enqueue(jobs.SEND_MAIL, f"mail to {user_id} from {ids[0]}", args)
    return True


def _person(user_id: int) -> Any:
    return get_user_model()._default_manager.get(pk=user_id)


# --- In the worker ----------------------------------------------------------------------------------------------------


def send(job: Job) -> None:
    """The job that sends one mail. What its reader has read meanwhile, or may not see (any more), is left out."""
    person = _person(job.args["user"])
    ids = job.args["notifications"]
    rows = list(listed(person).filter(pk__in=ids).order_by("pk"))
    unread = [row for row in rows if row.read_at is None]
    if unread and person.is_active and person.email:
        _compose(job, person, unread).send()
    with queue.finishing(job):
        # What a review hides again is planned anew when every review is in.
        Notification.objects.filter(pk__in=set(ids) - {row.pk for row in rows}).update(mailed_at=None)


def _compose(job: Job, person: Any, rows: list[Notification]) -> EmailMultiAlternatives:
    """The mail, as plain text and as HTML, with the same words."""
    with translation.override(settings.LANGUAGE_CODE):
        choices = f"{settings.PUBLIC_URL}{reverse('web:notification_choices')}"
        told = [{"row": row, "sentence": sentence(row), "link": f"{settings.PUBLIC_URL}{page(row)}"} for row in rows]
        values = {"person": person, "told": told, "choices": choices, "digest": job.args["digest"]}
        made = EmailMultiAlternatives(
            subject=_subject(rows, digest=job.args["digest"]),
            body=render_to_string("claims/notifications/mail.txt", values),
            to=[person.email],
            headers={
                # The same for every attempt, so that a mail server or a reader can tell that it is the same one.
                "Message-ID": f"<notifications-{job.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
                "Auto-Submitted": "auto-generated",
                "List-Unsubscribe": f"<{choices}>",
            },
        )
        made.attach_alternative(render_to_string("claims/notifications/mail.html", values), "text/html")
    return made


def _subject(rows: list[Notification], *, digest: bool) -> str:
    if digest:
        return _("Your digest: %(words)s") % {"words": _counted(len(rows))}
    words = sentence(rows[0]) if len(rows) == 1 else _counted(len(rows))
    # A name can hold what a subject cannot.
    return " ".join(words.split())


def _counted(count: int) -> str:
    return ngettext("%(count)d notification", "%(count)d notifications", count) % {"count": count}
