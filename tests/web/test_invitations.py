"""Invitations: the admin's page, and the page behind the link as each kind of visitor meets it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.core import mail
from django.core.cache import cache
from django.db.models.functions import Now
from django.test import Client

from claims.models.desks import Role
from claims.models.invitations import Invitation
from claims.services import desks, invitations
from tests import factories
from tests.factories import World, invited
from tests.web.conftest import SignedIn
from workbench.accounts.models import User

ADDRESS = "nina@example.com"
PAGE = "/desks/harbour/invitations/"
JOIN = {
    "username": "nina", "display_name": "Nina Kraus", "password": factories.PASSWORD, "again": factories.PASSWORD,
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_answers_yet() -> None:
    """The limit of answers counts those of all tests of this minute."""
    cache.clear()


@pytest.fixture
def dora(world: World, as_: SignedIn) -> Client:
    return as_(world.dora)


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[-3000:]
    page: str = answer.content.decode()
    return page


# --- The admin's ------------------------------------------------------------------------------------------------------


def test_an_admin_invites_sends_again_and_takes_back(world: World, dora: Client) -> None:
    assert "Nobody was invited yet." in text(dora.get(PAGE))
    page = text(dora.post(PAGE, {"email": ADDRESS, "role": "editor"}, follow=True))
    assert f"{ADDRESS} is invited" in page
    assert "the mail is being sent" in page
    factories.perform()
    assert len(mail.outbox) == 1
    invitation = Invitation.objects.get()
    assert "was sent this minute" in text(dora.post(f"{PAGE}{invitation.pk}/resend/", follow=True))
    Invitation.objects.update(sent_at=Now() - timedelta(minutes=2))
    assert "the old one no longer works" in text(dora.post(f"{PAGE}{invitation.pk}/resend/", follow=True))
    factories.perform()
    page = text(dora.post(f"{PAGE}{invitation.pk}/revoke/", follow=True))
    assert "the link no longer works" in page
    assert "Send again" not in page
    assert "already" in text(dora.post(f"{PAGE}{invitation.pk}/revoke/", follow=True))
    history = text(dora.get("/desks/harbour/"))
    for sentence in ("Somebody was invited", "Invitation sent again", "Invitation taken back"):
        assert sentence in history
    assert ADDRESS not in history, "readers see the history"


@pytest.mark.parametrize("sent", [{"email": "nina"}, {"role": "emperor"}, {"email": ""}, {"language": "tlh"}])
def test_what_cannot_be_sent_is_said_beside_its_field(dora: Client, sent: dict[str, str]) -> None:
    page = text(dora.post(PAGE, {"email": ADDRESS, "role": "reader"} | sent), 422)
    assert 'class="errorlist"' in page
    assert not Invitation.objects.exists()


def test_whoever_invites_chooses_the_language(world: World, as_: SignedIn, dora: Client) -> None:
    """The desk's is offered; the mail, its subject, the page behind its link and the account are in the chosen one."""
    desks.change(world.desk, actor=world.dora, language="uk-UA")
    assert '<option value="uk" selected' in text(dora.get(PAGE))
    desks.change(world.desk, actor=world.dora, language="en")
    page = text(dora.post(PAGE, {"email": ADDRESS, "role": "editor", "language": "uk"}, follow=True))
    assert "<span>Українська</span>" in page
    factories.perform()
    (sent,) = mail.outbox
    assert sent.subject == "Harbour Desk запрошує вас"
    assert "Dora" in sent.body
    assert "invites" not in sent.body
    where = f"/invitations/{factories.secret_in(str(sent.body))}/"
    visitor = Client(headers={"Accept-Language": "en"})
    answer = visitor.get(where)
    assert answer.headers["Content-Language"] == "uk"
    assert '<html lang="uk"' in text(answer)
    assert "Запрошення" in text(answer)
    assert "Паролі" in text(visitor.post(where, JOIN | {"again": "another"}), 422), "what is wrong is said in it, too"
    # Whoever chooses another one at the foot of the page goes on in that.
    chosen = Client(headers={"Accept-Language": "uk"})
    chosen.post("/language/", {"language": "en"})
    assert '<html lang="en"' in text(chosen.get(where))
    assert '<html lang="en"' in text(as_(world.bob).get(where)), "whoever is signed in has a language"
    page = text(visitor.post(where, JOIN, follow=True))
    assert '<html lang="uk"' in page
    assert User.objects.get(username="nina").language == "uk"


def test_an_address_is_invited_once(world: World, dora: Client) -> None:
    dora.post(PAGE, {"email": ADDRESS, "role": "reader"})
    assert "is invited already. Send it again, or take it back." in text(
        dora.post(PAGE, {"email": ADDRESS, "role": "editor"}), 409
    )


def test_whether_an_address_has_an_account_is_not_told(world: World, dora: Client) -> None:
    """Somebody of another desk is invited exactly as somebody whom nobody knows."""
    User.objects.filter(pk=world.mallory.pk).update(email="mallory@example.com")
    known, unknown = (
        text(dora.post(PAGE, {"email": email, "role": "reader"}, follow=True)).count("is invited")
        for email in ("mallory@example.com", ADDRESS)
    )
    assert known == unknown == 1


def test_a_mail_that_failed_is_shown_with_the_reason(world: World, dora: Client) -> None:
    invitation = invitations.invite(world.desk, ADDRESS, Role.READER, actor=world.dora)
    factories.give_up(f"send invitation {invitation.pk}", "ConnectionRefusedError: no mail server")
    page = text(dora.get(PAGE))
    assert "The mail could not be sent:" in page
    assert "no mail server" in page


def test_the_list_asks_no_more_for_more(world: World, dora: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        invitations.invite(world.desk, f"n{number}@example.com", Role.READER, actor=world.dora)
    with django_assert_max_num_queries(8):
        assert text(dora.get(PAGE)).count("@example.com</strong>") == 12


# --- Behind the link --------------------------------------------------------------------------------------------------


def test_a_new_person_makes_an_account_and_is_at_the_desk(world: World, client: Client) -> None:
    _invitation, secret = invited(world.desk, ADDRESS, Role.EDITOR, by=world.dora)
    answer = client.get(f"/invitations/{secret}/")
    page = text(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert "<bdi>Dora</bdi> invites you to <bdi>Harbour Desk</bdi> as editor." in " ".join(page.split())
    (long_enough,) = [each for each in get_default_password_validators() if isinstance(each, MinimumLengthValidator)]
    assert f"At least {long_enough.min_length} characters" in page, "what is asked for is said before it is refused"
    page = text(client.post(f"/invitations/{secret}/", JOIN, follow=True))
    assert "Welcome to Harbour Desk." in page
    person = User.objects.get(username="nina")
    assert desks.role_at(world.desk.pk, person) is Role.EDITOR
    assert client.get("/publish/").status_code == 200
    # The account is one like any other.
    again = Client()
    again.post("/accounts/login/", {"login": ADDRESS, "password": factories.PASSWORD})
    assert again.get("/desks/harbour/").status_code == 200
    assert "was used already" in text(Client().get(f"/invitations/{secret}/"), 410)


@pytest.mark.parametrize(
    "typed",
    [{"again": "another"}, {"password": "short", "again": "short"}, {"username": "alice"}, {"username": ""}],
)
def test_what_makes_no_account_is_said_beside_its_field(world: World, client: Client, typed: dict[str, str]) -> None:
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    answer = client.post(f"/invitations/{secret}/", JOIN | typed)
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert factories.PASSWORD not in answer.content.decode()
    assert not User.objects.filter(email=ADDRESS).exists()


def test_forbidden_fields_make_nobody_more(world: World, client: Client) -> None:
    _invitation, secret = invited(world.desk, ADDRESS, Role.READER, by=world.dora)
    client.post(f"/invitations/{secret}/", JOIN | {"role": "admin", "is_staff": "on", "email": "x@example.com"})
    person = User.objects.get(username="nina")
    assert (person.email, person.is_staff, person.is_superuser) == (ADDRESS, False, False)
    assert desks.role_at(world.desk.pk, person) is Role.READER


def test_whoever_has_an_account_signs_in_and_comes_back(world: World, client: Client) -> None:
    factories.user("nina", email=ADDRESS)
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    where = f"/invitations/{secret}/"
    page = text(client.get(where))
    assert f"/accounts/login/?next={where}" in page
    assert "Make the account" not in page
    assert "Sign in" in text(client.post(where, JOIN), 409)
    answer = client.post("/accounts/login/", {"login": "nina", "password": factories.PASSWORD, "next": where})
    assert answer.headers["Location"] == where
    assert "Accept" in text(client.get(where))
    assert "Welcome to Harbour Desk." in text(client.post(where, follow=True))


def test_somebody_else_who_is_signed_in_cannot_accept(world: World, as_: SignedIn) -> None:
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    mallory, where = as_(world.mallory), f"/invitations/{secret}/"
    page = text(mallory.get(where))
    assert "an address other than that of your account" in page
    assert ADDRESS not in page
    assert "an address other than that of your account" in text(mallory.post(where, JOIN), 409)
    assert desks.role_at(world.desk.pk, world.mallory) is None
    assert not User.objects.filter(username="nina").exists()


def test_a_member_is_told_that_they_are_one(world: World, as_: SignedIn) -> None:
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    assert "You are at this desk already." in text(as_(world.dora).get(f"/invitations/{secret}/"))


@pytest.mark.parametrize(("end", "says"), [("revoked_at", "was taken back"), ("expires_at", "has expired")])
def test_a_dead_link_says_why(world: World, client: Client, end: str, says: str) -> None:
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    Invitation.objects.update(**{end: Now()})
    for answer in (client.get(f"/invitations/{secret}/"), client.post(f"/invitations/{secret}/", JOIN)):
        page = text(answer, 410)
        assert says in page
        assert "Dora" not in page
    assert not User.objects.filter(email=ADDRESS).exists()


def test_wrong_links_all_look_alike(world: World, client: Client) -> None:
    invited(world.desk, ADDRESS, by=world.dora)
    wrong = ["x" * 43, "x", "x" * 3000, "%00", "%ED%A0%80", "nina@example.com"]
    pages = {client.get(f"/invitations/{token}/").content for token in wrong}
    pages |= {client.post(f"/invitations/{token}/", JOIN).content for token in wrong}
    assert len(pages) == 1
    assert client.get("/invitations/x/").status_code == 404


def test_nobody_tries_for_long(world: World, client: Client) -> None:
    """An answer costs the hashing of a password; to look costs one question by an index, and guesses nothing."""
    statuses = [client.post(f"/invitations/{number}/", JOIN).status_code for number in range(31)]
    assert statuses == [404] * 30 + [429]
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    answer = client.post(f"/invitations/{secret}/", JOIN)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert not User.objects.filter(email=ADDRESS).exists()
    assert client.get(f"/invitations/{secret}/").status_code == 200
