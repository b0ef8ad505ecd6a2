"""A claim as its pages show it: who said it and how, and its history; and an editor's verbs before it is queued."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from claims.models.articles import Revision
from claims.models.claims import Attribution, Claim, ClaimAttribution, counting
from claims.models.events import Event
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState, DismissReason
from claims.services import claims, evidence
from claims.web import highlight, permissions, reading
from claims.web.forms import RegisteredSource, WorkForm, back, refusals_as_messages, refusals_on
from claims.web.told import options

# What happened, in the desk's words; a kind that is not here is shown by its name.
SENTENCES = {
    "claim.extracted": _("Found in the article"),
    "claim.formulated": _("Put into words"),
    "claim.triaged": _("Given its priority"),
    "claim.queued": _("Put into the queue"),
    "claim.unqueued": _("Taken out of the queue"),
    "claim.linked": _("Linked to another claim"),
    "claim.unlinked": _("A link to another claim ended"),
    "claim.assigned": _("Taken for review"),
    "claim.released": _("Given back to the queue"),
    "claim.declined": _("Declined by the reviewer"),
    "claim.expired": _("Back in the queue: the time for it ran out"),
    "claim.taken_back": _("Taken back from the reviewer"),
    "claim.reassigned": _("Given to another reviewer"),
    "claim.offered": _("Offered to a reviewer"),
    "claim.accepted": _("The offer accepted"),
    "claim.given": _("Given to a reviewer by an editor"),
    "claim.prioritised": _("Given another priority"),
    "claim.dismissed": _("Dismissed"),
    "claim.restored": _("Brought back"),
    "review.begun": _("Review begun"),
    "review.held": _("Put on hold"),
    "review.resumed": _("Review resumed"),
    "review.submitted": _("Review submitted"),
    "review.sent_back": _("Review sent back to its writer"),
    "claim.approved": _("Review approved"),
    "claim.review_twice": _("To be reviewed twice"),
    "claim.review_as_policy": _("To be reviewed as the desk's policy says"),
    "claim.second_review": _("Put before a second reviewer"),
    "claim.deadline_set": _("Its deadline set or left to the desk's hours"),
    "claim.overdue": _("The time for its review is over"),
    "claim.escalated": _("The desk's lead told that it is still not reviewed"),
    "claim.disputed": _("Two reviews differ"),
    "claim.adjudicated": _("The difference settled"),
    "claim.marked": _("What the reviews mark carried over into the article"),
    "evidence.added": _("Evidence added"),
    "evidence.withdrawn": _("Evidence withdrawn"),
    "evidence.capture_asked": _("Another copy of the evidence asked for"),
    "evidence.captured": _("Copy of the evidence asked for and answered"),
    "note.added": _("Note written"),
    "note.resolved": _("Note resolved"),
    "note.reopened": _("Note reopened"),
    "claimant.asked": _("Claimant asked"),
    "claimant.answered": _("Claimant answered"),
    "verdict.decided": _("Verdict recorded"),
    "claim.decided": _("Decided"),
    "claim.published": _("Published"),
    "claim.reopened": _("Reopened"),
    "claim.retracted": _("Retracted"),
}


def with_speakers(rows: QuerySet[Claim]) -> QuerySet[Claim]:
    """The claims with who said them; two more queries however many they are."""
    links = ClaimAttribution.objects.counting().select_related("attribution").order_by("attribution_id")
    return rows.prefetch_related(Prefetch("links", links))


@dataclass(frozen=True)
class Told:
    """One event as a line of the timeline."""

    event: Event
    sentence: str


@dataclass(frozen=True)
class InContext:
    """Where a claim stands: its article's newest revision, all attributions of it, and those that carry the claim."""

    revision: Revision | None
    attributions: list[Attribution]
    own: list[Attribution]

    @property
    def current(self) -> frozenset[int]:
        return frozenset(attribution.pk for attribution in self.own)

    @property
    def own_spans(self) -> list[highlight.Span]:
        return reading.spans_of(self.own)

    def whole(self, at: int | None) -> reading.Reading | None:
        """The article, or of a long one the part around the claim or around the offset asked for."""
        if self.revision is None:
            return None
        where = at if at is not None else min((reading.begins(each) for each in self.own), default=0)
        part = reading.part_of(self.revision.text, where)
        return reading.read(self.revision.text, reading.spans_of(self.attributions), part)

    def quoted(self) -> reading.Reading | None:
        """Only the paragraphs that hold the claim, with nothing but its own spans marked."""
        return reading.excerpt(self.revision.text, self.own_spans) if self.revision else None


def in_context(claim: Claim) -> InContext:
    """Read the claim's surroundings; the number of queries does not depend on the article."""
    revision = reading.newest_revision(claim.article)
    attributions = reading.attributions_of(revision) if revision else []
    carrying = [each for each in attributions if any(link.claim_id == claim.pk for link in each.links.all())]
    # These have their spans already.
    own = counting(carrying)
    return InContext(revision, [each for each in attributions if each.stands or each in own], own)


@login_required
@require_safe
def history(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_read(request, claim_id)
    events = evidence.told(claim, evidence.history(claim, request.user), request.user)
    told = [Told(event, str(SENTENCES.get(event.kind, event.kind))) for event in events]
    return render(request, "claims/claims/history.html", {"claim": claim, "told": told})


# --- Before the queue -------------------------------------------------------------------------------------------------


class DismissForm(WorkForm):
    """Why a claim is not taken up. The templates write its two fields themselves: an article has hundreds of cards."""

    reason = forms.ChoiceField(choices=options(DismissReason))
    note = forms.CharField(required=False, max_length=400)


def triage(request: HttpRequest, desk_id: int) -> dict[str, Any]:
    """What a page needs that offers these verbs to those who have them."""
    may = desk_id in permissions.desks(request, Right.TRIAGE)
    return {"may_triage": may, "dismiss_reasons": options(DismissReason)() if may else []}


def page_of(claim: Claim) -> str:
    return reverse("web:claim", args=[claim.pk])


@login_required
@require_POST
def dismiss(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_triage(request, claim_id)
    form = DismissForm(request.POST)
    if not form.is_valid():
        raise BadRequest("Choose a reason, and keep the note below 400 characters.")
    reason = DismissReason(form.cleaned_data["reason"])
    with refusals_as_messages(request):
        claims.dismiss(claim.pk, reason, actor=request.user, note=form.cleaned_data["note"])
        messages.info(request, _("Dismissed. It can be brought back at any time."))
    return back(request, page_of(claim))


@login_required
@require_POST
def restore(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_triage(request, claim_id)
    with refusals_as_messages(request):
        claims.restore(claim.pk, actor=request.user)
    return back(request, page_of(claim))


# --- Who speaks -------------------------------------------------------------------------------------------------------


class SpeakerForm(WorkForm):
    """The source of the register that an attribution names."""

    source = RegisteredSource(max_length=320)


@login_required
@require_POST
def name_source(request: HttpRequest, attribution_id: int) -> HttpResponse:
    attribution = permissions.attribution_to_edit(request, attribution_id)
    form = SpeakerForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            claims.confirm_source(attribution.pk, form.cleaned_data["source"], actor=request.user)
    for error in form.errors.get("source", ()):
        messages.error(request, str(error))
    return back(request, reverse("web:article", args=[attribution.revision.article_id]))


def submitted_words(claim: Claim) -> str:
    """What becomes of the review that was just handed in."""
    claim.refresh_from_db(fields=["state"])
    if claim.state == ClaimState.SECOND_REVIEW:
        return gettext("Your review is in. Somebody else reviews the claim as well now, without seeing yours.")
    if claim.state == ClaimState.SUBMITTED:
        return gettext("Your review is in. It takes effect once an editor has read it.")
    if claim.state == ClaimState.ADJUDICATION:
        return gettext("Your review is in. It differs from the other one; somebody who wrote neither settles that.")
    return gettext("Your review is in. Somebody else can publish it now.")
