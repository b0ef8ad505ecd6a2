"""The embedded PostgreSQL: one cluster in the data folder, reached through a Unix socket in a private folder only."""

import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg2
import psycopg2.extensions

from workbench.stack import binaries
from workbench.stack.errors import StackError
from workbench.stack.processes import Child

USER = DATABASE = "workbench"
# The same as in docker-compose.yml: sorting and case folding by Unicode's rules, the same on every system.
LOCALE = ("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--encoding=UTF8")
# After PostgreSQL's manual: a quarter of the memory is for the tables, and checkpoints come seldom, since after each of
# them the first change of a page writes all of it into the log. Nothing of the memory is taken before it is used.
QUARTER_MB = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4 // 2**20
ROOMY = (
    "-c",
    f"shared_buffers={max(128, min(1024, QUARTER_MB))}MB",
    "-c",
    "max_wal_size=4GB",
    "-c",
    "checkpoint_timeout=15min",
)
HURRIED = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
INITDB_PATIENCE_S = 120


def url(sockets: Path) -> str:
    return f"postgresql://{USER}@/{DATABASE}?host={sockets}"


def server(cluster: Path, *, sockets: Path, log: Path, environment: Mapping[str, str], durable: bool = True) -> Child:
    """The server as the caller's own child, not yet started. ``durable=False`` is for throw-away test clusters alone.

    SIGINT is PostgreSQL's fast shutdown: clients are sent away, everything committed is on the disk.
    """
    return Child(
        name="PostgreSQL",
        argv=[
            binaries.postgres("postgres"),
            *("-D", cluster, "-k", sockets),
            *("-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "cluster_name="),
            *(ROOMY if durable else HURRIED),
        ],
        log=log,
        environment=environment,
        stop_signal=signal.SIGINT,
        not_as_root=True,
    )


def make_cluster(cluster: Path, *, log: Path, environment: Mapping[str, str], durable: bool = True) -> None:
    """Makes the cluster when it is missing: in a temporary folder, then renamed, so that a kill leaves no half of one.

    Everybody who may enter the sockets' folder is trusted; that folder is the owner's alone. Raises StackError.
    """
    for half in cluster.parent.glob(f"{cluster.name}.new-*"):
        shutil.rmtree(half)
    if cluster.exists():
        return
    new = Path(tempfile.mkdtemp(prefix=f"{cluster.name}.new-", dir=cluster.parent))
    initdb = binaries.postgres("initdb")
    command: list[str | Path] = [
        initdb,
        "-D",
        new / "cluster",
        "-U",
        USER,
        "--auth=trust",
        "--no-instructions",
        *LOCALE,
    ]
    maker = Child(
        name="initdb",
        argv=[*command, *(() if durable else ("--no-sync",))],
        log=log,
        environment=environment,
        not_as_root=True,
        death_signal=signal.SIGKILL,
    )
    maker.start()
    try:
        if maker.wait(INITDB_PATIENCE_S) != 0:
            raise StackError(f"PostgreSQL could not make its cluster. The end of {log}:\n{maker.last_lines()}")
        (new / "cluster").replace(cluster)
    finally:
        maker.stop()
        shutil.rmtree(new, ignore_errors=True)


def forget_dead_postmaster(cluster: Path) -> None:
    """Removes the lock file of a killed server; call it once nothing runs in the cluster any more (``end_leftovers``).

    PostgreSQL keeps away while the process id in that file exists, whoever has it now: after a restart of the machine
    or in a container that may be a stranger, or the killed server itself as a zombie that nobody buries.
    """
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def answers(sockets: Path) -> bool:
    """Whether the server accepts connections."""
    try:
        _connect(sockets).close()
    except psycopg2.OperationalError:
        return False
    return True


def make_database(sockets: Path) -> None:
    """Makes the workbench's database when it is missing."""
    with closing(_connect(sockets)) as connection:
        connection.autocommit = True  # CREATE DATABASE refuses to run inside a transaction
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")


def _connect(sockets: Path) -> "psycopg2.extensions.connection":
    return psycopg2.connect(host=str(sockets), user=USER, dbname="postgres", connect_timeout=2)
