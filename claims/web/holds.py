"""Claims that wait in somebody's hands; and for editors, what is in whose hands, with the way to take it back."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.desks import Membership
from claims.models.review import LIVE, Assignment
from claims.rules.rights import Right
from claims.rules.workflow import HoldReason
from claims.services import review
from claims.web import claims as claim_pages
from claims.web import paging, permissions
from claims.web.forms import WorkForm, back, refusals_as_messages, refusals_on
from claims.web.review import own_assignment
from claims.web.told import options

OVERDUE = 50


def named(members: Iterable[Membership]) -> list[tuple[str, str]]:
    """People to choose from, by username; who is away just now can be chosen, and it is said."""
    now, found = review.database_now(), []
    for member in members:
        label = f"{member.user} ({member.user.get_username()})"
        if member.away is not None and member.away_at(now):
            label += ", " + _("away until %(day)s") % {"day": date_format(member.away.last)}
        found.append((member.user.get_username(), label))
    return found


class HoldForm(WorkForm):
    """What a claim waits for. Its template writes the fields itself."""

    reason = forms.ChoiceField(choices=options(HoldReason))
    note = forms.CharField(max_length=400)


class TakeBackForm(WorkForm):
    """Why an editor takes a claim back."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=400, widget=forms.TextInput(attrs={"dir": "auto"}))


class ReassignForm(TakeBackForm):
    """Who gets the claim instead, and why."""

    reviewer = forms.ChoiceField(label=gettext_lazy("Reviewer"))
    field_order = ("reviewer", "reason")

    def __init__(self, assignment: Assignment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_reassign_%s", **kwargs)
        reviewer: Any = self.fields["reviewer"]
        reviewer.choices = named(review.candidates(assignment.claim))


# --- The reviewer's ---------------------------------------------------------------------------------------------------


@login_required
@require_POST
def hold(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    assignment = own_assignment(request, claim)
    form = HoldForm(request.POST)
    if form.is_valid():
        with refusals_as_messages(request):
            reason = HoldReason(form.cleaned_data["reason"])
            review.hold(assignment.pk, request.user, reason, note=form.cleaned_data["note"])
            messages.info(request, _("The claim is on hold and stays in your hands. Resume it when you can go on."))
    else:
        messages.error(request, _("Choose what the claim waits for, and say it in a note of at most 400 characters."))
    return redirect("web:claim", claim.pk)


@login_required
@require_POST
def resume(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    with refusals_as_messages(request):
        review.resume(own_assignment(request, claim).pk, request.user)
        messages.info(request, _("Resumed: you have the full time for this claim again."))
    return redirect("web:claim", claim.pk)


# --- The editor's -----------------------------------------------------------------------------------------------------


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is in people's hands at the editor's desks; what waits too long stands above the list."""
    permissions.some_desk(request, Right.OVERSEE)
    rows = Assignment.objects.overseen_by(request.user).select_related("claim__article", "reviewer")
    page = paging.newest_first(rows.live(), request)
    overdue = list(rows.overdue()[:OVERDUE])
    review.read_holds(request.user, [row.pk for row in [*page.items, *overdue]])
    return render(request, "claims/holds/index.html", {"page": page, "overdue": overdue})


@login_required
@require_safe
def detail(request: HttpRequest, assignment_id: int) -> HttpResponse:
    return _page(request, permissions.assignment_to_oversee(request, assignment_id))


def _page(
    request: HttpRequest,
    assignment: Assignment,
    give_back: TakeBackForm | None = None,
    reassign: ReassignForm | None = None,
) -> HttpResponse:
    review.read_holds(request.user, [assignment.pk])
    values = {
        "assignment": assignment,
        "claim": assignment.claim,
        "live": assignment.state in LIVE,
        "give_back": give_back or TakeBackForm(),
        "reassign": reassign or ReassignForm(assignment),
    }
    return render(request, "claims/holds/detail.html", values, status=(give_back or reassign or WorkForm()).status)


@login_required
@require_POST
def unqueue_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """An editor's: the claim is not to be reviewed, or not yet."""
    claim = permissions.claim_to_triage(request, claim_id)
    with refusals_as_messages(request):
        review.unqueue(claim.pk, actor=request.user)
        messages.success(request, _("The claim is out of the queue. It can be dismissed now, or sent back later."))
    return back(request, claim_pages.page_of(claim))


@login_required
@require_POST
def take_back(request: HttpRequest, assignment_id: int) -> HttpResponse:
    assignment = permissions.assignment_to_oversee(request, assignment_id)
    form = TakeBackForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            review.take_back(assignment.pk, request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("The claim is back in the queue. The draft is kept for whoever wrote it."))
            return redirect("web:held")
    return _page(request, assignment, give_back=form)


@login_required
@require_POST
def reassign(request: HttpRequest, assignment_id: int) -> HttpResponse:
    assignment = permissions.assignment_to_oversee(request, assignment_id)
    form = ReassignForm(assignment, request.POST)
    if form.is_valid():
        with refusals_on(form):
            chosen, why = form.cleaned_data["reviewer"], form.cleaned_data["reason"]
            given = review.reassign(assignment.pk, request.user, chosen, reason=why)
            told = _("%(who)s has the claim now, with the full time.") % {"who": given.reviewer}
            messages.success(request, told)
            return redirect("web:held")
    return _page(request, assignment, reassign=form)
