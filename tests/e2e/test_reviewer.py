"""A reviewer brings an article in and takes a claim from it to a submitted review."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from claims.models.articles import Article
from claims.models.drafts import Draft
from tests.concurrency import paused, wait_for
from tests.conftest import LiveStack
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def line_of(mark: Locator) -> str:
    return str(mark.evaluate("each => getComputedStyle(each).textDecorationStyle"))


def test_from_the_pasted_article_to_the_submitted_review(
    world: World, live_stack: LiveStack, person: Person, look: Look
) -> None:
    page = person()
    page.goto("/desk/")
    look(page, "sign-in")
    pages.sign_in(page, world.alice)
    expect(page.get_by_role("heading", name="My desk")).to_be_visible()
    look(page, "desk-empty")

    # The article comes in, and is read while one watches.
    page.goto("/articles/new/")
    look(page, "article-new")
    page.get_by_label("Text of the article").fill(pages.seed_text())
    with paused(live_stack.worker):
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="Waiting for its turn")).to_be_visible()
        look(page, "article-waiting")
    expect(page.locator(".claim-card").first).to_be_visible()
    expect(page.locator("#progress")).to_have_count(0)
    expect(page.locator(".article-head")).to_contain_text("Dan Peleschuk, Guy Faulconbridge")
    expect(page.locator(".article-head")).to_contain_text("KIEV/MOSCOW (Reuters)")
    expect(page.locator(".article-head")).to_contain_text("18 April 2023")
    paragraph = page.locator(".article-text p").filter(has_text="proclaimed annexed")
    assert pages.marked(paragraph) == [
        ("source", "Putin"),
        ("cue", "proclaimed"),
        ("content", "annexed"),
        ("content", "what"),
        ("source", "Ukraine"),
        ("cue", "said"),
        ("content", "were fake referendums"),
    ]
    look(page, "article")

    # One key takes the most important claim.
    pages.in_the_queue(Article.objects.get())
    page.goto("/desk/")
    expect(page.locator(".row-title").first).to_be_visible()
    look(page, "desk")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Russian forces have committed war crimes in occupied Ukrainian territory."
    )
    current = page.locator("mark.is-current")
    assert {("source", "Kiev and the West"), ("cue", "accuse"), ("source", "Moscow"), ("cue", "denies")} <= set(
        pages.marked(page.locator(".article-text p").filter(has=current))
    )
    expect(page.locator("mark.s-source.is-current").first).to_have_text("Kiev and the West")
    expect(page.locator("mark.s-cue.is-current").first).to_have_text("accuse")
    expect(page.locator("mark.s-content.is-current").first).to_contain_text("committing war crimes")
    expect(current.first).to_be_in_viewport()
    lines = [line_of(page.locator(f"mark.s-{role}.is-current").first) for role in ("source", "cue", "content")]
    assert len(set(lines)) == 3, f"source, cue and content are drawn alike: {lines}"
    look(page, "claim")

    # An incomplete review is not submitted: what is missing is listed, what was typed stays.
    page.get_by_label("How you came to these verdicts").fill(pages.RATIONALE)
    pages.choose(page, "Was it said?", "Accurate")
    page.get_by_role("button", name="Submit the review").click()
    refused = page.locator("[data-refused]")
    expect(refused).to_contain_text("Not submitted yet. What you typed is kept.")
    expect(refused).to_contain_text("Choose a verdict on whether it is true.")
    expect(refused).to_contain_text("Add at least one piece of evidence")
    expect(refused).not_to_contain_text("whether it was said")
    expect(page.get_by_label("How you came to these verdicts")).to_have_value(pages.RATIONALE)
    expect(page.get_by_role("group", name="Was it said?").get_by_role("radio").first).to_be_checked()
    expect(page).to_have_url(re.compile(r"/desk/claims/\d+/$"))
    look(page, "claim-refused")

    # Evidence is added beside what is being typed, and the draft is kept.
    pages.add_evidence(page, "https://commission.example/report", "refutes", "Describes 18 cases.")
    expect(refused).not_to_contain_text("Add at least one piece of evidence")
    expect(page.get_by_label("How you came to these verdicts")).to_have_value(pages.RATIONALE)
    pages.choose(page, "Is it true?", "Mostly true")
    # The page may say so of what was typed before already: what counts is that the last choice is there.
    wait_for(lambda: Draft.objects.get().body.get("veracity_verdict"), "the desk had the last choice")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")

    # Away and back, even from another machine: the draft is there.
    page.close()
    elsewhere = person()
    pages.sign_in(elsewhere, world.alice)
    elsewhere.get_by_role("link", name="Russian forces have committed war crimes").click()
    expect(elsewhere.get_by_label("How you came to these verdicts")).to_have_value(pages.RATIONALE)
    expect(elsewhere.get_by_role("radio", name="Mostly true")).to_be_checked()
    expect(elsewhere.get_by_role("link", name="https://commission.example/report")).to_be_visible()

    elsewhere.get_by_role("button", name="Submit the review").click()
    expect(elsewhere.get_by_role("status").filter(has_text="Your review is in.")).to_be_visible()
    expect(elsewhere.get_by_text("Nothing yet. Press “Next claim”")).to_be_visible()
    look(elsewhere, "desk-submitted")


def test_a_draft_comes_back_in_the_same_browser(world: World, person: Person) -> None:
    pages.read_by_worker(world, pages.seed_text())
    page = person()
    pages.sign_in(page, world.alice)
    pages.take_next(page)
    address = page.url
    page.get_by_label("How you came to these verdicts").fill(pages.RATIONALE)
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    page.close()

    again = page.context.new_page()
    again.goto(address)
    expect(again.get_by_label("How you came to these verdicts")).to_have_value(pages.RATIONALE)
