"""Which addresses may be asked. Nothing here opens a socket: what is refused is refused before."""

import contextlib
import ipaddress
import socket
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims import egress
from claims.egress import EgressFailed, EgressRefused

REFUSED_BY_TEXT = [
    # other schemes
    ("file:///etc/passwd", "scheme"),
    ("ftp://example.org/", "scheme"),
    ("gopher://example.org:6379/_FLUSHALL", "scheme"),
    ("dict://example.org:11211/stat", "scheme"),
    ("ldap://example.org/", "scheme"),
    ("jar:http://example.org!/", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("data:text/html,x", "scheme"),
    ("unix:///var/run/docker.sock", "scheme"),
    ("http+unix://%2Fvar%2Frun%2Fdocker.sock/", "scheme"),
    ("//example.org/", "scheme"),
    ("example.org", "scheme"),
    ("", "scheme"),
    ("http:example.org", "scheme"),
    # who is before the host
    ("http://user@example.org/", "userinfo"),
    ("http://user:secret@example.org/", "userinfo"),
    ("http://example.org@127.0.0.1/", "userinfo"),
    ("http://example.org:80@169.254.169.254/latest", "userinfo"),
    ("http://@example.org/", "userinfo"),
    # signs on which readers of addresses disagree
    ("http://example.org\\@127.0.0.1/", "malformed"),
    ("http://127.0.0.1\\.example.org/", "malformed"),
    ("http://example.org/\r\nHost: inside", "malformed"),
    ("http://example.org/\x00", "malformed"),
    ("http://exam\tple.org/", "malformed"),
    ("http://example.org /", "malformed"),
    ("http://127%2e0%2e0%2e1/", "inside"),
    ("http://localhost%00.example.org/", "malformed"),
    ("http://example.org%2f@127.0.0.1/", "userinfo"),
    ("http:///path", "malformed"),
    ("http://", "malformed"),
    ("http://?q", "malformed"),
    ("http://.example.org/", "malformed"),
    ("http://example..org/", "malformed"),
    ("http://-example.org/", "malformed"),
    ("http://*.example.org/", "malformed"),
    ("http://[::1/", "malformed"),
    ("http://[v1.fe80]/", "malformed"),
    ("http://example.org:65536/", "malformed"),
    ("http://example.org:8x/", "malformed"),
    ("http://" + "a" * 64 + ".org/", "malformed"),
    ("http://example.org/" + "a" * 2048, "too_long"),
    # loopback and private, in plain form
    ("http://127.0.0.1/", "inside"),
    ("https://127.0.0.1:8443/", "inside"),
    ("http://127.255.255.254/", "inside"),
    ("http://0.0.0.0/", "inside"),
    ("http://10.0.0.1/", "inside"),
    ("http://172.16.0.1/", "inside"),
    ("http://172.31.255.255/", "inside"),
    ("http://192.168.1.1/", "inside"),
    ("http://100.64.0.1/", "inside"),
    ("http://100.100.100.200/latest/meta-data", "inside"),
    ("http://169.254.169.254/latest/meta-data", "inside"),
    ("http://169.254.170.2/v2/credentials", "inside"),
    ("http://168.63.129.16/metadata", "inside"),
    ("http://192.0.0.192/opc/v2/instance", "inside"),
    ("http://192.0.2.1/", "inside"),
    ("http://198.18.0.1/", "inside"),
    ("http://224.0.0.1/", "inside"),
    ("http://239.255.255.250:1900/", "inside"),
    ("http://240.0.0.1/", "inside"),
    ("http://255.255.255.255/", "inside"),
    ("http://192.88.99.1/", "inside"),
    ("http://127.0.0.1./", "inside"),
    # the same numbers in disguise
    ("http://2130706433/", "disguised"),
    ("http://017700000001/", "disguised"),
    ("http://0x7f000001/", "disguised"),
    ("http://0x7f.0.0.1/", "disguised"),
    ("http://0177.0.0.1/", "disguised"),
    ("http://127.1/", "disguised"),
    ("http://127.0.1/", "disguised"),
    ("http://0/", "disguised"),
    ("http://127.0.0.01/", "disguised"),
    ("http://1.2.3.4.5/", "disguised"),
    ("http://256.256.256.256/", "disguised"),
    ("http://example.0x/", "disguised"),
    ("http://2852039166/latest/meta-data", "disguised"),
    ("http://１２７.0.0.1/", "malformed"),
    ("http://127。0。0。1/", "malformed"),
    ("http://①②⑦.⓪.⓪.①/", "malformed"),
    # IPv6: loopback, local, multicast, transitional
    ("http://[::1]/", "inside"),
    ("http://[::]/", "inside"),
    ("http://[0:0:0:0:0:0:0:1]:80/", "inside"),
    ("http://[::ffff:127.0.0.1]/", "inside"),
    ("http://[::ffff:7f00:1]/", "inside"),
    ("http://[::ffff:8.8.8.8]/", "inside"),
    ("http://[::127.0.0.1]/", "inside"),
    ("http://[64:ff9b::7f00:1]/", "inside"),
    ("http://[64:ff9b:1::a00:1]/", "inside"),
    ("http://[2002:7f00:1::]/", "inside"),
    ("http://[2002:a9fe:a9fe::1]/", "inside"),
    ("http://[2001:0:53aa:64c:0:fbff:80ff:fffe]/", "inside"),
    ("http://[2001:db8::1]/", "inside"),
    ("http://[fe80::1]/", "inside"),
    ("http://[fe80::1%25eth0]/", "inside"),
    ("http://[fec0::1]/", "inside"),
    ("http://[fc00::1]/", "inside"),
    ("http://[fd00:ec2::254]/latest/meta-data", "inside"),
    ("http://[ff02::1]/", "inside"),
    ("http://[100::1]/", "inside"),
    ("http://[5f00::1]/", "inside"),
    # names of the inside
    ("http://localhost/", "inside"),
    ("http://LOCALHOST:8000/", "inside"),
    ("http://localhost./", "inside"),
    ("http://foo.localhost/", "inside"),
    ("http://localhost.localdomain/", "inside"),
    ("http://ⓛocalhost/", "malformed"),
    ("http://postgres:5432/", "inside"),
    ("http://metadata/", "inside"),
    ("http://metadata.google.internal/computeMetadata/v1/", "inside"),
    ("http://printer.local/", "inside"),
    ("http://router.home.arpa/", "inside"),
    ("http://web.default.svc/", "inside"),
    ("http://web.default.svc.cluster.local/", "inside"),
]


def never_asked(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host}:{port} was looked up although its text already refuses it")


def answers(*addresses: str) -> egress.Resolver:
    def resolver(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolver


@pytest.mark.parametrize(("url", "code"), REFUSED_BY_TEXT)
def test_addresses_that_lead_inside_are_refused_before_any_lookup(url: str, code: str) -> None:
    with pytest.raises(EgressRefused) as caught:
        egress.fetch(url, limit_bytes=10, timeout_s=1, resolver=never_asked)
    assert caught.value.code == code
    with pytest.raises(EgressRefused):
        egress.post(url, b"{}", {}, resolver=never_asked)


def test_the_table_is_as_long_as_it_must_be() -> None:
    assert len({url for url, _ in REFUSED_BY_TEXT}) == len(REFUSED_BY_TEXT) >= 60


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("93.184.215.14", "127.0.0.1"),
        ("10.1.2.3", "93.184.215.14"),
        ("2606:2800:21f:cb07::1", "::1"),
        ("::ffff:10.0.0.1",),
        ("fe80::1%eth0",),
        ("169.254.169.254",),
        ("64:ff9b::a00:1",),
    ],
)
def test_one_inside_address_refuses_the_whole_name(addresses: tuple[str, ...]) -> None:
    with pytest.raises(EgressRefused) as caught:
        egress.fetch("https://127.0.0.1.rebind.example/", limit_bytes=10, timeout_s=1, resolver=answers(*addresses))
    assert caught.value.code == "inside"
    for address in addresses:
        assert address not in str(caught.value), "the inner address would map the network"


def test_a_name_that_nobody_knows() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolver in (unknown, answers()):
        with pytest.raises(EgressFailed, match=r"news\.example was found") as caught:
            egress.fetch("https://news.example/", limit_bytes=10, timeout_s=1, resolver=resolver)
        assert caught.value.code == "unknown_host"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org", ("https", "example.org", 443, "/")),
        ("http://Example.ORG:8080/a?b=c#d", ("http", "example.org", 8080, "/a?b=c")),
        (" https://example.org/a ", ("https", "example.org", 443, "/a")),
        ("https://example.org./a", ("https", "example.org", 443, "/a")),
        ("https://пример.рф/суд", ("https", "xn--e1afmkfd.xn--p1ai", 443, "/%D1%81%D1%83%D0%B4")),
        ("https://8.8.8.8/", ("https", "8.8.8.8", 443, "/")),
        ("https://[2606:4700::1111]:8443/x", ("https", "2606:4700::1111", 8443, "/x")),
        ("https://a_b.example.org/@handle", ("https", "a_b.example.org", 443, "/@handle")),
        ("https://local.example.org/", ("https", "local.example.org", 443, "/")),
    ],
)
def test_public_addresses_are_read(url: str, expected: tuple[str, str, int, str]) -> None:
    assert egress.read_target(url)[1:] == expected


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_outside_public_unicast_passes(address: ipaddress.IPv4Address) -> None:
    try:
        egress.check_address(address)
    except EgressRefused:
        return
    assert address.is_global
    assert not any((address.is_private, address.is_loopback, address.is_link_local, address.is_multicast))


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}"]))
def test_no_ipv4_address_passes_inside_an_ipv6_one(address: ipaddress.IPv4Address, form: str) -> None:
    with pytest.raises(EgressRefused):
        egress.check_address(ipaddress.ip_address(form.format(address)))
    with pytest.raises(EgressRefused):
        egress.check_address(ipaddress.ip_address(f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1"))


def test_an_allowed_address_opens_itself_and_nothing_else() -> None:
    allow = {"127.0.0.1"}
    assert egress.read_target("http://127.0.0.1:8000/", allow).host == "127.0.0.1"
    for url in ("http://127.0.0.2/", "http://localhost/", "http://[::ffff:127.0.0.1]/", "http://2130706433/"):
        with pytest.raises(EgressRefused):
            egress.read_target(url, allow)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    for url in (text, f"http://{text}", f"https://example.org/{text}"):
        with contextlib.suppress(EgressRefused):
            target = egress.read_target(url)
            assert target.scheme in {"http", "https"}
            assert "." in target.host or ":" in target.host
