"""What an editor can do to many claims at once: what each verb is called, and what becomes of the claims."""

from django.utils.translation import gettext_lazy as _

from claims.rules.bulk import BulkVerb

VERBS = {
    BulkVerb.DISMISS: (_("Dismiss"), _("They are not taken up, and can be restored at any time.")),
    BulkVerb.RESTORE: (_("Restore"), _("What was dismissed comes back, outside of the queue.")),
    BulkVerb.MERGE: (
        _("Merge duplicates"),
        _("One claim stays; the others are linked to it as the same, and dismissed."),
    ),
    BulkVerb.QUEUE: (_("Send to the reviewers"), _("They get a place in the queue.")),
    BulkVerb.UNQUEUE: (_("Take out of the queue"), _("Claims that nobody has taken leave the queue.")),
    BulkVerb.REVIEW_TWICE: (_("Have reviewed twice"), _("Whatever the desk's policy says.")),
    BulkVerb.SET_PRIORITY: (
        _("Set the priority"),
        _("They move in the queue, and keep it until the rule sets it again."),
    ),
    BulkVerb.ASSIGN: (_("Assign"), _("One reviewer gets them, with the full time.")),
}
