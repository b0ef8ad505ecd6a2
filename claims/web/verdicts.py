"""What everybody may read without signing in: the front page, the list of published verdicts, each verdict's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.events import Event, Subject
from claims.models.evidence import ClaimantContact, Evidence
from claims.models.publication import Action, AsPublished, Correction, Publication, PublicationQuerySet, Statement
from claims.models.verdicts import Rating, Verdict
from claims.rules import claimreview
from claims.rules.links import is_safe_link
from claims.rules.ratings import Axis, NormalisedLabel, RatingScale
from claims.rules.ratings import Rating as PlainRating
from claims.rules.rights import Right
from claims.rules.workflow import UNVEILED, ClaimState
from claims.services import publication
from claims.services.publication import page_url
from claims.web import paging, permissions, pictures, reading
from claims.web.caching import public
from claims.web.forms import DateInput, Words, WorkForm
from claims.web.highlight import Span, named
from claims.web.told import translated

FRONT = 6
PAGE = 25


def published() -> PublicationQuerySet:
    """What readers may see today, with everything that its line in a list shows."""
    rows = Publication.objects.visible()
    return rows.select_related("claim", "desk", "verdict__attribution_rating", "verdict__veracity_rating", "shown")


class SearchForm(WorkForm):
    """What published verdicts can be looked for by."""

    words = Words(label=gettext_lazy("Words, a speaker or an outlet"), required=False, max_length=200)
    speaker = Words(
        label=gettext_lazy("Who said it"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("A name, or how it begins."),
    )
    rating = forms.ChoiceField(label=gettext_lazy("Is it true?"), required=False)
    desk = forms.ChoiceField(label=gettext_lazy("Desk"), required=False)
    since = forms.DateField(label=gettext_lazy("Published from"), required=False, widget=DateInput)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desks = list(publishers().order_by("name", "pk").values_list("slug", "name"))
        ratings = Rating.objects.filter(scale__axis=Axis.VERACITY, scale__desk__in=publishers())
        by_key = dict(ratings.order_by("-position", "-pk").values_list("key", "label"))
        for name, choices in (
            ("desk", self.desks),
            ("rating", [(key, translated(label)) for key, label in reversed(by_key.items())]),
        ):
            field: Any = self.fields[name]
            field.choices = [("", _("any")), *choices]

    @property
    def narrowed(self) -> bool:
        """Whether more is asked for than words, so that the page shows these fields."""
        return any(self.data.get(name) for name in self.fields if name != "words")


def publishers() -> QuerySet[Desk]:
    """The desks that have published something; of the others nobody outside hears."""
    return Desk.objects.filter(Exists(Publication.objects.filter(desk=OuterRef("pk"))))


@public
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Members start at their desk, everybody else at what was published."""
    if permissions.desks(request):
        return redirect("web:desk" if permissions.desks(request, Right.REVIEW) else "web:articles")
    context = {"page": published().order_by("-position")[:FRONT], "ever_published": Publication.objects.exists}
    return render(request, "claims/verdicts/front.html", context)


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What was published, newest first; of it what is asked for."""
    form = SearchForm(request.GET)
    rows = published().matching(**form.cleaned_data) if form.is_valid() else published().none()
    page = paging.newest_first(rows, request, key="position", size=PAGE)
    asked = request.GET.copy()
    asked.pop("before", None)
    context = {
        "page": page,
        "form": form,
        "query": asked.urlencode(),
        "asked": any(request.GET.values()),
        "ever_published": Publication.objects.exists,
    }
    return render(request, "claims/verdicts/index.html", context, status=200 if form.is_valid() else 400)


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

    @property
    def correction(self) -> Correction | None:
        """By which this version came to be, or was taken back; None for a first one."""
        step = self.newest if self.retracted else self.own
        return getattr(step, "correction", None)

    @property
    def finding(self) -> str:
        """The answer to "is it true?" as a headline has it; one that does not hold any more says so."""
        label = translated(self.verdict.veracity_rating.label)
        if self.superseded:
            return _("Earlier version, %(rating)s") % {"rating": label}
        return _("Retracted") if self.retracted else label

    @property
    def picture(self) -> str:
        """The address of the picture of what holds: another one after each step in public."""
        return reverse("web:verdict_picture", args=[self.newest.verdict_id, self.newest.position])

    @property
    def citation(self) -> str:
        """How others cite this version, in one line of text."""
        return _("%(desk)s: “%(claim)s” %(finding)s. Version %(version)s, %(day)s. %(url)s") % {
            "desk": self.verdict.claim.desk,
            "claim": named(self.verdict.claim.text),
            "finding": self.finding,
            "version": self.verdict.version,
            "day": date_format(self.own.published_at, "DATE_FORMAT"),
            "url": page_url(self.verdict.pk),
        }


def story(verdict_id: int) -> Story:
    """Raises Http404 for a verdict that was never published."""
    verdicts = Verdict.objects.select_related(
        "claim__desk", "attribution_rating__scale", "veracity_rating__scale", "decided_by"
    )
    verdicts = verdicts.prefetch_related("attribution_rating__scale__ratings", "veracity_rating__scale__ratings")
    verdict = verdicts.filter(pk=verdict_id).first()
    if verdict is None:
        raise Http404
    steps = Publication.objects.filter(claim=verdict.claim_id).select_related("verdict", "publisher", "correction")
    found = Story(verdict, list(steps.order_by("position")))
    if not any(step.verdict_id == verdict.pk for step in found.steps):
        raise Http404
    return found


def shown_by(told: Story) -> AsPublished:
    """Who said it and where, as this version was published, with the text in which it stands; one query."""
    return AsPublished.objects.select_related("revision").get(publication=told.own)


def quoted(shown: AsPublished) -> reading.Reading:
    """Only the paragraphs that hold the claim, with its spans marked as they were on publication."""
    parents = {each.label: each.parent for each in shown.said}
    spans = [
        Span(start, end, each.attribution_id, reading.role_of(role), reading.depth(each.label, parents))
        for each in shown.said
        for role, stretches in each.spans.items()
        for start, end in stretches
    ]
    return reading.excerpt(shown.revision.text if shown.revision else "", spans)


@public
@require_safe
def detail(request: HttpRequest, verdict_id: int) -> HttpResponse:
    told = story(verdict_id)
    claim = told.verdict.claim
    shown = shown_by(told)
    evidence = pieces(told.verdict)
    values = {
        "story": told,
        "verdict": told.verdict,
        "behind": publication.credits_of(told.verdict),
        "claim": claim,
        "shown": shown,
        "speakers": sorted({source.name for each in shown.said for source in each.sources}),
        "quoted": quoted(shown),
        "evidence": evidence,
        "asked": asked(told),
        "site": settings.PUBLIC_URL,
        "canonical": page_url(told.newest.verdict_id),
        "json_ld": None if told.retracted else claimreview.script_text(claim_review(told, shown)),
        "may_download": claim.desk_id in permissions.desks(request),
        "may_capture": claim.desk_id in permissions.desks(request, Right.REVIEW),
        "may_manage": claim.desk_id in permissions.desks(request, Right.PUBLISH),
    }
    return render(request, "claims/verdicts/detail.html", values)


@require_safe
def picture(request: HttpRequest, verdict_id: int, position: int) -> HttpResponse:
    """The picture that previews of links show. Each step in public has its own; an older one leads to the newest."""
    told = story(verdict_id)
    if position != told.newest.position or told.superseded:
        return redirect(told.picture)
    claim, verdict = told.verdict.claim, told.verdict
    # One picture for all readers: in the language of those who made the verdict.
    with translation.override(claim.desk.language):
        card = pictures.Card(
            claim=claim.text,
            said=_("Was it said? %(answer)s") % {"answer": translated(verdict.attribution_rating.label)},
            true=_("Is it true? %(answer)s") % {"answer": translated(verdict.veracity_rating.label)},
            desk=claim.desk.name,
            normalised=verdict.veracity_rating.normalised,
            notice=_("This verdict was retracted.") if told.retracted else "",
        )
    headers = {"Cache-Control": "public, max-age=86400", "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(pictures.draw(card), content_type="image/png", headers=headers)


def asked(told: Story) -> QuerySet[ClaimantContact]:
    """When the claimant was asked, and answered, before this version was published.

    Whoever was asked since then was asked for a verdict that nobody outside has seen.
    """
    known = Q(answered_at__lte=told.own.published_at)
    rows = told.verdict.claim.contacts.filter(round__lte=told.verdict.round, asked_at__lte=told.own.published_at)
    return rows.annotate(heard=Case(When(known, then="answered_at"))).only("asked_at").order_by("pk")


def pieces(verdict: Verdict) -> QuerySet[Evidence]:
    """The evidence of a verdict with its stored copies."""
    return verdict.evidence.order_by("pk").with_copies()


def claim_review(told: Story, shown: AsPublished) -> dict[str, Any]:
    """The page's own verdict as schema.org ClaimReview."""
    verdict, claim = told.verdict, told.verdict.claim
    scale = plain_scale(verdict.veracity_rating)
    said = claimreview.ClaimSaid(
        text=claim.text,
        claimant=claimant(shown.said),
        said_on=next((each.said_on for each in shown.said if each.said_on), claim.as_of),
        first_appearance=shown.url if is_safe_link(shown.url) else "",
    )
    corrections = [
        claimreview.CorrectionNote(step.correction.note, step.correction.corrected_at) for step in told.corrections
    ]
    review = claimreview.PublishedReview(
        url=page_url(verdict.pk),
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


def standing(claim: Claim) -> dict[str, Any]:
    """What a desk's page says of a claim that is public: the newest entry, and why it is reviewed anew, if it is."""
    anew = claim.round > 1 and claim.state not in UNVEILED
    if not anew and claim.state not in (ClaimState.PUBLISHED, ClaimState.RETRACTED):
        return {}
    entry = Publication.objects.current().filter(claim=claim).select_related("verdict").get()
    reopened = Event.objects.of(Subject.CLAIM, claim.pk).filter(kind="claim.reopened").last() if anew else None
    return {"entry": entry, "reopened": reopened}


def publisher_url(desk: Desk) -> str:
    """The desk's own site where this page is part of it, else this site: a review lies on its publisher's host."""
    if is_safe_link(desk.url) and claimreview.site(desk.url) == claimreview.site(settings.PUBLIC_URL):
        return desk.url
    return settings.PUBLIC_URL


def claimant(said: Sequence[Statement]) -> claimreview.Claimant | None:
    """The first named speaker; the register knew whether they are a person and which address identifies them."""
    for each in said:
        for source in each.sources:
            return claimreview.Claimant(source.name, source.kind == "person", source.same_as)
        if each.source_entity:
            return claimreview.Claimant(each.source_entity)
    return None


def plain_scale(rating: Rating) -> RatingScale:
    """The scale to which a stored rating belongs, as the rules know it."""
    rows = rating.scale.ratings.all()
    ratings = (PlainRating(r.key, r.label, r.number, NormalisedLabel(r.normalised), r.explanation) for r in rows)
    return RatingScale(Axis(rating.scale.axis), tuple(ratings))
