"""What links source and content without a verb of the lexicon: "according to", nouns, colons, verbs of no list."""

from __future__ import annotations

from claims.extraction.grammar import source_spans
from claims.extraction.grammar.attribution import Draft, VerbReader
from claims.extraction.grammar.clauses import Clauses, Range
from claims.extraction.grammar.cues import NounCue, noun_cues
from claims.extraction.grammar.sentences import Sentence
from claims.extraction.grammar.tagging import is_demonym

_OWNERS = frozenset("his her their its my our your".split())
_HEARSAY = frozenset("reportedly allegedly purportedly supposedly".split())
LABELS = frozenset(
    "photo photos image images video source sources note related more watch read update updated correction opinion "
    "analysis credit caption date time place when where who what why how tickets contact phone email address tags "
    "topics obituary profile interview review live breaking exclusive column letters explainer factbox timeline "
    "podcast q&a".split()
)
"""What stands before a colon again and again, and is nobody."""
_SIGNATURE = 12
"""Words of a name with a role, behind a quotation and a dash."""
_OF = frozenset("claim denial suggestion rumour rumor accusation allegation".split())
_ABOUT = frozenset("about around nearly almost roughly some well just over under between more less up".split())
"""Before a figure."""
_SEVERAL_OF = frozenset({"reports", "warnings"})


def read(sentence: Sentence) -> list[Draft]:
    """All attributions with a cue in this sentence, in the order of their cues."""
    clauses = Clauses(sentence)
    verbs = VerbReader(clauses)
    for cue in clauses.cues:
        verbs.read(cue)
    drafts = verbs.drafts
    drafts += _according_to(clauses)
    for noun in noun_cues(sentence):
        drafts += _noun(clauses, noun, drafts)
    drafts += _put_at(clauses)
    drafts += _unknown_verb(clauses, drafts)
    drafts += _hearsay(clauses)
    if not drafts:
        drafts += _signed(clauses) or _colon(clauses)
    drafts = [draft for draft in drafts if not swallowed(draft, drafts) and _whole(draft)]
    drafts.sort(key=lambda draft: draft.cue or draft.content)
    return drafts


def _according_to(at: Clauses) -> list[Draft]:
    out = []
    for i in range(at.n - 1):
        if at.low(i) != "according" or at.low(i + 1) != "to":
            continue
        phrase = source_spans.right(at.tokens, i + 2, adjuncts=True)
        content = _according_content(at, i, phrase[1]) if phrase else None
        if phrase is not None and content is not None and content[1] > content[0]:
            out.append(
                Draft(
                    [at.chars(phrase)],
                    [at.chars((i, i + 2))],
                    [at.chars(content)],
                    "asserts",
                    0.85,
                    "according",
                    at.sentence,
                    "according",
                    True,
                )
            )
    return out


def _according_content(at: Clauses, i: int, after: int) -> Range | None:
    if i <= 1:
        start = after + 1 if at.tag(after) == "," else after
        return (start, at.clause_end(start, None)) if start < at.n else None
    stop = i - 1 if at.tag(i - 1) in {",", "-"} else i
    start = next((j + 1 for j in range(stop - 1, -1, -1) if at.tag(j) == ";"), 0)
    return (start + 1 if at.tag(start) == "C" else start), stop


def _noun(at: Clauses, cue: NounCue, drafts: list[Draft]) -> list[Draft]:
    """ "Russian claims to have taken the city", "the allegation that …", "accusations of fraud"."""
    i, p = cue.head, cue.head + 1
    by = source_spans.right(at.tokens, p + 1) if at.low(p) in {"by", "from"} else None
    if by is not None and at.tag(by[1]) == "T":  # "claims by the rival that the sale was rigged"
        p = by[1]
    clause = at.tag(p) == "T" or (at.tag(p) == "O" and at.tag(p + 1) in set("VX"))
    begin = p if clause else p + 1
    # "Reports of looting"; "the reports of the commission" are papers.
    several = at.low(i) in _SEVERAL_OF and at.tag(p + 1) in "NJG"
    if not (clause or (at.low(p) == "of" and (cue.lemma in _OF or several))):
        return []
    if any(start <= at.tokens[i].start < end for draft in drafts for start, end in draft.cue):
        return []
    if any(draft.rule == "relative" and draft.content == [at.chars((p, p + 1))] for draft in drafts):
        return []
    end = _before_predicate(at, i, begin, at.clause_end(begin, None))
    if end <= begin:
        return []
    owner = _owner(at, i)
    source = by if by is not None and p == by[1] else owner
    sources = [at.chars(source)] if source else []
    cue_range = at.chars((i, begin if source is owner else i + 2))
    return [
        Draft(
            sources,
            [cue_range],
            [at.chars((begin, end))],
            cue.stance,
            0.6 if source else 0.45,
            "noun",
            at.sentence,
            cue.lemma,
            bool(source),
        )
    ]


def _before_predicate(at: Clauses, noun: int, begin: int, end: int) -> int:
    """ "The promise to cut costs | remains": a noun of saying that is the subject has its verb behind its content."""
    if any(at.tag(i) in "VX" for i in range(noun)):
        return end
    verbs = 0
    for i in range(begin, end):
        if (at.tag(i) in set("CSW,Q:") or at.tag(i) == "T") and i > begin:
            return end
        verbs += at.tag(i) in "VX" and at.tag(i - 1) not in ("XVAO" if at.tag(i) == "V" else "XA")
        verbs += at.tag(i) == "O" and at.tag(i + 1) == "V" and i == begin
        if verbs > 1:
            return i
    return end


def _owner(at: Clauses, i: int) -> Range | None:
    """Whose claim it is: "Russian claims", "the mayor's claim", "his claim"."""
    start = i
    while at.tag(start - 1) == "J" and not is_demonym(at.tokens[start - 1]):
        start -= 1
    if not start:
        return None
    before = at.tokens[start - 1]
    if before.possessive:
        return source_spans.left(at.tokens, start - 1)
    return (start - 1, start) if is_demonym(before) or before.low in _OWNERS else None


def _put_at(at: Clauses) -> list[Draft]:
    """ "An official put the loss at “under a million”": who estimates, and what."""
    out = []
    for i in range(1, at.n):
        if at.low(i) not in {"put", "puts"} or at.tag(i) != "V":
            continue
        to = next((j for j in range(i + 2, min(at.n - 1, i + 9)) if at.low(j) == "at"), None)
        if to is None or not (at.tag(to + 1) in {"#", "$", "£", "€", "Q"} or at.low(to + 1) in _ABOUT):
            continue
        k = i - 1
        while k > 0 and at.tag(k) in "XA":
            k -= 1
        span = source_spans.left(at.tokens, k)
        if span is not None:
            content = at.chars((i + 1, at.clause_end(i + 1, None)))
            cue = at.chars((k + 1, i + 1))
            out.append(Draft([at.chars(span)], [cue], [content], "asserts", 0.7, "object", at.sentence, "put"))
    return out


def _unknown_verb(at: Clauses, drafts: list[Draft]) -> list[Draft]:
    """ "Trump roared, “…”": a verb of no list links a subject and a quotation that reads as speech."""
    out = []
    for i in range(at.n):
        if not at.speech(i) or at.tag(i - 1) not in {",", ":"} or _covered(at, i, drafts):
            continue
        verbs = [v for v in range(i - 2, max(-1, i - 16), -1) if at.tokens[v].tag == "V"]
        if not verbs:
            continue
        k = verbs[-1] - 1
        while k > 0 and at.tag(k) in "XA":
            k -= 1
        span = source_spans.left(at.tokens, k) if k >= 0 else None
        if span is not None:
            out.append(
                Draft(
                    [at.chars(span)],
                    [at.chars((k + 1, verbs[-1] + 1))],
                    [at.chars((i, i + 1))],
                    "asserts",
                    0.6,
                    "quote-unknown",
                    at.sentence,
                )
            )
    return out


def _whole(draft: Draft) -> bool:
    """Its spans have words: behind "told reporters: …" there may be none."""
    return all(start < end for start, end in draft.source + draft.cue + draft.content)


def swallowed(draft: Draft, drafts: list[Draft]) -> bool:
    """ "refused to say how": the longer cue speaks for both."""
    start, end = draft.cue[0]
    return any(
        a <= start and end <= b and (a, b) != (start, end)
        for other in drafts
        if other is not draft
        for a, b in other.cue
    )


def _hearsay(at: Clauses) -> list[Draft]:
    """ "The minister reportedly offered to step down": an adverb for a source that is not named."""
    out = []
    for i in range(at.n):
        if at.low(i) not in _HEARSAY:
            continue
        start = next((j + 1 for j in range(i - 1, -1, -1) if at.tag(j) in set(",;:-W")), 0)
        end = at.clause_end(i + 1, None)
        parts = [at.chars(part) for part in ((start, i), (i + 1, end)) if part[1] > part[0]]
        if end > i + 1 and at.has_verb(start, end):
            out.append(Draft([], [at.chars((i, i + 1))], parts, "asserts", 0.45, "hearsay", at.sentence, at.low(i)))
    return out


def _covered(at: Clauses, i: int, drafts: list[Draft]) -> bool:
    start, end = at.tokens[i].start, at.tokens[i].end
    return any(a < end and start < b for draft in drafts for a, b in draft.content)


def _signed(at: Clauses) -> list[Draft]:
    """ "“We tried it twice.” ― Ann Ruud": a quotation with its speaker's name behind a dash, and nothing else."""
    dash = next((i for i in range(at.n) if at.tag(i) != "Q"), at.n)
    end = at.n - 1 if at.tag(at.n - 1) == "." else at.n
    if not dash or at.tag(dash) != "-" or not dash + 1 < end <= dash + _SIGNATURE or not at.speech(0):
        return []
    first = dash + 2 if at.tag(dash + 1) == "D" else dash + 1
    if at.tag(first) != "M" or at.has_verb(first, end):
        return []
    spans = at.chars((dash + 1, end)), at.chars((dash, dash + 1))
    said = [at.chars((i, i + 1)) for i in range(dash)]
    return [Draft([spans[0]], [spans[1]], said, "asserts", 0.7, "quote-signed", at.sentence, named=True)]


def _colon(at: Clauses) -> list[Draft]:
    """ "SMITH: “…”" and "Smith: We won.": a short name, a colon, then what was said."""
    first = next((i for i in range(at.n) if at.tag(i) != "Y"), 0)
    colon = next((i for i in range(first + 1, min(first + 14, at.n - 1)) if at.tag(i) == ":"), None)
    if colon is not None and at.speech(colon + 1) and not at.has_verb(first, colon):
        phrase = source_spans.right(at.tokens, first)
        if phrase is not None and phrase[1] <= colon and any(at.tag(i) == "M" for i in range(*phrase)):
            spans = at.chars(phrase), at.chars((colon, colon + 1)), at.chars((colon + 1, colon + 2))
            return [Draft([spans[0]], [spans[1]], [spans[2]], "asserts", 0.6, "quote-colon", at.sentence, named=True)]
    if (
        at.n < 4
        or (colon or 0) > 6
        or colon is None
        or at.low(0) in LABELS
        or any(at.tag(i) not in "MN" or not at.tokens[i].text[0].isupper() for i in range(colon))
    ):
        return []
    end = at.clause_end(colon + 1, None)
    if end <= colon + 1 or not at.has_verb(colon + 1, end):
        return []
    spans = at.chars((0, colon)), at.chars((colon, colon + 1)), at.chars((colon + 1, end))
    return [Draft([spans[0]], [spans[1]], [spans[2]], "asserts", 0.6, "colon", at.sentence)]
