"""Claims that seem to be the same: a person says that they are, or that they are not, or takes that back."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from claims.models.claims import ClaimLink
from claims.models.desks import Desk
from claims.rules import matching
from claims.rules.links import Answer
from claims.rules.rights import Right
from claims.services import links
from claims.web import paging, permissions
from claims.web.forms import back, refusals_as_messages

# What a button sends: the answer, and the other claim where the form has no field for it.
SENT = re.compile(r"(same|different|open)(?:-([0-9]{1,18}))?")
LISTS = {"": Answer.OPEN, "same": Answer.SAME, "different": Answer.DIFFERENT}
DONE = {
    Answer.SAME: gettext_lazy("Noted: they are the same."),
    Answer.DIFFERENT: gettext_lazy("Noted: they are not the same. Nobody is asked about these two again."),
    Answer.OPEN: gettext_lazy("Taken back: nobody has said yet whether they are the same."),
}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Pairs of a desk's claims, the newest suggestion first; with ?claim= those of one claim, whatever was said."""
    some = permissions.some_desk(request, Right.TRIAGE)
    desks = list(Desk.objects.filter(pk__in=some).order_by("name", "pk"))
    wanted = request.GET.get("desk", "")
    desk = next((each for each in desks if str(each.pk) == wanted), desks[0])
    status = request.GET.get("status", "")
    claim = None
    if request.GET.get("claim"):
        claim = permissions.claim_to_triage(request, paging.number(request.GET["claim"]))
        desk = claim.desk
    if claim is not None:
        rows = links.of_desk(claim.desk_id, claim_id=claim.pk, answer=None)
    else:
        rows = links.of_desk(desk.pk, answer=LISTS.get(status, Answer.OPEN))
    page = paging.newest_first(rows, request)
    # What is judged leaves the list, and one goes on with the next pair; among those of one claim it stays.
    onwards = page.items if claim else [*page.items[1:], *page.items[-2:-1]]
    context = {
        "desks": desks,
        "desk": desk,
        "claim": claim,
        "status": status if status in LISTS else "",
        "page": page,
        "query": f"claim={claim.pk}" if claim else f"desk={desk.pk}",
        "pairs": [
            _pair(link) | {"onwards": onwards[at].pk if at < len(onwards) else None} for at, link in enumerate(page)
        ],
    }
    return render(request, "claims/duplicates/index.html", context)


def _pair(link: ClaimLink) -> dict[str, Any]:
    compared = matching.compare(link.from_claim.text, link.to_claim.text)
    return {"link": link, "answer": links.answer_of(link), "differences": compared.differences}


@login_required
@require_POST
def judge(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = permissions.claim_to_triage(request, claim_id)
    sent = SENT.fullmatch(request.POST.get("answer", ""))
    other = sent and (sent[2] or request.POST.get("other", "").strip())
    if sent is None or not other or not paging.is_number(other):
        messages.error(request, _("Name the other claim by its number, and say whether it is the same."))
    else:
        answer = Answer(sent[1])
        try:
            with refusals_as_messages(request):
                links.judge(claim.pk, int(other), answer, actor=request.user)
                messages.success(request, DONE[answer])
        except Http404:
            messages.error(request, _("There is no such claim at this desk."))
    return back(request, f"{reverse('web:duplicates')}?claim={claim.pk}")
