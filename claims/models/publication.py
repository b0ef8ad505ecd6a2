"""What the public sees: an append-only log of publications, corrections and retractions."""

from datetime import UTC, date, datetime, time, timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from claims.models.claims import Attribution, Claim, ClaimAttribution
from claims.models.desks import Desk
from claims.models.verdicts import Verdict
from sources.models import Source


class Action(models.TextChoices):
    PUBLISHED = "published", _("published")
    CORRECTED = "corrected", _("corrected")
    RETRACTED = "retracted", _("retracted")


# Positions are given out under a lock that is held until commit, so that their order is the order of commits and a
# reader who has seen position n has seen all before it. People publish; a lock between them costs nothing.
POSITION_SQL = """
    PERFORM pg_advisory_xact_lock(hashtextextended('claims_publication', 0));
    SELECT coalesce(max(position), 0) + 1 INTO NEW.position FROM claims_publication;
    SELECT desk_id INTO NEW.desk_id FROM claims_claim WHERE id = NEW.claim_id;
    IF NOT EXISTS (
        SELECT 1 FROM claims_verdict v
          JOIN claims_assignment a ON a.claim_id = v.claim_id AND a.round = v.round
          JOIN claims_review r ON r.assignment_id = a.id
         WHERE v.id = NEW.verdict_id AND v.claim_id = NEW.claim_id AND a.reviewer_id <> NEW.publisher_id
           AND NOT EXISTS (SELECT 1 FROM claims_changerequest c WHERE c.review_id = r.id)
    ) THEN
        RAISE EXCEPTION 'whoever publishes verdict % is its only reviewer', NEW.verdict_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_needs_four_eyes';
    END IF;
    RETURN NEW;
"""


class PublicationQuerySet(models.QuerySet["Publication"]):
    def current(self) -> "PublicationQuerySet":
        """The newest entry of each claim: what holds today, retractions included."""
        later = Publication.objects.filter(claim=OuterRef("claim"), position__gt=OuterRef("position"))
        return self.filter(~Exists(later))

    def visible(self) -> "PublicationQuerySet":
        """What a reader may see today: the newest entry of each claim, without what was retracted."""
        return self.current().exclude(action=Action.RETRACTED)

    def matching(
        self,
        *,
        words: str = "",
        speaker: str = "",
        rating: str = "",
        desk: str = "",
        since: date | None = None,
        until: date | None = None,
    ) -> "PublicationQuerySet":
        """Only those that meet all that is asked for; an empty value asks for nothing.

        ``words`` of the claim as web searches have them, ``speaker`` by a name in the register, ``rating`` the key of
        the answer to "is it true?", ``desk`` its short name, the two days in UTC and inclusive.
        """
        rows = self
        if words:
            rows = rows.filter(claim__in=Claim.objects.matching(words=words))
        if speaker:
            said = Attribution.objects.standing().filter(resolved_sources__source__in=Source.objects.called(speaker))
            rows = rows.filter(claim__in=ClaimAttribution.objects.filter(attribution__in=said).values("claim"))
        if rating:
            rows = rows.filter(verdict__veracity_rating__key=rating)
        if desk:
            rows = rows.filter(desk__slug=desk)
        if since:
            rows = rows.filter(published_at__gte=datetime.combine(since, time(), UTC))
        # The last day that there can be has no next one, and everything was published before its end.
        if until and until < date.max:
            rows = rows.filter(published_at__lt=datetime.combine(until, time(), UTC) + timedelta(days=1))
        return rows


class Publication(models.Model):
    """One step in public. Position orders the steps as they were committed; feeds and incremental pulls follow it."""

    position = models.PositiveBigIntegerField(unique=True, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="publications")
    # The claim's own, entered by the database: what one desk published is listed without a walk over all others.
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="publications", editable=False)
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="publications")
    action = models.CharField(max_length=9, choices=Action.choices)
    publisher = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(db_default=Now(), editable=False)
    # What the publisher stated where the gate asked: {"source_exception": "…", "no_contact_reason": "…", …}.
    statements = models.JSONField(default=dict)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(action__in=Action.values), name="publication_action_known"),
            models.UniqueConstraint(
                fields=["verdict"], condition=~Q(action=Action.RETRACTED), name="publication_once_per_verdict"
            ),
        ]
        indexes = [
            models.Index(F("claim"), F("position").desc(), name="publication_newest_of_claim"),
            models.Index(F("desk"), F("position").desc(), name="publication_newest_of_desk"),
            # Pulls that begin with a time.
            models.Index(fields=["published_at"], name="publication_by_time"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="publication_has_a_position",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=POSITION_SQL,
            ),
            pgtrigger.Protect(name="publication_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.position}"


class CorrectionKind(models.TextChoices):
    CLARIFICATION = "clarification", _("clarification")
    CORRECTION = "correction", _("correction")
    RETRACTION = "retraction", _("retraction")


class Correction(models.Model):
    """From verdict to verdict, in public: what changed, why, and who approved it."""

    publication = models.OneToOneField(Publication, on_delete=models.PROTECT, related_name="correction")
    from_verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="corrections")
    to_verdict = models.ForeignKey(Verdict, null=True, on_delete=models.PROTECT, related_name="corrects")
    kind = models.CharField(max_length=13, choices=CorrectionKind.choices)
    note = models.TextField(help_text="Shown to the public.")
    reason = models.TextField(blank=True, help_text="For the desk.")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(note=""), name="correction_has_a_public_note"),
            models.CheckConstraint(condition=Q(kind__in=CorrectionKind.values), name="correction_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=CorrectionKind.RETRACTION, to_verdict=None)
                | (~Q(kind=CorrectionKind.RETRACTION) & Q(to_verdict__isnull=False)),
                name="correction_leads_to_a_verdict_or_retracts",
            ),
        ]
        triggers = [pgtrigger.Protect(name="correction_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} of {self.from_verdict}"
