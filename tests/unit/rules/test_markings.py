"""What two people marked in one text, and wrote about it, side by side."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import markings
from claims.rules.markings import Piece, against, alike, covered, located, word_differences, words_of

TEXT = "Bell said the bridge was safe. Osei said the bridge was “not safe” … and closed."


def at(words: str, nth: int = 0) -> tuple[int, int]:
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(words, start + 1)
    return start, start + len(words)


def test_the_edges_count_for_nothing() -> None:
    plain, wide = at("bridge was safe"), at(" bridge was safe. ")
    assert alike(TEXT, [plain], [wide])
    assert not alike(TEXT, [plain], [at("bridge was safe. Osei")])
    assert not alike(TEXT, [plain], [])
    assert covered(TEXT, [at("“")]) == frozenset()


def test_what_lies_inside_counts() -> None:
    start, end = at("not safe")
    assert not alike(TEXT, [(start, end)], [(start, start + 3), (end - 4, end)])


@pytest.mark.parametrize(
    ("words", "near", "found"),
    [
        ("the bridge was", 0, [at("the bridge was")]),
        ("the bridge was", 60, [at("the bridge was", 1)]),
        ("  the\r\n bridge ", 0, [at("the bridge")]),
        ("Bell … safe", 0, [at("Bell"), at("safe")]),
        ("Osei … safe", 0, [at("Osei"), at("safe", 1)]),
        ("“not safe” … and closed", 0, [at("“not safe”"), at("and closed")]),
        ("", 0, []),
        (" … ", 0, []),
    ],
)
def test_words_are_found_where_they_stand_nearest(words: str, near: int, found: list[tuple[int, int]]) -> None:
    assert located(TEXT, words, near) == found


@pytest.mark.parametrize("words", ["the bridges", "safe … Bell", "Bell … nowhere", "bell"])
def test_what_the_text_does_not_have_is_named(words: str) -> None:
    with pytest.raises(ValueError, match=r"the bridges|Bell|nowhere|bell"):
        located(TEXT, words, 0)


class Watched:
    """A pattern that counts the places that were looked at."""

    places = 0

    def __init__(self, words: str) -> None:
        self.pattern = re.compile(re.escape(words))

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        for match in self.pattern.finditer(text):
            Watched.places += 1
            yield match

    def search(self, text: str, begin: int) -> re.Match[str] | None:
        Watched.places += 1
        return self.pattern.search(text, begin)


def test_stretches_behind_the_first_are_searched_for_no_farther_than_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(markings, "_pattern", Watched)
    found = located("a b " * 1_000, " … ".join(["a"] * 50), 0)
    assert found == [(4 * number, 4 * number + 1) for number in range(50)]
    assert Watched.places == 1_000 + 49


def test_the_pieces_say_what_the_other_has_not() -> None:
    one, other = [at("the bridge was safe.")], [at("bridge was")]
    assert against(TEXT, one, other) == [
        Piece("the ", False), Piece("bridge was", True), Piece(" safe", False), Piece(".", True),
    ]  # fmt: skip
    assert against(TEXT, other, one) == [Piece("bridge was", True)]
    assert against(TEXT, [], one) == []


@given(st.lists(st.integers(0, len(TEXT)), min_size=2, max_size=8, unique=True))
def test_pieces_put_together_are_the_marking(edges: list[int]) -> None:
    ordered = sorted(edges)
    spans = list(zip(ordered[::2], ordered[1::2], strict=False))
    assert "".join(piece.text for piece in against(TEXT, spans, [])) == words_of(TEXT, spans)
    assert all(piece.shared for piece in against(TEXT, spans, spans))
    assert alike(TEXT, spans, spans)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_word_of_a_rationale_is_lost(own: str, other: str) -> None:
    assert "".join(piece.text for piece in word_differences(own, other)) == own
    assert all(piece.shared for piece in word_differences(own, own))


def test_words_that_only_one_has_are_told() -> None:
    assert word_differences("It is false, by far.", "It is true, by far.") == [
        Piece("It is ", True), Piece("false", False), Piece(", by far.", True),
    ]  # fmt: skip


def test_the_same_word_over_and_over_takes_no_square_of_time() -> None:
    long = "word " * 2_000
    assert word_differences(long, long) == [Piece(long, True)]
