"""Articles come in by three ways, nothing typed is lost, and what is known about them is corrected by hand."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from claims.models.articles import Article, ArticleStatus
from claims.models.jobs import Job
from claims.rules.refusals import Refused
from claims.services import articles
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

NEW = "/articles/new/"


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def submission(world: World, **fields: object) -> dict[str, object]:
    return {"desk": world.desk.pk, "way": "text", "text": "", "url": "", **fields}


def test_a_pasted_text_becomes_an_article(world: World, alice: Client) -> None:
    about = {"outlet": "The Riverton Post", "byline": "Nora Field, Tom"}
    answer = alice.post(NEW, submission(world, text=factories.TEXT, **about))
    article = Article.objects.get()
    assert answer.headers["Location"] == f"/articles/{article.pk}/"
    assert (article.outlet, article.byline, article.submitted_by) == (
        "The Riverton Post",
        ["Nora Field", "Tom"],
        world.alice,
    )


def test_a_text_file_becomes_an_article(world: World, alice: Client) -> None:
    file = SimpleUploadedFile("story.txt", factories.TEXT.encode(), "text/plain")
    assert alice.post(NEW, submission(world, way="file", file=file)).status_code == 302
    assert Article.objects.get().origin == "file"


def test_an_address_waits_to_be_fetched(world: World, alice: Client) -> None:
    assert alice.post(NEW, submission(world, way="url", url="https://example.org/story")).status_code == 302
    article = Article.objects.get()
    assert (article.status, article.url) == ("queued", "https://example.org/story")
    assert Job.objects.get().name == "claims.fetch_article"


def test_only_the_chosen_way_counts(world: World, alice: Client) -> None:
    alice.post(NEW, submission(world, text=factories.TEXT, url="https://example.org/forgotten"))
    assert Article.objects.get().url == ""


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"text": "  \n "}, 422, "There is no text"),
        ({"text": ""}, 422, "Paste the text."),
        ({"way": "url", "url": "http://127.0.0.1/admin"}, 422, "Or paste the text of the article instead."),
        ({"way": "url", "url": "javascript:alert(1)"}, 422, "http:// or https://"),
        ({"way": "file"}, 422, "Choose a file."),
        ({"way": "pigeon", "text": "x"}, 422, "pigeon"),
        ({"text": "x" * 10_000_001}, 413, "the limit is 10.0 MB"),
        ({"text": "A text.", "published_on": "yesterday"}, 422, "Enter a valid date."),
    ],
)
def test_bad_input_is_named_and_what_was_typed_stays(
    world: World, alice: Client, fields: dict[str, object], status: int, said: str
) -> None:
    answer = alice.post(NEW, submission(world, **{"outlet": "The Riverton Post", **fields}))
    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert 'value="The Riverton Post"' in page
    assert not Article.objects.exists()


def test_a_text_that_is_too_long_is_refused_and_not_sent_back(world: World, alice: Client) -> None:
    about = {"outlet": "The Riverton Post", "byline": "Nora Field, Tom", "url": "https://example.org/story"}
    fields = about | {"text": "ten bytes\n" * 1_100_000}
    answer = alice.post(NEW, submission(world, **fields))
    assert answer.status_code == 413
    field = answer.context["form"]["text"]
    assert "That is 11.0 MB; the limit is 10.0 MB. Split it" in field.errors[0]
    assert 'aria-invalid="true"' in str(field)
    page = answer.content.decode()
    assert len(page) < 50_000
    assert "ten bytes" not in page
    assert "The text is left out of this page: it is too long to be sent back." in page
    for kept in ("The Riverton Post", "Nora Field, Tom"):
        assert f'value="{kept}"' in page
    assert about["url"] in page
    assert not Article.objects.exists()
    wrong_date = alice.post(NEW, submission(world, **fields, published_on="yesterday"))
    assert wrong_date.status_code == 422
    assert len(wrong_date.content) < 50_000, "whatever else is wrong"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("story.pdf", b"%PDF-1.7", "is not a kind of file that can be read here"),
        ("story.txt", b"caf\xe9", "not valid UTF-8"),
        ("story.txt", b"", "There is no text"),
        ("story.html", b"", "The file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(world: World, alice: Client, name: str, content: bytes, said: str) -> None:
    answer = alice.post(NEW, submission(world, way="file", file=SimpleUploadedFile(name, content)))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_control_characters_are_removed_visibly(world: World, alice: Client) -> None:
    answer = alice.post(NEW, submission(world, text="The mayor\0 said on Monday that it rained.\x07"), follow=True)
    page = " ".join(answer.content.decode().split())
    assert "Removed when the text came in:" in page
    assert "control characters (" in page or "NUL signs (" in page
    assert "line_ends" not in page


def test_the_same_article_again_leads_to_the_first(world: World, alice: Client) -> None:
    known = factories.article(world, factories.TEXT)
    answer = alice.post(NEW, submission(world, text=factories.TEXT))
    assert answer.status_code == 409
    assert f'href="/articles/{known.pk}/"' in answer.content.decode()


def test_another_desk_is_no_choice(world: World, alice: Client) -> None:
    answer = alice.post(NEW, submission(world, desk=world.elsewhere.pk, text=factories.TEXT))
    assert answer.status_code == 422
    assert not Article.objects.exists()


def test_the_reading_page_marks_who_said_what(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    page = alice.get(f"/articles/{article.pk}/").content.decode()
    for role in ("source", "cue", "content"):
        assert f'class="s s-{role}"' in page
    attribution = article.claims.get(text__contains="repaired 40 bridges").attributions.get()
    for role in ("source", "cue", "content"):
        assert f'data-attribution="{attribution.pk}" data-role="{role}"' in page
    start = article.revisions.get().text.index("RIVERTON")
    assert f'data-start="{start}"' in page
    assert f'id="a-{attribution.pk}"' in page
    assert f'href="#a-{attribution.pk}"' in page


def test_markup_in_an_article_is_text(world: World, alice: Client) -> None:
    text = 'The mayor said that <script>alert(1)</script> "> <img src=x onerror=alert(1)> was a bridge.'
    article = factories.ready_article(
        world, f"{text}\n\n{factories.TEXT}", title="<b>bold</b>\u202eevil", outlet="<i>Post</i>"
    )
    page = alice.get(f"/articles/{article.pk}/").content.decode()
    for raw in ("<script>alert", "<img src=x", "<b>bold", "<i>Post"):
        assert raw not in page
    assert 'data-name="RLO"' in page
    assert "[RLO]" in page.split("</title>")[0]


def test_a_long_article_is_read_in_parts(world: World, alice: Client) -> None:
    paragraphs = [f"Paragraph {number} of many. {'A plain sentence. ' * 100}" for number in range(100)]
    article = factories.article(world, "\n\n".join(paragraphs))
    first = alice.get(f"/articles/{article.pk}/").content.decode()
    assert "Paragraph 0 of many" in first
    assert "Paragraph 99 of many" not in first
    start = first.split('href="?at=')[1].split('"')[0]
    later = alice.get(f"/articles/{article.pk}/", {"at": start}).content.decode()
    assert "Paragraph 99 of many" in later
    assert "Earlier in this article" in later


def test_progress_is_shown_until_the_page_can_come_anew(world: World, alice: Client) -> None:
    article = factories.article(world)
    where = reverse("web:article_progress", args=[article.pk])
    waiting = alice.get(where)
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    factories.perform()
    assert alice.get(where).headers["HX-Refresh"] == "true"


def test_a_failure_says_why_and_can_be_tried_again(world: World, alice: Client) -> None:
    article = articles.ingest(world.desk, articles.Submission(url="https://example.org/story"), actor=world.alice)
    articles.mark_failed(article.pk, Refused.one("url", "http_status", "The address answered with 404."))
    assert "The address answered with 404." in alice.get(f"/articles/{article.pk}/").content.decode()
    assert alice.post(f"/articles/{article.pk}/retry/").status_code == 302
    article.refresh_from_db()
    assert article.status == ArticleStatus.QUEUED
    again = alice.post(f"/articles/{article.pk}/retry/", follow=True)
    assert "there is nothing to retry" in again.content.decode()


ABOUT = {"title": "Bridges", "outlet": "Post", "published_on": "2026-03-03"}


def test_what_is_known_can_be_corrected(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    answer = alice.post(f"/articles/{article.pk}/describe/", ABOUT | {"version": article.version, "byline": "A. B., C"})
    assert answer.status_code == 302
    article.refresh_from_db()
    assert (article.title, article.byline) == ("Bridges", ["A. B.", "C"])
    assert article.published_at is not None
    assert article.published_at.date().isoformat() == "2026-03-03"


def test_an_address_that_cannot_be_is_told_at_its_own_field(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    wrong = {"published_url": "foo bar"}
    corrected = alice.post(f"/articles/{article.pk}/describe/", ABOUT | wrong | {"version": article.version})
    pasted = alice.post("/articles/new/", {"desk": world.desk.pk, "way": "text", "text": factories.TEXT + "!"} | wrong)
    for answer in (corrected, pasted):
        assert answer.status_code == 422
        field = re.search(r'<input[^>]*name="published_url"[^>]*>', answer.content.decode())
        assert field is not None
        assert 'aria-invalid="true"' in field[0]


@pytest.mark.parametrize("wrong", [{"topics": "x" * 65}, {"outlet": "The \u202ePost"}, {"published_url": "foo bar"}])
def test_what_is_wrong_is_not_folded_away(world: World, alice: Client, wrong: dict[str, str]) -> None:
    given = {"desk": world.desk.pk, "way": "text", "text": factories.TEXT} | wrong
    page = alice.post("/articles/new/", given).content.decode()
    assert re.search(r"<details class=\"card\"\s+open>", page), "the field and what is said of it can be seen"


def conflict(alice: Client, article: Article, **yours: str) -> tuple[str, str]:
    """The page after two tabs saved one article, and of it what is said of the fields that differ."""
    first = {"outlet": "The first", "byline": "A. B., C", "published_on": "2026-03-04"}
    alice.post(f"/articles/{article.pk}/describe/", ABOUT | first | {"version": article.version})
    answer = alice.post(f"/articles/{article.pk}/describe/", ABOUT | {"version": article.version} | yours)
    assert answer.status_code == 409
    article.refresh_from_db()
    page = answer.content.decode()
    return page, page.split("data-differing")[1].split('name="title"')[0]


def test_of_two_editors_the_second_sees_both_versions(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    page, differing = conflict(alice, article, outlet="The <b>second</b>", byline="A. B., C")
    assert article.outlet == "The first"
    assert f'name="version" value="{article.version}"' in page
    assert 'value="The &lt;b&gt;second&lt;/b&gt;"' in page, "what was typed stands in its field still"
    legends = [part.split("</legend>")[0].strip() for part in differing.split("<legend>")[1:]]
    assert legends == ["Outlet", "Published on"], "only what differs, by the names on the form"
    for shown in ("The first", "The &lt;b&gt;second&lt;/b&gt;", "4 March 2026", "3 March 2026"):
        assert shown in differing
    assert ">2026-03" not in differing, "dates as readers write them"


def test_of_two_versions_each_field_is_kept_as_chosen(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    conflict(alice, article, outlet="The second", byline="")
    chosen = {"keep_outlet": "yours", "keep_byline": "theirs", "keep_published_on": "theirs"}
    mine = ABOUT | {"outlet": "The second", "version": article.version}
    assert alice.post(f"/articles/{article.pk}/describe/", mine | chosen).status_code == 302
    article.refresh_from_db()
    assert (article.outlet, article.byline) == ("The second", ["A. B.", "C"])
    assert article.published_at is not None
    assert article.published_at.date().isoformat() == "2026-03-04"


def test_what_was_chosen_is_refused_when_it_changed_again(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    conflict(alice, article, outlet="The second")
    seen = article.version
    alice.post(f"/articles/{article.pk}/describe/", ABOUT | {"outlet": "The third", "version": seen})
    late = ABOUT | {"outlet": "The second", "version": seen, "keep_outlet": "theirs"}
    answer = alice.post(f"/articles/{article.pk}/describe/", late)
    assert answer.status_code == 409
    differing = answer.content.decode().split("data-differing")[1].split('name="title"')[0]
    assert "The third" in differing
    assert "The second" in differing


def test_a_wrong_date_does_not_hide_that_somebody_was_faster(world: World, alice: Client) -> None:
    article = factories.ready_article(world)
    where, begun = f"/articles/{article.pk}/describe/", article.version
    alice.post(where, ABOUT | {"version": begun, "outlet": "The first"})
    wrong = alice.post(where, ABOUT | {"version": begun, "outlet": "The second", "published_on": "yesterday"})
    assert wrong.status_code == 422
    assert f'name="version" value="{begun}"' in wrong.content.decode()


def test_the_list_filters_by_status(world: World, alice: Client) -> None:
    factories.ready_article(world, title="One that is ready")
    factories.article(world, title="One that waits")
    page = alice.get("/articles/", {"status": "queued"}).content.decode()
    assert "One that waits" in page
    assert "One that is ready" not in page
    nothing = alice.get("/articles/", {"status": "failed"}).content.decode()
    assert "No article is in this state." in nothing
    assert "No article here yet" not in nothing
