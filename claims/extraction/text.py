"""The text as it comes in: what is removed before it is stored, what it says of itself, whether it is English."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from claims.extraction.lines import paragraph_bounds
from claims.extraction.types import FrontMatter

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85]")
_REMOVED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_DATES = (
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b"),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s{_MONTH},?\s(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
)
_AGENCIES = {
    "reuters": "Reuters", "ap": "AP", "associated press": "AP", "afp": "AFP", "upi": "UPI", "dpa": "dpa",
    "bloomberg": "Bloomberg", "xinhua": "Xinhua", "pa": "PA", "tass": "TASS", "cnn": "CNN", "efe": "EFE",
    "ansa": "ANSA",
}  # fmt: skip
_DAY_NAME = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?"
_DAY_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
_MONTH_NAME = _MONTH.replace("?P<month>", "?:")
_DATELINE = re.compile(
    r"^[ \t]*(?P<places>[^\W\d_a-z][^\n()\u2013-\u2015]{1,80}?)"
    rf"(?:,\s*(?i:{_DAY_NAME}))?"
    rf"(?:,?\s*(?i:{_MONTH_NAME}\s{_DAY_OF_MONTH}|{_DAY_OF_MONTH}\s{_MONTH_NAME})(?:,?\s(?:19|20)\d\d)?)?,?\s*"
    r"(?:\((?P<agency>[^()\n]{2,30})\)|/(?P<wire>[^()/\n]{2,30})/)?\s?(?:[\u2013-\u2015]|--|\s-)\s",
    re.MULTILINE,
)
_NAME = r"[^\W\d_a-z][\w’'\-.]*(?:[ \t]+(?:[^\W\d_a-z][\w’'\-.]*|de|van|von|der|den|del|la|le|bin|al)){1,4}"
_BYLINE = re.compile(
    r"(?:^[ \t]*|(?<=\d[ \t]))[Bb][Yy][ \t]+"
    rf"(?P<names>{_NAME}(?:(?:,[ \t]*and|,|[ \t]+and|[ \t]*&)[ \t]+{_NAME}){{0,5}})",
    re.MULTILINE,
)
_AND = re.compile(r",?[ \t]+and[ \t]+|[ \t]*[,&][ \t]*")
_FRONT = ("by ", "date ", "updated ", "published ")
_LINES = re.compile(r"\n| \| ")
_SENTENCE = 5
"""Words from which a line that ends like a sentence is one."""
_FINAL = frozenset(".?!…")
_HEAD_LIMIT = 1500
"""The front matter is looked for in this many code points: later dates and names belong to the story."""

_ENGLISH = frozenset(
    "the of and to in a is was that for it on with as he be by at this are from have had not but they you his which "
    "or we she"
    " an were their has been will would there said who what when if about up out so can more no than its her my your "
    "our i"
    " do did me him them into after before over says because could all one says".split()
)
_LATIN = re.compile(r"[A-Za-z]+")
_LETTER = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text fit to be stored, and how many of which kind of sign it took to get there."""

    text: str
    removed: dict[str, int]


def clean(raw: str) -> Cleaned:
    """Line and page ends become LF; NUL, control characters (but tab) and lone surrogates go, counted by kind.

    Nothing else changes: bidirectional overrides and zero-width characters are the author's and stay to be shown.
    """
    kinds: Counter[str] = Counter()
    text, kinds["line_ends"] = _LINE_END.subn("\n", raw)

    def drop(found: re.Match[str]) -> str:
        point = ord(found[0])
        kinds["nul" if point == 0 else "surrogates" if point >= 0xD800 else "controls"] += 1
        return ""

    text = _REMOVED.sub(drop, text)
    return Cleaned(text, {kind: count for kind, count in sorted(kinds.items()) if count})


def _first_date(head: str) -> date | None:
    found = [(match.start(), match) for pattern in _DATES if (match := pattern.search(head))]
    for _, match in sorted(found, key=lambda pair: pair[0]):
        groups = match.groupdict()
        month = int(groups["number"]) if groups.get("number") else _MONTHS[groups["month"].lower()]
        try:
            return date(int(groups["year"]), month, int(groups["day"]))
        except ValueError:
            continue
    return None


def _places(raw: str) -> tuple[str, ...]:
    """Places of a dateline: "KIEV/MOSCOW" are two, "CASPER, Wyo." is one; words in lower case make it no dateline."""
    if not re.match(r"[^\W\d_a-z]{2}", raw) or raw.split(",")[0] != raw.split(",")[0].upper():
        return ()
    return tuple(place.strip() for place in raw.split("/") if place.strip())


def _is_sentence(line: str) -> bool:
    """A line of the story rather than one above it; headlines bear no full stop."""
    return len(line.split()) >= _SENTENCE and line.rstrip(" \t\u00a0”\"’'»)")[-1:] in _FINAL


def _dateline(head: str) -> tuple[tuple[str, ...], str | None, int] | None:
    for match in _DATELINE.finditer(head):
        if any(_is_sentence(line) for line in head[: match.start()].splitlines()):
            return None  # the story has begun: a dash behind capitals is no dateline
        agency = match["agency"] or match["wire"]
        places = _places(match["places"])
        if not places and agency and agency.strip().lower() in _AGENCIES and len(match["places"].split()) <= 4:
            places = tuple(place.strip() for place in match["places"].split("/"))
        if places:
            return places, _AGENCIES.get(agency.strip().lower(), agency.strip()) if agency else None, match.end()
    return None


def front_matter(text: str) -> FrontMatter:
    """Byline, dateline, agency, outlet and date from the head of the text; `body_start` is where the story begins."""
    head = text[:_HEAD_LIMIT]
    dateline = _dateline(head)
    before = head[: dateline[2]] if dateline else head.partition("\n\n")[0][:400]
    stated = "\n".join(line for line in _LINES.split(before) if not _is_sentence(line))
    byline = _BYLINE.search(stated)
    names = tuple(part.strip() for part in _AND.split(byline["names"]) if part.strip()) if byline else ()
    published = _first_date(stated)
    places, agency, body = dateline or ((), None, 0)
    if not body and (byline or published):
        first, end = next(paragraph_bounds(head), (0, 0))
        line = head[first:end]
        body = end if len(line) < 160 and "\n" not in line and not _is_sentence(line) else 0
    return FrontMatter(agency, names, places, agency, published, body)


def headline(text: str, body_start: int) -> str:
    """Something to call the article by: a line above its byline and dateline, else the story's first one, shortened."""
    above = text[: text.rfind("\n", 0, body_start) + 1].splitlines() if body_start else []
    titles = [line.strip() for line in above if len(line.split()) > 2 and not line.lstrip().lower().startswith(_FRONT)]
    story = (line.strip() for line in text[body_start : body_start + 5000].splitlines() if line.strip())
    first = titles[0] if titles else next(story, text[:200].strip())
    return first if len(first) <= 120 else first[:117].rsplit(" ", 1)[0] + "…"


def language(text: str) -> str:
    """'en' when common English words are frequent enough in the sample, else 'other'; 'none' for text without words."""
    sample = text[:_SAMPLE]
    words = [word.lower() for word in _LETTER.findall(sample)]
    if not words:
        return "none"
    latin = sum(1 for word in words if _LATIN.fullmatch(word))
    common = sum(1 for word in words if word in _ENGLISH)
    if latin < 0.6 * len(words):
        return "other"
    # A few words ("Nothing happened.") are too little to judge by; running English has a share of 0.3 to 0.5.
    return "en" if len(words) < 25 or common >= 0.15 * len(words) else "other"
