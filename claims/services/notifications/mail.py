"""Mails of what people are told: planned by the clock, each in the queue of record, sent by the worker.

The plan marks what it takes and writes the job in one transaction. A worker that dies right after the mail server took
a mail sends it once more, under the same Message-ID; nothing is lost, and no digest comes twice.
"""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims import jobs
from claims.models.desks import Membership
from claims.models.jobs import Job
from claims.models.notifications import Digest, Notification
from claims.models.rows import database_now
from claims.rules.notifications import Way, digest_day
from claims.services import jobs as queue
from claims.services.events import one_by_one, verb
from claims.services.notifications.choices import digest_time
from claims.services.notifications.telling import listed, visible
from claims.services.notifications.words import page, sentence

# As much as somebody reads in a mail; what is left comes with the next one.
MAIL_LIMIT = 100


# A mail server may be away for hours; nobody sees that a mail which was given up is missing.
queue.keep_trying(jobs.SEND_MAIL)


# --- The plan ---------------------------------------------------------------------------------------------------------


def plan() -> int:
    """Write a job for each mail that is due: at once, or a digest. Returns how many."""
    now = database_now()
    # Whoever left sees nothing of it and is mailed nothing, unless they come back.
    here = Membership.objects.filter(user=OuterRef("user"), desk=OuterRef("desk"), active=True, user__is_active=True)
    waiting = Notification.objects.filter(Exists(here), read_at=None, mailed_at=None)
    by_way = {way: waiting.filter(way=way.value).values("user") for way in (Way.AT_ONCE, Way.DIGEST)}
    people = get_user_model()._default_manager.select_related("digest").order_by("pk")
    at_once = people.filter(pk__in=by_way[Way.AT_ONCE]).values_list("pk", flat=True)
    due = []
    first = Membership.objects.filter(user=OuterRef("pk"), active=True).order_by("desk").values("desk__timezone")[:1]
    for person in people.filter(pk__in=by_way[Way.DIGEST]).annotate(zone=Subquery(first)):
        row = getattr(person, "digest", None)
        if digest_day(digest_time(person, row, zone=person.zone), now, row and row.last_on) is not None:
            due.append(person.pk)
    return one_by_one(at_once, _at_once, "mail_not_planned") + one_by_one(due, _digest, "mail_not_planned")


@verb
def _at_once(user_id: int) -> bool:
    return _enqueue(user_id, Way.AT_ONCE)


@verb
def _digest(user_id: int) -> bool:
    """The person's digest, unless it went out this day. Their row is locked: two plans at once make one digest."""
    Digest.objects.get_or_create(user_id=user_id)
    row = Digest.objects.select_for_update(of=("self",)).select_related("user").get(user=user_id)
    day: date | None = digest_day(digest_time(row.user, row), database_now(), row.last_on)
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
    with translation.override(person.language or settings.LANGUAGE_CODE):
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
