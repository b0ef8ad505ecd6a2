"""Invitations to a desk: who was asked to come, as what, and what became of it."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.bodies import Reading
from claims.api.desks import DeskDoor, newest
from claims.api.errors import problems
from claims.models.desks import Role
from claims.models.invitations import Invitation, InvitationState
from claims.rules.rights import Right
from claims.services import invitations

CURSORS = paging.Cursors("invitations to a desk")


# --- What is sent -----------------------------------------------------------------------------------------------------


class InvitationIn(Reading):
    """Whom to ask, as what."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES,
        required=False,
        default="",
        help_text="Of the mail and the page behind its link. Left out: the desk's; the caller's if none is spoken.",
    )


# --- What is answered -------------------------------------------------------------------------------------------------


class InvitationOut(serializers.Serializer[Any]):
    """Somebody who was asked to come. The link is in the mail alone."""

    id = serializers.IntegerField()
    email = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    language = serializers.CharField(help_text="Of the mail and the page behind its link.")
    state = serializers.ChoiceField(choices=InvitationState.choices)
    invited_by = serializers.CharField(help_text="Username.")
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True, help_text="Null: the mail is not out yet.")
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class InvitationPage(paging.Page):
    """The invitations to a desk, the newest first."""

    results = InvitationOut(many=True)


def invitation(row: Invitation) -> dict[str, Any]:
    names = ("id", "email", "role", "state", "created_at", "sent_at", "expires_at", "accepted_at", "revoked_at")
    said = {"invited_by": row.invited_by.get_username(), "language": invitations.language_of(row)}
    return said | {name: getattr(row, name) for name in names}


# --- The views --------------------------------------------------------------------------------------------------------


class DeskInvitations(DeskDoor):
    """Who is invited to a desk."""

    @extend_schema(
        operation_id="invitations_list",
        parameters=[paging.PageQuery],
        responses={200: InvitationPage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, desk_id: int) -> Response:
        """For its admins."""
        desk = permissions.desk(request, desk_id, Right.MANAGE_MEMBERS)
        query = paging.PageQuery.of(request.query_params)
        rows = Invitation.objects.filter(desk=desk).with_state().select_related("invited_by")
        found, following = newest(request, CURSORS, rows, query)
        return Response({"results": [invitation(each) for each in found], "next": following})

    @extend_schema(
        operation_id="invitations_create",
        request=InvitationIn,
        responses={201: InvitationOut, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, desk_id: int) -> Response:
        """The mail goes out by a job. 409 where the address is invited or at the desk, or after 50 in an hour."""
        desk = permissions.desk(request, desk_id, Right.MANAGE_MEMBERS)
        sent = InvitationIn.of(request.data)
        made = invitations.invite(desk, sent["email"], sent["role"], actor=request.user, language=sent["language"])
        return Response(invitation(made), status=201)


class InvitationStep(DeskDoor):
    """The base of what is done to one invitation."""

    def _of(self, request: Request, desk_id: int, invitation_id: int) -> int:
        desk = permissions.desk(request, desk_id, Right.MANAGE_MEMBERS)
        return invitations.of_desk(desk, invitation_id).pk


class InvitationResend(InvitationStep):
    """Send an invitation again."""

    @extend_schema(
        operation_id="invitations_resend",
        request=None,
        responses={200: InvitationOut, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, desk_id: int, invitation_id: int) -> Response:
        """With a new link that counts from now; the old one is dead."""
        found = self._of(request, desk_id, invitation_id)
        return Response(invitation(invitations.resend(found, actor=request.user)))


class InvitationRevoke(InvitationStep):
    """Take an invitation back."""

    @extend_schema(
        operation_id="invitations_revoke",
        request=None,
        responses={200: InvitationOut, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, desk_id: int, invitation_id: int) -> Response:
        """409 when it was used, or taken back before."""
        found = self._of(request, desk_id, invitation_id)
        return Response(invitation(invitations.revoke(found, actor=request.user)))
