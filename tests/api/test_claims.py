"""Claims and what editors do with them over REST; and the register."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from claims.models.claims import Claim, ClaimLink
from claims.services import review, sources
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.factories import World


def walk(api: Api, path: str) -> Iterator[dict[str, Any]]:
    while path:
        page = api("GET", path).json()
        yield from page["results"]
        path = page["next"]


def test_the_newest_first_and_one_state_by_its_queue(world: World, api: ApiOf) -> None:
    made = factories.queued_claims(world, 5)
    for priority, claim in zip((10, 50, 30, 50, 20), made, strict=True):
        type(claim).objects.filter(pk=claim.pk).update(priority=priority)
    ruth = api(world.ruth)
    assert [row["id"] for row in walk(ruth, "/claims?limit=2")] == [claim.pk for claim in reversed(made)]
    by_priority = [row["id"] for row in walk(ruth, "/claims?state=queued&limit=2")]
    assert by_priority == [made[n].pk for n in (1, 3, 2, 4, 0)]
    assert list(walk(ruth, "/claims?state=published")) == []
    assert list(walk(api(world.mallory), "/claims")) == []


def test_by_article_by_source_and_by_words(world: World, api: ApiOf) -> None:
    moscow, kremlin = sources.create("person", "Speaker 0"), sources.create("person", "Speaker 1")
    claims = factories.queued_claims(world, 3)
    others = factories.queued_claims(world, 1)
    ruth = api(world.ruth)

    def ids(query: str) -> set[int]:
        return {row["id"] for row in walk(ruth, f"/claims?{query}")}

    assert ids(f"article={claims[0].article_id}") == {claim.pk for claim in claims}
    assert ids(f"source={kremlin.pk}") == {claims[1].pk}
    assert ids(f"source={moscow.pk}") == {claims[0].pk, others[0].pk}
    sources.merge(kremlin, moscow, actor=world.dora, reason="The same person.")
    assert ids(f"source={moscow.pk}") == {claims[0].pk, claims[1].pk, others[0].pk}
    word = claims[2].text.split()[1].rstrip(".")
    assert ids(f"q={word}") == {claims[2].pk}
    assert ids("q=bridge -safe") == set()
    assert ids("checkability=opinion") == set()


def test_a_claim_is_whole_and_has_a_tag(world: World, api: ApiOf) -> None:
    (claim,) = factories.queued_claims(world, 1)
    ruth = api(world.ruth)
    first = ruth("GET", f"/claims/{claim.pk}")
    found = first.json()
    assert found["text"] == claim.text
    assert found["state"] == "queued"
    assert found["verdict"] is None
    assert found["attributions"][0]["claim_stance"] == "asserts"
    assert ruth("GET", f"/claims/{claim.pk}", If_None_Match=first["ETag"]).status_code == 304
    factories.taken(world.alice)
    assert ruth("GET", f"/claims/{claim.pk}", If_None_Match=first["ETag"]).status_code == 200


def test_its_history_is_told_in_order(world: World, api: ApiOf) -> None:
    done = factories.reviewed(world)
    events = list(walk(api(world.ruth), f"/claims/{done.claim.pk}/events?limit=2"))
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["kind"] == "claim.extracted"
    assert events[-1]["to_state"] == "decided"
    assert len({event["hash"] for event in events}) == len(events)


def test_an_editor_dismisses_and_restores(world: World, api: ApiOf) -> None:
    (claim,) = factories.queued_claims(world, 1)
    type(claim).objects.filter(pk=claim.pk).update(state="assigned")
    type(claim).objects.filter(pk=claim.pk).update(state="archived")
    carol = api(world.carol, "edit")
    refused = carol("POST", f"/claims/{claim.pk}/dismiss", {"reason": "duplicate"})
    assert (refused.status_code, refused.json()["state"]) == (409, "archived")
    assert carol("POST", f"/claims/{claim.pk}/dismiss", {"reason": "dull"}).status_code == 400
    assert api(world.bob)("POST", f"/claims/{claim.pk}/dismiss", {"reason": "duplicate"}).status_code == 403


def test_what_is_not_checkable_is_dismissed_and_brought_back(world: World, api: ApiOf) -> None:
    (claim,) = factories.queued_claims(world, 1)
    triaged = Claim.objects.create(desk=world.desk, article=claim.article, label="C9", text="It is ugly.")
    carol = api(world.carol, "edit")
    gone = carol("POST", f"/claims/{triaged.pk}/dismiss", {"reason": "not_checkable", "note": "A matter of taste."})
    assert gone.json()["state"] == "dismissed"
    assert gone.json()["state_reason"] == "not checkable: A matter of taste."
    assert carol("POST", f"/claims/{triaged.pk}/restore").json()["state"] == "triaged"


def test_four_eyes_publish(world: World, api: ApiOf) -> None:
    done = factories.reviewed(world, world.carol)
    path = f"/claims/{done.claim.pk}/publish"
    alone = api(world.carol)("POST", path)
    assert (alone.status_code, alone.json()["errors"][0]["code"]) == (403, "four_eyes")
    assert api(world.bob)("POST", path).status_code == 403
    assert api(world.dora)("POST", path).json()["action"] == "published"
    assert api(world.dora)("POST", path).status_code == 409


def test_the_gate_lists_what_is_missing(api: ApiOf, db: None) -> None:
    world = factories.world(gate_requires=["sources", "claimant_contact", "counter_evidence", "method"])
    done = factories.reviewed(world, evidence=[factories.piece(1)])
    carol, path = api(world.carol, "edit"), f"/claims/{done.claim.pk}/publish"
    refused = carol("POST", path)
    assert refused.status_code == 400
    fields = ["source_exception", "no_contact_reason", "counter_evidence_sought", "method_url"]
    assert [error["field"] for error in refused.json()["errors"]] == fields
    type(world.desk).objects.update(method_url="https://desk.example/method")
    stated = {
        "source_exception": "There is one register.", "no_contact_reason": "Unnamed.", "counter_evidence_sought": True,
    }  # fmt: skip
    assert carol("POST", path, stated).status_code == 200


def test_reopen_correct_and_retract(world: World, api: ApiOf) -> None:
    step = factories.published(world)
    carol, claim = api(world.carol, "edit"), step.claim
    assert carol("POST", f"/claims/{claim.pk}/reopen", {"reason": "boredom"}).status_code == 400
    reopened = carol("POST", f"/claims/{claim.pk}/reopen", {"reason": "new_evidence", "note": "A second report."})
    assert (reopened.json()["state"], reopened.json()["round"]) == ("queued", 2)
    claim.refresh_from_db()
    factories.reviewed(world, world.bob, claim)
    silent = carol("POST", f"/claims/{claim.pk}/publish")
    assert {error["field"] for error in silent.json()["errors"]} == {"correction_note", "correction_kind"}
    note = {"correction_kind": "correction", "correction_note": "A second report was found."}
    corrected = carol("POST", f"/claims/{claim.pk}/publish", note).json()
    assert (corrected["action"], corrected["version"], corrected["replaces"]) == ("corrected", 2, step.verdict_id)
    assert carol("POST", f"/claims/{claim.pk}/retract", {"note": " "}).status_code == 400
    assert carol("POST", f"/claims/{claim.pk}/retract", {"note": "Both were forged."}).json()["action"] == "retracted"


def test_the_register_is_searched_by_any_name(world: World, api: ApiOf) -> None:
    zelensky = sources.create("person", "Volodymyr Zelensky", aliases=[("transliteration", "Zelenskiy")])
    moscow = sources.create("government", "Government of Russia", aliases=[("metonym", "Moscow")])
    doubled = sources.create("person", "Vladimir Zelenski")
    sources.merge(doubled, zelensky, actor=world.dora, reason="The same person.")
    ruth = api(world.ruth)

    def names(query: str) -> list[str]:
        return [row["name"] for row in walk(ruth, f"/sources?{query}")]

    assert names("limit=1") == ["Government of Russia", "Volodymyr Zelensky"]
    assert names("search=zelenskiy") == names("search=ZELENSKI") == names("search=vladimir") == ["Volodymyr Zelensky"]
    assert names("search=moscow") == names("kind=government") == ["Government of Russia"]
    assert names("search=%3F%21") == names("search=nobody") == []
    found = ruth("GET", f"/sources/{doubled.pk}").json()
    assert found["merged_into"] == {"id": zelensky.pk, "name": "Volodymyr Zelensky"}
    assert {alias["name"] for alias in ruth("GET", f"/sources/{moscow.pk}").json()["aliases"]} >= {"Moscow"}


def test_words_are_looked_up_in_their_index(world: World) -> None:
    """With so few rows the planner would read them all, or each by its claim; told not to, it must have the index."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "nestloop"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        plan = Claim.objects.matching(words="bridge").explain()
    assert "claim_found_by" in plan


def test_by_priority_by_voice_and_by_suspected_doubles(world: World, api: ApiOf) -> None:
    claims = factories.queued_claims(world, 4)
    for priority, claim in zip((10, 40, 60, 90), claims, strict=True):
        Claim.objects.filter(pk=claim.pk).update(priority=priority, narrator_claim=priority > 50)
    ClaimLink.objects.create(from_claim=claims[0], to_claim=claims[3], kind="same_as", score=0.9)
    ruth = api(world.ruth)

    def found(query: str) -> list[int]:
        return sorted(claims.index(Claim(pk=row["id"])) for row in ruth("GET", f"/claims?{query}").json()["results"])

    assert found("priority_from=40&priority_to=60") == [1, 2]
    assert found("priority_to=0") == []
    assert found("narrator_claim=true") == [2, 3]
    assert found("narrator_claim=false") == [0, 1]
    assert found("suspected=true") == [0, 3]
    assert found("suspected=true&priority_from=50") == [3]
    review.take(world.alice, claims[2].pk)
    assert found("outlet=Nobody&topic=&language=&reviewer=") == []
    assert found("language=en&q=bridge") == [0, 1, 2, 3]
    assert found("due=overdue") == found("reviewer=alice") == []
    assert [row["id"] for row in api(world.carol)("GET", "/claims?reviewer=alice").json()["results"]] == [claims[2].pk]
    for wrong in (
        "priority_from=-1",
        "priority_to=101",
        "priority_from=x",
        "narrator_claim=perhaps",
        "due=never",
        "sort=x",
    ):
        assert ruth("GET", f"/claims?{wrong}").status_code == 400


@pytest.mark.parametrize("sort", ["newest", "priority", "changed"])
def test_each_order_walks_over_all_pages(world: World, api: ApiOf, sort: str) -> None:
    claims = factories.queued_claims(world, 5)
    for number, claim in enumerate(claims):
        Claim.objects.filter(pk=claim.pk).update(priority=number % 2)
    ruth = api(world.ruth)
    ids = [row["id"] for row in walk(ruth, f"/claims?limit=2&sort={sort}")]
    assert sorted(ids) == sorted(claim.pk for claim in claims)
    if sort == "priority":
        assert ids == [claims[n].pk for n in (1, 3, 0, 2, 4)]
    other = ruth("GET", f"/claims?limit=2&sort={'newest' if sort == 'changed' else 'changed'}").json()["next"]
    cursor = other.split("cursor=")[1].split("&")[0]
    assert ruth("GET", f"/claims?limit=2&sort={sort}&cursor={cursor}").status_code == 400
