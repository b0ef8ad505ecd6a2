"""From the words of an article to a source of the register: always a suggestion, with a score and a reason."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from sources.models import Alias, AliasKind, Source
from sources.names import fold

# What joins two speakers in one phrase: "Kiev and the West", "Smith, Jones & Co".
JOINED = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*|\s*;\s*")

SCORES = {AliasKind.NAME: 1.0, AliasKind.TRANSLITERATION: 0.95, AliasKind.METONYM: 0.8, AliasKind.ROLE: 0.75}


@dataclass(frozen=True)
class Suggestion:
    """That ``surface`` may mean ``source``. The score is 0 to 1; sources that share a name share it."""

    surface: str
    source: Source
    score: float
    reason: str


def parts(surface: str) -> list[str]:
    """The phrase itself, then the single speakers in it, where it joins several."""
    singles = [part.strip() for part in JOINED.split(surface) if part.strip()]
    return [surface.strip(), *singles] if len(singles) > 1 else [surface.strip()]


def resolve(surfaces: Iterable[str], on: date | None = None) -> dict[str, list[Suggestion]]:
    """Suggestions for each surface form, best first; forms without any are left out. One query for all of them.

    ``on`` is the day of the article: aliases that were not valid then are passed over.
    """
    wanted = {surface: parts(surface) for surface in surfaces if surface.strip()}
    folded = {fold(part) for phrase in wanted.values() for part in phrase} - {""}
    known: dict[str, list[Alias]] = {}
    for alias in _valid_on(on).filter(folded__in=folded).select_related("source__merged_into").order_by("pk"):
        known.setdefault(alias.folded, []).append(alias)
    found = {surface: _suggest(phrase, known) for surface, phrase in wanted.items()}
    return {surface: suggestions for surface, suggestions in found.items() if suggestions}


def _valid_on(on: date | None) -> QuerySet[Alias]:
    aliases = Alias.objects.all()
    if on is None:
        return aliases
    return aliases.filter(
        Q(valid_from=None) | Q(valid_from__lte=on),
        Q(valid_to=None) | Q(valid_to__gte=on),
    )


def _suggest(phrase: list[str], known: dict[str, list[Alias]]) -> list[Suggestion]:
    """The whole phrase first; only when the register does not know it, the speakers that it joins."""
    for candidates in (phrase[:1], phrase[1:]):
        suggestions = [suggestion for part in candidates for suggestion in _named(part, _meant(part, known))]
        if suggestions:
            return suggestions
    return []


def _meant(surface: str, known: dict[str, list[Alias]]) -> list[Alias]:
    """The aliases that the words can be. Small letters are no abbreviation: "who" is not the WHO, nor "us" the US."""
    return [alias for alias in known.get(fold(surface), []) if not (surface.islower() and alias.name.isupper())]


def _named(surface: str, aliases: list[Alias]) -> list[Suggestion]:
    sources = {alias.source.followed.pk for alias in aliases}
    best: dict[int, Suggestion] = {}
    for alias in aliases:
        source = alias.source.followed
        score = SCORES[AliasKind(alias.kind)] / len(sources)
        if len(sources) == 1:
            reason = f"“{alias.name}” is a {alias.get_kind_display()} of {source.name}."
        else:
            reason = f"“{alias.name}” is a {alias.get_kind_display()} of {source.name}, and of {len(sources) - 1} more."
        if source.pk not in best or best[source.pk].score < score:
            best[source.pk] = Suggestion(surface, source, round(score, 3), reason)
    return sorted(best.values(), key=lambda suggestion: -suggestion.score)
