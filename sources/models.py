"""Sources, aliases and relations. A merge is a pointer: no row moves, so its undo is exact."""

import re
from collections.abc import Iterable

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sources.names import fold


class SourceKind(models.TextChoices):
    PERSON = "person", _("person")
    OFFICE = "office", _("office")
    GOVERNMENT = "government", _("government")
    ORGANISATION = "organisation", _("organisation")
    ARMED_FORCE = "armed_force", _("armed force")
    OUTLET = "outlet", _("outlet")
    COLLECTIVE = "collective", _("collective")
    UNNAMED = "unnamed", _("unnamed")


class AliasKind(models.TextChoices):
    NAME = "name", _("name")
    METONYM = "metonym", _("metonym")
    ROLE = "role", _("role")
    TRANSLITERATION = "transliteration", _("transliteration")


class RelationKind(models.TextChoices):
    HOLDS_OFFICE = "holds_office", _("holds office")
    SPEAKS_FOR = "speaks_for", _("speaks for")
    PART_OF = "part_of", _("part of")
    ADVISER_TO = "adviser_to", _("adviser to")


NAMED_SQL = """
    WITH RECURSIVE named (id) AS (
        SELECT source_id FROM sources_alias WHERE starts_with(folded, %s) OR strpos(folded, %s) > 0
        UNION
        SELECT merged_into_id FROM sources_source JOIN named USING (id) WHERE merged_into_id IS NOT NULL
    )
    SELECT id FROM named
"""


# Who bears one of the names, and whoever readers see as the same: what they were merged into, and what was merged in.
CALLED_SQL = """
    WITH RECURSIVE called (id) AS (
        SELECT source_id FROM sources_alias WHERE {named}
        UNION
        SELECT beside.id FROM called, LATERAL (
            SELECT merged_into_id FROM sources_source WHERE id = called.id AND merged_into_id IS NOT NULL
            UNION ALL
            SELECT id FROM sources_source WHERE merged_into_id = called.id
        ) beside (id)
    )
    SELECT id FROM called
"""


class SourceQuerySet(models.QuerySet["Source"]):
    def current(self) -> "SourceQuerySet":
        """Sources that were not merged into another one."""
        return self.filter(merged_into=None)

    def standing_for(self, source_id: int) -> "SourceQuerySet":
        """The source and all that were merged into it, over any number of steps."""
        found, fresh = {source_id}, {source_id}
        while fresh:
            fresh = set(self.filter(merged_into__in=fresh).values_list("pk", flat=True)) - found
            found |= fresh
        return self.filter(pk__in=found)

    def search(self, folded: str) -> "SourceQuerySet":
        """Sources with a name that starts with ``folded``, or has a word that does (see sources.names.fold).

        With each comes what it was merged into, over any number of steps.
        """
        return self.filter(pk__in=RawSQL(NAMED_SQL, [folded, f" {folded}"]))  # noqa: S611 - a constant with parameters

    def called(self, name: str) -> "SourceQuerySet":
        """Sources by exactly this name, however it is written; where there is none, those whose name begins with it.

        With each come all that readers see as the same one.
        """
        folded = fold(name)
        if not folded:
            return self.none()
        exact = Alias.objects.filter(folded=folded).exists()
        named = "folded = %s" if exact else "folded LIKE %s"
        pattern = folded if exact else re.sub(r"([\\%_])", r"\\\1", folded) + "%"
        return self.filter(pk__in=RawSQL(CALLED_SQL.format(named=named), [pattern]))  # noqa: S611 - two constants


@pghistory.track()
class Source(models.Model):
    """Somebody, or something, that can be quoted: a person, an office, a government, an unnamed officer."""

    kind = models.CharField(max_length=16, choices=SourceKind.choices)
    name = models.CharField(max_length=300, help_text="The name shown; further names are aliases.")
    description = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=35, blank=True, help_text="Language tag (BCP 47) of the name.")
    same_as = models.URLField(
        max_length=500, blank=True, help_text="An address that identifies it, such as Wikidata's."
    )
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the changes; the ETag of the row."
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="source_has_a_name"),
            models.CheckConstraint(condition=Q(kind__in=SourceKind.values), name="source_kind_known"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="source_not_merged_into_itself"
            ),
        ]
        indexes = [models.Index(fields=["name", "id"], name="source_by_name")]
        triggers = [
            # Articles point to sources for ever; a source that is wrong is merged or renamed.
            pgtrigger.Protect(name="source_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def followed(self) -> "Source":
        """The source that readers see in its place: the end of the chain of merges."""
        seen, source = {self.pk}, self
        while source.merged_into is not None and source.merged_into.pk not in seen:
            source = source.merged_into
            seen.add(source.pk)
        return source


def followed(sources: Iterable[Source]) -> list[Source]:
    """What readers see in place of these: each once, by name."""
    return sorted({source.followed for source in sources}, key=lambda source: (source.name, source.pk))


@pghistory.track()
class Alias(models.Model):
    """A surface form by which a source is named, for a time. It may belong to several sources; a person confirms."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="aliases")
    kind = models.CharField(max_length=16, choices=AliasKind.choices, default=AliasKind.NAME)
    name = models.CharField(max_length=300)
    folded = models.CharField(max_length=600, editable=False, help_text="sources.names.fold(name), for look-up.")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "name", "kind", "valid_from"], nulls_distinct=False, name="alias_once_per_source"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="alias_has_a_name"),
            models.CheckConstraint(condition=Q(kind__in=AliasKind.values), name="alias_kind_known"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="alias_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["folded"], opclasses=["text_pattern_ops"], name="alias_by_folded_name")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Relation(models.Model):
    """``subject`` holds office at, speaks for, is part of, or advises ``object``, for a time."""

    subject = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=16, choices=RelationKind.choices)
    object = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="relations_to_it")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "object", "valid_from"], nulls_distinct=False, name="relation_once"
            ),
            models.CheckConstraint(condition=~Q(subject=F("object")), name="relation_joins_two_sources"),
            models.CheckConstraint(condition=Q(kind__in=RelationKind.values), name="relation_kind_known"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="relation_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.get_kind_display()} {self.object}"


class Merge(models.Model):
    """Who merged which source into which, and who took it back. The pointer itself is ``Source.merged_into``."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="merges_into_it")
    reason = models.CharField(max_length=500)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField(db_default=Now())
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at=None), name="merge_one_at_a_time"),
            models.CheckConstraint(condition=~Q(source=F("into")), name="merge_joins_two_sources"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} into {self.into}"
