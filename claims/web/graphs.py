"""Graphs in columns, purely: nodes and edges in, places in a drawing out; templates/parts/graph.html draws them.

Boxes of a column stand in rows, so that no words lie on others however many there are; static/claims/js/graph.js zooms.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# Drawn so that a letter has 12 of its 13 units, all of it fits beside the margin of a source's page (655 pixels).
WIDTH, ROW, MARGIN = 700, 58, 10
# Room on the left for what joins two boxes of one column, where something does.
ARCS = 76
# How far apart two edges between the same boxes begin and end, so that each can be seen and pointed at.
APART = 9
BOX_HEIGHT = 42
# Letters that fit into a line of a box, by the number of columns; two lines at most.
LETTERS = {2: 38, 3: 24}
BOX = {2: 270, 3: 180}


@dataclass(frozen=True)
class Node:
    """Something that is linked to: ``key`` is its own among all, ``kind`` how it is drawn."""

    key: str
    name: str
    href: str
    kind: str


@dataclass(frozen=True)
class Edge:
    """From one node to another; ``kind`` says how it is drawn, ``told`` what it stands for, ``href`` where that is."""

    start: str
    end: str
    kind: str
    told: str
    href: str = ""


@dataclass(frozen=True)
class Box:
    """A node in its place; ``lines`` are its words with the height of each."""

    node: Node
    x: float
    y: float
    lines: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Curve:
    """An edge as the path of a curve."""

    edge: Edge
    path: str


@dataclass(frozen=True)
class Graph:
    """Everything to draw."""

    boxes: Sequence[Box]
    curves: Sequence[Curve]
    width: int
    height: int
    box: int
    tall: int = BOX_HEIGHT

    @property
    def middle(self) -> float:
        """Where the words of a box stand, from its left edge."""
        return self.box / 2


def columns(of: Sequence[Sequence[Node]], edges: Sequence[Edge]) -> Graph:
    """Two or three columns from left to right, each spread over the height, in the order given."""
    rows = max((len(column) for column in of), default=0)
    height = rows * ROW + 2 * MARGIN
    box = BOX[len(of)]
    column_of = {node.key: number for number, column in enumerate(of) for node in column}
    left = ARCS if any(column_of[edge.start] == column_of[edge.end] for edge in edges) else MARGIN
    boxes: dict[str, Box] = {}
    for number, column in enumerate(of):
        x = left + (WIDTH - 2 * MARGIN - box) * number / (len(of) - 1)
        step = rows * ROW / max(len(column), 1)
        for row, node in enumerate(column):
            y = MARGIN + (row + 0.5) * step - BOX_HEIGHT / 2
            boxes[node.key] = Box(node, round(x, 1), round(y, 1), _lines(node.name, LETTERS[len(of)], y))
    return Graph(list(boxes.values()), list(_curves(edges, boxes, box)), WIDTH + left - MARGIN, height, box)


def _curves(edges: Sequence[Edge], boxes: Mapping[str, Box], box: int) -> Iterator[Curve]:
    """Each edge; those between the same two boxes beside each other."""
    between = Counter((edge.start, edge.end) for edge in edges)
    drawn: Counter[tuple[str, str]] = Counter()
    for edge in edges:
        ends = edge.start, edge.end
        aside = (drawn[ends] - (between[ends] - 1) / 2) * APART
        drawn[ends] += 1
        one, other = boxes[edge.start], boxes[edge.end]
        draw = _arc if one.x == other.x else _across
        yield Curve(edge, draw(one, other, box, max(-BOX_HEIGHT / 2, min(aside, BOX_HEIGHT / 2))))


def _across(one: Box, other: Box, box: int, aside: float) -> str:
    """From the right side of the one to the left side of the other."""
    x, y = one.x + box, one.y + BOX_HEIGHT / 2 + aside
    to_x, to_y = other.x, other.y + BOX_HEIGHT / 2 + aside
    bend = (to_x - x) / 2
    return f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"


def _arc(one: Box, other: Box, _box: int, aside: float) -> str:
    """Around the left side of a column, the wider the further apart the two are, with the head of an arrow."""
    # Two that answer each other do not lie on each other: whoever is answered is met a little higher.
    y, to_y = one.y + BOX_HEIGHT / 2 + aside + 6, other.y + BOX_HEIGHT / 2 + aside - 6
    bulge = one.x - min(ARCS - MARGIN + 14, 24 + abs(to_y - y) / 5)
    arrow = f"M{one.x - 7:g} {to_y - 5:g}L{one.x:g} {to_y:g}L{one.x - 7:g} {to_y + 5:g}"
    return f"M{one.x:g} {y:g}C{bulge:g} {y:g} {bulge:g} {to_y:g} {one.x:g} {to_y:g}{arrow}"


def _lines(name: str, letters: int, y: float) -> list[tuple[str, float]]:
    """The name in one line or two, cut where it is longer."""
    words, lines = name.split(), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    kept = [line if len(line) <= letters else f"{line[: letters - 1]}…" for line in lines[:2]]
    if len(lines) > 2:
        kept[1] = f"{kept[1][: letters - 1].rstrip('…')}…"
    middle = y + BOX_HEIGHT / 2 + 4.5
    return [(kept[0], middle)] if len(kept) == 1 else [(kept[0], middle - 8), (kept[1], middle + 8)]


def facing(left: Sequence[Node], right: Sequence[Node], edges: Sequence[Edge]) -> Graph:
    """Two columns, each box about as high as what it is joined with on the other side; what is joined most, first.

    So fewer edges cross (the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981).
    """
    joined: dict[str, list[str]] = {node.key: [] for node in (*left, *right)}
    sides = {node.key for node in left}
    for edge in edges:
        if (edge.start in sides) != (edge.end in sides):
            joined[edge.start].append(edge.end)
            joined[edge.end].append(edge.start)
    first = sorted(left, key=lambda node: -len(joined[node.key]))
    second = _beside(right, first, joined)
    first = _beside(first, second, joined)
    return columns([first, _beside(second, first, joined)], edges)


def _beside(column: Sequence[Node], other: Sequence[Node], joined: Mapping[str, Sequence[str]]) -> list[Node]:
    """The column in the order of the mean places of what each is joined with in the other one."""
    place = {node.key: number for number, node in enumerate(other)}

    def height(node: Node) -> float:
        at = [place[key] for key in joined[node.key]]
        return sum(at) / len(at) if at else len(place)

    return sorted(column, key=height)
