"""Where the boxes and curves of a graph lie."""

import re
from itertools import pairwise

import pytest

from claims.web import graphs
from claims.web.graphs import APART, ARCS, BOX_HEIGHT, LETTERS, MARGIN, Edge, Node


def node(key: str, name: str = "Anna Bell") -> Node:
    return Node(key, name, f"/sources/{key}/", "source")


def numbers(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?[0-9.]+", path)]


def test_columns_from_left_to_right_and_no_box_on_another() -> None:
    graph = graphs.columns([[node("a"), node("b"), node("c")], [node("d")]], [Edge("a", "d", "denies", "Bell denies")])
    places = {box.node.key: (box.x, box.y) for box in graph.boxes}
    assert places["a"][0] == places["b"][0] == places["c"][0]
    assert places["a"][0] + graph.box < places["d"][0]
    assert places["a"][1] + BOX_HEIGHT < places["b"][1]
    assert places["d"][1] == places["b"][1], "in the middle"
    assert all(0 <= x <= graph.width - graph.box and 0 <= y <= graph.height - BOX_HEIGHT for x, y in places.values())
    (curve,) = graph.curves
    assert curve.path.startswith(f"M{places['a'][0] + graph.box:g} {places['a'][1] + BOX_HEIGHT / 2:g}C")
    assert curve.path.endswith(f" {places['d'][0]:g} {places['d'][1] + BOX_HEIGHT / 2:g}")


def test_the_neighbours_of_a_source_fit_into_its_page_at_a_size_that_can_be_read() -> None:
    for columns in ([[node("a")], [node("b")]], [[node("a")], [node("b")], [node("c")]]):
        assert graphs.columns(columns, []).width * 12 / 13 <= 655


def test_a_long_name_is_two_lines_and_cut_visibly() -> None:
    for name in ("The government of the city of Riverton and its harbours on both sides of the river", "x" * 90):
        (box, _other) = graphs.columns([[node("a", name)], [node("b")]], []).boxes
        assert 1 <= len(box.lines) <= 2
        assert all(len(line) <= LETTERS[2] for line, _ in box.lines)
        assert box.lines[-1][0].endswith("…")


def test_two_that_answer_each_other_are_joined_by_arcs_with_an_arrow_on_the_left() -> None:
    edges = [Edge("a", "b", "denies", ""), Edge("b", "a", "answers", ""), Edge("a", "x", "plain", "")]
    graph = graphs.columns([[node("a"), node("b")], [node("x")]], edges)
    plain = graphs.columns([[node("a"), node("b")], [node("x")]], edges[2:])
    assert graph.width == plain.width + ARCS - MARGIN, "room on the left only where there is something to draw"
    places = {box.node.key: box for box in graph.boxes}
    forth, back, across = (curve.path for curve in graph.curves)
    assert len({forth, back, across}) == 3
    left = places["a"].x
    for path in (forth, back):
        assert all(0 <= x <= left for x in numbers(path)[::2])
        assert path.count("M") == 2, "the curve, and the head of its arrow"
    assert numbers(forth)[-5] == pytest.approx(places["b"].y + BOX_HEIGHT / 2 - 6 - 5), "the arrow is where it ends"
    assert numbers(across)[0] == left + graph.box


def test_edges_between_the_same_boxes_lie_beside_each_other() -> None:
    edges = [Edge("a", "x", kind, "") for kind in ("plain", "denies", "dotted")]
    graph = graphs.columns([[node("a")], [node("x")]], edges)
    begins = [numbers(curve.path)[1] for curve in graph.curves]
    assert begins == [begins[1] - APART, begins[1], begins[1] + APART]
    assert begins[1] == graph.boxes[0].y + BOX_HEIGHT / 2


def test_a_hundred_boxes_lie_apart() -> None:
    left, right = [node(f"s{n}", f"Speaker {n}") for n in range(15)], [node(f"c{n}", "Word " * 30) for n in range(100)]
    graph = graphs.facing(left, right, [Edge(f"s{n % 15}", f"c{n}", "plain", "") for n in range(100)])
    by_column: dict[float, list[float]] = {}
    for box in graph.boxes:
        by_column.setdefault(box.x, []).append(box.y)
    assert [len(ys) for ys in by_column.values()] == [15, 100]
    for ys in by_column.values():
        assert all(lower - upper >= BOX_HEIGHT for upper, lower in pairwise(sorted(ys)))


def test_nothing_is_a_graph_of_nothing() -> None:
    graph = graphs.columns([[], [], []], [])
    assert (graph.boxes, graph.curves) == ([], [])


def test_what_faces_each_other_crosses_little() -> None:
    left, right = [node("a"), node("b")], [node("x"), node("y"), node("z")]
    edges = [Edge("b", "x", "plain", ""), Edge("b", "z", "plain", ""), Edge("a", "y", "plain", "")]
    graph = graphs.facing(left, right, edges)
    order = [box.node.key for box in sorted(graph.boxes, key=lambda box: (box.x, box.y))]
    assert order == ["b", "a", "x", "z", "y"]
