"""Words into statements: joined, stripped of marks, inflected and split; what was put for what is recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from claims.extraction.grammar.lexicon import COMMON_VERBS, forms_of
from claims.extraction.grammar.tagging import Token, tag, tokens_of
from claims.extraction.types import Resolution

_PREDICATES = 4
MARKS = '“”"«»„‚` \t\n\u00a0'


@dataclass(slots=True)
class Statement:
    """A claim in the making."""

    text: str
    resolutions: list[Resolution] = field(default_factory=list)

    def swap(self, old: str, new: str, *, at: int = 0) -> None:
        """Replace the words at that place and record what they stood for."""
        self.text = self.text[:at] + new + self.text[at + len(old) :]
        self.resolutions.append(Resolution(old, new))


def joined(parts: list[str]) -> str:
    """The spans of one content in one line: "“The plan,” … “is dead.”" goes on, "“Yes,” … “We won.”" starts anew."""
    out = ""
    for part in parts:
        if out and out.rstrip(MARKS + "’").endswith(","):
            body = out.rstrip(MARKS + "’")[:-1]
            fresh = part.lstrip(MARKS + "‘")[:1].isupper()
            out = f"{body}. {part}" if fresh else f"{body} {part}"
        else:
            out = f"{out} {part}" if out else part
    return out


def unmarked(text: str) -> str:
    """Without quotation marks; the apostrophe of "the consultants’ reports" stays."""
    return re.sub("[“”\"«»„]|(?<!\\w)‘|(?<!s)’(?!\\w)|(?<=s)’(?!\\w|\\s[a-z])|''", "", text).strip(MARKS)


def tagged(text: str) -> list[Token]:
    tokens = tokens_of(text, 0, len(text))
    tag(tokens)
    return tokens


def third(verb: str) -> str:
    return next((form for form, kind in forms_of(verb.lower()).items() if kind == "s"), verb)


def participle(ing: str) -> str:
    """ "committing" → "committed"."""
    for lemma in COMMON_VERBS:
        forms = forms_of(lemma)
        if forms.get(ing) == "ing":
            return next((form for form, kind in forms.items() if kind in {"participle", "both"}), f"{lemma}ed")
    return f"{ing[:-3]}ed"


def split(text: str, tokens: list[Token]) -> list[str]:
    """Conjoined predicates of one subject, and a participle that goes on with a progressive, become statements of
    their own.
    """
    first = next((i for i, token in enumerate(tokens) if token.tag in {"V", "X"}), None)
    if not first or any(token.tag in {"W", "S", "T"} for token in tokens[: first + 1]):
        return [text]
    subject, verb = text[: tokens[first].start].strip(), tokens[first]
    starts = [verb.start]
    ends: list[int] = []
    for i in range(first + 1, len(tokens) - 2):
        token, following = tokens[i], tokens[i + 1]
        if token.tag in {"W", "T", "S", "Q"} or len(starts) >= _PREDICATES:
            break
        conjoined = token.low == "and" and _same_form(verb, following) and tokens[i - 1].tag not in {"V", "A"}
        progressive = (
            token.tag == "," and following.tag == "G" and verb.low in {"is", "are"} and tokens[first + 1].tag == "G"
        )
        if conjoined or progressive:
            ends.append(token.start)
            starts.append(following.start)
    if not ends:
        return [text]
    parts = [text[start:end].rstrip(" ,") for start, end in zip(starts, [*ends, len(text)], strict=True)]
    # A participle borrows the auxiliary of the first predicate: "is increasing …, turning …" → "is turning …".
    borrowed = ["", *(f"{verb.text} " if part.split()[0].endswith("ing") else "" for part in parts[1:])]
    return [f"{subject} {auxiliary}{part}" for auxiliary, part in zip(borrowed, parts, strict=True)]


def _same_form(first: Token, second: Token) -> bool:
    if second.tag not in {"V", "X"}:
        return False
    past = first.low.endswith("ed"), second.low.endswith("ed")
    return (
        first.tag == "V"
        and second.tag == "V"
        and (past == (True, True) or (first.low.endswith("s") and second.low.endswith("s")))
    ) or (first.tag == "X" and second.tag == "X")
