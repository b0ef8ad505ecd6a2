"""Which words of the article are source, cue and content: as they are marked, and as each reviewer sees them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass

from django.db import connection

from claims.models.claims import Attribution, Claim, SpanRole
from claims.models.markings import ReviewSpan
from claims.models.review import Review
from claims.models.rows import run
from claims.rules import attributions as rules
from claims.rules import markings
from claims.rules.markings import Span
from claims.rules.workflow import Missing

# Attribution and role.
Place = tuple[int, str]
Marks = dict[Place, list[Span]]
# What a reviewer says of a place: its spans, or its words as they stand in the article. What is not named stays.
Said = Mapping[Place, Sequence[Span] | str]
STRETCHES = 50


@dataclass(frozen=True)
class Marking:
    """What is marked in one role of one attribution of the claim; ``text`` is that of the revision."""

    attribution: Attribution
    role: str
    spans: list[Span]
    text: str

    @property
    def place(self) -> Place:
        return self.attribution.pk, self.role

    @property
    def name(self) -> str:
        """Of its field in a form and in a draft."""
        return field_of(self.place)

    @property
    def words(self) -> str:
        return markings.words_of(self.text, self.spans)

    @property
    def begins(self) -> int:
        return min((start for start, _end in self.spans), default=0)

    @property
    def paragraph(self) -> int:
        """The number of the paragraph in which it begins, from 1."""
        return self.text.count("\n\n", 0, self.begins) + 1


def field_of(place: Place) -> str:
    return f"span_{place[0]}_{place[1]}"


def markings_of(claim: Claim) -> list[Marking]:
    """What stands of the claim's attributions, in the order of the article, each in its three roles."""
    rows = Attribution.objects.standing().filter(claims=claim).select_related("revision").prefetch_related("spans")
    found = []
    for row in rows.order_by("pk"):
        for role in SpanRole.values:
            spans = sorted((span.start, span.end) for span in row.spans.all() if span.role == role)
            found.append(Marking(row, role, spans, row.revision.text))
    return found


# As markings_of(), without the article's text, which may be long.
MARKED_SQL = """
    SELECT a.id, s.role, s.start, s.end
      FROM claims_claimattribution l JOIN claims_attribution a ON a.id = l.attribution_id
      LEFT JOIN claims_span s ON s.attribution_id = a.id
     WHERE l.claim_id = %s AND NOT a.suggested AND a.decision <> 'rejected' ORDER BY a.id, s.start, s.end
"""


def _as_marked(claim: Claim) -> Marks:
    found: Marks = {}
    with connection.cursor() as cursor:
        run(cursor, MARKED_SQL, [claim.pk])
        for attribution, role, start, end in cursor.fetchall():
            if (attribution, SpanRole.SOURCE) not in found:
                found |= {(attribution, each): [] for each in SpanRole.values}
            if role is not None:
                found[attribution, role].append((start, end))
    return found


NO_CONTENT = "Mark what was said: the content cannot be empty."


def marks(claim: Claim, said: Said) -> tuple[Marks, bool, list[Missing]]:
    """What the reviewer marks at each place, whether that differs from the article, and what is wrong, by field."""
    if not said:
        found = _as_marked(claim)
        empty = [place for place, spans in found.items() if place[1] == SpanRole.CONTENT and not spans]
        return found, False, [Missing(field_of(place), "bad_span", NO_CONTENT) for place in empty]
    return _as_said(claim, said)


def _as_said(claim: Claim, said: Said) -> tuple[Marks, bool, list[Missing]]:
    known = {marking.place: marking for marking in markings_of(claim)}
    wrong = [
        Missing("spans", "unknown", f"Attribution {place[0]} of this claim has no {place[1]} to mark.")
        for place in said
        if place not in known
    ]
    found: Marks = {}
    for place, marking in known.items():
        given = said.get(place, marking.words)
        try:
            found[place] = _of_words(marking, given) if isinstance(given, str) else _of_spans(marking, given)
            if place[1] == SpanRole.CONTENT and not found[place]:
                raise ValueError(NO_CONTENT)
        except ValueError as error:
            wrong.append(Missing(marking.name if isinstance(given, str) else "spans", "bad_span", str(error)))
    changed = {place[0] for place, spans in found.items() if not same(known[place], spans)}
    if not wrong:
        wrong = [problem for attribution in sorted(changed) for problem in _standing(attribution, known, found, said)]
    return found, bool(changed), wrong


def same(marking: Marking, spans: Iterable[Span]) -> bool:
    """Whether these are the words that are marked in the article."""
    return list(spans) == marking.spans or markings.alike(marking.text, spans, marking.spans)


def _standing(attribution: int, known: Mapping[Place, Marking], found: Marks, said: Said) -> Iterator[Missing]:
    """What keeps the marks from being an attribution, which they become once the review decides."""
    text = known[attribution, SpanRole.CONTENT].text
    spans = {role: rules.tidied(text, found[attribution, role]) for role in SpanRole.values}
    for problem in rules.problems(text, rules.Spans(attribution, **spans)):
        place = attribution, problem.field
        typed = isinstance(said.get(place, ""), str)
        yield Missing(field_of(place) if typed else "spans", problem.code, problem.message)


def _of_words(marking: Marking, words: str) -> list[Span]:
    if words.split() == marking.words.split():
        return marking.spans
    # Before any of them is searched for: the claim is locked as long as that takes.
    _check_count(marking, markings.stretches(words))
    near = marking.spans[0][0] if marking.spans else 0
    try:
        found = markings.located(marking.text, words, near)
    except ValueError as stretch:
        message = (
            f"“{str(stretch)[:80]}” does not stand in the article like this. Type the {marking.role} word for word."
        )
        raise ValueError(message) from stretch
    return _of_spans(marking, found)


def _check_count(marking: Marking, given: Sized) -> None:
    if len(given) > STRETCHES:
        raise ValueError(f"Mark the {marking.role} in at most {STRETCHES} stretches.")


def _of_spans(marking: Marking, given: Sequence[Span]) -> list[Span]:
    spans, at = sorted(given), 0
    _check_count(marking, spans)
    for start, end in spans:
        if not at <= start < end <= len(marking.text):
            message = f"The {marking.role} from {start} to {end} is empty, overlaps another, or leaves the article."
            raise ValueError(message)
        at = end
    return spans


def store(review: Review, found: Marks) -> None:
    ReviewSpan.objects.bulk_create(
        ReviewSpan(review=review, attribution_id=attribution, role=role, start=start, end=end)
        for (attribution, role), spans in found.items()
        for start, end in spans
    )


def marked_in(reviews: Iterable[Review]) -> dict[int, Marks]:
    """What each of these reviews marks, by its id; one query."""
    found: dict[int, Marks] = {review.pk: {} for review in reviews}
    for row in ReviewSpan.objects.filter(review__in=found).order_by("start"):
        found[row.review_id].setdefault((row.attribution_id, row.role), []).append((row.start, row.end))
    return found


@dataclass(frozen=True)
class Compared:
    """One place in both reviews, or in one and the article: the words of each, in pieces, and whether they agree."""

    marking: Marking
    sides: tuple[list[markings.Piece], list[markings.Piece]]
    spans: tuple[list[Span], list[Span]]
    same: bool

    def words(self, whose: str) -> str:
        """What is marked there by the "first" of both, by the "second", or in the "article" now."""
        marked = {"first": self.spans[0], "second": self.spans[1]}
        return markings.words_of(self.marking.text, marked.get(whose, self.marking.spans))


def compared(claim: Claim, first: Review, second: Review) -> list[Compared]:
    """Both reviews at each place that both of them marked; a review from before there were spans marks none."""
    both = marked_in((first, second))
    one, other = both[first.pk], both[second.pk]
    if not one or not other:
        return []
    found = []
    for marking in markings_of(claim):
        mine, theirs = one.get(marking.place, []), other.get(marking.place, [])
        # An attribution that was added or corrected into the claim in between was before one of them only.
        if not any(place[0] == marking.attribution.pk for place in one) or not any(
            place[0] == marking.attribution.pk for place in other
        ):
            continue
        found.append(_compared(marking, mine, theirs))
    return found


def compared_with_article(claim: Claim, review: Review) -> list[Compared]:
    """What the review marks, and what is marked in the article now; nothing for a review from before there were spans.

    An attribution that came after the review is not among them.
    """
    return all_with_article(claim, [review])[review.pk]


def all_with_article(claim: Claim, reviews: Sequence[Review]) -> dict[int, list[Compared]]:
    """The same for several reviews of the claim, by their id; as many queries as for one."""
    marked, places = marked_in(reviews), markings_of(claim)
    known = {pk: {attribution for attribution, _ in marks} for pk, marks in marked.items()}
    return {
        pk: [
            _compared(place, marks.get(place.place, []), place.spans)
            for place in places
            if place.attribution.pk in known[pk]
        ]
        for pk, marks in marked.items()
    }


def _compared(marking: Marking, mine: list[Span], theirs: list[Span]) -> Compared:
    sides = markings.against(marking.text, mine, theirs), markings.against(marking.text, theirs, mine)
    return Compared(marking, sides, (mine, theirs), markings.alike(marking.text, mine, theirs))
