"""Is this the same claim, is this the same article? The database finds candidates; this decides.

Two sentences that share most of their words can say opposite things ("has taken", "has not taken"; 10 and 100 dead).
So similarity is counted in words, and negations, numbers and directions are then compared on their own: where they
differ, the claims are never called the same, however alike they look.
"""

import hashlib
import re
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from claims.rules.links import check_link

# Chosen so that one word in seven may differ between claims that are called the same, and half of them between
# related ones. Both only decide what is put before a person.
SAME_FROM = 0.85
RELATED_FROM = 0.5

_WORD = re.compile(r"\d+(?:[.,]\d+)*|\w+", re.UNICODE)
_STOPWORDS = frozenset(
    {
        "a",
        "an",
        "the",
        "and",
        "or",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "that",
        "this",
        "these",
        "those",
        "it",
        "its",
        "their",
        "his",
        "her",
        "will",
        "would",
        "could",
        "may",
        "might",
    }
)
_NEGATIONS = frozenset(
    {
        "not",
        "no",
        "never",
        "none",
        "nobody",
        "nothing",
        "without",
        "neither",
        "nor",
        "cannot",
        "denies",
        "denied",
        "deny",
    }
)
_MODALS = frozenset({"will", "would", "could", "may", "might", "should", "must", "can"})
# "One" is left out: it is a pronoun as often as a number.
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=2
    )
}
_CONTRACTED = re.compile(r"\b(\w+)n['\u2019]t\b")


class Match(StrEnum):
    """What two claims are to each other. SAME is a suggestion; a person confirms it."""

    SAME = "same"
    RELATED = "related"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict of the rules on two claims, the similarity in 0..1, and why they cannot be the same, if so."""

    match: Match
    similarity: float
    differences: tuple[str, ...] = ()


def fold(text: str) -> str:
    """The text for comparison: NFKC, case folded, no diacritics of Latin letters, single spaces, no end punctuation.

    Other scripts keep their marks: in Cyrillic, й and и are different letters.
    """
    text = unicodedata.normalize("NFKD", text).casefold()
    folded = []
    base = ""
    for char in text:
        if unicodedata.combining(char):
            if not base.startswith("LATIN"):
                folded.append(char)
            continue
        base = unicodedata.name(char, "")
        folded.append(char)
    return " ".join(unicodedata.normalize("NFKC", "".join(folded)).split()).strip(" .!?…\"'“”‘’«»")


def words(text: str) -> list[str]:
    """The words of the folded text; "isn't" gives "is" and "not", "1,000" gives "1000", "two" gives "2"."""
    spread = _CONTRACTED.sub(r"\1 not", fold(text)).replace("ca not", "can not").replace("wo not", "will not")
    return [_plain_number(word) for word in _WORD.findall(spread)]


def tokens(text: str) -> frozenset[str]:
    """The words that carry the claim, cut back to a crude stem; negations and numbers are kept as they are."""
    return frozenset(_stem(word) for word in words(text) if word not in _STOPWORDS)


def similarity(one: str, other: str) -> float:
    """How much of the carrying words the two claims share: the Dice coefficient of their sets, 0..1."""
    left, right = tokens(one), tokens(other)
    if not left or not right:
        return float(fold(one) == fold(other) != "")
    return 2 * len(left & right) / (len(left) + len(right))


def compare(one: str, other: str) -> Comparison:
    """Whether two claims are the same. Symmetric; a claim is always the same as itself, unless it is empty."""
    score = similarity(one, other)
    if score and fold(one) == fold(other):
        return Comparison(Match.SAME, 1.0)
    differences = tuple(_differences(one, other))
    if score >= SAME_FROM and not differences:
        return Comparison(Match.SAME, score)
    return Comparison(Match.RELATED if score >= RELATED_FROM else Match.DIFFERENT, score, differences)


def _differences(one: str, other: str) -> list[str]:
    """What keeps two claims from being the same, however alike their words are."""
    left, right = words(one), words(other)
    found = []
    if _negated(left) != _negated(right):
        found.append("One of them denies what the other says.")
    if _numbers(left) != _numbers(right):
        found.append("They name different numbers.")
    if _MODALS.intersection(left) != _MODALS.intersection(right):
        found.append("One tells what is, the other what may or will be.")
    if _names(one) - set(right) or _names(other) - set(left):
        found.append("They name different parties.")
    elif _reordered(left, right):
        found.append("They name the same things in another order.")
    return found


def key_words(text: str) -> list[str]:
    """What a search for the same claim asks for: the names, which must be shared, or else the three longest words."""
    names = sorted(name for name in _names(text) if len(name) > 2)
    return names or sorted(set(words(text)) - _STOPWORDS, key=lambda word: (-len(word), word))[:3]


def best_match(claim: str, candidates: Iterable[tuple[int, str]]) -> tuple[int, Comparison] | None:
    """The id and comparison of the candidate that is most like the claim, the same before the related; else None."""
    order = {Match.SAME: 1, Match.RELATED: 0}
    found = [(key, compare(claim, text)) for key, text in candidates]
    near = [item for item in found if item[1].match in order]
    # Among equals the oldest row wins, so that the answer does not depend on the order of the rows.
    return max(near, key=lambda item: (order[item[1].match], item[1].similarity, -item[0]), default=None)


def _plain_number(word: str) -> str:
    """One form of a number: no thousands separator, digits for a small number's word. A decimal point stays."""
    if word in _NUMBER_WORDS:
        return _NUMBER_WORDS[word]
    return word.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", word) else word


def _stem(word: str) -> str:
    """Plural and simple verb endings off, so that "strike" meets "strikes"; short words and numbers stay whole."""
    if len(word) < 5 or not word.isascii() or not word.isalpha() or word in _NEGATIONS:
        return word
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 3:
            return (word[: -len(ending)] + instead).removesuffix("e")
    return word.removesuffix("e")


def _negated(found: list[str]) -> bool:
    """True for an odd number of negations: two of them cancel out often enough."""
    return sum(word in _NEGATIONS for word in found) % 2 == 1


def _numbers(found: list[str]) -> list[str]:
    return sorted(word for word in found if word[0].isdigit())


def _names(text: str) -> frozenset[str]:
    """Words with a capital letter, the first included: better to ask a person once too often than to merge wrongly."""
    return frozenset(
        folded for word in text.split() if word[:1].isupper() for folded in words(word) if folded not in _STOPWORDS
    )


def _reordered(left: list[str], right: list[str]) -> bool:
    """True when shared words stand in another order, as in "Russia attacked Ukraine" and "Ukraine attacked Russia"."""
    one, other = ([_stem(word) for word in side if word not in _STOPWORDS] for side in (left, right))
    shared = set(one) & set(other)
    first, second = (list(dict.fromkeys(word for word in side if word in shared)) for side in (one, other))
    return first != second


# Parameters that say where a reader came from and never what is shown.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|igsh|ttclid|li_fat_id|"
    r"mc_cid|mc_eid|_ga|_gl|_hs\w+|hsctatracking|mkt_tok|oly_anon_id|oly_enc_id|vero_id|s_cid|ocid|cmpid|"
    r"ns_\w+|at_(?:medium|campaign|custom\d|link\w*|format|bbc_team|ptr_name)|spm|ref_src|ref_url|smid|ito",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """One spelling for all addresses of one page (RFC 3986, section 6.2); raises UnsafeLink where `check_link` does.

    Scheme and host in lower case (host in ASCII), no default port, fragment or tracking parameters, percent-encoding
    normalised, query sorted, no trailing slash. Scheme and "www." stay: the two may differ. It is a key by which to
    find the same article, not an address to fetch.
    """
    parts = urlsplit(check_link(url))
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else _ascii_host(host)
    if parts.port not in (None, _DEFAULT_PORTS[parts.scheme]):
        host = f"{host}:{parts.port}"
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)
    ]
    return urlunsplit((parts.scheme, host, _canonical_path(parts.path), urlencode(sorted(kept)), ""))


def _ascii_host(host: str) -> str:
    """The host in ASCII without its final dot; a host that is no valid name is a key all the same, as it stands."""
    try:
        name = host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        name = ""
    # IDNA takes some signs apart into a blank and an accent, which no host may hold.
    if re.fullmatch(r"[a-z0-9._-]+", name):
        return name
    return quote(host, safe=string.punctuation).lower().rstrip(".") or "."


def _canonical_path(path: str) -> str:
    """Dot segments resolved, the same signs always encoded, empty instead of a lone or trailing slash."""
    out: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            out = out[:-1]
        elif segment != ".":
            # An encoded slash is not a separator, so each segment is decoded and encoded on its own.
            out.append(
                quote(unquote(segment, errors="surrogateescape"), safe="!$&'()*+,;=:@~", errors="surrogateescape")
            )
    joined = "/".join(segment for segment in out if segment)
    return f"/{joined}" if joined else ""


def content_hash(text: str) -> str:
    """sha256 (hex) by which the same article is known twice: blind to white space and to the form of composed letters.

    Raises ValueError for text without any letter or sign: all empty articles would be one.
    """
    normal = " ".join(unicodedata.normalize("NFC", text).split())
    if not normal:
        raise ValueError("The text is empty.")
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()
