"""What is due, as editors see it, and the deadline that they set by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from claims.models.claims import Claim
from claims.models.review import Assignment, QueueEntry
from claims.services import review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

HOURS = [{"from_priority": 0, "hours": 48}]


@pytest.fixture
def world(db: None) -> World:
    return factories.world(due_hours=HOURS, timezone="Europe/Kyiv")


def one(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def test_editors_see_what_is_due_the_first_on_top(world: World, as_: SignedIn) -> None:
    claims = factories.queued_claims(world, 3)
    held = review.take(world.alice, claims[1].pk)
    Assignment.objects.filter(pk=held.pk).update(due_at=Now() - timedelta(days=2))
    review.set_deadline(claims[2].pk, review.database_now() + timedelta(hours=1), actor=world.carol)
    page = as_(world.carol).get("/desk/due/").content.decode()
    order = [claims[1], claims[2], claims[0]]
    assert [page.index(claim.text) for claim in order] == sorted(page.index(claim.text) for claim in claims)
    assert page.count("overdue since") == 1
    assert f"/desk/held/{held.pk}/" in page
    assert "Alice" in page
    assert page.count("not taken") == 2
    assert 'data-local="due"' in page
    assert "overdue by {}" in page


def test_the_list_goes_on_where_it_ended(world: World, as_: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.web.due.PAGE", 2)
    claims = factories.queued_claims(world, 5)
    QueueEntry.objects.update(due_at=Now())  # all at the same moment
    review.take(world.alice, claims[3].pk)
    carol, where, seen = as_(world.carol), "/desk/due/", []
    while where:
        answer = carol.get(where)
        page = answer.context["page"]
        seen += [row.claim.pk for row in page]
        where = f"/desk/due/?before={page.next}" if page.next else ""
    assert seen == [claim.pk for claim in claims]
    for cursor in ("x", "1-2", "1-2-third", f"{'9' * 18}-1-first", "1-x-first"):
        assert carol.get("/desk/due/", {"before": cursor}).status_code == 400, cursor


def test_nothing_due_is_said(world: World, as_: SignedIn) -> None:
    assert "Nothing has a due time" in as_(world.carol).get("/desk/due/").content.decode()
    factories.queued_claims(world, 1, desk=world.elsewhere)
    QueueEntry.objects.update(due_at=Now())
    assert "Nothing has a due time" in as_(world.carol).get("/desk/due/").content.decode(), "another desk's"


def test_a_deadline_is_by_the_desks_clock(world: World, as_: SignedIn) -> None:
    claim = one(world)
    kyiv = ZoneInfo("Europe/Kyiv")
    # Noon is on no clock twice.
    tomorrow = (review.database_now() + timedelta(days=1)).astimezone(kyiv)
    soon = tomorrow.replace(hour=12, minute=30, second=0, microsecond=0)
    carol, where = as_(world.carol), f"/claims/{claim.pk}/deadline/"
    assert carol.post(where, {"deadline": soon.strftime("%Y-%m-%dT%H:%M")}).status_code == 302
    claim.refresh_from_db()
    assert claim.deadline == soon
    page = carol.get(reverse("web:claim_place", args=[claim.pk])).content.decode()
    assert f'value="{soon.strftime("%Y-%m-%dT%H:%M")}"' in page
    assert "Until, by the clock of Europe/Kyiv" in page
    assert carol.post(where, {"deadline": ""}).status_code == 302
    claim.refresh_from_db()
    assert claim.deadline is None


def test_an_hour_that_the_desks_clock_leaves_out_is_no_deadline(world: World, as_: SignedIn) -> None:
    """Clocks in Kyiv go from three to four on the last Sunday of March."""
    claim = one(world)
    day = date(review.database_now().year + 1, 3, 31)
    sunday = day - timedelta(days=(day.weekday() + 1) % 7)
    carol, where = as_(world.carol), f"/claims/{claim.pk}/deadline/"
    refused = carol.post(where, {"deadline": f"{sunday}T03:30"})
    assert refused.status_code == 422
    assert "Europe/Kyiv" in refused.content.decode()
    claim.refresh_from_db()
    assert claim.deadline is None
    assert carol.post(where, {"deadline": f"{sunday}T01:30"}).status_code == 302
    claim.refresh_from_db()
    assert claim.deadline == datetime(sunday.year, 3, sunday.day - 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize("given", ["yesterday", "2020-01-01T10:00", "0001-01-01T00:00"])
def test_a_deadline_that_cannot_be_is_told_beside_its_field(world: World, as_: SignedIn, given: str) -> None:
    claim = one(world)
    answer = as_(world.carol).post(f"/claims/{claim.pk}/deadline/", {"deadline": given})
    assert answer.status_code == 422
    claim.refresh_from_db()
    assert claim.deadline is None


def test_reviewers_see_until_when(world: World, as_: SignedIn) -> None:
    one(world)
    page = as_(world.alice).get("/desk/").content.decode()
    assert page.count('data-local="due"') == 1
    review.take_next(world.alice)
    page = as_(world.alice).get("/desk/").content.decode()
    assert page.count('data-local="due"') == 1
    assert as_(world.carol).get("/desk/held/").content.decode().count('data-local="due"') == 1


def test_a_desk_without_due_times_shows_none(as_: SignedIn, db: None) -> None:
    world = factories.world()
    one(world)
    assert 'data-local="due"' not in as_(world.alice).get("/desk/").content.decode()
