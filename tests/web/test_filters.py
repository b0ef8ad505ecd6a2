"""Saved filters on the page of the claims."""

from typing import Any

from claims.models.filters import SavedFilter
from claims.services import filters
from sources import services as register
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

PAGE, SAVE = "/desk/claims/", "/desk/filters/save/"


def test_kept_opened_and_dropped(world: World, as_: SignedIn) -> None:
    bell = register.create("person", "Anna Bell")
    (claim,) = factories.queued_claims(world, 1)
    claim.attributions.get().resolved_sources.create(source=bell, surface="Bell", score=0.9, reason="An alias.")
    alice = as_(world.alice)
    query = "view=board&state=queued&source=Anna+Bell"
    answer = alice.post(SAVE, {"name": "Bell", "query": query, "shared": "on"})
    assert answer.headers["Location"] == f"{PAGE}?{query}"
    kept = SavedFilter.objects.get()
    assert kept.query == f"view=board&state=queued&source={bell.pk}", "by number, which stays when the name does not"
    page: Any = as_(world.bob).get(f"{PAGE}?desk={world.desk.pk}&{kept.query}")
    assert claim.text in page.content.decode()
    assert 'aria-current="true">Bell</a>' in page.content.decode()
    assert "Remove “" not in page.content.decode()
    assert "shared by" in as_(world.carol).get(PAGE).content.decode()
    assert as_(world.bob).post(f"/desk/filters/{kept.pk}/remove/").status_code == 403
    gone = alice.post(f"/desk/filters/{kept.pk}/remove/", {"back": f"{PAGE}?state=queued"})
    assert gone.headers["Location"] == f"{PAGE}?state=queued"
    assert not SavedFilter.objects.exists()


def test_what_cannot_be_kept_is_said(world: World, as_: SignedIn) -> None:
    alice = as_(world.alice)
    for sent in ({"name": "", "query": ""}, {"name": "Lost", "query": "state=lost"}):
        page = alice.post(SAVE, sent, follow=True).content.decode()
        assert "Give it a name, and choose filters" in page
    assert not SavedFilter.objects.exists()
    assert as_(world.ruth).post(SAVE, {"name": "x", "query": "", "shared": "on"}).status_code == 403


def test_a_name_from_outside_is_only_text(world: World, as_: SignedIn) -> None:
    filters.save(world.desk, "<script>alert(1)</script>", "", shared=True, actor=world.alice)
    page = as_(world.carol).get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
