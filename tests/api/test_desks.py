"""Desks over REST: their policy, their people, and who is invited to them."""

from typing import Any

import pytest
from django.core import mail

from claims.models.claims import Claim
from claims.models.desks import POLICY, Desk, Role
from claims.models.invitations import Invitation
from claims.services import desks
from claims.services import sources as register
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World


@pytest.fixture
def dora(world: World, api: ApiOf) -> Api:
    return api(world.dora)


@pytest.fixture
def where(world: World) -> str:
    return f"/desks/{world.desk.pk}"


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


# --- The policy -------------------------------------------------------------------------------------------------------


def test_a_person_lists_their_own_desks(world: World, api: ApiOf) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.READER)
    rows = api(world.alice)("GET", "/desks").json()["results"]
    assert [(row["slug"], row["role"]) for row in rows] == [("valley", "reader"), ("harbour", "reviewer")]
    first = api(world.alice)("GET", "/desks?limit=1").json()
    second = api(world.alice)("GET", first["next"]).json()
    assert [row["slug"] for row in first["results"] + second["results"]] == ["valley", "harbour"]
    assert api(factories.user("stranger"))("GET", "/desks").json()["results"] == []


def test_every_member_reads_the_whole_policy(world: World, api: ApiOf, where: str) -> None:
    desks.change(world.desk, actor=world.dora, lead=world.carol)
    answer = api(world.ruth)("GET", where)
    assert set(POLICY) < set(answer.json())
    assert (answer.json()["role"], answer.json()["lead"], answer.json()["lease_minutes"]) == ("reader", "carol", 60)
    again = api(world.ruth)("GET", where, If_None_Match=answer["ETag"])
    assert again.status_code == 304
    assert api(world.mallory)("GET", where).status_code == 404


def test_an_admin_changes_what_they_name_and_nothing_else(world: World, dora: Api, where: str) -> None:
    sent = {"lease_minutes": 30, "gate_requires": ["method"], "lead": "carol", "slug": "taken", "version": 9, "id": 1}
    answer = dora("PATCH", where, sent)
    assert answer.status_code == 200, answer.content
    stored = Desk.objects.get(pk=world.desk.pk)
    assert (stored.lease_minutes, stored.gate_requires, stored.lead) == (30, ["method"], world.carol)
    assert (stored.slug, stored.version, stored.name) == ("harbour", 2, "Harbour Desk")
    assert dora("PATCH", where, {"lead": None}).json()["lead"] is None


def test_the_sources_that_are_reviewed_twice_are_given_by_number(world: World, dora: Api, where: str) -> None:
    bell, again = register.create("person", "Anna Bell"), register.create("person", "Mayor Bell")
    assert dora("GET", where).json()["second_review_sources"] == []
    seen = dora("GET", where)["ETag"]
    answer = dora("PATCH", where, {"second_review_sources": [again.pk, bell.pk, again.pk]}, If_Match=seen)
    assert (answer.status_code, answer.json()["second_review_sources"]) == (200, [bell.pk, again.pk])
    assert dora("PATCH", where, {"second_review_sources": []}, If_Match=seen).json()["current"] == {
        "second_review_sources": [bell.pk, again.pk]
    }
    register.merge(again, bell, actor=world.dora, reason="The same")
    assert dora("GET", where).json()["second_review_sources"] == [bell.pk]
    assert dora("PATCH", where, {"second_review_sources": [again.pk]}).json()["second_review_sources"] == [bell.pk]
    assert dora("PATCH", where, {"second_review_sources": []}).json()["second_review_sources"] == []


def test_a_change_of_an_older_version_is_refused_with_the_present_values(world: World, dora: Api, where: str) -> None:
    seen = dora("GET", where)["ETag"]
    desks.change(world.desk, actor=world.carol, lease_minutes=90)
    answer = dora("PATCH", where, {"lease_minutes": 30}, If_Match=seen)
    assert answer.status_code == 412
    assert answer.json()["current"] == {"lease_minutes": 90}
    fresh = dora("GET", where)["ETag"]
    assert dora("PATCH", where, {"lease_minutes": 30}, If_Match=fresh).json()["lease_minutes"] == 30


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lease_minutes", 0),
        ("lease_minutes", "soon"),
        ("second_review_share", 2),
        ("second_review_priority", 101),
        ("timezone", "Moon/Base"),
        ("gate_requires", ["luck"]),
        ("worthiness_weights", {"fame": 1}),
        ("lead", "mallory"),
        ("lead", "nobody"),
        ("second_review_sources", [999_999_999]),
        ("second_review_sources", [10**23]),
        ("second_review_sources", ["Anna Bell"]),
        ("second_review_sources", "Anna Bell"),
        ("second_review_sources", None),
        ("second_review_sources", [1] * 101),
        ("name", ""),
        ("url", "javascript:alert(1)"),
    ],
)
def test_what_makes_no_policy_is_named(world: World, dora: Api, where: str, name: str, value: Any) -> None:
    answer = dora("PATCH", where, {name: value})
    assert answer.status_code == 400
    assert {error["field"].split(".")[0] for error in answer.json()["errors"]} == {name}
    assert Desk.objects.get(pk=world.desk.pk).version == 1


def test_the_same_change_sent_twice_is_made_once(world: World, dora: Api, where: str) -> None:
    for _attempt in range(2):
        answer = dora("PATCH", where, {"lease_minutes": 30}, Idempotency_Key="change-1")
        assert answer.status_code == 200
    assert answer["Idempotent-Replayed"] == "true"
    assert Desk.objects.get(pk=world.desk.pk).version == 2


# --- The people -------------------------------------------------------------------------------------------------------


def test_every_member_sees_who_is_there(world: World, api: ApiOf, where: str) -> None:
    desks.remove_member(world.desk, world.bob, actor=world.dora)
    ruth = api(world.ruth)
    assert [row["username"] for row in ruth("GET", f"{where}/members").json()["results"]] == [
        "ruth", "dora", "carol", "alice",
    ]  # fmt: skip
    assert [row["username"] for row in ruth("GET", f"{where}/members?active=false").json()["results"]] == ["bob"]
    first = ruth("GET", f"{where}/members?limit=3").json()
    assert [row["username"] for row in ruth("GET", first["next"]).json()["results"]] == ["alice"]


def test_an_admin_changes_removes_and_takes_back(world: World, dora: Api, api: ApiOf, where: str) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    claim = held.claim
    alice = f"{where}/members/{world.alice.pk}"
    sent = {"role": "senior_reviewer", "capacity": 7, "languages": ["en", "uk"], "topics": ["bridges"]}
    answer = dora("PUT", alice, sent)
    assert {name: answer.json()[name] for name in sent} == sent
    assert dora("PUT", alice, {"role": "reviewer"}).json()["capacity"] == 7
    assert dora("DELETE", alice).status_code == 204
    assert Claim.objects.get(pk=claim.pk).state == "queued"
    late = api(world.alice)("PUT", f"/assignments/{held.pk}/draft", {"rationale": "So far"})
    assert (late.status_code, codes(late)) == (403, [("desk", "no_longer_a_reviewer")])
    assert dora("DELETE", alice).status_code == 404
    assert dora("PUT", alice, {"role": "reader"}).json()["active"] is True


def test_a_member_of_an_older_version_is_refused_with_the_present_values(
    world: World, dora: Api, api: ApiOf, where: str
) -> None:
    alice = f"{where}/members/{world.alice.pk}"
    seen = api(world.ruth)("GET", alice)
    assert seen.json()["username"] == "alice"
    tag = seen.headers["ETag"]
    assert dora("GET", alice, If_None_Match=tag).status_code == 304
    changed = dora("PUT", alice, {"role": "reviewer", "capacity": 9}, If_Match=tag)
    assert (changed.status_code, changed.json()["capacity"]) == (200, 9)
    late = dora("PUT", alice, {"role": "editor"}, If_Match=tag)
    assert (late.status_code, codes(late)) == (412, [("version", "changed_meanwhile")])
    assert (late.json()["current"]["role"], late.json()["current"]["capacity"]) == ("reviewer", 9)
    assert desks.role_at(world.desk.pk, world.alice) is Role.REVIEWER
    newest = changed.headers["ETag"]
    assert dora("PUT", alice, {"role": "editor"}, If_Match=newest).json()["role"] == "editor"
    assert dora("PUT", alice, {"role": "reader"}, If_Match="*").json()["role"] == "reader"
    assert dora("GET", f"{where}/members/{world.mallory.pk}").status_code == 404


def test_the_last_admin_stays(world: World, dora: Api, where: str) -> None:
    me = f"{where}/members/{world.dora.pk}"
    for answer in (dora("PUT", me, {"role": "editor"}), dora("DELETE", me)):
        assert answer.status_code == 409
        assert codes(answer) == [("role", "last_admin")]


@pytest.mark.parametrize(
    ("sent", "field"), [({}, "role"), ({"role": "emperor"}, "role"), ({"role": "editor", "capacity": 0}, "capacity")]
)
def test_what_makes_no_member_is_named(world: World, dora: Api, where: str, sent: Any, field: str) -> None:
    answer = dora("PUT", f"{where}/members/{world.alice.pk}", sent)
    assert answer.status_code == 400
    assert [name for name, _code in codes(answer)] == [field]
    assert desks.role_at(world.desk.pk, world.alice) is Role.REVIEWER


def test_whoever_never_was_there_looks_like_nobody(world: World, dora: Api, where: str) -> None:
    known, unknown = (
        dora("PUT", f"{where}/members/{number}", {"role": "reader"}) for number in (world.mallory.pk, 999_999_999)
    )
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert known.content == unknown.content


# --- Invitations ------------------------------------------------------------------------------------------------------


def test_an_admin_invites_lists_and_takes_back(world: World, dora: Api, where: str) -> None:
    made = dora("POST", f"{where}/invitations", {"email": "nina@example.com", "role": "editor", "language": "uk"})
    assert made.status_code == 201
    assert made.json()["language"] == "uk"
    assert (made.json()["state"], made.json()["sent_at"], made.json()["invited_by"]) == ("pending", None, "dora")
    factories.perform()
    (listed,) = dora("GET", f"{where}/invitations").json()["results"]
    assert listed["sent_at"]
    assert factories.secret_in(str(mail.outbox[-1].body)) not in str(listed)
    step = f"{where}/invitations/{listed['id']}"
    assert codes(dora("POST", f"{step}/resend")) == [("invitation", "too_soon")]
    assert dora("POST", f"{step}/revoke").json()["state"] == "revoked"
    assert codes(dora("POST", f"{step}/revoke")) == [("invitation", "revoked")]


def test_an_address_is_invited_once_and_a_request_acts_once(world: World, dora: Api, where: str) -> None:
    sent = {"email": "nina@example.com", "role": "reader"}
    first, again = (dora("POST", f"{where}/invitations", sent, Idempotency_Key="ask-nina") for _ in range(2))
    assert first.json() == again.json()
    answer = dora("POST", f"{where}/invitations", sent)
    assert (answer.status_code, codes(answer)) == (409, [("email", "invited")])
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "nina"}, "email"), ({"role": "emperor"}, "role"), ({"language": "tlh"}, "language")],
)
def test_what_cannot_be_sent_is_named(dora: Api, where: str, change: Any, field: str) -> None:
    answer = dora("POST", f"{where}/invitations", {"email": "nina@example.com", "role": "reader"} | change)
    assert answer.status_code == 400
    assert [name for name, _code in codes(answer)] == [field]


def test_one_of_another_desk_is_absent_below_ones_own(world: World, dora: Api, api: ApiOf, where: str) -> None:
    there = f"/desks/{world.elsewhere.pk}/invitations"
    theirs = api(world.mallory)("POST", there, {"email": "nina@example.com", "role": "reader"}).json()["id"]
    for step in ("resend", "revoke"):
        foreign, absent = (dora("POST", f"{where}/invitations/{row}/{step}") for row in (theirs, 999_999_999))
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.content == absent.content
    assert Invitation.objects.get(pk=theirs).revoked_at is None


def test_an_admin_of_the_installation_makes_a_desk(world: World, api: ApiOf) -> None:
    founder = factories.user("founder", is_staff=True)
    made = api(founder, "edit")("POST", "/desks", {"name": "Coast Desk", "slug": "coast"})
    assert (made.status_code, made.json()["slug"], made.json()["role"]) == (201, "coast", "admin")
    assert made.headers["ETag"] == api(founder)("GET", f"/desks/{made.json()['id']}").headers["ETag"]
    again = api(founder, "edit")("POST", "/desks", {"name": "Coast Desk", "slug": "coast"})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "slug")
    assert api(founder, "edit")("POST", "/desks", {"name": "", "slug": "a b"}).status_code == 400
    number = api(founder, "edit")("POST", "/desks", {"name": "Coast Desk", "slug": str(world.desk.pk)})
    assert (number.status_code, number.json()["errors"][0]["field"]) == (400, "slug"), "it would be read as an id"
    assert api(world.dora, "edit")("POST", "/desks", {"name": "Hers", "slug": "hers"}).status_code == 403
