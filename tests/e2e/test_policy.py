"""An admin lists whose claims are reviewed twice, choosing them from the register."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.services import sources
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def test_an_admin_lists_sources_while_typing(world: World, person: Person, look: Look) -> None:
    bell, osei = sources.create("person", "Anna Bell"), sources.create("person", "Mark Osei")
    dora = person()
    pages.sign_in(dora, world.dora)
    dora.goto("/desks/harbour/policy/")
    dora.get_by_role("link", name="Second reviews and approval").press("Enter")
    pages.ready(dora)
    for line, typed, whole in ((1, "anna b", f"Anna Bell #{bell.pk}"), (2, "osei", f"Mark Osei #{osei.pk}")):
        field = dora.get_by_label(f"Source {line}", exact=True)
        field.press_sequentially(typed)
        expect(dora.locator(f'datalist option[value="{whole}"]')).to_have_count(1)
        field.fill(whole)
    dora.get_by_label("Source 3", exact=True).fill("Nobody at all")
    dora.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(dora.get_by_text("Nobody at all: There is no source")).to_be_visible()
    look(dora, "a-policy-with-an-unknown-source")
    dora.get_by_label("Source 3", exact=True).fill("")
    dora.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(dora.get_by_text("The policy was saved.")).to_be_visible()
    expect(dora.get_by_label("Source 2", exact=True)).to_have_value(f"Mark Osei #{osei.pk}")
    dora.get_by_role("link", name="Back to the desk").press("Enter")
    expect(dora.get_by_text("Anna Bell, Mark Osei").first).to_be_visible()
    look(dora, "a-desk-with-listed-sources")
    assert world.desk.twice_sources() == [bell, osei]
