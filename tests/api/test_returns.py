"""Reviews before they decide, by REST: what waits for an editor, approve it, send it back, and the answer."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.services import desks, review
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World, answers
from tests.returns import read

NOTE = "Look at page 4 of the report."


@pytest.fixture
def world(db: None) -> World:
    return factories.world(approval_required=True)


def submitted(world: World) -> Claim:
    (made,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, made.pk).pk, world.alice, answers())
    return made


@pytest.fixture
def claim(world: World) -> Claim:
    return submitted(world)


def send_back(caller: Api, claim: Claim, **body: Any) -> Any:
    """Of the newest review in the part, as ``caller`` read it."""
    number = 1 if body.get("role") == "second" else 0
    ids = [*read(Claim.objects.get(pk=claim.pk)), 0, 0]
    return caller("POST", f"/claims/{claim.pk}/request-changes", {"note": NOTE, "review": ids[number]} | body)


def test_an_editor_reads_what_waits_and_approves_it(world: World, api: ApiOf, claim: Claim) -> None:
    carol = api(world.carol)
    assert [row["id"] for row in carol("GET", "/approvals").json()["results"]] == [claim.pk]
    read = carol("GET", f"/claims/{claim.pk}/approval")
    found = read.json()
    assert found["review"]["reviewer"] == "Alice"
    assert (found["review"]["veracity"]["key"], found["review"]["number"]) == ("false", 1)
    assert len(found["review"]["evidence"]) == 2
    assert found["earlier"] == []
    assert carol("GET", f"/claims/{claim.pk}/approval", If_None_Match=read["ETag"]).status_code == 304
    approved = {"review": found["review"]["id"], "feedback": "Page 4 was worth it."}
    done = carol("POST", f"/claims/{claim.pk}/approve", approved)
    assert (done.json()["state"], done.json()["verdict"]["veracity"]["key"]) == ("decided", "false")
    assert carol("GET", "/approvals").json()["results"] == []
    again = carol("POST", f"/claims/{claim.pk}/approve", approved)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "not_submitted")


def test_once_approved_the_desk_reads_what_was_said_of_it(world: World, api: ApiOf, claim: Claim) -> None:
    alice, carol, where = api(world.alice), api(world.carol), f"/claims/{claim.pk}/approval"
    waiting = carol("GET", where).json()
    assert waiting["approved"] is None
    assert alice("GET", where).status_code == 403
    (named,) = waiting["attributions"]
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    assert (named["label"], named["content"]) == (content.attribution.label, content.words)
    assert content.text[named["start"] :].startswith(content.words)
    said = {"note": "It is clear.", "feedback": "Page 4 was worth it."}
    carol("POST", f"/claims/{claim.pk}/approve", said | {"review": waiting["review"]["id"]})
    for person in (alice, api(world.bob), carol):
        found = person("GET", where).json()
        assert {name: found["approved"][name] for name in (*said, "approved_by")} == said | {"approved_by": "Carol"}
        assert found["review"]["id"] == waiting["review"]["id"]
    assert api(world.ruth)("GET", where).status_code == 403
    told = alice("GET", "/notifications").json()["results"]
    assert ("approved", claim.pk) in [(row["kind"], row["claim"]) for row in told]
    refused = carol("POST", f"/claims/{claim.pk}/approve", {"review": 0, "feedback": "x" * 4001})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "feedback")


def test_whoever_decides_says_what_they_read(world: World, api: ApiOf, claim: Claim) -> None:
    carol = api(world.carol)
    for path, body, field in (
        ("approve", {}, "review"),
        ("approve", {"review": None}, "review"),
        ("request-changes", {"note": NOTE}, "review"),
        ("adjudicate", {"attribution_verdict": "accurate", "veracity_verdict": "false", "note": "So."}, "reviews"),
    ):
        refused = carol("POST", f"/claims/{claim.pk}/{path}", body)
        assert (refused.status_code, refused.json()["title"]) == (428, "Precondition Required")
        assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [(field, "not_said")]
    assert Claim.objects.get(pk=claim.pk).state == "submitted"


def test_what_the_review_marks_is_held_against_the_article(world: World, api: ApiOf) -> None:
    (claim,) = factories.queued_claims(world, 1)
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    first, rest = content.words.split(" ", 1)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, answers(spans={content.place: rest}))
    spans = api(world.carol)("GET", f"/claims/{claim.pk}/approval").json()["review"]["spans"]
    assert [(row["role"], row["shared"]) for row in spans] == [("source", True), ("cue", True), ("content", False)]
    (start, end), *_ = content.spans
    assert spans[2]["spans"] == [[start + len(first) + 1, end]]
    assert spans[2]["article_spans"] == [[start, end]]
    assert spans[2]["words"] == [{"text": rest, "shared": True}]
    assert spans[2]["article_words"][0] == {"text": f"{first} ", "shared": False}


def test_a_review_goes_back_and_its_answer_comes(world: World, api: ApiOf, claim: Claim) -> None:
    carol, alice = api(world.carol), api(world.alice)
    sent = send_back(carol, claim).json()
    assert sent["claim"]["state"] == "changes_requested"
    where = f"/assignments/{sent['assignment']}"
    asked = alice("GET", where).json()["changes_requested"]
    assert (asked["note"], asked["requested_by"], asked["review"]["number"]) == (NOTE, "Carol", 1)
    assert asked["review"]["rationale"] == answers().rationale
    body = {"attribution_verdict": "accurate", "veracity_verdict": "mixture", "rationale": "Page 4 says more."}
    handed_in = alice("POST", f"{where}/submit", body).json()
    assert (handed_in["verdict"], handed_in["claim"]["state"]) == (None, "submitted")
    assert alice("GET", where).json()["changes_requested"] is None
    found = carol("GET", f"/claims/{claim.pk}/approval").json()
    assert (found["review"]["number"], found["review"]["rationale"]) == (2, "Page 4 says more.")
    assert [(row["number"], row["sent_back"]["note"]) for row in found["earlier"]] == [(1, NOTE)]
    assert [row["role"] for row in found["earlier"][0]["spans"]] == ["source", "cue", "content"]


def test_one_of_two_goes_back_instead_of_settling(world: World, api: ApiOf) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    claim, carol, bob = factories.disputed(world), api(world.carol), api(world.bob)
    sent = send_back(carol, claim, role="second").json()
    held = bob("GET", f"/assignments/{sent['assignment']}").json()
    assert (held["role"], held["state"], held["changes_requested"]["note"]) == ("second", "active", NOTE)
    body = {"attribution_verdict": "accurate", "veracity_verdict": "mixture", "rationale": "More."}
    bob("POST", f"/assignments/{sent['assignment']}/submit", body)
    sides = carol("GET", f"/claims/{claim.pk}/adjudication").json()["reviews"]
    assert [(side["role"], side["number"], len(side["earlier"])) for side in sides] == [
        ("first", 1, 0), ("second", 2, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"note": ""}, "note"),
        ({"note": "x" * 4001}, "note"),
        ({"note": None}, "note"),
        ({"role": "adjudicator"}, "role"),
    ],
)
def test_what_cannot_be_is_named(world: World, api: ApiOf, claim: Claim, body: dict[str, Any], field: str) -> None:
    answer = send_back(api(world.carol), claim, **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert Claim.objects.get(pk=claim.pk).state == "submitted"


def test_who_wrote_it_neither_approves_nor_sends_it_back(world: World, api: ApiOf) -> None:
    (made,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.carol, made.pk).pk, world.carol, answers())
    carol = api(world.carol)
    assert carol("GET", "/approvals").json()["results"] == []
    for answer in (
        carol("GET", f"/claims/{made.pk}/approval"),
        carol("POST", f"/claims/{made.pk}/approve", {"review": read(made)[0]}),
        send_back(carol, made),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "four_eyes")


def test_a_token_needs_the_scope(world: World, api: ApiOf, claim: Claim) -> None:
    assert api(world.carol, "review")("POST", f"/claims/{claim.pk}/approve").status_code == 403
    assert send_back(api(world.carol, "edit"), claim).status_code == 403


def test_the_list_asks_the_same_for_many(world: World, api: ApiOf) -> None:
    carol, counts = api(world.carol), []
    for count in (1, 6):
        for _ in range(count):
            submitted(world)
        carol("GET", "/approvals")
        with CaptureQueriesContext(connection) as queries:
            assert carol("GET", "/approvals").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_was_read_is_the_newest_or_nothing_is_decided(world: World, api: ApiOf, claim: Claim) -> None:
    carol, where = api(world.carol), f"/claims/{claim.pk}"
    number = carol("GET", f"{where}/approval").json()["review"]["id"]
    for answer in (
        carol("POST", f"{where}/approve", {"review": number + 1}),
        send_back(carol, claim, review=number + 1),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "not_the_newest")
        assert answer.json()["errors"][0]["field"] == "review"
    wrong = carol("POST", f"{where}/approve", {"review": "the first"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "review")
    assert carol("POST", f"{where}/approve", {"review": number}).json()["state"] == "decided"


def test_both_that_were_read_are_the_newest_or_nothing_is_settled(world: World, api: ApiOf) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    made = factories.disputed(world)
    carol, where = api(world.carol), f"/claims/{made.pk}"
    numbers = [row["id"] for row in carol("GET", f"{where}/adjudication").json()["reviews"]]
    decision = {"attribution_verdict": "accurate", "veracity_verdict": "false", "note": "So it is."}
    stale = carol("POST", f"{where}/adjudicate", decision | {"reviews": [numbers[0], 0]})
    assert (stale.status_code, stale.json()["errors"][0]["code"]) == (409, "not_the_newest")
    assert stale.json()["errors"][0]["field"] == "reviews"
    done = carol("POST", f"{where}/adjudicate", decision | {"reviews": numbers})
    assert done.json()["claim"]["state"] == "decided"
