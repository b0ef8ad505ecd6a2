"""Batches over REST: what came in together, how far each article is, and what was refused."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.articles import Batch
from claims.rules.refusals import Refused
from claims.services import articles
from claims.services.articles import Given, Submission
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


def given(name: str, text: str) -> Given:
    return Given(name, lambda: Submission(text=text))


@pytest.fixture
def batch(world: World) -> Batch:
    many = [given("first", factories.TEXT), given("second", factories.TEXT + "\nAnd more."), given("empty", " ")]
    return articles.ingest_many(world.desk, many, actor=world.alice)


def test_each_article_has_its_state_and_each_refusal_the_way_out(world: World, batch: Batch, api: ApiOf) -> None:
    ruth = api(world.ruth)
    (row,) = ruth("GET", "/batches").json()["results"]
    assert row | {"submitted_at": ""} == {
        "id": batch.pk,
        "desk": {"id": world.desk.pk, "slug": "harbour", "name": world.desk.name},
        "submitted_by": "alice",
        "submitted_at": "",
        "taken": 2,
        "waiting": 2,
        "failed": 0,
        "refused": 1,
    }
    before = ruth("GET", f"/batches/{batch.pk}")
    assert [(each["status"], each["percent"]) for each in before.json()["articles"]] == [("queued", 0)] * 2
    assert [(each["name"], each["code"], each["article"]) for each in before.json()["refusals"]] == [
        ("empty", "empty", None)
    ]
    assert ruth("GET", f"/batches/{batch.pk}", if_none_match=before["ETag"]).status_code == 304
    refused = Refused.one("text", "unreadable", "It cannot be read. Paste it.")
    articles.mark_failed(batch.articles.order_by("pk")[0].pk, refused)
    after = ruth("GET", f"/batches/{batch.pk}", if_none_match=before["ETag"])
    failed, waits = after.json()["articles"]
    assert (failed["status"], failed["failure"]["code"], waits["status"]) == ("failed", "unreadable", "queued")
    assert (after.json()["waiting"], after.json()["failed"]) == (1, 1)


def test_other_desks_see_none_of_it(world: World, batch: Batch, api: ApiOf) -> None:
    mallory = api(world.mallory)
    assert mallory("GET", "/batches").json()["results"] == []
    theirs, absent = mallory("GET", f"/batches/{batch.pk}"), mallory("GET", f"/batches/{batch.pk + 1000}")
    assert theirs.status_code == absent.status_code == 404
    assert theirs.json() | {"instance": ""} == absent.json() | {"instance": ""}


def test_pages_go_on_and_cost_the_same_however_many_there_are(world: World, batch: Batch, api: ApiOf) -> None:
    ruth = api(world.ruth)
    ruth("GET", "/batches")  # The first use of a token is noted.

    def asked() -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as queries:
            answer = ruth("GET", "/batches")
        return len(queries), answer.json()

    alone, _ = asked()
    made = [Batch.objects.create(desk=world.desk, submitted_by=world.carol).pk for _ in range(4)]
    many, _ = asked()
    assert many == alone
    seen: list[int] = []
    address: str | None = "/batches?limit=2"
    while address:
        page = ruth("GET", address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == [*reversed(made), batch.pk]
