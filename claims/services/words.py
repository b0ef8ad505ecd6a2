"""Write what claims are found by beside their own text: who said it, the quoted words, headline and outlet."""

from collections.abc import Collection, Iterable

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from claims.models.articles import Article, Revision
from claims.models.claims import Claim, ClaimAttribution, SpanRole
from claims.models.spans import Span
from claims.models.words import ClaimWords
from claims.services import articles

BATCH = 1000
# More of one claim nobody searches for, and the database refuses an index entry of a megabyte.
LONGEST = 20_000


def write(ids: Iterable[int]) -> None:
    """Write the entries of these claims anew. Inside the caller's transaction, which changed what they hold."""
    texts: dict[int, str] = {}
    wanted = sorted(ids)
    for at in range(0, len(wanted), BATCH):
        _write(wanted[at : at + BATCH], texts)


def _write(ids: Collection[int], texts: dict[int, str]) -> None:
    """Five queries however many claims; ``texts`` are those of the revisions that were read already, by id."""
    around: dict[int, list[str]] = {
        pk: [title, outlet]
        for pk, title, outlet in Claim.objects.filter(pk__in=ids).values_list("pk", "article__title", "article__outlet")
    }
    # Not what is only suggested: whoever searches what was published would learn of it.
    links = ClaimAttribution.objects.counting().filter(claim__in=ids).order_by("pk")
    carried = list(links.values_list("claim", "attribution", "attribution__revision", "attribution__source_entity"))
    missing = {revision for _, _, revision, _ in carried} - set(texts)
    texts |= dict(Revision.objects.filter(pk__in=missing).values_list("pk", "text"))
    spans: dict[int, list[tuple[int, int]]] = {}
    said = Span.objects.filter(attribution__in={each for _, each, _, _ in carried}).exclude(role=SpanRole.CUE)
    for attribution, start, end in said.order_by("start").values_list("attribution", "start", "end"):
        spans.setdefault(attribution, []).append((start, end))
    for claim, attribution, revision, speaker in carried:
        text = texts[revision]
        around[claim] += [speaker, *(text[start:end] for start, end in spans.get(attribution, ()))]
    claims = Claim.objects.filter(pk__in=ids).values_list("pk", "text")
    ClaimWords.objects.bulk_create(
        (_entry(pk, text, " ".join(filter(None, around[pk]))[:LONGEST]) for pk, text in claims),
        update_conflicts=True,
        unique_fields=["claim"],
        update_fields=["around", "words"],
    )


def _entry(claim: int, text: str, around: str) -> ClaimWords:
    # An expression where the field would be: the database makes the words.
    words = SearchVector(Value(f"{text} {around}"), config="simple")
    return ClaimWords(claim_id=claim, around=around, words=words)


def _described(article: Article, changed: Collection[str]) -> None:
    if {"title", "outlet"} & set(changed):
        write(Claim.objects.filter(article=article).values_list("pk", flat=True))


articles.when_described(_described)
