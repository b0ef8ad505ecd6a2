"""Many claims at once over REST: look beforehand, begin, follow, cancel, undo."""

from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.bulk import BulkAction
from claims.models.claims import Claim
from claims.rules.bulk import LIMIT, UNDO_FOR
from claims.services import review
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.bulk import DISMISS, done, ordered, states, undone
from tests.factories import World

AWAY = {"verb": "dismiss", "reason": "out_of_scope", "note": "Not ours."}


@pytest.fixture
def carol(world: World, api: ApiOf) -> Api:
    return api(world.carol, "edit")


def ids(claims: list[Claim]) -> list[int]:
    return [claim.pk for claim in claims]


def error(answer: Any) -> tuple[int, str, str]:
    first = answer.json()["errors"][0]
    return answer.status_code, first["field"], first["code"]


def test_from_the_look_beforehand_to_the_undo(world: World, carol: Api) -> None:
    claims = factories.queued_claims(world, 3)
    review.take(world.alice, claims[0].pk)
    seen = carol("POST", "/bulk", AWAY | {"claims": ids(claims), "dry_run": True})
    assert seen.status_code == 200
    assert (seen.json()["total"], seen.json()["changed"]["count"]) == (3, 2)
    (held,) = seen.json()["unchanged"]
    assert (held["code"], held["detail"]) == ("in_hands", "Somebody has it in their hands.")
    assert held["claims"] == [{"id": claims[0].pk, "text": claims[0].text, "state": "assigned"}]
    assert not BulkAction.objects.exists()

    begun = carol("POST", "/bulk", AWAY | {"claims": ids(claims)})
    assert begun.status_code == 202
    assert begun.json()["parameters"] == {"reason": "out_of_scope", "note": "Not ours."}
    assert (begun.json()["state"], begun.json()["percent"]) == ("running", 0)
    where = begun["Location"].removeprefix("http://testserver")
    factories.perform()
    ended = carol("GET", where).json()
    assert {name: ended[name] for name in ("state", "percent", "total", "done", "skipped")} == {
        "state": "done", "percent": 100, "total": 3, "done": 2, "skipped": 1,
    }  # fmt: skip
    assert ended["undo_until"] > ended["finished_at"]
    (left,) = carol("GET", f"{where}/items?outcome=skipped").json()["results"]
    assert (left["claim"]["id"], left["code"]) == (claims[0].pk, "in_hands")
    assert len(carol("GET", f"{where}/items").json()["results"]) == 3

    again = carol("POST", f"{where}/undo")
    assert (again.status_code, again.json()["state"]) == (202, "undoing")
    factories.perform()
    back = carol("GET", where).json()
    assert (back["state"], back["undone"], back["undone_by"], back["undo_until"]) == ("undone", 2, "Carol", None)
    assert states(claims) == ["assigned", "queued", "queued"]
    assert error(carol("POST", f"{where}/undo")) == (409, "bulk", "not_undoable")


def test_by_a_filter_those_that_match_are_taken_in_the_order_of_the_list(world: World, carol: Api) -> None:
    claims, others = factories.queued_claims(world, 3), factories.queued_claims(world, 2)
    Claim.objects.filter(pk=claims[1].pk).update(priority=90)
    sent = {"verb": "unqueue", "dry_run": True}
    chosen = carol("POST", "/bulk", sent | {"filter": {"article": claims[0].article_id, "state": "queued"}}).json()
    assert [claim["id"] for claim in chosen["changed"]["claims"]] == [claims[1].pk, claims[0].pk, claims[2].pk]
    newest = carol("POST", "/bulk", sent | {"filter": {}}).json()
    assert [claim["id"] for claim in newest["changed"]["claims"]][:2] == [others[1].pk, others[0].pk]
    nothing = carol("POST", "/bulk", sent | {"filter": {"q": "nowhere"}})
    assert error(nothing) == (400, "claims", "blank")


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({}, "verb", "required"),
        ({"verb": "explode", "claims": [1]}, "verb", "invalid_choice"),
        ({"verb": "queue"}, "claims", "one_of"),
        ({"verb": "queue", "claims": [1], "filter": {}}, "claims", "one_of"),
        ({"verb": "queue", "claims": []}, "claims", "blank"),
        ({"verb": "queue", "claims": ["x"]}, "claims.0", "invalid"),
        ({"verb": "queue", "claims": [10**23]}, "claims.0", "max_value"),
        ({"verb": "queue", "claims": [10**9]}, "claims", "absent"),
        ({"verb": "queue", "claims": list(range(1, LIMIT + 2))}, "claims", "max_length"),
        ({"verb": "queue", "filter": {"state": "lost"}}, "filter.state", "invalid_choice"),
        ({"verb": "dismiss", "claims": [1]}, "reason", "unknown"),
        ({"verb": "dismiss", "claims": [1], "reason": "dull"}, "reason", "invalid_choice"),
        ({"verb": "merge", "claims": [1]}, "into", "blank"),
        ({"verb": "merge", "claims": [1], "into": 10**9}, "into", "absent"),
        ({"verb": "set_priority", "claims": [1], "note": "So."}, "priority", "out_of_range"),
        ({"verb": "set_priority", "claims": [1], "priority": 101}, "priority", "max_value"),
        ({"verb": "set_priority", "claims": [1], "priority": 5}, "note", "blank"),
        ({"verb": "assign", "claims": [1], "reviewer": "nobody", "note": "So."}, "reviewer", "unknown"),
    ],
)
def test_what_is_wrong_is_named(carol: Api, sent: dict[str, Any], field: str, code: str) -> None:
    for dry_run in (True, False):
        found = error(carol("POST", "/bulk", sent | {"dry_run": dry_run}))
        assert found[0] == 400
        assert (found[1].removesuffix(".0"), found[2]) == (field.removesuffix(".0"), code)
    assert not BulkAction.objects.exists()


def test_whoever_may_not_does_not(world: World, api: ApiOf, carol: Api) -> None:
    (claim,) = factories.queued_claims(world, 1)
    sent = AWAY | {"claims": [claim.pk]}
    assert api(world.alice)("POST", "/bulk", sent).status_code == 403
    assert error(api(world.carol, "review")("POST", "/bulk", sent)) == (403, "request", "missing_scope")
    assert error(api(world.mallory)("POST", "/bulk", sent)) == (400, "claims", "absent")
    assert error(carol("POST", "/bulk", sent | {"desk": "valley"})) == (404, "desk", "absent")
    world.carol.memberships.create(desk=world.elsewhere, role="reviewer")
    assert error(carol("POST", "/bulk", sent)) == (400, "desk", "which_desk")
    assert error(carol("POST", "/bulk", sent | {"desk": "valley"})) == (403, "desk", "not_allowed")
    assert carol("POST", "/bulk", sent | {"desk": "harbour"}).status_code == 202


def test_the_same_order_sent_again_is_one(world: World, carol: Api) -> None:
    (claim,) = factories.queued_claims(world, 1)
    answers = [carol("POST", "/bulk", AWAY | {"claims": [claim.pk]}, Idempotency_Key="one-order") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert BulkAction.objects.count() == 1


def test_cancelled_and_too_late(world: World, carol: Api) -> None:
    action = ordered(world, DISMISS, factories.queued_claims(world, 2))
    cancelled = carol("POST", f"/bulk/{action.pk}/cancel").json()
    assert (cancelled["state"], cancelled["done"], cancelled["undo_until"]) == ("cancelled", 0, None)
    assert error(carol("POST", f"/bulk/{action.pk}/cancel")) == (409, "bulk", "ended")
    late = done(world, DISMISS, factories.queued_claims(world, 1))
    BulkAction.objects.filter(pk=late.pk).update(finished_at=Now() - UNDO_FOR)
    assert error(carol("POST", f"/bulk/{late.pk}/undo")) == (409, "bulk", "not_undoable")


def test_the_list_goes_on_by_cursor_and_asks_the_same(world: World, carol: Api) -> None:
    for claim in factories.queued_claims(world, 3):
        undone(world, done(world, DISMISS, [claim]))
    first = carol("GET", "/bulk?limit=2").json()
    rest = carol("GET", first["next"]).json()
    found = [row["id"] for row in first["results"] + rest["results"]]
    assert found == sorted(BulkAction.objects.values_list("pk", flat=True), reverse=True)
    counts = []
    for path in ("/bulk?limit=1", "/bulk?limit=3"):
        with CaptureQueriesContext(connection) as asked:
            carol("GET", path)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert carol("GET", "/bulk?cursor=forged").status_code == 400
    assert carol("GET", f"/bulk/{found[0]}/items?outcome=exploded").status_code == 400
