"""A visitor finds a verdict and the desk behind it; a newcomer is led to the first steps and sets the pages up."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from claims.rules.workflow import ReopenReason
from claims.services import publication
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def test_a_visitor_finds_a_corrected_verdict_and_the_desk_behind_it(world: World, person: Person, look: Look) -> None:
    first = factories.published(world, factories.reviewed(world, veracity_verdict="true"))
    publication.reopen(first.claim_id, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    done = factories.reviewed(world, world.bob, first.claim)
    factories.published(world, done, publication.Note("correction", "The report was found."))
    page = person()
    page.goto("/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(f'"{first.claim.text.split()[1]}"')
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.get_by_role("searchbox").fill(first.claim.text.split()[1])
    page.get_by_role("button", name="Search").click()
    page.get_by_text("Speaker, rating, desk, days").click()
    page.get_by_label("Is it true?").select_option(label="False")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("Is it true?")).to_have_value("false")
    look(page, "public-search")
    page.get_by_role("link", name=first.claim.text).click()
    expect(page.get_by_role("note")).to_contain_text("The report was found.")
    page.get_by_text("What these ratings mean").click()
    look(page, "public-verdict")
    heading, piece = page.get_by_role("heading", name="Evidence"), page.locator(".evidence").first
    stands, below = heading.bounding_box(), piece.bounding_box()
    assert stands
    assert below
    assert below["x"] == stands["x"], "the evidence stands under its heading"
    # On paper everything that is folded is there.
    page.get_by_text("What these ratings mean").click()
    page.emulate_media(media="print")
    expect(page.get_by_text("Somebody else said this, not the source named.")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="The desk, its ratings and its corrections").click()
    expect(page.get_by_role("heading", name="Harbour Desk", level=1)).to_be_visible()
    look(page, "public-desk")


@pytest.mark.usefixtures("live_stack")
def test_a_newcomer_is_led_to_the_first_steps_and_switches_single_keys_off(person: Person) -> None:
    ada = factories.user("ada", is_staff=True, display_name="Ada")
    page = person()
    pages.sign_in(page, ada)
    page.goto("/")
    steps = page.get_by_role("region", name="The way to your first verdict")
    steps.get_by_role("link", name="Make a desk").click()
    page.get_by_label("Name", exact=True).fill("Harbour Desk")
    page.get_by_label("Short name").fill("harbour")
    page.get_by_role("button", name="Make it").click()
    expect(steps.locator("[aria-current=step]")).to_contain_text("Invite the others")
    steps.get_by_role("link", name="Invite the others").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/articles/")
    page.locator(".user-menu summary").click()
    page.get_by_role("link", name="Settings").click()
    pages.ready(page)
    page.get_by_role("main").get_by_label("Switch single keys off in this browser").check()
    page.goto("/articles/")
    page.keyboard.press("a")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys on this page")
    expect(dialog.get_by_label("Switch single keys off in this browser")).to_be_checked()
    assert page.url.endswith("/articles/")
