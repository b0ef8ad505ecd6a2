"""What the encoder read becomes drafts, joined with what the rules found: the deterministic layer.

The encoder decides which cues are cues and what their arguments are; it has been told what the rules think. The rules
keep what they know better: quotations without a tag, marks that must not be torn, the construction and the stance of a
cue of their lexicon. Where no encoder is there, the drafts of the rules go on as they are.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import Any, get_args

from claims.extraction.encoder import Reading
from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.lexicon import NOUNS, VERB_FORMS
from claims.extraction.grammar.reading import DEEPEST
from claims.extraction.grammar.sentences import Paragraph, Sentence, inner_sentences
from claims.extraction.quotations import touching
from claims.extraction.ranges import (
    OPENING,
    POINTING,
    from_word,
    mended,
    overlap,
    scrap,
    size,
    trimmed,
    without_addressee,
    worded,
)
from claims.extraction.types import Stance
from claims.extraction.voices import by_one_voice, longest, once, unspoken
from claims.extraction.windows import Range, Read

STANCES: tuple[Stance, ...] = get_args(Stance)
FLOATING = "quote-floating"
TURN = "turn"
_HALF = 0.5
_CLOSE = 0.7
"""Overlap from which the rules' borders are taken: where both see the same words, the rules cut more exactly."""
OWN = frozenset({"i", "we", "you"})
_ARTICLES = frozenset({"the", "a", "an"})
_ADDRESSED = re.compile(
    r"\b(?:am|is|are|was|were|been|being|got) (?:\w+ )?"
    r"(?:told|promised|informed|warned|assured|advised|reminded|notified|briefed|urged|ordered|instructed)\b",
    re.IGNORECASE,
)
"""Whoever was told something stands before the cue, and does not say it."""
_ACCUSED = re.compile(r"\b(?:is|are|was|were|been|being|stands) (?:\w+ )?(?:accused|suspected) of\b", re.IGNORECASE)
"""Whoever is accused stands before it, and belongs to what is said."""
_ASKED = re.compile(r"asked (?:about|whether|if)\b|asked$", re.IGNORECASE)
"""Of somebody else, behind a comma or first of all: "The ministry, asked about it, said …"."""
_NEAR = 8
"""Drafts before a place among which one with an overlapping cue is looked for; cues are short and do not nest."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an attribution, each as a number: the features of its calibrated confidence."""

    real: float
    begun: float
    ruled: float
    source_agrees: float
    content_agrees: float
    strength: float
    direct: float
    inside: float
    own: float

    def confidence(self, weights: Mapping[str, float]) -> float:
        """Logistic regression (Platt 1999) with the weights of the model's manifest."""
        total = weights["bias"] + sum(weights[name] * getattr(self, name) for name in NAMES)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


NAMES = ("real", "begun", "ruled", "source_agrees", "content_agrees", "strength", "direct", "inside", "own")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A draft from a reading, with what speaks for it; its strength is the calibrated confidence."""

    draft: Draft
    evidence: Evidence


def joined(text: str, read: Read, readings: Iterable[Reading], model: Mapping[str, Any]) -> list[Draft]:
    """The drafts of a text in its order. `model` is the manifest: threshold, confidence, whether it knows stances."""
    found = once(one.draft for one in candidates(text, read, readings, model))
    kept = [draft for draft in found if draft.strength >= model["threshold"] and not unspoken(text, draft)]
    return with_floating(read, by_one_voice(text, longest(kept)), model["floating"])


def candidates(text: str, read: Read, readings: Iterable[Reading], model: Mapping[str, Any]) -> list[Candidate]:
    """Every reading with a content as a draft, below the threshold too."""
    places = _Places(text, read)
    made = [_candidate(places, reading, model) for reading in readings if reading.content]
    return [one for one in made if one.draft.content]


class _Places:
    """Which sentence, drafts and quotations stand at a place of the text. Every answer takes logarithmic time, since a
    paragraph can be as long as the text."""

    def __init__(self, text: str, read: Read) -> None:
        self.text = text
        self._starts = [paragraph.start for paragraph, _ in read]
        self._paragraphs = [paragraph for paragraph, _ in read]
        cued = ((draft.cue[0][0], draft) for _, drafts in read for draft in drafts if draft.cue)
        self._drafts = sorted(cued, key=itemgetter(0))
        self._inner: dict[int, list[Sentence]] = {}

    def _paragraph(self, at: int) -> Paragraph:
        return self._paragraphs[max(0, bisect_right(self._starts, at) - 1)]

    def ruled(self, cue: Range) -> Draft | None:
        """The rules' draft with a cue that overlaps."""
        k = bisect_right(self._drafts, cue[1], key=itemgetter(0))
        near = (draft for _, draft in self._drafts[max(0, k - _NEAR) : k])
        return next((draft for draft in near if draft.cue[0][0] < cue[1] and cue[0] < draft.cue[0][1]), None)

    def quoted(self, start: int, end: int) -> list[Range]:
        """The quotations that touch a range of one paragraph."""
        return [(one.start, one.end) for one in touching(self._paragraph(start).quoted, start, end)]

    def sentence(self, at: int) -> Sentence:
        """The innermost sentence at a place: that of the narrator, or one inside a quotation."""
        sentences = self._paragraph(at).sentences
        while True:
            sentence = sentences[max(0, bisect_right(sentences, at, key=attrgetter("start")) - 1)]
            quoted = next((t for t in sentence.tokens if t.quote >= 0 and t.start < at < t.end), None)
            if quoted is None or sentence.depth >= DEEPEST:
                return sentence
            if quoted.start not in self._inner:
                self._inner[quoted.start] = inner_sentences(self.text, sentence, sentence.quotation(quoted))
            if not self._inner[quoted.start]:
                return sentence
            sentences = self._inner[quoted.start]


def _candidate(places: _Places, reading: Reading, model: Mapping[str, Any]) -> Candidate:
    ruled = places.ruled(reading.cue)
    sentence = places.sentence(reading.cue[0])
    # The window ends before the later paragraphs of a speech: what the rules followed there is no disagreement.
    said = [span for span in ruled.content if span[0] <= sentence.end] if ruled is not None else []
    cue = trimmed(places.text, reading.cue)
    reading = _without_strays(reading)
    content = [span for span in _whole_quotations(places, reading) if worded(places.text, span)]
    # Beyond its sentence only quotations go on with what was said.
    content = [span for span in content if span[0] <= sentence.end or places.text[span[0]] in OPENING] or content
    found = mended(places.text, reading.source, (cue, *content))
    # A source is one phrase; of several pieces the longest is it.
    source = [from_word(places.text, trimmed(places.text, max(found, key=size), keep_comma=True))] if found else []
    if ruled is not None:
        same = overlap(content, said)
        scraps = len(content) > len(said) and any(scrap(places.text[a:b]) for a, b in content)
        torn = (same > 0 and scraps) or (ruled.rule != "noun" and _severed(sentence, content, said))
        if torn or same >= (_HALF if ruled.quoted else _CLOSE) or ruled.rule == TURN:
            cue, content = ruled.cue[0], said
            agreed = overlap(source, ruled.source)
            # The rules cut a name more exactly; of two different ones the encoder knows who speaks.
            close = torn or ruled.rule == TURN or agreed >= _CLOSE or (ruled.quoted and (agreed > 0 or not source))
            source = list(ruled.source) if close else source
    if content and places.text.startswith("of ", content[0][0]) and content[0][0] == cue[1] + 1 and _noun(places, cue):
        cue, content = (cue[0], cue[1] + 3), [(cue[1] + 4, content[0][1]), *content[1:]]
    if ruled is not None and source and all(places.text[a:b].lower() in _ARTICLES for a, b in source):
        source = list(ruled.source)
    source, content = _spoken_to(places.text, sentence, cue, source, content)
    agrees = ruled is not None and overlap(content, said) >= _HALF
    lemma = ruled.lemma if ruled is not None else _lemma(places.text[slice(*cue)])
    evidence = _evidence(places, reading, ruled, source, content, sentence, agrees=agrees)
    draft = Draft(
        [span for span in source if span[0] < span[1]],
        [cue],
        content,
        _stance(ruled, reading, lemma, model),
        evidence.confidence(model["confidence"]),
        "",
        sentence,
        lemma,
        named=bool(source) and any(t.tag in "NM" for t in sentence.tokens if source[0][0] <= t.start < source[-1][1]),
    )
    if content:
        draft.rule = ruled.rule if ruled is not None and agrees else _construction(places, draft)
    if content and ruled is not None and agrees:
        _go_on(draft, ruled)
    return Candidate(draft, evidence)


def _spoken_to(
    text: str, sentence: Sentence, cue: Range, source: list[Range], content: list[Range]
) -> tuple[list[Range], list[Range]]:
    """Source and content without whoever is told, asked or accused before the cue: they say nothing by that."""
    words, before = text[slice(*cue)], [span for span in source if span[1] <= cue[0]]
    others = [span for span in source if span not in before]
    if _ADDRESSED.search(words):
        content = without_addressee(text, content, cue)
        bidden = content and content[0][0] > cue[0] and text.startswith("to ", content[0][0])
        return others, [*before, *content] if bidden else content  # "Residents || to leave"
    if _ACCUSED.search(words):
        return others, [*before, *content]
    first = cue[0] == sentence.start or text[max(0, cue[0] - 2) : cue[0]] == ", "
    return (others, content) if first and _ASKED.match(words) else (source, content)


def _without_strays(reading: Reading) -> Reading:
    """The reading without pieces of content that are a word of the source: "South | Korea |'s army"."""
    joints = list(pairwise(reading.source))
    kept = (
        (start, end)
        for start, end in reading.content
        if not any(before[1] <= start and end <= after[0] <= end + 1 for before, after in joints)
    )
    return replace(reading, content=tuple(kept))


def _severed(sentence: Sentence, content: list[Range], said: list[Range]) -> bool:
    """The encoder ends before the verb of a clause that it took in, and the rules go on: "to strike unless talks"."""
    if len(content) != 1 or len(said) != 1 or content[0][0] != said[0][0] or content[0][1] >= said[0][1]:
        return False
    following = next((token for token in sentence.tokens if token.start >= content[0][1]), None)
    return following is not None and following.tag in {"V", "X"}


def _noun(places: _Places, cue: Range) -> bool:
    return places.text[slice(*cue)].lower().split()[-1] in NOUNS


def _evidence(
    places: _Places,
    reading: Reading,
    ruled: Draft | None,
    source: list[Range],
    content: list[Range],
    sentence: Sentence,
    *,
    agrees: bool,
) -> Evidence:
    real = min(max(reading.real, 1e-4), 1 - 1e-4)
    same_source = ruled is not None and overlap(source, ruled.source) >= _HALF
    speaker = " ".join(places.text[a:b] for a, b in source).lower()
    return Evidence(
        real=math.log(real / (1 - real)),
        begun=reading.begun,
        ruled=float(ruled is not None),
        source_agrees=float(same_source),
        content_agrees=float(agrees),
        strength=ruled.strength if ruled is not None else 0.0,
        direct=float(bool(content) and places.text[content[0][0]] in OPENING),
        inside=float(sentence.depth > 0),
        own=float(speaker in OWN),
    )


def _stance(ruled: Draft | None, reading: Reading, lemma: str, model: Mapping[str, Any]) -> Stance:
    """The lexicon's stance where it says more than "asserts", else the network's, else "asserts"."""
    if ruled is not None and ruled.stance != "asserts":
        return ruled.stance
    if model.get("stances") and max(reading.stances) >= _HALF:
        return STANCES[max(range(len(STANCES)), key=reading.stances.__getitem__)]
    known = VERB_FORMS.get(lemma)
    return known[0].stance if known else NOUNS[lemma][1] if lemma in NOUNS else "asserts"


def _lemma(cue: str) -> str:
    """The word of the cue that the lexicon knows, from behind; else its last word."""
    words = cue.lower().split()
    for word in reversed(words):
        if word in VERB_FORMS:
            return VERB_FORMS[word][0].lemma
        if word in NOUNS:
            return NOUNS[word][0]
    return words[-1] if words else ""


# ---- spans


def _whole_quotations(places: _Places, reading: Reading) -> list[Range]:
    """Contents with loose marks cut off. One that begins or ends inside a quotation which does not hold the cue too
    takes the whole of it: content never ends inside a quotation."""
    out: list[Range] = []
    for start, end in mended(places.text, reading.content, (reading.cue, *reading.source)):
        quoted = [(a, b) for a, b in places.quoted(start, end) if not a <= reading.cue[0] < b]
        for a, b in {quoted[0], quoted[-1]} if quoted else ():
            if min(end, b) - max(start, a) >= _HALF * (b - a):
                start, end = min(start, a), max(end, b)
        start, end = trimmed(places.text, (start, end), quoted)
        if start < end and not (start <= reading.cue[0] < end):
            if out and start <= out[-1][1]:
                out[-1] = (out[-1][0], max(end, out[-1][1]))
            else:
                out.append((start, end))
    return out


def _construction(places: _Places, draft: Draft) -> str:
    """The name of the construction, where the rules do not know the cue: what the claims are made by."""
    text = places.text
    first = text[slice(*draft.content[0])]
    opening = first[:1] in OPENING
    before = draft.content[0][0] < draft.cue[0][0]
    words = first.lower().split()
    if len(words) == 1 and words[0] in POINTING:
        return "relative"
    if opening:
        return "quote-left" if before else "quote-right"
    if words[0] == "to":
        return (
            "noun" if draft.lemma in NOUNS and text[slice(*draft.cue[0])].lower().split()[0] in NOUNS else "infinitive"
        )
    if not draft.source:
        return "passive" if before else "clause" if words[0] == "that" else "object"
    if text[slice(*draft.cue[0])].lower().startswith("according"):
        return "according"
    if before:
        return "left"
    inside = [t for t in draft.sentence.tokens if draft.content[0][0] <= t.start < draft.content[-1][1]]
    finite = any(token.tag in {"V", "X"} for token in inside)
    called = draft.stance == "evaluates" and draft.lemma not in {"say", "tell", "add", "write"}
    return ("clause" if words[0] == "that" else "bare") if finite and not called else "object"


# ---- what the rules add


def _go_on(draft: Draft, ruled: Draft) -> None:
    """A speech that goes on in later paragraphs, beyond the window, is the rules' to follow."""
    if ruled.quoted:
        last = max(end for _, end in draft.content)
        draft.content += [span for span in ruled.content if span[0] >= last and span[0] > draft.sentence.end]


def with_floating(read: Read, kept: list[Draft], strength: float) -> list[Draft]:
    """The drafts in order, with the quotations without a tag that none of them claims, of the speaker before."""
    claimed = sorted(span for draft in kept for span in draft.content)
    starts = [start for start, _ in claimed]
    out = list(kept)
    for _, drafts in read:
        for draft in drafts:
            if draft.rule != FLOATING:
                continue
            start, end = draft.content[0]
            at = bisect_right(starts, start)
            if not any(a <= start and end <= b + 1 for a, b in claimed[max(0, at - 8) : at]):
                draft.strength = strength
                out.append(draft)
    return sorted(out, key=lambda draft: ((draft.cue or draft.content)[0], draft.content))
