"""What a person is told, in words of the language that is active, and the page on which they find it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from claims.models.notifications import Notification
from claims.rules.notifications import Kind

# By kind: the sentence, and what the kind is called where people choose how to be told of it.
SENTENCES: dict[Kind, Any] = {
    Kind.ASSIGNED: _("%(who)s gave you a claim to review."),
    Kind.OFFERED: _("A claim is offered to you for review."),
    Kind.TAKEN_BACK: _("%(who)s took back a claim that you held."),
    Kind.CHANGES_REQUESTED: _("Your review came back to you for changes."),
    Kind.APPROVED: _("%(who)s approved your review, with feedback for you."),
    Kind.APPROVAL_WAITS: _("A decision waits for an editor's approval."),
    Kind.ADJUDICATION_WAITS: _("Two reviews differ, and you may settle it."),
    Kind.ADJUDICATED: _("The difference between your review and another is settled."),
    Kind.MENTIONED: _("%(who)s mentioned you in a note."),
    Kind.ASKED: _("%(who)s asks you a question."),
    Kind.ANSWERED: _("%(who)s answered you."),
    Kind.DUE_SOON: _("A claim in your hands is due soon."),
    Kind.OVERDUE: _("The time for the review of a claim is over."),
    Kind.ESCALATED: _("A claim is still not reviewed, long after it was due."),
    Kind.HOLD_OVERDUE: _("A claim has been on hold for longer than 14 days."),
    Kind.PUBLISHED: _("A verdict on a claim that you reviewed is public."),
    Kind.CORRECTED: _("A new version of a verdict on a claim that you reviewed is public."),
    Kind.RETRACTED: _("A verdict on a claim that you reviewed was retracted."),
    Kind.ADDED: _("You are now a member of the desk “%(desk)s”."),
    Kind.WEBHOOK_DISABLED: _("A webhook of the desk “%(desk)s” was disabled: its receiver does not take what is sent."),
}
NAMES: dict[Kind, Any] = {
    Kind.ASSIGNED: _("An editor gives you a claim"),
    Kind.OFFERED: _("A claim is offered to you"),
    Kind.TAKEN_BACK: _("An editor takes back what you hold"),
    Kind.CHANGES_REQUESTED: _("Your review comes back for changes"),
    Kind.APPROVED: _("An editor approves your review with feedback"),
    Kind.APPROVAL_WAITS: _("A decision waits for approval"),
    Kind.ADJUDICATION_WAITS: _("Two reviews differ that you may settle"),
    Kind.ADJUDICATED: _("A difference between your review and another is settled"),
    Kind.MENTIONED: _("A note mentions you"),
    Kind.ASKED: _("Somebody asks you a question"),
    Kind.ANSWERED: _("Somebody answers you"),
    Kind.DUE_SOON: _("A claim that you hold is due soon"),
    Kind.OVERDUE: _("A claim is overdue"),
    Kind.ESCALATED: _("A claim has been overdue for a long time"),
    Kind.HOLD_OVERDUE: _("A claim has been on hold for a long time"),
    Kind.PUBLISHED: _("A claim that you reviewed is published"),
    Kind.CORRECTED: _("A claim that you reviewed is published again"),
    Kind.RETRACTED: _("A verdict on a claim that you reviewed is retracted"),
    Kind.ADDED: _("You join a desk"),
    Kind.WEBHOOK_DISABLED: _("A webhook is disabled"),
}
PAGES: dict[Kind, str] = {
    **dict.fromkeys((Kind.MENTIONED, Kind.ASKED, Kind.ANSWERED), "web:notes"),
    Kind.APPROVED: "web:approval",
    **dict.fromkeys((Kind.ADJUDICATION_WAITS, Kind.ADJUDICATED), "web:adjudication"),
}


def sentence(row: Notification) -> str:
    """One sentence; the claim stands beside it. Reads the row's actor and desk."""
    who = str(row.actor) if row.actor else gettext("The workbench")
    words: str = str(SENTENCES[Kind(row.kind)]) % {"who": who, "desk": row.desk.name}
    return words


def page(row: Notification) -> str:
    """The path of the page that it leads to. Addresses are known by name, as jobs are: the roof has them."""
    if row.kind == Kind.WEBHOOK_DISABLED:
        return reverse("web:webhooks", args=[row.desk.slug])
    if row.claim_id is None:
        return reverse("web:front")
    return reverse(PAGES.get(Kind(row.kind), "web:claim"), args=[row.claim_id])
