"""In which language an invitation speaks: the chosen one, the desk's, or the inviter's."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now

from claims.models.desks import Desk, Role
from claims.models.invitations import Invitation
from claims.rules.refusals import Refused
from claims.services import desks, invitations
from tests import factories
from tests.factories import World, invited

ADDRESS = "nina@example.com"


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def test_nobody_writes_headers(world: World) -> None:
    # No verb stores such a name any more.
    Desk.objects.filter(pk=world.desk.pk).update(name="Harbour\nBcc: all@example.com")
    invited(world.desk, ADDRESS, by=world.dora)
    assert mail.outbox[-1].subject == "Harbour Bcc: all@example.com invites you"
    assert mail.outbox[-1].recipients() == [ADDRESS]


@pytest.mark.parametrize(
    ("desk", "inviter", "chosen", "spoken"),
    [
        ("uk", "", "", "uk"),
        ("UK-ua", "en", "", "uk"),
        ("de", "uk", "", "uk"),
        ("de", "", "", "en"),
        ("uk", "uk", "en", "en"),
    ],
)
def test_a_mail_speaks_what_was_chosen_or_what_the_desk_speaks(
    world: World, desk: str, inviter: str, chosen: str, spoken: str
) -> None:
    there = desks.change(world.desk, actor=world.dora, language=desk)
    world.dora.language = inviter
    invitation = invitations.invite(there, ADDRESS, Role.READER, actor=world.dora, language=chosen)
    factories.perform()
    assert (invitation.language, "запрошує" in mail.outbox[-1].subject) == (spoken, spoken == "uk")


def test_an_invitation_from_before_speaks_as_its_desk_does(world: World) -> None:
    desks.change(world.desk, actor=world.dora, language="uk")
    Invitation.objects.create(
        desk=world.desk, email=ADDRESS, role=Role.READER, invited_by=world.dora, expires_at=Now() + timedelta(days=1)
    )
    assert invitations.language_of(Invitation.objects.get()) == "uk"


def test_a_language_that_no_page_speaks_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refused:
        invitations.invite(world.desk, ADDRESS, Role.READER, actor=world.dora, language="tlh")
    assert refused.value.problems[0].field == "language"
