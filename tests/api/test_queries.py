"""What a reviewer waits for most often asks the database so many questions and not one more."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim, ClaimAttribution
from tests import factories
from tests.api.conftest import Api, ApiOf
from tests.api.test_review import REVIEW
from tests.factories import World


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
