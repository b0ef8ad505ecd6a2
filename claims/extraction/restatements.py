"""Where the outlet repeats in its own voice, without attribution, what a source says elsewhere in the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from claims.extraction.grammar.sentences import Sentence
from claims.extraction.grammar.tagging import Token
from claims.extraction.types import Attribution, Restatement, Span

_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON = frozenset(
    "the and for that with from this have has had was were are been being not but its their they his her she him "
    "will would could said says "
    "which who what when where after before into over about than then also more most other some any all out only one "
    "two there who".split()
)
_SHARED = 4
_SHARE = 0.3
_ECHOED = 0.6
_FREQUENT = 60
"""A word that stands in more segments than this tells nothing, and leaving it out keeps the time linear."""


def restatements(
    text: str, attributions: tuple[Attribution, ...], sentences: list[Sentence]
) -> tuple[Restatement, ...]:
    """Narrator's clauses that share at least four content words, and a third of them all, with one content."""
    segments = _segments(attributions, sentences)
    where: dict[str, list[int]] = defaultdict(list)
    words = [_stems(text[start:end]) for start, end in segments]
    for k, stems in enumerate(words):
        for stem in stems:
            where[stem].append(k)
    out: list[Restatement] = []
    taken: set[int] = set()
    for found in attributions:
        said = _stems(" ".join(span.text[:2000] for span in found.content))
        shared: Counter[int] = Counter(k for stem in said if len(where[stem]) <= _FREQUENT for k in where[stem])
        best = max(((count, -k) for k, count in shared.items()), default=(0, 0))
        k = -best[1]
        if best[0] >= _SHARED and k not in taken and best[0] >= _SHARE * min(len(said), len(words[k])):
            taken.add(k)
            out.append(Restatement(Span.of(text, *segments[k]), found.id))
    return tuple(sorted(out, key=lambda restated: restated.span.start))


def echoes(attributions: tuple[Attribution, ...]) -> frozenset[str]:
    """Attributions of whose content another source says the greater part as well."""
    said = [_stems(" ".join(span.text[:2000] for span in found.content)) for found in attributions]
    where: dict[str, list[int]] = defaultdict(list)
    for k, stems in enumerate(said):
        for stem in stems:
            where[stem].append(k)
    out: set[str] = set()
    for k, found in enumerate(attributions):
        shared: Counter[int] = Counter(j for stem in said[k] if len(where[stem]) <= _FREQUENT for j in where[stem])
        for j, count in shared.items():
            other = attributions[j]
            apart = found.source_entity and other.source_entity and found.source_entity != other.source_entity
            if apart and count >= _SHARED and count >= _ECHOED * min(len(said[k]), len(said[j])):
                out.add(found.id)
    return frozenset(out)


def _segments(attributions: tuple[Attribution, ...], sentences: list[Sentence]) -> list[tuple[int, int]]:
    """Clauses in which no source, cue or content stands."""
    spans = sorted(
        (span.start, span.end) for found in attributions for span in found.source + found.cue + found.content
    )
    out: list[tuple[int, int]] = []
    inside: list[tuple[int, int]] = []
    at = 0
    for sentence in sentences:
        while at < len(spans) and spans[at][0] < sentence.end:
            inside.append(spans[at])
            at += 1
        inside = [span for span in inside if span[1] > sentence.start]
        out += _clauses(sentence.tokens, inside)
    return out


def _clauses(tokens: list[Token], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Parts between commas and conjunctions, at least six words long, that touch none of the spans."""
    out: list[tuple[int, int]] = []
    part: list[Token] = []
    k = 0
    for token in tokens:
        while k < len(spans) and spans[k][1] <= token.start:
            k += 1
        attributed = token.quote >= 0 or any(a <= token.start < b for a, b in spans[k : k + 6])
        if attributed or token.tag in {",", ";", ".", "-", "S", "!", "?"}:
            if len(part) >= 6:
                out.append((part[0].start, part[-1].end))
            part = []
        else:
            part.append(token)
    if len(part) >= 6:
        out.append((part[0].start, part[-1].end))
    return out


def _stems(text: str) -> set[str]:
    """Content words cut to their first six letters, which joins "increase" and "increasing". Names are left out: the
    same people and places stand all over one text.
    """
    return {word[:6] for word in _WORD.findall(text) if word not in _COMMON and word[0].islower()}
