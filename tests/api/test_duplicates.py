"""Over REST: claims that seem to be the same, and what is said of them."""

import pytest

from claims.models.claims import ClaimLink
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


@pytest.fixture
def link(world: World) -> ClaimLink:
    one, other = factories.queued_claims(world, 2)
    return ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", score=0.9)


def test_pairs_are_listed_and_answered(world: World, api: ApiOf, link: ClaimLink) -> None:
    carol = api(world.carol, "edit")
    (row,) = carol("GET", "/duplicates").json()["results"]
    assert [each["id"] for each in row["claims"]] == [link.from_claim_id, link.to_claim_id]
    assert (row["answer"], row["said_by"], row["by_machine"]) == ("open", None, True)
    where = f"/claims/{link.to_claim_id}/same-as"
    sent = {"other": link.from_claim_id, "answer": "different"}
    said = carol("POST", where, sent)
    assert (said.status_code, said.json()["answer"], said.json()["said_by"]) == (200, "different", "carol")
    again = carol("POST", where, sent)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "said_already")
    assert carol("GET", "/duplicates").json()["results"] == []
    listed = carol("GET", f"/duplicates?answer=different&claim={link.from_claim_id}").json()["results"]
    assert [each["id"] for each in listed] == [link.pk]
    assert carol("GET", f"/duplicates?answer=different&claim={link.to_claim_id + 1}").json()["results"] == []
    assert carol("POST", where, sent | {"answer": "open"}).json()["answer"] == "open"
    assert carol("POST", where, sent | {"answer": "same"}).json()["answer"] == "same"
    assert carol("GET", f"/claims/{link.from_claim_id}").json()["links"][0]["confirmed"] is True


def test_pages_follow_each_other(world: World, api: ApiOf) -> None:
    claims = factories.queued_claims(world, 6)
    made = [
        ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as").pk
        for one, other in zip(claims[::2], claims[1::2], strict=True)
    ]
    carol, seen = api(world.carol), []
    address = "/duplicates?limit=1"
    while address:
        page = carol("GET", address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"] and page["next"].partition("/api/v1")[2]
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "other"),
        ({"other": 1}, 400, "answer"),
        ({"other": 10**23, "answer": "same"}, 400, "other"),
        ({"other": 10**12, "answer": "same"}, 404, "other"),
        ({"other": 1, "answer": "perhaps"}, 400, "answer"),
    ],
)
def test_what_makes_no_sense_is_named(
    world: World, api: ApiOf, link: ClaimLink, body: dict[str, object], status: int, field: str
) -> None:
    answer = api(world.carol, "edit")("POST", f"/claims/{link.from_claim_id}/same-as", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


def test_reviewers_and_strangers_say_nothing_of_it(world: World, api: ApiOf, link: ClaimLink) -> None:
    body = {"other": link.to_claim_id, "answer": "same"}
    where = f"/claims/{link.from_claim_id}/same-as"
    assert api(world.alice, "edit")("POST", where, body).status_code == 403
    assert api(world.mallory, "edit")("POST", where, body).status_code == 404
    assert api(world.alice)("GET", "/duplicates").status_code == 403
    assert api(world.mallory)("GET", f"/duplicates?desk={world.desk.slug}").status_code == 404
