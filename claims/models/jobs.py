"""The queue of record: what the workers have to do, written in the transaction that makes it necessary."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    SENT = "sent", _("handed to the broker")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    DEAD = "dead", _("quarantined")


OPEN = (JobState.QUEUED, JobState.SENT, JobState.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    def due(self) -> "JobQuerySet":
        """What may be sent now, most urgent first."""
        return self.filter(state=JobState.QUEUED, due_at__lte=Now()).order_by("due_at", "id")

    def in_flight(self) -> "JobQuerySet":
        return self.filter(state__in=(JobState.SENT, JobState.RUNNING))

    def open(self) -> "JobQuerySet":
        return self.filter(state__in=OPEN)

    def quarantined(self) -> "JobQuerySet":
        return self.filter(state=JobState.DEAD).order_by("-id")


class Job(models.Model):
    """One piece of work. The broker only carries its id: what the broker loses is sent again from here."""

    MAX_ATTEMPTS = 3

    name = models.CharField(max_length=64, help_text="One of claims.jobs.RECORDED.")
    args = models.JSONField(default=dict)
    key = models.CharField(max_length=200, help_text="Two open jobs never share a key: asking twice is asking once.")
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began; fences late finishers.")
    stage = models.CharField(max_length=64, blank=True, help_text="What it is doing, for the person who waits.")
    progress = models.PositiveSmallIntegerField(default=0, help_text="Per cent.")
    error = models.TextField(blank=True, help_text="Why the last attempt failed.")
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="job_progress_is_a_percentage"),
            # Without it an article submitted twice in one second would be extracted twice.
            models.UniqueConstraint(fields=["key"], condition=Q(state__in=OPEN), name="job_one_open_per_key"),
            models.CheckConstraint(
                condition=Q(state__in=(JobState.DONE, JobState.DEAD), finished_at__isnull=False)
                | Q(state__in=OPEN, finished_at=None),
                name="job_finished_when_it_ended",
            ),
        ]
        indexes = [
            models.Index(F("due_at"), F("id"), condition=Q(state=JobState.QUEUED), name="job_due"),
            models.Index(fields=["id"], condition=Q(state__in=(JobState.SENT, JobState.RUNNING)), name="job_in_flight"),
            models.Index(fields=["id"], condition=Q(state=JobState.DEAD), name="job_quarantined"),
            models.Index(fields=["key", "-id"], name="job_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"
