"""``/livez`` and ``/readyz``: what they say while a part is missing, and that they say it quickly."""

from typing import Any

import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.conftest import LiveStack
from workbench.health import checks, pulse


def states(client: Client) -> tuple[int, str, dict[str, str]]:
    answer = client.get("/readyz")
    body = answer.json()
    return answer.status_code, body["status"], {name: part["state"] for name, part in body["parts"].items()}


def test_livez_asks_nobody(client: Client) -> None:
    """Without the mark django_db, a question to the database would raise."""
    answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_without_worker_and_beat_it_is_degraded_and_says_why(client: Client, quiet_broker: "redis.Redis") -> None:
    parts = {"database": "ok", "migrations": "ok", "broker": "ok", "worker": "down", "beat": "down"}
    assert states(client) == (200, "degraded", parts)
    reason = client.get("/readyz").json()["reason"]
    assert "worker: no heartbeat" in reason
    assert "beat: beat has not ticked" in reason


@pytest.mark.django_db
def test_signs_of_life_expire(quiet_broker: "redis.Redis") -> None:
    pulse.mark(pulse.WORKER)
    pulse.mark(pulse.BEAT)
    assert checks.readiness().status is checks.Status.READY
    for key in (pulse.WORKER, pulse.BEAT):
        left = quiet_broker.ttl(key)
        assert 0 < left <= pulse.EXPIRES_S
        quiet_broker.expire(key, 0)
    assert checks.readiness().status is checks.Status.DEGRADED


@pytest.mark.django_db
def test_without_a_broker_pages_go_on(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock"
    pulse.broker.cache_clear()
    try:
        status, state, parts = states(client)
        pulse.mark(pulse.BEAT)  # beat itself lives on
    finally:
        pulse.broker.cache_clear()
    assert (status, state) == (200, "degraded")
    assert (parts["database"], parts["broker"], parts["worker"]) == ("ok", "down", "down")


def test_without_a_database_it_is_unavailable(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> None:
    """A database that is away: a connection to a socket that nobody made."""
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
    with django_db_blocker.unblock():
        connection.close()
        with pytest.raises(OperationalError):
            connection.ensure_connection()
        status, state, parts = states(client)
    assert (status, state, parts["database"]) == (503, "unavailable", "down")


@pytest.mark.django_db
def test_missing_migrations_make_it_unavailable(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_migrations", checks.Migrations())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'claims'")
    status, state, parts = states(client)
    assert (status, state, parts["migrations"]) == (503, "unavailable", "down")
    assert "manage.py migrate" in client.get("/readyz").json()["reason"]


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_nothing_but_reading_is_allowed(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_everything_running_is_ready(live_stack: LiveStack, client: Client) -> None:
    status, state, parts = states(client)
    assert (status, state) == (200, "ready")
    assert set(parts.values()) == {"ok"}
