"""The queue and the reviewer's verbs: open, take, give back, save a draft, submit, settle; leases that run out."""

from claims.services.review.adjudication import (
    PARTS,
    Decision,
    Dispute,
    adjudicate,
    adjudication_of,
    dispute_of,
    waiting_for,
)
from claims.services.review.holds import candidates, hold, overseen, reassign, resume, take_back
from claims.services.review.leases import (
    decline,
    expire,
    held_by,
    holder_of,
    is_held,
    late_for,
    may_take,
    release,
    take,
    take_next,
)
from claims.services.review.queueing import (
    BEFORE_THE_FIRST,
    database_now,
    enqueue,
    open_article,
    queue_claim,
    review_twice,
)
from claims.services.review.submission import Submission, draft_of, save_draft, submit

__all__ = [
    "BEFORE_THE_FIRST",
    "PARTS",
    "Decision",
    "Dispute",
    "Submission",
    "adjudicate",
    "adjudication_of",
    "candidates",
    "database_now",
    "decline",
    "dispute_of",
    "draft_of",
    "enqueue",
    "expire",
    "held_by",
    "hold",
    "holder_of",
    "is_held",
    "late_for",
    "may_take",
    "open_article",
    "overseen",
    "queue_claim",
    "reassign",
    "release",
    "resume",
    "review_twice",
    "save_draft",
    "submit",
    "take",
    "take_back",
    "take_next",
    "waiting_for",
]
