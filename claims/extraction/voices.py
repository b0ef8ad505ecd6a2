"""Which drafts are kept, and whose words are whose: one cue for what several say, one voice for each quotation."""

from __future__ import annotations

import re
from collections.abc import Iterable

from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.constructions import LABELS, swallowed
from claims.extraction.ranges import OPENING
from claims.extraction.windows import Range

_NOBODY = re.compile(
    r"\b(?:nothing|nobody|no one|none)(?:\s+(?:else|more|further|new|of (?:it|them|this)))?\s+$", re.IGNORECASE
)
_NAMELESS = re.compile(
    r"(?:not )?to (?:be (?:named|identified|quoted by name)|remain (?:anonymous|unnamed))\b"
    r"|(?:on )?(?:the )?(?:condition of )?anonymity\b|(?:to )?the contrary\b"  # "claims to the contrary"
)
_LINK = re.compile(r"[\s,]*(?:\b(?:and|but))?[\s,]*\Z")
_NEAR = 8
"""Drafts before and behind one among which those are looked for that share its words."""


def once(found: Iterable[Draft]) -> list[Draft]:
    """Two words of one cue ("took … to mock") may each be read as a cue: the surer one stays."""
    best: dict[tuple[Range, ...], Draft] = {}
    for draft in found:
        key = (*draft.cue, *draft.content)
        if key not in best or best[key].strength < draft.strength:
            best[key] = draft
    return list(best.values())


def longest(drafts: list[Draft]) -> list[Draft]:
    """Without those whose cue stands inside of another's, who are its neighbours."""
    ordered = sorted(drafts, key=lambda draft: draft.cue)
    around = (ordered[max(0, k - _NEAR) : k + _NEAR] for k in range(len(ordered)))
    return [draft for draft, near in zip(ordered, around, strict=True) if not swallowed(draft, near)]


def by_one_voice(text: str, drafts: list[Draft]) -> list[Draft]:
    """ "“…,” the father said. “…,” he added": a quotation with a tag of its own is no other speaker's as well, nor is
    what stands in another's content behind that one's cue.
    """
    tagged = {draft.content[0] for draft in drafts if len(draft.content) == 1 and text[draft.content[0][0]] in OPENING}
    for draft in drafts:
        if len(draft.content) > 1:
            draft.content = [span for span in draft.content if span not in tagged] or draft.content
    ordered = sorted(drafts, key=lambda draft: draft.cue)
    for k, draft in enumerate(ordered):
        near = [other for other in ordered[max(0, k - _NEAR) : k + _NEAR] if other is not draft]
        draft.content = [_before_next(text, span, draft, near) for span in draft.content]
        first, *more = sorted(draft.content)
        draft.content = [first, *(span for span in more if not _of_another(span, first, near))]
    return drafts


def _before_next(text: str, span: Range, draft: Draft, near: list[Draft]) -> Range:
    """ "Said he had not seen it and accused the | paper": a content ends before the same speaker's next cue, where that
    one's content goes on beyond it.
    """
    for other in near:
        at = other.cue[0][0]
        torn = span[0] < at < span[1] < max(end for _, end in other.content) and other.source == draft.source
        if torn and (cut := _LINK.sub("", text[span[0] : at])):
            return span[0], span[0] + len(cut)
    return span


def _of_another(span: Range, first: Range, near: list[Draft]) -> bool:
    return any(
        first[1] <= other.cue[0][0] < start <= span[0] and span[1] <= end
        for other in near
        for start, end in other.content
    )


def unspoken(text: str, draft: Draft) -> bool:
    """Nobody says anything in "nobody was told", "who asked not to be named", "Opinion: …"."""
    labelled = draft.source and text[slice(*draft.cue[0])] == ":" and text[slice(*draft.source[0])].lower() in LABELS
    if labelled or _NAMELESS.match(text, draft.content[0][0]):
        return True
    before = text[draft.sentence.start : draft.cue[0][0]] if draft.cue else ""
    return not draft.source and _NOBODY.search(before) is not None
