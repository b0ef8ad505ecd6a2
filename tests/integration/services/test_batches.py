"""Many articles at once, each in its own transaction; of nearly the same story is warned until both are kept."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from claims.models.articles import Article, ArticleStatus, Batch
from claims.models.events import Event
from claims.rules.refusals import Conflict, Refused, TooLarge
from claims.services import articles
from claims.services.articles import Given, Submission, Upload
from tests import factories
from tests.factories import World

EDITED = factories.TEXT + "\nThe editor added one line to the story."


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def given(name: str, **how: Any) -> Given:
    return Given(name, lambda: Submission(**how))


def test_a_bad_one_among_many_loses_no_other(world: World) -> None:
    known = factories.article(world, EDITED)
    many = [
        given("first", text=factories.TEXT),
        given("empty", text=" "),
        given("known", text=EDITED),
        given("picture.png", file=Upload("picture.png", b"PNG")),
        given("last", url="https://example.org/last"),
    ]
    batch = articles.ingest_many(world.desk, many, actor=world.alice)
    stored = Batch.objects.get()
    assert [article.origin for article in batch.articles.order_by("pk")] == ["text", "url"]
    assert [(each["name"], each["code"], each["article"]) for each in stored.refused] == [
        ("empty", "empty", None),
        ("known", "duplicate", known.pk),
        ("picture.png", "unknown_type", None),
    ]


def test_what_breaks_in_the_middle_leaves_what_was_taken_and_told(world: World) -> None:
    def breaks() -> Submission:
        raise OSError("the disk is full")

    many = [given("first", text=factories.TEXT), given("empty", text=" "), Given("broken", breaks)]
    with pytest.raises(OSError, match="full"):
        articles.ingest_many(world.desk, many, actor=world.alice)
    batch = Batch.objects.get()
    assert batch.articles.count() == 1
    assert [each["name"] for each in batch.refused] == ["empty"]


def test_where_none_can_be_taken_nothing_is_left(world: World) -> None:
    with pytest.raises(Refused, match=r"one: There is no text.* two: There is no text"):
        articles.ingest_many(world.desk, [given("one", text=" "), given("two", text=" ")], actor=world.alice)
    known = factories.article(world, factories.TEXT)
    with pytest.raises(Conflict) as refused:
        articles.ingest_many(world.desk, [given("it", text=factories.TEXT)] * 2, actor=world.alice)
    assert [each["article"] for each in refused.value.details["known"]] == [known.pk] * 2
    assert not Batch.objects.exists()


def test_more_than_the_limit_are_refused_before_any_is_looked_at(world: World) -> None:
    def never() -> Submission:
        raise AssertionError("looked at")

    many: list[Given] = [Given(str(number), never) for number in range(articles.AT_ONCE + 2)]
    with pytest.raises(TooLarge, match="Leave out 2"):
        articles.ingest_many(world.desk, many, actor=world.alice)


def test_an_edited_story_resembles_the_first_of_its_desk_alone(world: World) -> None:
    articles.ingest(world.elsewhere, Submission(text=factories.TEXT), actor=world.mallory)
    first = factories.article(world, factories.TEXT)
    other = factories.article(world, "The harbour master said on Tuesday that the northern pier would stay closed.")
    near = factories.article(world, EDITED)
    for article in (first, other, near):
        article.refresh_from_db()
    assert (first.resembles, other.resembles, near.resembles) == (None, None, first)


def test_a_page_is_compared_once_it_was_read_and_the_same_words_fail_with_the_other(world: World) -> None:
    first = factories.article(world, factories.TEXT)
    paragraphs = "".join(f"<p>{line}</p>" for line in EDITED.splitlines() if line)
    page = f"<html><body><article>{paragraphs}</article></body></html>".encode()
    uploads = [Upload("a.html", page), Upload("b.html", page + b"\n")]
    batch = articles.ingest_many(world.desk, [given(each.name, file=each) for each in uploads], actor=world.alice)
    factories.perform()
    near, same = batch.articles.order_by("pk")
    assert near.resembles == first
    assert same.failure is not None
    assert (same.status, same.failure["code"], same.failure["article"]) == (ArticleStatus.FAILED, "duplicate", near.pk)


def test_keeping_both_is_recorded_once(world: World) -> None:
    first = factories.article(world, factories.TEXT)
    near = factories.article(world, EDITED)
    for _ in range(2):
        articles.keep_both(near, actor=world.alice)
    near.refresh_from_db()
    assert near.resembles is None
    event = Event.objects.of("article", near.pk).get(kind="article.kept")
    assert (event.actor, event.data["beside"]) == (world.alice, first.pk)
    assert factories.history_is_whole()


def test_nothing_resembles_itself(world: World) -> None:
    article = factories.article(world)
    with pytest.raises(IntegrityError, match="article_resembles_another"), transaction.atomic():
        Article.objects.filter(pk=article.pk).update(resembles=article.pk)
