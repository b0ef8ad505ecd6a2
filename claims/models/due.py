"""What was told of due times."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.rules import workflow
from claims.rules.deadlines import Step
from claims.rules.workflow import AssignmentRole


class DeadlineNotice(models.Model):
    """That a step was told of a due time, or a holder reminded of it. Another due time is told of anew."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="deadline_notices")
    round = models.PositiveIntegerField()
    role = models.CharField(max_length=11, choices=workflow.choices(AssignmentRole))
    due_at = models.DateTimeField(help_text="The time that was told of; of a hold, until when it could be unseen.")
    step = models.PositiveSmallIntegerField(choices=[(step.value, step.name.lower()) for step in Step])
    reminded = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            # A watch that ran twice, or two of them at once, would tell everybody twice.
            models.UniqueConstraint(
                fields=["claim", "round", "role", "due_at", "step", "reminded"],
                nulls_distinct=False,
                name="deadline_step_is_told_once",
            ),
            models.CheckConstraint(condition=Q(step__in=[step.value for step in Step]), name="deadline_step_known"),
        ]
        triggers = [
            pgtrigger.Protect(name="deadline_notice_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"step {self.step} of {self.claim}"
