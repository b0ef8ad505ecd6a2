"""Overlapping, crossing and discontinuous spans become well-nested elements without moving a single offset."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.web.highlight import Block, Close, Open, Role, Span, Text, Unseen, highlight

# From a Reuters report of 18 April 2023; the sentence that every flat highlighter gets wrong.
REFERENDUMS = (
    "Kherson, Zaporizhzhia, Luhansk and Donetsk are the four regions Putin proclaimed annexed last September "
    "after what Ukraine said were fake referendums."
)


def mark(text: str, words: str, attribution: int | str, role: Role, depth: int = 1) -> Span:
    start = text.index(words)
    return Span(start, start + len(words), attribution, role, depth)


def drawn(blocks: list[Block]) -> str:
    """The tokens written down so that a test can be read: [source:A8 Putin]."""
    out: list[str] = []
    for block in blocks:
        for token in block.tokens:
            if isinstance(token, Open):
                cut = ("" if token.first else "…", "" if token.last else "…")
                out.append(f"[{cut[0]}{token.span.role}:{token.span.attribution}{cut[1]} ")
            elif isinstance(token, Close):
                out.append("]")
            else:
                out.append(token.text)
    return "".join(out)


def pieces(blocks: list[Block]) -> Iterator[Text | Unseen]:
    for block in blocks:
        yield from (token for token in block.tokens if isinstance(token, Text | Unseen))


def test_discontinuous_content_keeps_the_words_of_the_source_outside() -> None:
    spans = [
        mark(REFERENDUMS, "Putin", "A8", "source"),
        mark(REFERENDUMS, "proclaimed", "A8", "cue"),
        mark(REFERENDUMS, "annexed", "A8", "content"),
        mark(REFERENDUMS, "what", "A9", "content"),
        mark(REFERENDUMS, "Ukraine", "A9", "source"),
        mark(REFERENDUMS, "said", "A9", "cue"),
        mark(REFERENDUMS, "were fake referendums", "A9", "content"),
    ]
    assert drawn(highlight(REFERENDUMS, spans)) == (
        "Kherson, Zaporizhzhia, Luhansk and Donetsk are the four regions [source:A8 Putin] [cue:A8 proclaimed] "
        "[content:A8 annexed] last September after [content:A9 what] [source:A9 Ukraine] [cue:A9 said] "
        "[content:A9 were fake referendums]."
    )


def test_a_report_within_a_report_stands_inside_it() -> None:
    text = "The Kremlin said Kyiv had admitted the strike."
    spans = [
        mark(text, "Kyiv", "inner", "source", 2),
        mark(text, "had admitted", "inner", "cue", 2),
        mark(text, "the strike", "inner", "content", 2),
        mark(text, "Kyiv had admitted the strike", "outer", "content"),
    ]
    assert drawn(highlight(text, spans)) == (
        "The Kremlin said [content:outer [source:inner Kyiv] [cue:inner had admitted] [content:inner the strike]]."
    )


def test_crossing_spans_are_cut_where_the_longer_one_begins() -> None:
    spans = [Span(0, 6, "a", "content"), Span(3, 9, "b", "content")]
    assert drawn(highlight("abcdefghij", spans)) == "[content:a… abc][content:b […content:a def]ghi]j"


def test_equal_extent_puts_the_content_outside_and_the_outer_attribution_first() -> None:
    spans = [Span(0, 3, 2, "content", 2), Span(0, 3, 1, "content", 1), Span(0, 3, 3, "source", 1)]
    assert drawn(highlight("abc", spans)) == "[content:1 [content:2 [source:3 abc]]]"


def test_a_span_over_two_paragraphs_is_one_element_in_each() -> None:
    blocks = highlight("One.\n\nTwo.", [Span(0, 10, 7, "content")])
    assert [drawn([block]) for block in blocks] == ["[content:7… One.\n\n]", "[…content:7 Two.]"]
    assert [(block.start, block.body_end, block.end) for block in blocks] == [(0, 4, 6), (6, 10, 10)]


def test_a_span_over_a_silent_paragraph_in_the_middle_covers_it_too() -> None:
    blocks = highlight("One.\n\nTwo.\n\nThree.", [Span(2, 15, 7, "content")])
    assert all(span.attribution == 7 for piece in pieces(blocks[1:2]) for span in piece.covering)
    assert drawn(blocks[1:2]) == "[…content:7… Two.\n\n]"


def test_a_directional_override_is_named_and_stays_in_place() -> None:
    text = "safe\u202etxt.exe and zero\u200bwidth"
    unseen = [piece for piece in pieces(highlight(text, [])) if isinstance(piece, Unseen)]
    assert [(each.start, each.short_name) for each in unseen] == [(4, "RLO"), (21, "ZWSP")]
    assert unseen[0].name == "RIGHT-TO-LEFT OVERRIDE (U+202E)"


@pytest.mark.parametrize("text", ["👩\u200d🔬 works", "می\u200cخواهم"])
def test_joiners_that_spell_a_word_or_an_emoji_are_left_alone(text: str) -> None:
    assert not [piece for piece in pieces(highlight(text, [])) if isinstance(piece, Unseen)]


def test_a_joiner_hidden_in_a_latin_name_is_shown() -> None:
    assert [piece.short_name for piece in pieces(highlight("Pu\u200dtin", [])) if isinstance(piece, Unseen)] == ["ZWJ"]


def test_offsets_count_code_points_not_utf16_units() -> None:
    text = "😀 he said so"
    assert drawn(highlight(text, [Span(2, 4, 1, "source")])) == "😀 [source:1 he] said so"


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3), (-1, 2), (0, 99)])
def test_a_span_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="does not lie within"):
        highlight("short", [Span(start, end, 1, "cue")])


def test_twice_the_text_takes_about_twice_the_work() -> None:
    """Counted in tokens, so that a busy machine cannot decide the test."""

    def tokens(sentences: int) -> int:
        text = REFERENDUMS * sentences
        size = len(REFERENDUMS)
        spans = [Span(at * size + 5, at * size + 90, at, "content") for at in range(sentences)]
        return sum(len(block.tokens) for block in highlight(text, spans))

    assert tokens(2000) <= 2 * tokens(1000) + 2


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(alphabet="ab \n\u202e\u200b😀й", min_size=1, max_size=60))
    roles: st.SearchStrategy[Role] = st.sampled_from(["source", "cue", "content"])
    spans: list[Span] = []
    for number in range(draw(st.integers(0, 12))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        spans.append(Span(start, end, draw(st.integers(0, max(number, 1))), draw(roles), draw(st.integers(1, 3))))
    return text, spans


@given(marked_texts())
def test_nothing_of_the_text_is_lost_or_moved(marked: tuple[str, list[Span]]) -> None:
    text, spans = marked
    blocks = highlight(text, spans)
    assert "".join(piece.text for piece in pieces(blocks)) == text
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    for piece in pieces(blocks):
        assert text[piece.start : piece.start + len(piece.text)] == piece.text


@given(marked_texts())
def test_every_character_is_covered_by_exactly_its_spans(marked: tuple[str, list[Span]]) -> None:
    text, spans = marked
    for piece in pieces(highlight(text, spans)):
        for at in range(piece.start, piece.start + len(piece.text)):
            expected = sorted(map(repr, (span for span in spans if span.start <= at < span.end)))
            assert sorted(map(repr, piece.covering)) == expected


@given(marked_texts())
def test_elements_nest_and_cover_what_they_say(marked: tuple[str, list[Span]]) -> None:
    text, spans = marked
    ends: list[tuple[Span, bool, bool]] = []
    for block in highlight(text, spans):
        stack: list[Open] = []
        for token in block.tokens:
            if isinstance(token, Open):
                stack.append(token)
                ends.append((token.span, token.first, token.last))
                assert token.start < token.end
            elif isinstance(token, Close):
                stack.pop()
            else:
                assert [each.span for each in stack] == list(token.covering)
                for element in stack:
                    assert element.start <= token.start
                    assert token.start + len(token.text) <= element.end
        assert stack == []
    for span in spans:
        copies = spans.count(span)
        assert sum(first for each, first, _ in ends if each == span) == copies
        assert sum(last for each, _, last in ends if each == span) == copies
