"""What is set after training, with readings written by hand in place of a network's. Needs no torch."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from claims.extraction.annotated import Annotated
from claims.extraction.encoder import FOLDER, TOKENIZER, Encoder, Reading
from claims.extraction.readings import NAMES, STANCES, joined
from claims.extraction.training.examples import read_by_rules
from claims.extraction.training.fitting import THRESHOLDS, fit, logistic
from claims.extraction.windows import Window

tokenizers = pytest.importorskip("tokenizers")

TEXT = "Ada Holm opened the ward. Bo Lund closed the gate. Cy Voss painted the wall."
"""The rules see no cue in it: the readings speak for themselves."""


def place(words: str) -> tuple[int, int]:
    return TEXT.index(words), TEXT.index(words) + len(words)


def reading(source: str, cue: str, content: str, real: float) -> Reading:
    said = TEXT.index(cue, TEXT.index(source))
    stances = tuple(float(stance == "asserts") for stance in STANCES)
    return Reading((said, said + len(cue)), (place(source),), (place(content),), real, real, stances)


ADA = reading("Ada Holm", "opened", "the ward", 0.9)
BO = reading("Bo Lund", "closed", "the gate", 0.5)
CY = reading("Cy Voss", "painted", "the wall", 0.8)
DOUBTFUL = reading("Cy Voss", "painted", "the wall", 0.2)
GOLD = [{"source": one.source, "cue": [one.cue], "content": one.content} for one in (ADA, CY)]


class ByHand:
    """Reads what it was given."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.tokenizer = tokenizers.Tokenizer.from_file(str(FOLDER / TOKENIZER))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.manifest = {"confidence": dict.fromkeys(("bias", *NAMES), 0.0), "threshold": 0.5, "floating": 0.5}
        self._readings = readings

    def read(self, window: Window) -> list[Reading]:
        return [one for one in self._readings if window.start <= one.cue[0] < window.end]


def fitted(readings: Sequence[Reading], *texts: str, beta: float = 0.8) -> dict[str, Any]:
    articles = [Annotated(str(number), text, GOLD if text == TEXT else []) for number, text in enumerate(texts)]
    return fit(cast(Encoder, ByHand(readings)), articles, beta)


def kept(readings: Sequence[Reading], model: dict[str, Any]) -> list[str]:
    drafts = joined(TEXT, read_by_rules(TEXT), readings, {"stances": False, **model})
    return [TEXT[slice(*draft.cue[0])] for draft in drafts]


def test_the_threshold_parts_what_is_right_from_what_is_wrong() -> None:
    readings = [ADA, BO, CY]
    found = fitted(readings, TEXT)
    assert found["confidence"].keys() == {"bias", *NAMES}
    assert found["threshold"] in THRESHOLDS[1:]
    assert kept(readings, found) == ["opened", "painted"]


def test_beta_says_whether_a_doubtful_one_is_worth_a_wrong_one() -> None:
    readings = [ADA, BO, DOUBTFUL]
    assert kept(readings, fitted(readings, TEXT, beta=4)) == ["opened", "closed", "painted"]
    assert kept(readings, fitted(readings, TEXT, beta=0.25)) == ["opened"]


def test_without_a_candidate_threshold_and_weights_stay_as_they_are() -> None:
    assert fitted([], TEXT) == {"floating": 0.5}
    assert fitted([], "") == {"floating": 0.5}


def test_quotations_without_a_tag_are_as_sure_as_they_were_right() -> None:
    floating = fitted([], *["“Nobody helps us here at all.” Rain fell."] * 2)["floating"]
    assert floating == pytest.approx(1 / 4)


def test_the_weights_follow_what_was_right_and_are_held_small() -> None:
    rows = np.zeros((40, len(NAMES)))
    rows[:20, 0] = 1
    right = np.array([1.0] * 18 + [0.0] * 2 + [0.0] * 18 + [1.0] * 2)
    weights = logistic(rows, right)
    assert weights[NAMES[0]] > 1
    assert all(weights[name] == 0 for name in NAMES[1:])
    assert 0 < logistic(rows, right, ridge=100)[NAMES[0]] < weights[NAMES[0]]


def test_what_is_always_right_gives_no_endless_weights() -> None:
    weights = logistic(np.eye(len(NAMES)), np.ones(len(NAMES)))
    assert all(np.isfinite(list(weights.values())))
