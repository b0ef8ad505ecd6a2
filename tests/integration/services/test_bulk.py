"""Many claims at once: looked at beforehand, done in shares, cancelled, undone; and nothing twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.bulk import BulkAction
from claims.models.claims import Claim, ClaimLink
from claims.models.desks import Desk, Role
from claims.models.events import Event
from claims.models.review import QueueEntry
from claims.rules.bulk import LIMIT, BulkVerb, Order
from claims.rules.refusals import Forbidden, Refused, TooLarge
from claims.rules.workflow import DeclineReason, DismissReason
from claims.services import bulk, desks, evidence, notes, review
from claims.services import claims as claim_services
from tests import factories
from tests.bulk import DISMISS, done, kinds, of_the_desk, ordered, performed, snapshot, states, triaged, undone
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


# --- Beforehand -------------------------------------------------------------------------------------------------------


def test_the_preview_says_what_would_happen_and_nothing_does(world: World) -> None:
    claims = factories.queued_claims(world, 30)
    for number in range(2):
        review.take(world.alice, claims[number].pk)
    review.unqueue(claims[2].pk, actor=world.carol)
    claim_services.dismiss(claims[2].pk, DismissReason.DUPLICATE, actor=world.carol)
    before = snapshot(claims)
    seen = bulk.preview(world.desk, DISMISS, [claim.pk for claim in claims])
    assert (seen.changed.count, len(seen.changed.claims)) == (27, bulk.SHOWN)
    assert [(group.code, group.count) for group in seen.obstacles] == [("in_hands", 2), ("already", 1)]
    assert seen.obstacles[0].claims == claims[:2]
    assert snapshot(claims) == before
    assert not BulkAction.objects.exists()


def test_the_preview_promises_what_then_happens(world: World) -> None:
    claims = factories.queued_claims(world, 5)
    review.take(world.alice, claims[0].pk)
    ids = [claim.pk for claim in claims]
    for verb in BulkVerb:
        into = claims[4].pk if verb is BulkVerb.MERGE else None
        order = Order(verb, reason="duplicate", note="So it is.", into=into, priority=7, reviewer="bob")
        seen = bulk.preview(world.desk, order, ids)
        action = performed(bulk.begin(world.desk, order, ids, actor=world.carol))
        assert (action.done, action.skipped) == (seen.changed.count, action.total - seen.changed.count)
        skipped = action.items.filter(outcome="skipped").values_list("code", flat=True)
        expected = [group.code for group in seen.obstacles for _ in range(group.count)]
        assert sorted(skipped) == sorted(expected)
        if action.done:
            undone(world, action)


def test_the_preview_asks_as_much_for_one_as_for_many(world: World) -> None:
    ids = [claim.pk for claim in factories.queued_claims(world, 40)]
    counts = []
    for some in (ids[:1], ids):
        with CaptureQueriesContext(connection) as asked:
            bulk.preview(world.desk, DISMISS, some)
        counts.append(len(asked))
    assert counts[0] == counts[1] == 2


def test_an_order_that_cannot_be_is_refused_by_field(world: World) -> None:
    one, other = factories.queued_claims(world, 2)
    (theirs,) = factories.queued_claims(world, 1, desk=world.elsewhere)
    merge = BulkVerb.MERGE
    for order, ids, field, code in (
        (Order(BulkVerb.DISMISS), [one.pk], "reason", "unknown"),
        (DISMISS, [], "claims", "blank"),
        (DISMISS, [theirs.pk], "claims", "absent"),
        (DISMISS, [10**9], "claims", "absent"),
        (Order(merge), [one.pk], "into", "blank"),
        (Order(BulkVerb.ASSIGN, reviewer="ruth", note="Why not."), [one.pk], "reviewer", "unknown"),
        (Order(BulkVerb.ASSIGN, reviewer="mallory", note="Why not."), [one.pk], "reviewer", "unknown"),
        (Order(merge, into=theirs.pk), [one.pk], "into", "absent"),
        (Order(merge, into=one.pk), [one.pk], "claims", "blank"),
    ):
        with pytest.raises(Refused) as refused:
            bulk.begin(world.desk, order, ids, actor=world.carol)
        assert [(problem.field, problem.code) for problem in refused.value.problems] == [(field, code)]
    with pytest.raises(TooLarge):
        bulk.preview(world.desk, DISMISS, range(LIMIT + 1))
    for stranger in (world.alice, world.ruth, world.mallory):
        with pytest.raises(Forbidden):
            bulk.begin(world.desk, DISMISS, [other.pk], actor=stranger)
    assert not BulkAction.objects.exists()


# --- Done and undone --------------------------------------------------------------------------------------------------


def test_dismissed_in_shares_and_brought_back_to_the_very_place(world: World) -> None:
    claims = [*factories.queued_claims(world, 45), *triaged(world, 3)]
    QueueEntry.objects.update(queued_at=Now() - timedelta(days=2))
    before = snapshot(claims)
    action = done(world, DISMISS, claims)
    assert (action.state, action.total, action.done, action.skipped) == ("done", 48, 48, 0)
    assert set(states(claims)) == {"dismissed"}
    assert {claim.state_reason for claim in Claim.objects.all()} == {"out of scope: Not ours."}
    assert not QueueEntry.objects.exists()
    assert kinds(claims[0], action) == ["claim.unqueued", "claim.dismissed"]
    assert kinds(claims[47], action) == ["claim.dismissed"]
    again = undone(world, action)
    assert (again.state, again.undone, again.kept, again.undone_by) == ("undone", 48, 0, world.carol)
    assert snapshot(claims) == before
    assert kinds(claims[0], action)[2:] == ["claim.restored", "claim.queued"]
    assert of_the_desk(world) == ["bulk.begun", "bulk.finished", "bulk.undo_begun", "bulk.undone"]
    assert factories.history_is_whole()


def test_merged_into_the_one_that_stays(world: World) -> None:
    stays, *doubles = factories.queued_claims(world, 4)
    suggested = ClaimLink.objects.create(from_claim=stays, to_claim=doubles[0], kind="same_as", score=0.9)
    before = snapshot([stays, *doubles])
    action = done(world, Order(BulkVerb.MERGE, into=stays.pk), [stays, *doubles])
    assert (action.total, action.done) == (3, 3), "the one that stays is not one of them"
    assert states([stays, *doubles]) == ["queued", "dismissed", "dismissed", "dismissed"]
    links = ClaimLink.objects.standing().filter(confirmed_by=world.carol)
    assert {link.to_claim_id for link in links} == {claim.pk for claim in doubles}
    assert Claim.objects.get(pk=doubles[0].pk).state_reason == f"duplicate: of claim {stays.pk}"
    assert kinds(stays, action) == ["claim.linked"] * 3
    undone(world, action)
    assert snapshot([stays, *doubles]) == before
    assert list(ClaimLink.objects.suspected()) == [suggested]
    assert ClaimLink.objects.count() == 3, "nothing is deleted"


def test_what_was_confirmed_before_stays_confirmed(world: World) -> None:
    stays, double = factories.queued_claims(world, 2)
    ClaimLink.objects.create(from_claim=stays, to_claim=double, kind="same_as", confirmed_by=world.dora)
    before = snapshot([stays, double])
    action = done(world, Order(BulkVerb.MERGE, into=stays.pk), [double])
    assert ClaimLink.objects.get().confirmed_by == world.dora
    undone(world, action)
    assert snapshot([stays, double]) == before


def test_claims_of_one_share_that_are_linked_with_each_other_all_come_back(world: World) -> None:
    stays, one, other = factories.queued_claims(world, 3)
    ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", confirmed_by=world.dora)
    ClaimLink.objects.create(from_claim=stays, to_claim=other, kind="same_as", score=0.8)
    before = snapshot([stays, one, other])
    action = done(world, Order(BulkVerb.MERGE, into=stays.pk), [one, other])
    assert states([stays, one, other]) == ["queued", "dismissed", "dismissed"]
    action = undone(world, action)
    assert (action.undone, action.kept) == (2, 0), "to undo one is no change of the other"
    assert snapshot([stays, one, other]) == before


def test_queued_taken_out_restored_and_reviewed_twice(world: World) -> None:
    claims = triaged(world, 3)
    claim_services.dismiss(claims[2].pk, DismissReason.DUPLICATE, actor=world.carol, note="of C1")
    for order, after in (
        (Order(BulkVerb.QUEUE), ["queued", "queued", "dismissed"]),
        (Order(BulkVerb.RESTORE), ["triaged", "triaged", "triaged"]),
        (Order(BulkVerb.REVIEW_TWICE), ["triaged", "triaged", "dismissed"]),
    ):
        before = snapshot(claims)
        action = done(world, order, claims)
        assert states(claims) == after
        assert action.done + action.skipped == 3
        undone(world, action)
        assert snapshot(claims) == before
    waiting = factories.queued_claims(world, 2)
    before = snapshot(waiting)
    action = done(world, Order(BulkVerb.UNQUEUE), waiting)
    assert states(waiting) == ["triaged", "triaged"]
    undone(world, action)
    assert snapshot(waiting) == before


def test_what_changed_between_is_reported_and_not_forced(world: World) -> None:
    claims = factories.queued_claims(world, 3)
    action = ordered(world, DISMISS, claims)
    review.take(world.alice, claims[1].pk)
    action = performed(action)
    assert (action.done, action.skipped) == (2, 1)
    item = action.items.get(outcome="skipped")
    assert (item.claim, item.code, item.message) == (claims[1], "in_hands", "Somebody has it in their hands.")
    assert states(claims) == ["dismissed", "assigned", "dismissed"]


def test_when_the_one_that_stays_goes_nothing_is_merged_into_it(world: World) -> None:
    stays, double = factories.queued_claims(world, 2)
    action = ordered(world, Order(BulkVerb.MERGE, into=stays.pk), [double])
    review.unqueue(stays.pk, actor=world.carol)
    claim_services.dismiss(stays.pk, DismissReason.OUT_OF_SCOPE, actor=world.carol)
    action = performed(action)
    assert (action.done, action.skipped, action.items.get().code) == (0, 1, "gone")
    assert states([double]) == ["queued"]
    assert not ClaimLink.objects.exists()
    assert kinds(double, action) == [], "what was refused leaves no trace"


def test_what_changed_since_is_not_undone(world: World) -> None:
    claims = triaged(world, 4)
    action = done(world, Order(BulkVerb.QUEUE), claims)
    held = review.take(world.alice, claims[0].pk)
    review.release(review.take(world.bob, claims[1].pk).pk, world.bob)
    notes.add(claims[2].pk, "Mind the date.", actor=world.carol)
    action = undone(world, action)
    assert (action.undone, action.kept) == (2, 2)
    assert states(claims) == ["assigned", "queued", "triaged", "triaged"]
    kept = action.items.filter(outcome="kept").order_by("pk")
    assert [item.claim for item in kept] == claims[:2]
    assert {item.code for item in kept} == {"changed_since"}
    held.refresh_from_db()
    assert held.state == "active"


def test_what_the_clock_alone_brought_does_not_keep_it_from_being_undone(world: World) -> None:
    desks.change(world.desk, actor=world.dora, due_hours=[{"from_priority": 0, "hours": 1}], escalate_after_hours=1)
    claims = triaged(world, 2)
    action = done(world, Order(BulkVerb.QUEUE), claims)
    for hours, kind in ((0.5, "claim.overdue"), (2, "claim.escalated")):
        QueueEntry.objects.update(due_at=Now() - timedelta(hours=hours), notice_at=Now())
        assert review.watch() == 2
        assert Event.objects.filter(kind=kind).count() == 2
    action = undone(world, action)
    assert (action.undone, action.kept) == (2, 0)
    assert states(claims) == ["triaged", "triaged"]


@pytest.mark.parametrize("verb", [BulkVerb.UNQUEUE, BulkVerb.ASSIGN])
def test_undone_it_is_due_by_the_policy_of_now(world: World, verb: BulkVerb) -> None:
    desks.change(world.desk, actor=world.dora, due_hours=[{"from_priority": 0, "hours": 48}])
    claims = factories.queued_claims(world, 1)
    QueueEntry.objects.update(queued_at=Now() - timedelta(hours=3))
    action = done(world, Order(verb, reviewer="bob", note="Why not."), claims)
    desks.change(Desk.objects.get(pk=world.desk.pk), actor=world.dora, due_hours=[{"from_priority": 0, "hours": 8}])
    factories.perform()
    assert undone(world, action).undone == 1
    waiting = QueueEntry.objects.get()
    assert waiting.due_at is not None
    assert waiting.due_at - waiting.queued_at == timedelta(hours=8)
    assert waiting.queued_at < review.database_now() - timedelta(hours=2)


def test_a_priority_is_set_and_taken_back(world: World) -> None:
    claims = factories.queued_claims(world, 3)
    review.set_priority(claims[0].pk, 80, actor=world.dora, reason="The vote is on Sunday.")
    before = snapshot(claims)
    action = done(world, Order(BulkVerb.SET_PRIORITY, priority=7, note="All old."), claims)
    assert action.done == 3
    assert {claim.priority for claim in Claim.objects.all()} == {7}
    assert set(QueueEntry.objects.values_list("priority", flat=True)) == {7}
    undone(world, action)
    assert snapshot(claims) == before
    assert list(Claim.objects.order_by("pk").values_list("priority_set", flat=True)) == [80, None, None]


@pytest.mark.parametrize("verb", [BulkVerb.SET_PRIORITY, BulkVerb.DISMISS, BulkVerb.UNQUEUE, BulkVerb.ASSIGN])
def test_undone_nothing_is_reckoned_anew(world: World, verb: BulkVerb) -> None:
    """What the rule had given comes back, although it would give something else by now."""
    claims = factories.queued_claims(world, 2)
    given = {"priority": 41, "priority_reasons": ["So it was weighed."], "priority_points": [41]}
    Claim.objects.filter(pk=claims[0].pk).update(**given)
    QueueEntry.objects.filter(claim=claims[0]).update(priority=41)
    QueueEntry.objects.update(scored_at=Now() - timedelta(days=1))

    def weighed() -> list[Any]:
        return [list(Claim.objects.order_by("pk").values_list(*review.PRIORITY)), snapshot(claims)[1]]

    before = weighed()
    action = done(world, Order(verb, reason="duplicate", note="All old.", priority=7, reviewer="bob"), claims)
    assert (action.done, weighed() == before) == (2, False)
    assert undone(world, action).undone == 2
    assert weighed() == before


def test_assigned_as_far_as_there_is_room_and_taken_back_where_nothing_was_typed(world: World) -> None:
    eve = factories.member(world.desk, "eve", Role.REVIEWER, capacity=4)
    claims = factories.queued_claims(world, 6)
    review.decline(review.take(eve, claims[0].pk).pk, eve, DeclineReason.NO_TIME)
    before = snapshot(claims)
    order = Order(BulkVerb.ASSIGN, reviewer="eve", note="She knows bridges.")
    seen = bulk.preview(world.desk, order, [claim.pk for claim in claims])
    assert {group.code: group.count for group in seen.obstacles} == {"not_a_candidate": 1, "no_room": 1}
    action = done(world, order, claims)
    assert (action.done, action.skipped) == (4, 2)
    assert states(claims) == ["queued", *["assigned"] * 4, "queued"]
    held = {each.claim_id: each for each in review.held_by(eve)}
    assert {each.why for each in held.values()} == {"From Carol: She knows bridges."}
    review.save_draft(held[claims[1].pk].pk, eve, {"rationale": "So far."})
    evidence.add(held[claims[2].pk].claim, [factories.piece()], actor=eve)
    action = undone(world, action)
    assert (action.undone, action.kept) == (2, 2)
    assert states(claims) == ["queued", "in_review", "assigned", "queued", "queued", "queued"]
    places = snapshot(claims)[1]
    assert places == [place for place in before[1] if place[0] not in (claims[1].pk, claims[2].pk)]
