"""Links between claims, and which web addresses may be stored and shown as links."""

import unicodedata
from enum import StrEnum
from urllib.parse import urlsplit

MAX_URL_LENGTH = 2048


class LinkKind(StrEnum):
    """How one claim stands to another. `a updates b` means that a is the later statement of the same matter."""

    SAME_AS = "same_as"
    CONTRADICTS = "contradicts"
    UPDATES = "updates"
    RESTATES = "restates"


class Answer(StrEnum):
    """What a person says of two claims: the same, not the same, or neither any more."""

    SAME = "same"
    DIFFERENT = "different"
    OPEN = "open"


SYMMETRIC: frozenset[LinkKind] = frozenset({LinkKind.SAME_AS, LinkKind.CONTRADICTS})

# How the link reads from its far end. The directed kinds have no kind of their own for the way back, only words:
# storing both directions would let the two rows disagree.
_INVERSE_WORDS: dict[LinkKind, str] = {
    LinkKind.SAME_AS: "same as",
    LinkKind.CONTRADICTS: "contradicts",
    LinkKind.UPDATES: "updated by",
    LinkKind.RESTATES: "restated by",
}


class UnsafeLink(ValueError):  # noqa: N818 - it names what happened, as the desk says it
    """The address may not be stored or shown as a link; the message says why and what to do."""


def is_symmetric(kind: LinkKind) -> bool:
    """True when the link means the same read from either end."""
    return kind in SYMMETRIC


def reads_as(kind: LinkKind, *, from_far_end: bool = False) -> str:
    """The words between the two claims: "updates", or "updated by" when read from the far end."""
    return _INVERSE_WORDS[kind] if from_far_end else kind.value.replace("_", " ")


def canonical_ends(kind: LinkKind, from_id: int, to_id: int) -> tuple[int, int]:
    """The order in which a link is stored, so that one symmetric link is one row whoever made it.

    Raises ValueError when a claim would be linked to itself.
    """
    if from_id == to_id:
        raise ValueError("A claim cannot be linked to itself.")
    if is_symmetric(kind) and from_id > to_id:
        return to_id, from_id
    return from_id, to_id


def check_link(url: str) -> str:
    """The address without surrounding blanks, if it is a plain http(s) link; raises UnsafeLink with the reason.

    This decides what may stand in an `href`. It says nothing of whether the server may fetch it: see `claims.egress`.
    """
    address = url.strip(" \t\r\n")
    if not address:
        raise UnsafeLink("The address is empty.")
    if len(address) > MAX_URL_LENGTH:
        raise UnsafeLink(f"The address is longer than {MAX_URL_LENGTH} characters.")
    # Browsers drop tabs and newlines inside a scheme, so "java\nscript:" would run; Cf holds the bidi and zero-width
    # signs with which an address can be made to look like another one.
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"} for char in address) or "\\" in address:
        raise UnsafeLink("The address contains blanks, backslashes or invisible characters; copy it again.")
    try:
        parts = urlsplit(address)
        port = parts.port
        host = parts.hostname
    except ValueError as error:
        raise UnsafeLink("The address cannot be read: its host or port is malformed.") from error
    if parts.scheme not in {"http", "https"}:
        raise UnsafeLink("Only addresses that begin with http:// or https:// can be used.")
    if not host:
        raise UnsafeLink("The address names no host, as in https://example.org/page.")
    if "@" in parts.netloc:
        raise UnsafeLink("The address contains a user name or password before the host; remove it.")
    if port == 0:
        raise UnsafeLink("Port 0 is not a port.")
    return address


def is_safe_link(url: str) -> bool:
    """True when `check_link` has nothing against the address."""
    try:
        check_link(url)
    except UnsafeLink:
        return False
    return True
