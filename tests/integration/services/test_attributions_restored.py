"""What a person says of an attribution beyond its words: what holds it, who speaks; and what it was, back again."""

from datetime import date

import pytest
from django.db import transaction

from claims.models.articles import Article
from claims.models.events import Event
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import DeclineReason
from claims.services import attributions, desks, review, sources
from claims.services.attributions import Reading, Speaker
from tests import factories
from tests.factories import World, answers
from tests.integration.services.test_attributions import QUOTED, at, nested_in, of
from tests.returns import read, state


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


# --- What holds it, by a person's choice ------------------------------------------------------------------------------


def test_a_person_says_what_holds_it(world: World, article: Article) -> None:
    outer, inner = nested_in(article, world)
    row = attributions.correct(inner.pk, {"parent": ""}, actor=world.alice)
    assert (row.parent, row.parent_set, attributions.reading_of(row).parent) == (None, True, "")
    attributions.correct(outer.pk, {"channel": "letter"}, actor=world.bob)
    row.refresh_from_db()
    assert row.parent is None, "the choice stays when a neighbour changes"
    row = attributions.correct(row.pk, {"parent": outer.label}, actor=world.alice)
    assert (row.parent, attributions.reading_of(row).parent) == (outer, outer.label)
    row = attributions.correct(row.pk, {"parent": None}, actor=world.alice)
    assert (row.parent, row.parent_set) == (outer, False)


def test_only_what_holds_it_can_be_chosen(world: World, article: Article) -> None:
    outer, inner = nested_in(article, world)
    for row, label in ((outer, inner.label), (inner, inner.label), (inner, "A99")):
        with pytest.raises(Refused) as refused:
            attributions.correct(row.pk, {"parent": label}, actor=world.alice)
        assert {problem.field for problem in refused.value.problems} == {"parent"}


def test_a_choice_that_does_not_hold_any_more_gives_way(world: World, article: Article) -> None:
    outer, inner = nested_in(article, world)
    attributions.correct(inner.pk, {"parent": outer.label}, actor=world.alice)
    attributions.correct(outer.pk, {"content": (at(article, "Riverton had repaired"),)}, actor=world.bob)
    inner.refresh_from_db()
    assert (inner.parent, inner.parent_set) == (None, False)
    outer, inner = nested_in(article, world)
    attributions.correct(inner.pk, {"parent": outer.label}, actor=world.alice)
    attributions.reject(outer.pk, actor=world.bob)
    inner.refresh_from_db()
    assert (inner.parent, inner.parent_set) == (None, False)


# --- What was there before --------------------------------------------------------------------------------------------


def test_what_was_there_before_comes_back_as_a_whole(world: World, article: Article) -> None:
    row = of(article, QUOTED)
    found = attributions.reading_of(row)
    change = {"content": (at(article, "harbour bridge carries"),), "stance": "predicts", "said_on": date(2026, 3, 2)}
    attributions.correct(row.pk, change, actor=world.alice)
    changed = attributions.reading_of(row := attributions.correct(row.pk, {"channel": "letter"}, actor=world.bob))
    told = list(attributions.history(row))
    assert [(event.kind, event.actor) for event in told] == [
        ("attribution.corrected", world.bob), ("attribution.corrected", world.alice),
    ]  # fmt: skip
    row = attributions.restore(row.pk, told[1].pk, actor=world.bob, version=row.version)
    assert attributions.reading_of(row) == found
    again = attributions.history(row)[0]
    assert (again.kind, again.data["restores"], again.actor) == ("attribution.corrected", told[1].pk, world.bob)
    row = attributions.restore(row.pk, again.pk, actor=world.alice)
    assert attributions.reading_of(row) == changed


def test_only_a_change_of_its_own_can_be_undone(world: World, article: Article) -> None:
    row, other = of(article, QUOTED), of(article, "harbour bridge was safe")
    attributions.correct(other.pk, {"channel": "letter"}, actor=world.alice)
    attributions.confirm(row.pk, actor=world.alice)
    for event in (attributions.history(other)[0], attributions.history(row)[0]):
        with pytest.raises(Absent):
            attributions.restore(row.pk, event.pk, actor=world.alice)
    attributions.correct(row.pk, {"channel": "letter"}, actor=world.alice)
    with pytest.raises(Conflict):
        attributions.restore(row.pk, attributions.history(row)[0].pk, actor=world.bob, version=1)


def test_nobody_is_named_while_a_claim_may_yet_be_reviewed_blind(world: World) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    (claim,) = factories.queued_claims(world, 1)
    row = claim.attributions.get()
    first = review.take(world.alice, claim.pk)
    assert attributions.may_be_named(row), "what alice knows of others is of no review"
    review.submit(first.pk, world.alice, answers())
    assert (state(claim), attributions.may_be_named(row)) == ("second_review", False)
    second = review.take(world.bob, claim.pk)
    review.submit(second.pk, world.bob, answers(veracity_verdict="true"))
    assert (state(claim), attributions.may_be_named(row)) == ("adjudication", False)
    # The first goes back, and whoever wrote it gives it up: somebody else reviews in their place, blind.
    review.request_changes(claim.pk, world.carol, "Look at page 4.", read=read(claim)[:1])
    assert (state(claim), attributions.may_be_named(row)) == ("changes_requested", False)
    review.decline(first.pk, world.alice, DeclineReason.NO_TIME)
    assert (state(claim), attributions.may_be_named(row)) == ("queued", False)
    review.submit(review.take(world.dora, claim.pk).pk, world.dora, answers(veracity_verdict="true"))
    assert (state(claim), attributions.may_be_named(row)) == ("decided", True)


# --- Who speaks, and the same thing sent twice ------------------------------------------------------------------------


def test_the_speaker_is_named_with_the_correction(world: World, article: Article) -> None:
    bell, row = sources.create("person", "Anna Bell"), of(article, QUOTED)
    row = attributions.correct(row.pk, {"channel": "letter"}, actor=world.alice, speaker=Speaker(bell))
    link = row.resolved_sources.get()
    assert (row.channel, link.source, link.confirmed_by) == ("letter", bell, world.alice)


def test_only_who_keeps_the_register_adds_to_it(world: World, article: Article) -> None:
    row, before = of(article, QUOTED), Event.objects.count()
    change, new = {"source_entity": "Anna Bell of Riverton"}, Speaker(kind="person")
    with pytest.raises(Forbidden), transaction.atomic():
        attributions.correct(row.pk, change, actor=world.alice, speaker=new)
    row.refresh_from_db()
    assert (row.decision, Event.objects.count()) == ("unseen", before), "nothing of it is kept"
    row = attributions.correct(row.pk, change, actor=world.dora, speaker=new)
    link = row.resolved_sources.get(confirmed_by=world.dora)
    assert (link.source.name, link.source.kind) == ("Anna Bell of Riverton", "person")


def test_what_is_sent_twice_is_added_once(world: World, article: Article) -> None:
    reading = Reading((at(article, "17\ncracks in the bridge"),), (at(article, "had found"),))
    first = attributions.add(article.pk, reading, actor=world.alice)
    assert attributions.add(article.pk, reading, actor=world.alice) == first
    assert attributions.add(article.pk, reading, actor=world.bob) != first
    with pytest.raises(Conflict) as refused:
        attributions.add(article.pk, reading, actor=world.bob, revision=7)
    assert refused.value.details == {"revision": 1}


def test_by_which_rule_it_was_found_is_kept(world: World, article: Article) -> None:
    assert of(article, QUOTED).rule.startswith("quote")
