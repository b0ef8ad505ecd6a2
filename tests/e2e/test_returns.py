"""A review goes back to its writer and comes again: the reviewer and the editor, each in a browser of their own."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.services import desks, review
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World, answers

Person = Callable[..., Page]
NOTE = "Look at page 4 of the report."


def test_an_editor_sends_a_review_back_and_approves_the_answer(world: World, person: Person, look: Look) -> None:
    desks.change(world.desk, actor=world.dora, approval_required=True)
    (claim,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers())

    editor = person()
    pages.sign_in(editor, world.carol)
    editor.goto("/desk/")
    editor.get_by_role("link", name="Reviews to approve (1)").click()
    look(editor, "approvals")
    editor.get_by_role("link", name=claim.text).click()
    expect(editor.get_by_role("heading", name="The review")).to_be_visible()
    look(editor, "approval")
    editor.get_by_label("What to look at again").fill(NOTE)
    editor.get_by_role("button", name="Send it back").click()
    expect(editor.get_by_text("Sent back to Alice, with your note.")).to_be_visible()

    reviewer = person()
    pages.sign_in(reviewer, world.alice)
    reviewer.goto("/desk/")
    expect(reviewer.get_by_text(NOTE)).to_be_visible()
    look(reviewer, "desk-sent-back")
    reviewer.get_by_role("link", name=claim.text).click()
    expect(reviewer.get_by_role("heading", name="Your review was sent back")).to_be_visible()
    rationale = reviewer.get_by_label("How you came to these verdicts")
    expect(rationale).to_have_value(answers().rationale)
    reviewer.get_by_text("Source, cue and content in the article").click()
    look(reviewer, "claim-sent-back")
    # What is marked is typed otherwise: first in words that the article does not have.
    content = reviewer.get_by_label("Content: what is said")
    words = content.input_value()
    content.fill("Nobody said this")
    rationale.fill("Page 4 says more.")
    reviewer.get_by_role("button", name="Submit the review").click()
    refused = reviewer.locator("[data-refused]").filter(has_text="Not submitted yet.")
    expect(refused).to_contain_text("“Nobody said this” does not stand in the article")
    expect(content).to_be_visible()
    content.fill(" ".join(words.split()[1:]))
    reviewer.get_by_role("button", name="Submit the review").click()
    expect(reviewer.get_by_text("It takes effect once an editor has read it.")).to_be_visible()

    editor.goto(f"/desk/claims/{claim.pk}/approval/")
    expect(editor.get_by_text("Page 4 says more.")).to_be_visible()
    editor.get_by_text("Review 1, which was sent back").click()
    expect(editor.get_by_text(NOTE)).to_be_visible()
    editor.get_by_role("button", name="Approve").click()
    expect(editor.get_by_text("Approved. The verdict waits for publication.")).to_be_visible()
    claim.refresh_from_db()
    assert claim.state == "decided"


def test_two_reviews_that_mark_other_words_stand_beside_each_other(world: World, person: Person, look: Look) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    (claim,) = factories.queued_claims(world, 1)
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    for who, spans in ((world.alice, {}), (world.bob, {content.place: content.words.split(" ", 1)[1]})):
        held = review.take(who, claim.pk)
        review.submit(held.pk, who, answers(spans=spans))
    editor = person()
    pages.sign_in(editor, world.carol)
    editor.goto(f"/desk/claims/{claim.pk}/adjudication/")
    expect(editor.get_by_text("what is marked in the article", exact=True)).to_be_visible()
    expect(editor.locator("mark.only-here").filter(has_text=content.words.split()[0])).to_be_visible()
    look(editor, "adjudication-spans")
