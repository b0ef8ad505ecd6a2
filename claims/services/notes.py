"""Notes and questions on a claim: write, answer, resolve, reopen; and what of them a person may see."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Prefetch, Q
from django.db.models.functions import Now

from claims.extraction import text as texts
from claims.models.claims import Claim
from claims.models.desks import EDITORS, REVIEWERS, Membership
from claims.models.events import Subject
from claims.models.notes import Note, NoteKind, NoteQuerySet
from claims.rules import workflow
from claims.rules.notes import MENTION_LIMIT, TEXT_LIMIT, mentioned
from claims.rules.notifications import Kind
from claims.rules.refusals import Absent, Conflict, Refused
from claims.services import claims as claim_services
from claims.services import desks, notifications, review
from claims.services.events import record, verb
from claims.services.notifications import tell

REPLY_LIMIT = 50
DESK_LIMIT = 10


def visible(user: Any) -> NoteQuerySet:
    """What this person may see of all notes and replies, with who wrote and resolved them and whom they mention."""
    return _seen(user).select_related("author", "resolved_by").prefetch_related("mentions")


def _seen(user: Any) -> NoteQuerySet:
    return Note.objects.for_eyes_of(user, workflow.UNVEILED)


notifications.veil_notes(_seen)


def threads(user: Any) -> NoteQuerySet:
    """The visible notes and questions, each with its visible replies, oldest first."""
    return visible(user).threads().prefetch_related(Prefetch("replies", visible(user).order_by("pk")))


def shown(user: Any, rows: Iterable[Note]) -> list[Note]:
    """These notes, which the person reads now. Whoever reads a reviewer's words too early cannot review blind later."""
    read = list(rows)
    if any(row.author_id != user.pk for row in read):
        numbers = [row.pk for row in read]
        here = _seen(user).filter(Q(pk__in=numbers) | Q(parent__in=numbers))
        telling = here.unblinding(user, workflow.UNVEILED)
        review.unblind(user, telling.values_list("claim", "round"))
    return read


def open_first(user: Any, rows: NoteQuerySet, limit: int) -> list[Note]:
    """Some of the threads, for this person: the open ones, newest first, and behind them what was resolved last."""
    return shown(user, rows.order_by(F("resolved_at").desc(nulls_first=True), "-pk")[:limit])


def for_desk(user: Any) -> NoteQuerySet:
    """The threads in which something is said to this person."""
    waiting = Note.objects.for_desk_of(user).values("pk")
    return visible(user).filter(pk__in=waiting).select_related("claim")


def people(desk_id: int, limit: int = 30) -> list[Membership]:
    """Who can be mentioned at the desk, by name."""
    rows = Membership.objects.filter(desk=desk_id, active=True, role__in=REVIEWERS).select_related("user")
    return list(rows.order_by("user__username")[:limit])


# --- The verbs --------------------------------------------------------------------------------------------------------


@verb
def add(claim_id: int, text: str, *, actor: Any, kind: str = NoteKind.NOTE.value) -> Note:
    """A note, or a question to whom it mentions, else to the desk's editors. Raises Refused."""
    if kind not in (NoteKind.NOTE, NoteKind.QUESTION):
        raise Refused.one("kind", "unknown", "The kind must be one of note, question.")
    claim = claim_services.locked(claim_id)
    return _write(claim, text, actor, kind=kind)


@verb
def reply(note_id: int, text: str, *, actor: Any, claim_id: int) -> Note:
    """An answer to a note or a question on the claim; raises Absent, also for whoever may not see it, Refused, and
    Conflict when it is a reply itself or has as many as it can.
    """
    thread = _locked(note_id, actor, "reply_to")
    if thread.claim_id != claim_id:
        raise _absent("reply_to")
    if thread.parent_id is not None:
        raise Conflict.with_details("reply_to", "is_a_reply", "This is a reply itself. Answer the note above it.")
    if Note.objects.filter(parent=thread).count() >= REPLY_LIMIT:
        message = f"There are {REPLY_LIMIT} replies to this note, which is as many as it can have. Write a new note."
        raise Conflict.with_details("reply_to", "full", message)
    return _write(thread.claim, text, actor, kind=NoteKind.REPLY.value, parent=thread)


def found(note_id: int, user: Any, field: str = "note") -> Note:
    """The note, if this person may see it; raises Absent, on ``field``."""
    row = _seen(user).filter(pk=note_id).select_related("claim").first()
    if row is None:
        raise _absent(field)
    return row


def _absent(field: str) -> Absent:
    return Absent.one(field, "absent", "There is no such note at your desk.")


@verb
def resolve(note_id: int, *, actor: Any) -> Note:
    """Nothing more is to be done about it. Once more changes nothing. Raises Absent."""
    return _settle(note_id, actor, resolved=True)


@verb
def reopen(note_id: int, *, actor: Any) -> Note:
    """It is to be looked at again. Once more changes nothing. Raises Absent."""
    return _settle(note_id, actor, resolved=False)


def _locked(note_id: int, user: Any, field: str = "note") -> Note:
    """A note that this person may see, its claim locked first, as every verb does."""
    claim_id = Note.objects.filter(pk=note_id).values_list("claim", flat=True).first()
    if claim_id is None:
        raise _absent(field)
    claim = claim_services.locked(claim_id)
    # Only now: who may see it follows from the claim's state, which the lock keeps as it is.
    row = found(note_id, user, field)
    row.claim = claim
    return row


def _write(claim: Claim, text: str, actor: Any, *, kind: str, parent: Note | None = None) -> Note:
    words = texts.clean(text).text.strip()
    if not words:
        raise Refused.one("text", "blank", "Write what is to be noted.")
    if len(words) > TEXT_LIMIT:
        message = f"A note has at most {TEXT_LIMIT:,} characters; this one has {len(words):,}. Write it in two."
        raise Refused.one("text", "too_long", message)
    meant = _members(claim.desk_id, words)
    row = Note.objects.create(claim=claim, round=claim.round, parent=parent, kind=kind, author=actor, text=words)
    row.mentions.set(meant)
    row.refresh_from_db()
    what = {"note": row.pk, "kind": kind} | ({"reply_to": parent.pk} if parent else {})
    # The chain of events keeps for good what it holds, and other doors read it: it holds no words of the desk's own.
    record("note.added", Subject.CLAIM, claim.pk, actor=actor, data=what)
    _tell(row, meant)
    return row


def _tell(row: Note, meant: list[int]) -> None:
    """Whoever is meant by the new note; whether they may see it is asked when they look."""
    told: dict[Kind, set[int]] = {Kind.MENTIONED: set(meant)}
    if row.kind == NoteKind.QUESTION:
        told = {Kind.ASKED: set(meant) or desks.people(row.claim.desk_id, EDITORS)}
    if row.parent is not None:
        told[Kind.ANSWERED] = {row.parent.author_id} - told[Kind.MENTIONED]
    for kind, people in told.items():
        tell(people, kind, desk_id=row.claim.desk_id, claim=row.claim, actor=row.author, note=row.pk)


def _members(desk_id: int, text: str) -> list[int]:
    """The people of the desk whom the text mentions; raises Refused when they are too many."""
    names = set(mentioned(text))
    if not names:
        return []
    rows = Membership.objects.filter(desk=desk_id, active=True, role__in=REVIEWERS).values_list(
        "user", "user__username"
    )
    # Compared here: which letters a database makes small depends on its locale.
    found = [user for user, username in rows if username.lower() in names]
    if len(found) > MENTION_LIMIT:
        raise Refused.one("text", "too_many_mentions", f"Mention at most {MENTION_LIMIT} people in one note.")
    return found


def _settle(note_id: int, actor: Any, *, resolved: bool) -> Note:
    row = _locked(note_id, actor)
    if row.parent_id is not None:
        raise Conflict.with_details(
            "note", "is_a_reply", "A reply is neither open nor resolved. Take the note above it."
        )
    before = row.state
    if resolved != (before == "resolved"):
        changes = (
            {"resolved_by": actor, "resolved_at": Now()} if resolved else {"resolved_by": None, "resolved_at": None}
        )
        Note.objects.filter(pk=row.pk).update(**changes)
        row.refresh_from_db()
        kind, states = ("note.resolved" if resolved else "note.reopened"), {"from_state": before, "to_state": row.state}
        record(kind, Subject.CLAIM, row.claim_id, actor=actor, data={"note": row.pk}, **states)
    return row
