"""What each operation asks for, by method and name of its address. docs/roles.md and the tests are made of it."""

from collections.abc import Mapping

from claims.rules.rights import Access, Needed, Right

ROUTES: Mapping[str, Needed] = {
    # desks, their people, and who is invited
    "GET desks": Access.SIGNED_IN,
    "POST desks": Access.STAFF,
    "GET desk": Right.READ,
    "PATCH desk": Right.MANAGE_POLICY,
    "GET members": Right.READ,
    "GET member": Right.READ,
    "PUT member": Right.MANAGE_MEMBERS,
    "DELETE member": Right.MANAGE_MEMBERS,
    "GET invitations": Right.MANAGE_MEMBERS,
    "POST invitations": Right.MANAGE_MEMBERS,
    "POST invitation-resend": Right.MANAGE_MEMBERS,
    "POST invitation-revoke": Right.MANAGE_MEMBERS,
    # webhooks
    "GET webhooks": Right.MANAGE_WEBHOOKS,
    "POST webhooks": Right.MANAGE_WEBHOOKS,
    "GET webhook": Right.MANAGE_WEBHOOKS,
    "PATCH webhook": Right.MANAGE_WEBHOOKS,
    "DELETE webhook": Right.MANAGE_WEBHOOKS,
    "POST webhook-test": Right.MANAGE_WEBHOOKS,
    "POST webhook-pause": Right.MANAGE_WEBHOOKS,
    "POST webhook-resume": Right.MANAGE_WEBHOOKS,
    "POST webhook-rotate": Right.MANAGE_WEBHOOKS,
    "GET deliveries": Right.MANAGE_WEBHOOKS,
    "POST delivery-again": Right.MANAGE_WEBHOOKS,
    # articles
    "GET articles": Access.SIGNED_IN,
    "POST articles": Right.SUBMIT,
    "GET article": Right.READ,
    "PATCH article": Right.CORRECT,
    "GET article-text": Right.READ,
    "POST article-retry": Right.CORRECT,
    "POST article-keep": Right.CORRECT,
    "POST article-reextract": Right.REREAD,
    # batches
    "GET batches": Access.SIGNED_IN,
    "GET batch": Right.READ,
    # attributions
    "GET article-attributions": Right.READ,
    "POST article-attributions": Right.CORRECT,
    "GET attribution": Right.READ,
    "PATCH attribution": Right.CORRECT,
    "POST attribution-confirm": Right.CORRECT,
    "POST attribution-unconfirm": Right.CORRECT,
    "POST attribution-reject": Right.CORRECT,
    "POST attribution-claim": Right.CORRECT,
    "GET attribution-history": Right.READ,
    "POST attribution-restore": Right.CORRECT,
    # filters: whoever reads keeps their own
    "GET filters": Access.SIGNED_IN,
    "POST filters": Right.READ,
    "DELETE filter": Right.READ,
    # claims
    "GET claims": Access.SIGNED_IN,
    "GET claim": Right.READ,
    "GET claim-events": Right.READ,
    "POST claim-dismiss": Right.TRIAGE,
    "POST claim-restore": Right.TRIAGE,
    "POST claim-queue": Right.TRIAGE,
    "POST claim-review-twice": Right.TRIAGE,
    "POST claim-priority": Right.TRIAGE,
    "POST claim-deadline": Right.TRIAGE,
    "GET claim-candidates": Right.ASSIGN,
    "POST claim-assign": Right.ASSIGN,
    "GET duplicates": Right.TRIAGE,
    "POST claim-same-as": Right.TRIAGE,
    # bulk: where the order says at which desk
    "GET bulk-actions": Right.TRIAGE,
    "POST bulk-actions": Right.TRIAGE,
    "GET bulk-action": Right.TRIAGE,
    "GET bulk-items": Right.TRIAGE,
    "POST bulk-cancel": Right.TRIAGE,
    "POST bulk-undo": Right.TRIAGE,
    # review: lists of one's own are empty for whoever reviews nowhere
    "POST claim-take": Right.REVIEW,
    "GET queue": Right.REVIEW,
    "POST queue-next": Right.REVIEW,
    "GET assignments": Access.SIGNED_IN,
    "GET assignment": Right.REVIEW,
    "POST assignment-accept": Right.REVIEW,
    "POST assignment-release": Right.REVIEW,
    "POST assignment-decline": Right.REVIEW,
    "PUT assignment-draft": Right.REVIEW,
    "POST assignment-submit": Right.REVIEW,
    # conflicts, and what a person reads and knows: everybody changes their own
    "GET memberships": Access.SIGNED_IN,
    "GET membership": Right.READ,
    "PATCH membership": Right.REVIEW,
    "GET me-away": Right.REVIEW,
    "POST me-away": Right.REVIEW,
    "POST me-back": Right.REVIEW,
    "GET conflicts": Access.SIGNED_IN,
    "POST conflicts": Right.REVIEW,
    "POST conflict-end": Right.REVIEW,
    "GET topics": Right.READ,
    # returns
    "GET approvals": Right.APPROVE,
    "GET claim-approval": Right.REVIEW,
    "POST claim-approve": Right.APPROVE,
    "POST claim-request-changes": Right.ADJUDICATE,
    # holds
    "POST assignment-hold": Right.REVIEW,
    "POST assignment-resume": Right.REVIEW,
    "GET due": Right.OVERSEE,
    "GET held": Right.OVERSEE,
    "POST assignment-take-back": Right.ASSIGN,
    "POST assignment-reassign": Right.ASSIGN,
    # adjudication
    "GET adjudications": Access.SIGNED_IN,
    "GET claim-adjudication": Right.REVIEW,
    "POST claim-adjudicate": Right.ADJUDICATE,
    # notes
    "GET claim-notes": Right.READ,
    "POST claim-notes": Right.REVIEW,
    "GET notes": Access.SIGNED_IN,
    "POST note-resolve": Right.REVIEW,
    "POST note-reopen": Right.REVIEW,
    # notifications: a person's own
    "GET notifications": Access.SIGNED_IN,
    "POST notifications-read": Access.SIGNED_IN,
    "GET notification-choices": Access.SIGNED_IN,
    "PATCH notification-choices": Access.SIGNED_IN,
    # agreement
    "GET agreement": Right.SEE_AGREEMENT,
    # numbers: what single persons did is null for whoever does not oversee the desk
    "GET desk-numbers": Right.READ,
    # publication
    "POST claim-publish": Right.PUBLISH,
    "POST claim-reopen": Right.PUBLISH,
    "POST claim-retract": Right.PUBLISH,
    # verdicts
    "GET verdicts": Access.EVERYBODY,
    "GET verdict_search": Access.EVERYBODY,
    "GET verdict": Access.EVERYBODY,
    # sources: one register for all desks
    "GET sources": Access.SIGNED_IN,
    "GET source": Access.SIGNED_IN,
    # jobs
    "GET jobs": Access.STAFF,
    "POST job-retry": Access.STAFF,
}
