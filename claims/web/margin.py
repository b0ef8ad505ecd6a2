"""What stands beside an article's text: a card for each claim where it is said, and what is shown of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from django.db.models import Q
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _

from claims.models.articles import Article, Revision
from claims.models.claims import Attribution, Claim, ClaimLink, Narrator
from claims.models.publication import Publication
from claims.rules.links import LinkKind
from claims.web import highlight, reading
from claims.web.shown import OWN, RESTATED, SIDE, UNNAMED, Facets, Option, Shown, options, tokens

# The outlet's own claims below one article: a text made of them alone is no list to read.
OWN_CLAIMS_AT_MOST = 200


@dataclass(frozen=True)
class Check:
    """What is published on the same claim: on another one (``confirmed`` as the same by a person), or on this."""

    publication: Publication
    own: bool
    confirmed: bool


@dataclass(frozen=True)
class Related:
    """Another statement, and the anchor of its card where it is on the page."""

    attribution: Attribution
    anchor: str

    @property
    def of(self) -> str:
        return str(self.attribution.pk)

    @property
    def who(self) -> str:
        return _who(self.attribution)


@dataclass
class Note:
    """One attribution on a card, and which statements it stands in, answers and is answered by.

    It ``leads`` on the card to which its words in the text lead; further claims of the same words name it again.
    ``tokens`` are its facets for the script that filters.
    """

    attribution: Attribution
    facets: Facets
    shown: bool
    leads: bool
    within: Related | None
    answers: Related | None
    answered_by: Sequence[Related]
    tokens: str = ""

    # Numbers are written as they are, since templates would write each as the reader's language does.
    @property
    def of(self) -> str:
        return str(self.attribution.pk)

    @property
    def percent(self) -> str:
        """The engine's confidence in per cent, as it is shown and asked for."""
        return str(round(100 * self.attribution.confidence))

    @cached_property
    def who(self) -> str:
        return _who(self.attribution)

    @property
    def confirm(self) -> str:
        return _address("web:attribution_confirm", self.attribution.pk)


@dataclass
class Card:
    """One claim with the attributions that carry it; an attribution that carries none has a card without a claim."""

    claim: Claim | None
    notes: list[Note]
    at: int
    facets: Facets
    shown: bool
    checks: Sequence[Check] = ()
    tokens: str = ""

    @cached_property
    def anchor(self) -> str:
        return _anchor(self.claim, self.notes[0].attribution if self.notes else None)

    @property
    def ids(self) -> str:
        return " ".join(note.of for note in self.notes)

    @property
    def address(self) -> str:
        return _address("web:claim", self.claim.pk) if self.claim else ""

    @cached_property
    def found(self) -> str:
        return _address("web:claim_found", self.claim.pk) if self.claim else ""


@dataclass(frozen=True)
class Passage:
    """Paragraphs in a row, and the cards of what is said in the last of them."""

    blocks: list[highlight.Block]
    cards: list[Card]


@dataclass(frozen=True)
class Margin:
    """A part of the text with its cards; ``own`` are those of claims that only the outlet itself makes.

    ``hidden`` are the attributions whose marks are not shown.
    """

    passages: list[Passage]
    own: list[Card]
    handles: Mapping[int | str, reading.Handle]
    options: Mapping[str, list[Option]]
    hidden: frozenset[int]
    total: int
    shown: int


def beside(
    article: Article, revision: Revision, found: Sequence[Attribution], part: reading.Part, ask: Shown
) -> Margin:
    """The part with everything beside it; ``found`` are its attributions that stand. Four queries at most."""
    restated = reading.restatements_of(revision, part)
    cards = _cards(found, {row.restates_id for row in restated}, ask)
    own = _own(article, ask) if part.end == len(revision.text) else []
    checks = checks_of([card.claim for card in [*cards, *own] if card.claim])
    for card in [*cards, *own]:
        card.checks = checks.get(card.claim.pk, ()) if card.claim else ()
    spans = [*reading.spans_of(found), *reading.spans_restated(restated)]
    blocks = highlight.highlight(revision.text[part.start : part.end], reading.within(spans, part.start, part.end))
    notes = [note for card in cards for note in card.notes]
    visible = {note.attribution.pk for note in notes if note.shown}
    choice = options(_having(cards, own), ask)
    for note in notes:
        note.tokens = tokens(note.facets, choice)
    for card in own:
        card.tokens = tokens(card.facets, choice)
    return Margin(
        list(_passages(blocks, cards, part.start)),
        own,
        reading.handles(
            blocks, {note.attribution.pk: card.anchor for card in cards for note in card.notes if note.leads}
        ),
        choice,
        frozenset(each.pk for each in found if each.pk not in visible),
        sum(card.claim is not None for card in [*cards, *own]),
        sum(card.shown and card.claim is not None for card in [*cards, *own]),
    )


def _who(attribution: Attribution) -> str:
    return attribution.source_entity or _("unnamed source")


def _address(name: str, number: int) -> str:
    """As reverse(), which looks the page up anew for each of a text's many cards."""
    before, behind = _around(name, get_script_prefix())
    return f"{before}/{number}/{behind}"


@cache
def _around(name: str, prefix: str) -> tuple[str, str]:
    before, _number, behind = reverse(name, args=[0]).rpartition("/0/")
    return before, behind


def _anchor(claim: Claim | None, attribution: Attribution | None) -> str:
    return f"c-{claim.pk}" if claim else f"n-{attribution.pk if attribution else 0}"


def _claims_of(attribution: Attribution) -> list[Claim | None]:
    return [link.claim for link in attribution.links.all()] or [None]


def _cards(found: Sequence[Attribution], restated: set[int], ask: Shown) -> list[Card]:
    """In the order of the text, each where the first of its attributions begins."""
    claims = {each.pk: _claims_of(each) for each in found}
    anchors = {each.pk: _anchor(claims[each.pk][0], each) for each in found}
    answered: dict[int, list[Related]] = {}
    for each in found:
        if each.responds_to_id:
            answered.setdefault(each.responds_to_id, []).append(Related(each, anchors[each.pk]))

    def related(other: Attribution | None) -> Related | None:
        return Related(other, anchors.get(other.pk, "")) if other and other.stands else None

    cards: dict[str, Card] = {}
    for each in found:
        for number, claim in enumerate(claims[each.pk]):
            facets = _facets(each, claim, each.pk in restated)
            note = Note(
                attribution=each,
                facets=facets,
                shown=ask.lets(facets, each.confidence),
                leads=number == 0,
                within=related(each.parent),
                answers=related(each.responds_to),
                answered_by=answered.get(each.pk, ()),
            )
            card = cards.setdefault(_anchor(claim, each), Card(claim, [], reading.begins(each), facets, shown=False))
            card.notes.append(note)
            card.shown |= note.shown
    return list(cards.values())


def _own(article: Article, ask: Shown) -> list[Card]:
    """The claims of the article that nobody is quoted with."""
    rows = Claim.objects.filter(article=article, narrator_claim=True, links=None).order_by("pk")[:OWN_CLAIMS_AT_MOST]
    facets = [(claim, _facets(None, claim, restated=False)) for claim in rows]
    return [Card(claim, [], 0, having, ask.lets(having, None)) for claim, having in facets]


def _facets(attribution: Attribution | None, claim: Claim | None, restated: bool) -> Facets:
    outlet = {SIDE: attribution is not None and attribution.narrator != Narrator.NEUTRAL}
    outlet |= {OWN: claim is not None and claim.narrator_claim, RESTATED: restated}
    return {
        "who": frozenset(reading.speakers_of(attribution) or [UNNAMED]) if attribution else frozenset(),
        "quote": frozenset([attribution.quote_type] if attribution else []),
        "state": frozenset([claim.state] if claim else []),
        "outlet": frozenset(value for value, holds in outlet.items() if holds),
    }


def _having(cards: Iterable[Card], own: Iterable[Card]) -> Iterator[tuple[object, Facets]]:
    """Each thing that is counted, with its facets: claims by their state, and statements by everything else."""
    for card in cards:
        yield card.anchor, {**dict.fromkeys(("who", "quote", "outlet"), frozenset()), "state": card.facets["state"]}
        for note in card.notes:
            yield note.attribution.pk, {**note.facets, "state": frozenset()}
    for card in own:
        yield card.anchor, card.facets


def _passages(blocks: Sequence[highlight.Block], cards: Sequence[Card], start: int) -> Iterator[Passage]:
    """The cards come after the paragraph in which they begin, those from before this part after the first."""
    waiting, plain = list(cards), list[highlight.Block]()
    for block in blocks:
        here = [card for card in waiting if card.at - start < block.end]
        del waiting[: len(here)]
        if here and plain:
            yield Passage(plain, [])
            plain = []
        plain.append(block)
        if here:
            yield Passage(plain, here)
            plain = []
    if plain:
        yield Passage(plain, [])


def checks_of(claims: Sequence[Claim]) -> dict[int, list[Check]]:
    """What readers may see today on these claims and on those that are the same, by claim; two queries.

    Only what is published: a check that is still under way is nobody's to see who may yet have to review.
    """
    ids = {claim.pk for claim in claims}
    same: dict[int, list[tuple[int, bool]]] = {pk: [(pk, True)] for pk in ids}
    links = (
        ClaimLink.objects.standing().filter(kind=LinkKind.SAME_AS).filter(Q(from_claim__in=ids) | Q(to_claim__in=ids))
    )
    for one, other, by in links.values_list("from_claim", "to_claim", "confirmed_by"):
        for mine, theirs in ((one, other), (other, one)):
            if mine in ids:
                same[mine].append((theirs, by is not None))
    rows = Publication.objects.visible().filter(claim__in={other for others in same.values() for other, _ in others})
    published = {row.claim_id: row for row in rows.select_related("claim", "verdict__veracity_rating")}
    return {
        mine: [Check(published[other], other == mine, sure) for other, sure in others if other in published]
        for mine, others in same.items()
    }
