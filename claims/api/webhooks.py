"""Webhooks of a desk, for its admins: which there are, what was sent, and the steps of the page."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.articles import ETAG, IF_MATCH
from claims.api.bodies import Once, Reading, etag_of, version_known, with_etag
from claims.api.desks import DeskDoor
from claims.api.errors import problems
from claims.models.webhooks import Delivery, DeliveryState, Webhook, WebhookState
from claims.rules import workflow
from claims.rules.rights import Right
from claims.rules.webhooks import CHOICES, Kind
from claims.services import webhooks
from claims.services.webhooks import Settings

CURSORS = paging.Cursors("webhooks of a desk")
DELIVERY_CURSORS = paging.Cursors("deliveries of a webhook")
SENT = workflow.choices(Kind)
KINDS = [choice for choice in SENT if choice[0] in CHOICES]


class Kinds(serializers.ListField):
    """Of which a webhook is told: at least one."""

    def __init__(self, **options: Any) -> None:
        child = serializers.ChoiceField(choices=KINDS)
        # The least length is for the description; what is empty is refused in words of its own.
        super().__init__(child=child, allow_empty=False, min_length=1, max_length=20, **options)


class WebhookIn(Reading):
    """What receives messages, where, and of which kinds."""

    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=2048, help_text="http or https, on the public internet.")
    kinds = Kinds()


class WebhookChange(Reading):
    """The fields that are to change. What is left out stays."""

    name = serializers.CharField(required=False, max_length=100)
    url = serializers.CharField(required=False, max_length=2048)
    kinds = Kinds(required=False)


class WebhookOut(serializers.Serializer[Any]):
    """An address that is told of what happens at the desk."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=KINDS))
    state = serializers.ChoiceField(choices=WebhookState.choices)
    reason = serializers.CharField(allow_blank=True, help_text="Why it was disabled.")
    old_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when messages are signed with the secret before the last one as well."
    )
    created_by = serializers.CharField(help_text="Username.")
    created_at = serializers.DateTimeField()


class WebhookWithSecret(WebhookOut):
    """With the secret, which is answered when it is made and never again, not to the same request either."""

    secret = serializers.CharField(
        required=False,
        help_text="`whsec_` and 32 bytes in base64; what messages are signed with. Not in an answer that is replayed.",
    )


SECRET = ("secret",)


class WebhookPage(paging.Page):
    """The webhooks of a desk, the newest first."""

    results = WebhookOut(many=True)


class DeliveryOut(serializers.Serializer[Any]):
    """One message, and what became of it."""

    id = serializers.IntegerField()
    message = serializers.CharField(help_text="The `webhook-id` of every attempt.")
    kind = serializers.ChoiceField(choices=SENT)
    claim = serializers.IntegerField(allow_null=True)
    article = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="When it is tried next, while it waits.")
    tried_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="Of the answer to the last attempt.")
    took_ms = serializers.IntegerField(allow_null=True, help_text="How long the last attempt took.")
    error = serializers.CharField(allow_blank=True, help_text="Why the last attempt failed.")
    created_at = serializers.DateTimeField()


class DeliveryPage(paging.Page):
    """What was sent and what waits, of the last 30 days, the newest first."""

    results = DeliveryOut(many=True)


def described(row: Webhook) -> dict[str, Any]:
    names = ("name", "url", "kinds", "state", "reason", "old_until", "created_at")
    return {"id": row.pk, "created_by": row.created_by.get_username(), **{name: getattr(row, name) for name in names}}


def with_secret(row: Webhook) -> dict[str, Any]:
    return described(row) | {"secret": webhooks.secret_of(row)}


def delivered(row: Delivery) -> dict[str, Any]:
    subject = row.event.subject_id if row.event else None
    claim = row.publication.claim_id if row.publication else subject if row.kind == Kind.DECIDED else None
    names = ("kind", "state", "attempts", "tried_at", "status", "took_ms", "error", "created_at")
    return {
        "id": row.pk,
        "message": row.message_id,
        "claim": claim,
        "article": subject if row.kind == Kind.READ else None,
        "due_at": row.due_at if row.state == DeliveryState.PENDING else None,
        **{name: getattr(row, name) for name in names},
    }


class WebhookDoor(DeskDoor):
    """The base of what concerns webhooks: everything about them asks for the scope of those who change the desk."""

    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), permissions.EDIT)

    def _of(self, request: Request, desk_id: int, webhook_id: int) -> Webhook:
        return webhooks.of_desk(permissions.desk(request, desk_id, Right.MANAGE_WEBHOOKS), webhook_id)


class WebhookList(WebhookDoor):
    """The webhooks of a desk."""

    @extend_schema(
        operation_id="webhooks_list",
        parameters=[paging.PageQuery],
        responses={200: WebhookPage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, desk_id: int) -> Response:
        """For its admins, without their secrets."""
        desk = permissions.desk(request, desk_id, Right.MANAGE_WEBHOOKS)
        found, following = paging.page(
            request,
            CURSORS,
            Webhook.objects.filter(desk=desk).select_related("created_by").order_by("-pk"),
            paging.PageQuery.of(request.query_params),
            after=lambda some, seen: some.filter(pk__lt=seen[0]),
            key=lambda row: [row.pk],
        )
        return Response({"results": [described(row) for row in found], "next": following})

    @extend_schema(
        operation_id="webhooks_add",
        request=WebhookIn,
        responses={201: WebhookWithSecret, **problems(400, 401, 403, 404, 415)},
    )
    def post(self, request: Request, desk_id: int) -> Response:
        """Tell this address from now on. The answer has the secret, and no later one has it."""
        desk = permissions.desk(request, desk_id, Right.MANAGE_WEBHOOKS)
        made = webhooks.add(desk, Settings(**WebhookIn.of(request.data)), actor=request.user)
        return Once(with_secret(made), SECRET, status=201)


class WebhookOne(WebhookDoor):
    """One webhook."""

    @extend_schema(
        operation_id="webhooks_get",
        parameters=[ETAG],
        responses={200: WebhookOut, 304: None, **problems(401, 403, 404)},
    )
    def get(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        return with_etag(request, described(self._of(request, desk_id, webhook_id)))

    @extend_schema(
        operation_id="webhooks_change",
        request=WebhookChange,
        parameters=[IF_MATCH, ETAG],
        responses={200: WebhookOut, **problems(400, 401, 403, 404, 409, 412, 415)},
    )
    def patch(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        """With If-Match, a change by somebody else meanwhile is not lost. What waits goes to the new address."""
        known = self._of(request, desk_id, webhook_id)
        sent = WebhookChange.of(request.data)
        wanted = Settings(**{name: sent.get(name, getattr(known, name)) for name in ("name", "url", "kinds")})
        version = version_known(request, described(known), known.version)
        content = described(webhooks.change(known, wanted, actor=request.user, version=version))
        return Response(content, headers={"ETag": etag_of(content)})

    @extend_schema(operation_id="webhooks_remove", responses={204: None, **problems(401, 403, 404)})
    def delete(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        """It is told of nothing more; what was sent is forgotten with it."""
        webhooks.remove(self._of(request, desk_id, webhook_id), actor=request.user)
        return Response(status=204)


class WebhookTest(WebhookDoor):
    """Send a test."""

    @extend_schema(
        operation_id="webhooks_test", request=None, responses={202: DeliveryOut, **problems(401, 403, 404, 409)}
    )
    def post(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        """It tells of nothing, and comes behind what waits. 409 when paused, or while another test is under way."""
        webhook = self._of(request, desk_id, webhook_id)
        return Response(delivered(webhooks.send_test(webhook, actor=request.user)), status=202)


class WebhookPause(WebhookDoor):
    """Pause a webhook."""

    @extend_schema(operation_id="webhooks_pause", request=None, responses={200: WebhookOut, **problems(401, 403, 404)})
    def post(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        """What happens meanwhile waits, for 30 days at most."""
        webhook = self._of(request, desk_id, webhook_id)
        return Response(described(webhooks.pause(webhook, actor=request.user)))


class WebhookResume(WebhookDoor):
    """Resume a webhook that is paused or disabled."""

    @extend_schema(operation_id="webhooks_resume", request=None, responses={200: WebhookOut, **problems(401, 403, 404)})
    def post(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        """What waits is sent, the oldest first; also what was given up."""
        webhook = self._of(request, desk_id, webhook_id)
        return Response(described(webhooks.resume(webhook, actor=request.user)))


class WebhookRotate(WebhookDoor):
    """Draw a new secret."""

    @extend_schema(
        operation_id="webhooks_rotate", request=None, responses={200: WebhookWithSecret, **problems(401, 403, 404)}
    )
    def post(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        """For a day messages are signed with both. The answer has the new one, and no later one has it."""
        webhook = self._of(request, desk_id, webhook_id)
        return Once(with_secret(webhooks.rotate(webhook, actor=request.user)), SECRET)


class WebhookDeliveries(WebhookDoor):
    """What was sent to a webhook."""

    @extend_schema(
        operation_id="webhooks_deliveries",
        parameters=[paging.PageQuery],
        responses={200: DeliveryPage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, desk_id: int, webhook_id: int) -> Response:
        """And what waits; of the last 30 days."""
        webhook = self._of(request, desk_id, webhook_id)
        found, following = paging.page(
            request,
            DELIVERY_CURSORS,
            webhooks.deliveries(webhook).order_by("-pk"),
            paging.PageQuery.of(request.query_params),
            after=lambda some, seen: some.filter(pk__lt=seen[0]),
            key=lambda row: [row.pk],
        )
        return Response({"results": [delivered(row) for row in found], "next": following})


class DeliveryAgain(WebhookDoor):
    """Send a message again."""

    @extend_schema(
        operation_id="webhooks_send_again", request=None, responses={202: DeliveryOut, **problems(401, 403, 404, 409)}
    )
    def post(self, request: Request, desk_id: int, webhook_id: int, delivery_id: int) -> Response:
        """With the same id, before those that came after it. 409 when the webhook is paused."""
        found = webhooks.delivery_of(self._of(request, desk_id, webhook_id), delivery_id)
        return Response(delivered(webhooks.send_again(found, actor=request.user)), status=202)
