"""Citron JSON in and out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.extraction import citron
from claims.extraction.pipeline import extract

TEXT = "Ada Holm opened the ward. “Beds,” she said, “are short.”\n\n“We need 😀 more.”"


def span(words: str, text: str = TEXT) -> dict[str, Any]:
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words}


SAID = {
    "id": "A1",
    "source": [span("she")],
    "source_entity": "Ada Holm",
    "cue": [span("said")],
    "content": [span("“Beds,”"), span("“are short.”")],
    "confidence": 0.91,
}
FLOATING = {"id": "A2", "source": [], "source_entity": None, "cue": [], "content": [span("“We need 😀 more.”")]}


def test_a_quote_has_the_keys_that_citron_reads() -> None:
    document = citron.write(TEXT, [SAID, FLOATING])
    assert document["text"] == TEXT
    assert document["quotes"] == [
        {
            "cue": span("said"),
            "id": "A1",
            "sources": [span("she")],
            "contents": [span("“Beds,”"), span("“are short.”")],
            "coreferences": [span("Ada Holm")],
            "confidence": 0.91,
        }
    ]
    assert document["coreference_groups"] == [[span("Ada Holm"), span("she")]]


def test_every_quote_has_a_cue_and_nothing_is_lost() -> None:
    document = citron.write(TEXT, [SAID, FLOATING])
    assert all(quote["cue"] for quote in document["quotes"])
    _, rows = citron.read(document)
    assert [row["content"] for row in rows] == [SAID["content"], FLOATING["content"]]
    assert [row["cue"] for row in rows] == [SAID["cue"], []]
    assert rows[0]["source_entities"] == ["Ada Holm"]
    assert rows[0]["confidence"] == 0.91


def test_what_citron_found_has_name_and_pronoun_the_other_way_round() -> None:
    """Its output names the speaker among the sources; the words beside the cue are its coreferences. It has no text."""
    quote = {
        "sources": [span("Ada Holm")],
        "coreferences": [span("she")],
        "cue": span("said"),
        "contents": [span("“are short.”")],
        "confidence": "0.8714",
    }
    _, (row,) = citron.read({"quotes": [quote], "source": {"application": "citron-extractor"}}, TEXT)
    assert (row["source"], row["source_entities"], row["confidence"]) == ([span("she")], ["Ada Holm"], 0.8714)


def test_a_name_that_stands_nearer_to_the_cue_stays_a_coreference() -> None:
    row = {**SAID, "source": [span("the ward")], "cue": [span("opened")]}
    _, (back,) = citron.read(citron.write(TEXT, [row]))
    assert (back["source"], back["source_entities"]) == (row["source"], ["Ada Holm"])


def test_a_name_inside_a_longer_word_is_not_the_name() -> None:
    text = "Adam and AdaHolm came. Ada said no."
    row = {"id": "A1", "source": [], "source_entity": "Ada", "cue": [span("said", text)], "content": [span("no", text)]}
    (quote,) = citron.write(text, [row])["quotes"]
    assert quote["coreferences"] == [{"start": 23, "end": 26, "text": "Ada"}]
    assert citron.write(text.replace("Ada said", "He said"), [row])["quotes"][0]["coreferences"] == []


class Searched(str):
    """A text that counts how often it is looked through."""

    __slots__ = ("times",)

    def find(self, *arguments: Any) -> int:
        self.times = getattr(self, "times", 0) + 1
        return super().find(*arguments)


def test_a_name_is_looked_for_once_in_a_text() -> None:
    rows = [{**SAID, "id": f"A{number}"} for number in range(50)]
    text = Searched(TEXT)
    assert len(citron.write(text, rows)["quotes"]) == 50
    assert text.times == 1


def test_quotes_without_a_text_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a text"):
        citron.read({"quotes": []})


def test_of_a_cue_in_pieces_the_first_is_written() -> None:
    row = {**SAID, "cue": [span("opened"), span("said")]}
    assert citron.write(TEXT, [row])["quotes"][0]["cue"] == span("opened")


@pytest.mark.parametrize(
    ("quote", "problem"),
    [
        ({"cue": {"start": 0, "end": 999}}, r"quotes\[0\]: 0 to 999 lies outside the text"),
        ({"cue": {"start": 0, "end": 3, "text": "Bob"}}, "the text has 'Ada' at 0, not 'Bob'"),
        ({"cue": None, "contents": []}, "neither cue nor contents"),
    ],
)
def test_a_mistake_is_named_with_its_quote(quote: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        citron.read({"text": TEXT, "quotes": [quote]})


@st.composite
def attributions(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """Any text, with attributions of any spans: one cue or none, pieces in order that do not touch."""
    text = draw(st.text(min_size=12, max_size=60))
    rows = []
    for number in range(draw(st.integers(0, 4))):
        ends = sorted(draw(st.sets(st.integers(0, len(text)), min_size=8, max_size=8)))
        spans = [{"start": a, "end": b, "text": text[a:b]} for a, b in zip(ends[::2], ends[1::2], strict=True)]
        cue = spans[1:2] if draw(st.booleans()) else []
        rows.append({"id": f"A{number}", "source": spans[:1] if cue else [], "cue": cue, "content": spans[2:]})
    return text, rows


@given(attributions())
def test_spans_come_back_as_they_went_out(drawn: tuple[str, list[dict[str, Any]]]) -> None:
    text, rows = drawn
    again, back = citron.read(citron.write(text, rows))
    assert again == text
    assert sorted(back, key=lambda row: row["id"]) == rows


def test_an_extraction_goes_out_and_comes_back() -> None:
    text = "Ada Holm said beds were short. “Nobody helps,” she told reporters."
    rows = extract(text, model=None).as_json()["attributions"]
    _, back = citron.read(citron.write(text, rows))
    assert [(row["source"], row["cue"], row["content"]) for row in back] == [
        (row["source"], row["cue"], row["content"]) for row in rows
    ]
    assert back[1]["source_entities"] == ["Ada Holm"]
