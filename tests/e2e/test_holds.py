"""A reviewer waits, the editor gives the claim to somebody else, and nothing that was typed is lost."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models.functions import Now
from playwright.sync_api import Page, expect

from claims.models.claims import Claim
from claims.models.review import Assignment
from claims.rules.workflow import HoldReason
from claims.services import review
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]
RATIONALE = "How you came to these verdicts"


def test_a_claim_waits_goes_on_and_is_given_to_somebody_else(world: World, person: Person, look: Look) -> None:
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    alice = person()
    pages.sign_in(alice, world.alice)
    alice.goto(f"/desk/claims/{claim.pk}/")
    alice.get_by_label(RATIONALE).fill("Half of a thought")
    alice.get_by_text("Put it on hold").press("Enter")
    alice.get_by_role("button", name="Put on hold").press("Enter")  # without a note: the browser says so itself
    alice.get_by_label("What it waits for").select_option(label="an answer of the claimant")
    alice.get_by_label("Note for the editor").fill("Asked the mayor's office.")
    look(alice, "a-claim-to-put-on-hold")
    alice.get_by_role("button", name="Put on hold").press("Enter")
    waiting = alice.get_by_role("region", name="On hold")
    expect(waiting).to_contain_text("Asked the mayor's office.")
    expect(alice.get_by_label(RATIONALE)).to_have_value("Half of a thought")
    look(alice, "a-claim-on-hold")
    waiting.get_by_role("button", name="Resume the review").press("Enter")
    expect(waiting).to_have_count(0)
    expect(alice.get_by_label(RATIONALE)).to_have_value("Half of a thought")
    assert Claim.objects.get(pk=claim.pk).state == "in_review"

    review.hold(held.pk, world.alice, HoldReason.CLAIMANT, note="Asked once more.")
    Assignment.objects.filter(pk=held.pk).update(lease_until=Now() - timedelta(minutes=1))
    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto("/desk/")
    expect(carol.get_by_text("1 claim is on hold for more than 14 days")).to_be_visible()
    look(carol, "desk-with-something-overdue")
    carol.get_by_role("link", name="In whose hands").press("Enter")
    expect(carol.get_by_role("heading", name="On hold for more than 14 days")).to_be_visible()
    look(carol, "in-whose-hands")
    carol.get_by_role("link", name=claim.text).first.press("Enter")
    give = carol.get_by_role("region", name="Give it to somebody else")
    give.get_by_label("Reviewer").select_option(label="Bob (bob)")
    give.get_by_label("Why").fill("Bob has time.")
    look(carol, "a-claim-in-somebodys-hands")
    give.get_by_role("button", name="Give it to them").press("Enter")
    expect(carol.get_by_text("Bob has the claim now")).to_be_visible()

    alice.reload()
    expect(alice.get_by_text("Bob is reviewing this claim.")).to_be_visible()
    alice.get_by_text("What you had typed").press("Enter")
    expect(alice.get_by_text("Half of a thought")).to_be_visible()
