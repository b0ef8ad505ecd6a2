"""Statements that are prepared: once for each connection, and anew when a table was changed."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.models.desks import Desk
from claims.models.rows import database_now, read, run
from claims.services.events import verb

pytestmark = pytest.mark.django_db(transaction=True)

NAMES_SQL = "SELECT * FROM rows_of_a_test WHERE id >= %s AND name <> %s ORDER BY id"


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE rows_of_a_test (id integer, name text)")
        cursor.execute("INSERT INTO rows_of_a_test VALUES (1, 'one'), (2, '100 %'), (3, 'three')")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE rows_of_a_test")


def answered(*parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        run(cursor, NAMES_SQL, parameters)
        return list(cursor.fetchall())


def prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%rows_of_a_test%%'")
        (count,) = cursor.fetchone()
    return int(count)


def test_it_is_prepared_once_and_answers_by_its_parameters() -> None:
    assert answered(1, "three") == [(1, "one"), (2, "100 %")]
    with CaptureQueriesContext(connection) as queries:
        assert answered(3, "it's") == [(3, "three")]
    assert len(queries) == 1
    assert prepared() == 1


def test_another_connection_prepares_it_anew() -> None:
    answered(1, "")
    connection.close()
    assert prepared() == 0
    assert answered(3, "") == [(3, "three")]
    assert prepared() == 1


def change() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rows_of_a_test ADD COLUMN more integer DEFAULT 7")


def test_a_table_that_was_changed_is_read_all_the_same() -> None:
    answered(3, "")
    change()
    assert answered(3, "") == [(3, "three", 7)]


def test_a_verb_under_way_is_tried_again() -> None:
    answered(3, "")
    change()
    assert verb(answered)(3, "") == [(3, "three", 7)]


def test_what_was_prepared_in_a_transaction_that_failed_is_known_afterwards() -> None:
    with transaction.atomic():
        answered(3, "")
        transaction.set_rollback(True)
    assert answered(3, "") == [(3, "three")]


def test_percent_signs_and_what_is_none_of_the_models() -> None:
    Desk.objects.create(name="Per cent", slug="per-cent")
    (desk,) = read(Desk, "SELECT *, 7 %% 4 AS rest FROM claims_desk WHERE slug = %s", ["per-cent"])
    assert (desk.name, vars(desk)["rest"]) == ("Per cent", 3)


def test_the_clock_goes_on_within_a_transaction() -> None:
    """Whoever waited for a lock must not take what ran out meanwhile as still standing."""
    with transaction.atomic():
        before = database_now()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01)")
        assert database_now() > before


def test_a_number_beyond_all_rows_is_absent_and_the_transaction_goes_on() -> None:
    Desk.objects.create(name="Beyond", slug="beyond")
    by_id = "SELECT * FROM claims_desk WHERE id >= %s"
    with transaction.atomic():
        assert read(Desk, by_id, [2**63]) == read(Desk, by_id, [2**63 - 1]) == []
        assert [desk.slug for desk in read(Desk, by_id, [0])] == ["beyond"]
