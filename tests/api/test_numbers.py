"""A desk's numbers, as programs read them."""

from typing import Any

from claims.services import attributions, review
from sources import services as register
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


def numbers(api: Any, world: World, query: str = "", status: int = 200) -> dict[str, Any]:
    answer = api("GET", f"/desks/{world.desk.pk}/numbers{query}")
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_the_whole_report(world: World, api: ApiOf) -> None:
    done, held, _waiting = factories.queued_claims(world, 3)
    attributions.reject(done.attributions.get().pk, actor=world.alice, reason="no statement")
    factories.published(world, factories.reviewed(world, claim=factories.queued_claims(world, 1)[0]))
    review.take(world.bob, held.pk)
    found = numbers(api(world.carol, "read"), world)
    today = f"{review.database_now():%Y-%m-%d}"
    assert (found["desk"], found["since"], found["until"], found["source"]) == ("harbour", today, today, None)
    (day,) = found["days"]
    assert (day["day"], day["came"], day["done"]) == (today, 4, 1)
    assert (found["weeks"][-1]["decided"], found["weeks"][-1]["published"]) == (1, 1)
    assert found["due"]["undated"] == day["open"]
    assert found["engine"][0]["right"] == {
        "part": 0,
        "whole": 1,
        "value": 0.0,
        "low": 0.0,
        "high": found["right"]["high"],
    }
    assert {row["name"]: (row["reviews"], row["held"]) for row in found["people"]} == {"Alice": (1, 0), "Bob": (0, 1)}
    assert all(stay["median_seconds"] >= 0 for stay in found["stays"])


def test_persons_are_told_to_those_who_oversee_alone(world: World, api: ApiOf) -> None:
    factories.reviewed(world)
    for person, told in ((world.ruth, False), (world.alice, False), (world.carol, True), (world.dora, True)):
        assert (numbers(api(person), world)["people"] is not None) == told, person


def test_of_one_source(world: World, api: ApiOf) -> None:
    source = register.create("person", "Anna Bell")
    claim, _other = factories.queued_claims(world, 2)
    claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=0.9, reason="An alias.")
    found = numbers(api(world.ruth), world, f"?source={source.pk}")
    assert (found["source"], found["days"][-1]["came"]) == (source.pk, 1)
    assert found["sources"] == [{"id": source.pk, "name": "Anna Bell", "open": 1, "decided": 0}]


def test_what_is_wrong_is_named(world: World, api: ApiOf) -> None:
    for query, field in (
        ("?since=soon", "since"), ("?since=2026-03-02&until=2026-03-01", "until"), ("?source=999999999", "source"),
        ("?source=x", "source"), ("?until=0001-01-01", "until"),
    ):  # fmt: skip
        found = numbers(api(world.ruth), world, query, 400)
        assert [error["field"] for error in found["errors"]] == [field], query


def test_a_first_review_alone_is_not_seen(db: None, api: ApiOf) -> None:
    """Whoever edits may be the second reviewer as well: nothing says what was found, nor by whom."""
    world = factories.world(second_review_share=1.0)
    told = []
    for rating in ("true", "false"):
        (claim,) = factories.queued_claims(world, 1)
        review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers(veracity_verdict=rating))
        told.append(numbers(api(world.carol), world))
    assert all(found["people"] == [] for found in told)
    assert all(stay["state"] not in ("submitted", "second_review") for found in told for stay in found["stays"])
