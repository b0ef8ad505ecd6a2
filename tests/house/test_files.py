"""What holds for every tracked file: its length, no traces of somebody's machine, no code among the data."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 400
CODE = {".py", ".js", ".css", ".html"}
# Written by others or by a program.
NOT_WRITTEN_HERE = re.compile(r"/vendor/|/migrations/")
# Home folders and working folders of whoever wrote a line. Written so that this line is none itself.
MACHINE = re.compile(r"(?<![\w.~-])/(?:home|Users|root|work|workspace|mnt)/[\w.-]+|\b[A-Z]:\\\\?Users\b")


def tracked() -> list[Path]:
    # The clone may belong to somebody else than the one who runs the tests.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [path for name in listed if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """The text; empty for files that are none, such as fonts and pictures."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    lengths = {
        name: text_of(path).count("\n")
        for path in tracked()
        if path.suffix in CODE and not NOT_WRITTEN_HERE.search(name := f"{path.relative_to(ROOT)}")
    }
    assert {name: length for name, length in lengths.items() if length > LIMIT} == {}


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{number}": line.strip()
        for path in tracked()
        if "/vendor/" not in str(path)
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if MACHINE.search(line)
    }
    assert found == {}


@pytest.mark.parametrize("line", ["see /" + "home/ada/notes", "cd /" + "work/main", "C:" + "\\Users\\ada"])
def test_traces_of_a_machine_are_recognised(line: str) -> None:
    assert MACHINE.search(line)


def test_seeds_hold_data_only() -> None:
    assert {path.suffix for path in tracked() if path.is_relative_to(ROOT / "seeds")} <= {".json", ".txt", ".md"}
