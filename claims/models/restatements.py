"""What an outlet repeats in its own voice."""

from django.db import models
from django.db.models import F, Q

from claims.models.articles import Revision
from claims.models.claims import Attribution


class Restatement(models.Model):
    """The outlet repeats in its own voice, without attribution, what only one side says elsewhere in the text."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="restatements")
    restates = models.ForeignKey(Attribution, on_delete=models.PROTECT, related_name="restatements")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="restatement_is_not_empty"),
            models.UniqueConstraint(fields=["revision", "restates", "start"], name="restatement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.start}–{self.end} restates {self.restates}"
