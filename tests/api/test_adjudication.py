"""Two reviews of one claim over REST: what waits, both side by side, and the decision."""

from typing import Any

import pytest

from claims.models.claims import Claim
from claims.models.desks import Role
from claims.services import desks, review
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World, answers
from tests.returns import read

DECISION = {"attribution_verdict": "accurate", "veracity_verdict": "false", "note": "The report is clear."}


def decision(claim: Claim, **changed: Any) -> dict[str, Any]:
    """On both reviews as they are now."""
    return DECISION | {"reviews": read(claim)} | changed


@pytest.fixture
def world(db: None) -> World:
    return factories.world(second_review_share=1.0)


def test_the_whole_way(world: World, api: ApiOf) -> None:
    claim = factories.queued_claims(world, 1)[0]
    body: dict[str, Any] = {
        "attribution_verdict": "accurate", "rationale": "So.",
        "evidence": [{"url": "https://example.org/a", "relation": "refutes"}],
    }  # fmt: skip
    for person, rating, then in ((world.alice, "false", "second_review"), (world.bob, "true", "adjudication")):
        own = api(person)
        held = own("POST", "/queue/next").json()
        done = own("POST", f"/assignments/{held['id']}/submit", body | {"veracity_verdict": rating}).json()
        assert (done["verdict"], done["claim"]["state"]) == (None, then)
    carol = api(world.carol)
    assert [row["id"] for row in carol("GET", "/adjudications").json()["results"]] == [claim.pk]
    found = carol("GET", f"/claims/{claim.pk}/adjudication").json()
    assert found["differences"] == ["veracity_verdict"]
    assert [(each["reviewer"], each["role"], each["veracity"]["key"]) for each in found["reviews"]] == [
        ("Alice", "first", "false"),
        ("Bob", "second", "true"),
    ]
    assert [piece["shared"] for each in found["reviews"] for piece in each["evidence"]] == [True, True]
    assert found["settled"] is None
    settled = carol("POST", f"/claims/{claim.pk}/adjudicate", decision(claim, feedback="Page 4.")).json()["settled"]
    assert settled["verdict"]["veracity"]["key"] == "false"
    assert carol("GET", "/adjudications").json()["results"] == []
    for person in (world.alice, world.bob):
        seen = api(person)("GET", f"/claims/{claim.pk}/adjudication").json()
        assert seen["settled"] == settled
        assert (seen["settled"]["adjudicator"], seen["settled"]["feedback"]) == ("Carol", "Page 4.")


def test_who_settles(world: World, api: ApiOf) -> None:
    claim = factories.disputed(world)
    sam = factories.member(world.desk, "sam", Role.SENIOR_REVIEWER)
    rita = factories.member(world.desk, "rita", Role.REVIEWER)
    for person, status in ((world.alice, 403), (world.bob, 403), (rita, 403), (world.ruth, 403), (world.mallory, 404)):
        assert api(person)("GET", f"/claims/{claim.pk}/adjudication").status_code == status
        assert api(person)("POST", f"/claims/{claim.pk}/adjudicate", decision(claim)).status_code == status
        assert api(person)("GET", "/adjudications").json()["results"] == []
    assert api(sam, "read")("POST", f"/claims/{claim.pk}/adjudicate", decision(claim)).status_code == 403
    assert api(sam, "review")("POST", f"/claims/{claim.pk}/adjudicate", decision(claim)).status_code == 200
    late = api(world.carol)("POST", f"/claims/{claim.pk}/adjudicate", decision(claim))
    assert (late.status_code, late.json()["state"]) == (409, "decided")


def test_a_reviewer_with_the_role_is_told_why_not(world: World, api: ApiOf) -> None:
    desks.set_member(world.desk, world.alice, Role.EDITOR)
    claim = factories.disputed(world)
    refused = api(world.alice)("POST", f"/claims/{claim.pk}/adjudicate", decision(claim))
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["code"] == "four_eyes"


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"note": " "}, "note", "blank"),
        ({"note": None}, "note", "null"),
        ({"veracity_verdict": "perhaps"}, "veracity_verdict", "unknown_rating"),
        ({"veracity_verdict": "mixture"}, "rationale", "blank"),
        ({"feedback": "x" * 20_001}, "feedback", "max_length"),
    ],
)
def test_what_is_wrong_is_named(world: World, api: ApiOf, wrong: dict[str, Any], field: str, code: str) -> None:
    claim = factories.disputed(world)
    refused = api(world.carol)("POST", f"/claims/{claim.pk}/adjudicate", decision(claim, **wrong))
    assert refused.status_code == 400
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [(field, code)]
    assert Claim.objects.get(pk=claim.pk).state == "adjudication"


def test_an_editor_asks_for_two_reviews(world: World, api: ApiOf) -> None:
    (claim,) = factories.queued_claims(world, 1)
    carol, path = api(world.carol), f"/claims/{claim.pk}/review-twice"
    assert carol("POST", path).json()["review_twice"] is True
    assert carol("POST", path, {"wanted": False}).json()["review_twice"] is False
    assert api(world.alice)("POST", path).status_code == 403
    late = carol("POST", f"/claims/{factories.disputed(world).pk}/review-twice")
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "too_late")


def test_without_a_difference_there_is_nothing(world: World, api: ApiOf) -> None:
    claim = factories.queued_claims(world, 1)[0]
    for person in (world.alice, world.bob):
        review.submit(review.take(person, claim.pk).pk, person, answers())
    carol = api(world.carol)
    assert carol("GET", f"/claims/{claim.pk}/adjudication").status_code == 404
    late = carol("POST", f"/claims/{claim.pk}/adjudicate", decision(claim))
    assert late.json()["errors"][0]["code"] == "not_in_adjudication"


def test_the_list_goes_on_by_cursor(world: World, api: ApiOf) -> None:
    claims = [factories.disputed(world, claim) for claim in factories.queued_claims(world, 3)]
    carol = api(world.carol)
    first = carol("GET", "/adjudications?limit=2").json()
    second = carol("GET", first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == [claim.pk for claim in claims]
    assert second["next"] is None


def test_an_unchanged_dispute_is_not_sent_again(world: World, api: ApiOf) -> None:
    claim = factories.disputed(world)
    carol = api(world.carol)
    etag = carol("GET", f"/claims/{claim.pk}/adjudication")["ETag"]
    assert carol("GET", f"/claims/{claim.pk}/adjudication", If_None_Match=etag).status_code == 304


def test_whose_marking_holds_is_chosen(world: World, api: ApiOf) -> None:
    (claim,) = factories.queued_claims(world, 1)
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    _, rest = content.words.split(" ", 1)
    for person, said in ((world.alice, {}), (world.bob, {content.place: rest})):
        review.submit(review.take(person, claim.pk).pk, person, answers(spans=said))
    carol, where = api(world.carol), f"/claims/{claim.pk}"
    found = carol("GET", f"{where}/adjudication").json()
    (disputed,) = found["in_dispute"]
    assert (disputed["attribution"], disputed["version"]) == (content.attribution.pk, content.attribution.version)
    assert [row["words"] for row in disputed["article"] if row["role"] == "content"] == [content.words]
    body = DECISION | {"reviews": [row["id"] for row in found["reviews"]]}
    choice = {"attribution": disputed["attribution"], "version": disputed["version"], "holds": "second"}
    for wrong, field in (
        ([], "markings"),
        ([choice | {"holds": "nobody"}], "markings.0.holds"),
        ([{"attribution": 1, "holds": "first"}], "markings.0.version"),
    ):
        refused = carol("POST", f"{where}/adjudicate", body | {"markings": wrong})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    done = carol("POST", f"{where}/adjudicate", body | {"markings": [choice]}).json()
    assert done["settled"]["markings"] == [{"attribution": disputed["attribution"], "holds": "second"}]
    assert next(each for each in review.markings_of(claim) if each.role == "content").words == rest
