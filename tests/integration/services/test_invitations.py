"""Invitations: who may be asked by whom, what the link is good for, and every way in which it is not."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, InternalError, transaction
from django.db.models.functions import Now
from django.db.utils import DatabaseError

from claims.models.desks import Membership, Role
from claims.models.events import Event
from claims.models.invitations import Invitation
from claims.models.jobs import Job
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.services import desks, invitations
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, invited
from workbench.accounts.models import User

ADDRESS = "nina@example.com"
JOIN = ("nina", "Nina Kraus", "a long and quiet harbour")


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def state(invitation: Invitation) -> str:
    return invitations.one(invitation.pk).state


def code(refused: Any) -> str:
    found: str = refused.value.problems[0].code
    return found


def told(world: World) -> list[str]:
    return [event.kind for event in Event.objects.of("desk", world.desk.pk) if "invit" in event.kind]


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_the_mail_holds_the_link_and_the_database_does_not(world: World) -> None:
    invitation, secret = invited(world.desk, ADDRESS, Role.EDITOR, by=world.dora)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([ADDRESS], "Harbour Desk invites you")
    assert "Dora invites you to Harbour Desk as editor." in sent.body
    assert f"http://localhost:8000/invitations/{secret}/" in sent.body
    stored = [*Invitation.objects.values(), *Job.objects.values(), *Event.objects.values()]
    assert secret not in str(stored)
    assert ADDRESS not in str(list(Event.objects.values())), "history keeps for ever what a person may want forgotten"
    found = invitations.found(secret)
    assert (found.pk, found.state, found.role) == (invitation.pk, "pending", "editor")
    assert found.expires_at - found.created_at == timedelta(days=7)
    assert told(world) == ["desk.invited"]


@pytest.mark.parametrize("who", ["ruth", "alice", "carol", "mallory"])
def test_only_admins_of_the_desk_invite(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        invitations.invite(world.desk, ADDRESS, Role.READER, actor=getattr(world, who))
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("email", ["", "nina", "nina@", "a@b@c.example", "nina@example.com\nBcc: x@example.com"])
def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    with pytest.raises(Refused) as refused:
        invitations.invite(world.desk, email, Role.READER, actor=world.dora)
    assert refused.value.problems[0].field == "email"


def test_an_unknown_role_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refused:
        invitations.invite(world.desk, ADDRESS, "emperor", actor=world.dora)
    assert refused.value.problems[0].field == "role"


def test_who_is_here_or_asked_already_is_not_asked_again(world: World) -> None:
    User.objects.filter(pk=world.alice.pk).update(email="Alice@example.com")
    with pytest.raises(Conflict) as member:
        invitations.invite(world.desk, "alice@EXAMPLE.com", Role.READER, actor=world.dora)
    invited(world.desk, ADDRESS, by=world.dora)
    with pytest.raises(Conflict) as twice:
        invitations.invite(world.desk, ADDRESS.upper(), Role.READER, actor=world.dora)
    assert (code(member), code(twice)) == ("member", "invited")
    # Another desk knows nothing of it.
    invitations.invite(world.elsewhere, ADDRESS, Role.READER, actor=world.mallory)


def test_an_expired_one_gives_way_to_a_new_one(world: World) -> None:
    old, secret = invited(world.desk, ADDRESS, by=world.dora)
    Invitation.objects.filter(pk=old.pk).update(expires_at=Now())
    new, _secret = invited(world.desk, ADDRESS, Role.EDITOR, by=world.dora)
    assert (state(old), state(new)) == ("revoked", "pending")
    assert invitations.found(secret).state == "revoked"


def test_a_desk_sends_only_so_many_mails_in_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "PER_HOUR", 3)
    for number in range(3):
        invitations.invite(world.desk, f"n{number}@example.com", Role.READER, actor=world.dora)
    with pytest.raises(Conflict) as conflict:
        invitations.invite(world.desk, ADDRESS, Role.READER, actor=world.dora)
    assert code(conflict) == "too_many"
    first = Invitation.objects.order_by("pk")[0]
    with pytest.raises(Conflict):
        invitations.resend(first.pk, actor=world.dora)


# --- Sending again, taking back ---------------------------------------------------------------------------------------


def test_the_link_in_the_old_mail_is_dead_after_a_new_one(world: World) -> None:
    invitation, old = invited(world.desk, ADDRESS, by=world.dora)
    with pytest.raises(Conflict) as conflict:
        invitations.resend(invitation.pk, actor=world.dora)
    assert code(conflict) == "too_soon"
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=Now() - timedelta(minutes=2), expires_at=Now())
    assert state(invitation) == "expired"
    invitations.resend(invitation.pk, actor=world.dora)
    with pytest.raises(Absent):
        invitations.found(old)
    factories.perform()
    new = factories.secret_in(str(mail.outbox[-1].body))
    assert invitations.found(new).state == "pending"
    assert told(world) == ["desk.invited", "desk.invitation_resent"]


def test_what_was_taken_back_says_so_and_stays_so(world: World) -> None:
    invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    invitations.revoke(invitation.pk, actor=world.dora)
    assert invitations.found(secret).state == "revoked"
    for step in (invitations.revoke, invitations.resend):
        with pytest.raises(Conflict) as conflict:
            step(invitation.pk, actor=world.dora)
        assert code(conflict) == "revoked"
    with pytest.raises(Conflict):
        invitations.join(secret, *JOIN)
    assert not User.objects.filter(email=ADDRESS).exists()


def test_one_that_is_taken_back_before_its_mail_is_never_sent(world: World) -> None:
    invitation = invitations.invite(world.desk, ADDRESS, Role.READER, actor=world.dora)
    invitations.revoke(invitation.pk, actor=world.dora)
    factories.perform()
    assert mail.outbox == []
    assert Invitation.objects.get().digest is None


def test_a_mail_that_fails_is_tried_again_and_then_said(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.no_such"
    invitation = invitations.invite(world.desk, ADDRESS, Role.READER, actor=world.dora)
    factories.perform()
    stored = Invitation.objects.get()
    assert (stored.digest, stored.sent_at) == (None, None), "a link that was never sent must not live"
    assert invitations.failures([stored]) == {}
    for _attempt in range(2):
        Job.objects.update(attempts=0)
        factories.perform()
    Job.objects.update(state="dead", finished_at=Now())
    assert list(invitations.failures([stored])) == [invitation.pk]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    invitations.resend(invitation.pk, actor=world.dora)
    assert invitations.failures([Invitation.objects.get()]) == {}, "it is on its way again"
    factories.perform()
    assert len(mail.outbox) == 1
    assert invitations.failures([Invitation.objects.get()]) == {}


# --- Coming -----------------------------------------------------------------------------------------------------------


def test_a_new_person_makes_an_account_and_is_a_member_at_once(world: World) -> None:
    invitation, secret = invited(world.desk, ADDRESS, Role.SENIOR_REVIEWER, by=world.dora)
    person = invitations.join(secret, *JOIN)
    assert (person.email, person.display_name, person.is_staff) == (ADDRESS, "Nina Kraus", False)
    assert person.check_password(JOIN[2])
    assert desks.role_at(world.desk.pk, person) is Role.SENIOR_REVIEWER
    assert state(invitation) == "accepted"
    last = Event.objects.of("desk", world.desk.pk).order_by("-sequence")[:2]
    assert [(event.kind, event.actor) for event in last] == [
        ("desk.member_set", person),
        ("desk.invitation_accepted", person),
    ]
    with pytest.raises(Conflict) as again:
        invitations.join(secret, "nina2", "Nina", JOIN[2])
    assert code(again) == "accepted"


def test_a_person_with_an_account_comes_with_it(world: World) -> None:
    User.objects.filter(pk=world.mallory.pk).update(email="Mallory@Example.com")
    world.mallory.refresh_from_db()
    _invitation, secret = invited(world.desk, "mallory@example.com", Role.READER, by=world.dora)
    with pytest.raises(Conflict) as second_account:
        invitations.join(secret, *JOIN)
    assert code(second_account) == "has_account"
    invitations.accept(secret, world.mallory)
    assert desks.role_at(world.desk.pk, world.mallory) is Role.READER


def test_a_mail_that_was_passed_on_lets_nobody_in(world: World) -> None:
    User.objects.filter(pk=world.mallory.pk).update(email="mallory@example.com")
    invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    for person in (User.objects.get(pk=world.mallory.pk), factories.user("without-address")):
        with pytest.raises(Conflict) as conflict:
            invitations.accept(secret, person)
        assert code(conflict) == "other_address"
    assert state(invitation) == "pending"


def test_whoever_left_can_be_asked_again(world: World) -> None:
    User.objects.filter(pk=world.alice.pk).update(email="alice@example.com")
    world.alice.refresh_from_db()
    desks.remove_member(world.desk, world.alice, actor=world.dora)
    _invitation, secret = invited(world.desk, "alice@example.com", Role.EDITOR, by=world.dora)
    invitations.accept(secret, world.alice)
    assert desks.role_at(world.desk.pk, world.alice) is Role.EDITOR


def test_whoever_came_otherwise_meanwhile_keeps_their_role(world: World) -> None:
    person = factories.user("nina", email=ADDRESS)
    invitation, secret = invited(world.desk, ADDRESS, Role.READER, by=world.dora)
    desks.set_member(world.desk, person, Role.EDITOR, actor=world.dora)
    with pytest.raises(Conflict) as conflict:
        invitations.accept(secret, person)
    assert code(conflict) == "member"
    assert desks.role_at(world.desk.pk, person) is Role.EDITOR
    assert state(invitation) == "pending"


@pytest.mark.parametrize("gone", ["demoted", "removed", "switched off"])
def test_whoever_may_not_invite_any_more_brings_nobody(world: World, gone: str) -> None:
    other = factories.member(world.desk, "other", Role.ADMIN)
    invitation, secret = invited(world.desk, ADDRESS, Role.ADMIN, by=other)
    if gone == "demoted":
        desks.set_member(world.desk, other, Role.EDITOR, actor=world.dora)
    elif gone == "removed":
        desks.remove_member(world.desk, other, actor=world.dora)
    else:
        User.objects.filter(pk=other.pk).update(is_active=False)
    assert invitations.found(secret).state == "revoked"
    with pytest.raises(Conflict):
        invitations.join(secret, *JOIN)
    # Sent again by somebody who may, it is theirs.
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=Now() - timedelta(minutes=2))
    invitations.resend(invitation.pk, actor=world.dora)
    factories.perform()
    invitations.join(factories.secret_in(str(mail.outbox[-1].body)), *JOIN)


def test_an_expired_link_lets_nobody_in(world: World) -> None:
    invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=Now())
    for attempt in (partial(invitations.join, secret, *JOIN), partial(invitations.accept, secret, world.mallory)):
        with pytest.raises(Conflict) as conflict:
            attempt()
        assert code(conflict) == "expired"


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "x" * 5000, "\x00", "ключ", "\ud800", "%00"])
def test_wrong_secrets_all_look_alike(world: World, secret: str) -> None:
    invited(world.desk, ADDRESS, by=world.dora)
    attempts: list[Callable[[], Any]] = [
        partial(invitations.found, secret),
        partial(invitations.accept, secret, world.alice),
        partial(invitations.join, secret, *JOIN),
    ]
    said = set()
    for attempt in attempts:
        with pytest.raises(Absent) as absent:
            attempt()
        said.add(str(absent.value))
    assert said == {"There is no such invitation."}


@pytest.mark.parametrize(
    ("join", "field"),
    [
        (("alice", "Nina", JOIN[2]), "username"),
        (("two words", "Nina", JOIN[2]), "username"),
        (("", "Nina", JOIN[2]), "username"),
        (("nina", "N" * 151, JOIN[2]), "display_name"),
        (("nina", "Carol", JOIN[2]), "display_name"),
        (("nina", "Nina", "short"), "password"),
        (("nina-kraus-42", "Nina", "nina-kraus-42"), "password"),
    ],
)
def test_what_makes_no_account_is_said_and_the_link_stays_good(
    world: World, join: tuple[str, str, str], field: str
) -> None:
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    with pytest.raises(Refused) as refused:
        invitations.join(secret, *join)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not User.objects.filter(email=ADDRESS).exists()
    assert invitations.join(secret, *JOIN).pk


# --- What PostgreSQL holds --------------------------------------------------------------------------------------------


def test_an_invitation_keeps_its_words_and_ends_once(world: World) -> None:
    invitation, secret = invited(world.desk, ADDRESS, by=world.dora)
    rows = Invitation.objects.filter(pk=invitation.pk)
    changes: list[dict[str, Any]] = [{"role": "admin"}, {"email": "other@example.com"}, {"desk": world.elsewhere}]
    for change in changes:
        with pytest.raises(InternalError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(accepted_at=Now())
    invitations.join(secret, *JOIN)
    for change in ({"accepted_at": None, "accepted_by": None}, {"revoked_at": Now()}, {"expires_at": Now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        rows.delete()


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_used_twice_at_once_acts_once() -> None:
    world = factories.world()
    _invitation, secret = invited(world.desk, ADDRESS, by=world.dora)

    def join(number: int) -> str:
        try:
            invitations.join(secret, f"nina{number}", "Nina", JOIN[2])
        except Conflict as conflict:
            return conflict.problems[0].code
        return "came"

    assert sorted(at_once([partial(join, number) for number in range(4)])) == ["accepted"] * 3 + ["came"]
    assert User.objects.filter(email=ADDRESS).count() == 1
    assert Membership.objects.filter(user__email=ADDRESS).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("step", "outcome", "states"),
    [("resend", "invited", ["pending"]), ("revoke", "asked", ["pending", "revoked"])],
)
def test_what_is_sent_again_or_taken_back_at_this_moment_is_not_ended_twice(
    step: str, outcome: str, states: list[str]
) -> None:
    world = factories.world()
    old, _secret = invited(world.desk, ADDRESS, by=world.dora)
    Invitation.objects.filter(pk=old.pk).update(expires_at=Now(), sent_at=Now() - timedelta(minutes=2))
    stepped = threading.Event()

    def first() -> str:
        with transaction.atomic():
            getattr(invitations, step)(old.pk, actor=world.dora)
            stepped.set()
            time.sleep(0.5)
        return step

    def second() -> str:
        stepped.wait(10)
        try:
            invitations.invite(world.desk, ADDRESS, Role.READER, actor=world.dora)
        except Conflict as conflict:
            return conflict.problems[0].code
        return "asked"

    assert at_once([first, second]) == [step, outcome]
    assert sorted(each.state for each in Invitation.objects.with_state()) == states


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_invited_twice_at_once_has_one_invitation() -> None:
    world = factories.world()
    other = factories.member(world.desk, "other", Role.ADMIN)

    def invite(actor: User) -> str:
        try:
            invitations.invite(world.desk, ADDRESS, Role.READER, actor=actor)
        except Conflict as conflict:
            return conflict.problems[0].code
        return "asked"

    assert sorted(at_once([partial(invite, actor) for actor in (world.dora, other)])) == ["asked", "invited"]
    assert Invitation.objects.count() == 1
