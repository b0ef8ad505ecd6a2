"""Webhooks by a real worker to a real receiver: away, broken; and a worker that is killed in mid-request (F1, F22)."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db.models.functions import Now

from claims.models.jobs import Job
from claims.models.webhooks import Delivery, Webhook
from claims.services import publication, webhooks
from claims.services.webhooks import Settings
from tests import factories
from tests.concurrency import wait_for
from tests.conftest import running_beat, running_worker
from tests.factories import World
from tests.faults.conftest import PATIENCE_S, kill_group
from tests.integration.loopback import Server, http
from tests.integration.receiving import OK, parts, signed
from tests.servers import Run
from workbench.stack.processes import Child

CHOSEN = ["verdict.published", "verdict.retracted"]


@pytest.fixture(scope="module")
def worker_process(run: Run, program_environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    """A worker that may reach this machine."""
    with running_worker(run, program_environment | {"EGRESS_ALLOW": "127.0.0.1"}, broker) as child:
        yield child


@pytest.fixture(scope="module")
def beat_process(run: Run, program_environment: dict[str, str], broker: "redis.Redis") -> Iterator[Child]:
    with running_beat(run, program_environment, broker) as child:
        yield child


@pytest.fixture
def receiver(settings: Any) -> Iterator[Server]:
    settings.EGRESS_ALLOW = ("127.0.0.1",)
    server = Server()
    yield server
    server.close()


def added(world: World, receiver: Server, path: str) -> Webhook:
    wanted = Settings(path, receiver.url(path), CHOSEN)
    return webhooks.add(world.desk, wanted, actor=world.dora)


def ids(receiver: Server, path: str) -> list[str]:
    """The ids of what came to the path, in the order in which it came."""
    return [parts(each)[0]["webhook-id"] for each in receiver.requests if each.startswith(f"POST {path} ")]


def delivered(webhook: Webhook, count: int) -> bool:
    return webhook.deliveries.filter(state="delivered").count() == count


def tried(webhook: Webhook) -> bool:
    """That an attempt failed, and the next one has its time."""
    return webhook.deliveries.filter(state="pending", attempts__gte=1).exclude(error="").exists()


def test_what_is_broken_or_away_gets_everything_in_the_end_and_the_others_at_once(
    world: World, worker: Child, beat: Child, receiver: Server
) -> None:
    away = Server()
    receiver.answers |= {"/well": OK, "/broken": http(status="500 Oh no")}
    well, broken, gone = added(world, receiver, "/well"), added(world, receiver, "/broken"), added(world, away, "/away")
    away.close()
    done = factories.published(world)
    publication.retract(done.claim_id, actor=world.carol, note="Forged.")
    wait_for(lambda: delivered(well, 2), "the one that works had both", PATIENCE_S)
    wait_for(lambda: tried(broken) and tried(gone), "the others were tried", PATIENCE_S)
    assert not Delivery.objects.filter(webhook__in=[broken, gone], state="delivered").exists()
    receiver.answers |= {"/broken": OK, "/away": OK}
    Webhook.objects.filter(pk=gone.pk).update(url=receiver.url("/away"))
    Delivery.objects.filter(state="pending").update(due_at=Now())
    wait_for(lambda: delivered(broken, 2) and delivered(gone, 2), "they had both in the end", PATIENCE_S)
    for path, webhook in (("/well", well), ("/broken", broken), ("/away", gone)):
        told = [each for each in receiver.requests if each.startswith(f"POST {path} ")]
        assert all(signed(each, webhooks.secret_of(webhook)) for each in told)
        order = list(dict.fromkeys(ids(receiver, path)))
        assert order == [row.message_id for row in webhook.deliveries.order_by("pk")]
        assert json.loads(told[-1].partition("\r\n\r\n")[2])["type"] == "verdict.retracted"
    assert factories.history_is_whole()


def test_a_worker_that_is_killed_in_mid_request_sends_the_same_message_again(
    world: World, worker: Child, beat: Child, receiver: Server
) -> None:
    asked, killed = threading.Event(), threading.Event()

    def hang(sock: Any) -> None:
        asked.set()
        killed.wait(PATIENCE_S)
        # Nobody reads it any more; the receiver has the message, and the workbench does not know.
        sock.sendall(OK)

    receiver.answers["/hook"] = hang
    webhook = added(world, receiver, "/hook")
    done = factories.published(world)
    publication.retract(done.claim_id, actor=world.carol, note="Forged.")
    assert asked.wait(PATIENCE_S), "the receiver was never asked"
    kill_group(worker)
    receiver.answers["/hook"] = OK
    killed.set()
    assert not webhook.deliveries.filter(state="delivered").exists()
    worker.start()
    wait_for(lambda: delivered(webhook, 2), "everything was delivered", PATIENCE_S)
    wait_for(lambda: not Job.objects.open().exists(), "nothing was left to do", PATIENCE_S)
    first, second = (row.message_id for row in webhook.deliveries.order_by("pk"))
    assert ids(receiver, "/hook") == [first, first, second]
    assert Counter(webhook.deliveries.values_list("attempts", flat=True)) == {2: 1, 1: 1}
    assert factories.history_is_whole()
