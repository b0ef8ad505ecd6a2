"""What a reviewer waits for most often asks the database so many questions and not one more."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim, ClaimAttribution
from claims.services import desks
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.api.test_review import REVIEW
from tests.factories import World
from workbench.accounts import tokens
from workbench.accounts.models import ApiToken, User


def asked(client: Api, path: str, body: Any = None) -> tuple[list[str], Any]:
    """The statements of one POST, and its answer."""
    with CaptureQueriesContext(connection) as queries:
        answer = client("POST", path, body)
    assert answer.status_code == 200
    return [query["sql"] for query in queries], answer.json()


@pytest.fixture
def client(world: World, api: ApiOf) -> Api:
    alice = api(world.alice)
    alice("GET", "/assignments/0")  # The first use of a token is noted.
    return alice


def test_a_cycle(world: World, client: Api) -> None:
    for _ in factories.queued_claims(world, 2):
        taking, held = asked(client, "/queue/next")
        handing_in, done = asked(client, f"/assignments/{held['id']}/submit", REVIEW)
        assert done["verdict"] is not None
        # The claim has one attribution, whose words are shown and are marked again in the review.
        assert (len(taking), len(handing_in)) == (8, 17), "\n\n".join([*taking, "", *handing_in])


def test_a_cycle_of_what_the_outlet_says_itself(world: World, client: Api) -> None:
    claims = factories.queued_claims(world, 2)
    ClaimAttribution.objects.filter(claim__in=claims).delete()
    Claim.objects.update(narrator_claim=True)
    for _ in claims:
        taking, held = asked(client, "/queue/next")
        handing_in, _done = asked(client, f"/assignments/{held['id']}/submit", REVIEW)
        assert (len(taking), len(handing_in)) == (5, 15), "\n\n".join([*taking, "", *handing_in])


def test_whose_the_token_is_and_at_which_desks_is_one_question(
    world: World, api: ApiOf, client: Api, django_assert_num_queries: Any
) -> None:
    nobodys = api(factories.user("newcomer"))
    nobodys("GET", "/assignments/0")
    with django_assert_num_queries(1):
        assert nobodys("GET", "/me/memberships").json() == {"results": [], "next": None}
    with django_assert_num_queries(2):
        assert len(client("GET", "/me/memberships").json()["results"]) == 1


def test_what_is_taken_away_is_gone_at_the_next_request(world: World, client: Api) -> None:
    claim, *_ = factories.queued_claims(world, 1)
    assert client("GET", f"/claims/{claim.pk}").status_code == 200
    desks.remove_member(world.desk, world.alice, actor=world.carol)
    assert client("GET", f"/claims/{claim.pk}").status_code == 404
    assert client("GET", "/me/memberships").json()["results"] == []
    User.objects.filter(pk=world.alice.pk).update(is_active=False)
    assert client("GET", "/me/memberships").status_code == 401
    User.objects.filter(pk=world.alice.pk).update(is_active=True)
    tokens.revoke(ApiToken.objects.get(user=world.alice))
    assert client("GET", "/me/memberships").status_code == 401
