"""The claims of a desk, found by what is known of them; from here an editor does things to many at once."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from claims.models.claims import Checkability, Claim, ClaimLink, ClaimQuerySet
from claims.models.desks import Desk
from claims.rules import workflow
from claims.rules.bulk import LIMIT, BulkVerb
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState
from claims.web import claims as claim_pages
from claims.web import paging, permissions
from claims.web.forms import RegisteredSource, WorkForm

# Counting further costs more than anybody gains.
CAP = 500

VERBS = {
    BulkVerb.DISMISS: (_("Dismiss"), _("They are not taken up, and can be restored at any time.")),
    BulkVerb.RESTORE: (_("Restore"), _("What was dismissed comes back, outside of the queue.")),
    BulkVerb.MERGE: (
        _("Merge duplicates"),
        _("One claim stays; the others are linked to it as the same, and dismissed."),
    ),
    BulkVerb.QUEUE: (_("Send to the reviewers"), _("They get a place in the queue.")),
    BulkVerb.UNQUEUE: (_("Take out of the queue"), _("What nobody has waits no more.")),
    BulkVerb.REVIEW_TWICE: (_("Have reviewed twice"), _("Whatever the desk's policy says.")),
    BulkVerb.SET_PRIORITY: (
        _("Set the priority"),
        _("They move in the queue, and keep it until it is left to the rule again."),
    ),
    BulkVerb.ASSIGN: (_("Assign"), _("One reviewer gets them, for the whole time.")),
}


class FilterForm(WorkForm):
    """Which claims, by what is known of them; every field may stay empty. It stands in the address, to be shared."""

    desk = forms.TypedChoiceField(label=_("Desk"), required=False, coerce=int, empty_value=None)
    q = forms.CharField(label=_("Words"), required=False, max_length=500, widget=forms.TextInput(attrs={"dir": "auto"}))
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("any")), *workflow.choices(ClaimState)])
    checkability = forms.ChoiceField(
        label=_("Checkability"), required=False, choices=[("", _("any")), *Checkability.choices]
    )
    source = RegisteredSource(
        label=_("Said by"),
        required=False,
        max_length=320,
        widget=forms.TextInput(
            attrs={
                "list": "triage-sources",
                "autocomplete": "off",
                "dir": "auto",
                "hx-get": reverse_lazy("web:source_options"),
                "hx-trigger": "input changed delay:250ms",
                "hx-target": "#triage-sources",
            }
        ),
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

    def __init__(self, desks: list[Desk], data: Any) -> None:
        super().__init__(data)
        self.desks = desks
        choice: Any = self.fields["desk"]
        choice.choices = [(desk.pk, desk.name) for desk in desks]
        if len(desks) == 1:
            choice.widget = forms.HiddenInput()

    @property
    def chosen_desk(self) -> Desk:
        wanted = self.cleaned_data.get("desk")
        return next((desk for desk in self.desks if desk.pk == wanted), self.desks[0])

    def claims(self) -> ClaimQuerySet:
        """What matches; of a valid form."""
        wanted = {name: value for name, value in self.cleaned_data.items() if name not in ("desk", "q", "source")}
        source = self.cleaned_data["source"]
        return Claim.objects.filter(desk=self.chosen_desk).matching(
            words=self.cleaned_data["q"], source=source.pk if source else None, **wanted
        )

    @property
    def by_priority(self) -> bool:
        """Of one state the most important come first, as the queue has them; otherwise the newest. Both by an index."""
        return bool(self.cleaned_data["state"])

    def ordered(self) -> ClaimQuerySet:
        return self.claims().order_by(*(("-priority", "pk") if self.by_priority else ("-pk",)))

    def address(self) -> str:
        """The filters as the address has them, in the order of the form."""
        sent: Any = self.data
        return urlencode([(name, value) for name in self.fields if (value := sent.get(name, "").strip())])


@login_required
@require_safe
def triage(request: HttpRequest) -> HttpResponse:
    desks = list(Desk.objects.filter(pk__in=permissions.some_desk(request, Right.TRIAGE)).order_by("name", "pk"))
    form = FilterForm(desks, request.GET)
    values: dict[str, Any] = {"form": form, "page": None, "limit": LIMIT, "verbs": VERBS.items(), "cap": CAP}
    if form.is_valid():
        rows = claim_pages.with_speakers(form.claims().select_related("article"))
        page = paging.by_priority(rows, request) if form.by_priority else paging.newest_first(rows, request)
        doubles = doubles_of(page.items)
        values |= {
            "page": page,
            "rows": [(claim, doubles.get(claim.pk, [])) for claim in page],
            "count": form.claims()[: CAP + 1].count(),
            "desk": form.chosen_desk,
            "address": form.address(),
        }
    return render(request, "claims/bulk/triage.html", values, status=form.status)


def doubles_of(claims: list[Claim]) -> dict[int, list[Claim]]:
    """For each claim of which the machine thinks so, the others that seem to be the same; one query."""
    ids = {claim.pk for claim in claims}
    links = ClaimLink.objects.suspected().filter(Q(from_claim__in=ids) | Q(to_claim__in=ids))
    found: dict[int, list[Claim]] = {}
    for link in links.select_related("from_claim", "to_claim").order_by("-score", "pk"):
        for one, other in ((link.from_claim, link.to_claim), (link.to_claim, link.from_claim)):
            if one.pk in ids:
                found.setdefault(one.pk, []).append(other)
    return found
