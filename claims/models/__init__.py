"""Tables, constraints and triggers, one file per column of the house; importing this package registers all of them."""

from claims.models import (
    adjudication,
    articles,
    bulk,
    claims,
    conflicts,
    desks,
    events,
    evidence,
    jobs,
    notes,
    notifications,
    publication,
    restatements,
    review,
    taking,
    verdicts,
)

__all__ = [
    "adjudication",
    "articles",
    "bulk",
    "claims",
    "conflicts",
    "desks",
    "events",
    "evidence",
    "jobs",
    "notes",
    "notifications",
    "publication",
    "restatements",
    "review",
    "taking",
    "verdicts",
]
