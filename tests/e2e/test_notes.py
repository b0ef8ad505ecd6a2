"""A reviewer asks the editor in the middle of a review, and nothing that was typed or chosen is lost."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.services import review
from tests import factories
from tests.concurrency import wait_for
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def test_a_question_is_asked_answered_and_settled(world: World, person: Person, look: Look) -> None:
    claim = factories.queued_claims(world, 1)[0]
    review.take(world.alice, claim.pk)
    alice = person()
    pages.sign_in(alice, world.alice)
    alice.goto(f"/desk/claims/{claim.pk}/")
    alice.get_by_label("How you came to these verdicts").fill("Half of a thought")
    alice.get_by_label("Or a file").set_input_files({"name": "report.txt", "mimeType": "text/plain", "buffer": b"17"})
    alice.locator("#notes > summary").click()
    form = alice.locator("#note-form")
    form.get_by_role("button", name="Write it").press("Enter")  # empty: the browser says so itself
    form.get_by_label("To the desk").fill("Which report, <b>that of March</b>?")
    form.get_by_role("button", name="Write it").press("Enter")
    expect(alice.locator("#note-state")).to_have_text("Written. It stands above.")
    thread = alice.locator("#note-threads .thread")
    expect(thread).to_contain_text("Which report, <b>that of March</b>?")
    expect(form.get_by_label("To the desk")).to_have_value("")
    expect(form.get_by_role("button", name="Write it")).to_be_focused()
    expect(alice.get_by_label("How you came to these verdicts")).to_have_value("Half of a thought")
    assert alice.get_by_label("Or a file").evaluate("each => each.files[0].name") == "report.txt"
    look(alice, "notes-beside-a-review")

    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto("/desk/")
    waiting = carol.get_by_role("heading", name="Questions for you").locator("..")
    expect(waiting).to_contain_text("Which report")
    look(carol, "desk-with-a-question")
    waiting.get_by_role("link").click()
    expect(carol.get_by_role("heading", level=1)).to_have_text(claim.text)
    pages.ready(carol)
    thread = carol.locator(".thread")
    thread.locator("summary").press("Enter")
    thread.get_by_label("Reply").fill("@alice yes, that one.")
    thread.get_by_role("button", name="Send the reply").press("Enter")
    expect(thread.locator(".replies")).to_contain_text("yes, that one.")
    expect(thread.locator("summary")).to_be_focused()
    thread.locator("summary").press("Enter")
    expect(thread.get_by_label("Reply")).to_have_value("")
    # A reply that was only begun is still there after a reload.
    thread.get_by_label("Reply").press_sequentially("And page 4")
    kept = "Object.values(localStorage).some((each) => each.includes('And page 4'))"
    wait_for(lambda: bool(carol.evaluate(kept)), "the browser kept the reply")
    carol.reload()
    carol.locator(".thread summary").press("Enter")
    expect(carol.locator(".thread").get_by_label("Reply")).to_have_value("And page 4")
    look(carol, "notes-of-a-claim")

    alice.reload()
    expect(alice.locator("#note-threads")).to_contain_text("yes, that one.")
    expect(alice.get_by_label("How you came to these verdicts")).to_have_value("Half of a thought")
    settle = alice.locator("#note-threads .thread").get_by_role("button", name="Resolve")
    settle.press("Enter")
    expect(alice.locator("#note-threads .thread")).to_contain_text("question, resolved")
    expect(alice.locator("#note-threads .thread").get_by_role("button", name="Reopen")).to_be_focused()
    carol.goto("/desk/")
    expect(carol.get_by_role("heading", name="Questions for you")).to_have_count(0)
