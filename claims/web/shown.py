"""What of an article's statements is shown, as the address says it: by speaker, manner, state, outlet, confidence.

Pure of the database: each statement comes with its facets, the values that it has in each group.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.models.claims import QuoteType
from claims.rules.workflow import ClaimState, words
from claims.web.told import translated

# The names in the address. Within a group any ticked value will do, and each group with a tick must be met.
GROUPS = ("who", "quote", "state", "outlet")
UNNAMED = "unnamed"
SIDE, OWN, RESTATED = "side", "own", "restated"
OUTLET = {
    SIDE: gettext_lazy("takes a side"),
    OWN: gettext_lazy("in its own voice"),
    RESTATED: gettext_lazy("repeats one side"),
}

Facets = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Shown:
    """What is asked for; nothing ticked in a group asks for nothing there. ``below`` is a confidence in per cent."""

    ticked: Facets
    below: int | None = None

    @classmethod
    def asked(cls, query: QueryDict) -> "Shown":
        """As the address has it. Whatever is no confidence asks for none: an address may be cut or mistyped."""
        below = query.get("below", "")
        number = int(below) if below.isascii() and below.isdigit() and len(below) <= 3 else 0
        ticked = {group: frozenset(query.getlist(group)) - {""} for group in GROUPS}
        return cls(ticked, number if 1 <= number <= 100 else None)

    @property
    def everything(self) -> bool:
        return self.below is None and not any(self.ticked.values())

    @property
    def beyond_speakers(self) -> bool:
        """Whether more than the speaker is asked for."""
        return self.below is not None or any(self.ticked[group] for group in GROUPS if group != "who")

    def lets(self, facets: Facets, confidence: float | None) -> bool:
        """Whether a statement with these facets is shown; the outlet's own words have no engine's confidence."""
        if self.below is not None and (confidence is None or round(100 * confidence) >= self.below):
            return False
        return all(not wanted or wanted & facets[group] for group, wanted in self.ticked.items())


@dataclass(frozen=True)
class Option:
    """One value to tick. ``token`` names it on the page, where names of speakers would be long and full of spaces."""

    value: str
    label: str
    count: int
    ticked: bool
    token: str


def options(found: Iterable[tuple[object, Facets]], shown: Shown) -> dict[str, list[Option]]:
    """Of each group the values that occur, with the number of different things that have them, and what is ticked."""
    having: dict[str, dict[str, set[object]]] = {group: {} for group in GROUPS}
    for thing, facets in found:
        for group in GROUPS:
            for value in facets[group]:
                having[group].setdefault(value, set()).add(thing)
    return {group: _options(group, having[group], shown.ticked[group]) for group in GROUPS}


def _options(group: str, having: Mapping[str, set[object]], ticked: frozenset[str]) -> list[Option]:
    orders: dict[str, list[str]] = {
        "who": sorted(having, key=lambda name: -len(having[name])),
        "quote": list(QuoteType.values),
        "state": [state.value for state in ClaimState],
        "outlet": list(OUTLET),
    }
    # Ticked and without a statement: said all the same, else the page would be empty and nobody could see why.
    order = [value for value in orders[group] if value in having or value in ticked]
    order += sorted(ticked.difference(order)) if group == "who" else []
    return [
        Option(value, _label(group, value), len(having.get(value, ())), value in ticked, f"{group}={number}")
        for number, value in enumerate(order)
    ]


def _label(group: str, value: str) -> str:
    if group == "who":
        return _("unnamed source") if value == UNNAMED else value
    if group == "quote":
        return str(QuoteType(value).label)
    return str(OUTLET[value]) if group == "outlet" else translated(words(value))


def tokens(facets: Facets, known: Mapping[str, list[Option]]) -> str:
    """The facets as the tokens of these options, for the script that shows and hides without the server."""
    return " ".join(option.token for group in GROUPS for option in known[group] if option.value in facets[group])
