"""An admin invites somebody by mail; who opens the link makes an account and is at the desk."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.models.desks import Role
from claims.models.invitations import Invitation
from claims.services import desks
from tests import factories
from tests.concurrency import wait_for
from tests.conftest import LiveStack
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World
from workbench.accounts.models import User

Person = Callable[..., Page]


def test_an_invited_person_comes_to_the_desk(world: World, live_stack: LiveStack, person: Person, look: Look) -> None:
    dora = person()
    pages.sign_in(dora, world.dora)
    dora.goto("/desks/")
    dora.get_by_role("link", name="Harbour Desk").press("Enter")
    expect(dora.get_by_role("heading", name="Changes, newest first")).to_be_visible()
    look(dora, "a-desk")
    dora.get_by_role("link", name="Policy").press("Enter")
    dora.get_by_role("link", name="Holding claims").press("Enter")
    dora.get_by_label("Minutes that a claim is held").fill("45")
    look(dora, "the-policy-of-a-desk")
    dora.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(dora.get_by_text("The policy was saved.")).to_be_visible()
    dora.get_by_role("link", name="Back to the desk").press("Enter")
    dora.get_by_role("link", name="People", exact=True).press("Enter")
    look(dora, "the-people-of-a-desk")
    dora.get_by_role("link", name="Invite somebody").press("Enter")
    dora.get_by_label("Email address").fill("nina@example.com")
    dora.get_by_label("Role").select_option(label="senior reviewer")
    dora.get_by_role("button", name="Invite", exact=True).press("Enter")
    expect(dora.get_by_text("nina@example.com is invited.")).to_be_visible()
    wait_for(lambda: Invitation.objects.get().sent_at is not None, "the worker sent the mail")
    dora.reload()
    look(dora, "invitations-to-a-desk")

    # The default backend writes mails to the worker's log.
    mailed = live_stack.worker.log.read_text(encoding="utf-8", errors="replace")
    secret = re.findall(r"/invitations/([\w-]{43})/", mailed)[-1]
    nina = person(viewport={"width": 375, "height": 800})
    nina.goto(f"/invitations/{secret}/")
    expect(nina.get_by_text("Dora invites you to Harbour Desk as senior reviewer.")).to_be_visible()
    nina.get_by_label("Username").fill("nina")
    nina.get_by_label("Name", exact=True).fill("Nina Kraus")
    nina.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    nina.get_by_label("Password again").fill(factories.PASSWORD)
    look(nina, "an-invitation")
    nina.get_by_role("button", name="Make the account and accept").press("Enter")
    expect(nina.get_by_text("Welcome to Harbour Desk.")).to_be_visible()
    expect(nina.get_by_role("heading", name="Harbour Desk")).to_be_visible()
    assert desks.role_at(world.desk.pk, User.objects.get(username="nina")) is Role.SENIOR_REVIEWER
    nina.goto("/desk/adjudications/")
    expect(nina.get_by_role("heading", level=1)).to_be_visible()

    dora.reload()
    expect(dora.get_by_text("accepted")).to_be_visible()
    somebody = person()
    somebody.goto(f"/invitations/{secret}/")
    expect(somebody.get_by_text("This invitation was used already.")).to_be_visible()
    look(somebody, "an-invitation-that-was-used")
