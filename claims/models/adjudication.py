"""How a disagreement of two reviewers was settled."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.conflicts import refusal
from claims.models.verdicts import Verdict

ADJUDICATOR_SQL = """
    IF EXISTS (
        SELECT 1 FROM claims_review r JOIN claims_assignment a ON a.id = r.assignment_id
         WHERE a.claim_id = NEW.claim_id AND a.round = NEW.round AND a.reviewer_id = NEW.adjudicator_id
           AND a.role <> 'adjudicator'
    ) THEN
        RAISE EXCEPTION 'the adjudicator of claim % reviewed it', NEW.claim_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'adjudicator_is_not_a_reviewer';
    END IF;
    RETURN NEW;
"""


class Adjudication(models.Model):
    """How a disagreement of two reviewers was settled, by somebody who is neither of them."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="adjudications")
    round = models.PositiveIntegerField()
    adjudicator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verdict = models.OneToOneField(Verdict, on_delete=models.PROTECT, related_name="adjudication")
    note = models.TextField()
    feedback = models.TextField(blank=True, help_text="To both reviewers.")
    # {"<attribution>": "first" | "second" | "article" | "kept"}: kept where somebody changed it meanwhile.
    markings = models.JSONField(
        default=dict, db_default={}, help_text="Whose marking holds, where the two mark other words."
    )
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "round"], name="adjudication_once_per_round"),
            models.CheckConstraint(condition=~Q(note=""), name="adjudication_has_a_note"),
        ]
        triggers = [
            pgtrigger.Protect(name="adjudication_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="adjudicator_is_not_a_reviewer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=ADJUDICATOR_SQL,
            ),
            pgtrigger.Trigger(
                name="adjudication_without_conflict",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=refusal("adjudicator_id", "adjudication_without_conflict_of_interest"),
            ),
        ]

    def __str__(self) -> str:
        return f"adjudication of {self.claim}"
