"""What two reviewers marked as source, cue and content, and what they wrote: compared, and shown with what differs.

Spans are (start, end) in code points of one text, end exclusive.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Span = tuple[int, int]
# Between the stretches of one marking, where people type them into one field.
BETWEEN = " … "
_EDGE = re.compile(r"\w", re.UNICODE)
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, and whether the other side has them as well."""

    text: str
    shared: bool


def words_of(text: str, spans: Iterable[Span]) -> str:
    """The marked stretches as people read and type them."""
    return BETWEEN.join(text[start:end] for start, end in sorted(spans))


def covered(text: str, spans: Iterable[Span]) -> frozenset[int]:
    """The code points that are marked, without blanks and punctuation around each stretch."""
    points: set[int] = set()
    for start, end in spans:
        inside = [match.start() + start for match in _EDGE.finditer(text[start:end])]
        if inside:
            points.update(range(inside[0], inside[-1] + 1))
    return frozenset(points)


def alike(text: str, one: Iterable[Span], other: Iterable[Span]) -> bool:
    """Whether two markings are of the same words."""
    return covered(text, one) == covered(text, other)


def located(text: str, words: str, near: int) -> list[Span]:
    """Where the words stand, each stretch behind the one before, the first as near to ``near`` as it goes.

    Raises ValueError with the stretch that the text does not have, or not behind the others.
    """
    found: list[Span] = []
    for stretch in stretches(words):
        place = _next(text, stretch, found[-1][1]) if found else _nearest(text, stretch, near)
        if place is None:
            # The ellipsis may be one of the article's own.
            whole = _nearest(text, words, near)
            if whole is not None:
                return [whole]
            raise ValueError(stretch)
        found.append(place)
    return found


def stretches(words: str) -> list[str]:
    """The stretches that somebody typed into one field. Each that is to be located may cost a look at all the text."""
    return [part.strip() for part in words.split("…") if part.strip()]


def _next(text: str, words: str, begin: int) -> Span | None:
    match = _pattern(words).search(text, begin)
    return match.span() if match else None


def _nearest(text: str, words: str, near: int) -> Span | None:
    places = (match.span() for match in _pattern(words).finditer(text))
    return min(places, key=lambda place: abs(place[0] - near), default=None)


def _pattern(words: str) -> re.Pattern[str]:
    """Finds these words; blanks and line ends are all the same."""
    return re.compile(r"\s+".join(re.escape(word) for word in words.split()))


def against(text: str, spans: Sequence[Span], other: Iterable[Span]) -> list[Piece]:
    """The marked words in pieces: which of them the other marking has as well."""
    shared, pieces = covered(text, other), list[Piece]()
    own = covered(text, spans)
    for number, (start, end) in enumerate(sorted(spans)):
        if number:
            pieces.append(Piece(BETWEEN, True))
        begin = start
        for place in range(start, end + 1):
            if place == end or (place > begin and _shared(place, own, shared) != _shared(begin, own, shared)):
                pieces.append(Piece(text[begin:place], _shared(begin, own, shared)))
                begin = place
    return pieces


def _shared(place: int, own: frozenset[int], other: frozenset[int]) -> bool:
    # What stands at the edge and counts for nothing is no difference.
    return place in other or place not in own


def word_differences(own: str, other: str) -> list[Piece]:
    """One's text in pieces: which of its words the other text has at the same place as well."""
    mine, theirs = _WORDS.findall(own), _WORDS.findall(other)
    pieces: list[Piece] = []
    for kind, start, end, _other_start, _other_end in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if start < end:
            pieces.append(Piece("".join(mine[start:end]), kind == "equal"))
    return pieces
