"""Claims come to reviewers without their asking; an editor says what comes first, by when, and to whom."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from claims.models.claims import Claim
from claims.models.desks import Desk
from claims.models.review import Assignment
from claims.services import review
from tests import factories
from tests.concurrency import wait_for
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World
from workbench.accounts.models import User

Person = Callable[..., Page]


def offered(reviewer: User) -> Claim | None:
    found = review.offers_to(reviewer).select_related("claim").first()
    return found.claim if found else None


def test_offers_come_by_themselves_and_are_accepted_or_declined(world: World, person: Person, look: Look) -> None:
    claims = factories.queued_claims(world, 2)
    alice, bob = person(), person()
    pages.sign_in(alice, world.alice)
    pages.sign_in(bob, world.bob)
    Desk.objects.filter(pk=world.desk.pk).update(push=True)
    wait_for(lambda: offered(world.alice) and offered(world.bob), "the beat had a claim offered to each reviewer")
    hers, his = offered(world.alice), offered(world.bob)
    assert hers is not None
    assert his is not None
    assert {hers.pk, his.pk} == {claim.pk for claim in claims}

    alice.goto("/desk/")
    expect(alice.get_by_role("heading", name="Offered to you")).to_be_visible()
    alice.get_by_text("Why this one?").press("Enter")
    expect(alice.get_by_text("Holds 0 of 20 claims.")).to_be_visible()
    look(alice, "desk-with-an-offer")
    alice.get_by_role("link", name=hers.text).first.press("Enter")
    offer = alice.get_by_role("region", name="Offered to you")
    expect(offer).to_be_visible()
    offer.get_by_text("Why this one?").press("Enter")
    look(alice, "a-claim-that-is-offered")
    pages.ready(alice)
    alice.keyboard.press("t")
    expect(offer).to_have_count(0)
    expect(alice.get_by_label("How you came to these verdicts")).to_be_visible()
    accepted = Assignment.objects.get(claim=hers, reviewer=world.alice)
    assert accepted.state == "active"

    bob.goto("/desk/")
    bob.get_by_role("link", name=his.text).first.press("Enter")
    offer = bob.get_by_role("region", name="Offered to you")
    offer.get_by_text("Decline it", exact=True).press("Enter")
    offer.get_by_label("Reason", exact=True).select_option(label="No time")
    look(bob, "an-offer-to-decline")
    offer.get_by_role("button", name="Decline", exact=True).press("Enter")
    expect(bob.get_by_text("will not be offered to you again")).to_be_visible()
    # The next round of the beat asks whoever else there is, and not him.
    wait_for(lambda: offered(world.alice) == his, "what he declined was offered to her")
    assert offered(world.bob) is None
    alice.goto("/desk/")
    expect(alice.get_by_role("link", name=his.text).first).to_be_visible()


def test_an_editor_says_what_comes_first_by_when_and_to_whom(world: World, person: Person, look: Look) -> None:
    claim = factories.queued_claims(world, 1)[0]
    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto(f"/desk/claims/{claim.pk}/")
    carol.get_by_role("link", name="Its priority, and who reviews it").press("Enter")
    carol.wait_for_url("**/place/")
    look(carol, "a-claims-place-in-the-queue")
    first = carol.get_by_role("region", name="Priority")
    first.get_by_label("Priority, 0 to 100").fill("91")
    first.get_by_label("Why").fill("The vote is on Sunday.")
    first.get_by_role("button", name="Set the priority").press("Enter")
    expect(carol.get_by_text("Its priority is 91 now.")).to_be_visible()
    expect(carol.get_by_text("The vote is on Sunday.")).to_be_visible()

    until = (datetime.now(UTC) + timedelta(days=3)).replace(second=0, microsecond=0)
    by = carol.get_by_role("region", name="Deadline")
    by.get_by_label("Until, by the clock of UTC").fill(f"{until:%Y-%m-%dT%H:%M}")
    by.get_by_role("button", name="Set the deadline").press("Enter")
    expect(carol.get_by_text("Its deadline is as you set it.")).to_be_visible()
    expect(by.get_by_label("Until, by the clock of UTC")).to_have_value(f"{until:%Y-%m-%dT%H:%M}")
    claim.refresh_from_db()
    assert (claim.priority, claim.deadline) == (91, until)
    look(carol, "a-claim-with-priority-and-deadline")

    give = carol.get_by_role("region", name="Give it to a reviewer")
    give.get_by_label("Reviewer").select_option(label="Bob (bob)")
    give.get_by_label("Why").fill("Bob knows bridges.")
    give.get_by_role("button", name="Give it to them").press("Enter")
    expect(carol.get_by_text("Bob has the claim now")).to_be_visible()
    given = Assignment.objects.get(claim=claim)
    assert (given.reviewer, given.state, given.due_at) == (world.bob, "active", until)

    bob = person()
    pages.sign_in(bob, world.bob)
    bob.goto("/desk/")
    expect(bob.get_by_text("due in 2 days")).to_be_visible()
    bob.get_by_role("link", name=claim.text).first.press("Enter")
    bob.get_by_text("Why this one?").press("Enter")
    expect(bob.get_by_text("Bob knows bridges.")).to_be_visible()
    look(bob, "a-claim-that-was-given")
