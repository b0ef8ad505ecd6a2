"""A reviewer says whom she cannot judge, and that person's claims come to somebody else."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from claims.models.claims import Claim
from claims.models.conflicts import ConflictOfInterest
from claims.models.review import Assignment
from claims.services import articles
from sources import services as register
from sources.models import Source
from tests import factories
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def said_by(world: World, source: Source) -> Claim:
    (claim,) = factories.queued_claims(world, 1)
    claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=0.9, reason="An alias.")
    return claim


def test_a_reviewer_is_kept_from_whom_she_cannot_judge(world: World, person: Person, look: Look) -> None:
    bell, osei = register.create("person", "Anna Bell"), register.create("person", "Mark Osei")
    hers, his, other = said_by(world, bell), said_by(world, osei), factories.queued_claims(world, 1)[0]
    Claim.objects.filter(pk=hers.pk).update(priority=99)
    articles.describe(
        other.article, other.article.version, articles.About(title="Bridges", topics=("bridges",)), actor=world.carol
    )
    alice = person()
    pages.sign_in(alice, world.alice)
    alice.goto("/desk/")
    alice.get_by_role("link", name="Me", exact=True).press("Enter")
    alice.get_by_label("Languages that you read").fill("EN, pt_br")
    alice.get_by_role("button", name="bridges").press("Enter")
    expect(alice.get_by_role("button", name="bridges")).to_have_attribute("aria-pressed", "true")
    alice.get_by_role("button", name="Save").press("Enter")
    expect(alice.get_by_label("Languages that you read")).to_have_value("en, pt-BR")
    expect(alice.get_by_label("Topics that you know")).to_have_value("bridges")

    pages.ready(alice)
    field = alice.get_by_label("A person, office or outlet in the register")
    field.press_sequentially("anna b")
    offered = alice.locator("datalist option")
    expect(offered).to_have_count(1)
    field.fill(str(offered.get_attribute("value")))
    alice.get_by_label("What connects you").fill("My cousin.")
    look(alice, "me-at-my-desks")
    alice.get_by_role("button", name="Declare a conflict of interest").press("Enter")
    conflicts = alice.get_by_role("region", name="Conflicts of interest")
    expect(conflicts.get_by_role("link", name="Anna Bell")).to_be_visible()
    look(alice, "a-conflict-of-interest")

    # Not by "Next claim", although it is the most important one …
    alice.goto("/desk/")
    alice.get_by_role("button", name="Next claim").press("Enter")
    alice.wait_for_url("**/desk/claims/*/")
    assert Assignment.objects.get().claim_id in (his.pk, other.pk)
    # … nor by its address.
    alice.goto(f"/desk/claims/{hers.pk}/")
    expect(alice.get_by_text("You declared a conflict of interest with Anna Bell.")).to_be_visible()
    expect(alice.get_by_role("button", name="Take it")).to_have_count(0)
    look(alice, "a-claim-that-she-cannot-judge")

    # In the middle of a review she notices another one.
    alice.goto(f"/desk/claims/{his.pk}/")
    if not Assignment.objects.filter(claim=his).exists():
        alice.get_by_role("button", name="Take it").press("Enter")
    alice.get_by_text("Give it back").press("Enter")
    alice.get_by_label("Reason", exact=True).select_option(label="No time")
    expect(alice.get_by_label("Conflict of interest with")).to_be_hidden()
    alice.get_by_label("Reason", exact=True).select_option(label="Conflict of interest")
    alice.get_by_label("Conflict of interest with").select_option(label="Mark Osei")
    look(alice, "declining-for-a-conflict")
    alice.get_by_role("button", name="Decline").press("Enter")
    expect(alice.get_by_text("will not be offered to you again")).to_be_visible()
    assert ConflictOfInterest.objects.filter(user=world.alice, ended_at=None).count() == 2

    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto("/desk/")
    carol.get_by_role("link", name="Conflicts of interest").press("Enter")
    expect(carol.get_by_text("My cousin.")).to_be_visible()
    look(carol, "conflicts-of-a-desk")

    alice.goto("/desk/me/")
    ending = alice.get_by_role("listitem").filter(has_text="Anna Bell")
    ending.get_by_text("It is over Anna Bell").click()
    ending.get_by_label("Why it is over").fill("She left office.")
    ending.get_by_role("button", name="End it").press("Enter")
    alice.get_by_text("What is over").press("Enter")
    expect(alice.get_by_text("She left office.")).to_be_visible()
    look(alice, "a-conflict-that-is-over")
    alice.goto(f"/desk/claims/{hers.pk}/")
    expect(alice.get_by_role("button", name="Take it")).to_be_visible()
