"""An admin keeps the register of sources; whatever is a record can only be read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from claims.services import sources
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World
from workbench.accounts.models import User

Person = Callable[..., Page]
# What is a record, as the admin's addresses name it.
RECORDS = (
    "article",
    "revision",
    "claim",
    "review",
    "verdict",
    "evidence",
    "publication",
    "correction",
    "event",
    "seal",
)


def add_name(page: Page, name: str, kind: str) -> None:
    page.locator("summary").filter(has_text="Add a name").click()
    page.get_by_label("Also called").fill(name)
    page.get_by_label("Kind").select_option(label=kind)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".aliases").get_by_text(name, exact=True).first).to_be_visible()


def test_the_register_is_kept_and_a_merge_undone(world: World, person: Person, look: Look) -> None:
    kept = sources.create("person", "Anna Bell", actor=world.dora)
    page = person()
    pages.sign_in(page, world.dora)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Sources").click()
    page.locator("summary").filter(has_text="Add a source").click()
    page.get_by_label("Name", exact=True).fill("Mayor Bel")
    page.get_by_label("Kind").select_option(label="person")
    look(page, "sources")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mayor Bel")
    twin = page.url

    # Edited: a right name, and another one under which it is found.
    page.locator("summary").filter(has_text="Rename").click()
    page.get_by_label("New name").fill("Mayor Bell")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mayor Bell")
    expect(page.locator(".aliases")).to_contain_text("Mayor Bel")
    add_name(page, "the mayor of Riverton", "role")
    look(page, "source")
    page.goto("/sources/")
    page.get_by_label("Search by any name").fill("mayor of riverton")
    page.keyboard.press("Enter")
    expect(page.locator(".row-title")).to_have_text(["Mayor Bell"])

    # Merged into the one that stays; a name that nobody has is refused with what was typed.
    page.goto(twin)
    page.locator("summary").filter(has_text="Merge into another source").click()
    page.get_by_label("Why these two are the same").fill("The same person in two spellings.")
    page.get_by_label("Readers will see").fill("Anna Bellwether")
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("There is no source with this name or number.")).to_be_visible()
    expect(page.get_by_label("Why these two are the same")).to_have_value("The same person in two spellings.")
    page.get_by_label("Readers will see").fill("Anna Bell")
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("Merged; readers see")).to_be_visible()
    look(page, "source-merged")
    page.goto("/sources/")
    expect(page.locator(".row-title")).to_have_text(["Anna Bell"])

    # And undone: both are there as before.
    page.goto(f"/sources/{kept.pk}/")
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("Merged; readers see")).to_have_count(0)
    expect(page.get_by_text("The same person in two spellings.")).to_have_count(0)
    page.goto("/sources/")
    expect(page.locator(".row-title")).to_have_text(["Anna Bell", "Mayor Bell"])
    page.goto(twin)
    expect(page.locator(".aliases")).to_contain_text("the mayor of Riverton")
    assert factories.history_is_whole()


def test_others_read_the_register_but_do_not_change_it(world: World, person: Person) -> None:
    source = sources.create("person", "Anna Bell", actor=world.dora)
    page = person()
    pages.sign_in(page, world.alice)
    page.goto(f"/sources/{source.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Bell")
    expect(page.locator("summary").filter(has_text="Rename")).to_have_count(0)
    answer = page.goto("/admin/")
    assert answer is not None
    assert answer.status == 403 or "/accounts/login/" in page.url


@pytest.fixture
def admin(world: World) -> User:
    """The admin of the installation, who is no member of the desk."""
    return factories.user("root", display_name="Root", is_staff=True, is_superuser=True)


def test_the_history_in_the_admin_can_only_be_read(world: World, admin: User, person: Person) -> None:
    article = pages.read_by_worker(world, pages.seed_text())
    done = factories.reviewed(world, claim=article.claims.get(text__startswith="Russia has taken"))
    factories.published(world, done)
    page = person()
    pages.sign_in(page, admin)
    page.get_by_text("Root", exact=True).click()
    page.get_by_role("link", name="Administration").click()
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()

    for record in RECORDS:
        page.goto(f"/admin/claims/{record}/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Select")
        expect(page.get_by_role("link", name="Add", exact=False).filter(has_text=record)).to_have_count(0)
        rows = page.locator("#result_list tbody th a")
        if rows.count() == 0:  # no correction so far, and seals come once a minute
            assert record in ("correction", "seal"), f"{record} has no rows to open"
            continue
        rows.first.click()
        expect(page.get_by_role("link", name="Close")).to_be_visible()
        assert page.locator("#content input:not([type=hidden]), #content textarea, #content select").count() == 0
        expect(page.get_by_role("button", name="Save")).to_have_count(0)
        expect(page.get_by_role("link", name="Delete")).to_have_count(0)


def test_a_source_edited_in_the_admin_leaves_its_events(world: World, admin: User, person: Person) -> None:
    source = sources.create("person", "Anna Bel", actor=world.dora)
    page = person()
    pages.sign_in(page, admin)
    page.goto("/admin/sources/source/")
    page.get_by_role("link", name="Anna Bel").click()
    page.get_by_label("Name:", exact=True).first.fill("Anna Bell")
    page.get_by_label("Description:").fill("Mayor of Riverton")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    page.goto("/admin/claims/event/?subject_type__exact=source")
    kinds = page.locator("#result_list .field-kind")
    expect(kinds).to_have_text(["source.described", "source.renamed", "source.created"])
    expect(page.locator("#result_list .field-actor").first).to_have_text("Root")
    page.goto(f"/sources/{source.pk}/")
    assert factories.history_is_whole()
