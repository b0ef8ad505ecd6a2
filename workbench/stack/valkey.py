"""The embedded Valkey, which speaks the Redis protocol: the broker, with every write on the disk before its answer."""

from collections.abc import Mapping
from pathlib import Path

import redis

from workbench.stack import binaries
from workbench.stack.processes import Child

SOCKET = "valkey.sock"


def url(sockets: Path) -> str:
    return f"unix://{sockets / SOCKET}"


def server(folder: Path, *, sockets: Path, log: Path, environment: Mapping[str, str], durable: bool = True) -> Child:
    """The server as the caller's own child, not yet started. It never drops a message to make room (noeviction)."""
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(sockets / SOCKET),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "always" if durable else "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": "",
    }
    return Child(
        name="Valkey",
        argv=[binaries.valkey_server(), *(part for name, value in settings.items() for part in (f"--{name}", value))],
        log=log,
        environment=environment,
    )


def answers(sockets: Path) -> bool:
    """Whether the server answers; while it reads its log after a start it does not."""
    try:
        with redis.Redis(unix_socket_path=str(sockets / SOCKET), socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
