"""The pages of webhooks: the secret once, what became of each message, and every button."""

from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from claims.models.webhooks import Delivery, Webhook
from claims.services import webhooks
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

TYPED = {"name": "The CMS", "url": "https://cms.example.org/hook?key=1", "kinds": ["verdict.published"]}
LIST = "/desks/harbour/webhooks/"


@pytest.fixture
def dora(world: World, as_: SignedIn) -> Client:
    return as_(world.dora)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_empty_page_says_so_and_offers_what_is_public(dora: Client) -> None:
    page = text(dora.get(LIST))
    assert "No program is told of anything yet." in page
    assert page.count("checked") == 3
    assert LIST in text(dora.get("/desks/harbour/"))


def test_the_secret_is_shown_once(dora: Client) -> None:
    made = dora.post(LIST, TYPED)
    webhook = Webhook.objects.get()
    secret = webhooks.secret_of(webhook)
    assert secret in text(made)
    assert "no-store" in made["Cache-Control"]
    assert "Nothing yet. Send a test" in text(made)
    for where in (LIST, f"{LIST}{webhook.pk}/", "/desks/harbour/"):
        assert secret not in text(dora.get(where))
    rotated = text(dora.post(f"{LIST}{webhook.pk}/rotate/"))
    assert secret not in rotated
    webhook.refresh_from_db()
    assert webhooks.secret_of(webhook) in rotated
    assert "with the old one as well until" in rotated


def test_what_is_wrong_stands_beside_its_field(dora: Client) -> None:
    answer = dora.post(LIST, TYPED | {"url": "http://10.0.0.1/"})
    assert answer.status_code == 422
    assert "private or local network" in text(answer)
    assert 'value="The CMS"' in text(answer)
    assert dora.post(LIST, TYPED | {"kinds": []}).status_code == 422
    assert not Webhook.objects.exists()


def test_what_became_of_each_message(dora: Client, world: World) -> None:
    webhook = factories.webhook(world, kinds=["claim.decided", "verdict.published"])
    done = factories.published(world)
    failed, waits = Delivery.objects.order_by("pk")
    tried = {"attempts": 2, "tried_at": Now(), "status": 503, "took_ms": 12, "error": "The receiver answered with 503."}
    Delivery.objects.filter(pk=failed.pk).update(**tried)
    page = text(dora.get(f"{LIST}{webhook.pk}/"))
    for words in ("A verdict is published", f"/claims/{done.claim_id}/", "answered with 503", "in 12 ms", "2 attempts"):
        assert words in page, words
    assert "next attempt:" in page
    assert page.count("/again/") == 1, "what was not tried yet goes by itself"
    assert "503" in text(dora.get(LIST))
    dora.post(f"{LIST}{webhook.pk}/deliveries/{failed.pk}/again/")
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("pending", 0)
    assert waits.state == "pending"


def test_the_open_page_is_told_what_became_of_each_message_and_nothing_while_nothing_is_different(
    dora: Client, world: World
) -> None:
    webhook = factories.webhook(world, kinds=["claim.decided"])
    page, address = f"{LIST}{webhook.pk}/", f"{LIST}{webhook.pk}/now/"

    def seen(answer: Any) -> str:
        return text(answer).partition("/now/?seen=")[2].partition("&")[0]

    empty = seen(dora.get(page))
    assert dora.get(address, {"seen": empty}).status_code == 204
    factories.reviewed(world)
    waits = dora.get(address, {"seen": empty})
    assert "A claim is decided" in text(waits)
    assert dora.get(address, {"seen": seen(waits)}).status_code == 204
    Delivery.objects.update(state="delivered", attempts=1, status=200, tried_at=Now(), took_ms=8)
    done = dora.get(address, {"seen": seen(waits)})
    assert "answered with 200" in text(done)
    as_shown = {"seen": seen(waits), "state": "active"}
    assert "webhook-state" not in text(dora.get(address, as_shown)), (
        "it stands as it did: nothing of it is read out anew"
    )
    Webhook.objects.update(state="disabled", reason="The receiver answered with 410: it wants nothing more.")
    off = text(dora.get(address, {"seen": seen(done), "state": "active"})).partition('id="webhook-state"')[2]
    assert "disabled" in off
    steps = off.partition('id="webhook-steps"')[2]
    assert "it wants nothing more" in steps
    assert "Resume" in steps
    assert "Send a test" not in steps, "what cannot be done any more is gone"
    assert dora.post(address).status_code == 405


def test_a_disabled_one_says_why_and_how_to_go_on(dora: Client, world: World) -> None:
    webhook = factories.webhook(world)
    Webhook.objects.update(state="disabled", reason="The receiver answered with 410: it wants nothing more.")
    page = text(dora.get(f"{LIST}{webhook.pk}/"))
    assert "it wants nothing more" in page
    assert f"{LIST}{webhook.pk}/resume/" in page
    assert f"{LIST}{webhook.pk}/test/" not in page
    refused = dora.post(f"{LIST}{webhook.pk}/test/", follow=True)
    assert "Resume it first." in text(refused)
    dora.post(f"{LIST}{webhook.pk}/resume/")
    webhook.refresh_from_db()
    assert (webhook.state, webhook.reason) == ("active", "")


def test_every_button(dora: Client, world: World) -> None:
    webhook = factories.webhook(world)
    one = f"{LIST}{webhook.pk}/"
    assert "A test is on its way." in text(dora.post(f"{one}test/", follow=True))
    assert "A test is under way." in text(dora.post(f"{one}test/", follow=True))
    assert "Paused." in text(dora.post(f"{one}pause/", follow=True))
    assert "Resumed." in text(dora.post(f"{one}resume/", follow=True))
    page = text(dora.post(f"{one}remove/", follow=True))
    assert "Removed." in page
    history = text(dora.get("/desks/harbour/"))
    for sentence in ("Webhook added", "Webhook paused", "Webhook resumed", "Webhook removed"):
        assert sentence in history
    assert "hook" not in Webhook.objects.values_list("url", flat=True)


def test_two_admins_at_once_lose_nothing(dora: Client, world: World) -> None:
    webhook = factories.webhook(world)
    one, seen = f"{LIST}{webhook.pk}/", webhook.version
    assert dora.post(one, TYPED | {"version": seen, "name": "Theirs"}).status_code == 302
    both = dora.post(one, TYPED | {"version": seen, "name": "Mine"})
    assert both.status_code == 409
    assert "Theirs" in text(both)
    assert "Mine" in text(both)
    webhook.refresh_from_db()
    chosen = TYPED | {"version": webhook.version, "name": "Mine", "keep_name": "theirs"}
    assert dora.post(one, chosen).status_code == 302
    webhook.refresh_from_db()
    assert webhook.name == "Theirs"


def test_what_people_type_is_shown_as_text(dora: Client) -> None:
    page = dora.post(LIST, TYPED | {"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in text(page)
    assert "<script>alert" not in text(dora.get(LIST))


@pytest.mark.parametrize("rows", [1, 8])
def test_queries_do_not_grow_with_the_rows(
    dora: Client, world: World, rows: int, django_assert_max_num_queries: Any
) -> None:
    made = [factories.webhook(world) for _ in range(rows)]
    factories.published(world)
    for each in made:
        webhooks.send_test(each, actor=world.dora)
    Delivery.objects.update(tried_at=Now(), attempts=1)
    dora.get(LIST)
    with django_assert_max_num_queries(9):
        dora.get(LIST)
    with django_assert_max_num_queries(9):
        dora.get(f"{LIST}{made[0].pk}/")
