"""The public feed and the public verdict: complete, in order, cheap to ask again, and silent on what is not public."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.publication import Publication
from claims.rules.workflow import ReopenReason
from claims.services import publication
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World


def pull(api: Api, since: str = "", limit: int = 50) -> tuple[list[dict[str, Any]], str]:
    """Everything from ``since`` on, page by page, and where to go on the next time."""
    path, found = f"/verdicts?limit={limit}&since={since}", []
    while path:
        page = api("GET", path).json()
        found += page["results"]
        since, path = page["next_since"], page["next"]
    return found, since


def published(world: World, count: int) -> list[Publication]:
    claims = factories.queued_claims(world, count)
    return [factories.published(world, factories.reviewed(world, claim=claim)) for claim in claims]


def corrected(world: World, claim: Claim) -> Publication:
    """The next version: reopened, reviewed anew by bob and published with its note."""
    publication.reopen(claim.pk, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    claim.refresh_from_db()
    done = factories.reviewed(world, world.bob, claim, veracity_verdict="mostly_true")
    return factories.published(world, done, publication.Note("correction", "A second report was found."))


def test_nothing_undecided_or_unpublished_is_public(world: World, api: ApiOf) -> None:
    done = factories.reviewed(world)
    assert pull(api())[0] == []
    for caller in (api(), api(world.carol), api(world.mallory)):
        assert caller("GET", f"/verdicts/{done.verdict.pk}").status_code == 404
    assert api()("GET", f"/verdicts/{done.verdict.pk}").content == api()("GET", "/verdicts/999999").content


def test_a_published_verdict_is_whole(world: World, api: ApiOf) -> None:
    step = factories.published(world)
    verdict = api()("GET", f"/verdicts/{step.verdict_id}").json()
    assert verdict["status"] == "current"
    assert verdict["version"] == 1
    assert verdict["attribution"]["rating"]["key"] == "accurate"
    assert verdict["veracity"]["rating"] == {"key": "false", "label": "False", "number": 1, "normalised": "refuted"}
    assert verdict["claim"]["text"] == step.claim.text
    (attribution,) = verdict["claim"]["attributions"]
    assert attribution["source"][0]["text"] == "Speaker 0"
    assert attribution["cue"][0]["text"] == "said"
    assert attribution["content"][0]["text"].endswith("was safe")
    assert [piece["relation"] for piece in verdict["evidence"]] == ["refutes", "refutes"]
    assert verdict["publisher"]["name"] == "Harbour Desk"
    assert verdict["corrections"] == []


def test_a_correction_supersedes_and_a_retraction_leaves_a_tombstone(world: World, api: ApiOf) -> None:
    first = factories.published(world)
    second = corrected(world, first.claim)
    old = api()("GET", f"/verdicts/{first.verdict_id}").json()
    assert (old["status"], old["superseded_by"]) == ("superseded", second.verdict_id)
    (note,) = old["corrections"]
    assert (note["from_verdict"], note["to_verdict"]) == (first.verdict_id, second.verdict_id)
    ((entry,), _) = pull(api())
    assert (entry["id"], entry["action"], entry["replaces"]) == (second.verdict_id, "corrected", first.verdict_id)

    publication.retract(first.claim.pk, actor=world.carol, note="The report was forged.")
    ((tomb,), _) = pull(api())
    assert (tomb["action"], tomb["id"], tomb["claim"]["id"]) == ("retracted", second.verdict_id, first.claim.pk)
    assert tomb["veracity"] is tomb["attribution"] is tomb["rationale"] is tomb["claim"]["text"] is None
    gone = api()("GET", f"/verdicts/{second.verdict_id}").json()
    assert gone["status"] == "retracted"
    assert gone["corrections"][-1]["note"] == "The report was forged."


def test_a_known_verdict_costs_one_query(world: World, api: ApiOf) -> None:
    step = factories.published(world)
    path = f"/verdicts/{step.verdict_id}"
    tag = api()("GET", path)["ETag"]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        again = api()("GET", path, If_None_Match=f'"other", W/{tag}')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert len(asked) == 1
    assert api()("GET", path, If_None_Match='"other"').status_code == 200


def test_whatever_changes_the_answer_changes_its_tag(world: World, api: ApiOf) -> None:
    step = factories.published(world)
    path = f"/verdicts/{step.verdict_id}"
    answers = [api()("GET", path)]
    type(world.desk).objects.update(name="The Harbour Desk")
    answers.append(api()("GET", path))
    corrected(world, step.claim)
    answers.append(api()("GET", path))
    publication.retract(step.claim.pk, actor=world.carol, note="The report was forged.")
    answers.append(api()("GET", path))
    assert len({answer.content for answer in answers}) == len(answers)
    assert len({answer["ETag"] for answer in answers}) == len(answers)


def test_pulling_step_by_step_gives_the_same_as_at_once(world: World, api: ApiOf) -> None:
    steps = published(world, 7)
    whole, _ = pull(api())
    assert [entry["id"] for entry in whole] == [step.verdict_id for step in steps]
    assert [entry["position"] for entry in whole] == sorted(entry["position"] for entry in whole)
    by_two, since = pull(api(), limit=2)
    assert by_two == whole
    assert pull(api(), since) == ([], since)
    late = published(world, 1)
    assert [entry["id"] for entry in pull(api(), since)[0]] == [late[0].verdict_id]


def test_since_a_moment(world: World, api: ApiOf) -> None:
    first, second = published(world, 2)
    at = second.published_at.isoformat()
    assert [entry["id"] for entry in pull(api(), at.replace("+", "%2B"))[0]] == [second.verdict_id]
    assert [entry["id"] for entry in pull(api(), at)[0]] == [second.verdict_id]
    assert pull(api(), first.published_at.date().isoformat())[0][0]["id"] == first.verdict_id
    nothing, since = pull(api(), "2999-01-01")
    assert (nothing, since) == ([], "2999-01-01")


def apply(copy: dict[int, int | None], entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        copy[entry["claim"]["id"]] = None if entry["action"] == "retracted" else entry["id"]


def truth() -> dict[int, int | None]:
    rows = Publication.objects.current().values_list("claim", "verdict", "action")
    return {claim: None if action == "retracted" else verdict for claim, verdict, action in rows}


@pytest.mark.django_db(transaction=True)
def test_a_copy_never_misses_or_repeats_while_others_publish_and_retract() -> None:
    """Writers publish, correct and retract; a reader with tiny pages pulls all the while. Its copy is the table's."""
    world = factories.world()
    claims = [factories.reviewed(world, claim=claim).claim for claim in factories.queued_claims(world, 12)]
    done = threading.Event()

    def write(part: list[Claim], seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - a test's dice
        try:
            for claim in part:
                publication.publish(claim.pk, actor=world.carol)
                if draw.random() < 0.5:
                    corrected(world, claim)
                if draw.random() < 0.4:
                    publication.retract(claim.pk, actor=world.carol, note="It was wrong.")
        finally:
            connection.close()

    def read() -> tuple[dict[int, int | None], list[int]]:
        api, since = Api(), ""
        copy: dict[int, int | None] = {}
        seen: list[int] = []
        try:
            while not done.is_set():
                entries, since = pull(api, since, limit=1)
                seen += [entry["position"] for entry in entries]
                apply(copy, entries)
            entries, since = pull(api, since, limit=1)
            seen += [entry["position"] for entry in entries]
            apply(copy, entries)
            return copy, seen
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        reader = pool.submit(read)
        writers = [pool.submit(write, claims[n::3], n) for n in range(3)]
        for writer in writers:
            writer.result()
        done.set()
        copy, seen = reader.result()
    assert copy == truth()
    assert len(copy) == 12
    assert seen == sorted(set(seen))


def test_a_page_costs_the_same_whatever_is_on_it(world: World, api: ApiOf) -> None:
    counts = []
    for more in (1, 49):
        published(world, more)
        with CaptureQueriesContext(connection) as asked:
            page = api()("GET", "/verdicts?limit=50").json()
        counts.append(len(asked))
    assert len(page["results"]) == 50
    assert counts == [1, 1]


def test_the_answers_are_plain_json(world: World, api: ApiOf) -> None:
    step = factories.published(world)
    answer = api()("GET", f"/verdicts/{step.verdict_id}")
    assert answer["Content-Type"] == "application/json"
    assert json.loads(answer.content)["url"].endswith(f"/verdicts/{step.verdict_id}/")


def test_a_search_finds_what_holds_today_and_is_like_what_was_asked(world: World, api: ApiOf) -> None:
    first, gone, other = published(world, 3)
    publication.retract(gone.claim_id, actor=world.carol, note="The report was forged.")
    second = corrected(world, first.claim)
    factories.reviewed(world)

    def found(query: str) -> list[int]:
        return [row["id"] for row in api()("GET", f"/verdicts/search?{query}").json()["results"]]

    assert found("") == found("words=bridge&desk=harbour") == [second.verdict_id, other.verdict_id]
    assert found("rating=mostly_true") == [second.verdict_id]
    assert found("desk=valley") == found("speaker=nobody") == found("until=2020-01-01") == []
    assert found("since=2020-01-01&rating=false") == [other.verdict_id]
    page = api()("GET", "/verdicts/search?limit=1&words=bridge").json()
    assert [row["id"] for row in page["results"]] == [second.verdict_id]
    assert [row["id"] for row in api()("GET", page["next"]).json()["results"]] == [other.verdict_id]
    for wrong in ("since=yesterday", "words=%00", "cursor=forged", "desk=" + "x" * 81):
        assert api()("GET", f"/verdicts/search?{wrong}").status_code == 400, wrong
