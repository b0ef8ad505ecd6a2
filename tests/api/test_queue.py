"""The queue over REST: what could be taken, and what editors do with it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.review import QueueEntry
from claims.services import review
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def test_a_reviewer_sees_what_they_could_take_page_by_page(world: World, api: ApiOf) -> None:
    claims = factories.queued_claims(world, 5)
    QueueEntry.objects.filter(claim=claims[3]).update(priority=99)
    held = factories.taken(world.bob)
    api(world.bob)("POST", f"/assignments/{held.pk}/decline", {"reason": "no_time"})
    alice = api(world.alice, "read")
    page = alice("GET", "/queue?limit=2").json()
    seen = [row["claim"]["id"] for row in page["results"]]
    while page["next"]:
        page = alice("GET", page["next"]).json()
        seen += [row["claim"]["id"] for row in page["results"]]
    others = [claim.pk for claim in claims if claim != claims[3]]
    assert seen == [*others, claims[3].pk], "what came back stands behind"
    row = page["results"][-1]
    assert row["priority_reasons"]
    assert row["role"] == "first"
    assert row["due_at"] is None
    theirs = api(world.bob)("GET", "/queue").json()["results"]
    assert {row["claim"]["id"] for row in theirs} == set(others), "not what bob declined"
    assert api(world.mallory)("GET", "/queue").json()["results"] == []
    assert api(world.ruth)("GET", "/queue").status_code == 403


def test_what_the_list_costs_does_not_grow(world: World, api: ApiOf) -> None:
    counts = []
    alice = api(world.alice)
    alice("GET", "/queue")
    for more in (1, 15):
        factories.queued_claims(world, more)
        with CaptureQueriesContext(connection) as asked:
            alice("GET", "/queue")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_editor_sets_a_priority_and_leaves_it_to_the_rule_again(world: World, api: ApiOf, claim: Claim) -> None:
    carol, path = api(world.carol, "edit"), f"/claims/{claim.pk}/priority"
    changed = carol("POST", path, {"priority": 90, "reason": "The vote."}).json()
    assert (changed["priority"], changed["priority_set"]) == (90, 90)
    assert changed["priority_reasons"] == ["Set by Carol: The vote."]
    again = carol("POST", path, {"priority": None, "reason": "Over."}).json()
    assert (again["priority"], again["priority_set"]) == (claim.priority, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"priority": 101, "reason": "x"}, "priority"),
        ({"priority": "high", "reason": "x"}, "priority"),
        ({"reason": "x"}, "priority"),
        ({"priority": 1}, "reason"),
        ({"priority": 1, "reason": " "}, "reason"),
    ],
)
def test_what_is_no_priority_is_named(
    world: World, api: ApiOf, claim: Claim, body: dict[str, object], field: str
) -> None:
    answer = api(world.carol)("POST", f"/claims/{claim.pk}/priority", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_an_editor_gives_a_claim_to_a_reviewer(world: World, api: ApiOf, claim: Claim) -> None:
    carol, path = api(world.carol, "edit"), f"/claims/{claim.pk}/assign"
    refused = carol("POST", path, {"reviewer": "ruth", "reason": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "not_a_candidate")
    given = carol("POST", path, {"reviewer": "bob", "reason": "Bob knows bridges."}).json()
    assert (given["reviewer"], given["state"], given["claim"]["id"]) == ("bob", "active", claim.pk)
    again = carol("POST", path, {"reviewer": "alice", "reason": "x"})
    assert (again.status_code, again.json()["holder"]) == (409, "Bob")


def test_an_editor_sends_what_the_machine_held_back(world: World, api: ApiOf, claim: Claim) -> None:
    words = {"label": "C9", "text": "It is ugly.", "checkability": "opinion", "state": "triaged"}
    held_back = Claim.objects.create(desk=world.desk, article=claim.article, **words)
    carol, path = api(world.carol, "edit"), f"/claims/{held_back.pk}/queue"
    assert carol("POST", path).json()["state"] == "queued"
    assert carol("POST", path).status_code == 409


def test_reviewers_do_none_of_it(world: World, api: ApiOf, claim: Claim) -> None:
    body = {"priority": 1, "reviewer": "bob", "reason": "x"}
    for verb in ("queue", "priority", "assign"):
        assert api(world.alice)("POST", f"/claims/{claim.pk}/{verb}", body).status_code == 403
        assert api(world.mallory)("POST", f"/claims/{claim.pk}/{verb}", body).status_code == 404
        assert api(world.carol, "review")("POST", f"/claims/{claim.pk}/{verb}", body).status_code == 403


def test_an_offer_is_seen_and_accepted(world: World, api: ApiOf, claim: Claim) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(push=True)
    review.push()
    alice = api(world.alice, "review")
    offer = alice("GET", "/assignments?state=offered").json()["results"][0]
    assert offer["claim"]["id"] == claim.pk
    assert {reason["of"] for reason in offer["reasons"]} == {"priority", "fit"}
    path = f"/assignments/{offer['id']}"
    early = alice("POST", f"{path}/submit", {"rationale": "Too early."})
    assert (early.status_code, early.json()["errors"][0]["code"]) == (409, "offered")
    assert api(world.bob)("POST", f"{path}/accept").status_code == 404
    assert alice("POST", f"{path}/accept").json()["state"] == "active"
    again = alice("POST", f"{path}/accept")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "not_offered")


def test_an_offer_is_declined(world: World, api: ApiOf, claim: Claim) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(push=True)
    review.push()
    alice = api(world.alice, "review")
    offer = alice("GET", "/assignments?state=offered").json()["results"][0]
    assert alice("POST", f"/assignments/{offer['id']}/decline", {"reason": "no_time"}).json()["state"] == "declined"
    review.push()
    assert api(world.bob)("GET", "/assignments?state=offered").json()["results"][0]["claim"]["id"] == claim.pk
    assert api(world.carol)("GET", "/held").json()["results"][0]["state"] == "offered"


def test_an_editor_sees_whom_a_claim_suits(world: World, api: ApiOf, claim: Claim) -> None:
    found = api(world.carol, "read")("GET", f"/claims/{claim.pk}/candidates").json()["results"]
    assert {row["reviewer"] for row in found} == {"alice", "bob", "carol", "dora"}
    assert all(row["eligible"] and row["reasons"] for row in found)
    assert api(world.alice)("GET", f"/claims/{claim.pk}/candidates").status_code == 403
    assert api(world.mallory)("GET", f"/claims/{claim.pk}/candidates").status_code == 404
