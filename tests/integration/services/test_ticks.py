"""What the clock has done every few seconds reads what is due, and not everything that waits, however long that is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.due import DeadlineNotice
from claims.models.notifications import Notification, NotificationChoice
from claims.models.review import Assignment, QueueEntry
from claims.rules.notifications import Kind, Way
from claims.services import notifications, review
from tests import factories
from tests.factories import World

BIG = ("claims_claim", "claims_queueentry", "claims_assignment")

FILL = """
    WITH made AS (
        INSERT INTO claims_claim (desk_id, article_id, label, text, checkability, check_worthiness, reasons,
            narrator_claim, state, round, priority, priority_reasons, state_reason)
        SELECT %(desk)s, %(article)s, 'B' || n, 'The city of ' || md5(n::text) || ' has repaired ' || n || ' bridges.',
            'checkable', 0.5, '{}', false,
            CASE WHEN n <= 8000 THEN 'queued' WHEN n <= 8400 THEN 'assigned' ELSE 'published' END,
            1, n %% 101, '{}', ''
        FROM generate_series(1, 12000) n RETURNING id, desk_id, priority, state), waiting AS (
        INSERT INTO claims_queueentry (claim_id, desk_id, role, round, priority, language, reserved, due_at, notice_at)
        SELECT id, desk_id, 'first', 1, priority, 'en', id %% 4 = 0,
            now() + (id - (SELECT min(id) FROM made) - 5) * interval '1 minute',
            now() + (id - (SELECT min(id) FROM made) - 5) * interval '1 minute'
        FROM made WHERE state = 'queued')
    INSERT INTO claims_assignment (claim_id, reviewer_id, role, round, state, why, lease_until, due_at, notice_at,
        ended_at, end_reason, on_hold_since, on_hold_for)
    SELECT id, %(reviewer)s, 'first', 1, CASE state WHEN 'assigned' THEN 'active' ELSE 'submitted' END, '',
        now() + (nth - 5) * interval '1 minute', now() + (nth - 9) * interval '1 minute',
        now() + (nth - 9) * interval '1 minute', CASE state WHEN 'published' THEN now() END, '',
        CASE WHEN state = 'assigned' AND nth %% 4 = 0 THEN now() END,
        CASE WHEN state = 'assigned' AND nth %% 4 = 0 THEN 'claimant' ELSE '' END
    FROM (SELECT made.*, row_number() OVER (ORDER BY id) AS nth FROM made WHERE state <> 'queued') AS had;
    ANALYZE;
"""


@pytest.fixture
def world(db: None) -> World:
    world = factories.world()
    article = factories.ready_article(world)
    where = {"desk": world.desk.pk, "article": article.pk, "reviewer": world.alice.pk}
    Desk.objects.filter(pk=world.desk.pk).update(
        push=True, due_hours=[{"from_priority": 0, "hours": 48}], escalate_after_hours=1
    )
    type(world.carol).objects.filter(pk=world.carol.pk).update(email="carol@desk.example")
    NotificationChoice.objects.create(user=world.carol, kind=Kind.OVERDUE, way=Way.AT_ONCE)
    with connection.cursor() as cursor:
        cursor.execute(FILL, where)
    return world


@contextmanager
def explained() -> Iterator[list[tuple[str, str]]]:
    """Each statement of the block with its plan at that moment.

    Of what ends with the first row that is found, reading the table from its beginning is the best plan: the planner is
    told not to, and must find an index for each.
    """
    found: list[tuple[str, str]] = []

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "UPDATE", "WITH", "DELETE")):
            with connection.connection.cursor() as cursor:
                cursor.execute("SET enable_seqscan = off")
                cursor.execute(f"EXPLAIN {sql}", params)
                found.append((sql, "\n".join(row[0] for row in cursor.fetchall())))
                cursor.execute("RESET enable_seqscan")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def test_no_tick_reads_everything_that_waits_or_is_held(world: World) -> None:
    ticks: dict[str, tuple[Callable[[], int], int]] = {
        "deadlines": (review.watch, 10),
        "leases": (review.expire, 1),
        "conflicts": (review.return_near, 0),
        "push": (review.push, 1),
        "rescore": (review.rescore, 1),
        "mails": (notifications.plan, 1),
    }
    for name, (tick, at_least) in ticks.items():
        with explained() as statements:
            assert tick() >= at_least, f"{name} had nothing to do, and so its statements tell nothing"
        assert statements
        for sql, plan in statements:
            for table in BIG:
                assert f"Seq Scan on {table} " not in plan, f"{name}: {sql[:2000]}\n{plan[:4000]}"
    assert DeadlineNotice.objects.exists()
    assert Notification.objects.exists()
    assert min(Claim.objects.count(), QueueEntry.objects.count(), Assignment.objects.count()) >= 4000
