"""The palette: pages, what the page can do, and claims, articles and sources by words, all from one field."""

import re
from collections.abc import Callable
from threading import Event

from playwright.sync_api import Page, Route, expect

from claims.models.review import Assignment
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]
ABOUT_NUMBERS = re.compile(r"/desk/find/\?q=numbers$")


def test_the_palette_finds_and_does_what_was_asked_for_and_nothing_else(
    world: World, person: Person, look: Look
) -> None:
    (claim,) = factories.queued_claims(world, 1)
    page = person()
    pages.sign_in(page, world.carol)
    page.goto("/desk/")
    palette = page.get_by_role("dialog", name="Find and do")
    field, options = palette.get_by_role("combobox"), palette.get_by_role("option")
    chosen = palette.locator("[aria-selected=true]")

    # Before anything is typed a page comes first, and what changes something behind it.
    page.keyboard.press("Control+k")
    expect(options.filter(has_text="Next claim")).to_be_visible()
    expect(options.first).to_have_attribute("href", re.compile("/"))
    look(page, "palette")

    # Arrows walk round; the field has the focus all the while and says what is chosen.
    expect(chosen).to_have_attribute("id", "palette-option-0")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "palette-option-1")
    expect(field).to_be_focused()

    # Escape closes it at once, with words in it as well, and gives the focus back.
    page.keyboard.type("numbers")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()

    # Typed without a pause, Enter goes by these words and not by what was listed before, however late the answer is.
    # Opened again, the palette asks for the words that still stand there, and on Enter for these: what comes only after
    # the others were let go is not held any more.
    held: list[Route] = []
    let_go = Event()
    page.route(ABOUT_NUMBERS, lambda route: route.continue_() if let_go.is_set() else held.append(route))
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("numbers")
    with page.expect_request(ABOUT_NUMBERS):
        page.keyboard.press("Enter")
    expect(palette.get_by_role("listbox")).to_have_attribute("aria-busy", "true")
    expect(page).to_have_url(re.compile("/desk/$"))
    let_go.set()
    for route in held:
        route.continue_()
    expect(page).to_have_url(re.compile("/numbers/"))
    assert not Assignment.objects.exists()
    pages.ready(page)

    # By words to a claim; what is found nowhere is said.
    page.keyboard.press("Control+k")
    page.keyboard.type("zzzz")
    expect(palette.get_by_text("Nothing matches these words.")).to_be_visible()
    field.fill("bridge")
    expect(options.filter(has_text=claim.text)).to_have_count(1)
    for _ in range(options.count()):
        if chosen.inner_text() == claim.text:
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(claim.text)
