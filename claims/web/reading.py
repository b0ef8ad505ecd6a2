"""A revision and its attributions as something to read: marked paragraphs, a window at a time where it is long."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeVar

from django.db.models import Exists, Min, OuterRef, Prefetch

from claims.models.articles import Article, Revision
from claims.models.claims import Attribution, AttributionSource, Claim, ClaimAttribution, SpanRole
from claims.models.restatements import Restatement
from claims.models.spans import Span
from claims.web import highlight

# An attribution is known by its id, or by its label within the text.
Key = TypeVar("Key", int, str)

# Code points shown at once; a long news story has a tenth of it.
WINDOW = 120_000
# As many statements are shown at once, each with its card: the server is to put a page together in a tenth of a second.
STATEMENTS = 150


@dataclass(frozen=True)
class Part:
    """The stretch of a text that is shown at once, and where the parts before and after it begin."""

    start: int
    end: int
    earlier: int | None
    later: int | None


@dataclass(frozen=True)
class Handle:
    """The element of an attribution that is reached by keyboard: its place, and the anchor of the card it leads to.

    Where it is ``leaf``, nothing else is marked inside it, so that it can be a link: links cannot hold links.
    """

    start: int
    role: highlight.Role
    leaf: bool
    card: str


@dataclass(frozen=True)
class Reading:
    """Marked paragraphs of text[start:…]; ``earlier`` and ``later`` say where the windows beside this one begin."""

    blocks: list[highlight.Block]
    start: int
    earlier: int | None
    later: int | None


def newest_revision(article: Article) -> Revision | None:
    return article.revisions.order_by("-number").first()


def attributions_of(revision: Revision, part: Part | None = None, *, claim: Claim | None = None) -> list[Attribution]:
    """The attributions of a revision with spans, claims and suggested sources, in the order of the text; 4 queries.

    Also those that do not count (Attribution.stands). With a part, only those of which something stands in it; with a
    claim, only those that carry it.
    """
    # A source that was merged more often is rare, and costs a query.
    merges = AttributionSource.objects.select_related("source__merged_into__merged_into__merged_into")
    rows = revision.attributions.select_related("parent", "responds_to")
    if part is not None and part.end - part.start < len(revision.text):
        here = Span.objects.filter(attribution=OuterRef("pk"), start__lt=part.end, end__gt=part.start)
        rows = rows.filter(Exists(here))
    if claim is not None:
        rows = rows.filter(links__claim=claim)
    links = ClaimAttribution.objects.select_related("claim")
    rows = rows.prefetch_related("spans", Prefetch("links", links), Prefetch("resolved_sources", merges))
    return sorted(rows, key=begins)


def restatements_of(revision: Revision, part: Part) -> list[Restatement]:
    """What the outlet repeats in its own voice in this part, with the attribution in which one side says the same."""
    rows = revision.restatements.filter(start__lt=part.end, end__gt=part.start)
    return [row for row in rows.select_related("restates").order_by("start") if row.restates.stands]


def speakers_of(attribution: Attribution) -> list[str]:
    """Who speaks: the sources of the register that it means, else the name as the text has it; empty for nobody."""
    names = [link.source.followed.name for link in attribution.named]
    return names or ([attribution.source_entity] if attribution.source_entity else [])


def words_of(attribution: Attribution, text: str) -> dict[str, str]:
    """The words of an attribution by role, several stretches parted by dots."""
    words: dict[str, list[str]] = {role: [] for role in SpanRole.values}
    for span in sorted(attribution.spans.all(), key=lambda span: span.start):
        words[span.role].append(text[span.start : span.end])
    return {role: " … ".join(parts) for role, parts in words.items()}


def begins(attribution: Attribution) -> int:
    return min((span.start for span in attribution.spans.all()), default=0)


def spans_of(attributions: Sequence[Attribution]) -> list[highlight.Span]:
    """Their spans for highlighting; an attribution within another's content is one deeper."""
    parents = {attribution.pk: attribution.parent_id for attribution in attributions}
    return [
        highlight.Span(span.start, span.end, attribution.pk, role_of(span.role), depth(attribution.pk, parents))
        for attribution in attributions
        for span in attribution.spans.all()
    ]


def depth(key: Key, parents: Mapping[Key, Key | None]) -> int:
    """How deep an attribution nests, from 1, where ``parents`` names each one's parent."""
    steps, at = 1, parents.get(key)
    while at is not None and steps < 16:
        steps, at = steps + 1, parents.get(at)
    return steps


def spans_restated(rows: Iterable[Restatement]) -> list[highlight.Span]:
    """The outlet's own words as spans of the attribution that they repeat."""
    return [highlight.Span(row.start, row.end, row.restates_id, "restatement") for row in rows]


# By the speaker a statement is known; without one by the words that mark it.
_HANDLES: dict[str, int] = {"source": 0, "cue": 1, "content": 2}


def handles(blocks: Iterable[highlight.Block], cards: Mapping[int, str]) -> dict[int | str, Handle]:
    """Of each attribution in ``cards`` the element that stands for it, and the anchor of its card."""
    best: dict[int | str, tuple[tuple[bool, int], Handle]] = {}
    for block in blocks:
        for token, following in pairwise(each for each in block.tokens if not isinstance(each, _WRITTEN)):
            if not isinstance(token, highlight.Open) or token.span.role not in _HANDLES:
                continue
            who, leaf = token.span.attribution, isinstance(following, highlight.Close)
            rank = (not leaf, _HANDLES[token.span.role])
            if who in cards and (who not in best or rank < best[who][0]):
                best[who] = rank, Handle(token.start, token.span.role, leaf, cards[int(who)])
    return {who: handle for who, (_, handle) in best.items()}


_WRITTEN = (highlight.Text, highlight.Unseen)


def role_of(role: str) -> highlight.Role:
    return "source" if role == "source" else "cue" if role == "cue" else "content"


def read(text: str, spans: Iterable[highlight.Span], part: Part) -> Reading:
    """This part of ``text``, marked."""
    blocks = highlight.highlight(text[part.start : part.end], within(spans, part.start, part.end))
    return Reading(blocks, part.start, part.earlier, part.later)


def part_of(text: str, at: int = 0, *, in_parts: bool = False) -> Part:
    """The part that begins at the paragraph around offset ``at``; the whole of a text that is no longer than one.

    With ``in_parts`` it begins there in a shorter text as well.
    """
    in_parts = in_parts or len(text) > WINDOW
    at = min(max(at, 0), max(len(text) - 1, 0))
    # The part before this one may have ended with a line.
    start = 0 if not in_parts else at if text[at - 1 : at] == "\n" else paragraph_start(text, at)
    end = len(text)
    if end - start > WINDOW:
        end = _last_break(text, start, start + WINDOW) or start + WINDOW
    earlier = paragraph_start(text, max(0, start - WINDOW)) if start else None
    return Part(start, end, earlier, end if end < len(text) else None)


def part_shown(revision: Revision, at: int = 0) -> Part:
    """As part_of(), with at most STATEMENTS that begin in it; a line stays whole, however many are in it.

    1 query where the whole text is shown, 3 at most where paragraphs are parted by blank lines, else 5.
    """
    text, part = revision.text, part_of(revision.text, at)
    over = _first_over(revision, part.start, part.end)
    if over is not None and part.end - part.start == len(text):
        part = part_of(text, at, in_parts=True)
        over = _first_over(revision, part.start, part.end)
    if over is not None and (end := _last_break(text, part.start, over)):
        if end <= at:  # Of a paragraph in which too many speak, what was asked for stands behind the cut.
            return part_shown(revision, text.rfind("\n", 0, at) + 1)
        part = replace(part, end=end, later=end)
    if part.earlier is not None:
        first = _last_over(revision, part.earlier, part.start)
        if first is not None and (start := _first_break(text, first, part.start)):
            part = replace(part, earlier=start)
    return part


def _first_over(revision: Revision, start: int, end: int) -> int | None:
    """Where the first statement begins that has no room in this stretch, which is filled from its start."""
    return _over(revision, start, end, "begin")


def _last_over(revision: Revision, start: int, end: int) -> int | None:
    """Where the last statement begins that has no room in this stretch, which is filled from its end."""
    return _over(revision, start, end, "-begin")


def _over(revision: Revision, start: int, end: int, order: Literal["begin", "-begin"]) -> int | None:
    here = revision.attributions.filter(spans__start__gte=start, spans__start__lt=end)
    begins = here.annotate(begin=Min("spans__start")).order_by(order).values_list("begin", flat=True)
    return next(iter(begins[STATEMENTS : STATEMENTS + 1]), None)


# Between paragraphs, and where a text has none of these, between its lines.
_BREAKS = ("\n\n", "\n")


def _last_break(text: str, start: int, end: int) -> int | None:
    """Where the last paragraph begins within text[start:end], not at its start; in a text of lines alone, the line."""
    found = ((text.rfind(gap, start + 1, end), gap) for gap in _BREAKS)
    return next((at + len(gap) for at, gap in found if at >= 0), None)


def _first_break(text: str, start: int, end: int) -> int | None:
    """Where the first paragraph begins within text[start:end], not at its end; in a text of lines alone, the line."""
    found = ((text.find(gap, start, end - len(gap)), gap) for gap in _BREAKS)
    return next((at + len(gap) for at, gap in found if at >= 0), None)


def excerpt(text: str, spans: Sequence[highlight.Span]) -> Reading:
    """Only the paragraphs in which ``spans`` lie, at most a window's length of them."""
    if not spans:
        return Reading([], 0, None, None)
    start = paragraph_start(text, min(span.start for span in spans))
    last = max(span.end for span in spans)
    gap = text.find("\n\n", last)
    end = min(gap if gap >= 0 else len(text), start + WINDOW)
    blocks = highlight.highlight(text[start:end], within(spans, start, end))
    marked = [block for block in blocks if any(isinstance(token, highlight.Open) for token in block.tokens)]
    return Reading(marked, start, None, None)


def within(spans: Iterable[highlight.Span], start: int, end: int) -> list[highlight.Span]:
    """The spans as offsets into text[start:end]; what lies outside is cut off or left out."""
    return [
        highlight.Span(max(s.start, start) - start, min(s.end, end) - start, s.attribution, s.role, s.depth)
        for s in spans
        if s.start < end and s.end > start
    ]


def paragraph_start(text: str, at: int) -> int:
    """Where the paragraph around ``at`` begins, or a window before it where no blank line is near."""
    nearest = max(0, at - WINDOW // 2)
    gap = text.rfind("\n\n", nearest, at)
    return gap + 2 if gap >= 0 else nearest
