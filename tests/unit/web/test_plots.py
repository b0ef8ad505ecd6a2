"""Where things lie in a plot of counts."""

from itertools import pairwise

from claims.web import plots
from claims.web.plots import APART, BOTTOM, LEFT, RIGHT, TOP

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
    assert lower.told == "a: decided 3"


def test_words_below_have_room_and_the_newest_is_named() -> None:
    for count in (2, 5, 28):
        plot = plots.bars(DAYS[:count], [("n", [1] * count)])
        assert plot is not None
        assert plot.labels[-1][1] == DAYS[count - 1]
        assert all(later - earlier >= APART for (earlier, _), (later, _) in pairwise(plot.labels))
        assert all(LEFT - 4 <= x <= RIGHT - 26 for x, _ in plot.labels)


def test_no_plot_where_there_is_nothing_to_see() -> None:
    assert plots.lines(DAYS, [("open", [0] * 28)]) is None
    assert plots.lines(DAYS[:1], [("open", [3])]) is None
    assert plots.bars(["a"], [("n", [0])]) is None
    assert plots.bars([], [("n", [])]) is None
