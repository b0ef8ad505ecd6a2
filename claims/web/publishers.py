"""The desks as the public sees them: how each works, its ratings and corrections, and what machines follow them by."""

import re
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from claims.models.desks import Desk
from claims.models.publication import Action, Publication, PublicationQuerySet
from claims.models.verdicts import RatingScale
from claims.rules.ratings import Axis
from claims.services.publication import page_url
from claims.web import paging, verdicts
from claims.web.caching import public
from claims.web.highlight import named
from claims.web.told import translated
from sources.models import Source, followed

SHOWN = 10
# What a feed holds: whoever asks once a day misses nothing at a desk that publishes as much in a day.
FED = 50
# Positions behind one sitemap, and the addresses that the format allows in it.
MAPPED, ADDRESSES = 10_000, 50_000

# What `named` lets through and no XML may hold.
NOT_XML = re.compile("[\ufffe\uffff]")

QUESTIONS = {Axis.ATTRIBUTION: gettext_lazy("Was it said?"), Axis.VERACITY: gettext_lazy("Is it true?")}

# What the gate asks for before anything is published, in words for readers. Whatever is not met has a stated reason.
PROMISES = {
    "sources": gettext_lazy("Every verdict rests on at least two independent sources, or a reason is stated."),
    "claimant_contact": gettext_lazy("Whoever made the claim is asked before publication, or a reason is stated."),
    "counter_evidence": gettext_lazy("Evidence against the verdict is looked for before it is published."),
}


def publisher(slug: str) -> Desk:
    """Raises Http404 for a desk that has published nothing: nobody outside hears of it."""
    desk = verdicts.publishers().filter(slug=slug).first()
    if desk is None:
        raise Http404
    return desk


def wanted(request: HttpRequest) -> Desk | None:
    """The desk that ``?desk=`` asks for; None where none is asked for. Raises Http404."""
    slug = request.GET.get("desk", "").replace("\0", "")
    return publisher(slug) if slug else None


@public
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    desk = publisher(slug)
    scales = RatingScale.objects.filter(desk=desk, active=True).order_by("axis").prefetch_related("ratings")
    context = {
        "desk": desk,
        "promises": [words for point, words in PROMISES.items() if point in desk.gate_requires],
        "scales": [
            (_("Was it said?") if scale.axis == Axis.ATTRIBUTION else _("Is it true?"), scale) for scale in scales
        ],
        "page": verdicts.published().filter(desk=desk).order_by("-position")[:SHOWN],
        "ever_published": True,
        "corrected": corrected().filter(desk=desk).order_by("-position")[:SHOWN],
        "canonical": settings.PUBLIC_URL + reverse("web:publisher", args=[desk.slug]),
    }
    return render(request, "claims/publishers/detail.html", context)


def corrected() -> PublicationQuerySet:
    """Every correction and retraction in public, also of what was corrected again since."""
    steps = Publication.objects.exclude(action=Action.PUBLISHED)
    return steps.select_related(
        "desk", "claim", "verdict__veracity_rating", "correction__from_verdict__veracity_rating"
    )


@public
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    desk = wanted(request)
    rows = corrected().filter(desk=desk) if desk else corrected()
    page = paging.newest_first(rows, request, key="position", size=verdicts.PAGE)
    context = {"page": page, "desk": desk, "query": f"desk={desk.slug}" if desk else ""}
    return render(request, "claims/publishers/corrections.html", context)


# --- For machines -----------------------------------------------------------------------------------------------------


@public
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest steps in public as Atom: new verdicts, corrections and retractions, each once.

    One that does not hold any more keeps its id and says so, so that readers that have it already hear of it.
    """
    desk = wanted(request)
    rows = Publication.objects.select_related("claim", "desk", "verdict__veracity_rating", "correction")
    steps = list((rows.filter(desk=desk) if desk else rows).order_by("-position")[:FED])
    newest = Publication.objects.current().filter(claim__in={step.claim_id for step in steps})
    holding = {step.claim_id: step for step in newest.select_related("correction")}
    where = reverse("web:publisher", args=[desk.slug]) if desk else reverse("web:verdicts")
    own = reverse("web:feed") + (f"?desk={desk.slug}" if desk else "")
    atom = Atom1Feed(
        title=_worded(_("Verdicts of %(desk)s") % {"desk": desk}) if desk else _("Published verdicts"),
        link=settings.PUBLIC_URL + where,
        feed_url=settings.PUBLIC_URL + own,
        description="",
        language=desk.language if desk else None,
    )
    for step in steps:
        atom.add_item(**_entry(step, holding[step.claim_id]))
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _entry(step: Publication, newest: Publication) -> dict[str, Any]:
    """One step in public. What was taken back or corrected since is named, and nothing of it is said again."""
    finding = translated(step.verdict.veracity_rating.label)
    said = [step.correction.note if hasattr(step, "correction") else "", step.verdict.rationale]
    if newest.action == Action.RETRACTED or newest.pk != step.pk:
        said = [newest.correction.note if hasattr(newest, "correction") else ""]
        finding = _("Earlier version, %(rating)s") % {"rating": finding}
    if newest.action == Action.RETRACTED:
        finding = _("Retracted")
    return {
        "title": _worded(f"{finding}: {step.claim.text}"),
        "link": page_url(step.verdict_id),
        "unique_id": f"{page_url(step.verdict_id)}#{step.position}",
        # Readers take a summary for HTML.
        "description": escape(_worded(" ".join(filter(None, said)))),
        "author_name": _worded(step.desk.name),
        "pubdate": step.published_at,
        "updateddate": newest.published_at,
    }


def _worded(text: str) -> str:
    """A text of people as XML can hold it, with its unseen characters by name."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", named(text))


@public
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The index of the sitemaps: one for each ten thousand steps in public."""
    highest = Publication.objects.aggregate(highest=Max("position"))["highest"] or 0
    parts = [settings.PUBLIC_URL + reverse("web:sitemap_part", args=[part]) for part in range(highest // MAPPED + 1)]
    return render(request, "claims/publishers/sitemaps.xml", {"parts": parts}, content_type="application/xml")


@public
@require_safe
def sitemap_part(request: HttpRequest, part: int) -> HttpResponse:
    """The pages that hold today among these steps, and of whom they name; raises Http404 without such steps."""
    if part > paging.HIGHEST // MAPPED - 1:
        raise Http404
    rows = Publication.objects.visible().filter(position__gte=part * MAPPED, position__lt=(part + 1) * MAPPED)
    pages = [
        (page_url(verdict), at) for verdict, at in rows.order_by("position").values_list("verdict", "published_at")
    ]
    if part and not pages:
        raise Http404
    fixed = [settings.PUBLIC_URL + reverse(f"web:{name}") for name in ("front", "verdicts", "corrections")]
    fixed += [
        settings.PUBLIC_URL + reverse("web:publisher", args=[slug])
        for slug in verdicts.publishers().order_by("pk").values_list("slug", flat=True)
    ]
    named = rows.values_list("shown__made_by", "shown__denied_by")
    sources = {number for both in named for numbers in both for number in numbers or ()}
    # Whom these steps name, by the page to which readers are led; whom others name as well is listed with both.
    found = followed(Source.objects.filter(pk__in=sources).select_related("merged_into"))
    people = [settings.PUBLIC_URL + reverse("web:source", args=[source.pk]) for source in found]
    room = ADDRESSES - len(pages) - len(fixed)
    context = {"pages": pages, "fixed": people[:room] if part else fixed + people[:room]}
    return render(request, "claims/publishers/sitemap.xml", context, content_type="application/xml")


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Where browsers look for the sign of what has no head to name it: feeds, data, the pages for admins."""
    return redirect(static("claims/img/mark.svg"))


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers are asked to leave alone: everything behind the sign-in, and searches without end."""
    context = {"sitemap": settings.PUBLIC_URL + reverse("web:sitemap")}
    return render(request, "claims/publishers/robots.txt", context, content_type="text/plain; charset=utf-8")
