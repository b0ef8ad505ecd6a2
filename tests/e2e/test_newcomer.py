"""The newcomer's first five minutes, as the README tells them: from a pasted article to a published verdict.

Once by mouse (the keyboard only writes what goes into fields), and once by keyboard without a single click and in the
few colours that somebody's system forces on every page, where the focus has to be seen as well. Each act is counted, so
that a way that grows longer is seen; each page on the way is looked at by axe.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from claims.models.articles import Article
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import clean
from tests.factories import World
from workbench.accounts.models import User

Person = Callable[..., Page]
STATEMENT = "Russian forces have committed war crimes in occupied Ukrainian territory."
WHY = "Two reports by bodies that do not depend on each other describe the same cases."
REPORTS = (("https://commission.example/report", "18 cases."), ("https://court.example/warrant", "The same cases."))


@dataclass
class Mouse:
    """Acts of a person who points at what they want; what they write is pasted."""

    page: Page
    acts: list[str] = field(default_factory=list)

    def press(self, wanted: Locator) -> None:
        self.acts.append(f"click {wanted}")
        wanted.click()

    def write(self, place: Locator, words: str) -> None:
        self.acts.append(f"paste into {place}")
        place.fill(words)

    def choose(self, place: Locator, label: str) -> None:
        self.acts.append(f"choose {label}")
        place.select_option(label=label)


@dataclass
class Keyboard:
    """Acts of a person without a mouse: a key, a walk by Tab, words that are typed."""

    page: Page
    acts: list[str] = field(default_factory=list)

    def key(self, *keys: str) -> None:
        for key in keys:
            self.acts.append(f"press {key}")
            self.page.keyboard.press(key)

    def tab(self, wanted: Locator) -> None:
        self.acts.append(f"tab to {wanted}")
        pages.tab_to(self.page, wanted)

    def type(self, words: str) -> None:
        self.acts.append("type")
        self.page.keyboard.insert_text(words)


def test_by_mouse_from_the_paste_to_the_public_verdict(world: World, person: Person) -> None:
    hand = Mouse(person())
    page = hand.page

    def enter(who: User) -> None:
        hand.press(page.get_by_role("banner").get_by_role("link", name="Sign in"))
        hand.write(page.get_by_label("Username or email"), who.username)
        hand.write(page.get_by_label("Password"), factories.PASSWORD)
        hand.press(page.get_by_role("button", name="Sign in"))
        expect(page.locator(".user-menu summary")).to_have_text(str(who))

    page.goto("/")
    clean(page, "front")
    enter(world.alice)
    clean(page, "my desk, empty")
    hand.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Articles"))
    clean(page, "articles, empty")
    hand.press(page.get_by_role("link", name="Add an article").first)
    clean(page, "the form for an article")
    hand.write(page.get_by_label("Text of the article"), pages.seed_text())
    hand.press(page.get_by_role("button", name="Add", exact=True))
    expect(page.locator(".claim-card").first).to_be_visible()
    pages.in_the_queue(Article.objects.get())
    clean(page, "the article")

    hand.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="My desk"))
    hand.press(page.get_by_role("button", name="Next claim"))
    expect(page.get_by_role("heading", level=1)).to_have_text(STATEMENT)
    clean(page, "the claim")
    for address, note in REPORTS:
        hand.write(page.get_by_label("Address"), address)
        hand.choose(page.get_by_label("To the claim, it"), "supports")
        hand.choose(page.get_by_label("Kind of source"), "primary")
        hand.write(page.get_by_label("What it shows"), note)
        hand.press(page.get_by_role("button", name="Add this evidence"))
        expect(page.get_by_role("link", name=address)).to_be_visible()
    for question, answer in (("Was it said?", "Accurate"), ("Is it true?", "Mostly true")):
        hand.press(page.get_by_role("group", name=question).get_by_role("radio", name=answer).first)
    hand.write(page.get_by_label("How you came to these verdicts"), WHY)
    hand.press(page.get_by_role("button", name="Submit the review"))
    expect(page.get_by_role("status").filter(has_text="Your review is in.")).to_be_visible()
    clean(page, "my desk, after the review")

    hand.press(page.locator(".user-menu summary"))
    hand.press(page.get_by_role("button", name="Sign out"))
    enter(world.carol)
    hand.press(page.get_by_role("navigation", name="Desk").get_by_role("link", name="To publish"))
    clean(page, "to publish")
    hand.press(page.get_by_role("link", name=STATEMENT))
    clean(page, "the preview")
    hand.press(page.get_by_label("Evidence against the verdict was looked for"))
    hand.press(page.get_by_role("button", name="Publish"))
    expect(page.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    clean(page, "the verdict")
    assert len(hand.acts) <= 34, hand.acts

    visitor = person()
    visitor.goto("/")
    visitor.get_by_role("link", name=STATEMENT).click()
    expect(visitor).to_have_url(page.url)


def test_by_keyboard_from_the_paste_to_the_public_verdict(world: World, person: Person) -> None:
    hand = Keyboard(person(forced_colors="active"))
    page = hand.page

    def enter(who: User) -> None:
        hand.tab(page.get_by_role("banner").get_by_role("link", name="Sign in"))
        hand.key("Enter")
        hand.tab(page.get_by_label("Username or email"))
        hand.type(who.username)
        hand.tab(page.get_by_label("Password"))
        hand.type(factories.PASSWORD)
        hand.key("Enter")
        expect(page.locator(".user-menu summary")).to_have_text(str(who))
        pages.ready(page)

    page.goto("/")
    enter(world.alice)

    # The palette leads anywhere by a few letters of its name.
    hand.key("Control+k")
    hand.type("add an article")
    hand.key("Enter")
    expect(page.get_by_role("heading", name="Add articles")).to_be_visible()
    pages.ready(page)
    clean(page, "the form for an article, forced colours")
    hand.tab(page.get_by_label("Text of the article"))
    hand.type(pages.seed_text())
    hand.tab(page.get_by_role("button", name="Add", exact=True))
    hand.key("Enter")
    expect(page.locator(".claim-card").first).to_be_visible()
    pages.in_the_queue(Article.objects.get())
    pages.ready(page)

    clean(page, "the article, forced colours")
    hand.key("Control+k")
    hand.type("my desk")
    hand.key("Enter")
    expect(page.get_by_role("heading", name="My desk")).to_be_visible()
    pages.ready(page)
    clean(page, "my desk, forced colours")
    hand.key("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(STATEMENT)
    pages.ready(page)
    clean(page, "the claim, forced colours")
    for address, note in REPORTS:
        hand.key("e")
        expect(page.get_by_label("Address")).to_be_focused()
        hand.type(address)
        hand.tab(page.get_by_label("To the claim, it"))
        page.keyboard.type("supports")
        hand.tab(page.get_by_label("Kind of source"))
        page.keyboard.type("primary")
        hand.tab(page.get_by_label("What it shows"))
        hand.type(note)
        hand.tab(page.get_by_role("button", name="Add this evidence"))
        hand.key("Enter")
        expect(page.get_by_role("link", name=address)).to_be_visible()
        expect(page.get_by_role("button", name="Add this evidence")).to_be_focused()
    hand.key("a", "1")
    expect(page.get_by_role("group", name="Was it said?").get_by_role("radio").first).to_be_checked()
    hand.key("v", "2")
    expect(page.get_by_role("group", name="Is it true?").get_by_role("radio", name="Mostly true")).to_be_checked()
    hand.key("r")
    hand.type(WHY)
    hand.key("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="Your review is in.")).to_be_visible()
    pages.ready(page)

    hand.tab(page.locator(".user-menu summary"))
    hand.key("Enter")
    hand.tab(page.get_by_role("button", name="Sign out"))
    hand.key("Enter")
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    enter(world.carol)
    hand.key("Control+k")
    hand.type("to publish")
    hand.key("Enter")
    expect(page.get_by_role("link", name=STATEMENT)).to_be_visible()
    pages.ready(page)
    hand.key("j")
    expect(page.get_by_role("link", name=STATEMENT)).to_be_focused()
    hand.key("Enter")
    against = page.get_by_label("Evidence against the verdict was looked for")
    expect(against).to_be_visible()
    pages.ready(page)
    clean(page, "the preview, forced colours")
    hand.tab(against)
    hand.key("Space", "p")
    expect(page.get_by_role("button", name="Publish")).to_be_focused()
    hand.key("Enter")
    expect(page.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    assert len(hand.acts) <= 70, hand.acts
