"""Articles over REST: three ways in, what is recognised, what was found, and corrections that lose nobody's work."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.extraction import citron
from claims.models.articles import Article
from claims.models.jobs import Job
from claims.rules.refusals import Refused
from claims.services import articles, desks, sources
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


def test_what_the_text_says_of_itself_is_recognised(world: World, api: ApiOf) -> None:
    article = api(world.carol, "intake")("POST", "/articles", {"text": factories.TEXT}).json()
    assert article["byline"] == ["Nora Field", "Tom Reyes"]
    assert article["dateline"]["agency"] == "Reuters"
    assert article["published_at"].startswith("2026-03-03")


def test_what_the_sender_knows_wins(world: World, api: ApiOf) -> None:
    body = {
        "text": factories.TEXT, "title": "Bridges", "outlet": "The Post", "byline": ["Smith, John", "Ann Lee"],
        "dateline": {"places": ["Oslo"], "agency": "AFP"}, "published_at": "2026-03-04T10:00:00+02:00",
        "url": "https://post.example/bridges?utm_source=x", "language": "en-GB", "desk": str(world.desk.pk),
    }  # fmt: skip
    article = api(world.carol, "intake")("POST", "/articles", body).json()
    assert (article["title"], article["outlet"], article["language"]) == ("Bridges", "The Post", "en-GB")
    assert article["byline"] == ["Smith, John", "Ann Lee"]
    assert article["dateline"] == {"places": ["Oslo"], "agency": "AFP"}
    assert article["published_at"] == "2026-03-04T08:00:00Z"
    again = api(world.carol)("POST", "/articles", {"text": "Bell said no.", "url": "https://post.example/bridges"})
    assert (again.status_code, again.json()["article"]) == (409, article["id"])


def test_an_address_waits_for_its_job(world: World, api: ApiOf) -> None:
    answer = api(world.carol, "intake")("POST", "/articles", {"url": "https://news.example/story"})
    assert answer.status_code == 202
    article = answer.json()
    assert (article["status"], article["revision"], article["job"]["state"]) == ("queued", None, "queued")
    carol = api(world.carol)
    assert carol("GET", f"/articles/{article['id']}/text").status_code == 404
    early = carol("GET", f"/articles/{article['id']}/attributions")
    assert (early.status_code, early.json()["article_status"]) == (409, "queued")


def test_a_failed_article_says_why_and_can_be_tried_again(world: World, api: ApiOf) -> None:
    article = factories.article(world)
    articles.mark_failed(article.pk, Refused.one("url", "http_status", "The address answered with 404."))
    carol = api(world.carol)
    failed = carol("GET", f"/articles/{article.pk}").json()
    assert failed["status"] == "failed"
    assert failed["failure"] == {"field": "url", "code": "http_status", "detail": "The address answered with 404."}
    again = carol("POST", f"/articles/{article.pk}/retry")
    assert (again.status_code, again.json()["status"], again.json()["failure"]) == (202, "queued", None)
    assert carol("POST", f"/articles/{article.pk}/retry").status_code == 409


def test_nearly_the_same_article_is_named_until_both_are_kept(world: World, api: ApiOf) -> None:
    first = factories.article(world, factories.TEXT)
    near = factories.article(world, factories.TEXT + "\nThe editor added one line to the story.")
    carol = api(world.carol)
    assert carol("GET", f"/articles/{near.pk}").json()["resembles"] == first.pk
    for _ in range(2):
        kept = carol("POST", f"/articles/{near.pk}/keep")
        assert (kept.status_code, kept.json()["resembles"]) == (200, None)


def test_what_was_found_has_the_words_of_the_text(world: World, api: ApiOf) -> None:
    bell = sources.create("person", "Anna Bell", aliases=[("name", "Bell")])
    article = factories.ready_article(world)
    found = api(world.ruth)("GET", f"/articles/{article.pk}/attributions").json()
    text = article.revisions.get().text
    assert found["text_sha256"] == article.revisions.get().sha256
    for attribution in found["attributions"]:
        for role in ("source", "cue", "content"):
            assert all(text[one["start"] : one["end"]] == one["text"] for one in attribution[role])
    labels = {attribution["id"] for attribution in found["attributions"]}
    assert found["claims"]
    assert {link["id"] for claim in found["claims"] for link in claim["attributions"]} <= labels
    named = [one for attribution in found["attributions"] for one in attribution["sources"]]
    assert bell.pk in {one["id"] for one in named}


@pytest.mark.parametrize(
    ("query", "accept"), [("?format=webannotation", "*/*"), ("", 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"')]
)  # fmt: skip
def test_the_same_as_web_annotations(world: World, api: ApiOf, query: str, accept: str) -> None:
    article = factories.ready_article(world)
    ruth, text = api(world.ruth), article.revisions.get().text
    answer = ruth("GET", f"/articles/{article.pk}/attributions{query}", Accept=accept)
    assert answer["Content-Type"].startswith("application/ld+json")
    page = answer.json()
    plain = ruth("GET", f"/articles/{article.pk}/attributions").json()["attributions"]
    assert len(page["items"]) == sum(len(one[role]) for one in plain for role in ("source", "cue", "content"))
    for item in page["items"]:
        quote, position = item["target"]["selector"]
        assert text[position["start"] : position["end"]] == quote["exact"]
        assert f"{quote['prefix']}{quote['exact']}{quote['suffix']}" in text


@pytest.mark.parametrize(("query", "accept"), [("?format=citron", "*/*"), ("", "application/vnd.citron+json")])
def test_the_same_as_citron_json(world: World, api: ApiOf, query: str, accept: str) -> None:
    article = factories.ready_article(world)
    ruth = api(world.ruth)
    answer = ruth("GET", f"/articles/{article.pk}/attributions{query}", Accept=accept)
    assert answer["Content-Type"] == "application/vnd.citron+json"
    text, rows = citron.read(answer.json())
    assert text == article.revisions.get().text
    plain = ruth("GET", f"/articles/{article.pk}/attributions").json()["attributions"]
    roles = ("source", "cue", "content")
    assert [[row[role] for role in roles] for row in rows] == [[row[role] for role in roles] for row in plain]


def test_a_correction_of_what_is_known(world: World, api: ApiOf) -> None:
    article = factories.article(world)
    carol, bob = api(world.carol), api(world.bob)
    tag = carol("GET", f"/articles/{article.pk}")["ETag"]
    mine = carol("PATCH", f"/articles/{article.pk}", {"outlet": "The Post"}, If_Match=tag)
    assert (mine.status_code, mine.json()["outlet"], mine.json()["byline"]) == (200, "The Post", article.byline)
    stale = bob("PATCH", f"/articles/{article.pk}", {"outlet": "The Mail"}, If_Match=tag)
    assert (stale.status_code, stale.json()["current"]["outlet"]) == (412, "The Post")
    assert bob("PATCH", f"/articles/{article.pk}", {"outlet": "The Mail"}, If_Match=mine["ETag"]).status_code == 200


def test_text_that_is_known_is_not_sent_again(world: World, api: ApiOf) -> None:
    article = factories.article(world)
    ruth = api(world.ruth)
    first = ruth("GET", f"/articles/{article.pk}/text")
    assert ruth("GET", f"/articles/{article.pk}/text", If_None_Match=first["ETag"]).status_code == 304


def test_the_list_goes_on_without_gap_or_repeat(world: World, api: ApiOf) -> None:
    made = [factories.article(world).pk for _ in range(5)]
    ruth, path, found = api(world.ruth), "/articles?limit=2", []
    while path:
        page = ruth("GET", path).json()
        found += [row["id"] for row in page["results"]]
        # What is submitted meanwhile is newer than all that is still to come.
        factories.article(world)
        path = page["next"]
    assert found == sorted(made, reverse=True)
    assert api(world.mallory)("GET", "/articles").json() == {"results": [], "next": None}
    assert ruth("GET", "/articles?status=ready").json()["results"] == []


def test_members_of_two_desks_name_one(world: World, api: ApiOf) -> None:
    desks.set_member(world.elsewhere, world.carol, "reviewer")
    carol = api(world.carol)
    unnamed = carol("POST", "/articles", {"text": factories.TEXT})
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (400, "desk")
    assert "harbour, valley" in unnamed.json()["detail"]
    named = carol("POST", "/articles", {"text": factories.TEXT, "desk": "valley"})
    assert named.json()["desk"]["slug"] == "valley"


LISTS: dict[str, Any] = {
    "/articles": lambda world: [factories.article(world) for _ in range(2)],
    "/claims": lambda world: factories.queued_claims(world, 2),
    "/claims?state=queued": lambda world: factories.queued_claims(world, 2),
    "/claims?q=bridge": lambda world: factories.queued_claims(world, 2),
    "/assignments": lambda world: [factories.queued_claims(world, 2), *(factories.taken(world.carol) for _ in "ab")],
    "/sources": lambda world: [sources.create("person", f"Speaker {n}") for n in range(2)],
    "/sources?search=speak": lambda world: [sources.create("person", f"Speaker {n}") for n in range(2)],
}


@pytest.mark.parametrize("path", LISTS)
def test_lists_cost_the_same_however_long(world: World, api: ApiOf, path: str) -> None:
    carol, counts = api(world.carol), []
    world.carol.memberships.update(capacity=200)
    carol("GET", path)
    for times in (1, 12):
        for _ in range(times):
            LISTS[path](world)
        with CaptureQueriesContext(connection) as asked:
            rows = carol("GET", path).json()["results"]
        counts.append(len(asked))
    assert len(rows) == 26
    assert counts[0] == counts[1] <= 3


def test_one_article_costs_the_same_however_long(world: World, api: ApiOf) -> None:
    carol, counts = api(world.carol), []
    carol("GET", "/articles")
    for claims in (1, 50):
        article = Article.objects.get(pk=factories.queued_claims(world, claims)[0].article_id)
        Article.objects.filter(pk=article.pk).update(status="ready")
        with CaptureQueriesContext(connection) as asked:
            found = carol("GET", f"/articles/{article.pk}/attributions").json()
        assert len(found["claims"]) == claims
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_jobs_are_for_admins(world: World, api: ApiOf) -> None:
    article = factories.article(world)
    job = Job.objects.get(args__article=article.pk)
    admin = api(factories.user("admin", is_staff=True))
    assert [row["id"] for row in admin("GET", "/jobs").json()["results"]] == [job.pk]
    assert admin("GET", "/jobs?state=dead").json()["results"] == []
    assert admin("POST", f"/jobs/{job.pk}/retry").status_code == 409
    Job.objects.filter(pk=job.pk).update(state="dead", finished_at=job.created_at, error="It crashed.")
    assert admin("GET", "/jobs?state=dead").json()["results"][0]["error"] == "It crashed."
    assert admin("POST", f"/jobs/{job.pk}/retry").json()["state"] == "queued"
    assert api(world.dora)("GET", "/jobs").status_code == 403
