"""Programs go round what pages need: who they are, in which language they are answered, and what guards a session."""

import pytest
from django.test import Client

from tests.api.conftest import ApiOf
from tests.factories import World


@pytest.fixture
def browser(world: World) -> Client:
    """Alice's, with her session, and without the mark against forgery."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.alice)
    return client


def test_a_token_signs_in_and_not_the_session_beside_it(world: World, api: ApiOf, browser: Client) -> None:
    own = browser.get("/api/v1/me/memberships").json()["results"]
    theirs = browser.get("/api/v1/me/memberships", headers=api(world.carol).headers).json()["results"]
    assert [row["role"] for row in own] == ["reviewer"]
    assert [row["role"] for row in theirs] == ["editor"]


def test_a_session_still_needs_its_mark_against_forgery(world: World, api: ApiOf, browser: Client) -> None:
    assert browser.post("/api/v1/queue/next").status_code == 403
    for worthless in ("", "Basic YWxpY2U6eA=="):
        assert browser.post("/api/v1/queue/next", headers={"Authorization": worthless}).status_code == 403
    wrong = browser.post("/api/v1/queue/next", headers={"Authorization": "Bearer wb_nothing"})
    assert wrong.status_code == 401


def test_keys_of_nobody_are_passed_over(world: World, client: Client) -> None:
    for authorization in ({}, {"Authorization": "Bearer wb_nothing"}):
        answer = client.post("/api/v1/queue/next", headers={"Idempotency-Key": "k", **authorization})
        assert answer.status_code == 401


def test_answers_say_how_long_they_are_and_what_they_are(world: World, api: ApiOf) -> None:
    answer = api(world.alice)("GET", "/desks")
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_pages_keep_their_policy_whoever_asks(world: World, api: ApiOf) -> None:
    page = api(world.alice).client.get("/api/docs/", headers=api(world.alice).headers)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


def test_a_host_that_is_none_of_ours_is_refused(world: World, api: ApiOf) -> None:
    refused = api(world.alice)("GET", "/desks", host="elsewhere.example")
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")
