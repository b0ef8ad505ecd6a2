"""Conflicts of interest: whose claims they keep from a person, on every way to a claim, and what they give back."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article
from claims.models.claims import Attribution, Claim
from claims.models.conflicts import ConflictOfInterest, InConflict
from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event
from claims.models.review import Assignment, QueueEntry
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import DeclineReason
from claims.services import articles, attributions, conflicts, desks, review
from sources import services as register
from sources.models import Source
from tests import factories
from tests.concurrency import at_once
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def bell() -> Source:
    return register.create("person", "Anna Bell")


def said_by(claim: Claim, *sources: Source) -> Claim:
    for source in sources:
        claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=0.5, reason="An alias.")
    return claim


def queued(world: World, *sources: Source) -> Claim:
    """A claim in the queue whose attribution is suggested to be of these sources."""
    return said_by(factories.queued_claims(world, 1)[0], *sources)


def in_conflict(person: Any, claim: Claim) -> bool:
    found = {
        Claim.objects.filter(InConflict(person.pk, "pk"), pk=claim.pk).exists(),
        ConflictOfInterest.objects.concerning(person, claim.pk).exists(),
        Membership.objects.filter(InConflict("user", claim.pk), user=person.pk).exists(),
    }
    assert len(found) == 1, "the same question, asked three ways"
    return found.pop()


# --- Which claims -----------------------------------------------------------------------------------------------------


def test_a_claim_of_the_source_comes_to_somebody_else(world: World, bell: Source) -> None:
    theirs, other = queued(world, bell), factories.queued_claims(world, 1)[0]
    conflicts.declare(world.desk.pk, bell, actor=world.alice, note="My cousin.")
    assert (in_conflict(world.alice, theirs), in_conflict(world.alice, other)) == (True, False)
    assert not in_conflict(world.bob, theirs)
    assert [factories.taken(world.alice).claim, review.take_next(world.alice)] == [other, None]
    assert factories.taken(world.bob).claim == theirs


def test_nor_by_its_address(world: World, bell: Source) -> None:
    claim = queued(world, bell)
    conflicts.declare(world.desk.pk, bell, actor=world.alice)
    assert not review.may_take(world.alice, claim)
    assert review.may_take(world.bob, claim)
    with pytest.raises(Forbidden, match="You declared a conflict of interest with Anna Bell"):
        review.take(world.alice, claim.pk)
    assert QueueEntry.objects.filter(claim=claim).exists()


def test_one_of_several_suggested_sources_is_enough(world: World, bell: Source) -> None:
    claim = queued(world, register.create("person", "Antonia Bell"), bell)
    conflicts.declare(world.desk.pk, bell, actor=world.alice)
    assert in_conflict(world.alice, claim)


def test_what_was_rejected_or_only_suggested_concerns_nobody(world: World, bell: Source) -> None:
    rejected, suggested = queued(world, bell), queued(world, bell)
    conflicts.declare(world.desk.pk, bell, actor=world.alice)
    attributions.reject(rejected.attributions.get().pk, actor=world.bob)
    Attribution.objects.filter(claims=suggested).update(suggested=True)
    assert not in_conflict(world.alice, rejected)
    assert not in_conflict(world.alice, suggested)


@pytest.mark.parametrize("declared", range(4))
def test_merged_sources_are_one_from_whichever_side(world: World, declared: int) -> None:
    """first → middle → last, and another one merged into the last: readers see one source."""
    first, middle, last, other = (register.create("person", f"Bell {number}") for number in range(4))
    claim, elsewhere = queued(world, first), queued(world, register.create("person", "Mark Osei"))
    conflicts.declare(world.desk.pk, [first, middle, last, other][declared], actor=world.alice)
    assert in_conflict(world.alice, claim) == (declared == 0)
    merges = [
        register.merge(source, into, by=world.dora, reason="The same.")
        for source, into in ((first, middle), (middle, last), (other, last))
    ]
    assert in_conflict(world.alice, claim)
    assert not in_conflict(world.alice, elsewhere)
    for merge in merges:
        register.undo(merge.pk, by=world.dora)
    assert in_conflict(world.alice, claim) == (declared == 0)


def test_the_outlet_counts_under_all_its_names(world: World) -> None:
    post = register.create("outlet", "The Harbour Post", aliases=[("name", "Harbour-Post")])
    namesake = register.create("person", "Valley Echo")
    claims = {}
    for outlet in ("HARBOUR POST", "the harbour post", "The Harbour Postman", "Valley Echo", ""):
        article = factories.ready_article(world, outlet=outlet)
        Attribution.objects.filter(revision__article=article).update(suggested=False)
        claims[outlet] = Claim.objects.filter(article=article)[0]
    conflicts.declare(world.desk.pk, post, actor=world.alice)
    conflicts.declare(world.desk.pk, namesake, actor=world.alice)
    assert [name for name, claim in claims.items() if in_conflict(world.alice, claim)] == [
        "HARBOUR POST",
        "the harbour post",
    ]
    assert list(conflicts.parties(claims["HARBOUR POST"])) == [post]


def test_articles_that_were_there_before_have_their_outlet_folded(world: World) -> None:
    post = register.create("outlet", "The Harbour Post")
    article = factories.ready_article(world, outlet="The Harbour  POST")
    claim = Claim.objects.filter(article=article)[0]
    Article.objects.update(outlet_folded="")
    conflicts.declare(world.desk.pk, post, actor=world.alice)
    assert not in_conflict(world.alice, claim)
    import_module("claims.migrations.0015_conflicts_of_interest").fold_outlets(apps, None)
    assert in_conflict(world.alice, claim)


def test_the_outlet_is_looked_up_as_it_is_now(world: World) -> None:
    post = register.create("outlet", "The Harbour Post")
    article = factories.ready_article(world)
    claim = Claim.objects.filter(article=article)[0]
    conflicts.declare(world.desk.pk, post, actor=world.alice)
    assert not in_conflict(world.alice, claim)
    articles.describe(article, article.version, articles.About(outlet="The Harbour Post"), actor=world.bob)
    assert in_conflict(world.alice, claim)


def test_another_desk_is_not_concerned(world: World, bell: Source) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER)
    here = queued(world, bell)
    there = said_by(factories.queued_claims(world, 1, desk=world.elsewhere)[0], bell)
    conflicts.declare(world.elsewhere.pk, bell, actor=world.alice)
    assert (in_conflict(world.alice, here), in_conflict(world.alice, there)) == (False, True)
    assert [factories.taken(world.alice).claim, review.take_next(world.alice)] == [here, None]


# --- Declaring and ending ---------------------------------------------------------------------------------------------


def test_what_is_held_of_the_source_goes_back_and_its_draft_is_kept(world: World, bell: Source) -> None:
    theirs, other = queued(world, bell), factories.queued_claims(world, 1)[0]
    held, kept = review.take(world.alice, theirs.pk), review.take(world.alice, other.pk)
    review.save_draft(held.pk, world.alice, {"rationale": "So far."})
    row = conflicts.declare(world.desk.pk, bell, actor=world.alice, note="My cousin.")
    held.refresh_from_db()
    kept.refresh_from_db()
    assert (held.state, held.end_reason) == ("released", "Alice no longer reviews it.")
    assert kept.state == "active"
    assert review.draft_of(theirs, world.alice) == {"rationale": "So far."}
    assert factories.taken(world.bob).claim == theirs
    last = Event.objects.of("claim", theirs.pk).filter(kind="claim.taken_back").get()
    assert (last.actor, last.reason) == (world.alice, "Alice no longer reviews it.")
    told = Event.objects.of("desk", world.desk.pk).get(kind="desk.conflict_declared")
    assert told.data == {"conflict": row.pk, "user": world.alice.pk, "source": bell.pk}
    assert "cousin" not in str(Event.objects.values_list("reason", "data"))
    assert factories.history_is_whole()


def test_whoever_is_named_while_somebody_holds_the_claim_counts_too(world: World, bell: Source) -> None:
    claim = queued(world)
    conflicts.declare(world.desk.pk, bell, actor=world.alice)
    held = review.take(world.alice, claim.pk)
    said_by(claim, bell)
    with pytest.raises(Forbidden, match="You declared a conflict of interest with Anna Bell"):
        review.submit(held.pk, world.alice, factories.answers(rationale="So far."))
    held.refresh_from_db()
    assert held.state == "active"
    assert review.draft_of(claim, world.alice)["rationale"] == "So far."
    review.decline(held.pk, world.alice, DeclineReason.CONFLICT_OF_INTEREST)
    assert factories.taken(world.bob).claim == claim


def test_a_second_review_goes_back_too(world: World, bell: Source) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(second_review_share=1)
    claim = queued(world, bell)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    held = review.take(world.bob, claim.pk)
    conflicts.declare(world.desk.pk, bell, actor=world.bob)
    held.refresh_from_db()
    assert held.state == "released"
    assert QueueEntry.objects.get(claim=claim).role == "second"
    assert not review.may_take(world.bob, claim)
    assert factories.taken(world.carol).claim == claim


def test_whoever_stands_too_near_settles_nothing(world: World, bell: Source) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(second_review_share=1)
    claim = factories.disputed(world, queued(world, bell))
    assert list(review.waiting_for(world.carol)) == [claim]
    conflicts.declare(world.desk.pk, bell, actor=world.carol)
    assert not review.waiting_for(world.carol).exists()
    assert list(review.waiting_for(world.dora)) == [claim]
    decision = review.Decision("accurate", "true", "As the second one found.")
    for step in (
        partial(review.dispute_of, claim, world.carol),
        partial(review.adjudicate, claim.pk, world.carol, decision),
    ):
        with pytest.raises(Forbidden, match="Anna Bell"):
            step()
    review.adjudicate(claim.pk, world.dora, decision)


def test_nor_approves_it(world: World, bell: Source) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(approval_required=True)
    claim = queued(world, bell)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    assert list(review.to_approve(world.carol)) == [claim]
    conflicts.declare(world.desk.pk, bell, actor=world.carol)
    assert not review.to_approve(world.carol).exists()
    claim.refresh_from_db()
    for step in (partial(review.proposal_of, claim, world.carol), partial(review.approve, claim.pk, world.carol)):
        with pytest.raises(Forbidden, match="Anna Bell"):
            step()
    review.approve(claim.pk, world.dora)


def test_an_editor_gives_a_claim_to_nobody_who_stands_too_near(world: World, bell: Source) -> None:
    held = review.take(world.alice, queued(world, bell).pk)
    conflicts.declare(world.desk.pk, bell, actor=world.bob)
    assert [member.user.username for member in review.candidates(held.claim)] == ["carol", "dora"]
    with pytest.raises(Refused) as refused:
        review.reassign(held.pk, world.carol, "bob", reason="He has time.")
    assert refused.value.problems[0].code == "not_a_candidate"


def test_when_it_is_over_the_claims_come_again(world: World, bell: Source) -> None:
    claim = queued(world, bell)
    row = conflicts.declare(world.desk.pk, bell, actor=world.alice)
    ended = conflicts.end(row.pk, actor=world.alice, reason=" She left office. ")
    assert (ended.end_reason, ended.ended_at is not None) == ("She left office.", True)
    assert factories.taken(world.alice).claim == claim
    assert Event.objects.of("desk", world.desk.pk).filter(kind="desk.conflict_ended").count() == 1
    with pytest.raises(Conflict):
        conflicts.end(row.pk, actor=world.alice, reason="Again.")
    review.release(Assignment.objects.get(state="active").pk, world.alice)
    again = conflicts.declare(world.desk.pk, bell, actor=world.alice)
    assert again.pk != row.pk
    assert in_conflict(world.alice, claim)


def test_what_makes_no_sense_is_refused(world: World, bell: Source) -> None:
    row = conflicts.declare(world.desk.pk, bell, actor=world.alice)
    with pytest.raises(Conflict) as twice:
        conflicts.declare(world.desk.pk, bell, actor=world.alice)
    assert twice.value.problems[0].code == "declared_already"
    other = register.create("person", "A. Bell")
    register.merge(other, bell, by=world.dora, reason="The same.")
    other.refresh_from_db()
    with pytest.raises(Refused, match="name Anna Bell"):
        conflicts.declare(world.desk.pk, other, actor=world.bob)
    with pytest.raises(Refused) as long:
        conflicts.declare(world.desk.pk, bell, actor=world.bob, note="x" * 501)
    assert long.value.problems[0].field == "note"
    with pytest.raises(Forbidden):
        conflicts.declare(world.desk.pk, bell, actor=world.ruth)
    with pytest.raises(Absent):
        conflicts.declare(world.desk.pk, bell, actor=world.mallory)
    for reason in ("", " \0 "):
        with pytest.raises(Refused):
            conflicts.end(row.pk, actor=world.alice, reason=reason)
    for person, refusal in ((world.bob, Absent), (world.mallory, Absent), (world.carol, Forbidden)):
        with pytest.raises(refusal):
            conflicts.end(row.pk, actor=person, reason="It is over.")
    assert ConflictOfInterest.objects.open().get() == row


def test_editors_see_those_of_their_desk_and_others_only_their_own(world: World, bell: Source) -> None:
    row = conflicts.declare(world.desk.pk, bell, actor=world.alice)
    for person, sees in ((world.alice, True), (world.carol, True), (world.dora, True), (world.bob, False)):
        assert conflicts.visible(person).filter(pk=row.pk).exists() is sees, person
    assert not conflicts.visible(world.mallory).exists()


# --- Declining for it -------------------------------------------------------------------------------------------------


def test_declining_can_declare_it_in_one_step(world: World, bell: Source) -> None:
    claim, another = queued(world, bell), queued(world, bell)
    held, also = review.take(world.alice, claim.pk), review.take(world.alice, another.pk)
    reason = DeclineReason.CONFLICT_OF_INTEREST
    review.decline(held.pk, world.alice, reason, note="My cousin.", source_id=bell.pk)
    assert list(Assignment.objects.order_by("pk").values_list("state", flat=True)) == ["declined", "released"]
    # Why is for the editors' eyes; the history is open to all, and stays.
    held.refresh_from_db()
    assert held.end_reason == "conflict of interest: My cousin."
    reasons = set(Event.objects.values_list("reason", flat=True)) | set(
        Claim.objects.values_list("state_reason", flat=True)
    )
    assert "conflict of interest" in reasons
    assert not any("cousin" in reason or "declared" in reason for reason in reasons)
    assert "cousin" not in str(Event.objects.values_list("data", flat=True))
    assert also.pk == Assignment.objects.get(state="released").pk
    row = ConflictOfInterest.objects.get()
    assert (row.user_id, row.source_id, row.note) == (world.alice.pk, bell.pk, "My cousin.")


@pytest.mark.parametrize("reason", [DeclineReason.CONFLICT_OF_INTEREST, DeclineReason.NO_TIME])
def test_only_a_source_of_the_claim_and_for_that_reason(world: World, bell: Source, reason: DeclineReason) -> None:
    other = register.create("person", "Mark Osei")
    held = review.take(world.alice, queued(world, bell).pk)
    chosen = other if reason is DeclineReason.CONFLICT_OF_INTEREST else bell
    with pytest.raises(Refused) as refused:
        review.decline(held.pk, world.alice, reason, source_id=chosen.pk)
    assert refused.value.problems[0].field == "source"
    held.refresh_from_db()
    assert held.state == "active"
    assert not ConflictOfInterest.objects.exists()


def test_a_merged_source_is_offered_as_readers_see_it(world: World, bell: Source) -> None:
    double = register.create("person", "A. Bell")
    claim = queued(world, double, bell)
    register.merge(double, bell, by=world.dora, reason="The same.")
    assert list(conflicts.parties(claim)) == [bell]


# --- At once, and how much it costs -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_taking_and_declaring_at_once(bell: Source) -> None:
    """Whichever is first: nobody ends with a claim of a source that they stand too near to."""
    world = factories.world()
    for _ in range(10):
        claim = queued(world, bell)
        calls: list[Callable[[], object]] = [
            partial(review.take_next, world.alice),
            partial(conflicts.declare, world.desk.pk, bell, actor=world.alice),
        ]
        at_once(calls)
        assert not Assignment.objects.filter(claim=claim, state="active").exists()
        conflicts.end(ConflictOfInterest.objects.open().get().pk, actor=world.alice, reason="Again.")
        factories.reviewed(world, world.bob, claim)


def test_taking_asks_no_more_questions(world: World, bell: Source) -> None:
    counts = []
    for _ in range(2):
        factories.queued_claims(world, 1)
        with CaptureQueriesContext(connection) as queries:
            review.take_next(world.alice)
        counts.append(len(queries))
        if not ConflictOfInterest.objects.exists():
            conflicts.declare(world.desk.pk, bell, actor=world.alice)
    assert counts[0] == counts[1]
