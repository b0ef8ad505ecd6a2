"""What is due over REST, and a claim's own deadline."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.review import Assignment, QueueEntry
from claims.services import review
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world(due_hours=[{"from_priority": 0, "hours": 48}])


def one(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def test_what_waits_and_what_is_held_by_time(world: World, api: ApiOf) -> None:
    first, second = factories.queued_claims(world, 2)
    held = review.take(world.alice, second.pk)
    Assignment.objects.filter(pk=held.pk).update(due_at=Now() - timedelta(hours=1))
    rows = api(world.carol)("GET", "/due").json()["results"]
    told = [(row["claim"]["id"], row["overdue"], row["reviewer"], row["assignment"]) for row in rows]
    assert told == [(second.pk, True, "alice", held.pk), (first.pk, False, None, None)]
    over = api(world.carol)("GET", "/due?overdue=true").json()["results"]
    assert [row["claim"]["id"] for row in over] == [second.pk]
    assert api(world.alice)("GET", "/due").status_code == 403
    assert api(world.mallory)("GET", "/due").json()["results"] == []


def test_pages_go_on_by_cursor_at_the_same_cost(world: World, api: ApiOf) -> None:
    claims = factories.queued_claims(world, 7)
    QueueEntry.objects.update(due_at=Now())
    for claim in claims[::2]:
        review.take(world.alice, claim.pk)
    carol, where, seen, counts = api(world.carol), "/due?limit=3", [], []
    carol("GET", where)  # the first use of a token is noted
    while where:
        with CaptureQueriesContext(connection) as queries:
            page = carol("GET", where).json()
        counts.append(len(queries))
        seen += [row["claim"]["id"] for row in page["results"]]
        where = page["next"]
    assert seen == [claim.pk for claim in claims]
    assert max(counts) == min(counts)
    assert carol("GET", "/due?cursor=forged").status_code == 400


def test_an_editor_sets_a_deadline_and_takes_it_back(world: World, api: ApiOf) -> None:
    claim, soon = one(world), review.database_now() + timedelta(hours=2)
    answer = api(world.carol)("POST", f"/claims/{claim.pk}/deadline", {"deadline": soon.isoformat()})
    assert answer.status_code == 200
    assert QueueEntry.objects.get(claim=claim).due_at == soon
    assert answer.json()["deadline"] == soon.isoformat().replace("+00:00", "Z")
    again = api(world.carol)("POST", f"/claims/{claim.pk}/deadline", {"deadline": None})
    assert again.json()["deadline"] is None
    assert api(world.alice)("POST", f"/claims/{claim.pk}/deadline", {"deadline": None}).status_code == 403


@pytest.mark.parametrize("body", [{}, {"deadline": "soon"}, {"deadline": "2020-01-01T00:00:00Z"}, {"deadline": 7}])
def test_a_deadline_that_cannot_be_is_named(world: World, api: ApiOf, body: dict[str, Any]) -> None:
    answer = api(world.carol)("POST", f"/claims/{one(world).pk}/deadline", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["deadline"]


def test_what_is_reviewed_has_no_deadline_any_more(world: World, api: ApiOf) -> None:
    done = factories.reviewed(world)
    body = {"deadline": (review.database_now() + timedelta(hours=2)).isoformat()}
    assert api(world.carol)("POST", f"/claims/{done.claim.pk}/deadline", body).status_code == 409
