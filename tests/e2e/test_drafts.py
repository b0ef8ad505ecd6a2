"""Nothing typed is lost: in two windows, in a closed browser, without a session, across a restart of the server."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

from tests.concurrency import wait_for
from tests.conftest import LiveStack
from tests.e2e import pages
from tests.e2e.looking import Look, Watch
from tests.factories import World
from workbench.stack.supervisor import get_json

Person = Callable[..., Page]
LABEL = "How you came to these verdicts"
SAVED = "Draft saved"
BACK = "What you had typed before is back."


def at_a_claim(world: World, page: Page) -> str:
    pages.read_by_worker(world, pages.seed_text())
    pages.sign_in(page, world.alice)
    pages.take_next(page)
    return page.url


def test_two_windows_meet_both_versions_and_the_person_chooses(
    world: World, person: Person, watch: Watch, look: Look
) -> None:
    left = person()
    address = at_a_claim(world, left)
    right = left.context.new_page()
    right.goto(address)

    left.get_by_label(LABEL).fill("Of the left window.")
    expect(left.locator("#draft-state")).to_contain_text(SAVED)
    with watch.expecting("409"):
        right.get_by_label(LABEL).fill("Of the right window.")
        both = right.get_by_role("alert")
        expect(both).to_contain_text("Two versions of your draft")
    expect(both).to_contain_text("Of the left window.")
    expect(both).to_contain_text("Of the right window.")
    expect(right.get_by_label(LABEL)).to_have_value("Of the right window.")
    look(right, "draft-conflict")

    # Nothing is chosen yet, so nothing is saved; the choice shows in its field at once and can be taken back.
    right.get_by_role("button", name="Continue with what I chose").click()
    expect(both).to_be_visible()
    right.get_by_role("radio", name="Take the other one").check()
    expect(right.get_by_label(LABEL)).to_have_value("Of the left window.")
    right.get_by_role("radio", name="Keep mine").check()
    expect(right.get_by_label(LABEL)).to_have_value("Of the right window.")
    right.get_by_role("button", name="Continue with what I chose").click()
    expect(right.locator("#draft-state")).to_contain_text(SAVED)
    expect(both).to_have_count(0)

    # The left window is the older one now; it takes what the right one has, and submitting needs no second look.
    with watch.expecting("409"):
        left.get_by_label(LABEL).fill("Of the left window. More.")
        expect(left.get_by_role("alert")).to_contain_text("Of the right window.")
    left.get_by_role("radio", name="Take the other one").check()
    left.get_by_role("button", name="Continue with what I chose").click()
    expect(left.locator("#draft-state")).to_contain_text(SAVED)
    left.reload()
    expect(left.get_by_label(LABEL)).to_have_value("Of the right window.")


def test_a_tab_that_is_closed_before_the_choice_loses_neither_version(
    world: World, person: Person, watch: Watch
) -> None:
    left = person()
    address = at_a_claim(world, left)
    right = left.context.new_page()
    right.goto(address)
    left.get_by_label(LABEL).fill("Of the left window.")
    expect(left.locator("#draft-state")).to_contain_text(SAVED)
    with watch.expecting("409"):
        right.get_by_label(LABEL).fill("Of the right window.")
        expect(right.get_by_role("alert")).to_contain_text("Two versions of your draft")
        right.get_by_role("radio", name="Take the other one").check()
    # What the other tab goes on saving clears its own copy, not the one that waits.
    saved = left.locator("#draft-version").input_value()
    left.get_by_label(LABEL).fill("Of the left window. More.")
    expect(left.locator("#draft-version")).not_to_have_value(saved)
    right.close()
    for _ in range(2):
        with watch.expecting("409"):
            again = left.context.new_page()
            again.goto(address)
            both = again.get_by_role("alert")
            expect(both).to_contain_text("Of the left window. More.")
        expect(both).to_contain_text("Of the right window.")
        expect(again.get_by_label(LABEL)).to_have_value("Of the right window.")
        again.close()
    with watch.expecting("409"):
        last = left.context.new_page()
        last.goto(address)
        last.get_by_role("radio", name="Keep mine").check()
    last.get_by_role("button", name="Continue with what I chose").click()
    expect(last.locator("#draft-state")).to_contain_text(SAVED)
    last.reload()
    expect(last.get_by_label(LABEL)).to_have_value("Of the right window.")
    expect(last.get_by_role("alert")).to_have_count(0)


def test_who_is_signed_out_in_mid_typing_is_told_and_finds_it_again(world: World, person: Person) -> None:
    page = person()
    address = at_a_claim(world, page)
    # The session ends behind the page's back, as it does when its time is over.
    page.context.clear_cookies(name="sessionid")
    page.get_by_label(LABEL).fill(pages.RATIONALE)
    expect(page.locator("#draft-state")).to_contain_text("You are signed out.")
    expect(page.get_by_label(LABEL)).to_have_value(pages.RATIONALE)
    pages.sign_in(page, world.alice)
    page.goto(address)
    expect(page.get_by_label(LABEL)).to_have_value(pages.RATIONALE)
    expect(page.locator("#draft-state")).to_contain_text(SAVED)


def test_what_was_submitted_and_did_not_arrive_is_there_again(world: World, person: Person, watch: Watch) -> None:
    page = person()
    address = at_a_claim(world, page)
    field, submit = page.get_by_label(LABEL), page.get_by_role("button", name="Submit the review")

    def hand_in(words: str) -> None:
        pages.ready(page)
        field.fill(words)
        submit.click()

    # The session is over.
    page.route("**/draft/", lambda route: route.abort())
    with watch.expecting("/draft/", "htmx"):
        page.context.clear_cookies(name="sessionid")
        hand_in("Without a session.")
        page.wait_for_url("**/accounts/login/**")
        pages.sign_in(page, world.alice)
        page.goto(address)
        expect(field).to_have_value("Without a session.")
        # The form is refused by an error page, and they go on from its way out.
        page.context.clear_cookies(name="csrftoken")
        hand_in("By an old form.")
        page.get_by_role("link", name="Back to the start").click()
        page.goto(address)
        expect(field).to_have_value("By an old form.")
    # The connection is gone.
    with watch.expecting("/draft/", "/submit/", "htmx", "ERR_INTERNET_DISCONNECTED"):
        page.context.set_offline(True)
        hand_in("Without a connection.")
        expect(page).to_have_url(re.compile("^chrome-error:"))
        page.context.set_offline(False)
        page.goto(urlsplit(address)._replace(path="/desk/").geturl())
        page.goto(address)
        expect(field).to_have_value("Without a connection.")
        page.close()  # before it has the desk save what came back


def test_what_was_typed_just_before_the_page_is_left_comes_back(world: World, person: Person) -> None:
    page = person()
    address = at_a_claim(world, page)
    pages.ready(page)
    # In one go, as nobody types: neither this browser nor the desk had a moment to keep it.
    page.get_by_label(LABEL).evaluate(
        """field => {
            field.value = "The last word";
            field.dispatchEvent(new Event("input", { bubbles: true }));
            location.href = "/desk/";
        }"""
    )
    page.wait_for_url("**/desk/")
    page.goto(address)
    expect(page.get_by_label(LABEL)).to_have_value("The last word")


def test_a_page_that_was_made_before_the_last_words_were_saved_has_them(world: World, person: Person) -> None:
    page = person()
    address = at_a_claim(world, page)
    made, held = page.request.get(address), list[Route]()
    # Loaded anew before it is saved; the answer, which knows nothing of it, comes after that.
    page.route(address, lambda route: held.append(route))
    with page.expect_console_message(lambda message: message.text == "saved"):
        page.get_by_label(LABEL).evaluate(
            """field => {
                document.addEventListener("htmx:afterSwap", () => console.log("saved"));
                field.value = "The last word.";
                field.dispatchEvent(new Event("input", { bubbles: true }));
                location.reload();
            }"""
        )
    with page.expect_navigation():
        for route in held:
            route.fulfill(response=made)
    expect(page.get_by_label(LABEL)).to_have_value("The last word.")
    expect(page.locator("#draft-state")).to_contain_text(SAVED)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.unroute(address)
    page.reload()
    expect(page.get_by_label(LABEL)).to_have_value("The last word.")
    expect(page.get_by_text(BACK)).to_be_hidden()


def test_what_a_closed_browser_kept_does_not_write_over_what_was_typed_elsewhere(
    world: World, person: Person, watch: Watch
) -> None:
    page = person()
    address = at_a_claim(world, page)
    with watch.expecting("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"):
        page.context.set_offline(True)
        page.get_by_label(LABEL).fill("Without a connection.")
        expect(page.locator("#draft-state")).to_contain_text("What you typed is kept in this browser.")
        page.close()
        page.context.set_offline(False)

    elsewhere = person()
    pages.sign_in(elsewhere, world.alice)
    elsewhere.goto(address)
    elsewhere.get_by_label(LABEL).fill("On another machine.")
    expect(elsewhere.locator("#draft-state")).to_contain_text(SAVED)

    with watch.expecting("409"):
        again = page.context.new_page()
        again.goto(address)
        expect(again.get_by_role("alert")).to_contain_text("On another machine.")
    expect(again.get_by_label(LABEL)).to_have_value("Without a connection.")


def test_a_restart_of_the_server_in_mid_typing_loses_nothing(
    world: World, person: Person, watch: Watch, live_stack: LiveStack
) -> None:
    page = person()
    at_a_claim(world, page)
    with watch.expecting("ERR_CONNECTION_REFUSED", "htmx:sendError", "htmx:afterRequest", "status 50"):
        live_stack.web.stop()
        page.get_by_label(LABEL).fill(pages.RATIONALE)
        expect(page.locator("#draft-state")).to_contain_text("What you typed is kept in this browser.")
        live_stack.web.start()
        port = urlsplit(live_stack.url).port or 80
        wait_for(lambda: (get_json(port, "/readyz") or {}).get("status") == "ready", "the server was ready again")
    page.get_by_label(LABEL).press_sequentially(" More.")
    expect(page.locator("#draft-state")).to_contain_text(SAVED)
    page.reload()
    expect(page.get_by_label(LABEL)).to_have_value(f"{pages.RATIONALE} More.")


def test_what_is_typed_before_the_scripts_have_come_wins_over_an_older_copy(
    world: World, person: Person, watch: Watch
) -> None:
    page = person()
    address = at_a_claim(world, page)
    with watch.expecting("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"):
        page.context.set_offline(True)
        page.get_by_label(LABEL).fill("Of an older copy.")
        expect(page.locator("#draft-state")).to_contain_text("What you typed is kept in this browser.")
        page.close()
        page.context.set_offline(False)
    page = page.context.new_page()
    held: list[Route] = []
    typed = False

    def wait_for_typing(route: Route) -> None:
        if typed:
            route.continue_()
        else:
            held.append(route)

    page.route("**/js/draft*.js", wait_for_typing)
    page.goto(address, wait_until="commit")
    page.get_by_label(LABEL).fill("On a slow line.")
    typed = True
    for route in held:
        route.continue_()
    expect(page.locator("#draft-state")).to_contain_text(SAVED)
    expect(page.get_by_label(LABEL)).to_have_value("On a slow line.")
    # The copy is offered until one of the two was chosen; whichever does not stand in the field stays beside it.
    offered = page.locator("[data-draft-earlier]")
    expect(offered).to_contain_text("Of an older copy.")
    page.reload()
    expect(page.get_by_label(LABEL)).to_have_value("On a slow line.")
    expect(offered).to_contain_text("Of an older copy.")
    offered.get_by_role("button", name="Take that instead").click()
    expect(page.get_by_label(LABEL)).to_have_value("Of an older copy.")
    expect(offered).to_contain_text("On a slow line.")
    offered.get_by_role("button", name="Drop it").click()
    expect(offered).to_have_count(0)
    page.reload()
    expect(page.get_by_label(LABEL)).to_have_value("Of an older copy.")
    expect(offered).to_have_count(0)
