"""What receivers get, in which order, how often; what happens to those that do not answer; and what nobody is told."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings as Environment

from claims import egress
from claims.models.desks import Role
from claims.models.events import Event
from claims.models.jobs import Job
from claims.models.notifications import Notification
from claims.models.publication import Publication
from claims.models.webhooks import Delivery
from claims.rules.refusals import Conflict
from claims.rules.webhooks import ATTEMPTS, CHOICES, KEPT_FOR
from claims.rules.workflow import ReopenReason
from claims.services import publication, review, webhooks
from claims.services.webhooks import Settings, sending
from tests import factories
from tests.blind import FIRST, SECOND, SETTLED, both_in, half_reviewed
from tests.factories import World
from tests.integration.loopback import Server, http
from tests.integration.receiving import OK, added, due_now, parts, send, signed, told

CORRECTION = publication.Note("correction", "The number was wrong.")


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


# --- What is told -----------------------------------------------------------------------------------------------------


def test_a_verdict_is_told_when_it_is_published_corrected_and_retracted(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    done = factories.published(world)
    publication.reopen(done.claim_id, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    again = factories.reviewed(world, claim=done.claim)
    publication.publish(again.claim.pk, actor=world.carol, note=CORRECTION)
    publication.retract(done.claim_id, actor=world.carol, note="The report was forged.")
    send()
    assert told(receiver) == ["verdict.published", "verdict.corrected", "verdict.retracted"]
    messages = [parts(request)[1] for request in receiver.requests]
    assert [each["data"]["position"] for each in messages] == sorted(each["data"]["position"] for each in messages)
    rows = Publication.objects.order_by("position").values(*publication.ROW)
    for message, row in zip(messages, rows, strict=True):
        entry = publication.entry(row)
        assert message["data"]["desk"] == "harbour"
        assert message["data"] | {"published_at": 0, "as_of": 0} == entry | {
            "desk": "harbour",
            "published_at": 0,
            "as_of": 0,
        }
        assert message["timestamp"] == message["data"]["published_at"] == f"{row['published_at']:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert messages[2]["data"]["claim"] == {"id": done.claim_id, "text": None}, "of what is retracted a tombstone"
    assert all(signed(request, webhooks.secret_of(webhook)) for request in receiver.requests)
    assert {row.state for row in webhook.deliveries.all()} == {"delivered"}
    assert {row.status for row in webhook.deliveries.all()} == {200}
    assert factories.history_is_whole()


def test_the_step_in_public_has_it_sent_without_the_clock(
    world: World, receiver: Server, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    added(world, receiver)
    done = factories.reviewed(world)
    with django_capture_on_commit_callbacks(execute=True):
        factories.published(world, done)
    assert Job.objects.open().filter(name="claims.send_webhooks").count() == 1
    factories.perform()
    assert told(receiver) == ["verdict.published"]


def test_only_what_was_asked_for_is_told_and_only_of_ones_own_desk(world: World, receiver: Server) -> None:
    for path in ("/retracted", "/elsewhere"):
        receiver.answers[path] = OK
    added(world, receiver, "/retracted", ["verdict.retracted"])
    elsewhere = Settings("Another's", receiver.url("/elsewhere"), list(CHOICES))
    webhooks.add(world.elsewhere, elsewhere, actor=world.mallory)
    factories.published(world)
    send()
    assert receiver.requests == []


def test_a_step_that_is_rolled_back_is_told_to_nobody(world: World, receiver: Server) -> None:
    added(world, receiver)
    done = factories.reviewed(world)
    with transaction.atomic():
        factories.published(world, done)
        transaction.set_rollback(True)
    send()
    assert (receiver.requests, Delivery.objects.count()) == ([], 0)


def test_what_is_the_desks_own_is_told_by_ids_alone(world: World, receiver: Server) -> None:
    added(world, receiver, kinds=CHOICES)
    done = factories.reviewed(world)
    send()
    messages = [parts(request)[1] for request in receiver.requests]
    assert [(each["type"], each["data"]) for each in messages] == [
        (
            "article.extracted",
            {
                "desk": "harbour",
                "article": done.claim.article_id,
                "url": f"http://localhost:8000/api/v1/articles/{done.claim.article_id}",
            },
        ),
        (
            "claim.decided",
            {
                "desk": "harbour",
                "claim": done.claim.pk,
                "url": f"http://localhost:8000/api/v1/claims/{done.claim.pk}",
            },
        ),
    ]


def test_nothing_of_an_open_second_review_is_told(receiver: Server, db: None) -> None:
    world = factories.world(second_review_share=1.0)
    added(world, receiver, kinds=CHOICES)
    half = half_reviewed(world)
    send()
    assert told(receiver) == ["article.extracted"]
    both_in(half)
    send()
    assert told(receiver) == ["article.extracted"], "that the two differ is told to nobody either"
    review.adjudicate(half.claim.pk, world.carol, SETTLED)
    send()
    assert told(receiver) == ["article.extracted", "claim.decided"]
    everything = "".join(receiver.requests)
    for word in (FIRST, SECOND, "misleading", "mostly_true", "unproven", "Alice", "alice", "Bob", "Carol"):
        assert word not in everything, word


def test_what_fails_is_tried_again_later_with_the_same_id_and_keeps_the_order(world: World, receiver: Server) -> None:
    webhook = added(world, receiver, kinds=["claim.decided", "verdict.published"])
    receiver.answers["/hook"] = http(status="500 Oh no")
    factories.published(world)
    send()
    first, second = webhook.deliveries.order_by("pk")
    assert (first.state, first.attempts, first.status) == ("pending", 1, 500)
    assert first.error == "The receiver answered with 500."
    assert second.attempts == 0, "what comes after it waits"
    assert first.tried_at
    # Ten seconds, more or less, after the answer, for which a slow machine takes a while.
    assert timedelta(seconds=7) < first.due_at - first.tried_at < timedelta(seconds=60)
    send()
    assert len(receiver.requests) == 1, "it is not due yet"
    receiver.answers["/hook"] = OK
    due_now()
    send()
    assert told(receiver) == ["claim.decided", "claim.decided", "verdict.published"]
    ids = [parts(request)[0]["webhook-id"] for request in receiver.requests]
    assert ids[0] == ids[1] != ids[2]
    assert receiver.requests[0].partition("\r\n\r\n")[2] == receiver.requests[1].partition("\r\n\r\n")[2]


def test_one_that_never_answers_is_disabled_in_the_end_and_the_admins_are_told(world: World, receiver: Server) -> None:
    eve = factories.member(world.desk, "eve", Role.ADMIN)
    webhook = added(world, receiver)
    receiver.answers["/hook"] = http(status="503 Away")
    factories.published(world)
    for _ in range(ATTEMPTS + 3):
        due_now()
        send()
    assert len(receiver.requests) == ATTEMPTS
    webhook.refresh_from_db()
    assert webhook.state == "disabled"
    assert webhook.reason.startswith("Nothing arrived in 12 attempts. The last time: The receiver answered with 503. ")
    people = Notification.objects.filter(kind="webhook_disabled").values_list("user__username", flat=True)
    assert sorted(people) == ["dora", eve.username]
    (event,) = Event.objects.filter(kind="desk.webhook_disabled")
    assert (event.actor, event.from_state, event.to_state) == (None, "active", "disabled")
    # An admin resumes it: nothing of what happened meanwhile is lost.
    receiver.answers["/hook"] = OK
    publication.retract(Publication.objects.get().claim_id, actor=world.carol, note="Forged.")
    webhooks.resume(webhook, actor=world.dora)
    send()
    assert told(receiver)[ATTEMPTS:] == ["verdict.published", "verdict.retracted"]
    assert factories.history_is_whole()


def test_gone_ends_it_at_once(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    receiver.answers["/hook"] = http(status="410 Gone")
    factories.published(world)
    send()
    webhook.refresh_from_db()
    assert (webhook.state, webhook.reason) == ("disabled", "The receiver answered with 410: it wants nothing more.")
    assert webhook.deliveries.get().state == "failed"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (http(status="302 Found", Location="https://example.org/"), "The address redirects"),
        (http(b"x" * 65_537), "The answer is larger than 65,536 bytes."),
        (b"SSH-2.0 secret of the inner network\r\n", "The site broke off"),
        (http(b"secret of the inner network", "404 Not Found"), "The receiver answered with 404."),
    ],
)
def test_what_is_no_answer_fails_and_is_never_repeated(
    world: World, receiver: Server, answer: bytes, said: str
) -> None:
    webhook = added(world, receiver)
    receiver.answers["/hook"] = answer
    factories.published(world)
    send()
    row = webhook.deliveries.get()
    assert (row.state, row.attempts) == ("pending", 1)
    assert row.error.startswith(said)
    assert "secret" not in row.error


def test_an_address_that_leads_inside_by_now_is_not_asked(
    world: World, receiver: Server, settings: Environment
) -> None:
    webhook = added(world, receiver)
    settings.EGRESS_ALLOW = ()
    factories.published(world)
    send()
    assert receiver.requests == []
    row = webhook.deliveries.get()
    assert (row.state, row.status) == ("pending", None)
    assert "private or local network" in row.error


@pytest.mark.parametrize("step", ["post", "body"])
def test_a_fault_of_ours_with_one_receiver_keeps_no_other_from_being_told(
    world: World, receiver: Server, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Nothing that the step is known to raise: what nobody thought of."""
    where = egress if step == "post" else sending
    right = getattr(where, step)

    def wrong(first: Any, *args: Any, **kwargs: Any) -> Any:
        address = first if step == "post" else first.webhook.url
        if address.endswith("/strange"):
            raise ValueError("what nobody thought of")
        return right(first, *args, **kwargs)

    monkeypatch.setattr(where, step, wrong)
    strange, other = added(world, receiver, "/strange"), added(world, receiver)
    factories.published(world)
    send()
    assert other.deliveries.get().state == "delivered"
    failed = strange.deliveries.get()
    assert (failed.state, failed.attempts) == ("pending", 1)
    assert failed.tried_at
    assert failed.due_at > failed.tried_at
    assert failed.error == "The request failed within the workbench; its log says why."


def test_a_slow_receiver_makes_no_other_wait(world: World, receiver: Server) -> None:
    """The slow one answers only after the quick one has got everything, which comes in while the slow one is asked."""
    quick_has_all = threading.Event()

    def slow_answer(sock: Any) -> None:
        quick_has_all.wait(8)
        sock.sendall(OK)

    def quick(sock: Any) -> None:
        sock.sendall(OK)
        if sum(request.startswith("POST /quick") for request in receiver.requests) == 3:
            quick_has_all.set()

    receiver.answers |= {"/slow": slow_answer, "/quick": quick}
    slow = added(world, receiver, "/slow", ["article.extracted"])
    fast = added(world, receiver, "/quick", CHOICES)
    factories.published(world)
    send()
    assert quick_has_all.is_set()
    assert list(fast.deliveries.values_list("state", "attempts")) == [("delivered", 1)] * 3
    assert list(slow.deliveries.values_list("state", "attempts")) == [("delivered", 1)]


def test_one_that_hangs_holds_the_worker_for_a_round_and_no_longer(
    world: World, receiver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers only once the job is over, which would wait for it without a limit of its own."""
    monkeypatch.setattr("claims.services.webhooks.sending.ROUND_S", 2)
    over = threading.Event()

    def hang(_sock: Any) -> None:
        over.wait(60)

    receiver.answers["/hook"] = hang
    webhook = added(world, receiver)
    factories.published(world)
    send()
    over.set()
    row = webhook.deliveries.get()
    assert (row.state, row.attempts, row.status) == ("pending", 1, None)
    assert re.fullmatch(r"No full answer came within [12] seconds\.", row.error)
    assert Job.objects.filter(name="claims.send_webhooks", state="done").count() == 1


def test_paused_is_silent_and_resumed_has_it_all(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    webhooks.pause(webhook, actor=world.dora)
    factories.published(world)
    send()
    assert receiver.requests == []
    with pytest.raises(Conflict):
        webhooks.send_test(webhook, actor=world.dora)
    webhooks.resume(webhook, actor=world.dora)
    send()
    assert told(receiver) == ["verdict.published"]


def test_a_message_can_be_sent_again_and_is_the_same_one(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    factories.published(world)
    send()
    webhooks.send_again(webhook.deliveries.get(), actor=world.dora)
    send()
    first, again = receiver.requests
    assert parts(first)[0]["webhook-id"] == parts(again)[0]["webhook-id"]
    assert parts(first)[1] == parts(again)[1]


def test_a_test_tells_of_nothing(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    webhooks.send_test(webhook, actor=world.dora)
    with pytest.raises(Conflict):
        webhooks.send_test(webhook, actor=world.dora)
    send()
    (request,) = receiver.requests
    assert parts(request)[1]["data"] == {"desk": "harbour", "webhook": webhook.pk}
    webhooks.send_test(webhook, actor=world.dora)


def test_what_is_too_old_is_forgotten(world: World, receiver: Server) -> None:
    webhook = added(world, receiver)
    factories.published(world)
    send()
    webhooks.send_test(webhook, actor=world.dora)
    Delivery.objects.filter(kind="verdict.published").update(created_at=Now() - KEPT_FOR - timedelta(minutes=1))
    webhooks.plan()
    assert list(webhook.deliveries.values_list("kind", flat=True)) == ["webhook.test"]
