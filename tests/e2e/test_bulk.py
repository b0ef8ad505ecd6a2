"""An editor clears away many claims at once, by keyboard alone, sees how far it is, and takes it back."""

import re
from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page, expect

from claims.models.bulk import BulkAction
from claims.models.claims import Claim, ClaimLink
from claims.services import review
from tests import factories
from tests.concurrency import paused, wait_for
from tests.conftest import LiveStack
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World

Person = Callable[..., Page]


def test_found_ticked_looked_at_dismissed_and_undone(
    world: World, person: Person, look: Look, live_stack: LiveStack
) -> None:
    claims, _others = factories.queued_claims(world, 30), factories.queued_claims(world, 3)
    review.take(world.alice, claims[28].pk)
    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto("/desk/")
    carol.get_by_role("link", name="Claims", exact=True).press("Enter")
    expect(carol.get_by_role("heading", name="Claims", exact=True)).to_be_visible()
    expect(carol.get_by_role("checkbox", name="Bridge")).to_have_count(33)
    carol.get_by_text("Further filters").click()
    carol.get_by_label("Article (number)").fill(str(claims[0].article_id))
    carol.get_by_label("Words").fill("lighthouse")
    carol.get_by_label("Words").press("Enter")
    expect(carol.get_by_text("No claim of this desk matches.")).to_be_visible()
    expect(carol.get_by_role("button", name="Dismiss")).to_be_hidden()
    carol.get_by_label("Words").fill("bridge")
    carol.get_by_label("Words").press("Enter")
    expect(carol.get_by_role("button", name="Dismiss")).to_be_visible()
    boxes = carol.get_by_role("checkbox", name="Bridge")
    expect(boxes).to_have_count(30)
    assert f"article={claims[0].article_id}" in carol.url

    pages.ready(carol)
    boxes.nth(0).focus()
    carol.keyboard.press("Space")
    for _ in range(4):
        carol.keyboard.press("Shift+ArrowDown")
    expect(boxes.nth(4)).to_be_focused()
    expect(carol.get_by_text("5 ticked")).to_be_visible()
    carol.keyboard.press("ArrowDown")
    carol.keyboard.press("ArrowUp")
    carol.keyboard.press("Space")
    expect(carol.get_by_text("4 ticked")).to_be_visible()
    boxes.nth(6).click(modifiers=["Shift"])
    expect(boxes.nth(5)).to_be_checked()
    look(carol, "claims-ticked")
    carol.get_by_role("checkbox", name="This page").press("Space")
    expect(carol.get_by_text("30 ticked")).to_be_visible()

    carol.get_by_role("button", name="Dismiss").press("Enter")
    expect(carol.get_by_role("heading", name="29 claims will change")).to_be_visible()
    expect(carol.get_by_text("Somebody has it in their hands.")).to_be_visible()
    expect(carol.get_by_text("… and 9 more.")).to_be_visible()
    carol.get_by_label("Reason").select_option(label="Out of scope")
    look(carol, "preview-of-a-bulk-action")
    # Another reason is another order: it is shown before it is done.
    carol.get_by_role("button", name="Dismiss: 29 claims").press("Enter")
    expect(carol.get_by_label("Reason")).to_have_value("out_of_scope")
    assert not Claim.objects.filter(state="dismissed").exists()
    with paused(live_stack.worker):
        carol.get_by_role("button", name="Dismiss: 29 claims").press("Enter")
        expect(carol.get_by_role("progressbar", name="Being done")).to_be_visible()
        expect(carol.get_by_role("button", name="Cancel the rest")).to_be_visible()
        look(carol, "bulk-action-under-way")
    expect(carol.get_by_role("heading", name="29 claims changed")).to_be_visible()
    expect(carol.get_by_role("heading", name="1 claim was left as it was")).to_be_visible()
    assert Claim.objects.filter(state="dismissed", state_reason="out of scope").count() == 29
    expect(carol.get_by_role("main").get_by_role("link", name="Claims", exact=True)).to_be_visible()
    look(carol, "bulk-action-done")

    carol.keyboard.press("u")
    expect(carol.get_by_role("heading", name="29 claims were brought back")).to_be_visible()
    expect(carol.get_by_role("button", name="Undo")).to_have_count(0)
    assert Claim.objects.filter(state="queued").count() == 32
    look(carol, "bulk-action-undone")
    carol.goto("/desk/bulk/")
    expect(carol.get_by_role("link", name="Dismiss: 30 claims")).to_be_visible()
    look(carol, "bulk-actions")


def test_duplicates_are_merged_without_any_script(world: World, person: Person) -> None:
    claims = factories.queued_claims(world, 3)
    texts = ("Riverton repaired 40 bridges.", "Riverton has repaired 40 bridges.", "Riverton repaired 14 bridges.")
    for claim, text in zip(claims, texts, strict=True):
        Claim.objects.filter(pk=claim.pk).update(text=text)
    carol = person(java_script_enabled=False)
    pages.sign_in(carol, world.carol)
    carol.goto("/desk/claims/?q=riverton")
    carol.get_by_label("All 3 that match").check()
    carol.get_by_role("button", name="Merge duplicates").click()
    expect(carol.get_by_role("radio", name=texts[0])).to_be_checked()
    expect(carol.get_by_text("says the same")).to_be_visible()
    expect(carol.get_by_text("They name different numbers.")).to_be_visible()
    carol.get_by_role("button", name="Merge duplicates: 2 claims").click()
    expect(carol.get_by_role("heading", name="Merge duplicates: 2 claims")).to_be_visible()
    wait_for(lambda: not BulkAction.objects.filter(state="running").exists(), "the worker merged them")
    carol.reload()
    expect(carol.get_by_role("heading", name="2 claims changed")).to_be_visible()
    assert list(Claim.objects.order_by("pk").values_list("state", flat=True)) == ["queued", "dismissed", "dismissed"]
    assert ClaimLink.objects.filter(from_claim=claims[0], confirmed_by=world.carol).count() == 2


def _suspected(count: int) -> bool:
    return ClaimLink.objects.suspected().count() == count


def test_what_stands_in_a_row_is_reached_with_the_mouse(world: World, person: Person) -> None:
    """The title's link fills its row; a click asks what really lies at that place, which a key does not."""
    claims = factories.queued_claims(world, 6)
    for one, other in zip(claims[::2], claims[1::2], strict=True):
        ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", score=0.9)
    carol = person()
    pages.sign_in(carol, world.carol)
    carol.goto("/desk/duplicates/")
    carol.get_by_role("button", name="Not the same").first.click()
    expect(carol.get_by_role("button", name="Not the same")).to_have_count(2)
    for view, left in (("list", 1), ("board", 0)):
        carol.goto(f"/desk/claims/?view={view}")
        carol.get_by_role("button", name="The same", exact=True).first.click()
        wait_for(partial(_suspected, left), "the answer is in")
    carol.goto("/desk/duplicates/?status=same")
    first = carol.get_by_role("main").get_by_role("link", name="Bridge").first
    leads = first.get_attribute("href")
    first.click()
    expect(carol).to_have_url(re.compile(f"{leads}$"))
