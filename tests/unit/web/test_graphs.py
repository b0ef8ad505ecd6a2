"""Where the boxes and curves of a graph lie."""

from claims.web import graphs
from claims.web.graphs import BOX_HEIGHT, LETTERS, Edge, Node


def node(key: str, name: str = "Anna Bell") -> Node:
    return Node(key, name, f"/sources/{key}/", "source")


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


def test_a_long_name_is_two_lines_and_cut_visibly() -> None:
    for name in ("The government of the city of Riverton and its harbours on both sides of the river", "x" * 90):
        (box, _other) = graphs.columns([[node("a", name)], [node("b")]], []).boxes
        assert 1 <= len(box.lines) <= 2
        assert all(len(line) <= LETTERS[2] for line, _ in box.lines)
        assert box.lines[-1][0].endswith("…")


def test_nothing_is_a_graph_of_nothing() -> None:
    graph = graphs.columns([[], [], []], [])
    assert (graph.boxes, graph.curves) == ([], [])


def test_what_faces_each_other_crosses_little() -> None:
    left, right = [node("a"), node("b")], [node("x"), node("y"), node("z")]
    edges = [Edge("b", "x", "plain", ""), Edge("b", "z", "plain", ""), Edge("a", "y", "plain", "")]
    graph = graphs.facing(left, right, edges)
    order = [box.node.key for box in sorted(graph.boxes, key=lambda box: (box.x, box.y))]
    assert order == ["b", "a", "x", "z", "y"]
