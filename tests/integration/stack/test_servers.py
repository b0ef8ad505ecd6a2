"""The embedded servers survive being killed, and refuse to be started twice."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from workbench.stack import binaries, postgres
from workbench.stack.errors import StackError
from workbench.stack.folder import DataFolder, FolderInUseError
from workbench.stack.servers import Servers


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    folder = DataFolder.at(
        tmp_path / "a data folder with a name that is far too long for the path of a socket" / "data"
    )
    folder.lock("test")
    yield folder
    folder.end_leftovers()
    folder.remove_sockets()
    folder.unlock()


def start(folder: DataFolder) -> Servers:
    servers = Servers(folder)
    servers.start({})
    servers.wait()
    return servers


def query(servers: Servers, statement: str) -> list[tuple[Any, ...]]:
    with (
        closing(psycopg2.connect(servers.addresses["DATABASE_URL"])) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_the_cluster_is_durable_and_compares_text_by_unicode(folder: DataFolder) -> None:
    servers = start(folder)
    try:
        settings = dict(query(servers, "SELECT name, setting FROM pg_settings"))
        assert (settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"]) == ("on", "on", "on")
        assert settings["listen_addresses"] == ""
        assert query(
            servers, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
        ) == [("b", "PG_UNICODE_FAST")]
        assert query(servers, "SELECT upper('straße'), lower('ÇA')") == [("STRASSE", "ça")]
        with redis.Redis.from_url(servers.addresses["REDIS_URL"], decode_responses=True) as client:
            chosen = {
                name: client.config_get(name)[name]
                for name in ("appendonly", "appendfsync", "maxmemory-policy", "port")
            }
        assert chosen == {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "port": "0"}
    finally:
        servers.stop()


def test_killed_servers_start_again_with_everything_that_was_committed(folder: DataFolder) -> None:
    servers = start(folder)
    query(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.Redis.from_url(servers.addresses["REDIS_URL"]) as client:
        client.set("kept", "42")
    for child in servers.children:
        assert child.process is not None
        child.process.kill()
        child.process.wait()

    servers = start(folder)
    try:
        assert query(servers, "SELECT answer FROM kept") == [(42,)]
        with redis.Redis.from_url(servers.addresses["REDIS_URL"]) as client:
            assert client.get("kept") == b"42"
    finally:
        servers.stop()


def test_servers_that_outlived_their_supervisor_are_ended_first(folder: DataFolder) -> None:
    """Both still run, with an open connection in the middle of a statement, when the next start comes."""
    first = start(folder)
    query(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    with closing(psycopg2.connect(first.addresses["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        second = start(folder)
        try:
            assert query(second, "SELECT answer FROM kept") == [(42,)]
            assert all(child.process is not None and child.process.wait() is not None for child in first.children)
        finally:
            second.stop()


def test_a_stale_lock_file_with_the_number_of_a_living_stranger_does_not_block(folder: DataFolder) -> None:
    start(folder).stop()
    stranger = os.getpid()
    (folder.path / "postgres" / "postmaster.pid").write_text(f"{stranger}\n{folder.path / 'postgres'}\n")
    (folder.make_sockets() / ".s.PGSQL.5432.lock").write_text(f"{stranger}\n{folder.path / 'postgres'}\n")
    servers = start(folder)
    assert query(servers, "SELECT 1") == [(1,)]
    servers.stop()


def test_half_of_a_cluster_is_thrown_away(folder: DataFolder) -> None:
    half = folder.path / "postgres.new-killed" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    servers = start(folder)
    assert query(servers, "SELECT 1") == [(1,)]
    servers.stop()
    assert not half.parent.exists()


def test_a_killed_initdb_leaves_no_cluster(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    killer = folder.path / "initdb"
    killer.write_text('#!/bin/sh\nmkdir -p "$2"; echo 18 > "$2/PG_VERSION"; kill -9 $$\n')
    killer.chmod(0o700)
    monkeypatch.setattr(binaries, "postgres", lambda program: killer)
    with pytest.raises(StackError, match="could not make its cluster"):
        postgres.make_cluster(folder.path / "postgres", log=folder.logs / "initdb.log", environment={})
    assert not list(folder.path.glob("postgres*"))


def test_a_second_supervisor_is_refused_by_name(folder: DataFolder) -> None:
    with pytest.raises(FolderInUseError, match=r"in use by process \d+ \(test\).*--data"):
        DataFolder.at(folder.path).lock("another")


def test_a_stopped_server_leaves_no_socket_behind(folder: DataFolder) -> None:
    servers = start(folder)
    sockets = folder.sockets()
    assert sockets is not None
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert len(str(sockets / ".s.PGSQL.5432.lock")) < 104
    servers.stop()
    assert not sockets.exists()


def test_a_server_that_cannot_start_shows_its_last_words(folder: DataFolder) -> None:
    start(folder).stop()
    (folder.path / "postgres" / "PG_VERSION").write_text("9.6\n")
    servers = Servers(folder)
    servers.start({})
    try:
        with pytest.raises(StackError, match=r"(?s)PostgreSQL stopped.*postgres\.log.*incompatible"):
            servers.wait()
    finally:
        servers.stop()
