"""Words per second of the extraction on one core, as a multiple of spaCy's en_core_web_sm with its whole pipeline (G1).

Each reader works in a process of its own, pinned to one thread, on the stories of the corpus; they take turns. spaCy
and its model are no dependencies, and without them words per second are printed and no ratio is judged. `MODEL` names
another folder of a trained encoder than the one that comes with the project; without any the rules are timed alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.measure import Measure, rotate
from claims.extraction.encoder import FOLDER
from workbench.stack.programs import ROOT

AT_LEAST = 1.7
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
WAYS = (("extraction", "encoder", AT_LEAST), ("extraction_rules", "rules", None))


def measures() -> Iterator[Measure]:
    model = os.environ.get("MODEL", str(FOLDER))
    with ExitStack() as stack:
        readers = {
            "encoder": stack.enter_context(Reader("encoder", model)),
            "rules": stack.enter_context(Reader("rules")),
            "spacy": stack.enter_context(Reader("spacy")),
        }
        missing = {name: reader.missing for name, reader in readers.items() if reader.missing}
        ready = {name: reader for name, reader in readers.items() if name not in missing}
        speeds = rotate({name: reader.words_per_s for name, reader in ready.items()})
        details = {name: reader.details | {"words_per_s": round(speeds[name])} for name, reader in ready.items()}
    for measure, name, at_least in WAYS:
        if name in speeds and "spacy" in speeds:
            yield Measure(measure, speeds[name] / speeds["spacy"], at_least=at_least, details=details)
        else:
            skipped = f"no ratio was taken: {missing.get(name) or missing['spacy']}"
            yield Measure(measure, 0.0, details={**details, "skipped": skipped})


class Reader:
    """A `benchmarks.reader` that is asked for one burst after the other."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.reader", *arguments],
            cwd=Path(ROOT),
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.details: dict[str, Any] = self._answer()
        self.missing: str | None = self.details.get("missing")

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def words_per_s(self) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._answer()
        self.details["peak_mib"] = answer["peak_mib"]
        return float(answer["words_per_s"])
