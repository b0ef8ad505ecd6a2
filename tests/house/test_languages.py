"""The catalogue of each other language is whole: nothing missing, nothing guessed, nothing that would break a page."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import templatize

from claims.management.commands import sentences

ROOT = Path(__file__).parents[2]
CODE = [ROOT / name for name in ("claims", "sources", "workbench")]
CATALOGUES = sorted(ROOT.glob("workbench/locale/*/LC_MESSAGES/django.po"))
# What makemessages asks xgettext to look for; the numbers are the places of singular, plural and context.
WORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_noop", "gettext_lazy"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]|\{\w*\}")
Key = tuple[str | None, str]


def marked() -> Iterator[Key]:
    """(context, English) of every text that is marked for translation, in Python and in templates."""
    for file in sorted(
        file for folder in CODE for file in folder.rglob("*") if file.suffix in {".py", ".html", ".txt"}
    ):
        source = file.read_text(encoding="utf-8")
        if file.suffix != ".py":
            # The calls that Django writes for the tags of a template, each on a line; what is between them is blanked.
            source = "\n".join(line.strip() for line in templatize(source).splitlines())
        for _line, words, _comments, context in extract("python", BytesIO(source.encode()), WORDS):
            yield context, words if isinstance(words, str) else words[0]


def catalogue(file: Path) -> Catalog:
    with file.open("rb") as lines:
        return read_po(lines, locale=file.parents[1].name)


def messages(of: Catalog) -> dict[Key, Message]:
    return {(each.context, singular(each)): each for each in of if each.id}


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_every_language_that_can_be_chosen_has_a_catalogue() -> None:
    chosen = {code for code, _name in settings.LANGUAGES} - {settings.LANGUAGE_CODE}
    assert {file.parents[1].name for file in CATALOGUES} == chosen


@pytest.mark.parametrize("floor", sentences.LISTS)
def test_what_rules_and_verbs_say_is_listed_for_translators(floor: str) -> None:
    assert sentences.place_of(floor).read_text(encoding="utf-8") == sentences.written(floor), "Run manage.py sentences."


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parents[1].name)
def test_every_marked_text_is_translated_and_nothing_else(file: Path) -> None:
    found, known = set(marked()), messages(catalogue(file))
    assert sorted(map(str, found - known.keys())) == [], "Run makemessages (CONTRIBUTING.md) and translate these."
    assert sorted(map(str, known.keys() - found)) == [], "These are not in the code any more."
    assert [key for key, message in known.items() if message.fuzzy or not all(forms(message))] == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parents[1].name)
def test_translations_hold_the_same_placeholders(file: Path) -> None:
    wrong = []
    for message in messages(catalogue(file)).values():
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        allowed = [sorted(set(PLACEHOLDER.findall(text))) for text in english]
        wrong += [form for form in forms(message) if sorted(set(PLACEHOLDER.findall(form))) not in allowed]
    assert wrong == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parents[1].name)
def test_what_django_reads_is_what_the_catalogue_says(file: Path) -> None:
    """Whoever runs the workbench has no msgfmt, so the compiled file lies beside its source."""
    compiled = BytesIO()
    write_mo(compiled, catalogue(file))
    compiled.seek(0)
    with file.with_suffix(".mo").open("rb") as stored:
        assert _as_read(read_mo(stored)) == _as_read(read_mo(compiled)), "Run compilemessages."


def _as_read(catalog: Catalog) -> dict[Key, tuple[str, ...]]:
    return {key: forms(message) for key, message in messages(catalog).items()}
