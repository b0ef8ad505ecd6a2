"""A page asks the database the same number of questions for one row and for fifty (and so for a million)."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.claims import ClaimLink
from claims.models.desks import Role
from claims.models.jobs import Job, JobState
from claims.models.review import Assignment
from claims.rules.bulk import BulkVerb, Order
from claims.rules.workflow import HoldReason, ReopenReason
from claims.services import bulk, evidence, publication, review, sources
from sources import services as register
from sources.models import Source
from tests import factories
from tests.factories import Reviewed, World
from tests.web.conftest import SignedIn


def asked(client: Client, path: str) -> int:
    client.get(path)  # what is asked once for each session is no part of it
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def _queue(world: World, count: int) -> None:
    factories.queued_claims(world, count)


def _held(world: World, count: int) -> None:
    for number, _ in enumerate(factories.queued_claims(world, count)):
        held = review.take_next(factories.member(world.desk, f"r{count}-{number}", Role.REVIEWER))
        assert held is not None
        if number % 2:
            review.hold(held.pk, held.reviewer, HoldReason.EVIDENCE, note="Asked for the report.")


def _suspected(world: World, count: int) -> None:
    """As many pairs of claims of one speaker that seem to be the same."""
    source = Source.objects.filter(pk=1).first() or Source.objects.create(pk=1, kind="person", name="Anna Bell")
    claims = factories.queued_claims(world, 2 * count)
    for claim in claims:
        claim.attributions.get().resolved_sources.create(source=source, surface="Bell", score=0.9, reason="An alias.")
    for one, other in zip(claims[::2], claims[1::2], strict=True):
        ClaimLink.objects.create(from_claim=one, to_claim=other, kind="same_as", score=0.9)


def _bulk(world: World, count: int) -> None:
    for claim in factories.queued_claims(world, count):
        bulk.begin(world.desk, Order(BulkVerb.REVIEW_TWICE), [claim.pk], actor=world.carol)


def _decided(world: World, count: int) -> None:
    for claim in factories.queued_claims(world, count):
        factories.reviewed(world, claim=claim)


def _published(world: World, count: int) -> None:
    for claim in factories.queued_claims(world, count):
        factories.published(world, factories.reviewed(world, claim=claim))


def _corrected(world: World, count: int) -> None:
    for claim in factories.queued_claims(world, count):
        factories.published(world, factories.reviewed(world, claim=claim))
        publication.reopen(claim.pk, ReopenReason.NEW_EVIDENCE, actor=world.carol)
        done = factories.reviewed(world, world.bob, claim)
        factories.published(world, done, publication.Note("correction", "The report was found."))


def _told(world: World, count: int) -> None:
    for claim in factories.queued_claims(world, count):
        held = review.take(world.alice, claim.pk)
        review.reassign(held.pk, world.dora, "carol", reason="It is hers.")
        review.release(Assignment.objects.get(claim=claim, reviewer=world.carol).pk, world.carol)


def _dead(world: World, count: int) -> None:
    claim = factories.queued_claims(world, 1)[0]
    Job.objects.bulk_create(
        Job(
            name="claims.extract_article",
            key=f"given up {claim.article_id} {number}",
            args={"article": claim.article_id},
            state=JobState.DEAD,
            error="It crashes.",
            finished_at=claim.created_at,
        )
        for number in range(count)
    )


def _sources(world: World, count: int) -> None:
    for number in range(count):
        register.create("person", f"Person {number} of {count}")


def _articles(world: World, count: int) -> None:
    for _ in range(count):
        factories.queued_claims(world, 1)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/desk/", _queue),
        ("/desk/held/", _held),
        ("/desk/claims/", _queue),
        ("/desk/claims/?state=queued&source=1&suspected=1", _suspected),
        ("/desk/bulk/", _bulk),
        ("/articles/", _articles),
        ("/publish/", _decided),
        ("/verdicts/", _published),
        ("/verdicts/?words=bridge&rating=false&desk=harbour", _published),
        ("/publishers/harbour/", _published),
        ("/corrections/", _corrected),
        ("/feed.atom", _corrected),
        ("/sitemap-0.xml", _published),
        ("/desk/jobs/", _dead),
        ("/sources/", _sources),
        ("/notifications/", _told),
    ],
)
def test_lists(world: World, as_: SignedIn, path: str, more: Callable[[World, int], None]) -> None:
    client = as_(world.carol)
    more(world, 1)
    one = asked(client, path)
    more(world, 20)
    assert asked(client, path) == one


def test_pages_of_one_thing(world: World, as_: SignedIn) -> None:
    """An article of thirty claims and the desk page of one of them, against an article of one."""
    client = as_(world.carol)
    for path in ("/articles/{article}/", "/claims/{claim}/found/", "/desk/claims/{claim}/", "/claims/{claim}/history/"):
        counts = []
        for size in (1, 30):
            claim = factories.queued_claims(world, size)[0]
            counts.append(asked(client, path.format(article=claim.article_id, claim=claim.pk)))
        assert counts[0] == counts[1], path


def test_a_bulk_action_and_its_preview(world: World, as_: SignedIn) -> None:
    client, counts = as_(world.carol), []
    for size in (1, 30):
        ids = [claim.pk for claim in factories.queued_claims(world, size)]
        sent = {"verb": "dismiss", "claim": ids, "desk": world.desk.pk}
        with CaptureQueriesContext(connection) as queries:
            assert client.post("/desk/bulk/preview/", sent).status_code == 200
        action = bulk.begin(world.desk, Order(BulkVerb.DISMISS, reason="duplicate"), ids, actor=world.carol)
        factories.perform()
        counts.append((len(queries), asked(client, f"/desk/bulk/{action.pk}/")))
    assert counts[0] == counts[1]


def test_merged_sources_cost_no_more_questions(world: World, as_: SignedIn) -> None:
    client = as_(world.carol)
    chain = [register.create("person", f"Name {number} of Anna Bell") for number in range(4)]
    claims = factories.queued_claims(world, 10)
    for claim in claims:
        claim.attributions.get().resolved_sources.create(source=chain[0], surface="Bell", score=0.9, reason="An alias.")
    paths = [f"/articles/{claims[0].article_id}/", f"/desk/claims/{claims[0].pk}/"]
    before = [asked(client, path) for path in paths]
    for source, into in pairwise(chain):
        register.merge(source, into, by=world.dora, reason="The same.")
    assert [asked(client, path) for path in paths] == before


def test_the_history_of_a_source(world: World, as_: SignedIn) -> None:
    """A source into which twenty others were merged, each merge undone, against a source with one."""
    client, counts = as_(world.ruth), []
    for size in (1, 20):
        source = sources.create("person", f"Merged {size} times", actor=world.dora)
        for number in range(size):
            double = register.create("person", f"Double {number} of {size}")
            merge = sources.merge(double, source, actor=world.dora, reason="The same.")
            sources.undo_merge(merge.pk, actor=world.dora)
        counts.append(asked(client, f"/sources/{source.pk}/history/"))
    assert counts[0] == counts[1]


def _captured(done: Reviewed) -> None:
    for row in done.verdict.evidence.all():
        factories.attempt(row, stored=False)
        factories.attempt(row)


def test_a_verdict_with_more_evidence(world: World, client: Client) -> None:
    counts = []
    for pieces in (1, 10):
        done = factories.reviewed(world, evidence=[factories.piece(number) for number in range(pieces)])
        _captured(done)
        counts.append(asked(client, f"/verdicts/{factories.published(world, done).verdict_id}/"))
    assert counts[0] == counts[1]


def test_a_review_and_a_preview_with_more_evidence(world: World, as_: SignedIn) -> None:
    counts = []
    for pieces in (1, 10):
        held = review.take(world.alice, factories.queued_claims(world, 1)[0].pk)
        for number in range(pieces):
            evidence.contact(held.claim, "e-mail", f"Question {number}", actor=world.alice)
        evidence.add(held.claim, [factories.piece(number) for number in range(pieces)], actor=world.alice)
        desk = asked(as_(world.alice), f"/desk/claims/{held.claim_id}/")
        done = factories.reviewed(world, evidence=[factories.piece(number) for number in range(pieces)])
        _captured(done)
        counts.append((desk, asked(as_(world.carol), f"/publish/{done.claim.pk}/")))
    assert counts[0] == counts[1]


def test_a_desk_with_more_people_and_a_longer_history(world: World, as_: SignedIn) -> None:
    client = as_(world.dora)
    paths = ("/desks/", "/desks/harbour/", "/desks/harbour/members/", "/desks/harbour/policy/time/")
    before = [asked(client, path) for path in paths]
    for number in range(20):
        factories.member(world.desk, f"new{number}", Role.REVIEWER)
    assert [asked(client, path) for path in paths] == before
