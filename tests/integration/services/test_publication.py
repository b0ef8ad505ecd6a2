"""What goes public, by whom, and how it is corrected and taken back."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from claims.models.claims import Claim
from claims.models.desks import Membership, Role
from claims.models.events import Event
from claims.models.publication import Action, Correction, Publication
from claims.models.review import QueueEntry
from claims.models.verdicts import Verdict
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.workflow import ReopenReason
from claims.services import desks, publication, review
from claims.services import evidence as evidence_services
from claims.services.publication import Note, Statements
from sources import services as register
from tests import factories
from tests.concurrency import at_once
from tests.factories import World, piece, published, reviewed

NOTE = Note("correction", "The report was misread.", reason="A reader wrote in.")
STRICT = {"gate_requires": ["sources", "claimant_contact", "counter_evidence", "method"]}


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def state(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def test_an_editor_who_did_not_review_publishes(world: World) -> None:
    done = reviewed(world)
    made = published(world, done)
    assert (made.position, made.action, made.publisher) == (1, Action.PUBLISHED, world.carol)
    assert made.verdict == done.verdict
    assert state(done.claim) == "published"
    last = Event.objects.of("claim", done.claim.pk).last()
    assert last is not None
    assert (last.kind, last.actor, last.data) == ("claim.published", world.carol, {"verdict": done.verdict.pk})


def test_the_only_reviewer_does_not_publish_even_as_an_editor(world: World) -> None:
    done = reviewed(world, world.carol)
    with pytest.raises(Forbidden) as forbidden:
        publication.publish(done.claim.pk, actor=world.carol)
    assert forbidden.value.problems[0].code == "four_eyes"
    assert publication.publish(done.claim.pk, actor=world.dora).publisher == world.dora


def test_reviewers_and_readers_do_not_publish_and_strangers_see_nothing(world: World) -> None:
    done = reviewed(world)
    for person in (world.bob, world.ruth):
        with pytest.raises(Forbidden):
            publication.publish(done.claim.pk, actor=person)
    with pytest.raises(Absent):
        publication.publish(done.claim.pk, actor=world.mallory)
    assert not Publication.objects.exists()


def test_nothing_undecided_is_published_and_nothing_twice(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    with pytest.raises(Conflict) as conflict:
        publication.publish(claim.pk, actor=world.carol)
    assert conflict.value.problems[0].code == "not_decided"
    published(world, reviewed(world, claim=claim))
    with pytest.raises(Conflict):
        publication.publish(claim.pk, actor=world.carol, note=NOTE)
    assert Publication.objects.count() == 1


def test_a_strict_gate_lists_all_that_is_missing(db: None) -> None:
    world = factories.world(**STRICT)
    done = reviewed(world, evidence=[piece(1)])
    with pytest.raises(Refused) as refused:
        publication.publish(done.claim.pk, actor=world.carol)
    fields = [problem.field for problem in refused.value.problems]
    assert fields == ["source_exception", "no_contact_reason", "counter_evidence_sought", "method_url"]
    assert state(done.claim) == "decided"


def test_a_strict_gate_is_passed_by_deeds_or_by_stated_reasons(db: None) -> None:
    world = factories.world(method_url="https://harbour.example/method", **STRICT)
    deeds, words = reviewed(world), reviewed(world, evidence=[piece(1)])
    asked = evidence_services.contact(deeds.claim, "e-mail", "Where did you count the cracks?", actor=world.alice)
    evidence_services.answer(asked.pk, "In the report.", actor=world.alice)
    publication.publish(deeds.claim.pk, actor=world.carol, statements=Statements(counter_evidence_sought=True))
    stated = Statements("There is one report only.", "He died in 2020.", counter_evidence_sought=True)
    made = publication.publish(words.claim.pk, actor=world.carol, statements=stated)
    assert made.statements == vars(stated)


@pytest.mark.parametrize("group", ["", "one agency"])
def test_evidence_of_one_origin_counts_once(db: None, group: str) -> None:
    world = factories.world(gate_requires=["sources"])
    # Two pages of one host, or two hosts that print the same agency's report.
    pieces = [piece(number if group else 1, independence_group=group) for number in (1, 2)]
    done = reviewed(world, evidence=pieces)
    with pytest.raises(Refused) as refused:
        publication.publish(done.claim.pk, actor=world.carol)
    assert "1 of 2 independent sources" in refused.value.problems[0].message


def test_a_lenient_gate_gives_advice_only(world: World) -> None:
    done = reviewed(world, evidence=[piece(1)])
    missing = publication.gate(done.claim, done.verdict, Statements())
    assert len(missing) == 4
    assert not any(item.required for item in missing)
    assert published(world, done).position == 1


def test_a_reopened_claim_is_reviewed_anew_while_the_public_keeps_what_it_has(world: World) -> None:
    done = reviewed(world)
    first = published(world, done)
    publication.reopen(done.claim.pk, ReopenReason.CHALLENGE, actor=world.carol, note="A reader")
    claim = Claim.objects.get()
    assert (claim.state, claim.round) == ("queued", 2)
    assert list(Publication.objects.visible()) == [first]
    assert QueueEntry.objects.get().round == 2
    again = reviewed(world, world.alice, claim, veracity_verdict="true")
    assert (again.verdict.version, again.verdict.round) == (2, 2)


def test_version_two_needs_a_public_note_and_links_both_verdicts(world: World) -> None:
    done = reviewed(world)
    published(world, done)
    publication.reopen(done.claim.pk, ReopenReason.NEW_EVIDENCE, actor=world.carol)
    again = reviewed(world, world.bob, done.claim)
    for note in (None, Note("correction", "  "), Note("retraction", "x"), Note("", "x")):
        with pytest.raises(Refused) as refused:
            publication.publish(done.claim.pk, actor=world.carol, note=note)
        assert {problem.field for problem in refused.value.problems} <= {"correction_note", "correction_kind"}
    made = published(world, again, NOTE)
    assert (made.position, made.action) == (2, Action.CORRECTED)
    correction = Correction.objects.get()
    assert (correction.from_verdict, correction.to_verdict) == (done.verdict, again.verdict)
    assert (correction.note, correction.approver) == (NOTE.note, world.carol)
    assert list(Publication.objects.visible()) == [made]
    assert Verdict.objects.count() == 2, "the old verdict stays"


def test_a_retraction_stays_in_public_and_says_why(world: World) -> None:
    done = reviewed(world)
    published(world, done)
    with pytest.raises(Refused):
        publication.retract(done.claim.pk, actor=world.carol, note=" ")
    made = publication.retract(done.claim.pk, actor=world.carol, note="The report was forged.", reason="Police")
    assert (made.action, made.verdict) == (Action.RETRACTED, done.verdict)
    assert state(done.claim) == "retracted"
    assert not Publication.objects.visible().exists()
    assert list(Publication.objects.current()) == [made]
    assert Correction.objects.get().to_verdict is None
    with pytest.raises(Conflict):
        publication.reopen(done.claim.pk, ReopenReason.CHALLENGE, actor=world.carol)


def test_a_retraction_needs_four_eyes_as_well(world: World) -> None:
    done = reviewed(world, world.carol)
    publication.publish(done.claim.pk, actor=world.dora)
    with pytest.raises(Forbidden) as forbidden:
        publication.retract(done.claim.pk, actor=world.carol, note="Mine")
    assert forbidden.value.problems[0].code == "four_eyes"
    assert publication.retract(done.claim.pk, actor=world.dora, note="Hers").position == 2


@pytest.mark.parametrize("step", ["reopen", "retract"])
def test_what_is_not_public_is_neither_reopened_nor_retracted(world: World, step: str) -> None:
    claim = reviewed(world).claim
    verbs: dict[str, Any] = {
        "reopen": lambda person: publication.reopen(claim.pk, ReopenReason.CHALLENGE, actor=person),
        "retract": lambda person: publication.retract(claim.pk, actor=person, note="No"),
    }
    for person, error in ((world.carol, Conflict), (world.alice, Forbidden), (world.mallory, Absent)):
        with pytest.raises(error):
            verbs[step](person)
    assert state(claim) == "decided"


def test_a_person_who_left_the_desk_does_not_publish(world: World) -> None:
    done = reviewed(world)
    Membership.objects.filter(user=world.carol).update(active=False)
    with pytest.raises(Absent):
        publication.publish(done.claim.pk, actor=world.carol)


@pytest.mark.django_db(transaction=True)
def test_publishing_at_once_gives_positions_without_a_gap_in_the_order_of_commits() -> None:
    world = factories.world()
    editors = [factories.member(world.desk, f"editor{number}", Role.EDITOR) for number in range(6)]
    claims = [reviewed(world).claim for _ in editors]
    steps = zip(claims, editors, strict=True)
    made = at_once([partial(publication.publish, claim.pk, actor=editor) for claim, editor in steps])
    assert sorted(entry.position for entry in made) == list(range(1, 7))


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_publish_once() -> None:
    world = factories.world()
    claim = reviewed(world).claim

    def publish(person: Any) -> bool:
        try:
            publication.publish(claim.pk, actor=person)
        except Conflict:
            return False
        return True

    assert sorted(at_once([lambda: publish(world.carol), lambda: publish(world.dora)])) == [False, True]
    assert Publication.objects.count() == 1
    assert review.take_next(world.bob) is None


def test_a_review_that_was_given_up_is_no_second_pair_of_eyes(world: World) -> None:
    """alice's review was sent back and given up; carol's alone is behind the verdict."""
    desks.change(world.desk, actor=world.dora, approval_required=True)
    (claim,) = factories.queued_claims(world, 1)
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    held = review.request_changes(claim.pk, world.dora, "Which report?")
    review.release(held.pk, world.alice)
    desks.change(world.desk, actor=world.dora, approval_required=False)
    done = reviewed(world, world.carol, claim)
    with pytest.raises(Forbidden) as forbidden:
        publication.publish(claim.pk, actor=world.carol)
    assert forbidden.value.problems[0].code == "four_eyes"
    row = {"claim": claim, "verdict": done.verdict, "action": Action.PUBLISHED, "position": 0}
    with pytest.raises(DatabaseError, match="only reviewer"), transaction.atomic():
        Publication.objects.create(publisher=world.carol, **row)
    assert publication.publish(claim.pk, actor=world.dora).publisher == world.dora


def test_a_publication_is_of_its_claims_desk_whatever_was_written(world: World) -> None:
    done = factories.reviewed(world)
    row: dict[str, Any] = {"claim": done.claim, "verdict": done.verdict, "action": Action.PUBLISHED}
    made = Publication.objects.create(position=0, desk=world.elsewhere, publisher=world.carol, **row)
    made.refresh_from_db()
    assert made.desk == world.desk


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"speaker": "Anna Bell"}, "alias_by_folded_name"),
        ({"speaker": "Ann"}, "alias_by_folded_name"),
        ({"since": date(2200, 1, 1)}, "publication_by_time"),
        ({}, "claims_publication_position_key"),
    ],
)
def test_what_readers_search_by_has_an_index(world: World, asked: dict[str, Any], index: str) -> None:
    """With so few rows the planner would read them all; told not to, it must have an index for each part.

    How few it believes there are hangs on what ran before, so that it might sort them as well, and read all
    of them where all are asked for.
    """
    register.create("person", "Anna Bell")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_mergejoin = off")
        if not asked:
            cursor.execute("SET LOCAL enable_sort = off")
        rows = Publication.objects.visible().matching(**asked)
        plan = (rows if "since" in asked else rows.order_by("-position"))[:25].explain()
    assert index in plan, plan
    assert "Seq Scan" not in plan, plan


def test_what_one_desk_published_is_read_without_a_walk_over_the_others(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = Publication.objects.filter(desk=world.desk).order_by("-position")[:10].explain()
    assert "publication_newest_of_desk" in plan, plan
