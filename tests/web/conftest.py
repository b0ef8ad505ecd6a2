"""The pages as their readers see them: a browser session for each person, without a browser."""

import re
from typing import Any, Protocol
from xml.etree import ElementTree

import pytest
from django.test import Client

from tests import factories
from tests.factories import World
from workbench.accounts.models import User


class SignedIn(Protocol):
    def __call__(self, user: User | None = None, **options: Any) -> Client: ...


TOKEN = re.compile(r"""(csrfmiddlewaretoken" value|nonce|X-CSRFToken)[="': ]+[\w-]+""")


def bare(answer: Any) -> str:
    """A page without the tokens that are drawn anew for each answer: what is left tells two answers apart."""
    return TOKEN.sub("", answer.getvalue().decode(errors="replace"))


def parsed(client: Client, address: str) -> ElementTree.Element:
    """An answer in XML, which has to be well formed."""
    return ElementTree.fromstring(client.get(address).content)  # noqa: S314 - of our own making


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def as_() -> SignedIn:
    """A client with the session of that person; of nobody without one."""

    def sign_in(user: User | None = None, **options: Any) -> Client:
        client = Client(**options)
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
