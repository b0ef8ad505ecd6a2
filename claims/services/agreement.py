"""How far the two reviewers of a claim agree, by what each said and marked before knowing of the other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest, Length

from claims.models.articles import Revision
from claims.models.claims import SpanRole
from claims.models.desks import EDITORS, Desk
from claims.models.markings import ReviewSpan
from claims.models.review import Review
from claims.rules import unitizing
from claims.rules.agreement import Agreement, Estimate, measured
from claims.rules.ratings import Axis
from claims.rules.refusals import Absent, Forbidden, Refused
from claims.rules.unitizing import Continuum, Unit, stretches
from claims.rules.workflow import AssignmentRole
from claims.services import desks

# What a report looks at, however much there is: the newest claims, the pairs with the most of them, the last months.
CLAIMS, PAIRS, MONTHS = 2_000, 30, 24
# Below this many claims a coefficient says next to nothing.
FEW = 20

WHOLE, PAIR, MONTH = "whole", "pair", "month"

# First review, second review, when the later of them came in.
Couple = tuple[int, int, datetime]
# What both reviewers of a claim marked in each role, in every text that holds something of it.
Marked = Mapping[str, Sequence[Continuum]]


@dataclass(frozen=True, slots=True)
class Found:
    """What one reviewer found on one axis."""

    rating: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Twice:
    """A claim that two people reviewed. The findings of each axis are in the order of the reviewers.

    ``marked`` is empty where not both marked: reviews from before there were spans, or of different attributions.
    """

    reviewers: tuple[int, int]
    both_in: datetime
    findings: dict[Axis, tuple[Found, Found]]
    marked: Marked

    def in_order_of_people(self) -> "Twice":
        """The same person always on the left, whoever of the two was first."""
        if self.reviewers[0] < self.reviewers[1]:
            return self
        turned = {axis: (other, one) for axis, (one, other) in self.findings.items()}
        # For the spans it is all the same who is who.
        return Twice(self.reviewers[::-1], self.both_in, turned, self.marked)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a report: an axis, and whose or which month's reviews. A month is its first day."""

    axis: Axis
    by: str
    agreement: Agreement
    reviewers: tuple[Any, ...] = ()
    month: date | None = None

    @property
    def few(self) -> bool:
        return self.agreement.n < FEW


@dataclass(frozen=True, slots=True)
class SpanRow:
    """How far the spans agree on ``n`` claims: alpha for unitizing of each role; whose or which month's as in Row."""

    by: str
    n: int
    alphas: Mapping[str, Estimate]
    reviewers: tuple[Any, ...] = ()
    month: date | None = None

    @property
    def few(self) -> bool:
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class Report:
    """The agreement at a desk. What was left out is said: older claims, pairs with fewer claims, older months, and for
    the spans the claims that were not marked by both.
    """

    desk: Desk
    since: date | None
    until: date | None
    claims: int
    older_left_out: bool
    pairs_left_out: int
    months_left_out: int
    unmarked: int
    rows: Sequence[Row]
    spans: Sequence[SpanRow]

    def of(self, axis: Axis, by: str) -> list[Row]:
        return [row for row in self.rows if (row.axis, row.by) == (axis, by)]


def desk_of(user: Any, named: str = "") -> Desk:
    """The desk that ``named`` (slug or id) means, or the first by name at which ``user`` is an editor.

    Raises Absent for what is no desk of theirs, Forbidden where they are no editor.
    """
    if not named:
        first = Desk.objects.of(user, EDITORS).order_by("name", "pk").first()
        if first is None:
            raise Forbidden.one("desk", "not_an_editor", "Only editors see how far reviewers agree.")
        return first
    found = [desk for desk in Desk.objects.of(user) if named in (desk.slug, str(desk.pk))]
    if not found:
        raise Absent.one("desk", "absent", "There is no such desk of yours.")
    if desks.role_at(found[0].pk, user) not in EDITORS:
        raise Forbidden.one("desk", "not_an_editor", "At this desk you do not see how far reviewers agree.")
    return found[0]


def report(desk: Desk, since: date | None = None, until: date | None = None) -> Report:
    """How far reviews of the same claim agree, of claims whose second review came in from ``since`` to ``until``.

    The days are those of the desk. Five queries, however many reviews there are. Raises Refused when the days are the
    wrong way round.
    """
    if since and until and until < since:
        raise Refused.one("until", "before_since", "The last day is before the first. Swap them.")
    zone = desks.zone_of(desk)
    twice, more = _twice(_couples(desk, since, until, zone))
    pairs, months = _by_pair(twice), _by_month(twice, zone)
    people = get_user_model().objects.in_bulk({person for pair in pairs for person in pair})
    groups: list[tuple[str, list[Twice], dict[str, Any]]] = [(WHOLE, twice, {})]
    for pair, claims in list(pairs.items())[:PAIRS]:
        groups.append((PAIR, claims, {"reviewers": tuple(people[one] for one in pair)}))
    for month, claims in list(months.items())[-MONTHS:]:
        groups.append((MONTH, claims, {"month": month}))
    rows = [Row(axis, by, _measured(claims, axis), **whose) for axis in Axis for by, claims, whose in groups]
    spans = [_spans(by, claims, whose) for by, claims, whose in groups]
    left_out = max(0, len(pairs) - PAIRS), max(0, len(months) - MONTHS), len(twice) - spans[0].n
    return Report(desk, since, until, len(twice), more, *left_out, rows, [row for row in spans if row.n])


def _couples(desk: Desk, since: date | None, until: date | None, zone: tzinfo) -> QuerySet[Review, Couple]:
    """First and second reviews where both are in. Only each reviewer's number 1: later ones know of the other."""
    blind = Review.objects.filter(number=1)
    firsts = blind.filter(
        assignment__role=AssignmentRole.FIRST.value,
        assignment__claim=OuterRef("assignment__claim"),
        assignment__round=OuterRef("assignment__round"),
    ).order_by("pk")
    rows = blind.filter(assignment__role=AssignmentRole.SECOND.value, assignment__claim__desk=desk)
    rows = rows.annotate(
        first=Subquery(firsts.values("pk")[:1]),
        both_in=Greatest(F("submitted_at"), Subquery(firsts.values("submitted_at")[:1])),
    ).filter(first__isnull=False)
    if since:
        rows = rows.filter(both_in__gte=datetime.combine(since, time.min, zone))
    if until and until < date.max:
        rows = rows.filter(both_in__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return rows.order_by("-pk").values_list("first", "pk", "both_in")


def _twice(newest_first: QuerySet[Review, Couple]) -> tuple[list[Twice], bool]:
    """The newest of them with their findings, the oldest first; and whether there are older ones."""
    found = list(newest_first[: CLAIMS + 1])
    # A second reviewer who left and was replaced leaves two; the earlier one of a claim counts.
    couples = {first: (second, both_in) for first, second, both_in in found[:CLAIMS]}
    both = [(first, second) for first, (second, _) in couples.items()]
    reviews = _reviews([one for couple in both for one in couple])
    marked = _marked(both)
    twice = []
    for first, (second, both_in) in reversed(couples.items()):
        one, other = reviews[first], reviews[second]
        findings = {axis: (_found(one, axis), _found(other, axis)) for axis in Axis}
        people = one["assignment__reviewer"], other["assignment__reviewer"]
        twice.append(Twice(people, both_in, findings, marked.get(first, {})))
    return twice, len(found) > CLAIMS


def _reviews(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    ratings = [f"{axis}_rating__{field}" for axis in Axis for field in ("key", "number")]
    rows = Review.objects.filter(pk__in=ids).values("pk", "assignment__reviewer", *ratings)
    return {row["pk"]: row for row in rows}


def _found(review: dict[str, Any], axis: Axis) -> Found:
    return Found(review[f"{axis}_rating__key"], review[f"{axis}_rating__number"])


def _marked(both: Iterable[tuple[int, int]]) -> dict[int, Marked]:
    """What both reviews of each couple mark, by the first. Only in attributions that both of them had before them."""
    couples = dict(both)
    rows = ReviewSpan.objects.filter(review__in=[*couples, *couples.values()])
    spans: dict[int, dict[int, list[tuple[str, Unit]]]] = defaultdict(lambda: defaultdict(list))
    text_of = {}
    for review, attribution, text, role, *span in rows.values_list(
        "review", "attribution", "attribution__revision", "role", "start", "end"
    ):
        spans[review][attribution].append((role, (span[0], span[1])))
        text_of[attribution] = text
    # Counted where they lie: the texts themselves would be megabytes.
    texts = Revision.objects.filter(pk__in=set(text_of.values())).annotate(length=Length("text"))
    lengths = dict(texts.values_list("pk", "length"))
    found: dict[int, Marked] = {}
    for first, second in couples.items():
        one, other = spans[first], spans[second]
        shared: dict[int, list[int]] = defaultdict(list)
        for attribution in sorted(one.keys() & other.keys()):
            shared[text_of[attribution]].append(attribution)
        if shared:
            found[first] = {
                role: [
                    Continuum(_in_text(one, here, role), _in_text(other, here, role), lengths[text])
                    for text, here in shared.items()
                ]
                for role in SpanRole.values
            }
    return found


def _in_text(spans: Mapping[int, Iterable[tuple[str, Unit]]], here: Iterable[int], role: str) -> list[Unit]:
    return stretches(unit for attribution in here for each, unit in spans[attribution] if each == role)


def _spans(by: str, twice: Iterable[Twice], whose: dict[str, Any]) -> SpanRow:
    marked = [claim.marked for claim in twice if claim.marked]
    alphas = {role: unitizing.measured([each[role] for each in marked]) for role in SpanRole.values}
    return SpanRow(by, len(marked), alphas, **whose)


def _by_pair(twice: Iterable[Twice]) -> dict[tuple[int, int], list[Twice]]:
    """Those with the most claims first."""
    grouped: dict[tuple[int, int], list[Twice]] = {}
    for claim in twice:
        turned = claim.in_order_of_people()
        grouped.setdefault(turned.reviewers, []).append(turned)
    return dict(sorted(grouped.items(), key=lambda group: (-len(group[1]), group[0])))


def _by_month(twice: Iterable[Twice], zone: tzinfo) -> dict[date, list[Twice]]:
    grouped: dict[date, list[Twice]] = {}
    for claim in twice:
        grouped.setdefault(claim.both_in.astimezone(zone).date().replace(day=1), []).append(claim)
    return dict(sorted(grouped.items()))


def _measured(twice: Iterable[Twice], axis: Axis) -> Agreement:
    found = [claim.findings[axis] for claim in twice]
    ranks = [(one.number, other.number) for one, other in found]
    ranked = [(one, other) for one, other in ranks if one is not None and other is not None]
    return measured([(one.rating, other.rating) for one, other in found], ranked)
