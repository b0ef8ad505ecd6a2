"""Typed reading of the environment.

Settings are read once, at the start. A wrong value refuses to start and names the variable and the way out, because a
service that starts with half a configuration fails later, somewhere else, in front of somebody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class EnvError(ValueError):
    """A variable of the environment is missing or cannot be read; the message names it."""


@dataclass(frozen=True)
class Environment:
    """Reads typed values out of a mapping such as ``os.environ``. Every method raises EnvError, naming the variable."""

    values: Mapping[str, str]

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise EnvError(f"{name} is not set. Set it in the environment.")
        return default

    def boolean(self, name: str, default: bool) -> bool:
        value = self.values.get(name, "").strip().lower()
        if not value:
            return default
        if value in TRUE:
            return True
        if value in FALSE:
            return False
        raise EnvError(f"{name} is {value!r}, which is neither yes nor no. Use 1 or 0.")

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.values.get(name, "").strip()
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            raise EnvError(f"{name} is {value!r}, which is not a whole number.") from None
        if not low <= number <= high:
            raise EnvError(f"{name} is {number}, which is not between {low} and {high}.")
        return number

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A comma-separated list, empty parts dropped."""
        value = self.values.get(name, "")
        return tuple(part.strip() for part in value.split(",") if part.strip()) or default

    def database(self, name: str) -> dict[str, str]:
        """A PostgreSQL address as Django's NAME, USER, PASSWORD, HOST and PORT.

        ``postgresql://user:password@host:5432/name``, or ``postgresql://user@/name?host=/folder`` for a Unix socket.
        """
        value = self.text(name)
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError as error:
            raise EnvError(f"{name} cannot be read: {error}. Use postgresql://user:password@host:5432/name.") from None
        database = unquote(parts.path.lstrip("/"))
        if parts.scheme not in ("postgres", "postgresql") or not database:
            raise EnvError(
                f"{name} does not name a PostgreSQL database. Use postgresql://user:password@host:5432/name."
            )
        query = dict(parse_qsl(parts.query))
        return {
            "NAME": database,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.get("host") or unquote(parts.hostname or ""),
            "PORT": query.get("port") or str(port or ""),
        }

    def redis(self, name: str) -> str:
        """The address of a Redis-protocol server: ``redis://host:6379/0``, ``rediss://…`` or ``unix:///path.sock``."""
        value = self.text(name)
        if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
            raise EnvError(
                f"{name} is not the address of a Redis-protocol server. Use redis://host:6379/0 or unix:///path."
            )
        return value


def broker_url(redis_url: str) -> str:
    """The same server as Celery spells it, which has a scheme of its own for Unix sockets."""
    return redis_url.replace("unix://", "redis+socket://", 1) if redis_url.startswith("unix://") else redis_url
