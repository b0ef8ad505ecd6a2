"""The reviewer's pages: my desk with its queue, the desk page of one claim, and the verbs on it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.review import Assignment, QueueEntry
from claims.models.verdicts import Rating
from claims.rules import workflow
from claims.rules.ratings import Axis
from claims.rules.refusals import Conflict
from claims.rules.rights import Right
from claims.rules.workflow import DeclineReason
from claims.services import conflicts, evidence, review, verdicts
from claims.web import claims as claim_pages
from claims.web import notes, paging, permissions
from claims.web.drafts import ReviewForm, answered, at_work, beside_the_form, conflict_of, differing, drafted, settled
from claims.web.evidence import NOT_CHOSEN, AnswerForm, AskForm, answer_ids, questions
from claims.web.forms import WorkForm, back, refusals_as_messages, refusals_on
from claims.web.notifications import opened
from claims.web.told import options
from claims.web.verdicts import standing

CAP = 99
QUEUE_PAGE = 25


class GiveBackForm(WorkForm):
    """Why a reviewer declines; for a conflict of interest with whom, of those that the claim concerns."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=options(DeclineReason, NOT_CHOSEN))
    source = forms.TypedChoiceField(
        label=gettext_lazy("Conflict of interest with"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=gettext_lazy("Once declared, you get none of their claims until you say that it is over."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=400)

    def __init__(self, claim: Claim, *args: Any) -> None:
        super().__init__(*args)
        parties = [(str(source.pk), source.name) for source in conflicts.parties(claim)]
        if parties:
            chosen: Any = self.fields["source"]
            chosen.choices = [("", _("nobody; decline this claim only")), *parties]
        else:
            del self.fields["source"]


# --- My desk ----------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.REVIEW)
    waiting = review.waiting(request.user, CAP + 1).values_list("id", "priority")
    queue = paging.of_the_queue(lambda limit, after: review.waiting(request.user, limit, after), request, QUEUE_PAGE)
    speaking = {claim.pk: claim for claim in claim_pages.with_speakers(_claims_of(queue))}
    held = {assignment.pk: assignment for assignment in review.held_by(request.user)}
    sent_back = {each.review.assignment_id: each for each in review.to_answer(request.user)}
    context = {
        "sent_back": [(held[pk], asked) for pk, asked in sent_back.items() if pk in held],
        "held": [assignment for pk, assignment in held.items() if pk not in sent_back],
        "offers": review.offers_to(request.user),
        "asked_of_me": notes.for_desk(request),
        "drafts": review.stranded(request.user)[:10],
        "queue": [(entry, speaking[entry.claim_id]) for entry in queue],
        "page": queue,
        # What ran out comes back as soon as somebody asks, with a worker or without.
        "waiting": len(waiting) + review.late_for(request.user)[: CAP + 1].count(),
        "overdue": Assignment.objects.overseen_by(request.user).overdue()[: CAP + 1].count(),
        "to_approve": review.to_approve(request.user)[: CAP + 1].count(),
        "to_settle": review.waiting_for(request.user)[: CAP + 1].count(),
    }
    return render(request, "claims/review/index.html", context)


def _claims_of(queue: paging.Page[QueueEntry]) -> Any:
    return Claim.objects.filter(pk__in=[entry.claim_id for entry in queue]).select_related("article")


@login_required
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    permissions.some_desk(request, Right.REVIEW)
    taken = _next(request)
    if taken is None:
        return redirect("web:desk")
    messages.success(request, _("The claim is in your hands now."))
    return redirect("web:claim", taken.claim_id)


def _next(request: HttpRequest) -> Assignment | None:
    """The next claim, taken; None, and the reason said, where there is none."""
    with refusals_as_messages(request):
        assignment = review.take_next(request.user)
        if assignment is not None:
            return assignment
        messages.info(request, _("Nothing is waiting for you: every claim in the queue is done or somebody else's."))
    return None


@login_required
@require_POST
def queue_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """An editor's: the claim goes to the reviewers although the machine held it back."""
    claim = permissions.claim_to_triage(request, claim_id)
    with refusals_as_messages(request):
        review.queue_claim(claim.pk, actor=request.user)
        messages.success(request, _("The claim waits for a reviewer now."))
    return back(request, claim_pages.page_of(claim))


@login_required
@require_POST
def take(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    with refusals_as_messages(request):
        review.take(request.user, claim.pk)
        messages.success(request, _("The claim is in your hands now."))
    return redirect("web:claim", claim.pk)


# --- The desk page ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """One of the two questions with the key that leads to it, the desk's possible answers, and the one chosen."""

    field: forms.BoundField
    key: str
    ratings: list[Rating]
    chosen: str


def scales(claim: Claim, form: WorkForm) -> list[Scale]:
    rows = verdicts.scales(claim.desk_id)
    names = ((Axis.ATTRIBUTION, "attribution_verdict", "a"), (Axis.VERACITY, "veracity_verdict", "v"))
    return [Scale(form[name], key, rows[axis], str(form[name].value() or "")) for axis, name, key in names]


def newest_assignment(request: HttpRequest, claim: Claim) -> Assignment | None:
    mine = Assignment.objects.filter(claim=claim, reviewer=request.user.pk, round=claim.round)
    return mine.order_by("-pk").first()


def own_assignment(request: HttpRequest, claim: Claim) -> Assignment:
    """This person's newest assignment of the claim; its state is the service's to judge. 404 without one."""
    assignment = newest_assignment(request, claim)
    if assignment is None:
        raise Http404
    return assignment


@login_required
@require_safe
def claim_page(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_read(request, claim_id)
    opened(request, claim)
    return _page(request, claim)


def _page(
    request: HttpRequest,
    claim: Claim,
    form: ReviewForm | None = None,
    ask: AskForm | None = None,
    answer: AnswerForm | None = None,
) -> HttpResponse:
    context = claim_pages.in_context(claim)
    assignment = newest_assignment(request, claim)
    held = assignment is not None and review.is_held(assignment)
    offered = assignment is not None and review.is_offered(assignment)
    draft = review.newest_draft(claim, request.user)
    asked = review.question_to(assignment) if held and assignment else None
    marked = form.marked if form else review.markings_of(claim) if held else ()
    typed = drafted(draft.body) if draft and draft.body else answered(asked.review, marked) if asked else {}
    form = form or ReviewForm(initial=typed, marked=marked)
    at = request.GET.get("at")
    values = {
        "claim": claim,
        "article": claim.article,
        "reading": context.whole(paging.number(at) if at else None),
        "current": context.current,
        "attributions": context.own,
        "assignment": assignment,
        "held": held,
        "asked": asked,
        "form": form,
        "scales": scales(claim, form),
        "pieces": evidence.put_forward(claim, request.user).with_copies(),
        "offered": offered,
        "give_back": GiveBackForm(claim) if held or offered else None,
        "may_review": claim.desk_id in permissions.desks(request, Right.REVIEW),
        "may_correct": claim.desk_id in permissions.desks(request, Right.CORRECT),
        "ask": ask or AskForm(auto_id="id_ask_%s"),
        "questions": questions(claim, request.user, answer),
        "may_approve": review.to_approve(request.user).filter(pk=claim.pk).exists(),
        "approved": claim.state in workflow.UNVEILED and review.approval_of(claim) is not None,
        "adjudication": review.adjudication_of(claim, request.user),
        "may_want_two": claim.state in workflow.BEFORE_THE_FIRST,
        "may_take": not held and review.may_take(request.user, claim),
        # Called where the page says so, and not before.
        "why_not": partial(review.why_not, request.user, claim),
        "conflict": None if held else conflicts.between(request.user, claim),
        "holder": None if held else review.holder_of(claim),
        "typed": {} if held else typed,
    }
    values |= (
        claim_pages.triage(request, claim.desk_id) | notes.beside(request, claim) | beside_the_form(request, draft)
    )
    values["standing"] = standing(claim)
    values |= _changed_elsewhere(claim, form)
    status = (ask or answer or form).status
    return render(request, "claims/review/claim.html", values, status=status)


def _changed_elsewhere(claim: Claim, form: ReviewForm) -> dict[str, Any]:
    """Both versions, where the form was refused because the draft was changed on another page."""
    conflict = conflict_of(form)
    return {"conflict": conflict, "differing": differing(claim, form, conflict)} if conflict else {}


@login_required
@require_POST
def submit(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The review is in; with ``then`` = ``next`` the next claim is taken at once, as by its own button."""
    claim = permissions.claim_to_review(request, claim_id)
    assignment = own_assignment(request, claim)
    form = ReviewForm(settled(request, claim), request.FILES, marked=review.markings_of(claim))
    if form.is_valid():
        with refusals_on(form):
            review.submit(assignment.pk, request.user, form.submission(), **at_work(request))
            said = claim_pages.submitted_words(claim)
            taken = _next(request) if request.POST.get("then") == "next" else None
            if taken is None:
                messages.success(request, said)
                return redirect("web:desk")
            # In one message: a second one would push the panes off the screen.
            messages.success(request, said + " " + _("This is the next claim, in your hands now."))
            return redirect("web:claim", taken.claim_id)
    elif _keep(request, assignment, form, form.typed()):
        # To complete it would help nobody who does not hold the claim any more.
        with refusals_on(form):
            review.check_held(assignment)
    return _page(request, claim, form)


@login_required
@require_POST
def save_draft(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    assignment = own_assignment(request, claim)
    form = ReviewForm(settled(request, claim), marked=review.markings_of(claim))
    draft = _keep(request, assignment, form, form.typed())
    values = {"claim": claim, "draft": draft, "form": form} | _changed_elsewhere(claim, form)
    return render(request, "claims/review/saved.html", values, status=200 if draft else 409)


def _keep(request: HttpRequest, assignment: Assignment, form: ReviewForm, typed: dict[str, str]) -> Draft | None:
    """The draft with what was typed; None, and the form refused, where it was changed on another page."""
    try:
        return review.save_draft(assignment.pk, request.user, typed, **at_work(request))
    except Conflict as conflict:
        form.refused = conflict
        return None


@login_required
@require_POST
def add_evidence(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Add the piece that stands in the review's form; what else stands there is kept as the draft."""
    claim = permissions.claim_to_review(request, claim_id)
    assignment = own_assignment(request, claim)
    marked = review.markings_of(claim)
    form = ReviewForm(request.POST, request.FILES, marked=marked)
    typed = form.typed()
    pieces = form.pieces() if form.is_valid() else []
    added = False
    if pieces:
        with refusals_on(form):
            added = bool(evidence.add(claim, pieces, actor=request.user))
            typed = {name: value for name, value in typed.items() if not name.startswith("evidence_")}
            form = ReviewForm(initial=typed, marked=marked)
    elif not form.errors:
        form.ask_for_a_piece()
    return _evidence(request, claim, form, assignment, typed, added=added)


def _evidence(
    request: HttpRequest, claim: Claim, form: ReviewForm, assignment: Assignment, typed: dict[str, str], **more: Any
) -> HttpResponse:
    """The evidence alone for htmx, which swaps it in beside what is being typed; the whole page without scripts.

    What was typed is kept as the draft; should another page have changed that, the next save of it says so.
    """
    draft = _keep(request, assignment, ReviewForm(typed), typed)
    if not request.headers.get("HX-Request"):
        return _page(request, claim, form) if form.is_bound else redirect("web:claim", claim.pk)
    # The button that was pressed stands below the fields: without the focus, what is wrong above it is out of sight.
    for wrong in [name for name in form.fields if name in form.errors][:1]:
        form.fields[wrong].widget.attrs["autofocus"] = True
    pieces = evidence.put_forward(claim, request.user).with_copies()
    values = {"claim": claim, "form": form, "swapped": True, "pieces": pieces, "draft": draft} | more
    return render(request, "claims/review/evidence.html", values)


@login_required
@require_POST
def withdraw_evidence(request: HttpRequest, claim_id: int, evidence_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    with refusals_as_messages(request):
        evidence.withdraw(evidence_id, actor=request.user)
    typed = ReviewForm(request.POST).typed()
    return _evidence(request, claim, ReviewForm(initial=typed), own_assignment(request, claim), typed)


@login_required
@require_POST
def capture_again(request: HttpRequest, claim_id: int, evidence_id: int) -> HttpResponse:
    """From the review's form, which comes along and is kept, or from a button of its own on another page."""
    claim = permissions.claim_to_review(request, claim_id)
    with refusals_as_messages(request):
        evidence.capture_again(evidence_id, actor=request.user)
    typed = ReviewForm(request.POST).typed()
    assignment = newest_assignment(request, claim)
    if typed and assignment and request.headers.get("HX-Request"):
        return _evidence(request, claim, ReviewForm(initial=typed), assignment, typed, asked=evidence_id)
    if typed and assignment:
        _keep(request, assignment, ReviewForm(typed), typed)
    messages.info(request, _("The page is being fetched once more; look again in a moment."))
    return back(request, claim_pages.page_of(claim))


@login_required
@require_POST
def ask_claimant(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    form = AskForm(request.POST, auto_id="id_ask_%s")
    if form.is_valid():
        with refusals_on(form):
            evidence.contact(claim, form.cleaned_data["channel"], form.cleaned_data["question"], actor=request.user)
            return redirect(f"{claim_pages.page_of(claim)}#claimant")
    return _page(request, claim, ask=form)


@login_required
@require_POST
def answer_of_claimant(request: HttpRequest, claim_id: int, contact_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    if not evidence.contacts(claim, request.user).filter(pk=contact_id).exists():
        raise Http404
    form = AnswerForm(request.POST, auto_id=answer_ids(contact_id))
    if form.is_valid():
        with refusals_on(form):
            evidence.answer(contact_id, form.cleaned_data["answer"], actor=request.user)
            return redirect(f"{claim_pages.page_of(claim)}#claimant")
    return _page(request, claim, answer=form)


@login_required
@require_POST
def release(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    with refusals_as_messages(request):
        review.release(own_assignment(request, claim).pk, request.user)
        messages.info(request, _("The claim is back in the queue. What you typed is kept for you."))
    return redirect("web:desk")


@login_required
@require_POST
def decline(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_review(request, claim_id)
    form = GiveBackForm(claim, request.POST)
    if not form.is_valid():
        raise BadRequest("Choose a reason.")
    reason = DeclineReason(form.cleaned_data["reason"])
    # What was chosen for one reason is not meant for another.
    source = form.cleaned_data.get("source") if reason is DeclineReason.CONFLICT_OF_INTEREST else None
    with refusals_as_messages(request):
        note = form.cleaned_data["note"]
        review.decline(own_assignment(request, claim).pk, request.user, reason, note=note, source_id=source)
        messages.info(request, _("The claim is back in the queue and will not be offered to you again."))
    return redirect("web:desk")
