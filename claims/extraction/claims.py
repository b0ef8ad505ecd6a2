"""Contents become claims: stand-alone, atomic statements in plain words.

Every content word of a claim stands in the text or in a recorded resolution (a pronoun's name, a weekday's date, the
verb that a participle or infinitive becomes). Where a content is no clause, the claim is the attribution itself:
"Smith criticised the plan."
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from claims.extraction.assembly import points_back
from claims.extraction.checkworthiness import having, worth
from claims.extraction.coreference import Resolver
from claims.extraction.countries import DEMONYM_OF
from claims.extraction.dates import RELATIVE, resolve
from claims.extraction.grammar.lexicon import COMMON_VERBS, NOUNS, VERBS, forms_of
from claims.extraction.grammar.sentences import sentence_texts
from claims.extraction.grammar.tagging import Token
from claims.extraction.statements import MARKS, Statement, joined, participle, split, tagged, third, unmarked
from claims.extraction.types import Attribution, Claim, ClaimLink, Resolution

_MOST = 12
"""Statements taken from one content."""
_PLACES = 50
"""Cities, regions … of one text that "the city" can be led back to."""
_LONGEST = 4000
"""Code points of one content that are read into statements."""
_THIRD = {"am": "is", "'m": "is", "’m": "is", "have": "has", "was": "was", "were": "was", "do": "does"}
_PRONOUNS = frozenset("he she it they i".split())
_CLAUSAL = frozenset(
    "bare clause left quote-colon quote-left quote-right quote-floating quote-unknown according relative passive colon "
    "resumed".split()
)
_PLACE_OF = re.compile(
    r"\b(city|town|village|region|district|province|island|county|state) of ([A-Z][\w’-]*(?: [A-Z][\w’-]*)?)"
)
_WEEKDAY_AHEAD = re.compile(r"\b(?:will|would|next|due|scheduled|set to|to be)\b", re.IGNORECASE)


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
        self.places: dict[str, set[str]] = {}
        for found in _PLACE_OF.finditer(text):
            names = self.places.setdefault(found[1], set())
            if len(names) < _PLACES:
                names.add(found[2])
        self._made: list[Claim] = []
        self._by_attribution: dict[str, list[int]] = {}

    def all(self, attributions: tuple[Attribution, ...]) -> tuple[Claim, ...]:
        """At least one claim for each content; a denial of what another said shares that one's claim, with its own
        stance.
        """
        by_id = {attribution.id: attribution for attribution in attributions}
        for attribution in sorted(attributions, key=lambda found: found.responds_to is not None):
            target = by_id.get(attribution.responds_to or "")
            shared = self._by_attribution.get(target.id, []) if target is not None else []
            if shared and points_back(attribution):
                for index in shared:
                    self._link(index, attribution)
                self._by_attribution[attribution.id] = shared
                continue
            self._by_attribution[attribution.id] = [
                self._add(statement, attribution) for statement in self.statements(attribution)
            ]
        return tuple(self._made)

    def _add(self, statement: Statement, attribution: Attribution) -> int:
        claim = Claim(
            f"C{len(self._made) + 1}",
            statement.text,
            (ClaimLink(attribution.id, attribution.stance),),
            reasons=tuple(f"“{r.surface}” read as “{r.resolved}”" for r in statement.resolutions),
            resolutions=tuple(statement.resolutions),
            as_of=attribution.said_on or self.day,
        )
        claim = worth(claim, attribution, self.resolver.roles(attribution.source_entity))
        repeated = [name for name, ids in self.repeated.items() if attribution.id in ids]
        self._made.append(having(claim, repeated))
        return len(self._made) - 1

    def _link(self, index: int, attribution: Attribution) -> None:
        claim = self._made[index]
        links = (*claim.attributions, ClaimLink(attribution.id, attribution.stance))
        self._made[index] = having(replace(claim, attributions=links), ["denied"])

    # ---- statements of one content

    def statements(self, attribution: Attribution) -> list[Statement]:
        """One statement for each clause of the content that can stand alone."""
        out = [
            self._finish(statement, attribution)
            for raw in self._sentences(attribution)
            for statement in self._clauses(raw, attribution)
        ]
        out = [statement for statement in out if any(sign.isalnum() for sign in statement.text)][:_MOST]
        return out or [self._finish(self._as_said(attribution), attribution)]

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
        """The sentences of a quotation; indirect speech is one sentence already."""
        if attribution.quote_type != "direct" and words[:1] not in MARKS:
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
        if rule in special:
            made = special[rule](raw, attribution)
            return made if made else [self._as_said(attribution)]
        if rule not in _CLAUSAL or attribution.stance == "questions":
            return [self._as_said(attribution)]
        plain = re.sub(r"^(?:that|,|:)\s+", "", unmarked(raw) if attribution.quote_type == "direct" else raw.strip())
        tokens = tagged(plain)
        questions = (
            tokens
            and tokens[0].low in {"whether", "how", "why", "what", "who", "when", "where", "if"}
            and attribution.quote_type != "direct"
        )
        if plain.startswith(("to ", "not to ")):
            return [self._as_said(attribution)]
        if rule == "according" and tokens:
            return [self._subject(Statement(plain), attribution)]
        if questions or not any(token.tag in {"V", "X"} or (token.tag == "P" and "'" in token.low) for token in tokens):
            return [self._as_said(attribution)]
        clauses = re.split(r",? and that ", plain) if raw.startswith("that ") and '"' not in raw else [plain]
        parts = [part for clause in clauses for part in split(clause, tokens if clause is plain else tagged(clause))]
        statements = [self._subject(Statement(part), attribution) for part in parts]
        self._object_gap(statements[-1], tokens, attribution)
        return statements

    def _object_gap(self, statement: Statement, tokens: list[Token], attribution: Attribution) -> None:
        """ "two regions that Moscow claims it has annexed": the object of the last verb stands before the relative
        pronoun.
        """
        if attribution.rule != "bare" or not attribution.source or tokens[-1].tag != "V":
            return
        before = re.search(
            r"(?:^|\s)(?:that|which)\s+$",
            self.text[max(0, attribution.source[0].start - 20) : attribution.source[0].start],
        )
        antecedent = self._antecedent(attribution.source[0].start) if before else ""
        if antecedent:
            statement.text = f"{statement.text} {antecedent}"
            statement.resolutions.append(Resolution("that", antecedent))

    def _as_said(self, attribution: Attribution) -> Statement:
        """ "Smith criticised the plan": the attribution in its own words is what can be checked."""
        who = " ".join(_unbroken(span.text) for span in attribution.source)
        if attribution.source_entity and not attribution.source_entity.islower():
            who = attribution.source_entity
        cue = " ".join(_unbroken(span.text) for span in attribution.cue)
        content = " ".join(_unbroken(span.text[:_LONGEST]) for span in attribution.content)
        parts = [who, cue, content] if who or cue else [unmarked(content)]
        if not who:  # "The trial is expected to last three weeks": in the order of the text
            spans = sorted(attribution.cue + attribution.content, key=lambda span: span.start)
            parts = [_unbroken(span.text[:_LONGEST]) for span in spans]
        resolutions = []
        surface = " ".join(_unbroken(span.text) for span in attribution.source)
        if surface and who != surface:
            resolutions.append(Resolution(surface, who))
        return Statement(" ".join(part.strip(" ,") for part in parts if part), resolutions)

    def _infinitive(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "Russian claims to have taken the city" → "Russia has taken the city"."""
        if raw.startswith("that "):
            return [self._subject(Statement(raw[5:]), attribution)]
        who = self._speaker(attribution)
        found = re.match(r"to (have|be) (.+)", raw, re.DOTALL)
        if not found and who:
            return self._promised(raw, attribution, who)
        if not found or not who:
            return []
        verb = {"have": "has", "be": "is"}[found[1]]
        surface = " ".join(_unbroken(span.text) for span in attribution.source)
        return [Statement(f"{who} {verb} {found[2]}", [Resolution(surface, who), Resolution(f"to {found[1]}", verb)])]

    def _promised(self, raw: str, attribution: Attribution, who: str) -> list[Statement]:
        """ "Solheim's promise to cut costs" → "Solheim promised to cut costs"."""
        noun = attribution.cue[0].text
        verb = VERBS.get(NOUNS[noun.lower()][0]) if noun.lower() in NOUNS else None
        if verb is None or "i" not in verb.frames:
            return []
        said = next(form for form, kind in forms_of(verb.lemma).items() if kind in {"past", "both"})
        surface = " ".join(_unbroken(span.text) for span in attribution.source)
        who = re.sub(r"(?:[’']s|(?<=s)[’'])$", "", who)
        return [Statement(f"{who} {said} {raw}", [Resolution(surface, who), Resolution(noun, said)])]

    def _relative(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "what … were fake referendums" → "The referendums were fake"; "which … is late" takes what stands before."""
        found = re.match(r"(?:what)\s+(was|were|is|are)\s+(?:an?\s+)?(.+)", raw, re.DOTALL)
        if found:
            tokens = tagged(found[2])
            if len(tokens) == 2 and tokens[1].tag == "N":
                return [
                    Statement(
                        f"The {tokens[1].text} {found[1]} {tokens[0].text}",
                        [Resolution("what", f"the {tokens[1].text}")],
                    )
                ]
        found = re.match(r"(which|who|that)\s+(.+)", raw, re.DOTALL)
        if not found:
            return []
        antecedent = self._antecedent(attribution.content[0].start)
        return [Statement(f"{antecedent} {found[2]}", [Resolution(found[1], antecedent)])] if antecedent else []

    def _predicate(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "the four regions Putin proclaimed annexed" → "The four regions are annexed"."""
        antecedent = self._antecedent(attribution.source[0].start) if attribution.source else ""
        if not antecedent:
            return []
        verb = "are" if antecedent.split()[-1].endswith("s") else "is"
        return [Statement(f"{antecedent} {verb} {raw}", [Resolution("", antecedent)])]

    def _object(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "Russian forces of committing crimes" → "Russian forces have committed crimes" after a verb of accusing."""
        found = re.match(r"(.{2,120}?) of (\w+ing)\b(.*)", raw, re.DOTALL)
        if attribution.stance != "accuses" or not found:
            return []
        done = participle(found[2])
        who = self._whom(found[1], attribution)
        plural = (
            " and " in who
            or who.split()[-1].endswith("s")
            or who.split()[-1].lower() in {"police", "people", "they", "them"}
        )
        verb = f"{'have' if plural else 'has'} {done}"
        resolutions = [Resolution(f"of {found[2]}", verb)]
        if who != found[1]:
            resolutions.append(Resolution(found[1], who))
        return [Statement(f"{who} {verb}{found[3]}", resolutions)]

    def _whom(self, words: str, attribution: Attribution) -> str:
        subject = {"him": "he", "her": "she", "them": "they", "it": "it"}.get(words.lower())
        if subject is None:
            return words
        return self.resolver.pronoun(subject, attribution.content[0].start) or words

    def _passive(self, raw: str, attribution: Attribution) -> list[Statement]:
        """ "the suspect || to have fled" → "The suspect has fled"."""
        found = re.match(r"(.+?) to (have|be) (.+)", raw, re.DOTALL)
        if not found or len(attribution.content) < 2:
            return (
                [self._subject(Statement(re.sub(r"^that ", "", raw)), attribution)]
                if len(attribution.content) == 1
                else []
            )
        who = _unbroken(attribution.content[0].text)
        plural = who.split()[-1].endswith("s")
        verb = ("have" if plural else "has") if found[2] == "have" else "are" if plural else "is"
        rest = _unbroken(attribution.content[1].text).removeprefix(f"to {found[2]} ")
        return [Statement(f"{who} {verb} {rest}", [Resolution(f"to {found[2]}", verb)])]

    def _antecedent(self, at: int) -> str:
        """The noun phrase that ends where a relative clause begins."""
        from_here = self.text[max(0, at - 120) : at]
        tokens = tagged(from_here)
        while tokens and tokens[-1].tag in {",", "T", "W"}:
            tokens.pop()
        k = len(tokens)
        while k and (tokens[k - 1].tag in set("NMJ#") or (tokens[k - 1].low == "of" and k < len(tokens))):
            k -= 1
        while k and tokens[k - 1].tag == "D":
            k -= 1
        return from_here[tokens[k].start : tokens[-1].end] if k < len(tokens) and k > 0 else ""

    # ---- what the words stand for

    def _speaker(self, attribution: Attribution) -> str:
        """The speaker as a subject: a demonym as its country, a pronoun as its name."""
        surface = " ".join(_unbroken(span.text).strip(" ,") for span in attribution.source)
        country = DEMONYM_OF.get(surface.lower())
        if country:
            return country
        named = attribution.source_entity
        if not named or named.islower() or named.startswith("Government of "):
            return surface
        if surface.lower() == f"the {named.lower()}":
            return surface
        return named

    def _subject(self, statement: Statement, attribution: Attribution) -> Statement:
        """The leading pronoun gives way to the name that it stands for."""
        found = re.match(
            r"(I|[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Ww]e)(’m|'m|’s|'s|’ve|'ve|’ll|'ll|’d|'d|’re|'re)?\b\s*([\w’']*)",
            statement.text,
        )
        if not found or (not attribution.source and found[1] != "I"):
            return statement
        word = found[1].lower()
        name = self._for_pronoun(word, attribution)
        if not name:
            return statement
        old = found[1] + (found[2] or "")
        clitic = {"m": " is", "s": "’s", "ve": " has", "ll": " will", "d": "’d", "re": " are"}.get(
            (found[2] or "")[1:], ""
        )
        statement.swap(old, name + clitic)
        if word == "i" and not clitic and found[3]:
            verb = _THIRD.get(found[3].lower()) or (third(found[3]) if found[3].lower() in COMMON_VERBS else found[3])
            if verb != found[3]:
                statement.swap(found[3], verb, at=len(name) + 1)
        return statement

    def _for_pronoun(self, word: str, attribution: Attribution) -> str:
        direct = attribution.quote_type == "direct"
        if word == "i":
            return self._speaker(attribution) if direct and attribution.source_entity else ""
        if word == "we":
            return ""
        speaker = self._speaker(attribution)
        entity = attribution.source_entity or ""
        if not direct and entity and self.resolver.agrees(word, entity):
            return speaker
        if not direct and not entity and len(speaker.split()) > 1 and speaker[-1:] != "s" and word != "they":
            return speaker  # "The council says it sent a letter"
        if direct:
            return ""
        return self.resolver.pronoun(word, attribution.content[0].start) or ""

    def _finish(self, statement: Statement, attribution: Attribution) -> Statement:
        self._date(statement)
        self._place(statement, attribution)
        text = " ".join(statement.text.split()).strip(" ,;:–—-")
        if attribution.quote_type != "mixed" and text.count("“") != text.count("”"):
            text = text.strip("“”")
        if text[:1] in MARKS and text[-1:] in MARKS and text[1:-1].count("“") == 0 and '"' not in text[1:-1]:
            text = text[1:-1]
        text = text[:1].upper() + text[1:]
        statement.text = text if text[-1:] in ".!?…" or text[-2:] in {".”", '."', "?”"} else f"{text}."
        return statement

    def _date(self, statement: Statement) -> None:
        if self.day is None:
            return
        for found in reversed(list(RELATIVE.finditer(statement.text))):
            said = resolve(found, self.day, ahead=bool(_WEEKDAY_AHEAD.search(statement.text)))
            if said is not None:
                statement.swap(found[0], said[0], at=found.start())

    def _place(self, statement: Statement, attribution: Attribution) -> None:
        """ "the city" → the last place of that kind that the text has named."""
        found = re.search(
            r"\bthe (city|town|village|region|district|province|island|county)\b(?! of\b)(?=[\s.,;”]|$)", statement.text
        )
        start = attribution.content[0].start
        if not found:
            return
        named = self.places.get(found[1], set())
        last = max(((self.text.rfind(name, max(0, start - 2000), start), name) for name in named), default=(-1, ""))
        if last[0] >= 0:
            statement.swap(found[0], last[1], at=found.start())
