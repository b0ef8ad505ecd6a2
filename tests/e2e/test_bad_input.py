"""What is typed wrong is answered beside its field with the way out, and stays typed; what is hostile stays text."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from claims.models.articles import Article
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]
TOO_MUCH = 11_000_000
HOSTILE = """By <img src=x onerror="window.broken = 1"> Eve

RIVERTON, March 3, 2026 (Reuters) – <script>window.broken = 1</script> was the name of the boat, the mayor said.

The mayor said on Monday that the \u202e"egdirb"\u202c bridge was safe.

<a href="javascript:window.broken = 1">Read more</a> &amp; {{ 7 * 7 }} javascript:window.broken=1
"""


@pytest.fixture
def page(world: World, person: Person) -> Page:
    page = person()
    pages.sign_in(page, world.carol)
    return page


def message_at(page: Page, label: str) -> Locator:
    """What is said beside the field."""
    return page.locator(".field").filter(has=page.get_by_label(label, exact=True)).locator(".errorlist")


def choose_way(page: Page, way: str) -> None:
    page.get_by_role("radio", name=way).check()


def submit(page: Page) -> None:
    page.get_by_role("button", name="Add", exact=True).click()


def upload(page: Page, name: str, content: bytes) -> None:
    choose_way(page, "Upload files")
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("Files", exact=True).set_input_files(file)
    submit(page)


def test_every_refusal_names_the_field_and_the_way_out(page: Page, world: World, look: Look) -> None:
    known = pages.read_by_worker(world, pages.seed_text())
    page.goto("/articles/new/")
    page.locator("summary").filter(has_text="What you know about it").click()
    page.get_by_label("Outlet").fill("The Riverton Times")

    # Nothing, and nothing but blanks.
    submit(page)
    refused = page.locator("[data-refused]")
    expect(refused).to_contain_text("what you typed is still there")
    expect(refused).to_be_focused()
    expect(page.get_by_role("alert"), "heard once, by its focus").to_have_count(0)
    expect(message_at(page, "Text of the article")).to_contain_text("Paste the text.")
    page.get_by_label("Text of the article").fill(" \n\n ")
    submit(page)
    expect(message_at(page, "Text of the article")).to_contain_text("There is no text. Paste the article")
    look(page, "article-refused")

    # A file of a kind that is not read, one in another encoding, an empty one, one that is too large.
    for name, content, message in (
        ("notes.docx", b"PK", "“notes.docx” is not a kind of file that can be read here."),
        ("latin.txt", "Der Bürgermeister sagte".encode("latin-1"), "The file is not valid UTF-8 (byte 5)."),
        ("empty.txt", b"", "There is no text."),
        ("large.txt", b"word " * (TOO_MUCH // 5), "That is 11.0 MB; the limit is 10.0 MB."),
    ):
        upload(page, name, content)
        expect(message_at(page, "Files")).to_contain_text(message)
        expect(page.get_by_label("Outlet")).to_have_value("The Riverton Times")

    # An address that leads inside.
    choose_way(page, "Give addresses")
    for inside in ("http://169.254.169.254/latest/", "http://localhost:8000/admin/", "ftp://example.org/a"):
        page.get_by_label("Addresses of the articles").fill(inside)
        submit(page)
        expect(message_at(page, "Addresses of the articles")).to_contain_text(
            "Or paste the text of the article instead."
        )
        expect(page.get_by_label("Addresses of the articles")).to_have_value(inside)

    # An article that is here already: the message leads to it, and the text stays.
    choose_way(page, "Paste text")
    page.get_by_label("Text of the article").fill(pages.seed_text())
    submit(page)
    expect(message_at(page, "Text of the article")).to_contain_text("This article is here already")
    expect(page.get_by_label("Text of the article")).to_have_value(pages.seed_text())
    expect(page.get_by_label("Outlet")).to_have_value("The Riverton Times")
    look(page, "article-duplicate")
    page.get_by_role("link", name="Open the article that is here already").click()
    expect(page).to_have_url(f"{page.url.split('/articles')[0]}/articles/{known.pk}/")
    assert Article.objects.count() == 1


def test_hostile_text_is_shown_and_does_nothing(page: Page, world: World, look: Look) -> None:
    article = pages.read_by_worker(world, HOSTILE + factories.TEXT)
    Article.objects.filter(pk=article.pk).update(outlet="<script>window.broken = 1</script>")
    page.goto(f"/articles/{article.pk}/")
    text = page.locator(".story")
    expect(text).to_contain_text("<script>window.broken = 1</script> was the name of the boat")
    expect(text).to_contain_text('<a href="javascript:window.broken = 1">Read more</a> &amp; {{ 7 * 7 }}')
    expect(page.locator(".article-head")).to_contain_text("<script>window.broken = 1</script>")
    assert page.locator("main script, main img, main a[href^='javascript']").count() == 0
    # The override is named, and reorders nothing around it: each stands isolated, by itself.
    expect(page.locator(".article-text .unseen")).to_have_count(2)
    assert page.locator(".article-text .unseen").evaluate_all("all => all.map(each => each.dataset.name)") == [
        "RLO",
        "PDF",
    ]
    assert (
        page.locator(".article-text .unseen").first.evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"
    )
    assert page.evaluate("window.broken") is None
    look(page, "article-hostile")

    # A dangerous address is refused as evidence, by name and with what was typed.
    page.goto("/desk/")
    pages.take_next(page)
    page.get_by_label("Address").fill("javascript:window.broken=1")
    page.get_by_label("To the claim, it").select_option(label="refutes")
    page.get_by_label("Kind of source").select_option(label="primary")
    page.get_by_role("button", name="Add this evidence").click()
    expect(page.locator(".field:has([name=evidence_url]) .errorlist")).to_contain_text("http")
    expect(page.get_by_label("Address")).to_have_value("javascript:window.broken=1")
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.evaluate("window.broken") is None


def test_two_people_correcting_one_article_see_both_versions(page: Page, world: World, look: Look) -> None:
    article = pages.read_by_worker(world, pages.seed_text())
    other = page.context.new_page()
    for tab, outlet in ((page, "Reuters World"), (other, "Reuters Europe")):
        tab.goto(f"/articles/{article.pk}/")
        tab.locator("summary").filter(has_text="Correct outlet, byline, date").click()
        tab.get_by_label("Outlet").fill(outlet)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="has been saved")).to_be_visible()

    other.get_by_role("button", name="Save").click()
    about = other.locator("#about")
    expect(about.locator("[data-refused]")).to_be_focused()
    expect(about.locator("[data-refused]")).to_be_in_viewport()
    expect(about).to_contain_text("Reuters World")
    expect(other.get_by_label("Outlet")).to_have_value("Reuters Europe")
    look(other, "article-conflict")
    # Having seen both, the second person decides field by field.
    other.get_by_role("group", name="Outlet").get_by_label("Keep yours").check()
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status").filter(has_text="has been saved")).to_be_visible()
    expect(other.locator(".article-head")).to_contain_text("Reuters Europe")
