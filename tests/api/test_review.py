"""The reviewer's verbs over REST: each claim goes to one person, blind, and late work is kept."""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models.functions import Now

from claims.models.review import Assignment
from claims.rules.workflow import ReopenReason
from claims.services import evidence, publication, review
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.concurrency import at_once
from tests.factories import World
from workbench.accounts import tokens

REVIEW = {
    "attribution_verdict": "accurate",
    "veracity_verdict": "false",
    "rationale": "The report says otherwise.",
    "evidence": [{"url": "https://example.org/report", "relation": "refutes", "note": "Page 4."}],
}


def test_next_hands_out_the_claim_with_its_words(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    answer = api(world.alice, "review")("POST", "/queue/next")
    assert answer.status_code == 200
    assignment = answer.json()
    assert assignment["state"] == "active"
    assert assignment["claim"]["state"] == "assigned"
    assert assignment["claim"]["attributions"][0]["source"][0]["text"] == "Speaker 0"
    assert api(world.bob)("POST", "/queue/next").status_code == 204


def test_the_teammates_assignment_is_not_mine(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    bob = api(world.bob)
    assert bob("GET", f"/assignments/{held.pk}").status_code == 404
    for verb, body in (("release", {}), ("decline", {"reason": "other"}), ("submit", REVIEW)):
        assert bob("POST", f"/assignments/{held.pk}/{verb}", body).status_code == 404
    held.refresh_from_db()
    assert held.state == "active"


def test_who_reads_or_is_elsewhere_gets_nothing(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    refused = api(world.ruth)("POST", "/queue/next")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "not_a_reviewer")
    assert api(world.mallory)("POST", "/queue/next").status_code == 204


def test_one_claim_can_be_taken_by_name(world: World, api: ApiOf) -> None:
    claim = factories.queued_claims(world, 2)[1]
    assert api(world.alice)("POST", f"/claims/{claim.pk}/take").json()["claim"]["id"] == claim.pk
    late = api(world.bob)("POST", f"/claims/{claim.pk}/take")
    assert (late.status_code, late.json()["holder"]) == (409, "Alice")


def test_capacity_is_told(world: World, api: ApiOf) -> None:
    world.alice.memberships.update(capacity=1)
    factories.queued_claims(world, 2)
    alice = api(world.alice)
    assert alice("POST", "/queue/next").status_code == 200
    full = alice("POST", "/queue/next")
    assert (full.status_code, full.json()["capacity"]) == (409, 1)


def test_release_and_decline_give_it_back(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    alice = api(world.alice)
    first = alice("POST", "/queue/next").json()["id"]
    assert alice("POST", f"/assignments/{first}/release", {"reason": "Lunch."}).json()["state"] == "released"
    second = alice("POST", "/queue/next").json()["id"]
    assert alice("POST", f"/assignments/{second}/decline", {"reason": "nonsense"}).status_code == 400
    declined = alice("POST", f"/assignments/{second}/decline", {"reason": "conflict_of_interest"})
    assert declined.json()["state"] == "declined"
    assert alice("POST", "/queue/next").status_code == 204
    assert api(world.bob)("POST", "/queue/next").status_code == 200
    assert [row["id"] for row in alice("GET", "/assignments").json()["results"]] == [second, first]
    assert [row["id"] for row in alice("GET", "/assignments?state=declined").json()["results"]] == [second]


def test_a_draft_is_kept_and_extends_the_time(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    Assignment.objects.filter(pk=held.pk).update(lease_until=Now() + timedelta(minutes=1))
    held.refresh_from_db()
    alice = api(world.alice)
    kept = alice("PUT", f"/assignments/{held.pk}/draft", {"rationale": "So far.", "evidence": REVIEW["evidence"]})
    assert kept.status_code == 200
    assert kept.json()["draft"]["rationale"] == "So far."
    assert kept.json()["lease_until"] > held.lease_until.isoformat()
    assert alice("GET", f"/assignments/{held.pk}").json()["draft"] == kept.json()["draft"]


def test_submitting_late_names_the_holder_and_keeps_the_work(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    Assignment.objects.filter(pk=held.pk).update(lease_until=Now() - timedelta(hours=1))
    assert review.expire() == 1
    factories.taken(world.bob)
    alice = api(world.alice)
    late = alice("POST", f"/assignments/{held.pk}/submit", REVIEW)
    assert (late.status_code, late.json()["holder"]) == (409, "Bob")
    assert late.json()["lease_until"]
    assert alice("GET", f"/assignments/{held.pk}").json()["draft"]["rationale"] == REVIEW["rationale"]


def test_submitting_twice_is_refused(world: World, api: ApiOf) -> None:
    factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    alice = api(world.alice)
    done = alice("POST", f"/assignments/{held.pk}/submit", REVIEW)
    assert done.json()["claim"]["state"] == "decided"
    assert done.json()["verdict"]["veracity"]["key"] == "false"
    assert alice("POST", f"/assignments/{held.pk}/submit", REVIEW).status_code == 409


def test_the_next_reviewer_is_blind(world: World, api: ApiOf) -> None:
    """What alice gathered and gave up does not sway bob; once he decided, everybody sees all of it."""
    (claim,) = factories.queued_claims(world, 1)
    held = factories.taken(world.alice)
    claim.refresh_from_db()
    evidence.add(claim, [factories.piece(9)], actor=world.alice)
    review.release(held.pk, world.alice)
    factories.taken(world.bob)

    def seen(caller: Api) -> tuple[int, bool]:
        found = caller("GET", f"/claims/{claim.pk}").json()
        events = caller("GET", f"/claims/{claim.pk}/events").json()["results"]
        return len(found["evidence"]), any("records9" in str(event["data"]) for event in events)

    assert seen(api(world.bob)) == (0, False)
    assert seen(api(world.alice)) == (1, True)
    bobs = Assignment.objects.get(reviewer=world.bob)
    assert api(world.bob)("POST", f"/assignments/{bobs.pk}/submit", REVIEW).status_code == 200
    assert seen(api(world.bob)) == (2, True)
    assert seen(api(world.ruth)) == (2, True)


def test_a_reopened_claim_shows_only_what_was_public(world: World, api: ApiOf) -> None:
    step = factories.published(world)
    publication.reopen(step.claim.pk, ReopenReason.CHALLENGE, actor=world.carol)
    claim = step.claim
    claim.refresh_from_db()
    review.take(world.bob, claim.pk)
    found = api(world.bob)("GET", f"/claims/{claim.pk}").json()
    assert found["verdict"]["id"] == step.verdict_id
    assert len(found["evidence"]) == 2
    assert found["round"] == 2


@pytest.mark.django_db(transaction=True)
def test_32_at_once_never_get_the_same_claim() -> None:
    world = factories.world()
    factories.queued_claims(world, 40)
    people = [world.alice, world.bob, world.carol, world.dora]
    for person in people:
        person.memberships.update(capacity=100)
    secrets = [tokens.draw(people[n % 4], f"test {n}", ["review"]) for n in range(32)]
    answers = at_once([partial(Api(secret), "POST", "/queue/next") for secret in secrets])
    assert [answer.status_code for answer in answers] == [200] * 32
    assert len({answer.json()["claim"]["id"] for answer in answers}) == 32
    assert Assignment.objects.filter(state="active").count() == 32
