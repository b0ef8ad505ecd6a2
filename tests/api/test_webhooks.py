"""Webhooks by REST: the same steps as on the page, with ETags, cursors, and the secret in two answers alone."""

from typing import Any

import pytest

from claims.models.webhooks import Delivery, Webhook
from claims.rules.webhooks import PUBLIC
from claims.services import webhooks
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World
from workbench.accounts.models import IdempotencyKey

WANTED = {"name": "The CMS", "url": "https://cms.example.org/hook", "kinds": ["verdict.published", "claim.decided"]}


@pytest.fixture
def dora(world: World, api: ApiOf) -> Api:
    return api(world.dora)


@pytest.fixture
def path(world: World) -> str:
    return f"/desks/{world.desk.pk}/webhooks"


def test_from_the_first_to_the_last_step(world: World, dora: Api, path: str) -> None:
    made = dora("POST", path, WANTED)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret == webhooks.secret_of(Webhook.objects.get())
    assert made.json() | WANTED == made.json()
    one = f"{path}/{made.json()['id']}"
    got = dora("GET", one)
    assert (got.json()["state"], got.json()["created_by"]) == ("active", "dora")
    assert "secret" not in got.json()
    assert dora("GET", one, If_None_Match=got["ETag"]).status_code == 304
    assert [row["id"] for row in dora("GET", path).json()["results"]] == [made.json()["id"]]
    tried = dora("POST", f"{one}/test")
    assert tried.status_code == 202
    assert (tried.json()["kind"], tried.json()["state"]) == ("webhook.test", "pending")
    assert dora("POST", f"{one}/test").status_code == 409
    assert dora("POST", f"{one}/pause").json()["state"] == "paused"
    again = f"{one}/deliveries/{tried.json()['id']}/again"
    assert dora("POST", again).status_code == 409
    assert dora("POST", f"{one}/resume").json()["state"] == "active"
    assert dora("POST", again).status_code == 202
    rotated = dora("POST", f"{one}/rotate").json()
    assert rotated["secret"] != secret
    assert rotated["old_until"] is not None
    assert dora("DELETE", one).status_code == 204
    assert dora("GET", one).status_code == 404


def test_a_change_is_of_what_is_named_and_of_what_was_seen(dora: Api, world: World, path: str) -> None:
    one = f"{path}/{factories.webhook(world).pk}"
    seen = dora("GET", one)["ETag"]
    changed = dora("PATCH", one, {"kinds": ["verdict.retracted"]}, If_Match=seen)
    assert (changed.json()["name"], changed.json()["kinds"]) == ("The CMS", ["verdict.retracted"])
    assert changed["ETag"] == dora("GET", one)["ETag"] != seen
    stale = dora("PATCH", one, {"name": "Mine"}, If_Match=seen)
    assert stale.status_code == 412
    assert stale.json()["current"]["kinds"] == ["verdict.retracted"]


def test_what_is_wrong_is_said_field_by_field(dora: Api, path: str) -> None:
    inside = dora("POST", path, WANTED | {"url": "http://169.254.169.254/latest"})
    assert inside.status_code == 400
    assert [(error["field"], error["code"]) for error in inside.json()["errors"]] == [("url", "inside")]
    wrong: list[dict[str, Any]] = [{"kinds": []}, {"kinds": ["webhook.test"]}, {"kinds": "all"}, {"name": ""}]
    for each in wrong:
        assert dora("POST", path, WANTED | each).status_code == 400, each
    assert not Webhook.objects.exists()


def test_nobody_sets_what_is_not_theirs_to_set(dora: Api, world: World, path: str) -> None:
    forged = {"state": "disabled", "reason": "x", "salt": "0", "desk": world.elsewhere.pk, "secret": "whsec_AAAA"}
    made = dora("POST", path, WANTED | forged).json()
    row = Webhook.objects.get(pk=made["id"])
    assert (row.state, row.reason, row.desk, row.salt == "0") == ("active", "", world.desk, False)


def test_reading_asks_for_the_scope_of_those_who_change(world: World, api: ApiOf, path: str) -> None:
    factories.webhook(world)
    assert api(world.dora, "read", "review", "intake")("GET", path).status_code == 403
    assert api(world.dora, "edit")("GET", path).status_code == 200


def test_deliveries_are_pages_by_cursor_and_name_what_they_are_about(dora: Api, world: World, path: str) -> None:
    webhook = factories.webhook(world, kinds=[*PUBLIC, "claim.decided", "article.extracted"])
    done = factories.published(world)
    found, following = [], f"{path}/{webhook.pk}/deliveries?limit=2"
    while following:
        page = dora("GET", following).json()
        found += page["results"]
        following = page["next"]
    told = [(row["kind"], row["claim"], row["article"]) for row in reversed(found)]
    assert told == [
        ("article.extracted", None, done.claim.article_id),
        ("claim.decided", done.claim_id, None),
        ("verdict.published", done.claim_id, None),
    ]
    assert {row["message"] for row in found} == {row.message_id for row in Delivery.objects.all()}


def test_the_same_order_twice_makes_one_and_tells_the_secret_once(dora: Api, path: str) -> None:
    first = dora("POST", path, WANTED, Idempotency_Key="one")
    again = dora("POST", path, WANTED, Idempotency_Key="one")
    secret = first.json()["secret"]
    assert again.json() == {name: value for name, value in first.json().items() if name != "secret"}
    assert again["Idempotent-Replayed"] == "true"
    assert Webhook.objects.count() == 1
    drawn = dora("POST", f"{path}/{first.json()['id']}/rotate", Idempotency_Key="two").json()["secret"]
    assert "secret" not in dora("POST", f"{path}/{first.json()['id']}/rotate", Idempotency_Key="two").json()
    kept = b"".join(bytes(row.body) for row in IdempotencyKey.objects.all())
    assert kept
    assert secret.encode() not in kept
    assert drawn.encode() not in kept
