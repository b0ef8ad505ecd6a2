"""One data folder: its lock, its secrets, the short private folder of its sockets, and what a killed run left."""

import errno
import fcntl
import json
import os
import secrets
import shutil
import signal
import stat
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from workbench.stack.errors import StackError

PROC = Path("/proc")
LEFTOVER_PATIENCE_S = 10.0


class FolderInUseError(StackError):
    """Another process holds the data folder's lock."""


@dataclass
class DataFolder:
    """The folder in which everything of one embedded installation lies. ``lock`` it before starting anything in it."""

    path: Path
    _lock: int | None = field(default=None, init=False)
    _users: int | None = field(default=None, init=False)

    @classmethod
    def at(cls, path: Path) -> Self:
        """Makes the folder, private to its owner, when it is missing."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(
                f"The data folder {path} cannot be made: {error.strerror}. Choose another with --data."
            ) from None
        return cls(path.resolve())

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def demo_file(self) -> Path:
        return self.path / "demo.json"

    # --- the lock ---

    def lock(self, holder: str) -> None:
        """Takes the folder for this process, until ``unlock`` or its end; raises FolderInUseError naming who has it.

        The lock belongs to the open file, which children do not inherit: a killed holder never leaves it locked.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            other = os.read(descriptor, 200).decode("utf-8", "replace").strip()
            os.close(descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise StackError(f"The data folder {self.path} cannot be locked: {error.strerror}.") from None
            raise FolderInUseError(
                f"The data folder {self.path} is in use by {other or 'another process'}. "
                "Stop that first, or choose another folder with --data."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} ({holder})\n".encode())
        self._lock = descriptor

    def unlock(self) -> None:
        for descriptor in (self._lock, self._users):
            if descriptor is not None:
                os.close(descriptor)
        self._lock = self._users = None

    # --- who else uses the servers of the process that holds the lock ---

    def share(self) -> bool:
        """Joins the users of the servers that another process runs here, until the end; False when it is stopping."""
        return self._lock_users(fcntl.LOCK_SH | fcntl.LOCK_NB)

    def wait_for_users(self) -> None:
        """Returns when nobody shares the servers any more; from then on nobody can join."""
        self._lock_users(fcntl.LOCK_EX)

    def _lock_users(self, how: int) -> bool:
        if self._users is None:
            self._users = os.open(self.path / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._users, how)
        except BlockingIOError:
            return False
        return True

    # --- the sockets ---

    @property
    def _sockets_note(self) -> Path:
        return self.path / "sockets"

    def sockets(self) -> Path | None:
        """The sockets' folder, when one is there that nobody else can have put there."""
        try:
            folder = Path(self._sockets_note.read_text().strip())
            state = folder.lstat()
        except OSError:
            return None
        private = stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and stat.S_IMODE(state.st_mode) == 0o700
        return folder if private else None

    def make_sockets(self) -> Path:
        """A private folder with a short path: a socket's path may have about 104 bytes, a data folder's any length."""
        folder = self.sockets()
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="workbench-", dir="/tmp"))
            self._sockets_note.write_text(f"{folder}\n")
        return folder

    def remove_sockets(self) -> None:
        folder = self.sockets()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        self._sockets_note.unlink(missing_ok=True)

    # --- the secrets ---

    def secrets(self) -> dict[str, Any]:
        """What was drawn for this folder and for no other: the signing key, and the demo's passwords and tokens."""
        file = self.path / "secrets.json"
        if file.exists():
            known: dict[str, Any] = json.loads(file.read_text())
            return known
        drawn: dict[str, Any] = {"secret_key": secrets.token_urlsafe(50)}
        self.keep_secrets(drawn)
        return drawn

    def keep_secrets(self, known: dict[str, Any]) -> None:
        write_private(self.path / "secrets.json", json.dumps(known, indent=2))

    # --- leftovers ---

    def end_leftovers(self) -> list[int]:
        """Ends what a killed run left running here; call it with the lock held. Returns the process ids.

        The servers first get the signal that ends them at once and in order (PostgreSQL recovers from its log).
        """
        found = self.processes()
        _signal(found, signal.SIGQUIT)
        deadline = time.monotonic() + LEFTOVER_PATIENCE_S
        while self.processes():
            if time.monotonic() > deadline:
                _signal(self.processes(), signal.SIGKILL)
                deadline += LEFTOVER_PATIENCE_S
            time.sleep(0.05)
        return found

    def processes(self) -> list[int]:
        """The process ids of everything that runs for this folder, save the one that holds its lock."""
        if not PROC.is_dir():  # not Linux; there the servers' own lock files decide
            return []
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and self._belongs(entry)]

    def _belongs(self, process: Path) -> bool:
        """Whether a process writes its output into this folder's logs, as all of the stack and their children do."""
        try:
            return (process / "fd" / "1").readlink().is_relative_to(self.logs)
        except OSError:  # another user's, a zombie, or gone meanwhile
            return False


def write_private(file: Path, content: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(content)
    new.replace(file)


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue
