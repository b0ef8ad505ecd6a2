"""Cues: the words that link a source to what it says, as verb groups and as nouns, with what kind each is."""

from __future__ import annotations

from dataclasses import dataclass

from claims.extraction.grammar.lexicon import NOUNS, VERB_FORMS, Verb
from claims.extraction.grammar.sentences import Sentence
from claims.extraction.grammar.tagging import AUXILIARIES, BE, HAVE, NEGATIONS, Token
from claims.extraction.types import Stance

_RAISING = frozenset(
    "went go goes going continue continued continues came come comes began begin begins started rushed chose "
    "proceeded used appeared seemed managed took takes taken hastened failed refused declined dared wanted tried "
    "sought".split()
)
"""Verbs that take an infinitive of saying into the cue: "went on to say", "took to Twitter to mock"."""
_RAISING_REACH = 5
_MOST = 24
"""Cues read in one sentence: each may take the rest of the sentence as its content, so their number bounds the time."""


@dataclass(frozen=True, slots=True)
class VerbCue:
    """Tokens `start` to `end` (exclusive) of a sentence; `head` is the verb of saying itself."""

    start: int
    end: int
    head: int
    verb: Verb
    form: str
    passive: bool = False
    infinitive: bool = False
    negated: bool = False

    @property
    def participle(self) -> bool:
        """An "-ing" form without an auxiliary, which has its subject elsewhere."""
        return self.form == "ing" and self.start == self.head


@dataclass(frozen=True, slots=True)
class NounCue:
    """A noun of saying at token `head` with its lemma and stance."""

    head: int
    lemma: str
    stance: Stance


def verb_cues(sentence: Sentence) -> list[VerbCue]:
    """All verb groups of saying in the sentence, in order."""
    tokens = sentence.tokens
    out: list[VerbCue] = []
    for i, token in enumerate(tokens):
        if token.tag not in {"V", "G"}:
            continue
        known = VERB_FORMS.get(token.low)
        if known:
            cue = _group(tokens, i, *known)
            if cue is not None:
                out.append(cue)
                if len(out) >= _MOST:
                    break
    return out


def _group(tokens: list[Token], i: int, verb: Verb, form: str) -> VerbCue | None:
    start = i
    while start and _belongs(tokens, start - 1):
        start -= 1
    while start < i and tokens[start].tag == "A" and tokens[start].low in {"not", "never"} and start == i:
        start += 1
    group = tokens[start:i]
    auxiliaries = [token.low for token in group if token.tag == "X" or "'" in token.low]
    infinitive = start > 0 and tokens[start - 1].tag == "O"
    if infinitive:
        raised = _raised(tokens, start - 1)
        if raised is not None:
            start, infinitive = raised, False
        else:
            start -= 1
    last = auxiliaries[-1] if auxiliaries else ""
    passive = form in {"participle", "both"} and (last in BE or (last in {"wasn't", "isn't", "weren't", "aren't"}))
    if form == "participle" and not auxiliaries:
        return None
    negated = any(token.low in NEGATIONS for token in group)
    return VerbCue(start, i + 1, i, verb, form, passive, infinitive, negated)


def _belongs(tokens: list[Token], k: int) -> bool:
    """Auxiliaries, negation and the adverbs between them; an adverb at the sentence's start stays outside."""
    token = tokens[k]
    if token.tag == "X" and (token.low in AUXILIARIES):
        return True
    return (
        token.tag == "A"
        and k > 0
        and tokens[k - 1].tag not in {",", "O", "I", "V"}
        and token.low not in {"here", "there", "home", "today"}
    )


def _raised(tokens: list[Token], to: int) -> int | None:
    """Start of the group that governs the infinitive whose "to" stands at `to`."""
    for k in range(to - 1, max(-1, to - 1 - _RAISING_REACH), -1):
        if tokens[k].tag == "V" and tokens[k].low in _RAISING:
            while k and _belongs(tokens, k - 1):
                k -= 1
            return k
        if tokens[k].tag not in "IMNADOG":
            return None
    return None


def noun_cues(sentence: Sentence) -> list[NounCue]:
    """Nouns of saying that are used as nouns."""
    out = []
    for i, token in enumerate(sentence.tokens):
        known = NOUNS.get(token.low)
        if known and token.tag in {"N", "V"} and token.text.islower():
            if token.tag == "V" and not (i and sentence.tokens[i - 1].tag in "DJ"):
                continue
            out.append(NounCue(i, *known))
    return out


def perfect(tokens: list[Token], cue: VerbCue) -> bool:
    return any(tokens[k].low in HAVE for k in range(cue.start, cue.head))
