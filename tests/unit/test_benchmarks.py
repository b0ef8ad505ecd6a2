"""The runner of the benchmarks, with two small ones in place of the real ones."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks

BENCHMARK = """
import os
from benchmarks.measure import Measure

def measures():
    before = os.environ.get("KEPT")
    os.environ["KEPT"] = "{name}"
    yield Measure("{name}", {ratio}, at_most=1.0, details={{"pid": os.getpid(), "kept": before}})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "benchmarks"
    package.mkdir()
    for name in ("__init__.py", "__main__.py", "measure.py"):
        shutil.copy(Path(benchmarks.__path__[0]) / name, package)
    for name, ratio in (("low", 0.5), ("one", 0.5), ("over", 2.0)):
        (package / f"{name}.py").write_text(BENCHMARK.format(name=name, ratio=ratio), "utf-8")
    (package / "torn.py").write_text("import sys\nsys.exit(7)\n", "utf-8")
    return tmp_path


def run(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_each_of_several_has_a_process_of_its_own(folder: Path) -> None:
    done = run(folder, "low", "one")
    low, one = map(json.loads, done.stdout.splitlines())
    assert (low["name"], one["name"]) == ("low", "one")
    assert low["pid"] != one["pid"]
    assert low["kept"] is one["kept"] is None
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("names", "code", "lines"),
    [
        (["low"], 0, 1),
        (["over"], 1, 1),
        (["over", "low"], 1, 2),
        (["low", "torn", "one"], 7, 2),
        ([], 1, 3),
        (["low", "none"], 2, 0),
    ],
)
def test_output_and_exit_codes_are_passed_on(folder: Path, names: list[str], code: int, lines: int) -> None:
    done = run(folder, *names)
    assert (done.returncode, len(done.stdout.splitlines())) == (code, lines), done.stderr
