"""An editor has an article read again by a newer engine; a reviewer accepts some of what it found besides."""

import hashlib
from collections.abc import Callable

from django.db import transaction
from playwright.sync_api import Page, expect

from claims.models.articles import Article, Revision
from claims.models.claims import Attribution, Claim
from claims.services import claims
from claims.services import jobs as queue
from tests import factories
from tests.concurrency import wait_for
from tests.e2e import pages
from tests.e2e.looking import Look
from tests.factories import World
from tests.integration.services.test_rereading import BELL, TEXT, extraction

Person = Callable[..., Page]


def read_by_an_older_engine(world: World) -> Article:
    """It found one statement of three; the claim is in the queue."""
    article = Article.objects.create(desk=world.desk, origin="text", title="Bridges", status="ready")
    revision = Revision.objects.create(article=article, text=TEXT, sha256=hashlib.sha256(TEXT.encode()).hexdigest())
    with transaction.atomic():
        claims.store(revision, extraction(TEXT, BELL, engine="1"))
        queue.enqueue("claims.open_review", f"open review {article.pk}", {"article": article.pk})
    wait_for(lambda: Claim.objects.filter(state="queued").exists(), "the claim came into the queue")
    return article


def test_what_the_newer_engine_finds_is_accepted_or_not(world: World, person: Person, look: Look) -> None:
    article = read_by_an_older_engine(world)
    editor = person()
    pages.sign_in(editor, world.carol)
    editor.goto(f"/articles/{article.pk}/")
    expect(editor.get_by_text("Read by invented 1")).to_be_visible()
    look(editor, "article-older-engine")
    editor.get_by_role("button", name="Read again with the newer engine").click()
    # The page comes anew by itself.
    expect(editor.get_by_role("heading", name="Suggestions of the newer engine")).to_be_visible(timeout=30_000)
    expect(editor.get_by_role("button", name="Read again with the newer engine")).to_have_count(0)

    reviewer = person()
    pages.sign_in(reviewer, world.alice)
    reviewer.goto(f"/articles/{article.pk}/")
    suggested = reviewer.locator("#suggestions article")
    expect(suggested).to_have_count(2)
    look(reviewer, "article-suggestions")
    suggested.filter(has_text="Osei").get_by_role("button", name="Accept").click()
    expect(reviewer.get_by_role("status").filter(has_text="Accepted.")).to_be_visible()
    expect(suggested).to_have_count(1)
    suggested.get_by_role("button", name="Not a statement").click()
    expect(suggested).to_have_count(0)
    reviewer.get_by_role("button", name="Confirm that Bell said this").click()
    expect(reviewer.locator(".claim-card").filter(has_text="Bell").get_by_text("confirmed").first).to_be_visible()
    look(reviewer, "article-decided")

    wait_for(lambda: Claim.objects.filter(state="queued").count() == 2, "the accepted claim came into the queue")
    decided = Attribution.objects.order_by("pk").values_list("decision", "decided_by__username")
    assert sorted(decided) == [("confirmed", "alice"), ("confirmed", "alice"), ("rejected", "alice")]
    assert factories.history_is_whole()
