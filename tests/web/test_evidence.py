"""Stored copies: shown to all, tried again by reviewers, kept by members; and what the claimant was asked."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from claims.models.claims import Claim
from claims.models.evidence import Evidence
from claims.models.jobs import Job
from claims.services import evidence, publication, review
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
        assert copy.sha256 in shown
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
    assert answer.content == bytes(copy.warc)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="evidence-{copy.evidence_id}-1.warc.gz"'
    inside = as_(world.ruth).get(f"/captures/{copy.pk}/content/")
    assert inside.content == b"<script>alert(1)</script>"
    for each in (answer, inside):
        assert each.headers["Content-Type"] == "application/octet-stream"
        assert each.headers["X-Content-Type-Options"] == "nosniff"
        assert each.headers["Content-Disposition"].startswith("attachment")


def test_nobody_else_gets_a_copy(world: World, as_: SignedIn, done: Reviewed, held: Claim) -> None:
    stored, failed = factories.attempt(only(done)), factories.attempt(only(done), stored=False)
    assert as_(world.mallory).get(f"/captures/{stored.pk}/").status_code == 404
    assert as_(world.ruth).get(f"/captures/{failed.pk}/").status_code == 404
    theirs = factories.attempt(evidence.add(held, [factories.piece()], actor=world.alice)[0])
    assert as_(world.alice).get(f"/captures/{theirs.pk}/").status_code == 200
    for path in (f"/captures/{theirs.pk}/", f"/captures/{theirs.pk}/content/"):
        assert as_(world.bob).get(path).status_code == 404, "reviewers stay blind to each other's"
    where = f"/desk/claims/{held.pk}/evidence/{theirs.evidence_id}/capture/"
    assert as_(world.bob).post(where).status_code == 404


# --- Files ------------------------------------------------------------------------------------------------------------


def upload(name: str = "тріщини.exe", content: bytes = b"MZ<script>") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def test_a_file_is_evidence_like_any_other(world: World, as_: SignedIn, held: Claim) -> None:
    alice, page = as_(world.alice), f"/desk/claims/{held.pk}/"
    given = {"evidence_file": upload(), "evidence_relation": "refutes", "evidence_tier": "primary"}
    given |= {"rationale": "Half of a thought"}
    part = alice.post(f"{page}evidence/", given, headers={"HX-Request": "true"}).content.decode()
    row = Evidence.objects.get()
    copy = row.captures.get()
    assert (row.url, row.file_name) == ("", "тріщини.exe")
    assert "тріщини.exe" in part
    assert f'href="/captures/{copy.pk}/content/"' in part
    assert not Job.objects.filter(name="claims.capture_evidence").exists(), "there is no page to ask for"
    answer = alice.get(f"/captures/{copy.pk}/content/")
    assert answer.content == b"MZ<script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%D1%82")
    assert "Half of a thought" in text(alice, page)


def test_a_file_comes_with_the_review_and_the_public_sees_its_name(world: World, as_: SignedIn, held: Claim) -> None:
    complete = {"attribution_verdict": "accurate", "veracity_verdict": "false", "rationale": "It says so."}
    complete |= {"evidence_relation": "refutes", "evidence_tier": "primary"}
    alice, page = as_(world.alice), f"/desk/claims/{held.pk}/"
    refused = alice.post(f"{page}submit/", complete | {"rationale": "", "evidence_file": upload()})
    assert refused.status_code == 422
    folded = refused.content.decode().partition('id="next-evidence"')[2].partition("<details")[2]
    assert folded.partition(">")[0].split()[-1] == "open", "what needs a look is not folded away"
    assert "Choose it once more." in folded
    assert not Evidence.objects.exists()
    assert alice.post(f"{page}submit/", complete | {"evidence_file": upload()}).status_code == 302
    preview = text(as_(world.carol), f"/publish/{held.pk}/")
    assert "Download the file" in preview
    step = publication.publish(held.pk, actor=world.carol)
    public = text(as_(), f"/verdicts/{step.verdict_id}/")
    assert "тріщини.exe" in public
    assert "/captures/" not in public


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"evidence_file": b""}, "The submitted file is empty."),
        ({"evidence_file": b"x" * 5_000_001}, "at most 5 MB are kept"),
        ({"evidence_file": b"x", "evidence_url": "https://a.example/"}, "an address or a file, not both"),
        ({}, "or choose a file"),
    ],
)
def test_a_file_that_cannot_be_kept_is_named(
    world: World, as_: SignedIn, held: Claim, wrong: dict[str, Any], said: str
) -> None:
    given = {name: upload(content=value) if isinstance(value, bytes) else value for name, value in wrong.items()}
    given |= {"evidence_relation": "refutes", "evidence_tier": "primary"} if wrong else {}
    answer = as_(world.alice).post(f"/desk/claims/{held.pk}/evidence/", given, headers={"HX-Request": "true"})
    assert said in answer.content.decode()
    assert not Evidence.objects.exists()


def test_how_evidence_bears_on_the_claim_is_chosen_by_a_person(world: World, as_: SignedIn, held: Claim) -> None:
    alice, page = as_(world.alice), f"/desk/claims/{held.pk}/"
    form = text(alice, page).partition('id="next-evidence"')[2].partition("</fieldset>")[0]
    assert form.count('<option value="" selected>choose</option>') == 2
    given = {"evidence_url": "https://records.example/1"}
    part = alice.post(f"{page}evidence/", given, headers={"HX-Request": "true"}).content.decode()
    assert "Choose whether it supports or refutes the claim" in part
    assert "Choose whether the source is primary" in part
    assert 'value="https://records.example/1"' in part
    assert not Evidence.objects.exists()
    # All that is missing is told at once, whether the address is wrong, absent, or the review not complete either.
    everything = {"Choose whether it supports or refutes the claim", "Choose whether the source is primary"}
    for sent, where, more in (
        ({"evidence_url": "report 12"}, "evidence", "The address contains blanks"),
        ({}, "evidence", "Give the address of the evidence"),
        (given, "submit", "Explain in a few sentences"),
    ):
        told = alice.post(f"{page}{where}/", sent, headers={"HX-Request": "true"}).content.decode()
        assert {each for each in (*everything, more) if each in told} == {*everything, more}, sent
        assert "Evidence 1" not in told, "here there is but one"
    assert not Evidence.objects.exists()
    # A review may be kept and submitted with these fields left alone.
    refused = alice.post(f"{page}submit/", {"rationale": "Half of a thought"}).content.decode()
    assert "Choose whether" not in refused


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
    for words in ("Where was it counted?", "telephone", "In the spring.", "No answer has been recorded."):
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
