"""The article's page in a browser: cards beside their words, keys, what is shown at once, the map, who answers whom."""

import re
from collections.abc import Callable
from itertools import pairwise

from playwright.sync_api import Locator, Page, expect

from claims.models.articles import Article
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World
from workbench.accounts.models import User

Person = Callable[..., Page]

# The vertical extents of the cards that can be seen, in the order of the page.
CARDS = """() => [...document.querySelectorAll(".claim-card")].filter((each) => each.getClientRects().length)
  .map((each) => each.getBoundingClientRect()).map(({ top, bottom, left }) => [top, bottom, left])"""


DENIED = "Kiev and the West accuse Russian forces of committing war crimes in Ukraine, which Moscow denies."
# Whether the line of a denial begins and ends at the words, wherever these are.
STAYS = """() => {
  const line = document.querySelector("[data-answer-lines] path").getBoundingClientRect();
  const words = [...document.querySelectorAll(".s-source")].slice(-2).map((each) => each.getBoundingClientRect());
  return words.every(({ top, bottom }) => line.top < bottom + 2 && line.bottom > top);
}"""

# Whether a paragraph that does not fit the window shows its end where that comes into sight.
READ_ON = """() => {
  const text = [...document.querySelectorAll(".article-text")].at(-1);
  if (text.offsetHeight < innerHeight) throw new Error("it fits");
  scrollBy(0, text.closest(".passage").getBoundingClientRect().top + text.offsetHeight + 20 - innerHeight);
  return text.getBoundingClientRect().bottom < innerHeight;
}"""

# What is measured and what is drawn, in that order, where every statement of the page answers the first one.
DRAWN = """() => {
  const [story, lines] = ["[data-story]", "[data-answer-lines]"].map((each) => document.querySelector(each));
  const [first, ...others] = story.querySelectorAll("li[data-of]");
  others.forEach((each) => (each.dataset.answers = first.dataset.of));
  const [done, measure, draw] = [[], Element.prototype.getClientRects, ["append", "replaceChildren"]];
  Element.prototype.getClientRects = function () {
    done.push("measured");
    return measure.call(this);
  };
  for (const verb of draw) {
    lines[verb] = (...nodes) => {
      done.push("drawn");
      return Element.prototype[verb].apply(lines, nodes);
    };
  }
  story.dispatchEvent(new Event("shown"));
  Element.prototype.getClientRects = measure;
  return done;
}"""


def top_of(place: Locator) -> float:
    return float(place.evaluate("each => each.getClientRects()[0].top"))


def opened(person: Person, user: User, article: Article, query: str = "", **options: object) -> Page:
    page = person(**options)
    pages.sign_in(page, user)
    page.goto(f"/articles/{article.pk}/{query}")
    return page


def test_cards_stand_beside_their_words_and_never_on_each_other(world: World, person: Person, look: Look) -> None:
    article = pages.read_by_worker(world, pages.seed_text())
    page = opened(person, world.carol, article)
    look(page, "article-margin")
    expect(page.locator(".story.is-placed")).to_be_visible()
    text = page.locator(".article-text").first.bounding_box()
    assert text is not None
    places = page.evaluate(CARDS)
    assert len(places) == article.claims.count()
    for (_, bottom, left), (top, _, _) in pairwise(places):
        assert top >= bottom, "no card on another"
        assert left >= text["x"] + text["width"], "beside the text"

    # The card of what one is at stands exactly beside it, whatever came before.
    words = page.locator(".s-source", has_text="Oleksandr Syrskyi")
    card = page.get_by_role("article", name="turning Bakhmut into ruins")
    assert abs(top_of(card) - top_of(words)) > 40
    card.focus()
    assert abs(top_of(card) - top_of(words)) < 12
    places = page.evaluate(CARDS)
    assert all(after[0] >= before[1] for before, after in pairwise(places))

    # What is opened in a card makes room for itself.
    card.locator("summary", has_text="Why").first.click()
    expect(card.get_by_text("% sure")).to_be_visible()
    expect(card.locator("summary").first).to_be_focused()
    expect(page.locator(".story.is-placed")).to_be_visible()
    page.wait_for_function(
        f"() => {{ const all = ({CARDS})(); return all.every(([top], at) => !at || top >= all[at - 1][1]) }}"
    )

    # On a narrow screen, as at 200 % on a laptop, each follows its paragraph.
    page.set_viewport_size({"width": 720, "height": 450})
    expect(page.locator(".story.is-placed")).to_have_count(0)
    passage = page.locator(".passage").filter(has=card)
    assert top_of(card) > top_of(passage.locator(".article-text"))


def test_words_stay_in_sight_until_the_last_of_their_cards(world: World, person: Person) -> None:
    said = ("the pier was closed", "the ferry was late", "the bridge was safe", "the road was open", "the bus was full")
    dense = " ".join(f"The mayor said {one}. The union said {one}." for one in said)
    article = pages.read_by_worker(world, f"RIVERTON, March 3, 2026 (Reuters) – It rained.\n\n{dense} {DENIED}\n")
    page = opened(person, world.alice, article)
    text, cards = page.locator(".article-text").last, page.locator(".claim-card")
    below = text.evaluate(
        "each => each.closest('.story').getBoundingClientRect().bottom - each.getBoundingClientRect().bottom"
    )
    assert below > 200, "more cards than text"
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 1440, "height": 500})
    cards.last.scroll_into_view_if_needed()
    expect(text).to_be_in_viewport(ratio=1)
    for each in (cards.last, cards.nth(5)):
        each.focus()
        expect(text).to_be_in_viewport(ratio=1)
        places = page.evaluate(CARDS)
        assert all(after[0] >= before[1] for before, after in pairwise(places))
        assert page.evaluate("document.documentElement.scrollHeight") <= height
    # And who answers whom with them.
    page.wait_for_function(STAYS)
    # What is higher than the window can be read to its end before it stays.
    page.set_viewport_size({"width": 1440, "height": 240})
    page.wait_for_function(READ_ON)


def test_by_keyboard_from_statement_to_statement_to_the_card_and_back(world: World, person: Person) -> None:
    article = pages.read_by_worker(world, pages.seed_text())
    page = opened(person, world.alice, article)
    focused = page.locator(":focus")
    page.keyboard.press("j")
    expect(focused).to_have_text("Moscow")
    page.keyboard.press("j")
    expect(focused).to_have_text("The Kremlin")
    # All parts of the statement and its card are shown together, on focus as on pointing.
    expect(page.locator(".s-content.is-joined")).to_contain_text(["attended a military command meeting"])
    expect(page.locator(".claim-card.is-joined")).to_have_count(2)
    description = focused.evaluate("each => document.getElementById(each.getAttribute('aria-describedby')).textContent")
    assert re.sub(r"\s+", " ", description).strip() == "Kremlin: asserts"

    page.keyboard.press("Enter")
    expect(focused).to_have_class(re.compile("claim-card"))
    expect(focused).to_contain_text("attended a military command meeting")
    page.keyboard.press("j")
    expect(focused).to_have_text("the Kremlin")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(focused).to_have_text("The Kremlin")

    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    for said in (
        "Next, previous statement in the text",
        "From a statement to its card",
        "From a card back to the text",
    ):
        expect(keys.get_by_text(said)).to_be_visible()
    page.keyboard.press("Escape")

    # What stands in several places is one statement.
    page.locator(".s-source", has_text=re.compile("^Ukraine$")).focus()
    expect(page.locator(".s-content.is-joined")).to_have_text(["what", "were fake referendums"])

    # After a button the page is back at the card.
    card = page.get_by_role("article", name="The referendums were fake.")
    card.get_by_role("button", name="Confirm that Government of Ukraine said this").click()
    expect(card.get_by_text("confirmed", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"#c-\d+$"))
    expect(card).to_be_focused()


def test_what_is_shown_changes_at_once_and_can_be_shared(world: World, person: Person, look: Look) -> None:
    article = pages.read_by_worker(world, pages.seed_text())
    page = opened(person, world.alice, article)
    cards = page.locator(".claim-card:visible")
    expect(cards).to_have_count(13)
    page.get_by_role("checkbox", name="Kremlin").check()
    expect(page.get_by_text("4 of 13 claims are shown")).to_be_visible()
    expect(cards).to_have_count(4)
    expect(page).to_have_url(re.compile(r"\?who=Kremlin$"))
    page.keyboard.press("f")
    page.get_by_role("checkbox", name="direct", exact=False).first.check()
    expect(page.get_by_text("0 of 13 claims are shown")).to_be_visible()
    look(page, "article-filtered")
    page.get_by_role("checkbox", name="Kremlin").uncheck()
    expect(cards).to_have_count(3)
    expect(page.locator(".story .s-source:not(.is-out)")).to_have_text(re.compile("Oleksandr Syrskyi"))
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_contain_text("Oleksandr Syrskyi")

    # The address has it for somebody else, also without scripts.
    other = opened(person, world.bob, article, page.url.partition("/?")[2].join(["?", ""]))
    expect(other.locator(".claim-card:visible")).to_have_count(3)
    plain = opened(person, world.bob, article, java_script_enabled=False)
    plain.locator("summary", has_text="More to filter by").click()
    plain.get_by_label("The engine's confidence is below").fill("88")
    plain.get_by_role("button", name="Show these").click()
    expect(plain).to_have_url(re.compile(r"below=88"))
    expect(plain.locator(".claim-card:visible")).to_have_count(3)
    plain.get_by_role("link", name="Show all").click()
    expect(plain.locator(".claim-card:visible")).to_have_count(13)


def test_the_map_shows_where_one_is_and_leads_there(world: World, person: Person) -> None:
    article = pages.read_by_worker(world, pages.seed_text())
    page = opened(person, world.alice, article)
    here = page.locator("[data-map-here]")
    assert float(here.get_attribute("y") or "nan") == 0
    bars = page.get_by_role("navigation", name="Map of the text").get_by_role("link")
    expect(bars).to_have_count(10)
    bars.first.focus()
    page.keyboard.press("End")
    expect(bars.last).to_be_focused()
    expect(page.locator("[data-map] a[tabindex='0']")).to_have_count(1)
    page.keyboard.press("Enter")
    words = page.locator(".s-source", has_text="Oleksandr Syrskyi")
    expect(words).to_be_in_viewport()
    page.wait_for_function("() => Number(document.querySelector('[data-map-here]').getAttribute('y')) > 0")
    page.locator("[data-map]").click(position={"x": 1, "y": 2})
    expect(page.locator(".story p").first).to_be_in_viewport()


def test_a_denial_is_drawn_to_what_it_denies(world: World, person: Person) -> None:
    article = pages.read_by_worker(world, pages.seed_text())
    page = opened(person, world.alice, article)
    lines = page.locator("[data-answer-lines] path")
    expect(lines).to_have_count(2)
    drawn, story = lines.first.bounding_box(), page.locator(".story").bounding_box()
    assert drawn is not None
    assert story is not None
    for words in (
        page.locator(".s-source", has_text="Kiev and the West"),
        page.locator(".s-source", has_text="Moscow").last,
    ):
        box = words.bounding_box()
        assert box is not None
        assert drawn["y"] - 2 <= box["y"] + box["height"] / 2 <= drawn["y"] + drawn["height"] + 2
    assert drawn["x"] < story["x"], "beside the text, never through it"
    page.locator(".s-source", has_text="Kiev and the West").hover()
    expect(lines.first).to_have_class(re.compile("is-joined"))
    page.get_by_role("checkbox", name="Kremlin").check()
    expect(lines).to_have_count(0)
    page.get_by_role("checkbox", name="Kremlin").uncheck()
    expect(lines).to_have_count(2)

    # Of many answers all are measured before the first is drawn, else each would cost a layout of the whole page.
    done = page.evaluate(DRAWN)
    assert done.count("measured") > 10
    assert done[done.index("drawn") :] == ["drawn"]
    assert lines.count() > 10
