"""The record of who did what. The database chains each subject's events; a job seals all of them into one chain."""

import hashlib
from dataclasses import dataclass

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Subject(models.TextChoices):
    ARTICLE = "article", _("article")
    CLAIM = "claim", _("claim")
    SOURCE = "source", _("source")
    DESK = "desk", _("desk")


# What is hashed, in this order, joined by line feeds. ``data::text`` is PostgreSQL's own canonical form of jsonb.
CHAIN_SQL = """
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.subject_type || ':' || NEW.subject_id, 0));
    SELECT sequence, hash INTO last_sequence, last_hash FROM claims_event
     WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id
     ORDER BY sequence DESC LIMIT 1;
    NEW.sequence := coalesce(last_sequence, 0) + 1;
    NEW.previous_hash := coalesce(last_hash, '\\x'::bytea);
    NEW.at := clock_timestamp();
    NEW.seal_id := NULL;
    NEW.hash := sha256(convert_to(concat_ws(E'\\n',
        NEW.subject_type, NEW.subject_id, NEW.sequence, NEW.kind, coalesce(NEW.actor_id::text, '-'),
        to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), NEW.from_state, NEW.to_state, NEW.reason,
        NEW.data::text, encode(NEW.previous_hash, 'hex')), 'UTF8'));
    RETURN NEW;
"""

SEAL_ONLY_SQL = """
    -- The one change that a stored event may see is that a seal takes it in.
    IF OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL AND to_jsonb(OLD) - 'seal_id' = to_jsonb(NEW) - 'seal_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'events are append-only: event % cannot be changed', OLD.id USING ERRCODE = 'restrict_violation';
"""


class Seal(models.Model):
    """A minute's events under one Merkle root, chained to the seal before it: no subject is rewritten unnoticed."""

    sequence = models.PositiveBigIntegerField(unique=True)
    events = models.PositiveIntegerField(help_text="How many events it seals.")
    merkle_root = models.BinaryField(max_length=32)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(events__gt=0), name="seal_holds_events"),
            # A fork of the global chain would let one of two histories be dropped.
            models.UniqueConstraint(fields=["previous_hash"], name="seal_chain_does_not_fork"),
        ]
        triggers = [
            pgtrigger.Protect(name="seal_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"seal {self.sequence}"


@dataclass(frozen=True)
class ChainedEvent:
    """The columns that are hashed, as read back for verification; ``data`` is the text of the jsonb."""

    id: int
    subject_type: str
    subject_id: int
    sequence: int
    kind: str
    actor_id: int | None
    at: str
    from_state: str
    to_state: str
    reason: str
    data: str
    previous_hash: bytes
    hash: bytes

    def expected_hash(self) -> bytes:
        actor = "-" if self.actor_id is None else str(self.actor_id)
        parts = (
            self.subject_type, str(self.subject_id), str(self.sequence), self.kind, actor, self.at,
            self.from_state, self.to_state, self.reason, self.data, self.previous_hash.hex(),
        )  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).digest()


class EventQuerySet(models.QuerySet["Event"]):
    def of(self, subject: str, subject_id: int) -> "EventQuerySet":
        """The history of one subject, oldest first."""
        return self.filter(subject_type=subject, subject_id=subject_id).order_by("sequence")

    def unsealed(self) -> "EventQuerySet":
        return self.filter(seal=None).order_by("id")


class Event(models.Model):
    """Who did what to which subject, when, from what to what, and why. Sequence, time and hashes are the database's."""

    subject_type = models.CharField(max_length=16, choices=Subject.choices)
    subject_id = models.BigIntegerField()
    sequence = models.PositiveIntegerField(editable=False)
    kind = models.CharField(max_length=64, help_text="What happened, such as claim.submitted.")
    # Nothing asks for all that somebody did, and an index more is written with every step of every claim.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Empty: the machine.",
    )
    at = models.DateTimeField(editable=False)
    from_state = models.CharField(max_length=32, blank=True)
    to_state = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    previous_hash = models.BinaryField(max_length=32, editable=False)
    hash = models.BinaryField(max_length=32, editable=False)
    seal = models.ForeignKey(
        Seal, null=True, editable=False, on_delete=models.PROTECT, related_name="sealed", db_index=False
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "sequence"], name="event_sequence_has_no_twins"
            ),
            models.CheckConstraint(condition=Q(subject_type__in=Subject.values), name="event_subject_known"),
            models.CheckConstraint(condition=~Q(kind=""), name="event_has_a_kind"),
            # The hash joins the fields by line feeds: only the reason may hold one, so that each stays in its place.
            models.CheckConstraint(
                condition=~(Q(kind__contains="\n") | Q(from_state__contains="\n") | Q(to_state__contains="\n")),
                name="event_fields_are_one_line",
            ),
        ]
        indexes = [
            # The sealing job reads only what is new; the index holds a minute's events.
            models.Index(fields=["id"], condition=Q(seal=None), name="event_unsealed"),
            models.Index(fields=["seal"], condition=Q(seal__isnull=False), name="event_of_seal"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="event_is_chained",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last_sequence", "integer"), ("last_hash", "bytea")],
                func=CHAIN_SQL,
            ),
            pgtrigger.Trigger(
                name="event_is_only_sealed", when=pgtrigger.Before, operation=pgtrigger.Update, func=SEAL_ONLY_SQL
            ),
            pgtrigger.Protect(name="event_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.sequence}"
