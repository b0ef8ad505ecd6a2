"""The REST door as its callers see it: a client for each person, with a token of theirs.

Every answer is held against the published description (tests/api/openapi.py).
"""

from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests import factories
from tests.api.openapi import judge
from tests.factories import World
from workbench.accounts import tokens
from workbench.accounts.models import Scope, User


class Api:
    """A client that sends JSON and one person's token, or none. A fault of the server fails the test at once."""

    def __init__(self, secret: str | None = None) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith(("/api/", "http")) else f"/api/v1{path}"
        send = getattr(self.client, method.lower())
        if method in ("GET", "HEAD"):
            answer = send(address, headers=sent)
        else:
            answer = send(address, {} if body is None else body, content_type="application/json", headers=sent)
        judge(method, urlsplit(address).path, answer)
        return answer


class ApiOf(Protocol):
    def __call__(self, owner: User | None = None, *scopes: str) -> Api: ...


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def api() -> ApiOf:
    """``api(user, *scopes)``: that person's client, without scopes with all of them; ``api()``: nobody's."""

    def of(owner: User | None = None, *scopes: str) -> Api:
        return Api(tokens.draw(owner, "test", scopes or Scope.values) if owner else None)

    return of
