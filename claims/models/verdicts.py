"""Rating scales, and the verdicts: append-only versions on two axes."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.desks import Desk, validate_label
from claims.models.evidence import Evidence
from claims.rules import workflow
from claims.rules.ratings import Axis, NormalisedLabel


class RatingScale(models.Model):
    """The ratings with which a desk answers one of the two questions."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="scales")
    axis = models.CharField(max_length=11, choices=workflow.choices(Axis))
    name = models.CharField(max_length=100, validators=[validate_label])
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(axis__in=[a.value for a in Axis]), name="scale_axis_known"),
            # With two active scales nobody could say what "mixture" meant on the day of the verdict.
            models.UniqueConstraint(
                fields=["desk", "axis"], condition=Q(active=True), name="scale_one_active_per_axis"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.axis})"


class Rating(models.Model):
    """One step of a scale."""

    scale = models.ForeignKey(RatingScale, on_delete=models.PROTECT, related_name="ratings")
    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=100, validators=[validate_label])
    number = models.SmallIntegerField(null=True, blank=True, help_text="5 best to 1 worst; empty where none applies.")
    normalised = models.CharField(max_length=20, choices=workflow.choices(NormalisedLabel))
    explanation = models.CharField(max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scale", "key"], name="rating_key_once_per_scale"),
            models.CheckConstraint(
                condition=Q(normalised__in=[label.value for label in NormalisedLabel]), name="rating_normalised_known"
            ),
        ]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.label


class Verdict(models.Model):
    """The desk's decision on a claim, version n: was it said, and is it true? Never changed; a new one follows it."""

    # The constraint below has an index that begins with it.
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="verdicts", db_index=False)
    version = models.PositiveIntegerField()
    round = models.PositiveIntegerField(help_text="The claim's round that it closes.")
    attribution_rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="+")
    attribution_rationale = models.TextField(blank=True, help_text="Empty: the rationale covers it.")
    attribution_confidence = models.FloatField(null=True)
    veracity_rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="+")
    veracity_rationale = models.TextField(blank=True, help_text="Empty: the rationale covers it.")
    veracity_confidence = models.FloatField(null=True)
    rationale = models.TextField()
    as_of = models.DateField(help_text="The day for which it holds.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)
    evidence = models.ManyToManyField(Evidence, related_name="verdicts")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "version"], name="verdict_version_once_per_claim"),
            models.CheckConstraint(condition=~Q(rationale=""), name="verdict_has_a_rationale"),
            models.CheckConstraint(
                condition=Q(attribution_confidence=None)
                | Q(attribution_confidence__gte=0, attribution_confidence__lte=1),
                name="verdict_attribution_confidence_in_range",
            ),
            models.CheckConstraint(
                condition=Q(veracity_confidence=None) | Q(veracity_confidence__gte=0, veracity_confidence__lte=1),
                name="verdict_veracity_confidence_in_range",
            ),
        ]
        triggers = [pgtrigger.Protect(name="verdict_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"verdict {self.version} on {self.claim}"


VERDICT_EVIDENCE_SQL = """
    IF NOT EXISTS (
        SELECT 1 FROM claims_verdict v JOIN claims_claim c ON c.id = v.claim_id
         WHERE v.id = NEW.verdict_id AND v.round = c.round AND c.state IN ('submitted', 'second_review', 'adjudication')
    ) THEN
        RAISE EXCEPTION 'verdict % stands: its evidence stays as it is', NEW.verdict_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'verdict_evidence_is_append_only';
    END IF;
    RETURN NEW;
"""


class VerdictEvidence(Verdict.evidence.through):  # type: ignore[name-defined, misc]  # made by Django
    """A piece of evidence on which a verdict rests; put there before the claim is decided, and never changed."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="verdict_evidence_comes_with_the_verdict",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=VERDICT_EVIDENCE_SQL,
            ),
            pgtrigger.Protect(name="verdict_evidence_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
