"""Over REST: claims on hold, editors who take back and give on, and people who leave."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.desks import Membership
from claims.models.drafts import Draft
from claims.models.review import Assignment
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


@pytest.mark.parametrize("change", [{"active": False}, {"role": "reader"}], ids=["left", "reader"])
def test_who_is_no_reviewer_any_more_is_told_so_at_their_assignment(
    world: World, api: ApiOf, change: dict[str, str]
) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    alice = api(world.alice)
    assert [row["id"] for row in alice("GET", "/assignments").json()["results"]] == [held.pk]
    Membership.objects.filter(user=world.alice).update(**change)
    assert alice("GET", "/assignments").json()["results"] == []
    assert alice("GET", "/assignments/999999").status_code == 404
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "/draft", {"rationale": "Still here."}),
        ("POST", "/release", {}),
        ("POST", "/decline", {"reason": "other"}),
        ("POST", "/submit", {"rationale": "Still here."}),
    ):
        answer = alice(method, f"/assignments/{held.pk}{path}", body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "no_longer_a_reviewer"), method
    assert not Draft.objects.exclude(body={}).exists()
    held.refresh_from_db()
    assert held.state == "active"


@pytest.fixture
def held(world: World) -> Assignment:
    factories.queued_claims(world, 1)
    return factories.taken(world.alice)


WAIT = {"reason": "claimant", "note": "Asked the mayor's office."}


def test_a_claim_is_put_on_hold_and_resumed(world: World, api: ApiOf, held: Assignment) -> None:
    alice, path = api(world.alice, "review"), f"/assignments/{held.pk}"
    waiting = alice("POST", f"{path}/hold", WAIT).json()
    assert waiting["claim"]["state"] == "on_hold"
    assert (waiting["on_hold_for"], waiting["on_hold_note"]) == ("claimant", WAIT["note"])
    assert waiting["lease_until"] > waiting["on_hold_since"]
    for verb, body in (("hold", WAIT), ("submit", {"rationale": "Too early."})):
        early = alice("POST", f"{path}/{verb}", body)
        assert (early.status_code, early.json()["errors"][0]["code"]) == (409, "on_hold")
    again = alice("POST", f"{path}/resume").json()
    assert (again["claim"]["state"], again["on_hold_since"], again["on_hold_for"]) == ("in_review", None, "")
    assert alice("POST", f"{path}/resume").json()["errors"][0]["code"] == "not_on_hold"


@pytest.mark.parametrize("body", [{}, {"reason": "lunch", "note": "x"}, {"reason": "evidence", "note": " "}])
def test_a_hold_needs_its_reason_and_a_note(world: World, api: ApiOf, held: Assignment, body: dict[str, str]) -> None:
    answer = api(world.alice)("POST", f"/assignments/{held.pk}/hold", body)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} <= {"reason", "note"}


def test_nobody_holds_what_is_anothers(world: World, api: ApiOf, held: Assignment) -> None:
    for person in (world.bob, world.carol, world.mallory):
        for verb in ("hold", "resume"):
            assert api(person)("POST", f"/assignments/{held.pk}/{verb}", WAIT).status_code == 404


def test_editors_see_what_is_in_whose_hands(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 3)
    first, second, third = (factories.taken(world.alice) for _ in range(3))
    for each in (first, second):
        api(world.alice)("POST", f"/assignments/{each.pk}/hold", WAIT)
    Assignment.objects.filter(pk=first.pk).update(lease_until=Now() - timedelta(hours=1))
    carol = api(world.carol, "read")
    rows = carol("GET", "/held").json()["results"]
    assert [row["id"] for row in rows] == [third.pk, second.pk, first.pk]
    assert (rows[0]["reviewer"], rows[0]["reviewer_name"]) == ("alice", "Alice")
    assert rows[1]["on_hold_note"] == WAIT["note"]
    for filtered, expected in (("on_hold=true", [second.pk, first.pk]), ("overdue=true", [first.pk])):
        assert [row["id"] for row in carol("GET", f"/held?{filtered}").json()["results"]] == expected
    page = carol("GET", "/held?limit=2").json()
    assert [row["id"] for row in carol("GET", page["next"]).json()["results"]] == [first.pk]
    assert api(world.mallory)("GET", "/held").json()["results"] == []
    for person in (world.alice, world.ruth):
        assert api(person)("GET", "/held").status_code == 403


def test_what_the_list_costs_does_not_grow(world: World, api: ApiOf) -> None:
    counts = []
    carol = api(world.carol)
    carol("GET", "/held")  # notes the use of the token
    for more in (1, 15):
        for _ in factories.queued_claims(world, more):
            factories.taken(world.alice)
        with CaptureQueriesContext(connection) as asked:
            assert carol("GET", "/held").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_editor_takes_back_and_gives_on(world: World, api: ApiOf, held: Assignment) -> None:
    carol, why = api(world.carol, "edit"), {"reason": "Bob knows bridges."}
    path = f"/assignments/{held.pk}"
    assert carol("POST", f"{path}/reassign", why).json()["errors"][0]["field"] == "reviewer"
    refused = carol("POST", f"{path}/reassign", why | {"reviewer": "ruth"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "not_a_candidate")
    given = carol("POST", f"{path}/reassign", why | {"reviewer": "bob"}).json()
    assert (given["reviewer"], given["state"], given["why"]) == ("bob", "active", "From Carol: Bob knows bridges.")
    assert carol("POST", f"{path}/take-back", why).status_code == 409
    assert carol("POST", f"/assignments/{given['id']}/take-back", {}).status_code == 400
    taken = carol("POST", f"/assignments/{given['id']}/take-back", why).json()
    assert (taken["state"], taken["claim"]["state"]) == ("released", "queued")


def test_only_an_editor_of_the_desk_may(world: World, api: ApiOf, held: Assignment) -> None:
    body = {"reason": "Mine.", "reviewer": "bob"}
    for person in (world.alice, world.bob, world.ruth, world.mallory):
        for verb in ("take-back", "reassign"):
            assert api(person)("POST", f"/assignments/{held.pk}/{verb}", body).status_code == 404
    assert api(world.carol, "review")("POST", f"/assignments/{held.pk}/take-back", body).status_code == 403
    held.refresh_from_db()
    assert held.state == "active"
