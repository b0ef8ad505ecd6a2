"""A server on loopback whose every answer a test decides, over TLS too."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

Answer = Callable[[socket.socket], None]


class Server:
    """A server that answers each path with the bytes, or the behaviour, that a test gave it."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, bytes | Answer] = {}
        self.requests: list[str] = []
        self._tls = tls
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def close(self) -> None:
        self._closing.set()
        # The shutdown wakes the thread that waits in accept(); close() alone would leave the port open until then.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def wait_until_closed(self) -> None:
        """For behaviours that never end: holds the connection open as long as the test lasts."""
        self._closing.wait(30)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError), raw:
            connection = self._tls.wrap_socket(raw, server_side=True) if self._tls else raw
            request = b""
            while b"\r\n\r\n" not in request:
                request += _more(connection)
            head, _, body = request.partition(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    while len(body) < int(line.split(b":")[1]):
                        body += _more(connection)
            self.requests.append((head + b"\r\n\r\n" + body).decode())
            answer = self.answers[head.split(b" ")[1].decode()]
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                answer(connection)
            # A clean end of TLS; without it the client could not tell the end from a cut.
            with contextlib.suppress(OSError, ValueError):
                connection.unwrap() if isinstance(connection, ssl.SSLSocket) else connection.shutdown(socket.SHUT_WR)


def _more(connection: socket.socket) -> bytes:
    """Raises ConnectionError where the other side has hung up: nothing more would come, however often one asks."""
    if not (received := connection.recv(4096)):
        raise ConnectionError
    return received


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """An answer with its length; header names are written with underscores."""
    fields = {"Content_Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body
