"""Addresses that only take what is sent to them: whoever lands there in a browser comes to the page they belong to."""

import pytest
from django.test import Client

from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(
    ("referer", "lands"),
    [
        ("http://testserver/desk/claims/{claim}/?at=2", "/accounts/login/?next=/desk/claims/{claim}/%3Fat%3D2"),
        ("https://elsewhere.example/desk/", "/accounts/login/?next=/desk/claims/{claim}/"),
        (None, "/accounts/login/?next=/desk/claims/{claim}/"),
    ],
)
def test_signing_in_anew_leads_to_the_page_of_the_form(
    world: World, client: Client, referer: str | None, lands: str
) -> None:
    (claim,) = factories.queued_claims(world, 1)
    headers = {"Referer": referer.format(claim=claim.pk)} if referer else {}
    answer = client.post(f"/desk/claims/{claim.pk}/submit/", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (302, lands.format(claim=claim.pk))


def test_the_address_of_a_refused_form_opens_the_page_it_belongs_to(world: World, as_: SignedIn) -> None:
    (claim,) = factories.queued_claims(world, 1)
    alice = as_(world.alice)
    for address in ("submit/", "evidence/", "evidence/5/withdraw/"):
        answer = alice.get(f"/desk/claims/{claim.pk}/{address}", follow=True, headers=BROWSER)
        assert answer.status_code == 200, address
        assert answer.redirect_chain[-1][0] == f"/desk/claims/{claim.pk}/", address
    # Programs are told what they did wrong.
    answer = alice.get(f"/desk/claims/{claim.pk}/submit/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert alice.get("/verdicts/", headers=BROWSER).status_code == 200
