"""Many claims at once: what an editor orders, what it would do, how far it is, and the way back."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.bulk import BulkAction
from claims.models.claims import Claim
from claims.models.desks import REVIEWERS, Desk, Membership
from claims.rules import matching, workflow
from claims.rules.bulk import LIMIT, UNDO_FOR, BulkVerb, Order
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState, DismissReason
from claims.services import bulk
from claims.web import paging, permissions
from claims.web.bulk_verbs import VERBS
from claims.web.finding import FilterForm
from claims.web.forms import WorkForm, refusals_as_messages, refusals_on
from claims.web.holds import named
from claims.web.told import options, translated

# Among more than these nobody finds the one that is to stay: it is named by its number, which its page gives.
LISTED_TO_STAY = 50


# --- What is ordered --------------------------------------------------------------------------------------------------


class OrderForm(WorkForm):
    """What a verb asks for; this one asks for nothing."""

    def __init__(self, desk: Desk, claims: list[Claim], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk, self.claims = desk, claims

    def order(self, verb: BulkVerb) -> Order | None:
        """The order, if it is complete; before anything was typed, by what the form begins with."""
        if self.is_bound:
            return Order(verb, **self.cleaned_data) if self.is_valid() else None
        required = {name for name, field in self.fields.items() if field.required}
        known = {name: value for name in self.fields if (value := self.get_initial_for_field(self.fields[name], name))}
        return Order(verb, **known) if required <= set(known) else None


class DismissForm(OrderForm):
    """Why they are not taken up."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=options(DismissReason), initial=DismissReason.NOT_CHECKABLE.value
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=400)


class MergeForm(OrderForm):
    """Which one stays."""

    into = forms.TypedChoiceField(label=gettext_lazy("The claim that stays"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, desk: Desk, claims: list[Claim], *args: Any, **kwargs: Any) -> None:
        super().__init__(desk, claims, *args, **kwargs)
        # What cannot be dropped any more has to stay; of the others the oldest.
        drops = (ClaimState.TRIAGED, ClaimState.QUEUED)
        last = (ClaimState.DISMISSED, ClaimState.ARCHIVED)
        initial = min(claims, key=lambda claim: (claim.state in last, claim.state in drops, claim.pk)).pk
        if len(claims) > LISTED_TO_STAY:
            label = gettext_lazy("The number of the claim that stays")
            self.fields["into"] = forms.IntegerField(
                label=label, min_value=1, max_value=paging.HIGHEST, initial=initial, widget=forms.TextInput
            )
            return
        field: Any = self.fields["into"]
        field.choices = [
            (claim.pk, f"{claim.text} ({translated(workflow.label(ClaimState(claim.state)))})") for claim in claims
        ]
        field.initial = initial


class PriorityForm(OrderForm):
    """How much they matter, and why."""

    priority = forms.IntegerField(label=gettext_lazy("Priority, 0 to 100"), min_value=0, max_value=100)
    note = forms.CharField(label=gettext_lazy("Why"), max_length=400)


class AssignForm(OrderForm):
    """Who gets them, and why."""

    reviewer = forms.ChoiceField(label=gettext_lazy("Reviewer"))
    note = forms.CharField(label=gettext_lazy("Why"), max_length=400)

    def __init__(self, desk: Desk, claims: list[Claim], *args: Any, **kwargs: Any) -> None:
        super().__init__(desk, claims, *args, **kwargs)
        people = Membership.objects.filter(desk=desk, active=True, role__in=REVIEWERS, user__is_active=True)
        reviewer: Any = self.fields["reviewer"]
        reviewer.choices = named(people.select_related("user", "desk").order_by("user__username"))


FORMS: dict[BulkVerb, type[OrderForm]] = {
    BulkVerb.DISMISS: DismissForm,
    BulkVerb.MERGE: MergeForm,
    BulkVerb.SET_PRIORITY: PriorityForm,
    BulkVerb.ASSIGN: AssignForm,
}


class Chosen(forms.Form):
    """Which claims, and what is to be done: ticked one by one, all that match a filter, or those of a preview."""

    verb = forms.ChoiceField(choices=options(BulkVerb))
    query = forms.CharField(required=False, max_length=2000)
    all = forms.BooleanField(required=False)
    claims = forms.RegexField(r"^[0-9]+(,[0-9]+)*$", required=False, max_length=LIMIT * 20)

    ERROR: ClassVar[str] = "Choose claims and what is to be done with them on the page of the list."

    def ids(self, user: Any, desk: Desk) -> tuple[list[int], bool]:
        """The claims' ids in the order of the list, and whether there would be more of them."""
        if self.cleaned_data["all"]:
            form = FilterForm(user, [desk], QueryDict(self.cleaned_data["query"]))
            if not form.is_valid():
                raise BadRequest(self.ERROR)
            found = list(form.ordered().values_list("pk", flat=True)[: LIMIT + 1])
            return found[:LIMIT], len(found) > LIMIT
        sent: Any = self.data
        named = [*sent.getlist("claim"), *filter(None, self.cleaned_data["claims"].split(","))]
        return [paging.number(each) for each in named[: LIMIT + 1]], False


def _desk(request: HttpRequest) -> Desk:
    """The desk that the form names, or the only one; 403 and 404 as for every row."""
    ids = permissions.some_desk(request, Right.TRIAGE)
    named = request.POST.get("desk", "")
    found = Desk.objects.filter(pk__in=ids).order_by("name", "pk")
    desk = (found.filter(pk=paging.number(named)) if named else found).first()
    if desk is None:
        raise Http404
    return desk


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What would happen; nothing does."""
    return _preview(request, begin_it=False)


@login_required
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Do what was seen. What was changed on the page since is shown first."""
    return _preview(request, begin_it=True)


def _preview(request: HttpRequest, *, begin_it: bool) -> HttpResponse:
    desk = _desk(request)
    chosen = Chosen(request.POST)
    if not chosen.is_valid():
        raise BadRequest(Chosen.ERROR)
    verb = BulkVerb(chosen.cleaned_data["verb"])
    ids, more = chosen.ids(request.user, desk)
    known = Claim.objects.filter(desk=desk).in_bulk(ids)
    claims = [known[pk] for pk in ids if pk in known]
    if not claims:
        messages.error(request, _("Choose at least one claim."))
        return redirect(f"{reverse('web:claims')}?{chosen.cleaned_data['query']}")
    form = FORMS.get(verb, OrderForm)(desk, claims, request.POST if "seen" in request.POST else None)
    order, seen = form.order(verb), None
    if order is not None:
        with refusals_on(form):
            if begin_it and request.POST.get("seen") == _seen(order):
                action = bulk.begin(desk, order, [claim.pk for claim in claims], actor=request.user)
                return redirect("web:bulk_action", action.pk)
            seen = bulk.preview(desk, order, [claim.pk for claim in claims])
    label, effect = VERBS[verb]
    values = {
        "desk": desk,
        "verb": verb,
        "label": label,
        "effect": effect,
        "form": form,
        "claims": ",".join(str(claim.pk) for claim in claims),
        "count": len(claims),
        "more": more,
        "limit": LIMIT,
        "preview": seen,
        "alike": _alike(seen) if seen else [],
        "seen": _seen(order) if order and seen else "",
    }
    return render(request, "claims/bulk/preview.html", values, status=form.status)


def _seen(order: Order) -> str:
    """What decides which claims change, and how: when it was changed since the preview, that is not what was seen."""
    return f"{order.into or ''}/{'' if order.priority is None else order.priority}/{order.reviewer}/{order.reason}"


def _alike(seen: bulk.Preview) -> list[tuple[Claim, matching.Comparison]]:
    """How each of the claims to be merged compares with the one that stays."""
    if seen.into is None:
        return []
    return [(claim, matching.compare(claim.text, seen.into.text)) for claim in seen.changed.claims]


# --- What became of it ------------------------------------------------------------------------------------------------


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.TRIAGE)
    rows = BulkAction.objects.overseen_by(request.user).select_related("desk", "actor")
    page = paging.newest_first(rows, request)
    return render(request, "claims/bulk/index.html", {"page": page})


@login_required
@require_safe
def detail(request: HttpRequest, action_id: int) -> HttpResponse:
    action = permissions.bulk_to_oversee(request, action_id)
    undoable = BulkAction.objects.undoable().filter(pk=action.pk).exists()
    values = {
        "action": action,
        "label": VERBS[BulkVerb(action.verb)][0],
        "groups": bulk.results(action),
        "undo_until": action.finished_at + UNDO_FOR if undoable and action.finished_at else None,
    }
    return render(request, "claims/bulk/detail.html", values)


@login_required
@require_safe
def progress(request: HttpRequest, action_id: int) -> HttpResponse:
    """How far it is, asked for every second; once it ended the whole page comes anew."""
    action = permissions.bulk_to_oversee(request, action_id)
    if not action.under_way:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "claims/bulk/progress.html", {"action": action})


@login_required
@require_POST
def cancel(request: HttpRequest, action_id: int) -> HttpResponse:
    action = permissions.bulk_to_oversee(request, action_id)
    with refusals_as_messages(request):
        bulk.cancel(action.pk, actor=request.user)
        messages.info(request, _("Cancelled. What was done until then can be undone."))
    return redirect("web:bulk_action", action.pk)


@login_required
@require_POST
def undo(request: HttpRequest, action_id: int) -> HttpResponse:
    action = permissions.bulk_to_oversee(request, action_id)
    with refusals_as_messages(request):
        bulk.undo(action.pk, actor=request.user)
    return redirect("web:bulk_action", action.pk)
