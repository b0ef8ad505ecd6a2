"""How far reviewers agree, as programs read it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from claims.services import desks, review
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World, reviewed_twice

PAIRS = [("true", "true"), ("false", "false"), ("true", "mostly_true"), ("mixture", "mixture"), ("unproven", "true")]


@pytest.fixture
def reviewed(world: World) -> World:
    for claim, (one, other) in zip(factories.queued_claims(world, 5), PAIRS, strict=True):
        reviewed_twice(claim, (world.alice, one), (world.bob, other), at=datetime(2026, 3, 5, tzinfo=UTC))
    return world


def rows(answer: Any, **wanted: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    return [row for row in answer.json()["rows"] if all(row[name] == value for name, value in wanted.items())]


def test_the_whole_report(reviewed: World, api: ApiOf) -> None:
    answer = api(reviewed.carol, "read")("GET", "/agreement")
    report = answer.json()
    assert {name: value for name, value in report.items() if name not in ("rows", "spans")} == {
        "desk": "harbour", "since": None, "until": None, "claims": 5,
        "older_left_out": False, "pairs_left_out": 0, "months_left_out": 0, "unmarked": 5,
    }  # fmt: skip
    (whole,) = rows(answer, axis="veracity", by="whole")
    assert (whole["n"], whole["n_ordinal"], whole["few"], whole["reviewers"], whole["month"]) == (5, 4, True, [], None)
    assert whole["percent"]["value"] == pytest.approx(0.6)
    assert whole["percent"]["low"] < 0.6 < whole["percent"]["high"]
    assert whole["ordinal"]["value"] > whole["alpha"]["value"], "a near miss weighs less"
    (pair,) = rows(answer, axis="veracity", by="pair")
    assert pair["reviewers"] == [{"id": reviewed.alice.pk, "name": "Alice"}, {"id": reviewed.bob.pk, "name": "Bob"}]
    (month,) = rows(answer, axis="veracity", by="month")
    assert (month["month"], month["n"]) == ("2026-03", 5)


def test_what_both_marked(world: World, api: ApiOf) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    (claim,) = factories.queued_claims(world, 1)
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    for person, words in ((world.alice, content.words), (world.bob, " ".join(content.words.split()[1:]))):
        review.submit(review.take(person, claim.pk).pk, person, factories.answers(spans={content.place: words}))
    report = api(world.carol)("GET", "/agreement").json()
    assert report["unmarked"] == 0
    assert [(row["by"], row["n"], row["few"]) for row in report["spans"]] == [
        ("whole", 1, True), ("pair", 1, True), ("month", 1, True),
    ]  # fmt: skip
    alpha = report["spans"][0]["alpha"]
    assert alpha["source"] == alpha["cue"] == {"value": 1.0, "low": None, "high": None}
    assert 0 < alpha["content"]["value"] < 1
    assert [person["name"] for person in report["spans"][1]["reviewers"]] == ["Alice", "Bob"]


def test_what_is_not_defined_is_null_and_not_one(reviewed: World, api: ApiOf) -> None:
    (whole,) = rows(api(reviewed.carol)("GET", "/agreement"), axis="attribution", by="whole")
    assert whole["percent"] == {"value": 1.0, "low": None, "high": None}
    assert whole["kappa"] == whole["alpha"] == whole["ordinal"] == {"value": None, "low": None, "high": None}


def test_days_and_desk(reviewed: World, api: ApiOf) -> None:
    carol = api(reviewed.carol)
    for query, claims in (("since=2026-03-06", 0), ("until=2026-03-05", 5), ("since=&until=&desk=", 5)):
        assert carol("GET", f"/agreement?{query}").json()["claims"] == claims
    for desk in ("harbour", reviewed.desk.pk):
        assert carol("GET", f"/agreement?desk={desk}").json()["claims"] == 5


def test_bad_days_are_named(reviewed: World, api: ApiOf) -> None:
    carol = api(reviewed.carol)
    for query, field in (("since=soon", "since"), ("since=2026-03-02&until=2026-03-01", "until"), ("desk=%00", "desk")):
        answer = carol("GET", f"/agreement?{query}")
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_another_desk_looks_like_none(reviewed: World, api: ApiOf) -> None:
    mallory = api(reviewed.mallory)
    foreign, absent = (mallory("GET", f"/agreement?desk={desk}") for desk in ("harbour", "nowhere"))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content == absent.content
    assert mallory("GET", "/agreement").json()["desk"] == "valley"


def test_for_editors_and_admins_alone(reviewed: World, api: ApiOf) -> None:
    for person, status in (
        (reviewed.carol, 200), (reviewed.dora, 200), (reviewed.alice, 403), (reviewed.ruth, 403),
        (factories.user("nina"), 403),
    ):  # fmt: skip
        assert api(person)("GET", "/agreement").status_code == status, person
    assert api(reviewed.alice)("GET", "/agreement?desk=harbour").status_code == 403


def test_a_first_review_alone_is_not_seen(world: World, api: ApiOf) -> None:
    """Whoever edits may be the second reviewer as well."""
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    before = api(world.carol)("GET", "/agreement").content
    reviewed_twice(factories.queued_claims(world, 1)[0], (world.alice, "true"))
    assert api(world.carol)("GET", "/agreement").content == before
