"""The tables that the code describes are those that the migrations make."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_migration_is_missing() -> None:
    command = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# Models are imported by what Django writes for their validators and functions of defaults.
MOVING = re.compile(r"^\s*(?:from|import) +claims\.(?!models\b)(\S+)", re.MULTILINE)


def test_migrations_stand_on_their_own() -> None:
    """What a migration makes of old rows must not change when the rules do, nor fail when a verb moves."""
    for path in sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("workbench/*/migrations/*.py")):
        assert not MOVING.findall(path.read_text()), f"{path.name} needs a copy of what it uses"
