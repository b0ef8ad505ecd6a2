"""Windows: every word once, few enough pieces, and what the rules said of each word."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from claims.extraction.encoder import FOLDER, TOKENIZER
from claims.extraction.grammar.reading import read_text
from claims.extraction.windows import CONTENT, CUE, NO_DRAFT, PIECES, SOURCE, Read, Window, windows

TEXT = "The mayor said the bridge would open in May.\n\n“It is SAFE,” Ann Lee told him."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    loaded = Tokenizer.from_file(str(FOLDER / TOKENIZER))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def read(text: str) -> Read:
    return list(read_text(text))


def word(window: Window, text: str, wanted: str) -> int:
    return next(k for k, (start, end) in enumerate(window.words) if text[start:end] == wanted)


def test_paragraphs_share_a_window_and_words_are_slices_of_the_text(tokenizer: Tokenizer) -> None:
    (window,) = windows(TEXT, read(TEXT), tokenizer)
    assert "".join(TEXT[start:end] for start, end in window.words) == "".join(TEXT.split())
    assert window.paragraphs == sorted(window.paragraphs)
    assert len(window.first) == len(window.features) == len(window.words)
    assert len(window.piece_features()) == len(window.ids)


def test_a_words_feature_holds_its_shape_its_quotation_and_its_roles(tokenizer: Tokenizer) -> None:
    (window,) = windows(TEXT, read(TEXT), tokenizer)
    feature = {TEXT[slice(*place)]: window.features[k] for k, place in enumerate(window.words)}
    assert feature["mayor"] == SOURCE
    assert feature["said"] == CUE
    assert feature["bridge"] == CONTENT
    assert feature["SAFE"] == (2 * 2 + 1) * 8 + CONTENT
    assert feature["Lee"] == (1 * 2 + 0) * 8 + SOURCE


def test_how_the_rules_read_a_cue_is_told_word_by_word(tokenizer: Tokenizer) -> None:
    (window,) = windows(TEXT, read(TEXT), tokenizer)
    said = word(window, TEXT, "said")
    roles = window.draft_roles((said, said + 1))
    assert (roles[word(window, TEXT, "mayor")], roles[said], roles[word(window, TEXT, "bridge")]) == (1, 3, 2)
    bridge = word(window, TEXT, "bridge")
    assert set(window.draft_roles((bridge, bridge + 1))) == {NO_DRAFT}


def test_arguments_are_looked_for_in_the_paragraph_of_the_cue(tokenizer: Tokenizer) -> None:
    (window,) = windows(TEXT, read(TEXT), tokenizer)
    start, end = window.around((word(window, TEXT, "told"), word(window, TEXT, "told") + 1))
    assert TEXT[window.words[start][0] : window.words[end - 1][1]] == "“It is SAFE,” Ann Lee told him."


@given(
    st.lists(
        st.sampled_from(["a", "said ", "“", "”", "\n\n", " ", "é", "x" * 300, ". ", "𝔘", "word "]), max_size=400
    ).map("".join)
)
@settings(max_examples=50, deadline=None)
def test_every_window_is_short_enough_and_no_word_comes_twice(tokenizer: Tokenizer, text: str) -> None:
    words: list[tuple[int, int]] = []
    for window in windows(text, read(text), tokenizer):
        assert 0 < len(window.ids) <= PIECES
        assert window.first == sorted(set(window.first))
        assert window.first[-1] < len(window.ids)
        words += window.words
    assert all(a[1] <= b[0] for a, b in pairwise(words))
    assert all(0 <= start < end <= len(text) for start, end in words)
