"""What happens before a ``manage.py`` command: it is given a database and a broker, unless it needs none.

DATABASE_URL and REDIS_URL win where they are set. Otherwise the embedded servers of the data folder are used: those
that are up, or else ones that live as long as the command. All of this comes before Django, because the settings read
the addresses.
"""

import argparse
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.stack import ports, programs
from workbench.stack.folder import DataFolder, FolderInUseError
from workbench.stack.servers import Servers, answering

DEFAULT_FOLDER = programs.ROOT / "var"
DEFAULT_PORT = 8000
OTHERS_PATIENCE_S = 60.0
# Commands that look at code and files alone.
OFFLINE = frozenset(
    {"check", "check_corpus", "collectstatic", "compilemessages", "diffsettings", "extract", "findstatic", "help"}
    | {"makemessages", "makemigrations", "score_coreference", "score_extraction", "spectacular", "train_extraction"}
    | {"version"}
)


@dataclass(frozen=True)
class Prepared:
    """What was started before Django, for the ``demo`` command to go on with."""

    servers: Servers
    options: argparse.Namespace
    started_at: float  # time.monotonic()


class _Handover:
    """Django makes its commands itself and passes them words only; what is no word waits for the command here."""

    prepared: Prepared | None = None


handover = _Handover()


def demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="Walk one claim from article to verdict, and stop.")
    parser.add_argument("--json", action="store_true", help="Print the outcome as one JSON object, in the last line.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="The data folder (var/; with --once a temporary one).")
    parser.add_argument(
        "--port", type=ports.number, help=f"The web server's port ({DEFAULT_PORT}; with --once a free one)."
    )


@contextmanager
def servers_for(argv: Sequence[str], started_at: float) -> Iterator[None]:
    """Gives the environment what the command in ``argv`` needs, for the length of the block. Raises StackError.

    ``started_at``: when the program began, by time.monotonic().
    """
    command = argv[1] if len(argv) > 1 else "help"
    with ExitStack() as stack:
        if command in OFFLINE or command.startswith("-") or {"-h", "--help"} & set(argv):
            os.environ["WORKBENCH_OFFLINE"] = "1"
        elif command == "demo":
            stack.enter_context(_demo_servers(argv, started_at))
        elif not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
            stack.enter_context(_borrowed_servers(f"manage.py {command}"))
        yield


@contextmanager
def _demo_servers(argv: Sequence[str], started_at: float) -> Iterator[None]:
    """Starts the servers without waiting for them: they get up while Django is being loaded."""
    parser = argparse.ArgumentParser(prog=f"{Path(argv[0]).name} demo")
    demo_arguments(parser)
    options, _ = parser.parse_known_args(argv[2:])
    if options.port is None:
        options.port = ports.free() if options.once else DEFAULT_PORT
    with _demo_folder(options) as folder:
        folder.lock("manage.py demo")
        folder.end_leftovers()
        ports.require_free(options.port)
        servers = Servers(folder)
        with _stopping(folder.unlock), _stopping(servers.stop):
            _stop_on_signals()
            servers.start(os.environ)
            _fill_environment(folder, servers.addresses)
            os.environ["PUBLIC_URL"] = f"http://127.0.0.1:{options.port}"
            handover.prepared = Prepared(servers, options, started_at)
            yield


@contextmanager
def _demo_folder(options: argparse.Namespace) -> Iterator[DataFolder]:
    if options.data or not options.once:
        yield DataFolder.at(options.data or _default_folder())
        return
    path = Path(tempfile.mkdtemp(prefix="workbench-once-"))
    try:
        yield DataFolder.at(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _borrowed_servers(holder: str) -> Iterator[None]:
    """The servers that are up in the data folder, or ones of this command's own, which others may use meanwhile."""
    folder = DataFolder.at(_default_folder())
    deadline = time.monotonic() + OTHERS_PATIENCE_S
    while True:
        try:
            folder.lock(holder)
        except FolderInUseError:
            addresses = answering(folder) if folder.share() else {}
            if addresses:
                with _stopping(folder.unlock):
                    _fill_environment(folder, addresses)
                    yield
                return
            folder.unlock()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            break
    servers = Servers(folder)
    with _stopping(folder.unlock), _stopping(servers.stop):
        servers.start(os.environ)
        servers.wait()
        _fill_environment(folder, servers.addresses)
        yield
        folder.wait_for_users()


def _stop_on_signals() -> None:
    """A request to end, or a closed terminal, stops everything in order, as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def stop_listening() -> None:
    """While everything is being stopped, a second Ctrl-C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _stopping(stop: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    finally:
        stop()


def _default_folder() -> Path:
    return Path(os.environ.get("DATA_DIR") or DEFAULT_FOLDER)


def _fill_environment(folder: DataFolder, addresses: Mapping[str, str]) -> None:
    """What is set already stays as it is."""
    wanted = {**addresses, "SECRET_KEY": folder.secrets()["secret_key"]}
    os.environ.update({name: value for name, value in wanted.items() if not os.environ.get(name)})
