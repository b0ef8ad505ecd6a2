"""What the desk writes about a claim for itself: notes, questions, and replies in one level. Never for the public."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from claims.models.claims import Claim
from claims.models.desks import ADJUDICATORS, EDITORS, REVIEWERS, Desk
from claims.models.review import TOOK_PART, Assignment, Unblinding
from claims.rules.notes import TEXT_LIMIT
from claims.rules.workflow import ClaimState


class NoteKind(models.TextChoices):
    NOTE = "note", _("note")
    QUESTION = "question", _("question")
    REPLY = "reply", _("reply")


def _of_an_open_review(user: Any, unveiled: tuple[ClaimState, ...]) -> Q:
    """What another reviewer of the claim's present round wrote, while not all of its reviews are in.

    And what others answered to that: it tells of it, whoever wrote the answer.
    """
    veiled = _by_a_reviewer(user) | _by_a_reviewer(user, "parent__")
    return ~Q(claim__state__in=unveiled) & ~Q(author=user.pk) & veiled


def _by_a_reviewer(user: Any, of: str = "") -> Q:
    """That the note, or what it answers, is another's who has or had the claim in its present round."""
    held = Assignment.objects.filter(
        claim=OuterRef("claim"), round=OuterRef(f"{of}round"), reviewer=OuterRef(f"{of}author")
    )
    return Q(Exists(held), ~Q(**{f"{of}author": user.pk}), **{f"{of}round": F("claim__round")})


class NoteQuerySet(models.QuerySet["Note"]):
    def threads(self) -> "NoteQuerySet":
        """Notes and questions without the replies to them."""
        return self.filter(parent=None)

    def for_eyes_of(self, user: Any, unveiled: tuple[ClaimState, ...]) -> "NoteQuerySet":
        """What this person may see at their desks.

        While a claim is in none of the ``unveiled`` states, what its round's reviewers write, and what others answer to
        it, is shown to themselves and to editors without a part in that round; and to whoever may settle a difference.
        """
        own_part = Assignment.objects.filter(
            claim=OuterRef("claim"), round=OuterRef("claim__round"), reviewer=user.pk, state__in=TOOK_PART
        )
        veiled = _of_an_open_review(user, unveiled)
        settling = Q(claim__state=ClaimState.ADJUDICATION, claim__desk__in=Desk.objects.of(user, ADJUDICATORS))
        no_editor = ~(Q(claim__desk__in=Desk.objects.of(user, EDITORS)) | settling) | Exists(own_part)
        return self.filter(claim__desk__in=Desk.objects.of(user)).exclude(veiled & no_editor)

    def unblinding(self, user: Any, unveiled: tuple[ClaimState, ...]) -> "NoteQuerySet":
        """Those after which this person cannot review the claim blind any more, if they have not read one before."""
        read = Unblinding.objects.filter(claim=OuterRef("claim"), round=OuterRef("round"), user=user.pk)
        return self.filter(_of_an_open_review(user, unveiled), ~Exists(read))

    def for_desk_of(self, user: Any) -> "NoteQuerySet":
        """The threads that wait for this person: they are mentioned, asked as an editor, or others answered theirs."""
        at_work = self.threads().filter(claim__desk__in=Desk.objects.of(user, REVIEWERS))
        replies = Note.objects.filter(kind=NoteKind.REPLY)
        to_editors = Note.objects.filter(
            kind=NoteKind.QUESTION, resolved_at=None, mentions=None, claim__desk__in=Desk.objects.of(user, EDITORS)
        ).exclude(author=user.pk)
        # Each half has an index of its own; joined by OR they would have all notes read.
        reasons = Note.objects.threads().filter(mentions=user.pk).values("pk").union(
            replies.filter(mentions=user.pk).values("parent"),
            replies.filter(parent__author=user.pk).exclude(author=user.pk).values("parent"),
            to_editors.values("pk"),
        )  # fmt: skip
        return at_work.filter(pk__in=reasons)


ONE_LEVEL_SQL = """
    IF NOT EXISTS (
        SELECT 1 FROM claims_note n WHERE n.id = NEW.parent_id AND n.parent_id IS NULL AND n.claim_id = NEW.claim_id
    ) THEN
        RAISE EXCEPTION 'note % is a reply itself, or is about another claim', NEW.parent_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'note_replies_have_one_level';
    END IF;
    RETURN NEW;
"""


class Note(models.Model):
    """A note or question on a claim, open until somebody resolves it, or a reply to one. The words stay as written."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="notes")
    round = models.PositiveIntegerField(help_text="The claim's round in which it was written.")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=8, choices=NoteKind.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    text = models.CharField(max_length=TEXT_LIMIT)
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="note_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="note_has_words"),
            models.CheckConstraint(
                condition=Q(kind=NoteKind.REPLY, parent__isnull=False)
                | (~Q(kind=NoteKind.REPLY) & Q(parent__isnull=True)),
                name="note_is_a_reply_to_something",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | (Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(kind=NoteKind.REPLY)),
                name="note_resolved_by_somebody",
            ),
        ]
        indexes = [
            models.Index(F("claim"), F("id"), name="notes_of_claim"),
            models.Index(
                fields=["id"], condition=Q(kind=NoteKind.QUESTION, resolved_at=None), name="note_open_questions"
            ),
        ]
        triggers = [
            # Others acted on these words. What was wrong is put right by a reply.
            pgtrigger.Protect(
                name="note_is_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["resolved_by", "resolved_at"]),
            ),
            pgtrigger.Protect(name="note_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="note_replies_have_one_level",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__parent__isnull=False),
                func=ONE_LEVEL_SQL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} on claim {self.claim_id}"

    @property
    def state(self) -> str:
        """open or resolved; empty for a reply, which has no state of its own."""
        if self.parent_id is not None:
            return ""
        return "open" if self.resolved_at is None else "resolved"
