"""What an editor makes public: publish, reopen, retract."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import claims, permissions, verdicts
from claims.api.bodies import Reading
from claims.api.errors import problems
from claims.models.publication import CorrectionKind, Publication
from claims.rules import workflow
from claims.rules.rights import Right
from claims.rules.workflow import ReopenReason
from claims.services import publication

CHANGES = [choice for choice in CorrectionKind.choices if choice[0] != CorrectionKind.RETRACTION]


class Publishing(Reading):
    """What the publisher states where the desk's publication gate asks, and the public note of a later version."""

    source_exception = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    no_contact_reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    counter_evidence_sought = serializers.BooleanField(required=False, default=False)
    correction_kind = serializers.ChoiceField(
        choices=CHANGES, required=False, help_text="Needed from the second version on."
    )
    correction_note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="For the public; needed from the second version on.",
    )
    correction_reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class Reopening(Reading):
    """Why a published verdict is looked at again."""

    reason = serializers.ChoiceField(choices=workflow.choices(ReopenReason))
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)


class Retraction(Reading):
    """Why a published verdict is taken back."""

    note = serializers.CharField(max_length=2000, help_text="For the public.")
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


def step(made: Publication) -> dict[str, Any]:
    return publication.entry(Publication.objects.values(*publication.ROW).get(pk=made.pk))


class ClaimPublish(claims.ClaimStep):
    """Publish the decided verdict."""

    @extend_schema(
        operation_id="claims_publish",
        request=Publishing,
        responses={200: verdicts.VerdictEntry, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """The publisher is not the only reviewer. What the gate misses is listed, each with its way out."""
        permissions.claim_to_edit(request, claim_id, Right.PUBLISH)
        sent = Publishing.of(request.data)
        note = None
        if "correction_kind" in sent or "correction_note" in sent:
            kind, text = sent.get("correction_kind", ""), sent.get("correction_note", "")
            note = publication.Note(kind, text, sent["correction_reason"])
        stated = {name: sent[name] for name in ("source_exception", "no_contact_reason", "counter_evidence_sought")}
        statements = publication.Statements(**stated)
        return Response(step(publication.publish(claim_id, actor=request.user, statements=statements, note=note)))


class ClaimReopen(claims.ClaimStep):
    """Have a published claim reviewed anew."""

    @extend_schema(
        operation_id="claims_reopen",
        request=Reopening,
        responses={200: claims.ClaimDetail, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """The public keeps version n until n+1 is published."""
        permissions.claim_to_edit(request, claim_id, Right.PUBLISH)
        why = Reopening.of(request.data)
        publication.reopen(claim_id, ReopenReason(why["reason"]), actor=request.user, note=why["note"])
        return Response(claims.detail(permissions.claim_to_read(request, claim_id), request.user))


class ClaimRetract(claims.ClaimStep):
    """Take a published verdict back, in public."""

    @extend_schema(
        operation_id="claims_retract",
        request=Retraction,
        responses={200: verdicts.VerdictEntry, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        permissions.claim_to_edit(request, claim_id, Right.PUBLISH)
        sent = Retraction.of(request.data)
        taken = publication.retract(claim_id, actor=request.user, note=sent["note"], reason=sent["reason"])
        return Response(step(taken))
