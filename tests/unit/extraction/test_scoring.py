"""The scorer's definitions on cases that can be counted by hand."""

from claims.extraction.scoring import interval, score, tally

TEXT = "Ann said the dam broke. “It is gone,” Bo said. Cy left."


def spans(*words: str) -> list[dict[str, int]]:
    return [{"start": TEXT.index(word), "end": TEXT.index(word) + len(word)} for word in words]


ANN = {"source": spans("Ann"), "cue": spans("said"), "content": spans("the dam broke")}
BO = {"source": spans("Bo"), "cue": [{"start": 41, "end": 45}], "content": spans("“It is gone,”")}


def test_the_same_words_are_a_strict_hit_whatever_the_marks() -> None:
    unmarked = {**BO, "content": spans("It is gone")}
    report = score([(TEXT, [ANN, BO], [ANN, unmarked])])
    assert report["relation_strict"] == {"p": 100.0, "r": 100.0, "f1": 100.0}
    assert report["recall_direct"] == {"n": 1, "r": 100.0}
    assert report["recall_indirect"] == {"n": 1, "r": 100.0}


def test_half_of_the_content_is_a_lenient_hit_and_less_is_none() -> None:
    two_of_three = {**ANN, "content": spans("dam broke")}
    one_of_three = {**ANN, "content": spans("broke")}
    assert score([(TEXT, [ANN], [two_of_three])])["relation_lenient"]["f1"] == 100.0
    assert score([(TEXT, [ANN], [two_of_three])])["relation_strict"]["f1"] == 0.0
    assert score([(TEXT, [ANN], [one_of_three])])["relation_lenient"]["f1"] == 0.0


def test_a_wrong_source_loses_the_relation() -> None:
    assert score([(TEXT, [ANN], [{**ANN, "source": spans("Cy")}])])["relation_lenient"]["f1"] == 0.0


def test_what_is_optional_is_neither_demanded_nor_punished() -> None:
    optional = {**BO, "required": False}
    for predicted in ([ANN], [ANN, BO]):
        assert score([(TEXT, [ANN, optional], predicted)])["relation_strict"] == {"p": 100.0, "r": 100.0, "f1": 100.0}


def test_two_predictions_cannot_share_one_gold_relation() -> None:
    assert score([(TEXT, [ANN], [ANN, ANN])])["relation_lenient"] == {"p": 50.0, "r": 100.0, "f1": 66.7}


def test_spans_as_pairs_count_like_spans_as_objects() -> None:
    pairs = {role: [[span["start"], span["end"]] for span in found] for role, found in ANN.items()}
    assert tally(TEXT, [ANN], [pairs]).counts == tally(TEXT, [ANN], [ANN]).counts


def test_the_interval_holds_the_score_and_is_the_same_each_time() -> None:
    tallies = [tally(TEXT, [ANN, BO], [ANN, BO] if k % 3 else [ANN]) for k in range(30)]
    low, high = interval(tallies, "relation_lenient")
    assert low < 90.0 < high
    assert (low, high) == interval(tallies, "relation_lenient")
