"""brat stand-off in and out."""

import pytest

from claims.extraction import brat

TEXT = "The mayor said it was “late” and, she added, cold."


def test_spans_come_back_as_they_went_out() -> None:
    rows = [
        {
            "source": [{"start": 0, "end": 9}],
            "cue": [{"start": 10, "end": 14}],
            "content": [{"start": 15, "end": 28}, {"start": 45, "end": 49}],
        },
        {"source": [], "cue": [], "content": [{"start": 22, "end": 28}]},
    ]
    again = brat.read(brat.write(TEXT, rows), TEXT)
    for row, back in zip(rows, again, strict=True):
        for role in ("source", "cue", "content"):
            assert [(s["start"], s["end"]) for s in back[role]] == [(s["start"], s["end"]) for s in row[role]]
            assert all(span["text"] == TEXT[span["start"] : span["end"]] for span in back[role])


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        ("T1\tCue 10\tsaid\n", "line 1: expected “Cue start end"),
        ("T1\tCue 10 999\tsaid\n", "line 1: T1 lies outside the text"),
        ("E1\tCue:T7\n", "line 1: E1 names T7"),
        ("T1\tSource 0 9\tThe mayor\nE1\tSource:T1\n", "line 2: E1 has neither cue nor content"),
    ],
)
def test_a_mistake_is_named_with_its_line(annotation: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        brat.read(annotation, TEXT)
