"""The reviewer's way in Ukrainian, on a phone, where long words are most in each other's way."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def test_from_the_choice_of_language_to_submit(world: World, person: Person, look: Look) -> None:
    (claim,) = factories.queued_claims(world, 1)
    page = person(viewport={"width": 375, "height": 812})
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Українська").click()
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    page.get_by_label("Ім’я користувача або пошта").fill(world.alice.username)
    page.get_by_label("Пароль").fill(factories.PASSWORD)
    page.get_by_role("button", name="Увійти").click()
    expect(page.locator(".user-menu summary")).to_have_text(str(world.alice))

    page.goto("/desk/")
    look(page, "ukrainian-desk")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(claim.text)
    pages.ready(page)
    look(page, "ukrainian-review")

    # What the rules miss is said in the page's language.
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Додайте щонайменше один доказ: посилання або файл.").first).to_be_visible()
    pages.ready(page)

    address = "https://records.example/report"
    page.get_by_label("Адреса").fill(address)
    page.get_by_label("Стосовно твердження він").select_option(label="спростовує")
    page.get_by_label("Рід джерела").select_option(label="первинний")
    page.get_by_label("Що він показує").fill("Сторінка 4.")
    page.get_by_role("button", name="Додати цей доказ").click()
    expect(page.get_by_role("link", name=address)).to_be_visible()
    pages.choose(page, "Чи було це сказано?", "Точно")
    pages.choose(page, "Чи це правда?", "Здебільшого неправда")
    page.get_by_label("Як ви дійшли до цих вердиктів").fill("Звіт інспекторів каже інше, і його підтвердили двічі.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="Ваша перевірка надійшла.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
