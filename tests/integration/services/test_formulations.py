"""A person puts into words what a statement claims that nobody but a person found, and it goes to the reviewers."""

import pytest

from claims.models.articles import Article
from claims.models.claims import Attribution
from claims.models.events import Event
from claims.rules.refusals import Absent, Conflict, Refused
from claims.services import attributions, formulations
from claims.services.attributions import Reading
from tests import factories
from tests.factories import World
from tests.integration.services.test_rereading import suggestion

CLAIM = "The bridges of Riverton have 17 cracks."


def place(text: str, words: str) -> tuple[tuple[int, int], ...]:
    return ((text.index(words), text.index(words) + len(words)),)


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


@pytest.fixture
def missed(world: World, article: Article) -> Attribution:
    """What the engine did not find."""
    text = article.revisions.get().text
    reading = Reading(content=place(text, "17\ncracks"), cue=place(text, "had found"), stance="accuses")
    return attributions.add(article.pk, reading, actor=world.alice)


def test_it_goes_to_the_reviewers_as_what_this_person_wants_checked(
    world: World, article: Article, missed: Attribution
) -> None:
    claim = formulations.formulate(missed.pk, f"  {CLAIM.replace(' ', chr(10))} ", actor=world.alice)
    assert (claim.text, claim.state, claim.checkability, claim.article) == (CLAIM, "extracted", "checkable", article)
    assert claim.label not in set(article.claims.exclude(pk=claim.pk).values_list("label", flat=True))
    assert claim.check_worthiness > 0.4
    assert {"gives a figure", "accuses"} <= set(claim.reasons)
    assert [(link.attribution, link.stance) for link in claim.links.all()] == [(missed, "accuses")]
    event = Event.objects.of("claim", claim.pk).get()
    assert (event.kind, event.actor, event.to_state) == ("claim.formulated", world.alice, "extracted")
    factories.perform()
    claim.refresh_from_db()
    assert claim.state == "queued"
    assert factories.reviewed(world, world.bob, claim).verdict.claim == claim


def test_in_a_language_that_the_engine_does_not_read(world: World) -> None:
    text = "КИЇВ, 12 травня 2026 — Міністр заявив, що пошкоджено 14 підстанцій.\n"
    article = factories.ready_article(world, text, language="uk")
    reading = Reading(content=place(text, "пошкоджено 14 підстанцій"), cue=place(text, "заявив"))
    row = attributions.add(article.pk, reading, actor=world.alice)
    claim = formulations.formulate(row.pk, "Пошкоджено 14 підстанцій.", actor=world.alice)
    factories.perform()
    claim.refresh_from_db()
    assert claim.state == "queued"


def test_once_for_each_statement(world: World, missed: Attribution) -> None:
    claim = formulations.formulate(missed.pk, CLAIM, actor=world.alice)
    assert formulations.formulate(missed.pk, CLAIM, actor=world.bob) == claim, "whom no answer reached sends it again"
    with pytest.raises(Conflict, match="carries a claim already"):
        formulations.formulate(missed.pk, "Something else.", actor=world.bob)
    assert Event.objects.filter(kind="claim.formulated").count() == 1


@pytest.mark.parametrize(("text", "wrong"), [(" \n\u0000", "plain words"), ("x" * 1001, "at most 1,000")])
def test_words_that_cannot_be(world: World, missed: Attribution, text: str, wrong: str) -> None:
    with pytest.raises(Refused, match=wrong):
        formulations.formulate(missed.pk, text, actor=world.alice)


def test_of_what_does_not_count_nobody_makes_a_claim(world: World, article: Article, missed: Attribution) -> None:
    attributions.reject(missed.pk, actor=world.alice)
    waiting = suggestion(world, article, "the inspection report")
    for row in (missed, waiting):
        with pytest.raises(Conflict, match="Decide on that first"):
            formulations.formulate(row.pk, CLAIM, actor=world.alice)


def test_readers_and_strangers_make_none(world: World, missed: Attribution) -> None:
    for person in (world.ruth, world.mallory):
        with pytest.raises(Absent):
            formulations.formulate(missed.pk, CLAIM, actor=person)
