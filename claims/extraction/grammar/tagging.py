"""Words and a coarse part of speech for each, from closed classes, endings and neighbours: no model, no training.

Tags: D determiner, P personal pronoun, W relative or question word, I preposition, C "and/or/but", S subordinator,
    T "that",
X auxiliary, V verb form with tense or base form, G "-ing" form, A adverb, J adjective, N noun, M name, Y weekday or
month, # number, O "to",
Q a whole quotation (one token, see sentences), and each mark of punctuation as itself.
"""

from __future__ import annotations

import re
from sys import intern

from claims.extraction.grammar.lexicon import COMMON_VERBS, NOUN_TOO, NOUNS, VERB_FORMS, inflections

_ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof Gen Sen Rep Gov Lt Col Sgt Capt Maj Adm Brig Cmdr Rev Hon Pres St Jr Sr Inc Corp Ltd Co Bros "
    "Supt Det "
    "Insp vs etc No Nos Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Mon Tue Wed Thu Fri Ala Ariz Ark Calif Colo "
    "Conn Del "
    "Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Penn Tenn Tex Va Vt Wash Wis Wyo Ft "
    "Mt Ave"
)
TOKEN = re.compile(
    r"(?:\b[DRI]-)?(?:[^\W\d_]\.){2,}"  # with party and state: D-N.Y.
    rf"|\b(?:{'|'.join(sorted(_ABBREVIATIONS.split(), key=len, reverse=True))})\.(?=\s+[^\s])"
    r"|\b[A-Z]\.(?=\s+[A-Z])"
    r"|[^\W_]+(?:(?:[’'\-‑&@]|(?<=\d)[.,:](?=\d)|\.(?=[a-z]))[^\W_]+)*(?:(?<=s)[’'](?![\w’']))?"
    r"|\.{3}|…|--+|[$£€¥]|\S"
)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


DETERMINERS = _set(
    "the a an this these those my your his her its our their some any no every each another both either neither "
    "several many "
    "few all most whose such much enough"
)
SUBJECT_PRONOUNS = _set("i he she it we they you")
PRONOUNS = SUBJECT_PRONOUNS | _set(
    "him them us me himself herself itself themselves everyone everybody someone somebody anyone nobody nothing "
    "something "
    "others one none mine theirs ours hers"
)
RELATIVES = _set("who which what whom whoever when where why how whether")
PREPOSITIONS = _set(
    "of in on at by for with from about into over under between among against through during without within across "
    "behind "
    "beyond near toward towards upon via despite amid amidst per including outside inside around like regarding "
    "concerning "
    "alongside throughout above below off up out down onto versus unlike besides except than along"
)
SUBORDINATORS = _set("if because although though while whereas unless until since after before as once lest whilst so")
COORDINATORS = _set("and or but nor yet")
BE = _set("be is are was were been being am")
HAVE = _set("have has had having")
MODALS = _set("will would can could may might shall should must cannot ’ll 'll")
DO = _set("do does did")
CONTRACTED = _set(
    "isn't aren't wasn't weren't haven't hasn't hadn't won't wouldn't can't couldn't mightn't shouldn't mustn't "
    "don't doesn't "
    "didn't"
)
AUXILIARIES = BE | HAVE | MODALS | DO | CONTRACTED
CLITICS = ("'s", "'re", "'ve", "'d", "'ll", "'m")
NEGATIONS = _set("not never n't no neither nor") | CONTRACTED
ADVERBS = _set(
    "not never also later then now often still again once just only even already soon recently earlier ever too very "
    "quite "
    "rather so further instead always sometimes almost perhaps maybe indeed today yesterday tomorrow tonight however "
    "thus "
    "hence meanwhile else away back together long far well yet here there first all"
)
NOT_ADVERBS = _set(
    "family supply reply ally rally italy july assembly monopoly bully anomaly fly apply rely comply imply multiply "
    "only"
)
ADJECTIVE_ENDINGS = ("ous", "ful", "ive", "able", "ible", "ical", "less", "ish")
ADJECTIVES = _set(
    "new old former top senior chief other own big small large great good bad high low late early many local "
    "national public "
    "political military economic federal social main major key recent several last next past same different whole "
    "full free "
    "long short strong clear sure true false right wrong due likely unlikely able unable regular repeated previous "
    "persistent "
    "official unofficial first second third fresh similar certain prime deputy foreign general presidential final "
    "latest"
)
DEMONYM_ENDINGS = ("ian", "ean", "ese", "ish", "ani", "aeli", "ican")
DEMONYMS = _set(
    "french german dutch greek czech thai swiss iraqi afghan saudi qatari kuwaiti yemeni pakistani israeli turkish "
    "scottish welsh western eastern northern southern soviet arab kurdish"
)


WEEKDAYS = _set("monday tuesday wednesday thursday friday saturday sunday")
MONTHS = _set(
    "january february april june july august september october november december jan. feb. aug. sept. oct. nov. dec."
)
_ACRONYMS = frozenset({"US", "WHO", "IT"})
"""Names that pronouns are written like."""


class Token:
    """One word or mark. `quote` is the index of the quotation that a Q token stands for, else -1."""

    __slots__ = ("end", "low", "quote", "start", "tag", "text")

    def __init__(self, start: int, end: int, text: str, quote: int = -1) -> None:
        # Words repeat: interned, the tokens of ten megabytes take half of the memory.
        self.start, self.end, self.text, self.quote = start, end, intern(text), quote
        self.low = intern(text.lower().replace("’", "'"))
        self.tag = "Q" if quote >= 0 else ""

    @property
    def possessive(self) -> bool:
        return self.low.endswith("'s") or self.low.endswith("s'")

    def __repr__(self) -> str:
        return f"{self.text}/{self.tag}"


def is_demonym(token: Token) -> bool:
    return token.text[:1].isupper() and (
        token.low in DEMONYMS or (len(token.low) > 4 and token.low.endswith(DEMONYM_ENDINGS))
    )


def tokens_of(text: str, start: int, end: int) -> list[Token]:
    """The words and marks of `text[start:end]`; white space is nowhere."""
    return [Token(match.start(), match.end(), match[0]) for match in TOKEN.finditer(text, start, end)]


def tag(tokens: list[Token]) -> None:
    """Fill in `tag`, left to right; a form that can be noun or verb is decided by its neighbours."""
    shouted = not any(token.text.islower() for token in tokens)
    for i, token in enumerate(tokens):
        if token.text in _ACRONYMS and not shouted:
            token.tag = "M"
        if not token.tag:
            following = tokens[i + 1] if i + 1 < len(tokens) else None
            token.tag = _closed_class(token, following) or _open_class(token, tokens, i, following)


def _closed_class(token: Token, following: Token | None) -> str:
    low = token.low
    if not token.text[0].isalnum():
        return "-" if low in {"–", "—", "―", "--", "-"} else low[0]
    if low == "that":
        return "T"
    if low == "to":
        return "O"
    if low in {"her", "his"} and following is not None and not following.text[0].isalnum():
        return "P"
    if low in DETERMINERS:
        return "D"
    if low == "one" and following is not None and following.text[0].isalnum() and following.low not in PREPOSITIONS:
        return "#"
    if low in AUXILIARIES or (
        low.endswith(CLITICS) and low.rpartition("'")[0] in PRONOUNS | RELATIVES | {"that", "there", "here"}
    ):
        return "P" if low.rpartition("'")[0] in SUBJECT_PRONOUNS and "'" in low else "M" if token.text == "May" else "X"
    if low in PRONOUNS:
        return "P"
    if low in WEEKDAYS or (low in MONTHS and token.text[0].isupper()):
        return "Y"
    if low in RELATIVES:
        return "W"
    if low in COORDINATORS:
        return "C"
    if low in SUBORDINATORS:
        return "S"
    if low in PREPOSITIONS:
        return "I"
    if low in ADVERBS:
        return "A"
    if token.text[0].isdigit():
        return "Y" if ":" in low else "#"  # "21:50" is a time
    return ""


_COMPOUND = re.compile(r"\w+-(?:listed|based|born|led|backed|owned|run|controlled|occupied|made|trained|linked|wide)")
_FORMS = inflections(COMMON_VERBS)
_YEAR = re.compile(r"(?:19|20)\d\d")


def _open_class(token: Token, tokens: list[Token], i: int, following: Token | None) -> str:
    low = token.low
    previous = tokens[i - 1] if i else None
    capital = token.text[0].isupper()
    if low == "says":
        return "V"  # in headlines too, where all words have capitals
    if capital and _COMPOUND.fullmatch(token.text):
        return "J"  # "the London-listed company"
    if capital and previous is not None and previous.tag not in {".", "!", "?", ":", "Q", "“", '"', "‘"}:
        return "M"
    if capital and not i and low.endswith("ing") and _begins_name(tokens):
        return "M"
    form = _FORMS.get(low, "")
    if low.endswith("ly") and low not in NOT_ADVERBS and len(low) > 4 and not capital:
        return "A"
    if form:
        relative = previous is not None and previous.tag in {"N", "M", "P"} and _behind_relative(tokens, i - 1)
        verb = (
            "V"
            if relative and form in {"s", "base"} and token.low in VERB_FORMS
            else _verb_here(form, token, previous, following)
        )
        if verb:
            return verb
        return "M" if capital and following is not None and following.text[:1].isupper() else "N"
    if capital:
        return "M" if i else _first_word(low, following)
    if low in ADJECTIVES or low.endswith(ADJECTIVE_ENDINGS):
        return "J"
    if low.endswith("ing") and len(low) > 5:
        return "N" if previous is not None and previous.tag in {"D", "J"} else "G"
    if low.endswith("ed") and len(low) > 4 and not low.endswith("eed"):
        attributive = previous is not None and previous.tag == "D"
        attributive = attributive or (previous is None and following is not None and _guess(following) == "N")
        return "J" if attributive else "V"
    return "N"


def _behind_relative(tokens: list[Token], k: int) -> bool:
    """ "which Ms Priestley disputes", "an allegation that its managers reject": k ends the subject of such a clause."""
    start = next((j for j in range(k, max(-1, k - 5), -1) if tokens[j].tag not in {"N", "M", "P", "D", "J"}), -1)
    if start < 0 or start == k:
        return False
    return tokens[start].tag == "W" or (tokens[start].tag == "T" and start > 0 and tokens[start - 1].low in NOUNS)


def _begins_name(tokens: list[Token]) -> bool:
    """ "Downing Street said", "Reading Council has": words with capitals up to a verb of saying or an auxiliary, or a
    first word that is no verb; but "Visiting Moscow, he said".
    """
    end = next((k for k, token in enumerate(tokens) if not token.text[0].isupper()), len(tokens))
    if not 2 <= end < len(tokens):
        return end >= 2
    after = tokens[end].low
    return tokens[0].low not in _FORMS or after in AUXILIARIES or VERB_FORMS.get(after, ("", "ing"))[1] != "ing"


def _first_word(low: str, following: Token | None) -> str:
    if low.endswith("ly") and low not in NOT_ADVERBS:
        return "A"
    if low in ADJECTIVES or low.endswith(ADJECTIVE_ENDINGS):
        return "J"
    if low.endswith("ing") and len(low) > 5:
        return "G"
    return "M" if following is not None and (following.text[:1].isupper() or len(low) > 3) else "N"


def _verb_here(form: str, token: Token, previous: Token | None, following: Token | None) -> str:
    """V or G when the known verb form stands where a verb can stand, else ''."""
    before = previous.tag if previous is not None else ""
    after = following.tag or _guess(following) if following is not None else ""
    if (
        before == "O"
        or (before == "X" and form != "s")
        or (before == "A" and previous is not None and previous.low in NEGATIONS)
    ):
        return "G" if form == "ing" else "V"
    if before == "#" and form in {"past", "both", "s"} and _only_verb(token) and not _modifies(token, after):
        return "V"  # "Number 10 said", "Channel 4 says"
    if before == "#" and previous is not None and _YEAR.fullmatch(previous.text) and form in {"both", "past", "s"}:
        return "" if after in {"N", "M", "J"} else "V"  # "his promise to leave by 2030 remains"
    if before == "J" and form in {"past", "both", "s"} and _only_verb(token) and not _modifies(token, after):
        return "V"  # "the military said", "an official denies it"
    if before in {"D", "J", "#"} or (previous is not None and previous.possessive):
        # "the claims", "Russian claims", "Putin's call": a noun, unless a past form follows an adjective
        # used as a noun.
        return "V" if form == "past" and before != "D" and after in {"D", "P", "T", "Q", "O"} else ""
    known = VERB_FORMS.get(token.low)
    if form in {"s", "base"} and _only_verb(token):
        return "V"
    if form == "ing":
        return "" if before == "I" and after in {"N"} else "G"
    if form in {"past", "participle", "both"}:
        return "V"
    if before in {"P", "W", "T"}:
        return "V"
    if previous is not None and is_demonym(previous):
        return ""
    if before == "I":
        return ""
    if form == "s":
        allowed = "DPTOWQSA#JG" if before == "N" and not known else "DPTOWQSA#JGMI,:X"
        if known and before in {"M", ",", "P", "Q"}:
            allowed += "N"
        return "V" if before in {"N", "M", "A", "C", ",", "Q", "Y"} and after in allowed and after else ""
    if after in {"D", "P", "T", "Q", "W"} and before in {"N", "M", "A", "C", ""}:
        return "V"
    return (
        "V"
        if before == "N"
        and previous is not None
        and previous.low.endswith("s")
        and after in {"O", "I", "M", "J", "S", "G"}
        else ""
    )


def _modifies(token: Token, after: str) -> bool:
    """ "10 confirmed cases": a participle before a noun."""
    return token.low.endswith("ed") and after in {"N", "M", "J"}


def _only_verb(token: Token) -> bool:
    """A verb of saying none of whose forms is a noun."""
    known = VERB_FORMS.get(token.low)
    return known is not None and known[0].lemma not in NOUN_TOO


def _guess(token: Token) -> str:
    """The tag of a word to the right, before it has been decided, as far as its own form tells."""
    return _closed_class(token, None) or (
        "M" if token.text[0].isupper() else "J" if token.low in ADJECTIVES else "A" if token.low.endswith("ly") else "N"
    )
