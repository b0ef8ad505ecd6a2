"""Why a claim was found in its article and how surely, and what can be done with it: asked for as a card is opened."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from claims.models.claims import Attribution, Claim
from claims.rules.rights import Right
from claims.web import claims as claim_pages
from claims.web import editor, permissions, reading


@dataclass(frozen=True)
class Found:
    """An attribution of the claim with its words, and in words the rule by which the engine took it for one."""

    attribution: Attribution
    source: str
    cue: str
    content: str
    rule: str

    @property
    def percent(self) -> int:
        """The engine's confidence."""
        return round(100 * self.attribution.confidence)


@login_required
@require_safe
def found(request: HttpRequest, claim_id: int) -> HttpResponse:
    """For htmx what belongs into the card; a page of its own for those without scripts."""
    claim = permissions.claim_to_read(request, claim_id)
    revision = reading.newest_revision(claim.article)
    rows = reading.attributions_of(revision, claim=claim) if revision else []
    swapped = bool(request.headers.get("HX-Request"))
    context = {
        "claim": claim,
        "found": [
            Found(row, **reading.words_of(row, revision.text), rule=editor.rule_of(row))
            for row in rows
            if revision and row.stands
        ],
        "may_edit": claim.desk_id in permissions.desks(request, Right.CORRECT),
        "back": _page(request, claim) if swapped else request.path,
    }
    context |= claim_pages.triage(request, claim.desk_id)
    return render(request, f"claims/claims/found{'' if swapped else '_page'}.html", context)


def _page(request: HttpRequest, claim: Claim) -> str:
    """The article's page as it is open, with what is shown of it: its buttons lead back there."""
    page, current = reverse("web:article", args=[claim.article_id]), urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{page}?{current.query}" if current.path == page and current.query else page
