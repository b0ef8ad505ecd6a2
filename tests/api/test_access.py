"""Who gets in, for every described operation and every role: the walk is generated from the description."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from claims.api import rights
from claims.api.urls import urlpatterns
from claims.models.articles import Batch
from claims.models.claims import Attribution, Claim
from claims.models.desks import Role
from claims.models.events import Event
from claims.models.jobs import Job
from claims.rules.bulk import BulkVerb, Order
from claims.rules.rights import ROLES, Access, Needed, Right, has
from claims.services import bulk, conflicts, filters, invitations, notes, sources
from sources.models import Source
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.api.openapi import description
from tests.factories import World
from workbench.accounts import tokens
from workbench.accounts.models import ApiToken

NAMES = {"/api/v1/" + re.sub(r"<int:(\w+)>", r"{\1}", str(route.pattern)): str(route.name) for route in urlpatterns}
PUBLIC = {path for path, name in NAMES.items() if rights.ROUTES.get(f"GET {name}") == Access.EVERYBODY}
OF_A_DESK = (
    "{desk_id}",
    "{article_id}",
    "{attribution_id}",
    "{claim_id}",
    "{assignment_id}",
    "{note_id}",
    "{bulk_id}",
    "{membership_id}",
    "{conflict_id}",
    "{filter_id}",
    "{batch_id}",
)
METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> Iterator[tuple[str, str]]:
    for path, found in description()["paths"].items():
        if path.startswith("/api/v1/"):
            yield from ((method.upper(), path) for method in METHODS if method in found)


@dataclass(frozen=True)
class Rows:
    """One row of each kind, by the name of its parameter; all of the first desk."""

    ids: dict[str, int]
    claim: Claim

    def fill(self, path: str, absent: bool = False) -> str:
        for name, row_id in self.ids.items():
            path = path.replace(f"{{{name}}}", str(row_id + 1_000_000 if absent else row_id))
        assert "{" not in path
        return path


@pytest.fixture
def rows(world: World) -> Rows:
    article = factories.ready_article(world)
    published = factories.published(world)
    assignment = factories.taken(world.alice)
    source = sources.create("person", "Anna Bell")
    dead = Job.objects.create(name="claims.fetch_article", key="dead", state="dead", finished_at=timezone.now())
    claim = assignment.claim
    delivery = factories.waiting_delivery(world)
    batch = Batch.objects.create(desk=world.desk, submitted_by=world.alice)
    ids = {
        "article_id": article.pk,
        "batch_id": batch.pk,
        "attribution_id": Attribution.objects.filter(revision__article=article)[0].pk,
        "claim_id": claim.pk,
        "assignment_id": assignment.pk,
        "verdict_id": published.verdict_id,
        "source_id": source.pk,
        "job_id": dead.pk,
        "bulk_id": bulk.begin(world.desk, Order(BulkVerb.REVIEW_TWICE), [claim.pk], actor=world.carol).pk,
        "note_id": notes.add(claim.pk, "Mind the date.", actor=world.carol).pk,
        "membership_id": world.carol.memberships.get().pk,
        "desk_id": world.desk.pk,
        "user_id": world.ruth.pk,
        "invitation_id": invitations.invite(world.desk, "new@example.com", "reader", actor=world.dora).pk,
        "webhook_id": delivery.webhook_id,
        "delivery_id": delivery.pk,
        "filter_id": filters.save(world.desk, "Mine", "state=queued", shared=False, actor=world.carol).pk,
        "conflict_id": conflicts.declare(world.desk.pk, source, actor=world.carol).pk,
    }
    return Rows(ids, claim)


def history() -> tuple[int, int, int]:
    return Event.objects.count(), Job.objects.filter(state="queued").count(), Source.objects.count()


ALL = list(operations())
UNSAFE = [(method, path) for method, path in ALL if method != "GET"]
NESTED = [(method, path) for method, path in ALL if any(name in path for name in OF_A_DESK)]


def test_the_walk_covers_the_api() -> None:
    assert len(ALL) >= 33
    assert ("POST", "/api/v1/queue/next") in UNSAFE
    assert ("PUT", "/api/v1/assignments/{assignment_id}/draft") in NESTED


@pytest.mark.parametrize(("method", "path"), ALL)
def test_nobody_is_asked_to_sign_in(rows: Rows, api: ApiOf, method: str, path: str) -> None:
    before = history()
    answer = api()(method, rows.fill(path))
    if path in PUBLIC:
        assert answer.status_code == 200
        return
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"
    assert history() == before


@pytest.mark.parametrize(("method", "path"), ALL)
def test_a_wrong_token_is_refused_everywhere(rows: Rows, method: str, path: str) -> None:
    answer = Api("wb_no-such-token")(method, rows.fill(path))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_reading_is_not_enough_to_change_anything(world: World, rows: Rows, api: ApiOf, method: str, path: str) -> None:
    before = history()
    answer = api(world.carol, "read")(method, rows.fill(path))
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert error["code"] == "missing_scope"
    assert any(f"“{scope}”" in error["detail"] for scope in ("review", "edit", "intake"))
    assert history() == before


@pytest.mark.parametrize(("method", "path"), NESTED)
def test_another_desks_row_looks_like_none(world: World, rows: Rows, api: ApiOf, method: str, path: str) -> None:
    before = history()
    mallory = api(world.mallory)
    real, absent = mallory(method, rows.fill(path)), mallory(method, rows.fill(path, absent=True))
    assert (real.status_code, absent.status_code) == (404, 404)
    assert real.content == absent.content
    assert history() == before


def test_a_caller_who_names_a_version_is_told_no_more_by_it(world: World, rows: Rows, api: ApiOf) -> None:
    """304 says that something is there and what it is: only to whom the content itself would be answered."""
    people = (None, world.mallory, world.ruth, world.alice, world.bob, world.carol, world.dora)
    callers = [api(person) if person else api() for person in people]
    for path in (path for method, path in ALL if method == "GET"):
        contents: dict[str, bytes] = {}
        for caller in callers:
            plain, any_version = (caller("GET", rows.fill(path), **headers) for headers in ({}, {"If_None_Match": "*"}))
            if plain.status_code != 200:
                assert (any_version.status_code, any_version.content) == (plain.status_code, plain.content), path
                continue
            assert any_version.status_code in (200, 304), path
            if any_version.status_code == 304:
                assert (any_version.content, any_version["ETag"]) == (b"", plain["ETag"]), path
            if "ETag" in plain:
                assert contents.setdefault(plain["ETag"], plain.content) == plain.content, f"{path}: one tag for two"


def test_every_operation_says_what_it_asks_for() -> None:
    described = {f"{method} {NAMES[path]}" for method, path in ALL}
    silent = sorted(described - set(rights.ROUTES))
    assert silent == [], f"Add “{silent[:1]}” with the right it asks for to claims/api/rights.py."
    assert set(rights.ROUTES) == described, "claims/api/rights.py names operations that are none."


def granted(role: str, needed: Needed) -> bool:
    return needed != Access.STAFF if isinstance(needed, Access) else has(role, needed)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says(world: World, rows: Rows, api: ApiOf, role: str) -> None:
    """Refused is who lacks the right, and nobody else; an empty body has its own answer."""
    person = factories.member(world.desk, "newcomer", Role(role))
    own = factories.taken(person).pk if has(role, Right.REVIEW) else rows.ids["assignment_id"]
    caller = api(person)
    told = {}
    for method, path in ALL:
        key = f"{method} {NAMES[path]}"
        # What a reviewer does is done to what they hold themselves.
        held = own if rights.ROUTES[key] == Right.REVIEW else rows.ids["assignment_id"]
        status = caller(method, Rows(rows.ids | {"assignment_id": held}, rows.claim).fill(path)).status_code
        # Somebody else's assignment is none of theirs to know of.
        told[key] = status not in ((403, 404) if "{assignment_id}" in path else (403,))
    assert told == {key: granted(role, needed) for key, needed in rights.ROUTES.items()}


def test_a_reader_changes_nothing(world: World, rows: Rows, api: ApiOf) -> None:
    before = history()
    caller = api(world.ruth)
    # What is a person's own is theirs to change.
    own = (Access.SIGNED_IN, Right.READ)
    theirs = [pair for pair in UNSAFE if rights.ROUTES[f"{pair[0]} {NAMES[pair[1]]}"] not in own]
    for method, path in theirs:
        assert caller(method, rows.fill(path)).status_code in (403, 404), (method, path)
    assert history() == before


def test_staff_of_the_installation_see_its_jobs_and_no_desk(world: World, rows: Rows, api: ApiOf) -> None:
    caller = api(factories.user("operator", is_staff=True, is_superuser=True))
    for method, path in ALL:
        needed = rights.ROUTES[f"{method} {NAMES[path]}"]
        # Whoever may make a desk is asked for its name; a filter has the desk in its body, which names none.
        expected: tuple[int, ...] = (200, 202, 400) if isinstance(needed, Access) else (403, 404)
        if (method, path) == ("POST", "/api/v1/filters"):
            expected = (400,)
        assert caller(method, rows.fill(path)).status_code in expected, (method, path)


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_a_session_needs_the_pages_own_sign(world: World, rows: Rows, method: str, path: str) -> None:
    before = history()
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.carol)
    answer = client.generic(method, rows.fill(path), "{}", content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert history() == before


def test_a_session_with_the_sign_may(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.carol)
    client.cookies["csrftoken"] = "a" * 32
    body = {"text": "Anna Bell said that the harbour was safe."}
    headers = {"X-CSRFToken": "a" * 32}
    answer = client.post("/api/v1/articles", body, content_type="application/json", headers=headers)
    assert answer.status_code == 202, answer.content


@pytest.mark.parametrize(("method", "path"), [pair for pair in ALL if "{" in pair[1]])
@pytest.mark.parametrize("number", ["0", str(2**31), str(2**63), "9" * 23, "9" * 5000])
def test_an_id_beyond_all_rows_is_absent(
    world: World, rows: Rows, api: ApiOf, method: str, path: str, number: str
) -> None:
    admin = factories.user("admin", is_staff=True)
    caller = api(admin if "job_id" in path else world.carol)
    assert caller(method, re.sub(r"\{\w+\}", number, path)).status_code == 404


@pytest.mark.parametrize("path", sorted({path for _, path in ALL}))
def test_other_methods_are_named(world: World, rows: Rows, api: ApiOf, path: str) -> None:
    unknown = next(method for method in ("DELETE", "PUT", "PATCH") if (method, path) not in ALL)
    answer = api(world.carol)(unknown, rows.fill(path))
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Allow"]


def test_addresses_that_are_none(api: ApiOf) -> None:
    for path in ("/api/v1/nothing", "/api/v2/claims", "/api/v1/claims/abc", "/api/v1/claims/-1", "/api/v1/"):
        for method in ("GET", "POST"):
            answer = api()(method, path)
            assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_slash_too_many_leads_back(api: ApiOf) -> None:
    answer = api().client.get("/api/v1/verdicts/?limit=3")
    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/verdicts?limit=3")


FORBIDDEN = {
    "state": "published", "status": "ready", "reviewer": 1, "submitted_by": 1, "is_staff": True, "priority": 100,
    "version": 99, "id": 1, "round": 7, "position": 1,
}  # fmt: skip


def test_fields_that_are_not_the_callers_change_nothing(world: World, rows: Rows, api: ApiOf) -> None:
    answer = api(world.carol)("POST", "/articles", {"text": "Bell said that the harbour was safe.", **FORBIDDEN})
    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"
    article = answer.json()["id"]
    changed = api(world.carol)("PATCH", f"/articles/{article}", {"outlet": "The Post", "desk": "valley", **FORBIDDEN})
    assert changed.json()["outlet"] == "The Post"
    assert changed.json()["desk"]["slug"] == "harbour"
    assert changed.json()["status"] == "queued"
    assert changed.json()["version"] == 2
    alice = api(world.alice)
    drafted = alice("PUT", f"/assignments/{rows.ids['assignment_id']}/draft", {"rationale": "So far.", **FORBIDDEN})
    assert drafted.json()["draft"] == {"rationale": "So far."}
    rows.claim.refresh_from_db()
    assert (rows.claim.round, rows.claim.state) == (1, "in_review")
    assert rows.claim.priority != 100


def test_another_desk_cannot_be_named(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    body = {"text": "Bell said that the harbour was safe."}
    theirs = carol("POST", "/articles", body | {"desk": "valley"})
    absent = carol("POST", "/articles", body | {"desk": "nowhere"})
    assert theirs.status_code == 404
    assert theirs.content == absent.content
    assert carol("POST", "/articles", body | {"desk": "harbour"}).status_code == 202


# --- Tokens -----------------------------------------------------------------------------------------------------------


def _status(secret: str) -> int:
    status: int = Api(secret)("GET", "/claims").status_code
    return status


def test_a_token_ends_with_its_time_its_revocation_and_its_person(world: World) -> None:
    soon = timezone.now() + timedelta(hours=1)
    secrets = [tokens.draw(world.alice, f"test {n}", ["read"], soon) for n in range(3)]
    assert [_status(secret) for secret in secrets] == [200, 200, 200]
    first, second, _ = ApiToken.objects.order_by("pk")
    tokens.revoke(first)
    ApiToken.objects.filter(pk=second.pk).update(
        created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(days=1)
    )
    assert [_status(secret) for secret in secrets] == [401, 401, 200]
    world.alice.is_active = False
    world.alice.save()
    assert _status(secrets[2]) == 401


def test_the_secret_is_stored_nowhere(world: World) -> None:
    secret = tokens.draw(world.alice, "test", ["read"])
    stored: Any = ApiToken.objects.values().get()
    assert all(secret not in str(value) for value in stored.values())
    assert secret.startswith("wb_")


@pytest.mark.parametrize(("name", "scopes"), [("", ["read"]), ("x" * 101, ["read"]), ("ok", []), ("ok", ["root"])])
def test_a_token_that_makes_no_sense_is_not_drawn(world: World, name: str, scopes: list[str]) -> None:
    with pytest.raises(tokens.TokenError):
        tokens.draw(world.alice, name, scopes)
    assert not ApiToken.objects.exists()


def test_its_use_is_noted_once_a_minute(world: World) -> None:
    secret = tokens.draw(world.alice, "test", ["read"])
    _status(secret)
    noted = ApiToken.objects.get().last_used_at
    assert noted is not None
    _status(secret)
    assert ApiToken.objects.get().last_used_at == noted
    ApiToken.objects.update(last_used_at=noted - timedelta(minutes=2))
    _status(secret)
    again = ApiToken.objects.get().last_used_at
    assert again is not None
    assert again >= noted
