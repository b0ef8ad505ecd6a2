"""Who says what, who denies it, and who answers whom: of one article, or of all that a desk has on a topic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Min, OuterRef, Prefetch, Subquery

from claims.models.articles import Article
from claims.models.claims import (
    Attribution,
    AttributionSource,
    Claim,
    ClaimAttribution,
    ClaimAttributionQuerySet,
    Stance,
)
from claims.models.desks import Desk
from claims.models.spans import Span
from claims.rules import topics
from sources.models import Source

# How many are looked at: an article has fewer, of a topic those of the most important claims.
MOST = 400


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks. ``source`` is None for whom the register does not know by ``name``."""

    source: Source | None
    name: str

    @property
    def key(self) -> str:
        """The same for the same source, whatever it is called."""
        return f"source {self.source.pk}" if self.source else f"named {self.name}"


@dataclass(frozen=True, slots=True)
class Words:
    """Where something is said: the attribution, its article, and where in the text it begins."""

    attribution: int
    article: Article
    begins: int


@dataclass(frozen=True, slots=True)
class Saying:
    """That somebody takes a stance to a claim."""

    speaker: Speaker
    stance: Stance
    claim: Claim
    words: Words


@dataclass(frozen=True, slots=True)
class Answer:
    """That somebody answers or denies what somebody else said: the ``claim`` is what was answered, else their own."""

    speaker: Speaker
    stance: Stance
    to: Speaker
    claim: Claim
    words: Words


@dataclass(frozen=True, slots=True)
class Sayings:
    """In the order of importance of the claims, each once; ``more`` where not all were looked at."""

    said: Sequence[Saying] = ()
    answers: Sequence[Answer] = ()
    more: bool = False


def of_article(article: Article) -> Sayings:
    """Three queries."""
    return _sayings(ClaimAttribution.objects.filter(claim__article=article))


def of_topic(desk: Desk, topic: str) -> Sayings:
    """The same of every article of the desk that is about the topic."""
    about = list(topics.topics([topic]))
    if not about:
        return Sayings()
    return _sayings(ClaimAttribution.objects.filter(claim__desk=desk, claim__article__topics__contains=about))


def _sayings(links: ClaimAttributionQuerySet) -> Sayings:
    # A source that was merged more often is rare, and costs a query.
    merges = AttributionSource.objects.select_related("source__merged_into__merged_into__merged_into")
    rows = links.filter(attribution__in=Attribution.objects.standing())
    rows = rows.select_related("claim__article", "attribution__responds_to")
    rows = rows.prefetch_related(
        Prefetch("attribution__resolved_sources", merges),
        Prefetch("attribution__responds_to__resolved_sources", merges),
    )
    first = Span.objects.filter(attribution=OuterRef("attribution")).values("attribution").annotate(at=Min("start"))
    rows = rows.annotate(begins=Subquery(first.values("at")))
    found = list(rows.order_by("-claim__priority", "claim", "pk")[: MOST + 1])
    looked_at = found[:MOST]
    said: dict[tuple[str, str, int], Saying] = {}
    for link in looked_at:
        for speaker in _speakers(link.attribution):
            key = (speaker.key, link.stance, link.claim_id)
            said.setdefault(key, Saying(speaker, Stance(link.stance), link.claim, _words(link)))
    return Sayings(list(said.values()), list(_answers(looked_at)), len(found) > MOST)


def _answers(links: Sequence[ClaimAttribution]) -> Iterator[Answer]:
    """Who answers whom, each once for an attribution; of what was looked at."""
    by_attribution: dict[int, ClaimAttribution] = {}
    for link in links:
        by_attribution.setdefault(link.attribution_id, link)
    for link in by_attribution.values():
        answered = link.attribution.responds_to
        if answered is None or not answered.stands:
            continue
        claim = by_attribution.get(answered.pk, link).claim
        for speaker in _speakers(link.attribution):
            for to in _speakers(answered):
                if speaker.key != to.key:
                    yield Answer(speaker, Stance(link.attribution.stance), to, claim, _words(link))


def _words(link: ClaimAttribution) -> Words:
    return Words(link.attribution_id, link.claim.article, getattr(link, "begins", None) or 0)


def _speakers(attribution: Attribution) -> list[Speaker]:
    """All who speak together; one without a name for nobody."""
    sources = [named.source.followed for named in attribution.named]
    return [Speaker(source, source.name) for source in sources] or [Speaker(None, attribution.source_entity)]
