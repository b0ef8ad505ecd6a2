"""The steps that several journeys share, each in the words of the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from claims.models.articles import Article, ArticleStatus
from claims.models.claims import Claim
from tests import factories
from tests.concurrency import wait_for
from tests.factories import World
from workbench.accounts.models import User

SEED = Path(__file__).parents[2] / "seeds" / "articles" / "putin-visits-kherson-and-luhansk.txt"
RATIONALE = "The commission's reports describe the crimes in detail; nothing that was put forward speaks against them."

ENOUGH_TABS = 60
# An outline, or a ring drawn as a shadow, on the focused element or on the label that stands for it. Between the last
# stop and the first the browser's own controls have the focus, and the page none.
RING = """() => {
  const focused = document.activeElement;
  return focused === document.body || [focused, focused.closest("label")].filter(Boolean).some((each) => {
    const style = getComputedStyle(each);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  });
}"""


def seed_text() -> str:
    return SEED.read_text(encoding="utf-8")


def sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").fill(user.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".user-menu summary")).to_have_text(str(user))
    ready(page)


def ready(page: Page) -> None:
    """The page's scripts have run: keys act, and what is typed is kept. For after something of the page is seen."""
    page.wait_for_load_state("load")


def take_next(page: Page) -> None:
    """Press the key for the next claim; ends at its page."""
    page.keyboard.press("n")
    expect(page.get_by_label("How you came to these verdicts")).to_be_visible()
    ready(page)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus, which it may have already; every stop is visibly focused."""
    expect(wanted).to_be_visible()
    if wanted.evaluate("each => each === document.activeElement"):
        return
    for _ in range(ENOUGH_TABS):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert page.evaluate(RING), f"the focus cannot be seen on {stop}"
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"{ENOUGH_TABS} times Tab did not lead to {wanted}")


@contextmanager
def cut_off(context: BrowserContext) -> Iterator[None]:
    """Inside the block nothing reaches the server.

    Unlike after `set_offline`, no page hears of the connection's return: one that is just being closed would send what
    it still has.
    """
    context.route("**/*", lambda route: route.abort("internetdisconnected"))
    try:
        yield
    finally:
        context.unroute("**/*")


def read_by_worker(world: World, text: str) -> Article:
    """An article that carol submitted and the worker has read, its claims in the queue."""
    article = factories.article(world, text)
    in_the_queue(article)
    return article


def in_the_queue(article: Article) -> None:
    """Wait until the worker has read the article and, a job later, put its claims into the queue."""

    def queued() -> bool:
        article.refresh_from_db()
        claims = Claim.objects.filter(article=article)
        return article.status == ArticleStatus.READY and claims.filter(state="queued").exists()

    wait_for(queued, "the worker read the article and put its claims into the queue")


def marked(place: Locator) -> list[tuple[str, str]]:
    """The marked stretches in a place, in the order of the text: (source, cue or content; the words)."""
    return [
        (role, words)
        for role, words in place.locator(".s").evaluate_all(
            "all => all.map(each => [each.className.match(/s-(\\w+)/)[1], each.textContent])"
        )
    ]


def add_evidence(page: Page, address: str, relation: str, note: str) -> None:
    """Fill in the next piece of evidence and add it; ends when the page shows it."""
    ready(page)
    page.get_by_label("Address").fill(address)
    page.get_by_label("To the claim, it").select_option(label=relation)
    page.get_by_label("Kind of source").select_option(label="primary")
    page.get_by_label("What it shows").fill(note)
    page.get_by_role("button", name="Add this evidence").click()
    expect(page.get_by_role("link", name=address)).to_be_visible()
    expect(page.get_by_label("Address")).to_have_value("")


def choose(page: Page, question: str, answer: str) -> None:
    """One of the answers to "Was it said?" or "Is it true?"."""
    group = page.get_by_role("group", name=question)
    group.get_by_role("radio", name=answer, exact=False).first.check()
