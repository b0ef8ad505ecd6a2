"""The editor's list of claims that seem to be the same, and what is said of them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim, ClaimLink
from claims.rules.links import Answer
from claims.services import links
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


def suspected(world: World, count: int = 1) -> list[ClaimLink]:
    claims = factories.queued_claims(world, 2 * count)
    Claim.objects.filter(pk=claims[0].pk).update(text="Bridge <b>1</b> is not safe.")
    pairs = zip(claims[::2], claims[1::2], strict=True)
    return [ClaimLink.objects.create(from_claim=a, to_claim=b, kind="same_as", score=0.9) for a, b in pairs]


def test_an_editor_says_that_they_are_not_the_same_and_takes_it_back(world: World, as_: SignedIn) -> None:
    (link,) = suspected(world)
    carol, where = as_(world.carol), f"/claims/{link.from_claim_id}/same/"
    page = carol.get("/desk/duplicates/").content.decode()
    assert "Bridge &lt;b&gt;1&lt;/b&gt;" in page
    assert "One of them denies" in page
    assert f'value="different-{link.to_claim_id}"' in page
    sent = {"answer": f"different-{link.to_claim_id}", "back": "/desk/duplicates/?desk=1"}
    answer = carol.post(where, sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/duplicates/?desk=1")
    assert "No two claims of this desk wait" in carol.get("/desk/duplicates/").content.decode()
    page = carol.get("/desk/duplicates/?status=different").content.decode()
    assert "Carol</bdi> said that they are not the same" in page
    assert f'value="open-{link.to_claim_id}"' in page
    carol.post(where, {"answer": f"open-{link.to_claim_id}"})
    assert list(ClaimLink.objects.suspected()) == [link]
    carol.post(where, {"answer": f"same-{link.to_claim_id}"})
    assert "said that they are the same" in carol.get("/desk/duplicates/?status=same").content.decode()


def test_one_goes_on_with_the_next_pair(world: World, as_: SignedIn) -> None:
    links = suspected(world, 3)
    carol = as_(world.carol)
    where = f"/desk/duplicates/?desk={world.desk.pk}"
    ways = re.findall(r'name="back"\s+value="([^"]+)"', carol.get(where).content.decode())
    newest = [link.pk for link in reversed(links)]
    assert ways == [f"{where}#pair-{pk}" for pk in (newest[1], newest[2], newest[1])]
    first = ClaimLink.objects.get(pk=newest[0])
    sent = {"answer": f"different-{first.to_claim_id}", "back": ways[0]}
    answer = carol.post(f"/claims/{first.from_claim_id}/same/", sent, follow=True)
    assert answer.redirect_chain == [(ways[0], 302)]
    page = answer.content.decode()
    assert f'id="pair-{newest[1]}"' in page
    assert f'id="pair-{newest[0]}"' not in page


def test_the_triage_page_has_the_same_buttons(world: World, as_: SignedIn) -> None:
    (link,) = suspected(world)
    page = as_(world.carol).get("/desk/claims/").content.decode()
    assert f'formaction="/claims/{link.from_claim_id}/same/"' in page
    assert f'value="different-{link.to_claim_id}"' in page
    assert f'href="/desk/duplicates/?desk={world.desk.pk}"' in page


def test_from_the_claims_own_page_any_other_can_be_named(world: World, as_: SignedIn) -> None:
    one, other = factories.queued_claims(world, 2)
    carol = as_(world.carol)
    where = f"/desk/duplicates/?claim={one.pk}"
    assert f'href="{where}"' in carol.get(f"/desk/claims/{one.pk}/").content.decode()
    assert "nobody has said that one is" in carol.get(where).content.decode()
    page = carol.post(f"/claims/{one.pk}/same/", {"answer": "same", "other": str(other.pk)}, follow=True)
    assert page.redirect_chain == [(where, 302)]
    assert "said that they are the same" in page.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"answer": "same"},
        {"answer": "perhaps-1"},
        {"answer": "same", "other": "x"},
        {"answer": "same", "other": "1" * 5000},
    ],
)
def test_what_makes_no_sense_is_said(world: World, as_: SignedIn, sent: dict[str, str]) -> None:
    (link,) = suspected(world)
    page = as_(world.carol).post(f"/claims/{link.from_claim_id}/same/", sent, follow=True).content.decode()
    assert "Name the other claim by its number" in page


def test_a_claim_that_is_not_there_is_said_to_be_none(world: World, as_: SignedIn) -> None:
    (one,) = factories.queued_claims(world, 1)
    (strange,) = factories.queued_claims(world, 1, desk=world.elsewhere)
    for number in (strange.pk, one.pk + 10**6):
        page = as_(world.carol).post(f"/claims/{one.pk}/same/", {"answer": f"same-{number}"}, follow=True)
        assert "no such claim at this desk" in page.content.decode()
    assert not ClaimLink.objects.exists()


def test_a_list_costs_the_same_however_long_it_is(world: World, as_: SignedIn) -> None:
    carol, counts = as_(world.carol), []
    for count in (1, 30, 40):
        suspected(world, count)
        with CaptureQueriesContext(connection) as asked:
            page = carol.get("/desk/duplicates/").content.decode()
        counts.append(len(asked))
    assert len(set(counts)) == 1
    assert "before=" in page


def test_claims_of_another_desk_are_not_listed(world: World, as_: SignedIn) -> None:
    (link,) = suspected(world)
    links.judge(link.from_claim_id, link.to_claim_id, Answer.SAME, actor=world.carol)
    mallory = as_(world.mallory)
    assert "Bridge" not in mallory.get(f"/desk/duplicates/?desk={world.desk.pk}&status=same").content.decode()
    assert mallory.get(f"/desk/duplicates/?claim={link.from_claim_id}").status_code == 404
