"""Who a source is, within one text: names joined with their titles and appositions, roles and pronouns led back to
them.

A deterministic resolver in the manner of Lappin and Leass (1994), cut down to recency, agreement and the reporter's
habit that "he said" goes on with the speaker before. Where two answers are as good, the answer is None.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from claims.extraction.countries import PLACES, government
from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.sentences import Sentence
from claims.extraction.grammar.tagging import Token, is_demonym

_TITLES = frozenset(
    "mr mr. mrs mrs. ms ms. miss dr dr. prof. prof professor sir dame lord lady president minister prime chancellor "
    "secretary senator sen. rep. representative congressman congresswoman governor gov. mayor judge justice general "
    "gen. colonel col. captain capt. lieutenant lt. sergeant sgt sgt. det insp supt pc gen lt col capt councilwoman "
    "councilman alderman major maj. admiral adm. commander chief officer king queen prince princess pope bishop "
    "archbishop rev. reverend coach detective inspector superintendent constable sheriff councillor cllr mp attorney "
    "ambassador director chairman chairwoman chair deputy vice foreign defense defence interior finance health "
    "education home state speaker leader spokesman spokeswoman spokesperson commissioner former premier democrat "
    "republican nominee candidate editor manager analyst economist staff".split()
)
_MALE = frozenset("mr mr. sir lord king prince pope congressman chairman spokesman father son brother husband".split())
_FEMALE = frozenset(
    "mrs mrs. ms ms. miss dame lady queen princess congresswoman chairwoman spokeswoman mother daughter sister "
    "wife".split()
)
_MALE_NAMES = frozenset(
    "james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark "
    "donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary "
    "nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick frank "
    "raymond jack dennis jerry tyler aaron jose adam nathan henry peter zachary kyle noah ethan jeremy walter "
    "christian keith roger terry sean gerald carl dylan arthur lawrence jordan jesse bryan billy bruce gabriel joe "
    "logan alan juan albert willie elijah wayne randy vincent mason roy ralph bobby russell bradley philip eugene "
    "vladimir sergei volodymyr dmitry ivan boris nigel simon ian graham neil stuart colin barry tony bill bob tom tim "
    "mike jim ben dan ted mohammed ahmed ali omar hassan pierre jean hans jurgen klaus luis carlos miguel antonio "
    "marco giuseppe oleksandr mykhailo valery viktor igor".split()
)
_FEMALE_NAMES = frozenset(
    "mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley "
    "kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura helen sharon cynthia kathleen "
    "amy angela anna ruth brenda pamela nicole katherine virginia catherine christine samantha debra janet rachel "
    "carolyn emma maria heather diane julie joyce victoria kelly christina joan evelyn lauren judith olivia frances "
    "martha cheryl megan andrea hannah jacqueline ann jean alice kathryn gloria teresa sara janice doris madison "
    "julia grace judy abigail marie denise beverly amber theresa marilyn danielle diana brittany natalie sophia rose "
    "isabella alexis kayla charlotte hillary theresa liz fiona claire jane lucy kate sophie olga natalia svetlana "
    "irina fatima aisha leila ingrid priya mei yuki elena carmen lucia greta ursula angela".split()
)
_ORGANISATION = frozenset(
    "council university court ministry department party army forces force bank group committee commission agency "
    "association union inc ltd house office police times post journal news states kingdom nations front senate "
    "congress parliament institute centre center club league company corporation corp board authority service "
    "services hospital school college church federation foundation society team trust fund network administration "
    "bureau guard organisation organization alliance coalition campaign government assembly network magazine tribune "
    "herald guardian telegraph mail street network united city county district airport airlines motors energy oil gas "
    "press".split()
)
_PERSON = frozenset({"he", "she"})
_COMPASS = frozenset({"west", "east", "north", "south"})
_GROUP_HEADS = frozenset(
    "council university court ministry department party army bank group committee commission agency association union "
    "company board authority hospital school college federation foundation club government campaign institute".split()
)
_PLURAL = frozenset("police team people council union party company committee".split())
_NEAR = 4
"""Sentences after which a pronoun no longer reaches back."""


@dataclass(slots=True)
class Person:
    name: str
    gender: str = ""
    roles: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Mention:
    """A name at a place in the text: `entity` is a person or a group."""

    start: int
    entity: str
    person: bool
    subject: bool
    sentence: int


class Resolver:
    """Reads the narrator's sentences once, then answers for sources in the order of the text."""

    def __init__(self, sentences: list[Sentence]) -> None:
        self.sentences = sentences
        self._starts = [sentence.start for sentence in sentences]
        self.people: dict[str, Person] = {}
        self._by_surname: dict[str, set[str]] = {}
        self._groups: dict[str, str] = {}
        self._roles: dict[str, set[str]] = {}
        self._capital: set[str] = set()
        self._with_article: set[str] = set()
        """First words of names whose article is a part of them: "in The Hague"."""
        self.mentions: list[Mention] = []
        for sentence in sentences:
            self._learn(sentence)
        for number, sentence in enumerate(sentences):
            self._mention(sentence, number)
        self._mention_starts = [mention.start for mention in self.mentions]
        self._speakers: list[tuple[int, int, str]] = []

    # ---- names of the text

    def _learn(self, sentence: Sentence) -> None:
        tokens = sentence.tokens
        self._capital.update(token.low for token in tokens[1:] if token.tag == "M")
        for before, article, word in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if article.text == "The" and word.tag == "M" and before.tag in {"V", "I", "N", "Y", "C"}:
                self._with_article.add(word.text)
        for start, end in _runs(tokens):
            name = _person_name(tokens, start, end)
            if name:
                self._person(tokens, start, end, name)
            elif end - start >= 1 and _bare(tokens[end - 1]) in _GROUP_HEADS:
                self._groups.setdefault(_bare(tokens[end - 1]), _joined(tokens, start, end))

    def _person(self, tokens: list[Token], start: int, end: int, name: str) -> None:
        words = name.split()
        known = self.people.setdefault(name, Person(name))
        first = words[0].lower()
        titles = {token.low for token in tokens[max(0, start - 3) : end] if token.low in _TITLES}
        if titles & _MALE or first in _MALE_NAMES:
            known.gender = known.gender or "he"
        elif titles & _FEMALE or first in _FEMALE_NAMES:
            known.gender = known.gender or "she"
        known.roles |= {title.rstrip(".") for title in titles} | _apposed_roles(tokens, start, end)
        for role in known.roles:
            self._roles.setdefault(role, set()).add(name)
        if len(words) > 1:
            self._by_surname.setdefault(words[-1].lower(), set()).add(name)

    def full_name(self, name: str) -> str:
        """The one longer name of the text that a surname belongs to, else the name itself."""
        longer = self._by_surname.get(name.lower(), set()) if " " not in name else set()
        return next(iter(longer)) if len(longer) == 1 else name

    def roles(self, name: str | None) -> frozenset[str]:
        """The roles in which the text presents that person."""
        known = self.people.get(name or "")
        return frozenset(known.roles) if known is not None else frozenset()

    def _mention(self, sentence: Sentence, number: int) -> None:
        tokens = sentence.tokens
        for start, end in _runs(tokens):
            name = _person_name(tokens, start, end)
            surname = _bare_text(tokens[end - 1])
            if name is None and surname.lower() in self._by_surname:
                name = surname
            subject = end < len(tokens) and tokens[end].tag in {"V", "X", ",", "A"} and start <= 4
            if name is not None:
                self.mentions.append(Mention(tokens[start].start, self.full_name(name), True, subject, number))
            elif self._is_name(tokens, start, end):
                self.mentions.append(Mention(tokens[start].start, _joined(tokens, start, end), False, subject, number))

    def _is_name(self, tokens: list[Token], start: int, end: int) -> bool:
        return start > 0 or end - start > 1 or _bare(tokens[start]) in self._capital or _bare(tokens[start]) in PLACES

    # ---- sources

    def entity(self, draft: Draft) -> str | None:
        """The name of the draft's source. Ask in the order of the text: pronouns lean on the speakers before."""
        if not draft.source:
            before = self._speaker_before(draft.content[0][0]) if draft.speaker is not None else None
            return before[2] if before else None
        at = draft.source[0][0]
        tokens = [token for token in draft.sentence.tokens if at <= token.start and token.end <= draft.source[0][1]]
        number = bisect_right(self._starts, at) - 1
        found = self._named(tokens, at, number, draft.sentence)
        if found is not None and draft.sentence.depth == 0:
            self._speakers.append((draft.cue[0][0], number, found))
        return found

    def _speaker_before(self, at: int) -> tuple[int, int, str] | None:
        """Place, sentence and name of the last narrator-level speaker before that place."""
        k = bisect_right(self._speakers, at, key=lambda speaker: speaker[0]) - 1
        return self._speakers[k] if k >= 0 else None

    def _named(self, tokens: list[Token], at: int, number: int, sentence: Sentence) -> str | None:
        while tokens and tokens[-1].tag in {"W", ",", "T"} and len(tokens) > 1:
            tokens = tokens[:-1]
        if not tokens:
            return None
        if len(tokens) == 1 and tokens[0].tag in {"P", "D"}:
            return self.pronoun(tokens[0].low, at, number, inside=sentence.depth > 0)
        if len(tokens) == 1 and tokens[0].tag == "W":
            return self._before(at)
        for start, end in _runs(tokens):
            if not _heads(tokens, start):
                continue
            name = _person_name(tokens, start, end)
            if (
                name is None
                and _bare(tokens[end - 1]) in self._by_surname
                and (not tokens[end - 1].possessive or end == len(tokens))
                and end - start == 1
            ):
                name = _bare_text(tokens[end - 1])
            if name is not None and (not tokens[end - 1].possessive or end == len(tokens)):
                return self.full_name(name)
        joint = next((i for i, token in enumerate(tokens) if token.low == "and" and 0 < i < len(tokens) - 1), None)
        if joint is not None:
            parts = [self._named(part, at, number, sentence) for part in (tokens[:joint], tokens[joint + 1 :])]
            return " and ".join(part for part in parts if part) if all(parts) else None
        return self._proper(tokens) or self._role(tokens)

    def _proper(self, tokens: list[Token]) -> str | None:
        """A name that is the whole phrase: "the Kremlin", "Moscow", "the Department of Health", "Russian" (claims)."""
        whole = tokens[0].text == "The" and len(tokens) > 1 and self._whole(tokens[1])
        body = tokens[1:] if tokens[0].low in {"the", "a", "an"} and not whole else tokens
        if (
            not body
            or (body[0].tag not in {"M", "J", "N"} and not whole)
            or any(token.tag not in {"M", "I", "&", "#"} and not token.text[0].isupper() for token in body)
        ):
            return None
        if body[-1].possessive and len(body) > 1:
            return None
        name = " ".join([*(token.text for token in body[:-1]), _bare_text(body[-1])])
        if (
            len(body) == 1
            and body is tokens
            and tokens[0].low not in self._capital
            and not is_demonym(tokens[0])
            and name.lower() not in PLACES
            and name.lower().endswith("s")
        ):
            return None  # "Scientists said": a capital only because it begins the sentence
        if name.lower() in _COMPASS:
            return f"the {name}"
        return government(name) or name

    def _whole(self, word: Token) -> bool:
        """The article before the word is a part of the name."""
        return word.text in self._with_article or f"the {word.low}" in PLACES

    def _role(self, tokens: list[Token]) -> str | None:
        """ "the mayor", "the council": the one person or body of the text with that role."""
        if tokens[0].low not in {"the", "his", "her", "their"} or len(tokens) > 4:
            return None
        head = tokens[-1].low
        names = self._roles.get(head, set())
        names = {self.full_name(name) for name in names}
        if len(names) == 1:
            return next(iter(names))
        return self._groups.get(head) if not names else None

    def _before(self, at: int) -> str | None:
        """The nearest name before a relative pronoun."""
        k = bisect_right(self._mention_starts, at) - 1
        mention = self.mentions[k] if k >= 0 else None
        return mention.entity if mention is not None and at - mention.start < 200 else None

    def pronoun(self, word: str, at: int, number: int | None = None, *, inside: bool = False) -> str | None:
        """Whom "he", "she", "it" or "they" at that place means; None when that is not clear."""
        word = word.partition("'")[0]
        if word in {"i", "we", "you"}:
            before = self._speaker_before(at) if inside and word == "i" else None
            return before[2] if before else None
        if number is None:
            number = bisect_right(self._starts, at) - 1
        if word not in {"he", "she", "it", "they"}:
            return None
        near = self._near(word, at, number)
        last = self._speaker_before(at)
        if last is not None and number - last[1] <= _NEAR:
            speaker = last[2]
            rivals = [m for m in near if m.sentence > last[1] and m.subject and m.entity != speaker]
            if self.agrees(word, speaker) and not rivals:
                return speaker
        subjects = [mention for mention in near if mention.subject]
        for group in (subjects, near):
            reach = number - 1 if word in _PERSON else number
            names = {mention.entity for mention in group if mention.sentence >= reach}
            if len(names) == 1:
                return names.pop() if word in _PERSON else self._as_speaker(names.pop())
        if subjects and word in _PERSON:
            return subjects[-1].entity
        return None

    def _as_speaker(self, name: str) -> str:
        return government(name) or name

    def _near(self, word: str, at: int, number: int) -> list[Mention]:
        stop = bisect_right(self._mention_starts, at - 1)
        out = []
        for k in range(stop - 1, max(-1, stop - 40), -1):
            mention = self.mentions[k]
            if mention.sentence < number - 2:
                break
            if self.agrees(word, mention.entity, person=mention.person):
                out.append(mention)
        return out[::-1]

    def agrees(self, word: str, name: str, *, person: bool | None = None) -> bool:
        """Whether the pronoun can mean that name, by number, gender and kind."""
        known = self.people.get(name)
        if word in _PERSON:
            return known is not None and known.gender in {"", word}
        if word == "they":
            return known is None and (" and " in name or name.split()[-1].lower() in _PLURAL)
        return known is None and person is not True and " and " not in name


def _heads(tokens: list[Token], start: int) -> bool:
    """The name is the phrase itself or its apposition, not what stands behind a preposition ("a spokesman for …")."""
    for token in reversed(tokens[:start]):
        if token.tag == ",":
            return True
        if token.tag in {"I", "V", "W", "G"}:
            return False
    return True


def _bare_text(token: Token) -> str:
    text = token.text
    return text[:-2] if text.endswith(("’s", "'s")) else text.rstrip("’'")


def _bare(token: Token) -> str:
    return _bare_text(token).lower()


def _joined(tokens: list[Token], start: int, end: int) -> str:
    return " ".join(_bare_text(token) for token in tokens[start:end])


def _runs(tokens: list[Token]) -> list[tuple[int, int]]:
    """Stretches of names; a possessive ends one ("Ukraine's | Volodymyr Zelenskiy")."""
    out: list[tuple[int, int]] = []
    start: int | None = None
    for i, token in enumerate(tokens):
        name = token.tag == "M" or (token.text[0].isupper() and token.low in _TITLES)
        if name and start is None:
            start = i
        if start is not None and (not name or token.possessive):
            out.append((start, i + 1 if name else i))
            start = None
    if start is not None:
        out.append((start, len(tokens)))
    return [run for run in out if run[1] > run[0]]


def _person_name(tokens: list[Token], start: int, end: int) -> str | None:
    """The personal name in a run of names, without titles; None for places and organisations."""
    titled = start > 0 and tokens[start - 1].low in _TITLES
    first = start
    for i in range(start, end):
        if tokens[i].low in _TITLES or is_demonym(tokens[i]):
            titled = titled or tokens[i].low in _TITLES
            first = i + 1
        elif (_bare(tokens[i]) in _ORGANISATION and i + 1 < end) or (i == 0 and end > 2 and _agent(tokens[i])):
            first = i + 1
    length = end - first
    if length < 1 or length > 4 or _bare(tokens[end - 1]) in _ORGANISATION | set(PLACES):
        return None
    if any(_bare(tokens[i]) in PLACES for i in range(first, end)):
        return None
    if length == 1:
        return _bare_text(tokens[first]) if titled and first > start else None
    if tokens[start - 1].low == "the" and start and first == start:
        return None
    known = tokens[first].low in _MALE_NAMES or tokens[first].low in _FEMALE_NAMES
    apposed = end < len(tokens) and tokens[end].tag in {",", "V", "X"}
    return _joined(tokens, first, end) if titled or known or apposed or length in {2, 3} else None


def _agent(token: Token) -> bool:
    """ "Prosecutor Lena Voigt": a calling that has its capital from the sentence's start."""
    return token.low.endswith(("er", "or", "ist", "man", "woman")) and token.low not in _MALE_NAMES | _FEMALE_NAMES


def _apposed_roles(tokens: list[Token], start: int, end: int) -> set[str]:
    """Role nouns beside a name: "the minister, Name," and "Name, the minister of health,"."""
    out: set[str] = set()
    if end + 2 < len(tokens) and tokens[end].tag == "," and tokens[end + 1].tag in {"D", "N", "J"}:
        for token in tokens[end + 1 : end + 8]:
            if token.tag == "N" or token.low == "former":
                out.add(token.low)
            if token.tag in {"I", ",", "V", "X", "W"}:
                break
    if start > 0 and tokens[start - 1].tag in {",", "N"}:
        head: set[str] = set()
        for token in reversed(tokens[max(0, start - 9) : start - (tokens[start - 1].tag == ",")]):
            if token.tag in {"V", "X", "W", ",", "Q", "."}:
                break
            if token.tag == "I":
                head = set()
            elif token.tag == "N" and not head:
                head = {token.low}
        out |= head
    return out
