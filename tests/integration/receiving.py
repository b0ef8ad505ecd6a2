"""A receiver of webhooks as its programmers would write it, and how the tests have messages sent to it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.models.functions import Now

from claims.models.webhooks import Delivery, Webhook
from claims.rules.webhooks import PUBLIC
from claims.services import webhooks
from claims.services.webhooks import Settings
from tests import factories
from tests.factories import World
from tests.integration.loopback import Server, http

OK = http(b"thanks")


def added(world: World, receiver: Server, path: str = "/hook", kinds: Any = PUBLIC) -> Webhook:
    return webhooks.add(world.desk, Settings("The CMS", receiver.url(path), list(kinds)), actor=world.dora)


def send() -> None:
    """As the clock and the worker do."""
    webhooks.plan()
    factories.perform()


def parts(request: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers (small letters) and the message of a request."""
    head, _, body = request.partition("\r\n\r\n")
    lines = (line.partition(": ") for line in head.split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}, json.loads(body)


def told(receiver: Server) -> list[str]:
    return [parts(request)[1]["type"] for request in receiver.requests]


def due_now() -> None:
    Delivery.objects.filter(state="pending").update(due_at=Now())


def example() -> Callable[[dict[str, str], bytes, str], bool]:
    """The function of docs/api.md with which a receiver verifies a message."""
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.+?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page, which must work
    verified: Callable[[dict[str, str], bytes, str], bool] = names["verified"]
    return verified


verified = example()


def signed(request: str, secret: str, **changed: str) -> bool:
    """Whether a receiver that does as docs/api.md says accepts it, with some headers changed on the way."""
    headers, _ = parts(request)
    body = request.partition("\r\n\r\n")[2]
    return verified(headers | {name.replace("_", "-"): value for name, value in changed.items()}, body.encode(), secret)
