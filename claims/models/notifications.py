"""What people are told of, each row for one person, and how they want to be told."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk, validate_zone
from claims.rules import workflow
from claims.rules.notifications import ALL_DAYS, Kind, Way

KINDS = [kind.value for kind in Kind]
MAILED = (Way.DIGEST.value, Way.AT_ONCE.value)


class Notification(models.Model):
    """That somebody is told of something at a desk. Its words are made when it is read, in the reader's language."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    claim = models.ForeignKey(Claim, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=18, choices=workflow.choices(Kind))
    way = models.CharField(max_length=7, choices=workflow.choices(Way), help_text="As the person wanted it then.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # Notes are a column above this one, which asks it whether the reader may see the note.
    note = models.PositiveBigIntegerField(null=True, help_text="The number of the note it is about.")
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="When its mail was put into the queue of jobs.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="notification_kind_known"),
            models.CheckConstraint(condition=Q(way__in=[*MAILED, Way.HERE.value]), name="notification_way_known"),
            # Two editors who do the same would otherwise have everybody told twice.
            models.UniqueConstraint(
                fields=["user", "kind", "desk", "claim", "note"],
                condition=Q(read_at=None),
                nulls_distinct=False,
                name="notification_unread_once",
            ),
        ]
        indexes = [
            models.Index(F("user"), F("id").desc(), name="notifications_newest"),
            models.Index(F("user"), F("id").desc(), condition=Q(read_at=None), name="notifications_unread"),
            # What waits to be mailed; the clock's job reads no more than this.
            models.Index(
                fields=["user", "id"],
                condition=Q(read_at=None, mailed_at=None, way__in=MAILED),
                name="notifications_to_mail",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="notification_is_append_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["read_at", "mailed_at"]),
            ),
            pgtrigger.Protect(name="notification_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class NotificationChoice(models.Model):
    """In which way a person wants to be told of one kind; without a row as the rules have it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=18, choices=workflow.choices(Kind))
    way = models.CharField(max_length=7, choices=workflow.choices(Way))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notification_choice_once_per_kind"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="notification_choice_kind_known"),
            models.CheckConstraint(condition=Q(way__in=[way.value for way in Way]), name="notification_choice_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.way}"


def _days() -> list[int]:
    return [1, 2, 3, 4, 5]


class Digest(models.Model):
    """When a person's digest goes out; without a row as the rules have it. Held apart from what is told."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest")
    hour = models.PositiveSmallIntegerField(default=8)
    days = ArrayField(models.PositiveSmallIntegerField(), default=_days, help_text="1 is Monday.")
    timezone = models.CharField(
        max_length=64, default="", blank=True, validators=[validate_zone], help_text="Empty: that of their first desk."
    )
    last_on = models.DateField(null=True, editable=False, help_text="The person's day of the last one.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hour__lte=23), name="digest_hour_of_a_day"),
            models.CheckConstraint(
                condition=Q(days__contained_by=list(ALL_DAYS), days__len__gt=0), name="digest_days_of_a_week"
            ),
        ]

    def __str__(self) -> str:
        return f"digest of {self.user_id} at {self.hour}"
