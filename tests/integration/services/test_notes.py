"""Notes and questions: written, answered, settled, found on somebody's desk, and hidden from a blind reviewer."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.desks import Role
from claims.models.events import Event
from claims.models.notes import Note
from claims.models.review import Assignment
from claims.rules.notes import MENTION_LIMIT
from claims.rules.refusals import Absent, Conflict, Refused
from claims.rules.workflow import ClaimState, ReopenReason
from claims.services import notes, publication, review
from tests import factories
from tests.concurrency import at_once
from tests.factories import World

SECRET = "Between us: the mayor's office called."


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


@pytest.fixture
def claim(world: World) -> Claim:
    return factories.queued_claims(world, 1)[0]


def seen(user: Any) -> set[int]:
    """The ids of the notes and replies that this person gets to see, by each way there is."""
    alone = set(notes.visible(user).values_list("pk", flat=True))
    nested = {row.pk for thread in notes.threads(user) for row in (thread, *thread.replies.all())}
    assert nested == alone
    return nested


def waiting(user: Any) -> list[int]:
    return [row.pk for row in notes.open_first(user, notes.for_desk(user), notes.DESK_LIMIT)]


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_a_note_is_stored_clean_and_its_event_has_no_words(world: World, claim: Claim) -> None:
    made = notes.add(claim.pk, f"  {SECRET}\r\n\x00@bob ", actor=world.alice)
    assert (made.text, made.kind, made.state, made.round) == (f"{SECRET}\n@bob", "note", "open", 1)
    assert [person.username for person in made.mentions.all()] == ["bob"]
    event = Event.objects.of("claim", claim.pk).last()
    assert event is not None
    assert (event.kind, event.actor, event.reason) == ("note.added", world.alice, "")
    assert event.data == {"note": made.pk, "kind": "note"}
    assert factories.history_is_whole()


@pytest.mark.parametrize(
    ("text", "kind", "field", "code"),
    [
        ("", "note", "text", "blank"),
        (" \x00\n ", "note", "text", "blank"),
        ("x" * 5001, "note", "text", "too_long"),
        ("x", "rumour", "kind", "unknown"),
        ("x", "reply", "kind", "unknown"),
    ],
)
def test_what_cannot_be_stored_is_named(
    world: World, claim: Claim, text: str, kind: str, field: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        notes.add(claim.pk, text, actor=world.alice, kind=kind)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [(field, code)]
    assert not Note.objects.exists()


def test_only_people_of_the_desk_who_can_answer_are_mentioned(world: World, claim: Claim) -> None:
    factories.member(world.desk, "erin", Role.ADMIN)
    world.dora.memberships.update(active=False)
    factories.member(world.desk, "Олена", Role.REVIEWER)
    made = notes.add(claim.pk, "@Bob, @mallory, @ruth, @dora, @nobody, @олена and @carol.", actor=world.alice)
    assert {person.username for person in made.mentions.all()} == {"bob", "carol", "Олена"}


def test_too_many_mentions_are_refused(world: World, claim: Claim) -> None:
    for number in range(MENTION_LIMIT + 1):
        factories.member(world.desk, f"helper{number}", Role.REVIEWER)
    everybody = " ".join(f"@helper{number}" for number in range(MENTION_LIMIT + 1))
    with pytest.raises(Refused, match="at most 20 people"):
        notes.add(claim.pk, everybody, actor=world.alice)
    assert len(notes.people(world.desk.pk, limit=10)) == 10


def test_replies_have_one_level_and_an_end(world: World, claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = notes.add(claim.pk, "Which report?", actor=world.alice, kind="question")
    answer = notes.reply(thread.pk, "The one of March.", actor=world.carol, claim_id=thread.claim_id)
    assert (answer.kind, answer.state, answer.parent_id) == ("reply", "", thread.pk)
    with pytest.raises(Conflict, match="a reply itself"):
        notes.reply(answer.pk, "And?", actor=world.bob, claim_id=answer.claim_id)
    with pytest.raises(Conflict, match="neither open nor resolved"):
        notes.resolve(answer.pk, actor=world.bob)
    monkeypatch.setattr(notes, "REPLY_LIMIT", 1)
    with pytest.raises(Conflict, match="Write a new note"):
        notes.reply(thread.pk, "And?", actor=world.bob, claim_id=thread.claim_id)


def test_it_is_resolved_and_reopened_once(world: World, claim: Claim) -> None:
    thread = notes.add(claim.pk, "Which report?", actor=world.alice, kind="question")
    for _ in range(2):
        done = notes.resolve(thread.pk, actor=world.carol)
        assert (done.state, done.resolved_by) == ("resolved", world.carol)
    notes.resolve(thread.pk, actor=world.bob)
    assert notes.reopen(thread.pk, actor=world.bob).state == "open"
    notes.reopen(thread.pk, actor=world.bob)
    told = (
        Event.objects.of("claim", claim.pk)
        .filter(kind__startswith="note.")
        .values_list("kind", "from_state", "to_state")
    )
    assert list(told)[1:] == [("note.resolved", "open", "resolved"), ("note.reopened", "resolved", "open")]


def test_another_desks_notes_are_absent(world: World, claim: Claim) -> None:
    thread = notes.add(claim.pk, SECRET, actor=world.alice)
    verbs: list[Callable[[int], Any]] = [
        lambda pk: notes.reply(pk, "x", actor=world.mallory, claim_id=claim.pk),
        lambda pk: notes.resolve(pk, actor=world.mallory),
        lambda pk: notes.reopen(pk, actor=world.mallory),
    ]
    for verb in verbs:
        for pk in (thread.pk, 999_999_999):
            with pytest.raises(Absent):
                verb(pk)
    assert seen(world.mallory) == set()
    assert seen(world.ruth) == {thread.pk}


# --- On somebody's desk -----------------------------------------------------------------------------------------------


def test_a_question_to_nobody_waits_for_the_editors(world: World, claim: Claim) -> None:
    asked = notes.add(claim.pk, "Is this ours?", actor=world.alice, kind="question")
    notes.add(claim.pk, "Seen.", actor=world.alice)
    assert waiting(world.carol) == waiting(world.dora) == [asked.pk]
    assert waiting(world.alice) == waiting(world.bob) == waiting(world.mallory) == []
    notes.reply(asked.pk, "It is.", actor=world.carol, claim_id=asked.claim_id)
    assert waiting(world.alice) == [asked.pk], "the answer"
    notes.resolve(asked.pk, actor=world.alice)
    assert waiting(world.carol) == []


def test_whoever_is_mentioned_finds_it_and_what_is_open_comes_first(world: World, claim: Claim) -> None:
    first = notes.add(claim.pk, "@bob, look.", actor=world.alice)
    second = notes.add(claim.pk, "Look.", actor=world.alice)
    third = notes.add(claim.pk, "@bob, which?", actor=world.alice, kind="question")
    notes.reply(second.pk, "@bob knows.", actor=world.carol, claim_id=second.claim_id)
    assert waiting(world.bob) == [third.pk, second.pk, first.pk]
    assert waiting(world.carol) == [], "the question went to bob"
    notes.resolve(third.pk, actor=world.bob)
    assert waiting(world.bob) == [second.pk, first.pk, third.pk]
    assert len(notes.open_first(world.bob, notes.for_desk(world.bob), 2)) == 2
    world.bob.memberships.update(active=False)
    assert waiting(world.bob) == []


# --- Blind review -----------------------------------------------------------------------------------------------------


def put(claim: Claim, state: ClaimState) -> None:
    with factories.triggers_off():
        Claim.objects.filter(pk=claim.pk).update(state=state.value)


def test_what_the_first_reviewer_writes_is_for_editors_until_both_are_in(world: World, claim: Claim) -> None:
    before = notes.add(claim.pk, "Mind the date.", actor=world.carol)
    review.take(world.alice, claim.pk)
    hers = notes.add(claim.pk, f"@bob @carol {SECRET}", actor=world.alice, kind="question")
    under_it = notes.reply(hers.pk, "Go by the report.", actor=world.carol, claim_id=hers.claim_id)
    beside = notes.reply(before.pk, "I did, it is false.", actor=world.alice, claim_id=before.claim_id)
    everything = {before.pk, hers.pk, under_it.pk, beside.pk}
    for state in (ClaimState.IN_REVIEW, ClaimState.SUBMITTED, ClaimState.SECOND_REVIEW, ClaimState.ADJUDICATION):
        put(claim, state)
        for blind in (world.bob, world.ruth):
            assert seen(blind) == {before.pk}, state
            assert waiting(blind) == []
        for knowing in (world.alice, world.carol, world.dora):
            assert seen(knowing) == everything, state
        for verb in (notes.resolve, notes.reopen):
            with pytest.raises(Absent):
                verb(hers.pk, actor=world.bob)
        with pytest.raises(Absent):
            notes.reply(hers.pk, "x", actor=world.bob, claim_id=hers.claim_id)
    for state in (ClaimState.DECIDED, ClaimState.PUBLISHED):
        put(claim, state)
        assert seen(world.bob) == seen(world.ruth) == everything, state
        assert waiting(world.bob) == [hers.pk]


def test_an_editor_who_reviews_second_is_as_blind(world: World, claim: Claim) -> None:
    review.take(world.alice, claim.pk)
    hers = notes.add(claim.pk, SECRET, actor=world.alice, kind="question")
    put(claim, ClaimState.SECOND_REVIEW)
    lease = {"role": "second", "round": 1, "lease_until": "2100-01-01T00:00Z"}
    Assignment.objects.create(claim=claim, reviewer=world.carol, **lease)
    his = notes.add(claim.pk, "The second view.", actor=world.carol)
    assert seen(world.carol) == {his.pk}
    assert waiting(world.carol) == []
    assert seen(world.alice) == {hers.pk}, "the other way round too"
    assert seen(world.dora) == {hers.pk, his.pk}


def test_an_earlier_round_hides_nothing(world: World) -> None:
    done = factories.reviewed(world)
    said = notes.add(done.claim.pk, SECRET, actor=world.alice)
    factories.published(world, done)
    publication.reopen(done.claim.pk, ReopenReason.CHALLENGE, actor=world.carol)
    assert seen(world.bob) == {said.pk}


# --- At once, and how much it asks ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_at_once_settle_once_and_write_no_more_replies_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    world = factories.world()
    claim = factories.queued_claims(world, 1)[0]
    thread = notes.add(claim.pk, "Which report?", actor=world.alice, kind="question")
    at_once([partial(notes.resolve, thread.pk, actor=world.carol) for _ in range(8)])
    assert Event.objects.of("claim", claim.pk).filter(kind="note.resolved").count() == 1
    monkeypatch.setattr(notes, "REPLY_LIMIT", 3)

    def answer(number: int) -> bool:
        try:
            return bool(notes.reply(thread.pk, f"Number {number}", actor=world.bob, claim_id=claim.pk))
        except Conflict:
            return False

    assert sum(at_once([partial(answer, number) for number in range(8)])) == 3
    assert Note.objects.filter(parent=thread).count() == 3
    assert factories.history_is_whole()


def test_a_verb_asks_no_more_of_a_long_thread(world: World, claim: Claim) -> None:
    thread = notes.add(claim.pk, "Which report?", actor=world.alice, kind="question")

    verbs: list[Callable[[], object]] = [
        lambda: notes.reply(thread.pk, "@alice @bob", actor=world.carol, claim_id=claim.pk),
        lambda: notes.resolve(thread.pk, actor=world.carol),
        lambda: notes.reopen(thread.pk, actor=world.carol),
    ]

    def asked() -> list[int]:
        counts = []
        for verb in verbs:
            with CaptureQueriesContext(connection) as queries:
                verb()
            counts.append(len(queries))
        return counts

    few = asked()
    for _ in range(20):
        notes.reply(thread.pk, "@alice @bob", actor=world.bob, claim_id=claim.pk)
    assert asked() == few
    assert max(few) <= 17


# --- Held by the database ---------------------------------------------------------------------------------------------


def refused(sql: str, *params: Any) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    return str(error.value)


def test_words_stay_as_written_and_nothing_is_deleted(world: World, claim: Claim) -> None:
    made = notes.add(claim.pk, SECRET, actor=world.alice)
    for column in ("text = 'x'", "kind = 'question'", f"author_id = {world.bob.pk}", "round = 2"):
        assert "Cannot update" in refused(f"UPDATE claims_note SET {column} WHERE id = %s", made.pk)  # noqa: S608 -- columns named here
    assert "Cannot delete" in refused("DELETE FROM claims_note")


INSERT = """
    INSERT INTO claims_note (claim_id, round, kind, author_id, text, parent_id, resolved_by_id, resolved_at, written_at)
    VALUES (%s, 1, %s, %s, %s, %s, %s, CASE WHEN %s THEN now() END, now())
"""


def test_a_note_that_makes_no_sense_is_not_stored(world: World, claim: Claim) -> None:
    thread = notes.add(claim.pk, "Which?", actor=world.alice)
    answer = notes.reply(thread.pk, "This.", actor=world.carol, claim_id=thread.claim_id)
    other = factories.queued_claims(world, 1)[0].pk
    who = world.alice.pk
    for name, row in (
        ("note_kind_known", (claim.pk, "rumour", who, "x", None, None, False)),
        ("note_has_words", (claim.pk, "note", who, "", None, None, False)),
        ("note_is_a_reply_to_something", (claim.pk, "reply", who, "x", None, None, False)),
        ("note_is_a_reply_to_something", (claim.pk, "note", who, "x", thread.pk, None, False)),
        ("note_resolved_by_somebody", (claim.pk, "note", who, "x", None, None, True)),
        ("note_resolved_by_somebody", (claim.pk, "reply", who, "x", thread.pk, who, True)),
        ("is a reply itself", (claim.pk, "reply", who, "x", answer.pk, None, False)),
        ("about another claim", (other, "reply", who, "x", thread.pk, None, False)),
        ("too long", (claim.pk, "note", who, "x" * 5001, None, None, False)),
    ):
        assert name in refused(INSERT, *row)
