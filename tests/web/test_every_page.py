"""What holds on every page, walked along tests/tour.py: it opens, and speaks the reader's language alone; what people
and articles say is text and nothing else, and isolated, so that a name from right to left turns nothing around.

Layout, contrast and the keyboard need a browser: tests/e2e/test_every_page.py walks the same way.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.pofile import read_po

from tests import tour
from tests.factories import World
from tests.web.conftest import SignedIn, parsed

CATALOGUE = Path(__file__).parents[2] / "workbench" / "locale" / "uk" / "LC_MESSAGES" / "django.po"
# Ukrainian, so that nothing in it is taken for a forgotten sentence, and what a page, its scripts or its template could
# carry out if it were more than text.
WORDS = """Причал "'><script>broken()</script>{{7|add:8000}}"""
# Attributes that are read out or shown.
SPOKEN = (
    *("title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription"),
    *("data-key-label", "data-key-rows", "data-key-rows-enter", "data-key-rows-escape", "data-over"),
)
# What stands in these is no sentence of the page: names, code, keys, times, and what somebody types or chooses. A title
# is plain text, in which nothing can be isolated.
OTHERS = {"code", "kbd", "textarea", "bdi", "time", "option", "title"}
LATIN = re.compile(r"[A-Za-z]{2,}")
# The same in every language: addresses, formats, keys, and examples of what is typed.
NAMES = re.compile(
    r"https?://\S*|new@example\.com|\.txt|\.html|Europe/Kyiv|health: 10|encoder [\w.]+|claims\.extract_article|"
    r"\b(?:API|JSON|CSV|Atom|WARC|SHA-256|UTC|UTF-8|POST|CMS|Ctrl|Shift|Alt|English|tz|en|uk|pt-BR|"
    r"invented|harbour|alice|bob|carol|dora|ruth)\b"
)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
Attributes = list[tuple[str, str | None]]


class Reader(HTMLParser):
    """A page as it is seen and heard: its texts, each with the way to its element, and what would be carried out.

    A text that the page does not say itself has no way. The text of articles and what is in other languages are left
    out.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self.carried_out: list[str] = []
        # Of each open element: its name, the way to it, and whether its texts are read.
        self.open: list[tuple[str, str, bool]] = [("", "/", True)]
        self.feed(page)
        self.close()
        assert len(self.open) == 1, "something is closed twice, or never"

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        self.carried_out += [
            f"{name}={value}"
            for name, value in given.items()
            if name.startswith("on") or value.strip().startswith("javascript:")
        ]
        _, way, read = self.open[-1]
        read &= tag not in ("script", "style") and given.get("lang", "uk") == "uk" and "data-start" not in given
        if read:
            self.texts += [(given[name], "") for name in SPOKEN if given.get(name)]
        own = way and tag not in OTHERS and given.get("dir") != "auto"
        name = f"{tag}.{given['type']}" if tag == "script" and "type" in given else tag
        self.open += [(name, f"{way}{tag}.{given.get('class', '')}/" if own else "", read)] if tag not in VOID else []

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        name, way, read = self.open[-1]
        if read:
            self.texts.append((" ".join(data.split()), way))
        if name.startswith("script") and "ld+json" not in name and "broken" in data:
            self.carried_out.append("a script of somebody's")
        if "{{7" not in data and re.search(r"\b8007\b", data):
            self.carried_out.append(f"a template of somebody's: {data}")


def english() -> set[str]:
    """What the catalogue says otherwise in Ukrainian."""
    with CATALOGUE.open("rb") as lines:
        sentences = [(each.id, each.string) for each in read_po(lines, locale="uk") if isinstance(each.id, str)]
    return {said for said, other in sentences if LATIN.search(NAMES.sub("", said)) and said != other}


def faults(page: Reader, english: set[str]) -> Iterator[str]:
    yield from (f"carried out: {each}" for each in page.carried_out)
    for said, way in page.texts:
        # What is cut short to fit a drawing ends with the sign of it.
        rest = NAMES.sub("", said.replace(WORDS, ""))
        if said in english or (way and LATIN.search(rest) and not rest.endswith("…") and "broken" not in rest):
            yield f"not in Ukrainian: “{said}” {way}"
        if "Причал" in said and way and "visually-hidden" not in way and "/svg." not in way:
            yield f"not isolated: “{said}” {way}"


def test_every_page_speaks_the_readers_language_and_takes_words_for_words(world: World, as_: SignedIn) -> None:
    for person in (world.alice, world.bob, world.carol, world.dora):
        person.language = "uk"
        person.save()
    known, found = english(), dict[str, str]()
    for page in tour.pages(world, WORDS):
        answer = as_(page.who).get(page.where, headers={"Accept-Language": "uk"})
        assert answer.status_code == (int(page.name) if page.name.isdigit() else 200), page
        for fault in faults(Reader(answer.content.decode()), known):
            found.setdefault(fault, page.where)
    assert found == {}
    for path in ("/feed.atom", "/sitemap.xml", "/sitemap-0.xml"):
        # Whatever is more than text in it would stand among its elements, or keep it from being read at all.
        elements = parsed(as_(), path).iter()
        assert "script" not in {str(each.tag).rpartition("}")[2] for each in elements}, path
