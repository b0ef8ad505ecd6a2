"""Words into statements: joined, stripped of marks, inflected and split; what was put for what is recorded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from claims.extraction.dates import RELATIVE
from claims.extraction.grammar.lexicon import COMMON_VERBS, VERB_FORMS, forms_of, inflections, participle_of
from claims.extraction.grammar.tagging import SUBJECT_PRONOUNS, Token, tag, tokens_of
from claims.extraction.types import Resolution

_PREDICATES = 4
_FAR = 120
"""Code points before a relative clause in which its noun phrase is looked for."""
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

    def affirm(self) -> None:
        """Denied is "that any inspection took place", so that what may be true is that some inspection did."""
        while found := _ANY.search(self.text):
            self.swap(found[0], found[0].replace("any", "some").replace("Any", "Some"), at=found.start())


# "Any longer" counts nothing.
_ANY = re.compile(r"\b[Aa]ny(?:one|body|thing)?\b(?!\s+(?:longer|more|better|way)\b)")


def read_as(resolution: Resolution) -> str:
    """In plain words; what the text leaves out, such as who speaks, has none of its own."""
    surface, resolved = resolution.surface, resolution.resolved
    return f"“{surface}” read as “{resolved}”" if surface else f"left out in the text: “{resolved}”"


_CONJUNCTION = re.compile(r"[“\"‘']?(?:and|but|or|because|so|though|which|who)\b")


def joined(parts: list[str]) -> str:
    """The spans of one content in one line: "“The plan,” … “is dead.”" goes on, "“Yes,” … “We won.”" starts anew."""
    out = ""
    for part in parts:
        if out and out.rstrip(MARKS + "’").endswith(","):
            body = out.rstrip(MARKS + "’")[:-1]
            fresh = part.lstrip(MARKS + "‘")[:1].isupper()
            joint = ". " if fresh else ", " if _CONJUNCTION.match(part) else " "
            out = f"{body}{joint}{part}"
        else:
            out = f"{out} {part}" if out else part
    return out


def as_sentence(words: str, *, mixed: bool) -> str:
    """With a capital and a full stop, and without marks around all of it; ``mixed`` speech keeps its own marks."""
    text = " ".join(words.split()).strip(" ,;:–—-")
    if not mixed and text.count("“") != text.count("”"):
        text = text.strip("“”")
    if text[:1] in MARKS and text[-1:] in MARKS and text[1:-1].count("“") == 0 and '"' not in text[1:-1]:
        text = text[1:-1]
    text = re.sub(r",([”\"])$", r"\1", text[:1].upper() + text[1:])
    return text if text[-1:] in ".!?…" or text[-2:] in {".”", '."', "?”"} else f"{text}."


def unmarked(text: str) -> str:
    """Without quotation marks; the apostrophe of "the consultants’ reports" stays."""
    return re.sub("[“”\"«»„]|(?<!\\w)‘|(?<!s)’(?!\\w)|(?<=s)’(?!\\w|\\s[a-z])|''", "", text).strip(MARKS)


@lru_cache(maxsize=32)
def tagged(text: str) -> tuple[Token, ...]:
    """The words of one clause; it is asked for several times in a row."""
    tokens = tokens_of(text, 0, len(text))
    tag(tokens)
    return tuple(tokens)


def phrase_before(text: str, at: int) -> str:
    """The noun phrase that ends at that place, where a relative clause may begin."""
    from_here = text[max(0, at - _FAR) : at]
    tokens = list(tagged(from_here))
    while tokens and tokens[-1].tag in {",", "T", "W"}:
        tokens.pop()
    k = len(tokens)
    while k and (tokens[k - 1].tag in set("NMJ#$£€") or (tokens[k - 1].low == "of" and k < len(tokens))):
        k -= 1
    while k and tokens[k - 1].tag == "D":
        k -= 1
    return from_here[tokens[k].start : tokens[-1].end] if k < len(tokens) and (k or at <= _FAR) else ""


def led_by(text: str, at: int) -> tuple[str, str]:
    """The relative pronoun directly before that place and its noun phrase: "a centre that", or two empty strings."""
    found = re.search(r"(?:^|\s)(that|which|who)\s+$", text[max(0, at - 20) : at])
    return (found[1], phrase_before(text, at)) if found else ("", "")


def listed_before(text: str, antecedent: str, at: int) -> str:
    """ "Kherson and Luhansk are the two regions Putin proclaimed annexed": those are what is spoken of."""
    before = text[max(0, at - 300) : at].rstrip()
    found = re.search(rf"(?:^|[.!?]\s+|\n)([A-Z][^.!?;:\n]+) are {re.escape(antecedent)}$", before)
    return found[1] if found else ""


def third(verb: str) -> str:
    return next((form for form, kind in forms_of(verb.lower()).items() if kind == "s"), verb)


# Of what people are accused of, where the verb is none of the common ones. Who is accused of lying did not lie down.
_DONE = dict(
    pair.split(":")
    for pair in """
        being:been doing:done lying:lied bleeding:bled breeding:bred speeding:sped betting:bet bidding:bid shedding:shed
        ridding:rid bursting:burst thrusting:thrust slitting:slit freezing:frozen grinding:ground binding:bound
        winding:wound weaving:woven stinging:stung clinging:clung slinging:slung flinging:flung wringing:wrung
        digging:dug creeping:crept
    """.split()
)
_PREFIX = re.compile(r"(?:mis|over|under|out|re|with|up|fore|broad|un)(?=\w{5})")


def participle(ing: str) -> str:
    """ "committing" → "committed", "misleading" → "misled"."""
    prefix = _PREFIX.match(ing)
    for before in ("", prefix[0]) if prefix else ("",):
        verb = ing.removeprefix(before)
        if found := _DONE.get(verb) or participle_of(verb):
            return before + found
    return f"{ing[:-4]}ied" if ing.endswith("ying") and ing[-5:-4] not in "aeo" else f"{ing[:-3]}ed"


def in_the_past(cue: str) -> str:
    """ "adding" → "added": a participle is no verb of a sentence of its own."""
    first, *rest = cue.split(" ")
    known = VERB_FORMS.get(first.lower())
    if known is None or known[1] != "ing":
        return cue
    past = next((form for form, kind in forms_of(known[0].lemma).items() if kind in {"past", "both"}), first)
    return " ".join([past, *rest])


def without_listener(cue: str) -> str:
    """ "told" → "said": before a quotation alone it would be told to nobody."""
    return {"told": "said", "tells": "says", "tell": "say"}.get(cue.split()[-1].lower()) or in_the_past(cue)


def has_done(who: str, ing: str) -> str:
    """ "Smith", "lying" → "has lied"; "the guards", "lying" → "have lied"."""
    last = who.split()[-1].lower()
    plural = " and " in who or last.endswith("s") or last in {"police", "people", "they", "them"}
    return f"{'have' if plural else 'has'} {participle(ing)}"


_NOT_DONE = frozenset({"wrongdoing", "anything", "everything", "something", "nothing"})


def having_done(who: str, words: str) -> Statement | None:
    """ "Smith", "lying to police" → "Smith has lied to police"; None where the words are nothing that one does."""
    found = re.match(r"(\w+ly )?(?:having (\w+)|(\w+ing))\b(.*)", words, re.DOTALL)
    if found is None or found[3] in _NOT_DONE:
        return None
    has, done = has_done(who, found[3] or "doing").split()
    verb = f"{has} {found[1] or ''}{found[2] or done}"
    return Statement(f"{who} {verb}{found[4]}", [Resolution(words.removesuffix(found[4]), verb)])


_SUBJECT = frozenset("DNMJ#PAICQYX&,$£€%-(")
_OBJECTIVE = frozenset("me him them us".split())
_TIME = re.compile(rf"(?:\s(?:on|in|by|late|early|earlier))*\s(?:{RELATIVE.pattern})$", re.IGNORECASE)
_REASON = re.compile(
    r"^(.{15,}?),? (because\b|as an? (?:\w+ )?(?:precaution|measure|gesture|protest)\b|in protest\b).*$",
    re.DOTALL,
)
_NOT = re.compile(r"\b(?:not|never|no|neither|nobody|none)\b|n[’']t\b", re.IGNORECASE)
_AND_THAT = re.compile(r",? (?:and|but) that (?=\S+ )")
_FINITE = frozenset({"past", "both", "s", "base"})
FORMS = inflections(COMMON_VERBS)


def is_clause(tokens: Sequence[Token]) -> bool:
    """Whether the words can stand alone: a subject, then its finite verb; "A contractor for the seat after he paid" and
    "his part and agreed to testify" cannot.
    """
    if not tokens or tokens[0].low in _OBJECTIVE:
        return False
    if tokens[0].tag in {"S", "A", "I", "G", "W", "C", "T", "O"}:
        return len(tokens) > 2  # an adverbial or a question comes first
    first = next((i for i, token in enumerate(tokens) if token.tag in {"V", "X"} or _contracted(token)), None)
    if first is None or (first == 0 and not _contracted(tokens[0])):
        return False
    if _contracted(tokens[first]):
        return True
    if any(token.tag not in _SUBJECT and not _led(tokens, i) for i, token in enumerate(tokens[:first])):
        # Not counting those of what the relative clause says that somebody said.
        verbs = sum((token.tag in {"V", "X"}) - (token.tag == "T") for token in tokens)
        return verbs > 1 and any(token.tag == "W" for token in tokens[:first])  # a relative clause of the subject
    before, verb = tokens[first - 1], tokens[first]
    if verb.tag == "V" and FORMS.get(verb.low, "both") not in _FINITE:
        return False
    crowded = before.tag == "P" and first > 1 and tokens[first - 2].tag in {"N", "M"}
    if tokens[0].tag == "P" and first > 1 and before.tag == ",":
        return False  # "it a mistake, gave evidence"
    return not crowded and before.tag not in {"C", "I"}


def _led(tokens: Sequence[Token], i: int) -> bool:
    """ "Claims to the contrary", "the road to Oslo": a "to" before no verb."""
    return tokens[i].tag == "O" and tokens[i + 1].tag in "DNMJ#"


def _contracted(token: Token) -> bool:
    return token.tag == "P" and "'" in token.low


def split(text: str, tokens: Sequence[Token]) -> list[str]:
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
        if token.tag in {"W", "T", "S", "Q"} or len(starts) >= _PREDICATES or _own_subject(tokens, i):
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
    time = _TIME.search(parts[-1])
    if time is not None and not any(RELATIVE.search(part) for part in parts[:-1]):
        parts = [*(f"{part}{time[0]}" for part in parts[:-1]), parts[-1]]  # the day belongs to all of them
    # A participle borrows the auxiliary of the first predicate: "is increasing …, turning …" → "is turning …".
    borrowed = ["", *(f"{verb.text} " if part.split()[0].endswith("ing") else "" for part in parts[1:])]
    return [f"{subject} {auxiliary}{part}" for auxiliary, part in zip(borrowed, parts, strict=True)]


def what_was(words: str) -> Statement | None:
    """ "what were fake referendums" → "The referendums were fake"."""
    found = re.match(r"what\s+(was|were|is|are)\s+(?:an?\s+)?(.+)", words, re.DOTALL)
    tokens = tagged(found[2]) if found else ()
    if not found or len(tokens) != 2 or tokens[1].tag != "N":
        return None
    noun = f"the {tokens[1].text}"
    return Statement(f"{noun.capitalize()} {found[1]} {tokens[0].text}", [Resolution("what", noun)])


def clauses_of(text: str) -> list[str]:
    """The clauses of "that …, and that …", but for those inside of a quotation."""
    out, last = [], 0
    for found in _AND_THAT.finditer(text):
        before = text[last : found.start()]
        if before.count('"') % 2 == 0 and before.count("“") == before.count("”"):
            out.append(before)
            last = found.end()
    return [*out, text[last:]]


def without_reason(text: str) -> str:
    """The statement without the reason that ends it; nothing where it gives none. Both can be checked."""
    found = _REASON.match(text)
    if found is None or (found[2] == "because" and _NOT.search(found[1])):
        return ""  # "He did not leave because he was tired" may well say that he left
    return found[1]


def conjoined_objects(text: str, tokens: Sequence[Token]) -> list[str]:
    """ "is increasing artillery activity and the number of air strikes": each of two objects of one verb, where the
    second has an article of its own and nothing follows that could belong to both.
    """
    verb = next((i for i, token in enumerate(tokens) if token.tag in {"V", "G"}), None)
    joint = [i for i, token in enumerate(tokens) if token.tag == "C"]
    if verb is None or len(joint) != 1 or tokens[joint[0]].low != "and" or not verb + 1 < joint[0] < len(tokens) - 2:
        return [text]
    at = joint[0]
    plain = frozenset("DNMJ#&")
    first, second = tokens[verb + 1 : at], [token for token in tokens[at + 1 :] if token.tag != "."]
    own = bool(second) and second[0].low in {"the", "a", "an"} and all(token.tag in plain | {"I"} for token in second)
    if not own or any(token.tag not in plain for token in first):
        return [text]
    return [text[: tokens[at].start].rstrip(), text[: tokens[verb].end] + " " + text[second[0].start :]]


def _own_subject(tokens: Sequence[Token], i: int) -> bool:
    """A second clause begins, whose predicates are not the first subject's."""
    token, before = tokens[i], tokens[i - 1]
    return token.low in SUBJECT_PRONOUNS or (token.tag in {"V", "X"} and before.tag in {"N", "M", "P"})


def _same_form(first: Token, second: Token) -> bool:
    if second.tag not in {"V", "X"}:
        return False
    past = {"past", "both"}
    kinds = FORMS.get(first.low, "both" if first.low.endswith("ed") else ""), FORMS.get(second.low, "")
    alike = set(kinds) <= past or kinds == ("s", "s")
    return (first.tag == second.tag == "V" and alike) or first.tag == second.tag == "X"
