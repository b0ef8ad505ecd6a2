"""From numbers to spans: candidates, Viterbi, places."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.extraction.decoding import PLACES, cue_candidates, places, runs, softmax, viterbi


def test_a_cue_begins_where_it_is_likely_enough_and_goes_on_while_it_continues() -> None:
    chances = np.array(
        [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8], [0.6, 0.1, 0.3], [0.8, 0.2, 0.0]], np.float32
    )
    assert [cue for cue, _ in cue_candidates(chances, 0.15)] == [(1, 3), (4, 5)]
    assert [cue for cue, _ in cue_candidates(chances, 0.5)] == [(1, 3)]


def test_places_are_zero_inside_the_cue_and_grow_away_from_it() -> None:
    seen = places(200, (100, 102))
    assert list(seen[100:102]) == [0, 0]
    assert seen.min() == 0
    assert seen.max() == PLACES - 1
    assert len(set(seen[:100]) & set(seen[102:])) == 0
    assert list(seen[:100]) == sorted(seen[:100], reverse=True)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_viterbi_finds_the_best_of_all_paths(seed: int, length: int) -> None:
    draw = np.random.default_rng(seed)
    logits = draw.normal(size=(1, length, 3)).astype(np.float32)
    steps, starts = draw.normal(size=(3, 3)).astype(np.float32), draw.normal(size=3).astype(np.float32)

    def score(path: tuple[int, ...]) -> float:
        total = starts[path[0]] + logits[0, 0, path[0]]
        return float(total + sum(steps[a, b] + logits[0, k + 1, b] for k, (a, b) in enumerate(pairwise(path))))

    paths = np.stack(np.meshgrid(*[range(3)] * length, indexing="ij"), -1).reshape(-1, length)
    best = max((tuple(map(int, path)) for path in paths), key=score)
    found = tuple(map(int, viterbi(logits, steps, starts)[0]))
    assert score(found) == pytest.approx(score(best), abs=1e-4)


def test_runs_are_the_stretches_of_one_role() -> None:
    assert runs(np.array([1, 1, 0, 2, 2, 1]), 1) == [(0, 2), (5, 6)]
    assert runs(np.array([0, 0]), 1) == []


def test_softmax_sums_to_one_also_for_large_numbers() -> None:
    assert softmax(np.array([[1000.0, 1000.0], [0.0, -1000.0]], np.float32)).tolist() == [[0.5, 0.5], [1.0, 0.0]]
