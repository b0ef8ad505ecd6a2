"""From the network's numbers to spans: cue candidates, Viterbi over roles, places around a cue. Plain numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Range = tuple[int, int]

_STEPS = (1, 2, 3, 5, 9, 17, 33, 65)
PLACES = 2 * len(_STEPS) + 1
"""Where a word stands from the cue: inside it, or eight growing distances before and behind."""


def places(length: int, cue: Range) -> NDArray[np.int64]:
    """The place of each of `length` words around a cue (word range)."""
    at = np.arange(length)
    before = np.searchsorted(_STEPS, cue[0] - at, side="right")
    behind = np.searchsorted(_STEPS, at - cue[1] + 1, side="right")
    return np.where(at < cue[0], before, np.where(at >= cue[1], len(_STEPS) + behind, 0)).astype(np.int64)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    out: NDArray[np.float32] = shifted / shifted.sum(axis=-1, keepdims=True)
    return out


def cue_candidates(probabilities: NDArray[np.float32], least: float) -> list[tuple[Range, float]]:
    """Word ranges that may be cues, with the probability of their first word; `probabilities`: (words, 3) of outside,
    begins, continues."""
    out: list[tuple[Range, float]] = []
    begins, continues = probabilities[:, 1], probabilities[:, 2]
    used = 0
    for k in np.flatnonzero((begins >= least) & (begins >= continues)):
        if k < used:
            continue
        end = int(k) + 1
        while end < len(begins) and continues[end] > max(probabilities[end, 0], begins[end]):
            end += 1
        out.append(((int(k), end), float(begins[k])))
        used = end
    return out


def viterbi(logits: NDArray[np.float32], steps: NDArray[np.float32], starts: NDArray[np.float32]) -> NDArray[np.int64]:
    """The best roles of each row (Viterbi 1967); `logits`: (rows, words, roles)."""
    rows, words, _ = logits.shape
    score = starts + logits[:, 0]
    back = []
    for k in range(1, words):
        paths = score[:, :, None] + steps
        back.append(paths.argmax(axis=1))
        score = paths.max(axis=1) + logits[:, k]
    every = np.arange(rows)
    out = np.empty((rows, words), np.int64)
    here = out[:, -1] = score.argmax(axis=1)
    for k in range(words - 2, -1, -1):
        here = out[:, k] = back[k][every, here]
    return out


def runs(roles: NDArray[np.int64], role: int) -> list[Range]:
    """The word ranges that bear the role."""
    bears = np.concatenate(([0], (roles == role).astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(bears))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
