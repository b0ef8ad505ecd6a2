"""Verdicts as the public sees them: a feed that can be pulled step by step, and each verdict whole."""

import hashlib
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import claims, evidence, paging, permissions, ratings
from claims.api.attributions import found
from claims.api.bodies import unchanged
from claims.api.errors import problems
from claims.models.claims import SpanRole
from claims.models.publication import Action, AsPublished, Correction, CorrectionKind, Publication
from claims.models.verdicts import Verdict
from claims.rules.refusals import Absent
from claims.services.publication import ROW, entry, page_url

CURSORS = paging.Cursors("verdicts")
# Part of every ETag: changed when the form of the answer changes.
FORM = "3"
STATUS = (("current", "current"), ("superseded", "superseded"), ("retracted", "retracted"))


class ClaimRef(serializers.Serializer[Any]):
    """The claim, by which a copy of the feed is keyed."""

    id = serializers.IntegerField()
    text = serializers.CharField(allow_null=True)


class VerdictEntry(serializers.Serializer[Any]):
    """The newest step of one claim in public. It replaces whatever was known of this claim before.

    After a retraction only a tombstone is left: what is null there is to be deleted.
    """

    id = serializers.IntegerField(help_text="The verdict, at /api/v1/verdicts/{id}.")
    action = serializers.ChoiceField(choices=Action.choices)
    position = serializers.IntegerField(help_text="Where it stands in the order of publication.")
    published_at = serializers.DateTimeField()
    replaces = serializers.IntegerField(allow_null=True, help_text="The verdict that it corrects or takes back.")
    url = serializers.URLField(help_text="The page for people.")
    claim = ClaimRef()
    version = serializers.IntegerField()
    as_of = serializers.DateField(allow_null=True)
    attribution = ratings.RatingOut(allow_null=True)
    veracity = ratings.RatingOut(allow_null=True)
    rationale = serializers.CharField(allow_null=True)


class VerdictPage(paging.Page):
    """Steps in the order in which they were published: none that is committed later stands before an earlier one."""

    results = VerdictEntry(many=True)
    next_since = serializers.CharField(help_text="Send it as `since` the next time, to get what is new by then.")


class AxisOut(serializers.Serializer[Any]):
    """The answer to one of the two questions."""

    rating = ratings.RatingOut()
    rationale = serializers.CharField(allow_blank=True, help_text="Empty: the common rationale covers it.")
    confidence = serializers.FloatField(allow_null=True)


class PublicArticle(serializers.Serializer[Any]):
    """Where the claim was made."""

    title = serializers.CharField(allow_blank=True)
    outlet = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)


class PublicClaim(serializers.Serializer[Any]):
    """What was checked."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    as_of = serializers.DateField(allow_null=True)
    article = PublicArticle()
    attributions = claims.CarriedBy(many=True)


class Publisher(serializers.Serializer[Any]):
    """The desk that answers for it."""

    name = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    method_url = serializers.CharField(allow_blank=True)


class CorrectionOut(serializers.Serializer[Any]):
    """What changed in public, and why."""

    kind = serializers.ChoiceField(choices=CorrectionKind.choices)
    note = serializers.CharField()
    corrected_at = serializers.DateTimeField()
    from_verdict = serializers.IntegerField()
    to_verdict = serializers.IntegerField(allow_null=True)


class VerdictDetail(serializers.Serializer[Any]):
    """One published verdict with everything that it rests on."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=STATUS, help_text="Whether it holds today.")
    superseded_by = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()
    url = serializers.URLField()
    published_at = serializers.DateTimeField()
    as_of = serializers.DateField()
    claim = PublicClaim()
    attribution = AxisOut(help_text="Was it said, as quoted?")
    veracity = AxisOut(help_text="Is it true?")
    rationale = serializers.CharField()
    evidence = evidence.EvidenceOut(many=True)
    corrections = CorrectionOut(many=True)
    publisher = Publisher()


# --- The feed ---------------------------------------------------------------------------------------------------------


class FeedQuery(paging.PageQuery):
    """From where on."""

    since = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=500,
        help_text="`next_since` of an earlier answer, or an ISO 8601 date or time.",
    )


def since(rows: QuerySet[Publication, Any], given: str) -> QuerySet[Publication, Any]:
    """The rows after what an earlier answer ended with, or from a moment on; raises ValidationError."""
    moment = _moment(given)
    if moment is not None:
        return rows.filter(published_at__gte=moment)
    return _after(rows, CURSORS.read(given, "since"))


def _moment(given: str) -> datetime | None:
    try:
        day = parse_date(given)
        # In an address a plus sign means a blank: 2026-11-23T10:00:00+01:00 arrives without it.
        moment = datetime.combine(day, time()) if day else parse_datetime(given.replace(" ", "+"))
        if moment is None:
            return None
        # PostgreSQL knows fewer hours of difference than ISO 8601 does.
        return (moment.replace(tzinfo=UTC) if timezone.is_naive(moment) else moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        wrong = serializers.ErrorDetail(f"There is no such time: {error}.", "invalid")
        raise serializers.ValidationError({"since": [wrong]}) from error


def _after(rows: QuerySet[Publication, Any], seen: list[Any]) -> QuerySet[Publication, Any]:
    return rows.filter(position__gt=seen[0])


class VerdictFeed(permissions.PublicDoor):
    """What was published."""

    @extend_schema(
        operation_id="verdicts_list", parameters=[FeedQuery], responses={200: VerdictPage, **problems(400, 401)}
    )
    def get(self, request: Request) -> Response:
        """Each claim once, with its newest step, in the order of publication.

        Pull it to the end, keep `next_since`, and send that as `since` the next time: nothing is missed and nothing
        comes twice, however much is published and retracted meanwhile.
        """
        query = FeedQuery.of(request.query_params)
        rows: QuerySet[Publication, Any] = Publication.objects.current().order_by("position").values(*ROW)
        if query["since"] and not query["cursor"]:
            rows = since(rows, query["since"])
        found, following = paging.page(request, CURSORS, rows, query, _after, lambda row: [row["position"]])
        seen = CURSORS.write([found[-1]["position"]]) if found else query["cursor"] or query["since"]
        results = [entry(row) for row in found]
        return Response({"results": results, "next": following, "next_since": seen or CURSORS.write([0])})


# --- The search -------------------------------------------------------------------------------------------------------

FOUND = paging.Cursors("found verdicts")


class VerdictsFound(paging.Page):
    """What holds today and is like what was asked for, newest first."""

    results = VerdictEntry(many=True)


class SearchQuery(paging.PageQuery):
    """What published verdicts are looked for by; what is left out asks for nothing."""

    words = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="Of the claim, its speakers, the quoted words, headline or outlet; as web searches have them.",
    )
    speaker = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="A name in the register of sources; where nobody has exactly this one, how it begins.",
    )
    rating = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40, help_text="Key of the answer to “is it true?”."
    )
    desk = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=80, help_text="The desk's short name."
    )
    since = serializers.DateField(required=False, default=None, help_text="First day of publication, in UTC.")
    until = serializers.DateField(required=False, default=None, help_text="Last day of publication, in UTC.")


def _older(rows: QuerySet[Publication, Any], seen: list[Any]) -> QuerySet[Publication, Any]:
    return rows.filter(position__lt=seen[0])


class VerdictSearch(permissions.PublicDoor):
    """Published verdicts by what they are about."""

    @extend_schema(
        operation_id="verdicts_search", parameters=[SearchQuery], responses={200: VerdictsFound, **problems(400, 401)}
    )
    def get(self, request: Request) -> Response:
        """What readers see today, newest first. For a copy pull the list of verdicts, which tells retractions too."""
        query = SearchQuery.of(request.query_params)
        asked = {name: query[name] for name in ("words", "speaker", "rating", "desk", "since", "until")}
        rows = Publication.objects.visible().matching(**asked).order_by("-position").values(*ROW)
        found, following = paging.page(request, FOUND, rows, query, _older, lambda row: [row["position"]])
        return Response({"results": [entry(row) for row in found], "next": following})


# --- One verdict ------------------------------------------------------------------------------------------------------


def standing(verdict_id: int) -> dict[str, Any]:
    """Where a published verdict stands today; one query. Raises Absent for what was never published."""
    newest = Publication.objects.filter(claim=OuterRef("claim")).order_by("-position")
    own = Publication.objects.filter(verdict=verdict_id).order_by("position")
    found = own.values(
        "position",
        "published_at",
        "desk",
        desk_name=F("desk__name"),
        desk_url=F("desk__url"),
        desk_method=F("desk__method_url"),
        newest=Subquery(newest.values("position")[:1]),
        newest_action=Subquery(newest.values("action")[:1]),
        newest_verdict=Subquery(newest.values("verdict")[:1]),
    ).first()
    if found is None:
        raise Absent.one("verdict", "absent", "There is no such published verdict.")
    return dict(found)


def etag(place: dict[str, Any], verdict_id: int) -> str:
    """Everything that can change after publication: later steps and the desk."""
    parts = [FORM, settings.PUBLIC_URL, verdict_id, *place.values()]
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def detail(verdict_id: int, place: dict[str, Any]) -> dict[str, Any]:
    verdict = Verdict.objects.select_related("attribution_rating", "veracity_rating", "claim").get(pk=verdict_id)
    retracted = place["newest_action"] == Action.RETRACTED
    superseded = not retracted and place["newest_verdict"] != verdict_id
    return {
        "id": verdict.pk,
        "status": "retracted" if retracted else "superseded" if superseded else "current",
        "superseded_by": place["newest_verdict"] if superseded else None,
        "version": verdict.version,
        "url": page_url(verdict.pk),
        "published_at": place["published_at"],
        "as_of": verdict.as_of,
        "claim": _claim(verdict),
        "attribution": _axis(verdict, "attribution"),
        "veracity": _axis(verdict, "veracity"),
        "rationale": verdict.rationale,
        "evidence": [evidence.described(row) for row in verdict.evidence.order_by("pk")],
        "corrections": _corrections(verdict.claim_id),
        "publisher": {"name": place["desk_name"], "url": place["desk_url"], "method_url": place["desk_method"]},
    }


def _claim(verdict: Verdict) -> dict[str, Any]:
    """The claim with who said it as this version was published, whatever became of the article since; one query."""
    shown = AsPublished.objects.select_related("revision").get(publication__verdict=verdict)
    text = shown.revision.text if shown.revision else ""
    return {
        "id": verdict.claim_id,
        "text": verdict.claim.text,
        "as_of": verdict.claim.as_of,
        "article": {
            "title": shown.title,
            "outlet": shown.outlet,
            "url": shown.url,
            "published_at": shown.article_published_at,
        },
        "attributions": [_statement(row, text) for row in shown.statements],
    }


EMPTY_IS_NONE = ("last_found", "source_entity", "channel", "frequency", "rule")
SOURCE = tuple(found.ResolvedSource().fields)


def _statement(row: dict[str, Any], text: str) -> dict[str, Any]:
    """A kept statement as claims.CarriedBy describes it."""
    spans = row["spans"]
    return {
        **{name: value for name, value in row.items() if name != "spans"},
        **{name: row[name] or None for name in EMPTY_IS_NONE},
        "sources": [{name: source[name] for name in SOURCE} for source in row["sources"]],
        **{role: [found.span(text, start, end) for start, end in spans.get(role, ())] for role in SpanRole.values},
    }


def _axis(verdict: Verdict, axis: str) -> dict[str, Any]:
    return {
        "rating": ratings.described(getattr(verdict, f"{axis}_rating")),
        "rationale": getattr(verdict, f"{axis}_rationale"),
        "confidence": getattr(verdict, f"{axis}_confidence"),
    }


def _corrections(claim_id: int) -> list[dict[str, Any]]:
    rows = Correction.objects.filter(publication__claim=claim_id).order_by("publication__position")
    return [dict(row) for row in rows.values("kind", "note", "corrected_at", "from_verdict", "to_verdict")]


class VerdictOne(permissions.PublicDoor):
    """One published verdict."""

    @extend_schema(operation_id="verdicts_get", responses={200: VerdictDetail, 304: None, **problems(401, 404)})
    def get(self, request: Request, verdict_id: int) -> Response:
        """Both answers with reasons, evidence and corrections. With If-None-Match, 304 costs a single query."""
        place = standing(verdict_id)
        headers = {"ETag": etag(place, verdict_id), "Cache-Control": "public, no-cache"}
        if unchanged(request, headers["ETag"]):
            return Response(status=304, headers=headers)
        return Response(detail(verdict_id, place), headers=headers)
