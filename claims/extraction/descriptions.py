"""Sources without a name: the plainest description of them, or None for whoever stays unnamed.

"The harbour inquiry" is `harbour inquiry`, "several voters" are `voters`; "a senior official" and "two people familiar
with the talks" are nobody.
"""

from __future__ import annotations

from claims.extraction.grammar.tagging import Token
from claims.extraction.people import bare_text

_INDEFINITE = frozenset(
    "a an one two three four five six seven eight nine ten some several many another other others no any nobody most "
    "half every few neither either both unnamed".split()
)
_ANYBODY = frozenset(
    "official officials officer officers person people source sources diplomat diplomats insider insiders aide aides "
    "man men woman women guy folk folks somebody someone anybody anyone nobody everybody everyone one ones others "
    "another member members reader readers colleague colleagues user users friend friends boy girl student reporter "
    "columnist collector customer customers investor manager neighbor neighbour blogger steward engineer speaker "
    "speakers surgeon professor volunteer lad pal pals adviser advisers commander commanders executive executives "
    "minority majority half third some many few most those rest lot none".split()
)
_FILLER = frozenset(
    "the a an this that these those my your his her its our their some any no every each another both either neither "
    "several many few all most much enough other others senior top former unnamed certain various nearly just about "
    "only even more than local".split()
)
_BEHIND = frozenset("familiar close present involved aware here there alike".split())
_SPEAKING_FOR = frozenset("spokesman spokeswoman spokesperson spokespeople statement".split())
_WRITTEN = frozenset(
    "statement study inquiry audit report poll review survey analysis letter research investigation memo post tweet "
    "paper release briefing message filing essay column".split()
)
_ENDS = frozenset({"I", "W", "V", "G", "X", ",", "(", "T", "O", "S", ":", ";", "-"})
GROUPS = frozenset(
    "company firm group bank union council ministry agency commission university museum party club team league "
    "federation association institute foundation trust committee court department board authority hospital school "
    "college government airline carrier operator retailer supplier developer brewery business maker paper newspaper "
    "charity network army navy police force office society studio store chain line railway utility manufacturer "
    "campaign regulator parliament assembly senate consortium".split()
)
"""Heads of "the company" and its like, which a name of the text may stand behind."""
COMPANIES = frozenset(
    "company firm business maker operator group carrier retailer supplier developer airline manufacturer utility "
    "chain".split()
)


def head_end(tokens: list[Token]) -> int:
    """Where the noun phrase itself ends, before its prepositions, clauses and appositions."""
    return next((i for i, token in enumerate(tokens) if i and token.tag in _ENDS), len(tokens))


def plainest(tokens: list[Token]) -> str | None:
    """The description of the phrase without articles, possessors and counts; None for whoever stays unnamed."""
    end = head_end(tokens)
    body = tokens[:end]
    if not body:
        return None
    indefinite = body[0].low in _INDEFINITE or body[0].tag == "#" or body[0].low.endswith("one")
    while body and (body[0].low in _FILLER or body[0].tag in {"#", "P", "A"}):
        body = body[1:]
    owned = next((i for i, token in enumerate(body[:-1]) if token.possessive and not token.text[0].isupper()), None)
    if owned is not None:
        body = body[owned + 1 :]
    while body and body[-1].low in _BEHIND:
        body = body[:-1]
    if not body or body[-1].tag not in {"N", "M", "J", "G", "V", "Q"}:
        return None
    head = bare_text(body[-1]).lower()
    if tokens[0].low == "one" or (head in _ANYBODY and (indefinite or (len(body) == 1 and tokens[0].low != "the"))):
        return None
    words = [*(token.text for token in body[:-1]), bare_text(body[-1])]
    if tokens[0] is body[0] and body[0].tag != "M":
        words[0] = words[0].lower()
    elif tokens[0] is body[0] and len(body) == 1 and body[0].low.endswith("s"):
        words[0] = words[0].lower()  # "Scientists said": a capital only because it begins the sentence
    return " ".join(words)


def behind(tokens: list[Token]) -> list[Token] | None:
    """Who speaks through the phrase: "a spokesman for Southmilk", "an audit by Blueleaf", "a statement from …"."""
    end = head_end(tokens)
    if end >= len(tokens) - 1 or not end:
        return None
    head, link = bare_text(tokens[end - 1]).lower(), tokens[end].low
    if (head in _SPEAKING_FOR and link in {"for", "of", "from"}) or (head in _WRITTEN and link in {"by", "from"}):
        return tokens[end + 1 :]
    for k in range(end, len(tokens) - 1):  # "a review of 60 studies by Hanneke Vroman"
        if head in _WRITTEN and tokens[k].low == "by" and tokens[k + 1].text[0].isupper():
            return tokens[k + 1 :]
    return None


def speaks_for_somebody(tokens: list[Token]) -> bool:
    """ "a spokesman" alone, or "a company spokesman"."""
    return bool(tokens) and bare_text(tokens[-1]).lower() in _SPEAKING_FOR - {"statement"}
