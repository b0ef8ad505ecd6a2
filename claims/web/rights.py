"""What each page and verb asks for, by method and name of its address; docs/roles.md and the tests are made of it."""

from collections.abc import Mapping

from claims.rules.rights import Access, Needed, Right

ROUTES: Mapping[str, Needed] = {
    # desks
    "GET desks": Access.SIGNED_IN,
    "POST desks": Access.STAFF,
    "GET desk_about": Right.READ,
    "GET desk_policy": Right.MANAGE_POLICY,
    "POST desk_policy": Right.MANAGE_POLICY,
    "GET members": Right.MANAGE_MEMBERS,
    "POST member_set": Right.MANAGE_MEMBERS,
    "POST member_remove": Right.MANAGE_MEMBERS,
    # invitations: whoever has the link may answer it
    "GET invitation": Access.EVERYBODY,
    "POST invitation": Access.EVERYBODY,
    "GET invitations": Right.MANAGE_MEMBERS,
    "POST invitations": Right.MANAGE_MEMBERS,
    "POST invitation_resend": Right.MANAGE_MEMBERS,
    "POST invitation_revoke": Right.MANAGE_MEMBERS,
    # articles
    "GET articles": Right.READ,
    "GET article_new": Right.SUBMIT,
    "POST article_new": Right.SUBMIT,
    "GET article": Right.READ,
    "GET article_progress": Right.READ,
    "POST article_retry": Right.CORRECT,
    "POST article_describe": Right.CORRECT,
    "POST article_reextract": Right.REREAD,
    # attributions
    "POST attribution_confirm": Right.CORRECT,
    "POST attribution_reject": Right.CORRECT,
    "POST speaker": Right.CORRECT,
    # claims
    "GET claim": Right.READ,
    "GET claim_history": Right.READ,
    "POST claim_dismiss": Right.TRIAGE,
    "POST claim_restore": Right.TRIAGE,
    "POST claim_queue": Right.TRIAGE,
    "POST claim_unqueue": Right.TRIAGE,
    "POST claim_twice": Right.TRIAGE,
    "GET claim_place": Right.TRIAGE,
    "POST claim_priority": Right.TRIAGE,
    "POST claim_deadline": Right.TRIAGE,
    "POST claim_assign": Right.ASSIGN,
    # bulk
    "GET triage": Right.TRIAGE,
    "POST bulk_preview": Right.TRIAGE,
    "POST bulk_begin": Right.TRIAGE,
    "GET bulk_actions": Right.TRIAGE,
    "GET bulk_action": Right.TRIAGE,
    "GET bulk_progress": Right.TRIAGE,
    "POST bulk_cancel": Right.TRIAGE,
    "POST bulk_undo": Right.TRIAGE,
    # evidence
    "GET capture": Right.READ,
    "GET capture_content": Right.READ,
    "POST evidence_add": Right.REVIEW,
    "POST evidence_withdraw": Right.REVIEW,
    "POST evidence_capture": Right.REVIEW,
    "POST claimant_ask": Right.REVIEW,
    "POST claimant_answer": Right.REVIEW,
    # review
    "GET desk": Right.REVIEW,
    "POST next": Right.REVIEW,
    "POST take": Right.REVIEW,
    "POST draft": Right.REVIEW,
    "POST submit": Right.REVIEW,
    "POST accept": Right.REVIEW,
    "POST release": Right.REVIEW,
    "POST decline": Right.REVIEW,
    # conflicts, and what a person reads and knows: everybody changes their own
    "GET me": Right.READ,
    "POST me_change": Right.REVIEW,
    "POST conflict_declare": Right.REVIEW,
    "POST conflict_end": Right.REVIEW,
    "GET conflicts": Right.OVERSEE,
    # holds
    "POST hold": Right.REVIEW,
    "POST resume": Right.REVIEW,
    "GET due": Right.OVERSEE,
    "GET held": Right.OVERSEE,
    "GET assignment": Right.ASSIGN,
    "POST take_back": Right.ASSIGN,
    "POST reassign": Right.ASSIGN,
    # adjudication
    "GET adjudications": Right.ADJUDICATE,
    "GET adjudication": Right.REVIEW,
    "POST adjudicate": Right.ADJUDICATE,
    # returns
    "GET approvals": Right.APPROVE,
    "GET approval": Right.APPROVE,
    "POST approve": Right.APPROVE,
    "POST send_back": Right.ADJUDICATE,
    # notes
    "GET notes": Right.READ,
    "POST note_add": Right.REVIEW,
    "POST note_reply": Right.REVIEW,
    "POST note_resolve": Right.REVIEW,
    "POST note_reopen": Right.REVIEW,
    # agreement
    "GET agreement": Right.SEE_AGREEMENT,
    "GET agreement_csv": Right.SEE_AGREEMENT,
    # publication
    "GET to_publish": Right.PUBLISH,
    "GET preview": Right.PUBLISH,
    "POST publish": Right.PUBLISH,
    "POST reopen": Right.PUBLISH,
    "POST retract": Right.PUBLISH,
    # verdicts
    "GET front": Access.EVERYBODY,
    "GET verdicts": Access.EVERYBODY,
    "GET verdict": Access.EVERYBODY,
    # sources: one register for all desks
    "GET sources": Right.READ,
    "GET source_options": Right.READ,
    "GET source": Right.READ,
    "GET source_history": Right.READ,
    "POST source_new": Right.MANAGE_SOURCES,
    "POST source_rename": Right.MANAGE_SOURCES,
    "POST alias_add": Right.MANAGE_SOURCES,
    "POST alias_remove": Right.MANAGE_SOURCES,
    "POST source_merge": Right.MANAGE_SOURCES,
    "POST merge_undo": Right.MANAGE_SOURCES,
    # notifications: a person's own, of all their desks
    "GET notifications": Right.READ,
    "GET bell": Right.READ,
    "POST notifications_read": Right.READ,
    "GET notification_choices": Right.READ,
    "POST notification_choose": Right.READ,
    "POST notification": Right.READ,
    # jobs
    "GET jobs": Right.RETRY_JOBS,
    "POST job_retry": Right.RETRY_JOBS,
}
