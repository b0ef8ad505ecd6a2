"""A person's own settings: name and language, the tabs, and nothing of anybody else."""

import pytest
from django.test import Client

from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

PAGE = "/accounts/settings/"


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def test_name_and_language_are_kept(world: World, alice: Client) -> None:
    answer = alice.post(PAGE, {"display_name": "  Alice   Novák ", "language": "uk"})
    assert answer.status_code == 302
    world.alice.refresh_from_db()
    assert (world.alice.display_name, world.alice.language) == ("Alice Novák", "uk")
    page = alice.get(PAGE).content.decode()
    assert '<html lang="uk"' in page
    assert "Збережено." in page, "what is said of it speaks the new language too"
    alice.post(PAGE, {"display_name": "Alice", "language": ""})
    page = alice.get(PAGE).content.decode()
    assert '<html lang="en"' in page
    assert "Saved." in page


def test_the_language_is_the_persons_and_overrules_the_browsers(world: World, as_: SignedIn, client: Client) -> None:
    world.alice.language = "en"
    world.alice.save()
    asked = {"Accept-Language": "uk"}
    assert '<html lang="en"' in as_(world.alice).get("/desk/", headers=asked).content.decode()
    for other in (as_(world.bob), client):
        assert '<html lang="uk"' in other.get("/verdicts/", headers=asked).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        *({"display_name": name} for name in ("x" * 151, "Carol\u202e", "CAROL", "Al\u200dice", "\0")),
        {"language": "tlh"},
    ],
)
def test_what_cannot_be_is_said_beside_its_field(world: World, alice: Client, wrong: dict[str, str]) -> None:
    answer = alice.post(PAGE, {"display_name": "Alice", "language": "en"} | wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    world.alice.refresh_from_db()
    assert (world.alice.display_name, world.alice.language) == ("Alice", "")


def test_a_name_is_spelt_with_joiners_where_its_script_has_them(world: World, alice: Client) -> None:
    alice.post(PAGE, {"display_name": "علی\u200cرضا", "language": ""})
    world.alice.refresh_from_db()
    assert world.alice.display_name == "علی\u200cرضا"


def test_nothing_else_of_a_person_is_changed_by_what_is_sent(world: World, alice: Client) -> None:
    sent = {"display_name": "Alice", "language": "", "is_staff": "on", "username": "dora", "email": "x@example.com"}
    alice.post(PAGE, sent | {"pk": world.bob.pk, "id": world.bob.pk})
    world.alice.refresh_from_db()
    assert (world.alice.is_staff, world.alice.username, world.alice.email) == (False, "alice", "")


def test_the_tabs_lead_to_pages_that_open_and_mark_their_own(world: World, alice: Client, as_: SignedIn) -> None:
    page = alice.get(PAGE).content.decode()
    for where in ("/accounts/settings/", "/accounts/password/change/", "/accounts/tokens/", "/notifications/choices/"):
        assert f'href="{where}"' in page
        own = alice.get(where).content.decode()
        assert (
            own.split('class="settings-nav"')[1].split('aria-current="page"')[0].split('href="')[-1].startswith(where)
        )
        assert own.index('class="settings-nav"') < own.index("<h1"), "in one place, whichever of them is open"
        assert 'class="narrow"' in own
    stranger = as_(factories.user("stranger")).get(PAGE).content.decode()
    assert "/notifications/choices/" not in stranger
    assert "/desk/me/" not in stranger


def test_nobody_is_led_to_the_sign_in(client: Client) -> None:
    assert client.get(PAGE).headers["Location"].startswith("/accounts/login/")
