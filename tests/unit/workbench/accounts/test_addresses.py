"""Only what our own proxies wrote is believed."""

import uuid

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from workbench.accounts.addresses import LINES, RequestLogMiddleware, client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),  # nobody in front: the header is the client's invention
        (1, "", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "10.0.0.2", "192.0.2.1"),  # fewer entries than proxies: it did not come through them
    ],
)
def test_client_address(settings: Settings, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=headers)) == address


def test_the_log_does_not_believe_what_a_client_invents() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": "198.51.100.7"})
    with structlog.contextvars.bound_contextvars():
        RequestLogMiddleware.bind_ip(request)
        assert structlog.contextvars.get_contextvars()["ip"] == "192.0.2.1"
        structlog.contextvars.unbind_contextvars("ip")


@pytest.mark.parametrize(
    ("level", "status", "lines"),
    [
        ("INFO", 200, ["request_started", "request_finished"]),
        ("WARNING", 200, []),
        ("WARNING", 404, ["request_finished"]),
    ],
)
def test_what_is_not_written_is_not_put_together(
    caplog: pytest.LogCaptureFixture, level: str, status: int, lines: list[str]
) -> None:
    met: dict[str, object] = {}

    def answer(request: HttpRequest) -> HttpResponse:
        met.update(structlog.contextvars.get_contextvars())
        return HttpResponse(status=status)

    with caplog.at_level(level, logger=LINES.name):
        RequestLogMiddleware(answer)(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1"))
    assert [str(record.msg["event"]) for record in caplog.records if isinstance(record.msg, dict)] == lines
    assert met["ip"] == "192.0.2.1"
    assert len(str(met["request_id"])) == len(str(uuid.UUID(int=0)))
    assert structlog.contextvars.get_contextvars() == {}


def test_styles_and_scripts_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger=LINES.name):
        RequestLogMiddleware(lambda request: HttpResponse())(RequestFactory().get("/static/claims/css/tokens.css"))
    assert not caplog.records
