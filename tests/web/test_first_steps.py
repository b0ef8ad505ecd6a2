"""The way to the first verdict: what is done is ticked, what is next is named, and nobody is told what others do."""

import re

import pytest
from django.test import Client

from claims.models.desks import Role
from claims.services import desks, invitations, publication, review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

HEADING = "The way to your first verdict"


def section(client: Client, path: str) -> str:
    page: str = client.get(path).content.decode()
    return page.split("first-steps", 1)[1].split("</section>")[0] if HEADING in page else ""


def steps(client: Client, path: str = "/articles/") -> dict[str, str]:
    """Each step with "done", "next" or nothing."""
    found = re.findall(r"<li class=\"(.*?)\".*?<(?:a|strong)[^>]*>(.*?)</", section(client, path), re.DOTALL)
    return {label.strip(): classes.removeprefix("is-") for classes, label in found}


def next_of(client: Client, path: str = "/articles/") -> str:
    return next(label for label, where in steps(client, path).items() if where == "next")


@pytest.mark.django_db
def test_staff_of_an_empty_installation_are_led_to_a_desk(as_: SignedIn) -> None:
    staff = as_(factories.user("ada", is_staff=True))
    assert next_of(staff, "/") == next_of(staff, "/desks/") == "Make a desk"
    assert 'href="/desks/"' in section(staff, "/")
    assert re.search(r"<details[^>]* open", staff.get("/desks/").content.decode()), "the form for a desk is folded away"
    assert section(as_(factories.user("newcomer")), "/") == ""
    assert section(as_(), "/") == ""


def test_each_step_is_ticked_when_it_is_done_and_the_way_is_gone_at_its_end(world: World, as_: SignedIn) -> None:
    client = as_(world.dora)
    assert steps(client) == {
        "Make a desk": "done",
        "Invite the others": "done",
        "Add an article": "next",
        "Take a claim": "",
        "Give both verdicts": "",
        "Publish it": "",
    }
    claim = factories.queued_claims(world, 1)[0]
    assert next_of(client) == next_of(client, "/desk/") == "Take a claim"
    held = review.take(world.alice, claim.pk)
    assert next_of(client) == "Give both verdicts"
    review.submit(held.pk, world.alice, factories.answers())
    assert next_of(client) == next_of(client, "/publish/") == "Publish it"
    publication.publish(claim.pk, actor=world.carol)
    for path in ("/articles/", "/desk/", "/publish/", "/desks/harbour/"):
        assert HEADING not in client.get(path).content.decode(), path


def test_whoever_is_alone_at_a_desk_is_led_to_the_invitations(world: World, as_: SignedIn) -> None:
    client = as_(world.mallory)
    assert next_of(client) == "Invite the others"
    assert 'href="/desks/valley/invitations/"' in section(client, "/desk/")
    invitations.invite(world.elsewhere, "new@example.com", Role.EDITOR, actor=world.mallory)
    assert next_of(client) == "Add an article"


def test_each_role_sees_its_own_steps_until_they_are_done(world: World, as_: SignedIn) -> None:
    alice, carol, ruth = as_(world.alice), as_(world.carol), as_(world.ruth)
    of_reviewers = ["Add an article", "Take a claim", "Give both verdicts"]
    assert list(steps(alice)) == of_reviewers
    assert list(steps(carol)) == [*of_reviewers, "Publish it"]
    assert section(ruth, "/articles/") == "", "a reader can do none of them"
    assert 'href="/articles/new/"' in section(alice, "/articles/")
    held = review.take(world.alice, factories.queued_claims(world, 1)[0].pk)
    assert next_of(alice) == "Give both verdicts"
    review.submit(held.pk, world.alice, factories.answers())
    assert section(alice, "/desk/") == ""
    assert next_of(carol) == "Publish it"


def test_whose_own_review_is_in_is_not_sent_for_it_again(world: World, as_: SignedIn) -> None:
    desks.change(world.desk, actor=world.dora, second_review_priority=0)
    alice, bob, carol = as_(world.alice), as_(world.bob), as_(world.carol)
    claim = factories.queued_claims(world, 1)[0]
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    assert section(alice, "/desk/") == "", "a second review is to come, by somebody else"
    assert next_of(bob) == next_of(carol) == "Give both verdicts", "nobody else is told of it"


def test_what_another_desk_published_ends_nobodys_way(world: World, as_: SignedIn) -> None:
    factories.published(world)
    assert HEADING in as_(world.mallory).get("/desk/").content.decode()
    assert HEADING not in as_(world.carol).get("/desk/").content.decode()
