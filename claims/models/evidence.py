"""What speaks for or against a claim, the stored copy of it, and whether the claimant was asked."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from claims.models.claims import Claim


class EvidenceRelation(models.TextChoices):
    SUPPORTS = "supports", _("supports")
    REFUTES = "refutes", _("refutes")
    CONTEXT = "context", _("gives context")


class Tier(models.TextChoices):
    PRIMARY = "primary", _("primary")
    SECONDARY = "secondary", _("secondary")
    TERTIARY = "tertiary", _("tertiary")


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def with_copies(self) -> "EvidenceQuerySet":
        """Each with its newest capture alone; the copies' bytes stay in the database."""
        newest = Capture.objects.defer("warc").order_by("evidence", "-attempt").distinct("evidence")
        return self.prefetch_related(models.Prefetch("captures", newest))


class Evidence(models.Model):
    """One piece of evidence, as one reviewer put it forward. It stays with them until their review is in."""

    # The index below begins with it.
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence", db_index=False)
    round = models.PositiveIntegerField(help_text="The claim's round in which it was put forward.")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    relation = models.CharField(max_length=8, choices=EvidenceRelation.choices)
    tier = models.CharField(max_length=9, choices=Tier.choices, default=Tier.SECONDARY)
    url = models.URLField(max_length=2048, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    note = models.TextField(blank=True)
    quote = models.TextField(blank=True, help_text="The passage that matters, word for word.")
    # W3C Web Annotation selector into the captured copy: {"exact", "prefix", "suffix", "start", "end"}.
    selector = models.JSONField(null=True, blank=True)
    independence_group = models.CharField(
        max_length=100, blank=True, help_text="Pieces that go back to one origin share a group and count as one."
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(condition=~Q(url="", file_name=""), name="evidence_can_be_looked_up"),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__regex="^https?://"), name="evidence_url_is_a_web_address"
            ),
            models.CheckConstraint(condition=Q(relation__in=EvidenceRelation.values), name="evidence_relation_known"),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="evidence_tier_known"),
        ]
        indexes = [models.Index(F("claim"), F("round"), F("id"), name="evidence_of_claim_and_round")]
        triggers = [
            # Verdicts rest on it: what was put forward stays as it was. A slip is withdrawn, and added again.
            pgtrigger.Protect(
                name="evidence_is_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["withdrawn_at"]),
            ),
            pgtrigger.Protect(name="evidence_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.url or self.file_name


# Written out, as nearly every review brings some: the ORM takes longer to compile it than the database to do it.
COLUMNS = "relation, tier, url, file_name, note, quote, independence_group"
ADD_SQL = f"""
    INSERT INTO claims_evidence (claim_id, round, added_by_id, {COLUMNS})
    SELECT %s, %s, %s, {COLUMNS}
      FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
           WITH ORDINALITY AS given ({COLUMNS}, number)
     ORDER BY number RETURNING *
"""  # noqa: S608 - constants of the code


class CaptureStatus(models.TextChoices):
    STORED = "stored", _("stored")
    FAILED = "failed", _("failed")


class Capture(models.Model):
    """One attempt to store what stands behind a piece of evidence: a WARC record (ISO 28500), or why it failed."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="captures")
    attempt = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=6, choices=CaptureStatus.choices)
    reason = models.CharField(max_length=500, blank=True)
    final_url = models.CharField(max_length=2048, blank=True)
    content_type = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the body as received.")
    size = models.PositiveIntegerField(default=0, help_text="Bytes of the body as received.")
    warc = models.BinaryField(default=b"", help_text="The gzipped WARC file.")
    captured_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evidence", "attempt"], name="capture_attempt_numbered_once"),
            models.CheckConstraint(
                condition=Q(status=CaptureStatus.STORED, sha256__regex="^[0-9a-f]{64}$", reason="")
                | (Q(status=CaptureStatus.FAILED) & ~Q(reason="")),
                name="capture_is_stored_or_says_why_not",
            ),
        ]
        triggers = [pgtrigger.Protect(name="capture_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"capture {self.attempt} of {self.evidence}"


class ClaimantContact(models.Model):
    """When the claimant was asked, how, and what they answered."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="contacts")
    round = models.PositiveIntegerField(
        # The database's default is for code of the release before this one, which does not know the column.
        default=1,
        db_default=1,
        help_text="The claim's round in which they were asked.",
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    channel = models.CharField(max_length=100)
    question = models.TextField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="contact_answer_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.question[:60]}"
