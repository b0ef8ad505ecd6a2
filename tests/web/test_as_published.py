"""What was published stays as it was, at every public address, while the desk corrects the article for the next one."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from claims.models.articles import Article
from claims.models.claims import Claim
from claims.models.evidence import ClaimantContact
from claims.models.publication import AsPublished, Publication
from claims.models.review import reviews_in
from claims.rules.workflow import ReopenReason
from claims.services import articles, attributions, claims, evidence, publication, review, sources
from sources.models import Source
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn, bare

ABOUT = articles.About(
    title="Bridges are safe", outlet="The Harbour Post", url="https://post.example/bridges", language="en"
)
NOTE = publication.Note("correction", "Another one said it, in other words.")


def describe(world: World, claim: Claim, about: articles.About) -> None:
    article = Article.objects.get(pk=claim.article_id)
    articles.describe(article, article.version, about, actor=world.carol)


@pytest.fixture
def bell(world: World) -> Source:
    return sources.create("person", "Anna Bell", actor=world.dora)


@pytest.fixture
def holt(world: World) -> Source:
    return sources.create("person", "Ben Holt", actor=world.dora)


@pytest.fixture
def first(world: World, bell: Source) -> Publication:
    (claim,) = factories.queued_claims(world, 1)
    attribution = claim.attributions.get()
    attributions.correct(attribution.pk, {"source_entity": "Anna Bell", "channel": "radio"}, actor=world.bob)
    claims.confirm_source(attribution.pk, bell, actor=world.bob)
    describe(world, claim, ABOUT)
    asked = evidence.contact(claim, "e-mail", "Did you say so?", actor=world.bob)
    ClaimantContact.objects.filter(pk=asked.pk).update(asked_at=timezone.now() - timedelta(days=1))
    return factories.published(world, factories.reviewed(world, claim=claim))


def decided_anew(world: World, step: Publication, holt: Source) -> Claim:
    """Everything that a desk can change between two versions, with a decision that is not published."""
    claim = publication.reopen(step.claim_id, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    attribution = claim.attributions.get()
    attributions.correct(
        attribution.pk, {"source_entity": "Ben Holt", "channel": "letter", "stance": "denies"}, actor=world.bob
    )
    claims.confirm_source(attribution.pk, holt, actor=world.bob)
    describe(
        world,
        claim,
        replace(ABOUT, title="Bridges are shut", outlet="The Valley Post", url="https://post.example/shut"),
    )
    contact = claim.contacts.get()
    evidence.answer(contact.pk, "I never did.", actor=world.bob)
    later = timezone.now() + timedelta(days=1)
    ClaimantContact.objects.filter(pk=contact.pk).update(answered_at=later)
    evidence.contact(claim, "letter", "And did you?", actor=world.bob)
    words = next(each for each in review.markings_of(claim) if each.role == "content")
    fewer = " ".join(words.words.split()[1:])
    factories.reviewed(world, world.bob, claim, spans={words.place: fewer})
    assert next(each for each in review.markings_of(claim) if each.role == "content").words == fewer
    return claim


def public(step: Publication, *speakers: Source) -> dict[str, Any]:
    """What everybody reads at each public address that says who said it, or is found by it."""
    reader, one = Client(), step.verdict_id
    searches = [f"speaker={each.name}" for each in speakers] + [
        "words=bell",
        "words=holt",
        "words=harbour",
        "words=valley",
    ]
    paths = [
        "/",
        "/verdicts/",
        f"/verdicts/{one}/",
        f"/verdicts/{one}/picture-{step.position}.png",
        "/publishers/harbour/",
        "/corrections/",
        "/feed.atom",
        "/feed.atom?desk=harbour",
        "/sitemap-0.xml",
        "/api/v1/verdicts",
        f"/api/v1/verdicts/{one}",
        *(f"/sources/{each.pk}/" for each in speakers),
        *(f"/{where}?{search}" for search in searches for where in ("verdicts/", "api/v1/verdicts/search")),
    ]
    told: dict[str, Any] = {}
    for path in paths:
        answer = reader.get(path)
        told[path] = (answer.status_code, answer.get("ETag") if "/api/" in path else None, bare(answer))
    return told


def test_nothing_public_changes_until_the_next_version_is_published(
    world: World, first: Publication, bell: Source, holt: Source
) -> None:
    before = public(first, bell, holt)
    assert before[f"/sources/{bell.pk}/"][0] == 200
    assert before[f"/sources/{holt.pk}/"][0] == 404
    assert [each["text"] for each in _said(first)["content"]] == [_content(first)]
    claim = decided_anew(world, first, holt)
    after = public(first, bell, holt)
    for path, told in before.items():
        assert after[path] == told, path
    page = after[f"/verdicts/{first.verdict_id}/"][2]
    for words in ("Anna Bell", "radio", "asserts", "The Harbour Post", "The claimant was asked on"):
        assert words in page, words
    assert page.count("The claimant was asked on") == 1
    assert "and answered on" not in page

    second = factories.published(world, _done(claim), NOTE)
    new = Client().get(f"/verdicts/{second.verdict_id}/").content.decode()
    for words in ("Ben Holt", "letter", "denies", "The Valley Post", "Bridges are shut"):
        assert words in new, words
    assert "Anna Bell" not in new
    assert f"/verdicts/{second.verdict_id}/" in Client().get("/verdicts/?speaker=Ben+Holt").content.decode()
    assert "No published verdict matches." in Client().get("/verdicts/?speaker=Anna+Bell").content.decode()
    assert (Client().get(f"/sources/{bell.pk}/").status_code, Client().get(f"/sources/{holt.pk}/").status_code) == (
        404,
        200,
    )
    old = Client().get(f"/verdicts/{first.verdict_id}/").content.decode()
    assert "Anna Bell" in old
    assert "The Valley Post" not in old
    assert _said(first)["source_entity"] == "Anna Bell"


def _said(step: Publication) -> dict[str, Any]:
    (said,) = Client().get(f"/api/v1/verdicts/{step.verdict_id}").json()["claim"]["attributions"]
    return dict(said)


def _content(step: Publication) -> str:
    (span,) = AsPublished.objects.get(publication=step).said[0].spans["content"]
    revision = AsPublished.objects.get(publication=step).revision
    assert revision is not None
    return revision.text[span[0] : span[1]]


def _done(claim: Claim) -> factories.Reviewed:
    claim.refresh_from_db()
    verdict = publication.newest_verdict(claim)
    made = reviews_in(claim).get()
    return factories.Reviewed(claim, made.assignment, made, verdict)


def test_members_preview_what_the_article_has_today(
    world: World, first: Publication, holt: Source, as_: SignedIn
) -> None:
    claim = decided_anew(world, first, holt)
    page = as_(world.carol).get(f"/publish/{claim.pk}/").content.decode()
    assert "The Valley Post" in page
    assert "The Harbour Post" not in page


def test_a_merged_source_is_printed_as_published_and_found_as_what_it_is_today(
    world: World, first: Publication, bell: Source, holt: Source
) -> None:
    path = f"/verdicts/{first.verdict_id}/"
    before = Client().get(path).content
    sources.merge(bell, holt, actor=world.dora, reason="The same.")
    assert Client().get(path).content == before
    for name in ("Anna+Bell", "Ben+Holt"):
        assert path in Client().get(f"/verdicts/?speaker={name}").content.decode()
    moved = Client().get(f"/sources/{bell.pk}/")
    assert moved.headers["Location"] == f"/sources/{holt.pk}/"
    assert Client().get(f"/sources/{holt.pk}/").status_code == 200


def test_what_was_kept_cannot_be_changed(first: Publication) -> None:
    kept = AsPublished.objects.filter(publication=first)
    for change in (lambda: kept.update(outlet="Another"), kept.delete):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change()


def test_a_retraction_keeps_nothing_of_its_own(world: World, first: Publication) -> None:
    publication.retract(first.claim_id, actor=world.carol, note="It was wrong.")
    assert AsPublished.objects.count() == 1
    assert Client().get(f"/verdicts/{first.verdict_id}/").status_code == 200


def test_the_outlets_own_words_name_nobody(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    claim.links.all().delete()
    step = factories.published(world, factories.reviewed(world, claim=claim))
    kept = AsPublished.objects.get(publication=step)
    assert (kept.revision, kept.said, kept.made_by, kept.denied_by) == (None, [], [], [])
    assert "in its own voice" in Client().get(f"/verdicts/{step.verdict_id}/").content.decode()


def test_what_was_public_before_is_kept_as_of_the_migration(first: Publication) -> None:
    made = kept()
    kept_with_guesses()
    assert kept() == made


def kept() -> list[dict[str, Any]]:
    """All that is kept, in the order of the steps."""
    return [dict(row) for row in AsPublished.objects.order_by("publication").values()]


def kept_with_guesses() -> None:
    """All that is public is kept anew as the first migration does it, which takes guesses for who it was."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE claims_aspublished DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM claims_aspublished")
        cursor.execute("ALTER TABLE claims_aspublished ENABLE TRIGGER USER")
        cursor.execute(import_module("claims.migrations.0045_what_was_shown_is_kept").KEEP_WHAT_IS_PUBLIC)


Guess = tuple[str, str, float]


@pytest.mark.parametrize(
    ("guesses", "confirmed", "named"),
    [
        ([], None, []),
        ([("Bell", "Speaker", 0.3)], None, []),
        ([("Bell", "Speaker", 0.95)], None, []),
        ([("Bell", "Speaker", 1.0)], None, ["Bell"]),
        ([("Bell", "Somebody", 1.0)], None, []),
        ([("Bell", "Speaker", 0.5), ("Holt", "Speaker", 0.5)], None, []),
        ([("Bell", "Speaker", 1.0), ("Holt", "Speaker", 1.0)], None, []),
        ([("Bell", "Speaker", 1.0), ("Holt", "Speaker", 0.75)], None, []),
        ([("Bell", "Somebody", 0.3)], "Bell", ["Bell"]),
        ([("Bell", "Speaker", 1.0), ("Holt", "Speaker", 0.3)], "Holt", ["Holt"]),
    ],
)
@pytest.mark.parametrize("stance", ["asserts", "denies"])
def test_nobody_is_judged_in_public_by_a_guess(
    world: World, guesses: list[Guess], confirmed: str | None, named: list[str], stance: str
) -> None:
    """The same for what is published now and for what the first migration kept with its guesses."""
    (claim,) = factories.queued_claims(world, 1)
    attribution = claim.attributions.get()
    claim.attributions.update(source_entity="Speaker")
    claim.links.update(stance=stance)
    # Both were merged: the one that was linked and the one that readers see are kept.
    linked = {name: sources.create("person", f"{name} alias", actor=world.dora) for name in ("Bell", "Holt")}
    seen = {name: sources.create("person", f"{name} seen", actor=world.dora) for name in linked}
    for name, surface, score in guesses:
        attribution.resolved_sources.create(
            source=linked[name],
            surface=surface,
            score=score,
            reason="An alias.",
            confirmed_by=world.bob if name == confirmed else None,
        )
    for name, source in linked.items():
        sources.merge(source, seen[name], actor=world.dora, reason="The same.")
    step = factories.published(world, factories.reviewed(world, claim=claim))

    made = AsPublished.objects.get(publication=step)
    assert [source.name for each in made.said for source in each.sources] == [f"{name} seen" for name in named]
    everybody = sorted(source.pk for name in named for source in (linked[name], seen[name]))
    assert (made.made_by, made.denied_by) == ((everybody, []) if stance == "asserts" else ([], everybody))
    now = kept()
    kept_with_guesses()
    assert (kept() == now) is (len(guesses) == len(named))
    with connection.cursor() as cursor:
        cursor.execute(import_module("claims.migrations.0047_surely_named").FORGET_GUESSES)
    assert kept() == now
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        AsPublished.objects.update(outlet="Another")

    reader = Client()
    for name, source in seen.items():
        found = reader.get(f"/verdicts/?speaker={name}+seen").content.decode()
        assert (f"/verdicts/{step.verdict_id}/" in found) is (name in named)
        for each in (source, linked[name]):
            assert reader.get(f"/sources/{each.pk}/", follow=True).status_code == (200 if name in named else 404)
    page = reader.get(f"/verdicts/{step.verdict_id}/").content.decode()
    said = _said(step)
    assert [source["name"] for source in said["sources"]] == [f"{name} seen" for name in named]
    assert said["source_entity"] == "Speaker"
    for name in linked:
        assert (f"{name} seen" in page) is (name in named)
    assert "Speaker" in page
