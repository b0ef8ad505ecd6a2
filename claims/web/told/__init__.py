"""What rules and verbs say in English, in the language of the page.

They say it in English, because rules know no framework and programs read it too; the lists beside this file make its
translators see it. What a person wrote, and a rating that a desk named itself, is in no list and stays as it is.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any

from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext

from claims.rules import workflow
from claims.web.told import rules, services, words

LONGEST = 1000
_LENGTH = re.compile(r"(\d+) (hour|day|month|year)s?")


def translated(said: object) -> str:
    """A sentence or a word as rules and verbs say it, in the language that is active; unknown ones as they are."""
    text = str(said)
    # A longer text is a person's, and not worth the search.
    if not text or len(text) > LONGEST or (get_language() or "en").startswith("en"):
        return text
    if text in _KNOWN:
        return gettext(text)
    if text[0].lower() + text[1:] in _KNOWN:
        return capfirst(gettext(text[0].lower() + text[1:]))
    if length := _LENGTH.fullmatch(text):
        return _length(int(length[1]), length[2])
    chosen, colon, note = text.partition(": ")
    if colon and chosen in words.REASONS:
        return f"{gettext(chosen)}: {note}"  # what somebody wrote behind the reason that they chose
    for template, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return _filled(gettext(template), [translated(value) for value in found.groups()])
    return text


in_language = lazy(translated, str)
"""The same for texts that are made once for everybody, such as the label of a field."""


def options(kind: type[StrEnum], *before: tuple[str, Any]) -> Callable[[], list[tuple[str, str]]]:
    """What a form offers of the members of a rule's list, after ``before``, in the language of whoever is shown it."""
    return lambda: [*((value, str(label)) for value, label in before), *_all_translated(workflow.choices(kind))]


def _all_translated(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(value, translated(label)) for value, label in choices]


def _filled(sentence: str, values: list[str]) -> str:
    """No str.format: some sentences show an example of JSON."""
    return re.sub(r"\{(\d)\}", lambda place: values[int(place[1])], sentence)


def _length(count: int, unit: str) -> str:
    if unit == "year":
        return ngettext("%(count)d year", "%(count)d years", count) % {"count": count}
    if unit == "month":
        return ngettext("%(count)d month", "%(count)d months", count) % {"count": count}
    if unit == "day":
        return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}


_SENTENCES = (*rules.SENTENCES, *services.SENTENCES)
_KNOWN = frozenset((*_SENTENCES, *words.WORDS))


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Of each sentence with values the pattern that finds them; those that say most by themselves come first."""
    with_values = [sentence for sentence in _SENTENCES if "{0}" in sentence]
    with_values.sort(key=lambda sentence: len(re.sub(r"\{\d\}", "", sentence)), reverse=True)
    return [(each, re.compile(re.sub(r"\\\{\d\\\}", "(.+?)", re.escape(each)), re.DOTALL)) for each in with_values]
