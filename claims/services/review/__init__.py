"""The queue and the reviewer's verbs: open, take, give back, save a draft, submit, settle; leases that run out."""

from claims.services.review.absences import come_back, go_away
from claims.services.review.adjudication import (
    PARTS,
    Decision,
    Dispute,
    adjudicate,
    adjudication_of,
    dispute_of,
    marked_apart,
    waiting_for,
)
from claims.services.review.blinding import read_holds, unblind
from claims.services.review.correcting import HOLDS, Choice
from claims.services.review.drafts import draft_of, newest_draft, save_draft, stranded
from claims.services.review.due import Due, Key, coming, database_now, redate, redate_desk, set_deadline
from claims.services.review.fitting import who_could
from claims.services.review.holds import assign, candidates, hold, overseen, reassign, resume, return_near, take_back
from claims.services.review.leases import (
    decline,
    expire,
    held_at_desks,
    held_by,
    holder_of,
    is_held,
    is_offered,
    release,
)
from claims.services.review.markings import (
    Compared,
    Marking,
    compared_with_article,
    field_of,
    marked_in,
    markings_of,
)
from claims.services.review.offers import accept, offers_to, push
from claims.services.review.queueing import (
    enqueue,
    open_article,
    queue_claim,
    review_twice,
    set_priority,
    unqueue,
)
from claims.services.review.returns import (
    approve,
    earlier_of,
    proposal_of,
    question_to,
    request_changes,
    to_answer,
    to_approve,
)
from claims.services.review.scoring import rescore
from claims.services.review.submission import Submission, submit
from claims.services.review.taking import late_for, may_take, take, take_next, waiting
from claims.services.review.watching import watch

__all__ = [
    "HOLDS",
    "PARTS",
    "Choice",
    "Compared",
    "Decision",
    "Dispute",
    "Due",
    "Key",
    "Marking",
    "Submission",
    "accept",
    "adjudicate",
    "adjudication_of",
    "approve",
    "assign",
    "candidates",
    "come_back",
    "coming",
    "compared_with_article",
    "database_now",
    "decline",
    "dispute_of",
    "draft_of",
    "earlier_of",
    "enqueue",
    "expire",
    "field_of",
    "go_away",
    "held_at_desks",
    "held_by",
    "hold",
    "holder_of",
    "is_held",
    "is_offered",
    "late_for",
    "marked_apart",
    "marked_in",
    "markings_of",
    "may_take",
    "newest_draft",
    "offers_to",
    "open_article",
    "overseen",
    "proposal_of",
    "push",
    "question_to",
    "queue_claim",
    "read_holds",
    "reassign",
    "redate",
    "redate_desk",
    "release",
    "request_changes",
    "rescore",
    "resume",
    "return_near",
    "review_twice",
    "save_draft",
    "set_deadline",
    "set_priority",
    "stranded",
    "submit",
    "take",
    "take_back",
    "take_next",
    "to_answer",
    "to_approve",
    "unblind",
    "unqueue",
    "waiting",
    "waiting_for",
    "watch",
    "who_could",
]
