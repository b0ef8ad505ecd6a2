"""Where in a revision's text the words of an attribution stand."""

from django.db import models
from django.db.models import F, Q

from claims.models.claims import Attribution, SpanRole


class Span(models.Model):
    """A stretch of the revision's text, ``start`` inclusive to ``end`` exclusive, in Unicode code points."""

    attribution = models.ForeignKey(Attribution, on_delete=models.CASCADE, related_name="spans")
    role = models.CharField(max_length=7, choices=SpanRole.choices)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=SpanRole.values), name="span_role_known"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="span_is_not_empty"),
            models.UniqueConstraint(fields=["attribution", "role", "start"], name="span_begins_once_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.start}–{self.end}"
