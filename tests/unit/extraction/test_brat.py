"""brat stand-off in and out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.extraction import brat
from claims.extraction.pipeline import extract

TEXT = "The mayor said it was “late” and, she added, cold."
ROLES = ("source", "cue", "content")


def places(row: dict[str, Any]) -> list[list[tuple[int, int]]]:
    return [[(span["start"], span["end"]) for span in row[role]] for role in ROLES]


def test_the_layout_is_that_of_polnear() -> None:
    rows = [
        {
            "source": [{"start": 0, "end": 9}],
            "cue": [{"start": 10, "end": 14}],
            "content": [{"start": 15, "end": 28}, {"start": 45, "end": 49}],
        },
        {"source": [], "cue": [], "content": [{"start": 22, "end": 28}]},
    ]
    assert brat.write(TEXT, rows).splitlines() == [
        "T1\tSource 0 9\tThe mayor",
        "T2\tCue 10 14\tsaid",
        "T3\tContent 15 28;45 49\tit was “late” cold",
        "T4\tAttribution 10 14\tsaid",
        "E1\tAttribution:T4 Source:T1 Cue:T2 Content:T3",
        "T5\tContent 22 28\t“late”",
        "T6\tAttribution-no-source 22 28\t“late”",
        "E2\tAttribution-no-source:T6 Content:T5",
    ]


def test_polnears_own_lines_are_read() -> None:
    """The order of its arguments is free, a source may serve two events, and other entities stand between."""
    written = (
        "T1\tContent 45 49;15 28\tcold it was “late”\nT2\tSource 0 9\tThe mayor\nT3\tCue 10 14\tsaid\n"
        "T4\tAttribution 10 14\tsaid\nE1\tAttribution:T4 Cue:T3 Source:T2 Content:T1\nT5\tDiscuss 22 28\t“late”\n"
        "T6\tAttribution-no-source 38 43\tadded\nT7\tCue 38 43\tadded\nE2\tAttribution-no-source:T6 Cue:T7 Content:T1\n"
        "E3\tAttribution:T4 Cue:T3 Source:T2 Content:T1\n"
    )
    first, second, third = brat.read(written, TEXT)
    assert places(first) == [[(0, 9)], [(10, 14)], [(15, 28), (45, 49)]]
    assert places(second) == [[], [(38, 43)], [(15, 28), (45, 49)]]
    assert places(third) == places(first)


@pytest.mark.parametrize(
    "event",
    [
        "E1\tCue:T2 Source:T1 Content:T3",
        "R1\tAttribution Arg1:T1 Arg2:T3",
        "E1\tCue:T2 Source:T1 Content:T3 Content2:T4",
    ],
)
def test_events_on_the_cue_and_relations_are_read_too(event: str) -> None:
    written = f"T1\tSource 0 9\tx\nT2\tCue 10 14\tx\nT3\tContent 15 21\tx\nT4\tContent 45 49\tx\n{event}\r\n"
    (row,) = brat.read(written, TEXT)
    assert places(row)[0] == [(0, 9)]
    assert places(row)[2] == [(15, 21), (45, 49)][: 1 + ("T4" in event)]


def test_stance_name_and_links_come_back() -> None:
    base = {
        "source": [{"start": 0, "end": 9}],
        "cue": [{"start": 10, "end": 14}],
        "content": [{"start": 15, "end": 21}],
    }
    rows: list[dict[str, Any]] = [
        {**base, "id": "A7", "stance": "asserts", "quote_type": "mixed", "source_entity": "Anna Bell"},
        {**base, "id": "A9", "stance": "denies", "required": False, "parent": "A7", "responds_to": "A7"},
    ]
    rows[1]["source_entities"] = ["Anna Bell", "Tom Akers"]
    first, second = brat.read(brat.write(TEXT, rows), TEXT)
    assert (first["stance"], first["quote_type"], first["source_entities"]) == ("asserts", "mixed", ["Anna Bell"])
    assert (second["stance"], second["required"]) == ("denies", False)
    assert second["source_entities"] == ["Anna Bell", "Tom Akers"]
    assert second["parent"] == second["responds_to"] == first["id"]


def test_what_is_annotated_besides_is_passed_over() -> None:
    """Events and relations of other kinds, what is said of them, and remarks on our own attributions."""
    written = brat.write(
        TEXT,
        [
            {
                "source": [{"start": 0, "end": 9}],
                "source_entity": "Anna Bell",
                "cue": [{"start": 10, "end": 14}],
                "content": [{"start": 15, "end": 28}],
            }
        ],
    )
    written += (
        "T8\tMeeting 22 28\t“late”\nE8\tMeeting:T8 Content:T3\nE9\tAttribution-of-blame:T8 Cue:T2\n"
        "R8\tCoreference Arg1:T1 Arg2:T8\nR9\tParent Arg1:E1 Arg2:E8\nR10\tParent Arg1:T1 Arg2:T8\n"
        "A8\tStance E8 denies\n#7\tAnnotatorNotes R8\tsure?\n#8\tAnnotatorNotes E1\tdoes the mayor say this?\n"
    )
    (row,) = brat.read(written, TEXT)
    assert places(row) == [[(0, 9)], [(10, 14)], [(15, 28)]]
    assert row["source_entities"] == ["Anna Bell"]
    assert not {"parent", "stance"} & row.keys()


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        ("T1\tCue 10\tsaid\n", "line 1: expected “Cue start end"),
        ("T1\tCue 10 999\tsaid\n", "line 1: T1 lies outside the text"),
        ("E1\tCue:T7\n", "line 1: E1 names T7"),
        ("A1\tStance E4 denies\n", "line 1: A1 names E4"),
        ("R1\tParent Arg1:E1 Arg2:E2\n", "line 1: R1 names E2"),
        ("R1\tParent\n", "line 1: expected 3 words, found 'Parent'"),
        ("A1\tStance\n", "line 1: expected 2 words, found 'Stance'"),
        ("T1\tSource 0 9\tThe mayor\nE1\tAttribution:T1 Source:T1\n", "line 2: E1 has neither cue nor content"),
    ],
)
def test_a_mistake_is_named_with_its_line(annotation: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        brat.read(annotation, TEXT)


@given(st.data(), st.text(min_size=12, max_size=60))
def test_spans_come_back_whatever_the_text(data: st.DataObject, text: str) -> None:
    rows = []
    for _ in range(data.draw(st.integers(0, 4))):
        ends = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=8, max_size=8)))
        spans = [{"start": a, "end": b, "text": text[a:b]} for a, b in zip(ends[::2], ends[1::2], strict=True)]
        cue = spans[1:2] if data.draw(st.booleans()) else []
        rows.append({"source": spans[:1] if cue else [], "cue": cue, "content": spans[2:]})
    back = brat.read(brat.write(text, rows), text)
    assert [{role: row[role] for role in ROLES} for row in back] == rows


def test_an_extraction_goes_out_and_comes_back() -> None:
    text = "Ada Holm said beds\r\nwere short.\n\n“Nobody helps,” she told reporters; Oslo denied it had refused."
    found = extract(text, model=None).as_json()["attributions"]
    back = brat.read(brat.write(text, found), text)
    assert [places(row) for row in back] == [places(row) for row in found]
    assert [row["stance"] for row in back] == [row["stance"] for row in found]
