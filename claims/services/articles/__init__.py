"""Articles: take one in, read its page, try again, correct what is known about it."""

from claims.services.articles.about import About, describe, job_of, visible, when_described
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

__all__ = [
    "About",
    "Submission",
    "Upload",
    "add_revision",
    "describe",
    "fetch",
    "ingest",
    "job_of",
    "mark_failed",
    "recognise",
    "retry",
    "visible",
    "when_described",
]
