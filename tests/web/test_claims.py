"""The history of a claim tells in words who did what; an excerpt shows the paragraphs that hold it."""

from claims.web import reading
from claims.web.highlight import Block, Open, Span, Text
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


def test_the_history_tells_the_way_of_a_claim(world: World, as_: SignedIn) -> None:
    claim = factories.published(world).claim
    page = as_(world.ruth).get(f"/claims/{claim.pk}/history/").content.decode()
    told = ("Found in the article", "Taken for review", "Decided", "Published")
    places = [page.index(f"<strong>{sentence}</strong>") for sentence in told]
    assert places == sorted(places)
    assert "in review → submitted" in page
    assert "the machine" in page


def words(blocks: list[Block]) -> str:
    return "|".join("".join(t.text for t in block.tokens if isinstance(t, Text)).strip() for block in blocks)


def test_an_excerpt_holds_the_marked_paragraphs_only() -> None:
    text = "First.\n\nSecond says a thing.\n\nThird.\n\nFourth says more.\n\nFifth."
    spans = [Span(text.index("Second"), text.index("Second") + 6, 1, "source"), Span(44, 48, 1, "content")]
    assert words(reading.excerpt(text, spans).blocks) == "Second says a thing.|Fourth says more."
    assert reading.excerpt(text, []).blocks == []


def test_windows_cover_a_long_text_without_gap() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 200 for number in range(400))
    spans = [Span(at, at + 50, at, "content") for at in range(0, len(text) - 50, 997)]
    seen, at = "", 0
    while True:
        part = reading.read(text, spans, at)
        seen += "".join(token.text for block in part.blocks for token in block.tokens if isinstance(token, Text))
        if part.later is None:
            break
        at = part.later
    assert seen == text


def test_a_long_text_without_blank_lines_is_cut_all_the_same() -> None:
    part = reading.read("x" * 500_000, [Span(0, 500_000, 1, "content")], 0)
    assert part.later == reading.WINDOW
    opened = [token for block in part.blocks for token in block.tokens if isinstance(token, Open)]
    assert [(token.start, token.end) for token in opened] == [(0, reading.WINDOW)]
