"""Whether the connection to the database lives is seen where it can be, and asked where it cannot."""

from collections.abc import Iterator
from types import SimpleNamespace

import psycopg2
import pytest
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connection, connections

from tests.concurrency import wait_for
from workbench.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[psycopg2.extensions.connection]:
    made = psycopg2.connect(**connection.get_connection_params())
    made.autocommit = True
    yield made
    made.close()


@pytest.fixture
def pid(other: psycopg2.extensions.connection) -> int:
    """Of the server's process for Django's connection, which is new."""
    connection.close()
    return _pid()


def _pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (found,) = cursor.fetchone()
    return int(found)


def _last_asked(other: psycopg2.extensions.connection, pid: int) -> str:
    with other.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])
        found = cursor.fetchone()
    return str(found[0]) if found else ""


def _wrapper() -> base.DatabaseWrapper:
    wrapper = connections[DEFAULT_DB_ALIAS]
    assert isinstance(wrapper, base.DatabaseWrapper)
    return wrapper


def _next_request() -> None:
    close_old_connections()
    connection.cursor().close()


def test_it_is_asked_now_and_then_and_not_for_each_request(other: psycopg2.extensions.connection, pid: int) -> None:
    _next_request()
    assert _last_asked(other, pid) == "SELECT pg_backend_pid()"
    _wrapper().asked_at = 0.0  # as if it were long ago
    _next_request()
    assert _last_asked(other, pid) == "SELECT 1"


def test_after_an_error_it_is_asked(other: psycopg2.extensions.connection, pid: int) -> None:
    connection.errors_occurred = True
    _next_request()
    assert _last_asked(other, pid) == "SELECT 1"
    assert not connection.errors_occurred


def test_a_connection_that_the_server_ended_is_made_anew(other: psycopg2.extensions.connection, pid: int) -> None:
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_for(lambda: not _last_asked(other, pid), "the server's process ended")
    close_old_connections()
    assert _pid() != pid


def test_a_connection_is_not_looked_at_again_at_once(
    other: psycopg2.extensions.connection, pid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []

    def look(connection: object) -> bool:
        looks.append(connection)
        return True

    monkeypatch.setattr(base, "_is_quiet", look)
    monkeypatch.setattr(base, "time", SimpleNamespace(monotonic=lambda: now))
    now: float = _wrapper().asked_at + 1.0
    for later, looked in ((0.0, 1), (base.LOOK_EVERY_S / 2, 1), (base.LOOK_EVERY_S * 2, 2)):
        now += later
        _next_request()
        assert len(looks) == looked
    connection.errors_occurred = True
    _next_request()
    assert (_last_asked(other, pid), len(looks)) == ("SELECT 1", 2)
