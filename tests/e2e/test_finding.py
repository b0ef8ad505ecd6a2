"""The list of claims and its board: columns that keep up with others, walked by keys, and choices that are kept."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from claims.services import review
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def cards(page: Page, state: str) -> Locator:
    return page.locator(f"[data-live-list=shown-{state}] > [id^=claim-]")


def test_the_board_keeps_up_with_another_browser_and_is_walked_by_keys(
    world: World, person: Person, look: Look
) -> None:
    claims = factories.queued_claims(world, 4)
    review.take(world.alice, claims[0].pk)
    carol, bob = person(), person()
    pages.sign_in(carol, world.carol)
    pages.sign_in(bob, world.bob)
    carol.goto("/desk/claims/")
    carol.keyboard.press("b")
    expect(carol.locator("[data-board]")).to_be_visible()
    pages.ready(carol)
    waiting, held = cards(carol, "queued"), cards(carol, "assigned")
    expect(waiting).to_have_count(3)
    expect(held).to_have_count(1)
    expect(held).to_contain_text("in Alice's hands")
    look(carol, "board")

    # Arrows walk the cards: down within a column, left and right between those that hold something.
    carol.locator("[data-board]").focus()
    carol.keyboard.press("ArrowDown")
    expect(waiting.nth(0).locator(".row-title")).to_be_focused()
    carol.keyboard.press("ArrowDown")
    expect(waiting.nth(1).locator(".row-title")).to_be_focused()
    carol.keyboard.press("ArrowRight")
    expect(held.locator(".row-title")).to_be_focused()
    carol.keyboard.press("ArrowLeft")
    expect(waiting.nth(0).locator(".row-title")).to_be_focused()

    # What somebody else takes goes to another column by itself; the focus stays where it was put.
    expect(waiting.nth(1)).to_be_visible()
    here = carol.evaluate("document.activeElement.id")
    taken = claims[3]
    bob.goto(f"/desk/claims/{taken.pk}/")
    bob.get_by_role("button", name="Take it").click()
    expect(bob.get_by_label("How you came to these verdicts")).to_be_visible()
    expect(carol.locator(f"#claim-{taken.pk}")).to_contain_text("in Bob's hands")
    expect(waiting).to_have_count(2)
    expect(carol.locator("[data-live-text=count-queued]")).to_have_text("2")
    assert carol.evaluate("document.activeElement.id") == here
    expect(carol.locator("[data-live-says]")).to_have_text(re.compile(r"\d"))


def test_a_choice_of_claims_is_kept_shared_and_dropped(world: World, person: Person, look: Look) -> None:
    (claim,) = factories.queued_claims(world, 1)
    factories.queued_claims(world, 2)
    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto("/desk/claims/")
    carol.keyboard.press("/")
    carol.keyboard.type(claim.text.split()[1])
    carol.keyboard.press("Enter")
    expect(carol.locator(".row-title")).to_have_text([claim.text])
    carol.locator("summary", has_text="Save these filters").click()
    carol.get_by_label("Name", exact=True).fill("The first bridge")
    carol.get_by_label("For everybody at the desk").check()
    carol.get_by_role("button", name="Save", exact=True).click()
    kept = carol.get_by_role("navigation", name="Saved filters").get_by_role("link", name="The first bridge")
    expect(kept).to_have_attribute("aria-current", "true")
    expect(carol.get_by_text("Saved as “The first bridge”.")).to_be_visible()
    look(carol, "claims-saved-filter")

    # A colleague opens the same choice; who kept it drops it.
    bob = person()
    pages.sign_in(bob, world.bob)
    bob.goto("/desk/claims/")
    expect(bob.locator(".row-title")).to_have_count(3)
    bob.get_by_role("link", name="The first bridge").click()
    expect(bob.locator(".row-title")).to_have_text([claim.text])
    carol.locator("summary", has_text="Save these filters").click()
    carol.get_by_role("button", name="Remove “The first bridge”").click()
    expect(carol.get_by_text("The filter is gone; its claims are as they were.")).to_be_visible()
    expect(kept).to_have_count(0)
    expect(carol.locator(".row-title")).to_have_text([claim.text])
