"""Whose turn a claim is, and whose it may be: facts of the tables, weighed by rules.routing; anew as time goes by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from claims.models.articles import Article
from claims.models.claims import Claim, ClaimLink
from claims.models.review import QueueEntry
from claims.models.rows import database_now
from claims.rules import routing
from claims.rules.links import LinkKind
from claims.rules.workflow import AssignmentRole
from claims.services import articles
from claims.services.events import verb

# What one tick reckons anew: a queue of ten thousand is through in three minutes and a half.
RESCORED_AT_ONCE = 500
SCORE = ("priority", "priority_reasons", "priority_points")
PLACE = ("priority", "reserved", "language", "topics")
# What is known about an article and has a part in the score or the place of its claims.
WEIGHED = frozenset({"language", "published_at", "topics"})
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def score(claims: Collection[Claim], now: datetime, places: Mapping[int, QueueEntry] | None = None) -> None:
    """Give each claim its priority and the reasons for it; what an editor set stays. Stores nothing.

    ``places`` are their entries in the queue, by the claim's id. Article and desk are best selected with the claims.
    """
    open_ones = [claim for claim in claims if claim.priority_set is None]
    spread = _spread(open_ones)
    for claim in open_ones:
        place = (places or {}).get(claim.pk)
        facts = routing.ClaimFacts(
            checkability=routing.Checkability(claim.checkability),
            check_worthiness=claim.check_worthiness,
            published_at=claim.article.published_at,
            queued_at=place.queued_at if place else None,
            articles=spread[claim.pk],
            topics=frozenset(claim.article.topics),
            due_at=place.due_at if place else None,
        )
        turn = routing.priority(facts, routing.weights_of(claim.desk.routing_weights), now)
        claim.priority = turn.score
        claim.priority_reasons = [reason.text[:200] for reason in turn.reasons]
        claim.priority_points = [reason.points for reason in turn.reasons]


def _spread(claims: Iterable[Claim]) -> dict[int, int]:
    """In how many articles each claim stands, by its id: its own, and those of claims that people found the same."""
    found = {claim.pk: {claim.article_id} for claim in claims}
    same = ClaimLink.objects.standing().filter(kind=LinkKind.SAME_AS, confirmed_by__isnull=False)
    ends = same.filter(Q(from_claim__in=found) | Q(to_claim__in=found))
    columns = ("from_claim", "to_claim", "from_claim__article", "to_claim__article")
    for one, other, of_one, of_other in ends.values_list(*columns):
        for claim, article in ((one, of_other), (other, of_one)):
            if claim in found:
                found[claim].add(article)
    return defaultdict(lambda: 1, {claim: len(articles) for claim, articles in found.items()})


def put(entry: QueueEntry, claim: Claim, now: datetime) -> QueueEntry:
    """Give the entry of the claim what decides who gets it, and when. Stores nothing."""
    entry.priority = claim.priority
    entry.language = routing.primary_language(claim.article.language)
    entry.topics = claim.article.topics
    entry.reserved = _reserved(entry, claim, now)
    return entry


def _reserved(entry: QueueEntry, claim: Claim, now: datetime) -> bool:
    first = entry.role == AssignmentRole.FIRST
    # A second reviewer is hard enough to find, as whoever wrote the first review is out: only where the desk says so.
    if not first and not claim.desk.senior_second_reviews:
        return False
    policy = routing.SeniorPolicy(claim.desk.senior_priority, claim.desk.senior_share)
    overdue = entry.due_at is not None and entry.due_at <= now
    # Drawn by itself: whether the first review was reserved tells nothing of the second.
    sample = sample_of(claim, "senior_review" if first else "senior_second_review")
    return routing.reserved(policy, claim.priority, sample, overdue=overdue)


def sample_of(claim: Claim, purpose: str) -> float:
    """A number from 0 to 1 that stays the same for the claim's round, and that no reviewer can compute beforehand."""
    digest = salted_hmac(f"claims.{purpose}", f"{claim.pk}:{claim.round}", algorithm="sha256").digest()
    return int.from_bytes(digest[:6]) / 2**48


@verb
def rescore(limit: int = RESCORED_AT_ONCE) -> int:
    """Reckon anew what was reckoned longest ago, and before that what is reserved no longer; how many changed places.

    Entries that somebody is at just now are left for the next time. The reasons of a claim change with its score.
    """
    now = database_now()
    rows = QueueEntry.objects.select_for_update(skip_locked=True)
    overdue = list(rows.filter(reserved=True, due_at__lte=Now()).order_by("due_at")[:limit])
    oldest = rows.exclude(pk__in=[entry.pk for entry in overdue]).order_by("scored_at")
    entries = overdue + list(oldest[: limit - len(overdue)])
    before = {entry.pk: [getattr(entry, name) for name in PLACE] for entry in entries}
    # Read once their places are locked: an editor's priority may have come while we waited, and that one stays.
    claims = Claim.objects.select_related("article", "desk").in_bulk([entry.claim_id for entry in entries])
    scores = {claim.pk: claim.priority for claim in claims.values()}
    score(claims.values(), now, {entry.claim_id: entry for entry in entries})
    Claim.objects.bulk_update([claim for claim in claims.values() if claim.priority != scores[claim.pk]], SCORE)
    for entry in entries:
        put(entry, claims[entry.claim_id], now)
    moved = [entry for entry in entries if before[entry.pk] != [getattr(entry, name) for name in PLACE]]
    QueueEntry.objects.bulk_update(moved, PLACE)
    QueueEntry.objects.filter(pk__in=list(before)).update(scored_at=Now())
    return len(moved)


def _soon(article: Article, changed: Collection[str]) -> None:
    """What decides the turn of an article's claims changed: the next tick reckons them before all others."""
    if not WEIGHED.isdisjoint(changed):
        QueueEntry.objects.filter(claim__article=article).update(scored_at=LONG_AGO)


articles.when_described(_soon)
