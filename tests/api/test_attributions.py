"""Attributions over REST: what people decide on them, each step with its ladder, and reading an article again."""

from typing import Any

import pytest

from claims.models.articles import Article
from claims.models.claims import Attribution
from claims.models.jobs import Job
from claims.services import rereading
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World
from tests.integration.services.test_rereading import suggestion

QUOTED = '"The old harbour bridge carries 12,000 cars a day,"'


@pytest.fixture
def article(world: World) -> Article:
    return factories.ready_article(world)


@pytest.fixture
def alice(world: World, api: ApiOf) -> Api:
    return api(world.alice, "review")


def place(article: Article, words: str) -> dict[str, int]:
    start = article.revisions.get().text.index(words)
    return {"start": start, "end": start + len(words)}


def quoted(article: Article) -> Attribution:
    start = place(article, QUOTED)["start"]
    return Attribution.objects.get(revision__article=article, spans__role="content", spans__start=start)


def test_one_attribution_says_who_decided_on_it(alice: Api, world: World, article: Article) -> None:
    row = quoted(article)
    answer = alice("GET", f"/attributions/{row.pk}")
    found = answer.json()
    assert answer["ETag"] == f'"attribution-{row.pk}-1"'
    assert (found["id"], found["attribution_id"], found["article"]) == (row.label, row.pk, article.pk)
    assert (found["decision"], found["decided_by"], found["suggested"]) == ("unseen", None, False)
    assert found["last_found"] == article.read_by
    assert [span["text"] for span in found["content"]] == [QUOTED]
    assert found["claims"] == [row.claims.get().pk]
    confirmed = alice("POST", f"/attributions/{row.pk}/confirm")
    assert (confirmed.json()["decision"], confirmed.json()["decided_by"]) == ("confirmed", "Alice")
    assert confirmed["ETag"] == f'"attribution-{row.pk}-2"'


def test_a_correction_loses_nobodys_work(alice: Api, world: World, api: ApiOf, article: Article) -> None:
    row, bob = quoted(article), api(world.bob)
    tag = alice("GET", f"/attributions/{row.pk}")["ETag"]
    change = {"content": [place(article, "The old harbour bridge")], "stance": "evaluates", "said_on": "2026-03-02"}
    mine = alice("PATCH", f"/attributions/{row.pk}", change, If_Match=tag)
    assert mine.status_code == 200
    found = mine.json()
    assert [span["text"] for span in found["content"]] == ["The old harbour bridge"]
    assert (found["decision"], found["stance"], found["said_on"]) == ("corrected", "evaluates", "2026-03-02")
    assert [span["text"] for span in found["cue"]] == ["told"], "what is left out stays"
    stale = bob("PATCH", f"/attributions/{row.pk}", {"stance": "denies"}, If_Match=tag)
    assert (stale.status_code, stale.json()["current"]["stance"]) == (412, "evaluates")
    assert bob("PATCH", f"/attributions/{row.pk}", {"stance": "denies"}, If_Match=mine["ETag"]).status_code == 200
    assert bob("PATCH", f"/attributions/{row.pk}", {"stance": "asserts"}).status_code == 200


def test_what_was_there_before_is_told_and_comes_back(alice: Api, world: World, api: ApiOf, article: Article) -> None:
    row = quoted(article)
    changed = alice("PATCH", f"/attributions/{row.pk}", {"stance": "denies", "parent": ""})
    assert (changed.json()["parent"], changed.json()["parent_set"]) == (None, True)
    (step,) = api(world.ruth)("GET", f"/attributions/{row.pk}/history").json()["steps"]
    assert (step["kind"], step["by"]) == ("attribution.corrected", "Alice")
    assert (step["before"]["stance"], step["after"]["stance"]) == ("asserts", "denies")
    path, body = f"/attributions/{row.pk}/restore", {"event": step["event"]}
    assert alice("POST", path, body, If_Match='"attribution-1-1"').status_code == 412
    back = alice("POST", path, body, If_Match=changed["ETag"])
    assert (back.json()["stance"], back.json()["parent_set"]) == ("asserts", False)
    assert alice("POST", path, {"event": 2**62}).status_code == 404
    assert alice("POST", path, {"event": 0}).status_code == 400


def test_nothing_but_what_holds_it_is_its_parent(alice: Api, article: Article) -> None:
    row = quoted(article)
    answer = alice("PATCH", f"/attributions/{row.pk}", {"parent": row.label})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "parent")


def test_what_the_engine_missed_is_added(alice: Api, article: Article) -> None:
    body = {
        "content": [place(article, "17\ncracks in the bridge")],
        "cue": [place(article, "had found")],
        "source": [place(article, "inspectors")],
        "source_entity": "inspectors",
    }
    answer = alice("POST", f"/articles/{article.pk}/attributions", body, Idempotency_Key="one")
    assert answer.status_code == 201
    found = answer.json()
    assert (found["decision"], found["last_found"], found["quote_type"]) == ("added", None, "indirect")
    assert alice("GET", answer["Location"]).json() == found
    again = alice("POST", f"/articles/{article.pk}/attributions", body, Idempotency_Key="one")
    assert (again.status_code, again.json()) == (201, found)
    everything = alice("GET", f"/articles/{article.pk}/attributions").json()["attributions"]
    assert [one["id"] for one in everything if one["decision"] == "added"] == [found["id"]]


def test_nothing_is_added_before_the_article_is_ready(alice: Api, world: World) -> None:
    waiting = factories.article(world)
    body = {"content": [place(waiting, "17\ncracks in the bridge")], "cue": [place(waiting, "had found")]}
    early = alice("POST", f"/articles/{waiting.pk}/attributions", body)
    assert (early.status_code, early.json()["article_status"]) == (409, "queued")


SPAN = {"start": 0, "end": 3}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"content"}),
        ({"content": []}, {"content"}),
        ({"content": "words"}, {"content"}),
        ({"content": [{"start": -1, "end": 3}], "cue": [SPAN]}, {"content.0.start"}),
        ({"content": [{"start": 2**70, "end": 3}], "cue": [SPAN]}, {"content.0.start"}),
        ({"content": [{"end": 3}], "cue": [SPAN]}, {"content.0.start"}),
        ({"content": [{"start": 5, "end": 2**31 - 1}], "cue": [SPAN]}, {"content"}),
        ({"content": [SPAN]}, {"cue"}),
        ({"content": [SPAN], "cue": [SPAN]}, {"cue"}),
        ({"content": [SPAN] * 51, "cue": [SPAN]}, {"content"}),
        ({"content": [SPAN], "cue": [{"start": 5, "end": 9}], "stance": "mumbles"}, {"stance"}),
        ({"content": [SPAN], "cue": [{"start": 5, "end": 9}], "responds_to": "A99"}, {"responds_to"}),
        ({"content": [SPAN], "cue": [{"start": 5, "end": 9}], "channel": "a\x00"}, {"channel"}),
        ({"content": [SPAN], "cue": [{"start": 5, "end": 9}], "said_on": "yesterday"}, {"said_on"}),
    ],
)
@pytest.mark.parametrize("verb", ["add", "correct"])
def test_spans_that_cannot_be(alice: Api, article: Article, verb: str, body: dict[str, Any], fields: set[str]) -> None:
    row = quoted(article)
    if verb == "add":
        answer = alice("POST", f"/articles/{article.pk}/attributions", body)
    elif not body or ("cue" not in body and body["content"] == [SPAN]):
        return  # what is left out stays
    else:
        answer = alice("PATCH", f"/attributions/{row.pk}", body)
    assert answer.status_code == 400, answer.content
    assert {error["field"] for error in answer.json()["errors"]} == fields
    row.refresh_from_db()
    assert row.decision == "unseen"


def test_a_confirmation_is_taken_back(alice: Api, article: Article) -> None:
    row = quoted(article)
    alice("POST", f"/attributions/{row.pk}/confirm")
    back = alice("POST", f"/attributions/{row.pk}/unconfirm")
    assert (back.status_code, back.json()["decision"]) == (200, "unseen")
    again = alice("POST", f"/attributions/{row.pk}/unconfirm")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "not_merely_confirmed")


def test_what_a_person_found_gets_its_claim(alice: Api, article: Article) -> None:
    body = {"content": [place(article, "17\ncracks")], "cue": [place(article, "had found")]}
    added = alice("POST", f"/articles/{article.pk}/attributions", body)
    path = added.headers["Location"].partition("/api/v1")[2]
    assert added.json()["claims"] == []
    assert alice("POST", f"{path}/claim", {"text": " "}).status_code == 400
    made = alice("POST", f"{path}/claim", {"text": "By is a word."})
    (claim,) = made.json()["claims"]
    assert (made.status_code, made.headers["Location"].endswith(f"/claims/{claim}")) == (201, True)
    other = alice("POST", f"{path}/claim", {"text": "By is none."})
    assert (other.status_code, other.json()["claim"]) == (409, claim)
    factories.perform()
    assert alice("GET", f"/claims/{claim}").json()["state"] == "queued"


def test_a_rejected_one_is_told_and_left_out_of_other_forms(alice: Api, article: Article) -> None:
    row, path = quoted(article), f"/articles/{article.pk}/attributions"
    before = len(alice("GET", f"{path}?format=webannotation").json()["items"])
    assert alice("POST", f"/attributions/{row.pk}/reject", {"reason": "x" * 401}).status_code == 400
    rejected = alice("POST", f"/attributions/{row.pk}/reject", {"reason": "A caption."})
    assert rejected.json()["decision"] == "rejected"
    found = {one["id"]: one["decision"] for one in alice("GET", path).json()["attributions"]}
    assert found[row.label] == "rejected"
    assert len(alice("GET", f"{path}?format=webannotation").json()["items"]) < before
    counts = alice("GET", f"/articles/{article.pk}").json()["counts"]
    assert counts["attributions"] == len(found) - 1


def test_an_article_is_read_again_once(world: World, api: ApiOf, article: Article) -> None:
    carol = api(world.carol, "edit")
    answer = carol("POST", f"/articles/{article.pk}/reextract", Idempotency_Key="again")
    assert (answer.status_code, answer.json()["job"]["state"]) == (202, "queued")
    assert carol("POST", f"/articles/{article.pk}/reextract", Idempotency_Key="again").content == answer.content
    assert carol("POST", f"/articles/{article.pk}/reextract").status_code == 202
    assert Job.objects.filter(name="claims.reextract_article").count() == 1
    factories.perform()
    after = carol("GET", f"/articles/{article.pk}").json()
    assert (after["status"], after["job"]["state"], after["read_by"]) == ("ready", "done", rereading.engine_of_today())


def test_a_reviewer_does_not_have_it_read_again(world: World, api: ApiOf, article: Article) -> None:
    assert api(world.alice)("POST", f"/articles/{article.pk}/reextract").status_code == 403
    assert api(world.mallory)("POST", f"/articles/{article.pk}/reextract").status_code == 404
    waiting = factories.article(world)
    early = api(world.carol)("POST", f"/articles/{waiting.pk}/reextract")
    assert (early.status_code, early.json()["article_status"]) == (409, "queued")


def test_a_suggestion_is_accepted(alice: Api, world: World, article: Article) -> None:
    row = suggestion(world, article, "17\ncracks")
    listed = {one["id"]: one for one in alice("GET", f"/articles/{article.pk}/attributions").json()["attributions"]}
    assert listed[row.label]["suggested"] is True
    (claim,) = alice("GET", f"/attributions/{row.pk}").json()["claims"]
    assert alice("GET", f"/claims/{claim}").json()["state"] == "extracted"
    accepted = alice("POST", f"/attributions/{row.pk}/confirm").json()
    assert (accepted["suggested"], accepted["decision"]) == (False, "confirmed")
    factories.perform()
    assert alice("GET", f"/claims/{claim}").json()["state"] == "queued"


def test_a_claim_tells_of_a_suggestion_once_it_is_accepted(alice: Api, world: World, article: Article) -> None:
    row, new = quoted(article), suggestion(world, article, "17\ncracks")
    claim = row.claims.get()
    claim.links.create(attribution=new, stance="denies")

    def carried() -> list[str]:
        return [one["id"] for one in alice("GET", f"/claims/{claim.pk}").json()["attributions"]]

    assert carried() == [row.label]
    alice("POST", f"/attributions/{new.pk}/confirm")
    assert carried() == [row.label, new.label]
    alice("POST", f"/attributions/{row.pk}/reject")
    assert carried() == [new.label], "what stands comes before what was rejected"
    alice("POST", f"/attributions/{new.pk}/reject")
    assert carried() == [row.label, new.label], "where the claim is from"
