"""Two people review a claim blind, an editor settles and publishes it, and all three correct it: three browsers."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.services import desks
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def review(page: Page, verdict: str, source: str, why: str) -> None:
    """Take the next claim and submit a review of it, by the page alone."""
    page.goto("/desk/")
    pages.take_next(page)
    pages.add_evidence(page, source, "refutes", "Page 4.")
    pages.choose(page, "Was it said?", "Accurate")
    pages.choose(page, "Is it true?", verdict)
    page.get_by_label("How you came to these verdicts").fill(why)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="Your review is in.")).to_be_visible()


def test_from_two_blind_reviews_to_a_published_correction(world: World, person: Person, look: Look) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    (claim,) = factories.queued_claims(world, 1)
    alice, bob, editor = person(), person(), person()
    for page, who in ((alice, world.alice), (bob, world.bob), (editor, world.carol)):
        pages.sign_in(page, who)

    review(alice, "Mostly false", "https://records1.example/report", "The inspectors say otherwise.")
    expect(alice.get_by_text("Somebody else reviews the claim as well now, without seeing yours.")).to_be_visible()

    # The second reviewer meets nothing of the first, not even in the history.
    bob.goto(f"/claims/{claim.pk}/history/")
    expect(bob.get_by_text("Put before a second reviewer")).to_be_visible()
    expect(bob.get_by_text("Review submitted")).to_have_count(0)
    look(bob, "second-review-history")
    review(bob, "True", "https://records2.example/survey", "The survey bears it out.")
    expect(bob.get_by_text("It differs from the other one")).to_be_visible()

    # Somebody who wrote neither sees both.
    editor.goto("/desk/")
    editor.get_by_role("link", name="Differing reviews to settle (1)").click()
    look(editor, "to-settle")
    editor.get_by_role("link", name=claim.text).click()
    expect(editor.get_by_text("The inspectors say otherwise.")).to_be_visible()
    expect(editor.get_by_text("The survey bears it out.")).to_be_visible()
    expect(editor.get_by_text("only here")).to_have_count(2)
    look(editor, "two-reviews")
    pages.choose(editor, "Was it said?", "Accurate")
    pages.choose(editor, "Is it true?", "Mostly false")
    editor.get_by_label("Why you decided this way").fill("The report is newer than the survey.")
    editor.get_by_label("Feedback").fill("Look at the day of a survey first.")
    editor.keyboard.press("Control+Enter")
    expect(editor.get_by_role("heading", name="Settled")).to_be_visible()
    look(editor, "settled")

    # Both reviewers learn from it.
    for page in (alice, bob):
        page.goto(f"/desk/claims/{claim.pk}/")
        page.get_by_role("link", name="Both reviews, and how their difference was settled").click()
        expect(page.get_by_text("Look at the day of a survey first.")).to_be_visible()

    editor.get_by_role("link", name="To its publication").click()
    editor.get_by_label("Evidence against the verdict was looked for").check()
    pages.ready(editor)
    editor.keyboard.press("p")
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    first = editor.url

    # New evidence: the same three walk it once more, and this time the reviewers agree.
    editor.get_by_role("link", name="Reopen, correct or retract").click()
    editor.get_by_label("Reason").first.select_option("new_evidence")
    editor.get_by_label("What is to be looked at again").fill("The survey was repeated.")
    editor.get_by_role("button", name="Reopen").click()
    expect(editor.get_by_role("status").filter(has_text="Reopened.")).to_be_visible()
    review(alice, "True", "https://records1.example/again", "The new survey bears it out.")
    bob.goto(f"/claims/{claim.pk}/history/")
    expect(bob.get_by_text("Reopened", exact=True)).to_be_visible()
    review(bob, "True", "https://records2.example/again", "So says the new survey.")
    expect(bob.get_by_text("Somebody else can publish it now.")).to_be_visible()
    editor.goto(f"/publish/{claim.pk}/")
    editor.get_by_role("radio", name="correction").check()
    editor.get_by_label("What changed, for the public").fill("The repeated survey bears it out.")
    editor.get_by_label("Evidence against the verdict was looked for").check()
    pages.ready(editor)
    editor.keyboard.press("p")
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("status").filter(has_text="Published.")).to_be_visible()

    # Readers of the first verdict are led to the second, which says what changed.
    reader = person()
    reader.goto(first)
    reader.get_by_role("link", name="Read the current verdict").click()
    expect(reader).to_have_url(editor.url)
    expect(reader.get_by_role("heading", name="Is it true?").locator("..")).to_contain_text("True")
    expect(reader.get_by_text("The repeated survey bears it out.", exact=True)).to_be_visible()
    look(reader, "corrected-after-two-reviews")
    assert factories.history_is_whole()
