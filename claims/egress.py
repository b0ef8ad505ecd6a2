"""The one way out: every request that this program sends to the outside goes through here.

A person may type any address, so an address must not be able to lead inside (server-side request forgery, OWASP SSRF
cheat sheet). The order of the defence: the text of the address is checked; the name is resolved once; *all* of its
addresses are checked; the connection is made to one of the checked addresses, never by name (so that DNS rebinding has
nothing to rebind); every redirect goes through all of this again. Time is capped as a whole, size is capped before and
after decompression, and no error repeats what the other side answered.

The ranges come from requests-hardened and the reading of addresses from requests. Their own sessions are not used:
they look at the first address only, and cap the time of each read but not of the whole.
"""

import contextlib
import functools
import http.client
import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import certifi
import requests
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

USER_AGENT = "verification-workbench/0.1 (fact-checking desk)"
MAX_REDIRECTS = 5
MAX_URL_LENGTH = 2048
POST_TIMEOUT_S = 10.0
POST_LIMIT_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 5.0
CHUNK_BYTES = 16 * 1024

Resolver = Callable[[str, int], Sequence[str]]  # takes a host name and a port, gives its addresses as text

INSIDE_SUFFIXES = frozenset({"local", "localhost", "localdomain", "internal", "intranet", "private", "corp", "home",
                             "lan", "svc", "arpa"})  # fmt: skip
# Ordinary public unicast lies here; everything else in IPv6 is local, transitional, multicast or not given out.
GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
BLOCKED_NETWORKS: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
    *EXTRA_BLOCKED_NET_RANGES,
    ipaddress.ip_network("2001::/32"),  # Teredo carries an IPv4 address inside
    ipaddress.ip_network("168.63.129.16/32"),  # Azure's platform address: metadata at a public-looking number
)


class EgressError(Exception):
    """Nothing came of a request. `code` is stable; the message is fit for the person who typed the address."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class EgressRefused(EgressError):  # noqa: N818 - it names what happened
    """The address may not be asked, and was not."""


class EgressFailed(EgressError):  # noqa: N818 - it names what happened
    """The address was asked and gave nothing usable; the message never repeats the answer."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `content_type` is the bare lower-case media type, `charset` what the header claims ("" if nothing).

    `body` is decompressed; `fetched_at` is aware UTC; redirects were followed to `final_url`.
    """

    final_url: str
    status: int
    content_type: str
    charset: str
    body: bytes
    fetched_at: datetime


class Target(NamedTuple):
    """An address read once; checks and connection use these same parts, so no two parsers can disagree."""

    url: str
    scheme: str
    host: str
    port: int
    path: str


def system_resolver(host: str, port: int) -> list[str]:
    """All addresses that the system knows for the host; raises OSError."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def fetch(
    url: str,
    *,
    limit_bytes: int,
    timeout_s: float,
    accept: Sequence[str] = (),
    allow: Collection[str] = (),
    resolver: Resolver = system_resolver,
) -> Fetched:
    """GET the address, following up to five redirects. Any status is an answer; the caller judges it.

    `limit_bytes` caps the body before and after decompression, `timeout_s` the whole of it: names, redirects, body.
    `accept` lists the media types that are wanted of a 2xx answer (empty: any). `allow` lists exact IP addresses that
    are not checked; it exists for tests. Raises EgressRefused before connecting, EgressFailed afterwards.
    """
    limits = _Limits(_Deadline(timeout_s), limit_bytes, accept, allow, resolver)
    for _hop in range(MAX_REDIRECTS + 1):
        target = read_target(url, allow)
        answer = _exchange(target, "GET", None, {"Accept": ", ".join(accept) or "*/*"}, limits)
        if isinstance(answer, Fetched):
            return answer
        url = answer.url
    raise EgressFailed("redirects", f"The address redirects more than {MAX_REDIRECTS} times.")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow: Collection[str] = (),
    resolver: Resolver = system_resolver,
    timeout_s: float = POST_TIMEOUT_S,
) -> Fetched:
    """POST to a webhook: 10 s in all, at most 64 KiB of answer. A redirect is refused: the caller signed for this host.

    Raises EgressRefused before connecting, EgressFailed afterwards.
    """
    limits = _Limits(_Deadline(timeout_s), POST_LIMIT_BYTES, (), allow, resolver)
    answer = _exchange(read_target(url, allow), "POST", body, headers, limits)
    if isinstance(answer, _Redirect):
        raise EgressFailed("redirects", "The address redirects, which a webhook may not do; enter its final address.")
    return answer


def read_target(url: str, allow: Collection[str] = ()) -> Target:
    """Read an address and refuse what must not even be resolved. Raises EgressRefused."""
    if len(url) > MAX_URL_LENGTH:
        raise EgressRefused("too_long", f"The address is longer than {MAX_URL_LENGTH} characters.")
    # Different readers disagree about these signs, which is how an address passes a check and then leads elsewhere.
    if re.search(r"[\x00-\x20\x7f\\]", url.strip(" ")):
        raise EgressRefused("malformed", "The address contains blanks, backslashes or control characters.")
    url = url.strip(" ")
    if not re.match(r"https?://", url, re.IGNORECASE):
        raise EgressRefused("scheme", "Only addresses that begin with http:// or https:// can be fetched.")
    if "@" in re.split(r"[/?#]", url.split("://", 1)[1], maxsplit=1)[0]:
        raise EgressRefused("userinfo", "The address contains a user name or password before the host; remove it.")
    try:
        prepared = requests.Request("GET", url).prepare()
        parts = urlsplit(prepared.url or "")
        host, port = parts.hostname or "", parts.port
    except (ValueError, requests.RequestException) as error:
        raise EgressRefused("malformed", "The address cannot be read: its host or port is malformed.") from error
    _check_host(host, allow)
    port = port or (443 if parts.scheme == "https" else 80)
    return Target(prepared.url or "", parts.scheme, host.rstrip("."), port, prepared.path_url)


def _check_host(host: str, allow: Collection[str]) -> None:
    """Refuse hosts by their text: local names, numbers in disguise, and literal addresses that lead inside."""
    name = host.rstrip(".").lower()
    with contextlib.suppress(ValueError):
        check_address(ipaddress.ip_address(name), allow)
        return
    labels = name.split(".")
    # The URL standard reads a host as an IPv4 address when its last label is a number, decimal, octal or hex
    # (https://url.spec.whatwg.org/#ends-in-a-number-checker), and so do resolvers: 127.1, 0x7f.1, 017700000001.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise EgressRefused("disguised", "The host is a number in an unusual form; use the site's name.")
    if not all(re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", label) for label in labels) or len(name) > 253:
        raise EgressRefused("malformed", "The host of the address is not a valid name.")
    if len(labels) == 1 or labels[-1] in INSIDE_SUFFIXES:
        raise _inside()


def check_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address, allow: Collection[str] = ()) -> None:
    """Raise EgressRefused unless the address is ordinary public unicast (or listed in `allow`)."""
    if str(address) in allow:
        return
    local = isinstance(address, ipaddress.IPv6Address) and (address not in GLOBAL_IPV6 or address.scope_id)
    special = not address.is_global or address.is_multicast or address.is_reserved
    if local or special or any(address in network for network in BLOCKED_NETWORKS):
        raise _inside()


def _inside() -> EgressRefused:
    # The resolved address stays untold: it would map the inner network for whoever asks.
    return EgressRefused("inside", "The address leads to a private or local network, which is not fetched from here.")


class _Deadline:
    """A point in time that the whole exchange must not pass; raises TimeoutError when it has."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        if (left := self._end - time.monotonic()) <= 0:
            raise TimeoutError
        return left


class _Limits(NamedTuple):
    """What holds for all hops of one call."""

    deadline: _Deadline
    limit_bytes: int
    accept: Sequence[str]
    allow: Collection[str]
    resolver: Resolver


class _Redirect(NamedTuple):
    url: str  # absolute


def _exchange(
    target: Target, method: str, body: bytes | None, headers: Mapping[str, str], limits: _Limits
) -> Fetched | _Redirect:
    """One hop: the answer, or the absolute address to go on with."""
    sock = None
    try:
        sock = _connect(target, _resolve(target, limits), limits.deadline)
        response = _send(sock, target, method, body, headers, limits.deadline)
        location = response.headers.get("Location")
        if location and response.status in {301, 302, 303, 307, 308}:
            return _Redirect(_absolute(target.url, location))
        media_type = response.headers.get_content_type() if "Content-Type" in response.headers else ""
        if 200 <= response.status < 300 and limits.accept and media_type not in limits.accept:
            raise EgressFailed(
                "content_type", f"The address does not give what is wanted: {' or '.join(limits.accept)}."
            )
        content = _read_body(response, limits.limit_bytes)
        charset = response.headers.get_content_charset() or ""
        return Fetched(target.url, response.status, media_type, charset, content, datetime.now(UTC))
    except TimeoutError as error:
        raise EgressFailed("timeout", f"No full answer came within {limits.deadline.seconds:g} seconds.") from error
    except ssl.SSLError as error:
        raise EgressFailed("tls", "No secure connection: is the site's certificate valid for its name?") from error
    except (OSError, http.client.HTTPException, zlib.error, UnicodeError) as error:
        raise _broken() from error
    finally:
        if sock is not None:
            sock.close()


def _broken() -> EgressFailed:
    return EgressFailed("broken", "The site broke off or gave an answer that cannot be read.")


def _absolute(url: str, location: str) -> str:
    """Where a redirect leads, with blanks and foreign letters escaped as browsers do."""
    try:
        # http.client reads headers as Latin-1; servers send UTF-8.
        return requests.utils.requote_uri(urljoin(url, location.encode("latin-1").decode("utf-8", "replace")))
    except ValueError as error:
        raise EgressRefused("malformed", "The address redirects to one that cannot be read.") from error


def _resolve(target: Target, limits: _Limits) -> list[str]:
    """The addresses of the target's host, all of them checked; one that leads inside refuses the whole name."""
    results: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            results.put(limits.resolver(target.host, target.port))
        except Exception as error:  # raised again below, in the thread that waits for it
            results.put(error)

    # The system's resolver knows no time limit, and the owner of a name can make it slow; a thread can be left behind.
    threading.Thread(target=ask, daemon=True).start()
    try:
        found = results.get(timeout=limits.deadline.left())
    except queue.Empty as error:
        raise TimeoutError from error
    if isinstance(found, Exception) and not isinstance(found, OSError | UnicodeError):
        raise found
    if isinstance(found, Exception) or not found:
        raise EgressFailed("unknown_host", f"No site with the name {target.host} was found.")
    for address in found:
        check_address(ipaddress.ip_address(address), limits.allow)
    return list(dict.fromkeys(found))


def _connect(target: Target, addresses: Sequence[str], deadline: _Deadline) -> socket.socket:
    """A connection to the first checked address that answers, with TLS for the target's name where it is https."""
    for address in addresses:
        try:
            raw = socket.create_connection((address, target.port), min(CONNECT_TIMEOUT_S, deadline.left()))
        except OSError:
            continue
        raw.settimeout(deadline.left())
        if target.scheme == "http":
            return raw
        return _tls_context().wrap_socket(raw, server_hostname=target.host)  # closes the socket when it fails
    deadline.left()
    raise EgressFailed("no_connection", f"No connection to {target.host} could be made.")


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """The system's certificate authorities and those of certifi, for systems that have none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _TimedStream(io.RawIOBase):
    """Reads of a socket that share one deadline, so that a byte every few seconds cannot hold a worker for ever."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override] # typeshed's Buffer is 3.12's
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)


class _TimedSocket:
    """As much of a socket as http.client uses, under the deadline."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedStream(self._sock, self._deadline), CHUNK_BYTES)

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def close(self) -> None:
        """The exchange closes the socket itself, once the body has been read."""


def _send(
    sock: socket.socket, to: Target, method: str, body: bytes | None, headers: Mapping[str, str], deadline: _Deadline
) -> http.client.HTTPResponse:
    """Send the request on an open connection and read the answer's head."""
    connection = http.client.HTTPConnection(to.host, to.port)
    connection.sock = _TimedSocket(sock, deadline)
    own = {"Host": urlsplit(to.url).netloc, "User-Agent": USER_AGENT}
    own |= {"Accept-Encoding": "gzip, identity", "Connection": "close"}
    connection.request(method, to.path, body, {**headers, **own})
    return connection.getresponse()


def _read_body(response: http.client.HTTPResponse, limit_bytes: int) -> bytes:
    """The decompressed body; raises EgressFailed as soon as either form passes the limit."""
    too_large = EgressFailed("too_large", f"The answer is larger than {limit_bytes:,} bytes.")
    if response.length is not None and response.length > limit_bytes:
        raise too_large
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip"}:
        raise EgressFailed("encoding", "The answer is compressed in a way that was not asked for.")
    gunzip = _Gunzip(limit_bytes) if "gzip" in encoding else None
    body, received = bytearray(), 0
    while chunk := response.read(CHUNK_BYTES):
        received += len(chunk)
        body += gunzip.feed(chunk) if gunzip else chunk
        if max(received, len(body)) > limit_bytes:
            raise too_large
    if response.length or (gunzip and received and not gunzip.stream.eof):
        raise _broken()
    return bytes(body)


class _Gunzip:
    """Decompression that stops one byte past the limit instead of filling the memory; knows several gzip members."""

    def __init__(self, limit_bytes: int) -> None:
        self._room = limit_bytes + 1
        self.stream = zlib.decompressobj(wbits=31)

    def feed(self, chunk: bytes) -> bytes:
        """What the chunk unpacks to, never more than what is left of the limit plus one byte."""
        out = bytearray()
        while chunk and self._room > 0:
            if self.stream.eof:
                self.stream = zlib.decompressobj(wbits=31)
            piece = self.stream.decompress(chunk, self._room)
            out += piece
            self._room -= len(piece)
            chunk = self.stream.unused_data or self.stream.unconsumed_tail
        return bytes(out)
