"""Children: their log, their last words, their end, and what is said when they cannot start."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from workbench.stack import processes
from workbench.stack.errors import StackError
from workbench.stack.processes import Child, wait_until


def child(tmp_path: Path, code: str, **options: Any) -> Child:
    argv = [sys.executable, "-c", code]
    return Child("demo", argv, tmp_path / "logs" / "demo.log", dict(os.environ), **options)


def test_a_child_that_dies_leaves_its_last_words(tmp_path: Path) -> None:
    one = child(tmp_path, "print('first'); print('out of paper'); raise SystemExit(3)")
    one.start()
    with pytest.raises(StackError, match=r"(?s)demo stopped \(exit 3\).*out of paper"):
        wait_until(lambda: False, alive=[one], patience_s=30, what="demo")


def test_only_the_last_start_is_told(tmp_path: Path) -> None:
    one = child(tmp_path, "print('old')")
    one.start()
    one.wait(30)
    one.argv = [sys.executable, "-c", "print('new')"]
    one.start()
    one.wait(30)
    assert one.last_lines() == "new"
    assert one.log.read_text() == "old\nnew\n"


def test_stop_asks_first(tmp_path: Path) -> None:
    code = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit('asked'));"
        "print('up', flush=True); signal.pause()"
    )
    one = child(tmp_path, code)
    one.start()
    wait_until(lambda: one.last_lines() == "up", alive=[one], patience_s=30, what="demo")
    one.stop()
    assert one.last_lines() == "up\nasked"
    assert not one.alive


def test_stop_ends_a_child_that_does_not_listen_and_its_children(tmp_path: Path) -> None:
    code = (
        "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); own = os.fork();"
        "own and print(own, flush=True); signal.pause()"
    )
    one = child(tmp_path, code)
    one.start()
    wait_until(lambda: one.last_lines().isdigit(), alive=[one], patience_s=30, what="demo")
    grandchild = int(one.last_lines())
    one.stop(patience_s=0.2)
    deadline = time.monotonic() + 30  # a kill arrives when the kernel gets to it
    while not _is_gone(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _is_gone(grandchild)


def _is_gone(process: int) -> bool:
    """Gone, or a zombie: in a container nobody may be there to bury it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_fork_runs_the_module_and_nothing_of_its_parent(tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text(
        "import os, sys; print(sys.argv[1], os.environ['NAME'], os.getcwd()); sys.exit(5)"
    )
    argv = [sys.executable, "-m", "greeting", "hello"]
    one = Child("fork", argv, tmp_path / "fork.log", {"NAME": "Ada"}, folder=tmp_path, as_fork=True)
    sys.path.insert(0, str(tmp_path))
    try:
        one.start()
        assert one.wait(30) == 5
    finally:
        sys.path.remove(str(tmp_path))
    assert one.last_lines() == f"hello Ada {tmp_path}"


def test_what_a_fork_throws_away_of_its_parents_closes_nothing_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client of the parent's knows the number of its connection, and closes that when it is thrown away."""
    (tmp_path / "thrower.py").write_text(
        "import os, sys\n"
        "own = [os.pipe() for _ in range(20)]\n"
        "for theirs in sys.theirs:\n"
        "    theirs.close()\n"
        "for reading, writing in own:\n"
        "    os.write(writing, b'.')\n"
        "    assert os.read(reading, 1) == b'.'\n"
    )
    pair = [os.fdopen(number, mode) for number, mode in zip(os.pipe(), "rw", strict=True)]
    monkeypatch.setattr(sys, "theirs", pair, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    argv = [sys.executable, "-m", "thrower"]
    one = Child("fork", argv, tmp_path / "fork.log", {}, folder=tmp_path, as_fork=True)
    one.start()
    assert one.wait(30) == 0, one.last_lines()
    for mine in pair:
        mine.close()


def test_a_fork_can_be_killed(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import signal; signal.pause()")
    argv = [sys.executable, "-m", "sleeper"]
    one = Child("fork", argv, tmp_path / "fork.log", {}, folder=tmp_path, as_fork=True)
    sys.path.insert(0, str(tmp_path))
    try:
        one.start()
        assert one.alive
        assert one.process is not None
        one.process.kill()
        assert one.wait(30) == -signal.SIGKILL
    finally:
        sys.path.remove(str(tmp_path))


def test_where_namespaces_are_forbidden_two_ways_out_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(1, "user namespaces are forbidden here")

    monkeypatch.setattr(processes, "_become_nobody", refuse)
    monkeypatch.setattr(processes, "is_root", lambda: True)
    one = child(tmp_path, "print('never')", not_as_root=True)
    with pytest.raises(StackError, match=r"normal user.*DATABASE_URL"):
        one.start()
    assert one.last_lines() == ""


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    one = Child("demo", ["/nonexistent/program"], tmp_path / "log", {})
    with pytest.raises(StackError, match="/nonexistent/program cannot be started: No such file"):
        one.start()
