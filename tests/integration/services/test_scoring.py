"""Priorities that age, work that is reserved, and the desk's own weights."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.desks import Desk, Membership, Role
from claims.models.review import QueueEntry
from claims.rules.links import LinkKind
from claims.rules.refusals import Conflict, Refused
from claims.services import desks, links, review
from claims.services.review.scoring import sample_of
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, answers, taken


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def place(claim: Claim) -> QueueEntry:
    return QueueEntry.objects.get(claim=claim)


def test_what_waits_gains_and_what_is_due_most(world: World) -> None:
    waits, due, fresh = factories.queued_claims(world, 3)
    QueueEntry.objects.filter(claim=waits).update(queued_at=Now() - timedelta(days=7, hours=1))
    QueueEntry.objects.filter(claim=due).update(due_at=Now() - timedelta(hours=1, minutes=1))
    before = fresh.priority
    assert review.rescore() == 2, "the third changes nothing"
    assert [place(claim).priority - before for claim in (waits, due, fresh)] == [10, 20, 0]
    waits.refresh_from_db()
    due.refresh_from_db()
    assert (waits.priority, due.priority) == (before + 10, before + 20)
    assert "In the queue for 7 days." in waits.priority_reasons
    assert "Overdue for 1 hour." in due.priority_reasons
    assert sum(due.priority_points) == due.priority
    assert taken(world.alice).claim == due


def test_what_an_editor_set_stays(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.set_priority(claim.pk, 7, actor=world.carol, reason="Later.")
    QueueEntry.objects.update(queued_at=Now() - timedelta(days=7))
    review.rescore()
    claim.refresh_from_db()
    assert (claim.priority, place(claim).priority, claim.priority_reasons) == (7, 7, ["Set by Carol: Later."])


def test_claims_are_read_once_their_places_are_locked(world: World) -> None:
    """Read by the query that waits for the lock, one could be older than the priority that an editor set meanwhile."""
    factories.queued_claims(world, 1)
    with CaptureQueriesContext(connection) as asked:
        review.rescore()
    locks = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    assert locks
    assert not any("claims_claim" in sql for sql in locks)


def test_those_reckoned_longest_ago_come_first(world: World) -> None:
    claims = factories.queued_claims(world, 4)
    for age, claim in enumerate(claims):
        QueueEntry.objects.filter(claim=claim).update(scored_at=Now() - timedelta(hours=age))
    QueueEntry.objects.update(queued_at=Now() - timedelta(days=7))
    assert review.rescore(limit=2) == 2
    assert [place(claim).priority > claim.priority for claim in claims] == [False, False, True, True]
    assert review.rescore(limit=2) == 2
    assert all(place(claim).priority > claim.priority for claim in claims)


def test_what_it_costs_does_not_grow_with_what_it_reckons(world: World) -> None:
    counts = []
    for more in (2, 20):
        factories.queued_claims(world, more)
        QueueEntry.objects.update(queued_at=Now() - timedelta(days=7))
        with CaptureQueriesContext(connection) as asked:
            assert review.rescore() == more
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_claim_that_stands_in_many_articles_matters_more(world: World) -> None:
    one, other, suggested = (factories.queued_claims(world, 1)[0] for _ in range(3))
    links.confirm(one, other, LinkKind.SAME_AS, actor=world.carol)
    review.rescore()
    gained = [place(claim).priority - claim.priority for claim in (one, other, suggested)]
    assert gained == [4, 4, 0]
    one.refresh_from_db()
    assert "Found in 2 articles." in one.priority_reasons


def test_a_desk_weighs_for_itself(world: World) -> None:
    desks.change(world.desk, actor=world.dora, routing_weights={"worthiness": 100})
    claim = factories.queued_claims(world, 1)[0]
    assert claim.priority == round(100 * claim.check_worthiness)
    for wrong in ({"speed": 1}, {"due": 200}):
        with pytest.raises(Refused) as refused:
            desks.change(world.desk, actor=world.dora, routing_weights=wrong)
        assert refused.value.problems[0].field == "routing_weights"


# --- Reserved ---------------------------------------------------------------------------------------------------------


def test_important_claims_are_for_the_experienced_until_they_are_overdue(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(senior_priority=0)
    senior = factories.member(world.desk, "sam", Role.SENIOR_REVIEWER)
    first, second = factories.queued_claims(world, 2)
    assert place(first).reserved
    assert review.take_next(world.alice) is None
    assert list(review.waiting(world.alice, 50)) == []
    assert not review.may_take(world.alice, first)
    with pytest.raises(Conflict) as conflict:
        review.take(world.alice, first.pk)
    assert conflict.value.problems[0].code == "reserved"
    got = taken(senior)
    assert got.claim == first
    assert {"of": "fit", "points": 0, "text": "Reserved for experienced reviewers."} in got.reasons
    QueueEntry.objects.filter(claim=second).update(due_at=Now() - timedelta(hours=1))
    assert review.may_take(world.alice, second), "also before the job came by"
    assert review.rescore() == 1
    assert taken(world.alice).claim == second


def test_an_overdue_place_is_opened_before_any_other_is_reckoned(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(senior_share=1.0)
    claims = factories.queued_claims(world, 3)
    QueueEntry.objects.filter(claim=claims[2]).update(due_at=Now() - timedelta(minutes=1), scored_at=Now())
    review.rescore(limit=1)
    assert [place(claim).reserved for claim in claims] == [True, True, False]


def test_a_share_is_drawn_by_claim_and_round(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(senior_share=0.5)
    claims = factories.queued_claims(world, 40)
    drawn = [place(claim).reserved for claim in claims]
    assert drawn == [sample_of(claim, "senior_review") < 0.5 for claim in claims]
    assert 5 < sum(drawn) < 35
    assert any(sample_of(claim, "senior_review") != sample_of(claim, "second_review") for claim in claims)


def test_a_second_review_is_for_anybody(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(senior_share=1.0, second_review_share=1.0)
    claim = factories.queued_claims(world, 1)[0]
    review.submit(taken(world.carol).pk, world.carol, answers())
    assert not place(claim).reserved
    assert taken(world.alice).role == "second"


def test_second_reviews_are_reserved_where_the_desk_says_so(world: World) -> None:
    everything = {"senior_share": 1.0, "second_review_share": 1.0, "senior_second_reviews": True}
    Desk.objects.filter(pk=world.desk.pk).update(**everything)
    claim = factories.queued_claims(world, 1)[0]
    review.submit(taken(world.carol).pk, world.carol, answers())
    assert place(claim).reserved
    assert review.take_next(world.alice) is None
    with pytest.raises(Conflict) as conflict:
        review.take(world.alice, claim.pk)
    assert conflict.value.problems[0].code == "reserved"
    QueueEntry.objects.filter(claim=claim).update(due_at=Now() - timedelta(hours=1))
    assert review.rescore() == 1
    assert taken(world.alice).role == "second"


def test_the_share_of_second_reviews_is_drawn_by_itself(world: World) -> None:
    changed = {"senior_share": 0.5, "second_review_share": 1.0, "senior_second_reviews": True}
    Desk.objects.filter(pk=world.desk.pk).update(**changed)
    claims = factories.queued_claims(world, 12)
    for claim in claims:
        review.submit(review.take(world.carol, claim.pk).pk, world.carol, answers())
    drawn = [place(claim).reserved for claim in claims]
    assert drawn == [sample_of(claim, "senior_second_review") < 0.5 for claim in claims]
    assert all(sample_of(claim, "senior_second_review") != sample_of(claim, "senior_review") for claim in claims)


def test_what_a_person_does_not_read_is_not_theirs_to_find(world: World) -> None:
    first, second = factories.queued_claims(world, 2)
    QueueEntry.objects.filter(claim=first).update(language="uk")
    Membership.objects.filter(user=world.alice).update(languages=["en-GB"])
    assert [entry.claim for entry in review.waiting(world.alice, 50)] == [second]
    assert taken(world.alice).claim == second
    assert review.take_next(world.alice) is None
    assert review.take(world.alice, first.pk).claim == first, "by name, on their own judgement"


@pytest.mark.django_db(transaction=True)
def test_taking_and_reckoning_at_once() -> None:
    world = factories.world()
    claims = factories.queued_claims(world, 20)
    QueueEntry.objects.update(queued_at=Now() - timedelta(days=7))

    def ask(person: Any) -> int:
        return sum(review.take_next(person) is not None for _ in range(10))

    def reckon() -> int:
        return sum(review.rescore(limit=5) for _ in range(10))

    calls: list[Callable[[], int]] = [partial(ask, world.alice), partial(ask, world.bob), reckon, reckon]
    at_once(calls)
    assert QueueEntry.objects.count() + Claim.objects.filter(state="assigned").count() == len(claims)
    assert factories.history_is_whole()


def test_topics_weigh_and_follow_their_article(world: World) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(routing_weights={"topics": {"health": 30}})
    claim = factories.queued_claims(world, 1)[0]
    Article.objects.filter(pk=claim.article_id).update(topics=["health", "sport"], language="uk-UA")
    review.rescore()
    assert (place(claim).topics, place(claim).language) == (["health", "sport"], "uk")
    assert place(claim).priority == claim.priority + 30
