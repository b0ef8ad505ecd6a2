"""What a source said and what became of it: for members also at their own desks, for everybody what was published.

What was merged into a source counts as its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncMonth

from claims.models.claims import Attribution, Claim, ClaimAttribution, ClaimAttributionQuerySet, ClaimQuerySet, Stance
from claims.models.publication import Publication, PublicationQuerySet
from claims.models.verdicts import Verdict
from claims.rules import numbers
from claims.rules.workflow import ClaimState
from sources.models import Relation, Source

MONTHS = 24
# Whoever denies or asks has not made the claim: a verdict on it is none on them.
NOT_MADE = (Stance.DENIES, Stance.QUESTIONS)
SETTLED = (ClaimState.DECIDED, ClaimState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Rated:
    """How many of the claims got this rating on whether they are true."""

    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Profile:
    """The claims of a source that somebody may see.

    ``made`` are those that it made itself, ``denied`` those that it denied or questioned; one can be both. Of those
    made, ``decided`` have a verdict, whose ratings are in the order of their scales, the best first. ``earlier`` counts
    what lies before the months.
    """

    months: Sequence[tuple[date, int]]
    earlier: int
    made: int
    denied: int
    decided: int
    ratings: Sequence[Rated]


def _public() -> PublicationQuerySet:
    return Publication.objects.visible()


def _links(source: Source, desks: Collection[int]) -> ClaimAttributionQuerySet:
    said = Attribution.objects.standing().filter(
        resolved_sources__source__in=Source.objects.standing_for(source.pk), links=OuterRef("pk")
    )
    rows = ClaimAttribution.objects.filter(Exists(said))
    return rows.filter(Q(claim__desk__in=desks) | Exists(_public().filter(claim=OuterRef("claim"))))


def said(source: Source, desks: Collection[int]) -> ClaimQuerySet:
    """The claims that the source made, denied or spoke of otherwise, as far as they may be seen."""
    return Claim.objects.filter(pk__in=_links(source, desks).values("claim"))


def profile(source: Source, desks: Collection[int]) -> Profile:
    """For a member of these desks; without any, for everybody."""
    links = _links(source, desks)
    when = Coalesce("claim__article__published_at", "claim__created_at")
    by_month = links.annotate(month=TruncMonth(when, tzinfo=UTC)).values_list("month")
    counted = {month.date(): n for month, n in by_month.annotate(n=Count("claim", distinct=True)).order_by()}
    shown = numbers.months(counted, MONTHS)
    made = links.exclude(stance__in=NOT_MADE)
    counts = links.aggregate(
        made=Count("claim", distinct=True, filter=~Q(stance__in=NOT_MADE)),
        denied=Count("claim", distinct=True, filter=Q(stance__in=NOT_MADE)),
    )
    rated = (
        _verdicts(made, desks)
        .values_list("veracity_rating__key", "veracity_rating__label")
        .annotate(number=Coalesce("veracity_rating__number", 0), n=Count("pk"))
    )
    rows = [(label, n) for _key, label, _number, n in rated.order_by("-number", "veracity_rating__label")]
    decided = sum(n for _label, n in rows)
    return Profile(
        shown,
        sum(counted.values()) - sum(n for _month, n in shown),
        counts["made"],
        counts["denied"],
        decided,
        [Rated(label, n, n / decided) for label, n in rows],
    )


def _verdicts(made: ClaimAttributionQuerySet, desks: Collection[int]) -> QuerySet[Verdict]:
    """One for each claim: the newest where a desk of theirs has decided, else the one that everybody may read."""
    own = Q(claim__desk__in=desks, claim__state__in=SETTLED)
    newer = Verdict.objects.filter(claim=OuterRef("claim"), version__gt=OuterRef("version"))
    public = Exists(_public().filter(verdict=OuterRef("pk")))
    return Verdict.objects.filter((own & ~Exists(newer)) | (~own & public), claim__in=made.values("claim"))


def relations(source: Source, *, everybodys: bool) -> list[Relation]:
    """How it stands to others, those that are over too; for everybody only to whom a published verdict names."""
    rows = Relation.objects.filter(Q(subject=source.pk) | Q(object=source.pk)).select_related("subject", "object")
    found = list(rows.order_by("kind", "subject__name", "object__name", "pk"))
    if not everybodys:
        return found
    others = {each.subject_id for each in found} | {each.object_id for each in found}
    links = ClaimAttribution.objects.filter(Exists(_public().filter(claim=OuterRef("claim"))))
    speaking = Attribution.objects.standing().filter(Exists(links.filter(attribution=OuterRef("pk"))))
    known = set(
        Source.objects.filter(pk__in=others, attributions__attribution__in=speaking).values_list("pk", flat=True)
    )
    known.add(source.pk)
    return [each for each in found if {each.subject_id, each.object_id} <= known]
