"""The stored copies of evidence: shown to all, tried again by reviewers, kept as files by members of the desk."""

from typing import Any

import pytest
from django.test import Client

from claims.models.claims import Claim
from claims.models.evidence import Evidence
from claims.models.jobs import Job
from claims.services import evidence, review
from tests import factories
from tests.factories import Reviewed, World
from tests.web.conftest import SignedIn


@pytest.fixture
def done(world: World) -> Reviewed:
    return factories.reviewed(world, evidence=[factories.piece()])


@pytest.fixture
def held(world: World) -> Claim:
    """A claim in alice's hands."""
    claim = factories.queued_claims(world, 1)[0]
    review.take(world.alice, claim.pk)
    return claim


def only(done: Reviewed) -> Evidence:
    return done.verdict.evidence.get()


def text(client: Client, path: str, **options: Any) -> str:
    return client.get(path, **options).content.decode()


# --- Stored copies ----------------------------------------------------------------------------------------------------


def test_everybody_sees_the_newest_attempt_and_members_can_keep_it(world: World, as_: SignedIn, done: Reviewed) -> None:
    factories.attempt(only(done), stored=False)
    copy = factories.attempt(only(done))
    preview = f"/publish/{done.claim.pk}/"
    public = f"/verdicts/{factories.published(world, done).verdict_id}/"
    for person, page in ((None, public), (world.ruth, public), (world.carol, public), (world.carol, preview)):
        shown = text(as_(person), page)
        assert f'<code title="{copy.sha256}">{copy.sha256[:12]}…</code>' in shown
        assert "18\xa0bytes" in shown
        assert "did not answer" not in shown
        assert (f'href="/captures/{copy.pk}/"' in shown) is (person is not None)


def test_why_there_is_no_copy_is_said_and_reviewers_can_have_it_tried_again(
    world: World, as_: SignedIn, done: Reviewed
) -> None:
    failed = factories.attempt(only(done), stored=False)
    public = f"/verdicts/{factories.published(world, done).verdict_id}/"
    where = f"/desk/claims/{done.claim.pk}/evidence/{failed.evidence_id}/capture/"
    for person, may in ((None, False), (world.ruth, False), (world.bob, True)):
        shown = text(as_(person), public)
        assert "no copy: The page did not answer." in " ".join(shown.split())
        assert (where in shown) is may
    Job.objects.all().delete()
    answer = as_(world.bob).post(where, {"back": public})
    assert answer.headers["Location"] == public
    assert Job.objects.get().args == {"evidence": failed.evidence_id}
    assert as_(world.ruth).post(where).status_code == 403
    assert as_(world.mallory).post(where).status_code == 404


def test_trying_again_from_the_review_loses_nothing_that_was_typed(world: World, as_: SignedIn, held: Claim) -> None:
    row = evidence.add(held, [factories.piece()], actor=world.alice)[0]
    where = f"/desk/claims/{held.pk}/evidence/{row.pk}/capture/"
    alice = as_(world.alice)
    assert "a copy is on its way" in text(alice, f"/desk/claims/{held.pk}/")
    factories.attempt(row, stored=False)
    assert where in text(alice, f"/desk/claims/{held.pk}/")
    typed = {"rationale": "Half of a thought", "evidence_url": "https://next.example/"}
    part = alice.post(where, typed, headers={"HX-Request": "true"}).content.decode()
    assert "asked for once more" in part
    assert "https://next.example/" in part
    assert "Half of a thought" in text(alice, f"/desk/claims/{held.pk}/")


def test_a_copy_is_a_download_whatever_is_in_it(world: World, as_: SignedIn, done: Reviewed) -> None:
    copy = factories.attempt(only(done), b"<script>alert(1)</script>")
    answer = as_(world.ruth).get(f"/captures/{copy.pk}/")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="evidence-{copy.evidence_id}-1.warc.gz"'


def test_nobody_else_gets_a_copy(world: World, as_: SignedIn, done: Reviewed, held: Claim) -> None:
    stored, failed = factories.attempt(only(done)), factories.attempt(only(done), stored=False)
    assert as_(world.mallory).get(f"/captures/{stored.pk}/").status_code == 404
    assert as_(world.ruth).get(f"/captures/{failed.pk}/").status_code == 404
    theirs = factories.attempt(evidence.add(held, [factories.piece()], actor=world.alice)[0])
    assert as_(world.alice).get(f"/captures/{theirs.pk}/").status_code == 200
    assert as_(world.bob).get(f"/captures/{theirs.pk}/").status_code == 404, "reviewers stay blind to each other's"
    where = f"/desk/claims/{held.pk}/evidence/{theirs.evidence_id}/capture/"
    assert as_(world.bob).post(where).status_code == 404
