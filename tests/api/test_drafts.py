"""Drafts by REST: the version as ETag and If-Match, for programs that type beside a person or each other."""

from typing import Any

import pytest

from claims.models.review import Assignment, Review
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World

REVIEW = {
    "attribution_verdict": "accurate",
    "veracity_verdict": "false",
    "rationale": "The inspection report says otherwise.",
    "evidence": [{"url": "https://records.example/report", "relation": "refutes"}],
}


@pytest.fixture
def held(world: World) -> Assignment:
    factories.queued_claims(world, 1)
    return factories.taken(world.alice)


@pytest.fixture
def alice(world: World, api: ApiOf) -> Api:
    return api(world.alice)


def draft(alice: Api, held: Assignment, words: str, **headers: str) -> Any:
    return alice("PUT", f"/assignments/{held.pk}/draft", {"rationale": words}, **headers)


def test_each_save_answers_its_version_as_etag(alice: Api, held: Assignment) -> None:
    assert alice("GET", f"/assignments/{held.pk}").json()["draft_version"] == 0
    first = draft(alice, held, "One", If_Match='"0"')
    assert (first.status_code, first["ETag"], first.json()["version"]) == (200, '"1"', 1)
    assert draft(alice, held, "Two", If_Match=first["ETag"])["ETag"] == '"2"'
    assert alice("GET", f"/assignments/{held.pk}").json()["draft_version"] == 2


@pytest.mark.parametrize("tag", ['"1"', '"9"', '"x"', 'W/"2"', '"' + "9" * 40 + '"'])
def test_an_old_version_gets_412_with_what_is_stored(alice: Api, held: Assignment, tag: str) -> None:
    draft(alice, held, "One")
    draft(alice, held, "Two")
    answer = draft(alice, held, "Three", If_Match=tag)
    problem = answer.json()
    assert (answer.status_code, problem["errors"][0]["code"]) == (412, "draft_changed")
    assert (problem["draft"], problem["version"]) == ({"rationale": "Two"}, 2)
    assert problem["saved_at"]
    assert alice("GET", f"/assignments/{held.pk}").json()["draft"] == {"rationale": "Two"}


@pytest.mark.parametrize("headers", [{}, {"If_Match": "*"}])
def test_without_a_version_the_last_one_wins(alice: Api, held: Assignment, headers: dict[str, str]) -> None:
    draft(alice, held, "One")
    assert draft(alice, held, "Two", **headers).status_code == 200


def test_a_review_over_a_newer_draft_gets_412_and_goes_in_with_the_right_version(alice: Api, held: Assignment) -> None:
    draft(alice, held, "One")
    draft(alice, held, "Two")
    where = f"/assignments/{held.pk}/submit"
    assert alice("POST", where, REVIEW, If_Match='"1"').status_code == 412
    assert not Review.objects.exists()
    assert alice("GET", f"/assignments/{held.pk}").json()["draft"] == {"rationale": "Two"}
    assert alice("POST", where, REVIEW, If_Match='"2"').status_code == 200
