"""Drafts become attributions: order and ids, names of sources, quote type, channel, day, nesting, and what a denial
answers.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from datetime import date
from itertools import pairwise

from claims.extraction.coreference import Resolver
from claims.extraction.dates import RELATIVE, resolve
from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.lexicon import NOUNS
from claims.extraction.grammar.tagging import Token
from claims.extraction.quotations import touching
from claims.extraction.types import Attribution, Narrator, QuoteType, Span, Stance

_CHANNELS = {
    "twitter": "Twitter", "tweet": "Twitter", "tweets": "Twitter", "tweeted": "Twitter", "facebook": "Facebook",
    "instagram": "Instagram",
    "telegram": "Telegram", "tiktok": "TikTok", "youtube": "YouTube", "linkedin": "LinkedIn", "statement": "statement",
    "interview": "interview", "interviewer": "interview", "conference": "press conference", "briefing": "briefing",
    "speech": "speech",
    "letter": "letter", "email": "email", "e-mail": "email", "emailed": "email", "memo": "memo", "report": "report",
    "podcast": "podcast",
    "broadcast": "broadcast", "television": "television", "radio": "radio", "debate": "debate",
    "testimony": "testimony", "testified": "testimony",
    "filing": "court filing", "affidavit": "court filing", "hearing": "hearing", "rally": "rally", "memoir": "book",
    "book": "book",
    "blog": "blog", "op-ed": "op-ed", "column": "column", "release": "press release", "phone": "telephone",
    "telephone": "telephone",
}  # fmt: skip
_CHANNEL_CUE = frozenset("in on via by through at during from to using".split())
_REACH = 12
"""Tokens around a cue in which its channel and its day are looked for."""
_DOUBTS = frozenset(
    "despite contrary falsely wrongly incorrectly baselessly misleadingly baseless unfounded false debunked "
    "discredited unsubstantiated disproven bogus spurious".split()
)
_ASSENTS = frozenset("rightly correctly accurately truthfully".split())
_FREQUENT = frozenset(
    "regular regularly repeated repeatedly frequent frequently constant constantly persistent often".split()
)
_OPENING = frozenset('“"„«`')
_POINTING = frozenset("which this that it these those them".split())
_CHARGES = ("allegation", "accusation", "charge")
_SAYINGS = frozenset(
    "claim claims report reports suggestion suggestions criticism assertion assertions wrongdoing".split()
)
_ACCOUNTS = frozenset("account version story assessment description characterisation characterization".split())
_ASKING = frozenset("whether if how why what who when where".split())
_FIGURES = frozenset({"figure", "figures", "number", "numbers"})
_WORD = re.compile(r"[^\W_]{4,}")
_COMMON = frozenset("that this with from were have been they them their there would could about more some who".split())
"""Words that two statements share whatever they are about."""
_MEMORY = 40
"""Earlier attributions that a denial can answer."""
_NEAR = 3
"""Attributions behind a denial among which that is looked for which stands in it."""


def finished(drafts: list[Draft], text: str, resolver: Resolver, day: date | None) -> tuple[Attribution, ...]:
    """The attributions in the order of their cues; `day` is what relative dates are counted from."""
    ordered = sorted((draft for draft in drafts if draft.content), key=lambda draft: (draft.cue or draft.content)[0])
    names = resolver.entities(ordered)
    out = [
        _attribution(draft, f"A{number}", text, name, day)
        for number, (draft, name) in enumerate(zip(ordered, names, strict=True), start=1)
    ]
    return tuple(_answers(_nested(out), ordered))


def _attribution(draft: Draft, name: str, text: str, entity: str | None, day: date | None) -> Attribution:
    around = _around(draft)
    narrator = _narrator(draft)
    return Attribution(
        id=name,
        source=_spans(text, draft.source),
        cue=_spans(text, draft.cue),
        content=_spans(text, draft.content),
        quote_type=_quote_type(draft, text),
        stance=_stance(draft),
        confidence=round(min(0.99, max(0.01, draft.strength)), 2),
        rule=draft.rule,
        source_entity=entity,
        channel=_channel(draft, around),
        said_on=_said_on(draft, text, around, day),
        narrator=narrator,
        frequency=next((token.low for token in _before_cue(draft, 3) if token.low in _FREQUENT), None),
    )


def _spans(text: str, ranges: list[tuple[int, int]]) -> tuple[Span, ...]:
    return tuple(Span.of(text, start, end) for start, end in sorted(ranges))


def _quote_type(draft: Draft, text: str) -> QuoteType:
    if draft.rule == "quote-floating":
        return "direct"
    # A speech that goes on in later paragraphs stands in quotations of those.
    touched = [touching(draft.sentence.quoted, start, end) for start, end in draft.content]
    whole = [
        text[start] in _OPENING or any(one.start <= start and end <= one.end for one in some)
        for (start, end), some in zip(draft.content, touched, strict=True)
    ]
    if all(whole):
        return "direct"
    return "mixed" if any(touched) else "indirect"


def _around(draft: Draft) -> list[Token]:
    """The words beside the cue that belong neither to the content nor to the source."""
    if not draft.cue:
        return []
    start, end = draft.cue[0]
    taken = draft.content + draft.source
    tokens = draft.sentence.tokens
    last = next((k for k, token in enumerate(tokens) if token.start >= end), len(tokens))
    first = next((k for k, token in enumerate(tokens) if token.start >= start), 0)
    window = tokens[max(0, first - 4) : last + _REACH]
    return [token for token in window if not any(a <= token.start < b for a, b in taken)]


def _before_cue(draft: Draft, count: int) -> list[Token]:
    if not draft.cue:
        return []
    tokens = draft.sentence.tokens
    first = next((k for k, token in enumerate(tokens) if token.start >= draft.cue[0][0]), 0)
    inside = [token for token in tokens if draft.cue[0][0] <= token.start < draft.cue[0][1]]
    return tokens[max(0, first - count) : first] + inside


def _channel(draft: Draft, around: list[Token]) -> str | None:
    for k, token in enumerate(around):
        channel = _CHANNELS.get(token.low)
        if channel is None:
            continue
        verbal = token.tag in {"V", "G"} and draft.cue and draft.cue[0][0] <= token.start < draft.cue[0][1]
        led = any(before.low in _CHANNEL_CUE for before in around[max(0, k - 4) : k])
        if token.low == "conference" and (not k or around[k - 1].low not in {"press", "news"}):
            continue
        if verbal or (led and token.tag not in {"V", "G"}):
            return channel
    return None


def _said_on(draft: Draft, text: str, around: list[Token], day: date | None) -> date | None:
    if day is None or draft.sentence.depth:
        return None
    for token in around:
        found = RELATIVE.match(text, token.start)
        said = resolve(found, day) if found else None
        if said is not None and said[1] is not None:
            return said[1]
    return None


def _narrator(draft: Draft) -> Narrator:
    words = {token.low for token in _before_cue(draft, 4)}
    if words & _DOUBTS or any(a.low == "without" and b.low == "evidence" for a, b in _pairs(draft)):
        return "contradicts"
    return "endorses" if words & _ASSENTS else "neutral"


def _pairs(draft: Draft) -> list[tuple[Token, Token]]:
    around = _around(draft)
    return list(pairwise(around))


def _stance(draft: Draft) -> Stance:
    if draft.stance == "denies" and any(
        token.low in {"not", "never", "didn't", "hasn't", "don't", "doesn't"} for token in _before_cue(draft, 0)
    ):
        return "asserts"
    if draft.stance == "questions" and draft.lemma == "ask" and _requests(draft):
        return "asserts"
    return draft.stance


def _requests(draft: Draft) -> bool:
    """ "Asked him to leave", "asked for its removal": nothing is put in question."""
    content = [token for token in draft.sentence.tokens if draft.content[0][0] <= token.start < draft.content[0][1]]
    if content and content[0].low in _ASKING:
        return False
    wanted = [a.tag == "O" and b.tag == "V" for a, b in pairwise(content)]
    return any(wanted) or any(token.low == "for" for token in _before_cue(draft, 0))


def _nested(attributions: list[Attribution]) -> list[Attribution]:
    """`parent`: the smallest other content that holds the whole of an attribution but its own content's overhang."""
    contents = sorted((span.start, span.end, k) for k, found in enumerate(attributions) for span in found.content)
    starts = [content[0] for content in contents]
    # The furthest end so far lets the search to the left stop as soon as nothing there can reach the cue.
    furthest: list[int] = []
    for _, end, _k in contents:
        furthest.append(max(end, furthest[-1] if furthest else 0))
    parents: dict[int, int] = {}
    for k, found in enumerate(attributions):
        if not found.cue:
            continue
        spans = found.source + found.cue
        first, last = min(span.start for span in spans), max(span.end for span in spans)
        parent: tuple[int, int] | None = None
        at = bisect_right(starts, first) - 1
        steps = 0
        while at >= 0 and furthest[at] >= last and steps < _MEMORY:
            start, end, other = contents[at]
            smaller = parent is None or end - start < parent[0]
            if other != k and end >= last and smaller and not _stands_in(other, k, parents):
                parent = (end - start, other)
            at -= 1
            steps += 1
        if parent is not None:
            parents[k] = parent[1]
    return [
        replace(found, parent=attributions[parents[k]].id) if k in parents else found
        for k, found in enumerate(attributions)
    ]


def _stands_in(one: int, other: int, parents: dict[int, int]) -> bool:
    """Whether the way up from one leads to the other. Two cues may each stand in the other's content ("allegedly …
    and reportedly …")."""
    while one in parents and one != other:
        one = parents[one]
    return one == other


def _answers(attributions: list[Attribution], drafts: list[Draft]) -> list[Attribution]:
    """`responds_to`: the earlier attribution that a denial denies."""
    words = [
        frozenset(word.lower() for span in found.content for word in _WORD.findall(span.text[:2000])) - _COMMON
        for found in attributions
    ]
    out = []
    for k, found in enumerate(attributions):
        target = _answered(k, attributions, drafts, words) if found.stance == "denies" else None
        out.append(replace(found, responds_to=attributions[target].id) if target is not None else found)
    return out


def points_back(attribution: Attribution) -> bool:
    """The content only points to what another said: "which", "the allegations as fantasy"."""
    words = [word.strip(",.") for word in attribution.content[0].text.lower().split()[:4]]
    return (
        (len(words) == 1 and words[0] in _POINTING)
        or any(word.startswith(_CHARGES) or word in _SAYINGS for word in words)
        or _told(words, _FIGURES | _ACCOUNTS)
    )


def _told(words: list[str], nouns: frozenset[str]) -> bool:
    """ "Disputes that account", "disputes that figure": points at what somebody told or counted."""
    return len(words) == 2 and words[0] in _POINTING | {"the"} and words[1] in nouns


def _answered(k: int, found: list[Attribution], drafts: list[Draft], words: list[frozenset[str]]) -> int | None:
    content = found[k].content[0].text.lower().split()
    for other in range(k + 1, min(len(found), k + _NEAR)):
        # "Deny claims by a union that …": what is denied stands in the denial.
        if found[other].parent == found[k].id and found[other].cue[0].text.split()[0].lower() in NOUNS:
            return other
    anaphoric = points_back(found[k])
    charged, counted = any(word.startswith(_CHARGES) for word in content[:4]), _told(content, _FIGURES)
    here = drafts[k].sentence
    best: tuple[float, int] | None = None
    for other in range(k - 1, max(-1, k - _MEMORY), -1):
        same_speaker = found[other].source_entity is not None and found[other].source_entity == found[k].source_entity
        asked = found[k].parent == found[other].id and found[other].rule == "turn"
        if same_speaker or asked or found[other].stance == "denies":
            continue
        distance = here.paragraph - drafts[other].sentence.paragraph
        if anaphoric and not any(" " in span.text for span in found[other].content):
            continue  # "her husband said nothing"
        if counted and not any(sign.isdigit() for span in found[other].content for sign in span.text):
            continue
        if anaphoric:
            if charged:
                if found[other].stance == "accuses":
                    return other
            elif drafts[other].sentence is here or (
                distance <= 1 and (found[other].stance == "accuses" or content[0] != "which")
            ):
                return other
            continue
        shared = len(words[k] & words[other])
        share = shared / min(len(words[k]), len(words[other])) if words[k] and words[other] else 0.0
        if shared >= 2 and share >= 0.5 and (best is None or share > best[0]):
            best = (share, other)
    return best[1] if best else None
