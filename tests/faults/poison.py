"""``python -m tests.faults.poison``: a real worker that one article in the world kills, every time it reads it.

As by a parser that runs out of memory: the process is gone without an exception, a log line or an answer.
"""

import os
import signal
import sys
from typing import Any

from claims.extraction import pipeline
from claims.extraction.types import Extraction
from workbench.stack.run import worker

MARKER = "Zyklopenpoison"
_extract = pipeline.extract


def _fatal(text: str, **options: Any) -> Extraction:
    if MARKER in text:
        os.kill(os.getpid(), signal.SIGKILL)
    return _extract(text, **options)


if __name__ == "__main__":
    pipeline.extract = _fatal
    sys.exit(worker())
