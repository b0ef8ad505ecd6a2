"""Conflicts of interest: from whom a person stands too near to judge them, and which claims that concerns."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Now

from claims.models.desks import Desk
from claims.rules.rights import Right, roles_with
from sources.models import Source

# Which open conflicts of a person concern a claim of their desk: of a source that it comes from, be that confirmed or
# suggested, or of the outlet that printed it. Sources that were merged are one, in whichever direction one looks:
# readers see them as one. Whoever has no conflict is let through before anything else is read. Each OFFSET 0 keeps
# PostgreSQL from asking for all claims at once, which costs more with each claim that the desks ever had.
CONFLICTS_SQL = """
    WITH RECURSIVE near (conflict_id, desk_id, source_id) AS (
        SELECT id, desk_id, source_id FROM claims_conflictofinterest WHERE user_id = {person} AND ended_at IS NULL
        UNION
        SELECT near.conflict_id, near.desk_id, other.id FROM near JOIN LATERAL (
            SELECT s.merged_into_id AS id FROM sources_source s
             WHERE s.id = near.source_id AND s.merged_into_id IS NOT NULL
            UNION ALL
            SELECT s.id FROM sources_source s WHERE s.merged_into_id = near.source_id
        ) other ON true
    )
    SELECT near.conflict_id FROM claims_claim c JOIN near ON near.desk_id = c.desk_id
     WHERE c.id = {claim} AND (
        EXISTS (
            SELECT 1 FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id
              JOIN claims_attributionsource named ON named.attribution_id = a.id
             WHERE l.claim_id = c.id AND named.source_id = near.source_id
               AND NOT a.suggested AND a.decision <> 'rejected'
            OFFSET 0
        ) OR EXISTS (
            SELECT 1 FROM claims_article t JOIN sources_alias n ON n.folded = t.outlet_folded
              JOIN sources_source o ON o.id = n.source_id
             WHERE t.id = c.article_id AND t.outlet_folded <> '' AND n.source_id = near.source_id AND o.kind = 'outlet'
            OFFSET 0
        )
     )
    OFFSET 0
"""
HAS_ANY_SQL = "EXISTS (SELECT 1 FROM claims_conflictofinterest WHERE user_id = {person} AND ended_at IS NULL)"


def refusal(person: str, constraint: str) -> str:
    """The body of a trigger that refuses ``person``, a column of NEW, for the claim of the row."""
    column = {"person": f"NEW.{person}", "claim": "NEW.claim_id"}
    return f"""
    -- Two conditions: as one, PostgreSQL would prepare the second for every row, which takes longer than the first.
    IF {HAS_ANY_SQL.format(**column)} THEN
        IF EXISTS ({CONFLICTS_SQL.format(**column)}) THEN
            RAISE EXCEPTION 'person % has a conflict of interest with claim %', {column["person"]}, NEW.claim_id
                USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
        END IF;
    END IF;
    RETURN NEW;
    """


class InConflict(Func):
    """A condition: an open conflict of interest of the person concerns the claim. Each is a column, or an id."""

    output_field = models.BooleanField()

    def __init__(self, person: str | int, claim: str | int) -> None:
        super().__init__(person, claim)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # it needs no template
        (person, who), (claim, which) = (compiler.compile(each) for each in self.get_source_expressions())
        known, concerns = HAS_ANY_SQL.format(person=person), CONFLICTS_SQL.format(person=person, claim=claim)
        return f"({known} AND EXISTS ({concerns}))", [*who, *who, *which]


class ConflictQuerySet(models.QuerySet["ConflictOfInterest"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)

    def concerning(self, user: Any, claim_id: int) -> Self:
        """The person's open ones that concern the claim."""
        found = CONFLICTS_SQL.format(person="%s", claim="%s")
        return self.filter(pk__in=models.expressions.RawSQL(found, [user.pk, claim_id]))  # noqa: S611 - a constant

    def seen_by(self, user: Any) -> Self:
        """The person's own, and everybody's at the desks that they oversee."""
        own = Q(user=user.pk, desk__in=Desk.objects.of(user))
        return self.filter(own | Q(desk__in=Desk.objects.of(user, roles_with(Right.OVERSEE))))


class ConflictOfInterest(models.Model):
    """That a person declared to stand too near to a source for reviewing what it says, and until when that held."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="conflicts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conflicts")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="conflicts")
    note = models.CharField(max_length=500, blank=True, help_text="For the person and the editors.")
    declared_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "conflicts of interest"
        constraints = [
            # Ending one of two would look like the end of it, and the other would go on refusing.
            models.UniqueConstraint(
                fields=["user", "desk", "source"], condition=Q(ended_at=None), name="conflict_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="conflict_ends_for_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="conflict_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="conflict_stays_as_declared",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("desk", "user", "source", "note", "declared_at"),
            ),
            # One that could begin again would hide that its person reviewed in between.
            pgtrigger.Protect(
                name="conflict_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} and {self.source}"
