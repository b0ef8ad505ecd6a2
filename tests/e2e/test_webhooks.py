"""An admin has the newsroom's program told of verdicts: the secret once, what arrived, and what is sent again."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from playwright.sync_api import Locator, Page, expect

from claims.models.webhooks import Delivery, Webhook
from tests import factories
from tests.concurrency import wait_for
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World
from tests.integration.loopback import Server, http
from tests.integration.receiving import OK, parts, signed

Person = Callable[..., Page]
# Once another list than the one that is shown has come, and has been dealt with.
TELL = """addEventListener("htmx:beforeSwap", ({ detail }) =>
  detail.xhr.status === 200 && setTimeout(() => console.log("it came anew")))"""


@pytest.fixture
def receiver() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def newest(page: Page) -> Locator:
    """The newest message on the list, which the page keeps as it is now."""
    return page.get_by_role("region", name="What was sent, the newest first").get_by_role("listitem").first


def test_a_program_is_told_of_a_verdict_and_once_more_after_it_failed(
    world: World, person: Person, look: Look, receiver: Server
) -> None:
    receiver.answers["/hook"] = OK
    page = person()
    pages.sign_in(page, world.dora)
    page.goto("/desks/harbour/")
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_label("Name").fill("The CMS")
    page.get_by_label("Address").fill("http://10.0.0.1/hook")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".field:has([name=url]) .errorlist")).to_contain_text("private or local network")
    page.get_by_label("Address").fill(receiver.url("/hook"))
    page.get_by_role("button", name="Add it").click()
    shown = page.get_by_role("status").filter(has_text="it is not shown again")
    secret = shown.locator("code").inner_text()
    look(page, "a-webhook-and-its-secret")
    # What is shown once is the answer to a form: loaded anew it is the webhook's own page, and no second one.
    page.reload()
    expect(page).to_have_url(re.compile(r"/webhooks/\d+/$"))
    expect(page.get_by_role("heading", name="The CMS")).to_be_visible()
    expect(page.get_by_text(secret)).to_have_count(0)
    page.get_by_role("link", name="Webhooks", exact=True).click()
    page.get_by_role("link", name="The CMS").click()
    expect(page.get_by_role("heading", name="The CMS")).to_be_visible()
    expect(page.get_by_text(secret)).to_have_count(0)

    # A verdict comes out: the receiver, written as docs/api.md says, accepts what it gets.
    done = factories.published(world)
    wait_for(lambda: Delivery.objects.filter(state="delivered").exists(), "the message arrived")
    (request,) = receiver.requests
    assert signed(request, secret)
    assert not signed(request, f"{secret[:-4]}AAAA")
    assert parts(request)[1]["type"] == "verdict.published"
    message = newest(page)
    expect(message).to_contain_text("answered with 200")
    expect(message.get_by_role("link", name=f"№ {done.claim_id}")).to_be_visible()

    # The receiver breaks, and is mended.
    receiver.answers["/hook"] = http(status="500 Oh no")
    page.get_by_role("button", name="Send a test").click()
    wait_for(lambda: Delivery.objects.exclude(error="").exists(), "the test failed")
    # By itself it would be tried again ten seconds later, and might arrive before anybody asks for that.
    Delivery.objects.filter(state="pending").update(due_at=Now() + timedelta(hours=1))
    message = newest(page)
    expect(message).to_contain_text("The receiver answered with 500.")
    look(page, "a-webhook-with-a-failed-message")
    receiver.answers["/hook"] = OK
    # Held down while the list becomes another one, the button is still pressed.
    message.get_by_role("button", name="Send again").hover()
    page.mouse.down()
    page.evaluate(TELL)
    with page.expect_console_message(lambda said: said.text == "it came anew"):
        Delivery.objects.filter(state="pending").update(due_at=Now() + timedelta(hours=2))
    with page.expect_navigation():
        page.mouse.up()
    wait_for(lambda: not Delivery.objects.exclude(state="delivered").exists(), "it arrived after all")
    expect(newest(page)).to_contain_text("answered with 200")
    failed, again = (parts(each)[0]["webhook-id"] for each in receiver.requests[1:3])
    assert failed == again, "the receiver can tell that it is the same message"
    assert signed(receiver.requests[-1], secret)

    # It is switched off meanwhile: the open page says why, and offers what can be done now.
    Webhook.objects.update(state="disabled", reason="The receiver answered with 410: it wants nothing more.")
    expect(page.get_by_role("alert")).to_contain_text("it wants nothing more")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    expect(page.locator("#webhook-state")).to_have_text("disabled")
