"""What the public sees: an append-only log of publications, corrections and retractions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from claims.models.articles import Revision
from claims.models.claims import Claim, QuoteType, Stance
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


# What the public is told of who said it, kept with the step in which it was told. The database writes it, so that there
# is no public verdict without it. Of the claim's attributions those that count (models.claims.counting); each source
# as readers see it then, at the end of its merges. Nobody is judged by a guess: only whom a person confirmed is linked,
# or the one suggestion that there is, where the article itself calls them by a name that the register knows as theirs
# alone (score 1). Else the article's words stay for who it was.
AS_PUBLISHED_SQL = """
    WITH RECURSIVE carrying AS (
        SELECT a.*, l.stance AS claim_stance, rank() OVER (
                   ORDER BY CASE WHEN a.suggested THEN 2 WHEN a.decision = 'rejected' THEN 1 ELSE 0 END
               ) AS place
          FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id
         WHERE l.claim_id = NEW.claim_id
    ), said AS (
        SELECT * FROM carrying WHERE place = 1
    ), linked AS (
        SELECT r.*, said.claim_stance, said.source_entity, count(*) OVER (PARTITION BY r.attribution_id) AS links
          FROM claims_attributionsource r JOIN said ON said.id = r.attribution_id
    ), sure AS (
        SELECT * FROM linked
         WHERE confirmed_by_id IS NOT NULL OR (links = 1 AND score = 1 AND surface = source_entity)
    ), followed AS (
        SELECT id AS link_id, claim_stance, source_id FROM sure
         UNION
        SELECT f.link_id, f.claim_stance, s.merged_into_id
          FROM followed f JOIN sources_source s ON s.id = f.source_id WHERE s.merged_into_id IS NOT NULL
    ), named AS (
        SELECT r.attribution_id, jsonb_agg(jsonb_build_object(
                   'id', s.id, 'name', s.name, 'kind', s.kind, 'same_as', s.same_as, 'surface', r.surface,
                   'score', r.score, 'reason', r.reason, 'confirmed', r.confirmed_by_id IS NOT NULL
               ) ORDER BY r.score DESC, r.id) AS sources
          FROM followed f
          JOIN sure r ON r.id = f.link_id JOIN sources_source s ON s.id = f.source_id
         WHERE s.merged_into_id IS NULL GROUP BY r.attribution_id
    ), placed AS (
        SELECT attribution_id, jsonb_object_agg(role, stretches) AS spans FROM (
            SELECT s.attribution_id, s.role, jsonb_agg(jsonb_build_array(s.start, s.end) ORDER BY s.start, s.end)
              FROM claims_span s JOIN said ON said.id = s.attribution_id GROUP BY s.attribution_id, s.role
        ) AS by_role (attribution_id, role, stretches) GROUP BY attribution_id
    )
    INSERT INTO claims_aspublished (
        publication_id, revision_id, title, outlet, url, language, article_published_at, statements, made_by, denied_by,
        words
    )
    SELECT NEW.id, (SELECT max(revision_id) FROM said),
           a.title, a.outlet, a.url, a.language, a.published_at,
           coalesce((
               SELECT jsonb_agg(jsonb_build_object(
                          'id', said.label, 'attribution_id', said.id, 'decision', said.decision,
                          'suggested', said.suggested, 'last_found', said.last_found,
                          'source_entity', said.source_entity, 'sources', coalesce(named.sources, '[]'),
                          'spans', coalesce(placed.spans, '{}'), 'quote_type', said.quote_type,
                          'stance', said.stance, 'channel', said.channel, 'frequency', said.frequency,
                          'said_on', said.said_on, 'narrator', said.narrator, 'parent', parent.label,
                          'responds_to', answered.label, 'parent_set', said.parent_set,
                          'confidence', said.confidence, 'rule', said.rule, 'claim_stance', said.claim_stance
                      ) ORDER BY said.id)
                 FROM said
                 LEFT JOIN named ON named.attribution_id = said.id
                 LEFT JOIN placed ON placed.attribution_id = said.id
                 LEFT JOIN claims_attribution parent ON parent.id = said.parent_id
                 LEFT JOIN claims_attribution answered ON answered.id = said.responds_to_id
           ), '[]'),
           ARRAY(SELECT DISTINCT source_id FROM followed WHERE claim_stance NOT IN ('denies', 'questions') ORDER BY 1),
           ARRAY(SELECT DISTINCT source_id FROM followed WHERE claim_stance IN ('denies', 'questions') ORDER BY 1),
           coalesce((SELECT w.words FROM claims_claimwords w WHERE w.claim_id = c.id), to_tsvector('simple', c.text))
      FROM claims_claim c JOIN claims_article a ON a.id = c.article_id WHERE c.id = NEW.claim_id;
    RETURN NULL;
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
        """Only those that meet all that is asked for, as they were published; an empty value asks for nothing.

        ``words`` of the claim as web searches have them, ``speaker`` by a name in the register, ``rating`` the key of
        the answer to "is it true?", ``desk`` its short name, the two days in UTC and inclusive.
        """
        rows = self
        if words:
            rows = rows.filter(shown__words=SearchQuery(words, config="simple", search_type="websearch"))
        if speaker:
            rows = rows.filter(shown__in=AsPublished.objects.naming(Source.objects.called(speaker)))
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
            pgtrigger.Trigger(
                name="publication_keeps_what_is_shown",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__action__in=[Action.PUBLISHED.value, Action.CORRECTED.value]),
                func=AS_PUBLISHED_SQL,
            ),
            pgtrigger.Protect(name="publication_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.position}"


@dataclass(frozen=True)
class Named:
    """A source as the register had it on publication."""

    id: int
    name: str
    kind: str
    same_as: str


@dataclass(frozen=True)
class Statement:
    """Who said the claim and how, as published; ``spans`` are the stretches (start, end) of the revision by role."""

    attribution_id: int
    label: str
    parent: str | None
    source_entity: str
    sources: Sequence[Named]
    stance: Stance
    claim_stance: Stance
    quote_type: QuoteType
    channel: str
    said_on: date | None
    spans: Mapping[str, Sequence[tuple[int, int]]]


class AsPublishedQuerySet(models.QuerySet["AsPublished"]):
    def making(self, sources: "models.QuerySet[Source]") -> "AsPublishedQuerySet":
        """Where one of the sources made the claim itself."""
        return self.filter(made_by__overlap=ArraySubquery(sources.values("pk")))

    def denying(self, sources: "models.QuerySet[Source]") -> "AsPublishedQuerySet":
        """Where one of the sources denied or questioned the claim."""
        return self.filter(denied_by__overlap=ArraySubquery(sources.values("pk")))

    def naming(self, sources: "models.QuerySet[Source]") -> "AsPublishedQuerySet":
        """Where one of the sources made the claim, denied or questioned it."""
        ids = ArraySubquery(sources.values("pk"))
        return self.filter(Q(made_by__overlap=ids) | Q(denied_by__overlap=ids))


class AsPublished(models.Model):
    """Who said it, with which words, and where, as a step in public shows it: written by the database with the step.

    The desk goes on correcting the article, the attribution and the register. What was published stays as it was.
    """

    publication = models.OneToOneField(Publication, primary_key=True, on_delete=models.PROTECT, related_name="shown")
    revision = models.ForeignKey(
        Revision,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="None where the outlet itself says it.",
    )
    title = models.CharField(max_length=500, blank=True)
    outlet = models.CharField(max_length=200, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    language = models.CharField(max_length=35)
    article_published_at = models.DateTimeField(null=True)
    statements = models.JSONField(
        help_text='By attribution: {"id": label, "spans": {role: [[start, end], …]}, "sources": […], …}.'
    )
    made_by = ArrayField(
        models.BigIntegerField(), help_text="Ids of who made the claim, and what they were merged into."
    )
    denied_by = ArrayField(models.BigIntegerField(), help_text="The same of who denied or questioned it.")
    words = SearchVectorField(help_text="What the claim was found by.")

    objects = AsPublishedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(statements=[]) | Q(revision__isnull=False),
                name="as_published_statements_stand_in_a_text",
            ),
        ]
        indexes = [
            GinIndex(fields=["made_by"], name="as_published_made_by"),
            GinIndex(fields=["denied_by"], name="as_published_denied_by"),
            GinIndex(fields=["words"], name="as_published_found_by"),
        ]
        triggers = [
            pgtrigger.Protect(name="as_published_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"as published by {self.publication_id}"

    @property
    def said(self) -> list[Statement]:
        """Its statements in the order of their attributions; none where the outlet itself says it."""
        return [_statement(row) for row in self.statements]


def _statement(row: dict[str, Any]) -> Statement:
    return Statement(
        attribution_id=row["attribution_id"],
        label=row["id"],
        parent=row["parent"],
        source_entity=row["source_entity"],
        sources=[Named(each["id"], each["name"], each["kind"], each["same_as"]) for each in row["sources"]],
        stance=Stance(row["stance"]),
        claim_stance=Stance(row["claim_stance"]),
        quote_type=QuoteType(row["quote_type"]),
        channel=row["channel"],
        said_on=date.fromisoformat(row["said_on"]) if row["said_on"] else None,
        spans={role: [(start, end) for start, end in stretches] for role, stretches in row["spans"].items()},
    )


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
