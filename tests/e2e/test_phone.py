"""The reviewer's way on a phone: 375 pixels wide, by touch, and never a sideways scroll."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from claims.models.articles import Article
from tests.e2e import pages
from tests.factories import World

Person = Callable[..., Page]
WIDTH = 375


def fits(page: Page) -> None:
    """Nothing reaches beyond the edge. A phone zooms out when something does, so that its window grows."""
    wide = page.evaluate("Math.max(document.documentElement.scrollWidth, window.innerWidth)")
    assert wide <= WIDTH, f"{page.url} is {wide} pixels wide"


def follow(page: Page, control: Locator) -> None:
    """Tap what leads to another page, which then fits as well."""
    with page.expect_navigation():
        control.tap()
    fits(page)


def go(page: Page, entry: str) -> None:
    page.get_by_role("button", name="Menu").tap()
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_visible()
    fits(page)
    follow(page, menu.get_by_role("link", name=entry))


def test_from_sign_in_to_submit_on_a_phone(world: World, person: Person) -> None:
    page = person(viewport={"width": WIDTH, "height": 812}, is_mobile=True, has_touch=True, device_scale_factor=2)
    page.goto("/")
    fits(page)
    pages.sign_in(page, world.alice)
    fits(page)

    go(page, "Articles")
    follow(page, page.get_by_role("link", name="Add an article").first)
    page.get_by_label("Text of the article").fill(pages.seed_text())
    follow(page, page.get_by_role("button", name="Add", exact=True))
    expect(page.locator(".claim-card").first).to_be_visible()
    fits(page)
    pages.in_the_queue(Article.objects.get())

    go(page, "My desk")
    follow(page, page.get_by_role("button", name="Next claim"))
    article = page.get_by_role("region", name="Article")
    work = page.get_by_role("region", name="Work on the claim")
    expect(work).to_be_visible()
    expect(article).to_be_hidden()
    page.get_by_label("How you came to these verdicts").fill(pages.RATIONALE)

    # The switch shows the claim in its article, and leads back to what was typed.
    page.get_by_text("Article", exact=True).tap()
    expect(article).to_be_visible()
    expect(work).to_be_hidden()
    expect(page.locator("mark.is-current").first).to_be_in_viewport()
    fits(page)
    page.get_by_text("Claim", exact=True).tap()
    expect(page.get_by_label("How you came to these verdicts")).to_have_value(pages.RATIONALE)

    pages.add_evidence(page, "https://commission.example/a-long-path/" + "of-words-" * 12, "refutes", "18 cases.")
    fits(page)
    pages.choose(page, "Was it said?", "Accurate")
    pages.choose(page, "Is it true?", "Mostly false")
    follow(page, page.get_by_role("button", name="Submit the review"))
    expect(page.get_by_role("status").filter(has_text="Your review is in.")).to_be_visible()
    for entry in ("Verdicts", "Sources"):
        go(page, entry)
        expect(page.get_by_role("heading", name=entry, level=1)).to_be_visible()
