"""record(): the one way to write history. The database numbers and chains; here is also what seals and verifies."""

import functools
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from claims.models.events import ChainedEvent, Event, Seal

P = ParamSpec("P")
R = TypeVar("R")

# Serialization failure and deadlock: nothing was changed and the same call may succeed (PostgreSQL, appendix A).
TRY_AGAIN = frozenset({"40001", "40P01"})
TRIES = 5
SEAL_LIMIT = 20_000


def verb(call: Callable[P, R]) -> Callable[P, R]:
    """Make a service one transaction, tried again when the database had to break a deadlock (F14).

    Inside another transaction it joins that one, and leaves trying again to the outermost verb.
    """

    @functools.wraps(call)
    def in_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return call(*args, **kwargs)
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    return call(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", None) not in TRY_AGAIN or attempt == TRIES:
                    raise
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    return in_transaction


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
        data=data or {},
        # The trigger sets what follows; the columns are not nullable, so something must be sent.
        sequence=0,
        previous_hash=b"",
        hash=b"",
    )


def record(kind: str, subject: str, subject_id: int, **what: Any) -> None:
    """Append one event to the history of ``subject`` (see entry() for the keywords). Only inside a transaction."""
    record_all([entry(kind, subject, subject_id, **what)])


def record_all(events: Iterable[Event]) -> None:
    """Append many events in one statement, subjects in a fixed order, so that two writers never wait in a ring."""
    if not connection.in_atomic_block:
        raise RuntimeError("An event is recorded in the transaction of what it tells of.")
    ordered = sorted(events, key=lambda event: (event.subject_type, event.subject_id))
    Event.objects.bulk_create(ordered, batch_size=1000)


# --- Seals ------------------------------------------------------------------------------------------------------------


def merkle_root(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1, with each event's hash as a leaf. At least one leaf."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        # The odd one rises unchanged, which gives the same tree as RFC 6962's split at the largest power of two.
        level = paired + level[len(paired) * 2 :]
    return level[0]


def seal_hash(sequence: int, events: int, root: bytes, previous: bytes) -> bytes:
    return hashlib.sha256(f"{sequence}\n{events}\n{root.hex()}\n{previous.hex()}".encode()).digest()


@verb
def seal() -> Seal | None:
    """Take all events that no seal holds yet into a new one. One sealer at a time; None when there is nothing new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('claims_seal', 0))")
    new = list(Event.objects.unsealed().values_list("pk", "hash")[:SEAL_LIMIT])
    if not new:
        return None
    last = Seal.objects.order_by("-sequence").first()
    sequence, previous = (last.sequence + 1, bytes(last.hash)) if last else (1, b"")
    root = merkle_root([bytes(digest) for _, digest in new])
    made = Seal.objects.create(
        sequence=sequence,
        events=len(new),
        merkle_root=root,
        previous_hash=previous,
        hash=seal_hash(sequence, len(new), root, previous),
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


def verify_subjects() -> Iterator[BadRow]:
    """The events that do not continue their subject's chain, or whose content does not match their hash."""
    subject, sequence, previous = ("", 0), 0, b""
    for event in stored():
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
        sequence, previous = event.sequence, event.hash


def verify_seals() -> Iterator[BadRow]:
    """The seals that do not continue the global chain, or whose events are not those that were sealed."""
    sequence, previous = 0, b""
    for sealed in Seal.objects.order_by("sequence").iterator(chunk_size=1000):
        hashes = Event.objects.filter(seal=sealed).order_by("pk").values_list("hash", flat=True)
        leaves = [bytes(digest) for digest in hashes]
        root, own = bytes(sealed.merkle_root), bytes(sealed.hash)
        if sealed.sequence != sequence + 1 or bytes(sealed.previous_hash) != previous:
            yield BadRow("claims_seal", sealed.pk, "it does not follow from the seal before it")
        if own != seal_hash(sealed.sequence, sealed.events, root, bytes(sealed.previous_hash)):
            yield BadRow("claims_seal", sealed.pk, "its content was changed: the hash does not match")
        if len(leaves) != sealed.events or merkle_root(leaves) != root:
            yield BadRow("claims_seal", sealed.pk, f"it sealed {sealed.events} events, and these are not the same ones")
        sequence, previous = sealed.sequence, own


def verify_events() -> Iterator[BadRow]:
    """Walk each subject's chain, then the global chain of seals; yields every row that does not fit, in that order."""
    yield from verify_subjects()
    yield from verify_seals()
