"""Webhooks: which program wants to be told of what, and each message to it. The database writes the messages itself."""

import secrets

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from claims.models.desks import Desk
from claims.models.events import Event, Subject
from claims.models.publication import Publication
from claims.rules import webhooks as rules
from claims.rules import workflow
from claims.rules.webhooks import Kind
from claims.rules.workflow import ClaimState

KINDS = [kind.value for kind in rules.CHOICES]
PUBLIC = [kind.value for kind in rules.PUBLIC]
INTERNAL = [kind.value for kind in rules.INTERNAL]


def draw_salt() -> str:
    return secrets.token_hex(16)


class WebhookState(models.TextChoices):
    ACTIVE = "active", _("enabled")
    PAUSED = "paused", _("paused")
    DISABLED = "disabled", _("disabled")


class Webhook(models.Model):
    """An address that is told of what happens at a desk.

    Its secret is not stored: it is derived from SECRET_KEY and a salt, so that a copy of the database signs nothing.
    """

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField(max_length=100, help_text="What receives it, for people.")
    url = models.CharField(max_length=2048)
    kinds = ArrayField(models.CharField(max_length=32, choices=workflow.choices(Kind)))
    state = models.CharField(max_length=8, choices=WebhookState.choices, default=WebhookState.ACTIVE)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was disabled.")
    salt = models.CharField(max_length=32, default=draw_salt, editable=False)
    old_salt = models.CharField(max_length=32, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False, help_text="Until when the secret before signs as well.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # Counts the changes that people make: whoever saves a form that began with an older one is told.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="webhook_has_a_name"),
            models.CheckConstraint(condition=Q(url__regex=r"^https?://[^\s]+$"), name="webhook_leads_to_the_web"),
            # One without kinds would be silent for ever; with an unknown one, as good as.
            models.CheckConstraint(
                condition=Q(kinds__len__gt=0, kinds__contained_by=KINDS), name="webhook_kinds_known"
            ),
            models.CheckConstraint(condition=Q(state__in=WebhookState.values), name="webhook_state_known"),
            # Nobody may have to guess why nothing comes any more.
            models.CheckConstraint(
                condition=(Q(state=WebhookState.DISABLED) & ~Q(reason=""))
                | (~Q(state=WebhookState.DISABLED) & Q(reason="")),
                name="webhook_disabled_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(old_salt="", old_until=None) | (~Q(old_salt="") & Q(old_until__isnull=False)),
                name="webhook_old_secret_ends",
            ),
        ]
        indexes = [models.Index(F("desk"), F("id").desc(), name="webhooks_of_desk")]

    def __str__(self) -> str:
        return f"webhook {self.pk} of {self.desk_id}"

    def key(self) -> bytes:
        """What its messages are signed with: 32 bytes."""
        return _key(self.salt)

    def old_key(self) -> bytes:
        """The one before the last rotation; whoever signs asks `old_until` whether it still does."""
        return _key(self.old_salt)


def _key(salt: str) -> bytes:
    return salted_hmac("claims.webhook", salt, algorithm="sha256").digest()


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("given up")


class Delivery(models.Model):
    """One message to one webhook. Their order is that of their ids: for what is public, the order of publication."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    # The same for every attempt, so that the receiver knows what it has already.
    message = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    kind = models.CharField(max_length=32, choices=workflow.choices(Kind))
    # Neither is ever deleted: an index that finds the messages of one would serve nothing.
    publication = models.ForeignKey(Publication, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.ForeignKey(Event, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING, db_default=DeliveryState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Fences late ends of an attempt.")
    due_at = models.DateTimeField(db_default=Now(), help_text="When it is tried next, while it waits.")
    tried_at = models.DateTimeField(null=True, help_text="When the last attempt began.")
    status = models.PositiveSmallIntegerField(null=True, help_text="What the last attempt was answered with.")
    took_ms = models.PositiveIntegerField(null=True, help_text="How long the last attempt took, in milliseconds.")
    error = models.CharField(max_length=300, blank=True, db_default="", help_text="Why the last attempt failed.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=Q(kind__in=PUBLIC, publication__isnull=False, event=None)
                | Q(kind__in=INTERNAL, publication=None, event__isnull=False)
                | Q(kind=Kind.TEST.value, publication=None, event=None),
                name="delivery_tells_of_one_thing",
            ),
            # Nothing is told twice under two ids.
            models.UniqueConstraint(fields=["webhook", "publication"], name="delivery_once_per_publication"),
            models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once_per_event"),
        ]
        indexes = [
            models.Index(F("webhook"), F("id").desc(), name="deliveries_of_webhook"),
            # The clock's job and the sender read the first of each webhook, and nothing else.
            models.Index(fields=["webhook", "id"], condition=Q(state=DeliveryState.PENDING), name="deliveries_to_send"),
            models.Index(
                F("webhook"), F("tried_at").desc(), condition=Q(tried_at__isnull=False), name="deliveries_last_tried"
            ),
            models.Index(fields=["created_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.webhook_id}"

    @property
    def message_id(self) -> str:
        """The `webhook-id` of the standard."""
        return f"msg_{self.message.hex}"


# --- Who writes the messages ------------------------------------------------------------------------------------------

# In the transaction of what they tell of, whatever verb did it. The lock lets nobody delete the webhook before that is
# committed; with the publication's own lock the messages have the order of the publications.
TELL_SQL = """
    INSERT INTO claims_delivery (webhook_id, kind, {column})
    SELECT w.id, {kind}, NEW.id FROM claims_webhook w
     WHERE w.desk_id = {desk} AND {kind} = ANY (w.kinds)
       FOR KEY SHARE OF w;
    RETURN NULL;
"""
# However a claim came to be decided, by one review, two, an approval or an adjudication, is not told.
KIND_OF_EVENT_SQL = "CASE NEW.subject_type WHEN 'claim' THEN 'claim.decided' ELSE NEW.kind END"
DESK_OF_EVENT_SQL = """(
    CASE NEW.subject_type
        WHEN 'claim' THEN (SELECT c.desk_id FROM claims_claim c WHERE c.id = NEW.subject_id)
        ELSE (SELECT a.desk_id FROM claims_article a WHERE a.id = NEW.subject_id)
    END)"""


class PublicationTold(Publication):
    """The log of publications with the trigger that writes the messages; it knows no webhooks by itself."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="publication_is_told_to_webhooks",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func=TELL_SQL.format(column="publication_id", kind="'verdict.' || NEW.action", desk="NEW.desk_id"),
            ),
        ]


class EventTold(Event):
    """The record of events, likewise."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="event_is_told_to_webhooks",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind=Kind.READ.value)
                | pgtrigger.Q(new__subject_type=Subject.CLAIM.value, new__to_state=ClaimState.DECIDED.value),
                func=TELL_SQL.format(column="event_id", kind=KIND_OF_EVENT_SQL, desk=DESK_OF_EVENT_SQL),
            ),
        ]
