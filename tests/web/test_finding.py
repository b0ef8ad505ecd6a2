"""The list of a desk's claims and its board, as everybody at the desk sees them."""

from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.review import Assignment, QueueEntry
from claims.rules.workflow import ClaimState
from claims.services import evidence, notes, review
from claims.web import finding
from tests import factories
from tests.blind import half_reviewed
from tests.factories import World
from tests.web.conftest import SignedIn
from workbench.accounts.models import User

PAGE, NOW = "/desk/claims/", "/desk/claims/now/"


def listed(client: Client, query: str = "", where: str = PAGE) -> list[int]:
    """The ids of the claims on the page, in its order."""
    answer: Any = client.get(f"{where}?{query}")
    assert answer.status_code == 200
    if "lanes" in answer.context:
        return [row.claim.pk for column in columns_of(answer) for row in column.rows]
    return [row.claim.pk for row in answer.context["rows"]]


def columns_of(answer: Any) -> list[finding.Column]:
    return [column for lane in answer.context["lanes"] for column in lane.columns]


def text_of(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_everybody_at_the_desk_reads_the_list_and_editors_tick(world: World, as_: SignedIn) -> None:
    (claim,) = factories.queued_claims(world, 1)
    for person in (world.ruth, world.alice, world.carol):
        for view in ("", "view=board"):
            page = text_of(as_(person).get(f"{PAGE}?{view}"))
            assert claim.text in page
            assert ('type="checkbox"\n           name="claim"' in page) == (person == world.carol)
    assert claim.text not in text_of(as_(world.mallory).get(PAGE))
    assert ">Claims</a>" in text_of(as_(world.ruth).get("/articles/"))


def test_in_whose_hands_a_claim_is_told_to_them_and_to_editors(world: World, as_: SignedIn) -> None:
    (claim,) = factories.queued_claims(world, 1)
    review.take(world.alice, claim.pk)
    told = {person: text_of(as_(person).get(PAGE)) for person in (world.alice, world.bob, world.ruth, world.carol)}
    assert "in your hands" in told[world.alice]
    assert "in <bdi>Alice</bdi>'s hands" in told[world.carol]
    assert "Alice" not in told[world.bob]
    assert "Alice" not in told[world.ruth]
    assert listed(as_(world.carol), "reviewer=alice") == listed(as_(world.alice), "reviewer=me") == [claim.pk]
    for person in (world.bob, world.ruth):
        assert as_(person).get(f"{PAGE}?reviewer=alice").status_code == 422


def test_the_filters_and_orders_of_the_page(world: World, as_: SignedIn) -> None:
    one, two = factories.queued_claims(world, 1)[0], factories.queued_claims(world, 1)[0]
    Article.objects.filter(pk=one.article_id).update(outlet="Le Port", outlet_folded="le port", topics=["harbours"])
    Claim.objects.filter(pk=one.pk).update(priority=80)
    QueueEntry.objects.filter(claim=one).update(due_at=Now())
    ruth = as_(world.ruth)
    for query in ("outlet=le+port", "topic=Harbours", "due=overdue", f"q={one.article.title.replace(' ', '+')}"):
        assert listed(ruth, query) == [one.pk], query
    assert listed(ruth, "language=en") == listed(ruth) == [two.pk, one.pk]
    assert listed(ruth, "sort=priority") == [one.pk, two.pk]
    review.set_priority(two.pk, 10, actor=world.carol, reason="Old.")
    assert listed(ruth, "sort=changed") == [two.pk, one.pk]
    assert listed(ruth, "sort=newest&state=queued") == [two.pk, one.pk]
    assert 'class="finding-further" open>' in text_of(ruth.get(f"{PAGE}?topic=harbours"))
    assert 'class="finding-further" >' in text_of(ruth.get(PAGE))


def test_an_empty_list_says_why_and_what_to_do(world: World, as_: SignedIn) -> None:
    for view in ("view=list", "view=board"):
        page = text_of(as_(world.ruth).get(f"{PAGE}?{view}"))
        assert ("No claim here yet." in page) == (view == "view=list")
    assert "No claim of this desk matches." in text_of(as_(world.ruth).get(f"{PAGE}?q=nowhere"))


@pytest.mark.parametrize("sort", ["newest", "priority", "changed"])
def test_pages_go_on_by_key_in_each_order(world: World, as_: SignedIn, sort: str) -> None:
    ids = [claim.pk for claim in factories.queued_claims(world, 60)]
    ruth = as_(world.ruth)
    answer: Any = ruth.get(f"{PAGE}?sort={sort}")
    rest = listed(ruth, f"sort={sort}&before={answer.context['page'].next}")
    assert len(rest) == 10
    assert sorted(listed(ruth, f"sort={sort}") + rest) == ids
    for cursor in ("x", "1-2-3", "-1", "9" * 30, f"{10**18}-1" if sort == "changed" else "1-"):
        for where in (PAGE, NOW):
            assert ruth.get(where, {"sort": sort, "before": cursor}).status_code == 400, (where, cursor)


# --- The board --------------------------------------------------------------------------------------------------------


def test_the_board_has_a_column_for_each_state_the_most_important_first(world: World, as_: SignedIn) -> None:
    claims = factories.queued_claims(world, 4)
    for priority, claim in zip((10, 50, 30, 40), claims, strict=True):
        Claim.objects.filter(pk=claim.pk).update(priority=priority)
    review.take(world.alice, claims[3].pk)
    answer: Any = as_(world.ruth).get(f"{PAGE}?view=board")
    columns = {column.state: [row.claim.pk for row in column.rows] for column in columns_of(answer)}
    assert columns["queued"] == [claims[n].pk for n in (1, 2, 0)]
    assert columns["assigned"] == [claims[3].pk]
    assert [state for state, rows in columns.items() if rows] == ["queued", "assigned"]
    assert listed(as_(world.ruth), "view=board&state=assigned") == [claims[3].pk]


def test_every_state_at_work_is_in_one_of_four_lanes(world: World, as_: SignedIn) -> None:
    factories.queued_claims(world, 1)
    page: Any = as_(world.ruth).get(f"{PAGE}?view=board")
    lanes = page.context["lanes"]
    assert [str(lane.name) for lane in lanes] == ["Waiting", "At work", "Handed in, to be decided", "Done"]
    states = [column.state for column in columns_of(page)]
    # What was not taken up, is not triaged yet, or was taken back or put away, is found by the list.
    left_out = {"extracted", "dismissed", "reopened", "retracted", "archived"}
    assert sorted(states) == sorted({str(state) for state in ClaimState} - left_out)
    for state, lane in {"on_hold": "At work", "dismissed": "Put aside"}.items():
        one: Any = as_(world.ruth).get(f"{PAGE}?view=board&state={state}")
        assert [(each.name, len(each.columns)) for each in one.context["lanes"]] == [(lane, 1)]


def test_on_a_narrow_screen_one_column_is_chosen_and_filters_are_folded(world: World, as_: SignedIn) -> None:
    factories.queued_claims(world, 2)
    ruth = as_(world.ruth)
    page = " ".join(text_of(ruth.get(f"{PAGE}?view=board")).split())
    choice = page.partition("data-board-choice")[2].partition("</select>")[0]
    assert '<option value="queued">In the queue (2)</option>' in choice
    assert choice.count("<option") == page.count("data-column=")
    assert '<details class="finding-folded" >' in page
    # What is asked for is in sight.
    assert '<details class="finding-folded" open>' in " ".join(text_of(ruth.get(f"{PAGE}?due=day")).split())


def test_a_column_goes_on_by_key(world: World, as_: SignedIn) -> None:
    ids = [claim.pk for claim in factories.queued_claims(world, 50)]
    ruth = as_(world.ruth)
    answer: Any = ruth.get(f"{PAGE}?view=board")
    (queued,) = (column for column in columns_of(answer) if column.state == "queued")
    seen, following = [row.claim.pk for row in queued.rows], queued.next
    assert queued.count == "20+"
    while following:
        assert f"before={following}" in text_of(answer)
        answer = ruth.get(NOW, {"view": "board", "state": "queued", "before": following})
        seen += [row.claim.pk for row in answer.context["column"].rows]
        following = answer.context["column"].next
    assert sorted(seen) == ids
    assert len(seen) == 50
    for wrong in ({"before": "1-1"}, {"state": "lost"}, {"state": "queued", "before": "x"}):
        assert ruth.get(NOW, {"view": "board"} | wrong).status_code == 400


# --- As it is now -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["list", "board"])
def test_nothing_is_sent_while_nothing_is_different(world: World, as_: SignedIn, view: str) -> None:
    claim, other = factories.queued_claims(world, 2)
    ruth = as_(world.ruth)
    first = ruth.get(f"{NOW}?view={view}")
    known = {"If-None-Match": first.headers["ETag"]}
    assert ruth.get(f"{NOW}?view={view}", headers=known).status_code == 304
    review.take(world.alice, claim.pk)
    second = ruth.get(f"{NOW}?view={view}", headers=known)
    assert second.status_code == 200
    versions = [page.split(f'id="claim-{claim.pk}"')[1].split('"')[1] for page in map(text_of, (first, second))]
    assert versions[0] != versions[1], "the row says that it is another one"
    same = [page.split(f'id="claim-{other.pk}"')[1].split('"')[1] for page in map(text_of, (first, second))]
    assert same[0] == same[1]
    assert ruth.get(f"{NOW}?view={view}&state=lost").status_code == 400


def test_as_many_rows_are_kept_up_to_date_as_the_page_has(
    world: World, as_: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = factories.queued_claims(world, 60)
    ruth = as_(world.ruth)
    assert len(listed(ruth, "shown=55", NOW)) == 55
    assert len(listed(ruth, "shown=1", NOW)) == 50
    assert len(listed(ruth, "view=board&shown-queued=45&shown-assigned=3", NOW)) == 45
    assert ruth.get(NOW, {"shown": "x"}).status_code == 400
    # All columns together have as many more as one list; the first ones of each are always there.
    monkeypatch.setattr(finding, "LIVE", 50)
    assert len(listed(ruth, "view=board&shown-queued=50", NOW)) == 50
    with factories.triggers_off():
        Claim.objects.filter(pk__in=[claim.pk for claim in claims[:45]]).update(state="triaged")
    assert len(listed(ruth, "view=board&shown-triaged=50", NOW)) == 15 + 45
    assert len(listed(ruth, "view=board&shown-queued=50&shown-triaged=50", NOW)) == 15 + 40


@pytest.mark.parametrize("query", ["", "view=board", "state=queued&q=bridge&due=week", "view=board&reviewer=me"])
def test_the_queries_do_not_depend_on_the_rows(world: World, as_: SignedIn, query: str) -> None:
    client, counts = as_(world.carol), []
    for more in (1, 49, 150):
        for claim in factories.queued_claims(world, more)[:2]:
            review.take(world.carol, claim.pk)
        Assignment.objects.update(due_at=Now())
        for where in (PAGE, NOW):
            client.get(f"{where}?{query}")
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{where}?{query}").status_code == 200
            counts.append((where, len(queries)))
    assert len(set(counts)) == 2, counts


# --- Blindness --------------------------------------------------------------------------------------------------------


def test_nothing_that_the_first_reviewer_does_moves_a_row_of_the_second(db: None, as_: SignedIn) -> None:
    """Every filter, order and view answers the same before and after, down to the byte."""
    world = factories.world(second_review_share=1.0)
    half = half_reviewed(world)
    factories.queued_claims(world, 3)
    queries = [
        f"view={view}&{query}"
        for view in ("list", "board")
        for query in (
            "",
            "sort=changed",
            "state=second_review",
            "reviewer=me",
            "q=quartzite",
            "q=misleading",
            "due=week",
        )
    ]

    def seen(person: User) -> list[tuple[str, str]]:
        client = as_(person)
        return [(query, text_of(client.get(f"{NOW}?{query}"))) for query in queries]

    people = (world.bob, world.ruth)
    before = [seen(person) for person in people]
    evidence.add(half.claim, [factories.piece(7)], actor=world.alice)
    evidence.contact(half.claim, "e-mail", "Why?", actor=world.alice)
    notes.add(half.claim.pk, "Look at the date.", actor=world.alice)
    assert [seen(person) for person in people] == before
    for _, page in (pair for pages in before for pair in pages):
        for word in ("quartzite", "Alice"):
            assert word not in page
    found = dict(before[0])
    assert half.claim.text not in found["view=list&q=quartzite"]
    assert half.claim.text in found["view=list&state=second_review"]
