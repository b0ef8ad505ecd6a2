"""Reviews before they decide: the list that waits for an editor, one of them, and both answers to it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import Claim
from claims.rules import workflow
from claims.rules.refusals import Absent, Forbidden
from claims.rules.rights import Right
from claims.rules.workflow import AssignmentRole
from claims.services import review
from claims.web import claims as claim_pages
from claims.web import paging, permissions
from claims.web.evidence import questions
from claims.web.forms import WorkForm, refusals_as_messages, refusals_on
from claims.web.notifications import opened
from claims.web.told import in_language, translated

REVIEWED = [choice for choice in workflow.choices(AssignmentRole) if choice[0] != AssignmentRole.ADJUDICATOR]


class SendBackForm(WorkForm):
    """What the writer of a review should look at again."""

    note = forms.CharField(
        label=gettext_lazy("What to look at again"),
        # Asked for before it is sent: of two reviews that differ the page comes back with this form folded away.
        error_messages={"required": in_language("Say what should be looked at again; the reviewer reads it.")},
        max_length=4000,
        widget=forms.Textarea(
            attrs={"rows": 3, "dir": "auto", "data-key": "b", "data-key-label": gettext_lazy("Send it back")}
        ),
        help_text=gettext_lazy("For the reviewer; the desk's own, readers never see it."),
    )
    role = forms.ChoiceField(choices=REVIEWED, initial=AssignmentRole.FIRST.value, widget=forms.HiddenInput)


class ApproveForm(WorkForm):
    """What an editor says of a review that they approve; nothing, most of the time."""

    note = forms.CharField(
        label=gettext_lazy("Why you approve it"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(
            attrs={"rows": 2, "dir": "auto", "data-key": "r", "data-key-label": gettext_lazy("Why you approve it")}
        ),
        help_text=gettext_lazy("For the desk; the reviewer reads it."),
    )
    feedback = forms.CharField(
        label=gettext_lazy("Feedback"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("To the reviewer: what they did well or missed."),
    )


def reviews_read(request: HttpRequest) -> list[int]:
    """The reviews that the page showed, none where the form names none: nobody decides on what they have not read.

    What is no number of a row is none of them.
    """
    sent = request.POST.getlist("review")
    return [int(each) if paging.is_number(each) else 0 for each in sent]


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.APPROVE)
    waiting = claim_pages.with_speakers(review.to_approve(request.user).select_related("article"))
    return render(request, "claims/returns/index.html", {"page": paging.newest_first(waiting, request)})


@login_required
@require_safe
def detail(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    opened(request, claim)
    return _page(request, claim)


def _page(
    request: HttpRequest, claim: Claim, form: SendBackForm | None = None, approving: ApproveForm | None = None
) -> HttpResponse:
    """The review; a claim of which this person may see none leads to its own page, which says why."""
    try:
        proposal = review.proposal_of(claim, request.user)
    except (Absent, Forbidden) as refused:
        messages.info(request, translated(refused))
        return redirect("web:claim", claim.pk)
    context = claim_pages.in_context(claim)
    values = {
        "claim": claim,
        "article": claim.article,
        "attributions": context.own,
        "quoted": context.quoted(),
        "review": proposal.review,
        "pieces": proposal.pieces,
        "marked": proposal.marked,
        "earlier": proposal.earlier,
        "approved": proposal.approved,
        "questions": questions(claim, request.user),
        "beside": paging.beside(review.to_approve(request.user), claim.pk),
        "form": form or SendBackForm(),
        "approving": approving or ApproveForm(auto_id="id_approve_%s"),
    }
    return render(request, "claims/returns/detail.html", values, status=(form or approving or SendBackForm()).status)


@login_required
@require_POST
def approve(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_approve(request, claim_id)
    form = ApproveForm(request.POST, auto_id="id_approve_%s")
    if not form.is_valid():
        return _page(request, claim, approving=form)
    with refusals_as_messages(request):
        review.approve(claim.pk, request.user, **form.cleaned_data, read=reviews_read(request))
        messages.success(request, _("Approved. The verdict waits for publication."))
    return redirect("web:approvals")


@login_required
@require_POST
def send_back(request: HttpRequest, claim_id: int) -> HttpResponse:
    """From the page of a review that waits for approval, or of two that differ; a refusal is told there."""
    claim = permissions.claim_to_settle(request, claim_id)
    form = SendBackForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            role = AssignmentRole(form.cleaned_data["role"])
            note, read = form.cleaned_data["note"], reviews_read(request)
            asked = review.request_changes(claim.pk, request.user, note, role=role, read=read)
            if asked.state == "active":
                messages.success(request, _("Sent back to %(who)s, with your note.") % {"who": asked.reviewer})
            else:
                messages.success(request, _("Whoever wrote it no longer reviews it: it waits for somebody else."))
            return redirect("web:claim", claim.pk)
    claim.refresh_from_db()
    if claim.state == "submitted":
        return _page(request, claim, form)
    for error in [*form.non_field_errors(), *form.errors.get("note", []), *form.errors.get("role", [])]:
        messages.error(request, error)
    return redirect("web:adjudication" if claim.state == "adjudication" else "web:claim", claim.pk)
