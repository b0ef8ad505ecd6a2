"""What reviewers have typed and not handed in."""

from django.db import models
from django.db.models.functions import Now

from claims.models.review import Assignment


class Draft(models.Model):
    """What a reviewer has typed so far. It outlives the lease, so that late work is never lost.

    Once the review is in, the row stays with an empty body: a version that began anew could be taken for an older one.
    """

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="draft")
    body = models.JSONField(default=dict)
    saved_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1, db_default=1, help_text="Counts the changes; the ETag of the row.")
    page = models.CharField(
        max_length=32, blank=True, db_default="", help_text="The open page on which it was typed last; not of programs."
    )

    def __str__(self) -> str:
        return f"draft of {self.assignment}"
