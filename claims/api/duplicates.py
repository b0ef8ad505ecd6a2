"""Claims that seem to be the same, and what a person says of them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.bodies import Reading
from claims.api.claims import ClaimStep
from claims.api.errors import problems
from claims.models.claims import Claim, ClaimLink
from claims.rules.links import Answer
from claims.rules.workflow import choices
from claims.services import links

CURSORS = paging.Cursors("duplicates")


# --- What is sent -----------------------------------------------------------------------------------------------------


class DuplicateQuery(paging.PageQuery):
    """Which pairs."""

    desk = serializers.CharField(
        required=False,
        default="",
        max_length=80,
        allow_blank=True,
        help_text="Slug or id, where you have several.",
    )
    claim = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="Pairs of this one.")
    answer = serializers.ChoiceField(
        choices=choices(Answer), required=False, default=Answer.OPEN, help_text="What was said of them; open: nothing."
    )


class SameAs(Reading):
    """What is said of this claim and another one."""

    other = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="A claim of the same desk.")
    answer = serializers.ChoiceField(choices=choices(Answer), help_text="“open” takes back what was said.")


# --- What is answered -------------------------------------------------------------------------------------------------


class PairedClaim(serializers.Serializer[Any]):
    """One of the two."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    article = serializers.IntegerField()


class DuplicateOut(serializers.Serializer[Any]):
    """Two claims that seem to be the same, or of which somebody said whether they are."""

    id = serializers.IntegerField()
    claims = PairedClaim(many=True)
    answer = serializers.ChoiceField(choices=choices(Answer))
    said_by = serializers.CharField(allow_null=True, help_text="Username; null: nobody, or it is not known.")
    by_machine = serializers.BooleanField(help_text="The machine suggested it first.")
    score = serializers.FloatField(help_text="How alike they are, 0 to 1.")
    suggested_at = serializers.DateTimeField()


class DuplicatePage(paging.Page):
    """Pairs of claims, the newest first."""

    results = DuplicateOut(many=True)


def pair(link: ClaimLink) -> dict[str, Any]:
    return {
        "id": link.pk,
        "claims": [_claim(link.from_claim), _claim(link.to_claim)],
        "answer": links.answer_of(link).value,
        "said_by": link.confirmed_by.get_username() if link.confirmed_by else None,
        "by_machine": link.by_machine,
        "score": link.score,
        "suggested_at": link.suggested_at,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {"id": claim.pk, "text": claim.text, "article": claim.article_id}


# --- The views --------------------------------------------------------------------------------------------------------


class DuplicateList(permissions.Door):
    """Claims that seem to be the same."""

    @extend_schema(
        operation_id="duplicates_list",
        parameters=[DuplicateQuery],
        responses={200: DuplicatePage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """For editors: pairs of a desk that wait for a word, or with `answer` those of which it was given."""
        query = DuplicateQuery.of(request.query_params)
        desk = permissions.desk_to_triage(request, query["desk"])
        found, following = paging.page(
            request,
            CURSORS,
            links.of_desk(desk.pk, claim_id=query.get("claim"), answer=Answer(query["answer"])).order_by("-pk"),
            query,
            after=lambda some, seen: some.filter(pk__lt=seen[0]),
            key=lambda row: [row.pk],
        )
        return Response({"results": [pair(row) for row in found], "next": following})


class ClaimSameAs(ClaimStep):
    """Whether two claims are the same."""

    @extend_schema(
        operation_id="claims_same_as",
        request=SameAs,
        responses={200: DuplicateOut, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """What is said stays, and no machine asks about the two again. 409 where the same was said before."""
        claim = permissions.claim_to_edit(request, claim_id)
        sent = SameAs.of(request.data)
        link = links.judge(claim.pk, sent["other"], Answer(sent["answer"]), actor=request.user)
        return Response(pair(links.of_desk(claim.desk_id, answer=None).get(pk=link.pk)))
