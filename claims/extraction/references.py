"""What the words of a statement stand for: pronouns, surnames, "the city", "the enemy", "Monday". Each replacement is
recorded with the statement, so that every word of a claim can be accounted for.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from claims.extraction.coreference import Resolver
from claims.extraction.countries import DEMONYM_OF, PLACES
from claims.extraction.dates import RELATIVE, resolve
from claims.extraction.statements import FORMS, Statement, third
from claims.extraction.types import Attribution

_PLACES = 50
"""Cities, regions … of one text that "the city" can be led back to."""
_THIRD = {"am": "is", "'m": "is", "’m": "is", "have": "has", "was": "was", "were": "was", "do": "does"}
_CLITICS = {"m": " is", "s": "’s", "ve": " has", "ll": " will", "d": "’d", "re": " are"}
_PLACE_OF = re.compile(
    r"\b(city|town|village|region|district|province|island|county|state) of ([A-Z][\w’-]*(?: [A-Z][\w’-]*)?)"
)
_THE_PLACE = re.compile(r"\bthe (city|town|village|region|district|province|island|county)\b(?! of\b)(?=[\s.,;”]|$)")
_FORCES = re.compile(r"\b([A-Z]\w+) (forces|troops|soldiers|army)\b")
_AHEAD = re.compile(r"\b(?:will|would|next|due|scheduled|set to|to be)\b", re.IGNORECASE)
_LED = re.compile(r"\b(?:since|by|until|till|from|of|before|after|to|than|for)\s+$", re.IGNORECASE)
_HABIT = re.compile(r"\b(?:the|an?|every|each|any|one|some)\s+$", re.IGNORECASE)
"""Before a day that is none of the calendar's: "the Sunday roast", "every Monday"."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LEADING = re.compile(r"(I|[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Ww]e)(’m|'m|’s|'s|’ve|'ve|’ll|'ll|’d|'d|’re|'re)?\b\s*([\w’']*)")
_EXPLETIVE = re.compile(
    r"[Ii]t(?:[’']s| (?:is|was|would be|will be|had been|has been|seems|seemed|appears|appeared))\b"
    r"(?! \w+(?:ing|ed|en|wn)\b)"
)
"""It may be nothing at all, or what was spoken of before: "it was a ship strike"."""
_BEFORE = frozenset({"left", "according", "inside-left"})
"""Rules under which the content stands first, where "it" is somebody of an earlier sentence."""
_SPEAKS_FOR = re.compile(r"(?:an? |the )?(?:\w+ )?spokes(?:man|woman|person) (?:for|of) ", re.IGNORECASE)
_OWNER = re.compile(r"([Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Mm]y) (?=[a-z])")
_OWNERS = {"his": "he", "her": "she", "its": "it", "their": "they", "my": "i"}
_NAME = re.compile(r"([A-Z][\w’-]+)(?= [a-z])")
_POINTS = frozenset("i he she it they we you who which that".split())


def in_own_words(attribution: Attribution) -> bool:
    """A quotation, or a turn of an interview."""
    return attribution.quote_type == "direct" or attribution.rule in {"colon", "turn"}


def third_person(verb: str) -> str:
    """ "am" → "is", "lose" → "loses"; other forms stay."""
    return _THIRD.get(verb.lower()) or (third(verb) if FORMS.get(verb.lower()) == "base" else verb)


class References:
    """Answers for the words of one text's statements."""

    def __init__(self, text: str, resolver: Resolver, day: date | None) -> None:
        self.text = text
        self.resolver = resolver
        self.day = day
        self.places: dict[str, set[str]] = {}
        for found in _PLACE_OF.finditer(text):
            names = self.places.setdefault(found[1], set())
            if len(names) < _PLACES:
                names.add(found[2])
        forces = [found for found in _FORCES.finditer(text) if found[1].lower() in DEMONYM_OF]
        self._forces = Counter((DEMONYM_OF[found[1].lower()], found[0]) for found in forces)

    def speaker(self, attribution: Attribution) -> str:
        """The speaker as a subject: a demonym or a capital as its country, a pronoun as what it stands for."""
        surface = " ".join(span.text.replace("\n", " ").strip(" ,") for span in attribution.source)
        surface = re.sub(r"(?<=\w),? (?:who|which|that)$", "", surface)
        named = attribution.source_entity
        if named and named.startswith("Government of "):
            return self._country(surface, named)
        if surface.lower() in DEMONYM_OF:
            return DEMONYM_OF[surface.lower()]
        if not named or surface.lower() == f"the {named.lower()}":
            return surface
        if named.islower():
            return f"the {named}" if surface.lower() in _POINTS else surface.partition(",")[0]
        return named

    def _country(self, surface: str, government: str) -> str:
        """ "Moscow claims it has annexed": Russia has."""
        country = government.removeprefix("Government of ")
        known = surface.lower() in PLACES or surface.lower() in DEMONYM_OF or surface.lower() in _POINTS
        return country if known or surface.startswith(country) else surface

    def subject(self, statement: Statement, attribution: Attribution) -> Statement:
        """The leading pronoun, possessive or surname gives way to the name that it stands for."""
        found = _LEADING.match(statement.text)
        if found is None:
            return self._owner(statement, attribution) or self._surname(statement)
        word = found[1].lower()
        if word == "it" and _EXPLETIVE.match(statement.text):
            return statement
        name = self._for_pronoun(word, attribution) if attribution.source or word == "i" else ""
        if not name:
            return statement
        statement.swap(found[1] + (found[2] or ""), name + _CLITICS.get((found[2] or "")[1:], ""))
        if word == "i" and not found[2] and found[3]:
            verb = third_person(found[3])
            if verb != found[3]:
                statement.swap(found[3], verb, at=len(name) + 1)
        return statement

    def _owner(self, statement: Statement, attribution: Attribution) -> Statement | None:
        """ "His members had …", said by Ferrandon: Ferrandon's members had."""
        found = _OWNER.match(statement.text)
        if found is None or not attribution.source:
            return None
        name = self._for_pronoun(_OWNERS[found[1].lower()], attribution)
        if name and name.lower() not in _POINTS:
            statement.swap(found[1], f"{name}’s")
        return statement

    def _surname(self, statement: Statement) -> Statement:
        """ "Putin attended", "Vladimir attended": the text knows the whole name."""
        found = _NAME.match(statement.text)
        if found is not None:
            full = self.resolver.full_name(found[1])
            if full != found[1] and found[1] in {full.split()[0], full.split()[-1]}:
                statement.swap(found[1], full)
        return statement

    def _for_pronoun(self, word: str, attribution: Attribution) -> str:
        direct = in_own_words(attribution)
        if word == "i" and not direct:  # "My doctors say that I have lost weight": whoever says this
            return self.resolver.pronoun(word, attribution.content[0].start) or ""
        if word == "i":
            return self.speaker(attribution) if attribution.source_entity else ""
        if word == "we" or direct or (word == "it" and attribution.rule in _BEFORE):
            return ""
        speaker = self.speaker(attribution)
        entity = attribution.source_entity or ""
        if entity and self.resolver.agrees(word, entity):
            spoken_for = word in {"he", "she"} and _SPEAKS_FOR.match(speaker)
            return f"the {entity}" if spoken_for and entity.islower() else speaker
        if not entity and len(speaker.split()) > 1 and speaker[-1:] != "s" and word != "they":
            return speaker  # "The council says it sent a letter"
        named = self.resolver.pronoun(word, attribution.content[0].start) or ""
        return f"the {named}" if named.islower() else named

    def whom(self, words: str, attribution: Attribution) -> str:
        """An accused in words that can be a subject: "him" by his name."""
        subject = {"him": "he", "her": "she", "them": "they", "it": "it"}.get(words.lower())
        if subject is None:
            return words
        named = self.resolver.pronoun(subject, attribution.content[0].start)
        if named is None or named == attribution.source_entity:  # nobody is accused by themselves
            return subject.capitalize()
        return f"the {named}" if named.islower() else named

    def date(self, statement: Statement) -> None:
        """Relative dates by the days that they mean; left alone beside a year, from which they may count."""
        if self.day is None:
            return
        for found in reversed(list(RELATIVE.finditer(statement.text))):
            if (found["in"] and _YEAR.search(statement.text)) or _HABIT.search(statement.text[: found.start()]):
                continue
            said = resolve(found, self.day, ahead=bool(_AHEAD.search(statement.text)))
            if said is not None:
                owns = statement.text[found.end() :].startswith(("’s", "'s"))  # "last year's tour"
                led = _LED.search(statement.text[: found.start()])  # "since last year"
                words = said[0].removeprefix("in ").removeprefix("on ") if owns or led else said[0]
                statement.swap(found[0], words, at=found.start())

    def place(self, statement: Statement, attribution: Attribution) -> None:
        """ "the city" → the last place of that kind that the text has named."""
        found = _THE_PLACE.search(statement.text)
        start = attribution.content[0].start
        if not found:
            return
        named = self.places.get(found[1], set())
        last = max(((self.text.rfind(name, max(0, start - 2000), start), name) for name in named), default=(-1, ""))
        if last[0] >= 0:
            statement.swap(found[0], last[1], at=found.start())

    def enemy(self, statement: Statement, attribution: Attribution) -> None:
        """ "the enemy" of a source of one country: the forces of the one other country that has some in the text."""
        found = re.search(r"\b[Tt]he enemy\b", statement.text)
        if not found or not self._forces:
            return
        words = re.findall(r"\w+", " ".join(span.text for span in attribution.source))
        own = {PLACES.get(word.lower()) or DEMONYM_OF.get(word.lower()) for word in words} - {None}
        others = {country for country, _ in self._forces} - own
        if len(own) == 1 and len(others) == 1:
            named = [(count, name) for (country, name), count in self._forces.items() if country in others]
            verb = re.match(r" (is|has|was)\b", statement.text[found.end() :])
            if verb is not None:
                statement.swap(verb[0], {"is": " are", "has": " have", "was": " were"}[verb[1]], at=found.end())
            statement.swap(found[0], max(named)[1], at=found.start())
