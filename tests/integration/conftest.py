"""A web site on this machine for what goes out to the web; it is let through by its exact address alone."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django.fixtures import Settings

from tests.integration.loopback import Server
from tests.integration.receiving import OK


@dataclass
class Site:
    """``pages`` are answered by path, as status, media type and body; every other path is 404."""

    port: int
    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)

    def add(self, path: str, body: bytes, content_type: str = "text/html; charset=utf-8", status: int = 200) -> str:
        """Puts a page up; returns its address."""
        self.pages[path] = (status, content_type, body)
        return self.address(path)

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = made.pages.get(self.path, (404, "text/plain", b"not here"))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Site(server.server_port)
    settings.EGRESS_ALLOW = ("127.0.0.1",)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Server]:
    """A server that takes everything at /hook."""
    settings.EGRESS_ALLOW = ("127.0.0.1",)
    server = Server()
    server.answers["/hook"] = OK
    yield server
    server.close()
