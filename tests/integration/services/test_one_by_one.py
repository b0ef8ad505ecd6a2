"""What is done to claims one by one, by the clock and in bulk: how much is asked for each, and that one may fail.

Desk, policy, people and places come with what is asked for anyway, or once for all.
"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.review import Assignment, QueueEntry
from claims.services import bulk, review
from claims.services.events import one_by_one, verb
from tests import factories
from tests.bulk import DISMISS
from tests.factories import World

Made = Callable[[World, list[Claim]], Callable[[], int]]


def run_out(world: World, claims: list[Claim]) -> Callable[[], int]:
    for claim in claims:
        review.take(world.alice, claim.pk)
    Assignment.objects.filter(claim__in=claims).update(lease_until=Now())
    return review.expire


def are_due(world: World, claims: list[Claim]) -> Callable[[], int]:
    QueueEntry.objects.filter(claim__in=claims).update(due_at=Now(), notice_at=Now())
    return review.watch


def are_due_in_hands(world: World, claims: list[Claim]) -> Callable[[], int]:
    for claim in claims:
        review.take(world.alice, claim.pk)
    Assignment.objects.filter(claim__in=claims).update(due_at=Now(), notice_at=Now())
    return review.watch


def are_dismissed(world: World, claims: list[Claim]) -> Callable[[], int]:
    action = bulk.begin(world.desk, DISMISS, [claim.pk for claim in claims], actor=world.carol)

    def performed() -> int:
        factories.perform()
        action.refresh_from_db()
        return action.done

    return performed


@pytest.mark.django_db
@pytest.mark.parametrize(("made", "each"), [(run_out, 6), (are_due, 7), (are_due_in_hands, 7), (are_dismissed, 9)])
def test_each_asks_for_no_more_than_its_own(made: Made, each: int) -> None:
    world, asked = factories.world(), []
    for many in (2, 6):
        call = made(world, factories.queued_claims(world, many))
        with CaptureQueriesContext(connection) as queries:
            assert call() == many
        asked.append(len(queries))
    assert (asked[1] - asked[0]) / 4 <= each


@pytest.mark.django_db(transaction=True)
def test_one_that_fails_is_left_and_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = factories.world()
    claims = factories.queued_claims(world, 3)

    @verb
    def unqueue(claim: Claim) -> bool:
        review.unqueue(claim.pk, actor=world.carol)
        if claim == claims[1]:
            raise ValueError("after it was done")
        return True

    assert one_by_one(claims, unqueue, "not_unqueued") == 2
    assert [Claim.objects.get(pk=claim.pk).state for claim in claims] == ["triaged", "queued", "triaged"]
    assert not Event.objects.of("claim", claims[1].pk).filter(kind="claim.unqueued").exists()
    (told,) = [record for record in caplog.records if "not_unqueued" in record.getMessage()]
    assert str(claims[1].pk) in told.getMessage()
