"""What a reviewer marked as source, cue and content of a claim's attributions."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from claims.models.claims import Attribution, SpanRole
from claims.models.review import Review

SPANS_SQL = """
    IF NOT EXISTS (
        SELECT 1 FROM claims_review r JOIN claims_assignment a ON a.id = r.assignment_id
         WHERE r.id = NEW.review_id AND a.state = 'active'
    ) THEN
        RAISE check_violation USING CONSTRAINT = 'review_spans_come_with_the_review',
            MESSAGE = format('review %s was submitted: what it marks stays as it is', NEW.review_id);
    END IF;
    RETURN NEW;
"""


class ReviewSpan(models.Model):
    """A stretch of the article that a reviewer holds to be source, cue or content, in code points of the revision."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="spans")
    attribution = models.ForeignKey(Attribution, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=7, choices=SpanRole.choices)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=SpanRole.values), name="review_span_role_known"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="review_span_is_not_empty"),
            models.UniqueConstraint(
                fields=["review", "attribution", "role", "start"], name="review_span_begins_once_per_role"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="review_spans_come_with_the_review",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=SPANS_SQL,
            ),
            pgtrigger.Protect(name="review_span_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.start}–{self.end} in {self.review}"
