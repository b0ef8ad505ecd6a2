"""What a source said and what became of it, as far as somebody may see."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article
from claims.models.claims import Claim, ClaimAttribution
from claims.rules.numbers import months
from claims.rules.workflow import ReopenReason
from claims.services import profiles, publication, sources
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World
from workbench.accounts.models import User


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def bell(world: World) -> Source:
    return register.create("person", "Anna Bell")


def named(claims: Iterable[Claim], source: Source) -> None:
    bob = User.objects.get(username="bob")
    for claim in claims:
        claim.attributions.get().resolved_sources.create(
            source=source, surface="Bell", score=0.9, reason="An alias.", confirmed_by=bob
        )


def test_the_record_has_its_denominator_and_the_best_rating_first(world: World, bell: Source) -> None:
    claims = factories.queued_claims(world, 5)
    named(claims, bell)
    for claim, rating in zip(claims, ("false", "true", "false"), strict=False):
        factories.reviewed(world, claim=claim, veracity_verdict=rating)
    found = profiles.profile(bell, [world.desk.pk])
    assert (found.made, found.decided, found.denied) == (5, 3, 0)
    assert [(rated.label, rated.count) for rated in found.ratings] == [("True", 1), ("False", 2)]
    assert sum(rated.share for rated in found.ratings) == pytest.approx(1)


def test_a_verdict_on_what_somebody_denied_is_none_on_them(world: World, bell: Source) -> None:
    claims = factories.queued_claims(world, 2)
    named(claims, bell)
    factories.reviewed(world, claim=claims[0])
    ClaimAttribution.objects.filter(claim=claims[0]).update(stance="denies")
    found = profiles.profile(bell, [world.desk.pk])
    assert (found.made, found.denied, found.decided, found.ratings) == (1, 1, 0, [])


def test_others_see_what_was_published_and_that_alone(world: World, bell: Source) -> None:
    claims = factories.queued_claims(world, 3)
    named(claims, bell)
    factories.reviewed(world, claim=claims[0])
    factories.published(world, factories.reviewed(world, claim=claims[1], veracity_verdict="true"))
    for desks in ([], [world.elsewhere.pk]):
        found = profiles.profile(bell, desks)
        assert (found.made, found.decided, [rated.label for rated in found.ratings]) == (1, 1, ["True"])
        assert list(profiles.said(bell, desks)) == [claims[1]]
    assert profiles.profile(bell, [world.desk.pk]).made == 3
    publication.retract(claims[1].pk, actor=world.carol, note="It was wrong.")
    assert profiles.profile(bell, []).made == 0


def test_a_reopened_claim_counts_once_by_what_its_reader_may_know(world: World, bell: Source) -> None:
    (claim,) = factories.queued_claims(world, 1)
    named([claim], bell)
    factories.published(world, factories.reviewed(world, claim=claim, veracity_verdict="true"))
    publication.reopen(claim.pk, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    assert [rated.label for rated in profiles.profile(bell, [world.desk.pk]).ratings] == ["True"], "what still stands"
    factories.reviewed(world, world.bob, claim, veracity_verdict="false")
    assert [(each.label, each.count) for each in profiles.profile(bell, [world.desk.pk]).ratings] == [("False", 1)]
    assert [(each.label, each.count) for each in profiles.profile(bell, []).ratings] == [("True", 1)]


def test_what_was_merged_into_it_is_its_own(world: World, bell: Source) -> None:
    double = register.create("person", "A. Bell")
    claims = factories.queued_claims(world, 2)
    named(claims[:1], bell)
    named(claims[1:], double)
    merge = register.merge(double, bell, by=world.dora, reason="The same.")
    assert profiles.profile(bell, [world.desk.pk]).made == 2
    sources.undo_merge(merge.pk, actor=world.dora)
    assert profiles.profile(bell, [world.desk.pk]).made == 1


def test_statements_by_the_month_of_the_article(world: World, bell: Source) -> None:
    for year, month, count in ((2023, 1, 1), (2026, 3, 2), (2026, 5, 1)):
        claims = factories.queued_claims(world, count)
        named(claims, bell)
        Article.objects.filter(pk=claims[0].article_id).update(published_at=datetime(year, month, 5, tzinfo=UTC))
    found = profiles.profile(bell, [world.desk.pk])
    assert len(found.months) == profiles.MONTHS
    assert found.months[-3:] == [(date(2026, 3, 1), 2), (date(2026, 4, 1), 0), (date(2026, 5, 1), 1)]
    assert found.earlier == 1
    assert months({}, 5) == []


def test_a_relation_is_told_to_all_where_both_were_published(world: World, bell: Source) -> None:
    city, union = register.create("government", "Riverton"), register.create("organisation", "Union")
    for other in (city, union):
        register.relate(bell, "speaks_for", other)
    (claim,) = factories.queued_claims(world, 1)
    named([claim], city)
    assert profiles.relations(bell, everybodys=True) == []
    factories.published(world, factories.reviewed(world, claim=claim))
    assert [each.object for each in profiles.relations(bell, everybodys=True)] == [city]
    assert [each.object for each in profiles.relations(bell, everybodys=False)] == [city, union]


def test_the_same_questions_however_much_somebody_said(world: World, bell: Source) -> None:
    counts = []
    for size in (1, 10):
        claims = factories.queued_claims(world, size)
        named(claims, bell)
        for claim in claims:
            factories.reviewed(world, claim=claim)
        with CaptureQueriesContext(connection) as queries:
            profiles.profile(bell, [world.desk.pk])
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
