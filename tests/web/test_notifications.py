"""The bell, the list that it leads to, and the page on which people choose how they are told."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models.claims import Claim
from claims.models.notifications import Digest, Notification, NotificationChoice
from claims.rules.notifications import Kind
from claims.services import desks, notes, notifications, review
from claims.services.notifications import tell
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def given(world: World) -> Claim:
    """A claim that carol gave to bob."""
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    review.reassign(held.pk, world.carol, "bob", reason="She is <b>ill</b>.")
    return claim


def row_of(world: World, kind: str = "assigned") -> Notification:
    return Notification.objects.get(user=world.bob, kind=kind)


def choices(**changed: Any) -> dict[str, Any]:
    return (
        {kind.value: "here" for kind in Kind} | {"hour": "7", "days": ["1", "6"], "timezone": "Europe/Kyiv"} | changed
    )


def test_the_bell_counts_what_is_unread_on_every_page(world: World, as_: SignedIn, given: Claim) -> None:
    for path in ("/desk/", "/articles/", "/verdicts/"):
        assert "2 unread notifications" in as_(world.bob).get(path).content.decode(), path
    notifications.mark_read(world.bob)
    assert "Notifications, none unread" in as_(world.bob).get("/desk/").content.decode()
    assert "unread notification" not in as_().get("/verdicts/").content.decode(), "nobody is told anything"


def writes(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if query["sql"].startswith('UPDATE "claims_notification"')]


@pytest.mark.parametrize("name", ["claim", "notes"])
def test_whoever_opens_the_claim_has_read_what_they_were_told_of_it(
    world: World, as_: SignedIn, given: Claim, name: str
) -> None:
    """Whichever way they came; and what they were told of anything else stays."""
    bob, where = as_(world.bob), reverse(f"web:{name}", args=[given.pk])
    for looked in (bob.head(where), bob.get(where, headers={"Sec-Purpose": "prefetch;prerender"})):
        assert (looked.status_code, row_of(world).read_at) == (200, None)
    as_(world.alice).get(where)
    assert row_of(world).read_at is None
    costs = []
    for written in (1, 0):
        with CaptureQueriesContext(connection) as queries:
            page = bob.get(where).content.decode()
        costs.append(len(queries))
        assert len(writes(queries)) == written
        assert "1 unread notification" in page, "that bob came to the desk is about no claim"
    assert costs[0] == costs[1] + 2, "what of it they can see, and that they have read it"
    assert row_of(world).read_at is not None


def test_what_a_review_hides_is_not_read_by_opening_the_claim(world: World, as_: SignedIn) -> None:
    desks.change(world.desk, actor=world.dora, second_review_share=1.0)
    (claim,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    with transaction.atomic():
        tell([world.bob], Kind.ADJUDICATED, desk_id=world.desk.pk, claim=claim)
    as_(world.bob).get(f"/desk/claims/{claim.pk}/")
    assert row_of(world, "adjudicated").read_at is None


@transaction.atomic
def _many(world: World) -> None:
    for claim in factories.queued_claims(world, 12):
        tell([world.bob], Kind.PUBLISHED, desk_id=world.desk.pk, claim=claim)


def test_the_bell_stops_counting_and_costs_one_question(world: World, as_: SignedIn) -> None:
    client, counts = as_(world.bob), []
    for more in (False, True):
        if more:
            _many(world)
        client.get("/notifications/bell/")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/notifications/bell/").content.decode()
        counts.append(len(queries))
    assert "9+ unread notifications" in page
    assert counts[0] == counts[1]
    assert len([query for query in queries if "claims_notification" in query["sql"]]) == 1


def test_the_list_says_what_happened_and_leads_there(world: World, as_: SignedIn, given: Claim) -> None:
    bob = as_(world.bob)
    page = bob.get("/notifications/").content.decode()
    assert "Carol gave you a claim to review." in page
    assert "You are now a member of the desk “Harbour Desk”." in page
    assert "She is &lt;b&gt;ill&lt;/b&gt;." in page
    assert page.count("Mark as read") == 2
    answer = bob.post(f"/notifications/{row_of(world).pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/claims/{given.pk}/")
    assert list(notifications.unread(world.bob).values_list("kind", flat=True)) == ["added"]
    bob.post("/notifications/read/")
    assert not notifications.unread(world.bob).exists()
    assert "Mark as read" not in bob.get("/notifications/").content.decode()


def test_one_is_marked_and_nonsense_is_refused(world: World, as_: SignedIn, given: Claim) -> None:
    bob = as_(world.bob)
    bob.post("/notifications/read/", {"notification": row_of(world).pk})
    assert list(notifications.unread(world.bob).values_list("kind", flat=True)) == ["added"]
    assert bob.post("/notifications/read/", {"notification": "all of them"}).status_code == 400


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words_a_name_and_a_page(world: World, as_: SignedIn, given: Claim, kind: Kind) -> None:
    with transaction.atomic():
        tell([world.bob], kind, desk_id=world.desk.pk, claim=given)
    row = Notification.objects.select_related("actor", "desk").filter(user=world.bob, kind=kind).order_by("-pk")[0]
    assert "%(" not in notifications.sentence(row)
    assert str(notifications.NAMES[kind])
    assert as_(world.dora).get(notifications.page(row), follow=True).status_code == 200


def test_somebody_elses_is_not_there(world: World, as_: SignedIn, given: Claim) -> None:
    assert as_(world.alice).post(f"/notifications/{row_of(world).pk}/").status_code == 404
    assert row_of(world).read_at is None


def test_what_a_note_tells_waits_for_the_veil(as_: SignedIn, db: None) -> None:
    world = factories.world(second_review_share=1.0)
    claim = factories.queued_claims(world, 1)[0]
    held = review.take(world.alice, claim.pk)
    notes.add(claim.pk, "@bob see this", actor=world.alice)
    row = row_of(world, "mentioned")
    bob = as_(world.bob)
    review.submit(held.pk, world.alice, factories.answers())
    assert "mentioned you" not in bob.get("/notifications/").content.decode()
    assert "1 unread notification" in bob.get("/desk/").content.decode()
    assert bob.post(f"/notifications/{row.pk}/").status_code == 404


def test_people_choose_how_they_are_told(world: World, as_: SignedIn) -> None:
    bob = as_(world.bob)
    assert bob.get("/notifications/choices/").status_code == 200
    answer = bob.post("/notifications/choices/choose/", choices(published="off", assigned="at_once"))
    assert answer.status_code == 302
    found = dict(NotificationChoice.objects.filter(user=world.bob).values_list("kind", "way"))
    assert (found["published"], found["assigned"], found["corrected"]) == ("off", "at_once", "here")
    digest = Digest.objects.get(user=world.bob)
    assert (digest.hour, digest.days, digest.timezone) == (7, [1, 6], "Europe/Kyiv")
    page = bob.get("/notifications/choices/").content.decode()
    assert '<option value="off" selected' in page
    bob.post("/notifications/choices/choose/", choices(hour="22"))
    assert Digest.objects.get(user=world.bob).hour == 22


@pytest.mark.parametrize(
    "changed", [{"hour": "24"}, {"days": []}, {"days": ["8"]}, {"timezone": "Mars/Olympus"}, {"published": "by pigeon"}]
)
def test_choices_that_cannot_be_are_told(world: World, as_: SignedIn, changed: dict[str, Any]) -> None:
    assert as_(world.bob).post("/notifications/choices/choose/", choices(**changed)).status_code == 422
    assert not Digest.objects.exists()
    assert not NotificationChoice.objects.exists()
