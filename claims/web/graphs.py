"""Graphs in columns, purely: nodes and edges in, places in a drawing out; templates/parts/graph.html draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, ROW, MARGIN = 720, 58, 10
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
    """From one node to another; ``kind`` says how it is drawn, ``told`` what it stands for."""

    start: str
    end: str
    kind: str
    told: str


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
    """Two or three columns from left to right, each in the middle of the height, in the order given."""
    rows = max((len(column) for column in of), default=0)
    height = rows * ROW + 2 * MARGIN
    box = BOX[len(of)]
    boxes: dict[str, Box] = {}
    for number, column in enumerate(of):
        x = MARGIN + (WIDTH - 2 * MARGIN - box) * number / (len(of) - 1)
        top = (height - len(column) * ROW) / 2 + (ROW - BOX_HEIGHT) / 2
        for row, node in enumerate(column):
            y = top + row * ROW
            boxes[node.key] = Box(node, round(x, 1), round(y, 1), _lines(node.name, LETTERS[len(of)], y))
    return Graph(list(boxes.values()), [_curve(edge, boxes, box) for edge in edges], WIDTH, height, box)


def _curve(edge: Edge, boxes: Mapping[str, Box], box: int) -> Curve:
    """From the right side of the one to the left side of the other."""
    one, other = boxes[edge.start], boxes[edge.end]
    x, y = one.x + box, one.y + BOX_HEIGHT / 2
    to_x, to_y = other.x, other.y + BOX_HEIGHT / 2
    bend = (to_x - x) / 2
    return Curve(edge, f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}")


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
    """Two columns: on the left those with the most edges first, on the right each as high as what it is joined with.

    So fewer edges cross (the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981).
    """
    joined = {node.key: [edge for edge in edges if node.key in (edge.start, edge.end)] for node in (*left, *right)}
    first = sorted(left, key=lambda node: -len(joined[node.key]))
    place = {node.key: number for number, node in enumerate(first)}

    def height(node: Node) -> float:
        at = [place[edge.start] for edge in joined[node.key]]
        return sum(at) / len(at) if at else len(place)

    return columns([first, sorted(right, key=height)], edges)
