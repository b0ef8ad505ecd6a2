"""Whose request it is, as far as the network tells."""

import logging
import random
import uuid
from typing import Any, cast

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_structlog import middlewares

LINES = logging.getLogger(middlewares.request.__name__)


def client_address(request: HttpRequest) -> str:
    """The address that the outermost trusted proxy saw; without proxies the peer's own.

    Each proxy appends the address that it saw to X-Forwarded-For, so only the last TRUSTED_PROXIES entries can be
    believed; what stands before them is the client's own invention.
    """
    forwarded: list[str] = [
        part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
    ]
    proxies: int = settings.TRUSTED_PROXIES
    if 0 < proxies <= len(forwarded):
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


class RequestLogMiddleware(middlewares.RequestMiddleware):
    """Logs each request, with the address above: the library believes every address that a client invents.

    Where the two lines about a request would not be written, only what other lines tell of it is put together. Styles,
    scripts and pictures are not logged.
    """

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        # As the library does it, which asks at every request whether it is one of an event loop: here is none.
        self.prepare(request)
        answer = self.get_response(request)
        self.handle_response(request, cast(HttpResponse, answer))
        return answer

    def prepare(self, request: HttpRequest) -> None:
        if LINES.isEnabledFor(logging.INFO):
            super().prepare(request)
            return
        # A number that tells requests apart. One that nobody can guess is asked of the system, at which another thread
        # takes over.
        request_id = uuid.UUID(int=random.getrandbits(128), version=4)
        structlog.contextvars.bind_contextvars(request_id=str(request_id), ip=client_address(request))

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.status_code < 400 and not response.streaming and not LINES.isEnabledFor(logging.INFO):
            structlog.contextvars.clear_contextvars()
            return
        super().handle_response(request, response)

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request))
