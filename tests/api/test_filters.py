"""Saved filters over REST."""

from claims.models.filters import SavedFilter
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


def test_kept_listed_used_and_dropped(world: World, api: ApiOf) -> None:
    claims = factories.queued_claims(world, 2)
    alice, bob = api(world.alice), api(world.bob)
    sent = {
        "name": "Queue",
        "query": "state=queued&priority_to=100&narrator_claim=no&view=board",
        "shared": True,
    }
    kept = alice("POST", "/filters", sent)
    assert kept.status_code == 201
    row = kept.json()
    assert row["query"] == "state=queued&priority_to=100&narrator_claim=0"
    assert (row["mine"], row["owner"], row["desk"], row["shared"]) == (True, "alice", "harbour", True)
    assert [(each["id"], each["mine"]) for each in bob("GET", "/filters").json()["results"]] == [(row["id"], False)]
    found = bob("GET", f"/claims?{row['query']}").json()["results"]
    assert {each["id"] for each in found} == {claim.pk for claim in claims}
    assert bob("DELETE", f"/filters/{row['id']}").status_code == 403
    assert api(world.mallory)("DELETE", f"/filters/{row['id']}").status_code == 404
    assert alice("DELETE", f"/filters/{row['id']}").status_code == 204
    assert not SavedFilter.objects.exists()


def test_what_is_no_filter_is_named(world: World, api: ApiOf) -> None:
    alice = api(world.alice)
    answer = alice("POST", "/filters", {"name": "Queue", "query": "state=lost&priority_to=101"})
    assert answer.status_code == 400
    assert "priority_to, state" in answer.json()["detail"]
    assert alice("POST", "/filters", {"query": ""}).status_code == 400
    assert api(world.ruth)("POST", "/filters", {"name": "x", "query": "", "shared": True}).status_code == 403
