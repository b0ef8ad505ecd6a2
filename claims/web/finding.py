"""The claims of a desk, found by what is known of them: as a list or as a board, kept as it is now.

From here an editor does things to many at once. Nothing here is told that the claim's own page does not tell as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import conditional_page, require_safe

from claims.models.articles import Article
from claims.models.claims import Checkability, Claim, ClaimLink, ClaimQuerySet
from claims.models.desks import REVIEWERS, Desk, Membership
from claims.models.filters import NAME_LIMIT, QUERY_LIMIT
from claims.rules import finding as rules
from claims.rules.bulk import LIMIT
from claims.rules.finding import DueBy, Order, Stage
from claims.rules.rights import Right
from claims.rules.topics import TOPIC_LIMIT
from claims.rules.workflow import ClaimState
from claims.services import filters, finding, rights
from claims.web import claims as claim_pages
from claims.web import paging, permissions
from claims.web.bulk_verbs import VERBS
from claims.web.forms import RegisteredSource, Words, WorkForm
from claims.web.told import options

LANES = {
    Stage.WAITING: _("Waiting"),
    Stage.AT_WORK: _("At work"),
    Stage.COMPARED: _("Handed in, to be decided"),
    Stage.DONE: _("Done"),
}
COLUMN = 20
# So much of one list is kept up to date; what was opened beyond it stays as it was.
LIVE = 300

# Counting further costs more than anybody gains.
CAP = 500


class FilterForm(WorkForm):
    """Which claims, by what is known of them; every field may stay empty. It stands in the address, to be shared."""

    VIEWS = (("list", _("List")), ("board", _("Board")))
    ORDERS = (
        ("", _("usual order")),
        (Order.NEWEST.value, _("newest first")),
        (Order.PRIORITY.value, _("most important first")),
        (Order.CHANGED.value, _("last changed first")),
    )
    DUE = (
        ("", _("any time")),
        (DueBy.OVERDUE.value, _("overdue")),
        (DueBy.DAY.value, _("within a day")),
        (DueBy.WEEK.value, _("within a week")),
    )
    # What stands beside the search; the rest is folded away until it is used.
    FIRST = ("state", "reviewer", "due", "sort")

    desk = forms.TypedChoiceField(label=_("Desk"), required=False, coerce=int, empty_value=None)
    view = forms.ChoiceField(required=False, choices=VIEWS, widget=forms.HiddenInput)
    q = Words(
        label=_("Words"),
        required=False,
        max_length=500,
        widget=forms.TextInput(
            attrs={
                "dir": "auto",
                "type": "search",
                "data-key": "/",
                "data-key-label": _("Search"),
                "autocomplete": "off",
            }
        ),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=options(ClaimState, ("", _("any"))))
    reviewer = forms.ChoiceField(label=_("In whose hands"), required=False)
    due = forms.ChoiceField(label=_("Due"), required=False, choices=DUE)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=ORDERS)
    source = RegisteredSource(
        label=_("Said by"),
        required=False,
        max_length=320,
        widget=forms.TextInput(
            attrs={
                "list": "filter-sources",
                "autocomplete": "off",
                "dir": "auto",
                "hx-get": reverse_lazy("web:source_options"),
                "hx-trigger": "input changed delay:250ms",
                "hx-target": "#filter-sources",
            }
        ),
    )
    outlet = forms.CharField(label=_("Outlet"), required=False, max_length=200)
    topic = forms.CharField(
        label=_("Topic"),
        required=False,
        max_length=TOPIC_LIMIT,
        widget=forms.TextInput(attrs={"list": "filter-topics", "autocomplete": "off", "dir": "auto"}),
    )
    language = forms.CharField(
        label=_("Language (tag)"), required=False, max_length=35, widget=forms.TextInput(attrs={"placeholder": "en"})
    )
    checkability = forms.ChoiceField(
        label=_("Checkability"), required=False, choices=[("", _("any")), *Checkability.choices]
    )
    article = forms.IntegerField(label=_("Article (number)"), required=False, min_value=1, max_value=paging.HIGHEST)
    priority_from = forms.IntegerField(label=_("Priority from"), required=False, min_value=0, max_value=100)
    priority_to = forms.IntegerField(label=_("to"), required=False, min_value=0, max_value=100)
    narrator_claim = forms.TypedChoiceField(
        label=_("Voice"),
        required=False,
        choices=[("", _("any")), ("1", _("the outlet's own")), ("0", _("somebody quoted"))],
        coerce=lambda value: value == "1",
        empty_value=None,
    )
    suspected = forms.BooleanField(label=_("Only suspected duplicates"), required=False)

    def __init__(self, user: Any, desks: list[Desk], data: Any) -> None:
        super().__init__(data)
        self.user, self.desks = user, desks
        fields: dict[str, Any] = self.fields
        fields["desk"].choices = [(desk.pk, desk.name) for desk in desks]
        if len(desks) == 1:
            fields["desk"].widget = forms.HiddenInput()
        fields["reviewer"].choices = [("", _("anybody's")), (finding.ME, _("mine")), *self._others()]

    def _others(self) -> list[tuple[str, str]]:
        """The desk's reviewers, for those who oversee it: nobody else is told what others hold."""
        if not rights.may(self.user, Right.OVERSEE, self.desk_named):
            return []
        here = Membership.objects.filter(desk=self.desk_named, active=True, role__in=REVIEWERS, user__is_active=True)
        people = here.exclude(user=self.user.pk).select_related("user").order_by("user__username")
        return [(member.user.get_username(), str(member.user)) for member in people]

    @property
    def desk_named(self) -> Desk:
        """The desk that the address names, else the first one."""
        wanted = self.data.get("desk", "")
        return next((desk for desk in self.desks if str(desk.pk) == wanted), self.desks[0])

    @property
    def board(self) -> bool:
        return self.view_now == "board"

    @property
    def view_now(self) -> str:
        return "board" if self.data.get("view") == "board" else "list"

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def further(self) -> list[forms.BoundField]:
        apart = ("desk", "view", "q", "suspected", *self.FIRST)
        return [self[name] for name in self.fields if name not in apart]

    @property
    def further_in_use(self) -> bool:
        return any(self.data.get(field.name) for field in (*self.further, self["suspected"]))

    @property
    def filters_in_use(self) -> bool:
        """Whether a filter beside the search is."""
        return self.further_in_use or any(self.data.get(field.name) for field in self.first)

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for at all."""
        return any(value for name, value in self.given() if name not in ("desk", "view", "sort"))

    def claims(self) -> ClaimQuerySet:
        """What matches; of a valid form."""
        asked = {name: value for name, value in self.cleaned_data.items() if name not in ("desk", "view", "sort")}
        source = asked.pop("source")
        wanted = asked | {"words": asked.pop("q"), "source": source.pk if source else None}
        return finding.find(self.user, [self.desk_named.pk], wanted)

    @property
    def order(self) -> Order:
        return rules.order(self.cleaned_data["sort"], self.cleaned_data["state"])

    def ordered(self) -> ClaimQuerySet:
        return finding.ordered(self.claims(), self.order)

    def given(self) -> list[tuple[str, str]]:
        """The filters as the address has them, in the order of the form."""
        sent: Any = self.data
        return [(name, value) for name in self.fields if (value := sent.get(name, "").strip())]

    def address(self, **instead: str) -> str:
        """The query of the address, with other values for some fields; an empty one leaves its field out."""
        return urlencode([(name, value) for name, value in (dict(self.given()) | instead).items() if value])


class SaveForm(WorkForm):
    """The name, and whether it is for everybody at the desk."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LIMIT)
    shared = forms.BooleanField(label=_("For everybody at the desk"), required=False)
    query = forms.CharField(required=False, max_length=QUERY_LIMIT, widget=forms.HiddenInput)


# --- The rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A claim of the list with what stands beside it: suspected doubles, and where the work on it is."""

    claim: Claim
    doubles: list[Claim]
    place: finding.Place

    @property
    def version(self) -> str:
        """Another one whenever the row looks different."""
        claim, place = self.claim, self.place
        said = [(link.stance, link.attribution.source_entity) for link in claim.links.all()]
        double = [(each.pk, each.text, each.state) for each in self.doubles]
        shown = (claim.text, claim.state, claim.checkability, claim.priority, str(claim.article), said, double, place)
        return f"{crc32(repr(shown).encode()):x}"


@dataclass(frozen=True)
class Column:
    """One state of the board: its most important claims, and the cursor of what comes below them."""

    state: str
    rows: list[Row]
    next: str | None

    @property
    def count(self) -> str:
        return f"{len(self.rows)}+" if self.next else str(len(self.rows))


def rows_of(user: Any, claims: list[Claim]) -> list[Row]:
    """The claims, which have their speakers, as rows; three queries however many they are."""
    doubles, places = doubles_of(claims), finding.places(user, claims)
    return [Row(claim, doubles.get(claim.pk, []), places.get(claim.pk, finding.NOWHERE)) for claim in claims]


def page_of(form: FilterForm, request: HttpRequest, order: Order, size: int) -> paging.Page[Claim]:
    """One page of what matches, behind the cursor of the address; raises BadRequest on a cursor that is none."""
    rows = finding.ordered(form.claims(), order)
    cursor = request.GET.get("before", "")
    if cursor:
        try:
            rows = finding.after(rows, order, [paging.number(each) for each in cursor.split("-")])
        except ValueError:
            raise BadRequest("This page of the list does not exist.") from None
    found = list(claim_pages.with_speakers(rows.select_related("article"))[: size + 1])
    return paging.Page(found[:size], _cursor(found[size - 1], order) if len(found) > size else None)


def _cursor(claim: Claim, order: Order) -> str:
    return "-".join(map(str, finding.key(vars(claim), order)))


@dataclass(frozen=True)
class Lane:
    """The states of one stage, below each other."""

    name: str
    columns: list[Column]


def lanes_of(columns: list[Column]) -> list[Lane]:
    """The board: four lanes, however many states there are, so that all of it fits beside each other."""
    lanes = [
        Lane(str(LANES[stage]), [column for column in columns if column.state in states])
        for stage, states in rules.STAGES.items()
    ]
    # What was put aside is shown where somebody asks for that state alone.
    known = {column.state for lane in lanes for column in lane.columns}
    lanes.append(Lane(str(_("Put aside")), [column for column in columns if column.state not in known]))
    return [lane for lane in lanes if lane.columns]


def columns_of(form: FilterForm, user: Any, sizes: Mapping[str, int]) -> list[Column]:
    """The columns of the board, each with as many claims as asked for; the queries do not depend on how many."""
    tops = finding.tops(form.claims(), {state: size + 1 for state, size in sizes.items()})
    ids = [pk for state, found in tops.items() for pk in found[: sizes[state]]]
    claims = list(claim_pages.with_speakers(Claim.objects.filter(pk__in=ids).select_related("article")))
    rows = {row.claim.pk: row for row in rows_of(user, claims)}
    return [
        _column(state, [rows[pk] for pk in found[: sizes[state]]], len(found) > sizes[state])
        for state, found in tops.items()
    ]


def _column(state: str, rows: list[Row], more: bool) -> Column:
    return Column(state, rows, _cursor(rows[-1].claim, Order.PRIORITY) if more else None)


def shown(request: HttpRequest, name: str, least: int) -> int:
    """How many rows of a list the open page has, as far as they are kept up to date."""
    sent = request.GET.get(name, "")
    return max(least, min(paging.number(sent), LIVE)) if sent else least


# --- The pages --------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    form, values = _asked(request)
    if form.is_valid():
        values |= _found(request, form) | {"topics": Article.objects.topics_in_use(form.desk_named.pk)}
        if values["may_triage"]:
            values |= {"count": form.claims()[: CAP + 1].count(), "limit": LIMIT, "verbs": VERBS.items(), "cap": CAP}
    return render(request, "claims/finding/index.html", values | _kept(request, form), status=form.status)


@login_required
@require_safe
@conditional_page
def now(request: HttpRequest) -> HttpResponse:
    """The lists of the page as they are now, asked for every few seconds; 304 while nothing on them is different.

    Of a board with a cursor: what comes further down in the column of one state.
    """
    form, values = _asked(request)
    if not form.is_valid():
        raise BadRequest("This is no filter of the list.")
    if form.board and "before" in request.GET:
        return render(request, "claims/finding/cards.html", values | {"column": _further(request, form)})
    values |= _found(request, form)
    return render(request, "claims/finding/board.html" if form.board else "claims/finding/rows.html", values)


def _further(request: HttpRequest, form: FilterForm) -> Column:
    if not form.cleaned_data["state"]:
        raise BadRequest("This is no column of the board.")
    page = page_of(form, request, Order.PRIORITY, COLUMN)
    return Column(form.cleaned_data["state"], rows_of(request.user, page.items), page.next)


def _kept(request: HttpRequest, form: FilterForm) -> dict[str, Any]:
    """The filters that this person can open at this desk, and what a name is given to."""
    saved = filters.visible(request.user).filter(desk=form.desk_named)
    may_share = rights.may(request.user, Right.REVIEW, form.desk_named)
    shown = urlencode([(name, value) for name, value in form.given() if name != "desk"])
    return {"saved": saved, "may_share": may_share, "current": shown, "save": SaveForm(auto_id="id_save_%s")}


def _asked(request: HttpRequest) -> tuple[FilterForm, dict[str, Any]]:
    """The form of the address, and what all pages of the list need."""
    desks = list(Desk.objects.filter(pk__in=permissions.some_desk(request, Right.READ)).order_by("name", "pk"))
    form = FilterForm(request.user, desks, request.GET)
    may_triage = rights.may(request.user, Right.TRIAGE, form.desk_named)
    return form, {"form": form, "desk": form.desk_named, "may_triage": may_triage, "address": form.address()}


def _found(request: HttpRequest, form: FilterForm) -> dict[str, Any]:
    if form.board:
        chosen = form.cleaned_data["state"]
        states = [chosen] if chosen else [str(state) for states in rules.STAGES.values() for state in states]
        return {"lanes": lanes_of(columns_of(form, request.user, _sizes(request, states)))}
    page = page_of(form, request, form.order, shown(request, "shown", paging.SIZE))
    return {"page": page, "rows": rows_of(request.user, page.items)}


def _sizes(request: HttpRequest, states: Iterable[str]) -> dict[str, int]:
    """How many cards each column of the board has; beyond the first ones as many as a list, all columns together."""
    left, sizes = LIVE, {}
    for state in states:
        further = min(shown(request, f"shown-{state}", COLUMN) - COLUMN, left)
        left -= further
        sizes[state] = COLUMN + further
    return sizes


def doubles_of(claims: Iterable[Claim]) -> dict[int, list[Claim]]:
    """For each claim of which the machine thinks so, the others that seem to be the same; one query."""
    ids = {claim.pk for claim in claims}
    links = ClaimLink.objects.suspected().filter(Q(from_claim__in=ids) | Q(to_claim__in=ids))
    found: dict[int, list[Claim]] = {}
    for link in links.select_related("from_claim", "to_claim").order_by("-score", "pk"):
        for one, other in ((link.from_claim, link.to_claim), (link.to_claim, link.from_claim)):
            if one.pk in ids:
                found.setdefault(one.pk, []).append(other)
    return found
