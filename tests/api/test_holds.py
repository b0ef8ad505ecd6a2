"""Over REST: what people hold when they leave."""

import pytest

from claims.models.desks import Membership
from claims.models.review import Draft
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World


@pytest.mark.parametrize("change", [{"active": False}, {"role": "reader"}], ids=["left", "reader"])
def test_who_is_no_reviewer_any_more_finds_no_assignment(world: World, api: ApiOf, change: dict[str, str]) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    alice = api(world.alice)
    assert [row["id"] for row in alice("GET", "/assignments").json()["results"]] == [held.pk]
    Membership.objects.filter(user=world.alice).update(**change)
    assert alice("GET", "/assignments").json()["results"] == []
    absent = alice("GET", "/assignments/999999")
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "/draft", {"rationale": "Still here."}),
        ("POST", "/release", {}),
        ("POST", "/decline", {"reason": "other"}),
        ("POST", "/submit", {"rationale": "Still here."}),
    ):
        answer = alice(method, f"/assignments/{held.pk}{path}", body)
        assert (answer.status_code, answer.content) == (404, absent.content)
    assert not Draft.objects.exists()
    held.refresh_from_db()
    assert held.state == "active"
