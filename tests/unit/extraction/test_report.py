"""Errors by kind, accuracies and calibration on cases that can be counted by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.extraction.report import ERRORS, Finding, Piece, Report, calibration, excerpt, plotted
from claims.extraction.scoring import ROLES, score

TEXT = "The mayor Ann Lee said the old dam broke. Bo denied the two claims. “It is gone,” Cy told us."


def spans(*words: str) -> list[dict[str, Any]]:
    return [{"start": TEXT.index(word), "end": TEXT.index(word) + len(word), "text": word} for word in words]


ANN: dict[str, Any] = {
    "source": spans("The mayor Ann Lee"),
    "cue": spans("said"),
    "content": spans("the old dam broke"),
    "stance": "asserts",
    "source_entities": ["Ann Lee"],
}
FOUND = {**ANN, "source_entity": "Ann Lee", "confidence": 0.9}
BO = {"source": spans("Bo"), "cue": spans("denied"), "content": spans("the two claims"), "confidence": 0.3}


def kinds(gold: list[dict[str, Any]], predicted: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [finding.kinds for finding in Report().add(TEXT, gold, predicted)]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, ()),
        ({"source": spans("mayor Ann Lee")}, ("source_bounds",)),
        ({"source": spans("Bo")}, ("wrong_source",)),
        ({"content": spans("old dam broke")}, ("content_bounds",)),
        ({"content": spans("broke")}, ("wrong_content",)),
        ({"content": spans("the two claims")}, ("wrong_content",)),
        ({"cue": spans("Lee said")}, ("wrong_cue",)),
        ({"stance": "denies"}, ("wrong_stance",)),
        ({"source_entity": "Bo"}, ("wrong_entity",)),
        ({"source_entity": None}, ("wrong_entity",)),
        ({"stance": "denies", "cue": []}, ("wrong_cue", "wrong_stance")),
    ],
)
def test_each_kind_of_error(change: dict[str, Any], found: tuple[str, ...]) -> None:
    assert kinds([ANN], [{**FOUND, **change}]) == [found]


def test_what_is_missed_and_what_is_spurious_stands_in_the_order_of_the_text() -> None:
    assert kinds([ANN], []) == [("missed",)]
    assert kinds([BO], [FOUND, BO]) == [("spurious",), ()]
    assert kinds([{**ANN, "cue": []}], [{**FOUND, "content": spans("broke"), "cue": []}]) == [
        ("missed",),
        ("spurious",),
    ]


def test_what_is_optional_is_no_error() -> None:
    assert kinds([{**ANN, "required": False}, BO], [FOUND, BO]) == [()]
    assert kinds([{**ANN, "required": False}, BO], [BO]) == [()]


def test_without_stances_and_names_in_the_gold_there_is_no_accuracy() -> None:
    bare = {role: ANN[role] for role in ROLES}
    report = Report()
    report.add(TEXT, [bare], [FOUND])
    assert not {"stance_accuracy", "entity_accuracy"} & report.as_json().keys()


def test_accuracies_count_matched_relations_only() -> None:
    report = Report()
    report.add(TEXT, [ANN, {**BO, "stance": "denies"}], [FOUND])
    report.add(TEXT, [ANN], [{**FOUND, "stance": "declares", "source_entity": "Bo"}])
    numbers = report.as_json()
    assert numbers["stance_accuracy"] == numbers["entity_accuracy"] == {"n": 2, "r": 50.0}
    assert numbers["errors"] == dict.fromkeys(ERRORS, 0) | {"missed": 1, "wrong_stance": 1, "wrong_entity": 1}


def test_the_scores_are_those_of_the_scorer() -> None:
    report = Report()
    report.add(TEXT, [ANN, BO], [FOUND])
    numbers = report.as_json(bootstrap=True)
    assert numbers["relation_lenient"].pop("f1_95") == [66.7, 66.7]
    numbers["relation_strict"].pop("f1_95")
    scores = score([(TEXT, [ANN, BO], [FOUND])])
    assert {name: numbers[name] for name in scores} == scores


def test_calibration_by_hand() -> None:
    judged = [(0.95, True), (0.95, True), (0.95, False), (0.35, False), (0.31, True)]
    found = calibration(judged, gold=4)
    assert [(one["from"], one["n"], one["right"]) for one in found["bins"]] == [(0.3, 2, 50.0), (0.9, 3, 66.7)]
    # |.95·3 − 2| + |.66 − 1| over five predictions
    assert found["ece"] == pytest.approx(100 * (0.85 + 0.34) / 5, abs=0.05)
    assert found["at_45_recall"] == {"p": 66.7, "r": 50.0, "confidence": 0.95}


def test_equal_confidences_are_taken_together_and_recall_may_be_out_of_reach() -> None:
    tied = [(0.5, True), (0.5, False)]
    assert calibration(tied, gold=2)["at_45_recall"] == {"p": 50.0, "r": 50.0, "confidence": 0.5}
    assert calibration(tied, gold=3)["at_45_recall"] is None
    assert calibration([], gold=0) == {"bins": [], "ece": 0.0, "at_45_recall": None}


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_every_prediction_is_in_one_bin(judged: list[tuple[float, bool]]) -> None:
    found = calibration(judged, gold=len(judged))
    assert sum(one["n"] for one in found["bins"]) == len(judged)
    assert 0 <= found["ece"] <= 100
    for one, point in zip(found["bins"], plotted(found["bins"]), strict=True):
        assert 100 * one["from"] - 0.1 <= one["confidence"] <= 100 * one["to"] + 0.1
        assert 0 <= point["x"] <= 1000 >= point["y"] >= 0


@given(st.data(), st.text(min_size=10, max_size=300))
def test_an_excerpt_holds_the_marked_words_in_their_order(data: st.DataObject, text: str) -> None:
    ends = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=6, max_size=6)))
    places = [{"start": a, "end": b} for a, b in zip(ends[::2], ends[1::2], strict=True)]
    row = {"source": places[:1], "cue": places[1:2], "content": places[2:]}
    shown = excerpt(text, Finding(("missed",), row, None), row)
    for place, role in zip(places, ROLES, strict=True):
        marked = "".join(piece.text for piece in shown if role in piece.roles)
        assert marked == text[place["start"] : place["end"]]
    first, *others = stretches(shown)
    assert text.startswith(first)
    at = len(first)
    for stretch in others:
        assert stretch in text[at:]
        at = text.index(stretch, at) + len(stretch)
    assert others or not text[at:].strip()


def stretches(shown: list[Piece]) -> list[str]:
    """What stands together; the first one is empty where the excerpt begins later than the text."""
    out = [""]
    for piece in shown:
        out += [""] * piece.cut
        out[-1] += piece.text
    return out


def test_an_excerpt_says_where_words_were_left_out() -> None:
    words = [f"word{number}" for number in range(100)]
    text = " ".join(words)
    source, cue = ({"start": text.index(word), "end": text.index(word) + len(word)} for word in ("word30", "word60"))
    row = {"source": [source], "cue": [cue], "content": []}
    before, first, second, after = stretches(excerpt(text, Finding(("missed",), row, None), row))
    assert (before, after) == ("", "")
    assert [stretch.split()[0] for stretch in (first, second)] == ["word21", "word51"]
    assert [stretch.split()[-1] for stretch in (first, second)] == ["word39", "word69"]


def test_nothing_is_left_out_of_a_short_text() -> None:
    row = {"source": [[0, 2]], "cue": [[3, 7]], "content": [[8, 10]]}
    assert stretches(excerpt("Bo said no.", Finding(("missed",), row, None), row)) == ["Bo said no."]


def test_both_sides_of_a_finding_show_the_same_words() -> None:
    (finding,) = Report().add(TEXT, [ANN], [{**FOUND, "source": spans("Bo")}])
    assert finding.gold is not None
    assert finding.predicted is not None
    both = [excerpt(TEXT, finding, row) for row in (finding.gold, finding.predicted)]
    words = ["".join(piece.text for piece in side) for side in both]
    assert words[0] == words[1]
    assert both[0] != both[1]
