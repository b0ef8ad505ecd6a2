"""Claims by what is known of them and of the work on them, and in which order they come."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.review import Assignment, QueueEntry
from claims.rules.finding import Order
from claims.services import finding, review
from tests import factories
from tests.factories import World
from workbench.accounts.models import User


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def found(world: World, person: User, **wanted: Any) -> list[int]:
    return sorted(finding.find(person, [world.desk.pk], wanted).values_list("pk", flat=True))


def test_by_outlet_topic_and_language(world: World) -> None:
    one, two = factories.queued_claims(world, 1)[0], factories.queued_claims(world, 1)[0]
    Article.objects.filter(pk=one.article_id).update(
        outlet="Le Port", outlet_folded="le port", topics=["harbours"], language="fr-CA"
    )
    for wanted in ({"outlet": "LE PORT"}, {"topic": "Harbours"}, {"language": "fr"}, {"language": "fr-FR"}):
        assert found(world, world.ruth, **wanted) == [one.pk], wanted
    assert found(world, world.ruth, language="en") == [two.pk]
    assert found(world, world.ruth, outlet="", topic="", language="", due="", reviewer="", words="") == [one.pk, two.pk]
    assert found(world, world.ruth, topic=",") == [one.pk, two.pk], "no topic at all"
    assert found(world, world.ruth, outlet="Port") == []


def test_by_when_it_is_due_by_the_clock_of_the_database(world: World) -> None:
    late, soon, later, never = factories.queued_claims(world, 4)
    for claim, ahead in ((late, -1), (soon, 5), (later, 100)):
        QueueEntry.objects.filter(claim=claim).update(due_at=Now() + timedelta(hours=ahead))
    assert found(world, world.ruth, due="overdue") == [late.pk]
    assert found(world, world.ruth, due="day") == [late.pk, soon.pk]
    assert found(world, world.ruth, due="week") == [late.pk, soon.pk, later.pk]
    held = review.take(world.alice, late.pk)
    Assignment.objects.filter(pk=held.pk).update(due_at=Now() + timedelta(hours=2))
    assert found(world, world.ruth, due="overdue") == []
    assert found(world, world.ruth, due="day", reviewer="") == [late.pk, soon.pk]
    assert never.pk in found(world, world.ruth)


def test_in_whose_hands_is_told_to_them_and_to_who_oversees_the_desk(world: World) -> None:
    one, two, _ = factories.queued_claims(world, 3)
    review.take(world.alice, one.pk)
    review.take(world.bob, two.pk)
    assert found(world, world.alice, reviewer="me") == found(world, world.alice, reviewer="alice") == [one.pk]
    assert found(world, world.carol, reviewer="bob") == [two.pk]
    assert found(world, world.alice, reviewer="bob") == found(world, world.ruth, reviewer="bob") == []
    claims = [one, two]
    assert [finding.places(world.carol, claims)[claim.pk].holder for claim in claims] == ["Alice", "Bob"]
    mine, other = (finding.places(world.alice, claims)[claim.pk] for claim in claims)
    assert (mine.holder, mine.mine, other.holder, other.mine) == ("Alice", True, "", False)
    Assignment.objects.filter(claim=one).update(lease_until=Now() - timedelta(minutes=1))
    assert found(world, world.carol, reviewer="alice") == [], "what ran out is in nobody's hands"


@pytest.mark.parametrize("order", Order)
def test_each_order_goes_on_behind_a_key_without_gap_or_repeat(world: World, order: Order) -> None:
    claims = factories.queued_claims(world, 7)
    for number, claim in enumerate(claims):
        Claim.objects.filter(pk=claim.pk).update(priority=number % 3, changed_at=Now() + timedelta(days=number // 2))
    rows = finding.ordered(finding.find(world.ruth, [world.desk.pk], {}), order)
    every = list(rows.values("id", "priority", "changed_at"))
    walked = every[:1]
    while rest := list(finding.after(rows, order, finding.key(walked[-1], order)).values(*every[0])[:2]):
        walked += rest
    assert walked == every
    assert len(every) == 7


def test_a_key_of_no_point_in_time_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="not a point in time"):
        finding.after(Claim.objects.all(), Order.CHANGED, [10**18, 1])
    with pytest.raises(ValueError, match="unpack"):
        finding.after(Claim.objects.all(), Order.PRIORITY, [1])


def test_the_tops_of_all_columns_come_by_one_statement(world: World) -> None:
    claims = factories.queued_claims(world, 5)
    for claim, priority in zip(claims, (1, 9, 5, 9, 3), strict=True):
        Claim.objects.filter(pk=claim.pk).update(priority=priority)
    review.take(world.alice, claims[0].pk)
    with CaptureQueriesContext(connection) as queries:
        tops = finding.tops(Claim.objects.filter(desk=world.desk), {"queued": 3, "assigned": 3, "decided": 3})
    assert len(queries) == 1
    assert tops == {"queued": [claims[n].pk for n in (1, 3, 2)], "assigned": [claims[0].pk], "decided": []}


@pytest.mark.parametrize(
    ("order", "index"),
    [
        (Order.NEWEST, "claim_newest_of_desk"),
        (Order.PRIORITY, "claim_of_desk_by_priority"),
        (Order.CHANGED, "claim_of_desk_by_change"),
    ],
)
def test_no_order_sorts_the_whole_desk(world: World, order: Order, index: str) -> None:
    """With so few rows the planner would read them all; told not to, it must find an index in that order."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        plan = finding.ordered(finding.find(world.ruth, [world.desk.pk], {}), order)[:50].explain()
    assert index in plan
    assert "Sort" not in plan
