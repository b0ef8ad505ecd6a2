"""Programs go round what pages need: who they are, in which language they are answered, and what guards a session."""

import gc
import weakref

import pytest
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import Client, RequestFactory
from django.urls import resolve
from pytest_django.fixtures import Settings

from tests.api.conftest import ApiOf
from tests.factories import World
from workbench.accounts.short_way import ShortWay, ShortWayEnd


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
    alice = api(world.alice)
    for host, status in (
        ("localhost", 200),
        ("elsewhere.example", 400),
        ("elsewhere.example", 400),
        ("localhost", 200),
    ):
        answer = alice("GET", "/desks", host=host)
        assert (answer.status_code, "problem" in answer["Content-Type"]) == (status, status == 400)


def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Referrer-Policy": "own"})


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("https", [False, True])
def test_the_headers_of_security_are_those_of_pages(settings: Settings, secure: bool, https: bool) -> None:
    settings.HTTPS = https
    settings.SECURE_HSTS_SECONDS = 60 if https else 0
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if https else None
    short = ShortWay(ShortWayEnd(_plain))
    headers = {"X-Forwarded-Proto": "https" if secure else "http"}
    request = RequestFactory().get("/api/v1/desks", headers=headers)
    expected = dict(SecurityMiddleware(_plain).process_response(request, _plain(request)).items())
    assert dict(short(request).items()) == expected | {"Content-Length": "0"}
    assert ("Strict-Transport-Security" in expected) == (secure and https)


@pytest.mark.parametrize("path", ["/api/v1/desks", "/api/v1/desks/0"])
def test_what_is_answered_is_no_garbage(world: World, api: ApiOf, path: str) -> None:
    """It goes at once: nothing that belongs to a request waits for the garbage collector."""
    request = RequestFactory().get(path, headers=api(world.alice).headers)
    found = resolve(path)
    gc.collect()
    gc.disable()
    try:
        answer = found.func(request, **found.kwargs).render()
        left = weakref.ref(request)
        del request, found
        assert answer.content
        del answer
        assert left() is None
    finally:
        gc.enable()
