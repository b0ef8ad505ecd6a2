"""Invitations to a desk: ask by mail, ask again, take it back; and come, with an account or with a new one."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from claims import jobs
from claims.models.desks import Desk, Membership, Role
from claims.models.events import Event, Subject
from claims.models.invitations import VALID_FOR, Invitation, InvitationState
from claims.models.jobs import Job, JobState
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.rights import Right, has, outranks
from claims.rules.workflow import Missing
from claims.services import desks
from claims.services import jobs as queue
from claims.services.events import record, verb

# Mail goes to whatever address an admin types. More than this in an hour is no desk that grows.
PER_HOUR = 50
NOT_AGAIN_WITHIN = timedelta(minutes=1)
SPOKEN = tuple(code for code, _name in settings.LANGUAGES)
MAILS = ("desk.invited", "desk.invitation_resent")

GONE = {
    InvitationState.EXPIRED: "This invitation has expired. Ask whoever invited you for a new one.",
    InvitationState.ACCEPTED: "This invitation was used already. Sign in to go on.",
    InvitationState.REVOKED: "This invitation was taken back. Ask whoever invited you.",
}


# --- The admin's ------------------------------------------------------------------------------------------------------


@verb
def invite(desk: Desk, email: str, role: str, *, actor: Any, language: str = "") -> Invitation:
    """Ask whoever reads mail at the address to come to the desk; the mail is sent by a job, in the ``language``.

    Raises Refused for no address, no role or a language that no page speaks, Forbidden for a role above one's own,
    Conflict where the address has an invitation that waits or is a member's, and when too many mails were sent.
    """
    email = get_user_model().objects.normalize_email(email.strip())
    if role not in Role.values:
        raise Refused.one("role", "unknown", f"There is no role “{role}”. Use one of: {', '.join(Role.values)}.")
    if language and language not in SPOKEN:
        message = f"No page speaks “{language}”. Use one of: {', '.join(SPOKEN)}."
        raise Refused.one("language", "unknown", message)
    _check_may_give(desk, role, actor)
    Desk.objects.select_for_update(no_key=True).get(pk=desk.pk)
    if Membership.objects.filter(desk=desk, active=True, user__email__iexact=email).exclude(user__email="").exists():
        raise Conflict.with_details("email", "member", "Somebody with this address is at the desk already.")
    # Locked: it may be sent again, taken back or accepted at this moment, and is none that has expired then.
    same = Invitation.objects.with_state().open().filter(desk=desk, email__iexact=email)
    before = same.select_for_update(of=("self",)).first()
    if before and before.state == InvitationState.PENDING:
        raise Conflict.with_details(
            "email", "invited", "This address is invited already. Send it again, or take it back."
        )
    if before:
        Invitation.objects.filter(pk=before.pk).update(revoked_at=Now())
    _check_not_too_many(desk)
    words = {"email": email, "role": role, "language": language or usual_language(desk, actor)}
    invitation = Invitation(desk=desk, invited_by=actor, expires_at=Now() + VALID_FOR, **words)
    try:
        Invitation._meta.get_field("email").clean(email, invitation)
    except ValidationError as error:
        raise Refused.one("email", "invalid", " ".join(error.messages)) from error
    invitation.save()
    _tell("desk.invited", invitation, actor)
    _send_soon(invitation)
    return one(invitation.pk)


@verb
def resend(invitation_id: int, *, actor: Any) -> Invitation:
    """Send it again with a new link that counts from now; the old link is dead. It is the actor's invitation then."""
    invitation = _locked(invitation_id)
    _check_open(invitation)
    _check_may_give(invitation.desk, invitation.role, actor)
    recent = Invitation.objects.filter(pk=invitation.pk, sent_at__gt=Now() - NOT_AGAIN_WITHIN)
    if recent.exists():
        raise Conflict.with_details("invitation", "too_soon", "It was sent this minute. Give the mail time to arrive.")
    _check_not_too_many(invitation.desk)
    renewed = {"digest": None, "sent_at": None, "expires_at": Now() + VALID_FOR, "invited_by": actor}
    Invitation.objects.filter(pk=invitation.pk).update(**renewed)
    _tell("desk.invitation_resent", invitation, actor)
    _send_soon(invitation)
    return one(invitation.pk)


@verb
def revoke(invitation_id: int, *, actor: Any) -> Invitation:
    """From now on the link says that it was taken back. Raises Conflict when it was used, or taken back before."""
    invitation = _locked(invitation_id)
    _check_open(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(revoked_at=Now())
    _tell("desk.invitation_revoked", invitation, actor)
    return one(invitation.pk)


def one(invitation_id: int) -> Invitation:
    return Invitation.objects.with_state().select_related("desk", "invited_by", "accepted_by").get(pk=invitation_id)


def of_desk(desk: Desk, invitation_id: int) -> Invitation:
    """An invitation of this desk; raises Absent."""
    found = Invitation.objects.filter(pk=invitation_id, desk=desk).first()
    if found is None:
        raise Absent.one("invitation", "absent", "There is no such invitation at this desk.")
    return found


def failures(invitations: list[Invitation]) -> dict[int, str]:
    """Invitation id → why its mail could not be sent, for those whose newest job was given up."""
    keys = {_key(each): each.pk for each in invitations if each.sent_at is None}
    newest = Job.objects.filter(key__in=keys).order_by("key", "-id").distinct("key")
    return {keys[job.key]: job.error for job in newest if job.state == JobState.DEAD}


def _locked(invitation_id: int) -> Invitation:
    rows = Invitation.objects.with_state().select_related("desk").select_for_update(of=("self",))
    return rows.get(pk=invitation_id)


def _check_open(invitation: Invitation) -> None:
    if invitation.state in (InvitationState.ACCEPTED, InvitationState.REVOKED):
        raise Conflict.with_details("invitation", invitation.state, f"This invitation is {invitation.state} already.")


def _check_may_give(desk: Desk, role: str, actor: Any) -> None:
    own = desks.role_at(desk.pk, actor)
    if own is None or not has(own, Right.MANAGE_MEMBERS):
        raise Forbidden.one("desk", "not_allowed", "At this desk you do not invite people.")
    if outranks(role, own):
        raise Forbidden.one("role", "above_own", "Nobody can give a role above their own.")


def _check_not_too_many(desk: Desk) -> None:
    events = Event.objects.of(Subject.DESK, desk.pk).filter(kind__in=MAILS, at__gt=Now() - timedelta(hours=1))
    if events[:PER_HOUR].count() >= PER_HOUR:
        message = f"The desk sent {PER_HOUR} invitations within an hour. Wait a while before the next one."
        raise Conflict.with_details("desk", "too_many", message)


def _tell(kind: str, invitation: Invitation, actor: Any) -> None:
    """The address is not in the history, which keeps for ever what a person may want forgotten."""
    what = {"invitation": invitation.pk, "role": invitation.role}
    record(kind, Subject.DESK, invitation.desk_id, actor=actor, data=what)


def _key(invitation: Invitation) -> str:
    return f"send invitation {invitation.pk}"


def _send_soon(invitation: Invitation) -> None:
    queue.enqueue(jobs.SEND_INVITATION, _key(invitation), {"invitation": invitation.pk})


# --- The job ----------------------------------------------------------------------------------------------------------


def send(job: Job) -> None:
    """The job that draws the secret and mails the link. When the mail fails, nothing is stored, and it is tried again.

    When it went out and the worker dies before that is stored, a second mail has a link of its own, and the first one
    is dead.
    """
    with queue.finishing(job):
        rows = Invitation.objects.with_state().select_related("desk", "invited_by").select_for_update(of=("self",))
        invitation = rows.get(pk=job.args["invitation"])
        if invitation.state != InvitationState.PENDING:
            return
        secret = Invitation.draw()
        Invitation.objects.filter(pk=invitation.pk).update(digest=Invitation.digest_of(secret), sent_at=Now())
        link = settings.PUBLIC_URL + reverse("web:invitation", args=[secret])
        with translation.override(language_of(invitation)):
            subject = _("%(desk)s invites you") % {"desk": " ".join(invitation.desk.name.split())}
            text = render_to_string("claims/invitations/mail.txt", {"invitation": invitation, "link": link})
            send_mail(subject, text, None, [invitation.email])


def language_of(invitation: Invitation) -> str:
    """Of its mail and of the page behind its link."""
    return invitation.language or usual_language(invitation.desk, invitation.invited_by)


def usual_language(desk: Desk, inviter: Any) -> str:
    """The desk's language; where no page speaks it, the inviter's."""
    wanted = (desk.language.lower().split("-")[0], inviter.language, settings.LANGUAGE_CODE)
    return next(code for code in wanted if code in SPOKEN)


# --- The person's -----------------------------------------------------------------------------------------------------


def found(secret: str) -> Invitation:
    """The invitation of a link with its state; raises Absent for what is no link of ours, however wrong it is."""
    rows = Invitation.objects.with_state().select_related("desk", "invited_by")
    invitation = rows.filter(digest=Invitation.digest_of(secret)).first()
    if invitation is None:
        raise Absent.one("invitation", "absent", "There is no such invitation.")
    if invitation.state == InvitationState.PENDING and not _still_meant(invitation):
        invitation.state = InvitationState.REVOKED
    return invitation


def _still_meant(invitation: Invitation) -> bool:
    """Whoever may not invite any more does not bring anybody either."""
    own = desks.role_at(invitation.desk_id, invitation.invited_by)
    return has(own, Right.MANAGE_MEMBERS) and invitation.invited_by.is_active


def has_account(invitation: Invitation) -> bool:
    """Whether somebody signs in with this address already. For whoever has the link, which went to that address."""
    return bool(get_user_model().objects.filter(email__iexact=invitation.email).exists())


def is_for(invitation: Invitation, user: Any) -> bool:
    return bool(user.email) and user.email.casefold() == invitation.email.casefold()


@verb
def accept(secret: str, user: Any) -> Membership:
    """Come to the desk with the account that one has. Raises Absent, and Conflict for a dead link or another address.

    The link alone is not enough here: a mail that was passed on lets nobody in with another account. Only where the
    address has no account does whoever has the link make one, by join().
    """
    invitation = _usable(secret)
    if not is_for(invitation, user):
        message = "This invitation is for another address than that of your account."
        raise Conflict.with_details("email", "other_address", message)
    return _come(invitation, user)


@verb
def join(secret: str, username: str, display_name: str, password: str, *, language: str = "") -> Any:
    """Make an account with the invited address and come to the desk; returns the person.

    The pages speak ``language`` to them from then on, or that of the invitation.

    Raises Absent, Conflict for a dead link or where the address has an account, Refused for what makes no account.
    """
    invitation = _usable(secret)
    if has_account(invitation):
        raise Conflict.with_details("email", "has_account", "You have an account with this address. Sign in to accept.")
    named = {"username": username, "display_name": display_name, "email": invitation.email}
    person = get_user_model()(**named, language=language or language_of(invitation))
    problems = _problems(person, password)
    if problems:
        raise Refused(problems)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise Conflict.with_details("username", "taken", "Somebody else has this name. Choose another.") from error
    _come(invitation, person)
    return person


def _problems(person: Any, password: str) -> list[Missing]:
    problems = []
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as error:
        problems += [Missing(field, "invalid", " ".join(said)) for field, said in error.message_dict.items()]
    try:
        validate_password(password, person)
    except ValidationError as error:
        problems.append(Missing("password", "weak", " ".join(error.messages)))
    return problems


def _usable(secret: str) -> Invitation:
    """The invitation, locked, so that a link that is used twice at once acts once; its desk before, as in invite()."""
    rows = Invitation.objects.filter(digest=Invitation.digest_of(secret))
    Desk.objects.select_for_update(no_key=True).filter(pk__in=rows.values("desk")).first()
    rows.select_for_update().first()
    invitation = found(secret)
    if invitation.state != InvitationState.PENDING:
        raise Conflict.with_details("invitation", invitation.state, GONE[InvitationState(invitation.state)])
    return invitation


def _come(invitation: Invitation, person: Any) -> Membership:
    if desks.role_at(invitation.desk_id, person) is not None:
        raise Conflict.with_details("desk", "member", "You are at this desk already.")
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=Now(), accepted_by=person)
    _tell("desk.invitation_accepted", invitation, person)
    return desks.set_member(invitation.desk, person, invitation.role, actor=person)
