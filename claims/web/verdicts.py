"""What everybody may read without signing in: the front page, the list of published verdicts, each verdict's page."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from claims.models.claims import Attribution, Claim
from claims.models.desks import Desk
from claims.models.evidence import Evidence
from claims.models.publication import Action, Publication
from claims.models.verdicts import Rating, Verdict
from claims.rules import claimreview
from claims.rules.links import is_safe_link
from claims.rules.ratings import Axis, NormalisedLabel, RatingScale
from claims.rules.ratings import Rating as PlainRating
from claims.rules.rights import Right
from claims.web import claims as claim_pages
from claims.web import paging, permissions

FRONT = 6
PAGE = 25


def published() -> QuerySet[Publication]:
    """What readers may see today, with everything that its line in a list shows."""
    claims = claim_pages.with_speakers(Claim.objects.select_related("article", "desk"))
    rows = Publication.objects.visible().select_related("verdict__attribution_rating", "verdict__veracity_rating")
    return rows.prefetch_related(Prefetch("claim", claims))


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Members start at their desk, everybody else at what was published."""
    if permissions.desks(request):
        return redirect("web:desk" if permissions.desks(request, Right.REVIEW) else "web:articles")
    return render(request, "claims/verdicts/front.html", {"page": published().order_by("-position")[:FRONT]})


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    page = paging.newest_first(published(), request, key="position", size=PAGE)
    return render(request, "claims/verdicts/index.html", {"page": page})


@dataclass(frozen=True)
class Story:
    """A verdict in public: the steps of its claim in public so far, oldest first, and where this version stands."""

    verdict: Verdict
    steps: list[Publication]

    @property
    def own(self) -> Publication:
        return next(step for step in self.steps if step.verdict_id == self.verdict.pk)

    @property
    def newest(self) -> Publication:
        return self.steps[-1]

    @property
    def retracted(self) -> bool:
        return self.newest.action == Action.RETRACTED

    @property
    def superseded(self) -> bool:
        return not self.retracted and self.newest.verdict_id != self.verdict.pk

    @property
    def corrections(self) -> list[Publication]:
        return [step for step in self.steps if hasattr(step, "correction")]


def story(verdict_id: int) -> Story:
    """Raises Http404 for a verdict that was never published."""
    verdicts = Verdict.objects.select_related(
        "claim__article", "claim__desk", "attribution_rating", "veracity_rating", "decided_by"
    )
    verdict = verdicts.filter(pk=verdict_id).first()
    if verdict is None:
        raise Http404
    steps = Publication.objects.filter(claim=verdict.claim_id).select_related("verdict", "publisher", "correction")
    found = Story(verdict, list(steps.order_by("position")))
    if not any(step.verdict_id == verdict.pk for step in found.steps):
        raise Http404
    return found


@require_safe
def detail(request: HttpRequest, verdict_id: int) -> HttpResponse:
    told = story(verdict_id)
    claim = told.verdict.claim
    context = claim_pages.in_context(claim)
    evidence = pieces(told.verdict)
    values = {
        "story": told,
        "verdict": told.verdict,
        "claim": claim,
        "article": claim.article,
        "attributions": context.own,
        "quoted": context.quoted(),
        "evidence": evidence,
        "asked": claim.contacts.only("asked_at", "answered_at").order_by("pk"),
        "canonical": settings.PUBLIC_URL + reverse("web:verdict", args=[told.newest.verdict_id]),
        "json_ld": None if told.retracted else claimreview.script_text(claim_review(told, context.own)),
        "may_download": claim.desk_id in permissions.desks(request),
        "may_capture": claim.desk_id in permissions.desks(request, Right.REVIEW),
        "may_manage": claim.desk_id in permissions.desks(request, Right.PUBLISH),
    }
    return render(request, "claims/verdicts/detail.html", values)


def pieces(verdict: Verdict) -> QuerySet[Evidence]:
    """The evidence of a verdict with its stored copies."""
    return verdict.evidence.order_by("pk").with_copies()


def claim_review(told: Story, attributions: list[Attribution]) -> dict[str, Any]:
    """The page's own verdict as schema.org ClaimReview."""
    verdict, claim = told.verdict, told.verdict.claim
    scale = plain_scale(verdict.veracity_rating)
    said = claimreview.ClaimSaid(
        text=claim.text,
        claimant=claimant(attributions),
        said_on=next((each.said_on for each in attributions if each.said_on), claim.as_of),
        first_appearance=claim.article.url if is_safe_link(claim.article.url) else "",
    )
    corrections = [
        claimreview.CorrectionNote(step.correction.note, step.correction.corrected_at) for step in told.corrections
    ]
    review = claimreview.PublishedReview(
        url=settings.PUBLIC_URL + reverse("web:verdict", args=[verdict.pk]),
        title=claim.text,
        rating=scale.get(verdict.veracity_rating.key),
        scale=scale,
        explanation=verdict.veracity_rationale or verdict.rationale,
        publisher_name=claim.desk.name,
        publisher_url=publisher_url(claim.desk),
        language=claim.desk.language,
        published_at=told.steps[0].published_at,
        modified_at=told.newest.published_at if len(told.steps) > 1 else None,
        corrections=tuple(corrections),
    )
    return claimreview.claim_review(said, review)


def publisher_url(desk: Desk) -> str:
    """The desk's own site where this page is part of it, else this site: a review lies on its publisher's host."""
    if is_safe_link(desk.url) and claimreview.site(desk.url) == claimreview.site(settings.PUBLIC_URL):
        return desk.url
    return settings.PUBLIC_URL


def claimant(attributions: list[Attribution]) -> claimreview.Claimant | None:
    """The first named speaker; the register knows whether they are a person and which address identifies them."""
    for attribution in attributions:
        for link in attribution.named:
            source = link.source.followed
            return claimreview.Claimant(source.name, source.kind == "person", source.same_as)
        if attribution.source_entity:
            return claimreview.Claimant(attribution.source_entity)
    return None


def plain_scale(rating: Rating) -> RatingScale:
    """The scale to which a stored rating belongs, as the rules know it."""
    rows = rating.scale.ratings.all()
    ratings = (PlainRating(r.key, r.label, r.number, NormalisedLabel(r.normalised), r.explanation) for r in rows)
    return RatingScale(Axis(rating.scale.axis), tuple(ratings))
