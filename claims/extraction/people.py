"""Personal names in runs of capitals: titles, organisations, roles beside a name, and what tells a person's gender."""

from __future__ import annotations

from claims.extraction.countries import DEMONYM_OF, PLACES
from claims.extraction.grammar.tagging import DEMONYMS, Token, is_demonym

TITLES = frozenset(
    "mr mr. mrs mrs. ms ms. miss dr dr. prof. prof professor sir dame lord lady president minister prime chancellor "
    "secretary senator sen. rep. representative congressman congresswoman governor gov. mayor judge justice general "
    "gen. colonel col. captain capt. lieutenant lt. sergeant sgt sgt. det insp supt pc gen lt col capt councilwoman "
    "councilman alderman major maj. admiral adm. commander chief officer king queen prince princess pope bishop "
    "archbishop rev. reverend coach detective inspector superintendent constable sheriff councillor cllr mp attorney "
    "ambassador director chairman chairwoman chair deputy vice foreign defense defence interior finance health "
    "education home state speaker leader spokesman spokeswoman spokesperson commissioner former premier democrat "
    "republican nominee candidate editor manager analyst economist staff emeritus clerk coun cr canon vicar di ds dc "
    "pcc sister father mother aunt uncle grandma grandpa auntie tory baroness baron count countess lt-col pastor "
    "rabbi imam sheikh emir sultan monsignor cardinal deacon mx madam dean provost ayatollah brigadier umpire private "
    "opposition critic brig brig. forward midfielder goalkeeper defender striker coun. hon alhaja alhaji "
    "executive hon.".split()
)
MALE = frozenset(
    "mr mr. sir lord king prince pope congressman chairman spokesman father son brother husband uncle grandfather "
    "grandpa nephew actor councilman alderman widower boy man businessman policeman fisherman salesman craftsman "
    "baron count monk priest".split()
)
FEMALE = frozenset(
    "mrs mrs. ms ms. miss dame lady queen princess congresswoman chairwoman spokeswoman mother daughter sister wife "
    "aunt grandmother grandma niece actress councilwoman widow girl woman businesswoman policewoman baroness countess "
    "nun heroine waitress hostess madam auntie midwife".split()
)
MALE_NAMES = frozenset(
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
FEMALE_NAMES = frozenset(
    "mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley "
    "kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura helen sharon cynthia kathleen "
    "amy angela anna ruth brenda pamela nicole katherine virginia catherine christine samantha debra janet rachel "
    "carolyn emma maria heather diane julie joyce victoria kelly christina joan evelyn lauren judith olivia frances "
    "martha cheryl megan andrea hannah jacqueline ann jean alice kathryn gloria teresa sara janice doris madison "
    "julia grace judy abigail marie denise beverly amber theresa marilyn danielle diana brittany natalie sophia rose "
    "isabella alexis kayla charlotte hillary theresa liz fiona claire jane lucy kate sophie olga natalia svetlana "
    "irina fatima aisha leila ingrid priya mei yuki elena carmen lucia greta ursula angela".split()
)
ORGANISATION = frozenset(
    "council university court ministry department party army forces force bank group committee commission agency "
    "association union inc ltd house office police times post journal news states kingdom nations front senate "
    "congress parliament institute centre center club league company corporation corp board authority service "
    "services hospital school college church federation foundation society team trust fund network administration "
    "bureau guard organisation organization alliance coalition campaign government assembly magazine tribune herald "
    "guardian telegraph mail street united city county district airport airlines motors energy oil gas press cup "
    "award awards song songs album film festival championship championships prize medal war river mountain road "
    "avenue lane park island islands lake bridge station book act bill water partners holdings games race series "
    "season show radio tv records theatre theater museum library academy orchestra opera ambulance bay valley hill "
    "hills beach mount project plan treaty agreement day week palace castle cathedral hotel railway rail lines line "
    "tunnel dam canal forest ocean sea gulf coast studios pictures entertainment foods systems technologies solutions "
    "industries labs laboratory consulting associates brothers report review code law order zone square hall tower "
    "gate market stadium arena field grand prix open masters".split()
)

PARTICLES = frozenset("de da del della di van von der den ter la le al bin ibn dos do".split())
_AGENTS = frozenset(
    "sophomore freshman student pupil resident patient veteran retiree plaintiff defendant advocate nurse".split()
)
_SURNAMES_TOO = frozenset(
    "dean judge bishop pope king prince major chancellor cardinal baron canon deacon clerk".split()
)
"""Titles that people are called by behind a first name: "Marcus Dean"."""
_BEHIND = frozenset("kc qc mp mep jr jr. sr sr. ii iii td phd md obe cbe mbe rn esq".split())
"""What stands behind a name and is no part of it."""


def bare_text(token: Token) -> str:
    text = token.text
    return text[:-2] if text.endswith(("’s", "'s")) else text.rstrip("’'")


def bare(token: Token) -> str:
    return bare_text(token).lower()


def joined(tokens: list[Token], start: int, end: int) -> str:
    return " ".join(bare_text(token) for token in tokens[start:end])


def runs(tokens: list[Token]) -> list[tuple[int, int]]:
    """Stretches of names; a possessive ends one ("Ukraine's | Volodymyr Zelenskiy")."""
    out: list[tuple[int, int]] = []
    start: int | None = None
    for i, token in enumerate(tokens):
        name = token.tag == "M" or (token.text[0].isupper() and token.low in TITLES)
        if not name and start is not None and token.text in PARTICLES:
            k = i + 1 + (i + 1 < len(tokens) and tokens[i + 1].text in PARTICLES)
            name = k < len(tokens) and tokens[k].tag == "M"
        if name and start is None:
            start = i
        if start is not None and (not name or token.possessive):
            out.append((start, i + 1 if name else i))
            start = None
    if start is not None:
        out.append((start, len(tokens)))
    return [run for run in out if run[1] > run[0]]


def person_name(tokens: list[Token], start: int, end: int) -> str | None:
    """The personal name in a run of names, without titles; None for places and organisations."""
    titled = start > 0 and tokens[start - 1].low in TITLES
    first = start
    for i in range(start, end):
        surname = start < i == end - 1 and bare(tokens[i]) in _SURNAMES_TOO and tokens[i - 1].low not in TITLES
        if (tokens[i].low in TITLES and not surname) or _national(tokens[i]):
            titled = titled or tokens[i].low in TITLES
            first = i + 1
        elif (bare(tokens[i]) in ORGANISATION and i + 1 < end) or (i == 0 and end > 2 and _agent(tokens[i])):
            first = i + 1
    given = next((i for i in range(first + 1, end - 1) if _given(tokens[i]) and not _given(tokens[first])), None)
    if given is not None and start == 0:  # "Umpire Margaret Ollerenshaw": a capital from the sentence's start
        first, titled = given, True
    while end - first > 1 and bare(tokens[end - 1]) in _BEHIND:
        end -= 1
    length = end - first
    if length < 1 or length > 4 or bare(tokens[end - 1]) in ORGANISATION | set(PLACES):
        return None
    if any(bare(tokens[i]) in PLACES for i in range(first, end)):
        return None
    if length == 1:
        return bare_text(tokens[first]) if titled and first > start else None
    if tokens[start - 1].low == "the" and start and first == start:
        return None
    known = tokens[first].low in MALE_NAMES or tokens[first].low in FEMALE_NAMES
    apposed = end < len(tokens) and tokens[end].tag in {",", "V", "X"}
    return joined(tokens, first, end) if titled or known or apposed or length in {2, 3} else None


def _given(token: Token) -> bool:
    return token.low in MALE_NAMES or token.low in FEMALE_NAMES


def _national(token: Token) -> bool:
    """ "Russian": but "Trish" is a name."""
    return is_demonym(token) and (token.low in DEMONYM_OF or token.low in DEMONYMS or len(token.low) > 5)


def _agent(token: Token) -> bool:
    """ "Prosecutor Lena Voigt": a calling that has its capital from the sentence's start."""
    known = token.low in _AGENTS or token.low.endswith(("er", "or", "ist", "man", "woman"))
    return known and token.low not in MALE_NAMES | FEMALE_NAMES


def apposed_roles(tokens: list[Token], start: int, end: int) -> set[str]:
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
