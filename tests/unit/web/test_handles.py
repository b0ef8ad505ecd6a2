"""Which marked element stands for an attribution, when one walks through a text by keyboard."""

from claims.web.highlight import Role, Span, highlight
from claims.web.reading import handles

TEXT = "The Kremlin said that Kyiv had admitted the loss, which Kyiv denies."


def span(words: str, attribution: int, role: Role, after: int = 0) -> Span:
    start = TEXT.index(words, after)
    return Span(start, start + len(words), attribution, role)


def places(*spans: Span, cards: dict[int, str]) -> dict[int | str, tuple[str, str, bool, str]]:
    found = handles(highlight(TEXT, spans), cards)
    return {who: (TEXT[each.start :].split()[0], each.role, each.leaf, each.card) for who, each in found.items()}


OUTER = (
    span("The Kremlin", 1, "source"),
    span("said", 1, "cue"),
    span("Kyiv had admitted the loss", 1, "content"),
)
INNER = (span("Kyiv", 2, "source"), span("admitted", 2, "cue"), span("the loss", 2, "content"))


def test_the_speaker_stands_for_what_is_said() -> None:
    assert places(*OUTER, *INNER, cards={1: "c-1", 2: "c-2"}) == {
        1: ("The", "source", True, "c-1"),
        2: ("Kyiv", "source", True, "c-2"),
    }


def test_without_a_speaker_the_cue_and_else_the_content() -> None:
    assert places(OUTER[1], OUTER[2], cards={1: "c-1"})[1][1] == "cue"
    assert places(OUTER[2], cards={1: "c-1"})[1][1] == "content"


def test_what_holds_another_mark_is_taken_only_where_nothing_else_is() -> None:
    whole = span("The Kremlin said", 1, "source")
    assert places(whole, OUTER[1], cards={1: "c-1"})[1][1] == "cue", "a link cannot hold a link"
    assert places(whole, INNER[0], span("Kremlin", 2, "cue"), cards={1: "c-1"})[1][1:3] == ("source", False)


def test_only_what_has_a_card_and_nothing_that_is_only_repeated() -> None:
    repeated = Span(0, 11, 2, "restatement")
    assert places(*OUTER, repeated, cards={2: "c-2"}) == {}
