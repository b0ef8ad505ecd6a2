"""The small map of a whole text: where in it somebody is quoted, also in the parts that are not on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims.models.articles import Revision
from claims.models.claims import Attribution, SpanRole, Stance
from claims.models.spans import Span
from claims.web import highlight, reading

# The map is so many units high. Of a text in parts it shows as many stretches as can be told apart.
HEIGHT = 1000
STRETCHES = 100
LOWEST = 6


@dataclass(frozen=True)
class Mark:
    """One bar of the map, in its units; where it leads to, its name, and the attribution that it stands for alone."""

    y: int
    height: int
    href: str
    label: str
    attribution: int | None = None


@dataclass(frozen=True)
class TextMap:
    """The bars, and the part of the text that is on the page, in units and in code points."""

    marks: list[Mark]
    y: int
    height: int
    start: int
    end: int
    length: int

    @property
    def in_parts(self) -> bool:
        return self.end - self.start < self.length


def of(revision: Revision, found: Sequence[Attribution], part: reading.Part) -> TextMap:
    """The map of a revision; ``found`` are the attributions of the part. One query for a text in parts, else none."""
    length = len(revision.text)
    top, bottom = part.start * HEIGHT // length, part.end * HEIGHT // length
    whole = part.end - part.start == length
    stances = {value: str(label) for value, label in Stance.choices}
    marks = [_mark(each, stances, length) for each in found] if whole else _stretches(revision, length)
    return TextMap(marks, top, bottom - top, part.start, part.end, length)


def _mark(attribution: Attribution, stances: Mapping[str, str], length: int) -> Mark:
    spans = list(attribution.spans.all())
    start = min((span.start for span in spans), default=0)
    end = max((span.end for span in spans), default=0)
    who = ", ".join(reading.speakers_of(attribution)) or _("unnamed source")
    height = max(LOWEST, (end - start) * HEIGHT // length)
    y = min(start * HEIGHT // length, HEIGHT - height)
    label = highlight.named(f"{who}: {stances[attribution.stance]}")
    return Mark(y, height, f"#a-{attribution.pk}", label, attribution.pk)


def _stretches(revision: Revision, length: int) -> list[Mark]:
    spans = Span.objects.filter(attribution__in=revision.attributions.standing(), role=SpanRole.CONTENT)
    rows = spans.values(stretch=F("start") * STRETCHES / length).annotate(
        statements=Count("attribution", distinct=True), first=Min("start")
    )
    step = HEIGHT // STRETCHES
    return [
        Mark(
            stretch * step,
            step - 2,
            f"?at={first}",
            _("%(share)s %% into the text: %(statements)s")
            % {
                "share": stretch,
                "statements": ngettext("%(n)s statement", "%(n)s statements", count) % {"n": count},
            },
        )
        for stretch, count, first in rows.order_by("stretch").values_list("stretch", "statements", "first")
    ]
