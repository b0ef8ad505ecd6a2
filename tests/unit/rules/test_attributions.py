"""Which spans can stand, what holds what, and which finds of two readings are one statement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules.attributions import (
    MOST_SPANS,
    Range,
    Spans,
    found_again,
    holder,
    holds,
    nesting,
    problems,
    quote_type,
    tidied,
)

TEXT = 'Bell said that the "old" bridge was safe, which Osei denied. “It is not.”'


def at(words: str, text: str = TEXT) -> Range:
    start = text.index(words)
    return start, start + len(words)


def spans(number: int = 1, *, source: str = "", cue: str = "", content: str = "") -> Spans:
    return Spans(number, *(tuple(at(word) for word in words.split("|") if word) for words in (source, cue, content)))


# --- Can they stand? --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "good",
    [
        spans(source="Bell", cue="said", content='that the "old" bridge was safe'),
        spans(cue="said", content="the|safe"),
        spans(content="“It is not.”"),
        spans(source="Osei", cue="denied", content="which"),
    ],
)
def test_what_the_conventions_allow(good: Spans) -> None:
    assert problems(TEXT, good) == []


@pytest.mark.parametrize(
    ("bad", "field", "code"),
    [
        (spans(source="Bell", cue="said"), "content", "missing"),
        (spans(source="Bell", content="“It is not.”"), "cue", "missing"),
        (spans(content="bridge was safe"), "cue", "missing"),
        (spans(cue="said|denied", content="bridge"), "cue", "several"),
        (spans(source="Bell said", cue="said", content="bridge"), "cue", "overlap"),
        (spans(cue="said", content="said that"), "cue", "overlap"),
        (Spans(1, (), ((5, 9),), ((10, 20), (15, 30))), "content", "overlap"),
        (Spans(1, (), ((5, 9),), ((10, 10),)), "content", "outside"),
        (Spans(1, (), ((5, 9),), ((10, 9),)), "content", "outside"),
        (Spans(1, (), ((-3, 2),), ((10, 20),)), "cue", "outside"),
        (Spans(1, ((0, 10**12),), ((5, 9),), ((10, 20),)), "source", "outside"),
        (Spans(1, (), ((4, 5),), ((10, 20),)), "cue", "blank"),
    ],
)
def test_what_they_do_not_is_named_by_its_role(bad: Spans, field: str, code: str) -> None:
    assert (field, code) in [(one.field, one.code) for one in problems(TEXT, bad)]


def test_many_spans_are_refused() -> None:
    text = "x " * 200
    many = tuple((n * 2, n * 2 + 1) for n in range(1, MOST_SPANS + 2))
    assert [one.code for one in problems(text, Spans(1, (), ((0, 1),), many))] == ["too_many"]


def test_blanks_are_left_out_and_pieces_that_touch_are_one() -> None:
    said = at("said")
    assert tidied(TEXT, [(said[0] - 1, said[1] + 1)]) == (said,)
    assert tidied(TEXT, [at("bridge"), at("old"), at("was")]) == (at("old"), at("bridge was"))
    assert tidied(TEXT, [(50, 400), (3, 3)]) == ((3, 3), (50, 400)), "what lies outside is for problems() to name"


RANGES = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=5)


@given(text=st.text(alphabet="a “”\n", max_size=50), source=RANGES, cue=RANGES, content=RANGES)
def test_no_spans_break_it(text: str, source: list[Range], cue: list[Range], content: list[Range]) -> None:
    tidy = Spans(1, tidied(text, source), tidied(text, cue), tidied(text, content))
    if not problems(text, tidy):
        assert tidy.content
        assert all(text[start:end] == text[start:end].strip() for start, end in tidy.content + tidy.cue + tidy.source)


def test_the_quote_type_follows_from_the_content() -> None:
    assert quote_type(TEXT, [at("“It is not.”")]) == "direct"
    assert quote_type(TEXT, [at('the "old" bridge')]) == "mixed"
    assert quote_type(TEXT, [at("bridge was safe")]) == "indirect"


def test_what_holds_an_attribution_is_the_smallest_content_around_it() -> None:
    inner = spans(1, source="Osei", cue="denied", content="which")
    middle = spans(2, cue="said", content="bridge was safe, which Osei denied")
    outer = Spans(3, (), ((0, 4),), ((5, 70),))
    assert holder(inner, [inner, middle, outer]) == 2
    assert holder(middle, [inner, outer]) == 3
    assert holder(outer, [inner, middle]) is None, "its cue stands outside"
    assert holder(spans(4, content="“It is not.”"), [outer]) is None, "a quotation without a cue has no parent"


OUTER = Spans(1, (), ((0, 4),), ((5, 90),))
MIDDLE = Spans(2, (), ((6, 10),), ((11, 60),))
INNER = Spans(3, (), ((12, 16),), ((17, 30),))
ASIDE = Spans(4, (), ((200, 204),), ((205, 230),))


def by_id(*rows: Spans) -> dict[int, Spans]:
    return {row.id: row for row in rows}


def test_what_changed_is_held_and_holds_by_where_it_stands() -> None:
    everyone = by_id(OUTER, MIDDLE, INNER, ASIDE)
    assert nesting(everyone, {1: None, 2: None, 3: 1, 4: None}, 2) == {2: 1, 3: 2}
    assert nesting(everyone, {1: None, 2: 1, 3: 2, 4: 2}, 2) == {4: None}, "what it held before"
    assert nesting(everyone, {1: None, 2: 1, 3: 2, 4: None}, 2) == {}
    assert nesting(everyone, {1: None, 2: 1, 3: 2, 4: 1}, 2) == {}, "others are left alone"


def test_of_two_that_hold_each_other_one_does() -> None:
    one, other = Spans(1, (), ((0, 4),), ((20, 90),)), Spans(2, (), ((30, 34),), ((0, 10), (40, 50)))
    for rows in ((one, other), (other, one)):
        for changed in (1, 2):
            after = {1: None, 2: None} | nesting(by_id(*rows), {1: None, 2: None}, changed)
            assert sorted(after.values(), key=bool) in ([None, 1], [None, 2])


def test_the_next_one_holds_where_the_nearest_would_close_a_ring() -> None:
    outer = Spans(9, (), ((100, 104),), ((0, 95),))
    one, other = Spans(1, (), ((1, 4),), ((20, 90),)), Spans(2, (), ((30, 34),), ((0, 10), (40, 50)))
    after = nesting(by_id(outer, other, one), {9: None, 1: None, 2: 9}, 1)
    assert after == {2: 1, 1: 9}


def test_what_holds_is_seen_by_cue_and_source_or_by_content_alone() -> None:
    outer = Spans(1, (), ((0, 4),), ((10, 30), (40, 60)))
    assert holds(outer, Spans(2, ((10, 14),), ((15, 19),), ((20, 70),)))
    assert not holds(outer, Spans(2, ((10, 14),), ((41, 45),), ((20, 30),))), "in two pieces of the content"
    assert holds(outer, Spans(2, (), (), ((41, 59),)))
    assert not holds(outer, Spans(2, (), (), ((41, 61),)))
    assert not holds(outer, outer)
    assert not holds(outer, Spans(2, (), (), ()))


def test_a_chosen_parent_stays_as_long_as_it_holds() -> None:
    outer = Spans(1, (), ((0, 4),), ((10, 90),))
    middle = Spans(2, (), ((10, 14),), ((20, 60),))
    inner = Spans(3, (), ((30, 34),), ((40, 50),))
    rows, parents = by_id(outer, middle, inner), {1: None, 2: 1, 3: 2}
    assert nesting(rows, parents, 3, {3: 1}) == {3: 1}, "another than the nearest"
    assert nesting(rows, parents, 3, {3: None}) == {3: None}
    assert nesting(rows, {**parents, 3: 1}, 2, {3: 1}) == {}, "what changes between them moves nothing"
    shorter = Spans(1, (), ((0, 4),), ((70, 90),))
    assert nesting(by_id(shorter, middle, inner), {**parents, 3: 1}, 1, {3: 1}) == {2: None, 3: 2}
    assert nesting(by_id(middle, inner), {2: None, 3: 2}, 3, {3: 1}) == {}, "what is gone holds nothing"


def test_a_chosen_parent_closes_no_ring() -> None:
    one, other = Spans(1, (), ((1, 4),), ((20, 90),)), Spans(2, (), ((30, 34),), ((0, 10),))
    assert nesting(by_id(one, other), {1: None, 2: 1}, 1, {1: 2, 2: 1}) == {}


places = st.integers(0, 60).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, 64)))


@given(
    st.lists(st.tuples(places, st.lists(places, min_size=1, max_size=2)), min_size=1, max_size=6),
    st.lists(st.integers(0, 5), max_size=12),
)
def test_no_ring_comes_of_any_changes(shapes: list[tuple[Range, list[Range]]], changes: list[int]) -> None:
    everyone = {pk: Spans(pk, (), (cue,), tuple(content)) for pk, (cue, content) in enumerate(shapes)}
    parents: dict[int, int | None] = dict.fromkeys(everyone)
    for changed in changes:
        parents |= nesting(everyone, parents, changed % len(everyone))
        for pk in everyone:
            seen, at_ = {pk}, parents[pk]
            while at_ is not None:
                assert at_ not in seen
                seen.add(at_)
                at_ = parents[at_]


# --- Found again? -----------------------------------------------------------------------------------------------------


def one(number: int, cue: tuple[Range, ...], *content: Range) -> Spans:
    return Spans(number, (), cue, content)


SAID = ((10, 14),)


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (one(1, SAID, (20, 40)), one(0, SAID, (20, 40)), True),
        (one(1, SAID, (20, 40)), one(0, ((8, 14),), (20, 90)), True),  # a longer reading of the same
        (one(1, SAID, (20, 40)), one(0, SAID, (30, 50)), True),  # half of the shorter
        (one(1, SAID, (20, 40)), one(0, SAID, (31, 51)), False),
        (one(1, SAID, (20, 40)), one(0, ((14, 18),), (20, 40)), False),  # another cue
        (one(1, SAID, (20, 40)), one(0, (), (20, 40)), False),
        (one(1, (), (20, 40)), one(0, (), (22, 38)), True),
        (one(1, SAID, (0, 5), (20, 30)), one(0, SAID, (20, 30)), True),
    ],
)
def test_the_same_cue_and_half_of_the_content_are_one_statement(before: Spans, now: Spans, same: bool) -> None:
    assert found_again([before], [now]) == {0: [1] if same else []}


def test_one_that_became_two_is_found_by_both_and_the_nearest_comes_first() -> None:
    both, first, second = one(1, SAID, (20, 60)), one(2, SAID, (20, 30)), one(3, SAID, (40, 60))
    assert found_again([both], [first, second]) == {2: [1], 3: [1]}
    assert found_again([first, second], [both]) == {1: [3, 2]}


@given(
    stored=st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(0, 30), st.integers(1, 20)), max_size=9
    ),
    now=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(0, 30), st.integers(1, 20)), max_size=9),
)
def test_the_index_finds_what_comparing_each_with_each_finds(
    stored: list[tuple[int, int, int, int]], now: list[tuple[int, int, int, int]]
) -> None:
    def rows(numbers: list[tuple[int, int, int, int]]) -> list[Spans]:
        return [one(k, ((a, a + b),), (c, c + d)) for k, (a, b, c, d) in enumerate(numbers)]

    def common(one: Range, other: Range) -> int:
        return max(0, min(one[1], other[1]) - max(one[0], other[0]))

    def same(a: Spans, b: Spans) -> bool:
        shorter = min(a.content[0][1] - a.content[0][0], b.content[0][1] - b.content[0][0])
        return common(a.cue[0], b.cue[0]) > 0 and 2 * common(a.content[0], b.content[0]) >= shorter

    expected = {b.id: {a.id for a in rows(stored) if same(a, b)} for b in rows(now)}
    assert {number: set(found) for number, found in found_again(rows(stored), rows(now)).items()} == expected
