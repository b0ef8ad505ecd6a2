"""Articles: take one in, read its page, try again, correct what is known about it."""

from claims.services.articles.about import About, describe, job_of, visible, when_described
from claims.services.articles.batches import AT_ONCE, Given, Row, Tally, ingest_many, rows_of, tallies
from claims.services.articles.intake import (
    Submission,
    Upload,
    add_revision,
    fetch,
    ingest,
    mark_failed,
    recognise,
    retry,
)
from claims.services.articles.likeness import keep_both

__all__ = [
    "AT_ONCE",
    "About",
    "Given",
    "Row",
    "Submission",
    "Tally",
    "Upload",
    "add_revision",
    "describe",
    "fetch",
    "ingest",
    "ingest_many",
    "job_of",
    "keep_both",
    "mark_failed",
    "recognise",
    "retry",
    "rows_of",
    "tallies",
    "visible",
    "when_described",
]
