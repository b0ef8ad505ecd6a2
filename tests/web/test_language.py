"""The pages in the language that a visitor chose at their foot; programs are answered in English whatever they ask."""

import pytest
from django.test import Client

from claims.rules.refusals import Refused
from claims.services import articles
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn, bare

pytestmark = pytest.mark.django_db

UKRAINIAN = {"Accept-Language": "uk"}


def test_a_visitor_chooses_the_language_at_the_foot_of_the_page(client: Client) -> None:
    page = client.get("/verdicts/?q=tide").content.decode()
    assert '<html lang="en"' in page
    assert 'lang="uk">Українська</button>' in page
    answer = client.post("/language/", {"language": "uk", "next": "/verdicts/?q=tide"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/verdicts/?q=tide")
    page = client.get("/verdicts/?q=tide").content.decode()
    assert '<html lang="uk"' in page
    assert 'lang="en">English</button>' in page
    # What the browser asks for counts less than what was chosen.
    assert '<html lang="uk"' in client.get("/verdicts/", headers={"Accept-Language": "en"}).content.decode()


def test_an_unknown_language_and_a_way_off_this_site_change_nothing(client: Client) -> None:
    answer = client.post("/language/", {"language": "tlh", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
    assert not client.cookies


def test_whoever_is_signed_in_has_it_in_their_settings(world: World, as_: SignedIn) -> None:
    assert "/language/" not in as_(world.alice).get("/verdicts/").content.decode()


def test_pages_kept_for_everybody_are_kept_apart_by_language(client: Client) -> None:
    english, ukrainian = client.get("/verdicts/"), client.get("/verdicts/", headers=UKRAINIAN)
    assert english.headers["ETag"] != ukrainian.headers["ETag"]
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in ukrainian.headers["Vary"].split(",")}


def test_pages_of_errors_are_in_the_language_too(client: Client) -> None:
    page = client.get("/nowhere/", headers=UKRAINIAN)
    assert page.status_code == 404
    assert '<html lang="uk"' in page.content.decode()


def test_programs_are_answered_in_english(world: World, as_: SignedIn) -> None:
    world.alice.language = "uk"
    world.alice.save()
    for client in (Client(), as_(world.alice)):
        for path in ("/api/v1/claims/999999", "/api/v1/claims?sort=nothing", "/api/nowhere", "/v1alpha1/claims:search"):
            english, asked = client.get(path), client.get(path, headers=UKRAINIAN)
            assert bare(asked) == bare(english)
            assert asked.headers.get("Content-Language", "en") == "en"
            assert not any("а" <= letter <= "я" for letter in asked.content.decode())


def test_what_narrows_nothing_agrees_with_every_label(client: Client) -> None:
    page = client.get("/verdicts/", headers={"Accept-Language": "uk"}).content.decode()
    assert page.count('<option value="" selected>усі</option>') == 1, "“any” has a gender, and the labels have three"


def test_why_an_address_was_not_fetched_is_said_in_the_language_of_the_page(world: World, as_: SignedIn) -> None:
    world.dora.language = "uk"
    world.dora.save()
    client = as_(world.dora)
    inside = "Адреса веде до приватної або локальної мережі"
    refused = client.post("/articles/new/", {"desk": world.desk.pk, "way": "url", "url": "http://10.0.0.1/"})
    assert inside in refused.content.decode()
    assert "Or paste the text" not in refused.content.decode(), "what is said beside it is said in the same language"
    article = factories.article(world)
    why = "No site with the name x.example was found. Try again, or paste the text of the article."
    problem = Refused.one("url", "unknown_host", why)
    articles.mark_failed(article.pk, problem)
    assert "Сайту з іменем x.example не знайдено." in client.get(f"/articles/{article.pk}/").content.decode()
    hook = {"name": "CMS", "url": "http://10.0.0.1/", "kinds": ["verdict.published"]}
    assert inside in client.post("/desks/harbour/webhooks/", hook).content.decode()
