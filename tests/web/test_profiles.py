"""The page of a source: for members with all that their desks have, for everybody with what was published."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn
from tests.web.test_agreement import Shapes


@pytest.fixture
def bell(world: World) -> Source:
    """Three statements: one published, one decided, one in the queue."""
    bell = register.create("person", "Anna Bell")
    claims = factories.queued_claims(world, 3)
    for claim in claims:
        claim.attributions.get().resolved_sources.create(
            source=bell, surface="Bell", score=0.9, reason="An alias.", confirmed_by=world.bob
        )
    factories.published(world, factories.reviewed(world, claim=claims[0], veracity_verdict="mixture"))
    factories.reviewed(world, claim=claims[1], veracity_verdict="misleading")
    return bell


def page(client: Client, source: Source, status: int = 200) -> str:
    answer = client.get(f"/sources/{source.pk}/")
    assert answer.status_code == status
    return answer.content.decode()


def test_members_see_all_and_others_what_was_published(world: World, as_: SignedIn, bell: Source) -> None:
    inside = page(as_(world.ruth), bell)
    assert "2 of 3 claims that it made are decided" in inside
    assert "Misleading" in inside
    assert inside.count('<a class="row-title" href="/desk/claims/') == 3
    stranger = factories.user("stranger")
    for client in (as_(), as_(stranger), as_(world.mallory)):
        outside = page(client, bell)
        assert "1 of 1 claim that it made is decided" in outside
        assert "1 of 1" in outside
        assert "Misleading" not in outside
        assert 'class="row-title" href="/desk/claims/' not in outside
        assert outside.count('class="row-title"') == 1
    assert "Merges" not in page(as_(), bell)


def test_who_was_never_published_is_absent_for_others(world: World, as_: SignedIn) -> None:
    silent = register.create("person", "Mark Osei")
    page(as_(world.ruth), silent)
    for client in (as_(), as_(factories.user("stranger"))):
        page(client, silent, 404)
        assert client.get("/sources/999999999/").status_code == 404


def test_others_are_led_from_what_was_merged_to_what_readers_see(world: World, as_: SignedIn, bell: Source) -> None:
    double = register.create("person", "A. Bell")
    unheard, kept = register.create("person", "M. Osei"), register.create("person", "Mark Osei")
    register.merge(unheard, kept, by=world.dora, reason="The same.")
    page(as_(), unheard, 404)
    register.merge(double, bell, by=world.dora, reason="The same.")
    answer = as_().get(f"/sources/{double.pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sources/{bell.pk}/")
    assert "Merged; readers see" in page(as_(world.ruth), double)


def test_the_graph_of_relations_has_links_and_a_table(world: World, as_: SignedIn, bell: Source) -> None:
    city, office = register.create("government", "<b>Riverton"), register.create("office", "Press office")
    register.relate(bell, "holds_office", city)
    register.relate(office, "speaks_for", bell)
    text = page(as_(world.ruth), bell)
    shapes = Shapes(text).found
    nodes = [about.get("xlink:href") for tag, about in shapes if "node" in (about.get("class") or "").split()]
    assert nodes == [f"/sources/{office.pk}/", None, f"/sources/{city.pk}/"]
    assert len([about for tag, about in shapes if tag == "path" and "edge " in (about.get("class") or "")]) == 2
    relations = [about["xlink:href"] for tag, about in shapes if "data-from" in about]
    assert len(relations) == 2
    assert all(f'<tr id="{str(href)[1:]}">' in text for href in relations), "a line leads to its row in the table"
    assert "&lt;b&gt;Riverton" in text
    assert "<b>Riverton" not in text
    assert not [about for _, about in shapes if "style" in about]
    assert "Press office" not in page(as_(), bell), "nothing of it was published"


def test_the_same_questions_for_many_neighbours(world: World, as_: SignedIn, bell: Source) -> None:
    for client in (as_(world.ruth), as_()):
        counts = []
        for size in (1, 20):
            for number in range(size):
                register.relate(bell, "part_of", register.create("organisation", f"O{number} {size} {id(client)}"))
            page(client, bell)
            with CaptureQueriesContext(connection) as queries:
                page(client, bell)
            counts.append(len(queries))
        assert counts[0] == counts[1]
