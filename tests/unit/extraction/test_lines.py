"""Paragraphs of plain text: at blank lines, at single line ends, and across the line ends of wrapped text."""

import textwrap

import pytest

from claims.extraction.lines import paragraph_bounds, wrap_column
from tests.unit.extraction.stories import read

PROSE = (
    "The county roads office said on Monday that its inspectors had found 17 faults in the bridge over the Marl, "
    "most of them in the western span. Repairs will cost 3.2 million dollars.",
    "“We knew of two of them,” said Ida Moss, the chief engineer, who has led the office since 2019. “The others "
    "were hidden by the paint, and nobody had looked below it for 20 years.”",
    "The bridge will stay closed until March 2026, according to a notice put up at both of its ends by the office.",
)
LINE_BY_LINE = "\n".join(PROSE)
LIST = "What the office found:\n- faults in the western span of the bridge\n- rust on nearly all of the rivets"
HEADLINES = "\n".join(
    (
        "Bridge over the Marl to stay closed for a year",
        "Office knew of two faults before the summer",
        "Council asks who will pay for the ferry now",
    )
)
VERSE = "The river goes where rivers go, my dear,\nAnd nobody has asked it where it went;"


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in paragraph_bounds(text)]


@pytest.mark.parametrize("width", [60, 66, 72, 80, 100])
@pytest.mark.parametrize("between", ["\n\n", "\n \n", "\n\n\n"])
def test_wrapped_prose_has_the_paragraphs_of_the_unwrapped(width: int, between: str) -> None:
    wrapped = between.join(textwrap.fill(paragraph, width) for paragraph in PROSE)
    assert [" ".join(part.split()) for part in parts(wrapped)] == list(PROSE)


@pytest.mark.parametrize("text", [LINE_BY_LINE, LIST, HEADLINES, VERSE], ids=["lines", "list", "headlines", "verse"])
def test_a_line_that_is_a_paragraph_stays_one(text: str) -> None:
    assert wrap_column(text) == 0
    assert parts(text) == text.split("\n")


def test_headline_byline_and_list_of_a_wrapped_story_stay_lines() -> None:
    head = ["Bridge over the Marl to stay closed for a year after 17 faults found", "By Ida Moss and Bo Lund"]
    story, items = textwrap.fill(PROSE[0], 70), ["- faults in the western span of the bridge over the river", "- rust"]
    text = "\n".join([*head, "", story, *items])
    assert parts(text) == [*head, story, *items]


def test_a_break_before_a_name_or_a_figure_joins_where_the_next_word_no_longer_fitted() -> None:
    full = (
        "The lorries that cross the old bridge were counted by Mr\n"
        "Moss and were found to weigh on average a good deal more\n"
        "than 40 tons, which nobody in the town had known before the\n"
        "3 May hearing."
    )
    assert len(parts(full)) == 1
    assert len(parts("Bridge closed for a year\n" + full)) == 2


def test_spans_hold_the_line_ends_and_claims_do_not() -> None:
    text = "The county roads office said its inspectors had found 17\nfaults in the bridge."
    result = read(text)
    (content,) = result.attributions[0].content
    assert content.text == text[content.start : content.end] == "its inspectors had found 17\nfaults in the bridge"
    assert result.claims[0].text.endswith("inspectors had found 17 faults in the bridge.")


def test_wrapped_text_is_read_as_the_unwrapped_is() -> None:
    whole, wrapped = (read("\n\n".join(textwrap.fill(paragraph, width) for paragraph in PROSE)) for width in (1000, 64))
    assert [claim.text for claim in wrapped.claims] == [claim.text for claim in whole.claims]
    assert len(whole.claims) >= 4


def test_a_date_in_a_wrapped_first_sentence_hides_nothing_of_it() -> None:
    text = "The county roads office said on 3 March 2026 that its inspectors had found 17\nfaults in the bridge."
    assert read(text).attributions[0].source[0].text == "The county roads office"


@pytest.mark.parametrize("between", ["\n\n", "\n", "\n\n\n"])
@pytest.mark.parametrize("intro", ["Ida Moss said on Monday:", "In a letter to the council, Ida Moss wrote:"])
def test_a_quotation_belongs_to_the_colon_that_introduces_it(intro: str, between: str) -> None:
    text = f"{intro}{between}“We knew of two of them.”\n\nThe council denied it."
    assert parts(text) == [f"{intro}{between}“We knew of two of them.”", "The council denied it."]
    (source,) = read(text).attributions[0].source
    assert source.text == "Ida Moss"


def test_a_speech_that_a_colon_introduces_goes_on_over_its_paragraphs() -> None:
    speech = ["“We knew of two of them.", "“The others were hidden by the paint.", "“Nobody had looked below it.”"]
    first, *_ = read("\n\n".join(["Ida Moss, the chief engineer, said:", *speech])).attributions
    assert [span.text for span in first.content] == speech
    assert first.source_entity == "Ida Moss"


@pytest.mark.parametrize(
    "block",
    [
        "“We knew of two of them,” said Bo Lund.",  # a tag of its own
        "“MOSS: We knew of two of them.”",  # a turn of a conversation
        "We knew of two of them.",
    ],
)
def test_what_tells_by_itself_who_speaks_stands_alone(block: str) -> None:
    text = f"The letter is read in full:\n\n{block}"
    assert parts(text) == text.split("\n\n")
