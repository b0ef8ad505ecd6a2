"""Desks, their people, and each desk's policy."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from claims.extraction import checkworthiness
from claims.rules.rights import Right, roles_with

WEIGHTS_SQL = (
    'NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() <> "object"'
    ' || exists(@.* ? (@.type() <> "number" || @ < -1 || @ > 1)))\')'
)


class Role(models.TextChoices):
    READER = "reader", "reader"
    REVIEWER = "reviewer", "reviewer"
    SENIOR_REVIEWER = "senior_reviewer", "senior reviewer"
    EDITOR = "editor", "editor"
    ADMIN = "admin", "admin"


# For queries over many people; whether one person may do one thing is asked of services.rights.
REVIEWERS = roles_with(Right.REVIEW)
EDITORS = roles_with(Right.PUBLISH)
ADJUDICATORS = roles_with(Right.ADJUDICATE)


def validate_weights(weights: Any) -> None:
    """Refuses what is no feature of a claim, and what is no weight."""
    wrong = checkworthiness.problems(weights)
    if wrong:
        raise ValidationError(wrong)


class DeskQuerySet(models.QuerySet["Desk"]):
    def of(self, user: Any, roles: tuple[str, ...] = tuple(Role.values)) -> "DeskQuerySet":
        """The desks at which ``user`` is an active member in one of ``roles``."""
        members = Membership.objects.filter(user=user.pk, active=True, role__in=roles)
        return self.filter(pk__in=members.values("desk"))


class Desk(models.Model):
    """A fact-checking desk. Desks of one installation are apart from each other."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80)
    language = models.CharField(max_length=35, default="en", help_text="Language tag (BCP 47).")
    timezone = models.CharField(max_length=64, default="UTC")
    url = models.URLField(max_length=500, blank=True, help_text="The desk's own site, named as publisher.")
    method_url = models.URLField(max_length=500, blank=True, help_text="Where the desk explains how it works.")
    lease_minutes = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 14)],
        help_text="How long a claim is held.",
    )
    second_review_priority = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)], help_text="A second review from this priority on."
    )
    second_review_share = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Sampled share of second reviews.",
    )
    # Which points of the publication gate stop a publication here; the others are shown as advice.
    gate_requires = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    worthiness_weights = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_weights],
        help_text="What makes a claim worth checking here, by feature, from -1 to 1. Others have their defaults.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = DeskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="desk_slug_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="desk_has_a_name"),
            models.CheckConstraint(condition=Q(lease_minutes__gte=1), name="desk_lease_is_positive"),
            models.CheckConstraint(
                condition=Q(second_review_share__gte=0, second_review_share__lte=1), name="desk_share_is_a_share"
            ),
            # A weight that is no number would stop every extraction of the desk.
            models.CheckConstraint(
                condition=Func(F("worthiness_weights"), template=WEIGHTS_SQL, output_field=models.BooleanField()),
                name="desk_weights_are_numbers",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person may do at a desk, what they know, and how much they can hold at once."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.REVIEWER)
    active = models.BooleanField(default=True, help_text="People who left stay in the history; they are made inactive.")
    languages = ArrayField(models.CharField(max_length=35), default=list, blank=True)
    topics = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(default=5, help_text="Claims held at once.")
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "user"], name="membership_once_per_desk"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="membership_can_hold_something"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()}, {self.desk})"
