"""The palette's door: what is found, by whom, and at what price."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.services import finding
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

DOOR = "/desk/find/"


def found(client: Client, typed: str) -> str:
    answer: Any = client.get(DOOR, {"q": typed})
    assert answer.status_code == 200
    page: str = answer.content.decode()
    return page


def test_the_pages_that_a_person_may_open_by_their_names(world: World, as_: SignedIn) -> None:
    reader, editor = found(as_(world.ruth), ""), found(as_(world.carol), "")
    assert 'href="/desk/claims/"' in reader
    assert 'href="/articles/new/"' not in reader
    assert 'href="/desk/held/"' not in reader
    assert 'href="/articles/new/"' in editor
    assert editor.count('href="/desk/claims/"') == 1
    narrowed = found(as_(world.carol), "whose HANDS")
    assert 'href="/desk/held/"' in narrowed
    assert 'href="/desk/due/"' not in narrowed
    assert 'href="/accounts/logout/"' in found(as_(world.ruth), "sign out")
    # By each of its names, that of the main menu too.
    for typed in ("queue", "my desk"):
        assert found(as_(world.alice), typed).count('href="/desk/"') == 1


def test_claims_articles_and_sources_by_the_beginnings_of_words(world: World, as_: SignedIn) -> None:
    (claim,) = factories.queued_claims(world, 1)
    source = register.create("person", "Bridget Stone")
    page = found(as_(world.ruth), "bridg")
    for where in (f"/desk/claims/{claim.pk}/", f"/articles/{claim.article_id}/", f"/sources/{source.pk}/"):
        assert f'href="{where}"' in page
    assert claim.text not in found(as_(world.mallory), "bridg"), "another desk's"
    assert 'role="option"' not in found(as_(world.ruth), "zzzz")


@pytest.mark.parametrize("typed", ["a", "", "&|!", "'; drop", "b:* & !c", "\0bridge", "x" * 500, "(((", "bridge's"])
def test_whatever_is_typed_is_answered(world: World, as_: SignedIn, typed: str) -> None:
    factories.queued_claims(world, 1)
    found(as_(world.ruth), typed)


def test_too_little_is_not_looked_for(db: None) -> None:
    assert finding.beginning_with("a b") is None
    assert finding.beginning_with("& |") is None


def test_the_queries_do_not_depend_on_what_is_found(world: World, as_: SignedIn) -> None:
    client, counts = as_(world.carol), []
    for more in (1, 30):
        factories.queued_claims(world, more)
        found(client, "bridge")
        with CaptureQueriesContext(connection) as queries:
            found(client, "bridge")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_is_found_is_only_text(world: World, as_: SignedIn) -> None:
    register.create("person", "Script <script>alert(1)</script>")
    assert "<script>" not in found(as_(world.ruth), "script")
