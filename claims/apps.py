from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

# pgtrigger lets a session switch triggers off by a setting, which anybody who has the connection could set. It asks at
# every call of a trigger, at the price of the rest of it.
NEVER_IGNORED_SQL = """
    CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""


class ClaimsConfig(AppConfig):
    name = "claims"

    def ready(self) -> None:
        # Columns tell one another what happens by what they register when they are loaded.
        from claims.services import notes, notifications, review, rights  # noqa: F401

        # Each migration that makes a trigger makes the function anew as well.
        post_migrate.connect(_never_ignore, sender=self)


def _never_ignore(using: str, **_signal: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(NEVER_IGNORED_SQL)
