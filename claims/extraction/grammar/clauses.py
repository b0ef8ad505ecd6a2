"""Where clauses begin and end in one sentence, told by punctuation, verbs and the cues that stand in it."""

from __future__ import annotations

from claims.extraction.grammar import source_spans
from claims.extraction.grammar.cues import VerbCue, verb_cues
from claims.extraction.grammar.lexicon import NOUNS, VERB_FORMS
from claims.extraction.grammar.sentences import Sentence
from claims.extraction.grammar.tagging import Token

Range = tuple[int, int]
"""Half-open range of token indices, or of code points where a name says so."""
_STOPS = frozenset(".!?;")
_FLOATING_ADVERBS = frozenset("later again earlier also simply only publicly flatly then".split())
_OCCASION = frozenset("on in at during by via through after from before".split())
_NOT_SPEECH = "“”\"'‘’«»` \u00a0"
_FAR_QUOTATION = 18
_QUESTION_WORDS = frozenset("whether how why what if".split())


class Clauses:
    """Questions about one sentence; all answers are token indices of it."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.tokens: list[Token] = sentence.tokens
        self.n = len(self.tokens)
        self.cues: list[VerbCue] = verb_cues(sentence)
        self._cue_at = {k: cue for cue in self.cues for k in range(cue.start, cue.end)}

    def tag(self, i: int) -> str:
        return self.tokens[i].tag if 0 <= i < self.n else ""

    def low(self, i: int) -> str:
        return self.tokens[i].low if 0 <= i < self.n else ""

    def chars(self, span: Range) -> Range:
        return self.tokens[span[0]].start, self.tokens[span[1] - 1].end

    def temporal(self, i: int) -> bool:
        return 0 <= i < self.n and source_spans.is_temporal(self.tokens[i])

    def has_verb(self, start: int, end: int) -> bool:
        return any(self.tokens[i].tag in "VXQ" for i in range(start, min(end, self.n)))

    def speech(self, i: int) -> bool:
        """Token i is a quotation that reads as speech: long, or with punctuation of its own at its end."""
        if self.tag(i) != "Q":
            return False
        inner = self.tokens[i].text.strip(_NOT_SPEECH)
        return inner[-1:] in ",.?!…" or len(inner.split()) >= 5

    def goes_on(self, i: int) -> bool:
        """Token i is a quotation that goes on with the words before it."""
        return self.tag(i) == "Q" and self.tokens[i].text.strip(_NOT_SPEECH)[:1].islower()

    # ---- to the left

    def left_range(self, end: int, *, whole: bool = True) -> Range | None:
        """The words from the sentence's start to a comma or quotation directly before token `end`.

        `whole`: they are a clause of their own; else their verb may follow ("Ticket sales, he said, were up").
        """
        k = end - 1
        if k < 0:
            return None
        if self.tag(k) in {",", "-"}:
            stop = k
        elif self.tag(k) in {"Q", "?", "!"}:
            stop = end
        else:
            return None
        start = next((i + 1 for i in range(stop - 1, -1, -1) if self.tag(i) == ";"), 0)
        if self.low(start) in {"but", "and"} and stop - start > 1:
            start += 1
            if self.tag(start) == ",":
                start += 1
        # “Yes,” he said and “no,” she said: only the nearest quotation belongs to the second speaker.
        earlier = any(start < cue.start and cue.end <= stop - 1 for cue in self.cues)
        if earlier and self.speech(stop - 1) and self.tag(stop - 2) in {",", ":", "C", "-"}:
            start = stop - 1
        return (start, stop) if stop > start and (not whole or self.has_verb(start, stop)) else None

    # ---- to the right

    def more_quotation(self, start: int) -> Range | None:
        """A quotation that goes on after the speaker was named, behind time and place."""
        for i in range(start, min(self.n, start + 14)):
            if self.tag(i) == "Q":
                return (i, i + 1) if self.speech(i) and self.tag(i - 1) in {",", ":", "-", ".", ";"} else None
            if self.tag(i) in {"V", "X"}:
                return None
        return None

    def jump(self, p: int) -> tuple[int, bool] | None:
        """The next "that", question word or quotation (True) after the cue, with only listener, time and place
        between.
        """
        for i in range(p, min(self.n, p + _FAR_QUOTATION)):
            tag, before = self.tag(i), self.tag(i - 1)
            if tag == "Q":
                if self.speech(i) or i == p or before in {",", ":"}:
                    return i, not self._inside_object(p, i)
                if source_spans.names_thing(self.tokens[i]):
                    continue
                return None
            if tag == "T" or self.low(i) in _QUESTION_WORDS:
                return i, False
            if tag in {"V", "X", ";", "."} or (tag == "P" and i > p + 1):
                return None
            if tag == "," and self.tag(i + 1) not in {"Q", "T", "D", "M", "N", "A"}:
                return None
            if tag == ":" and self.tag(i + 1) not in {"Q", ""}:
                return i + 1, False
        return None

    def demonstrative(self, i: int) -> bool:
        """ "Disputes that figure": no clause follows."""
        end = next((k for k in range(i, self.n) if self.tag(k) == ","), self.n)
        return self.tag(i) == "T" and self.tag(i + 1) in "NJ" and not self.has_verb(i + 1, end)

    def _inside_object(self, p: int, i: int) -> bool:
        """The quotation at i is part of an object that begins at p ("called the plan “a disgrace”")."""
        return i > p and (self.tag(i - 1) in "DJVIXNGO" or self.low(i - 1) == "as") and not self.adjuncts_only(p, i)

    def adjuncts_only(self, p: int, end: int) -> bool:
        """Time, place or occasion begins at p."""
        return (
            p == end
            or self.tag(p) in {"I", "Y", "A", "O"}
            or (self.tag(p) == "," and (p + 1 == end or self.tag(p + 1) not in {"D", "M", "N", "#"}))
            or self.temporal(p)
            or self.low(p) in {"last", "this", "before"}
        )

    def after_listener(self, p: int) -> int | None:
        """Past the listener of "told reporters …" and the time behind it."""
        if self.tag(p) == "P":
            return self.skip_time(p + 1)
        phrase = source_spans.right(self.tokens, p)
        return self.skip_time(phrase[1]) if phrase else None

    def skip_time(self, p: int) -> int:
        """Over "on Tuesday", "last week", "in a statement", "at a rally in Ohio", where a clause can still follow."""
        i = p
        while i < self.n:
            if self.temporal(i) or (
                self.low(i) in {"last", "this", "earlier", "late", "early", "later"} and self.temporal(i + 1)
            ):
                i += 2 if self.tag(i + 1) == "#" else 1
            elif i == p and self.low(i) in _FLOATING_ADVERBS:
                i += 1
            elif self.tag(i) == "I" and self.low(i) in _OCCASION:
                after = self._after_occasion(i + 1)
                if after is None:
                    break
                i = after
            else:
                break
        return i

    def _after_occasion(self, i: int) -> int | None:
        """The occasion's noun phrase must not swallow the clause's subject: a determiner or pronoun begins that."""
        if self.temporal(i):
            return i
        phrase = source_spans.right(self.tokens, i)
        if phrase is None:
            return None
        end = phrase[1]
        ends = end >= self.n or self.tag(end) in {".", ",", "T", "P", "I", "Y", ":", "Q", "D"} or self.temporal(end)
        return end if ends else None

    def clause_end(self, start: int, cue: VerbCue | None, *, noun_phrase: bool = False) -> int:
        """Where content that begins at `start` ends: the sentence's end, or where another voice takes over.

        A content that is a noun phrase ends as well before what is only added to it (", who is 70", "as prices rose").
        """
        inserted = cue is not None and self._inserted(cue)
        end, depth = self.n, 0
        for i in range(start, self.n):
            tag = self.tag(i)
            if tag == "Q" and self.tokens[i].text.rstrip(_NOT_SPEECH)[-1:] == "," and self.new_voice(i + 1):
                end = i + 1  # “cherry-picking,” adding that …: the comma stands inside of the marks
                break
            depth += (tag == "(") - (tag == ")")
            if depth < 0 or (
                i > start and (self._breaks(i, tag, inserted=inserted) or (noun_phrase and self._added(i, tag)))
            ):
                end = i
                break
        while end > start and (self.tag(end - 1) in _STOPS or self.tag(end - 1) in {",", "-", ":"}):
            end -= 1
        return end

    def _added(self, i: int, tag: str) -> bool:
        if tag == ",":
            following = self.tag(i + 1)
            return following in {"W", "G", "S", "X", "V", "P"} or (following == "C" and self.tag(i + 2) in set("VXPGA"))
        if tag == "S":
            return self.low(i) in {"as", "while", "after", "before", "although", "though", "whereas", "when"} and any(
                self.tag(j) in {"V", "X"} for j in range(i + 1, i + 8)
            )
        return tag == "C" and self.tag(i + 1) == "V" and self.tag(i - 1) in set("NMP")

    def _inserted(self, cue: VerbCue) -> bool:
        """The cue stands in a relative clause ("…, who said it was late, …", "regions that Moscow claims it annexed,
        …").
        """
        if self.low(cue.start - 1) in {"who", "which"} and self.tag(cue.start - 2) == ",":
            return True
        found = source_spans.left(self.tokens, cue.start - 1) if cue.start else None
        if found is None:
            return False
        before = self.tag(found[0] - 2)
        return (self.tag(found[0] - 1) == "T" and before in {"N", "M"}) or (
            self.low(found[0] - 1) in {"which", "whom"} and before == ","
        )

    def _breaks(self, i: int, tag: str, *, inserted: bool) -> bool:
        if tag == ";" or self.low(i) == "according":
            return True
        if tag == ",":
            return inserted or self.new_voice(i + 1) or self._new_speaker(i + 1) or self._charged(i + 1)
        return tag in {"C", "-"} and self.new_voice(i, coordinated=True)

    def _charged(self, i: int) -> bool:
        """At i begins "a charge he calls false", "an accusation Kreb rejects": what another says of the content."""
        noun = next((j for j in range(i + 1, i + 4) if self.tag(j) == "N"), i)
        known = self.low(noun) in NOUNS or self.low(noun) in {"charge", "criticism"}
        if self.low(i) not in {"a", "an"} or not known or self.tag(noun + 1) not in {"M", "P", "D", "W", "T"}:
            return False
        return any(self.low(k) in VERB_FORMS for k in range(noun + 2, noun + 8))

    def new_voice(self, i: int, *, coordinated: bool = False) -> bool:
        """At i begins "adding that", "and said", "according to": another cue without a subject of its own."""
        if self.low(i) == "according":
            return True
        if self.tag(i) == "C":
            i += 1
        elif coordinated:
            return False
        while self.tag(i) == "A" and i not in self._cue_at:
            i += 1
        cue = self._cue_at.get(i)
        if cue is None or cue.start != i or cue.passive or not set(cue.verb.frames) & set("qt"):
            return False
        return cue.form in {"past", "both", "ing", "s"} and cue.verb.strength >= 0.6

    def _new_speaker(self, i: int) -> bool:
        """At i begins "which Moscow denies", "but the union said", "the Kremlin said": a cue with a subject of its
        own.
        """
        while self.tag(i) in {"C", "S", "W", "A"}:
            i += 1
        for j in range(i, min(self.n, i + 10)):
            cue = self._cue_at.get(j)
            if cue is not None and not cue.participle and not cue.infinitive:
                return (
                    cue.start > i - 1
                    and not cue.passive
                    and (
                        "l" in cue.verb.frames or (cue.verb.strength >= 0.7 and bool(set(cue.verb.frames) & set("qt")))
                    )
                )
            if self.tag(j) == "T" and self.low(j - 1) in NOUNS:
                continue
            if self.tag(j) in {"V", "X", "G", "T", "Q", ";", ":", "-"} or (self.tag(j) == "," and j > i + 8):
                return False
        return False
