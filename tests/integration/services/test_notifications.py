"""Who is told of what, what they may see of it while a review is blind, and what is read."""

from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.desks import Role
from claims.models.notifications import Notification, NotificationChoice
from claims.models.review import Assignment
from claims.rules.notifications import Kind, Way
from claims.rules.workflow import ReopenReason
from claims.services import conflicts, desks, notes, notifications, publication, review
from claims.services.notifications import tell
from sources import services as register
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers
from workbench.accounts.models import User

NOT_OF_WORK = Kind.ADDED.value


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def twice(db: None) -> World:
    """Every claim of the desk is reviewed twice."""
    return factories.world(second_review_share=1.0)


def told(user: User) -> list[str]:
    """The kinds of what the person can see, in order; the bell counts what of it is unread, and nothing else."""
    seen = notifications.unread(user).count()
    assert [notifications.count_unread(user, most) for most in (1, 100)] == [min(seen, 1), seen]
    return list(notifications.visible(user).exclude(kind=NOT_OF_WORK).order_by("pk").values_list("kind", flat=True))


def one(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


@transaction.atomic
def say(world: World, *people: User, kind: Kind = Kind.PUBLISHED, claim: Claim | None = None) -> None:
    tell(people, kind, desk_id=world.desk.pk, claim=claim, actor=world.carol)


# --- Telling ----------------------------------------------------------------------------------------------------------


def test_the_actor_is_not_told_and_nobody_twice_until_they_have_read_it(world: World) -> None:
    claim = one(world)
    for _ in range(2):
        say(world, world.alice, world.alice, world.carol, claim=claim)
    assert told(world.alice) == ["published"]
    assert told(world.carol) == []
    assert notifications.mark_read(world.alice) == 2, "and that she was added to the desk"
    say(world, world.alice, claim=claim)
    assert told(world.alice) == ["published", "published"]


def test_whoever_is_not_at_the_desk_is_not_told_and_whoever_leaves_sees_nothing_more(world: World) -> None:
    say(world, world.alice, world.mallory)
    assert told(world.mallory) == []
    assert not Notification.objects.filter(user=world.mallory.pk, desk=world.desk).exists()
    desks.set_member(world.desk, world.alice, Role.REVIEWER, active=False)
    assert told(world.alice) == []


def test_everybody_is_told_in_the_way_they_chose(world: World) -> None:
    User.objects.filter(pk=world.alice.pk).update(email="alice@example.org")
    say(world, world.alice, world.bob)
    NotificationChoice.objects.create(user=world.bob, kind="corrected", way="off")
    NotificationChoice.objects.create(user=world.alice, kind="corrected", way="at_once")
    say(world, world.alice, world.bob, kind=Kind.CORRECTED)
    rows = Notification.objects.exclude(kind=NOT_OF_WORK).order_by("pk").values_list("user__username", "kind", "way")
    # bob has no address for mails.
    assert list(rows) == [
        ("alice", "published", Way.DIGEST),
        ("bob", "published", Way.HERE),
        ("alice", "corrected", Way.AT_ONCE),
    ]


def test_telling_many_asks_as_often_as_telling_one(world: World) -> None:
    people = [factories.member(world.desk, f"r{n}", Role.REVIEWER) for n in range(20)]
    counts = []
    for some, kind in ((people[:1], Kind.PUBLISHED), (people, Kind.CORRECTED)):
        with CaptureQueriesContext(connection) as queries:
            say(world, *some, kind=kind)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Notification.objects.filter(kind="corrected").count() == 20


def test_telling_is_part_of_what_is_told(world: World) -> None:
    with transaction.atomic():
        tell([world.alice], Kind.PUBLISHED, desk_id=world.desk.pk)
        assert told(world.alice) == ["published"]
        transaction.set_rollback(True)
    assert told(world.alice) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_the_same_at_once_tell_it_once(transactional_db: None) -> None:
    world = factories.world()
    claim = one(world)
    at_once([partial(say, world, world.alice, world.bob, claim=claim)] * 8)
    assert (told(world.alice), told(world.bob)) == (["published"], ["published"])


@pytest.mark.parametrize("change", [{"kind": "overdue"}, {"data": {"a": 1}}, {"actor": None}, {"way": "at_once"}])
def test_what_was_told_stays_as_it_was(world: World, change: dict[str, Any]) -> None:
    say(world, world.alice)
    rows = Notification.objects.filter(kind="published")
    for step in (partial(rows.update, **change), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            step()


# --- By the verbs of the desk -----------------------------------------------------------------------------------------


def test_what_an_editor_does_with_a_claim_reaches_both_reviewers(world: World) -> None:
    claim = one(world)
    held = review.take(world.alice, claim.pk)
    assert told(world.alice) == [], "who takes a claim knows it"
    review.reassign(held.pk, world.carol, "bob", reason="She is ill.")
    assert (told(world.alice), told(world.bob), told(world.carol)) == (["taken_back"], ["assigned"], [])
    row = Notification.objects.get(kind="assigned")
    assert (row.actor, row.claim, row.data) == (world.carol, claim, {"reason": "She is ill."})


def test_a_difference_reaches_who_may_settle_it_and_its_end_the_reviewers(twice: World) -> None:
    senior = factories.member(twice.desk, "sofia", Role.SENIOR_REVIEWER)
    claim = factories.disputed(twice)
    for person in (senior, twice.carol, twice.dora):
        assert told(person) == ["adjudication_waits"]
    assert (told(twice.alice), told(twice.bob), told(twice.ruth)) == ([], [], [])
    review.adjudicate(claim.pk, twice.carol, review.Decision("accurate", "false", note="The report says so."))
    assert (told(twice.alice), told(twice.bob)) == (["adjudicated"], ["adjudicated"])


def unread(user: User) -> list[str]:
    rows = notifications.unread(user).exclude(kind=NOT_OF_WORK).order_by("pk")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.parametrize("step", ["settled", "sent back"])
def test_nobody_is_called_any_more_to_settle_what_somebody_settled_or_sent_back(twice: World, step: str) -> None:
    claim = factories.disputed(twice)
    assert unread(twice.dora) == ["adjudication_waits"]
    if step == "settled":
        review.adjudicate(claim.pk, twice.carol, review.Decision("accurate", "false", "The report is newer."))
    else:
        review.request_changes(claim.pk, twice.carol, "Look at page 4.")
    assert unread(twice.dora) == []
    assert told(twice.dora) == ["adjudication_waits"], "that they were told stays"


@pytest.mark.parametrize("step", ["approved", "sent back"])
def test_nobody_is_asked_any_more_for_an_approval_that_was_given_or_refused(db: None, step: str) -> None:
    world = factories.world(approval_required=True)
    claim = one(world)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())
    assert unread(world.dora) == ["approval_waits"]
    if step == "approved":
        review.approve(claim.pk, world.carol)
    else:
        review.request_changes(claim.pk, world.carol, "Look at page 4.")
    assert unread(world.dora) == []


def test_an_offer_that_is_over_is_no_news(db: None) -> None:
    world = factories.world(push=True)
    for end in ("accept", "release", "take back"):
        claim = one(world)
        with transaction.atomic():
            review.push()
        offer = Assignment.objects.get(claim=claim, state="offered")
        who = offer.reviewer
        assert unread(who) == ["offered"], end
        if end == "accept":
            review.accept(offer.pk, who)
        elif end == "release":
            review.release(offer.pk, who)
        else:
            review.take_back(offer.pk, world.carol, reason="Not now.")
        # Whoever was offered it held nothing that could have been taken from them.
        assert unread(who) == [], end
        review.unqueue(claim.pk, actor=world.carol) if end != "accept" else None


def test_whoever_has_a_conflict_of_interest_is_not_called_to_settle(twice: World) -> None:
    claim, bell = one(twice), register.create("person", "Anna Bell")
    claim.attributions.get().resolved_sources.create(source=bell, surface="Bell", score=0.5, reason="An alias.")
    conflicts.declare(twice.desk.pk, bell, actor=twice.carol)
    factories.disputed(twice, claim)
    assert (told(twice.carol), told(twice.dora)) == ([], ["adjudication_waits"])


def test_publishing_and_what_comes_after_reaches_the_reviewers(world: World) -> None:
    done = factories.published(world)
    claim = done.claim
    assert told(world.alice) == ["published"]
    publication.reopen(claim.pk, ReopenReason.CHALLENGE, actor=world.carol)
    again = factories.reviewed(world, world.bob, claim)
    factories.published(world, again, publication.Note("correction", "Misread."))
    assert told(world.bob) == ["corrected"]
    publication.retract(claim.pk, actor=world.dora, note="The report was forged.")
    assert told(world.bob) == ["corrected", "retracted"]


def test_notes_reach_whom_they_mean(world: World) -> None:
    claim = one(world)
    thread = notes.add(claim.pk, "Is the date right?", actor=world.alice, kind="question")
    assert told(world.carol) == told(world.dora) == ["asked"]
    notes.add(claim.pk, "See the report, @bob.", actor=world.alice)
    assert told(world.bob) == ["mentioned"]
    notes.reply(thread.pk, "It is, @bob.", actor=world.carol, claim_id=claim.pk)
    assert told(world.alice) == ["answered"]
    assert told(world.bob) == ["mentioned", "mentioned"], "another note is another thing"


def test_whoever_comes_to_a_desk_is_told_and_whoever_stays_is_not(world: World) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER, actor=world.mallory)
    desks.set_member(world.elsewhere, world.alice, Role.EDITOR, actor=world.mallory)
    added = Notification.objects.get(user=world.alice, desk=world.elsewhere)
    assert (added.kind, added.actor) == ("added", world.mallory)


# --- Blindness --------------------------------------------------------------------------------------------------------


def test_a_mention_by_the_first_reviewer_reaches_the_second_when_both_are_in(twice: World) -> None:
    claim = one(twice)
    held = review.take(twice.alice, claim.pk)
    notes.add(claim.pk, "@bob: it is forged.", actor=twice.alice)
    review.submit(held.pk, twice.alice, answers())
    notes.add(claim.pk, "@bob: mind the date.", actor=twice.carol)
    assert told(twice.bob) == ["mentioned"], "only the editor's"
    assert notifications.unread(twice.bob).filter(actor=twice.alice.pk).count() == 0
    second = review.take(twice.bob, claim.pk)
    assert notifications.mark_read(twice.bob) == 2, "what he cannot see he has not read"
    review.submit(second.pk, twice.bob, answers())
    assert list(notifications.unread(twice.bob).values_list("kind", "actor__username")) == [("mentioned", "alice")]


def test_what_would_tell_of_a_review_waits_until_both_are_in(twice: World) -> None:
    claim = one(twice)
    review.submit(review.take(twice.alice, claim.pk).pk, twice.alice, answers())
    for kind in Kind:
        say(twice, twice.bob, kind=kind, claim=claim)
    hidden = {kind.value for kind in Kind} - set(told(twice.bob)) - {NOT_OF_WORK}
    assert hidden >= {"hold_overdue", "approval_waits", "changes_requested", "adjudicated", "published"}
    review.submit(review.take(twice.bob, claim.pk).pk, twice.bob, answers())
    assert set(told(twice.bob)) >= hidden


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_only_ones_own_can_be_read(world: World) -> None:
    say(world, world.alice, world.bob)
    theirs = list(Notification.objects.filter(user=world.bob).values_list("pk", flat=True))
    assert notifications.mark_read(world.alice, theirs) == 0
    assert notifications.mark_read(world.bob, theirs) == 2
    assert notifications.mark_read(world.bob, theirs) == 0
    assert notifications.unread(world.bob).count() == 0
    assert notifications.unread(world.alice).count() == 2
