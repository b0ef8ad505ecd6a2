"""Notes and questions beside the review and on their own page; what waits on a desk; and that the public sees none."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.notes import Note
from claims.services import notes, review
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn, bare
from tests.web.test_permissions import PUBLIC, ROUTES

SECRET = "xylophone between us"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def held(world: World) -> Claim:
    """A claim in alice's hands."""
    claim = factories.queued_claims(world, 1)[0]
    review.take(world.alice, claim.pk)
    return claim


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def where(claim: Claim, verb: str = "add") -> str:
    return f"/desk/claims/{claim.pk}/notes/{verb}/"


# --- A question in the middle of a review -----------------------------------------------------------------------------


def test_the_editor_is_asked_without_leaving_the_review(world: World, as_: SignedIn, held: Claim) -> None:
    alice, page = as_(world.alice), f"/desk/claims/{held.pk}/"
    alice.post(f"{page}draft/", {"rationale": "Half of a thought"})
    part = alice.post(where(held), {"kind": "question", "text": "Which report?"}, headers=HTMX)
    shown = part.content.decode()
    assert part.status_code == 200
    assert "<html" not in shown, "only the list and the fields come back"
    assert "Which report?" in shown
    assert "Written." in shown
    question = Note.objects.get()
    assert (question.kind, question.author) == ("question", world.alice)
    assert "Half of a thought" in text(alice, page)
    assert "Which report?" in text(alice, page)
    desk = text(as_(world.carol), "/desk/")
    assert "Questions for you" in desk
    assert f"/desk/claims/{held.pk}/notes/?before={question.pk + 1}#note-{question.pk}" in desk
    assert "Questions for you" not in text(as_(world.bob), "/desk/")


def test_without_scripts_it_comes_back_to_the_page_it_was_sent_from(world: World, as_: SignedIn, held: Claim) -> None:
    alice, page = as_(world.alice), f"/desk/claims/{held.pk}/"
    sent = {"kind": "note", "text": "Seen."}
    assert alice.post(where(held), sent | {"back": f"{page}#notes"}).headers["Location"] == f"{page}#notes"
    assert alice.post(where(held), sent | {"back": "https://evil.example/"}).headers["Location"] == f"{page}notes/"
    note = Note.objects.order_by("pk")[0]
    there = f"{page}notes/?before={note.pk + 1}#note-{note.pk}"
    assert alice.post(where(held, f"{note.pk}/reply"), {"text": "Really."}).headers["Location"] == there
    assert alice.post(where(held, f"{note.pk}/resolve")).headers["Location"] == there
    shown = text(alice, there)
    assert "note, resolved" in shown
    assert "Really." in shown


def test_a_thread_is_answered_and_settled_in_place(world: World, as_: SignedIn, held: Claim) -> None:
    note = notes.add(held.pk, "Which report?", actor=world.alice, kind="question")
    carol = as_(world.carol)
    part = carol.post(where(held, f"{note.pk}/reply"), {"text": "@alice that of March."}, headers=HTMX).content.decode()
    assert "that of March." in part
    assert part.count("autofocus") == 1
    assert "Alice" in part
    assert "question, resolved" in carol.post(where(held, f"{note.pk}/resolve"), headers=HTMX).content.decode()
    assert "question, open" in carol.post(where(held, f"{note.pk}/reopen"), headers=HTMX).content.decode()
    assert "Questions for you" in text(as_(world.alice), "/desk/"), "the answer"


@pytest.mark.parametrize("wrong", [{}, {"text": " "}, {"text": "x" * 5001}, {"text": "x\0y"}])
def test_what_cannot_be_stands_beside_its_field(
    world: World, as_: SignedIn, held: Claim, wrong: dict[str, str]
) -> None:
    note = notes.add(held.pk, "Which report?", actor=world.alice)
    alice = as_(world.alice)
    for verb, field in (("add", "id_note_text"), (f"{note.pk}/reply", f"id_reply_{note.pk}_text")):
        plain = alice.post(where(held, verb), {"kind": "note"} | wrong)
        part = alice.post(where(held, verb), {"kind": "note"} | wrong, headers=HTMX)
        assert (plain.status_code, part.status_code) == (422, 200)
        for answer in (plain, part):
            shown = answer.content.decode()
            assert f'id="{field}_error"' in shown
            assert "Which report?" in shown
            assert "data-refused" in shown
    assert Note.objects.count() == 1


def test_a_note_belongs_to_its_claim(world: World, as_: SignedIn, held: Claim) -> None:
    note = notes.add(held.pk, "Which report?", actor=world.alice)
    answer = notes.reply(note.pk, "This.", actor=world.carol, claim_id=held.pk)
    other = factories.queued_claims(world, 1)[0]
    carol = as_(world.carol)
    for verb in ("reply", "resolve", "reopen"):
        for claim, row in ((other, note.pk), (held, answer.pk), (held, 999_999_999)):
            assert carol.post(where(claim, f"{row}/{verb}"), {"text": "x"}).status_code == 404
    assert Note.objects.count() == 2


def test_readers_read_and_write_nothing(world: World, as_: SignedIn) -> None:
    claim = factories.queued_claims(world, 1)[0]
    note = notes.add(claim.pk, "Mind the date.", actor=world.carol)
    for page in (f"/desk/claims/{claim.pk}/", f"/desk/claims/{claim.pk}/notes/"):
        shown = text(as_(world.ruth), page)
        assert "Mind the date." in shown
        assert "note-form" not in shown
        assert f"notes/{note.pk}/" not in shown


# --- Words from people ------------------------------------------------------------------------------------------------


def test_words_are_inert_and_unseen_characters_are_shown(world: World, as_: SignedIn) -> None:
    claim = factories.queued_claims(world, 1)[0]
    evil = "<script>alert(1)</script> javascript:alert(1)\n\u202eright to left"
    note = notes.add(claim.pk, evil, actor=world.carol, kind="question")
    notes.reply(note.pk, evil, actor=world.bob, claim_id=claim.pk)
    for person, page in (
        (world.bob, f"/desk/claims/{claim.pk}/"),
        (world.bob, f"/desk/claims/{claim.pk}/notes/"),
        (world.dora, "/desk/"),
    ):
        shown = text(as_(person), page)
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert" not in shown
        assert 'data-name="RLO"' in shown


# --- Who must not see it ----------------------------------------------------------------------------------------------


def test_a_blind_reviewer_finds_nothing_on_any_page(world: World, as_: SignedIn, held: Claim) -> None:
    note = notes.add(held.pk, f"@bob {SECRET}", actor=world.alice, kind="question")
    bob = as_(world.bob)
    pages = [f"/desk/claims/{held.pk}/", f"/desk/claims/{held.pk}/notes/", "/desk/", f"/claims/{held.pk}/history/"]
    for page in [*pages, f"/articles/{held.article_id}/"]:
        assert SECRET not in text(bob, page), page
    for verb in ("reply", "resolve", "reopen"):
        hidden = bob.post(where(held, f"{note.pk}/{verb}"), {"text": "x"})
        absent = bob.post(where(held, f"999999999/{verb}"), {"text": "x"})
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert bare(hidden) == bare(absent)
    assert SECRET in text(as_(world.carol), pages[0])


def test_no_public_page_and_no_export_holds_their_words(world: World, as_: SignedIn, tmp_path: Path) -> None:
    done = factories.reviewed(world)
    note = notes.add(done.claim.pk, f"{SECRET} @carol", actor=world.alice, kind="question")
    notes.reply(note.pk, SECRET, actor=world.carol, claim_id=done.claim.pk)
    step = factories.published(world, done)
    filled = {"verdict_id": step.verdict_id}
    for name in PUBLIC:
        route = str(ROUTES[name].pattern).replace("<int:verdict_id>", str(filled["verdict_id"]))
        for person in (None, world.carol):
            answer = as_(person).get(f"/{route}", follow=name == "verdicts")
            assert SECRET not in answer.content.decode(), name
    page = text(as_(), f"/verdicts/{step.verdict_id}/")
    assert "ld+json" in page
    assert SECRET not in page
    printed = io.StringIO()
    call_command("export_corrections", "--desk", "harbour", "--out", str(tmp_path / "out"), stdout=printed)
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").rglob("*") if file.is_file())
    assert SECRET not in written + printed.getvalue()
    history = text(as_(world.ruth), f"/claims/{done.claim.pk}/history/")
    assert "Note written" in history
    assert SECRET not in history


# --- Bounds -----------------------------------------------------------------------------------------------------------


def test_lists_are_bounded_and_go_on_by_key(world: World, as_: SignedIn) -> None:
    claim = factories.queued_claims(world, 1)[0]
    for number in range(27):
        notes.add(claim.pk, f"Number {number:02}", actor=world.alice, kind="question")
    carol = as_(world.carol)
    first = text(carol, f"/desk/claims/{claim.pk}/notes/")
    assert "Number 26" in first
    assert "Number 01" not in first
    oldest = Note.objects.order_by("pk")[2].pk
    second = text(carol, f"/desk/claims/{claim.pk}/notes/?before={oldest}")
    assert "Number 01" in second
    assert "Number 02" not in second
    assert text(carol, f"/desk/claims/{claim.pk}/").count('id="settle-') == 10
    assert text(carol, "/desk/").count("#note-") == 10
    assert carol.get(f"/desk/claims/{claim.pk}/notes/", {"before": "x"}).status_code == 400


def test_more_notes_cost_no_more_questions(world: World, as_: SignedIn) -> None:
    claim = factories.queued_claims(world, 1)[0]
    carol, counts = as_(world.carol), []
    for more in (1, 8):
        for number in range(more):
            note = notes.add(claim.pk, f"@carol @bob {number}", actor=world.alice, kind="question")
            notes.reply(note.pk, "@alice", actor=world.bob, claim_id=claim.pk)
            notes.resolve(notes.add(claim.pk, "@carol", actor=world.bob).pk, actor=world.dora)
        for page in (f"/desk/claims/{claim.pk}/", f"/desk/claims/{claim.pk}/notes/", "/desk/"):
            carol.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert carol.get(page).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]
