"""How claims stand to each other: the machine suggests that two are the same, a person says so, or not any more."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from claims.models.claims import Claim, ClaimLink, ClaimLinkQuerySet
from claims.models.events import Subject
from claims.rules import matching
from claims.rules.links import Answer, LinkKind, canonical_ends
from claims.rules.refusals import Absent, Conflict, Refused
from claims.services.events import entry, record_all, verb

# So many candidates are compared with each claim; a name that stands in more of them tells too little by itself.
CANDIDATES = 20

# What is around a claim is in its index entry as well (claims.models.words): only its own words count here.
ALIKE_SQL = """
    SELECT mine.id, other.id, other.text
      FROM unnest(%s::bigint[], %s::text[]) AS mine (id, words)
     CROSS JOIN LATERAL plainto_tsquery('simple', mine.words) AS asked
     CROSS JOIN LATERAL (
         SELECT c.id, c.text FROM claims_claimwords w JOIN claims_claim c ON c.id = w.claim_id
          WHERE w.words @@ asked AND to_tsvector('simple', c.text) @@ asked
            AND c.desk_id = %s AND c.id <> mine.id AND c.state NOT IN ('dismissed', 'archived')
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
    said = {"confirmed_by": actor, "ended_at": None}
    link, _ = ClaimLink.objects.update_or_create(
        from_claim_id=from_id,
        to_claim_id=to_id,
        kind=kind.value,
        defaults=said,
        create_defaults={**said, "by_machine": False},
    )
    _tell("claim.linked", link, actor)
    return link


@verb
def end(link: ClaimLink, *, actor: Any, suggested: bool = False) -> None:
    """It does not hold (any more); ``suggested`` leaves it as a suggestion of the machine's, told as such."""
    over = {"confirmed_by": None, "ended_at": None} if suggested else {"confirmed_by": actor, "ended_at": Now()}
    ClaimLink.objects.filter(pk=link.pk).update(**over)
    _tell("claim.unlinked", link, actor)


@verb
def judge(claim_id: int, other_id: int, answer: Answer, *, actor: Any) -> ClaimLink:
    """Say whether two claims of one desk are the same; OPEN takes back what was said. No machine asks about them again.

    Raises Absent where they are not at one desk, Refused for one and the same, Conflict where that was said already, or
    nobody had said or suggested that they are the same.
    """
    if claim_id == other_id:
        raise Refused.one("other", "itself", "Name another claim than this one.")
    found = Claim.objects.filter(pk__in=(claim_id, other_id)).select_for_update(of=("self",)).order_by("pk")
    claims = {claim.pk: claim for claim in found}
    if len(claims) < 2 or claims[claim_id].desk_id != claims[other_id].desk_id:
        raise Absent.one("other", "absent", "There is no such claim at this desk.")
    ends = canonical_ends(LinkKind.SAME_AS, claim_id, other_id)
    link = ClaimLink.objects.filter(from_claim=ends[0], to_claim=ends[1], kind=LinkKind.SAME_AS.value).first()
    if link is None and answer is not Answer.SAME:
        raise Conflict.with_details("other", "not_linked", "Nobody has said that these two claims are the same.")
    said = None if link is None else answer_of(link)
    # What a person began and ended is as open as it can be.
    nothing_left = answer is Answer.OPEN and said is Answer.DIFFERENT and link is not None and not link.by_machine
    if said is answer or nothing_left:
        raise Conflict.with_details("other", "said_already", "This has already been said of these two claims.")
    if answer is Answer.SAME or link is None:
        return confirm(claims[claim_id], claims[other_id], LinkKind.SAME_AS, actor=actor)
    end(link, actor=actor, suggested=answer is Answer.OPEN and link.by_machine)
    link.refresh_from_db()
    return link


def answer_of(link: ClaimLink) -> Answer:
    """What a person said of the two claims; OPEN where nobody did."""
    if link.ended_at is not None:
        return Answer.DIFFERENT
    return Answer.OPEN if link.confirmed_by_id is None else Answer.SAME


def of_desk(desk_id: int, *, claim_id: int | None = None, answer: Answer | None = Answer.OPEN) -> ClaimLinkQuerySet:
    """Pairs of claims that seem to be the same, or of which somebody said whether they are, with both claims.

    None for any answer.
    """
    rows = ClaimLink.objects.filter(kind=LinkKind.SAME_AS.value, from_claim__desk=desk_id)
    if claim_id is not None:
        rows = rows.filter(Q(from_claim=claim_id) | Q(to_claim=claim_id))
    if answer is Answer.OPEN:
        rows = rows.filter(ended_at=None, confirmed_by=None)
    elif answer is Answer.SAME:
        rows = rows.filter(ended_at=None, confirmed_by__isnull=False)
    elif answer is Answer.DIFFERENT:
        rows = rows.filter(ended_at__isnull=False)
    return rows.select_related("from_claim__article", "to_claim__article", "confirmed_by")


def _tell(kind: str, link: ClaimLink, actor: Any) -> None:
    """In the history of both claims, each naming the other."""
    ends = ((link.from_claim_id, link.to_claim_id), (link.to_claim_id, link.from_claim_id))
    record_all(
        entry(kind, Subject.CLAIM, one, actor=actor, data={"link": link.kind, "claim": other}) for one, other in ends
    )
