"""Cue first, then its arguments: for each cue of a sentence who its source is and which words are its content."""

from __future__ import annotations

from dataclasses import dataclass, field

from claims.extraction import source_spans
from claims.extraction.cues import NounCue, VerbCue, noun_cues, verb_cues
from claims.extraction.lexicon import VERB_FORMS
from claims.extraction.sentences import Sentence
from claims.extraction.tagging import Token, is_demonym
from claims.extraction.types import Stance

Range = tuple[int, int]
_STOPS = frozenset(".!?;")
_WEAK_CLAUSE = frozenset("find show read learn know see prove demonstrate notice forget remember understand".split())


@dataclass(slots=True)
class Draft:
    """An attribution in the making: code point ranges by role, and what the later steps need to know of its making."""

    source: list[Range]
    cue: list[Range]
    content: list[Range]
    stance: Stance
    strength: float
    rule: str
    sentence: Sentence
    lemma: str = ""
    speaker: Draft | None = None
    """The draft whose source speaks here too, where this one has no source span of its own."""
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def quoted(self) -> bool:
        """The content ends with a quotation, so that a following one can go on with it."""
        return self.rule.startswith("quote")


def read(sentence: Sentence) -> list[Draft]:
    """All attributions with a cue in this sentence, in the order of their cues."""
    reader = _Reader(sentence)
    for cue in reader.cues:
        reader.verb(cue)
    reader.according_to()
    for noun in noun_cues(sentence):
        reader.noun(noun)
    reader.unknown_verb_with_quotation()
    reader.colon()
    reader.drafts.sort(key=lambda draft: draft.cue or draft.content)
    return reader.drafts


class _Reader:
    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.tokens = sentence.tokens
        self.n = len(self.tokens)
        self.cues = verb_cues(sentence)
        self.by_start = {cue.start: cue for cue in self.cues}
        self.drafts: list[Draft] = []
        self.subjects: list[tuple[int, Range]] = []

    # ---- small questions about the sentence

    def tag(self, i: int) -> str:
        return self.tokens[i].tag if 0 <= i < self.n else ""

    def low(self, i: int) -> str:
        return self.tokens[i].low if 0 <= i < self.n else ""

    def chars(self, span: Range) -> Range:
        return self.tokens[span[0]].start, self.tokens[span[1] - 1].end

    def has_verb(self, start: int, end: int) -> bool:
        return any(self.tokens[i].tag in "VX" or self.tokens[i].tag == "Q" for i in range(start, min(end, self.n)))

    def speech(self, i: int) -> bool:
        """Token i is a quotation that reads as speech: long, or with punctuation of its own at its end."""
        if self.tag(i) != "Q":
            return False
        inner = self.tokens[i].text.strip("“”\"'‘’«» ")
        return inner[-1:] in ",.?!…" or len(inner.split()) >= 5

    # ---- verbs

    def verb(self, cue: VerbCue) -> None:
        if cue.passive:
            self.passive(cue)
            return
        if self.inverted(cue):
            return
        source = self.subject(cue)
        if source is None:
            return
        span, kind = source
        self.subjects.append((cue.head, span))
        found = self.right_content(cue)
        if found is not None:
            content, end, rule = found
            if (
                self.tag(span[0] - 1) == "W"
                and self.low(span[0] - 1) in {"what", "which", "who", "whom"}
                and kind == "own"
                and rule != "direct"
            ):
                if self.low(span[0] - 1) == "what" or self.tag(content[0]) in "VX":
                    self.add(cue, [span], [(span[0] - 1, span[0]), content], "relative", kind, end)
                    return
            left = self.left_range(span[0]) if kind == "own" and rule == "resumed" else None
            if rule == "resumed":
                if left is None:
                    return
                parts = [left, content]
                self.add(cue, [span], parts, "quote-left" if self.speech(left[1] - 1) else "left", kind, end)
                return
            self.add(cue, [span], [content], rule, kind, end)
            return
        if self.tag(span[0] - 1) == "W" and self.low(span[0] - 1) in {"which", "what"}:
            self.add(cue, [span], [(span[0] - 1, span[0])], "relative", kind, cue.end)
            return
        left = self.left_range(span[0]) if kind == "own" else None
        if left is not None and set(cue.verb.frames) & set("qtw"):
            self.add(cue, [span], [left], "quote-left" if self.tag(left[1] - 1) == "Q" else "left", kind, cue.end)

    def add(self, cue: VerbCue, sources: list[Range], contents: list[Range], rule: str, kind: str, end: int) -> None:
        strength = cue.verb.strength * {"own": 1.0, "inverted": 1.0, "shared": 0.85, "main": 0.7, "reduced": 0.8}.get(
            kind, 0.6
        )
        cue_end = end if rule == "preposition" else cue.end
        self.drafts.append(
            Draft(
                [self.chars(span) for span in sources], [self.chars((cue.start, cue_end))], [self.chars(part) for part in contents],
                cue.verb.stance, strength, rule, self.sentence, cue.verb.lemma,
            )
        )  # fmt: skip

    def subject(self, cue: VerbCue) -> tuple[Range, str] | None:
        k = cue.start - 1
        if cue.participle:
            return self.participle_subject(cue, k)
        if cue.infinitive:
            return None
        if k < 0:
            return None
        if (
            self.tag(k) == "C"
            or (self.tag(k) == "A" and self.tag(k - 1) == "C")
            or (self.tag(k) == "," and self.subjects and not self.apposed(k))
        ):
            shared = self.nearest_subject(cue.start)
            return (shared, "shared") if shared else None
        found = source_spans.left(self.tokens, k)
        return (found, "own") if found else None

    def apposed(self, k: int) -> bool:
        return source_spans.left(self.tokens, k) is not None

    def participle_subject(self, cue: VerbCue, k: int) -> tuple[Range, str] | None:
        if k >= 0 and self.tag(k) in "NM":
            found = source_spans.left(self.tokens, k)
            return (found, "reduced") if found else None
        if k < 0 or self.tag(k) in {",", "C", "I", "S", "A", "-"}:
            shared = self.nearest_subject(cue.start)
            if shared is None:
                shared = self.main_subject(cue.end) if k < 0 else None
            return (shared, "shared" if shared and self.drafts else "main") if shared else None
        return None

    def nearest_subject(self, before: int) -> Range | None:
        """The subject of the last cue before, else that of the sentence's first verb."""
        for _, span in reversed(self.subjects):
            if span[1] <= before and self.tag(span[1] - 1) != "W":
                return span
        return self.main_subject(0, before)

    def main_subject(self, start: int, stop: int | None = None) -> Range | None:
        """The phrase before the first finite verb between the two tokens."""
        for i in range(start, self.n if stop is None else stop):
            if self.tokens[i].tag in "VX":
                k = i - 1
                while k > start and self.tokens[k].tag == "A":
                    k -= 1
                found = source_spans.left(self.tokens, k) if k >= start else None
                if found and self.tag(found[1] - 1) not in {"W", "T"}:
                    return found
        return None

    def inverted(self, cue: VerbCue) -> bool:
        """“…,” said Ms Hall, the minister."""
        k = cue.start - 1
        if cue.form not in {"past", "both", "s"} or k < 0 or cue.start != cue.head or "q" not in cue.verb.frames:
            return False
        if not (self.tag(k) == "Q" or (self.tag(k) in {",", "-"} and self.tag(cue.end) in "DMNJP")):
            return False
        phrase = source_spans.right(self.tokens, cue.end)
        if phrase is None or self.tag(phrase[1]) in {"V", "X"}:
            return False
        if self.tag(k) == "," and self.tag(phrase[1]) not in {",", ".", "", "I", "Y", "A", "S"}:
            return False
        left = self.left_range(cue.start)
        if left is None or (self.tag(k) == "," and not self.has_verb(*left)):
            return False
        self.subjects.append((cue.head, phrase))
        parts = [left]
        more = self.more_quotation(phrase[1])
        if more is not None:
            parts.append(more)
        self.add(cue, [phrase], parts, "quote-left" if self.tag(left[1] - 1) == "Q" else "left", "inverted", cue.end)
        return True

    def more_quotation(self, start: int) -> Range | None:
        """A quotation that goes on after the speaker was named, behind time and place."""
        for i in range(start, min(self.n, start + 14)):
            if self.tag(i) == "Q":
                return (i, i + 1) if self.speech(i) and self.tag(i - 1) in {",", ":", "-", ".", ";"} else None
            if self.tag(i) in {"V", "X"}:
                return None
        return None

    def left_range(self, end: int) -> Range | None:
        """The words from the sentence's start to a comma or quotation directly before token `end`."""
        k = end - 1
        if k < 0:
            return None
        if self.tag(k) in {",", "-"}:
            stop = k
        elif self.tag(k) == "Q" or self.tag(k) in {"?", "!"}:
            stop = end
        else:
            return None
        start = 0
        for i in range(stop - 1, -1, -1):
            if self.tag(i) in {";"}:
                start = i + 1
                break
        if self.tag(start) == "C" and self.low(start) in {"but", "and"} and stop - start > 1:
            start += 1
            if self.tag(start) == ",":
                start += 1
        if stop <= start or (not self.has_verb(start, stop)):
            return None
        return start, stop

    # ---- content to the right of a verb

    def right_content(self, cue: VerbCue) -> tuple[Range, int, str] | None:
        """Content range, end of the cue, rule."""
        frames, p = set(cue.verb.frames), cue.end
        jump = self.jump(p)
        if jump is not None and frames & set("qtwo"):
            at, direct = jump
            if direct:
                return self.from_quotation(at, cue)
            if frames & set("tw") and (at == p or self.adjuncts_only(p, at) or "r" in frames):
                return (at, self.clause_end(at, cue)), p, "clause"
        if p >= self.n:
            return None
        if self.low(p) in cue.verb.prepositions and self.tag(p + 1) not in {".", ",", ""}:
            if not (
                source_spans.is_temporal(self.tokens[p + 1]) or self.low(p + 1) in {"twitter", "facebook", "tuesday"}
            ):
                return (p + 1, self.clause_end(p + 1, cue)), p + 1, "preposition"
        if frames & {"r", "R"}:
            q = self.after_listener(p)
            if (
                q is not None
                and q < self.n
                and "t" in frames
                and self.has_verb(q, self.n)
                and self.tag(q) in "DPMNWJSA#"
            ):
                return (q, self.clause_end(q, cue)), p, "clause"
            if self.tag(p) not in {"T", "Q", ",", ":"} and "o" not in frames and "i" not in frames:
                return None
        q = self.skip_time(p)
        if self.tag(q) == "O" and "i" in frames:
            return (q, self.clause_end(q, cue)), p, "infinitive"
        if self.tag(q) == ",":
            return self.resumed(q, cue)
        if q >= self.n or self.tag(q) in _STOPS or self.tag(q) in {"-", ")", ":"}:
            return None
        end = self.clause_end(q, cue)
        if end <= q:
            return None
        if self.tag(q) in {"D", "P", "M", "N", "J", "#", "A", "G", "S", "W", "Q", "V", "X"}:
            clause = self.has_verb(q, end)
            if frames & {"t"} and clause and not (cue.verb.lemma in _WEAK_CLAUSE and self.tag(q) in "AV"):
                return (q, end), p, "bare"
            if frames & {"o", "n"} and self.tag(q) not in "VXSA":
                return (q, end), p, "object"
            if "i" in frames and clause and self.tag(q) in "DPMNJ" and any(self.tag(i) == "O" for i in range(q, end)):
                return (q, end), p, "infinitive"
            if cue.verb.lemma in {"say", "tell"} and self.tag(q) in "DPMNJ#" and "r" not in frames:
                return (q, end), p, "object"
            if "q" in frames and self.tag(q) == "Q":
                return (q, end), p, "bare"
        return None

    def jump(self, p: int) -> tuple[int, bool] | None:
        """The next "that", question word or quotation after the cue with only a listener, time and place between."""
        for i in range(p, min(self.n, p + 18)):
            tag = self.tag(i)
            if tag == "Q":
                if self.speech(i) or i == p or self.tag(i - 1) in {",", ":"}:
                    return i, (i == p or self.tag(i - 1) in {",", ":"} or self.speech(i)) and not self.inside_clause(
                        p, i
                    )
                return None
            if (
                tag == "T"
                or (tag == "W" and self.low(i) in {"whether", "how", "why", "what", "if"})
                or self.low(i) == "if"
            ):
                return i, False
            if (
                tag in {"V", "X", ";", "."}
                or (tag == "P" and i > p + 1)
                or (tag == "," and self.tag(i + 1) not in {"Q", "T", "D", "M", "N", "A"})
            ):
                return None
            if tag == ":" and self.tag(i + 1) not in {"Q", ""}:
                return i + 1, False
        return None

    def inside_clause(self, p: int, i: int) -> bool:
        """The quotation at i is a part of an object that begins at p ("called the plan “a disgrace”")."""
        return (
            self.tag(i - 1) in {"D", "J", "V", "I", "X", "N", "G"}
            and self.tag(i - 1) not in {",", ":"}
            and i > p
            and not self.adjuncts_only(p, i)
        )

    def adjuncts_only(self, p: int, end: int) -> bool:
        """Between p and end stand time, place or occasion only."""
        return (
            p == end
            or self.tag(p) in {"I", "Y", "A", ","}
            or source_spans.is_temporal(self.tokens[p])
            or self.low(p) in {"last", "this"}
            or self.tag(p) == "O"
        )

    def from_quotation(self, at: int, cue: VerbCue) -> tuple[Range, int, str]:
        token = self.tokens[at]
        inner = token.text.strip("“”\"'‘’«» ")
        whole = inner[-1:] in ".?!," or self.tag(at - 1) in {",", ":"}
        if whole and inner[:1].isupper():
            return (at, at + 1), cue.end, "quote-right"
        return (at, max(at + 1, self.clause_end(at, cue))), cue.end, "quote-right"

    def after_listener(self, p: int) -> int | None:
        """Past the listener of "told reporters …"."""
        if self.tag(p) == "P":
            return p + 1
        phrase = source_spans.right(self.tokens, p)
        return self.skip_time(phrase[1]) if phrase else None

    def skip_time(self, p: int) -> int:
        """Over "on Tuesday", "last week", "in a statement", "at a rally in Ohio" where a clause can still follow."""
        i = p
        while i < self.n:
            if source_spans.is_temporal(self.tokens[i]) or (
                self.low(i) in {"last", "this", "earlier", "late", "early", "later"}
                and i + 1 < self.n
                and source_spans.is_temporal(self.tokens[i + 1])
            ):
                i += 1
                if self.tag(i) == "#":
                    i += 1
                continue
            if self.low(i) in {"later", "again", "earlier", "also", "simply", "only", "publicly", "flatly"} and i == p:
                i += 1
                continue
            if self.tag(i) == "I" and self.low(i) in {
                "on",
                "in",
                "at",
                "during",
                "by",
                "via",
                "through",
                "after",
                "from",
                "before",
            }:
                phrase = source_spans.right(self.tokens, i + 1)
                if phrase is None and i + 1 < self.n and source_spans.is_temporal(self.tokens[i + 1]):
                    i += 1
                    continue
                if phrase is None:
                    break
                stop = self.adjunct_end(i + 1, phrase[1])
                if stop is None:
                    break
                i = stop
                continue
            break
        return i

    def adjunct_end(self, start: int, end: int) -> int | None:
        """The adjunct's noun phrase must not swallow the clause's subject: a determiner or pronoun begins that."""
        if (
            end >= self.n
            or self.tag(end) in {".", ",", "T", "P", "I", "Y", ":", "Q", "D"}
            or source_spans.is_temporal(self.tokens[end])
        ):
            return end
        return None

    def resumed(self, comma: int, cue: VerbCue) -> tuple[Range, int, str] | None:
        """ "The talks, he said, would resume": what follows the second comma goes on with the content."""
        q = comma + 1
        if self.tag(q) == "Q" and self.speech(q):
            return (q, q + 1), cue.end, "resumed"
        if (
            self.tag(q) in {"V", "X", "I", "O", "D", "T"}
            and self.low(q) not in {"according"}
            and not self.begins_cue(q)
        ):
            end = self.clause_end(q, cue)
            return ((q, end), cue.end, "resumed") if end > q and self.tag(q) in "VXT" else None
        return None

    def begins_cue(self, i: int) -> bool:
        cue = self.by_start.get(i)
        return cue is not None and bool(set(cue.verb.frames) & set("qt"))

    def clause_end(self, start: int, cue: VerbCue | None) -> int:
        """Where content that begins at `start` ends: the sentence's end, or where another voice takes over."""
        relative = cue is not None and self.tag(cue.start - 1) == "W" and self.low(cue.start - 1) in {"who", "which"}
        commaed = relative and cue is not None and self.tag(cue.start - 2) == ","
        depth = 0
        end = self.n
        for i in range(start, self.n):
            tag = self.tag(i)
            if tag == "(":
                depth += 1
            elif tag == ")":
                depth -= 1
                if depth < 0:
                    end = i
                    break
            if i > start and (
                tag == ";"
                or (tag == "," and (commaed or self.new_voice(i + 1)))
                or (tag in {"C", "-"} and self.new_voice(i, coordinated=True))
            ):
                end = i
                break
            if tag == "I" and self.low(i) == "according":
                end = i
                break
        while end > start and (self.tag(end - 1) in _STOPS or self.tag(end - 1) in {",", "-", ":"}):
            end -= 1
        return end

    def new_voice(self, i: int, *, coordinated: bool = False) -> bool:
        """At i begins ", adding that", ", and said", ", according to": another cue without a subject of its own."""
        if self.low(i) == "according":
            return True
        if self.tag(i) == "C":
            i += 1
        elif coordinated:
            return False
        while self.tag(i) == "A":
            i += 1
        found = self.by_start.get(i)
        if found is None:
            found = next(
                (self.by_start[j] for j in (i - 1, i - 2) if j in self.by_start and self.by_start[j].end > i), None
            )
        if found is None or not set(found.verb.frames) & set("qt") or found.passive:
            return False
        return found.form in {"past", "both", "ing", "s"} and found.verb.strength >= 0.6

    # ---- passives, "according to", nouns, unknown verbs, colons

    def passive(self, cue: VerbCue) -> None:
        frames = set(cue.verb.frames)
        k, p = cue.start - 1, cue.end
        if self.tag(p) == "O" and frames & set("ti"):  # "is believed to have fled"
            subject = source_spans.left(self.tokens, k) if k >= 0 else None
            end = self.clause_end(p, cue)
            if subject is not None and end > p:
                self.add(cue, [], [subject, (p, end)], "passive", "passive", p)
            return
        if self.low(k) == "it" and self.tag(p) == "T":
            self.add(cue, [], [(p, self.clause_end(p, cue))], "passive", "passive", p)
            return
        if self.low(p) == "by" and frames & set("ot"):
            phrase = source_spans.right(self.tokens, p + 1)
            subject = source_spans.left(self.tokens, k) if k >= 0 else None
            if phrase and subject:
                more = (phrase[1], self.clause_end(phrase[1], cue)) if self.tag(phrase[1]) in {"I", "O"} else None
                self.add(
                    cue,
                    [phrase],
                    [subject, more] if more and more[1] > more[0] else [subject],
                    "passive-by",
                    "reduced",
                    p,
                )
            return
        if "r" in frames and self.tag(p) == "T":
            self.add(cue, [], [(p, self.clause_end(p, cue))], "passive", "passive", p)

    def according_to(self) -> None:
        for i in range(self.n - 1):
            if self.low(i) != "according" or self.low(i + 1) != "to":
                continue
            phrase = source_spans.right(self.tokens, i + 2, adjuncts=True)
            if phrase is None:
                continue
            content = self.according_content(i, phrase[1])
            if content is not None and content[1] > content[0]:
                self.drafts.append(
                    Draft(
                        [self.chars(phrase)],
                        [self.chars((i, i + 2))],
                        [self.chars(content)],
                        "asserts",
                        0.85,
                        "according",
                        self.sentence,
                        "according",
                    )
                )

    def according_content(self, i: int, after: int) -> Range | None:
        if i <= 1:
            start = after + 1 if self.tag(after) == "," else after
            return (start, self.clause_end(start, None)) if start < self.n else None
        stop = i - 1 if self.tag(i - 1) in {",", "-"} else i
        start = 0
        for j in range(stop - 1, -1, -1):
            if self.tag(j) == ";":
                start = j + 1
                break
        if self.tag(start) == "C":
            start += 1
        return start, stop

    def noun(self, cue: NounCue) -> None:
        """ "Russian claims to have taken the city", "the allegation that …", "accusations of fraud"."""
        i, p = cue.head, cue.head + 1
        takes = (
            self.tag(p) == "T"
            or (self.tag(p) == "O" and self.tag(p + 1) in "VX")
            or (self.low(p) == "of" and cue.stance in {"accuses"})
            or (
                self.low(p) == "of"
                and cue.lemma
                in {
                    "claim",
                    "report",
                    "warning",
                    "denial",
                    "promise",
                    "suggestion",
                    "fear",
                    "criticism",
                    "threat",
                    "rumour",
                    "rumor",
                }
            )
        )
        if not takes or any(
            draft.cue[0][0] <= self.tokens[i].start < draft.cue[0][1] for draft in self.drafts if draft.cue
        ):
            return
        source: Range | None = None
        start = i
        while self.tag(start - 1) == "J" and not is_demonym(self.tokens[start - 1]):
            start -= 1
        before = self.tokens[start - 1] if start else None
        if before is not None and (is_demonym(before) or before.possessive):
            if before.possessive:
                source = source_spans.left(self.tokens, start - 1)
            else:
                source = (start - 1, start)
        elif before is not None and before.low in {"his", "her", "their", "its", "my", "our", "your"}:
            source = (start - 1, start)
        begin = p if self.tag(p) in "TO" else p + 1
        end = self.clause_end(begin, None)
        if end <= begin:
            return
        cue_end = p if self.tag(p) in "TO" else p + 1
        self.drafts.append(
            Draft(
                [self.chars(source)] if source else [],
                [self.chars((i, cue_end))],
                [self.chars((begin, end))],
                cue.stance,
                0.6 if source else 0.5,
                "noun",
                self.sentence,
                cue.lemma,
            )
        )

    def unknown_verb_with_quotation(self) -> None:
        """ "Trump roared, “…”": a verb of no list links a subject and a quotation that reads as speech."""
        for i in range(self.n):
            if not self.speech(i) or self.covered(i):
                continue
            for v in self.verbs_beside(i):
                k = v - 1
                while k > 0 and self.tag(k) in "XA":
                    k -= 1
                span = source_spans.left(self.tokens, k) if k >= 0 and v < i else None
                if span is not None and self.tag(i - 1) in {",", ":"}:
                    self.drafts.append(
                        Draft(
                            [self.chars(span)],
                            [self.chars((k + 1, v + 1))],
                            [self.chars((i, i + 1))],
                            "asserts",
                            0.6,
                            "quote-unknown",
                            self.sentence,
                        )
                    )
                    break

    def verbs_beside(self, i: int) -> list[int]:
        if self.tag(i - 1) not in {",", ":"}:
            return []
        return [v for v in range(i - 2, max(-1, i - 16), -1) if self.tokens[v].tag == "V"][-1:]

    def covered(self, i: int) -> bool:
        start, end = self.tokens[i].start, self.tokens[i].end
        return any(a < end and start < b for draft in self.drafts for a, b in draft.content)

    def colon(self) -> None:
        """ "SMITH: “…”" and "Smith: We won.": a short name, a colon, then what was said."""
        if self.drafts or self.n < 4:
            return
        at = next((i for i in range(1, min(7, self.n - 1)) if self.tag(i) == ":"), None)
        if at is None or any(self.tag(i) not in "MN" or not self.tokens[i].text[0].isupper() for i in range(at)):
            return
        if self.tag(at + 1) == "Q" or self.has_verb(at + 1, self.n):
            end = self.clause_end(at + 1, None)
            if end > at + 1:
                self.drafts.append(
                    Draft(
                        [self.chars((0, at))],
                        [self.chars((at, at + 1))],
                        [self.chars((at + 1, end))],
                        "asserts",
                        0.6,
                        "colon",
                        self.sentence,
                    )
                )


def is_speech_form(low: str) -> bool:
    found = VERB_FORMS.get(low)
    return found is not None and "q" in found[0].frames
