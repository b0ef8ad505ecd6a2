"""Notes and questions on a claim over REST: for the desk alone, never part of what the public gets."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import paging, permissions
from claims.api.bodies import Reading
from claims.api.errors import problems
from claims.models.notes import Note, NoteKind
from claims.rules.notes import TEXT_LIMIT
from claims.services import notes

CURSORS = paging.Cursors("notes of a claim")
MINE = paging.Cursors("notes for me")
KINDS = [choice for choice in NoteKind.choices if choice[0] != NoteKind.REPLY]
STATES = [("open", "open"), ("resolved", "resolved")]


class NoteIn(Reading):
    """A note, a question, or a reply. Members of the desk who are named as @username find it on their desk."""

    text = serializers.CharField(max_length=TEXT_LIMIT)
    kind = serializers.ChoiceField(
        choices=KINDS, required=False, default="note", help_text="A question without a name goes to the editors."
    )
    reply_to = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, help_text="The note that this answers."
    )


class NoteOut(serializers.Serializer[Any]):
    """What somebody wrote about a claim. Its words never change."""

    id = serializers.IntegerField()
    claim = serializers.IntegerField()
    round = serializers.IntegerField(help_text="The claim's round in which it was written.")
    kind = serializers.ChoiceField(choices=NoteKind.choices)
    reply_to = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    author = serializers.CharField()
    written_at = serializers.DateTimeField()
    mentions = serializers.ListField(child=serializers.CharField(), help_text="Usernames.")
    state = serializers.ChoiceField(choices=STATES, allow_null=True, help_text="Null for a reply.")
    resolved_by = serializers.CharField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)


class NotePage(paging.Page):
    """Notes, questions and replies, the newest first."""

    results = NoteOut(many=True)


def described(row: Note) -> dict[str, Any]:
    return {
        "id": row.pk,
        "claim": row.claim_id,
        "round": row.round,
        "kind": row.kind,
        "reply_to": row.parent_id,
        "text": row.text,
        "author": str(row.author),
        "written_at": row.written_at,
        "mentions": sorted(person.username for person in row.mentions.all()),
        "state": row.state or None,
        "resolved_by": str(row.resolved_by) if row.resolved_by else None,
        "resolved_at": row.resolved_at,
    }


def listed(request: Request, cursors: paging.Cursors, rows: QuerySet[Note]) -> Response:
    found, following = paging.page(
        request,
        cursors,
        rows.order_by("-pk"),
        paging.PageQuery.of(request.query_params),
        after=lambda some, seen: some.filter(pk__lt=seen[0]),
        key=lambda row: [row.pk],
    )
    return Response({"results": [described(row) for row in notes.shown(request.user, found)], "next": following})


class ClaimNotes(permissions.Door):
    """What the desk wrote about a claim."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}

    @extend_schema(
        operation_id="claims_notes",
        parameters=[paging.PageQuery],
        responses={200: NotePage, **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, claim_id: int) -> Response:
        """The newest first. While a review is open, without what other reviewers of the round wrote."""
        claim = permissions.claim_to_read(request, claim_id)
        return listed(request, CURSORS, notes.visible(request.user).filter(claim=claim))

    @extend_schema(
        operation_id="claims_note_add",
        request=NoteIn,
        responses={201: NoteOut, **problems(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, claim_id: int) -> Response:
        """Write a note, ask a question, or answer one with `reply_to`."""
        claim = permissions.claim_to_discuss(request, claim_id)
        said = NoteIn.of(request.data)
        if said["reply_to"] is None:
            made = notes.add(claim.pk, said["text"], actor=request.user, kind=said["kind"])
        else:
            made = notes.reply(said["reply_to"], said["text"], actor=request.user, claim_id=claim.pk)
        return Response(described(made), status=201)


class NotesForMe(permissions.Door):
    """What is said to the caller."""

    @extend_schema(
        operation_id="notes_for_me", parameters=[paging.PageQuery], responses={200: NotePage, **problems(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        """Open notes and questions, the newest first: the caller is mentioned, asked as an editor, or was answered."""
        return listed(request, MINE, notes.for_desk(request.user).filter(resolved_at=None))


class NoteStep(permissions.Door):
    """The base of a step on a note."""

    scopes: ClassVar[dict[str, str]] = {"POST": permissions.REVIEW}


class NoteResolve(NoteStep):
    """Nothing more is to be done about a note."""

    @extend_schema(operation_id="notes_resolve", request=None, responses={200: NoteOut, **problems(401, 403, 404, 409)})
    def post(self, request: Request, note_id: int) -> Response:
        """Once more changes nothing."""
        note = permissions.note_to_settle(request, note_id)
        return Response(described(notes.resolve(note.pk, actor=request.user)))


class NoteReopen(NoteStep):
    """A note is to be looked at again."""

    @extend_schema(operation_id="notes_reopen", request=None, responses={200: NoteOut, **problems(401, 403, 404, 409)})
    def post(self, request: Request, note_id: int) -> Response:
        """Once more changes nothing."""
        note = permissions.note_to_settle(request, note_id)
        return Response(described(notes.reopen(note.pk, actor=request.user)))
