"""How claims stand to each other: a person says that two are the same, or that they are not any more."""

from typing import Any

from django.db.models.functions import Now

from claims.models.claims import Claim, ClaimLink
from claims.models.events import Subject
from claims.rules.links import LinkKind, canonical_ends
from claims.services.events import entry, record_all, verb


@verb
def confirm(claim: Claim, other: Claim, kind: LinkKind, *, actor: Any) -> ClaimLink:
    """Say that ``claim`` stands so to ``other``; what the machine suggested is confirmed. Both claims are locked."""
    from_id, to_id = canonical_ends(kind, claim.pk, other.pk)
    link, _ = ClaimLink.objects.update_or_create(
        from_claim_id=from_id, to_claim_id=to_id, kind=kind.value, defaults={"confirmed_by": actor, "ended_at": None}
    )
    _tell("claim.linked", link, actor)
    return link


@verb
def end(link: ClaimLink, *, actor: Any, suggested: bool = False) -> None:
    """It does not hold (any more); ``suggested`` leaves it as a suggestion of the machine's."""
    over = {"confirmed_by": None, "ended_at": None} if suggested else {"ended_at": Now()}
    ClaimLink.objects.filter(pk=link.pk).update(**over)
    _tell("claim.unlinked", link, actor)


def _tell(kind: str, link: ClaimLink, actor: Any) -> None:
    """In the history of both claims, each naming the other."""
    ends = ((link.from_claim_id, link.to_claim_id), (link.to_claim_id, link.from_claim_id))
    record_all(
        entry(kind, Subject.CLAIM, one, actor=actor, data={"link": link.kind, "claim": other}) for one, other in ends
    )
