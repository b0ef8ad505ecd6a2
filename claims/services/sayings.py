"""Who says what, and who denies it: of one article, or of all that a desk has on a topic."""

from dataclasses import dataclass

from django.db.models import Prefetch

from claims.models.articles import Article
from claims.models.claims import Attribution, AttributionSource, Claim, ClaimAttribution, ClaimAttributionQuerySet
from claims.models.desks import Desk
from claims.rules import topics
from sources.models import Source

# How many are looked at: an article has fewer, of a topic those of the most important claims.
MOST = 400


@dataclass(frozen=True, slots=True)
class Saying:
    """That somebody takes a stance to a claim. ``source`` is None for whom the register does not know by ``name``.

    ``answers`` names to whom: whoever made the statement that theirs denies or answers, or nobody.
    """

    source: Source | None
    name: str
    stance: str
    claim: Claim
    answers: str = ""

    @property
    def who(self) -> str:
        """The same for the same source, whatever it is called."""
        return f"source {self.source.pk}" if self.source else f"named {self.name}"


def of_article(article: Article) -> tuple[list[Saying], bool]:
    """In the order of importance of the claims, each once; and whether there are more. Three queries."""
    return _sayings(ClaimAttribution.objects.filter(claim__article=article))


def of_topic(desk: Desk, topic: str) -> tuple[list[Saying], bool]:
    """The same of every article of the desk that is about the topic."""
    about = list(topics.topics([topic]))
    if not about:
        return [], False
    return _sayings(ClaimAttribution.objects.filter(claim__desk=desk, claim__article__topics__contains=about))


def _sayings(links: ClaimAttributionQuerySet) -> tuple[list[Saying], bool]:
    # A source that was merged more often is rare, and costs a query.
    merges = AttributionSource.objects.select_related("source__merged_into__merged_into__merged_into")
    rows = links.filter(attribution__in=Attribution.objects.standing())
    rows = rows.select_related("claim", "attribution__responds_to")
    rows = rows.prefetch_related(
        Prefetch("attribution__resolved_sources", merges),
        Prefetch("attribution__responds_to__resolved_sources", merges),
    )
    found = list(rows.order_by("-claim__priority", "claim", "pk")[: MOST + 1])
    sayings: dict[tuple[str, str, int], Saying] = {}
    for link in found[:MOST]:
        saying = _saying(link)
        sayings.setdefault((saying.who, saying.stance, link.claim_id), saying)
    return list(sayings.values()), len(found) > MOST


def _saying(link: ClaimAttribution) -> Saying:
    source, name = _speaker(link.attribution)
    answered = link.attribution.responds_to
    return Saying(source, name, link.stance, link.claim, _speaker(answered)[1] if answered and answered.stands else "")


def _speaker(attribution: Attribution) -> tuple[Source | None, str]:
    named = attribution.named
    source = named[0].source.followed if named else None
    return source, source.name if source else attribution.source_entity
