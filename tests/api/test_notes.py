"""Notes and questions over REST; and that nothing public ever holds their words."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.notes import Note
from claims.services import notes, review
from tests import factories
from tests.api.conftest import ApiOf
from tests.api.openapi import description
from tests.api.test_access import PUBLIC
from tests.api.test_claims import walk
from tests.factories import World

SECRET = "xylophone between us"


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def test_from_question_to_answer_to_settled(world: World, api: ApiOf, claim: Claim) -> None:
    alice, carol, where = api(world.alice), api(world.carol), f"/claims/{claim.pk}/notes"
    asked = alice("POST", where, {"text": "Which report?", "kind": "question"})
    assert asked.status_code == 201
    question = asked.json()
    assert (question["state"], question["author"], question["mentions"]) == ("open", "Alice", [])
    assert [row["id"] for row in walk(carol, "/notes")] == [question["id"]]
    reply = carol("POST", where, {"text": "@alice the one of March.", "reply_to": question["id"]}).json()
    assert (reply["kind"], reply["state"], reply["reply_to"]) == ("reply", None, question["id"])
    assert reply["mentions"] == ["alice"]
    assert [row["id"] for row in walk(api(world.ruth), f"{where}?limit=1")] == [reply["id"], question["id"]]
    settled = alice("POST", f"/notes/{question['id']}/resolve").json()
    assert (settled["state"], settled["resolved_by"]) == ("resolved", "Alice")
    assert list(walk(carol, "/notes")) == []
    again = alice("POST", f"/notes/{question['id']}/reopen").json()
    assert (again["state"], again["resolved_by"], again["resolved_at"]) == ("open", None, None)


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({}, "text", "required"),
        ({"text": " "}, "text", "blank"),
        ({"text": "x" * 5001}, "text", "max_length"),
        ({"text": "x", "kind": "reply"}, "kind", "invalid_choice"),
        ({"text": "x", "reply_to": "first"}, "reply_to", "invalid"),
        ({"text": "x\0"}, "text", "null_characters_not_allowed"),
    ],
)
def test_what_cannot_be_is_named(
    world: World, api: ApiOf, claim: Claim, sent: dict[str, Any], field: str, code: str
) -> None:
    answer = api(world.alice)("POST", f"/claims/{claim.pk}/notes", sent)
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert not Note.objects.exists()


def test_a_reply_stays_with_its_claim(world: World, api: ApiOf, claim: Claim) -> None:
    thread = notes.add(claim.pk, "Which?", actor=world.alice)
    answer = notes.reply(thread.pk, "This.", actor=world.carol, claim_id=claim.pk)
    other = factories.queued_claims(world, 1)[0]
    alice = api(world.alice)
    for where, to, status in ((other.pk, thread.pk, 404), (claim.pk, 10**18, 404), (claim.pk, answer.pk, 409)):
        refused = alice("POST", f"/claims/{where}/notes", {"text": "x", "reply_to": to})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (status, "reply_to")
    assert alice("POST", f"/notes/{answer.pk}/resolve").status_code == 409
    assert Note.objects.count() == 2


def test_the_same_key_writes_it_once(world: World, api: ApiOf, claim: Claim) -> None:
    alice, where = api(world.alice), f"/claims/{claim.pk}/notes"
    first, again = (alice("POST", where, {"text": "Once."}, Idempotency_Key="one") for _ in range(2))
    assert first.content == again.content
    assert Note.objects.count() == 1
    assert alice("POST", where, {"text": "Twice."}, Idempotency_Key="one").status_code == 422


def test_fields_that_are_not_the_callers_change_nothing(world: World, api: ApiOf, claim: Claim) -> None:
    sent = {"text": "x", "author": world.bob.pk, "state": "resolved", "resolved_by": 1, "round": 9, "id": 1, "claim": 1}
    made = api(world.alice)("POST", f"/claims/{claim.pk}/notes", sent).json()
    assert (made["author"], made["state"], made["round"], made["claim"]) == ("Alice", "open", 1, claim.pk)


def test_a_blind_reviewer_gets_nothing_of_the_first_ones(world: World, api: ApiOf, claim: Claim) -> None:
    review.take(world.alice, claim.pk)
    hers = notes.add(claim.pk, f"@bob {SECRET}", actor=world.alice, kind="question")
    bob = api(world.bob)
    for path in (f"/claims/{claim.pk}/notes", "/notes"):
        assert list(walk(bob, path)) == []
    for path in (f"/claims/{claim.pk}", f"/claims/{claim.pk}/events"):
        assert SECRET not in bob("GET", path).content.decode()
    told = [row for row in walk(bob, f"/claims/{claim.pk}/events") if row["kind"] == "note.added"]
    assert [row["data"] for row in told] == [{}]
    for verb in ("resolve", "reopen"):
        hidden, absent = bob("POST", f"/notes/{hers.pk}/{verb}"), bob("POST", f"/notes/999999999/{verb}")
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert hidden.content == absent.content
    sent = {"text": "x", "reply_to": hers.pk}
    assert bob("POST", f"/claims/{claim.pk}/notes", sent).status_code == 404
    assert [row["id"] for row in walk(api(world.carol), f"/claims/{claim.pk}/notes")] == [hers.pk]


def test_a_page_asks_the_same_number_of_questions(world: World, api: ApiOf, claim: Claim) -> None:
    carol, counts = api(world.carol), []
    carol("GET", "/notes")  # the use of a token is noted once a minute
    for more in (1, 20):
        for number in range(more):
            thread = notes.add(claim.pk, f"@carol @bob {number}", actor=world.alice, kind="question")
            notes.reply(thread.pk, "@alice", actor=world.bob, claim_id=claim.pk)
        for path in (f"/claims/{claim.pk}/notes", "/notes"):
            with CaptureQueriesContext(connection) as queries:
                assert carol("GET", path).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_nothing_public_holds_their_words(world: World, api: ApiOf) -> None:
    """Every address of the API that is for everybody, as nobody and as the editor gets it; and the chain of events."""
    done = factories.reviewed(world)
    thread = notes.add(done.claim.pk, f"{SECRET} @carol", actor=world.alice, kind="question")
    notes.reply(thread.pk, SECRET, actor=world.carol, claim_id=done.claim.pk)
    notes.resolve(thread.pk, actor=world.carol)
    published = factories.published(world, done)
    for caller in (api(), api(world.carol)):
        for path in PUBLIC:
            assert "get" in description()["paths"][path]
            answer = caller("GET", path.replace("{verdict_id}", str(published.verdict_id)))
            assert answer.status_code == 200
            assert SECRET not in answer.content.decode()
    assert SECRET not in str(list(Event.objects.values()))
