"""The desk's numbers: for each a plot, the table behind it, the same as CSV, and an address that shows it again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.formats import date_format, localize
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from claims.models.desks import Desk
from claims.rules import workflow
from claims.rules.numbers import Share
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState
from claims.services import desks, numbers, rights
from claims.services.numbers import Abreast, Report
from claims.web import permissions, plots
from claims.web.forms import DateInput, RegisteredSource, WorkForm, refusals_on
from claims.web.plots import Plot
from claims.web.tables import as_csv, harmless
from claims.web.told import translated

HOUR = timedelta(hours=1)


class FilterForm(WorkForm):
    """Which claims, and which days."""

    desk = forms.CharField(label=gettext_lazy("Desk"), required=False, widget=forms.Select, max_length=80)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=DateInput)
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=DateInput)
    source = RegisteredSource(
        label=gettext_lazy("Source"),
        required=False,
        max_length=320,
        help_text=gettext_lazy("Choose from the list that opens as you type. Empty: everybody."),
        widget=forms.TextInput(
            attrs={
                "list": "numbers-sources",
                "autocomplete": "off",
                "dir": "auto",
                "hx-get": reverse_lazy("web:source_options"),
                "hx-trigger": "input changed delay:250ms",
                "hx-target": "#numbers-sources",
            }
        ),
    )


@dataclass(frozen=True)
class Section:
    """One number of the desk: what it says, its plot, and the table behind it. ``columns`` are (key, heading).

    ``rows`` are the same in every language, for programs; ``shown`` is how the page has them, where people read them
    otherwise; ``links`` where the first cell of each leads to.
    """

    key: str
    title: str
    says: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    plot: Plot | None = None
    shown: Sequence[Sequence[Any]] = ()
    links: Sequence[str] = ()

    @property
    def table(self) -> list[tuple[str, Sequence[Any]]]:
        """The rows of the page with their links."""
        shown = self.shown or self.rows
        return list(zip(self.links or [""] * len(shown), shown, strict=True))

    @property
    def headings(self) -> list[str]:
        return [heading for _key, heading in self.columns]


def _asked(request: HttpRequest) -> tuple[FilterForm, Report | None]:
    """The filters of the address, and the numbers, unless they name days or a source that are none."""
    mine = list(Desk.objects.filter(pk__in=permissions.some_desk(request, Right.READ)).order_by("name", "pk"))
    form = FilterForm(request.GET)
    form.fields["desk"].widget.choices = [(desk.slug, desk.name) for desk in mine]
    if form.is_valid():
        wanted = form.cleaned_data
        found = [desk for desk in mine if wanted["desk"] in ("", desk.slug)]
        if not found:
            raise Http404
        with refusals_on(form):
            people = rights.may(request.user, Right.OVERSEE, found[0])
            days = wanted["since"], wanted["until"]
            return form, numbers.report(found[0], *days, wanted["source"], people=people)
    return form, None


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    form, report = _asked(request)
    return _page(request, form, report)


def _page(request: HttpRequest, form: FilterForm, report: Report | None) -> HttpResponse:
    told: dict[str, Any] = {"form": form}
    if report is not None:
        told |= {"report": report, "filters": _filters(report), "sections": _sections(request, report)}
        told["agreement"] = rights.may(request.user, Right.SEE_AGREEMENT, report.desk)
    return render(request, "claims/numbers/index.html", told, status=form.status)


def _filters(report: Report) -> str:
    """The part of the address that shows the same days again, to anybody who may see them."""
    asked = {"desk": report.desk.slug, "since": str(report.since), "until": str(report.until)}
    return urlencode(asked | ({"source": f"#{report.source.pk}"} if report.source else {}))


@login_required
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The table of one section (``of``) as CSV."""
    form, report = _asked(request)
    if report is None:
        return _page(request, form, None)
    section = next((each for each in _sections(request, report) if each.key == request.GET.get("of", "backlog")), None)
    if section is None:
        raise Http404
    keys = [key for key, _heading in section.columns]
    rows = [[harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in section.rows]
    return as_csv(f"{section.key}-{report.desk.slug}", [keys, *rows])


def _sections(request: HttpRequest, report: Report) -> list[Section]:
    """The numbers of the desk, and of the person's desks beside each other where there are several."""
    mine = permissions.desks(request)
    if len(mine) < 2:
        return sections(report)
    rows = Desk.objects.filter(pk__in=mine).order_by("name", "pk")
    return [
        *sections(report),
        _desks(report, numbers.abreast(rows, report.since, report.until, desks.zone_of(report.desk))),
    ]


def sections(report: Report) -> list[Section]:
    found = [_backlog(report), _throughput(report), _stays(report), _due(report), _in_time(report)]
    found += [_engine(report), _speakers(report)]
    return found if report.people is None else [*found, _people(report)]


def _backlog(report: Report) -> Section:
    rows = [(f"{day.day:%Y-%m-%d}", day.open, day.queued, day.came, day.done) for day in report.days]
    labels = _days(day.day for day in report.days)
    series = [
        (_("Open"), [day.open for day in report.days]),
        (_("of these in the queue"), [day.queued for day in report.days]),
    ]
    return Section(
        "backlog",
        _("What waits"),
        _("Claims that are open at the end of each day: from the queue to the decision."),
        [
            ("day", _("Day")),
            ("open", _("Open")),
            ("queued", _("In the queue")),
            ("came", _("Came")),
            ("done", _("Done")),
        ],
        rows,
        plots.lines(labels, series),
        _named(labels, rows),
    )


def _throughput(report: Report) -> Section:
    weeks = report.weeks
    rows = [(f"{each.monday:%Y-%m-%d}", each.days, each.decided, each.published, each.dismissed) for each in weeks]
    labels = _days(week.monday for week in weeks)
    series = [
        (_("Decided"), [week.decided for week in weeks]),
        (_("Published"), [week.published for week in weeks]),
    ]
    return Section(
        "throughput",
        _("What was done"),
        _("Claims decided and published in each week from Monday on. The first and the last week may be incomplete."),
        [
            ("week", _("Week of")),
            ("days", _("Days")),
            ("decided", _("Decided")),
            ("published", _("Published")),
            ("dismissed", _("Dismissed")),
        ],
        rows,
        plots.bars(labels, series),
        _named(labels, rows),
    )


def _stays(report: Report) -> Section:
    names = [capfirst(translated(workflow.label(ClaimState(stay.state)))) for stay in report.stays]
    hours = [stay.median / HOUR for stay in report.stays]
    told = [_lasted(stay.median) for stay in report.stays]
    counts = [stay.count for stay in report.stays]
    return Section(
        "stays",
        _("How long each step takes"),
        _("The median of the stays that ended in this period. What comes after a review counts once it is decided."),
        [("state", _("State")), ("n", _("Stays")), ("median_hours", _("Median"))],
        [(stay.state, stay.count, f"{hour:.2f}") for stay, hour in zip(report.stays, hours, strict=True)],
        plots.lying(names, [(_("Median"), hours)], told),
        list(zip(names, counts, told, strict=True)),
    )


def _due(report: Report) -> Section:
    due = report.due
    labels = [_("Overdue"), _("Within 24 hours"), _("Later"), _("Without a due time")]
    counts = [due.overdue, due.soon, due.later, due.undated]
    return Section(
        "due",
        _("Due now"),
        _("What waits or is in somebody's hands now, by when it is due."),
        [("due", _("Due")), ("n", _("Reviews"))],
        list(zip(("overdue", "soon", "later", "undated"), counts, strict=True)),
        plots.lying(labels, [(_("Reviews"), counts)], [str(n) for n in counts]),
        list(zip(labels, counts, strict=True)),
    )


def _in_time(report: Report) -> Section:
    weeks = report.in_time
    series = [
        (_("On time"), [week.kept for week in weeks]),
        (_("Late"), [week.dated - week.kept for week in weeks]),
    ]
    rows = [(f"{week.monday:%Y-%m-%d}", week.reviews, week.dated, week.kept) for week in weeks]
    labels = _days(week.monday for week in weeks)
    return Section(
        "in_time",
        _("Submitted on time"),
        _("Submitted reviews that had a due time, in each week that has any."),
        [
            ("week", _("Week of")),
            ("reviews", _("Reviews")),
            ("dated", _("With a due time")),
            ("kept", _("On time")),
        ],
        rows,
        plots.bars(labels, series, stacked=True) if weeks else None,
        _named(labels, rows),
    )


def _engine(report: Report) -> Section:
    series = [
        (_("Confirmed"), [each.confirmed for each in report.bins]),
        (_("Corrected"), [each.corrected for each in report.bins]),
        (_("Rejected"), [each.rejected for each in report.bins]),
    ]
    labels = [f"{localize(round(each.low, 1))}–{localize(round(each.high, 1))}" for each in report.bins]
    rows: list[tuple[Any, ...]] = [
        (
            f"{each.low:.1f}–{each.high:.1f}",
            each.right.whole,
            each.confirmed,
            each.corrected,
            each.rejected,
            *_share(each.right),
        )
        for each in report.bins
    ]
    of_all = (report.right.whole, *(sum(values) for _name, values in series), *_share(report.right))
    return Section(
        "engine",
        _("How often the engine was right"),
        _("Attributions that it found and people judged, by its confidence. Right means confirmed as it was."),
        [
            ("confidence", _("Confidence")),
            ("n", _("Decided on")),
            ("confirmed", _("Confirmed")),
            ("corrected", _("Corrected")),
            ("rejected", _("Rejected")),
            ("right_percent", _("Right, %")),
            ("low_percent", _("From, %")),
            ("high_percent", _("To, %")),
        ],
        [*rows, ("all", *of_all)] if rows else [],
        plots.bars(labels, series, stacked=True) if report.bins else None,
        [*_named(labels, rows), (_("All"), *of_all)] if rows else [],
    )


def _speakers(report: Report) -> Section:
    names = [each.source.name for each in report.speakers]
    open_now, decided = [each.open for each in report.speakers], [each.decided for each in report.speakers]
    told = _open_and_decided(open_now, decided)
    return Section(
        "sources",
        _("By source"),
        _("Whose claims are open now, and were decided in this period. A claim of two sources counts for both."),
        [("source", _("Source")), ("open", _("Open now")), ("decided", _("Decided"))],
        list(zip(names, open_now, decided, strict=True)),
        plots.lying(names, [(_("Open now"), open_now), (_("Decided"), decided)], told),
        links=[reverse("web:source", args=[each.source.pk]) for each in report.speakers],
    )


def _desks(report: Report, abreast: Sequence[Abreast]) -> Section:
    names, open_now = [str(each.desk) for each in abreast], [each.open for each in abreast]
    decided = [each.decided for each in abreast]
    days = {"since": str(report.since), "until": str(report.until)}
    return Section(
        "desks",
        _("My desks"),
        _("All of each desk's claims, whatever source is asked for."),
        [("desk", _("Desk")), ("open", _("Open now")), ("decided", _("Decided")), ("published", _("Published"))],
        [(str(each.desk), each.open, each.decided, each.published) for each in abreast],
        plots.lying(
            names,
            [(_("Open now"), open_now), (_("Decided"), decided)],
            _open_and_decided(open_now, decided),
        ),
        links=[f"{reverse('web:numbers')}?{urlencode({'desk': each.desk.slug} | days)}" for each in abreast],
    )


def _people(report: Report) -> Section:
    people = report.people or ()
    counts = [each.reviews for each in people]

    def rows(lasted: Callable[[timedelta], str]) -> list[tuple[Any, ...]]:
        return [
            (
                str(each.user),
                each.reviews,
                "" if each.median is None else lasted(each.median),
                each.dated,
                each.kept,
                each.held,
            )
            for each in people
        ]

    return Section(
        "people",
        _("By person"),
        _("For editors: reviews submitted in this period of claims that are decided by now, and what is held now."),
        [
            ("person", _("Person")),
            ("reviews", _("Reviews")),
            ("median_hours", _("Median")),
            ("dated", _("With a due time")),
            ("kept", _("On time")),
            ("held", _("Held now")),
        ],
        rows(lambda lasted: f"{lasted / HOUR:.2f}"),
        plots.lying([str(each.user) for each in people], [(_("Reviews"), counts)], [str(n) for n in counts]),
        rows(_lasted),
    )


def _days(days: Iterable[date]) -> list[str]:
    """As people read them; programs get theirs as 2026-11-29."""
    return [date_format(day, "SHORT_DATE_FORMAT") for day in days]


def _named(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The rows with these in their first cells."""
    return [(label, *row[1:]) for label, row in zip(labels, rows, strict=True)]


def _open_and_decided(open_now: Sequence[int], decided: Sequence[int]) -> list[str]:
    pairs = zip(open_now, decided, strict=True)
    return [_("%(open)s open, %(decided)s decided") % {"open": one, "decided": other} for one, other in pairs]


def _lasted(lasted: timedelta) -> str:
    """A length of time with one unit, so that what takes a minute and what takes a week both can be read."""
    if lasted < timedelta(seconds=1):
        return _("under 1 s")
    if lasted < timedelta(minutes=1):
        return _("%(n)s s") % {"n": round(lasted.total_seconds())}
    if lasted < HOUR:
        return _("%(n)s min") % {"n": round(lasted.total_seconds() / 60)}
    if lasted < timedelta(days=2):
        return _("%(n)s h") % {"n": localize(round(lasted / HOUR, 1))}
    return _("%(n)s days") % {"n": localize(round(lasted / timedelta(days=1), 1))}


def _share(share: Share) -> list[str]:
    return ["" if each is None else f"{100 * each:.0f}" for each in (share.value, share.low, share.high)]
