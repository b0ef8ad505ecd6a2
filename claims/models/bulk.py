"""What editors do to many claims at once: the action, and what became of each claim."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.rules import bulk, workflow
from claims.rules.bulk import BulkOutcome, BulkState, BulkVerb
from claims.rules.rights import Right, roles_with


class BulkActionQuerySet(models.QuerySet["BulkAction"]):
    def overseen_by(self, user: Any) -> "BulkActionQuerySet":
        """Everybody's, at the desks where the person may do such things."""
        return self.filter(desk__in=Desk.objects.of(user, roles_with(Right.TRIAGE)))

    def undoable(self) -> "BulkActionQuerySet":
        """Those that changed something and ended so recently, by the database's clock, that they can be undone."""
        ended = (BulkState.DONE, BulkState.CANCELLED)
        return self.filter(state__in=ended, done__gt=0, finished_at__gt=Now() - bulk.UNDO_FOR)


class BulkAction(models.Model):
    """One verb on many claims of a desk, by an editor. The claims are its items; a job carries it out."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="bulk_actions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=16, choices=workflow.choices(BulkVerb))
    parameters = models.JSONField(default=dict, help_text="What the verb asked for (rules.bulk.Order).")
    state = models.CharField(max_length=9, choices=workflow.choices(BulkState), default=BulkState.RUNNING.value)
    total = models.PositiveSmallIntegerField()
    done = models.PositiveSmallIntegerField(default=0, help_text="Changed, whatever became of them later.")
    skipped = models.PositiveSmallIntegerField(default=0, help_text="Not changed; each item says why.")
    undone = models.PositiveSmallIntegerField(default=0)
    kept = models.PositiveSmallIntegerField(default=0, help_text="Not undone, because they changed since.")
    note = models.CharField(max_length=500, blank=True, help_text="Why it ended before its end.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = BulkActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(verb__in=[v.value for v in BulkVerb]), name="bulk_verb_known"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in BulkState]), name="bulk_state_known"),
            models.CheckConstraint(condition=Q(total__gte=1, total__lte=bulk.LIMIT), name="bulk_is_bounded"),
            # A count beyond the claims would draw a progress beyond its end.
            models.CheckConstraint(
                condition=Q(total__gte=F("done") + F("skipped")), name="bulk_counts_each_claim_once"
            ),
            models.CheckConstraint(condition=Q(done__gte=F("undone") + F("kept")), name="bulk_undoes_what_it_did"),
            # Without its end nobody could tell until when it can be undone.
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None) | (~Q(state="running") & Q(finished_at__isnull=False)),
                name="bulk_finished_when_it_ended",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False) | (~Q(state="undone") & Q(undone_at=None)),
                name="bulk_undone_when_it_was",
            ),
            # Each step back is somebody's.
            models.CheckConstraint(
                condition=Q(state__in=["undoing", "undone"], undone_by__isnull=False)
                | (~Q(state__in=["undoing", "undone"]) & Q(undone_by=None)),
                name="bulk_undone_by_somebody",
            ),
        ]
        indexes = [models.Index(F("desk"), F("id").desc(), name="bulk_newest_of_desk")]
        triggers = [
            pgtrigger.Protect(name="bulk_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="bulk_stays_what_was_ordered",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("desk", "actor", "verb", "parameters", "total"),
            ),
            pgtrigger.FSM(
                name="bulk_state_is_legal",
                field="state",
                transitions=[(before.value, after.value) for before, after in bulk.STEPS],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.total} claims"

    @property
    def order(self) -> bulk.Order:
        return bulk.Order.of(self.verb, self.parameters)

    @property
    def hand(self) -> Any:
        """Whose hand it is that does, or undoes, what is done now."""
        return self.undone_by or self.actor

    @property
    def under_way(self) -> bool:
        return self.state in (BulkState.RUNNING, BulkState.UNDOING)

    @property
    def open_items(self) -> "models.QuerySet[BulkItem]":
        """What is still to be done, or to be undone."""
        doing = self.state == BulkState.RUNNING
        return self.items.filter(outcome=BulkOutcome.PENDING if doing else BulkOutcome.DONE)

    @property
    def percent(self) -> int:
        """How far it is, or how far its undoing."""
        if self.state == BulkState.UNDOING:
            return 100 * (self.undone + self.kept) // self.done
        return 100 * (self.done + self.skipped) // self.total


class BulkItem(models.Model):
    """What became of one claim of a bulk action, and how it was before, for the way back."""

    action = models.ForeignKey(BulkAction, on_delete=models.PROTECT, related_name="items", db_index=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="bulk_items")
    outcome = models.CharField(max_length=9, choices=workflow.choices(BulkOutcome), default=BulkOutcome.PENDING.value)
    code = models.CharField(max_length=32, blank=True, help_text="A stable word for why it was not changed or undone.")
    message = models.CharField(max_length=500, blank=True, help_text="The same in a sentence.")
    before = models.JSONField(default=dict, help_text="What it takes to undo it (services.bulk.verbs).")

    class Meta:
        constraints = [
            # Twice in one action would be done twice.
            models.UniqueConstraint(fields=["action", "claim"], name="bulk_item_once_per_claim"),
            models.CheckConstraint(
                condition=Q(outcome__in=[o.value for o in BulkOutcome]), name="bulk_item_outcome_known"
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["skipped", "kept"]) | ~Q(message=""), name="bulk_item_says_why_not"
            ),
        ]
        indexes = [models.Index(fields=["action", "outcome", "id"], name="bulk_item_by_outcome")]
        triggers = [
            pgtrigger.Protect(name="bulk_item_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="bulk_item_changes_no_claims",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("action", "claim"),
            ),
            # What was done once is not done again, whoever carries the action out, and however often.
            pgtrigger.FSM(
                name="bulk_item_outcome_is_legal",
                field="outcome",
                transitions=[(before.value, after.value) for before, after in bulk.OUTCOMES],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.outcome}"
