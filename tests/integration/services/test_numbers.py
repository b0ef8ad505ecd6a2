"""What the numbers of a desk count, what they must not tell yet, and that they stay a few questions."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Attribution, Claim
from claims.models.desks import Desk
from claims.models.events import Event
from claims.models.review import Assignment, QueueEntry
from claims.rules.numbers import MEASURED
from claims.rules.refusals import Refused
from claims.rules.workflow import AssignmentRole
from claims.services import attributions, desks, numbers, review
from claims.services.numbers import Report
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def earlier(claims: Iterable[Claim], by: timedelta) -> None:
    """All that happened to these claims so far, and the desk's opening, so much earlier; events are never changed."""
    ids = [claim.pk for claim in claims]
    with factories.triggers_off():
        Event.objects.filter(subject_type="claim", subject_id__in=ids).update(at=F("at") - by)
    Assignment.objects.filter(claim__in=ids, ended_at__isnull=False).update(
        ended_at=F("ended_at") - by, assigned_at=F("assigned_at") - by
    )
    opened = datetime.now().astimezone() - timedelta(days=400)
    Desk.objects.filter(created_at__gt=opened).update(created_at=opened)


def report(world: World, **asked: Any) -> Report:
    world.desk.refresh_from_db()
    return numbers.report(world.desk, **asked)


def test_what_waits_and_what_was_done(world: World) -> None:
    old = factories.queued_claims(world, 3)
    earlier(old, timedelta(days=2))
    factories.published(world, factories.reviewed(world, claim=old[0]))
    factories.reviewed(world, claim=old[1])
    new = factories.queued_claims(world, 2)
    review.take(world.bob, new[0].pk)
    found = report(world)
    assert [(day.open, day.queued, day.came, day.done) for day in found.days[-4:]] == [
        (0, 0, 0, 0), (3, 3, 3, 0), (3, 3, 0, 0), (3, 2, 2, 2),
    ]  # fmt: skip
    assert (found.weeks[-1].decided, found.weeks[-1].published) == (2, 1)
    assert len(found.days) == numbers.USUAL
    stays = {stay.state: stay for stay in found.stays}
    assert stays["queued"].count == 3
    assert stays["queued"].median == pytest.approx(timedelta(days=2), abs=timedelta(hours=1))
    assert list(stays) == [state for state in MEASURED if state in stays], "in the order of the way"


def test_only_the_days_asked_for(world: World) -> None:
    old = factories.queued_claims(world, 2)
    factories.reviewed(world, claim=old[0])
    earlier(old, timedelta(days=30))
    factories.reviewed(world, claim=factories.queued_claims(world, 1)[0])
    today = review.database_now().date()
    before = report(world, since=today - timedelta(days=40), until=today - timedelta(days=20))
    assert sum(week.decided for week in before.weeks) == 1
    assert sum(week.reviews for week in before.in_time) == 1
    assert before.days[-1].open == 1, "what came since is taken off"
    assert sum(week.decided for week in report(world, since=today).weeks) == 1
    assert report(world, since=date.min, until=today - timedelta(days=300)).since > date.min


def test_days_that_are_none_are_refused(world: World) -> None:
    earlier([], timedelta())
    today = review.database_now().date()
    for asked, why in (
        ({"since": today, "until": today - timedelta(days=1)}, "before the first"),
        ({"since": today + timedelta(days=2)}, "has not come"),
        ({"until": date.min}, "was opened on"),
        ({"since": date.min}, "at most 366 days"),
    ):
        with pytest.raises(Refused, match=why):
            report(world, **asked)
    assert len(report(world, since=today - timedelta(days=365), until=date.max).days) == 366


def test_a_desk_opened_today_begins_today(world: World) -> None:
    factories.queued_claims(world, 2)
    assert [(day.open, day.came) for day in report(world).days] == [(2, 2)]


def test_the_days_are_the_desks_own(world: World) -> None:
    """Two hours before midnight in Kyiv is the evening before in Greenwich, and the morning in Auckland."""
    claims = factories.queued_claims(world, 1)
    earlier(claims, timedelta())
    with factories.triggers_off():
        Event.objects.filter(subject_id=claims[0].pk).update(at="2026-03-10 21:30:00+00")
    Claim.objects.filter(pk=claims[0].pk).update(changed_at=Now())
    Desk.objects.filter(pk=world.desk.pk).update(created_at="2026-01-01 00:00:00+00")
    for zone, day in (("UTC", 10), ("Europe/Kyiv", 10), ("Pacific/Auckland", 11)):
        Desk.objects.filter(pk=world.desk.pk).update(timezone=zone)
        found = report(world, since=date(2026, 3, 9), until=date(2026, 3, 12))
        assert [each.day.day for each in found.days if each.came] == [day], zone


def test_due_and_in_time(world: World) -> None:
    late, soon, later, _undated, kept, missed = factories.queued_claims(world, 6)
    for claim, due in ((late, -1), (soon, 5), (later, 100), (kept, 100), (missed, -1)):
        QueueEntry.objects.filter(claim=claim).update(due_at=Now() + timedelta(hours=due))
    review.take(world.bob, soon.pk)
    for claim in (kept, missed):
        factories.reviewed(world, claim=claim)
    found = report(world)
    assert (found.due.overdue, found.due.soon, found.due.later, found.due.undated) == (1, 1, 1, 1)
    assert [(week.reviews, week.dated, week.kept) for week in found.in_time] == [(2, 2, 1)]


def test_how_often_the_engine_was_right(world: World) -> None:
    one, two, three, _unseen = (claim.attributions.get() for claim in factories.queued_claims(world, 4))
    Attribution.objects.filter(pk=two.pk).update(confidence=0.35)
    Attribution.objects.filter(pk=three.pk).update(confidence=1.0)
    attributions.confirm(one.pk, actor=world.alice)
    attributions.reject(two.pk, actor=world.alice, reason="no statement")
    attributions.confirm(three.pk, actor=world.alice)
    found = report(world)
    assert [(each.low, each.confirmed, each.rejected, each.right.whole) for each in found.bins] == [
        (0.3, 0, 1, 1), (0.9, 2, 0, 2),
    ]  # fmt: skip
    assert (found.right.part, found.right.whole) == (2, 3)
    # What a person added says nothing of the engine.
    Attribution.objects.filter(pk=one.pk).update(engine="", found_by=world.alice.pk)
    assert report(world).right.whole == 2


def named(claims: Iterable[Claim], source: Source) -> None:
    for claim in claims:
        claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=0.9, reason="An alias.")


def test_of_one_source_with_what_was_merged_into_it(world: World) -> None:
    bell, anna, osei = (register.create("person", name) for name in ("Anna Bell", "A. Bell", "Mark Osei"))
    claims = factories.queued_claims(world, 6)
    named(claims[:2], bell)
    named(claims[2:3], anna)
    named(claims[3:5], osei)
    register.merge(anna, bell, by=world.dora, reason="The same.")
    factories.reviewed(world, claim=claims[0])
    attributions.confirm(claims[5].attributions.get().pk, actor=world.alice)
    found = report(world, source=bell)
    assert (found.days[-1].open, found.days[-1].came) == (2, 3)
    assert found.weeks[-1].decided == 1
    assert found.right.whole == 0
    assert [(each.source, each.open, each.decided) for each in report(world).speakers] == [(bell, 2, 1), (osei, 2, 0)]


def test_nothing_of_another_desk(world: World) -> None:
    claims = factories.queued_claims(world, 3, desk=world.elsewhere)
    review.take(world.mallory, claims[0].pk)
    attributions.confirm(claims[1].attributions.get().pk, actor=world.mallory)
    found = report(world, people=True)
    assert not any(day.open or day.came for day in found.days)
    assert (found.stays, found.bins, found.speakers, found.people) == ([], [], [], [])
    assert [(row.desk, row.open) for row in numbers.abreast([world.desk, world.elsewhere], found.since, found.until,
        desks.zone_of(world.desk))] == [(world.desk, 0), (world.elsewhere, 3)]  # fmt: skip


def test_whose_review_it_is_is_told_once_the_claim_is_decided(world: World) -> None:
    """Until then an editor may be the second reviewer, and must not know of the first."""
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    claim = factories.queued_claims(world, 1)[0]
    before = report(world, people=True)
    first = review.take(world.alice, claim.pk)
    review.submit(first.pk, world.alice, factories.answers())
    found = report(world, people=True)
    assert found.people == before.people == []
    assert "submitted" not in {stay.state for stay in found.stays}
    second = review.take(world.bob, claim.pk)
    assert [(each.user, each.reviews, each.held) for each in report(world, people=True).people or ()] == [
        (world.bob, 0, 1)
    ]
    review.submit(second.pk, world.bob, factories.answers())
    found = report(world, people=True)
    assert [(each.user, each.reviews) for each in found.people or ()] == [(world.alice, 1), (world.bob, 1)]
    assert {stay.state: stay.count for stay in found.stays}["second_review"] == 1
    assert report(world).people is None


def test_that_two_reviews_differ_is_not_told_by_how_long_they_waited(world: World) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    claim = factories.disputed(world)
    review.request_changes(claim.pk, world.carol, "Look again.", role=AssignmentRole.FIRST)
    told = {stay.state for stay in report(world).stays}
    assert not told & {"adjudication", "second_review", "submitted", "changes_requested"}


def test_the_same_questions_however_much_there_is(world: World) -> None:
    counts = []
    for size in (1, 12):
        claims = factories.queued_claims(world, size)
        for number, claim in enumerate(claims):
            named([claim], register.create("person", f"Person {number} of {size}"))
        for claim in claims[: size // 2 + 1]:
            factories.reviewed(world, claim=claim)
        with CaptureQueriesContext(connection) as queries:
            report(world, people=True)
        counts.append(len(queries) - 1)  # the desk is read anew by the test
    assert counts[0] == counts[1] <= 16


def test_no_question_reads_a_whole_table(world: World) -> None:
    """With so few rows the planner would read them all; told not to, it must find an index for each."""
    factories.reviewed(world)
    with CaptureQueriesContext(connection) as queries:
        report(world, people=True)
    for query in queries.captured_queries[1:]:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + query["sql"])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        for table in ("claims_event", "claims_claim", "claims_assignment", "claims_queueentry", "claims_attribution"):
            assert f"Seq Scan on {table} " not in plan, plan
