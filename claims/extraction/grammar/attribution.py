"""Cue first, then its arguments: for each cue of a sentence who its source is and which words are its content."""

from __future__ import annotations

from dataclasses import dataclass

from claims.extraction.grammar import source_spans
from claims.extraction.grammar.clauses import Clauses, Range
from claims.extraction.grammar.cues import VerbCue
from claims.extraction.grammar.lexicon import NOUNS
from claims.extraction.grammar.sentences import Sentence
from claims.extraction.types import Stance

_WEAK_CLAUSE = frozenset("find show read learn know see prove demonstrate notice forget remember understand".split())
_SUBJECT_KIND = {"own": 1.0, "inverted": 1.0, "shared": 0.85, "reduced": 0.8, "main": 0.7}
_NAMING = frozenset("call dub label term brand".split())
_RELATIVE = frozenset({"what", "which", "who", "whom"})


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
    named: bool = False
    """The source is a noun phrase, no pronoun."""
    speaker: Draft | None = None
    """The draft whose source speaks here too, where this one has no source span of its own."""

    def third_party(self) -> bool:
        """Inside a quotation only what its speaker ascribes to somebody else, by a verb of saying, counts."""
        return (
            self.strength >= 0.8
            and self.named
            and self.rule in {"clause", "bare", "quote-right", "quote-left", "according"}
        )

    @property
    def quoted(self) -> bool:
        """The content holds a quotation, so that a following one can go on with it."""
        return self.rule.startswith("quote")


class VerbReader:
    """Reads the verb cues of one sentence into drafts."""

    def __init__(self, clauses: Clauses) -> None:
        self.at = clauses
        self.tokens = clauses.tokens
        self.drafts: list[Draft] = []
        self.subjects: list[Range] = []

    def read(self, cue: VerbCue) -> None:
        if cue.passive:
            self._passive(cue)
        elif not self._inverted(cue):
            found = self._subject(cue)
            if found is not None:
                self.subjects.append(found[0])
                self._with_subject(cue, *found)

    def _with_subject(self, cue: VerbCue, span: Range, kind: str) -> None:
        at, link = self.at, span[0] - 1
        named = at.tag(link) == "T" and at.low(link - 1) in NOUNS  # "an allegation that its managers reject"
        linked = kind == "own" and (at.low(link) in _RELATIVE or named)
        found = self._right_content(cue)
        if found is None:
            if linked and (named or at.low(link) in {"which", "what"}):
                self._add(cue, [span], [(link, link + 1)], "relative", kind)
                return
            left = at.left_range(span[0]) if kind == "own" else None
            frames = set(cue.verb.frames)
            spoken = frames & set("tw") or (left is not None and at.tag(left[1] - 1) == "Q")
            if left is not None and ((spoken and "q" in frames) or "l" in frames):
                more = at.more_quotation(cue.end)
                self._add(cue, [span], [left, more] if more else [left], self._left_rule(left), kind)
            return
        content, rule = found
        if rule == "quote-right" and kind == "own" and at.tag(content[0] - 1) == ",":
            left = at.left_range(span[0])
            if left is not None and at.tag(left[1] - 1) == "Q":  # “We talk,” he said on Friday, “and we hope.”
                self._add(cue, [span], [left, content], "quote-left", kind)
                return
            left = left or at.left_range(span[0], whole=False)
            if left is not None and at.tag(left[0]) in set("DMNJP") and at.goes_on(content[0]):
                self._add(cue, [span], [left, content], "left", kind)  # His mother, he said, “thought it was late”.
                return
        if rule == "resumed":
            left = at.left_range(span[0], whole=False) if kind == "own" else None
            if left is not None and at.tag(left[1] - 1) == "S":  # "because, he said, it was late"
                self._add(cue, [span], [content], "bare", kind)
            elif left is not None:
                self._add(cue, [span], [left, content], self._left_rule(left), kind)
            return
        if linked and rule != "quote-right" and (at.low(link) == "what" or at.tag(content[0]) in "VX"):
            if at.low(link) == "what" and at.tag(content[0]) not in set("VX"):
                stop = next((i for i in range(content[0], content[1]) if at.tag(i) in "VX"), content[1])
                content = content[0], stop
            self._add(cue, [span], [(link, link + 1), content], "relative", kind)
            return
        if cue.verb.lemma in _NAMING and rule == "object" and at.tag(span[0]) == "D" and at.low(span[0]) in {"a", "an"}:
            return  # "a group called Open Door": a name, nothing said
        self._add(cue, [span], [content], rule, kind)

    def _left_rule(self, left: Range) -> str:
        return "quote-left" if self.at.tag(left[1] - 1) == "Q" else "left"

    def _add(
        self, cue: VerbCue, sources: list[Range], contents: list[Range], rule: str, kind: str, *, cue_end: int = 0
    ) -> None:
        at = self.at
        cue_end = cue_end or (contents[0][0] if rule in {"preposition"} else cue.end)
        self.drafts.append(
            Draft(
                [at.chars(span) for span in sources],
                [at.chars((cue.start, cue_end))],
                [at.chars(part) for part in contents],
                cue.verb.stance,
                cue.verb.strength * _SUBJECT_KIND.get(kind, 0.6),
                rule,
                at.sentence,
                cue.verb.lemma,
                named=any(at.tag(i) in "NM" for span in sources for i in range(*span)),
            )
        )

    # ---- who

    def _subject(self, cue: VerbCue) -> tuple[Range, str] | None:
        k = cue.start - 1
        if cue.participle:
            return self._participle_subject(k)
        if cue.infinitive or k < 0:
            return None
        coordinated = self.at.tag(k) == "C" or (self.at.tag(k) == "A" and self.at.tag(k - 1) == "C")
        own = None if coordinated else source_spans.left(self.tokens, k)
        if own is not None:
            return own, "own"
        if coordinated or (self.at.tag(k) == "," and self.subjects):
            shared = None if self._within_content(cue) else self._nearest_subject(cue.start)
            return (shared, "shared") if shared else None
        return None

    def _within_content(self, cue: VerbCue) -> bool:
        """ "Police said the man ran and attacked a guard": the second predicate belongs to what was said."""
        place = self.tokens[cue.start].start
        return any(start <= place < end for draft in self.drafts for start, end in draft.content)

    def _participle_subject(self, k: int) -> tuple[Range, str] | None:
        if k >= 0 and self.at.tag(k) in "NM":
            found = source_spans.left(self.tokens, k)
            return (found, "reduced") if found else None
        if k < 0:
            found = self._main_subject(1)
            return (found, "main") if found else None
        if self.at.tag(k) in {",", "C", "I", "S", "A", "-", "Q"}:
            found = self._nearest_subject(k + 1)
            return (found, "shared" if self.drafts else "main") if found else None
        return None

    def _nearest_subject(self, before: int) -> Range | None:
        """The subject of the last cue before, else that of the sentence's first verb."""
        for span in reversed(self.subjects):
            if span[1] <= before and self.at.tag(span[1] - 1) != "W":
                return span
        return self._main_subject(0, before)

    def _main_subject(self, start: int, stop: int | None = None) -> Range | None:
        """The phrase before the first finite verb between the two tokens."""
        for i in range(start, self.at.n if stop is None else stop):
            if self.tokens[i].tag in "VX":
                k = i - 1
                while k > start and self.tokens[k].tag == "A":
                    k -= 1
                found = source_spans.left(self.tokens, k) if k >= start else None
                if found and self.at.tag(found[1] - 1) not in {"W", "T"}:
                    return found
        return None

    def _inverted(self, cue: VerbCue) -> bool:
        """“…,” said Ms Hall, the minister."""
        at, k = self.at, cue.start - 1
        if cue.form not in {"past", "both", "s"} or k < 0 or cue.start != cue.head or "q" not in cue.verb.frames:
            return False
        if at.tag(k) not in {"Q", ",", "-"} or at.tag(cue.end) not in set("DMNJP#") or "r" in cue.verb.frames:
            return False
        own = source_spans.left(self.tokens, k) if at.tag(k) == "," else None
        if own is not None and at.tag(own[0] - 1) in {"Q", ",", ""}:
            return False  # “…,” Hall, the minister, said
        phrase = source_spans.right(self.tokens, cue.end)
        if phrase is None or at.tag(phrase[1]) in {"V", "X"}:
            return False
        if at.tag(k) != "Q" and at.tag(phrase[1]) not in {",", ".", "", "I", "Y", "A", "S"}:
            return False
        left = at.left_range(cue.start)
        if left is None:
            return False
        self.subjects.append(phrase)
        more = at.more_quotation(phrase[1])
        self._add(cue, [phrase], [left, more] if more else [left], self._left_rule(left), "inverted")
        return True

    # ---- what

    def _right_content(self, cue: VerbCue) -> tuple[Range, str] | None:
        """The content behind the verb and the rule that found it."""
        at, frames, p = self.at, set(cue.verb.frames), cue.end
        jump = at.jump(p)
        quoted = jump is not None and jump[1] and frames & set("qtw") and ("n" not in frames or jump[0] == p)
        if (
            jump is not None
            and quoted
            and not (at.low(p) in cue.verb.prepositions and at.tag(jump[0] - 1) not in {",", ":"})
        ):
            return self._from_quotation(jump[0], cue), "quote-right"
        if self._takes_preposition(cue, p):
            return (p + 1, at.clause_end(p + 1, cue, noun_phrase=True)), "preposition"
        if jump is not None and at.demonstrative(jump[0]) and frames & set("on"):
            return (jump[0], at.clause_end(jump[0], cue, noun_phrase=True)), "object"
        if jump is not None and not quoted and frames & set("qtwT") and (at.adjuncts_only(p, jump[0]) or "r" in frames):
            return (jump[0], at.clause_end(jump[0], cue)), "clause"
        if "r" in frames:
            q = at.after_listener(p)
            if q is not None and "t" in frames and at.tag(q) in set("DPMNWJSA#") and at.has_verb(q, at.n):
                return (q, at.clause_end(q, cue)), "clause"
            if q is not None and "i" in frames and at.tag(q) == "O":
                return (p, at.clause_end(q, cue)), "infinitive"
            if not frames & set("oi"):
                return None
        found = self._plain(cue, at.skip_time(p))
        if found is not None and cue.participle and (cue.start == 0 or at.tag(cue.start - 1) in set("NMCI")):
            # "Citing the report, the mayor resigned": the participle's content ends where the main clause begins.
            # "Suits alleging fraud were thrown out": it ends before the verb of the noun that it describes.
            first = cue.start > 0 and not at.has_verb(0, cue.start)
            stops = {",", "V", "X"} if first and at.tag(found[0][0]) not in "PW" else {","}
            stop = next((i for i in range(*found[0]) if at.tag(i) in stops), found[0][1])
            return ((found[0][0], stop), found[1]) if stop > found[0][0] else None
        return found

    def _takes_preposition(self, cue: VerbCue, p: int) -> bool:
        at = self.at
        if at.low(p) not in cue.verb.prepositions or at.tag(p + 1) in {".", ",", "", "O", "T"} or at.temporal(p + 1):
            return False
        if at.tag(p) == "O" and at.tag(p + 1) in set("VX"):
            return False  # "agreed to leave": an infinitive
        # “…,” he said of the plan: the quotation is the content, not what it is about.
        return not (at.low(p) in {"of", "about"} and cue.verb.lemma == "say")

    def _plain(self, cue: VerbCue, q: int) -> tuple[Range, str] | None:
        """Infinitive, bare clause or object at token q."""
        at, frames = self.at, set(cue.verb.frames)
        if at.tag(q) == "O":
            return ((q, at.clause_end(q, cue)), "infinitive") if "i" in frames else None
        if at.tag(q) == ",":
            resumed = self._resumed(q + 1, cue)
            return (resumed, "resumed") if resumed else None
        end = at.clause_end(q, cue)
        if end <= q or at.tag(q) not in set("DPMNJ#AGSWQVX"):
            return None
        if cue.verb.stance == "declares" and self._predicate(cue, q):
            return (q, self._predicate_end(q, end)), "predicate"
        clause = any(at.tag(i) in {"V", "X"} for i in range(q, end))
        if at.low(q) in {"when", "while", "once"} and at.tag(q + 1) in "VG":
            return None  # "he replied when asked whether": when he said it
        if "t" in frames and clause and not (cue.verb.lemma in _WEAK_CLAUSE and at.tag(q) in "AV"):
            return (q, end), "bare"
        on_purpose = at.tag(q) == "A" and at.tag(q + 1) == "G"  # "denied deliberately misleading"
        if frames & set("on") and (at.tag(q) not in "VXSA" or on_purpose):
            return (q, at.clause_end(q, cue, noun_phrase=True)), "object"
        if "i" in frames and at.tag(q) in "DPMNJ" and any(at.tag(i) == "O" for i in range(q, end)):
            return (q, end), "infinitive"
        if cue.verb.lemma == "say" and at.tag(q) in "DPMNJ#":
            return (q, end), "object"
        return ((q, end), "bare") if "q" in frames and at.tag(q) == "Q" else None

    def _predicate(self, cue: VerbCue, q: int) -> bool:
        """ "the regions Putin proclaimed annexed": a participle or adjective follows the verb at once."""
        return (
            q == cue.end
            and self.at.tag(q) in set("VJ")
            and (self.at.tag(q) == "J" or self.at.low(q).endswith(("ed", "en", "t")))
        )

    def _predicate_end(self, q: int, end: int) -> int:
        return next(
            (
                i
                for i in range(q + 1, end)
                if self.at.temporal(i) or self.at.tag(i) in set(",SIQ") or self.at.low(i) == "last"
            ),
            end,
        )

    def _from_quotation(self, where: int, cue: VerbCue) -> Range:
        """A whole sentence in quotation marks stands for itself; a fragment goes on with the clause around it."""
        inner = self.tokens[where].text.strip("“”\"'‘’«» ")
        if inner[:1].isupper() and (inner[-1:] in ".?!," or self.at.tag(where - 1) in {",", ":"}):
            return where, where + 1
        return where, max(where + 1, self.at.clause_end(where, cue))

    def _resumed(self, q: int, cue: VerbCue) -> Range | None:
        """ "The talks, he said, would resume": what follows the second comma goes on with the content."""
        at = self.at
        if at.speech(q):
            return q, q + 1
        joined = at.low(q) in {"and", "but"} and at.tag(q + 1) not in {"V", "X", "A", "G"} and at.has_verb(q + 1, at.n)
        if (at.tag(q) in {"V", "X", "T"} or joined or self._opened_without_verb(cue)) and not at.new_voice(q):
            end = at.clause_end(q, cue)
            return (q, end) if end > q else None
        return None

    def _opened_without_verb(self, cue: VerbCue) -> bool:
        """ "Too often, he said, the debate …": nothing before the speaker could be a statement by itself."""
        comma = next((i for i in range(cue.start - 1, -1, -1) if self.at.tag(i) == ","), 0)
        subordinate = self.at.tag(0) == "S" or (self.at.tag(0) == "A" and self.at.tag(1) == "S")
        # "Its closing was, he insisted, a matter of principle": the verb waits for what follows.
        return comma > 0 and (subordinate or not self.at.has_verb(0, comma) or self.at.tag(comma - 1) in set("VXS"))

    # ---- passives

    def _passive(self, cue: VerbCue) -> None:
        at, frames, k, p = self.at, set(cue.verb.frames), cue.start - 1, cue.end
        if at.tag(p) == "T" and (at.low(k) == "it" or "r" in frames):
            self._add(cue, [], [(p, at.clause_end(p, cue))], "passive", "passive")
            return
        subject = source_spans.left(self.tokens, k) if k >= 0 else None
        if subject is None or not any(at.tag(i) in "NMPWTQD#" for i in range(*subject)):
            return
        if at.tag(p) == "O" and frames & set("tTi"):  # "is believed to have fled"
            end = at.clause_end(p, cue)
            if end > p:
                self._add(cue, [], [subject, (p, end)], "passive", "passive")
        elif at.low(p) == "of" and cue.verb.stance == "accuses":  # "Smith is accused of lying"
            end = at.clause_end(p + 1, cue)
            if end > p + 1:
                self._add(cue, [], [subject, (p + 1, end)], "passive", "passive", cue_end=p + 1)
        elif at.low(p) == "by" and frames & set("ot"):
            phrase = source_spans.right(self.tokens, p + 1)
            if phrase is not None:
                parts = [subject]
                if at.tag(phrase[1]) in {"I", "O"} and at.clause_end(phrase[1], cue) > phrase[1]:
                    parts.append((phrase[1], at.clause_end(phrase[1], cue)))
                self._add(cue, [phrase], parts, "passive-by", "reduced")
