"""An editor looks how far two reviewers agree: from the menu, in both colours, at every width, and as a file."""

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from claims.services import desks, review
from tests import factories
from tests.e2e.looking import Look
from tests.e2e.pages import sign_in
from tests.factories import World, reviewed_twice

FOUND = [
    *[("true", "true")] * 8,
    *[("false", "false")] * 9,
    *[("mixture", "mostly_false")] * 3,
    *[("true", "unproven")] * 2,
]


def test_an_editor_reads_the_numbers(world: World, person: Callable[..., Page], look: Look) -> None:
    page = person()
    sign_in(page, world.carol)
    page.get_by_role("link", name="Agreement", exact=True).click()
    expect(page.get_by_text("neither by priority nor at random")).to_be_visible()
    look(page, "agreement-nothing-yet")

    for month, share in ((1, 22), (2, 5), (5, 22), (6, 14)):
        for n, claim in enumerate(factories.queued_claims(world, share)):
            one, other = FOUND[(n * 5 + month) % len(FOUND)]
            people = (world.alice, world.bob) if n % 3 else (world.carol, world.alice)
            said = "altered" if n % 4 == 0 else "accurate"
            reviewed_twice(
                claim,
                (people[0], one),
                (people[1], other),
                at=datetime(2026, month, 5, tzinfo=UTC),
                attribution=said,
            )
    _marked_by_both(world)
    page.reload()
    spans = page.get_by_role("region", name="What is marked in the article?")
    expect(spans.get_by_role("row", name="Whole desk")).to_contain_text("1.00")
    expect(spans).to_contain_text("63 claims are left out")
    section = page.get_by_role("region", name="Is it true?")
    expect(section.get_by_role("img")).to_be_visible()
    expect(section.get_by_role("row", name="Feb 2026")).to_contain_text("few")
    look(page, "agreement")

    page.get_by_label("From").fill("2026-05-01")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.get_by_text("37 claims reviewed twice")).to_be_visible()
    expect(page.get_by_role("link", name="Link to these numbers")).to_have_attribute(
        "href", "/agreement/?desk=harbour&since=2026-05-01"
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "agreement-harbour.csv"


def _marked_by_both(world: World) -> None:
    """Of one more claim, alice and bob mark the same source and cue, and not quite the same content."""
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    (claim,) = factories.queued_claims(world, 1)
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    for person, words in ((world.alice, content.words), (world.bob, " ".join(content.words.split()[1:]))):
        held = review.take(person, claim.pk)
        review.submit(held.pk, person, factories.answers(spans={content.place: words}))
