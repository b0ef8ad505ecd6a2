"""Claims that are reviewed twice: that an editor wants it, the differing reviews that wait, and what settles them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import Claim
from claims.models.review import Review
from claims.rules.refusals import Absent, Forbidden
from claims.rules.rights import Right
from claims.services import review
from claims.web import claims as claim_pages
from claims.web import paging, permissions
from claims.web.evidence import questions
from claims.web.forms import WorkForm, back, refusals_as_messages, refusals_on
from claims.web.returns import SendBackForm, reviews_read
from claims.web.review import scales

WORDS = {
    "attribution_verdict": gettext_lazy("whether it was said"),
    "veracity_verdict": gettext_lazy("whether it is true"),
    "rationale": gettext_lazy("the reasons"),
    "evidence": gettext_lazy("the evidence"),
    "spans": gettext_lazy("what is marked in the article"),
}


def area(label: Any, rows: int, help_text: Any) -> forms.CharField:
    """A text of several lines. Which of them are needed depends on the verdicts, so the service says it."""
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(label=label, required=False, max_length=20_000, widget=widget, help_text=help_text)


class DecisionForm(WorkForm):
    """Both verdicts, why, and what the reviewers may learn from it."""

    attribution_verdict = forms.CharField(label=gettext_lazy("Was it said?"), required=False)
    veracity_verdict = forms.CharField(label=gettext_lazy("Is it true?"), required=False)
    note = area(gettext_lazy("Why you decided so"), 4, gettext_lazy("For the desk; both reviewers read it."))
    rationale = area(
        gettext_lazy("How you came to these verdicts"),
        4,
        gettext_lazy("For readers. Left empty, it is that of the review with the same two verdicts."),
    )
    feedback = area(gettext_lazy("Feedback"), 3, gettext_lazy("To both reviewers: what each did well or missed."))

    def decision(self) -> review.Decision:
        return review.Decision(**self.cleaned_data)


@login_required
@require_POST
def review_twice(request: HttpRequest, claim_id: int) -> HttpResponse:
    """An editor's: the claim is reviewed twice, or with `policy` in the form as the desk's policy has it."""
    claim = permissions.claim_to_triage(request, claim_id)
    with refusals_as_messages(request):
        if review.review_twice(claim.pk, actor=request.user, wanted="policy" not in request.POST).review_twice:
            messages.success(request, _("It will be reviewed twice."))
        else:
            messages.success(request, _("The desk's policy decides whether it is reviewed twice."))
    return back(request, claim_pages.page_of(claim))


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.ADJUDICATE)
    waiting = claim_pages.with_speakers(review.waiting_for(request.user).select_related("article"))
    return render(request, "claims/adjudication/index.html", {"page": paging.newest_first(waiting, request)})


@login_required
@require_safe
def detail(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    return _page(request, claim, DecisionForm())


def _page(request: HttpRequest, claim: Claim, form: DecisionForm) -> HttpResponse:
    """Both reviews; a claim without a difference that this person may see leads to its own page, which says why."""
    try:
        dispute = review.dispute_of(claim, request.user)
    except (Absent, Forbidden) as refused:
        messages.info(request, str(refused))
        return redirect("web:claim", claim.pk)
    context = claim_pages.in_context(claim)
    values: dict[str, Any] = {
        "claim": claim,
        "article": claim.article,
        "attributions": context.own,
        "quoted": context.quoted(),
        "sides": [
            {
                "review": row,
                "pieces": pieces,
                "words": dispute.words(number),
                "marked": [(each, each.sides[number]) for each in dispute.marked],
                "earlier": review.earlier_of(row),
                "form": _send_back(row),
            }
            for number, (row, pieces) in enumerate(dispute.sides)
        ],
        "settled": dispute.settled,
        "differences": [WORDS[name] for name in dispute.differences],
        "differing": dispute.differences,
        "questions": questions(claim, request.user),
        "may_publish": claim.desk_id in permissions.desks(request, Right.PUBLISH),
        "form": form,
        "scales": scales(claim, form),
    }
    return render(request, "claims/adjudication/detail.html", values, status=form.status)


def _send_back(row: Review) -> SendBackForm:
    role = row.assignment.role
    return SendBackForm(initial={"role": role}, auto_id=f"id_{role}_%s")


@login_required
@require_POST
def adjudicate(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_settle(request, claim_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            review.adjudicate(claim.pk, request.user, form.decision(), read=reviews_read(request))
            messages.success(request, _("Settled. Both reviewers see your note; the verdict waits for publication."))
            return redirect("web:adjudication", claim.pk)
    claim.refresh_from_db(fields=["state"])
    return _page(request, claim, form)
