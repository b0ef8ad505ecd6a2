"""The connection drops while a reviewer types: they are told, and nothing is lost."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.looking import Watch
from tests.factories import World

Person = Callable[..., Page]


def test_what_was_typed_without_a_connection_is_kept_and_said_to_be(world: World, person: Person, watch: Watch) -> None:
    pages.read_by_worker(world, pages.seed_text())
    page = person()
    pages.sign_in(page, world.alice)
    page.keyboard.press("n")
    expect(page.get_by_label("How you came to these verdicts")).to_be_visible()
    address, context = page.url, page.context

    with watch.expecting("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"):
        context.set_offline(True)
        page.get_by_label("How you came to these verdicts").fill(pages.RATIONALE)
        expect(page.locator("#draft-state")).to_contain_text("What you typed is kept in this browser.")
        page.close()
        context.set_offline(False)

    # The page was closed before the connection came back, and still nothing is gone.
    page = context.new_page()
    page.goto(address)
    rationale = page.get_by_label("How you came to these verdicts")
    expect(rationale).to_have_value(pages.RATIONALE)
    expect(page.get_by_text("What you had typed before is back.")).to_be_visible()
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")

    # On a page that stays open the draft reaches the desk as soon as there is a connection again.
    with watch.expecting("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"):
        context.set_offline(True)
        rationale.press_sequentially(" More.")
        expect(page.locator("#draft-state")).to_contain_text("What you typed is kept in this browser.")
        context.set_offline(False)
        expect(page.locator("#draft-state")).to_contain_text("Draft saved")
