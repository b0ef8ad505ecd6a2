"""The record of who did what: numbered and chained by the database, sealed by a job, verified by anybody."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, OperationalError, connection, transaction

from claims.models.events import Event, Seal
from claims.services import events, review
from claims.services.events import BadRow, record
from tests import factories
from tests.concurrency import PATIENCE_S, at_once

# The leaves and roots with which the reference implementation of RFC 6962 tests its own tree.
RFC6962_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
RFC6962_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


Sql = Callable[..., None]


@contextmanager
def force(*, undo: bool = False) -> Iterator[Sql]:
    """SQL with all triggers and keys switched off, as somebody who owns the database could do it.

    ``undo`` takes everything back at the end, for what would leave the tables without their keys.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor.execute
        if undo:
            transaction.set_rollback(True)
        else:
            cursor.execute("SET LOCAL session_replication_role = origin")


def alter(sql: Sql, row: Event | Seal, change: str) -> None:
    sql(f"UPDATE {row._meta.db_table} SET {change} WHERE id = {row.pk}")  # noqa: S608 - the changes stand in this file


def history(*lengths: int) -> None:
    """Claim 1 gets so many events, claim 2 so many, and so on."""
    with transaction.atomic():
        for claim, length in enumerate(lengths, start=1):
            for step in range(length):
                record("claim.held", "claim", claim, reason=f"step {step}\nwith two lines", data={"b": step, "a": "ї"})


def found() -> list[BadRow]:
    return list(events.verify_events())


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_subject_at_once_leave_no_gap() -> None:
    def write() -> None:
        for _ in range(10):
            with transaction.atomic():
                record("claim.held", "claim", 7)

    at_once([write] * 8)
    assert list(Event.objects.of("claim", 7).values_list("sequence", flat=True)) == list(range(1, 81))
    assert found() == []


@pytest.mark.django_db(transaction=True)
def test_an_event_is_recorded_with_what_it_tells_of_or_not_at_all() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record("claim.held", "claim", 1)
    with transaction.atomic():
        record("claim.held", "claim", 1)
        transaction.set_rollback(True)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_the_hash_is_the_documented_one() -> None:
    history(2)
    first, second = Event.objects.of("claim", 1)
    moment = second.at.strftime("%Y-%m-%dT%H:%M:%S.%f")
    lines = ["claim", "1", "2", "claim.held", "-", moment, "", "", "step 1\nwith two lines", '{"a": "ї", "b": 1}']
    lines.append(bytes(first.hash).hex())
    assert bytes(second.hash) == hashlib.sha256("\n".join(lines).encode()).digest()


@pytest.mark.django_db
def test_a_clean_history_verifies_before_and_after_its_seals() -> None:
    history(3, 2)
    assert found() == []
    assert events.seal() is not None
    history(1, 1, 1)
    assert events.seal() is not None
    history(0, 2)
    assert found() == []
    assert [seal.events for seal in Seal.objects.order_by("sequence")] == [5, 3]


@pytest.mark.django_db
def test_nothing_new_needs_no_seal() -> None:
    history(1)
    assert events.seal() is not None
    assert events.seal() is None


@pytest.mark.parametrize("column", ["kind", "from_state", "to_state", "reason"])
@pytest.mark.django_db
def test_an_altered_event_is_named(column: str) -> None:
    history(3, 3)
    altered = Event.objects.of("claim", 2)[1]
    with force() as sql:
        alter(sql, altered, f"{column} = 'something else'")
    assert found() == [BadRow("claims_event", altered.pk, "its content was changed: the hash does not match")]


@pytest.mark.parametrize("change", ["data = '{}'", "at = at + interval '1 second'", "actor_id = 1", "hash = '\\x00'"])
@pytest.mark.django_db
def test_no_column_can_be_altered_unnoticed(change: str) -> None:
    history(3)
    altered = Event.objects.of("claim", 1)[1]
    with force(undo=True) as sql:
        alter(sql, altered, change)
        bad = found()
    assert bad[0].id == altered.pk


@pytest.mark.django_db
def test_words_that_move_from_one_field_to_the_next_are_noticed_although_the_hash_stays() -> None:
    with transaction.atomic():
        record("claim.held", "claim", 1, to_state="on_hold", reason="evidence\nof both")
    with force(undo=True) as sql:
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while checks of its rows are pending
        sql("ALTER TABLE claims_event DROP CONSTRAINT event_fields_are_one_line")
        sql("UPDATE claims_event SET to_state = E'on_hold\\nevidence', reason = 'of both'")
        bad = found()
    assert [row.problem for row in bad] == ["a field that has one line was given several"]


@pytest.mark.parametrize(("removed", "named"), [(0, 1), (1, 2), (4, 5)])
@pytest.mark.django_db
def test_a_removed_event_is_noticed_at_the_next_one(removed: int, named: int) -> None:
    history(6)
    rows = list(Event.objects.of("claim", 1))
    with force() as sql:
        sql("DELETE FROM claims_event WHERE id = %s", [rows[removed].pk])
    first = found()[0]
    assert (first.table, first.id) == ("claims_event", rows[named].pk)
    assert f"event {removed + 1} of claim 1 is missing" in first.problem or removed == 0


@pytest.mark.django_db
def test_a_removed_tail_is_noticed_by_its_seal() -> None:
    history(5, 2)
    seal = events.seal()
    assert seal is not None
    with force() as sql:
        sql("DELETE FROM claims_event WHERE subject_id = 1 AND sequence > 3")
    assert [(row.table, row.id) for row in found()] == [("claims_seal", seal.pk)]


@pytest.mark.django_db
def test_a_whole_subject_and_all_that_a_seal_held_are_missed() -> None:
    history(3)
    seal = events.seal()
    assert seal is not None
    with force() as sql:
        sql("DELETE FROM claims_event")
    assert [(row.table, row.id) for row in found()] == [("claims_seal", seal.pk)]


@pytest.mark.django_db
def test_a_chain_that_was_computed_anew_does_not_match_its_seal() -> None:
    history(3)
    seal = events.seal()
    assert seal is not None
    with force() as sql:
        sql("UPDATE claims_event SET reason = 'never happened' WHERE sequence = 2")
        previous = b""
        for event in list(events.stored()):
            forged = replace(event, previous_hash=previous)
            previous = forged.expected_hash()
            sql(
                "UPDATE claims_event SET previous_hash = %s, hash = %s WHERE id = %s",
                [forged.previous_hash, previous, forged.id],
            )
    assert [(row.table, row.id) for row in found()] == [("claims_seal", seal.pk)]


@pytest.mark.parametrize(
    "change", ["merkle_root = '\\x11'", "at = at - interval '1 day'", "events = 9", "hash = '\\x22'"]
)
@pytest.mark.django_db
def test_an_altered_seal_is_named_first(change: str) -> None:
    for _ in range(3):
        history(2)
        events.seal()
    second = Seal.objects.get(sequence=2)
    with force() as sql:
        alter(sql, second, change)
    assert (found()[0].table, found()[0].id) == ("claims_seal", second.pk)


@pytest.mark.parametrize("sequence", [1, 2, 3])
@pytest.mark.django_db
def test_a_removed_seal_is_noticed(sequence: int) -> None:
    for _ in range(3):
        history(2)
        events.seal()
    with force(undo=True) as sql:
        sql("DELETE FROM claims_seal WHERE sequence = %s", [sequence])
        bad = found()
    assert any(row.problem.endswith("is missing") for row in bad)
    assert (sequence == 3) != any(row.table == "claims_seal" for row in bad)


def test_merkle_roots_are_those_of_rfc_6962() -> None:
    roots = [events.merkle_root(RFC6962_LEAVES[:count]).hex() for count in range(1, 9)]
    assert roots == RFC6962_ROOTS


def test_merkle_roots_follow_the_definition_for_every_size() -> None:
    def defined(leaves: list[bytes]) -> bytes:
        if len(leaves) == 1:
            return hashlib.sha256(b"\x00" + leaves[0]).digest()
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return hashlib.sha256(b"\x01" + defined(leaves[:split]) + defined(leaves[split:])).digest()

    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(70)]
    for count in range(1, len(leaves) + 1):
        assert events.merkle_root(leaves[:count]) == defined(leaves[:count])


class DeadlockError(Exception):
    pgcode = "40P01"


@pytest.mark.django_db(transaction=True)
def test_a_verb_is_tried_again_when_the_database_breaks_a_deadlock() -> None:
    """Two transactions that take two rows in opposite order; PostgreSQL ends one of them, and both succeed."""
    first, second = (factories.user(name) for name in ("ann", "ben"))
    both_hold_one = threading.Barrier(2, timeout=PATIENCE_S)
    calls: list[str] = []

    def swap(name: str, order: tuple[int, int]) -> None:
        @events.verb
        def change() -> None:
            calls.append(name)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE accounts_user SET first_name = %s WHERE id = %s", [name, order[0]])
                if calls.count(name) == 1:
                    both_hold_one.wait()
                cursor.execute("UPDATE accounts_user SET last_name = %s WHERE id = %s", [name, order[1]])

        change()

    at_once([partial(swap, "one", (first.pk, second.pk)), partial(swap, "two", (second.pk, first.pk))])
    assert sorted(calls) in (["one", "one", "two"], ["one", "two", "two"])
    first.refresh_from_db()
    second.refresh_from_db()
    assert {first.first_name, second.first_name} == {"one", "two"}


@pytest.mark.django_db(transaction=True)
def test_a_verb_gives_up_in_the_end_and_never_repeats_other_errors() -> None:
    calls = []

    @events.verb
    def unlucky() -> None:
        calls.append(1)
        raise OperationalError from DeadlockError()

    with pytest.raises(OperationalError):
        unlucky()
    assert len(calls) == events.TRIES

    @events.verb
    def wrong() -> None:
        calls.append(2)
        raise IntegrityError

    with pytest.raises(IntegrityError):
        wrong()
    assert calls.count(2) == 1


@pytest.mark.django_db
def test_inside_a_transaction_a_verb_leaves_trying_again_to_the_outer_one() -> None:
    calls = []

    @events.verb
    def unlucky() -> None:
        calls.append(1)
        raise OperationalError from DeadlockError()

    with pytest.raises(OperationalError), transaction.atomic():
        unlucky()
    assert len(calls) == 1


@pytest.mark.django_db
def test_the_command_counts_what_it_verified() -> None:
    history(3, 2)
    events.seal()
    history(1)
    out = StringIO()
    call_command("verify_events", stdout=out, stderr=StringIO())
    assert "6 events, 1 seals" in out.getvalue()
    assert f"1 {bytes(Seal.objects.get().hash).hex()}" in out.getvalue()


@pytest.mark.django_db
def test_the_command_names_the_first_bad_row_and_fails() -> None:
    history(3, 3)
    events.seal()
    altered = Event.objects.of("claim", 1)[1]
    with force() as sql:
        alter(sql, altered, "reason = 'x'")
        sql("UPDATE claims_seal SET events = 7")
    errors = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_events", stdout=StringIO(), stderr=errors)
    assert end.value.code == 1
    assert f"claims_event {altered.pk}: its content was changed" in errors.getvalue()
    assert "2 more" in errors.getvalue()


@pytest.mark.django_db
def test_the_sql_that_the_docs_give_to_outsiders_finds_the_same_row() -> None:
    document = (Path(settings.BASE_DIR) / "docs" / "events.md").read_text(encoding="utf-8")
    query = document.split("```sql")[1].split("```")[0]
    history(3, 3)
    altered = Event.objects.of("claim", 2)[1]
    with force() as sql, connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchall() == []
        alter(sql, altered, "to_state = 'x'")
        cursor.execute(query)
        assert cursor.fetchall() == [(altered.pk, "claim", 2, 2)]


@pytest.mark.django_db
def test_the_command_says_so_when_there_are_no_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO pg_catalog")  # as an empty database looks
    with pytest.raises(CommandError, match="no tables yet"):
        call_command("verify_events", stdout=StringIO(), stderr=StringIO())


@pytest.mark.django_db
def test_the_events_of_a_greater_action_say_so() -> None:
    world = factories.world()
    claim = factories.queued_claims(world, 1)[0]
    with events.within(bulk=7), events.within(part=1):
        review.unqueue(claim.pk, actor=world.carol)
    review.queue_claim(claim.pk, actor=world.carol)
    rows = Event.objects.of("claim", claim.pk).filter(kind__in=("claim.unqueued", "claim.queued"))
    assert [row.data for row in rows][1:] == [{"bulk": 7, "part": 1}, {}]
    assert factories.history_is_whole()
