"""What a claim is found by: its own words, those that were quoted, who said it, and the headline above it."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from claims.models.claims import Claim

# The words around the claim stay until services.words writes them anew.
OWN_WORDS_SQL = """
    INSERT INTO claims_claimwords (claim_id, around, words) VALUES (NEW.id, '', to_tsvector('simple', NEW.text))
    ON CONFLICT (claim_id) DO UPDATE
       SET words = to_tsvector('simple', NEW.text || ' ' || claims_claimwords.around);
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
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("text"),  # type: ignore[no-untyped-call]  # the library has no types there
                func=OWN_WORDS_SQL,
            )
        ]
