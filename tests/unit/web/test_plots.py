"""Where things lie in a plot of counts."""

from itertools import pairwise

import pytest

from claims.web import plots
from claims.web.plots import APART, BOTTOM, LEFT, LETTERS, LONGEST, RIGHT, ROW, ROWS, TOP

DAYS = [f"2026-11-{day:02}" for day in range(1, 29)]


def test_a_line_runs_from_edge_to_edge_and_zero_lies_at_the_bottom() -> None:
    plot = plots.lines(DAYS, [("open", range(28)), ("queued", [0] * 28)])
    assert plot is not None
    first, second = ([tuple(map(float, point.split(","))) for point in one.points.split()] for one in plot.series)
    assert (first[0], first[-1][0]) == ((LEFT, BOTTOM), RIGHT)
    assert all(TOP <= y <= BOTTOM for _, y in first)
    assert {y for _, y in second} == {BOTTOM}
    assert [one.number for one in plot.series] == [1, 2]


def test_bars_beside_each_other_do_not_touch_and_stacked_ones_stand_on_each_other() -> None:
    series = [("decided", [3, 0, 5]), ("published", [2, 4, 0])]
    beside, stacked = (plots.bars(["a", "b", "c"], series, stacked=each) for each in (False, True))
    assert beside is not None
    assert stacked is not None
    placed = sorted((bar.x, bar.x + bar.width) for one in beside.series for bar in one.bars)
    assert len(placed) == 4, "nothing is drawn for 0"
    assert all(end <= start + 0.2 for (_, end), (start, _) in pairwise(placed))
    lower, upper = stacked.series[0].bars[0], stacked.series[1].bars[0]
    assert (lower.x, lower.y) == (upper.x, upper.y + upper.height)
    assert lower.y + lower.height == BOTTOM
    assert (lower.label, lower.told) == ("a", "decided 3")


def test_words_below_have_room_and_the_newest_is_named() -> None:
    for count in (2, 5, 28):
        plot = plots.bars(DAYS[:count], [("n", [1] * count)])
        assert plot is not None
        assert plot.labels[-1][1] == DAYS[count - 1]
        assert all(later - earlier >= APART for (earlier, _), (later, _) in pairwise(plot.labels))
        assert all(LEFT - 4 <= x <= RIGHT - 26 for x, _ in plot.labels)


def test_bars_that_lie_follow_each_other_and_their_words_lie_apart() -> None:
    names = ["Ministry of Infrastructure and Regional Development of the Northern Provinces", "Bell", "Nobody"]
    plot = plots.lying(names, [("open", [6, 1, 0]), ("decided", [2, 1, 0])], ["6 + 2", "1 + 1", "0 + 0"])
    assert plot is not None
    first, second = (one.bars for one in plot.series)
    assert [len(first), len(second)] == [2, 2], "nothing is drawn for 0"
    assert all(bar.x + bar.width == pytest.approx(after.x) for bar, after in zip(first, second, strict=True))
    assert second[0].x + second[0].width == pytest.approx(LONGEST)
    assert plot.height == 3 * ROW
    assert all(len(f"{label}: {told}") <= LETTERS for _y, label, told in plot.rows)
    assert plot.rows[0][1].endswith("…")
    assert plot.rows[1] == (ROW + 13, "Bell", "1 + 1")
    assert all(y < bar.y for (y, _label, _told), bar in zip(plot.rows, first, strict=False)), "above its bar"


def test_of_many_bars_that_lie_the_first_are_drawn() -> None:
    plot = plots.lying([f"n{n}" for n in range(30)], [("n", [1.5] * 30)], ["1.5"] * 30)
    assert plot is not None
    assert len(plot.series[0].bars) == ROWS


def test_no_plot_where_there_is_nothing_to_see() -> None:
    assert plots.lines(DAYS, [("open", [0] * 28)]) is None
    assert plots.lines(DAYS[:1], [("open", [3])]) is None
    assert plots.bars(["a"], [("n", [0])]) is None
    assert plots.bars([], [("n", [])]) is None
    assert plots.lying(["a"], [("n", [0])], ["0"]) is None
    assert plots.lying([], [("n", [])], []) is None
