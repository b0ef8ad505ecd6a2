"""The plan of the house holds: floors, columns, pure rooms, no circles (``.importlinter``, docs/architecture.md)."""

import configparser
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_imports_keep_to_the_plan() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--config", ".importlinter"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_of_the_project_is_under_contract() -> None:
    plan = configparser.ConfigParser()
    plan.read(ROOT / ".importlinter")
    packages = {
        folder.name
        for folder in ROOT.iterdir()
        if (folder / "__init__.py").is_file() and not folder.name.startswith(".")
    }
    # Nothing imports the tests and the benchmarks; they may import everything.
    assert set(plan["importlinter"]["root_packages"].split()) == packages - {"tests", "benchmarks"}
