"""The review's form on two pages at once: the second one sees both versions and chooses, with scripts or without."""

import re
from typing import Any

import pytest
from django.test import Client

from claims.models.claims import Claim
from claims.models.drafts import Draft
from claims.models.review import Assignment, Review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn
from tests.web.test_review import answers


@pytest.fixture
def held(world: World) -> Assignment:
    factories.queued_claims(world, 1)
    return factories.taken(world.alice)


@pytest.fixture
def alice(world: World, as_: SignedIn) -> Client:
    return as_(world.alice)


def page_of(held: Assignment) -> str:
    return f"/desk/claims/{held.claim_id}/"


def opened(client: Client, held: Assignment) -> dict[str, str]:
    """What an open page sends along with whatever is typed on it."""
    page = client.get(page_of(held)).content.decode()
    found = re.findall(r'name="(draft_version|draft_page)"[^>]*?value="([^"]*)"', page)
    assert {name for name, _ in found} == {"draft_version", "draft_page"}
    return dict(found)


def types(client: Client, held: Assignment, page: dict[str, str], **typed: Any) -> Any:
    return client.post(f"{page_of(held)}draft/", page | typed, headers={"HX-Request": "true"})


def test_each_page_names_itself_and_the_version_that_it_shows(alice: Client, held: Assignment) -> None:
    left, right = opened(alice, held), opened(alice, held)
    assert left["draft_version"] == right["draft_version"] == "0"
    assert left["draft_page"] != right["draft_page"]
    saved = types(alice, held, left, rationale="One").content.decode()
    assert re.search(r'id="draft-version"[^>]*value="1"[^>]*hx-swap-oob="true"', saved)
    assert opened(alice, held)["draft_version"] == "1"


def test_the_second_page_sees_both_versions_field_by_field(alice: Client, held: Assignment) -> None:
    left, right = opened(alice, held), opened(alice, held)
    types(alice, held, left, rationale="Of the left page", veracity_verdict="false", evidence_note="Same")
    answer = types(
        alice, held, right, rationale="Of the <right> page", veracity_verdict="mostly_true", evidence_note="Same"
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("Of the left page", "Of the &lt;right&gt; page", "False", "Mostly true"):
        assert words in page, words
    assert re.search(r'name="draft_settled"\s+value="1"', page)
    assert set(re.findall(r'name="(keep_\w+)"', page)) == {"keep_rationale", "keep_veracity_verdict"}
    assert Draft.objects.get().body["rationale"] == "Of the left page"


def test_what_is_chosen_is_saved(alice: Client, held: Assignment) -> None:
    left, right = opened(alice, held), opened(alice, held)
    types(alice, held, left, rationale="Of the left page", veracity_rationale="Theirs")
    types(alice, held, right, rationale="Of the right page", veracity_rationale="Mine")
    chosen = {"draft_settled": "1", "keep_rationale": "theirs", "keep_veracity_rationale": "yours"}
    answer = types(alice, held, right, rationale="Of the right page", veracity_rationale="Mine", **chosen)
    assert "Draft saved" in answer.content.decode()
    assert Draft.objects.get().body == {"rationale": "Of the left page", "veracity_rationale": "Mine"}
    # Now the left page is the one that has to look.
    assert types(alice, held, left, rationale="More").status_code == 409


def test_a_choice_made_before_a_third_version_is_asked_for_again(alice: Client, held: Assignment) -> None:
    left, right = opened(alice, held), opened(alice, held)
    types(alice, held, left, rationale="One")
    types(alice, held, left, rationale="Two")
    answer = types(alice, held, right, rationale="Mine", draft_settled="1", keep_rationale="yours")
    assert answer.status_code == 409
    assert "Two" in answer.content.decode()


def test_submitting_from_the_older_page_warns_without_scripts_too(alice: Client, held: Assignment) -> None:
    left, right = opened(alice, held), opened(alice, held)
    types(alice, held, left, rationale="Of the left page")
    where = f"{page_of(held)}submit/"
    refused = alice.post(where, answers(rationale="Of the right page") | right)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Two versions of your draft" in page
    assert "Of the left page" in page
    assert ">\nOf the right page</textarea>" in page
    assert not Review.objects.exists()
    chosen = answers(rationale="Of the right page") | right | {"draft_settled": "1", "keep_rationale": "theirs"}
    assert alice.post(where, chosen).status_code == 302
    assert Review.objects.get().rationale == "Of the left page"


def test_evidence_is_added_although_another_page_typed_and_the_next_save_says_so(
    alice: Client, held: Assignment
) -> None:
    left, right = opened(alice, held), opened(alice, held)
    types(alice, held, left, rationale="Of the left page")
    part = alice.post(f"{page_of(held)}evidence/", answers() | right, headers={"HX-Request": "true"}).content.decode()
    assert "https://records.example/report" in part
    assert "draft-version" not in part
    assert Draft.objects.get().body == {"rationale": "Of the left page"}
    assert types(alice, held, right, rationale="Of the right page").status_code == 409


def test_adding_evidence_tells_the_page_its_new_version(alice: Client, held: Assignment) -> None:
    page = opened(alice, held)
    part = alice.post(f"{page_of(held)}evidence/", answers() | page, headers={"HX-Request": "true"}).content.decode()
    assert re.search(r'id="draft-version"[^>]*value="1"[^>]*hx-swap-oob="true"', part)


@pytest.mark.parametrize("version", ["-1", "x", "9" * 40])
def test_a_forged_version_is_refused(alice: Client, held: Assignment, version: str) -> None:
    assert types(alice, held, {"draft_version": version}, rationale="x").status_code == 400


def test_another_persons_draft_is_never_shown(world: World, alice: Client, as_: SignedIn, held: Assignment) -> None:
    types(alice, held, opened(alice, held), rationale="Of alice")
    claim = Claim.objects.get(pk=held.claim_id)
    assert "Of alice" not in as_(world.bob).get(f"/desk/claims/{claim.pk}/").content.decode()
