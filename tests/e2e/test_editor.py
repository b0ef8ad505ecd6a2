"""An editor publishes what somebody else decided, has it corrected, and takes it back; readers can follow all of it."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.models.claims import Claim
from claims.models.desks import Role
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World
from workbench.accounts.models import User

Person = Callable[..., Page]
STATEMENT = "Russian forces have committed war crimes in occupied Ukrainian territory."


def decided(world: World, reviewer: User) -> Claim:
    """The claim of this journey, reviewed by one person."""
    article = pages.read_by_worker(world, pages.seed_text())
    claim = Claim.objects.get(article=article, text=STATEMENT)
    return factories.reviewed(world, reviewer, claim, rationale="Nothing was found that shows it.").claim


def test_from_the_decision_to_the_public_page_and_back(world: World, person: Person, look: Look) -> None:
    claim = decided(world, world.alice)

    # The reviewer alone cannot: the page is for editors.
    reviewer = person()
    pages.sign_in(reviewer, world.alice)
    answer = reviewer.goto(f"/publish/{claim.pk}/")
    assert answer is not None
    assert answer.status == 403
    look(reviewer, "forbidden")

    # The editor finds it, reads it as the public would, and publishes.
    editor = person()
    pages.sign_in(editor, world.carol)
    editor.get_by_role("navigation", name="Desk").get_by_role("link", name="To publish").click()
    expect(editor.get_by_text("decided by Alice")).to_be_visible()
    look(editor, "to-publish")
    editor.get_by_role("link", name=STATEMENT).click()
    expect(editor.get_by_role("heading", level=1)).to_have_text(STATEMENT)
    expect(editor.get_by_text("Nothing was found that shows it.")).to_be_visible()
    expect(editor.locator("blockquote .s-cue")).to_have_text(["accuse", "denies"])
    look(editor, "preview")
    editor.get_by_label("Evidence against the verdict was looked for").check()
    # One key alone publishes nothing: it leads to the button.
    editor.keyboard.press("p")
    expect(editor.get_by_role("button", name="Publish")).to_be_focused()
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    first = editor.url

    # Anybody reads it, and so does a program.
    reader = person()
    reader.goto("/")
    look(reader, "front")
    reader.get_by_role("link", name=STATEMENT).click()
    expect(reader).to_have_url(first)
    expect(reader.get_by_role("heading", name="Is it true?").locator("..")).to_contain_text("False")
    expect(reader.get_by_text("Reviewed by Alice, published by Carol.")).to_be_visible()
    expect(reader.get_by_role("link", name="https://records1.example/report")).to_be_visible()
    look(reader, "verdict")
    reader.goto("/verdicts/")
    look(reader, "verdicts")
    (served,) = reader.request.get("/api/v1/verdicts").json()["results"]
    assert served["claim"]["id"] == claim.pk
    assert first.endswith(f"/verdicts/{served['id']}/")

    # New evidence: the editor reopens, and readers keep what they had.
    editor.get_by_role("link", name="Reopen, correct or retract").click()
    look(editor, "published")
    editor.get_by_label("Reason").first.select_option("new_evidence")
    editor.get_by_label("What is to be looked at again").fill("The commission's report came out.")
    editor.get_by_role("button", name="Reopen").click()
    expect(editor.get_by_role("status").filter(has_text="Reopened.")).to_be_visible()
    expect(editor.get_by_text("The commission's report came out.").first).to_be_visible()
    look(editor, "history")
    reader.goto(first)
    expect(reader.get_by_role("heading", name="Is it true?").locator("..")).to_contain_text("False")

    # Another reviewer reviews it anew.
    second = person()
    pages.sign_in(second, world.bob)
    second.get_by_role("link", name=STATEMENT).click()
    second.get_by_role("button", name="Take it").click()
    pages.choose(second, "Was it said?", "Accurate")
    pages.choose(second, "Is it true?", "Mostly true")
    second.get_by_label("How you came to these verdicts").fill(pages.RATIONALE)
    pages.add_evidence(second, "https://commission.example/report", "supports", "Describes 18 cases.")
    second.keyboard.press("Control+Enter")
    expect(second.get_by_role("status").filter(has_text="Your review is in.")).to_be_visible()

    # A second version goes public only with a note on what changed.
    editor.goto(f"/publish/{claim.pk}/")
    editor.get_by_role("button", name="Publish").click()
    expect(editor.locator("[data-refused]")).to_be_focused()
    expect(editor.get_by_text("Tell the public what changed and why.")).to_be_visible()
    look(editor, "correction-refused")
    editor.get_by_role("radio", name="correction").check()
    editor.get_by_label("What changed, for the public").fill("The commission's report shows it; we had said false.")
    editor.get_by_role("button", name="Publish").click()
    expect(editor.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    assert editor.url != first
    reader.goto(first)
    reader.get_by_role("link", name="Read the current verdict").click()
    expect(reader).to_have_url(editor.url)
    expect(reader.get_by_role("heading", name="Is it true?").locator("..")).to_contain_text("Mostly true")
    expect(reader.get_by_text("The commission's report shows it; we had said false.", exact=True)).to_be_visible()
    look(reader, "verdict-corrected")

    # And taken back, in public.
    editor.get_by_role("link", name="Reopen, correct or retract").click()
    editor.locator("summary").filter(has_text="Retract").click()
    editor.get_by_label("Why it is taken back, for the public").fill("The claim was quoted from a forged article.")
    editor.get_by_role("button", name="Retract in public").click()
    expect(editor.get_by_role("status").filter(has_text="Retracted.")).to_be_visible()
    reader.reload()
    expect(reader.get_by_text("This verdict was retracted.")).to_be_visible()
    steps = reader.locator(".timeline li")
    expect(steps).to_have_count(3)
    for step, words in enumerate(("Version 1", "Version 2", "Retracted")):
        expect(steps.nth(step)).to_contain_text(words)
    expect(steps.nth(2)).to_contain_text("The claim was quoted from a forged article.")
    look(reader, "verdict-retracted")
    (served,) = reader.request.get("/api/v1/verdicts").json()["results"]
    assert served["action"] == "retracted"
    assert served["veracity"] is None
    assert factories.history_is_whole()


def test_the_only_reviewer_cannot_publish_even_as_an_editor(world: World, person: Person, look: Look) -> None:
    claim = decided(world, world.carol)
    page = person()
    pages.sign_in(page, world.carol)
    page.goto(f"/publish/{claim.pk}/")
    expect(
        page.get_by_text("You are the only reviewer of this claim. Somebody else has to publish it.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_be_disabled()
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    look(page, "preview-own")

    colleague = person()
    pages.sign_in(colleague, factories.member(world.desk, "erin", Role.EDITOR))
    colleague.goto(f"/publish/{claim.pk}/")
    colleague.get_by_role("button", name="Publish").click()
    expect(colleague.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    expect(colleague).to_have_url(re.compile(r"/verdicts/\d+/$"))
    expect(colleague.get_by_text("Reviewed by Carol, published by Erin.")).to_be_visible()
