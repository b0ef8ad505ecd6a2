"""The palette: pages that a person may open, and claims, articles and sources by words, from one door."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from claims.models.articles import Article
from claims.models.claims import Claim
from claims.rules.rights import Right
from claims.services import finding
from claims.web import permissions
from claims.web.claims import page_of
from sources.models import Source
from sources.names import fold

EACH = 6
LONGEST = 200


@dataclass(frozen=True)
class Group:
    """What was found of one kind: words and the address that they lead to."""

    label: str
    options: list[tuple[str, str]]


@login_required
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Pages by their names, and six of each other kind; three questions to the database beside the session's."""
    desks = permissions.some_desk(request, Right.READ)
    typed = request.GET.get("q", "").replace("\0", "")[:LONGEST].strip()
    groups = [group for group in _found(desks, typed) if group.options]
    return render(request, "claims/palette/options.html", {"typed": typed, "groups": groups})


def _found(desks: list[int], typed: str) -> list[Group]:
    query = finding.beginning_with(typed)
    if query is None:
        return []
    claims = Claim.objects.filter(desk__in=desks, searched__words=query).order_by("-pk")[:EACH]
    articles = Article.objects.filter(desk__in=desks).worded(query).order_by("-pk")[:EACH]
    folded = fold(typed)
    sources = Source.objects.current().search(folded).order_by("name", "pk")[:EACH] if folded else ()
    return [
        Group(_("Claims"), [(claim.text, page_of(claim)) for claim in claims]),
        Group(_("Articles"), [(str(article), reverse("web:article", args=[article.pk])) for article in articles]),
        Group(_("Sources"), [(source.name, reverse("web:source", args=[source.pk])) for source in sources]),
    ]
