"""Desks, their people, and each desk's policy."""

from datetime import datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from claims.extraction import checkworthiness
from claims.rules import absences, calendars, deadlines, routing, texts
from claims.rules.rights import Right, roles_with
from sources.models import Source, followed

# Whoever loses the last admin of a desk waits for others who are about to: the second one finds none left.
ADMIN_SQL = """
    IF OLD.role = 'admin' AND OLD.active
       AND (TG_OP = 'DELETE' OR NEW.role <> 'admin' OR NOT NEW.active OR NEW.desk_id <> OLD.desk_id) THEN
        PERFORM 1 FROM claims_desk WHERE id = OLD.desk_id FOR NO KEY UPDATE;
        -- Whose account is switched off cannot invite or promote anybody either.
        IF NOT EXISTS (
            SELECT 1 FROM claims_membership m JOIN accounts_user u ON u.id = m.user_id
             WHERE m.desk_id = OLD.desk_id AND m.role = 'admin' AND m.active AND u.is_active
        ) THEN
            RAISE EXCEPTION 'desk % would be left without an admin', OLD.desk_id USING ERRCODE = 'check_violation',
                CONSTRAINT = 'membership_keeps_an_admin';
        END IF;
    END IF;
    RETURN NULL;
"""

WEIGHTS_SQL = (
    'NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() <> "object"'
    ' || exists(@.* ? (@.type() <> "number" || @ < -1 || @ > 1)))\')'
)
# As claims.rules.deadlines.problems() and calendars.problems(), which also say what is wrong.
_IN_BOUNDS = "(@.from_priority >= 0 && @.from_priority <= 100 && @.hours > 0 && @.hours <= 1000)"
DUE_HOURS_SQL = (
    'jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() == "array"'
    f" && !(exists(@[*] ? (!{_IN_BOUNDS} || {_IN_BOUNDS} is unknown))))')"
)
WORKING_TIME_SQL = (
    'jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() == "object"'
    ' && (!(exists(@.*)) || @.hours.type() == "object"))\')'
)
# As routing.problems() has it.
ROUTING_SQL = (
    'NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() <> "object"'
    ' || exists(@.keyvalue() ? (@.key <> "topics" && (@.value.type() <> "number" || @.value < 0 || @.value > 100'
    ' || !(@.key like_regex "^(worthiness|freshness|spread|waiting|due)$"))))'
    ' || exists(@.keyvalue() ? (@.key == "topics" && (@.value.type() <> "object"'
    ' || exists(@.value.* ? (@.type() <> "number" || @ < -100 || @ > 100))))))\')'
)


class Role(models.TextChoices):
    READER = "reader", _("reader")
    REVIEWER = "reviewer", _("reviewer")
    SENIOR_REVIEWER = "senior_reviewer", _("senior reviewer")
    EDITOR = "editor", _("editor")
    ADMIN = "admin", _("admin")


# For queries over many people; whether one person may do one thing is asked of services.rights.
REVIEWERS = roles_with(Right.REVIEW)
EDITORS = roles_with(Right.PUBLISH)
ADJUDICATORS = roles_with(Right.ADJUDICATE)
SENIORS = roles_with(Right.REVIEW_RESERVED)


# What the publication gate can ask for.
GATE_POINTS = ("sources", "claimant_contact", "counter_evidence", "method")


def validate_gate_point(point: str) -> None:
    if point not in GATE_POINTS:
        raise ValidationError(f"The gate has no point “{point}”. Use some of: {', '.join(GATE_POINTS)}.")


def validate_label(name: str) -> None:
    """Refuses what is not one line that reads as it shows."""
    wrong = texts.problem(name, one_line=True)
    if wrong:
        raise ValidationError(wrong)


def validate_short_name(slug: str) -> None:
    """Refuses what would be taken for the number of a desk, wherever one may be named by either."""
    if slug.isdecimal():
        raise ValidationError("A short name of digits alone reads as the number of a desk. Add a letter.")


def validate_weights(weights: Any) -> None:
    """Refuses what is no feature of a claim, and what is no weight."""
    wrong = checkworthiness.problems(weights)
    if wrong:
        raise ValidationError(wrong)


def validate_routing(weights: Any) -> None:
    """Refuses what is no consideration of the queue, and what are no points."""
    wrong = routing.problems(weights)
    if wrong:
        raise ValidationError(wrong)


def validate_working_time(policy: Any) -> None:
    """Refuses what is no calendar."""
    wrong = calendars.problems(policy)
    if wrong:
        raise ValidationError(wrong)


def validate_due_hours(steps: Any) -> None:
    """Refuses what are no hours by priority."""
    wrong = deadlines.problems(steps)
    if wrong:
        raise ValidationError(wrong)


def validate_zone(name: str) -> None:
    """Refuses what the tz database does not name."""
    if name not in calendars.zones():
        raise ValidationError("Name a time zone as the tz database does, such as Europe/Kyiv.")


class DeskQuerySet(models.QuerySet["Desk"]):
    def of(self, user: Any, roles: tuple[str, ...] = tuple(Role.values)) -> "DeskQuerySet":
        """The desks at which ``user`` is an active member in one of ``roles``."""
        members = Membership.objects.filter(user=user.pk, active=True, role__in=roles)
        return self.filter(pk__in=members.values("desk"))


class Desk(models.Model):
    """A fact-checking desk. Desks of one installation are apart from each other."""

    name = models.CharField(max_length=200, validators=[validate_label])
    slug = models.SlugField(
        max_length=80,
        validators=[validate_short_name],
        error_messages={"unique": "Another desk has this short name. Choose one that is free."},
    )
    language = models.CharField(max_length=35, default="en", help_text="Language tag (BCP 47).")
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
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
    second_review_sources = models.ManyToManyField(
        Source, blank=True, related_name="+", help_text="What these say is reviewed twice."
    )
    approval_required = models.BooleanField(
        default=False, db_default=False, help_text="An editor reads every review that nobody repeats before it decides."
    )
    # Which points of the publication gate stop a publication here; the others are shown as advice.
    gate_requires = ArrayField(
        models.CharField(max_length=32, validators=[validate_gate_point]), default=list, blank=True
    )
    worthiness_weights = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_weights],
        help_text="What makes a claim worth checking here, by feature, from -1 to 1. Others have their defaults.",
    )
    working_time = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        validators=[validate_working_time],
        help_text="Hours of the week, holidays, days that are different; empty: round the clock.",
    )
    due_hours = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        validators=[validate_due_hours],
        help_text="In how many working hours a claim is due, from each priority on.",
    )
    remind_share = models.FloatField(
        default=0.25,
        db_default=0.25,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Whoever holds a claim is reminded when this share of its time is left.",
    )
    escalate_after_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(deadlines.HOURS_LIMIT)],
        help_text="The lead is told when a claim has been overdue for so many working hours; empty: never.",
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who is told when editors let a claim lie; without one, the desk's admins.",
    )
    # Counts the changes of the policy: whoever saves a form that began with an older one is told, and nothing is lost.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    routing_weights = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        validators=[validate_routing],
        help_text="What makes a claim urgent here, in points from 0 to 100, and for topics from -100 to 100.",
    )
    push = models.BooleanField(
        default=False, db_default=False, help_text="Offer claims to the reviewers whom they suit best."
    )
    offer_minutes = models.PositiveIntegerField(
        default=60,
        db_default=60,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 14)],
        help_text="How long an offer waits for an answer.",
    )
    senior_priority = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="First reviews from this priority on are reserved for senior reviewers and editors.",
    )
    senior_share = models.FloatField(
        default=0.0,
        db_default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Drawn share of the other first reviews that is reserved for them too.",
    )
    senior_second_reviews = models.BooleanField(
        default=False, db_default=False, help_text="Second reviews are reserved likewise, not the first ones alone."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = DeskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="desk_slug_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="desk_has_a_name"),
            # A program that names a desk by its number would mean the one of that short name.
            models.CheckConstraint(condition=~Q(slug__regex=r"^[0-9]+$"), name="desk_slug_is_no_number"),
            models.CheckConstraint(condition=Q(lease_minutes__gte=1), name="desk_lease_is_positive"),
            models.CheckConstraint(
                condition=Q(second_review_share__gte=0, second_review_share__lte=1), name="desk_share_is_a_share"
            ),
            # A weight that is no number would stop every extraction of the desk.
            models.CheckConstraint(
                condition=Func(F("worthiness_weights"), template=WEIGHTS_SQL, output_field=models.BooleanField()),
                name="desk_weights_are_numbers",
            ),
            # A calendar or hours that cannot be read would stop every claim of the desk on its way into the queue.
            models.CheckConstraint(
                condition=Func(F("working_time"), template=WORKING_TIME_SQL, output_field=models.BooleanField()),
                name="desk_working_time_is_a_calendar",
            ),
            models.CheckConstraint(
                condition=Func(F("due_hours"), template=DUE_HOURS_SQL, output_field=models.BooleanField()),
                name="desk_due_hours_are_hours",
            ),
            models.CheckConstraint(
                condition=Q(remind_share__gte=0, remind_share__lte=1), name="desk_remind_share_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(escalate_after_hours=None) | Q(escalate_after_hours__gte=1),
                name="desk_escalates_after_hours",
            ),
            # One of the queue would stop all scoring of it.
            models.CheckConstraint(
                condition=Func(F("routing_weights"), template=ROUTING_SQL, output_field=models.BooleanField()),
                name="desk_routing_weights_are_points",
            ),
            models.CheckConstraint(condition=Q(offer_minutes__gte=1), name="desk_offer_is_positive"),
            models.CheckConstraint(
                condition=Q(senior_share__gte=0, senior_share__lte=1), name="desk_senior_share_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(senior_priority=None) | Q(senior_priority__lte=100), name="desk_senior_priority_in_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def twice_sources(self) -> list[Source]:
        """second_review_sources as readers see them: of those that were merged what they became, each once, by name."""
        return followed(self.second_review_sources.select_related("merged_into"))

    def policy(self) -> dict[str, Any]:
        """Every field of POLICY as readers see it."""
        return {name: getattr(self, name) for name in POLICY} | {"second_review_sources": self.twice_sources()}


# What a desk decides about itself: every field but those that name it in addresses and count its changes. The admin and
# the API show these by themselves; the page of the policy has a line for each (claims/web/policy.py).
POLICY = tuple(
    field.name
    for field in (*Desk._meta.fields, *Desk._meta.many_to_many)
    if field.editable and field.name not in ("id", "slug")
)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def here(self) -> "MembershipQuerySet":
        """Those who are not away just now, by the database's clock."""
        return self.exclude(away_from__lte=Now(), away_until__gt=Now())


class Membership(models.Model):
    """What a person may do at a desk, what they know, and how much they can hold at once."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.REVIEWER)
    active = models.BooleanField(default=True, help_text="People who left stay in the history; they are made inactive.")
    languages = ArrayField(
        models.CharField(max_length=35),
        default=list,
        blank=True,
        help_text="Language tags (BCP 47). None: reads everything that the desk takes in.",
    )
    topics = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(default=5, help_text="Claims held at once, at this desk.")
    # Whole days of the desk's own time zone. Only what comes next or holds now; what was before is in the history.
    away_from = models.DateTimeField(null=True, editable=False, help_text="Since when nothing is put before them.")
    away_until = models.DateTimeField(null=True, editable=False, help_text="When they are back.")
    # Counts the changes of what a person may do, knows and can hold, so that whoever saves an older one is told.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "user"], name="membership_once_per_desk"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="membership_can_hold_something"),
            # Away without an end would be away for ever, and nobody would notice.
            models.CheckConstraint(
                condition=Q(away_from=None, away_until=None)
                | Q(away_from__isnull=False, away_until__isnull=False, away_from__lt=F("away_until")),
                name="membership_away_has_an_end",
            ),
        ]
        triggers = [
            # Without one, nobody could ever invite, promote or change anything at the desk again.
            pgtrigger.Trigger(
                name="membership_keeps_an_admin",
                when=pgtrigger.After,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=ADMIN_SQL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()}, {self.desk})"

    @property
    def away(self) -> absences.Days | None:
        """The days on which the person is away, or was last, by the desk's clock."""
        if self.away_from is None or self.away_until is None:
            return None
        return absences.days(self.away_from, self.away_until, self.desk.timezone)

    def away_at(self, now: datetime) -> bool:
        return self.away_from is not None and self.away_until is not None and self.away_from <= now < self.away_until
