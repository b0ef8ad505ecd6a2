"""The trained encoder: windows in, cues with their arguments and numbers out. ONNX on the CPU, one thread a session.

The weights lie in `model/` with a manifest; where they, onnxruntime or tokenizers are absent, `load()` gives None and
the rules go alone. The heavy libraries are imported here, at the first load, and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claims.extraction.windows import Range, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

FOLDER = Path(__file__).resolve().parent / "model"
ENCODER, ARGUMENTS, TOKENIZER, MANIFEST = "encoder.onnx", "arguments.onnx", "tokenizer.json", "manifest.json"
BEGIN, END = 101, 102
"""The marks [CLS] and [SEP] of the base encoder's vocabulary."""
_SLOW = "SkipLayerNormFusion"
"""An optimisation of onnxruntime that makes the CPU slower by a fifth: its fused operator is not vectorised."""
LEAST_CUE = 0.15
"""Probability from which a word is tried as the beginning of a cue; the second stage then decides."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A cue as the network reads it, as code point ranges of the text.

    `real` is the second stage's probability that it is a cue at all, `begun` the tagger's; `stances` are
    probabilities in the order of `Stance`.
    """

    cue: Range
    source: tuple[Range, ...]
    content: tuple[Range, ...]
    real: float
    begun: float
    stances: tuple[float, ...]


class ModelError(Exception):
    """A model folder that cannot be used, and why."""


class Encoder:
    """Both stages of a trained model. Thread-safe: sessions are, and nothing else is changed after loading."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError for a folder without a whole model, ImportError without onnxruntime or tokenizers."""
        import numpy
        import onnxruntime
        from tokenizers import Tokenizer

        self.manifest = manifest(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        first, second = (
            onnxruntime.InferenceSession(
                str(folder / name), options, providers=["CPUExecutionProvider"], disabled_optimizers=[_SLOW]
            )
            for name in (ENCODER, ARGUMENTS)
        )
        self._encode, self._argue = first.run, second.run
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        chain = self.manifest["chain"]
        self._steps = numpy.array(chain["steps"], numpy.float32)
        self._starts = numpy.array(chain["starts"], numpy.float32)

    @property
    def version(self) -> str:
        return str(self.manifest["version"])

    def read(self, window: Window) -> list[Reading]:
        """The readings of a window. One at a time: nothing is padded, a batch would be slower on one core, and what is
        found never depends on what else is read (int8 numbers are scaled over the whole of what goes in together)."""
        from claims.extraction.decoding import cue_candidates, softmax

        words, tags = self._encode(None, arrays([window]))
        probabilities = softmax(tags[0])
        cues = cue_candidates(probabilities, LEAST_CUE)
        tried = [cue for cue, _ in cues]
        cues += [(cue, float(1 - probabilities[slice(*cue), 0].min())) for cue in untried(window, tried)]
        # Rows of one paragraph together, again so that nothing is padded.
        paragraphs = groupby(sorted(cues), key=lambda found: window.around(found[0]))
        return [reading for _, group in paragraphs for reading in self._arguments(window, words[0], list(group))]

    def _arguments(
        self, window: Window, words: NDArray[np.float32], cues: list[tuple[Range, float]]
    ) -> Iterator[Reading]:
        import numpy as np

        from claims.extraction.decoding import runs, softmax, viterbi

        inputs = cue_arrays([(window, cue) for cue, _ in cues])
        at = inputs.pop("at")
        roles, real, stances = self._argue(None, {"words": words[at], **inputs})
        best = viterbi(roles, self._steps, self._starts)
        chances, attitudes = 1 / (1 + np.exp(-real)), softmax(stances)
        first = int(at[0, 0])
        for (cue, begun), path, chance, attitude in zip(cues, best, chances, attitudes, strict=True):
            path[cue[0] - first : cue[1] - first] = 0
            source, content = (
                tuple(window.chars((first + start, first + end)) for start, end in runs(path, role)) for role in (1, 2)
            )
            yield Reading(window.chars(cue), source, content, float(chance), begun, tuple(map(float, attitude)))


def untried(window: Window, cues: list[Range]) -> list[Range]:
    """Cues of the rules that touch none of the cues (word ranges)."""
    out = []
    for draft in window.drafts:
        covered = window.covered(draft.cue)
        if covered and not any(start <= covered[-1] and covered[0] < end for start, end in cues):
            out.append((covered[0], covered[-1] + 1))
    return out


def arrays(windows: Sequence[Window]) -> dict[str, NDArray[np.int64]]:
    """What the first stage takes: `ids`, `mask`, `features` (windows, pieces) and `first` (windows, words)."""
    import numpy as np

    rows, pieces = len(windows), max(len(window.ids) for window in windows) + 2
    words = max(len(window.words) for window in windows)
    out = {name: np.zeros((rows, pieces), np.int64) for name in ("ids", "mask", "features")}
    out["first"] = np.zeros((rows, words), np.int64)
    for row, window in enumerate(windows):
        length = len(window.ids)
        out["ids"][row, : length + 2] = [BEGIN, *window.ids, END]
        out["mask"][row, : length + 2] = 1
        out["features"][row, 1 : length + 1] = window.piece_features()
        out["first"][row, : len(window.words)] = np.array(window.first) + 1
    return out


def cue_arrays(cues: Sequence[tuple[Window, Range]]) -> dict[str, NDArray[Any]]:
    """What the second stage takes besides the words, each (cues, words of the longest paragraph): `places`, `drafts`,
    `inside`, `mask`; and `at`, which words of the window the columns are."""
    import numpy as np

    from claims.extraction.decoding import places

    around = [window.around(cue) for window, cue in cues]
    shape = len(cues), max(end - start for start, end in around)
    out: dict[str, NDArray[Any]] = {name: np.zeros(shape, np.int64) for name in ("places", "drafts", "mask", "at")}
    out["inside"] = np.zeros(shape, np.float32)
    for row, ((window, cue), (start, end)) in enumerate(zip(cues, around, strict=True)):
        first, last = cue[0] - start, min(cue[1], end) - start
        length = end - start
        out["places"][row, :length] = places(length, (first, last))
        out["drafts"][row, :length] = window.draft_roles(cue)[start:end]
        out["inside"][row, first:last] = 1 / (last - first)
        out["mask"][row, :length] = 1
        out["at"][row] = start
        out["at"][row, :length] = np.arange(start, end)
    return out


def manifest(folder: Path) -> dict[str, Any]:
    """The model's manifest; raises ModelError when it or a file that it names is missing or altered."""
    try:
        read: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        for name, digest in read["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise ModelError(f"{folder / name} is not the file that the manifest names; restore the model's folder")
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder} holds no whole model: {error}") from error
    return read


@lru_cache(maxsize=4)
def load(folder: Path = FOLDER) -> Encoder | None:
    """The encoder of a folder, loaded once per process; None where the model or its libraries are absent."""
    try:
        return Encoder(folder)
    except (ImportError, ModelError):
        return None


@lru_cache(maxsize=4)
def version_of(folder: Path = FOLDER) -> str | None:
    """The version of the model that load() would load, without its weights; None where load() gives None."""
    if not all(find_spec(library) for library in ("numpy", "onnxruntime", "tokenizers")):
        return None
    try:
        return str(manifest(folder)["version"])
    except ModelError:
        return None
