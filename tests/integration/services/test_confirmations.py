"""A confirmation is taken back where it changed nothing else."""

import pytest

from claims.models.articles import Article
from claims.models.events import Event
from claims.rules.refusals import Absent, Conflict
from claims.services import attributions, confirmations
from tests import factories
from tests.factories import World
from tests.integration.services.test_attributions import QUOTED, of
from tests.integration.services.test_rereading import suggestion


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


def last_event(article: Article) -> Event:
    event = Event.objects.of("article", article.pk).last()
    assert event is not None
    return event


def test_a_confirmation_is_taken_back(world: World, article: Article) -> None:
    row = attributions.confirm(of(article, QUOTED).pk, actor=world.alice)
    assert confirmations.merely_confirmed([row]) == {row.pk}
    row = confirmations.unconfirm(row.pk, actor=world.bob)
    assert (row.decision, row.decided_by, row.decided_at, row.version) == ("unseen", None, None, 3)
    event = last_event(article)
    assert (event.kind, event.actor, event.from_state, event.to_state) == (
        "attribution.unconfirmed", world.bob, "confirmed", "unseen",
    )  # fmt: skip
    assert [step.kind for step in attributions.history(row)] == ["attribution.unconfirmed", "attribution.confirmed"]
    with pytest.raises(Conflict):
        confirmations.unconfirm(row.pk, actor=world.bob)
    again = attributions.confirm(row.pk, actor=world.bob)
    assert confirmations.merely_confirmed([again]) == {row.pk}


def test_a_confirmation_that_did_more_is_not_taken_back(world: World, article: Article) -> None:
    rejected = of(article, QUOTED)
    attributions.confirm(rejected.pk, actor=world.alice)
    attributions.reject(rejected.pk, actor=world.alice)
    after_all = attributions.confirm(rejected.pk, actor=world.alice)
    corrected = attributions.correct(
        of(article, "harbour bridge was safe").pk, {"channel": "interview"}, actor=world.alice
    )
    assert confirmations.merely_confirmed([after_all, corrected]) == set()
    for row in (after_all, corrected):
        with pytest.raises(Conflict, match="changed nothing else"):
            confirmations.unconfirm(row.pk, actor=world.alice)
        row.refresh_from_db()
        assert row.decision in ("confirmed", "corrected")


def test_an_accepted_suggestion_stays_accepted(world: World, article: Article) -> None:
    accepted = attributions.confirm(suggestion(world, article, "17\ncracks").pk, actor=world.alice)
    assert confirmations.merely_confirmed([accepted]) == set()
    with pytest.raises(Conflict):
        confirmations.unconfirm(accepted.pk, actor=world.alice)


def test_only_reviewers_of_its_desk_take_it_back(world: World, article: Article) -> None:
    row = attributions.confirm(of(article, QUOTED).pk, actor=world.alice)
    for stranger in (world.mallory, world.ruth):
        with pytest.raises(Absent):
            confirmations.unconfirm(row.pk, actor=stranger)
    row.refresh_from_db()
    assert row.decision == "confirmed"
