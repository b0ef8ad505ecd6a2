"""What claims are found by follows what is known about them."""

import importlib

import pytest
from django.db import connection
from django.db.models import QuerySet

from claims.models.claims import Attribution, Claim, Stance
from claims.models.words import ClaimWords
from claims.services import articles, attributions, words
from tests import factories
from tests.factories import World

backfill = importlib.import_module("claims.migrations.0032_claims_are_found")


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def found(asked: str) -> list[int]:
    return list(Claim.objects.matching(words=asked).order_by("pk").values_list("pk", flat=True))


def entries() -> QuerySet[ClaimWords, tuple[int, str, str]]:
    return ClaimWords.objects.order_by("pk").values_list("pk", "around", "words")


def test_by_its_own_words_by_the_speaker_by_the_quotation_and_by_the_headline(world: World) -> None:
    one, two = factories.queued_claims(world, 2)
    Claim.objects.filter(pk=one.pk).update(text="The crossing holds.")
    number = one.article.title.removeprefix("Bridges ")
    assert found("crossing") == [one.pk]
    # The quotation still says "bridge", the headline "Bridges".
    assert found(f'"bridge {number}-0"') == [one.pk]
    assert found(f"bridges {number}") == [one.pk, two.pk]
    assert found("crossing bridges") == [one.pk], "words may stand in several places"
    assert found("bridges -crossing") == [two.pk]
    assert found('"Speaker 1"') == [two.pk]
    assert found("nowhere") == []


def test_another_headline_and_another_outlet_are_found_at_once(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    about = articles.About(title="Cracks in the quay", outlet="Harbour Gazette")
    articles.describe(claim.article, claim.article.version, about, actor=world.carol)
    assert found("quay gazette") == [claim.pk]
    assert found("bridges") == []


def test_a_corrected_attribution_is_found_by_what_it_says_now(world: World) -> None:
    (claim,) = factories.queued_claims(world, 1)
    attributions.correct(claim.attributions.get().pk, {"source_entity": "Anna Bell"}, actor=world.alice)
    assert found("bell") == [claim.pk]


def test_what_is_only_suggested_or_was_rejected_is_not_what_a_claim_is_found_by(world: World) -> None:
    """Readers search what was published by these words, and none of that stands there."""
    (claim,) = factories.queued_claims(world, 1)
    own = claim.attributions.get()
    second = Attribution.objects.create(
        revision=own.revision,
        label="A99",
        quote_type="direct",
        stance="asserts",
        source_entity="Anna Bell",
        suggested=True,
        engine="x",
        confidence=0.3,
    )
    claim.links.create(attribution=second, stance=Stance.ASSERTS)
    words.write([claim.pk])
    assert found("bell") == []
    attributions.confirm(second.pk, actor=world.alice)
    assert found("bell") == [claim.pk]
    attributions.reject(second.pk, actor=world.alice)
    assert found("bell") == []


def test_the_migration_writes_what_the_service_writes(world: World) -> None:
    factories.ready_article(world, outlet="Riverton Post")
    factories.queued_claims(world, 2)
    written = list(entries())
    assert all(around for _, around, _ in written)
    ClaimWords.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(backfill.BACKFILL_SQL)
    assert list(entries()) == written
