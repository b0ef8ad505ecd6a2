"""A revision and its attributions as something to read: marked paragraphs, a window at a time where it is long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from claims.models.articles import Article, Revision
from claims.models.claims import Attribution, AttributionSource
from claims.web import highlight

# Code points shown at once; a long news story has a tenth of it.
WINDOW = 120_000


@dataclass(frozen=True)
class Reading:
    """Marked paragraphs of text[start:…]; ``earlier`` and ``later`` say where the windows beside this one begin."""

    blocks: list[highlight.Block]
    start: int
    earlier: int | None
    later: int | None


def newest_revision(article: Article) -> Revision | None:
    return article.revisions.order_by("-number").first()


def attributions_of(revision: Revision) -> list[Attribution]:
    """The attributions of a revision with spans, claims and suggested sources, in the order of the text; 5 queries.

    Also those that do not count (Attribution.stands).
    """
    # A source that was merged more often is rare, and costs a query.
    merges = AttributionSource.objects.select_related("source__merged_into__merged_into__merged_into")
    rows = revision.attributions.prefetch_related("spans", "links__claim", Prefetch("resolved_sources", merges))
    return sorted(rows, key=begins)


def restatements_of(revision: Revision) -> list[tuple[str, Attribution]]:
    """What the outlet repeats in its own voice: its words, and the attribution in which one side says the same."""
    rows = revision.restatements.select_related("restates").order_by("start")
    return [(revision.text[row.start : row.end], row.restates) for row in rows if row.restates.stands]


def begins(attribution: Attribution) -> int:
    return min((span.start for span in attribution.spans.all()), default=0)


def spans_of(attributions: Sequence[Attribution]) -> list[highlight.Span]:
    """Their spans for highlighting; an attribution within another's content is one deeper."""
    parents = {attribution.pk: attribution.parent_id for attribution in attributions}

    def depth(attribution_id: int) -> int:
        steps, at = 1, parents.get(attribution_id)
        while at is not None and steps < 16:
            steps, at = steps + 1, parents.get(at)
        return steps

    return [
        highlight.Span(span.start, span.end, attribution.pk, _role(span.role), depth(attribution.pk))
        for attribution in attributions
        for span in attribution.spans.all()
    ]


def _role(role: str) -> highlight.Role:
    return "source" if role == "source" else "cue" if role == "cue" else "content"


def read(text: str, spans: Iterable[highlight.Span], at: int = 0) -> Reading:
    """The window of ``text`` that begins at the paragraph around offset ``at``."""
    start = paragraph_start(text, min(max(at, 0), max(len(text) - 1, 0))) if len(text) > WINDOW else 0
    end = len(text)
    if end - start > WINDOW:
        gap = text.rfind("\n\n", start + 1, start + WINDOW)
        end = gap + 2 if gap > 0 else start + WINDOW
    blocks = highlight.highlight(text[start:end], within(spans, start, end))
    earlier = paragraph_start(text, max(0, start - WINDOW)) if start else None
    return Reading(blocks, start, earlier, end if end < len(text) else None)


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
