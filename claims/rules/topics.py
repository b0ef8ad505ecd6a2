"""Topics and languages as the desk writes them: what an article is about, what a reviewer knows and reads."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

TOPIC_LIMIT = 64
TOPICS_AT_MOST = 20
LANGUAGES_AT_MOST = 20

# As far as desks need RFC 5646: a language, then script, region or variant; no extensions.
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)
TAG_LIMIT = 35


def topics(names: Iterable[str]) -> tuple[str, ...]:
    """The topics that the names mean, in their order: without case, twins, empty ones and what nobody can see.

    A comma parts two topics, as in the fields of the pages.
    """
    found = dict.fromkeys(_folded(part) for name in names for part in name.split(","))
    found.pop("", None)
    return tuple(found)


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    seen = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text)
    return " ".join(seen.split())


def problem(named: Sequence[str]) -> str:
    """What is wrong with topics as topics() gives them, with the way out; empty when nothing is."""
    if len(named) > TOPICS_AT_MOST:
        return f"Name at most {TOPICS_AT_MOST} topics; these are {len(named)}. Keep the broadest."
    long = next((name for name in named if len(name) > TOPIC_LIMIT), None)
    return f"A topic has at most {TOPIC_LIMIT} characters: shorten “{long[:30]}…”." if long else ""


def languages(tags: Iterable[str]) -> tuple[str, ...]:
    """Language tags (BCP 47) in their order without twins, written as RFC 5646, section 2.1.1, has it: sr-Latn-RS.

    Raises ValueError, with the way out, for what is no tag and for more than LANGUAGES_AT_MOST.
    """
    found = tuple(dict.fromkeys(_tag(part) for tag in tags for part in tag.split(",") if part.strip()))
    if len(found) > LANGUAGES_AT_MOST:
        raise ValueError(f"Name at most {LANGUAGES_AT_MOST} languages; these are {len(found)}.")
    return found


def _tag(given: str) -> str:
    tag = given.strip().replace("_", "-")
    if len(tag) > TAG_LIMIT or not _TAG.fullmatch(tag):
        raise ValueError(f"“{tag[:TAG_LIMIT]}” is no language tag. Write it like en, uk or pt-BR.")
    language, *rest = tag.lower().split("-")
    return "-".join([language, *(_case(part) for part in rest)])


def _case(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag
