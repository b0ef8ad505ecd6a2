"""A graph is zoomed and moved by its buttons, the keyboard, the wheel and the mouse; its boxes and lines lead on."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from claims.models.articles import Article
from sources import services as register
from tests import factories
from tests.e2e.looking import Look
from tests.e2e.pages import sign_in
from tests.factories import World

# Where on the screen the middle of a line is.
MIDDLE = """(path) => {
  const { x, y } = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
  return [x, y];
}"""


def window(svg: Locator) -> list[float]:
    """What of the graph is seen: x, y, width and height in its own units."""
    return [float(each) for each in (svg.get_attribute("viewBox") or "").split()]


def letters(svg: Locator) -> float:
    """How high the letters of its boxes are on the screen, in pixels; a letter is 13 units high."""
    return round(float(svg.locator("a.node text").first.evaluate("(text) => 13 * text.getScreenCTM().a")), 1)


def test_a_graph_of_many(world: World, person: Callable[..., Page], look: Look) -> None:
    claims = factories.queued_claims(world, 60)
    sources = [register.create("person", f"Person Number {number}") for number in range(12)]
    for number, claim in enumerate(claims):
        source = sources[number % len(sources)]
        claim.attributions.get().resolved_sources.create(source=source, surface="x", score=0.9, reason="An alias.")
    Article.objects.filter(pk=claims[0].article_id).update(topics=["bridges"])
    page = person()
    sign_in(page, world.alice)
    page.goto("/desk/topics/graph/?topic=bridges&most=100")
    frame = page.locator("[data-graph-frame]")
    svg, size = frame.locator("svg"), page.locator("[data-graph-size]")
    expect(size).not_to_be_empty()
    x, y, width, height = window(svg)
    assert (x, y) == (0, 0)
    assert height < 60 * 58, "a window onto it, not the whole"

    page.get_by_role("button", name="Larger").click()
    assert window(svg)[2] < width
    page.get_by_role("button", name="Whole graph").click()
    assert window(svg)[3] >= 60 * 58

    frame.focus()
    for key in ("+", "+", "+", "+", "+", "ArrowDown"):
        page.keyboard.press(key)
    before = window(svg)
    page.keyboard.press("ArrowDown")
    assert window(svg)[1] > before[1]
    page.keyboard.press("0")
    assert window(svg)[3] >= 60 * 58

    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(*middle)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -1200)
    page.keyboard.up("Control")
    expect(size).not_to_have_text(re.compile(r"^(\d|1\d|2\d) %$"))
    before = window(svg)
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1] - 90, steps=4)
    page.mouse.up()
    after = window(svg)
    assert after[1] > before[1]
    expect(page).to_have_url(re.compile(r"/desk/topics/graph/"))  # what was dragged is not followed

    look(page, "graph")
    # On a phone its letters can be read: one finger moves it sideways, and a button shows its whole width.
    page.set_viewport_size({"width": 375, "height": 812})
    page.reload()
    expect(size).to_have_text("92 %")
    assert letters(svg) >= 12
    assert window(svg)[:2] == [0, 0]
    assert window(svg)[2] < width
    assert window(svg)[3] >= 60 * 58, "one finger moves the page past it"
    frame.focus()
    page.keyboard.press("ArrowRight")
    assert window(svg)[0] > 0
    page.get_by_role("button", name="Whole graph").click()
    assert window(svg)[2] >= width
    page.set_viewport_size({"width": 1440, "height": 900})
    # The box that gets the focus by Tab comes into the window, and Enter follows it.
    frame.focus()
    page.keyboard.press("Tab")
    first = frame.locator("a.node").first
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport(ratio=0.5)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/sources/\d+/$"))


def test_a_line_leads_to_the_words_and_all_is_there_without_script(world: World, person: Callable[..., Page]) -> None:
    (claim,) = factories.queued_claims(world, 1)
    source = register.create("person", "Anna Bell")
    said = claim.attributions.get()
    said.resolved_sources.create(source=source, surface="x", score=0.9, reason="An alias.")
    page = person()
    sign_in(page, world.alice)
    where = f"/articles/{claim.article_id}/graph/"
    page.goto(where)
    page.locator("[data-graph-frame]").scroll_into_view_if_needed()
    page.mouse.click(*page.locator("a.edge-link .edge-hit").evaluate(MIDDLE))
    expect(page).to_have_url(re.compile(rf"/articles/{claim.article_id}/\?at=\d+#a-{said.pk}$"))
    plain = person(java_script_enabled=False)
    sign_in(plain, world.alice)
    plain.goto(where)
    expect(plain.locator("[data-graph-tools]")).to_be_hidden()
    expect(plain.locator("a.node")).to_have_count(2)
    expect(plain.locator("a.edge-link")).to_have_count(1)
    plain.set_viewport_size({"width": 375, "height": 812})
    assert letters(plain.locator("[data-graph-frame] svg")) >= 12
