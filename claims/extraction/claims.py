"""Contents become claims: stand-alone, atomic statements in plain words.

Every content word of a claim stands in the text or in a recorded resolution (a pronoun's name, a weekday's date, the
verb that a participle or infinitive becomes). Where a content is no clause, the claim is the attribution itself:
"Smith criticised the plan."
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from claims.extraction.assembly import points_back
from claims.extraction.checkworthiness import having, worth
from claims.extraction.coreference import Resolver
from claims.extraction.grammar.lexicon import NOUNS, VERBS, forms_of
from claims.extraction.grammar.sentences import sentence_texts
from claims.extraction.grammar.tagging import Token
from claims.extraction.references import References, in_own_words, third_person
from claims.extraction.statements import (
    MARKS,
    Statement,
    as_sentence,
    clauses_of,
    conjoined_objects,
    has_done,
    having_done,
    in_the_past,
    is_clause,
    joined,
    led_by,
    listed_before,
    phrase_before,
    read_as,
    split,
    tagged,
    unmarked,
    what_was,
    without_listener,
    without_reason,
)
from claims.extraction.types import Attribution, Claim, ClaimLink, Resolution

_MOST = 24
"""Statements taken from one content."""
_LONGEST = 4000
"""Code points of one content that are read into statements."""
_CLAUSAL = frozenset(
    "bare clause left quote-colon quote-left quote-right quote-floating quote-unknown quote-signed turn according "
    "relative passive colon resumed".split()
)


_STOPS = frozenset(".!?…")
_ANAPHORA = frozenset("he she it they one some none this that these those both all".split())
_DIALOGUE = re.compile(
    r"(?<![\w’'])(?:we|us|our|ours|you|your|me|my|I)\b"
    r"|^(?:(?:either|if|when) )?(?:he|she|it|they|his|her|its|their|this|those|these)\b",
    re.IGNORECASE,
)
"""What is clear only to whoever hears the whole speech."""
_UNSAID = re.compile(r"\b(?:not|never|refus\w+|declin\w+|without)\b|n[’']t\b", re.IGNORECASE)
"""A cue that leaves open whether its content is so: "did not say that", "refused to confirm that"."""

_DENIED = re.compile(r"(?:\w+ )*(?:den(?:y|ied|ies|ying)|disput|reject|refut|rebut)", re.IGNORECASE)
_PASSIVE = re.compile(r"(?:am|is|are|was|were|(?:had|has|have) been)\b")
_LINK = re.compile(r"^(?:that\s+|[,:]\s+|(?:[Aa]nd|[Bb]ut),?\s+)+")
"""Before a quoted sentence: what joins it to the one before."""


def _unbroken(text: str) -> str:
    """Line ends of wrapped text as blanks; every offset stays."""
    return text.replace("\n", " ")


class Claims:
    """Makes the claims of one text."""

    def __init__(
        self, text: str, resolver: Resolver, day: date | None, repeated: Mapping[str, Collection[str]]
    ) -> None:
        """`repeated` holds, for each feature of being said again, the ids of the attributions of which it holds."""
        self.text = _unbroken(text)
        self.resolver = resolver
        self.repeated = repeated
        self.day = day
        self.says = References(self.text, resolver, day)
        self._made: list[Claim] = []
        self._by_attribution: dict[str, list[int]] = {}
        self._inside: dict[str, list[int]] = {}  # what stands inside of an attribution's content
        self.notes: list[str] = []
        """Which contents are longer than what is taken from one."""

    def all(self, attributions: tuple[Attribution, ...]) -> tuple[Claim, ...]:
        """At least one claim for each content. A denial of what another said shares that one's claim, with its own
        stance; so does what is said inside of what another said, in the same words.
        """
        for attribution in sorted(attributions, key=lambda found: found.responds_to is not None):
            shared = self._by_attribution.get(attribution.responds_to or "", [])
            if shared and points_back(attribution):
                for index in shared:
                    self._link(index, attribution, "denied")
                self._by_attribution[attribution.id] = shared
                continue
            around = self._by_attribution.get(attribution.parent or "", []) + self._inside.get(attribution.id, [])
            made = [self._add(statement, attribution, around) for statement in self.statements(attribution)]
            self._by_attribution[attribution.id] = made
            self._inside.setdefault(attribution.parent or "", []).extend(made)
        return tuple(self._made)

    def _add(self, statement: Statement, attribution: Attribution, around: Collection[int]) -> int:
        """The claim of the statement: one of those ``around`` it, where it says the same or more, else a new one."""
        for index in around:
            if self._made[index].text.startswith(statement.text.removesuffix(".")):
                self._link(index, attribution)
                return index
        claim = Claim(
            f"C{len(self._made) + 1}",
            statement.text,
            (ClaimLink(attribution.id, attribution.stance),),
            reasons=tuple(read_as(r) for r in statement.resolutions),
            resolutions=tuple(statement.resolutions),
            as_of=attribution.said_on or self.day,
        )
        claim = worth(claim, attribution, self.resolver.roles(attribution.source_entity))
        repeated = [name for name, ids in self.repeated.items() if attribution.id in ids]
        self._made.append(having(claim, repeated))
        return len(self._made) - 1

    def _link(self, index: int, attribution: Attribution, *features: str) -> None:
        claim = self._made[index]
        links = (*claim.attributions, ClaimLink(attribution.id, attribution.stance))
        self._made[index] = having(replace(claim, attributions=links), features)

    # ---- statements of one content

    def statements(self, attribution: Attribution) -> list[Statement]:
        """One statement for each clause of the content that can stand alone."""
        out = [
            self._finish(statement, attribution)
            for raw in self._sentences(attribution)
            for statement in self._clauses(raw, attribution)
        ]
        out = [statement for statement in out if any(sign.isalnum() for sign in statement.text)]
        if len(out) > _MOST or sum(len(span.text) for span in attribution.content) > _LONGEST:
            self.notes.append(f"claims: {attribution.id} says more than its first {min(len(out), _MOST)} claims")
        return out[:_MOST] or [self._finish(self._as_said(attribution), attribution)]

    def _sentences(self, attribution: Attribution) -> list[str]:
        rule = attribution.rule.removeprefix("inside-")
        parts = [_unbroken(span.text[:_LONGEST]) for span in attribution.content]
        if rule in {"relative", "passive", "hearsay"}:
            return [joined(parts)[:_LONGEST]]
        groups: list[list[str]] = []
        for part in parts:
            fresh = part[:1] in MARKS and part.lstrip(MARKS + "‘")[:1].isupper()
            if groups and not (fresh and attribution.quote_type == "mixed"):
                groups[-1].append(part)
            else:
                groups.append([part])
        return [sentence for group in groups for sentence in self._spoken(joined(group)[:_LONGEST], attribution)]

    def _spoken(self, words: str, attribution: Attribution) -> list[str]:
        """The sentences of a quotation or a turn; indirect speech is one sentence already."""
        if attribution.quote_type != "direct" and words[:1] not in MARKS and attribution.rule != "turn":
            return [words]
        whole = unmarked(words)
        return [part for part in sentence_texts(whole) if len(part.split()) >= 3] or [whole]

    def _clauses(self, raw: str, attribution: Attribution) -> list[Statement]:
        rule = attribution.rule.removeprefix("inside-")
        special = {
            "noun": self._infinitive,
            "relative": self._relative,
            "predicate": self._predicate,
            "object": self._object,
            "passive": self._passive,
        }
        if attribution.stance == "denies" and (denied := self._denied(raw, attribution)):
            return denied
        if rule in special:
            return special[rule](raw, attribution) or [self._as_said(attribution)]
        unsaid = any(_UNSAID.search(span.text) for span in attribution.cue)
        if rule not in _CLAUSAL or attribution.stance == "questions" or unsaid:
            return [self._as_said(attribution)]
        direct = attribution.quote_type == "direct"
        plain = _LINK.sub("", unmarked(raw)) if direct else re.sub(r"^(?:that|,|:)\s+", "", raw.strip())
        own = in_own_words(attribution)
        as_said = self._as_said(attribution, plain if own else "")
        tokens = tagged(plain)
        questions = (
            tokens and tokens[0].low in {"whether", "how", "why", "what", "who", "when", "where", "if"} and not direct
        )
        if plain.startswith(("to ", "not to ")):
            return [as_said]
        if rule == "bare" and tokens and tokens[0].tag in {"V", "X"} and (gap := self._subject_gap(plain, attribution)):
            return [gap]
        if rule == "according" and tokens:
            return [self.says.subject(Statement(plain), attribution)]
        finite = any(token.tag in {"V", "X"} or (token.tag == "P" and "'" in token.low) for token in tokens)
        if questions or not finite or not is_clause(tokens):
            return [as_said]
        parts = [part for clause in clauses_of(plain) for part in self._atoms(clause)]
        statements = [self._alone(part, attribution) for part in parts]
        if own and any(_DIALOGUE.search(statement.text) for statement in statements):
            return [as_said]  # what says "we" or begins with "it" stands alone only with its speaker
        self._object_gap(statements[-1], tokens, attribution)
        return statements

    def _atoms(self, clause: str) -> list[str]:
        """Predicates and objects one by one; with a reason also the statement without it."""
        predicates = split(clause, tagged(clause))
        atoms = [part for predicate in predicates for part in conjoined_objects(predicate, tagged(predicate))]
        bare = without_reason(atoms[-1])
        return [*atoms[:-1], bare, atoms[-1]] if bare and is_clause(tagged(bare)) else atoms

    def _alone(self, words: str, attribution: Attribution) -> Statement:
        statement = self.says.subject(Statement(words), attribution)
        if attribution.stance == "denies" and _DENIED.match(attribution.cue[0].text):
            statement.affirm()
        return statement

    def _subject_gap(self, words: str, attribution: Attribution) -> Statement | None:
        """ "a centre that the group says will treat 4,000": its subject stands before the relative pronoun."""
        pronoun, antecedent = led_by(self.text, attribution.source[0].start) if attribution.source else ("", "")
        return Statement(f"{antecedent} {words}", [Resolution(pronoun, antecedent)]) if antecedent else None

    def _object_gap(self, statement: Statement, tokens: Sequence[Token], attribution: Attribution) -> None:
        """ "two regions that Moscow claims it has annexed": so does the object of a verb that ends its clause."""
        if attribution.rule != "bare" or not attribution.source or tokens[-1].tag != "V":
            return
        pronoun, antecedent = led_by(self.text, attribution.source[0].start)
        if antecedent:
            statement.text = f"{statement.text} {antecedent}"
            statement.resolutions.append(Resolution(pronoun, antecedent))

    def _as_said(self, attribution: Attribution, words: str = "") -> Statement:
        """ "Smith criticised the plan": the attribution in its own words is what can be checked. `words` are one
        sentence of a quotation that does not stand alone: "Pazos said: “We did get one.”"
        """
        surface = " ".join(_unbroken(span.text).strip(" ,") for span in attribution.source)
        entity = attribution.source_entity
        who = self.says.speaker(attribution) or (f"the {entity}" if entity else "")
        cue = " ".join(_unbroken(span.text) for span in attribution.cue)
        whole = joined([_unbroken(span.text[:_LONGEST]) for span in attribution.content])
        if who and (words or in_own_words(attribution)):
            return self._quoted(who, surface, cue, words or unmarked(whole))
        content = " ".join(_unbroken(span.text[:_LONGEST]) for span in attribution.content)
        past = without_listener if content.startswith("that ") else in_the_past
        said = past(cue[:1].lower() + cue[1:]) if who and cue else cue
        parts = [who, said, content] if who or cue else [unmarked(content)]
        if not who:  # "The trial is expected to last three weeks": in the order of the text
            spans = sorted(attribution.cue + attribution.content, key=lambda span: span.start)
            parts = [_unbroken(span.text[:_LONGEST]) for span in spans]
            if parts[0] in {"which", "who", "that"} or (parts[0] == cue and _PASSIVE.match(cue)):
                return self._of_somebody(parts, attribution)
        elif attribution.rule.endswith("passive-by"):
            parts = [content, said, "by", who]
        resolutions = [Resolution(surface, who)] if surface and who != surface else []
        resolutions += [Resolution(cue, said)] if who and said.lower() != cue.lower() else []
        if surface == "I" and who != surface:  # "I am not promising it"
            first, *rest = cue.split()
            resolutions.append(Resolution(first, third_person(first)))
            parts = [who, third_person(first), *rest, content]
        elif attribution.rule == "left" and who:  # "The five did not resist, the navy said"
            parts = [who, f"{said}:", content]
        return Statement(" ".join(part.strip(" ,") for part in parts if part), resolutions)

    def _of_somebody(self, parts: list[str], attribution: Attribution) -> Statement:
        """ "She was told of cracks", "The trial, which is expected to last": of whom, stands before it."""
        if parts[0] in {"which", "who", "that"}:
            antecedent = phrase_before(self.text, attribution.content[0].start)
            return Statement(" ".join([antecedent, *parts[1:]]), [Resolution(parts[0], antecedent)])
        at = attribution.cue[0].start
        pronoun = re.search(r"\b(I|we|you|he|she|it|they)\s+$", self.text[max(0, at - 10) : at], re.IGNORECASE)
        if pronoun is None:
            return Statement(" ".join([phrase_before(self.text, at), *parts]))
        named = self.resolver.pronoun(pronoun[1].lower(), at - len(pronoun[0])) or pronoun[1]
        who = f"the {named}" if named != pronoun[1] and named.islower() else named
        return Statement(" ".join([who, *parts]), [Resolution(pronoun[1], who)] if who != pronoun[1] else [])

    def _quoted(self, who: str, surface: str, cue: str, words: str) -> Statement:
        resolutions = [Resolution(surface, who)] if who != surface else []
        words = words.strip(MARKS + ",")
        part = words[:1].islower() and bool(cue.strip(":"))  # "apologised “without reservation”"
        words = words.rstrip(".") if part else words if words[-1:] in _STOPS else f"{words}."
        said = without_listener(cue) if cue.strip(":") else "said"
        resolutions += [Resolution(cue, said)] if said != cue else []
        return Statement(f"{who} {said}{'' if part else ':'} “{words}”", resolutions)

    def _named(self, attribution: Attribution, who: str) -> list[Resolution]:
        """What the source is called in the claim, where the text has other words."""
        surface = " ".join(_unbroken(span.text).strip(" ,") for span in attribution.source)
        return [Resolution(surface, who)] if surface and surface != who else []

    def _infinitive(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "Russian claims to have taken the city" → "Russia has taken the city"."""
        if raw.startswith("that "):
            alone = is_clause(tagged(raw[5:]))
            return [self.says.subject(Statement(raw[5:]), attribution)] if alone else []
        who = self.says.speaker(attribution)
        found = re.match(r"to (have|be) (.+)", raw, re.DOTALL)
        if not found and who:
            return self._promised(raw, attribution, who)
        if not found or not who:
            return []
        verb = {"have": "has", "be": "is"}[found[1]]
        resolutions = [*self._named(attribution, who), Resolution(f"to {found[1]}", verb)]
        return [Statement(f"{who} {verb} {found[2]}", resolutions)]

    def _promised(self, raw: str, attribution: Attribution, who: str) -> list[Statement]:
        """ "Solheim's promise to cut costs" → "Solheim promised to cut costs"."""
        noun = attribution.cue[0].text
        verb = VERBS.get(NOUNS[noun.lower()][0]) if noun.lower() in NOUNS else None
        if verb is None or "i" not in verb.frames:
            return []
        said = next(form for form, kind in forms_of(verb.lemma).items() if kind in {"past", "both"})
        who = re.sub(r"(?:[’']s|(?<=s)[’'])$", "", who)
        return [Statement(f"{who} {said} {raw}", [*self._named(attribution, who), Resolution(noun, said)])]

    def _relative(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "what … were fake referendums" → "The referendums were fake"; "which … is late" takes what stands before."""
        if (fake := what_was(raw)) is not None:
            return [fake]
        if raw.startswith("what ") and attribution.stance == "evaluates" and (who := self.says.speaker(attribution)):
            cue = " ".join(_unbroken(span.text) for span in attribution.cue)
            resolutions = [*self._named(attribution, who), Resolution(f"{cue} what", "spoke of")]
            return [Statement(f"{who} spoke of {raw[5:]}", resolutions)]
        found = re.match(r"(which|who|that)\s+(.+)", raw, re.DOTALL)
        antecedent = phrase_before(self.text, attribution.content[0].start) if found else ""
        if not found or not antecedent:
            return []
        finite = any(token.tag in {"V", "X"} for token in tagged(found[2]))
        # "A report which they called “false”": that they called it so.
        they = [] if finite else [self.says.speaker(attribution), *(_unbroken(span.text) for span in attribution.cue)]
        return [Statement(" ".join([*they, antecedent, found[2]]), [Resolution(found[1], antecedent)])]

    def _predicate(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "the four regions Putin proclaimed annexed" → "The four regions are annexed"."""
        antecedent = phrase_before(self.text, attribution.source[0].start) if attribution.source else ""
        if not antecedent:
            return []
        listed = listed_before(self.text, antecedent, attribution.source[0].start)
        antecedent = listed or antecedent
        verb = "are" if listed or antecedent.split()[-1].endswith("s") else "is"
        return [Statement(f"{antecedent} {verb} {raw}", [Resolution("", antecedent)])]

    def _object(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "Russian forces of committing crimes" → "Russian forces have committed crimes" after a verb of accusing."""
        found = re.match(r"(.{2,120}?) of (\w+ing)\b(.*)", raw, re.DOTALL)
        if attribution.stance != "accuses" or not found:
            return []
        who = self.says.whom(found[1], attribution)
        verb = has_done(who, found[2])
        named = [Resolution(found[1], who)] if who != found[1] else []
        resolutions = [Resolution(f"of {found[2]}", verb), *named]
        return [Statement(f"{who} {verb}{found[3]}", resolutions)]

    def _denied(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "Denied taking bribes": that they have taken bribes is what is denied."""
        who = self.says.speaker(attribution)
        done = having_done(who, raw) if who else None
        if done is not None:
            done.resolutions[:0] = self._named(attribution, who)
        return [done] if done is not None else []

    def _accused(self, attribution: Attribution) -> list[Statement]:
        """ "Smith || lying" of whoever is accused of it → "Smith has lied"."""
        who, what = (_unbroken(span.text) for span in attribution.content)
        done = having_done(who.partition(",")[0], what) if who.lower() not in _ANAPHORA else None
        return [self.says.subject(done, attribution)] if done is not None else []

    def _passive(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "the suspect || to have fled" → "The suspect has fled"."""
        if attribution.stance == "accuses" and len(attribution.content) == 2:
            return self._accused(attribution)
        found = re.match(r"(.+?) to (have|be) (.+)", raw, re.DOTALL)
        if not found or len(attribution.content) < 2:
            return (
                [self.says.subject(Statement(re.sub(r"^that ", "", raw)), attribution)]
                if len(attribution.content) == 1
                else []
            )
        who = _unbroken(attribution.content[0].text)
        if len(who.split()) == 1 and who.lower() in _ANAPHORA:
            return []
        plural = who.split()[-1].endswith("s")
        verb = ("have" if plural else "has") if found[2] == "have" else "are" if plural else "is"
        rest = _unbroken(attribution.content[1].text).removeprefix(f"to {found[2]} ")
        return [Statement(f"{who} {verb} {rest}", [Resolution(f"to {found[2]}", verb)])]

    def _finish(self, statement: Statement, attribution: Attribution) -> Statement:
        self.says.date(statement)
        self.says.place(statement, attribution)
        self.says.enemy(statement, attribution)
        statement.text = as_sentence(statement.text, mixed=attribution.quote_type == "mixed")
        return statement
