"""Intake: what comes in as text, file or address, what is refused and why, and what is known about an article."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from claims.models import articles as article_tables
from claims.models.articles import Article, Revision
from claims.models.events import Event
from claims.models.jobs import Job
from claims.models.review import QueueEntry
from claims.models.spans import Span
from claims.rules.refusals import Absent, Conflict, Refused, TooLarge
from claims.services import articles, review
from claims.services.articles import About, Submission, Upload, about
from tests import factories
from tests.concurrency import at_once
from tests.factories import World
from tests.integration.conftest import Site

PAGE = """<!doctype html><html lang="en"><head><title>Harbour bridge is unsafe, union says</title>
<meta property="og:site_name" content="Riverton Gazette"><meta name="author" content="Nora Field">
<meta property="article:published_time" content="2026-03-03T10:00:00Z"></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>Harbour bridge is unsafe, union says</h1>
<p>The transport union said on Tuesday that the harbour bridge was not safe to use any longer, after a winter in which
the city had closed it twice.</p><p>Mayor Anna Bell told reporters that inspectors had found no cracks in the bridge and
that the city would keep it open through the summer months.</p></article><footer>Imprint</footer></body></html>"""


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def ingest(world: World, **submission: Any) -> Article:
    return articles.ingest(world.desk, Submission(**submission), actor=world.carol)


def refused(world: World, **submission: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        ingest(world, **submission)
    assert not Article.objects.exists()
    assert not Job.objects.exists()
    return caught.value


def test_text_becomes_a_revision_an_event_and_a_job_at_once(world: World) -> None:
    article = ingest(world, text=factories.TEXT)
    revision = article.revisions.get()
    assert revision.text == factories.TEXT
    assert revision.sha256 == hashlib.sha256(factories.TEXT.encode()).hexdigest()
    assert (article.status, article.origin, article.submitted_by) == ("queued", "text", world.carol)
    assert [event.kind for event in Event.objects.of("article", article.pk)] == ["article.submitted"]
    assert articles.job_of(article) == Job.objects.get(key=f"extract {article.pk}")


def test_what_is_ready_has_its_claims_in_the_queue_and_spans_that_fit(world: World) -> None:
    article = factories.ready_article(world, "😀 𝔘𝔫𝔦 " + factories.TEXT)
    revision = article.revisions.get()
    spans = Span.objects.filter(attribution__revision=revision)
    cues = {revision.text[span.start : span.end] for span in spans.filter(role="cue")}
    assert {"said", "told", "denied"} <= cues, "offsets count code points, astral ones too"
    assert article.claims.filter(state="queued").count() > 2
    assert factories.history_is_whole()


@pytest.mark.parametrize("text", ["", "   \n\t ", "\x00\x01"])
def test_no_text_is_refused_with_the_way_out(world: World, text: str) -> None:
    problem = refused(world, text=text).problems[0]
    assert (problem.field, problem.code) == ("text", "empty")
    assert "Paste" in problem.message


def test_the_limit_counts_bytes_and_is_told(world: World, settings: Settings) -> None:
    settings.ARTICLE_LIMIT_BYTES = 1000
    error = refused(world, text="ж" * 501)
    assert isinstance(error, TooLarge)
    assert (error.problems[0].field, error.problems[0].code) == ("text", "too_large")
    assert isinstance(refused(world, file=Upload("a.txt", b"x" * 1001)), TooLarge)
    assert isinstance(refused(world, file=Upload("a.html", b"x" * 1001)), TooLarge)
    assert ingest(world, text="ж" * 500).status == "queued"


def test_what_cannot_be_stored_is_removed_and_counted_and_offsets_stay_true(world: World) -> None:
    article = ingest(world, text="A\x00b\r\nc\x07d \ud800e\u202e f said so.")
    revision = article.revisions.get()
    assert revision.text == "Ab\ncd e\u202e f said so."
    assert revision.removed == {"controls": 1, "line_ends": 1, "nul": 1, "surrogates": 1}


def test_a_text_file_in_utf_8_or_utf_16_is_read(world: World) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        text = f"{factories.TEXT} In {encoding}."
        article = ingest(world, file=Upload("report.TXT", text.encode(encoding)))
        assert article.revisions.get().text == text
        assert article.origin == "file"


def test_a_file_that_is_no_utf_8_is_refused_and_the_byte_is_named(world: World) -> None:
    problem = refused(world, file=Upload("a.txt", b"caf\xe9 said so")).problems[0]
    assert (problem.field, problem.code) == ("file", "encoding")
    assert "byte 3" in problem.message


@pytest.mark.parametrize("name", ["photo.png", "report.pdf", "noending", "page.html.exe"])
def test_an_unknown_kind_of_file_is_refused_and_the_known_ones_are_named(world: World, name: str) -> None:
    problem = refused(world, file=Upload(name, b"x")).problems[0]
    assert (problem.field, problem.code) == ("file", "unknown_type")
    assert name in problem.message
    assert ".html" in problem.message


def test_a_file_with_an_endless_name_is_read_all_the_same(world: World) -> None:
    article = ingest(world, file=Upload("n\x00" * 400 + ".html", PAGE.encode(), "text/html; " + "x" * 200))
    assert len(article.intake.file_name) == 255


def test_an_uploaded_page_becomes_its_article(world: World) -> None:
    article = ingest(world, file=Upload("bridge.html", PAGE.encode()))
    assert not article.revisions.exists()
    factories.perform()
    article.refresh_from_db()
    text = article.revisions.get().text
    assert article.status == "ready"
    assert "transport union said" in text
    assert "Imprint" not in text
    assert (article.title, article.outlet) == ("Harbour bridge is unsafe, union says", "Riverton Gazette")
    assert article.byline == ["Nora Field"]
    assert article.published_at == datetime(2026, 3, 3, tzinfo=UTC)
    assert bytes(article.intake.content) == PAGE.encode(), "what came in stays as it came"


@pytest.mark.parametrize("page", [b"<html><body></body></html>", b"\x00\xff\xfe", b"<b>" * 20_000, b"\x89PNG\r\n" * 50])
def test_a_page_without_an_article_fails_with_the_way_out(world: World, page: bytes) -> None:
    article = ingest(world, file=Upload("empty.html", page))
    factories.perform()
    article.refresh_from_db()
    assert article.status == "failed"
    assert article.failure is not None
    assert (article.failure["field"], article.failure["code"]) == ("file", "no_article")
    assert "Paste" in article.failure["detail"]
    assert [event.kind for event in Event.objects.of("article", article.pk)][-1] == "article.failed"


def test_an_address_is_fetched_by_the_job_and_kept(world: World, site: Site) -> None:
    article = ingest(world, url=site.add("/bridge", PAGE.encode()), about=About(outlet="The Gazette"))
    factories.perform()
    article.refresh_from_db()
    assert (article.status, article.origin) == ("ready", "url")
    assert article.url == site.address("/bridge")
    assert article.outlet == "The Gazette", "what the person typed wins"


def test_an_address_that_fails_can_be_retried_once_it_works(world: World, site: Site) -> None:
    article = ingest(world, url=site.address("/later"))
    factories.perform()
    article.refresh_from_db()
    assert article.failure is not None
    assert (article.failure["field"], article.failure["code"]) == ("url", "http_status")
    assert "404" in article.failure["detail"]
    assert "not here" not in article.failure["detail"], "the answer itself is never repeated"
    site.add("/later", PAGE.encode())
    articles.retry(article, actor=world.carol)
    factories.perform()
    article.refresh_from_db()
    assert (article.status, article.failure) == ("ready", None)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/secret",
        "http://2130706433/",
        "http://[::1]:8000/",
        "http://localhost/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://user:pw@example.org/",
        "not an address",
    ],
)
def test_an_address_that_leads_inside_is_refused_at_once(world: World, address: str) -> None:
    problem = refused(world, url=address).problems[0]
    assert (problem.field, problem.code) == ("url", "refused")
    assert "paste the text" in problem.message


def test_text_with_an_address_says_where_it_was_published(world: World) -> None:
    article = ingest(world, text=factories.TEXT, url="https://gazette.example/bridge?utm_source=x")
    assert (article.origin, article.url) == ("text", "https://gazette.example/bridge?utm_source=x")
    assert article.canonical_url == "https://gazette.example/bridge"


def test_text_and_file_together_are_refused(world: World) -> None:
    assert refused(world, text="a", file=Upload("a.txt", b"b")).problems[0].code == "too_many"


@pytest.mark.parametrize(
    "again",
    [
        {"text": factories.TEXT.replace(" ", "  ").replace("\n", "\r\n")},
        {"file": Upload("same.txt", factories.TEXT.encode())},
        {"url": "https://gazette.example/bridge/?fbclid=1&utm_medium=mail#top"},
        {"text": "Other words altogether, he said.", "url": "https://GAZETTE.example:443/bridge"},
    ],
)
def test_the_same_article_twice_is_a_conflict_that_leads_to_the_first(world: World, again: dict[str, object]) -> None:
    first = ingest(world, text=factories.TEXT, url="https://gazette.example/bridge")
    with pytest.raises(Conflict) as conflict:
        ingest(world, **again)
    assert conflict.value.details == {"article": first.pk}
    assert Article.objects.count() == Revision.objects.count() == 1
    assert articles.ingest(world.elsewhere, Submission(text=factories.TEXT)).pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_the_same_article_at_once_is_taken_in_once() -> None:
    world = factories.world()

    def submit() -> int:
        try:
            return ingest(world, text=factories.TEXT).pk
        except Conflict as known:
            return -int(known.details["article"])

    found = at_once([submit] * 6)
    made = [pk for pk in found if pk > 0]
    assert len(made) == 1
    assert sorted(found) == [*[-made[0]] * 5, made[0]]


def test_a_page_whose_words_are_known_fails_and_names_the_article(world: World) -> None:
    first = ingest(world, file=Upload("bridge.html", PAGE.encode()))
    second = ingest(world, file=Upload("copy.html", PAGE.replace("Imprint", "Contact").encode()))
    factories.perform()
    second.refresh_from_db()
    assert second.failure is not None
    assert second.failure["code"] == "duplicate"
    assert f"article {first.pk}" in second.failure["detail"]


def test_the_head_of_the_text_says_what_it_is(world: World) -> None:
    head = "By Nora Field and Tom Reyes\nMarch 3, 2026\n\nRIVERTON (Reuters) – "
    article = ingest(world, text=head + "Mayor Anna Bell said that the bridge was safe.")
    assert article.byline == ["Nora Field", "Tom Reyes"]
    assert (article.dateline_places, article.dateline_agency, article.outlet) == (["RIVERTON"], "Reuters", "Reuters")
    assert article.published_at == datetime(2026, 3, 3, tzinfo=UTC)
    assert article.language == "en"


def test_what_the_person_says_wins_over_the_text(world: World) -> None:
    day = datetime(2025, 1, 1, 12, tzinfo=UTC)
    given = About(title="T", outlet="Gazette", byline=("A. Writer",), published_at=day, language="en-GB")
    article = ingest(world, text=factories.TEXT, about=given)
    assert (article.title, article.outlet, article.byline) == ("T", "Gazette", ["A. Writer"])
    assert (article.published_at, article.language) == (day, "en-GB")


TOO_LONG: dict[str, Any] = {
    "title": "t" * 501,
    "outlet": "o" * 201,
    "byline": ("b" * 201,),
    "dateline_agency": "a" * 101,
    "language": "l" * 36,
    "url": "https://gazette.example/" + "ж" * 600,
}


@pytest.mark.parametrize("field", TOO_LONG)
def test_what_does_not_fit_is_refused_by_field_at_intake_and_later(world: World, field: str) -> None:
    about = replace(About(), **{field: TOO_LONG[field]})
    error = refused(world, text=factories.TEXT, about=about)
    assert [problem.field for problem in error.problems] == [field]
    article = ingest(world, text=factories.TEXT)
    with pytest.raises(Refused) as later:
        articles.describe(article, article.version, about, actor=world.carol)
    assert [problem.field for problem in later.value.problems] == [field]


def test_a_name_of_endless_length_in_the_text_is_cut(world: World) -> None:
    article = ingest(world, text="By Anna " + "B" * 300 + "\n\nThe mayor said that the bridge was safe.")
    assert all(len(name) <= 200 for name in article.byline)


def test_what_is_known_can_be_corrected_with_its_event(world: World) -> None:
    article = ingest(world, text=factories.TEXT)
    changed = articles.describe(article, 1, About(outlet="Riverton Gazette", byline=("N. Field",)), actor=world.bob)
    assert (changed.outlet, changed.byline, changed.version) == ("Riverton Gazette", ["N. Field"], 2)
    assert changed.language == "en", "an empty language keeps the one that was known"
    event = Event.objects.of("article", article.pk).last()
    assert event is not None
    assert event.data["outlet"] == ["Reuters", "Riverton Gazette"]
    assert (event.kind, event.actor) == ("article.described", world.bob)


def test_whoever_saves_second_sees_both_versions_and_loses_nothing(world: World) -> None:
    article = ingest(world, text=factories.TEXT)
    articles.describe(article, 1, About(outlet="first"), actor=world.bob)
    with pytest.raises(Conflict) as conflict:
        articles.describe(article, 1, About(outlet="second"), actor=world.alice)
    assert conflict.value.details["current"]["outlet"] == "first"
    article.refresh_from_db()
    assert (article.outlet, article.version) == ("first", 2)


def test_an_address_of_another_article_is_a_conflict(world: World) -> None:
    ingest(world, text="The mayor said this.", url="https://gazette.example/one")
    article = ingest(world, text="The mayor said that.")
    with pytest.raises(Conflict):
        articles.describe(article, 1, About(url="https://gazette.example/one#x"), actor=world.bob)


def test_only_what_failed_can_be_retried(world: World) -> None:
    article = factories.ready_article(world)
    with pytest.raises(Conflict):
        articles.retry(article, actor=world.carol)


def test_another_desks_article_looks_like_none(world: World) -> None:
    article = ingest(world, text=factories.TEXT)
    assert articles.visible(world.ruth, article.pk) == article
    for person, number in ((world.mallory, article.pk), (world.ruth, 10**12)):
        with pytest.raises(Absent) as absent:
            articles.visible(person, number)
        assert absent.value.problems[0].code == "absent"


# --- Topics -----------------------------------------------------------------------------------------------------------


def test_topics_are_stored_in_one_way(world: World) -> None:
    made = factories.article(world, topics=("Bridges", " bridges ", "public  SAFETY, tolls"))
    assert made.topics == ["bridges", "public safety", "tolls"]
    with pytest.raises(Refused) as refused:
        factories.article(world, topics=tuple(map(str, range(21))))
    assert refused.value.problems[0].field == "topics"


def test_what_changed_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made, told = factories.article(world, topics=("bridges",)), []
    monkeypatch.setattr(about, "_when_described", [])
    articles.when_described(lambda article, changed: told.append((article.topics, sorted(changed))))
    for topics, outlet in ((("Bridges",), "The Post"), (("tolls",), "The Post"), (("tolls",), "The Post")):
        known = About(title=made.title, outlet=outlet, topics=topics, published_at=made.published_at)
        made = articles.describe(made, made.version, known, actor=world.carol)
    assert told[1:] == [(["tolls"], ["topics"]), (["tolls"], [])]


def test_the_claims_of_an_article_are_reckoned_anew_soon(world: World) -> None:
    waiting, article = factories.queued_claims(world, 3), factories.ready_article(world)
    review.rescore()
    assert waiting
    known = About(title=article.title, topics=("tolls",), published_at=article.published_at)
    articles.describe(article, article.version, known, actor=world.carol)
    count = QueueEntry.objects.filter(claim__article=article).count()
    assert count
    review.rescore(limit=count)
    entries = QueueEntry.objects.values_list("claim__article", "topics")
    assert {tuple(topics) for of, topics in entries if of == article.pk} == {("tolls",)}
    assert {tuple(topics) for of, topics in entries if of != article.pk} == {()}


def test_only_the_newest_articles_say_which_topics_are_in_use(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article_tables, "NEWEST", 2)
    for topic in ("first", "second", "third"):
        factories.article(world, topics=(topic,))
    assert Article.objects.topics_in_use(world.desk.pk) == ["second", "third"]
    assert Article.objects.topics_in_use(world.elsewhere.pk) == []
