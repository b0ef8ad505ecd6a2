"""Reviews that were sent back: by whom, and what they should look at again."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from claims.models.review import Review
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
