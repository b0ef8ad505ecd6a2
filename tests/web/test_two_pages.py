"""The same thing open on two pages: whoever saves second is shown both versions, and nothing is lost."""

import re
from datetime import timedelta
from html import unescape

from django.test import Client

from claims.models.desks import Membership
from claims.models.events import Event
from claims.models.notifications import NotificationChoice
from claims.rules.notifications import DEFAULTS
from claims.services import desks, notifications, review
from tests.factories import World
from tests.web.conftest import SignedIn
from workbench.accounts.models import User


def seat(world: World, person: User) -> Membership:
    return Membership.objects.get(desk=world.desk, user=person)


def seen(page: str, action: str) -> str:
    """What the form that is sent there remembers of what it showed."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    (value,) = re.findall(r'name="seen" value="([^"]*)"', form)
    return unescape(value)


def page_of(client: Client, where: str) -> str:
    return client.get(where).content.decode()


# --- What somebody reads and knows ------------------------------------------------------------------------------------


def test_what_an_admin_changed_of_me_is_shown_beside_what_i_typed(world: World, as_: SignedIn) -> None:
    alice, mine = as_(world.alice), seat(world, world.alice)
    where = f"/desk/me/{mine.pk}/"
    typed = {"languages": "uk", "topics": "bridges", "seen": seen(page_of(alice, "/desk/me/"), where)}
    desks.set_member(world.desk, world.alice, mine.role, actor=world.dora, languages=["pl"], topics=["bridges"])
    answer = alice.post(where, typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Look at both versions" in page
    assert page.count("Keep theirs") == 1, "the topics are the same"
    assert 'value="uk"' in page
    mine.refresh_from_db()
    assert mine.languages == ["pl"]
    again = typed | {"seen": seen(page, where), "keep_languages": "theirs"}
    assert alice.post(where, again).status_code == 302
    mine.refresh_from_db()
    assert (mine.languages, mine.topics) == (["pl"], ["bridges"])
    assert alice.post(where, again | {"keep_languages": "yours"}).status_code == 302
    mine.refresh_from_db()
    assert mine.languages == ["uk"]


def test_what_was_mistyped_is_corrected_in_the_version_that_was_seen(world: World, as_: SignedIn) -> None:
    alice, mine = as_(world.alice), seat(world, world.alice)
    where = f"/desk/me/{mine.pk}/"
    before = seen(page_of(alice, "/desk/me/"), where)
    desks.describe_member(mine.pk, actor=world.alice, languages=["pl"])
    page = alice.post(where, {"languages": "x" * 40, "topics": "", "seen": before}).content.decode()
    assert seen(page, where) == before
    assert alice.post(where, {"languages": "uk", "topics": "", "seen": before}).status_code == 409


# --- Days away --------------------------------------------------------------------------------------------------------


def days(first: int, last: int) -> dict[str, str]:
    """From so many days from now on."""
    today = review.database_now().date()
    return {
        "first_day": (today + timedelta(days=first)).isoformat(),
        "last_day": (today + timedelta(days=last)).isoformat(),
    }


def test_days_that_were_saved_on_another_page_are_shown_beside_mine(world: World, as_: SignedIn) -> None:
    alice, mine = as_(world.alice), seat(world, world.alice)
    where = f"/desk/me/{mine.pk}/away/"
    before = seen(page_of(alice, "/desk/me/"), where)
    assert alice.post(where, days(3, 5) | {"seen": before}).status_code == 302
    answer = alice.post(where, days(10, 12) | {"seen": before})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Other days were saved" in page
    assert page.count("Keep theirs") == 2
    mine.refresh_from_db()
    assert mine.away is not None
    assert mine.away.first.isoformat() == days(3, 5)["first_day"]
    both = {"keep_first_day": "theirs", "keep_last_day": "yours"}
    assert alice.post(where, days(10, 12) | both | {"seen": seen(page, where)}).status_code == 302
    mine.refresh_from_db()
    assert (mine.away.first.isoformat(), mine.away.last.isoformat()) == (
        days(3, 5)["first_day"],
        days(10, 12)["last_day"],
    )
    assert Event.objects.filter(kind="desk.member_away").count() == 2


def test_whoever_came_back_on_another_page_says_so_again(world: World, as_: SignedIn) -> None:
    alice, mine = as_(world.alice), seat(world, world.alice)
    where = f"/desk/me/{mine.pk}/away/"
    alice.post(where, days(3, 5))
    before = seen(page_of(alice, "/desk/me/"), where)
    review.come_back(world.alice)
    answer = alice.post(where, days(3, 9) | {"seen": before})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Meanwhile you said that you are here" in page
    assert "Keep theirs" not in page
    mine.refresh_from_db()
    assert mine.away is None
    assert alice.post(where, days(3, 9) | {"seen": seen(page, where)}).status_code == 302


def test_back_twice_is_told(world: World, as_: SignedIn) -> None:
    alice, mine = as_(world.alice), seat(world, world.alice)
    alice.post(f"/desk/me/{mine.pk}/away/", days(0, 5))
    assert "come to you again" in alice.post(f"/desk/me/{mine.pk}/back/", follow=True).content.decode()
    assert "You are not away" in alice.post(f"/desk/me/{mine.pk}/back/", follow=True).content.decode()
    assert Event.objects.filter(kind="desk.member_back").count() == 1


# --- How somebody is told ---------------------------------------------------------------------------------------------

CHOICES, CHOOSE = "/notifications/choices/", "/notifications/choices/choose/"


def choices(**changed: object) -> dict[str, object]:
    ways = {kind.value: way.value for kind, way in DEFAULTS.items()}
    return {**ways, "hour": "8", "days": ["1", "2", "3", "4", "5"], "timezone": "UTC", **changed}


def test_what_was_chosen_on_another_page_is_shown_beside_mine(world: World, as_: SignedIn) -> None:
    bob = as_(world.bob)
    before = seen(page_of(bob, CHOICES), CHOOSE)
    assert bob.post(CHOOSE, choices(published="off", days=["6"], seen=before)).status_code == 302
    answer = bob.post(CHOOSE, choices(corrected="here", seen=before))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "You chose otherwise on another page" in page
    shown = page.partition("data-differing")[2].partition('class="ways"')[0]
    assert page.count("Keep theirs") == 3
    for word in ("not at all", "here only", "Saturday", "Monday, Tuesday"):
        assert word in shown, "in the words of the page"
    kept = {"keep_published": "theirs", "keep_corrected": "yours", "keep_days": "theirs"}
    assert bob.post(CHOOSE, choices(corrected="here", seen=seen(page, CHOOSE), **kept)).status_code == 302
    found = dict(NotificationChoice.objects.filter(user=world.bob).values_list("kind", "way"))
    assert (found["published"], found["corrected"]) == ("off", "here")
    assert list(notifications.choices_of(world.bob).digest.days) == [6]


def test_choices_of_one_person_do_not_wait_for_anothers(world: World, as_: SignedIn) -> None:
    bob, alice = as_(world.bob), as_(world.alice)
    before = seen(page_of(bob, CHOICES), CHOOSE)
    alice.post(CHOOSE, choices(published="off"))
    assert bob.post(CHOOSE, choices(seen=before)).status_code == 302
