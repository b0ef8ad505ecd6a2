"""Whose request it is, as far as the network tells."""

import structlog
from django.conf import settings
from django.http import HttpRequest
from django_structlog import middlewares


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
    """Logs each request, with the address above: the library believes every address that a client invents."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request))
