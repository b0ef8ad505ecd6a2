"""Over REST: whom people cannot judge, what they read and know, and the topics of a desk."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Membership, Role
from claims.models.review import Assignment
from claims.services import conflicts, desks, review
from sources import services as register
from sources.models import Source
from tests import factories
from tests.api.conftest import ApiOf
from tests.factories import World
from tests.returns import read


@pytest.fixture
def bell() -> Source:
    return register.create("person", "Anna Bell")


def said_by(world: World, source: Source) -> Claim:
    (claim,) = factories.queued_claims(world, 1)
    claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=0.5, reason="An alias.")
    return claim


def code(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["errors"][0]
    return answer.status_code, error["field"], error["code"]


# --- Conflicts of interest --------------------------------------------------------------------------------------------


def test_a_conflict_is_declared_and_ended(world: World, api: ApiOf, bell: Source) -> None:
    alice, claim = api(world.alice, "review"), said_by(world, bell)
    held = alice("POST", "/queue/next").json()
    assert held["claim"]["id"] == claim.pk
    made = alice("POST", "/conflicts", {"source": bell.pk, "note": "My cousin."})
    assert made.status_code == 201
    row = made.json()
    assert (row["person"], row["source"], row["note"]) == ("alice", {"id": bell.pk, "name": "Anna Bell"}, "My cousin.")
    assert (row["desk"]["slug"], row["ended_at"], row["end_reason"]) == ("harbour", None, "")
    assert alice("GET", f"/assignments/{held['id']}").json()["state"] == "released"
    assert alice("POST", "/queue/next").status_code == 204
    taking = alice("POST", f"/claims/{claim.pk}/take")
    assert code(taking) == (403, "claim", "conflict_of_interest")
    assert "Anna Bell" in taking.json()["detail"]
    assert code(alice("POST", "/conflicts", {"source": bell.pk})) == (409, "source", "declared_already")

    over = alice("POST", f"/conflicts/{row['id']}/end", {"reason": "She left office."})
    assert (over.status_code, over.json()["end_reason"], over.json()["ended_at"] is None) == (
        200,
        "She left office.",
        False,
    )
    assert code(alice("POST", f"/conflicts/{row['id']}/end", {"reason": "Again."})) == (409, "conflict", "ended")
    assert alice("POST", "/queue/next").json()["claim"]["id"] == claim.pk


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "source"),
        ({"source": 0}, 400, "source"),
        ({"source": "Bell"}, 400, "source"),
        ({"source": 10**12}, 400, "source"),
        ({"source": 10**23}, 400, "source"),
        ({"source": 1, "desk": "valley"}, 404, "desk"),
        ({"source": 1, "note": "x" * 501}, 400, "note"),
    ],
)
def test_what_makes_no_sense_is_named(
    world: World, api: ApiOf, body: dict[str, object], status: int, field: str
) -> None:
    answer = api(world.alice)("POST", "/conflicts", body)
    assert code(answer)[:2] == (status, field)
    assert not ConflictOfInterest.objects.exists()


def test_a_merged_source_is_refused_with_the_one_that_stays(world: World, api: ApiOf, bell: Source) -> None:
    double = register.create("person", "A. Bell")
    register.merge(double, bell, by=world.dora, reason="The same.")
    answer = api(world.alice)("POST", "/conflicts", {"source": double.pk})
    assert code(answer) == (400, "source", "merged")
    assert "name Anna Bell" in answer.json()["detail"]


def test_who_is_at_two_desks_names_one(world: World, api: ApiOf, bell: Source) -> None:
    desks.set_member(world.elsewhere, world.alice, Role.REVIEWER)
    alice = api(world.alice)
    assert code(alice("POST", "/conflicts", {"source": bell.pk})) == (400, "desk", "which_desk")
    assert alice("POST", "/conflicts", {"source": bell.pk, "desk": "valley"}).json()["desk"]["slug"] == "valley"


def test_who_sees_and_who_ends_it(world: World, api: ApiOf, bell: Source) -> None:
    row = conflicts.declare(world.desk.pk, bell, actor=world.alice, note="My cousin.")
    seen = {
        person.username: len(api(person)("GET", "/conflicts").json()["results"])
        for person in (world.alice, world.bob, world.carol, world.dora, world.ruth, world.mallory)
    }
    assert seen == {"alice": 1, "bob": 0, "carol": 1, "dora": 1, "ruth": 0, "mallory": 0}
    assert api(world.carol)("GET", "/conflicts?mine=true").json()["results"] == []
    end = f"/conflicts/{row.pk}/end"
    for person in (world.bob, world.mallory):
        real, absent = api(person)("POST", end), api(person)("POST", "/conflicts/999999/end")
        assert (real.status_code, real.content) == (404, absent.content)
    assert code(api(world.carol)("POST", end, {"reason": "Over."})) == (403, "conflict", "not_yours")
    assert code(api(world.alice)("POST", end, {"reason": " "})) == (400, "reason", "blank")
    assert ConflictOfInterest.objects.open().exists()


def test_the_list_is_paged_and_filtered(world: World, api: ApiOf) -> None:
    for number in range(5):
        row = conflicts.declare(world.desk.pk, register.create("person", f"Person {number}"), actor=world.alice)
        if number == 2:
            conflicts.end(row.pk, actor=world.alice, reason="Over.")
    carol, names, path = api(world.carol), [], "/conflicts?limit=2"
    while path:
        page = carol("GET", path).json()
        names += [row["source"]["name"] for row in page["results"]]
        path = page["next"]
    assert names == [f"Person {number}" for number in (4, 3, 2, 1, 0)]
    left = carol("GET", "/conflicts?open=true").json()["results"]
    assert [row["source"]["name"] for row in left] == [f"Person {number}" for number in (4, 3, 1, 0)]
    assert carol("GET", "/conflicts?cursor=forged").status_code == 400


def test_a_longer_list_asks_no_more_questions(world: World, api: ApiOf) -> None:
    carol, counts = api(world.carol), []
    carol("GET", "/conflicts")
    for size in (1, 20):
        for number in range(size):
            conflicts.declare(world.desk.pk, register.create("person", f"{number} of {size}"), actor=world.alice)
        with CaptureQueriesContext(connection) as queries:
            carol("GET", "/conflicts")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_declining_can_declare_it(world: World, api: ApiOf, bell: Source) -> None:
    alice, claim = api(world.alice), said_by(world, bell)
    held = review.take(world.alice, claim.pk)
    path, other = f"/assignments/{held.pk}/decline", register.create("person", "Mark Osei")
    reason = "conflict_of_interest"
    assert code(alice("POST", path, {"reason": reason, "source": other.pk})) == (400, "source", "not_of_the_claim")
    assert code(alice("POST", path, {"reason": "no_time", "source": bell.pk})) == (400, "source", "not_the_reason")
    assert Assignment.objects.get().state == "active"
    answer = alice("POST", path, {"reason": reason, "source": bell.pk, "note": "My cousin."})
    assert answer.json()["state"] == "declined"
    assert [row["note"] for row in alice("GET", "/conflicts").json()["results"]] == ["My cousin."]


def test_whoever_stands_too_near_settles_nothing(world: World, api: ApiOf, bell: Source) -> None:
    type(world.desk).objects.filter(pk=world.desk.pk).update(second_review_share=1)
    claim = factories.disputed(world, said_by(world, bell))
    conflicts.declare(world.desk.pk, bell, actor=world.carol)
    carol = api(world.carol)
    assert carol("GET", "/adjudications").json()["results"] == []
    body = {"attribution_verdict": "accurate", "veracity_verdict": "true", "note": "So.", "reviews": read(claim)}
    for answer in (
        carol("GET", f"/claims/{claim.pk}/adjudication"),
        carol("POST", f"/claims/{claim.pk}/adjudicate", body),
    ):
        assert code(answer) == (403, "claim", "conflict_of_interest")
    assert api(world.dora)("POST", f"/claims/{claim.pk}/adjudicate", body).status_code == 200


# --- What people say of themselves ------------------------------------------------------------------------------------


def test_people_say_what_they_read_and_know(world: World, api: ApiOf) -> None:
    alice = api(world.alice, "review")
    (mine,) = alice("GET", "/me/memberships").json()["results"]
    assert (mine["role"], mine["capacity"], mine["languages"], mine["topics"]) == ("reviewer", 20, [], [])
    path = f"/me/memberships/{mine['id']}"
    got = alice("GET", path)
    assert got.json() == mine
    assert alice("GET", path, If_None_Match=got["ETag"]).status_code == 304
    sent = {"languages": ["EN", "pt_br"], "topics": ["Bridges", " bridges", "public  health"]}
    changed = alice("PATCH", path, sent | {"role": "admin", "capacity": 99, "desk": 1})
    assert changed.json() == mine | {"languages": ["en", "pt-BR"], "topics": ["bridges", "public health"]}
    assert alice("PATCH", path, {"topics": []}).json()["languages"] == ["en", "pt-BR"]
    row = Membership.objects.get(pk=mine["id"])
    assert (row.topics, row.role, row.capacity) == ([], Role.REVIEWER, 20)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"languages": ["English"]}, "languages"),
        ({"languages": "en"}, "languages"),
        ({"topics": ["x" * 65]}, "topics"),
        ({"topics": [str(number) for number in range(21)]}, "topics"),
        ({"topics": [", ".join(str(number) for number in range(21))]}, "topics"),
        ({"topics": None}, "topics"),
    ],
)
def test_what_cannot_be_kept_is_named(world: World, api: ApiOf, body: dict[str, object], field: str) -> None:
    mine = Membership.objects.get(user=world.alice)
    assert code(api(world.alice)("PATCH", f"/me/memberships/{mine.pk}", body))[:2] == (400, field)
    mine.refresh_from_db()
    assert (mine.languages, mine.topics) == ([], [])


def test_what_an_admin_changed_meanwhile_is_not_written_over(world: World, api: ApiOf) -> None:
    alice = api(world.alice)
    path = f"/me/memberships/{Membership.objects.get(user=world.alice).pk}"
    tag = alice("GET", path).headers["ETag"]
    desks.set_member(world.desk, world.alice, Role.REVIEWER, actor=world.dora, topics=["ferries"])
    late = alice("PATCH", path, {"topics": ["bridges"]}, If_Match=tag)
    assert (late.status_code, late.json()["current"]["topics"]) == (412, ["ferries"])
    again = alice("GET", path).headers["ETag"]
    changed = alice("PATCH", path, {"topics": ["bridges", "ferries"]}, If_Match=again)
    assert (changed.status_code, changed.json()["topics"]) == (200, ["bridges", "ferries"])
    assert changed.headers["ETag"] == alice("GET", path).headers["ETag"]


def test_nobody_changes_another(world: World, api: ApiOf) -> None:
    mine = Membership.objects.get(user=world.alice)
    for person in (world.bob, world.carol, world.dora, world.mallory):
        for method in ("GET", "PATCH"):
            real = api(person)(method, f"/me/memberships/{mine.pk}", {"topics": ["bridges"]})
            absent = api(person)(method, "/me/memberships/999999", {"topics": ["bridges"]})
            assert (real.status_code, real.content) == (404, absent.content)
    ruth = Membership.objects.get(user=world.ruth)
    assert api(world.ruth)("GET", f"/me/memberships/{ruth.pk}").status_code == 200
    assert api(world.ruth)("PATCH", f"/me/memberships/{ruth.pk}", {"topics": ["x"]}).status_code == 403
    assert not Membership.objects.exclude(topics=[]).exists()


# --- Topics -----------------------------------------------------------------------------------------------------------


def test_articles_say_what_they_are_about(world: World, api: ApiOf) -> None:
    carol = api(world.carol)
    made = carol("POST", "/articles", {"text": factories.TEXT, "topics": ["Bridges", "PUBLIC safety"]}).json()
    assert made["topics"] == ["bridges", "public safety"]
    factories.perform()
    claim = Claim.objects.filter(article=made["id"], state="queued")[0]
    assert carol("GET", f"/claims/{claim.pk}").json()["topics"] == ["bridges", "public safety"]
    held = api(world.alice)("POST", f"/claims/{claim.pk}/take").json()
    assert held["claim"]["topics"] == ["bridges", "public safety"]
    assert carol("GET", "/topics").json() == {"topics": ["bridges", "public safety"]}
    changed = carol("PATCH", f"/articles/{made['id']}", {"topics": ["tolls"]})
    assert changed.json()["topics"] == ["tolls"]
    assert carol("PATCH", f"/articles/{made['id']}", {"outlet": "The Post"}).json()["topics"] == ["tolls"]
    assert code(carol("PATCH", f"/articles/{made['id']}", {"topics": ["x" * 65]}))[:2] == (400, "topics")


def test_the_topics_of_a_desk_are_its_own(world: World, api: ApiOf) -> None:
    factories.article(world, topics=("bridges", "tolls"))
    desks.describe_member(Membership.objects.get(user=world.bob).pk, actor=world.bob, topics=["bridges", "ferries"])
    desks.describe_member(Membership.objects.get(user=world.mallory).pk, actor=world.mallory, topics=["valleys"])
    assert api(world.ruth)("GET", "/topics").json()["topics"] == ["bridges", "ferries", "tolls"]
    assert api(world.mallory)("GET", "/topics?desk=valley").json()["topics"] == ["valleys"]
    assert code(api(world.ruth)("GET", "/topics?desk=valley")) == (404, "desk", "absent")
    Membership.objects.filter(user=world.bob).update(active=False)
    assert api(world.ruth)("GET", "/topics?desk=harbour").json()["topics"] == ["bridges", "tolls"]


# --- Away -------------------------------------------------------------------------------------------------------------


def test_people_say_when_they_are_away(world: World, api: ApiOf) -> None:
    desks.set_member(world.elsewhere, world.bob, Role.REVIEWER)
    bob = api(world.bob, "review")
    held = review.take(world.bob, factories.queued_claims(world, 1)[0].pk)
    today = review.database_now().date()
    days = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=3)).isoformat()}
    answer = bob("POST", "/me/away", {**days, "desk": "valley"})
    assert [(row["desk"]["slug"], row["away"]) for row in answer.json()["results"]] == [("valley", days)]
    answer = bob("POST", "/me/away", {**days, "release": True})
    assert [row["away"] for row in answer.json()["results"]] == [days, days]
    assert bob("GET", f"/assignments/{held.pk}").json()["state"] == "released"
    members = api(world.dora)("GET", f"/desks/{world.desk.pk}/members").json()["results"]
    assert {row["username"]: row["away"] for row in members}["bob"] == days
    back = bob("POST", "/me/back", {"desk": "harbour"})
    assert [row["away"] for row in back.json()["results"]] == [None]
    assert code(bob("POST", "/me/back", {"desk": "harbour"})) == (409, "desk", "not_away")
    assert bob("POST", "/me/back", {}).status_code == 200


def test_days_that_were_saved_meanwhile_are_not_replaced_unseen(world: World, api: ApiOf) -> None:
    desks.set_member(world.elsewhere, world.bob, Role.REVIEWER)
    bob = api(world.bob, "review")
    today = review.database_now().date()
    days = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=3)).isoformat()}
    longer = days | {"last_day": (today + timedelta(days=9)).isoformat()}
    seen = bob("GET", "/me/away?desk=valley")
    assert [(row["desk"]["slug"], row["away"]) for row in seen.json()["results"]] == [("valley", None)]
    saved = bob("POST", "/me/away", {**days, "desk": "valley"}, if_match=seen["ETag"])
    assert saved.status_code == 200
    now = bob("GET", "/me/away?desk=valley")
    assert now["ETag"] == saved["ETag"] != seen["ETag"]
    assert bob("GET", "/me/away?desk=valley", if_none_match=now["ETag"]).status_code == 304
    stale = bob("POST", "/me/away", {**longer, "desk": "valley"}, if_match=seen["ETag"])
    assert code(stale) == (412, "away", "changed_meanwhile")
    assert stale.json()["current"] == days
    # Of all desks at once it is the tag of all; without one the days are replaced as before.
    assert code(bob("POST", "/me/away", longer, if_match=now["ETag"])) == (412, "away", "changed_meanwhile")
    assert bob("POST", "/me/away", longer, if_match=bob("GET", "/me/away")["ETag"]).status_code == 200
    assert bob("POST", "/me/away", days).status_code == 200
    assert [row["away"] for row in bob("GET", "/me/away").json()["results"]] == [days, days]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "first_day"),
        ({"first_day": "today", "last_day": "2026-01-01"}, 400, "first_day"),
        ({"first_day": "2026-01-02", "last_day": "2026-01-01"}, 400, "last_day"),
        ({"first_day": "2020-01-01", "last_day": "2020-01-01"}, 400, "last_day"),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, 400, "last_day"),
        ({"first_day": "0001-01-01", "last_day": "9999-12-31"}, 400, "last_day"),
        ({"first_day": "2020-01-01", "last_day": "2020-01-01", "desk": "valley"}, 404, "desk"),
    ],
)
def test_days_that_make_no_sense_are_named(
    world: World, api: ApiOf, body: dict[str, object], status: int, field: str
) -> None:
    assert code(api(world.alice, "review")("POST", "/me/away", body))[:2] == (status, field)
