"""The pages of a desk: which there are, its people, and what was changed."""

from typing import Any

import pytest
from django.test import Client

from claims.models.claims import Claim
from claims.models.desks import Desk, Membership, Role
from claims.services import desks, review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn
from workbench.accounts.models import User


@pytest.fixture
def dora(world: World, as_: SignedIn) -> Client:
    return as_(world.dora)


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return str(answer.content.decode())


# --- Which there are --------------------------------------------------------------------------------------------------


def test_a_person_sees_the_desks_of_which_they_are_a_member(world: World, as_: SignedIn) -> None:
    desks.set_member(world.elsewhere, world.bob, Role.READER)
    page = text(as_(world.bob).get("/desks/"))
    assert "Harbour Desk" in page
    assert "Valley Desk" in page
    page = text(as_(world.alice).get("/desks/"))
    assert "Valley Desk" not in page
    assert 'name="slug"' not in page
    assert "You are not at any desk" in text(as_(factories.user("stranger")).get("/desks/"))


def test_staff_see_all_and_make_one_whose_admin_they_are(world: World, as_: SignedIn) -> None:
    boss = as_(factories.user("boss", is_staff=True))
    page = text(boss.get("/desks/"))
    assert page.count("you are not a member") == 2
    answer = boss.post("/desks/", {"name": "Coast Desk", "slug": "coast"}, follow=True)
    assert "you are its admin" in text(answer)
    coast = Desk.objects.get(slug="coast")
    assert [member.role for member in coast.memberships.all()] == [Role.ADMIN]
    page = text(boss.post("/desks/", {"name": "Another", "slug": "coast"}), 422)
    assert "Another desk has this short name" in page
    page = text(boss.post("/desks/", {"name": "Another", "slug": "Coast"}), 422)
    assert "Write the short name in small letters" in page
    assert boss.get("/desks/harbour/").status_code == 404


def test_lists_that_mix_desks_name_them(world: World, as_: SignedIn) -> None:
    desks.set_member(world.elsewhere, world.carol, Role.EDITOR)
    factories.reviewed(world)
    factories.queued_claims(world, 1, desk=world.elsewhere)
    held = factories.queued_claims(world, 1)[0]
    review.take(world.alice, held.pk)
    for path, desk in (
        ("/desk/", "Valley Desk"),
        ("/articles/", "Valley Desk"),
        ("/desk/held/", "Harbour Desk"),
        ("/publish/", "Harbour Desk"),
    ):
        assert f"<bdi>{desk}</bdi>" in text(as_(world.carol).get(path)), path
        assert "Harbour Desk" not in text(as_(world.dora).get(path)), f"{path}: at one desk there is nothing to tell"


# --- One of them ------------------------------------------------------------------------------------------------------


def test_every_member_reads_who_is_there_and_what_was_decided(world: World, as_: SignedIn, dora: Client) -> None:
    desks.change(world.desk, actor=world.dora, lease_minutes=45, gate_requires=["sources"], lead=world.carol)
    desks.set_member(world.desk, world.bob, Role.SENIOR_REVIEWER, actor=world.dora)
    desks.remove_member(world.desk, world.alice, actor=world.dora)
    page = text(as_(world.ruth).get("/desks/harbour/"))
    assert "two independent sources" in page
    assert "senior reviewer" in page
    people = page[page.index('id="people-heading"') :]
    assert "Bob" in people
    assert "Alice" not in people
    history = page[page.index('id="history-heading"') : page.index('id="people-heading"')]
    assert history.index("Member left") < history.index("Member changed") < history.index("Policy changed")
    assert "Desk made" in history
    assert "<bdi>—</bdi> → <bdi>Carol</bdi>" in history
    assert "reviewer → senior reviewer" in history
    for told in ("Minutes that a claim is held", "60", "45"):
        assert told in history
    assert "/desks/harbour/members/" not in page
    assert "/desks/harbour/members/" in text(dora.get("/desks/harbour/"))


def test_the_history_has_pages(world: World, dora: Client) -> None:
    for minutes in range(1, 56):
        desks.change(world.desk, actor=world.dora, lease_minutes=minutes)
    page = text(dora.get("/desks/harbour/"))
    assert page.count("Policy changed") == 50
    assert "?before=" in page


# --- Its people -------------------------------------------------------------------------------------------------------

SKILLS = {"role": "editor", "capacity": "7", "languages": "en, uk", "topics": "bridges", "version": "1"}


def test_an_admin_changes_what_somebody_may_do_and_knows(world: World, dora: Client) -> None:
    assert "alice" in text(dora.get("/desks/harbour/members/"))
    answer = dora.post(f"/desks/harbour/members/{world.alice.pk}/", SKILLS, follow=True)
    assert "Saved: Alice." in text(answer)
    member = Membership.objects.get(user=world.alice)
    assert (member.role, member.capacity, member.languages, member.topics) == ("editor", 7, ["en", "uk"], ["bridges"])


def test_whoever_is_removed_is_gone_until_they_are_taken_back(world: World, as_: SignedIn, dora: Client) -> None:
    factories.queued_claims(world, 1)
    claim = factories.taken(world.alice).claim
    answer = dora.post(f"/desks/harbour/members/{world.alice.pk}/remove/", follow=True)
    assert "Alice is no longer a member" in text(answer)
    assert Claim.objects.get(pk=claim.pk).state == "queued"
    assert as_(world.alice).get("/desks/harbour/").status_code == 404
    assert "Take back" in text(dora.get("/desks/harbour/members/"))
    dora.post(f"/desks/harbour/members/{world.alice.pk}/", SKILLS | {"version": "2"})
    assert as_(world.alice).get("/desks/harbour/").status_code == 200


def test_two_admins_who_save_one_member_at_once_lose_nothing(world: World, dora: Client) -> None:
    alice = f"/desks/harbour/members/{world.alice.pk}/"
    desks.set_member(world.desk, world.alice, Role.REVIEWER, actor=world.carol, capacity=9, languages=["pl"])
    page = text(dora.post(alice, SKILLS), 409)
    assert "Somebody changed this member" in page
    assert page.count("Keep theirs") == page.count("Keep yours, as it stands below") == 4
    assert page.count('name="version" value="2"') == 1
    stored = Membership.objects.get(user=world.alice)
    assert (stored.role, stored.capacity, stored.languages) == ("reviewer", 9, ["pl"])
    chosen = SKILLS | {"version": "2", "keep_capacity": "theirs", "keep_languages": "theirs", "keep_role": "yours"}
    assert dora.post(alice, chosen).status_code == 302
    stored.refresh_from_db()
    assert (stored.role, stored.capacity, stored.languages, stored.topics) == ("editor", 9, ["pl"], ["bridges"])


def test_what_was_wrong_is_corrected_in_the_version_that_was_seen(world: World, dora: Client) -> None:
    """Else whoever mistyped would, without a word, save over what somebody else saved meanwhile."""
    desks.set_member(world.desk, world.alice, Role.REVIEWER, actor=world.carol, capacity=9)
    page = text(dora.post(f"/desks/harbour/members/{world.alice.pk}/", SKILLS | {"capacity": "0"}), 422)
    assert 'name="version" value="2"' not in page
    assert "Keep theirs" not in page


def test_the_last_admin_stays(world: World, dora: Client) -> None:
    page = text(dora.post(f"/desks/harbour/members/{world.dora.pk}/", SKILLS), 409)
    assert "last admin" in page
    assert "last admin" in text(dora.post(f"/desks/harbour/members/{world.dora.pk}/remove/", follow=True))
    assert desks.role_at(world.desk.pk, world.dora) is Role.ADMIN


@pytest.mark.parametrize("change", [{"role": "emperor"}, {"capacity": "0"}, {"topics": "x" * 65}])
def test_what_makes_no_member_is_said_beside_its_field(world: World, dora: Client, change: dict[str, str]) -> None:
    page = text(dora.post(f"/desks/harbour/members/{world.alice.pk}/", SKILLS | change), 422)
    assert 'class="errorlist"' in page
    assert desks.role_at(world.desk.pk, world.alice) is Role.REVIEWER


def test_whoever_never_was_asked_is_not_added(world: World, dora: Client) -> None:
    for number in (world.mallory.pk, 999_999_999):
        assert dora.post(f"/desks/harbour/members/{number}/", SKILLS).status_code == 404
        assert dora.post(f"/desks/harbour/members/{number}/remove/").status_code == 404
    assert desks.role_at(world.desk.pk, world.mallory) is None


def test_an_account_that_is_switched_off_stays_in_the_list(world: World, dora: Client) -> None:
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    assert "bob" in text(dora.get("/desks/harbour/members/"))
