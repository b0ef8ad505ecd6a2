"""How claims stand to each other: the machine suggests that two are the same, a person says so, or not any more."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from claims.models.claims import Claim, ClaimLink
from claims.models.events import Subject
from claims.rules import matching
from claims.rules.links import LinkKind, canonical_ends
from claims.services.events import entry, record_all, verb

# So many candidates are compared with each claim; a name that stands in more of them tells too little by itself.
CANDIDATES = 20

# The expression of the index claim_words.
ALIKE_SQL = """
    SELECT mine.id, other.id, other.text
      FROM unnest(%s::bigint[], %s::text[]) AS mine (id, words)
     CROSS JOIN LATERAL (
         SELECT id, text FROM claims_claim
          WHERE desk_id = %s AND id <> mine.id AND state NOT IN ('dismissed', 'archived')
            AND to_tsvector('simple'::regconfig, coalesce(text, '')) @@ plainto_tsquery('simple', mine.words)
          LIMIT %s
     ) AS other
"""


def suggest(claims: Sequence[Claim]) -> None:
    """Note for each of these claims of one desk which other is likely the same.

    Two queries however many claims there are. What a person has decided on two claims stays as it is.
    """
    if not claims:
        return
    texts = {claim.pk: claim.text for claim in claims}
    asked = [" ".join(matching.key_words(text)) for text in texts.values()]
    found: dict[int, list[tuple[int, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ALIKE_SQL, [list(texts), asked, claims[0].desk_id, CANDIDATES])
        for mine, other, text in cursor.fetchall():
            found.setdefault(mine, []).append((other, text))
    links = []
    for mine, candidates in found.items():
        best = matching.best_match(texts[mine], candidates)
        if best is not None and best[1].match is matching.Match.SAME:
            from_id, to_id = canonical_ends(LinkKind.SAME_AS, mine, best[0])
            score = best[1].similarity
            links.append(ClaimLink(from_claim_id=from_id, to_claim_id=to_id, kind=LinkKind.SAME_AS, score=score))
    ClaimLink.objects.bulk_create(links, ignore_conflicts=True)


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
