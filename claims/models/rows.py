"""Statements that are written out (decision 28), and their rows: as Model.objects.raw(), in a fifth of the time.

Each is prepared once for each connection. To read and plan it anew takes PostgreSQL three times as long as to answer.
"""

import functools
import hashlib
import itertools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection
from django.db.models import BigIntegerField, Model

M = TypeVar("M", bound=Model)
Convert = Callable[[Any, None, Any], Any]

# What each of psycopg2's connections has prepared, by name.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def read(model: type[M], sql: str, parameters: Sequence[Any]) -> list[M]:
    """The rows that the statement answers. A column that is none of the model's becomes an attribute as it is.

    There are none for a number that no column holds, such as an id in an address: PostgreSQL would refuse it.
    """
    if any(isinstance(each, int) and each > BigIntegerField.MAX_BIGINT for each in parameters):
        return []
    with connection.cursor() as cursor:
        run(cursor, sql, parameters)
        answered = cursor.fetchall()
        if not answered:
            return []
        names, own, others, converters = _places(model, tuple([column.name for column in cursor.description]))
        found = []
        for values in answered:
            fields = [values[place] for place in own]
            for at, convert in converters:
                fields[at] = convert(fields[at], None, connection)
            row = model.from_db(DEFAULT_DB_ALIAS, names, fields)
            for name, place in others:
                setattr(row, name, values[place])
            found.append(row)
    return found


def database_now() -> datetime:
    """The database's clock, as Now() has it; a worker's own may be wrong by minutes.

    Not the start of the transaction: whoever waited for a lock finds what ran out meanwhile to have run out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def run(cursor: Any, sql: str, parameters: Sequence[Any]) -> None:
    """As cursor.execute() with ``%s`` alone for parameters, by a statement that is prepared.

    The text is one of the code's: each that differs stays in the memory of the server for as long as the connection.
    """
    try:
        _run(cursor, sql, parameters)
    except NotSupportedError:
        # A table was changed and with it what the statement answers, which PostgreSQL refuses for one that is prepared.
        # Inside a transaction the verb is tried again (services.events), which the statement alone could not be.
        _prepared.pop(connection.connection, None)
        if connection.in_atomic_block:
            raise
        _run(cursor, sql, parameters)


def _run(cursor: Any, sql: str, parameters: Sequence[Any]) -> None:
    name, declared, call = _statement(sql)
    # By the cursor, since ``connection`` looks for the thread's own at each use.
    used = cursor.db.connection
    known = _prepared.get(used)
    if known is None or name not in known:
        with cursor.db.wrap_database_errors, used.cursor() as plain:
            if known is None:
                plain.execute("DEALLOCATE ALL")
                known = _prepared[used] = set()
            plain.execute(declared)
        known.add(name)
    cursor.execute(call, parameters)


@functools.cache
def _statement(sql: str) -> tuple[str, str, str]:
    """The name of the statement, what prepares it, and what runs it with as many parameters as it has."""
    numbers = itertools.count(1)
    first, *parts = sql.split("%s")
    text = first + "".join(f"${next(numbers)}{part}" for part in parts)
    name = "w" + hashlib.sha256(sql.encode()).hexdigest()[:32]
    given = f" ({', '.join(['%s'] * len(parts))})" if parts else ""
    return name, f"PREPARE {name} AS {text.replace('%%', '%')}", f"EXECUTE {name}{given}"


Places = tuple[list[str], list[int], list[tuple[str, int]], list[tuple[int, Convert]]]


@functools.cache
def _places(model: type[Model], columns: tuple[str, ...]) -> Places:
    """The model's fields in their order; where each stands in the answer; anything else; what has to be converted."""
    fields = [field for field in model._meta.concrete_fields if field.column in columns]
    own = [columns.index(str(field.column)) for field in fields]
    others = [(name, place) for place, name in enumerate(columns) if place not in own]
    converters = [(at, convert) for at, field in enumerate(fields) for convert in field.get_db_converters(connection)]
    return [field.attname for field in fields], own, others, converters
