"""Rows by a statement that is written out (decision 28): as Model.objects.raw(), which takes five times as long."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)
Convert = Callable[[Any, None, Any], Any]


def read(model: type[M], sql: str, parameters: Sequence[Any]) -> list[M]:
    """The rows that the statement answers. A column that is none of the model's becomes an attribute as it is."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        own, others, converters = _places(model, tuple(column.name for column in cursor.description))
        found = []
        for values in cursor.fetchall():
            fields = [values[place] for _, place in own]
            for at, convert in converters:
                fields[at] = convert(fields[at], None, connection)
            row = model.from_db(connection.alias, [name for name, _ in own], fields)
            for name, place in others:
                setattr(row, name, values[place])
            found.append(row)
    return found


Places = tuple[list[tuple[str, int]], list[tuple[str, int]], list[tuple[int, Convert]]]


@functools.cache
def _places(model: type[Model], columns: tuple[str, ...]) -> Places:
    """Where the model's fields stand in the answer, in their order; where anything else; what has to be converted."""
    fields = [field for field in model._meta.concrete_fields if field.column in columns]
    own = [(field.attname, columns.index(str(field.column))) for field in fields]
    taken = {place for _, place in own}
    others = [(name, place) for place, name in enumerate(columns) if place not in taken]
    converters = [(at, convert) for at, field in enumerate(fields) for convert in field.get_db_converters(connection)]
    return own, others, converters
