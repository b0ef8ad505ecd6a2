"""Stored copies: shown to all, tried again by reviewers, kept by members; and what the claimant was asked."""

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


# --- The claimant -----------------------------------------------------------------------------------------------------

ASKED = {"channel": "e-mail", "question": "Where did you count <17> cracks?"}


def test_the_claimant_is_asked_and_the_answer_kept_for_the_desk(world: World, as_: SignedIn, held: Claim) -> None:
    alice, page = as_(world.alice), f"/desk/claims/{held.pk}/"
    asked = alice.post(f"{page}claimant/", ASKED)
    assert asked.headers["Location"] == f"{page}#claimant"
    contact = held.contacts.get()
    assert (contact.asked_by, contact.channel) == (world.alice, "e-mail")
    assert "Where did you count &lt;17&gt; cracks?" in text(alice, page)
    as_(world.bob).post(f"{page}claimant/{contact.pk}/", {"answer": "In the harbour report."})
    contact.refresh_from_db()
    assert contact.answer == "In the harbour report."
    shown = text(alice, page)
    assert "In the harbour report." in shown
    assert f"claimant/{contact.pk}/" not in shown, "answered"
    assert "Asking the claimant" not in text(as_(world.ruth), page)


def test_the_publisher_reads_it_beside_the_gate_and_the_public_only_the_days(
    world: World, as_: SignedIn, done: Reviewed
) -> None:
    evidence.contact(done.claim, "e-mail", "Where was it counted?", actor=world.alice)
    silent = evidence.contact(done.claim, "telephone", "And when?", actor=world.alice)
    evidence.answer(silent.pk, "In the spring.", actor=world.alice)
    preview = text(as_(world.carol), f"/publish/{done.claim.pk}/")
    for words in ("Where was it counted?", "telephone", "In the spring.", "No answer is on record."):
        assert words in preview
    public = text(as_(), f"/verdicts/{factories.published(world, done).verdict_id}/")
    assert public.count("The claimant was asked on") == 2
    assert public.count("and answered on") == 1
    for words in ("Where was it counted?", "telephone", "In the spring."):
        assert words not in public


@pytest.mark.parametrize(
    "wrong", [{}, {"channel": " ", "question": "Where?"}, {"channel": "x" * 101, "question": "Where?"}]
)
def test_a_question_that_cannot_be_comes_back_beside_the_review(
    world: World, as_: SignedIn, held: Claim, wrong: dict[str, str]
) -> None:
    alice = as_(world.alice)
    alice.post(f"/desk/claims/{held.pk}/draft/", {"rationale": "Half of a thought"})
    answer = alice.post(f"/desk/claims/{held.pk}/claimant/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Half of a thought" in page
    assert wrong.get("question", "") in page
    assert not held.contacts.exists()


def test_an_answer_belongs_to_its_question(world: World, as_: SignedIn, held: Claim) -> None:
    contact = evidence.contact(held, "e-mail", "Where?", actor=world.alice)
    alice, other = as_(world.alice), factories.queued_claims(world, 1)[0]
    blank = alice.post(f"/desk/claims/{held.pk}/claimant/{contact.pk}/", {"answer": ""})
    assert blank.status_code == 422
    assert blank.content.decode().count("errorlist") == 1
    said = {"answer": "Here."}
    assert alice.post(f"/desk/claims/{other.pk}/claimant/{contact.pk}/", said).status_code == 404
    assert as_(world.mallory).post(f"/desk/claims/{held.pk}/claimant/{contact.pk}/", said).status_code == 404
    assert as_(world.ruth).post(f"/desk/claims/{held.pk}/claimant/{contact.pk}/", said).status_code == 403
    contact.refresh_from_db()
    assert contact.answered_at is None
