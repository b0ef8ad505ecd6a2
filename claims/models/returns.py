"""What an editor answers to a review: sent back, with what to look at again; or approved, with what they say of it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.conflicts import refusal
from claims.models.review import Review
from claims.models.verdicts import Verdict
from claims.rules.workflow import AssignmentState

REQUESTER_SQL = """
    IF EXISTS (
        SELECT 1 FROM claims_review r
          JOIN claims_assignment sent ON sent.id = r.assignment_id
          JOIN claims_assignment a ON a.claim_id = sent.claim_id AND a.round = sent.round
          JOIN claims_review own ON own.assignment_id = a.id
         WHERE r.id = NEW.review_id AND a.reviewer_id = NEW.requested_by_id
    ) THEN
        RAISE EXCEPTION 'whoever sends review % back reviewed the claim', NEW.review_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changes_are_requested_by_no_reviewer';
    END IF;
    RETURN NEW;
"""


APPROVER_SQL = """
    IF EXISTS (
        SELECT 1 FROM claims_review r JOIN claims_assignment a ON a.id = r.assignment_id
         WHERE a.claim_id = NEW.claim_id AND a.round = NEW.round AND a.reviewer_id = NEW.approved_by_id
    ) THEN
        RAISE EXCEPTION 'whoever approves a review of claim % reviewed it', NEW.claim_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_is_no_reviewer';
    END IF;
    RETURN NEW;
"""


class ChangeRequestQuerySet(models.QuerySet["ChangeRequest"]):
    def to_answer(self) -> "ChangeRequestQuerySet":
        """Those whose review is in its writer's hands again, the newest of each."""
        later = Q(review__assignment__reviews__number__gt=F("review__number"))
        return self.filter(review__assignment__state=AssignmentState.ACTIVE.value).exclude(later)


class ChangeRequest(models.Model):
    """That a review was sent back to its writer with a note. The answer is their next review; both stay."""

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="sent_back")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField()
    requested_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="change_request_has_a_note")]
        triggers = [
            pgtrigger.Protect(name="change_request_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            # Four eyes: who reads a review for the desk did not write one of the same claim.
            pgtrigger.Trigger(
                name="changes_are_requested_by_no_reviewer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=REQUESTER_SQL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review} was sent back"


class Approval(models.Model):
    """That an editor approved a review, and what they said of it to its writer."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField()
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="approval")
    verdict = models.OneToOneField(Verdict, on_delete=models.PROTECT, related_name="approval")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, help_text="Why it is approved as it is; for the desk.")
    feedback = models.TextField(blank=True, help_text="What its writer may learn from it.")
    approved_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "round"], name="approval_once_per_round")]
        triggers = [
            pgtrigger.Protect(name="approval_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="approver_is_no_reviewer", when=pgtrigger.Before, operation=pgtrigger.Insert, func=APPROVER_SQL
            ),
            pgtrigger.Trigger(
                name="approval_without_conflict",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=refusal("approved_by_id", "approval_without_conflict_of_interest"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review} was approved"
