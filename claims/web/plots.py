"""Plots of counts, purely: numbers in, places in a drawing out; templates/parts/plot.html draws them.

The drawing is 360 units wide and grows with its place; so narrow that its words can be read on a telephone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claims.rules.numbers import scale

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 38, 352, 10, 172
# Closer than this, the words below two places would touch.
APART = 68
BETWEEN = 0.25  # of a place stays empty between bars


@dataclass(frozen=True)
class Bar:
    """One bar; ``told`` is what it stands for, for who points at it."""

    x: float
    y: float
    width: float
    height: float
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
    """Everything to draw: the series, the lines to read them by as (value, y), and the words below as (x, words)."""

    series: Sequence[Series]
    lines: Sequence[tuple[int, float]]
    labels: Sequence[tuple[float, str]]


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
    room = place * (1 - BETWEEN)
    width = room if stacked else room / len(series)
    drawn = []
    for number, (name, values) in enumerate(series, start=1):
        made = []
        for n, value in enumerate(values):
            below = sum(columns[n][: number - 1]) if stacked else 0
            x = LEFT + place * n + place * BETWEEN / 2 + (0 if stacked else width * (number - 1))
            top = height(below + value)
            tall = height(below) - top
            if value:
                made.append(Bar(round(x, 1), top, round(width, 1), round(tall, 1), f"{labels[n]}: {name} {value}"))
        drawn.append(Series(name, number, bars=made))
    return Plot(drawn, marks, _labelled(_places(len(labels), lambda n: LEFT + place * (n + 0.5)), labels))


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
