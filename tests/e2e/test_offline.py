"""The connection drops while a reviewer types: they are told, and nothing is lost."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.models.drafts import Draft
from tests.e2e import pages
from tests.e2e.looking import Watch
from tests.factories import World

Person = Callable[..., Page]
LABEL = "How you came to these verdicts"
KEPT = "What you typed is kept in this browser."
SAVED = "Draft saved"
BACK = "What you had typed before is back."
AWAY = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")


def test_what_was_typed_without_a_connection_is_kept_and_said_to_be(world: World, person: Person, watch: Watch) -> None:
    pages.read_by_worker(world, pages.seed_text())
    page = person()
    pages.sign_in(page, world.alice)
    pages.take_next(page)
    address, context = page.url, page.context

    with watch.expecting(*AWAY), pages.cut_off(context):
        page.get_by_label(LABEL).fill(pages.RATIONALE)
        expect(page.locator("#draft-state")).to_contain_text(KEPT)
        page.close()
    assert not Draft.objects.exists()

    # The page was closed before the connection came back, and still nothing is gone.
    page = context.new_page()
    page.goto(address)
    rationale = page.get_by_label(LABEL)
    expect(rationale).to_have_value(pages.RATIONALE)
    expect(page.get_by_text(BACK)).to_be_visible()
    expect(page.locator("#draft-state")).to_contain_text(SAVED)

    # On a page that stays open the draft reaches the desk as soon as there is a connection again.
    with watch.expecting(*AWAY):
        context.set_offline(True)
        rationale.press_sequentially(" More.")
        expect(page.locator("#draft-state")).to_contain_text(KEPT)
        context.set_offline(False)
        expect(page.locator("#draft-state")).to_contain_text(SAVED)


def test_a_copy_that_the_desk_has_as_well_does_not_outlive_it(world: World, person: Person, watch: Watch) -> None:
    pages.read_by_worker(world, pages.seed_text())
    page = person()
    pages.sign_in(page, world.alice)
    pages.take_next(page)
    address, context = page.url, page.context
    with watch.expecting(*AWAY), pages.cut_off(context):
        page.get_by_label(LABEL).fill("The same.")
        expect(page.locator("#draft-state")).to_contain_text(KEPT)
        page.close()

    # The desk came by the same words in another way, as when the answer to a saving was lost.
    elsewhere = person()
    pages.sign_in(elsewhere, world.alice)
    elsewhere.goto(address)
    elsewhere.get_by_label(LABEL).fill("The same.")
    expect(elsewhere.locator("#draft-state")).to_contain_text(SAVED)
    again = context.new_page()
    again.goto(address)
    expect(again.get_by_label(LABEL)).to_have_value("The same.")
    expect(again.get_by_text(BACK)).to_be_hidden()

    # What is written there later meets no older version here.
    saved = elsewhere.locator("#draft-version").input_value()
    elsewhere.get_by_label(LABEL).fill("Another.")
    expect(elsewhere.locator("#draft-version")).not_to_have_value(saved)
    again.goto(address)
    expect(again.get_by_label(LABEL)).to_have_value("Another.")
    expect(again.get_by_role("alert")).to_have_count(0)
