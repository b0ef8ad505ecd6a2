"""The way out against a real server on loopback: redirects, bombs, slow and broken answers, rebinding, TLS."""

import datetime
import gzip
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from claims import egress
from claims.egress import EgressFailed, EgressRefused, Fetched
from tests.integration.loopback import Answer, Server, http

ALLOW = frozenset({"127.0.0.1"})
SECRET = b"top secret of the inner network"


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def fetch(url: str, limit_bytes: int = 1000, timeout_s: float = 20, accept: Sequence[str] = ()) -> Fetched:
    return egress.fetch(url, limit_bytes=limit_bytes, timeout_s=timeout_s, accept=accept, allow=ALLOW)


def failure(url: str, limit_bytes: int = 1000, timeout_s: float = 20, accept: Sequence[str] = ()) -> str:
    with pytest.raises(EgressFailed) as caught:
        fetch(url, limit_bytes, timeout_s, accept)
    assert SECRET.decode() not in str(caught.value)
    return caught.value.code


def test_a_page_is_fetched_whole(server: Server) -> None:
    server.answers["/a?b=c"] = http(b"<p>\xc3\xa9</p>", Content_Type="Text/HTML; charset=UTF-8")
    before = datetime.datetime.now(datetime.UTC)
    page = fetch(server.url("/a?b=c#part"), accept=("text/html",))
    assert (page.status, page.content_type, page.charset, page.body) == (200, "text/html", "utf-8", b"<p>\xc3\xa9</p>")
    assert before <= page.fetched_at <= datetime.datetime.now(datetime.UTC)
    request = server.requests[0]
    assert request.startswith("GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in request
    assert f"User-Agent: {egress.USER_AGENT}\r\n" in request
    assert "Accept-Encoding: gzip, identity\r\n" in request
    assert "Accept: text/html\r\n" in request


def test_an_error_page_is_an_answer(server: Server) -> None:
    server.answers["/gone"] = http(b"gone", "410 Gone", Content_Type="text/plain")
    page = fetch(server.url("/gone"), accept=("text/html",))
    assert (page.status, page.body) == (410, b"gone")


def test_no_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    server.answers["/"] = http(b"direct")
    assert fetch(server.url("/")).body == b"direct"


@pytest.mark.parametrize("status", ["301 A", "302 B", "303 C", "307 D", "308 E"])
def test_redirects_are_followed(server: Server, status: str) -> None:
    server.answers["/old"] = http(status=status, Location="new page/\u00e9")
    server.answers["/new%20page/%C3%A9"] = http(b"here")
    page = fetch(server.url("/old"))
    assert page.body == b"here"
    assert page.final_url == server.url("/new%20page/%C3%A9")


def test_five_redirects_and_no_more(server: Server) -> None:
    for hop in range(7):
        server.answers[f"/{hop}"] = http(status="302 Found", Location=f"/{hop + 1}")
    server.answers["/7"] = http(b"end")
    assert fetch(server.url("/2")).body == b"end"
    assert failure(server.url("/1")) == "redirects"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.2:{port}/secret", "inside"),
        ("//10.0.0.1/secret", "inside"),
        ("http://localhost:{port}/secret", "inside"),
        ("http://2130706433:{port}/secret", "disguised"),
        ("http://[::ffff:127.0.0.1]:{port}/secret", "inside"),
        ("http://169.254.169.254/latest/meta-data", "inside"),
        ("http://example.org@127.0.0.1:{port}/secret", "userinfo"),
        ("http://example.org\\@127.0.0.1:{port}/secret", "userinfo"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://127.0.0.1:{port}/secret", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://[::1", "malformed"),
    ],
)
def test_a_redirect_inside_is_refused_at_the_hop(server: Server, location: str, code: str) -> None:
    server.answers["/start"] = http(SECRET, "302 Found", Location=location.format(port=server.port))
    server.answers["/secret"] = http(SECRET)
    with pytest.raises(EgressRefused) as caught:
        fetch(server.url("/start"))
    assert caught.value.code == code
    assert SECRET.decode() not in str(caught.value)
    assert len(server.requests) == 1


def test_the_name_is_looked_up_once_and_the_checked_address_is_used(server: Server) -> None:
    """DNS rebinding: the first answer is harmless, every later one leads inside."""
    lookups = []

    def rebinding(host: str, port: int) -> list[str]:
        lookups.append(host)
        return ["127.0.0.1"] if len(lookups) == 1 else ["10.0.0.1"]

    server.answers["/"] = http(b"pinned")
    page = egress.fetch(server.url("/", "news.example"), limit_bytes=99, timeout_s=20, allow=ALLOW, resolver=rebinding)
    assert page.body == b"pinned"
    assert lookups == ["news.example"]
    assert f"Host: news.example:{server.port}\r\n" in server.requests[0]


def test_a_name_that_rebinds_between_two_hops_is_refused(server: Server) -> None:
    found = iter([["127.0.0.1"], ["10.0.0.1"]])
    server.answers["/"] = http(status="302 Found", Location="/again")
    with pytest.raises(EgressRefused):
        egress.fetch(
            server.url("/", "news.example"),
            limit_bytes=99,
            timeout_s=20,
            allow=ALLOW,
            resolver=lambda host, port: next(found),
        )
    assert len(server.requests) == 1


def test_the_next_checked_address_is_tried_when_one_does_not_answer(server: Server) -> None:
    server.answers["/"] = http(b"second")
    allow = {"127.0.0.1", "127.0.0.3"}
    page = egress.fetch(
        server.url("/", "news.example"),
        limit_bytes=99,
        timeout_s=20,
        allow=allow,
        resolver=lambda host, port: ["127.0.0.3", "127.0.0.1"],
    )
    assert page.body == b"second"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/") == "no_connection"


def test_gzip_is_unpacked_even_in_several_members(server: Server) -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    server.answers["/"] = http(packed, Content_Encoding="gzip")
    assert fetch(server.url("/")).body == b"one two"


def test_an_empty_body_marked_as_gzip_is_empty(server: Server) -> None:
    server.answers["/"] = http(b"", Content_Encoding="gzip")
    assert fetch(server.url("/")).body == b""


@pytest.mark.parametrize("size", [1000, 1001])
@pytest.mark.parametrize("packed", [False, True])
def test_the_limit_holds_to_the_byte(server: Server, size: int, packed: bool) -> None:
    body = b"a" * size
    server.answers["/"] = http(gzip.compress(body), Content_Encoding="gzip") if packed else http(body)
    if size > 1000:
        assert failure(server.url("/")) == "too_large"
    else:
        assert fetch(server.url("/")).body == body


def test_a_gzip_bomb_stops_at_the_limit(server: Server) -> None:
    """50 MB in 50 kB: the memory stays near the limit."""
    bomb = gzip.compress(bytes(50_000_000))
    server.answers["/"] = http(bomb, Content_Encoding="gzip")
    assert failure(server.url("/"), limit_bytes=100_000) == "too_large"
    gunzip = egress._Gunzip(100_000)
    assert sum(len(gunzip.feed(bomb[at : at + 16384])) for at in range(0, len(bomb), 16384)) == 100_001


def test_an_endless_answer_stops_at_the_limit(server: Server) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    server.answers["/"] = endless
    assert failure(server.url("/")) == "too_large"


def test_an_answer_that_announces_too_much_is_not_read(server: Server) -> None:
    server.answers["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"
    assert failure(server.url("/")) == "too_large"


def drip(*, head: bytes = b"", piece: bytes) -> Answer:
    """An answer that never ends and sends one piece so often that no single read ever times out."""

    def behaviour(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(3000):
            connection.sendall(piece)
            time.sleep(0.01)

    return behaviour


@pytest.mark.parametrize(
    "behaviour",
    [
        drip(head=b"HTTP/1.1 200 OK\r\n\r\n", piece=b"x"),
        drip(head=b"HTTP/1.1 200 OK\r\nX-Slow: ", piece=b"x"),
        drip(piece=b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(head=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", piece=b"1\r\nx\r\n"),
    ],
    ids=["body", "header", "continue", "chunks"],
)
def test_time_is_capped_as_a_whole_and_not_for_each_read(server: Server, behaviour: Answer) -> None:
    server.answers["/"] = behaviour
    assert failure(server.url("/"), limit_bytes=10_000_000, timeout_s=0.5) == "timeout"


def test_silence_is_a_timeout(server: Server) -> None:
    server.answers["/"] = lambda connection: server.wait_until_closed()
    assert failure(server.url("/"), timeout_s=0.3) == "timeout"


def test_a_slow_name_server_counts_into_the_time(server: Server) -> None:
    def slow(host: str, port: int) -> list[str]:
        server.wait_until_closed()
        return ["127.0.0.1"]

    with pytest.raises(EgressFailed) as caught:
        egress.fetch("https://news.example/", limit_bytes=9, timeout_s=0.3, allow=ALLOW, resolver=slow)
    assert caught.value.code == "timeout"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "broken"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "broken"),
        (b"HTTP/1.1 999999 " + SECRET + b"\r\n\r\n", "broken"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", "broken"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n", "broken"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + SECRET, "broken"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "broken"),
        (http(b"not gzip " + SECRET, Content_Encoding="gzip"), "broken"),
        (http(gzip.compress(SECRET)[:-9], Content_Encoding="gzip"), "broken"),
        (http(SECRET, Content_Encoding="br"), "encoding"),
        (http(SECRET, Content_Encoding="gzip, gzip"), "encoding"),
        (http(SECRET, Content_Type="application/x-secret"), "content_type"),
        (http(SECRET), "content_type"),
    ],
)
def test_answers_that_cannot_be_used_are_never_echoed(server: Server, answer: bytes, code: str) -> None:
    server.answers["/"] = answer
    accept = ("text/html",) if code == "content_type" else ()
    assert failure(server.url("/"), accept=accept) == code


def test_a_webhook_is_posted_once_with_its_headers(server: Server) -> None:
    server.answers["/hook"] = http(b"ok", "202 Accepted")
    body = json.dumps({"verdict": 1}).encode()
    headers = {"Content-Type": "application/json", "X-Signature": "abc"}
    answer = egress.post(server.url("/hook"), body, headers, allow=ALLOW)
    assert (answer.status, answer.body) == (202, b"ok")
    request = server.requests[0]
    assert request.startswith("POST /hook HTTP/1.1\r\n")
    assert "X-Signature: abc\r\n" in request
    assert request.endswith("\r\n\r\n" + body.decode())


def test_a_webhook_that_is_gone_says_so(server: Server) -> None:
    server.answers["/hook"] = http(b"", "410 Gone")
    assert egress.post(server.url("/hook"), b"{}", {}, allow=ALLOW).status == 410


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http(b"x" * (64 * 1024 + 1)), "too_large"),
        (http(b"", "307 Temporary Redirect", Location="/elsewhere"), "redirects"),
    ],
    ids=["large", "redirect"],
)
def test_a_webhook_has_its_caps(server: Server, answer: bytes, code: str) -> None:
    server.answers["/hook"] = answer
    with pytest.raises(EgressFailed) as caught:
        egress.post(server.url("/hook"), b"{}", {}, allow=ALLOW)
    assert caught.value.code == code
    assert len(server.requests) == 1


def test_a_webhook_that_answers_without_an_end_is_a_timeout(server: Server) -> None:
    server.answers["/hook"] = drip(head=b"HTTP/1.1 200 OK\r\n\r\n", piece=b"x")
    with pytest.raises(EgressFailed) as caught:
        egress.post(server.url("/hook"), b"{}", {}, allow=ALLOW, timeout_s=0.5)
    assert caught.value.code == "timeout"


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate authority of its own for one host: paths of the certificate and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_path, key_path


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An https server for news.example that the egress trusts."""
    cert, key = certificate(tmp_path, "news.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    egress._tls_context.cache_clear()
    running = Server(context)
    running.answers["/"] = http(b"safe")
    yield running
    running.close()
    egress._tls_context.cache_clear()


def fetch_named(server: Server, host: str) -> Fetched:
    return egress.fetch(
        server.url("/", host),
        limit_bytes=99,
        timeout_s=20,
        allow=ALLOW,
        resolver=lambda name, port: ["127.0.0.1"],
    )


def test_the_certificate_is_checked_against_the_name_and_not_the_address(secure: Server) -> None:
    assert fetch_named(secure, "news.example").body == b"safe"
    with pytest.raises(EgressFailed) as caught:
        fetch_named(secure, "other.example")
    assert caught.value.code == "tls"
    assert failure(secure.url("/")) == "tls"


def test_an_unknown_authority_is_not_trusted(secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    egress._tls_context.cache_clear()
    with pytest.raises(EgressFailed) as caught:
        fetch_named(secure, "news.example")
    assert caught.value.code == "tls"


def test_a_handshake_that_never_ends_is_a_timeout(server: Server) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        assert failure(f"https://127.0.0.1:{listener.getsockname()[1]}/", timeout_s=0.3) == "timeout"
    finally:
        listener.close()
