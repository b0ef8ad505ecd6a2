"""What the database refuses of a desk's policy for its queue; the rule refuses the same."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from claims.models.desks import Desk
from claims.rules import routing
from tests import factories
from tests.factories import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return factories.world()


def refused(sql: str, *params: Any) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    return str(error.value)


@pytest.mark.parametrize(
    "weights",
    [
        *('{"due": 101}', '{"due": -1}', '{"due": "1"}', '{"due": null}', '{"speed": 1}', '{"topics": []}'),
        *('{"topics": {"war": 101}}', '{"topics": {"war": "1"}}', '{"topics": 3}', "[]", "3", "null"),
    ],
)
def test_a_desk_routes_by_points(world: World, weights: str) -> None:
    said = refused("UPDATE claims_desk SET routing_weights = %s::jsonb WHERE id = %s", weights, world.desk.pk)
    assert "desk_routing_weights_are_points" in said
    assert routing.problems(json.loads(weights))


@pytest.mark.parametrize(
    "weights", [{}, {"due": 100, "waiting": 0}, {"topics": {"war": -100}}, {"due": 1, "topics": {}}]
)
def test_a_desk_may_route_by_these(world: World, weights: dict[str, Any]) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(routing_weights=weights)
    assert routing.problems(weights) == []


@pytest.mark.parametrize("change", ["senior_share = 1.01", "senior_share = -0.1", "senior_priority = 101"])
def test_a_desk_reserves_a_share(world: World, change: str) -> None:
    assert "desk_senior" in refused(f"UPDATE claims_desk SET {change}")  # noqa: S608 -- the changes stand in this file
