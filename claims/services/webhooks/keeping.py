"""What admins do with the webhooks of their desk: add, change, pause, rotate the secret, send a test, send again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from claims import egress
from claims.models.desks import Desk
from claims.models.events import Subject
from claims.models.rows import read
from claims.models.webhooks import Delivery, DeliveryState, Webhook, WebhookState, draw_salt
from claims.rules import webhooks as rules
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.rights import Right, has
from claims.rules.webhooks import Kind
from claims.rules.workflow import Missing
from claims.services import desks
from claims.services.events import record, verb
from claims.services.webhooks.sending import wake

# More receivers than these are better served by the feed of verdicts.
MOST = 20
NAME_LIMIT = 100


@dataclass(frozen=True)
class Settings:
    """What a person says of a webhook: what receives it, where, and which kinds of messages it wants."""

    name: str
    url: str
    kinds: Collection[str]


def of_desk(desk: Desk, webhook_id: int) -> Webhook:
    """A webhook of this desk; raises Absent."""
    found = Webhook.objects.filter(pk=webhook_id, desk=desk).select_related("created_by").first()
    if found is None:
        raise Absent.one("webhook", "absent", "There is no such webhook at this desk.")
    return found


def deliveries(webhook: Webhook) -> QuerySet[Delivery]:
    """What was sent to it and what waits, of the last 30 days; with the claim or the article that each is about."""
    rows = Delivery.objects.filter(webhook=webhook).select_related("publication", "event")
    return rows.defer("publication__statements", "event__data", "event__reason")


def delivery_of(webhook: Webhook, delivery_id: int) -> Delivery:
    """A message to this webhook; raises Absent, also for one that is forgotten."""
    found = deliveries(webhook).filter(pk=delivery_id).first()
    if found is None:
        raise Absent.one("delivery", "absent", "There is no such message to this webhook.")
    return found


LAST_SQL = """
    SELECT d.* FROM claims_webhook w CROSS JOIN LATERAL (
        SELECT * FROM claims_delivery WHERE webhook_id = w.id AND tried_at IS NOT NULL ORDER BY tried_at DESC LIMIT 1
    ) d WHERE w.id = ANY (%s)
"""


def summary(webhooks: Sequence[Webhook]) -> dict[int, Delivery]:
    """Webhook id → the delivery that was tried last, for those with any; one query."""
    return {row.webhook_id: row for row in read(Delivery, LAST_SQL, [[each.pk for each in webhooks]])}


def secret_of(webhook: Webhook) -> str:
    """The secret as its receiver enters it. Shown when it is made, and never again."""
    return rules.secret_text(webhook.key())


@verb
def add(desk: Desk, wanted: Settings, *, actor: Any) -> Webhook:
    """Tell this address from now on. Raises Forbidden, and Refused for what no message could be sent to."""
    _check_may(desk.pk, actor)
    wanted = _checked(wanted)
    # Counted under the desk's lock: two at once would both be the last one.
    Desk.objects.select_for_update(no_key=True).get(pk=desk.pk)
    if Webhook.objects.filter(desk=desk).count() >= MOST:
        raise Refused.one("webhook", "too_many", f"A desk has at most {MOST} webhooks. Remove one first.")
    made = Webhook.objects.create(
        desk=desk, name=wanted.name, url=wanted.url, kinds=list(wanted.kinds), created_by=actor
    )
    _tell("desk.webhook_added", made, actor, kinds=made.kinds)
    made.refresh_from_db()
    return made


@verb
def change(webhook: Webhook, wanted: Settings, *, actor: Any, version: int | None = None) -> Webhook:
    """Tell another address, or of other kinds. What waits goes to the new address.

    Raises Forbidden, Refused, and Conflict where somebody changed it since ``version``.
    """
    _check_may(webhook.desk_id, actor)
    wanted = _checked(wanted)
    stored = _locked(webhook)
    if version is not None and version != stored.version:
        current = {"name": stored.name, "url": stored.url, "kinds": stored.kinds}
        message = "Somebody changed this webhook meanwhile. Look at what they saved, and save yours again."
        raise Conflict.with_details("webhook", "changed_meanwhile", message, current=current)
    said = {"name": wanted.name, "url": wanted.url, "kinds": list(wanted.kinds)}
    if any(getattr(stored, name) != value for name, value in said.items()):
        Webhook.objects.filter(pk=stored.pk).update(**said, version=F("version") + 1)
        stored.refresh_from_db()
        _tell("desk.webhook_changed", stored, actor, kinds=stored.kinds)
    return stored


@verb
def pause(webhook: Webhook, *, actor: Any) -> Webhook:
    """Send nothing until it is resumed. What happens meanwhile waits, as long as messages are kept."""
    _check_may(webhook.desk_id, actor)
    stored = _locked(webhook)
    if stored.state == WebhookState.ACTIVE:
        _move(stored, WebhookState.PAUSED, "desk.webhook_paused", actor)
    return stored


@verb
def resume(webhook: Webhook, *, actor: Any) -> Webhook:
    """Send again, beginning with what waits; what was given up when it was disabled is tried anew, in its place."""
    _check_may(webhook.desk_id, actor)
    stored = _locked(webhook)
    if stored.state != WebhookState.ACTIVE:
        _move(stored, WebhookState.ACTIVE, "desk.webhook_resumed", actor)
        waiting = Delivery.objects.filter(webhook=stored).exclude(state=DeliveryState.DELIVERED)
        waiting.update(state=DeliveryState.PENDING, attempts=0, due_at=Now())
        _soon()
    return stored


@verb
def rotate(webhook: Webhook, *, actor: Any) -> Webhook:
    """Draw a new secret. For a day messages are signed with both, so that the receiver can change in between."""
    _check_may(webhook.desk_id, actor)
    stored = _locked(webhook)
    Webhook.objects.filter(pk=stored.pk).update(
        salt=draw_salt(), old_salt=stored.salt, old_until=Now() + rules.BOTH_VALID_FOR, version=F("version") + 1
    )
    _tell("desk.webhook_rotated", stored, actor)
    stored.refresh_from_db()
    return stored


@verb
def remove(webhook: Webhook, *, actor: Any) -> None:
    """It is told of nothing more; what waits and what was sent goes with it. The desk's history keeps that it was."""
    _check_may(webhook.desk_id, actor)
    # Whoever publishes at this moment holds the row until commit, so that no message comes after this.
    stored = Webhook.objects.select_for_update().filter(pk=webhook.pk).first()
    if stored is None:
        raise Absent.one("webhook", "absent", "There is no such webhook at this desk.")
    _tell("desk.webhook_removed", stored, actor)
    stored.delete()


@verb
def send_test(webhook: Webhook, *, actor: Any) -> Delivery:
    """A message that tells of nothing, behind what waits, which is tried at once. Raises Conflict when paused."""
    _check_may(webhook.desk_id, actor)
    stored = _locked(webhook)
    _check_active(stored)
    Delivery.objects.filter(webhook=stored, state=DeliveryState.PENDING).update(due_at=Now())
    if Delivery.objects.filter(webhook=stored, state=DeliveryState.PENDING, kind=Kind.TEST.value).exists():
        raise Conflict.with_details("webhook", "test_waits", "A test is under way. See what becomes of it first.")
    made = Delivery.objects.create(webhook=stored, kind=Kind.TEST.value)
    made.refresh_from_db()
    _soon()
    return made


@verb
def send_again(delivery: Delivery, *, actor: Any) -> Delivery:
    """Send a message once more, with its id and before those that came after it. Raises Conflict when paused."""
    stored = _locked(delivery.webhook)
    _check_may(stored.desk_id, actor)
    _check_active(stored)
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.PENDING, attempts=0, due_at=Now())
    delivery.refresh_from_db()
    _soon()
    return delivery


def _soon() -> None:
    transaction.on_commit(wake, robust=True)


def _check_may(desk_id: int, actor: Any) -> None:
    if not has(desks.role_at(desk_id, actor), Right.MANAGE_WEBHOOKS):
        raise Forbidden.one("desk", "not_allowed", "At this desk you do not keep webhooks.")


def _check_active(webhook: Webhook) -> None:
    if webhook.state != WebhookState.ACTIVE:
        raise Conflict.with_details("webhook", webhook.state, "Nothing is sent to this webhook. Resume it first.")


def _checked(wanted: Settings) -> Settings:
    """The settings as they are stored; raises Refused with everything that is wrong."""
    name, url, wrong = " ".join(wanted.name.split()), wanted.url.strip(), []
    if not 0 < len(name) <= NAME_LIMIT:
        wrong.append(Missing("name", "length", f"Say in at most {NAME_LIMIT} characters what receives it."))
    try:
        egress.read_target(url, settings.EGRESS_ALLOW)
    except egress.EgressRefused as refused:
        wrong.append(Missing("url", refused.code, str(refused)))
    known = [kind.value for kind in rules.CHOICES]
    if not wanted.kinds or not set(wanted.kinds) <= set(known):
        wrong.append(Missing("kinds", "unknown", f"Choose at least one of: {', '.join(known)}."))
    if wrong:
        raise Refused(wrong)
    return Settings(name, url, [kind for kind in known if kind in wanted.kinds])


def _locked(webhook: Webhook) -> Webhook:
    rows = Webhook.objects.select_for_update(no_key=True, of=("self",)).select_related("desk", "created_by")
    stored = rows.filter(pk=webhook.pk).first()
    if stored is None:
        raise Absent.one("webhook", "absent", "There is no such webhook at this desk.")
    return stored


def _move(webhook: Webhook, state: WebhookState, kind: str, actor: Any) -> None:
    before = webhook.state
    Webhook.objects.filter(pk=webhook.pk).update(state=state, reason="", version=F("version") + 1)
    webhook.refresh_from_db()
    what = {"webhook": webhook.pk, "name": webhook.name}
    record(kind, Subject.DESK, webhook.desk_id, actor=actor, from_state=before, to_state=state.value, data=what)


def _tell(kind: str, webhook: Webhook, actor: Any, **more: Any) -> None:
    """Of the address no more than its host: the rest of it is often a secret as well."""
    what = {"webhook": webhook.pk, "name": webhook.name, "host": urlsplit(webhook.url).hostname, **more}
    record(kind, Subject.DESK, webhook.desk_id, actor=actor, data=what)
