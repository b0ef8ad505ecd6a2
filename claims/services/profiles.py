"""What a source said and what became of it: for members also at their own desks, for everybody what was published.

Who said it is at a reader's own desks what the article has today, elsewhere what was published with the verdict.
What was merged into a source counts as its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, TruncMonth

from claims.models.claims import Attribution, Claim, ClaimAttribution, ClaimAttributionQuerySet, ClaimQuerySet, Stance
from claims.models.publication import AsPublished, AsPublishedQuerySet, Publication, PublicationQuerySet
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


@dataclass(frozen=True, slots=True)
class _Seen:
    """Conditions on Claim: what a member of some desks sees that a source made, and that it denied or questioned."""

    made: Q
    denied: Q


def _seen(source: Source, desks: Collection[int]) -> _Seen:
    ours = Source.objects.standing_for(source.pk)
    said = Attribution.objects.standing().filter(resolved_sources__source__in=ours, links=OuterRef("pk"))
    links = ClaimAttribution.objects.filter(Exists(said), claim__desk__in=desks)

    def either(here: ClaimAttributionQuerySet, shown: AsPublishedQuerySet) -> Q:
        public = shown.filter(publication__in=_public()).exclude(publication__desk__in=desks)
        return Q(pk__in=here.values("claim")) | Q(pk__in=public.values("publication__claim"))

    return _Seen(
        made=either(links.exclude(stance__in=NOT_MADE), AsPublished.objects.making(ours)),
        denied=either(links.filter(stance__in=NOT_MADE), AsPublished.objects.denying(ours)),
    )


def said(source: Source, desks: Collection[int]) -> ClaimQuerySet:
    """The claims that the source made, denied or spoke of otherwise, as far as they may be seen."""
    seen = _seen(source, desks)
    return Claim.objects.filter(seen.made | seen.denied)


def profile(source: Source, desks: Collection[int]) -> Profile:
    """For a member of these desks; without any, for everybody."""
    seen = _seen(source, desks)
    claims = Claim.objects.filter(seen.made | seen.denied)
    published = AsPublished.objects.filter(publication__in=_public(), publication__claim=OuterRef("pk"))
    dated = Subquery(published.values("article_published_at")[:1])
    day = Case(When(desk__in=desks, then="article__published_at"), default=dated)
    by_month = claims.annotate(month=TruncMonth(Coalesce(day, "created_at"), tzinfo=UTC)).values_list("month")
    counted = {month.date(): n for month, n in by_month.annotate(n=Count("pk")).order_by()}
    shown = numbers.months(counted, MONTHS)
    counts = claims.aggregate(made=Count("pk", filter=seen.made), denied=Count("pk", filter=seen.denied))
    rated = (
        _verdicts(Claim.objects.filter(seen.made), desks)
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


def _verdicts(made: ClaimQuerySet, desks: Collection[int]) -> QuerySet[Verdict]:
    """One for each claim: the newest where a desk of theirs has decided, else the one that everybody may read."""
    own = Q(claim__desk__in=desks, claim__state__in=SETTLED)
    newer = Verdict.objects.filter(claim=OuterRef("claim"), version__gt=OuterRef("version"))
    public = Exists(_public().filter(verdict=OuterRef("pk")))
    return Verdict.objects.filter((own & ~Exists(newer)) | (~own & public), claim__in=made)


def relations(source: Source, *, everybodys: bool) -> list[Relation]:
    """How it stands to others, those that are over too; for everybody only to whom a published verdict names."""
    rows = Relation.objects.filter(Q(subject=source.pk) | Q(object=source.pk)).select_related("subject", "object")
    found = list(rows.order_by("kind", "subject__name", "object__name", "pk"))
    if not everybodys:
        return found
    others = {each.subject_id for each in found} | {each.object_id for each in found}
    me = [OuterRef("pk")]
    shown = AsPublished.objects.filter(publication__in=_public())
    named = Exists(shown.filter(made_by__contains=me)) | Exists(shown.filter(denied_by__contains=me))
    known = set(Source.objects.filter(named, pk__in=others).values_list("pk", flat=True)) | {source.pk}
    return [each for each in found if {each.subject_id, each.object_id} <= known]
