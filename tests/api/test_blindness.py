"""While a second review is open, no address answers a word of the other one; the walk is over the description."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.signing import b64_decode
from django.db import transaction

from claims.models.desks import Role
from claims.models.review import Unblinding
from claims.rules.workflow import AssignmentRole
from claims.services import attributions, evidence, review
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.api.openapi import description
from tests.blind import (
    FIRST,
    NOTE,
    SECOND,
    SENT_BACK,
    SETTLED,
    HalfReviewed,
    asked_in_the_first_review,
    both_in,
    half_reviewed,
)
from tests.factories import World

READ = [path for path, found in description()["paths"].items() if path.startswith("/api/v1/") and "get" in found]
# Lists that look elsewhere when asked otherwise.
ASKED = ("state=second_review", f"q={FIRST}", f"q={SECOND}")


@pytest.fixture
def world(db: None) -> World:
    return factories.world(second_review_share=1.0)


@pytest.fixture
def half(world: World) -> HalfReviewed:
    return half_reviewed(world)


def walk(caller: Api, half: HalfReviewed, rows: dict[str, int]) -> dict[str, str]:
    """What each address answers, by the address; those that need another row are left out."""
    found = {}
    ids = {"claim_id": half.claim.pk, "article_id": half.claim.article_id, "desk_id": half.claim.desk_id, **rows}
    for template in READ:
        path = template
        for name, row_id in ids.items():
            path = path.replace(f"{{{name}}}", str(row_id))
        if "{" not in path:
            found[template] = caller("GET", path).content.decode()
    for query in ASKED:
        found[query] = caller("GET", f"/claims?{query}").content.decode().replace(f"?{query}", "")
    return found


def test_the_second_reviewer_meets_no_word_of_the_first(world: World, api: ApiOf, half: HalfReviewed) -> None:
    answers = walk(api(world.bob), half, half.first)
    assert {"/api/v1/claims/{claim_id}", "/api/v1/claims/{claim_id}/events", "/api/v1/assignments"} <= set(answers)
    for path, answer in answers.items():
        # That she is one of the desk's people tells nothing.
        names = () if path.endswith("/members") else ("Alice",)
        for word in (FIRST, NOTE[FIRST], *names, "misleading"):
            assert word not in answer, (path, word)


def test_nor_the_first_of_the_second(world: World, api: ApiOf, half: HalfReviewed) -> None:
    for path, answer in walk(api(world.alice), half, half.second).items():
        assert SECOND not in answer, path
        assert "mostly_true" not in answer, path


@pytest.mark.parametrize("who", ["carol", "dora", "ruth"])
def test_nor_anybody_else_of_either(world: World, api: ApiOf, half: HalfReviewed, who: str) -> None:
    for rows in (half.first, half.second):
        for path, answer in walk(api(getattr(world, who)), half, rows).items():
            assert FIRST not in answer, path
            assert SECOND not in answer, path


def test_an_editor_who_reads_the_first_reviewers_words_is_no_blind_second(world: World, api: ApiOf) -> None:
    claim, ids = asked_in_the_first_review(world)
    caller, telling = api(world.carol), []
    for template in READ:
        path = template
        for name, row_id in ids.items():
            path = path.replace(f"{{{name}}}", str(row_id))
        with transaction.atomic():
            answer = "" if "{" in path else caller("GET", path).content.decode()
            read = Unblinding.objects.filter(claim=claim, user=world.carol).exists()
            transaction.set_rollback(True)
        if FIRST in answer or NOTE[FIRST] in answer:
            telling.append(template)
            assert read, template
    assert {"/api/v1/held", "/api/v1/notes", "/api/v1/claims/{claim_id}/notes"} <= set(telling)


def test_their_own_is_all_there(world: World, api: ApiOf, half: HalfReviewed) -> None:
    events = api(world.bob)("GET", f"/claims/{half.claim.pk}/events").json()["results"]
    assert [event["kind"] for event in events if event["actor"] == "Bob"].count("evidence.added") == 2
    detail = api(world.bob)("GET", f"/claims/{half.claim.pk}").json()
    assert [piece["note"] for piece in detail["evidence"]] == [SECOND, ""]


def test_the_history_is_whole_once_it_is_settled(world: World, api: ApiOf, half: HalfReviewed) -> None:
    both_in(half)
    for settled in (False, True):
        if settled:
            review.adjudicate(half.claim.pk, world.carol, SETTLED)
        events = api(world.bob)("GET", f"/claims/{half.claim.pk}/events?limit=100").json()["results"]
        numbers = range(1, len(events) + 1) if settled else [None] * len(events)
        assert [event["sequence"] for event in events] == list(numbers)
        assert (FIRST in str(events)) == settled


def test_neither_numbers_nor_hashes_nor_cursors_tell_how_much_is_kept_back(
    world: World, api: ApiOf, half: HalfReviewed
) -> None:
    (open_,) = factories.queued_claims(world, 1)
    review.take(world.alice, open_.pk)
    evidence.add(open_, [factories.piece(1)], actor=world.alice)
    for claim in (half.claim, open_):
        bob, address, steps = api(world.bob), f"/claims/{claim.pk}/events?limit=2", []
        while address:
            page = bob("GET", address).json()
            steps += page["results"]
            if address := page["next"]:
                cursor = parse_qs(urlsplit(address).query)["cursor"][0].partition(":")[0]
                assert b64_decode(cursor.encode()).decode() == json.dumps([at(steps[-1])]), "what its row shows"
        assert {(step["sequence"], step["hash"]) for step in steps} == {(None, None)}
        assert steps == bob("GET", f"/claims/{claim.pk}/events?limit=100").json()["results"], (
            "no step twice, none left out"
        )
    alice = api(world.alice)("GET", f"/claims/{open_.pk}/events").json()["results"]
    assert [step["sequence"] for step in alice] == list(range(1, len(alice) + 1)), "nothing is kept from her"


def test_who_decided_on_an_attribution_is_told_once_nobody_is_to_review_blindly(
    world: World, api: ApiOf, half: HalfReviewed
) -> None:
    (found,) = half.claim.attributions.all()
    attributions.confirm(found.pk, actor=world.alice)
    address = f"/attributions/{found.pk}"
    for decided in (False, True):
        if decided:
            both_in(half)
            review.adjudicate(half.claim.pk, world.carol, SETTLED)
        answer = api(world.bob)("GET", address).json()
        assert (answer["decision"], answer["decided_by"]) == ("confirmed", "Alice" if decided else None)
        (step,) = api(world.bob)("GET", f"{address}/history").json()["steps"]
        assert step["by"] == answer["decided_by"]


def at(step: dict[str, Any]) -> str:
    return datetime.fromisoformat(step["at"]).isoformat()


@pytest.mark.parametrize("role", ["first", "second"])
def test_whose_review_is_sent_back_meets_no_word_of_the_other(
    world: World, api: ApiOf, half: HalfReviewed, role: str
) -> None:
    both_in(half)
    asked = review.request_changes(half.claim.pk, world.carol, SENT_BACK, role=AssignmentRole(role))
    theirs, foreign, word = {
        "first": (half.first, half.second, SECOND),
        "second": (half.second, half.first, FIRST),
    }[role]
    for rows in (theirs, foreign):
        for path, answer in walk(api(asked.reviewer), half, rows).items():
            assert word not in answer, path
            assert NOTE[word] not in answer, path
    own = api(asked.reviewer)("GET", f"/assignments/{asked.pk}").json()
    assert own["changes_requested"]["note"] == SENT_BACK
    for path, answer in walk(api(world.ruth), half, theirs).items():
        for hidden in (FIRST, SECOND, SENT_BACK, *NOTE.values()):
            assert hidden not in answer, (path, hidden)


@pytest.mark.parametrize("role", ["first", "second"])
def test_that_it_was_sent_back_is_an_event_of_its_writer_and_of_who_judges(
    world: World, api: ApiOf, half: HalfReviewed, role: str
) -> None:
    both_in(half)
    judge = factories.member(world.desk, "erin", Role.EDITOR)
    review.dispute_of(half.claim, judge)
    asked = review.request_changes(half.claim.pk, world.carol, SENT_BACK, role=AssignmentRole(role))
    (other,) = {world.alice, world.bob} - {asked.reviewer}
    for person, knows in (
        (asked.reviewer, True), (world.carol, True), (judge, True),
        (other, False), (world.dora, False), (world.ruth, False),
    ):  # fmt: skip
        events = api(person)("GET", f"/claims/{half.claim.pk}/events?limit=100").json()["results"]
        found = [event for event in events if event["kind"] == "review.sent_back"]
        assert len(found) == knows, person
        if knows and person != world.carol:
            assert (found[0]["data"], found[0]["from_state"]) == ({}, ""), "that the other differs is a hint"
            assert (found[0]["actor"], found[0]["to_state"]) == ("Carol", "changes_requested")
    for path, answer in walk(api(other), half, half.first).items():
        assert "review.sent_back" not in answer, path
        assert SENT_BACK not in answer, path
