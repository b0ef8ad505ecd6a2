"""The page on agreement: for editors of the desk, with the reason when there is nothing, and never a number alone."""

import csv
import io
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.desks import Membership
from claims.rules.agreement import measured
from claims.services import desks, review
from claims.services.agreement import FEW
from claims.web.agreement import BOTTOM, TOP, Dated, plotted
from tests import factories
from tests.factories import World, reviewed_twice
from tests.web.conftest import SignedIn, bare

PAIRS = [("true", "true"), ("false", "false"), ("true", "false"), ("mixture", "mixture"), ("unproven", "unproven")]


@pytest.fixture
def reviewed(world: World) -> World:
    """Ten claims reviewed twice, in March and in April."""
    for month in (3, 4):
        for claim, (one, other) in zip(factories.queued_claims(world, 5), PAIRS, strict=True):
            at = datetime(2026, month, 5, tzinfo=UTC)
            reviewed_twice(claim, (world.alice, one), (world.bob, other), at=at)
    return world


def page(client: Client, query: str = "", status: int = 200) -> str:
    answer = client.get(f"/agreement/{query}")
    assert answer.status_code == status
    return answer.content.decode()


def test_each_number_has_its_claims_and_its_interval(reviewed: World, as_: SignedIn) -> None:
    text = page(as_(reviewed.carol))
    assert "10 claims reviewed twice" in text
    assert "80 %" in text
    assert "agreement-bounds" in text
    assert "Alice" in text
    assert "Mar 2026" in text
    assert text.count("agreement-plot") == 1, "one plot: nobody differed on whether it was said"
    assert "not defined" in text
    assert text.count("Alpha, ordinal") == 1, "whether it was said has no numbers"


def test_nothing_yet_says_why(world: World, as_: SignedIn) -> None:
    client = as_(world.carol)
    assert "neither by priority nor at random" in page(client)
    assert "Choose other dates" in page(client, "?since=2026-01-01")
    desks.change(world.desk, actor=world.dora, second_review_share=0.5)
    assert "as soon as a second review is in" in page(client)
    assert "Download" not in page(client)


def test_the_link_shows_the_same_again(reviewed: World, as_: SignedIn) -> None:
    client = as_(reviewed.carol)
    text = page(client, "?since=2026-04-01&desk=")
    assert "5 claims reviewed twice" in text
    assert 'href="/agreement/?desk=harbour&amp;since=2026-04-01"' in text
    assert "5 claims reviewed twice" in page(as_(reviewed.dora), "?desk=harbour&since=2026-04-01")


def test_days_that_are_none_stand_beside_their_field(reviewed: World, as_: SignedIn) -> None:
    client = as_(reviewed.carol)
    for query in ("?since=yesterday", "?since=2026-04-02&until=2026-04-01", "?until=2026-02-30"):
        assert 'aria-invalid="true"' in page(client, query, 422)
        assert client.get(f"/agreement/csv/{query}").status_code == 422
    assert page(client, "?since=0001-01-01&until=9999-12-31")


def test_another_desk_is_absent_and_a_desk_where_one_only_reviews_is_forbidden(reviewed: World, as_: SignedIn) -> None:
    carol = as_(reviewed.carol)
    for path in ("/agreement/", "/agreement/csv/"):
        for desk in ("valley", "nowhere", "%00", "9" * 30):
            assert carol.get(f"{path}?desk={desk}").status_code in (404, 422)
        assert bare(carol.get(f"{path}?desk=valley")) == bare(carol.get(f"{path}?desk=nowhere"))
        Membership.objects.update_or_create(
            desk=reviewed.elsewhere, user=reviewed.carol, defaults={"role": "reviewer", "active": True}
        )
        assert carol.get(f"{path}?desk=valley").status_code == 403
        Membership.objects.filter(desk=reviewed.elsewhere, user=reviewed.carol).update(active=False)
    assert "10 claims" not in page(as_(reviewed.mallory))


def test_it_is_in_the_menu_of_editors_alone(world: World, as_: SignedIn) -> None:
    link = 'href="/agreement/"'
    assert link in as_(world.carol).get("/desk/").content.decode()
    assert link not in as_(world.alice).get("/desk/").content.decode()


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/agreement/csv/{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="agreement-harbour.csv"'
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_the_csv_has_the_same_rows(reviewed: World, as_: SignedIn) -> None:
    rows = rows_of(as_(reviewed.carol))
    assert [(row["axis"], row["by"], row["month"], row["n"]) for row in rows] == [
        (axis, by, month, n)
        for axis in ("attribution", "veracity")
        for by, month, n in (
            ("whole", "", "10"),
            ("pair", "", "10"),
            ("month", "2026-03", "5"),
            ("month", "2026-04", "5"),
        )
    ]
    assert rows[4]["percent"] == "0.8000"
    assert rows[4]["n_ordinal"] == "8"
    assert rows[4]["alpha_low"] < rows[4]["alpha"] < rows[4]["alpha_high"]
    assert rows[0]["alpha"] == "", "not defined"
    assert (rows[5]["reviewer_1"], rows[5]["reviewer_2"]) == ("Alice", "Bob")


def test_what_both_marked_stands_on_the_page_and_in_the_csv(world: World, as_: SignedIn) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    old, new = factories.queued_claims(world, 2)
    reviewed_twice(old, (world.alice, "true"), (world.bob, "true"))
    assert "No claim has two reviews that both mark" in page(as_(world.carol))
    content = next(each for each in review.markings_of(new) if each.role == "content")
    for person, words in ((world.alice, content.words), (world.bob, " ".join(content.words.split()[1:]))):
        review.submit(review.take(person, new.pk).pk, person, factories.answers(spans={content.place: words}))
    text = page(as_(world.carol))
    assert "Content, alpha" in text
    assert "1 claim is left out" in text
    rows = [row for row in rows_of(as_(world.carol)) if row["axis"] in ("source", "cue", "content")]
    assert [(row["axis"], row["by"]) for row in rows] == [
        (role, by) for role in ("source", "cue", "content") for by in ("whole", "pair", "month")
    ]
    assert {(row["n"], row["percent"], row["ordinal"]) for row in rows} == {("1", "", "")}
    assert {row["alpha"] for row in rows[:6]} == {"1.0000"}
    assert 0 < float(rows[6]["alpha"]) < 1
    # One plot for each role, of the same numbers as the table below.
    assert [f'id="plot-{role}"' in text for role in ("source", "cue", "content")] == [True] * 3
    drawn = [about for tag, about in Shapes(text).found if tag == "circle" and about["class"] == "point few"]
    tops = [about["cy"] for about in drawn[-3:]]
    assert tops[0] == tops[1] == str(TOP)
    assert TOP < int(tops[2] or 0) <= BOTTOM
    assert (rows[7]["reviewer_1"], rows[7]["reviewer_2"]) == ("Alice", "Bob")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_name_is_no_formula(reviewed: World, as_: SignedIn, name: str) -> None:
    reviewed.alice.display_name = name
    reviewed.alice.save()
    assert rows_of(as_(reviewed.carol))[5]["reviewer_1"] == f"'{name}"


def test_a_name_is_no_markup(reviewed: World, as_: SignedIn) -> None:
    reviewed.alice.display_name = "<script>\u202e"
    reviewed.alice.save()
    text = page(as_(reviewed.carol))
    assert "<script>\u202e" not in text
    assert "&lt;script&gt;" in text
    assert "RLO" in text


def test_the_same_questions_however_many_reviews(world: World, as_: SignedIn) -> None:
    client, counts = as_(world.carol), []
    for size in (1, 15):
        for claim in factories.queued_claims(world, size):
            reviewed_twice(claim, (world.alice, "true"), (world.bob, "false"))
        page(client)
        with CaptureQueriesContext(connection) as queries:
            page(client)
        counts.append(len(queries))
    assert counts[0] == counts[1]


class Shapes(HTMLParser):
    """What a page draws, by class."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_plot_is_drawn_without_inline_style(reviewed: World, as_: SignedIn) -> None:
    shapes = Shapes(page(as_(reviewed.carol))).found
    points = [about for tag, about in shapes if tag == "circle"]
    assert len(points) == 2
    assert all(about["class"] == "point few" for about in points)
    assert not [about for _, about in shapes if "style" in about]


def month(year: int, number: int, pairs: list[tuple[str, str]]) -> Dated:
    found = measured(pairs)
    return Dated(date(year, number, 1), found.n, found.n < FEW, found.alpha)


def test_the_plot_keeps_the_room_of_months_without_reviews() -> None:
    good = [*PAIRS, *PAIRS]
    plot = plotted([month(2025, 11, good), month(2025, 12, good), month(2026, 3, good)])
    assert plot is not None
    first, second, third = (point.x for point in plot.points)
    assert (third - second) == pytest.approx(3 * (second - first), abs=2)
    assert all(TOP <= point.y <= BOTTOM for point in plot.points)
    assert [value for value, _ in plot.lines] == [1.0, 0.8, 0.667, 0.0]


def test_the_plot_goes_below_zero_where_the_numbers_do() -> None:
    plot = plotted([month(2026, 1, [("true", "false"), ("false", "true")] * 5)])
    assert plot is not None
    (point,) = plot.points
    zero = dict(plot.lines)[0.0]
    assert zero < point.y <= BOTTOM
    assert plot.lines[-1] == (-1.0, BOTTOM)


def test_no_plot_without_a_defined_number() -> None:
    assert plotted([month(2026, 1, [("true", "true")])]) is None
    assert plotted([]) is None


def test_words_below_the_months_do_not_touch() -> None:
    rows = [month(2024 + n // 12, n % 12 + 1, PAIRS) for n in range(24)]
    plot = plotted(rows)
    assert plot is not None
    at = [point.x for point in plot.points if point.labelled]
    assert len(at) >= 8
    assert all(later - earlier >= 64 for earlier, later in pairwise(at))
