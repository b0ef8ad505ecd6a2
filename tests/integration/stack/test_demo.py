"""The one command, as a person starts it: a process of its own, with its own data folder."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from workbench.stack import ports
from workbench.stack.folder import DataFolder
from workbench.stack.programs import ROOT

PATIENCE_S = 120
# The addresses of this test run's servers are not for a demo, which brings its own.
OWN = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "STATIC_ROOT",
    "DATA_DIR",
    "WORKBENCH_OFFLINE",
    "DJANGO_SETTINGS_MODULE",
)


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OWN} | more


def manage(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**more), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


class RunningDemo:
    """``manage.py demo`` on a data folder; what it printed goes to a file, so that no pipe fills up."""

    def __init__(self, data: Path, output: Path) -> None:
        self.data = data
        self.port = ports.free()
        self.output = output
        command = [sys.executable, "manage.py", "demo", "--data", str(data), "--port", str(self.port)]
        with output.open("w") as stream:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=stream, stderr=stream)

    @property
    def file(self) -> Path:
        return self.data / "demo.json"

    def sign_ins(self) -> dict[str, Any]:
        self.until(self.file.exists)
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found

    def until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not happened():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    def get(self, path: str, token: str = "") -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- the demo's own address
            return json.load(answer)

    def is_ready(self) -> bool:
        try:
            return bool(self.get("/readyz")["status"] == "ready")
        except OSError:
            return False


def processes(data: Path, marker: str = "") -> list[int]:
    """Everything that runs for a data folder, or what of it has ``marker`` in its title."""

    def title(process: int) -> str:
        try:
            return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""

    return [process for process in DataFolder(data).processes() if marker in title(process)]


@contextmanager
def running(data: Path, output: Path) -> Iterator[RunningDemo]:
    demo = RunningDemo(data, output)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.process.send_signal(signal.SIGTERM)
            demo.process.wait(60)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all: its first start makes the tables, the others find them."""
    return tmp_path_factory.mktemp("demo") / "data"


def test_once_walks_an_article_to_a_published_verdict() -> None:
    done = manage("demo", "--once", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert list(outcome) == ["ready_s", "article", "attributions", "claims", "queued", "verdict", "jobs"]
    assert outcome["attributions"] >= 7
    assert outcome["claims"] >= outcome["queued"] >= 7
    assert outcome["verdict"]["version"] == 1
    assert outcome["verdict"]["evidence"]
    assert (outcome["jobs"]["dead"], outcome["jobs"]["open"]) == (0, 0)
    assert outcome["jobs"]["done"] >= 2


def test_it_says_how_to_sign_in_while_it_is_up(data: Path, tmp_path: Path) -> None:
    with running(data, tmp_path / "output") as demo:
        known = demo.sign_ins()
        assert stat.S_IMODE(demo.file.stat().st_mode) == 0o600
        assert set(known) == {"url", "users", "tokens"}
        assert known["url"] == f"http://127.0.0.1:{demo.port}"
        assert set(known["tokens"]) == {"read", "review", "review2", "edit", "intake"}
        assert {"reviewer", "editor", "admin"} <= {role for user in known["users"] for role in user["roles"]}
        assert demo.get("/api/v1/claims", known["tokens"]["read"])["results"]

        collects = manage("shell", "-c", "import gc; print(gc.isenabled())", DATA_DIR=str(demo.data))
        assert collects.stdout.strip().endswith("True"), "without it, web and worker keep each page that they made"

        command = manage("showmigrations", "claims", DATA_DIR=str(demo.data))
        assert command.returncode == 0, command.stderr
        assert "[X] 0001_initial" in command.stdout

        again = manage("demo", "--data", str(demo.data), "--port", str(ports.free()))
        assert again.returncode == 1
        assert f"in use by process {demo.process.pid} (manage.py demo)" in again.stderr

        busy = manage("demo", "--data", str(tmp_path / "other"), "--port", str(demo.port))
        assert busy.returncode == 1
        assert f"Port {demo.port} of 127.0.0.1 is busy" in busy.stderr
        assert "--port" in busy.stderr

    assert demo.process.returncode == 0
    assert not demo.file.exists()
    assert processes(demo.data) == []


def kill(process: int) -> None:
    """Unless it ended by itself meanwhile, as servers do that see another process of theirs die."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _has_new(data: Path, marker: str, before: list[int]) -> bool:
    return bool(set(processes(data, marker)) - set(before))


def test_what_is_killed_is_started_again(data: Path, tmp_path: Path) -> None:
    with running(data, tmp_path / "output") as demo:
        demo.sign_ins()
        for marker in ("celeryd", "granian", "beat", "postgres", "valkey"):
            before = processes(demo.data, marker)
            assert before, marker
            for process in before:
                kill(process)
            demo.until(partial(_has_new, demo.data, marker, before))
            demo.until(demo.is_ready)


def test_everything_killed_starts_again_with_all_data(data: Path, tmp_path: Path) -> None:
    with running(data, tmp_path / "first") as demo:
        first = demo.sign_ins()
        claims = demo.get("/api/v1/claims", first["tokens"]["read"])
        victims = [demo.process.pid, *processes(demo.data)]
        for victim in victims:
            kill(victim)
        demo.process.wait()
        demo.file.unlink()  # so that the next one is seen to be written
    with running(data, tmp_path / "second") as demo:
        second = demo.sign_ins()
        assert (second["users"], second["tokens"]) == (first["users"], first["tokens"])
        assert demo.get("/api/v1/claims", second["tokens"]["read"]) == claims


def test_a_killed_supervisor_takes_everything_with_it(data: Path, tmp_path: Path) -> None:
    with running(data, tmp_path / "output") as demo:
        demo.sign_ins()
        demo.process.kill()
        demo.process.wait()
        deadline = time.monotonic() + 30
        while processes(demo.data) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert processes(demo.data) == []


def test_a_command_brings_its_own_servers_when_none_are_up(data: Path) -> None:
    done = manage("showmigrations", "claims", DATA_DIR=str(data))
    assert done.returncode == 0, done.stderr
    assert "[X] 0001_initial" in done.stdout
    assert processes(data) == []


def test_commands_without_a_database_start_none(tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("The minister said on Monday that the bridge was safe.")
    done = manage("extract", str(article), "--format", "json", DATA_DIR=str(tmp_path / "data"))
    assert len(json.loads(done.stdout)["attributions"]) == 1, done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variable", "value"), [("DATABASE_URL", "mysql://localhost/x"), ("REDIS_URL", "localhost"), ("DEBUG", "perhaps")]
)
def test_a_wrong_variable_stops_the_start_and_is_named(data: Path, variable: str, value: str) -> None:
    done = manage("demo", "--once", "--data", str(data), **{variable: value})
    assert done.returncode == 1
    assert f"error: {variable} " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_port_is_refused(data: Path) -> None:
    done = manage("demo", "--data", str(data), "--port", "99999")
    assert done.returncode == 2
    assert "1 to 65535" in done.stderr
