"""Plots of counts, purely: numbers in, places in a drawing out; templates/parts/plot.html draws them.

The drawing is 360 units wide and grows with its place; so narrow that its words can be read on a telephone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claims.rules.numbers import scale

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 38, 352, 10, 172
# Bars that lie: how much each row takes, how many are drawn, and where the longest ends.
ROW, ROWS, LONGEST = 36, 12, 358
# Closer than this, the words below two places would touch.
APART = 68
LETTERS = 52  # that fit into a row
WIDEST = 90  # so wide are the bars of one place at most: one alone is no wall
BETWEEN = 0.25  # of a place stays empty between bars


@dataclass(frozen=True)
class Bar:
    """One bar; ``label`` and ``told`` say what it stands for, for who points at it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    told: str


@dataclass(frozen=True)
class Series:
    """A line as the points of a polyline, or bars. ``number`` (1, 2, 3) says by what it is told from the others."""

    name: str
    number: int
    points: str = ""
    bars: Sequence[Bar] = ()


@dataclass(frozen=True)
class Plot:
    """Everything to draw: the series, the lines to read them by as (value, y), and the words below as (x, words).

    ``rows`` are the words above bars that lie, as (y, label, what is told of it): a name from right to left would turn
    the numbers around that stand in one sentence with it.
    """

    series: Sequence[Series]
    lines: Sequence[tuple[int, float]]
    labels: Sequence[tuple[float, str]]
    rows: Sequence[tuple[float, str, str]] = ()
    height: int = HEIGHT


def lines(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Plot | None:
    """A line for each series, with a value at each label; None where there is nothing to see."""
    height, marks = _heights([value for _, values in series for value in values])
    if len(labels) < 2 or not any(value for _, values in series for value in values):
        return None
    at = _places(len(labels), lambda n: LEFT + (RIGHT - LEFT) * n / (len(labels) - 1))
    drawn = [
        Series(name, number, " ".join(f"{x:g},{height(value):g}" for x, value in zip(at, values, strict=True)))
        for number, (name, values) in enumerate(series, start=1)
    ]
    return Plot(drawn, marks, _labelled(at, labels))


def bars(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], *, stacked: bool = False) -> Plot | None:
    """For each label a bar of each series, beside each other or stacked; None where there is nothing to see."""
    columns = list(zip(*(values for _, values in series), strict=True))
    height, marks = _heights([sum(column) if stacked else max(column) for column in columns])
    if not any(map(any, columns)):
        return None
    place = (RIGHT - LEFT) / len(labels)
    room = min(place * (1 - BETWEEN), WIDEST)
    width = room if stacked else room / len(series)
    drawn = []
    for number, (name, values) in enumerate(series, start=1):
        made = []
        for n, value in enumerate(values):
            below = sum(columns[n][: number - 1]) if stacked else 0
            x = LEFT + place * (n + 0.5) - room / 2 + (0 if stacked else width * (number - 1))
            top = height(below + value)
            tall = height(below) - top
            if value:
                made.append(Bar(round(x, 1), top, round(width, 1), round(tall, 1), labels[n], f"{name} {value}"))
        drawn.append(Series(name, number, bars=made))
    return Plot(drawn, marks, _labelled(_places(len(labels), lambda n: LEFT + place * (n + 0.5)), labels))


def lying(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], told: Sequence[str]) -> Plot | None:
    """For each label a bar with the series one behind the other; above it the label and what is ``told`` of it.

    For things with long names. Those after the first twelve are left out; None where there is nothing to see.
    """
    columns = list(zip(*(values for _, values in series), strict=True))[:ROWS]
    longest = max((sum(column) for column in columns), default=0)
    if not longest:
        return None
    drawn: list[Series] = []
    ends = [0.0] * len(columns)
    for number, (name, values) in enumerate(series, start=1):
        made = []
        for row, value in enumerate(values[:ROWS]):
            width = round(LONGEST * value / longest, 1)
            if value:
                made.append(Bar(round(ends[row], 1), row * ROW + 18, width, 11, labels[row], f"{name} {told[row]}"))
            ends[row] += width
        drawn.append(Series(name, number, bars=made))
    words = [
        (row * ROW + 13, _cut(labels[row], LETTERS - len(told[row]) - 2), told[row]) for row in range(len(columns))
    ]
    return Plot(drawn, [], [], words, len(columns) * ROW)


def _cut(words: str, letters: int) -> str:
    return words if len(words) <= letters else f"{words[: letters - 1]}…"


def _heights(values: Sequence[int]) -> tuple[Callable[[int], float], list[tuple[int, float]]]:
    """Where a value lies, and the lines to read it by."""
    marks = scale(max(values, default=0))

    def height(value: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / marks[-1], 1)

    return height, [(value, height(value)) for value in marks]


def _places(count: int, place: Callable[[int], float]) -> list[float]:
    return [round(place(n), 1) for n in range(count)]


def _labelled(at: Sequence[float], labels: Sequence[str]) -> list[tuple[float, str]]:
    """The words below that have room beside each other, from the last one on: the newest is always named."""
    found: list[tuple[float, str]] = []
    for x, label in zip(reversed(at), reversed(labels), strict=True):
        # The outermost words stay within the drawing.
        inside = min(max(x, LEFT - 4), RIGHT - 26)
        if not found or found[-1][0] - inside >= APART:
            found.append((inside, label))
    return found[::-1]
