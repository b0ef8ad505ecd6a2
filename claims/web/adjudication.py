"""Claims that are reviewed twice: that an editor wants it, the differing reviews that wait, and what settles them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import Attribution, Claim
from claims.models.review import Review
from claims.rules.refusals import Absent, Forbidden
from claims.rules.rights import Right
from claims.services import review
from claims.web import claims as claim_pages
from claims.web import paging, permissions
from claims.web.evidence import questions
from claims.web.forms import WorkForm, back, refusals_as_messages, refusals_on
from claims.web.notifications import opened
from claims.web.returns import SendBackForm, reviews_read
from claims.web.review import scales
from claims.web.told import translated

WORDS = {
    "attribution_verdict": gettext_lazy("whether it was said"),
    "veracity_verdict": gettext_lazy("whether it is true"),
    "rationale": gettext_lazy("the reasons"),
    "evidence": gettext_lazy("the evidence"),
    "spans": gettext_lazy("what is marked in the article"),
}


NAMES = {
    "first": gettext_lazy("As the first review marks it"),
    "second": gettext_lazy("As the second review marks it"),
    "article": gettext_lazy("As it is marked in the article now"),
    "kept": gettext_lazy("As somebody corrected it meanwhile"),
}


@dataclass(frozen=True)
class Marked:
    """One of the markings that can hold: its value in the form, its name, and its words by role."""

    value: str
    name: Any
    words: list[tuple[str, str]]


def area(label: Any, rows: int, help_text: Any, key: str = "") -> forms.CharField:
    """A text of several lines, and the key that leads there.

    Which of them are needed depends on the verdicts, so the service says it.
    """
    keys = {"data-key": key, "data-key-label": label} if key else {}
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"} | keys)
    return forms.CharField(label=label, required=False, max_length=20_000, widget=widget, help_text=help_text)


class DecisionForm(WorkForm):
    """Both verdicts, why, and what the reviewers may learn from it."""

    attribution_verdict = forms.CharField(label=gettext_lazy("Was it said?"), required=False)
    veracity_verdict = forms.CharField(label=gettext_lazy("Is it true?"), required=False)
    note = area(gettext_lazy("Why you decided this way"), 4, gettext_lazy("For the desk; both reviewers read it."), "r")
    rationale = area(
        gettext_lazy("How you came to these verdicts"),
        4,
        gettext_lazy("For readers. Left empty, it is that of the review with the same two verdicts."),
    )
    feedback = area(gettext_lazy("Feedback"), 3, gettext_lazy("To both reviewers: what each did well or missed."))

    def __init__(self, *args: Any, disputed: Sequence[Sequence[review.Compared]] = (), **kwargs: Any) -> None:
        """``disputed`` has the places of each attribution of which the two mark other words: a choice for each."""
        super().__init__(*args, **kwargs)
        self.disputed = {places[0].marking.attribution: places for places in disputed}
        for attribution in self.disputed:
            self.fields[f"holds_{attribution.pk}"] = forms.ChoiceField(
                label=gettext_lazy("Whose marking holds?"),
                choices=[(name, name) for name in review.HOLDS],
                error_messages={"required": gettext_lazy("Choose whose marking holds.")},
            )
            self.fields[f"version_{attribution.pk}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=attribution.version
            )

    def choices(self) -> list[tuple[Attribution, forms.BoundField, forms.BoundField, list[Marked]]]:
        """For each disputed attribution the fields of the choice and of its version, and what can be chosen."""
        return [
            (attribution, self[f"holds_{attribution.pk}"], self[f"version_{attribution.pk}"], _choices(places))
            for attribution, places in self.disputed.items()
        ]

    def decision(self) -> review.Decision:
        said = {name: self.cleaned_data[name] for name in DecisionForm.base_fields}
        chosen = {
            attribution.pk: review.Choice(
                self.cleaned_data[f"holds_{attribution.pk}"], self.cleaned_data[f"version_{attribution.pk}"]
            )
            for attribution in self.disputed
        }
        return review.Decision(**said, markings=chosen)


def _choices(places: Sequence[review.Compared]) -> list[Marked]:
    """The words that each choice marks, in the roles in which the two differ."""
    differing = [place for place in places if not place.same]
    return [
        Marked(name, NAMES[name], [(place.marking.role, place.words(name)) for place in differing])
        for name in review.HOLDS
    ]


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
    opened(request, claim)
    return _page(request, claim)


def _page(request: HttpRequest, claim: Claim, form: DecisionForm | None = None) -> HttpResponse:
    """Both reviews; a claim without a difference that this person may see leads to its own page, which says why."""
    try:
        dispute = review.dispute_of(claim, request.user)
    except (Absent, Forbidden) as refused:
        messages.info(request, translated(refused))
        return redirect("web:claim", claim.pk)
    form = form or DecisionForm(disputed=dispute.in_dispute)
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
        "held": _held(dispute),
        "differences": [WORDS[name] for name in dispute.differences],
        "differing": dispute.differences,
        "questions": questions(claim, request.user),
        "beside": paging.beside(review.waiting_for(request.user), claim.pk),
        "may_publish": claim.desk_id in permissions.desks(request, Right.PUBLISH),
        "form": form,
        "scales": scales(claim, form),
    }
    return render(request, "claims/adjudication/detail.html", values, status=form.status)


def _held(dispute: review.Dispute) -> list[tuple[Attribution, Any]]:
    """What became of what the two marked otherwise, in words."""
    became = dispute.settled.markings if dispute.settled else {}
    known = {str(place.marking.attribution.pk): place.marking.attribution for place in dispute.marked}
    return [(known[pk], NAMES[whose]) for pk, whose in became.items() if pk in known]


def _send_back(row: Review) -> SendBackForm:
    role = row.assignment.role
    return SendBackForm(initial={"role": role}, auto_id=f"id_{role}_%s")


@login_required
@require_POST
def adjudicate(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_settle(request, claim_id)
    form = DecisionForm(request.POST, disputed=review.marked_apart(claim))
    if form.is_valid():
        with refusals_on(form):
            review.adjudicate(claim.pk, request.user, form.decision(), read=reviews_read(request))
            messages.success(request, _("Settled. Both reviewers see your note; the verdict waits for publication."))
            return redirect("web:adjudication", claim.pk)
    claim.refresh_from_db(fields=["state"])
    return _page(request, claim, form)
