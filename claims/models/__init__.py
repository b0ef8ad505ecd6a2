"""Tables, constraints and triggers, one file per column of the house; importing this package registers all of them."""

from claims.models import (
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
    verdicts,
)

__all__ = [
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
    "verdicts",
]
