"""The measures of coreference: GAP's numbers, and identities of sources against annotated stories."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from claims.extraction import identities

HEAD = "ID\tText\tPronoun\tPronoun-offset\tA\tA-offset\tA-coref\tB\tB-offset\tB-coref\tURL\n"
TEXT = "Ada Holm met Peter Lund in Kent. She said it was late."
ROW = f"x-1\t{TEXT}\tShe\t33\tAda Holm\t0\tTRUE\tPeter Lund\t13\tFALSE\thttp://a.example\n"
STORY = """title: Late
kind: local
style: plain
published_on: 2024-03-12

{s1:Ada Holm} {q1:said} {c1:the harbour was shut}. {s2:She} {q2:added} {c2:that staff had left}. {s3:The inquiry} {q3:said} {c3:it was late}.

===
1 asserts | Ada Holm
2 asserts | Bo Lund
3 asserts | harbour inquiry
"""  # noqa: E501 - a paragraph is a line


def test_gap_counts_each_name_of_a_passage(tmp_path: Path) -> None:
    file = tmp_path / "gap.tsv"
    wrong = ROW.replace("TRUE", "no").replace("FALSE", "TRUE").replace("no", "FALSE").replace("x-1", "x-2")
    file.write_text(HEAD + ROW + wrong, encoding="utf-8")
    report = identities.gap_report(identities.gap(file))
    assert (report["passages"], report["precision"], report["recall"], report["f1"]) == (2, 50.0, 50.0, 50.0)
    assert (report["feminine"], report["masculine"]) == (50.0, 0.0)


@pytest.mark.parametrize(
    ("surface", "entities", "kind"),
    [
        ("Ruud", ["Marta Ruud"], "name"),
        ("she", ["Marta Ruud"], "pronoun"),
        ("The minister", ["Marta Ruud"], "role"),
        ("the inquiry", ["harbour inquiry"], "role"),
        ("Moscow", ["Government of Russia"], "metonym"),
        ("", ["Marta Ruud"], "none"),
    ],
)
def test_the_kind_of_a_source(surface: str, entities: list[str], kind: str) -> None:
    assert identities.kind_of(surface, entities) == kind


@pytest.mark.parametrize(
    ("predicted", "entities", "verdict"),
    [
        ("Marta Ruud", ["Marta Ruud"], True),
        ("Ruud", ["Marta Ruud"], False),
        ("Sir Warwick Dunne", ["Warwick Dunne"], True),
        ("study", ["study of 5,400 pupils"], True),
        ("poll", ["study"], False),
        (None, [], True),
        (None, ["Marta Ruud"], False),
        ("Marta Ruud", [], False),
        ("Government of Ukraine and the West", ["Government of Ukraine", "the West"], True),
        ("the West", ["Government of Ukraine", "the West"], False),
    ],
)
def test_when_two_names_are_the_same(predicted: str | None, entities: list[str], verdict: bool) -> None:
    assert identities.same(predicted, entities) is verdict


def test_the_command_prints_accuracy_by_kind_and_what_was_missed(tmp_path: Path) -> None:
    (tmp_path / "late.txt").write_text(STORY, encoding="utf-8")
    out = StringIO()
    call_command("score_coreference", corpus=tmp_path, rules=True, misses=True, stdout=out)
    *misses, report = out.getvalue().splitlines()
    assert [line.split(":")[0] for line in misses] == ["late pronoun"]
    found = json.loads(report)["corpus"]
    assert found["name"] == {"n": 1, "right": 100.0}
    assert found["pronoun"] == {"n": 1, "right": 0.0}
    assert found["role"] == {"n": 1, "right": 100.0}


def test_the_command_says_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "other.tsv").write_text("a\tb\n1\t2\n", encoding="utf-8")
    with pytest.raises(CommandError, match="no GAP file"):
        call_command("score_coreference", gap=tmp_path / "other.tsv")
    with pytest.raises(CommandError, match="--gap"):
        call_command("score_coreference")


def test_gold_without_names_and_with_bare_places_is_judged_too(tmp_path: Path) -> None:
    text = "Ada Holm said the harbour was shut."
    row = {"source": [[0, 8]], "cue": [[9, 13]], "content": [[14, 34]]}
    (tmp_path / "gold.json").write_text(json.dumps({"text": text, "attributions": [row]}), "utf-8")
    out = StringIO()
    call_command("score_coreference", corpus=tmp_path / "gold.json", rules=True, misses=True, stdout=out)
    miss, report = out.getvalue().splitlines()
    assert miss == "gold role: “Ada Holm” is [], not Ada Holm"
    assert json.loads(report)["corpus"]["all"] == {"n": 1, "right": 0.0}
