"""The editors' pages: what waits for publication, the preview with its gate, and the steps in public."""

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
from claims.models.publication import CorrectionKind, Publication
from claims.models.verdicts import Verdict
from claims.rules import workflow
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState, ReopenReason
from claims.services import publication
from claims.web import claims as claim_pages
from claims.web import paging, permissions, verdicts
from claims.web.evidence import NOT_CHOSEN, questions
from claims.web.forms import WorkForm, refusals_on
from claims.web.told import options, translated

KINDS = [choice for choice in CorrectionKind.choices if choice[0] != CorrectionKind.RETRACTION]


class PublishForm(WorkForm):
    """What the publisher states where the gate asks; for a second version also what the public is told."""

    source_exception = forms.CharField(
        label=gettext_lazy("Why there are not two independent sources"), required=False, max_length=1000
    )
    no_contact_reason = forms.CharField(
        label=gettext_lazy("Why the claimant was not asked"), required=False, max_length=1000
    )
    counter_evidence_sought = forms.BooleanField(
        label=gettext_lazy("Evidence against the verdict was looked for"), required=False
    )
    correction_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of change"), choices=KINDS, required=False, widget=forms.RadioSelect
    )
    correction_note = forms.CharField(
        label=gettext_lazy("What changed, for the public"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    correction_reason = forms.CharField(
        label=gettext_lazy("For the desk only"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def statements(self) -> publication.Statements:
        data = self.cleaned_data
        return publication.Statements(
            data["source_exception"], data["no_contact_reason"], data["counter_evidence_sought"]
        )

    def note(self) -> publication.Note | None:
        data = self.cleaned_data
        if not (data["correction_kind"] or data["correction_note"]):
            return None
        return publication.Note(data["correction_kind"], data["correction_note"], data["correction_reason"])


class ReopenForm(WorkForm):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=options(ReopenReason, NOT_CHOSEN))
    note = forms.CharField(
        label=gettext_lazy("What is to be looked at again"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )


class RetractForm(WorkForm):
    note = forms.CharField(
        label=gettext_lazy("Why it is taken back, for the public"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("For the desk only"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    desks = permissions.some_desk(request, Right.PUBLISH)
    rows = Claim.objects.filter(desk__in=desks, state=ClaimState.DECIDED).select_related("article")
    page = paging.newest_first(claim_pages.with_speakers(rows), request)
    newest = Verdict.objects.filter(claim__in=page.items).select_related(
        "attribution_rating", "veracity_rating", "decided_by"
    )
    by_claim = {verdict.claim_id: verdict for verdict in newest.order_by("version")}
    context = {"page": page, "rows": [(claim, by_claim.get(claim.pk)) for claim in page]}
    return render(request, "claims/publication/index.html", context)


@login_required
@require_safe
def preview(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_publish(request, claim_id)
    return _preview(request, claim)


def _preview(request: HttpRequest, claim: Claim, **forms_: WorkForm) -> HttpResponse:
    verdict = Verdict.objects.filter(claim=claim).order_by("-version").first()
    if verdict is None:
        messages.info(request, _("Nobody has decided on this claim yet."))
        return redirect("web:claim", claim.pk)
    form = forms_.get("publish") or PublishForm()
    before = Publication.objects.filter(claim=claim).order_by("-position").first()
    decided = claim.state == ClaimState.DECIDED
    published = claim.state == ClaimState.PUBLISHED
    typed: list[tuple[str, str]] = []
    for name, refused in forms_.items():
        # Somebody was faster: the form is not there any more, and neither would be what is wrong with it and was typed.
        if not (decided if name == "publish" else published):
            typed += _typed(refused)
            for problem in refused.refused.problems if refused.refused else ():
                messages.error(request, translated(problem.message))
    context = claim_pages.in_context(claim)
    values: dict[str, Any] = {
        "claim": claim,
        "article": claim.article,
        "verdict": verdict,
        "attributions": context.own,
        "quoted": context.quoted(),
        "evidence": verdicts.pieces(verdict),
        "questions": questions(claim, request.user),
        "may_download": True,
        "may_capture": True,
        "behind": publication.credits_of(verdict),
        "gate": publication.gate(claim, verdict, publication.Statements()) if decided else [],
        "typed": typed,
        "standing": verdicts.standing(claim),
        "decided": decided,
        "published": published,
        "only_reviewer": not workflow.may_publish(publication.reviewers(claim), request.user.pk),
        "before": before,
        "form": form,
        "reopen_form": forms_.get("reopen") or ReopenForm(auto_id="id_reopen_%s"),
        "retract_form": forms_.get("retract") or RetractForm(auto_id="id_retract_%s"),
    }
    status = next((each.status for each in forms_.values()), 200)
    return render(request, "claims/publication/preview.html", values, status=status)


def _typed(form: WorkForm) -> list[tuple[str, str]]:
    """What a person wrote into the form in their own words, with the names of its fields."""
    written = [(field, field.value()) for field in form if not isinstance(field.field, forms.ChoiceField)]
    return [(str(field.label), text) for field, text in written if isinstance(text, str) and text.strip()]


@login_required
@require_POST
def publish(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_publish(request, claim_id)
    form = PublishForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            step = publication.publish(claim.pk, actor=request.user, statements=form.statements(), note=form.note())
            messages.success(request, _("Published."))
            return redirect("web:verdict", step.verdict_id)
    return _preview(request, claim, publish=form)


@login_required
@require_POST
def reopen(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_publish(request, claim_id)
    form = ReopenForm(request.POST, auto_id="id_reopen_%s")
    if form.is_valid():
        with refusals_on(form):
            data = form.cleaned_data
            publication.reopen(claim.pk, ReopenReason(data["reason"]), actor=request.user, note=data["note"])
            messages.success(request, _("Reopened. The public sees the published version until the next one."))
            return redirect("web:claim_history", claim.pk)
    return _preview(request, claim, reopen=form)


@login_required
@require_POST
def retract(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_publish(request, claim_id)
    form = RetractForm(request.POST, auto_id="id_retract_%s")
    if form.is_valid():
        with refusals_on(form):
            data = form.cleaned_data
            step = publication.retract(claim.pk, actor=request.user, note=data["note"], reason=data["reason"])
            messages.success(request, _("Retracted. The page stays and says so."))
            return redirect("web:verdict", step.verdict_id)
    return _preview(request, claim, retract=form)
