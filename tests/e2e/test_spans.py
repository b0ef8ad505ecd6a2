"""Correcting statements in the text: by keyboard alone, by mouse, by touch, in any script, and two people at once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from claims.models.articles import Article
from claims.models.claims import Attribution
from claims.services import attributions
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look, Watch
from tests.factories import World

Person = Callable[..., Page]
TEXT = """Mayor Anna Bell 👩‍👩‍👧 said on Monday that Riverton had repaired 🌉 40 bridges since 2020.

قالت آنا بيل إن الجسر آمن تماما.

The transport union denied that the harbour bridge was safe.
"""
POINTS = """async (cases) => {
  const { Points, length } = await import(document.querySelector("script[src*='editor/editor']").src
    .replace(/editor[^/]*\\.js.*$/, "points.js"));
  return cases.map((text) => {
    const all = new Points(text);
    const points = Array.from({ length: all.length + 1 }, (_, n) => n);
    const ends = points.map((point) => all.toUnits(point));
    return [length(text) === all.length && all.length, points.every((n) => all.toPoints(ends[n]) === n), ends.at(-1)];
  });
}"""

# The last place where the words stand in one piece of the text, as a range.
FOUND = """const found = document.createRange();
  const walker = document.createTreeWalker(document.querySelector(".article-text"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const from = node.data.indexOf(words);
    if (from >= 0) { found.setStart(node, from); found.setEnd(node, from + words.length); }
  }"""
SELECT = f"""(words) => {{ {FOUND}
  getSelection().removeAllRanges();
  getSelection().addRange(found);
}}"""
# Where a pointer begins and ends that draws over them.
ENDS = f"""(words) => {{ {FOUND}
  const box = found.getBoundingClientRect();
  const ends = [box.left + 1, box.right - 1].map((x) => [x, box.top + box.height / 2]);
  return getComputedStyle(found.startContainer.parentElement).direction === "rtl" ? ends.reverse() : ends;
}}"""


@pytest.fixture
def article(world: World) -> Article:
    return pages.read_by_worker(world, TEXT)


def said(article: Article, words: str) -> Attribution:
    return Attribution.objects.get(revision__article=article, spans__role="content", spans__start=at(words)[0])


def at(words: str) -> tuple[int, int]:
    """In code points, which Python counts in as well."""
    start = TEXT.index(words)
    return start, start + len(words)


def open_editor(page: Page, article: Article, row: Attribution | None = None) -> Locator:
    page.goto(f"/articles/{article.pk}/edit/" + (f"?attribution={row.pk}" if row else ""))
    expect(page.locator("[data-editor][data-ready]")).to_be_visible()
    return page.get_by_role("application", name="Text of the article")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def span(page: Page, words: str) -> Locator:
    return page.locator("[data-spans]").get_by_role("button", name=words, exact=True)


def says(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("[data-says]")).to_have_text(words)


def test_by_keyboard_alone(world: World, person: Person, article: Article, look: Look, watch: Watch) -> None:
    page, row = person(), said(article, "that Riverton")
    pages.sign_in(page, world.alice)
    page.goto(f"/articles/{article.pk}/")
    press(page, "e")
    expect(page.get_by_role("heading", name="Add a statement")).to_be_visible()
    text = open_editor(page, article, row)
    look(page, "editor")

    # The content begins a word later and ends two earlier: its two edges are moved, then all of it back and forth.
    text.focus()
    press(page, "g", "g", "g")
    says(page, re.compile("^Held, content: that Riverton had repaired 🌉 40 bridges since 2020"))
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft", "o", "Shift+ArrowRight")
    says(page, "content: Riverton had repaired 🌉 40 bridges")
    press(page, "ArrowRight", "ArrowLeft", "Escape")
    expect(span(page, "content Riverton had repaired 🌉 40 bridges")).to_be_visible()

    # Undone as far as it was saved, done again, and one word more undone.
    press(page, *["Control+z"] * 9)
    says(page, "Undone.")
    expect(page.locator("[data-state]")).to_have_text("Saved.")
    press(page, *["Control+Shift+Z"] * 5)
    expect(span(page, "content Riverton had repaired 🌉 40 bridges")).to_be_visible()

    # A word cut out of the middle splits it, joining makes it whole; what is removed comes back.
    press(page, "Home", "ArrowDown", "ArrowUp")
    while "40" not in str(page.locator("[data-says]").text_content()):
        press(page, "ArrowRight")
    press(page, "x")
    expect(span(page, "content bridges")).to_be_visible()
    press(page, "ArrowRight", "j")
    expect(span(page, "content Riverton had repaired 🌉 40 bridges")).to_be_visible()
    press(page, "Delete")
    expect(span(page, "content Riverton had repaired 🌉 40 bridges")).to_have_count(0)
    with watch.expecting("status 422"):
        press(page, "Enter")
        expect(page.get_by_role("alert")).to_contain_text("an attribution has at least one content span")
    press(page, "Control+z", "Enter")
    expect(page.locator("[data-state]")).to_have_text("Saved as your correction.")
    row.refresh_from_db()
    assert attributions.reading_of(row).content == (at("Riverton had repaired 🌉 40 bridges"),)
    assert (row.decision, row.decided_by) == ("corrected", world.alice)

    # What it was before is one press away.
    page.get_by_text("Why it is here").focus()
    press(page, "Enter")
    page.get_by_role("button", name="Bring back what was there before").focus()
    press(page, "Enter")
    expect(page.get_by_role("status").filter(has_text="as it was before")).to_be_visible()
    row.refresh_from_db()
    assert attributions.reading_of(row).content[0][0] == at("that Riverton")[0]
    expect(page.locator("[data-editor][data-ready]")).to_be_visible()
    press(page, "Escape")
    expect(page).to_have_url(re.compile(rf"/articles/{article.pk}/#a-{row.pk}$"))


def test_by_mouse_with_emoji_and_arabic_and_without_a_connection(
    world: World, person: Person, article: Article, watch: Watch
) -> None:
    page = person()
    pages.sign_in(page, world.alice)
    text = open_editor(page, article)
    cases = ["", "plain", "👩‍👩‍👧🌉", "آ\u0301 🌉 x", "\U0001f309" * 50]
    assert page.evaluate(POINTS, cases) == [[len(case), True, len(case.encode("utf-16-le")) // 2] for case in cases]

    # Drawn over, a stretch is selected; a click alone selects the word.
    def drag(words: str) -> None:
        start, end = page.evaluate(ENDS, words)
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=5)
        page.mouse.up()

    # Half a word is drawn as a whole one; what is no letter parts words as well. Single characters are for the keys.
    drag("iverton had repa")
    assert page.evaluate("String(getSelection())") == "Riverton had repaired"
    text.focus()
    press(page, "Shift+Alt+ArrowLeft", "Shift+Alt+ArrowLeft")
    says(page, re.compile("Riverton had repair$"))

    drag("الجسر آمن")
    page.get_by_role("button", name="Content", exact=False).first.click()
    expect(span(page, "content الجسر آمن")).to_be_visible()
    drag("آنا بيل")
    page.get_by_role("button", name="Source", exact=False).first.click()
    drag("قالت")
    page.get_by_role("button", name="Cue", exact=False).first.click()
    # From right to left, forward is to the left.
    text.focus()
    press(page, "ArrowLeft")
    says(page, re.compile("^آنا"))

    # Without a connection nothing is lost, not by a reload either; it is sent when it is back, and once.
    page.context.set_offline(True)
    with watch.expecting("failed:", "console:"):
        page.get_by_role("button", name="Add it").dblclick()
        expect(page.locator("[data-state]")).to_contain_text("No connection.")
        under_way: list[Route] = []
        page.route("**", lambda route: under_way.append(route), times=1)
        with page.expect_request(lambda request: request.method == "POST"):
            page.context.set_offline(False)
        # What is done while it is being saved goes on at the new statement.
        page.get_by_label("Channel").fill("radio")
        under_way[0].continue_()
        expect(page.get_by_role("heading", name=re.compile("Correct statement"))).to_be_visible()
    row = Attribution.objects.get(decision="added")
    found = attributions.reading_of(row)
    assert (found.content, found.source, found.cue) == ((at("الجسر آمن"),), (at("آنا بيل"),), (at("قالت"),))

    says(page, "What you had not saved is here again.")
    expect(page.get_by_label("Channel")).to_have_value("radio")

    # What was not saved is here again after a reload, also out of a field that has the focus, and can be undone.
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Channel").fill("a letter")
    page.reload()
    says(page, "What you had not saved is here again.")
    expect(page.get_by_label("Channel")).to_have_value("a letter")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Channel")).to_have_value("")

    # Escape in a field leaves the field, not the page.
    page.get_by_label("Channel").press("Escape")
    expect(page.get_by_label("Channel")).not_to_be_focused()
    expect(page.get_by_role("heading", name=re.compile("Correct statement"))).to_be_visible()


def test_by_touch_on_a_phone(world: World, person: Person, article: Article) -> None:
    page = person(viewport={"width": 375, "height": 812}, is_mobile=True, has_touch=True, device_scale_factor=2)
    row = said(article, "that the harbour")
    pages.sign_in(page, world.alice)
    open_editor(page, article, row)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    tools = page.get_by_role("toolbar", name="Mark the selected words")
    expect(tools).to_be_in_viewport()
    # As a long press and its handles leave it.
    page.evaluate(SELECT, "that")
    tools.get_by_role("button", name="Cut out").tap()
    expect(span(page, "content the harbour bridge was safe")).to_be_visible()
    span(page, "source The transport union").tap()
    tools.get_by_role("button", name="Remove").tap()
    expect(span(page, "source The transport union")).to_have_count(0)
    tools.get_by_role("button", name="Undo").tap()
    tools.get_by_role("button", name="Save").tap()
    expect(page.locator("[data-state]")).to_have_text("Saved as your correction.")
    row.refresh_from_db()
    assert attributions.reading_of(row).content == (at("the harbour bridge was safe"),)


def test_two_at_once_on_one_statement(world: World, person: Person, article: Article, watch: Watch) -> None:
    alice, bob, row = person(), person(), said(article, "that the harbour")
    for page, who in ((alice, world.alice), (bob, world.bob)):
        pages.sign_in(page, who)
        open_editor(page, article, row)
    alice.get_by_label("Channel").fill("radio")
    alice.get_by_label("Stance").select_option("questions")
    alice.get_by_role("button", name="Save the correction").click()
    expect(alice.locator("[data-state]")).to_have_text("Saved as your correction.")

    bob.get_by_label("Channel").fill("letter")
    with watch.expecting("status 409"):
        bob.get_by_role("button", name="Save the correction").click()
        both = bob.get_by_role("region", name="Somebody else saved this meanwhile")
        expect(both).to_be_visible()
    # Saving once more does not write over what is not chosen between; nor does a reload forget it.
    bob.reload()
    expect(both).to_be_visible()
    bob.get_by_role("button", name="Save the correction").click()
    says(bob, "Choose for each field first.")
    row.refresh_from_db()
    assert (row.channel, row.decided_by) == ("radio", world.alice)
    both.get_by_role("group", name="Channel").get_by_label("Yours: letter").check()
    both.get_by_role("group", name="Stance").get_by_label("Theirs: questions").check()
    both.get_by_role("button", name="Save what I chose").click()
    expect(bob.locator("[data-state]")).to_have_text("Saved as your correction.")
    row.refresh_from_db()
    assert (row.channel, row.stance, row.decided_by) == ("letter", "questions", world.bob)


def test_without_scripts_the_words_are_typed(world: World, person: Person, article: Article) -> None:
    page, row = person(java_script_enabled=False), said(article, "that the harbour")
    pages.sign_in(page, world.alice)
    page.goto(f"/articles/{article.pk}/edit/?attribution={row.pk}")
    page.get_by_label("Content: what").fill("the harbour bridge … safe")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("status").filter(has_text="Saved as your correction.")).to_be_visible()
    row.refresh_from_db()
    assert attributions.reading_of(row).content == (at("the harbour bridge"), at("safe"))
    assert factories.history_is_whole()
