"""The editors' page on how far reviewers agree: a table, a plot over time, and the same as CSV."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from claims.models.claims import SpanRole
from claims.models.desks import Desk
from claims.rules.agreement import Estimate
from claims.rules.ratings import Axis
from claims.rules.rights import Right
from claims.services import agreement
from claims.services.agreement import Report, Row, SpanRow
from claims.web import permissions
from claims.web.forms import DateInput, WorkForm, refusals_on
from claims.web.tables import as_csv, harmless

QUESTIONS = {Axis.ATTRIBUTION: _("Was it said?"), Axis.VERACITY: _("Is it true?")}
ROLES = {SpanRole.SOURCE.value: _("Source"), SpanRole.CUE.value: _("Cue"), SpanRole.CONTENT.value: _("Content")}
GROUPS = {agreement.WHOLE: _("Whole desk"), agreement.PAIR: _("By pair"), agreement.MONTH: _("By month")}
COEFFICIENTS = ("percent", "kappa", "alpha", "ordinal")


class FilterForm(WorkForm):
    """Which reviews."""

    desk = forms.CharField(label=_("Desk"), required=False, widget=forms.Select)
    since = forms.DateField(label=_("From"), required=False, widget=DateInput)
    until = forms.DateField(label=_("To"), required=False, widget=DateInput)


@dataclass(frozen=True)
class Dated:
    """A coefficient of one month, and on how many claims it stands."""

    month: date
    n: int
    few: bool
    alpha: Estimate


@dataclass(frozen=True)
class Point:
    """A month in the plot, in the plot's own units."""

    dated: Dated
    x: int
    y: int
    low: int | None
    high: int | None
    labelled: bool


@dataclass(frozen=True)
class Plot:
    """Alpha by month: the points, and the lines to read them by with their heights."""

    points: Sequence[Point]
    lines: Sequence[tuple[float, int]]


LEFT, RIGHT, TOP, BOTTOM = 40, 700, 16, 216
APART = 64  # closer than this, the words below two months would touch


def plotted(months: Iterable[Dated]) -> Plot | None:
    """The months whose alpha is defined; None where there are none. Months without reviews leave their room empty."""
    shown = [each for each in months if each.alpha.value is not None]
    if not shown:
        return None
    lowest = min(bound for each in shown for bound in (each.alpha.low, each.alpha.value) if bound is not None)
    floor = 0.0 if lowest >= 0 else -1.0

    def height(value: float) -> int:
        return round(BOTTOM - (value - floor) / (1 - floor) * (BOTTOM - TOP))

    first, last = _number(shown[0].month), _number(shown[-1].month)
    points: list[Point] = []
    labelled_at = -APART
    for each in shown:
        alpha = each.alpha
        x = round(LEFT + (RIGHT - LEFT) * (_number(each.month) - first + 0.5) / (last - first + 1))
        labelled = x - labelled_at >= APART
        labelled_at = x if labelled else labelled_at
        low, high = (None if bound is None else height(bound) for bound in (alpha.low, alpha.high))
        points.append(Point(each, x, height(alpha.value or 0.0), low, high, labelled))
    return Plot(points, [(value, height(value)) for value in (1.0, 0.8, 0.667, 0.0, -1.0) if value >= floor])


def by_month(report: Report, axis: Axis) -> list[Dated]:
    rows = report.of(axis, agreement.MONTH)
    return [Dated(row.month, row.agreement.n, row.few, row.agreement.alpha) for row in rows if row.month]


def spans_by_month(report: Report, role: str) -> list[Dated]:
    rows = [row for row in report.spans if row.by == agreement.MONTH]
    return [Dated(row.month, row.n, row.few, row.alphas[role]) for row in rows if row.month]


def _number(month: date) -> int:
    return month.year * 12 + month.month


def _asked(request: HttpRequest) -> tuple[FilterForm, Report | None]:
    """The filters of the address, and the report, unless they name days that are none."""
    mine = Desk.objects.filter(pk__in=permissions.some_desk(request, Right.SEE_AGREEMENT)).order_by("name", "pk")
    form = FilterForm(request.GET)
    form.fields["desk"].widget.choices = [(desk.slug, desk.name) for desk in mine]
    if form.is_valid():
        with refusals_on(form):
            desk = agreement.desk_of(request.user, form.cleaned_data["desk"])
            return form, agreement.report(desk, form.cleaned_data["since"], form.cleaned_data["until"])
    return form, None


def _page(request: HttpRequest, form: FilterForm, report: Report | None) -> HttpResponse:
    told: dict[str, Any] = {"form": form}
    if report is not None:
        told["report"] = report
        told["filters"] = _filters(report)
        told["axes"] = [
            {
                "question": question,
                "axis": axis,
                "plot": plotted(by_month(report, axis)),
                "ordinal": any(row.agreement.ranked for row in report.of(axis, agreement.WHOLE)),
                "groups": [(name, report.of(axis, by)) for by, name in GROUPS.items()],
            }
            for axis, question in QUESTIONS.items()
        ]
        plots = [(role, label, plotted(spans_by_month(report, role))) for role, label in ROLES.items()]
        told["plots"] = [each for each in plots if each[2]]
        told["spans"] = [(name, [row for row in report.spans if row.by == by]) for by, name in GROUPS.items()]
    return render(request, "claims/agreement/index.html", told, status=form.status)


def _filters(report: Report) -> str:
    """The part of the address that shows the same report again, to anybody who may see it."""
    asked = {"desk": report.desk.slug, "since": report.since, "until": report.until}
    return urlencode({name: str(value) for name, value in asked.items() if value})


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    form, report = _asked(request)
    return _page(request, form, report)


@login_required
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The same rows as CSV."""
    form, report = _asked(request)
    if report is None:
        return _page(request, form, None)
    bounds = [f"{name}{part}" for name in COEFFICIENTS for part in ("", "_low", "_high")]
    lines: list[list[Any]] = [["desk", "axis", "by", "reviewer_1", "reviewer_2", "month", "n", "n_ordinal", *bounds]]
    for row in report.rows:
        found = row.agreement
        numbers = [number for name in COEFFICIENTS for number in _numbers(getattr(found, name))]
        lines.append([report.desk.slug, row.axis, *_whose(row), found.n, found.ranked, *numbers])
    for role in SpanRole.values:
        for each in report.spans:
            numbers = [*[""] * 6, *_numbers(each.alphas[role]), *[""] * 3]
            lines.append([report.desk.slug, role, *_whose(each), each.n, "", *numbers])
    return as_csv(f"agreement-{report.desk.slug}", lines)


def _whose(row: Row | SpanRow) -> list[str]:
    one, other = (harmless(str(person)) for person in row.reviewers or ("", ""))
    return [row.by, one, other, row.month.strftime("%Y-%m") if row.month else ""]


def _numbers(estimate: Estimate) -> list[str]:
    return ["" if each is None else f"{each:.4f}" for each in (estimate.value, estimate.low, estimate.high)]
