"""record(): the one way to write history. The database numbers and chains; here is also what seals and verifies."""

import functools
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import NotSupportedError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef

from claims.models.events import ChainedEvent, Event, Seal
from claims.models.rows import run

P = ParamSpec("P")
R = TypeVar("R")
Each = TypeVar("Each")

log = structlog.get_logger(__name__)

# Serialization failure and deadlock: nothing was changed and the same call may succeed (PostgreSQL, appendix A). The
# third is what a prepared statement is refused with after a table was changed; models.rows prepares it anew.
TRY_AGAIN = frozenset({"40001", "40P01", "0A000"})
TRIES = 5
SEAL_LIMIT = 20_000

_frame: ContextVar[dict[str, Any]] = ContextVar("frame", default={})  # noqa: B039 - never changed in place


@contextmanager
def within(**frame: Any) -> Iterator[None]:
    """Every event of the block says in its data of which greater action it is a part, whatever verb records it."""
    token = _frame.set(_frame.get() | frame)
    try:
        yield
    finally:
        _frame.reset(token)


def verb(call: Callable[P, R]) -> Callable[P, R]:
    """Make a service one transaction, tried again when the database had to break a deadlock (F14).

    Inside another transaction it joins that one, and leaves trying again to the outermost verb.
    """

    @functools.wraps(call)
    def in_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return call(*args, **kwargs)
        return _until_done(lambda: _in_one(call, *args, **kwargs))

    return in_transaction


def statement(call: Callable[P, R]) -> Callable[P, R]:
    """Like verb(), for a service that is one statement and so a transaction by itself: nothing is asked around it."""

    @functools.wraps(call)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return call(*args, **kwargs)
        return _until_done(lambda: call(*args, **kwargs))

    return alone


def _in_one(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    with transaction.atomic():
        return call(*args, **kwargs)


def _until_done(call: Callable[[], R]) -> R:
    for attempt in range(1, TRIES + 1):
        try:
            return call()
        except (OperationalError, NotSupportedError) as error:
            if getattr(error.__cause__, "pgcode", None) not in TRY_AGAIN or attempt == TRIES:
                raise
            time.sleep(0.01 * 2**attempt)
    raise AssertionError("unreachable")


def one_by_one(rows: Iterable[Each], call: Callable[[Each], int], failed: str) -> int:
    """Call a verb for each of these rows or ids, so in a transaction of its own; the sum of what it answers.

    Where it fails that is logged as ``failed`` and left: the others must not wait for it.
    """
    done = 0
    for row in list(rows):
        try:
            done += call(row)
        except Exception:
            log.exception(failed, of=getattr(row, "pk", row))
    return done


def entry(
    kind: str,
    subject: str,
    subject_id: int,
    *,
    actor: Any = None,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """An event that is not stored yet, for record_all()."""
    return Event(
        kind=kind,
        subject_type=subject,
        subject_id=subject_id,
        actor_id=getattr(actor, "pk", None),
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        data=(data or {}) | _frame.get(),
    )


# Written out: most requests record something, and the ORM takes longer to compile this than the database to do it.
APPEND_SQL = """
    INSERT INTO claims_event (subject_type, subject_id, sequence, kind, actor_id, from_state, to_state, reason, data,
                              previous_hash, hash) VALUES
"""
ROW_SQL = "(%s, %s, 0, %s, %s, %s, %s, %s, %s::jsonb, '', '')"
AT_ONCE = 1000
# The statement of so many rows is one that comes again, and is worth preparing.
OFTEN = 8


def record(kind: str, subject: str, subject_id: int, **what: Any) -> None:
    """Append one event to the history of ``subject`` (see entry() for the keywords). Only inside a transaction."""
    record_all([entry(kind, subject, subject_id, **what)])


# An UPDATE with its parameters.
Change = tuple[str, Sequence[Any]]


def record_change(event: Event, *changes: Change) -> None:
    """Append the event together with what it tells of, changes of different rows, as one statement."""
    if not changes:
        _append([event])
        return
    written = ", ".join(f"changed_{number} AS ({sql})" for number, (sql, _) in enumerate(changes))
    _append([event], f"WITH {written}", [each for _, parameters in changes for each in parameters])


def record_all(events: Iterable[Event]) -> None:
    """Append many events in one statement, subjects in a fixed order, so that two writers never wait in a ring."""
    ordered = sorted(events, key=lambda event: (event.subject_type, event.subject_id))
    for first in range(0, len(ordered), AT_ONCE):
        _append(ordered[first : first + AT_ONCE])


def _append(events: Sequence[Event], before: str = "", parameters: Sequence[Any] = ()) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An event is recorded in the transaction of what it tells of.")
    values = [*parameters]
    for row in events:
        values += (row.subject_type, row.subject_id, row.kind, row.actor_id, row.from_state, row.to_state, row.reason)
        values.append(json.dumps(row.data))
    sql = before + APPEND_SQL + ", ".join([ROW_SQL] * len(events))
    with connection.cursor() as cursor:
        if len(events) <= OFTEN:
            run(cursor, sql, values)
        else:
            cursor.execute(sql, values)


# --- Seals ------------------------------------------------------------------------------------------------------------


def merkle_root(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1, with each event's hash as a leaf. At least one leaf."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        # The odd one rises unchanged, which gives the same tree as RFC 6962's split at the largest power of two.
        level = paired + level[len(paired) * 2 :]
    return level[0]


def seal_hash(sequence: int, events: int, at: datetime, root: bytes, previous: bytes) -> bytes:
    """What chains a seal to the one before it; docs/events.md tells outsiders how to compute it."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return hashlib.sha256(f"{sequence}\n{events}\n{moment}\n{root.hex()}\n{previous.hex()}".encode()).digest()


@verb
def seal() -> Seal | None:
    """Take all events that no seal holds yet into a new one. One sealer at a time; None when there is nothing new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('claims_seal', 0))")
        cursor.execute("SELECT clock_timestamp()")
        (at,) = cursor.fetchone()
    new = list(Event.objects.unsealed().values_list("pk", "hash")[:SEAL_LIMIT])
    if not new:
        return None
    last = Seal.objects.order_by("-sequence").first()
    sequence, previous = (last.sequence + 1, bytes(last.hash)) if last else (1, b"")
    root = merkle_root([bytes(digest) for _, digest in new])
    made = Seal.objects.create(
        sequence=sequence,
        events=len(new),
        at=at,
        merkle_root=root,
        previous_hash=previous,
        hash=seal_hash(sequence, len(new), at, root, previous),
    )
    Event.objects.filter(pk__in=[pk for pk, _ in new]).update(seal=made)
    return made


# --- Verification -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BadRow:
    """A row that does not fit its chain: the table, its id, and what is wrong with it."""

    table: str
    id: int
    problem: str


STORED_SQL = """
    SELECT id, subject_type, subject_id, sequence, kind, actor_id,
           to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), from_state, to_state, reason, data::text,
           previous_hash, hash
      FROM claims_event ORDER BY subject_type, subject_id, sequence
"""


def stored() -> Iterator[ChainedEvent]:
    """Every event, subject by subject, through a server-side cursor: memory does not grow with the history."""
    connection.ensure_connection()
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(STORED_SQL)
        for row in cursor:
            event = ChainedEvent(*row)
            yield replace(event, previous_hash=bytes(event.previous_hash), hash=bytes(event.hash))


# Called now and then with the table that is being read and how many of its rows were.
Progress = Callable[[str, int], None]
TELL_EVERY = 1000


def _say_nothing(table: str, rows: int) -> None:
    pass


def verify_subjects(progress: Progress = _say_nothing) -> Iterator[BadRow]:
    """The events that do not continue their subject's chain, or whose content does not match their hash."""
    subject, sequence, previous, read = ("", 0), 0, b"", 0
    for read, event in enumerate(stored(), start=1):
        if read % TELL_EVERY == 0:
            progress("claims_event", read)
        if (event.subject_type, event.subject_id) != subject:
            subject, sequence, previous = (event.subject_type, event.subject_id), 0, b""
        if event.sequence != sequence + 1:
            yield BadRow(
                "claims_event", event.id, f"event {sequence + 1} of {subject[0]} {subject[1]} is missing before it"
            )
        elif event.previous_hash != previous:
            yield BadRow("claims_event", event.id, "it does not follow from the event before it")
        if event.expected_hash() != event.hash:
            yield BadRow("claims_event", event.id, "its content was changed: the hash does not match")
        if "\n" in event.kind + event.from_state + event.to_state:
            # The fields are joined by line feeds: another one could hide that words moved from field to field.
            yield BadRow("claims_event", event.id, "a field that has one line was given several")
        sequence, previous = event.sequence, event.hash
    progress("claims_event", read)


def verify_seals(progress: Progress = _say_nothing) -> Iterator[BadRow]:
    """The seals that do not continue the global chain, or whose events are not those that were sealed."""
    sequence, previous, read = 0, b"", 0
    for read, sealed in enumerate(Seal.objects.order_by("sequence").iterator(chunk_size=1000), start=1):
        if read % TELL_EVERY == 0:
            progress("claims_seal", read)
        yield from _verify_seal(sealed, sequence, previous)
        sequence, previous = sealed.sequence, bytes(sealed.hash)
    progress("claims_seal", read)
    # A foreign key cannot dangle, unless somebody switched the keys off to remove the newest seals.
    known = Seal.objects.filter(pk=OuterRef("seal_id"))
    orphan = Event.objects.filter(~Exists(known), seal_id__isnull=False).order_by("pk").first()
    if orphan is not None:
        yield BadRow("claims_event", orphan.pk, f"its seal {orphan.seal_id} is missing")


def _verify_seal(sealed: Seal, sequence: int, previous: bytes) -> Iterator[BadRow]:
    hashes = Event.objects.filter(seal=sealed).order_by("pk").values_list("hash", flat=True)
    leaves = [bytes(digest) for digest in hashes]
    root = bytes(sealed.merkle_root)
    if sealed.sequence != sequence + 1 or bytes(sealed.previous_hash) != previous:
        yield BadRow("claims_seal", sealed.pk, "it does not follow from the seal before it")
    if bytes(sealed.hash) != seal_hash(sealed.sequence, sealed.events, sealed.at, root, bytes(sealed.previous_hash)):
        yield BadRow("claims_seal", sealed.pk, "its content was changed: the hash does not match")
    if not leaves or len(leaves) != sealed.events or merkle_root(leaves) != root:
        yield BadRow("claims_seal", sealed.pk, f"it sealed {sealed.events} events, and these are not the same ones")


def verify_events(progress: Progress = _say_nothing) -> Iterator[BadRow]:
    """Walk each subject's chain, then the global chain of seals; yields every row that does not fit, in that order."""
    yield from verify_subjects(progress)
    yield from verify_seals(progress)
