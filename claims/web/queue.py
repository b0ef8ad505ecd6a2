"""The editor's page on a claim's place in the queue: how much it matters and why, and who is to review it."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import Claim
from claims.models.review import QueueEntry
from claims.rules import workflow
from claims.services import review
from claims.web import permissions
from claims.web.forms import WorkForm, refusals_as_messages, refusals_on
from claims.web.holds import TakeBackForm, named
from claims.web.review import own_assignment


class PriorityForm(TakeBackForm):
    """How much the claim matters by the editor's judgement, and why."""

    priority = forms.IntegerField(
        label=gettext_lazy("Priority, 0 to 100"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=gettext_lazy("Left empty, the desk's rule sets it again."),
    )
    field_order = ("priority", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_priority_%s", **kwargs)


class AssignForm(TakeBackForm):
    """Who is to review the claim, and why."""

    reviewer = forms.ChoiceField(label=gettext_lazy("Reviewer"))
    field_order = ("reviewer", "reason")

    def __init__(self, claim: Claim, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_assign_%s", **kwargs)
        reviewer: Any = self.fields["reviewer"]
        reviewer.choices = named(review.candidates(claim))


class DeadlineForm(WorkForm):
    """Until when the claim is to be reviewed, by the clock of its desk."""

    deadline = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def __init__(self, claim: Claim, *args: Any, **kwargs: Any) -> None:
        self.zone = ZoneInfo(claim.desk.timezone)
        at = claim.deadline and claim.deadline.astimezone(self.zone).replace(tzinfo=None)
        super().__init__(*args, auto_id="id_deadline_%s", initial={"deadline": at}, **kwargs)
        self.fields["deadline"].label = _("Until, by the clock of %(zone)s") % {"zone": claim.desk.timezone}

    def full_clean(self) -> None:
        # By the desk's clock: an hour that it leaves out, or has twice, is refused.
        with timezone.override(self.zone):
            super().full_clean()


@login_required
@require_safe
def place(request: HttpRequest, claim_id: int) -> HttpResponse:
    return _page(request, permissions.claim_to_triage(request, claim_id))


def _page(
    request: HttpRequest,
    claim: Claim,
    prioritise: PriorityForm | None = None,
    assign: AssignForm | None = None,
    deadline: DeadlineForm | None = None,
) -> HttpResponse:
    values = {
        "claim": claim,
        "entry": QueueEntry.objects.filter(claim=claim).first(),
        "matters": claim.state in workflow.WITH_A_PRIORITY,
        "prioritise": prioritise or PriorityForm(initial={"priority": claim.priority_set}),
        "assign": assign or AssignForm(claim),
        "deadline": deadline or DeadlineForm(claim),
        "suits": review.who_could(claim),
    }
    status = (prioritise or assign or deadline or WorkForm()).status
    return render(request, "claims/queue/place.html", values, status=status)


@login_required
@require_POST
def prioritise(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_triage(request, claim_id)
    form = PriorityForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            wanted, why = form.cleaned_data["priority"], form.cleaned_data["reason"]
            changed = review.set_priority(claim.pk, wanted, actor=request.user, reason=why)
            messages.success(request, _("Its priority is %(number)s now.") % {"number": changed.priority})
            return redirect("web:claim_place", claim.pk)
    return _page(request, claim, prioritise=form)


@login_required
@require_POST
def accept(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The reviewer's: what was offered is theirs, for the whole lease."""
    claim = permissions.claim_to_review(request, claim_id)
    with refusals_as_messages(request):
        review.accept(own_assignment(request, claim).pk, request.user)
    return redirect("web:claim", claim.pk)


@login_required
@require_POST
def assign(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_assign(request, claim_id)
    form = AssignForm(claim, request.POST)
    if form.is_valid():
        with refusals_on(form):
            chosen, why = form.cleaned_data["reviewer"], form.cleaned_data["reason"]
            given = review.assign(claim.pk, request.user, chosen, reason=why)
            told = _("%(who)s has the claim now, with the full time.") % {"who": given.reviewer}
            messages.success(request, told)
            return redirect("web:claim", claim.pk)
    return _page(request, claim, assign=form)


@login_required
@require_POST
def set_deadline(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_triage(request, claim_id)
    form = DeadlineForm(claim, request.POST)
    if form.is_valid():
        with refusals_on(form):
            review.set_deadline(claim.pk, form.cleaned_data["deadline"], actor=request.user)
            messages.success(request, _("Its deadline is as you set it."))
            return redirect("web:claim_place", claim.pk)
    return _page(request, claim, deadline=form)
