"""Many articles come in by one form: the good ones are taken, the bad ones named, and a page shows how far each is."""

import re
from dataclasses import replace
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Article, Batch
from claims.models.desks import Role
from claims.models.jobs import Job
from claims.rules.refusals import Refused
from claims.services import articles, desks
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

NEW = "/articles/new/"
OTHER = "The harbour master said on Tuesday that the northern pier would stay closed until the storms had passed."


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def file(name: str, content: bytes | str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def test_a_text_files_and_addresses_come_in_at_once_and_the_bad_ones_are_named(world: World, alice: Client) -> None:
    known = factories.article(world, "A text that is here already, the mayor said on Monday.")
    answer = alice.post(
        NEW,
        {
            "desk": world.desk.pk,
            "way": "all",
            "text": factories.TEXT,
            "file": [
                file("pier.txt", OTHER),
                file("latin.txt", b"caf\xe9"),
                file("page.html", "<p>A page</p>"),
                file("again.txt", "A text that is here already, the mayor said on Monday."),
            ],
            "url": "https://example.org/one\n\n  http://127.0.0.1/admin\nhttps://example.org/one\n",
            "outlet": "The Riverton Post",
        },
    )
    batch = Batch.objects.get()
    assert answer.headers["Location"] == f"/articles/batches/{batch.pk}/"
    taken = list(batch.articles.order_by("pk"))
    assert [article.origin for article in taken] == ["text", "file", "file", "url"]
    assert {article.outlet for article in taken} == {"The Riverton Post"}
    assert [(each["name"], each["code"], each["article"]) for each in batch.refused] == [
        ("“latin.txt”", "encoding", None),
        ("“again.txt”", "duplicate", known.pk),
        ("line 3, http://127.0.0.1/admin", "refused", None),
        ("line 4, https://example.org/one", "duplicate", taken[-1].pk),
    ]
    page = alice.get(answer.headers["Location"]).content.decode()
    assert "4 were not accepted" in page
    assert "not valid UTF-8 (byte 3)" in page
    assert f'href="/articles/{known.pk}/"' in page
    for article in taken:
        assert f'href="/articles/{article.pk}/"' in page
    assert page.count("<progress") == 4
    assert "page.html" in page, "what has no headline yet is called as it was given"


def test_of_two_desks_one_is_chosen_and_none_is_empty(world: World, as_: SignedIn) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.EDITOR)
    page = as_(world.alice).get(NEW).content.decode()
    offered = page.partition('<select name="desk"')[2].partition("</select>")[0]
    assert re.findall(r"<option[^>]*>(.*?)</option>", offered) == ["Harbour Desk", "Valley Desk"]


def test_submitting_the_same_again_takes_nothing_and_leads_to_what_is_there(world: World, alice: Client) -> None:
    for status in (302, 409):
        files = [file("a.txt", factories.TEXT), file("b.txt", OTHER)]
        answer = alice.post(NEW, {"desk": world.desk.pk, "way": "file", "file": files})
        assert answer.status_code == status
    page = answer.content.decode()
    assert Article.objects.count() == 2
    assert Batch.objects.count() == 1
    for article in Article.objects.all():
        assert f'href="/articles/{article.pk}/"' in page


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"way": "all"}, 422, "Paste a text, choose files or give addresses."),
        ({"way": "url", "url": "\n".join(f"https://example.org/{n}" for n in range(51))}, 413, "Leave out 1,"),
        ({"way": "url", "url": "ftp://a.example/\njavascript:alert(1)"}, 422, "line 2, javascript:alert(1): "),
        (
            {"way": "url", "url": "https://example.org/1\nhttps://example.org/2", "title": "Two"},
            422,
            "Several articles cannot share this.",
        ),
    ],
)
def test_where_nothing_can_be_taken_the_form_comes_back_with_everything(
    world: World, alice: Client, fields: dict[str, str], status: int, said: str
) -> None:
    answer = alice.post(NEW, {"desk": world.desk.pk, "text": "", "byline": "Nora Field", **fields})
    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert "autofocus" in alice.get(NEW).content.decode()
    assert "autofocus" not in page, "what is wrong has the focus"
    assert 'value="Nora Field"' in page
    for line in fields.get("url", "").splitlines():
        assert line in page
    assert not Article.objects.exists()
    assert not Batch.objects.exists()


def batch_of(world: World, *given: articles.Submission) -> Batch:
    many = [articles.Given(str(number), partial(replace, one)) for number, one in enumerate(given)]
    return articles.ingest_many(world.desk, many, actor=world.alice)


def test_the_rows_are_sent_only_when_they_look_different_and_stop_asking_at_the_end(
    world: World, alice: Client
) -> None:
    batch = batch_of(world, articles.Submission(text=factories.TEXT), articles.Submission(text=OTHER))
    where = f"/articles/batches/{batch.pk}/now/"
    first = alice.get(where)
    seen = first.context["version"]
    assert 'hx-trigger="every 2s"' in first.content.decode()
    assert "2 articles are still being read." in first.content.decode()
    assert alice.get(where, {"seen": seen}).status_code == 204
    Job.objects.filter(key__startswith="extract").update(stage="finding", progress=40)
    moved = alice.get(where, {"seen": seen})
    assert 'value="40"' in moved.content.decode()
    factories.perform()
    ended = alice.get(where, {"seen": moved.context["version"]}).content.decode()
    assert "hx-get" not in ended
    assert "All have ended." in ended
    assert "<progress" not in ended


def test_a_failed_one_says_why_and_is_tried_again_from_the_list(world: World, alice: Client) -> None:
    batch = batch_of(world, articles.Submission(url="https://example.org/a"), articles.Submission(text=OTHER))
    failed = batch.articles.order_by("pk")[0]
    articles.mark_failed(failed.pk, Refused.one("url", "http_status", "The address answered with 404."))
    where = f"/articles/batches/{batch.pk}/"
    assert "The address answered with 404." in alice.get(where).content.decode()
    answer = alice.post(f"/articles/{failed.pk}/retry/", {"back": f"{where}#article-{failed.pk}"})
    assert answer.headers["Location"] == f"{where}#article-{failed.pk}"
    assert "The address answered with 404." not in alice.get(where).content.decode()


def test_nearly_the_same_story_is_warned_of_until_both_are_kept(world: World, alice: Client) -> None:
    first = factories.article(world, factories.TEXT)
    batch = batch_of(
        world,
        articles.Submission(text=factories.TEXT + "\nThe editor added one line to the story."),
        articles.Submission(text=OTHER),
    )
    near, other = batch.articles.order_by("pk")
    assert (near.resembles_id, other.resembles_id) == (first.pk, None)
    where = f"/articles/batches/{batch.pk}/"
    for path in (where, f"/articles/{near.pk}/"):
        page = alice.get(path).content.decode()
        assert page.count("Nearly the same words are here already:") == 1
        assert f'href="/articles/{first.pk}/"' in page
    answer = alice.post(f"/articles/{near.pk}/keep/", {"back": where})
    assert answer.headers["Location"] == where
    assert "Nearly the same words" not in alice.get(where).content.decode()


def test_a_batch_costs_the_same_however_many_it_has(world: World, alice: Client) -> None:
    counts = []
    for size in (2, 12):
        batch = batch_of(world, *[articles.Submission(url=f"https://example.org/{size}/{n}") for n in range(size)])
        with CaptureQueriesContext(connection) as queries:
            assert alice.get(f"/articles/batches/{batch.pk}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_was_given_together_is_found_again(world: World, as_: SignedIn, alice: Client) -> None:
    assert "No articles came in several at once yet." in alice.get("/articles/batches/").content.decode()
    first = batch_of(world, articles.Submission(text=factories.TEXT), articles.Submission(text=OTHER))
    Article.objects.filter(pk=first.articles.order_by("pk")[0].pk).update(status="failed", failure={"detail": "No."})
    Batch.objects.filter(pk=first.pk).update(refused=[{"name": "x", "detail": "Here already.", "article": None}])
    second = batch_of(world, articles.Submission(url="https://example.org/1"))
    strange = Batch.objects.create(desk=world.elsewhere, submitted_by=world.alice)
    page = as_(world.ruth).get("/articles/batches/").content.decode()
    assert re.findall(r"/articles/batches/(\d+)/", page) == [str(second.pk), str(first.pk)]
    assert f"/articles/batches/{strange.pk}/" not in page
    for words in ("2 articles", "1 article", "Alice", "1 could not be read", "1 is being read", "1 was not accepted"):
        assert words in page, words
    assert 'href="/articles/batches/"' in alice.get("/articles/").content.decode()


def test_the_list_of_batches_costs_the_same_however_long_it_is(world: World, alice: Client) -> None:
    counts = []
    for size in (1, 12):
        for n in range(size):
            batch_of(world, articles.Submission(url=f"https://example.org/{size}/{n}"))
        with CaptureQueriesContext(connection) as queries:
            assert alice.get("/articles/batches/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
