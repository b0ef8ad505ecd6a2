"""The noun phrase that names a speaker: to the left of its verb, to the right of it, or after "according to".

Title, apposition and relative pronoun belong to the span where they name the speaker (PolNeAR); time and place stay
outside.
"""

from __future__ import annotations

import re

from claims.extraction.grammar.tagging import MONTHS, SUBJECT_PRONOUNS, WEEKDAYS, Token

_NOMINAL = frozenset("NMJ#D&/")
_HEADS = frozenset("NM")
_AFFILIATION = re.compile(r"[DRI]-[A-Z].*")
"""Party and state behind a name: "Cantrell, D-N.M., the chairwoman," has two appositions."""
_ATTACHING = frozenset(
    "of for from at in with to on against behind by near between under across over without among".split()
)
_RIGHT_ATTACHING = frozenset("of for from at with by behind".split())
_FAR = 30
"""Tokens that a noun phrase with its apposition may span."""
_INDEFINITE = frozenset(
    "everyone everybody someone somebody anyone nobody others one none many some few most both all several".split()
)
_TEMPORAL = frozenset("week month year today yesterday tomorrow morning afternoon evening night weekend".split())


def is_temporal(token: Token) -> bool:
    return token.tag == "Y" or token.low in WEEKDAYS or token.low in MONTHS or token.low in _TEMPORAL


def names_thing(quoted: Token) -> bool:
    """A short quotation without punctuation of its own can be part of a noun phrase ("the “squad” leader")."""
    return len(quoted.text) < 40 and quoted.text.rstrip("”\"'’» ")[-1:] not in {",", ".", "?", "!"}


def plural_before_name(tokens: list[Token], i: int) -> bool:
    """ "regions | Putin proclaimed": a plural noun is no title of the name behind it."""
    here, following = tokens[i], tokens[i + 1]
    return here.tag == "N" and following.tag == "M" and here.low.endswith("s") and not here.low.endswith(("ss", "'s"))


def skip_time_left(tokens: list[Token], k: int) -> int:
    """Back over "on Tuesday", "Tuesday", "last week" that stand between subject and verb; k is the last token."""
    i = k
    while i >= 0 and (
        is_temporal(tokens[i]) or (i < k and tokens[i].low in {"last", "this", "earlier", "late", "early", "on", "in"})
    ):
        i -= 1
    return i


def left(tokens: list[Token], k: int) -> tuple[int, int] | None:
    """The noun phrase that ends at token k (inclusive) as a half-open range, or None."""
    k = skip_time_left(tokens, k)
    if k < 0:
        return None
    token = tokens[k]
    if token.tag == "P":
        return (
            (k, k + 1)
            if token.low in SUBJECT_PRONOUNS
            or token.low.partition("'")[0] in SUBJECT_PRONOUNS
            or token.low in _INDEFINITE
            else _of_phrase(tokens, k)
        )
    if (token.tag == "W" and token.low in {"who", "which"}) or token.tag == "T":
        return _relative(tokens, k)
    if token.tag in {",", "-", ")"}:
        return _apposition(tokens, k)
    if token.tag == "D" and token.low in _INDEFINITE | {"another", "both"}:
        return (k, k + 1)
    if token.tag not in _HEADS and token.tag not in {"J", "#", "Q"}:
        return None
    start = _walk(tokens, k)
    return (start, k + 1) if start is not None else None


def _of_phrase(tokens: list[Token], k: int) -> tuple[int, int] | None:
    """ "some of them": the pronoun is the end of a longer phrase."""
    if k >= 2 and tokens[k - 1].low == "of":
        start = _walk(tokens, k - 2)
        return (start, k + 1) if start is not None else None
    return None


def _relative(tokens: list[Token], k: int) -> tuple[int, int] | None:
    before = k - 1
    if before >= 0 and tokens[before].tag == ",":
        return (k, k + 1) if tokens[k].tag == "W" else None
    if before < 0 or tokens[before].tag not in "NMJP#)D,":
        return None
    found = left(tokens, before) if tokens[before].tag != "P" else (before, before + 1)
    return (found[0], k + 1) if found else None


def _apposition(tokens: list[Token], k: int) -> tuple[int, int] | None:
    """ "Name, a title of something, said": from the closing comma back over the apposition to the name."""
    opening = {")": "("}.get(tokens[k].tag, tokens[k].tag)
    for m in range(k - 1, max(-1, k - _FAR), -1):
        if tokens[m].tag in {"Q", ";", ":"}:
            return None
        if tokens[m].tag != opening or m == 0:
            continue
        before = tokens[m - 1]
        if _AFFILIATION.fullmatch(before.text):
            continue
        if m + 1 == k or (before.tag not in _HEADS and before.tag not in "P)J"):
            if before.tag == "#":
                continue
            return None
        if before.tag == "P" or not _names_someone(tokens, m + 1, k):
            return None
        start = _walk(tokens, m - 1)
        if start is None:
            return None
        if (
            start >= 2
            and tokens[start - 1].tag == ","
            and (tokens[start].tag == "#" or tokens[start - 2].tag in {"M", ")", "#"})
        ):
            # "Name, 45, of Leeds, who …, said": two appositions of one name.
            further = _apposition(tokens, start - 1) if tokens[start].low != "whose" else None
            start = further[0] if further else start
        return start, k + 1
    return None


def _names_someone(tokens: list[Token], start: int, end: int) -> bool:
    """An apposition has no verb of its own, unless it is a relative clause."""
    first = tokens[start]
    if first.tag == "W" or first.low == "one":
        return True
    if first.tag not in _NOMINAL and first.tag not in {"I", "A", "Y"} and first.tag != "G":
        return first.tag == "V"
    stop = next((i for i in range(start, end) if tokens[i].tag == "W"), end)
    return not any(tokens[i].tag == "X" for i in range(start, stop))


def _walk(tokens: list[Token], k: int) -> int | None:
    """Left over nouns, adjectives, determiners and attached prepositions to where the phrase begins."""
    i = k
    bottom = max(-1, k - _FAR)
    fallback: int | None = None
    while i > bottom:
        token = tokens[i]
        if i < k and plural_before_name(tokens, i):
            break
        if token.tag == "D" and token.low not in {"both"}:
            before = tokens[i - 1] if i else None
            if before is None or before.tag not in {"I", "O", "C", "D"} or i - 1 <= bottom:
                i -= 1
                break
            i -= 1
            continue
        if token.tag in _NOMINAL or (token.tag == "Q" and i < k and names_thing(token)):
            i -= 1
            continue
        if token.tag == ")":
            opening = next((j for j in range(i - 1, max(-1, i - 8), -1) if tokens[j].tag == "("), None)
            if opening is None:
                break
            i = opening - 1
            continue
        if i < k and _attributive(tokens, i):
            i -= 1
            continue
        if i < k and token.tag in {"I", "O"} and _attaches(tokens, i):
            i -= 1
            continue
        if token.tag == "C" and token.low == "and" and 0 < i < k and tokens[i - 1].tag in "NMJ#" and fallback is None:
            fallback = i + 1
            i -= 1
            continue
        if token.tag in {"V", "G"} and 0 < i < k and tokens[i + 1].tag in {"I", "Y"} and tokens[i - 1].tag in _HEADS:
            i -= 1  # a reduced relative clause: "a report released by the ministry found"
            continue
        break
    start = i + 1
    # "He hit the ball and the coach said": what stands left of "and" is the object of a verb, no second subject.
    if fallback is not None and (start == 0 or tokens[start - 1].tag in {"V", "G", "I", "X", "O"}) and start > 0:
        start = fallback
    while start <= k and tokens[start].tag in {"C", "I", "S", "O", "A", "Y"}:
        start += 1
    if start > k or not any(
        tokens[j].tag in "NMQ" or tokens[j].low in _INDEFINITE or tokens[j].tag == "J" for j in range(start, k + 1)
    ):
        return None
    return start


def _attributive(tokens: list[Token], i: int) -> bool:
    """ "retired general", "elected officials": a participle before its noun, without a subject before it."""
    return (
        tokens[i].tag == "V"
        and tokens[i].low.endswith("ed")
        and tokens[i + 1].tag in set("NMJ")
        and (i == 0 or tokens[i - 1].tag in {"Q", ",", "D", "T"})
    )


def _attaches(tokens: list[Token], i: int) -> bool:
    if i == 0 or tokens[i].low not in _ATTACHING:
        return False
    before = tokens[i - 1]
    if (
        before.tag == "N"
        or before.low in _INDEFINITE
        or (before.tag in {"M", ")"} and tokens[i].low in {"of", "for", "at", "in", "from", "on"})
    ):
        return not (is_temporal(before) or is_temporal(tokens[i + 1]))
    return before.tag in {"V", "G"} and i >= 2 and tokens[i - 2].tag == "N"


def right(tokens: list[Token], k: int, *, adjuncts: bool = False) -> tuple[int, int] | None:
    """The noun phrase that begins at token k as a half-open range, with its apposition; None when none begins there.

    `adjuncts`: any preposition attaches ("according to a survey in the journal on …"), not only those of names and
    titles.
    """
    n = len(tokens)
    if k >= n:
        return None
    if tokens[k].tag == "P":
        return (k, k + 1)
    end = _adjuncts_right(tokens, k) if adjuncts else _phrase_right(tokens, k)
    if end is None:
        return None
    if end + 2 < n and tokens[end].tag == "," and tokens[end + 1].tag == "#" and tokens[end + 2].tag in {",", "."}:
        end += 2  # an age
    if end < n - 1 and tokens[end].tag == "," and tokens[end + 1].tag in "DNJWM" and not is_temporal(tokens[end + 1]):
        closing = _apposition_end(tokens, end + 1)
        if closing is not None:
            return k, closing
    if end < n and tokens[end].low == "who":
        closing = next((j for j in range(end, min(n, end + _FAR)) if tokens[j].tag in {",", ".", ";", "Q", "-"}), n)
        return k, closing - 1 if tokens[closing - 1].tag == "S" else closing
    return k, end


def _adjuncts_right(tokens: list[Token], k: int) -> int | None:
    """Up to the next mark or clause: "a survey published on Monday by the group"."""
    if tokens[k].tag not in _NOMINAL and tokens[k].tag != "Q":
        return None
    stops = (
        j
        for j in range(k + 1, min(len(tokens), k + _FAR))
        if tokens[j].tag in set(",.;:-()!?SX") or tokens[j].low in {"which", "who", "that"}
    )
    return next(stops, min(len(tokens), k + _FAR))


def _phrase_right(tokens: list[Token], k: int) -> int | None:
    i, seen = k, False
    limit = min(len(tokens), k + _FAR)
    while i < limit:
        token = tokens[i]
        if token.tag in _NOMINAL and not (seen and token.tag == "D"):
            seen = seen or token.tag in "NM#J"
            i += 1
        elif seen and token.tag in {"I"} and token.low in _RIGHT_ATTACHING and i + 1 < limit:
            if tokens[i + 1].tag not in "DNMJ#P" or is_temporal(tokens[i + 1]):
                break
            i, seen = i + 1, False
        elif seen and token.low == "and" and i + 1 < limit and tokens[i + 1].tag in "DNMJ#":
            i, seen = i + 1, False
        elif token.tag == "Q" and names_thing(token):
            i, seen = i + 1, True
        else:
            break
    return i if i > k and (seen or tokens[i - 1].tag in "NM") else None


def _apposition_end(tokens: list[Token], k: int) -> int | None:
    """End of "a professor at the university" after the comma: up to the next comma or the sentence's end, without a
    verb.
    """
    if tokens[k].tag == "M" and k + 1 < len(tokens) and tokens[k + 1].tag in {",", "."}:
        return None
    for j in range(k, min(len(tokens), k + _FAR)):
        token = tokens[j]
        if token.tag in {",", ".", ";", "-", "Q", ":", "!", "?"}:
            return j if j > k else None
        predicate = token.tag == "V" and j + 1 < len(tokens) and tokens[j + 1].tag not in {"I", "Y"}
        if (predicate or token.tag in {"X", "G", "S"}) and not any(tokens[m].tag == "W" for m in range(k, j)):
            return None
        if is_temporal(token) and tokens[j - 1].tag == "I":
            return j - 1 if j - 1 > k else None
    return len(tokens) if len(tokens) - k < _FAR else None
