"""What the encoder is taught: the targets of a small marked text. Needs no torch."""

from typing import Any

import pytest

from claims.extraction import marks
from claims.extraction.encoder import FOLDER, TOKENIZER, cue_arrays
from claims.extraction.training.examples import ATTITUDE, OWN_ATTITUDE, STANCES, UNKNOWN, Example, examples, worth

tokenizers = pytest.importorskip("tokenizers")

STORY = marks.read(
    """title: Beds
kind: health
style: plain
published_on: 2024-03-12

{c1:Beds}, {s1:Ada Holm} {q1:said}, {c1:were short}. {s2:I} {q2:think} {c2:it is late}. Bo Lund announced a strike.

===
1 denies | Ada Holm
2 asserts opt | -
"""
)
ROWS: list[dict[str, Any]] = STORY.as_json()["attributions"]


def made(rows: list[dict[str, Any]], text: str = STORY.text) -> Example:
    tokenizer = tokenizers.Tokenizer.from_file(str(FOLDER / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    (example,) = examples(text, rows, tokenizer)
    return example


def words(example: Example, chosen: list[int]) -> str:
    return " ".join(STORY.text[slice(*example.window.words[k])] for k in chosen)


def test_each_attribution_becomes_a_cue_with_the_roles_of_its_words() -> None:
    example = made(ROWS)
    first, second = example.targets[:2]
    assert words(example, [k for k, tag in enumerate(example.tags) if tag]) == "said think"
    assert [words(example, list(range(*target.cue))) for target in (first, second)] == ["said", "think"]
    assert words(example, [k for k, role in enumerate(first.roles) if role == 1]) == "Ada Holm"
    assert words(example, [k for k, role in enumerate(first.roles) if role == 2]) == "Beds were short"
    assert (STANCES[first.stance], first.real) == ("denies", 1.0)
    assert (STANCES[second.stance], second.real) == ("asserts", OWN_ATTITUDE)


def test_a_cue_that_only_the_rules_see_is_taught_to_be_none() -> None:
    wrong = made(ROWS).targets[2:]
    assert [(target.real, target.stance, set(target.roles)) for target in wrong] == [(0.0, UNKNOWN, {0})]


def test_a_cue_of_several_words_begins_once_and_goes_on() -> None:
    start = STORY.text.index("announced a strike")
    row = {"source": [], "cue": [[start, start + 18]], "content": [[0, 4]], "stance": None}
    example = made([row])
    assert example.tags[-4:] == [1, 2, 2, 0]
    assert example.targets[0].stance == UNKNOWN


def test_pieces_in_any_order_are_taken_in_the_order_of_the_text() -> None:
    places = [STORY.text.index(word) for word in ("a strike", "announced")]
    cue = [[places[0], places[0] + 8], [places[1], places[1] + 9]]
    row = {"source": [], "cue": cue, "content": [[12, 13], [0, 4]]}
    example = made([row])
    target = example.targets[0]
    assert words(example, list(range(*target.cue))) == "announced a strike"
    assert example.tags == made([{**row, "cue": cue[::-1]}]).tags
    assert cue_arrays([(example.window, target.cue)])["inside"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("row", "sure"),
    [
        ({"source": [[6, 14]]}, 1.0),
        ({"source": [[6, 14]], "required": False}, ATTITUDE),
        ({"source": [{"start": 33, "end": 34}], "required": False}, OWN_ATTITUDE),
    ],
)
def test_an_attitude_is_less_sure_than_a_statement(row: dict[str, Any], sure: float) -> None:
    assert worth(STORY.text, row) == sure
