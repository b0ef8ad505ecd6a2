"""What must hold of a desk after every step, whoever took it."""

from collections import Counter
from typing import ClassVar

from django.db.models import Count, Exists, F, OuterRef, Q
from hypothesis.stateful import RuleBasedStateMachine, invariant

from claims.models.adjudication import Adjudication
from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.publication import Publication
from claims.models.review import LIVE, TOOK_PART, Assignment, QueueEntry, Review, Unblinding
from claims.models.verdicts import Verdict
from claims.services import events
from sources.models import Source

DECIDED = ("decided", "published", "reopened", "retracted")


class DeskInvariants(RuleBasedStateMachine):
    """The machine's own memory: how many events there were, and what a reader of the feed saw."""

    steps: ClassVar[int] = 0
    recorded: int
    feed: list[tuple[int, int, str]]

    @invariant()
    def it_took_a_step(self) -> None:
        DeskInvariants.steps += 1

    @invariant()
    def one_holder_for_each_claim_and_role(self) -> None:
        live = Assignment.objects.filter(state__in=LIVE).values("claim", "role").annotate(holders=Count("pk"))
        assert not live.filter(holders__gt=1).exists()

    @invariant()
    def a_claim_is_where_its_state_says(self) -> None:
        live = Assignment.objects.filter(state__in=LIVE)
        held = set(live.filter(role="first").values_list("claim", flat=True))
        with_somebody = set(
            Claim.objects.filter(state__in=["assigned", "in_review", "on_hold"]).values_list("pk", flat=True)
        )
        # Sent back and not begun, it is in the hands of whoever wrote the review, in either part.
        sent_back = set(Claim.objects.filter(state="changes_requested").values_list("pk", flat=True))
        assert sent_back <= set(live.values_list("claim", flat=True))
        assert held - sent_back == with_somebody
        on_hold = live.filter(role="first", on_hold_since__isnull=False).values_list("claim", flat=True)
        assert set(on_hold) == set(Claim.objects.filter(state="on_hold").values_list("pk", flat=True))
        waiting = Counter(QueueEntry.objects.filter(role="first").values_list("claim", flat=True))
        assert waiting == Counter(Claim.objects.filter(state="queued").values_list("pk", flat=True))
        # A second review waits or is held, never both.
        second = Counter(live.exclude(role="first").values_list("claim", flat=True))
        second += Counter(QueueEntry.objects.exclude(role="first").values_list("claim", flat=True))
        assert second - Counter(sent_back) == Counter(
            Claim.objects.filter(state="second_review").values_list("pk", flat=True)
        )

    @invariant()
    def nobody_has_two_parts_in_a_round(self) -> None:
        parts = Assignment.objects.filter(state__in=TOOK_PART).values("claim", "round", "reviewer")
        assert not parts.annotate(parts=Count("pk")).filter(parts__gt=1).exists()
        own = Q(claim__assignments__reviewer=F("adjudicator"), claim__assignments__round=F("round"))
        assert not Adjudication.objects.filter(own, claim__assignments__state="submitted").exists()
        differing = Claim.objects.filter(state="adjudication").values_list("pk", "round")
        for pk, number in differing:
            standing = Review.objects.filter(assignment__claim=pk, assignment__round=number, sent_back=None)
            assert {"first", "second"} == set(standing.values_list("assignment__role", flat=True))

    @invariant()
    def who_reviewed_keeps_their_part(self) -> None:
        freed = Assignment.objects.filter(state__in=["declined", "expired", "released"], reviews__isnull=False)
        assert not freed.exists()
        # Whoever sent a review of the round back reviewed none of it.
        read = Q(claim__assignments__reviews__sent_back__requested_by=F("reviewer"))
        assert not Assignment.objects.filter(read, claim__assignments__round=F("round")).exists()

    @invariant()
    def a_verdict_has_a_reviewer_and_evidence(self) -> None:
        assert not Verdict.objects.filter(evidence=None).exists()
        submitted = Q(claim__assignments__state="submitted", claim__assignments__round=F("round"))
        assert Verdict.objects.filter(submitted).distinct().count() == Verdict.objects.count()
        decided = Claim.objects.filter(state__in=DECIDED)
        assert not decided.exclude(pk__in=Verdict.objects.values("claim")).exists()

    @invariant()
    def history_only_grows_and_verifies(self) -> None:
        recorded = Event.objects.count()
        assert recorded >= self.recorded
        self.recorded = recorded
        assert list(events.verify_events()) == []

    @invariant()
    def the_feed_is_the_table(self) -> None:
        rows = Publication.objects.order_by("position").values_list("position", "verdict", "action")
        assert list(rows) == self.feed
        assert [position for position, _, _ in self.feed] == list(range(1, len(self.feed) + 1))
        shown = Publication.objects.visible().values_list("claim", flat=True)
        public = Claim.objects.filter(publications__isnull=False).exclude(state="retracted").distinct()
        assert sorted(shown) == sorted(public.values_list("pk", flat=True))

    @invariant()
    def merges_make_no_circle(self) -> None:
        for source in Source.objects.all():
            assert source.followed.merged_into is None

    @invariant()
    def the_second_reviewer_has_read_nothing_of_the_first(self) -> None:
        read = Unblinding.objects.filter(claim=OuterRef("claim"), round=OuterRef("round"), user=OuterRef("reviewer"))
        assert not Assignment.objects.filter(Exists(read), role="second", state__in=TOOK_PART).exists()
