"""The door: signing in and out, the pause after too many attempts, the pages of account and second factor."""

import re

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """The rates of earlier tests count for nobody."""
    cache.clear()


def sign_in(client: Client, login: str, password: str) -> int:
    return client.post(reverse("account_login"), {"login": login, "password": password}).status_code


def test_a_member_signs_in_and_out(world: World, client: Client) -> None:
    assert sign_in(client, "alice", factories.PASSWORD) == 302
    assert client.get("/desk/").status_code == 200
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert client.get("/desk/").status_code == 302


def test_the_sign_in_says_what_it_asks_for_and_takes_both(world: World, client: Client) -> None:
    world.alice.email = "alice@example.org"
    world.alice.save()
    field = client.get(reverse("account_login")).context["form"]["login"]
    assert 'autocomplete="username"' in str(field)
    assert field.label == "Username or email"
    # Name, Tab, password, Enter: the name has the focus, and nothing stands between it and the password.
    page = client.get(reverse("account_login")).content.decode()
    assert "autofocus" in str(field)
    assert page.index('name="password"') < page.index(reverse("account_reset_password"))
    for login in (world.alice.username, world.alice.email):
        assert sign_in(Client(), login, factories.PASSWORD) == 302, login


def test_a_wrong_password_and_an_unknown_name_look_the_same(world: World, client: Client) -> None:
    pages = []
    for login in ("alice", "nobody"):
        answer = client.post(reverse("account_login"), {"login": login, "password": "wrong"})
        assert answer.status_code == 200
        assert 'role="alert"' in answer.content.decode()
        pages.append(answer.content.decode().replace(login, "").split("<main")[1].split("csrfmiddlewaretoken")[0])
    assert pages[0] == pages[1]


def test_after_too_many_attempts_the_door_pauses(world: World, client: Client) -> None:
    seen = [sign_in(client, "alice", "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert seen == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    for login in ("alice", "bob"):
        answer = client.post(reverse("account_login"), {"login": login, "password": factories.PASSWORD})
        assert answer.status_code == 429, login
        assert answer.headers["Retry-After"] == "900"
        assert "paused for this account, or for everybody at your address" in answer.content.decode()


def test_what_is_stored_of_a_wrong_sign_in_is_not_where_it_was_to_lead(world: World, client: Client) -> None:
    """That may be the link of an invitation."""
    link = "/invitations/q7q7q7q7q7q7/"
    sent = {"login": "alice", "password": "wrong", "next": link}
    for _ in range(2):
        client.post(f"{reverse('account_login')}?next={link}", sent)
    stored = str(list(AccessAttempt.objects.values()))
    assert "alice" in stored
    assert "q7q7" not in stored
    assert "wrong" not in stored


def test_nobody_takes_an_address_that_they_have_not_confirmed(world: World, as_: SignedIn) -> None:
    """Whoever has an invited address may accept, so that it is no address of one's own choice."""
    alice = as_(world.alice)
    assert alice.get("/accounts/email/").status_code == 404
    assert alice.post("/accounts/email/", {"action_add": "", "email": "nina@example.com"}).status_code == 404


def test_many_sign_ins_from_one_address_are_slowed_down(world: World, client: Client) -> None:
    answers = [client.post(reverse("account_login"), {"login": f"user{n}", "password": "x"}) for n in range(31)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"].isdigit()


@pytest.mark.parametrize(
    "name",
    ["account_change_password", "account_reauthenticate", "account_inactive", "account_reset_password", "mfa_index"],
)
@pytest.mark.parametrize("language", ["en", "uk"])
def test_pages_of_the_account_stand_in_our_frame_and_write_as_ours_do(
    world: World, as_: SignedIn, name: str, language: str
) -> None:
    client = as_()
    sign_in(client, "alice", factories.PASSWORD)
    type(world.alice).objects.filter(pk=world.alice.pk).update(language=language)
    page = client.get(reverse(name)).content.decode()
    assert 'class="site-header"' in page
    assert "style=" not in page
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    for title in re.findall(r"<(?:h1|h2|button|label|title)[^>]*>(.*?)</", main, re.DOTALL):
        first, *others = re.findall(r"\w+", title)
        assert not [word for word in others if word.istitle()], (first, others)


def test_a_second_factor_is_set_up_after_the_password_was_asked_again(world: World, as_: SignedIn) -> None:
    client = as_()
    sign_in(client, "alice", factories.PASSWORD)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.status_code == 302
    page = client.post(asked.headers["Location"], {"password": factories.PASSWORD}, follow=True).content.decode()
    assert 'class="qr"' in page
    assert "style=" not in page


def test_every_page_carries_the_policy_and_no_inline_code(world: World, as_: SignedIn) -> None:
    client = as_(world.dora)
    claim = factories.queued_claims(world, 1)[0]
    for path in ("/desk/", "/articles/", "/articles/new/", f"/desk/claims/{claim.pk}/", "/verdicts/", "/sources/"):
        answer = client.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"], path
        page = answer.content.decode()
        for inline in ("<style", " style=", " onclick=", " onload=", "javascript:", "<script>"):
            assert inline not in page, (path, inline)
