"""Links between claims, and addresses that may be shown as links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import links
from claims.rules.links import LinkKind, UnsafeLink


@pytest.mark.parametrize(
    ("kind", "symmetric", "forth", "back"),
    [
        (LinkKind.SAME_AS, True, "same as", "same as"),
        (LinkKind.CONTRADICTS, True, "contradicts", "contradicts"),
        (LinkKind.UPDATES, False, "updates", "updated by"),
        (LinkKind.RESTATES, False, "restates", "restated by"),
    ],
)
def test_how_a_link_reads_from_either_end(kind: LinkKind, symmetric: bool, forth: str, back: str) -> None:
    assert links.is_symmetric(kind) is symmetric
    assert links.reads_as(kind) == forth
    assert links.reads_as(kind, from_far_end=True) == back


@given(st.sampled_from(list(LinkKind)), st.integers(1, 99), st.integers(1, 99))
def test_a_symmetric_link_is_one_row_whoever_made_it(kind: LinkKind, one: int, other: int) -> None:
    if one == other:
        with pytest.raises(ValueError, match="itself"):
            links.canonical_ends(kind, one, other)
        return
    same_row = links.canonical_ends(kind, one, other) == links.canonical_ends(kind, other, one)
    assert same_row is links.is_symmetric(kind)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://example.org:8080/a/b?c=d#e",
        "HTTPS://EXAMPLE.ORG/",
        "https://пример.рф/страница",
        "https://example.org/a%20b",
        "https://[2001:db8::1]/",
        "https://example.org/@handle/1",
    ],
)
def test_plain_web_addresses_are_kept_as_typed(url: str) -> None:
    assert links.check_link(f"  {url}\n") == url
    assert links.is_safe_link(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("javascript:alert(1)", "begin with http"),
        ("JaVaScRiPt:alert(1)", "begin with http"),
        ("java\nscript:alert(1)", "invisible"),
        ("java\tscript:alert(1)", "invisible"),
        ("\x01javascript:alert(1)", "invisible"),
        ("data:text/html,<script>", "begin with http"),
        ("vbscript:x", "begin with http"),
        ("file:///etc/passwd", "begin with http"),
        ("ftp://example.org/a", "begin with http"),
        ("mailto:a@example.org", "begin with http"),
        ("//example.org/a", "begin with http"),
        ("example.org", "begin with http"),
        ("https:example.org", "names no host"),
        ("https:///path", "names no host"),
        ("https://user@example.org/", "user name"),
        ("https://example.com:80@evil.example/", "user name"),
        ("https://user:secret@example.org/", "user name"),
        ("https://@example.org/", "user name"),
        ("https://example.org\\@evil.example/", "backslashes"),
        ("https://example.org/\x00", "invisible"),
        ("https://example.org/a b", "blanks"),
        ("https://example.org/\u202egpj.exe", "invisible"),
        ("https://exam\u200bple.org/", "invisible"),
        ("https://example.org/\ud800", "invisible"),
        ("https://example.org:99999/", "malformed"),
        ("https://example.org:abc/", "malformed"),
        ("https://example.org:0/", "Port 0"),
        ("https://[::1/", "malformed"),
        ("https://example.org/" + "a" * 2048, "longer than"),
    ],
)
def test_everything_else_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(UnsafeLink, match=reason):
        links.check_link(url)
    assert not links.is_safe_link(url)


@given(st.text())
def test_any_text_is_either_a_link_or_refused(text: str) -> None:
    if links.is_safe_link(text):
        assert links.check_link(text).lower().startswith(("http://", "https://"))
