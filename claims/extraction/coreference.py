"""Who a source is, within one text: names joined with their titles and appositions, roles and pronouns led back to
them, and whoever has no name called by the plainest description.

A deterministic resolver: names are gathered once, then sources are asked for in the order of the text, since "he
said" most often goes on with the speaker before. What is not clear is None.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from claims.extraction import descriptions
from claims.extraction.cast import CASES, MONTHS, PERSONAL, REACH, SEEN, Cast
from claims.extraction.countries import PLACES, government
from claims.extraction.grammar.attribution import Draft
from claims.extraction.grammar.sentences import Sentence
from claims.extraction.grammar.tagging import Token, is_demonym
from claims.extraction.people import FEMALE, MALE, TITLES, bare, bare_text, person_name, runs
from claims.extraction.salience import Candidate, Mention, Pronoun, Role, best, features

_COMPASS = frozenset({"west", "east", "north", "south"})
_OFFICES = frozenset({"state", "staff", "police", "defense", "defence", "health", "education"})
_SILENCE = 6
"""Sentences after which the last speaker no longer speaks on."""
_FIRST = 4
"""Words of a sentence that open it."""
_MARGIN = 0.01
"""Two candidates nearer than this are as good as each other."""


@dataclass(slots=True)
class Speaker:
    """Who spoke with the cue at that place, and which stretches were said."""

    at: int
    sentence: int
    name: str
    content: list[tuple[int, int]]


class Resolver(Cast):
    """Reads the narrator's sentences once, then answers for sources in the order of the text."""

    def __init__(self, sentences: list[Sentence]) -> None:
        super().__init__(sentences)
        self._speakers: list[Speaker] = []
        self._role_holders: dict[str, set[str]] = {}

    def entities(self, drafts: list[Draft]) -> list[str | None]:
        """The names of the drafts' sources; narrators' sentences first, since "I" inside a quotation is its speaker."""
        out: dict[int, str | None] = {}
        for inner in (False, True):
            for k, draft in enumerate(drafts):
                if (draft.sentence.depth > 0) == inner:
                    out[k] = self.entity(draft)
        return [out[k] for k in range(len(drafts))]

    def entity(self, draft: Draft) -> str | None:
        """The name of the draft's source. Ask in the order of the text: pronouns lean on the speakers before."""
        if not draft.source:
            goes_on = draft.speaker is not None or not draft.cue
            before = self._speaker_before(draft.content[0][0]) if goes_on else None
            return before.name if before else None
        at = draft.source[0][0]
        tokens = [token for token in draft.sentence.tokens if at <= token.start and token.end <= draft.source[0][1]]
        number = bisect_right(self._starts, at) - 1
        found = self._going_on(tokens, at, number, draft) or self._source(tokens, at, number, draft.sentence)
        if found is not None and draft.sentence.depth == 0:
            place = (draft.cue or draft.content)[0][0]
            k = bisect_right(self._speakers, place, key=lambda speaker: speaker.at)
            self._speakers.insert(k, Speaker(place, number, found, draft.content))
        return found

    def _going_on(self, tokens: list[Token], at: int, number: int, draft: Draft) -> str | None:
        """ "Vance said Doyle lied. “She knew it,” he said.": whoever spoke in the sentence before speaks on."""
        if len(tokens) != 1 or tokens[0].low not in PERSONAL or draft.sentence.depth:
            return None
        k = bisect_left(self._speakers, draft.sentence.start, key=lambda speaker: speaker.at) - 1
        last = self._speakers[k] if k >= 0 else None
        if last is None or not 0 < number - last.sentence <= 2 or last.name not in self.people:
            return None
        near = self.sentences[last.sentence].paragraph == draft.sentence.paragraph or number - last.sentence == 1
        return last.name if near and self._gender(last.name) in {"", tokens[0].low} else None

    def _speaker_before(self, at: int) -> Speaker | None:
        """The last narrator-level speaker before that place."""
        k = bisect_right(self._speakers, at, key=lambda speaker: speaker.at) - 1
        return self._speakers[k] if k >= 0 else None

    def _speaker_around(self, at: int, *, inside: bool) -> Speaker | None:
        """Whose words stand at that place; inside a quotation of nobody's, the speaker's before."""
        k = bisect_right(self._speakers, at, key=lambda speaker: speaker.at)
        near = self._speakers[max(0, k - 2) : k + 2]
        holding = (one for one in near if any(start <= at < end for start, end in one.content))
        return next(holding, None) or (self._speaker_before(at) if inside else None)

    def _source(self, tokens: list[Token], at: int, number: int, sentence: Sentence) -> str | None:
        while tokens and tokens[-1].tag in {"W", ",", "T"} and len(tokens) > 1:
            tokens = tokens[:-1]
        if not tokens:
            return None
        if len(tokens) == 1 and tokens[0].tag in {"P", "D"}:
            return self.pronoun(tokens[0].low, at, number, inside=sentence.depth > 0)
        if len(tokens) == 1 and tokens[0].tag == "W":
            return self._before(at)
        through = descriptions.behind(tokens)
        if through:
            return self._source(through, at, number, sentence)
        return (
            self._person_in(tokens)
            or self._joint(tokens, at, number, sentence)
            or self._proper(tokens)
            or self._apposed(tokens)
            or self._described(tokens, at, number)
        )

    def _person_in(self, tokens: list[Token]) -> str | None:
        for start, end in runs(tokens):
            if not _heads(tokens, start) or (tokens[end - 1].possessive and end < len(tokens)):
                continue
            name = person_name(tokens, start, end)
            if name is None and bare(tokens[end - 1]) in self._by_part and end - start == 1:
                name = bare_text(tokens[end - 1])
            if name is not None:
                return self.full_name(name, _gender_of({token.low for token in tokens[:end]}))
        return None

    def _joint(self, tokens: list[Token], at: int, number: int, sentence: Sentence) -> str | None:
        """ "Kyiv and the West": each of them named."""
        joint = next((i for i, token in enumerate(tokens) if token.low == "and" and 0 < i < len(tokens) - 1), None)
        if joint is None or not _separate(tokens, joint):
            return None
        parts = [self._source(part, at, number, sentence) for part in (tokens[:joint], tokens[joint + 1 :])]
        return " and ".join(part for part in parts if part) if all(parts) else None

    def _proper(self, tokens: list[Token]) -> str | None:
        """A name that is the whole phrase: "the Kremlin", "Moscow", "the Department of Health", "Russian" (claims)."""
        whole = tokens[0].text == "The" and len(tokens) > 1 and self._whole(tokens[1])
        body = tokens[1:] if tokens[0].low in {"the", "a", "an"} and not whole else tokens
        if (
            not body
            or (body[0].tag not in {"M", "J", "N"} and not whole)
            or any(token.tag not in {"M", "I", "&", "#", "C"} and not token.text[0].isupper() for token in body)
        ):
            return None
        if body[-1].possessive and len(body) > 1:
            return None
        name = " ".join([*(token.text for token in body[:-1]), bare_text(body[-1])])
        if len(body) == 1:
            if body is tokens and tokens[0].low not in self._capital and self._common(tokens[0], name):
                return None
            longer = self._groups.get(name.lower(), set())
            if len(longer) == 1 and name.lower() not in PLACES:
                return next(iter(longer))
        if name.lower() in _COMPASS:
            return f"the {name}"
        return self._as_speaker(name)

    def _common(self, word: Token, name: str) -> bool:
        """ "Scientists said": a capital only because it begins the sentence."""
        return not is_demonym(word) and name.lower() not in PLACES and name.lower().endswith("s")

    def _whole(self, word: Token) -> bool:
        """The article before the word is a part of the name."""
        return word.text in self._with_article or f"the {word.low}" in PLACES

    def _apposed(self, tokens: list[Token]) -> str | None:
        """ "Sunwright Energy, the company that built it,": the name before the comma, or the one behind it."""
        comma = next((i for i, token in enumerate(tokens) if token.tag == ","), None)
        if comma is None or not 0 < comma < len(tokens) - 1:
            return None
        before, behind = tokens[:comma], tokens[comma + 1 :]
        return self._proper(before) or (self._proper(behind) if behind[0].tag == "M" else None)

    def _described(self, tokens: list[Token], at: int, number: int) -> str | None:
        """ "the mayor", "the company": the one person or body of the text with that role, else the description."""
        head = bare(tokens[descriptions.head_end(tokens) - 1])
        if tokens[0].low in {"the", "his", "her", "their"} and len(tokens) <= 4:
            names = self._holders(head)
            body = next(iter(names)) if len(names) == 1 else self._body(head, names, at)
            if body is not None:
                return body
            if any(token.low.endswith("-year-old") for token in tokens):
                return self.pronoun("he", at, number) or self.pronoun("she", at, number)
        if descriptions.speaks_for_somebody(tokens) and len(tokens) <= 3:
            owner = [token for token in tokens[:-1] if token.tag == "M"]
            return self._proper(owner) if owner else self._body("company", set(), at)
        return descriptions.plainest(tokens)

    def _holders(self, role: str) -> set[str]:
        if role not in self._role_holders:
            self._role_holders[role] = {self.full_name(name) for name in self._roles.get(role, set())}
        return self._role_holders[role]

    def _body(self, head: str, holders: set[str], at: int) -> str | None:
        """Whom "the mayor" or "the company" means where the text has several: the nearest before that place."""
        names = holders or self._groups.get(head, set())
        if len(names) == 1:
            return next(iter(names))
        company = head in descriptions.COMPANIES and not names
        if not names and not company:
            return None
        k = bisect_left(self._mention_starts, at)
        for mention in reversed(self.mentions[max(0, k - SEEN) : k]):
            known = self._groups.get(mention.entity.lower(), set())
            whole = next(iter(known)) if len(known) == 1 else mention.entity
            if whole in names or (company and self._company(mention, whole)):
                return whole
        return None

    def _company(self, mention: Mention, name: str) -> bool:
        return (
            not (mention.person and self._known(name))
            and mention.role != "possessive"
            and government(name) is None
            and name.split()[-1].lower() not in descriptions.GROUPS - descriptions.COMPANIES
            and len(name.split()) > 1
        )

    def _before(self, at: int) -> str | None:
        """The nearest name before a relative pronoun."""
        k = bisect_right(self._mention_starts, at) - 1
        mention = self.mentions[k] if k >= 0 else None
        return mention.entity if mention is not None and at - mention.start < 200 else None

    def pronoun(self, word: str, at: int, number: int | None = None, *, inside: bool = False) -> str | None:
        """Whom "he", "she", "it" or "they" at that place means; None when that is not clear."""
        word = word.partition("'")[0]
        if word in {"i", "we", "you", "my", "our"}:
            turn = self._turn(at) if word in {"i", "my"} and not inside else None
            if turn is not None:
                return turn
            around = self._speaker_around(at, inside=inside) if word != "you" else None
            return around.name if around and (word in {"i", "my"} or around.name not in self.people) else None
        if number is None:
            number = bisect_right(self._starts, at) - 1
        word = CASES.get(word, {"its": "it", "their": "they", "them": "they"}.get(word, word))
        if word in PERSONAL:
            meant = best(self.candidates(word, at, number), _MARGIN)
            if meant in self.people:
                self.people[meant].gender = word
            return self.full_name(meant, word) if meant is not None else None
        return self._thing(word, at, number) if word in {"it", "they"} else None

    def _turn(self, at: int) -> str | None:
        """Whose turn of an interview that place stands in: its paragraph begins with "Ruud:"."""
        k = bisect_right(self._turns, at, key=lambda turn: turn[0]) - 1
        return self._turns[k][2] if k >= 0 and at < self._turns[k][1] else None

    def _thing(self, word: str, at: int, number: int) -> str | None:
        last = self._speaker_before(at)
        near = [one for one in self._near(at, number) if not one.person and one.sentence >= number - 1]
        near = [one for one in near if one.role != "possessive" and one.entity.lower() not in MONTHS]
        near = [one for one in near if self.agrees(word, one.entity)]
        if last is not None and number - last.sentence <= REACH and self.agrees(word, last.name):
            rivals = [one for one in near if one.sentence > last.sentence and one.role == "subject"]
            if not any(one.entity != last.name for one in rivals):
                return last.name
        for group in ([one for one in near if one.role == "subject"], near):
            names = {one.entity for one in group if one.sentence == number}
            if len(names) == 1:
                return self._as_speaker(names.pop())
        return None

    def candidates(self, word: str, at: int, number: int) -> list[tuple[str, dict[str, float]]]:
        """The entities that the pronoun can mean, with what speaks for each."""
        speaker = self._speaker_before(at)
        spoke = speaker.name if speaker is not None and number - speaker.sentence <= _SILENCE else None
        sentence = self.sentences[max(0, number)]
        role, opens = _pronoun_role(sentence, at)
        pronoun = Pronoun(at, role, number, sentence.paragraph, spoke, opens)
        by_entity: dict[str, list[Mention]] = {}
        for mention in self._near(at, number):
            if self._can_be(word, mention):
                by_entity.setdefault(mention.entity, []).append(mention)
        if speaker is not None and spoke is not None and spoke not in by_entity and self.agrees(word, spoke):
            paragraph = self.sentences[speaker.sentence].paragraph
            by_entity[spoke] = [
                Mention(speaker.at, speaker.at, spoke, True, "subject", speaker.sentence, paragraph, True)
            ]
        whole = max(1, self._named.total())
        distances = self._distances(word, number)
        return [
            (
                entity,
                features(
                    pronoun,
                    Candidate(
                        entity,
                        mentions,
                        rank,
                        distances.get(mentions[0].sentence, REACH),
                        distances.get(mentions[0].sentence, 0) < number - mentions[0].sentence,
                        self._known(entity),
                        self._gender(entity) == word,
                        self._named[entity] / whole,
                        entity == self._most,
                    ),
                ),
            )
            for rank, (entity, mentions) in enumerate(by_entity.items())
        ]

    def meant(self, word: str, at: int) -> str | None:
        """Whom a personal pronoun of any case at that place means."""
        return self.pronoun(word.lower(), at)


def _pronoun_role(sentence: Sentence, at: int) -> tuple[Role, bool]:
    """The pronoun's role in its sentence, and whether it stands among the first words."""
    for k, (token, following) in enumerate(pairwise(sentence.tokens)):
        if token.start >= at:
            if token.low in {"he", "she"} or token.low.startswith(("he'", "she'")):
                return "subject", k < _FIRST
            if token.low in {"his", "her", "hers"} and following.tag in {"N", "M", "J", "#", "G", "V", "Q"}:
                return "possessive", k < _FIRST
            return "object", k < _FIRST
    return "object", False


def _heads(tokens: list[Token], start: int) -> bool:
    """The name is the phrase itself or its apposition, not what stands behind a preposition ("a spokesman for …")."""
    if any(token.low in {"among", "including"} for token in tokens[:start]):
        return False  # "his critics, among them his successor, Lord Thane"
    for k in range(start - 1, -1, -1):
        if tokens[k].tag == ",":
            return True
        if tokens[k].low == "of" and k and tokens[k - 1].low in TITLES and tokens[k + 1].low in _OFFICES:
            continue  # "Secretary of State Warren Teasdale"
        if tokens[k].tag in {"I", "W"} or (k and tokens[k].tag in {"V", "G"}):
            return False  # but "Retired miner Earl Fitch"
    return True


def _gender_of(words: set[str]) -> str:
    return "he" if words & MALE else "she" if words & FEMALE else ""


def _separate(tokens: list[Token], joint: int) -> bool:
    """ "the company and federal regulators" are two; "Labour and Conservative voters", "Fish and Wildlife" are one."""
    after = tokens[joint + 1]
    before = tokens[:joint]
    if any(token.tag == "," for token in before) or any(token.tag in {"I", "W"} for token in before):
        return False
    return (
        after.tag in {"D", "#", "P"}
        or (after.tag == "M" and (len(tokens) == 3 or len(before) > 1 or len(tokens) - joint > 2))
        or before[0].tag in {"D"}
    )
