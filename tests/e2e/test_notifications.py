"""An editor gives a claim to a reviewer, whose bell tells of it; what is due is seen by everybody whom it concerns."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models.functions import Now
from playwright.sync_api import Page, expect

from claims.models.desks import Desk
from claims.models.notifications import Digest
from claims.models.review import Assignment
from claims.services import review
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def bell(page: Page, name: str) -> None:
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def look_now(page: Page) -> None:
    """As the page does by itself once a minute."""
    page.evaluate("htmx.trigger(document.querySelector('[data-bell]'), 'look')")


def test_the_bell_tells_of_a_claim_and_leads_to_it(world: World, person: Person, look: Look) -> None:
    Desk.objects.filter(pk=world.desk.pk).update(due_hours=[{"from_priority": 0, "hours": 5}])
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    bob = person()
    pages.sign_in(bob, world.bob)
    bell(bob, "1 unread notification")  # that he came to the desk
    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto(f"/desk/held/{held.pk}/")
    give = carol.get_by_role("region", name="Give it to somebody else")
    give.get_by_label("Reviewer").select_option(label="Bob (bob)")
    give.get_by_label("Why").fill("Bob has time.")
    give.get_by_role("button", name="Give it to them").press("Enter")
    expect(carol.get_by_text("Bob has the claim now")).to_be_visible()

    look_now(bob)
    bell(bob, "2 unread notifications")
    look(bob, "desk-with-a-bell")
    bob.get_by_role("link", name="2 unread notifications").press("Enter")
    expect(bob.get_by_text("Bob has time.")).to_be_visible()
    look(bob, "notifications")
    bob.get_by_role("button", name="Carol gave you a claim to review.", exact=True).press("Enter")
    expect(bob.get_by_role("heading", name=claim.text).first).to_be_visible()
    assert bob.url.endswith(f"/desk/claims/{claim.pk}/")
    bell(bob, "1 unread notification")
    bob.goto("/desk/")
    expect(bob.get_by_text("due in 4 hours")).to_be_visible()

    given = Assignment.objects.get(claim=claim, reviewer=world.bob)
    Assignment.objects.filter(pk=given.pk).update(due_at=Now() - timedelta(hours=50))
    carol.goto("/desk/due/")
    expect(carol.get_by_text("overdue by 2 days")).to_be_visible()
    expect(carol.get_by_text("Bob", exact=True)).to_be_visible()
    look(carol, "due")


def test_people_choose_how_they_are_told(world: World, person: Person, look: Look) -> None:
    bob = person()
    pages.sign_in(bob, world.bob)
    bob.get_by_role("link", name="1 unread notification").press("Enter")
    bob.get_by_role("button", name="Mark all as read").press("Enter")
    bell(bob, "Notifications, none unread")
    bob.get_by_role("link", name="Choose how you are notified").press("Enter")
    look(bob, "how-i-am-told")
    bob.get_by_label("A claim that you reviewed is published", exact=True).select_option(label="not at all")
    bob.get_by_label("Hour").select_option(label="18:00")
    bob.get_by_label("Your time zone").fill("Europe/Kyiv")
    bob.get_by_role("button", name="Save").press("Enter")
    expect(bob.get_by_text("Saved. From now on you are notified this way.")).to_be_visible()
    expect(bob.get_by_label("A claim that you reviewed is published", exact=True)).to_have_value("off")
    digest = Digest.objects.get(user=world.bob)
    assert (digest.hour, digest.timezone) == (18, "Europe/Kyiv")
