"""Who reviews what: the queue, assignments with their leases, and reviews."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from claims.models.claims import Claim
from claims.models.conflicts import InConflict, refusal
from claims.models.desks import EDITORS, REVIEWERS, SENIORS, Desk
from claims.models.evidence import Evidence
from claims.models.verdicts import Rating
from claims.rules import routing, workflow
from claims.rules.workflow import LIVE_ASSIGNMENTS, AssignmentRole, AssignmentState, HoldReason

LIVE = sorted(state.value for state in LIVE_ASSIGNMENTS)
# Whoever had the claim in one of these had a hand in it, and takes no second part in the same round.
TOOK_PART = sorted([*LIVE, AssignmentState.SUBMITTED.value])
# Whoever said no is not asked again in the same round.
NOT_AGAIN = sorted([*TOOK_PART, AssignmentState.DECLINED.value])
# What has ended stays as it ended: who submitted could otherwise be freed to be the second reviewer as well.
STEPS = [
    (AssignmentState.OFFERED, AssignmentState.ACTIVE),
    (AssignmentState.OFFERED, AssignmentState.DECLINED),
    (AssignmentState.OFFERED, AssignmentState.EXPIRED),
    (AssignmentState.OFFERED, AssignmentState.RELEASED),
    (AssignmentState.ACTIVE, AssignmentState.SUBMITTED),
    (AssignmentState.ACTIVE, AssignmentState.DECLINED),
    (AssignmentState.ACTIVE, AssignmentState.EXPIRED),
    (AssignmentState.ACTIVE, AssignmentState.RELEASED),
    # Its review was sent back; when nothing comes of that, it is in again as it was.
    (AssignmentState.SUBMITTED, AssignmentState.ACTIVE),
]
# Freed of a claim that they reviewed, somebody could review it once more as the second.
WITH_A_REVIEW_SQL = """
    IF EXISTS (SELECT 1 FROM claims_review WHERE assignment_id = NEW.id) THEN
        RAISE check_violation USING CONSTRAINT = 'assignment_with_a_review_stays',
            MESSAGE = format('assignment %s has a review: it stays submitted', NEW.id);
    END IF;
    RETURN NEW;
"""
SENT_BACK_SQL = """
    IF (SELECT count(r.id) = 0 OR count(r.id) > count(c.id) FROM claims_review r
          LEFT JOIN claims_changerequest c ON c.review_id = r.id WHERE r.assignment_id = NEW.id) THEN
        RAISE check_violation USING CONSTRAINT = 'assignment_goes_on_when_sent_back',
            MESSAGE = format('the review of assignment %s was not sent back', NEW.id);
    END IF;
    RETURN NEW;
"""


class QueueEntryQuerySet(models.QuerySet["QueueEntry"]):
    def givable_to(self, user: Any) -> "QueueEntryQuerySet":
        """What an editor may give to ``user``: nothing they had a hand in, said no to, have a conflict of interest
        with, or could not review blind any more.
        """
        theirs = Assignment.objects.filter(
            claim=OuterRef("claim"), round=OuterRef("round"), reviewer=user.pk, state__in=NOT_AGAIN
        )
        read = Unblinding.objects.filter(claim=OuterRef("claim"), round=OuterRef("round"), user=user.pk)
        reviewed = Assignment.objects.filter(claim=OuterRef("claim"), round=OuterRef("round"), reviews__isnull=False)
        blind = ~Exists(read) | (Q(role=AssignmentRole.FIRST.value) & ~Exists(reviewed))
        return self.filter(
            ~Exists(theirs), ~InConflict(user.pk, "claim"), blind, desk__in=Desk.objects.of(user, REVIEWERS)
        )

    def open_to(self, user: Any) -> "QueueEntryQuerySet":
        """What ``user`` may take, most important first: what they could be given, but for what is reserved."""
        anybodys = Q(reserved=False) | Q(due_at__lte=Now()) | Q(desk__in=Desk.objects.of(user, SENIORS))
        return self.givable_to(user).filter(anybodys).order_by("-priority", "id")

    def first_along(
        self, lanes: Collection[routing.Lane], limit: int, after: tuple[int, int] | None = None
    ) -> "QueueEntryQuerySet":
        """The ``limit`` most important places of these lanes, behind the priority and id of ``after``.

        One query that walks each lane by an index of its own (queue_lane, queue_lane_of_language) and reads no place of
        another lane, however many there are. It cannot be filtered any more, nor locked.
        """
        parts = [self._of_lane(lane, after).order_by("-priority", "id")[:limit] for lane in lanes]
        if not parts:
            return self.none()
        return parts[0].union(*parts[1:], all=True).order_by("-priority", "id")[:limit] if len(parts) > 1 else parts[0]

    def _of_lane(self, lane: routing.Lane, after: tuple[int, int] | None) -> "QueueEntryQuerySet":
        rows = self.filter(desk=lane.desk, reserved=lane.reserved)
        if lane.language is not None:
            rows = rows.filter(language=lane.language)
        if after is not None:
            priority, last = after
            rows = rows.filter(Q(priority__lt=priority) | Q(id__gt=last), priority__lte=priority)
        return rows


class Unblinding(models.Model):
    """That somebody read what a reviewer wrote before the round was decided: an editor who was asked, or who judges it.

    They take no review beside that one, nor one in its place: they would not review blind any more.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "round", "user"], name="unblinding_once_per_round")]
        triggers = [pgtrigger.Protect(name="unblinding_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user} read a review of {self.claim}"


class QueueEntry(models.Model):
    """A claim that waits for a reviewer in one role. Narrow, so that taking the next one never touches a wide row."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="queue_entries", db_index=False)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="queue", db_index=False)
    role = models.CharField(max_length=11, choices=workflow.choices(AssignmentRole))
    round = models.PositiveIntegerField()
    priority = models.PositiveSmallIntegerField()
    queued_at = models.DateTimeField(db_default=Now(), help_text="Since when the round waits for this part.")
    due_at = models.DateTimeField(null=True)
    notice_at = models.DateTimeField(null=True, help_text="When something of the due time is to be told next.")
    language = models.CharField(max_length=35, db_default="", help_text="Of its article, without region or script.")
    topics = ArrayField(models.CharField(max_length=64), default=list, db_default=[], help_text="Of its article.")
    reserved = models.BooleanField(default=False, db_default=False, help_text="For experienced reviewers.")
    scored_at = models.DateTimeField(db_default=Now(), help_text="When its priority was reckoned last.")

    objects = QueueEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "queue entries"
        constraints = [
            # Twice in the queue would be twice on somebody's desk.
            models.UniqueConstraint(fields=["claim", "role"], name="queue_entry_once_per_claim_and_role"),
            models.CheckConstraint(
                condition=Q(role__in=[r.value for r in AssignmentRole]), name="queue_entry_role_known"
            ),
        ]
        indexes = [
            models.Index(F("desk"), F("priority").desc(), F("id"), name="queue_by_priority"),
            models.Index(F("desk"), F("due_at"), F("id"), condition=Q(due_at__isnull=False), name="queue_by_due_time"),
            models.Index(fields=["notice_at"], condition=Q(notice_at__isnull=False), name="queue_notices"),
            # Two lanes for those who read everything, two for each language of the others: what somebody may not take
            # never stands between them and what they may, however much of it there is.
            models.Index(F("desk"), F("reserved"), F("priority").desc(), F("id"), name="queue_lane"),
            models.Index(
                F("desk"), F("language"), F("reserved"), F("priority").desc(), F("id"), name="queue_lane_of_language"
            ),
            models.Index(fields=["scored_at"], name="queue_scored"),
            models.Index(fields=["due_at"], condition=Q(reserved=True), name="queue_reserved_until"),
        ]

    def __str__(self) -> str:
        return f"{self.claim} waits for {self.role}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def active(self) -> "AssignmentQuerySet":
        return self.filter(state=AssignmentState.ACTIVE.value)

    def of(self, user: Any) -> "AssignmentQuerySet":
        """The person's own, at the desks where they still review."""
        return self.filter(reviewer=user.pk, claim__desk__in=Desk.objects.of(user, REVIEWERS))

    def overseen_by(self, user: Any) -> "AssignmentQuerySet":
        """Everybody's, at the desks where the person is an editor."""
        return self.filter(claim__desk__in=Desk.objects.of(user, EDITORS))

    def live(self) -> "AssignmentQuerySet":
        """Active ones, and those that are offered."""
        return self.filter(state__in=LIVE)

    def holding(self) -> "AssignmentQuerySet":
        """Live ones within their time, by the database's clock, or on hold; others count for nothing any more."""
        return self.live().filter(Q(lease_until__gt=Now()) | Q(on_hold_since__isnull=False))

    def expired(self) -> "AssignmentQuerySet":
        """Live ones whose lease or offer has run out, by the database's clock, the longest ago first."""
        return self.live().filter(lease_until__lte=Now(), on_hold_since=None).order_by("lease_until", "pk")

    def overdue(self) -> "AssignmentQuerySet":
        """On hold for longer than a claim may wait without the editor being told, the longest first."""
        return self.active().filter(lease_until__lte=Now(), on_hold_since__isnull=False).order_by("lease_until", "pk")


BLIND_SQL = """
    -- The rarer condition first and by itself: as one, PostgreSQL would prepare both for every row.
    IF EXISTS (
        SELECT 1 FROM claims_unblinding u
         WHERE u.claim_id = NEW.claim_id AND u.round = NEW.round AND u.user_id = NEW.reviewer_id
    ) THEN
        IF NEW.role = 'second' OR EXISTS (
            SELECT 1 FROM claims_review r JOIN claims_assignment a ON a.id = r.assignment_id
             WHERE a.claim_id = NEW.claim_id AND a.round = NEW.round
        ) THEN
            RAISE EXCEPTION 'person % read what a reviewer of claim % wrote', NEW.reviewer_id, NEW.claim_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'reviews_are_blind';
        END IF;
    END IF;
    RETURN NEW;
"""


class Assignment(models.Model):
    """That a reviewer holds, or held, a claim in one role, and until when."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="assignments")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=11, choices=workflow.choices(AssignmentRole))
    round = models.PositiveIntegerField()
    state = models.CharField(
        max_length=9, choices=workflow.choices(AssignmentState), default=AssignmentState.ACTIVE.value
    )
    why = models.CharField(max_length=500, blank=True, help_text="Why this claim came to this reviewer.")
    # [{"of": "priority" | "fit", "points": int, "text": str}], in the order in which they were weighed.
    reasons = models.JSONField(default=list, db_default=[], help_text="The same, with the points of each reason.")
    assigned_at = models.DateTimeField(db_default=Now(), editable=False)
    lease_until = models.DateTimeField(
        help_text="On hold: until when it may wait without the editor being told. Offered: until when to accept it."
    )
    on_hold_since = models.DateTimeField(null=True)
    on_hold_for = models.CharField(max_length=8, blank=True, db_default="", choices=workflow.choices(HoldReason))
    on_hold_note = models.CharField(max_length=400, blank=True, db_default="", help_text="For the editor's eyes.")
    queued_at = models.DateTimeField(null=True, help_text="Since when the round waits for this part.")
    due_at = models.DateTimeField(null=True)
    notice_at = models.DateTimeField(null=True, help_text="When something of the due time is to be told next.")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)

    # The database's time when a verb locked the row; on no other row.
    read_at: datetime | None = None

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[r.value for r in AssignmentRole]), name="assignment_role_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in AssignmentState]), name="assignment_state_known"
            ),
            # Two holders of one part would overwrite each other's work.
            models.UniqueConstraint(
                fields=["claim", "role"], condition=Q(state__in=LIVE), name="assignment_one_live_per_role"
            ),
            # Four eyes: whoever reviewed first is neither the second reviewer nor the adjudicator of the same round.
            models.UniqueConstraint(
                # The person first: what they hold is counted whenever they ask for more.
                fields=["reviewer", "claim", "round"],
                condition=Q(state__in=TOOK_PART),
                name="assignment_one_part_per_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None) | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
                name="assignment_ended_when_not_live",
            ),
            # A hold without a reason, or of something that ended, would stop a lease for ever and tell nobody why.
            models.CheckConstraint(
                condition=Q(on_hold_since=None, on_hold_for="")
                | Q(on_hold_since__isnull=False, on_hold_for__in=[r.value for r in HoldReason], state="active"),
                name="assignment_on_hold_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["reviewer", "lease_until"], condition=Q(state__in=LIVE), name="assignment_held_by"),
            models.Index(fields=["lease_until"], condition=Q(state__in=LIVE), name="assignment_leases"),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=LIVE, due_at__isnull=False),
                name="assignment_by_due",
            ),
            models.Index(
                fields=["notice_at"], condition=Q(state__in=LIVE, notice_at__isnull=False), name="assignment_notices"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="assignment_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="assignment_changes_no_hands",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("claim", "reviewer", "role", "round"),
            ),
            pgtrigger.Trigger(
                name="reviews_are_blind",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__role__in=[AssignmentRole.FIRST.value, AssignmentRole.SECOND.value]),
                func=BLIND_SQL,
            ),
            pgtrigger.FSM(
                name="assignment_state_is_legal",
                field="state",
                transitions=[(before.value, after.value) for before, after in STEPS],
            ),
            pgtrigger.Trigger(
                name="assignment_without_conflict",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(new__state__in=LIVE),
                func=refusal("reviewer_id", "assignment_without_conflict_of_interest"),
            ),
            pgtrigger.Trigger(
                name="assignment_with_a_review_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(new__state__in=["declined", "expired", "released"]),
                func=WITH_A_REVIEW_SQL,
            ),
            pgtrigger.Trigger(
                name="assignment_goes_on_when_sent_back",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(old__state="submitted", new__state="active"),
                func=SENT_BACK_SQL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} holds {self.claim} ({self.role})"


class Review(models.Model):
    """What one reviewer found. Immutable once submitted; an answer to requested changes is the next number."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    number = models.PositiveSmallIntegerField(default=1)
    attribution_rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="+")
    attribution_rationale = models.TextField(blank=True)
    attribution_confidence = models.FloatField(null=True)
    veracity_rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="+")
    veracity_rationale = models.TextField(blank=True)
    veracity_confidence = models.FloatField(null=True)
    rationale = models.TextField()
    evidence = models.ManyToManyField(Evidence, related_name="reviews")
    submitted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="review_numbered_once"),
            models.CheckConstraint(condition=~Q(rationale=""), name="review_has_a_rationale"),
        ]
        triggers = [pgtrigger.Protect(name="review_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"review {self.number} of {self.assignment}"


def reviews_in(claim: Claim) -> models.QuerySet[Review]:
    """All that were handed in of the claim in its present round, sent back ones too."""
    return Review.objects.filter(assignment__claim=claim, assignment__round=claim.round)


def reviewers_in(claim: Claim) -> set[int]:
    """Who handed in a review of the claim in its present round, whatever became of it: they judge none of it."""
    return set(reviews_in(claim).values_list("assignment__reviewer", flat=True))


REVIEW_EVIDENCE_SQL = """
    IF NOT EXISTS (
        SELECT 1 FROM claims_review r JOIN claims_assignment a ON a.id = r.assignment_id
         WHERE r.id = NEW.review_id AND a.state = 'active'
    ) THEN
        RAISE EXCEPTION 'review % was submitted: its evidence stays as it is', NEW.review_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_evidence_is_immutable';
    END IF;
    RETURN NEW;
"""


class ReviewEvidence(Review.evidence.through):  # type: ignore[name-defined, misc]  # made by Django
    """A piece of evidence on which a review rests; put there before the review is in, and never changed."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="review_evidence_comes_with_the_review",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=REVIEW_EVIDENCE_SQL,
            ),
            pgtrigger.Protect(name="review_evidence_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
