"""Who keeps a desk's webhooks, what is refused, what becomes of them; and secrets, which the database does not have."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django.fixtures import Settings as Environment

from claims.models.events import Event
from claims.models.jobs import Job
from claims.models.webhooks import Delivery, Webhook
from claims.rules import webhooks as rules
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.webhooks import CHOICES, PUBLIC
from claims.services import publication, webhooks
from claims.services.webhooks import Settings
from tests import factories
from tests.concurrency import at_once
from tests.factories import World
from tests.integration.loopback import Server
from tests.integration.receiving import added, parts, send, signed


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def refused_with(caught: Any) -> set[str]:
    return {problem.field for problem in caught.value.problems}


# --- Secrets ----------------------------------------------------------------------------------------------------------


def test_a_message_holds_no_secret(world: World, receiver: Server, settings: Environment) -> None:
    webhook = added(world, receiver, kinds=CHOICES)
    factories.published(world)
    webhooks.send_test(webhook, actor=world.dora)
    send()
    key = webhooks.secret_of(webhook)
    stored = str(
        [*Webhook.objects.values(), *Delivery.objects.values(), *Job.objects.values(), *Event.objects.values()]
    )
    for hidden in (key, key.removeprefix("whsec_"), settings.SECRET_KEY, webhook.salt):
        assert hidden not in "".join(receiver.requests)
    assert key.removeprefix("whsec_") not in stored, "a copy of the database must sign nothing"
    assert "/hook" not in str(list(Event.objects.values())), "the address may hold a secret of the receiver's"


# --- How it is sent ---------------------------------------------------------------------------------------------------


def test_a_new_secret_and_the_old_one_both_hold_for_a_day(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    old = webhooks.secret_of(webhook)
    new = webhooks.secret_of(webhooks.rotate(webhook, actor=world.dora))
    assert old != new
    factories.published(world)
    send()
    Webhook.objects.update(old_until=Now() - timedelta(seconds=1))
    webhooks.send_again(webhook.deliveries.get(), actor=world.dora)
    send()
    within, later = receiver.requests
    assert (signed(within, old), signed(within, new)) == (True, True)
    assert (signed(later, old), signed(later, new)) == (False, True)


def test_the_documented_receiver_refuses_what_is_not_ours(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    factories.published(world)
    send()
    (request,) = receiver.requests
    secret, stale = webhooks.secret_of(webhook), str(int(time.time()) - 301)
    other = webhooks.secret_of(added(world, receiver))
    assert signed(request, secret)
    assert not signed(request, other)
    assert not signed(request.replace("verdict.published", "verdict.retracted"), secret)
    assert not signed(request, secret, webhook_id="msg_of_another")
    assert not signed(request, secret, webhook_signature="v1,AAAA v2,BBBB")
    headers, _ = parts(request)
    old = rules.signatures(
        headers["webhook-id"], int(stale), request.partition("\r\n\r\n")[2].encode(), [webhook.key()]
    )
    assert not signed(request, secret, webhook_timestamp=stale, webhook_signature=old), "old, though signed by us"


# --- Who keeps them ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ruth", "alice", "carol", "mallory"])
def test_only_admins_of_the_desk_keep_webhooks(world: World, receiver: Server, who: str) -> None:
    webhook, stranger = added(world, receiver), getattr(world, who)
    wanted = Settings("Mine", receiver.url("/mine"), list(CHOICES))
    test = webhooks.send_test(webhook, actor=world.dora)
    before = Webhook.objects.values().get()
    for call in (
        lambda: webhooks.add(world.desk, wanted, actor=stranger),
        lambda: webhooks.change(webhook, wanted, actor=stranger),
        lambda: webhooks.pause(webhook, actor=stranger),
        lambda: webhooks.resume(webhook, actor=stranger),
        lambda: webhooks.rotate(webhook, actor=stranger),
        lambda: webhooks.send_test(webhook, actor=stranger),
        lambda: webhooks.send_again(test, actor=stranger),
        lambda: webhooks.remove(webhook, actor=stranger),
    ):
        with pytest.raises(Forbidden):
            call()
    assert Webhook.objects.values().get() == before


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/hook", "https://user@example.org/", "ftp://example.org/",
     "https://2130706433/", "https://intranet/", "", "javascript:alert(1)", "https://example.org/" + "x" * 3000],
)  # fmt: skip
def test_an_address_that_leads_inside_is_refused_when_it_is_typed(world: World, url: str) -> None:
    with pytest.raises(Refused) as caught:
        webhooks.add(world.desk, Settings("The CMS", url, ["verdict.published"]), actor=world.dora)
    assert refused_with(caught) == {"url"}


def test_everything_that_is_wrong_is_said_at_once(world: World) -> None:
    with pytest.raises(Refused) as caught:
        webhooks.add(world.desk, Settings(" ", "file:///etc/passwd", ["claim.submitted"]), actor=world.dora)
    assert refused_with(caught) == {"name", "url", "kinds"}
    with pytest.raises(Refused) as caught:
        webhooks.add(world.desk, Settings("x", "https://example.org", ["webhook.test"]), actor=world.dora)
    assert refused_with(caught) == {"kinds"}


def test_a_desk_has_not_more_than_it_can_look_after(world: World) -> None:
    wanted = Settings("The CMS", "https://example.org/hook", ["verdict.published"])
    for _ in range(webhooks.MOST):
        webhooks.add(world.desk, wanted, actor=world.dora)
    with pytest.raises(Refused):
        webhooks.add(world.desk, wanted, actor=world.dora)


def test_a_change_of_an_older_version_is_refused_and_tells_what_there_is(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    seen = webhook.version
    changed = webhooks.change(
        webhook, Settings("New", webhook.url, ["verdict.retracted"]), actor=world.dora, version=seen
    )
    assert (changed.name, changed.kinds, changed.version) == ("New", ["verdict.retracted"], seen + 1)
    with pytest.raises(Conflict) as caught:
        webhooks.change(webhook, Settings("Mine", webhook.url, list(PUBLIC)), actor=world.dora, version=seen)
    assert caught.value.details["current"]["name"] == "New"
    same = Settings("New", webhook.url, ["verdict.retracted"])
    assert webhooks.change(webhook, same, actor=world.dora).version == seen + 1, "nothing was changed"


def test_removed_is_gone_with_its_messages_and_the_history_keeps_that_it_was(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    factories.published(world)
    webhooks.remove(webhook, actor=world.dora)
    send()
    assert (Webhook.objects.count(), Delivery.objects.count(), receiver.requests) == (0, 0, [])
    kinds = [event.kind for event in Event.objects.of("desk", world.desk.pk) if "webhook" in event.kind]
    assert kinds == ["desk.webhook_added", "desk.webhook_removed"]
    with pytest.raises(Absent):
        webhooks.remove(webhook, actor=world.dora)


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_removed_while_somebody_publishes_stops_nobody(receiver: Server) -> None:
    world = factories.world()
    for _ in range(3):
        webhook, done = added(world, receiver), factories.reviewed(world)
        calls = [
            lambda: publication.publish(done.claim.pk, actor=world.carol),  # noqa: B023 - called within the round
            lambda: webhooks.remove(webhook, actor=world.dora),  # noqa: B023 - likewise
        ]
        at_once(calls)
        done.claim.refresh_from_db()
        assert done.claim.state == "published"
    assert (Webhook.objects.count(), Delivery.objects.count()) == (0, 0)
