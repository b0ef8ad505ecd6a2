"""The sending: one job at a time, with a thread for each receiver, so that none waits for another.

The database has written the messages already (models.webhooks). Each webhook's are sent one by one, in their order; a
message that failed is tried again, later each time, and what comes after it waits. Every attempt is counted and
committed before it begins: whatever kills the worker, the message goes out again, with the same id.
"""

import random
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from claims import egress, jobs
from claims.models.desks import Membership, Role
from claims.models.events import Subject
from claims.models.jobs import Job
from claims.models.rows import read
from claims.models.webhooks import Delivery, DeliveryState, Webhook, WebhookState
from claims.rules import webhooks as rules
from claims.rules.notifications import Kind
from claims.services import jobs as queue
from claims.services import publication
from claims.services.events import record, verb
from claims.services.notifications import tell
from claims.services.webhooks.messages import body

log = structlog.get_logger(__name__)

# Receivers asked at the same moment. One process of the worker waits for them, for no longer than a round; who is asked
# in the first half of it has the rest of the round to answer, five to ten seconds.
AT_ONCE = 32
ROUND_S = 10
# How often a round looks for what is new while a slow receiver makes it wait.
LOOK_S = 1.0
FORGOTTEN_AT_ONCE = 1000
KEY = "send webhooks"
GONE = 410

# The first message that waits, of each webhook that is sent to; the others behind it wait with it.
DUE_SQL = """
    SELECT d.* FROM claims_webhook w CROSS JOIN LATERAL (
        SELECT * FROM claims_delivery WHERE webhook_id = w.id AND state = 'pending' ORDER BY id LIMIT 1
    ) d WHERE w.state = 'active' AND NOT w.id = ANY (%s) AND d.due_at <= statement_timestamp()
    ORDER BY d.due_at, d.id LIMIT %s
"""


@dataclass(frozen=True)
class Request:
    """All that a thread needs to make one attempt; threads never ask the database."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: the status of the answer, if there was one, and why it failed, if it did."""

    status: int | None
    error: str
    took_ms: int


# --- The plan ---------------------------------------------------------------------------------------------------------


@verb
def plan() -> None:
    """What the clock asks for: have what is due sent, and forget what is too old."""
    old = Delivery.objects.filter(created_at__lt=Now() - rules.KEPT_FOR).order_by("created_at")
    Delivery.objects.filter(pk__in=old.values("pk")[:FORGOTTEN_AT_ONCE]).delete()
    wake()


@verb
def wake() -> None:
    """Have what is due sent. Also called after each step in public, so that nobody waits for the clock."""
    if _due([], 1):
        queue.enqueue(jobs.SEND_WEBHOOKS, KEY, {})


publication.when_public(wake)


def _due(but: list[int], limit: int) -> list[Delivery]:
    return read(Delivery, DUE_SQL, [but, limit])


# --- In the worker ----------------------------------------------------------------------------------------------------


def send(job: Job) -> None:
    """The job that sends what is due, until nothing is or its round is over.

    There is one such job at a time, so that receivers that hang never hold more than one process of the worker.
    """
    end = time.monotonic() + ROUND_S
    under_way: dict[Future[Outcome], Delivery] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            left = end - time.monotonic()
            if left >= ROUND_S / 2:
                busy = [each.webhook_id for each in under_way.values()]
                for delivery in _due(busy, AT_ONCE - len(under_way)):
                    if not _count(delivery):
                        continue
                    try:
                        under_way[pool.submit(_attempt, _signed(delivery), round(left))] = delivery
                    except Exception:
                        _end(delivery, _our_fault("webhook_not_signed"))
            if not under_way:
                break
            for future in wait(under_way, LOOK_S, FIRST_COMPLETED).done:
                _end(under_way.pop(future), future.result())
    with queue.finishing(job):
        wake()


def _count(delivery: Delivery) -> bool:
    """Begin an attempt. False when the webhook or the message went away meanwhile."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, webhook__state=WebhookState.ACTIVE)
    begun = mine.update(attempts=F("attempts") + 1, tried_at=Now())
    delivery.attempts += begun
    return bool(begun)


def _signed(delivery: Delivery) -> Request:
    """What is to be sent, as its receiver can check it."""
    row = Delivery.objects.select_related("event", "webhook__desk").get(pk=delivery.pk)
    # By the database's clock: that of a worker may be wrong by minutes, and receivers refuse what is too old.
    at, webhook = row.tried_at, row.webhook
    if at is None:
        raise RuntimeError("An attempt has a time.")
    keys = [webhook.key()]
    if webhook.old_until and webhook.old_until > at:
        keys.append(webhook.old_key())
    content, seconds = body(row, webhook), int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": rules.signatures(row.message_id, seconds, content, keys),
    }
    return Request(webhook.url, content, headers)


def _attempt(request: Request, timeout_s: int) -> Outcome:
    """In a thread: the request through the one way out. Nothing of the answer is kept but its status."""
    begun = time.monotonic()
    status, error = None, ""
    try:
        allow = settings.EGRESS_ALLOW
        status = egress.post(request.url, request.body, request.headers, allow=allow, timeout_s=timeout_s).status
        if not 200 <= status < 300:
            error = f"The receiver answered with {status}."
    except egress.EgressError as failed:
        error = str(failed)
    except Exception:
        return _our_fault("webhook_not_asked")
    return Outcome(status, error[:300], round((time.monotonic() - begun) * 1000))


def _our_fault(what: str) -> Outcome:
    """A fault of our own with one receiver must not keep every other one from being told. While it is handled."""
    log.exception(what)
    return Outcome(None, "The request failed within the workbench; its log says why.", 0)


@transaction.atomic
def _end(delivery: Delivery, outcome: Outcome) -> None:
    """Store what became of the attempt. A message that was begun anew meanwhile, or removed, is left as it is."""
    webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=delivery.webhook_id).first()
    mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, attempts=delivery.attempts)
    seen: dict[str, Any] = {"status": outcome.status, "error": outcome.error, "took_ms": outcome.took_ms}
    if webhook is None:
        return
    if not outcome.error:
        mine.update(**seen, state=DeliveryState.DELIVERED)
        return
    # Which receivers come back at which moment is nobody's secret.
    wait_for = rules.delay(delivery.attempts, random.random())  # noqa: S311 - spreads load
    if outcome.status == GONE:
        why = "The receiver answered with 410: it wants nothing more."
    elif wait_for is None:
        count, error = delivery.attempts, outcome.error
        why = f"Nothing arrived in {count} attempts. The last time: {error} Resume it when the receiver is mended."
    else:
        mine.update(**seen, due_at=Now() + wait_for)
        return
    if mine.update(**seen, state=DeliveryState.FAILED):
        _disable(webhook, why)


def _disable(webhook: Webhook, why: str) -> None:
    """Nothing is sent any more until an admin resumes it, and they are told so."""
    mine = Webhook.objects.filter(pk=webhook.pk).exclude(state=WebhookState.DISABLED)
    if not mine.update(state=WebhookState.DISABLED, reason=why, version=F("version") + 1):
        return
    what = {"webhook": webhook.pk, "name": webhook.name}
    record(
        "desk.webhook_disabled",
        Subject.DESK,
        webhook.desk_id,
        from_state=webhook.state,
        to_state=WebhookState.DISABLED.value,
        reason=why,
        data=what,
    )
    admins = Membership.objects.filter(desk=webhook.desk_id, role=Role.ADMIN, active=True).values_list(
        "user", flat=True
    )
    tell(list(admins), Kind.WEBHOOK_DISABLED, desk_id=webhook.desk_id, data={"webhook": webhook.pk})
