"""The people and bodies of one text: their names, the parts of names they go by, their roles and gender, and each place
where they are named.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field

from claims.extraction.countries import PLACES, government
from claims.extraction.descriptions import GROUPS
from claims.extraction.grammar.sentences import Sentence
from claims.extraction.grammar.tagging import Token, is_demonym
from claims.extraction.people import (
    FEMALE,
    FEMALE_NAMES,
    MALE,
    MALE_NAMES,
    ORGANISATION,
    PARTICLES,
    TITLES,
    apposed_roles,
    bare,
    bare_text,
    joined,
    person_name,
    runs,
)
from claims.extraction.salience import Mention, Role

PERSONAL = frozenset({"he", "she"})
CASES = {"his": "he", "him": "he", "himself": "he", "her": "she", "hers": "she", "herself": "she"}
REACH = 8
"""Sentences before its own in which a pronoun's name is looked for."""
SEEN = 40
"""Mentions that are weighed for one pronoun."""
_NAMESAKES = 8
"""People of one name that are told apart."""
_PLURAL = frozenset("police team people council union party company committee".split())
_PLURALS = ("ans", "ats", "ers", "ists", "tees", "ents")
MONTHS = frozenset("march may june april august january february july september october november december".split())
_OF_STATES = frozenset(
    "government president parliament army navy embassy ambassador chancellor troops forces constitution border king "
    "queen prime foreign".split()
)
_PEOPLE = ("er", "or", "ist", "man", "woman", "judge", "ian", "ant", "mother", "father", "son", "chief", "official")
_THINGS = frozenset(
    "study report survey poll letter memo paper review audit research statement law filing document record model data "
    "inquiry investigation analysis article jury page log sign source government opposition people tally list book "
    "majority three four five six seven eight nine ten twelve management".split()
)


@dataclass(slots=True)
class Person:
    name: str
    gender: str = ""
    roles: set[str] = field(default_factory=set)
    short: bool = False
    """The text also calls them by a part of the name."""


class Cast:
    """Who is named in the narrator's sentences, gathered in two passes: names first, then their places."""

    def __init__(self, sentences: list[Sentence]) -> None:
        self.sentences = sentences
        self._starts = [sentence.start for sentence in sentences]
        self._shortened: set[str] = set()
        self.people: dict[str, Person] = {}
        self._by_part: dict[str, set[str]] = {}
        """First and last names of people with longer names."""
        self._groups: dict[str, set[str]] = {}
        """Words that name an organisation for short, and the organisations."""
        self._roles: dict[str, set[str]] = {}
        self._capital: set[str] = set()
        self._with_article: set[str] = set()
        """First words of names whose article is a part of them: "in The Hague"."""
        self._states: set[str] = set()
        """Names that the text treats as a country: "Norland's prime minister", "the government of Norland"."""
        self._runs = [runs(sentence.tokens) for sentence in sentences]
        for sentence, found in zip(sentences, self._runs, strict=True):
            self._learn(sentence, found)
        self._gender_by_title()
        self.mentions: list[Mention] = []
        for number, (sentence, found) in enumerate(zip(sentences, self._runs, strict=True)):
            self._mention(sentence, found, number)
        self._mention_starts = [mention.start for mention in self.mentions]
        self._said = [
            {CASES.get(token.low, token.low) for token in sentence.tokens if token.tag in {"P", "D"}}
            for sentence in sentences
        ]
        self._gender_by_pronouns()
        self._named = Counter(mention.entity for mention in self.mentions if mention.person)
        self._most = max(self._named, key=lambda name: self._named[name], default=None)
        self._turns = self._interview()

    def _learn(self, sentence: Sentence, found: list[tuple[int, int]]) -> None:
        tokens = sentence.tokens
        self._capital.update(token.low for token in tokens[1:] if token.tag == "M")
        for before, article, word in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if article.text == "The" and word.tag == "M" and before.tag in {"V", "I", "N", "Y", "C"}:
                self._with_article.add(word.text)
        for start, end in found:
            if end - start == 1 and _governs(tokens, start):
                self._states.add(bare_text(tokens[start]))
            name = person_name(tokens, start, end)
            if name:
                self._person(tokens, start, end, name)
            elif end - start > 1:
                self._group(tokens, start, end)

    def _person(self, tokens: list[Token], start: int, end: int, name: str) -> None:
        words = name.split()
        known = self.people.setdefault(name, Person(name))
        first = words[0].lower()
        titles = {token.low for token in tokens[max(0, start - 3) : end] if token.low in TITLES}
        beside = {token.low for token in tokens[max(0, start - 2) : start] if token.tag == "N"}
        roles = apposed_roles(tokens, start, end)
        window = range(max(1, start - 6), start)
        beside |= {tokens[k].low for k in window if tokens[k - 1].possessive}  # "Reyne's daughter, the novelist …"
        if (titles | beside | roles) & MALE or first in MALE_NAMES:
            known.gender = known.gender or "he"
        elif (titles | beside | roles) & FEMALE or first in FEMALE_NAMES:
            known.gender = known.gender or "she"
        if end + 1 < len(tokens) and tokens[end].tag == "," and tokens[end + 1].tag == "#":
            known.short = True  # "Karen Pappas, 63,"
        known.roles |= {title.rstrip(".") for title in titles} | roles
        for role in known.roles:
            self._roles.setdefault(role, set()).add(name)
        if len(words) > 1:
            for part in (words[0], words[-1]):
                self._by_part.setdefault(part.lower(), set()).add(name)

    def _group(self, tokens: list[Token], start: int, end: int) -> None:
        """ "Copperfield Partners" is "Copperfield" for short, "the University of Murau" "the university"."""
        if start > 1 and tokens[start - 1].low in {"of", "for"} and tokens[start - 2].tag == "M":
            return  # the end of a longer name: "Association of British Insurers"
        if end + 1 < len(tokens) and tokens[end].low in {"of", "for"} and tokens[end + 1].tag == "M":
            return
        name = joined(tokens, start, end)
        if name.isupper():
            return
        words = [bare(token) for token in tokens[start:end]]
        if any(word in TITLES for word in words[:-1]) and words[-1] not in ORGANISATION:
            return
        for word in {words[0], words[-1]} - set(PLACES):
            self._groups.setdefault(word, set()).add(name)
        self._groups.setdefault("".join(word[0] for word in words), set()).add(name)

    def full_name(self, name: str, gender: str = "") -> str:
        """The one longer name of the text that a first name or surname belongs to, else the name itself; "Mrs Holm" is
        no Peter Holm.
        """
        if " " in name and name.isupper():
            namesakes = self._by_part.get(name.split()[-1].lower(), set())
            return next((one for one in namesakes if one.lower() == name.lower() and not one.isupper()), name)
        longer = self._by_part.get(name.lower(), set()) if " " not in name else self._of_family(name)
        if gender and len(longer) <= _NAMESAKES:
            longer = {one for one in longer if self.people[one].gender in {"", gender}}
        if 1 < len(longer) <= _NAMESAKES:  # "KARL BRANDT" and "Karl Brandt" are one
            plain = {one.lower() for one in longer if not one.isupper()}
            longer = {one for one in longer if not (one.isupper() and one.lower() in plain)}
        if 1 < len(longer) <= _NAMESAKES:  # "Captain Ada Holm" and "Ada Holm" are one
            longer = {one for one in longer if not any(one.endswith(f" {other}") for other in longer)}
        return next(iter(longer)) if len(longer) == 1 else name

    def _of_family(self, name: str) -> set[str]:
        """ "De Vries": whoever has the surname with a first name before it."""
        if name.split()[0].lower() not in PARTICLES:
            return set()
        return {
            one for one in self._by_part.get(name.split()[-1].lower(), ()) if one.lower().endswith(f" {name.lower()}")
        }

    def roles(self, name: str | None) -> frozenset[str]:
        """The roles in which the text presents that person."""
        known = self.people.get(name or "")
        return frozenset(known.roles) if known is not None else frozenset()

    def _mention(self, sentence: Sentence, found: list[tuple[int, int]], number: int) -> None:
        tokens = sentence.tokens
        for start, end in found:
            name = person_name(tokens, start, end)
            last = bare_text(tokens[end - 1])
            single = name is None and last.lower() in self._by_part
            if single:
                name = last
                self._shorten(last.lower())
            person = name is not None
            if name is None:
                if not self._is_name(tokens, start, end):
                    continue
                name = joined(tokens, start, end)
            self.mentions.append(
                Mention(
                    tokens[start].start, tokens[end - 1].end, self.full_name(name), person, _role(tokens, start, end),
                    number, sentence.paragraph, end - start > 1 or single,
                    start <= 2 and (start, end) == found[0], is_demonym(tokens[end - 1]),
                )
            )  # fmt: skip

    def _shorten(self, part: str) -> None:
        """Everybody with that surname, or that common first name, is also called by it."""
        if part in self._shortened:
            return
        self._shortened.add(part)
        for name in self._by_part[part]:
            self.people[name].short |= name.split()[-1].lower() == part or part in MALE_NAMES | FEMALE_NAMES

    def _interview(self) -> list[tuple[int, int, str]]:
        """Paragraphs that begin with a name and a colon: start, end and the name."""
        out: list[tuple[int, int, str]] = []
        paragraph, before = -1, -1
        for sentence, found in zip(self.sentences, self._runs, strict=True):
            tokens = sentence.tokens
            if sentence.paragraph == paragraph:
                if out and out[-1][1] == before:
                    out[-1] = (out[-1][0], sentence.end, out[-1][2])
            elif found and found[0][0] == 0 and found[0][1] < len(tokens) and tokens[found[0][1]].low == ":":
                out.append((sentence.start, sentence.end, self.full_name(joined(tokens, *found[0]))))
            paragraph, before = sentence.paragraph, sentence.end
        return out

    def _is_name(self, tokens: list[Token], start: int, end: int) -> bool:
        if start > 0 or end - start > 1 or bare(tokens[start]) in self._capital or bare(tokens[start]) in PLACES:
            return True
        word = tokens[start]
        goes_on = end < len(tokens) and (tokens[end].tag in {"V", "X"} or word.possessive)
        return word.tag == "M" and goes_on and (word.possessive or not word.low.endswith("s"))

    def _gender_by_title(self) -> None:
        """ "Ms Sen" tells that Amrita Sen is "she", where the text has one of that surname."""
        for name, known in list(self.people.items()):
            whole = self.people.get(self.full_name(name))
            if known.gender and whole is not None and not whole.gender:
                whole.gender = known.gender

    def _gender_by_pronouns(self) -> None:
        """A sentence names one person alone, and it or the next one goes on with "she": so that person is "she"."""
        votes: dict[str, Counter[str]] = {}
        alone: list[str | None] = [None] * len(self.sentences)
        for mention in self.mentions:
            if mention.person:
                before = alone[mention.sentence]
                alone[mention.sentence] = mention.entity if before in {None, mention.entity} else ""
        for number, name in enumerate(alone):
            known = self.people.get(name or "")
            if known is None or known.gender:
                continue
            said = self._said[number] & PERSONAL
            if not said and number + 1 < len(self.sentences) and not alone[number + 1]:
                following = self.sentences[number + 1].tokens[0].low
                said = {CASES.get(following, following)} & PERSONAL
            votes.setdefault(known.name, Counter()).update(said)
        for name, count in votes.items():
            if count["he"] != count["she"]:
                self.people[name].gender = "he" if count["he"] > count["she"] else "she"

    def _as_speaker(self, name: str) -> str:
        return f"Government of {name}" if name in self._states else government(name) or name

    def _near(self, at: int, number: int) -> list[Mention]:
        """Mentions before that place within reach, the nearest first; then those behind it in the same sentence."""
        stop = bisect_left(self._mention_starts, at)
        out = []
        for k in range(stop - 1, max(-1, stop - SEEN), -1):
            if self.mentions[k].sentence < number - REACH:
                break
            out.append(self.mentions[k])
        return out + [mention for mention in self.mentions[stop : stop + 4] if mention.sentence == number]

    def _distances(self, word: str, number: int) -> dict[int, int]:
        """How far the sentences before are; one that says "she" itself carries the name further without cost."""
        out: dict[int, int] = {}
        distance = 1
        for before in range(number - 1, max(-1, number - REACH - 1), -1):
            out[before] = distance
            distance += word not in self._said[before]
        return out

    def _gender(self, name: str) -> str:
        known = self.people.get(name)
        if known is not None:
            return known.gender
        first = name.split()[0].lower()
        return "he" if first in MALE_NAMES else "she" if first in FEMALE_NAMES else ""

    def _known(self, name: str) -> bool:
        """Something in the text or in the name says that this is a person."""
        known = self.people.get(name)
        return known is not None and bool(known.roles or known.gender or known.short)

    def _can_be(self, word: str, mention: Mention) -> bool:
        if mention.person:
            return self._gender(mention.entity) in {"", word}
        one = mention.entity.lower()
        known = (FEMALE_NAMES if word == "he" else MALE_NAMES, PLACES, ORGANISATION, TITLES, MONTHS)
        if " " in one or mention.demonym or any(one in names for names in known):
            return False
        if one in MALE_NAMES or one in FEMALE_NAMES:
            return True
        return mention.role != "behind preposition" and not one.endswith(_PLURALS)

    def _may_speak(self, word: str, name: str) -> bool:
        """A speaker without a name can be "she" as well: "the dentist"."""
        if name in self.people:
            return self._gender(name) in {"", word}
        head = name.split()[-1].lower()
        wrong = MALE if word == "she" else FEMALE
        if not name.islower() or head.endswith("s") or head.isdigit() or not head.isalpha():
            return False
        return head not in wrong and head not in GROUPS and head not in _THINGS

    def name_at(self, at: int) -> str | None:
        """The entity of the name that stands at that place."""
        k = bisect_right(self._mention_starts, at + 1) - 1
        mention = self.mentions[k] if k >= 0 else None
        return mention.entity if mention is not None and at < mention.end else None

    def agrees(self, word: str, name: str, *, person: bool | None = None) -> bool:
        """Whether the pronoun can mean that name, by number, gender and kind."""
        known = self.people.get(name)
        if word in PERSONAL:
            return (known is not None and known.gender in {"", word}) or (known is None and self._may_speak(word, name))
        if known is not None or person:
            return False
        head = name.split()[-1].lower()
        plural = " and " in name or head == "people" or (name.islower() and head.endswith("s") and head not in _THINGS)
        if word == "they":
            return plural or head in _PLURAL or not name.islower()
        thing = head in GROUPS or head in _THINGS or not head.endswith(_PEOPLE)
        return not plural and (thing or not name.islower())


def _role(tokens: list[Token], start: int, end: int) -> Role:
    if tokens[end - 1].possessive:
        return "possessive"
    k = start - 1
    while k >= 0 and tokens[k].tag in {"D", "J", "N", "M"}:
        k -= 1
    if k >= 0 and tokens[k].tag in {"I", "O"}:
        return "behind preposition"
    following = end
    if following < len(tokens) and tokens[following].tag in {",", "("}:
        closing = next((i for i in range(following + 1, len(tokens)) if tokens[i].tag in {",", ")"}), None)
        following = closing + 1 if closing is not None else following
    after = tokens[following].tag if following < len(tokens) else ""
    return "subject" if after in {"V", "X", "A", "W"} else "object"


def _governs(tokens: list[Token], k: int) -> bool:
    """Whether the one-word name at k has a government: "Norland's foreign ministry", "the government of Norland"."""
    if tokens[k].possessive:
        following = [token.low for token in tokens[k + 1 : k + 3]]
        return bool(_OF_STATES.intersection(following)) and bare(tokens[k]) not in PLACES
    return k > 1 and tokens[k - 1].low == "of" and tokens[k - 2].low in {"government", "republic", "kingdom"}
