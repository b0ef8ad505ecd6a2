"""The reviewer's way from the sign-in to the submitted review without ever touching a mouse."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests import factories
from tests.e2e import pages
from tests.factories import World

Person = Callable[..., Page]


def test_from_sign_in_to_submit_by_keyboard_alone(world: World, person: Person) -> None:
    pages.read_by_worker(world, pages.seed_text())
    page = person()

    page.goto("/desk/")
    pages.tab_to(page, page.get_by_label("Username or email"))
    page.keyboard.type("alice")
    pages.tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My desk")).to_be_visible()
    pages.ready(page)

    # The first stop of every page leads past the menu.
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    pages.tab_to(page, page.get_by_role("button", name="Next claim"))

    # "?" tells the keys; closing gives the focus back.
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys on this page")
    expect(keys).to_contain_text("Next claim")
    expect(keys).to_contain_text("Next, previous in the list")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page.get_by_role("button", name="Next claim")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".row-title").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".row-title").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".row-title").first).to_be_focused()

    pages.take_next(page)

    # Evidence: the key leads to its first field, Tab through the others.
    page.keyboard.press("e")
    expect(page.get_by_label("Address")).to_be_focused()
    page.keyboard.type("https://commission.example/report?page=3")
    expect(keys).to_be_hidden()
    pages.tab_to(page, page.get_by_label("To the claim, it"))
    page.keyboard.type("refutes")
    pages.tab_to(page, page.get_by_label("Kind of source"))
    page.keyboard.type("primary")
    pages.tab_to(page, page.get_by_label("What it shows"))
    page.keyboard.type("None of the 18 cases.")
    pages.tab_to(page, page.get_by_role("button", name="Add this evidence"))
    page.keyboard.press("Enter")
    piece = page.locator(".evidence").filter(has_text="https://commission.example/report?page=3")
    expect(piece).to_contain_text("refutes")
    expect(page.get_by_role("button", name="Add this evidence")).to_be_focused()

    # Both verdicts and the reasons by one key each, then off with it.
    page.keyboard.press("1")
    said = page.get_by_role("group", name="Was it said?").get_by_role("radio")
    expect(said.first).to_be_checked()
    page.keyboard.press("2")
    expect(said.nth(1)).to_be_checked()
    page.keyboard.press("a")
    page.keyboard.press("1")
    expect(said.first).to_be_checked()
    page.keyboard.press("v")
    page.keyboard.press("1")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("group", name="Is it true?").get_by_role("radio").nth(1)).to_be_checked()
    assert page.evaluate(pages.RING)
    page.keyboard.press("r")
    expect(page.get_by_label("How you came to these verdicts")).to_be_focused()
    page.keyboard.type("Is it so? No: 12 of 18 cases were not confirmed.")
    expect(page.get_by_label("How you came to these verdicts")).to_have_value(
        "Is it so? No: 12 of 18 cases were not confirmed."
    )
    reviewed = page.url
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_role("status").filter(has_text="Your review is in.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="This is the next claim")).to_be_visible()
    expect(page).not_to_have_url(reviewed)
    # The panes scroll, not the page around them, nor the pane sideways.
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.locator(".pane-work").evaluate("pane => pane.scrollWidth <= pane.clientWidth")


def test_single_keys_can_be_switched_off(world: World, person: Person) -> None:
    pages.read_by_worker(world, pages.seed_text())
    page = person()
    pages.sign_in(page, world.alice)
    page.keyboard.press("?")
    page.get_by_label("Switch single keys off in this browser").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("n")
    expect(page.locator("body")).to_be_focused()
    expect(page.get_by_role("heading", name="My desk")).to_be_visible()
    page.keyboard.press("?")
    page.get_by_label("Switch single keys off in this browser").uncheck()
    page.keyboard.press("Escape")
    pages.take_next(page)
