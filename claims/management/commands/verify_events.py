"""``manage.py verify_events``: walks every subject's chain of events and the chain of seals (see docs/events.md)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from claims.models.events import Event, Seal
from claims.services import events

WORDS = {"claims_event": "events", "claims_seal": "seals"}


class Command(BaseCommand):
    help = "Verify that no event and no seal was altered or removed. Exit 1, naming the first bad row, when one was."

    def handle(self, *args: Any, **options: Any) -> None:
        if Event._meta.db_table not in connection.introspection.table_names():
            raise CommandError("This database has no tables yet. Name another one, or run `manage.py migrate` first.")
        read: dict[str, int] = {}

        def progress(table: str, rows: int) -> None:
            read[table] = rows
            # On a terminal the line is written over; a log gets no line for each thousand rows.
            if sys.stderr.isatty():
                self.stderr.write(f"\r{rows:,} {WORDS[table]} read", ending="")

        first, more = None, 0
        for row in events.verify_events(progress):
            first, more = (row, 0) if first is None else (first, more + 1)
        if sys.stderr.isatty():
            self.stderr.write("")
        if first is not None:
            self.stderr.write(f"First bad row: {first.table} {first.id}: {first.problem}.")
            if more:
                self.stderr.write(f"{more} more findings follow from it or beside it.")
            sys.exit(1)
        counts = ", ".join(f"{rows} {WORDS[table]}" for table, rows in read.items())
        self.stdout.write(f"Verified {counts}: every one follows from the one before it.")
        newest = Seal.objects.order_by("-sequence").first()
        if newest is not None:
            self.stdout.write(f"Newest seal: {newest.sequence} {bytes(newest.hash).hex()}")
