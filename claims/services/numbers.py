"""What a desk's work adds up to: what waits, what each week brought, how long each state takes, what is late.

Nothing is stored: the numbers are counted from the events and the rows when somebody asks, in a few aggregate queries
over the claims that changed since the first day asked for. None of them says what a reviewer of an open claim wrote,
nor whose review it is: what would tell is counted once the claim is decided.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Aggregate, Count, DurationField, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Floor, Least, Now, TruncDate

from claims.models.claims import Attribution, AttributionSource, Claim, ClaimQuerySet
from claims.models.desks import Desk
from claims.models.events import Event, Subject
from claims.models.review import Assignment, QueueEntry
from claims.models.rows import database_now
from claims.rules import numbers
from claims.rules.numbers import Bin, Day, Share, Steps, Week
from claims.rules.refusals import Refused
from claims.rules.workflow import UNVEILED, AssignmentRole, AssignmentState, ClaimState
from claims.services import desks
from sources.models import Source

# How many days may be asked for at once, and how many are shown where nobody says.
DAYS, USUAL = 366, 84
SOON = timedelta(days=1)
SPEAKERS, PEOPLE = 20, 50
REVIEWS = (AssignmentRole.FIRST, AssignmentRole.SECOND)
STATES = tuple(ClaimState)


class Median(Aggregate):
    """The middle one of the values, or between the two in the middle."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Stay:
    """How long claims stood in a state, of the stays that ended in the days asked for."""

    state: str
    count: int
    median: timedelta


@dataclass(frozen=True, slots=True)
class Due:
    """What waits or is held now, by when it is due."""

    overdue: int
    soon: int
    later: int
    undated: int


@dataclass(frozen=True, slots=True)
class InTime:
    """Reviews handed in during one week: all, those that had a due time, and those of these that kept it."""

    monday: date
    reviews: int
    dated: int
    kept: int


@dataclass(frozen=True, slots=True)
class Speaker:
    """Claims of one source, with what was merged into it: open now, and decided in the days asked for."""

    source: Source
    open: int
    decided: int


@dataclass(frozen=True, slots=True)
class Person:
    """What one person reviewed of the claims that are decided since, and what they hold now."""

    user: Any
    reviews: int
    median: timedelta | None
    dated: int
    kept: int
    held: int


@dataclass(frozen=True, slots=True)
class Abreast:
    """A desk beside others: what is open now, and what it decided and published in the days asked for."""

    desk: Desk
    open: int
    decided: int
    published: int


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of a desk from ``since`` to ``until``, days of the desk; of one source's claims where one is given.

    ``people`` is None for whoever may not see what single persons did.
    """

    desk: Desk
    since: date
    until: date
    source: Source | None
    days: Sequence[Day]
    weeks: Sequence[Week]
    stays: Sequence[Stay]
    due: Due
    in_time: Sequence[InTime]
    bins: Sequence[Bin]
    right: Share
    speakers: Sequence[Speaker]
    people: Sequence[Person] | None


@dataclass(frozen=True, slots=True)
class _Window:
    """The moments between which things are counted, and the claims that changed since; others have no step in it."""

    begin: datetime
    end: datetime
    zone: tzinfo
    claims: ClaimQuerySet

    @property
    def changed(self) -> ClaimQuerySet:
        return self.claims.filter(changed_at__gte=self.begin)

    def steps(self) -> QuerySet[Event]:
        """Every step of these claims since the beginning, also those behind the end."""
        ids = self.changed.values("pk")
        return Event.objects.filter(
            subject_type=Subject.CLAIM, subject_id__in=ids, to_state__in=STATES, at__gte=self.begin
        )


def report(
    desk: Desk,
    since: date | None = None,
    until: date | None = None,
    source: Source | None = None,
    *,
    people: bool = False,
) -> Report:
    """The numbers of the desk; without days those of the last twelve weeks. At most 16 queries, however much there is.

    Days before the desk was opened and days to come are left out. Raises Refused for days that are the wrong way round
    or more than a year.
    """
    zone = desks.zone_of(desk)
    since, until = _bounded(desk, since, until, zone)
    claims = Claim.objects.filter(desk=desk).matching(source=source.pk if source else None)
    window = _Window(
        datetime.combine(since, time.min, zone),
        datetime.combine(until + timedelta(days=1), time.min, zone),
        zone,
        claims,
    )
    steps = _steps(window)
    decided = _decided_attributions(desk, window, source)
    return Report(
        desk,
        since,
        until,
        source,
        numbers.days(steps, _now(claims), since, until),
        numbers.weeks(steps, since, until),
        _stays(window),
        _due(claims),
        _in_time(window),
        numbers.bins(decided),
        numbers.share(sum(n for (_, what), n in decided.items() if what == "confirmed"), sum(decided.values())),
        _speakers(window),
        _people(window) if people else None,
    )


def abreast(rows: Iterable[Desk], since: date, until: date, zone: tzinfo) -> list[Abreast]:
    """These desks beside each other, in their order; two queries."""
    shown = list(rows)
    begin, end = datetime.combine(since, time.min, zone), datetime.combine(until + timedelta(days=1), time.min, zone)
    claims = Claim.objects.filter(desk__in=shown)
    is_open = dict(claims.filter(state__in=numbers.OPEN).values_list("desk").annotate(Count("pk")).order_by())
    steps = _Window(begin, end, zone, claims).steps().filter(at__lt=end)
    steps = steps.filter(to_state__in=(ClaimState.DECIDED, ClaimState.PUBLISHED))
    of = Subquery(Claim.objects.filter(pk=OuterRef("subject_id")).values("desk"))
    done = {
        (desk, state): n
        for desk, state, n in steps.annotate(of=of).values_list("of", "to_state").annotate(Count("pk")).order_by()
    }
    return [
        Abreast(
            desk,
            is_open.get(desk.pk, 0),
            done.get((desk.pk, ClaimState.DECIDED), 0),
            done.get((desk.pk, ClaimState.PUBLISHED), 0),
        )
        for desk in shown
    ]


def _bounded(desk: Desk, since: date | None, until: date | None, zone: tzinfo) -> tuple[date, date]:
    today = database_now().astimezone(zone).date()
    opened = desk.created_at.astimezone(zone).date()
    if since and until and until < since:
        raise Refused.one("until", "before_since", "The last day is before the first. Swap them.")
    last = min(until or today, today)
    if last < opened:
        message = f"The desk was opened on {opened:%Y-%m-%d}. Choose a day since then."
        raise Refused.one("until", "before_the_desk", message)
    first = max(since or last - timedelta(days=USUAL - 1), opened)
    if first > last:
        raise Refused.one("since", "after_today", "The first day has not come yet. Choose one that has.")
    if (last - first).days >= DAYS:
        raise Refused.one("since", "too_long", f"Ask for at most {DAYS} days at once.")
    return first, last


def _steps(window: _Window) -> list[Steps]:
    rows = window.steps().annotate(day=TruncDate("at", tzinfo=window.zone))
    return [Steps(*row) for row in rows.values_list("day", "from_state", "to_state").annotate(Count("pk")).order_by()]


def _now(claims: ClaimQuerySet) -> Mapping[str, int]:
    return dict(claims.filter(state__in=numbers.OPEN).values_list("state").annotate(Count("pk")).order_by())


def _stays(window: _Window) -> list[Stay]:
    """By state; a stay ends with the step out of it, and began with the step before."""
    earlier = Event.objects.filter(
        subject_type=Subject.CLAIM,
        subject_id=OuterRef("subject_id"),
        sequence__lt=OuterRef("sequence"),
        to_state__in=STATES,
    ).order_by("-sequence")
    told = ~Q(from_state__in=numbers.TELLING) | Q(subject_id__in=window.changed.filter(state__in=UNVEILED).values("pk"))
    steps = window.steps().filter(told, at__lt=window.end, from_state__in=numbers.MEASURED)
    rows = steps.annotate(lasted=F("at") - Subquery(earlier.values("at")[:1])).filter(lasted__isnull=False)
    found = {
        state: Stay(state, count, median)
        for state, count, median in rows.values_list("from_state")
        .annotate(count=Count("pk"), median=Median("lasted"))
        .order_by()
    }
    return [found[state] for state in numbers.MEASURED if state in found]


def _due(claims: ClaimQuerySet) -> Due:
    waiting = QueueEntry.objects.filter(claim__in=claims)
    held = Assignment.objects.holding().filter(claim__in=claims)
    buckets = {
        "overdue": Count("pk", filter=Q(due_at__lte=Now())),
        "soon": Count("pk", filter=Q(due_at__gt=Now(), due_at__lte=Now() + SOON)),
        "later": Count("pk", filter=Q(due_at__gt=Now() + SOON)),
        "undated": Count("pk", filter=Q(due_at=None)),
    }
    counts = [rows.aggregate(**buckets) for rows in (waiting, held)]
    return Due(**{name: sum(each[name] for each in counts) for name in buckets})


DATED = Count("pk", filter=Q(due_at__isnull=False))
KEPT = Count("pk", filter=Q(ended_at__lte=F("due_at")))


def _handed_in(window: _Window) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        claim__in=window.changed,
        role__in=REVIEWS,
        state=AssignmentState.SUBMITTED,
        ended_at__gte=window.begin,
        ended_at__lt=window.end,
    )


def _in_time(window: _Window) -> list[InTime]:
    rows = _handed_in(window).annotate(day=TruncDate("ended_at", tzinfo=window.zone))
    weeks: dict[date, Counter[str]] = {}
    for day, *counts in rows.values_list("day").annotate(Count("pk"), dated=DATED, kept=KEPT).order_by("day"):
        week = weeks.setdefault(numbers.monday(day), Counter())
        week.update(dict(zip(("reviews", "dated", "kept"), counts, strict=True)))
    return [InTime(monday, of["reviews"], of["dated"], of["kept"]) for monday, of in weeks.items()]


def _decided_attributions(desk: Desk, window: _Window, source: Source | None) -> Mapping[tuple[int, str], int]:
    """What people decided on what the engine found, by tenth of its confidence and decision."""
    rows = Attribution.objects.filter(
        revision__article__desk=desk,
        decision__in=numbers.DECISIONS,
        decided_at__gte=window.begin,
        decided_at__lt=window.end,
    ).exclude(engine="")
    if source is not None:
        named = AttributionSource.objects.filter(source__in=Source.objects.standing_for(source.pk))
        rows = rows.filter(pk__in=named.values("attribution"))
    tenth: Func = Least(Floor(F("confidence") * 10), 9, output_field=IntegerField())
    counted = rows.annotate(tenth=tenth).values_list("tenth", "decision").annotate(Count("pk")).order_by()
    return {(tenth, decision): n for tenth, decision, n in counted}


def _speakers(window: _Window) -> list[Speaker]:
    """Whose claims they are, those with the most first. A claim of several sources counts for each of them."""
    decided = window.steps().filter(at__lt=window.end, to_state=ClaimState.DECIDED).values("subject_id")
    counts: dict[int, Counter[str]] = {}
    for name, claims in (
        ("open", window.claims.filter(state__in=numbers.OPEN)),
        ("decided", window.changed.filter(pk__in=decided)),
    ):
        said = AttributionSource.objects.filter(
            attribution__in=Attribution.objects.standing(), attribution__links__claim__in=claims
        )
        rows = said.values_list("source").annotate(n=Count("attribution__links__claim", distinct=True))
        for source, n in rows.order_by("-n", "source")[: SPEAKERS * 5]:
            counts.setdefault(source, Counter())[name] = n
    # A source that was merged more often is rare, and costs a query.
    merged = Source.objects.select_related("merged_into__merged_into__merged_into").in_bulk(counts)
    summed: dict[Source, Counter[str]] = {}
    for source_id, of in counts.items():
        summed.setdefault(merged[source_id].followed, Counter()).update(of)
    speakers = [Speaker(source, of["open"], of["decided"]) for source, of in summed.items()]
    return sorted(speakers, key=lambda each: (-each.open - each.decided, each.source.name))[:SPEAKERS]


def _people(window: _Window) -> list[Person]:
    """Those with the most reviews first. Of claims that are still open it is not told who reviewed them."""
    reviews = _handed_in(window).filter(Q(claim__state__in=UNVEILED) | Q(round__lt=F("claim__round")))
    lasted = Median(F("ended_at") - F("assigned_at"))
    done = {
        person: (n, median, dated, kept)
        for person, n, median, dated, kept in reviews.values_list("reviewer")
        .annotate(n=Count("pk"), median=lasted, dated=DATED, kept=KEPT)
        .order_by("-n", "reviewer")[:PEOPLE]
    }
    holding = Assignment.objects.holding().filter(claim__in=window.claims).values_list("reviewer")
    held = dict(holding.annotate(n=Count("pk")).order_by("-n", "reviewer")[:PEOPLE])
    people = get_user_model().objects.in_bulk({*done, *held})
    found = [Person(user, *done.get(pk, (0, None, 0, 0)), held.get(pk, 0)) for pk, user in people.items()]
    return sorted(found, key=lambda each: (-each.reviews, -each.held, str(each.user)))
