"""Names of the jobs, and the queues that they wait in. A job is found by its name, never by its function."""

DEFAULT_QUEUE = "default"

# Jobs that have a row in the job table.
FETCH_ARTICLE = "claims.fetch_article"  # an address or an uploaded page becomes a revision
EXTRACT_ARTICLE = "claims.extract_article"  # a revision becomes attributions and claims
REEXTRACT_ARTICLE = "claims.reextract_article"  # an article is read again; what is new becomes a suggestion
OPEN_REVIEW = "claims.open_review"  # an article's claims become queue entries
REDATE_DESK = "claims.redate_desk"  # what waits at a desk gets its due time by the changed policy
CAPTURE_EVIDENCE = "claims.capture_evidence"  # the page behind a piece of evidence is stored
SEND_INVITATION = "claims.send_invitation"  # somebody is asked by mail to come to a desk
RUN_BULK = "claims.run_bulk"  # what an editor ordered is done to many claims, or undone
SEND_MAIL = "claims.send_mail"  # what somebody is told goes to their mail address
SEND_WEBHOOKS = "claims.send_webhooks"  # what happened is told to the programs that wait for it

# What beat asks for by the clock; losing one is harmless, the next one does its work.
DISPATCH_JOBS = "claims.dispatch_jobs"
EXPIRE_LEASES = "claims.expire_leases"
PUSH_QUEUE = "claims.push_queue"
RESCORE_QUEUE = "claims.rescore_queue"
SEAL_EVENTS = "claims.seal_events"
WATCH_DEADLINES = "claims.watch_deadlines"
PLAN_MAILS = "claims.plan_mails"
PLAN_WEBHOOKS = "claims.plan_webhooks"

RECORDED = frozenset(
    {
        *(FETCH_ARTICLE, EXTRACT_ARTICLE, REEXTRACT_ARTICLE, OPEN_REVIEW, REDATE_DESK),
        *(CAPTURE_EVIDENCE, SEND_INVITATION, RUN_BULK, SEND_MAIL, SEND_WEBHOOKS),
    }
)
SCHEDULED = frozenset(
    {
        *(DISPATCH_JOBS, EXPIRE_LEASES, PUSH_QUEUE, RESCORE_QUEUE, SEAL_EVENTS, WATCH_DEADLINES),
        *(PLAN_MAILS, PLAN_WEBHOOKS),
    }
)

# The clock's work has a queue of its own, so that a thousand articles never hold up the dispatcher.
QUEUES = dict.fromkeys(SCHEDULED, "clock")
