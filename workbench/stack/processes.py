"""Child processes that die with the process that started them, and that no root may hold back.

A program is started as a new one (fork and exec), or, where it is a Python module whose imports this process has done
already, as a fork alone: loading Django once instead of four times is most of a quick start.

Three things that ``subprocess`` alone does not do happen in the child:

1. PostgreSQL refuses to run as root. Root then enters a user namespace in which it appears as ``nobody``: no user is
   added and no file changes its owner or mode, because to the file system the process still is the same user.
2. The kernel is asked to signal the child when its parent dies (PR_SET_PDEATHSIG, Linux), so that ``kill -9`` of the
   parent leaves nothing behind. This comes after (1), because entering a namespace clears it.
3. A parent that died before (2) is noticed, and the child gives up.
"""

import atexit
import ctypes
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from setproctitle import setproctitle

from workbench.stack.errors import StackError

NOBODY = 65534  # must exist in passwd: initdb and postgres look the name up
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
LINUX = sys.platform == "linux"
LOG_LIMIT_BYTES = 10_000_000

# Loaded before any fork: loading a library between fork and exec may wait for a lock that another thread held.
_libc = ctypes.CDLL(None, use_errno=True)


def is_root() -> bool:
    return os.geteuid() == 0


def die_with_parent(parent: int, by: signal.Signals) -> None:
    """Has the kernel send ``by`` to this process when the thread that forked it ends; ends it if that has happened."""
    if LINUX:
        _libc.prctl(PR_SET_PDEATHSIG, by)
        if os.getppid() != parent:
            os._exit(1)


def _become_nobody() -> None:
    """Enters a user namespace in which root is ``nobody``; see user_namespaces(7) for the order of the three files."""
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are forbidden here")
    for name, content in (("setgroups", "deny"), ("uid_map", f"{NOBODY} 0 1"), ("gid_map", f"{NOBODY} 0 1")):
        Path(f"/proc/self/{name}").write_text(content)


def _before_exec(by: signal.Signals, as_nobody: bool) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if as_nobody:
            _become_nobody()
        die_with_parent(parent, by)

    return prepare


def spawn(
    argv: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    output: int,
    folder: Path | None = None,
    not_as_root: bool = False,
    by: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Starts a child in a session of its own (so that Ctrl-C reaches the supervisor alone), output into one descriptor.

    ``not_as_root``: the program refuses root. Raises StackError when it cannot be started.
    """
    try:
        return subprocess.Popen(  # noqa: S603 -- the programs are this project's own and those of its two wheels
            [str(part) for part in argv],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_before_exec(by, as_nobody=not_as_root and is_root()),
        )
    except subprocess.SubprocessError:
        raise StackError(
            "PostgreSQL refuses to run as root, and this system forbids the user namespace in which root appears as "
            "nobody. Two ways out: start this as a normal user, or set DATABASE_URL to a PostgreSQL of your own."
        ) from None
    except OSError as error:
        raise StackError(
            f"{argv[0]} cannot be started: {error.strerror}. Started as root, PostgreSQL has no right to pass through "
            "folders of other users: start this as the owner of the folder, or set DATABASE_URL."
            if not_as_root and is_root()
            else f"{argv[0]} cannot be started: {error.strerror}."
        ) from None


class Forked:
    """A child that goes on in this process's memory; what ``subprocess.Popen`` offers, as far as it is needed here."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
            time.sleep(0.02)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _let_go() -> None:
    """Gives up what the parent reads, and all files that it has open but output: the data folder's lock above all.

    Their numbers stay taken. A client of the parent's, such as one of a server, closes its number when it is thrown
    away here, which by then would be that of another file.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        if number not in (1, 2, nothing):
            os.dup2(nothing, number, inheritable=number == 0)


def fork_module(
    argv: Sequence[str], *, environment: Mapping[str, str], output: int, folder: Path, by: signal.Signals
) -> Forked:
    """Does what ``python -m MODULE …`` does, in a fork.

    The caller has no thread, and no connection that a child may not share.
    """
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Forked(pid)
    try:
        os.setsid()
        die_with_parent(parent, by)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        os.dup2(output, 1)
        os.dup2(output, 2)
        _let_go()
        sys.stdout = open(1, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 -- a descriptor
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 -- a descriptor
        setproctitle(f"python -m {' '.join(argv)}")  # looks for its place beside the environment, so before that moves
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv = list(argv)
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        # What the module registered for its end runs; what stands further up this stack is the parent's.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@dataclass
class Child:
    """One supervised program with its log. ``start`` may be called again after it died.

    ``as_fork``: ``argv`` is that of a Python module (``python -m MODULE …``), and it goes on in a fork of this process.
    """

    name: str
    argv: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str]
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals | None = None  # when this process dies; the stop signal unless given
    not_as_root: bool = False
    as_fork: bool = False
    process: subprocess.Popen[bytes] | Forked | None = field(default=None, init=False)
    _log_start: int = field(default=0, init=False)

    def start(self) -> None:
        self._end_group()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            if log.tell() > LOG_LIMIT_BYTES:
                log.truncate(0)
            self._log_start = log.tell()
            self.process = self._fork(log.fileno()) if self.as_fork else self._spawn(log.fileno())

    def _spawn(self, output: int) -> subprocess.Popen[bytes]:
        return spawn(
            self.argv,
            environment=self.environment,
            output=output,
            folder=self.folder,
            not_as_root=self.not_as_root,
            by=self.death_signal or self.stop_signal,
        )

    def _fork(self, output: int) -> Forked:
        module = [str(part) for part in self.argv[2:]]
        return fork_module(
            module,
            environment=self.environment,
            output=output,
            folder=self.folder or Path.cwd(),
            by=self.death_signal or self.stop_signal,
        )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def last_lines(self, count: int = 12) -> str:
        """The end of what this child wrote since its last start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(self._log_start, self.log.stat().st_size - 65_536))
            lines = log.read().decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-count:])

    def wait(self, patience_s: float) -> int | None:
        """The exit status, or None when the child still runs after so many seconds."""
        if self.process is None:
            return None
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            return None

    def require_alive(self) -> None:
        """Raises StackError with the last lines of the log when the child has died."""
        if not self.alive:
            code = self.process.returncode if self.process else None
            raise StackError(f"{self.name} stopped (exit {code}). The end of {self.log}:\n{self.last_lines()}")

    def stop(self, patience_s: float = 10) -> None:
        """Asks the child to end, waits, and ends it and what it left behind by force."""
        if self.process is None:
            return
        if self.alive:
            self.process.send_signal(self.stop_signal)
            if self.wait(patience_s) is None:
                self.process.kill()
        self._end_group()
        self.process = None

    def _end_group(self) -> None:
        """Ends what a dead child left behind: a killed web server's or worker's own children."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait_until(ready: Callable[[], bool], *, alive: Sequence[Child], patience_s: float, what: str) -> None:
    """Polls ``ready``; raises StackError when one of the children dies first or the patience ends."""
    deadline = time.monotonic() + patience_s
    while not ready():
        for child in alive:
            child.require_alive()
        if time.monotonic() > deadline:
            raise StackError(f"{what} did not get ready within {patience_s:.0f} seconds. " + _logs(alive))
        time.sleep(0.02)


def _logs(children: Sequence[Child]) -> str:
    return "\n".join(f"The end of {child.log}:\n{child.last_lines()}" for child in children)
