"""A person's own tokens as a page: drawn, shown once, revoked, and nobody else's."""

import pytest
from django.test import Client

from tests.factories import World
from tests.web.conftest import SignedIn
from workbench.accounts import tokens
from workbench.accounts.models import ApiToken

PAGE = "/accounts/tokens/"
NEW = {"name": "My script", "scopes": ["read", "review"], "days": "30"}


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def test_it_is_drawn_and_shown_once(world: World, alice: Client) -> None:
    drawn = alice.post(PAGE, NEW)
    secret = drawn.context["secret"]
    assert secret in drawn.content.decode()
    assert "no-store" in drawn["Cache-Control"]
    found = tokens.find(secret)
    assert found is not None
    assert (found.user, found.scopes, found.expires_at is not None) == (world.alice, ["read", "review"], True)
    again = alice.get(PAGE).content.decode()
    assert "My script" in again
    assert secret not in again


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 101}, {"scopes": []}, {"scopes": ["root"]}, {"days": "0"}]
)
def test_what_cannot_be_is_said_beside_its_field(alice: Client, wrong: dict[str, object]) -> None:
    refused = alice.post(PAGE, NEW | wrong)
    assert refused.status_code == 400
    assert set(refused.context["form"].errors) == set(wrong)
    assert not ApiToken.objects.exists()


def test_only_the_own_ones_are_seen_and_revoked(world: World, alice: Client) -> None:
    mine, bobs = (tokens.draw(user, f"Of {user}", ["read"]) for user in (world.alice, world.bob))
    assert "Of Bob" not in alice.get(PAGE).content.decode()
    bob_token = ApiToken.objects.get(user=world.bob)
    assert alice.post(f"{PAGE}{bob_token.pk}/revoke/").status_code == 404
    assert alice.post(f"{PAGE}{bob_token.pk + 1000}/revoke/").status_code == 404
    own = ApiToken.objects.get(user=world.alice)
    assert alice.get(f"{PAGE}{own.pk}/revoke/").status_code == 405
    assert alice.post(f"{PAGE}{own.pk}/revoke/").status_code == 302
    assert "Revoked." in alice.get(PAGE).content.decode()
    assert tokens.find(mine) is None
    assert tokens.find(bobs) is not None


def test_nobody_is_led_to_the_sign_in(world: World) -> None:
    asked = Client().get(PAGE)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/login/")
    assert Client(enforce_csrf_checks=True).post(PAGE, NEW).status_code == 403
