"""Until when claims are to be reviewed: the editor's list, and a claim's own deadline."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from claims.api import claims, paging, permissions
from claims.api.bodies import Reading
from claims.api.errors import problems
from claims.models.claims import Claim
from claims.rules import workflow
from claims.rules.rights import Right
from claims.rules.workflow import AssignmentRole
from claims.services import review

CURSORS = paging.Cursors("what is due")


class DeadlineIn(Reading):
    """Until when the claim is to be reviewed."""

    deadline = serializers.DateTimeField(
        allow_null=True, help_text="Counts where it is earlier than by the desk's hours; null: these alone decide."
    )


class DueQuery(paging.PageQuery):
    """Which of them."""

    overdue = serializers.BooleanField(required=False, default=False, help_text="Only what is over.")


class DueRow(serializers.Serializer[Any]):
    """A part of a claim's review that waits or is held, and when it is due."""

    due_at = serializers.DateTimeField()
    overdue = serializers.BooleanField(help_text="By the database's clock.")
    role = serializers.ChoiceField(choices=workflow.choices(AssignmentRole))
    assignment = serializers.IntegerField(allow_null=True, help_text="Null while it waits in the queue.")
    reviewer = serializers.CharField(allow_null=True, help_text="Username of who holds it.")
    claim = claims.ClaimBrief()


class DuePage(paging.Page):
    """What is due, the first on top."""

    results = DueRow(many=True)


def described(found: list[review.Due]) -> list[dict[str, Any]]:
    claims_of = Claim.objects.filter(pk__in={row.claim.pk for row in found}).values(*claims.ROW)
    briefs = {row["id"]: claims.brief(row) for row in claims_of}
    return [_described(row, briefs[row.claim.pk]) for row in found]


def _described(row: review.Due, claim: dict[str, Any]) -> dict[str, Any]:
    held = row.held
    return {
        "due_at": row.due_at,
        "overdue": row.over,
        "role": row.role,
        "assignment": held.pk if held else None,
        "reviewer": held.reviewer.username if held else None,
        "claim": claim,
    }


class DueList(permissions.Door):
    """What is due at the caller's desks."""

    @extend_schema(operation_id="due_list", parameters=[DueQuery], responses={200: DuePage, **problems(400, 401, 403)})
    def get(self, request: Request) -> Response:
        """For editors: what waits and what is held, by the time at which it is due."""
        permissions.some_desk(request, Right.OVERSEE, "see what is due")
        query = DueQuery.of(request.query_params)
        after = None
        if query["cursor"]:
            at, claim, role = CURSORS.read(query["cursor"])
            after = (datetime.fromisoformat(at), claim, role)
        limit: int = query["limit"]
        found = review.coming(request.user, limit + 1, after=after, over=query["overdue"])
        following = None
        if len(found) > limit:
            at, claim, role = found[limit - 1].key
            cursor = CURSORS.write([at.isoformat(), claim, role])
            following = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        return Response({"results": described(found[:limit]), "next": following})


class ClaimDeadline(claims.ClaimStep):
    """Until when a claim is to be reviewed."""

    @extend_schema(
        operation_id="claims_deadline",
        request=DeadlineIn,
        responses={200: claims.ClaimDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """Set by an editor, for the present round. 409 once the last review of it is in."""
        claim = permissions.claim_to_edit(request, claim_id)
        review.set_deadline(claim.pk, DeadlineIn.of(request.data)["deadline"], actor=request.user)
        return Response(claims.detail(permissions.claim_to_read(request, claim.pk), request.user))
