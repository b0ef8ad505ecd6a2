"""What a claim is found by: its own words, those that were quoted, who said it, and the headline above it."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from claims.models.claims import Claim

# For all claims of a statement at once: an import has thousands.
NEW_WORDS_SQL = """
    INSERT INTO claims_claimwords (claim_id, around, words) SELECT id, '', to_tsvector('simple', text) FROM new_claims;
    RETURN NULL;
"""
# The words around the claim stay until services.words writes them anew. Row by row: PostgreSQL lets no trigger of a
# statement ask for one column, and most changes of a claim leave its text as it is.
OTHER_WORDS_SQL = """
    UPDATE claims_claimwords SET words = to_tsvector('simple', NEW.text || ' ' || around) WHERE claim_id = NEW.id;
    RETURN NULL;
"""


class ClaimWords(models.Model):
    """The index entry of one claim. A table of its own: what changes with the work on a claim never touches it."""

    claim = models.OneToOneField(Claim, primary_key=True, on_delete=models.PROTECT, related_name="searched")
    around = models.TextField(blank=True, help_text="Speakers, quoted words, headline and outlet.")
    words = SearchVectorField(help_text="Of the claim and of what is around it, without stemming: any language.")

    class Meta:
        indexes = [GinIndex(fields=["words"], name="claim_found_by")]

    def __str__(self) -> str:
        return f"words of {self.claim}"


class FoundClaim(Claim):
    """A claim as the index sees it: it is found by its text from the statement on that stores it."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="claim_is_found_by_its_words",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_claims"),
                func=NEW_WORDS_SQL,
            ),
            pgtrigger.Trigger(
                name="claim_is_found_by_other_words",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("text"),
                func=OTHER_WORDS_SQL,
            ),
        ]
