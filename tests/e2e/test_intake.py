"""Several files are dropped on the form, one of them bad; the page that follows shows every other one to its end."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.models.articles import Article, ArticleStatus
from tests import factories
from tests.concurrency import paused
from tests.conftest import LiveStack
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]
PIER = "The harbour master said on Tuesday that the northern pier would stay closed until the storms had passed.\n"
DROP = """(form, files) => {
  const carried = new DataTransfer();
  for (const [name, text] of files) carried.items.add(new File([text], name));
  for (const kind of ["dragover", "drop"]) {
    form.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
  }
}"""


def test_of_several_dropped_files_the_good_ones_are_read(
    world: World, live_stack: LiveStack, person: Person, look: Look
) -> None:
    known = factories.article(world, factories.TEXT)
    page = person()
    pages.sign_in(page, world.alice)
    page.goto("/articles/new/")
    form = page.locator("form.intake")
    form.evaluate(DROP, [["pier.txt", PIER], ["notes.docx", "PK"]])
    expect(page.get_by_role("radio", name="Upload files")).to_be_checked()
    # A second drop adds to the first.
    form.evaluate(DROP, [["edited.txt", factories.TEXT + "\nThe editor added one line to the story.\n"]])
    expect(page.get_by_role("list", name="Chosen files").get_by_role("listitem")).to_have_text(
        ["pier.txt", "notes.docx", "edited.txt"]
    )
    look(page, "intake-dropped")

    with paused(live_stack.worker):
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Articles that came in together")
        expect(page.get_by_role("progressbar")).to_have_count(2)
        expect(page.locator(".refused li")).to_contain_text("“notes.docx” is not a kind of file that can be read here.")
        look(page, "intake-waiting")
    # Every row ends by itself, and nothing more is asked for.
    expect(page.get_by_role("status").filter(has_text="All have ended.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator("#batch[hx-get]")).to_have_count(0)
    assert set(Article.objects.exclude(pk=known.pk).values_list("status", flat=True)) == {ArticleStatus.READY}

    # Nearly the same story: both are kept.
    expect(page.get_by_text("Nearly the same words are here already:")).to_have_count(1)
    look(page, "intake-ended")
    page.get_by_role("button", name="Keep both").click()
    expect(page.get_by_text("Nearly the same words are here already:")).to_have_count(0)
