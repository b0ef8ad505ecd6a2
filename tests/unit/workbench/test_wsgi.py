"""The web process looks for garbage only in what requests leave."""

import subprocess
import sys

SAID = "import gc, workbench.wsgi; print(gc.get_freeze_count(), 'claims.web.claims' in __import__('sys').modules)"


def test_what_was_loaded_is_no_garbage() -> None:
    environment = {"WORKBENCH_OFFLINE": "1"}
    command = [sys.executable, "-W", "ignore", "-c", SAID]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    frozen, loaded = done.stdout.split()
    assert int(frozen) > 100_000
    assert loaded == b"True"
