"""Drafts by REST: the version as ETag and If-Match, for programs that type beside a person or each other."""

from typing import Any

import pytest

from claims.models.claims import Claim
from claims.models.review import Assignment, Review
from claims.services import desks, review
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


# --- What is marked ---------------------------------------------------------------------------------------------------


def marking_of(held: Assignment) -> review.Marking:
    claim = Claim.objects.get(pk=held.claim_id)
    return next(marking for marking in review.markings_of(claim) if marking.role == "content")


def test_spans_are_kept_handed_in_and_compared(world: World, api: ApiOf, alice: Api, held: Assignment) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    marking = marking_of(held)
    (start, end), *_ = marking.spans
    span = {"attribution": marking.attribution.pk, "role": "content", "start": start + 7, "end": end}
    kept = alice("PUT", f"/assignments/{held.pk}/draft", {"spans": [span]})
    assert kept.json()["draft"]["spans"] == [span]
    assert alice("POST", f"/assignments/{held.pk}/submit", REVIEW | {"spans": [span]}).status_code == 200
    bob = api(world.bob)
    taken = bob("POST", f"/claims/{held.claim_id}/take").json()
    done = bob("POST", f"/assignments/{taken['id']}/submit", REVIEW).json()
    assert (done["verdict"], done["claim"]["state"]) == (None, "adjudication")
    found = api(world.carol)("GET", f"/claims/{held.claim_id}/adjudication").json()
    assert found["differences"] == ["spans"]
    first, second = (next(row for row in side["spans"] if row["role"] == "content") for side in found["reviews"])
    assert (first["shared"], first["spans"], second["spans"]) == (False, [[start + 7, end]], [[start, end]])
    assert [piece["shared"] for piece in second["words"]] == [False, True]
    assert all(piece["shared"] for piece in found["reviews"][0]["rationale_words"])


@pytest.mark.parametrize("change", [{"end": 10**6}, {"role": "speaker"}, {"attribution": 0}, {"start": -1}])
def test_a_span_that_cannot_be_is_refused(alice: Api, held: Assignment, change: dict[str, Any]) -> None:
    span = {"attribution": marking_of(held).attribution.pk, "role": "content", "start": 0, "end": 4} | change
    answer = alice("POST", f"/assignments/{held.pk}/submit", REVIEW | {"spans": [span]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("spans")
    assert not Review.objects.exists()
