"""Evidence, the stored copies of what stands behind it, and the claimant's answer."""

import hashlib
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from celery import current_app
from warcio.archiveiterator import ArchiveIterator

from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.evidence import Capture, Evidence
from claims.models.jobs import Job
from claims.rules.refusals import Absent, Conflict, Refused
from claims.services import evidence, review
from tests import factories
from tests.factories import World, piece
from tests.integration.conftest import Site


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def captured(claim: Claim, world: World, url: str) -> Capture:
    evidence.add(claim, [piece(url=url)], actor=world.alice)
    factories.perform()
    return Capture.objects.latest("pk")


def test_a_piece_is_stored_as_it_was_given_with_its_event_and_its_job(world: World, claim: Claim) -> None:
    given = piece(url=" Https://records.example/Report ", note=" See page 3\x00 ", quote="“17 cracks”", tier="primary")
    row = evidence.add(claim, [given], actor=world.alice)[0]
    assert (row.url, row.note, row.quote) == ("https://records.example/Report", "See page 3", "“17 cracks”")
    assert (row.round, row.added_by, row.tier) == (1, world.alice, "primary")
    assert Job.objects.get(key=f"capture {row.pk}").args == {"evidence": row.pk}
    last = Event.objects.of("claim", claim.pk).last()
    assert last is not None
    assert (last.kind, last.data["url"]) == ("evidence.added", row.url)


def test_one_bad_piece_refuses_all_of_them(world: World, claim: Claim) -> None:
    with pytest.raises(Refused) as refused:
        evidence.add(claim, [piece(1), piece(url="ftp://a.example"), piece(relation="x")], actor=world.alice)
    assert [problem.code for problem in refused.value.problems] == ["bad_link", "relation"]
    assert refused.value.problems[0].message.startswith("Evidence 2:")
    assert not Evidence.objects.exists()


def test_a_slip_is_withdrawn_by_whoever_made_it_and_stays_in_the_history(world: World, claim: Claim) -> None:
    row = evidence.add(claim, [piece()], actor=world.alice)[0]
    with pytest.raises(Absent):
        evidence.withdraw(row.pk, actor=world.bob)
    first = evidence.withdraw(row.pk, actor=world.alice).withdrawn_at
    assert first is not None
    assert evidence.withdraw(row.pk, actor=world.alice).withdrawn_at == first, "a second time changes nothing"
    assert not evidence.put_forward(claim, world.alice).exists()
    kinds = [event.kind for event in Event.objects.of("claim", claim.pk)]
    assert kinds.count("evidence.withdrawn") == 1


def test_what_a_review_rests_on_is_not_withdrawn(world: World) -> None:
    done = factories.reviewed(world)
    row = done.review.evidence.first()
    assert row is not None
    with pytest.raises(Conflict) as conflict:
        evidence.withdraw(row.pk, actor=world.alice)
    assert conflict.value.problems[0].code == "in_use"


def test_what_was_put_forward_before_counts_for_the_review_and_what_was_withdrawn_does_not(
    world: World, claim: Claim
) -> None:
    kept, slip = evidence.add(claim, [piece(1), piece(2)], actor=world.alice)
    evidence.add(claim, [piece(3)], actor=world.bob)
    evidence.withdraw(slip.pk, actor=world.alice)
    assignment = review.take(world.alice, claim.pk)
    submitted, verdict = review.submit(assignment.pk, world.alice, factories.answers(evidence=[]))
    assert verdict is not None
    assert list(submitted.evidence.all()) == list(verdict.evidence.all()) == [kept]


def test_a_page_is_stored_as_a_warc_record_that_others_can_read(world: World, claim: Claim, site: Site) -> None:
    body = "<p>17 тріщин</p>".encode()
    url = site.add("/report", body)
    capture = captured(claim, world, url)
    assert (capture.status, capture.attempt, capture.reason) == ("stored", 1, "")
    assert (capture.sha256, capture.size) == (hashlib.sha256(body).hexdigest(), len(body))
    records = list(ArchiveIterator(BytesIO(bytes(capture.warc)), check_digests="raise"))
    assert [record.rec_type for record in records] == ["response"]
    headers = records[0].rec_headers
    assert headers.get_header("WARC-Target-URI") == url
    assert abs(capture.captured_at.timestamp() - _moment(headers.get_header("WARC-Date"))) < 600
    for record in ArchiveIterator(BytesIO(bytes(capture.warc))):
        assert record.http_headers.get_statuscode() == "200"
        assert record.content_stream().read() == body


def test_a_file_is_its_own_copy_in_a_resource_record(world: World, claim: Claim) -> None:
    body = b"MZ\x00 anything at all"
    given = piece(url="", file_name="C:\\finds\\ reports/crack\n 17.exe", content=body)
    row = evidence.add(claim, [given], actor=world.alice)[0]
    assert (row.url, row.file_name) == ("", "crack 17.exe")
    capture = row.captures.get()
    assert (capture.status, capture.sha256) == ("stored", hashlib.sha256(body).hexdigest())
    assert (capture.size, evidence.content_of(capture)) == (len(body), body)
    (record,) = ArchiveIterator(BytesIO(bytes(capture.warc)), check_digests="raise")
    assert record.rec_type == "resource"
    assert record.rec_headers.get_header("WARC-Target-URI") == "file:///crack%2017.exe"
    assert not Job.objects.filter(key=f"capture {row.pk}").exists()
    kinds = [event.kind for event in Event.objects.of("claim", claim.pk)]
    assert kinds[-2:] == ["evidence.added", "evidence.captured"]
    with pytest.raises(Conflict):
        evidence.capture_again(row.pk, actor=world.alice)
    assert factories.history_is_whole()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content": b""}, "file_size"),
        ({"content": b"x" * (evidence.CAPTURE_LIMIT_BYTES + 1)}, "file_size"),
        ({"content": b"x", "url": "https://a.example/"}, "both"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused(world: World, claim: Claim, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        evidence.add(claim, [piece(**{"url": "", "file_name": "a.pdf"} | fields)], actor=world.alice)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert not Evidence.objects.exists()


def test_a_review_rests_on_a_file_and_a_refused_one_keeps_the_words_about_it(world: World, claim: Claim) -> None:
    found = piece(url="", file_name="a.pdf", content=b"17 cracks", note="Page 3.")
    held = review.take(world.alice, claim.pk)
    with pytest.raises(Refused):
        review.submit(held.pk, world.alice, factories.answers(evidence=[found], rationale=""))
    assert review.draft_of(claim, world.alice)["evidence"][0]["note"] == "Page 3."
    submitted, _ = review.submit(held.pk, world.alice, factories.answers(evidence=[found]))
    assert submitted.evidence.get().file_name == "a.pdf"


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_page_that_cannot_be_stored_says_why_and_can_be_tried_again(world: World, claim: Claim, site: Site) -> None:
    first = captured(claim, world, site.address("/report"))
    assert (first.status, first.sha256, bytes(first.warc)) == ("failed", "", b"")
    assert "404" in first.reason
    site.add("/report", b"there now")
    evidence.capture_again(first.evidence_id, actor=world.alice)
    factories.perform()
    second = Capture.objects.latest("pk")
    assert (second.status, second.attempt) == ("stored", 2)
    assert [event.kind for event in Event.objects.of("claim", claim.pk)][-3:] == [
        "evidence.captured", "evidence.capture_asked", "evidence.captured",
    ]  # fmt: skip


def test_evidence_that_leads_inside_is_never_asked_for(world: World, claim: Claim) -> None:
    capture = captured(claim, world, "http://169.254.169.254/latest/meta-data")
    assert capture.status == "failed"
    assert capture.reason
    assert Job.objects.get(key=f"capture {capture.evidence_id}").state == "done", "a refusal is an answer, not a crash"


def test_a_capture_that_keeps_crashing_is_on_record(
    world: World, claim: Claim, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> bytes:
        raise MemoryError("no room")

    monkeypatch.setattr(evidence, "warc_of", crash)
    row = evidence.add(claim, [piece(url=site.add("/report", b"x"))], actor=world.alice)[0]
    job = Job.objects.get(key=f"capture {row.pk}")
    for _ in range(Job.MAX_ATTEMPTS):
        current_app.tasks[job.name](job.pk)
    capture = row.captures.get()
    assert capture.status == "failed"
    assert "no room" in capture.reason
    assert factories.history_is_whole()


def test_the_claimant_is_asked_and_answers(world: World, claim: Claim) -> None:
    asked = evidence.contact(claim, " e-mail ", " Where? ", actor=world.alice)
    assert (asked.channel, asked.question, asked.answered_at) == ("e-mail", "Where?", None)
    answered = evidence.answer(asked.pk, " In the report. ", actor=world.alice)
    assert answered.answer == "In the report."
    assert answered.answered_at is not None
    kinds = [event.kind for event in Event.objects.of("claim", claim.pk)]
    assert kinds[-2:] == ["claimant.asked", "claimant.answered"]


def test_an_empty_question_or_answer_is_refused_by_field(world: World, claim: Claim) -> None:
    with pytest.raises(Refused) as refused:
        evidence.contact(claim, " ", "", actor=world.alice)
    assert [problem.field for problem in refused.value.problems] == ["channel", "question"]
    asked = evidence.contact(claim, "telephone", "Where?", actor=world.alice)
    with pytest.raises(Refused):
        evidence.answer(asked.pk, " ", actor=world.alice)


def test_nobody_else_answers_for_the_claimant_or_has_a_page_stored_again(world: World, claim: Claim) -> None:
    asked = evidence.contact(claim, "e-mail", "Where?", actor=world.alice)
    row = evidence.add(claim, [piece()], actor=world.alice)[0]
    for stranger in (world.mallory, world.ruth):
        with pytest.raises(Absent):
            evidence.answer(asked.pk, "Here.", actor=stranger)
        with pytest.raises(Absent):
            evidence.capture_again(row.pk, actor=stranger)
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_reviewers_do_not_see_each_others_evidence_before_the_decision(world: World, claim: Claim) -> None:
    mine = evidence.add(claim, [piece(1)], actor=world.alice)[0]
    theirs = evidence.add(claim, [piece(2)], actor=world.bob)[0]
    assert list(evidence.visible(claim, world.alice)) == [mine]
    done = factories.reviewed(world, world.alice, claim)
    assert {mine, theirs} <= set(evidence.visible(done.claim, world.alice))
