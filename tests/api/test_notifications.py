"""What the caller is told over REST, and how they choose to be told."""

from typing import Any

import pytest

from claims.models.claims import Claim
from claims.models.notifications import Notification, NotificationChoice
from claims.rules.notifications import Kind
from claims.services import notifications, review
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


@pytest.fixture
def given(world: World) -> Claim:
    """A claim that carol gave to bob."""
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    review.reassign(held.pk, world.carol, "bob", reason="She is ill.")
    return claim


def test_the_list_is_the_callers_own_the_newest_first(world: World, api: ApiOf, given: Claim) -> None:
    first, second = api(world.bob)("GET", "/notifications").json()["results"]
    assert (first["kind"], first["claim"], first["actor"], first["reason"]) == (
        "assigned",
        given.pk,
        "Carol",
        "She is ill.",
    )
    assert first["text"] == "Carol gave you a claim to review."
    assert (second["kind"], second["claim"], second["read_at"]) == ("added", None, None)
    assert [row["kind"] for row in api(world.mallory)("GET", "/notifications").json()["results"]] == ["added"]


def test_pages_go_on_by_cursor(world: World, api: ApiOf, given: Claim) -> None:
    bob = api(world.bob)
    page = bob("GET", "/notifications?limit=1").json()
    rest = bob("GET", page["next"]).json()
    assert [row["kind"] for row in page["results"] + rest["results"]] == ["assigned", "added"]
    assert rest["next"] is None
    assert bob("GET", "/notifications?cursor=forged").status_code == 400


def test_some_or_all_are_read(world: World, api: ApiOf, given: Claim) -> None:
    bob = api(world.bob)
    one = bob("GET", "/notifications").json()["results"][0]["id"]
    theirs = Notification.objects.filter(user=world.alice)[0].pk
    assert bob("POST", "/notifications/read", {"ids": [one, theirs, 10**9]}).json() == {"marked": 1}
    assert [row["kind"] for row in bob("GET", "/notifications?unread=true").json()["results"]] == ["added"]
    assert bob("POST", "/notifications/read", {}).json() == {"marked": 1}
    assert bob("POST", "/notifications/read", {"ids": []}).json() == {"marked": 0}
    assert notifications.unread(world.alice).count() == 2


@pytest.mark.parametrize("ids", ["all", [0], ["x"], [10**30], list(range(1, 202)), {"a": 1}])
def test_ids_that_are_none(world: World, api: ApiOf, ids: Any) -> None:
    assert api(world.bob)("POST", "/notifications/read", {"ids": ids}).status_code == 400


def test_choices_are_read_and_changed_in_part(world: World, api: ApiOf) -> None:
    bob = api(world.bob)
    before = bob("GET", "/notifications/choices").json()
    assert {each["kind"] for each in before["ways"]} == {kind.value for kind in Kind}
    assert before["digest"] == {"hour": 8, "days": [1, 2, 3, 4, 5], "timezone": "UTC"}
    after = bob("PATCH", "/notifications/choices", {"ways": [{"kind": "published", "way": "off"}]}).json()
    assert [each["way"] for each in after["ways"] if each["kind"] == "published"] == ["off"]
    assert after["digest"] == before["digest"]
    digest = {"hour": 18, "days": [5], "timezone": "Europe/Kyiv"}
    again = bob("PATCH", "/notifications/choices", {"digest": digest}).json()
    assert again["digest"] == digest
    assert again["ways"] == after["ways"]


def test_choices_that_were_changed_meanwhile_are_not_overwritten(world: World, api: ApiOf) -> None:
    bob = api(world.bob)
    tag = bob("GET", "/notifications/choices")["ETag"]
    assert bob("GET", "/notifications/choices", If_None_Match=tag).status_code == 304
    off = {"ways": [{"kind": "published", "way": "off"}]}
    first = bob("PATCH", "/notifications/choices", off, If_Match=tag)
    assert first.status_code == 200
    stale = bob("PATCH", "/notifications/choices", {"ways": [{"kind": "corrected", "way": "off"}]}, If_Match=tag)
    assert (stale.status_code, stale.json()["errors"][0]["code"]) == (412, "changed_meanwhile")
    assert NotificationChoice.objects.get().kind == "published"
    assert bob("PATCH", "/notifications/choices", off, If_Match=first["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ways": [{"kind": "weather", "way": "off"}]}, "ways.0.kind"),
        ({"ways": [{"kind": "published", "way": "by pigeon"}]}, "ways.0.way"),
        ({"digest": {"hour": 24, "days": [1], "timezone": "UTC"}}, "digest.hour"),
        ({"digest": {"hour": 8, "days": [], "timezone": "UTC"}}, "digest.days"),
        ({"digest": {"hour": 8, "days": [1], "timezone": "Mars/Olympus"}}, "timezone"),
    ],
)
def test_choices_that_cannot_be_are_named(world: World, api: ApiOf, body: dict[str, Any], field: str) -> None:
    answer = api(world.bob)("PATCH", "/notifications/choices", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not NotificationChoice.objects.exists()
