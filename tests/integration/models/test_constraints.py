"""What the database itself refuses, whatever a program does: each named rule, asked by raw SQL or by a bare row."""

from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import CheckConstraint, Model, UniqueConstraint
from django.db.models.functions import Now

from claims.models.adjudication import Adjudication
from claims.models.articles import Article, Revision
from claims.models.claims import Attribution, Claim, ClaimLink
from claims.models.conflicts import ConflictOfInterest
from claims.models.desks import Desk, Membership
from claims.models.events import Event, Seal
from claims.models.evidence import Capture, Evidence
from claims.models.jobs import Job
from claims.models.publication import Correction, Publication
from claims.models.review import LIVE, Assignment, QueueEntry, Review
from claims.models.spans import Span
from claims.models.verdicts import RatingScale, Verdict
from claims.rules.workflow import TRANSITIONS, AssignmentState, ClaimState, ReopenReason
from claims.services import events, publication, review
from claims.services import evidence as evidence_services
from sources import services as register
from tests import factories
from tests.factories import World

pytestmark = pytest.mark.django_db
HASH = "a" * 64


@pytest.fixture
def world() -> World:
    return factories.world()


@pytest.fixture
def full(world: World) -> World:
    """At least one row in each table that only grows."""
    article = factories.ready_article(world)
    done = factories.reviewed(world)
    factories.published(world, done)
    publication.reopen(done.claim.pk, ReopenReason.CHALLENGE, actor=world.carol)
    again = factories.reviewed(world, world.bob, done.claim)
    factories.published(world, again, publication.Note("correction", "Misread."))
    evidence = Evidence.objects.first()
    assert evidence is not None
    Capture.objects.create(evidence=evidence, attempt=1, status="failed", reason="gone")
    Adjudication.objects.create(
        claim=done.claim, round=2, adjudicator=world.dora, verdict=again.verdict, note="Settled"
    )
    events.seal()
    assert article.revisions.exists()
    return world


def refused(sql: str, *params: Any) -> str:
    """What PostgreSQL says to the statement, which must not pass."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    return str(error.value)


APPEND_ONLY: list[tuple[type[Model], str]] = [
    (Revision, "text"), (Review, "rationale"), (Verdict, "rationale"), (Evidence, "note"), (Event, "reason"),
    (Seal, "sequence"), (Publication, "position"), (Correction, "note"), (Capture, "reason"), (Adjudication, "note"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "column"), APPEND_ONLY, ids=lambda value: getattr(value, "__name__", value))
def test_history_is_neither_changed_nor_deleted(full: World, model: type[Model], column: str) -> None:
    table = model._meta.db_table
    rows = model._default_manager.count()
    assert rows
    value = "sequence + 100" if column == "sequence" else "position + 100" if column == "position" else "'x'"
    assert refused(f"UPDATE {table} SET {column} = {value}")  # noqa: S608 -- named in this file
    assert refused(f"DELETE FROM {table}")  # noqa: S608 -- named in this file
    assert model._default_manager.count() == rows


@pytest.mark.parametrize("model", [Claim, Assignment])
def test_work_is_never_deleted(full: World, model: type[Model]) -> None:
    assert "delete" in refused(f"DELETE FROM {model._meta.db_table}").lower()  # noqa: S608 -- named in this file


@pytest.mark.parametrize("weights", ['{"figures": 2}', '{"figures": "1"}', '{"figures": null}', "[]", "3", "null"])
def test_a_desk_weighs_with_numbers(world: World, weights: str) -> None:
    said = refused("UPDATE claims_desk SET worthiness_weights = %s::jsonb WHERE id = %s", weights, world.desk.pk)
    assert "desk_weights_are_numbers" in said


def test_withdrawing_is_the_one_change_that_evidence_sees(full: World) -> None:
    Evidence.objects.update(withdrawn_at=Now())
    assert refused("UPDATE claims_evidence SET withdrawn_at = NULL, url = 'https://other.example'")


def test_being_sealed_once_is_the_one_change_that_an_event_sees(full: World) -> None:
    assert refused("UPDATE claims_event SET seal_id = NULL")
    with transaction.atomic():
        events.record("claim.held", "claim", 1)
    seal = Seal.objects.get()
    assert refused("UPDATE claims_event SET seal_id = %s, reason = 'x' WHERE seal_id IS NULL", seal.pk)
    Event.objects.filter(seal=None).update(seal=seal)


def test_no_session_can_switch_a_trigger_off_by_a_setting(full: World) -> None:
    """pgtrigger would let whoever has the connection do so, with all triggers that are named."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(tgname)::text FROM pg_trigger WHERE NOT tgisinternal")
        (every,) = cursor.fetchone()
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [every])
    assert refused("UPDATE claims_event SET reason = 'x'")
    assert refused("DELETE FROM claims_claim")


def test_number_time_and_hash_of_an_event_are_the_databases(world: World) -> None:
    forged = events.entry("claim.held", "claim", 99)
    forged.sequence, forged.hash, forged.previous_hash = 77, b"forged", b"forged"
    Event.objects.bulk_create([forged])
    stored = Event.objects.of("claim", 99).get()
    assert (stored.sequence, bytes(stored.previous_hash)) == (1, b"")
    assert factories.history_is_whole()


def test_the_database_knows_the_same_legal_steps_as_the_rules(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    passed = set()
    for before, after in product(ClaimState, ClaimState):
        with factories.triggers_off():
            Claim.objects.filter(pk=claim.pk).update(state=before.value)
        try:
            with transaction.atomic():
                Claim.objects.filter(pk=claim.pk).update(state=after.value)
        except DatabaseError:
            continue
        passed.add((before, after))
    assert passed - {(state, state) for state in ClaimState} == TRANSITIONS


def assignment(claim: Claim, person: Any, **fields: Any) -> Assignment:
    details = {"role": "first", "round": 1, "lease_until": Now()} | fields
    return Assignment.objects.create(claim=claim, reviewer=person, **details)


def named(constraint: str) -> Any:
    return pytest.raises(DatabaseError, match=constraint)


def test_a_claim_and_role_has_one_live_assignment(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment(claim, world.alice)
    with named("assignment_one_live_per_role"), transaction.atomic():
        assignment(claim, world.bob)
    assignment(claim, world.bob, role="second")


def test_nobody_has_two_parts_in_one_round(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    assignment(claim, world.alice, state="submitted", ended_at=Now())
    for role in ("second", "adjudicator"):
        with named("assignment_one_part_per_person"), transaction.atomic():
            assignment(claim, world.alice, role=role)
    assignment(claim, world.alice, round=2)


def test_an_assignment_changes_no_hands(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    mine = assignment(claim, world.alice)
    for change in ("reviewer_id = %s", "round = %s"):
        assert refused(f"UPDATE claims_assignment SET {change} WHERE id = {mine.pk}", world.bob.pk)  # noqa: S608 -- named in this file
    with named("assignment_ended_when_not_live"), transaction.atomic():
        Assignment.objects.update(state="expired")


def test_the_adjudicator_is_none_of_the_reviewers(world: World) -> None:
    done = factories.reviewed(world)
    row = {"claim": done.claim, "round": 1, "verdict": done.verdict, "note": "x"}
    with named("adjudicator|reviewed it"), transaction.atomic():
        Adjudication.objects.create(adjudicator=world.alice, **row)
    Adjudication.objects.create(adjudicator=world.bob, **row)


def stands_too_near(world: World, claim: Claim, person: Any) -> ConflictOfInterest:
    """The person declared a conflict of interest with a source that the claim comes from."""
    bell = register.create("person", "Anna Bell")
    claim.attributions.get().resolved_sources.create(source=bell, surface="Bell", score=0.5, reason="An alias.")
    return ConflictOfInterest.objects.create(desk=world.desk, user=person, source=bell)


@pytest.mark.parametrize("role", ["first", "second", "adjudicator"])
@pytest.mark.parametrize("state", LIVE)
def test_nobody_gets_what_they_stand_too_near_to(world: World, role: str, state: str) -> None:
    claim, other = factories.queued_claims(world, 2)
    declared = stands_too_near(world, claim, world.alice)
    with named("assignment_without_conflict_of_interest|conflict of interest"), transaction.atomic():
        assignment(claim, world.alice, role=role, state=state)
    assignment(other, world.alice, role=role, state=state)
    ConflictOfInterest.objects.filter(pk=declared.pk).update(ended_at=Now(), end_reason="Over.")
    assignment(claim, world.alice, role=role, state=state)


def test_nor_accepts_what_was_offered_before(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    offered = assignment(claim, world.alice, state="offered")
    stands_too_near(world, claim, world.alice)
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        Assignment.objects.filter(pk=offered.pk).update(state="active")
    cause: Any = error.value.__cause__
    assert cause.diag.constraint_name == "assignment_without_conflict_of_interest"
    Assignment.objects.filter(pk=offered.pk).update(state="declined", ended_at=Now())


def test_nor_settles_it(world: World) -> None:
    done = factories.reviewed(world)
    row = {"claim": done.claim, "round": 1, "verdict": done.verdict, "note": "x"}
    stands_too_near(world, done.claim, world.bob)
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        Adjudication.objects.create(adjudicator=world.bob, **row)
    cause: Any = error.value.__cause__
    assert cause.diag.constraint_name == "adjudication_without_conflict_of_interest"
    Adjudication.objects.create(adjudicator=world.carol, **row)


def test_a_conflict_of_interest_is_declared_once_and_ends_once(world: World) -> None:
    bell, osei = register.create("person", "Anna Bell"), register.create("person", "Mark Osei")
    row = ConflictOfInterest.objects.create(desk=world.desk, user=world.alice, source=bell, note="A cousin.")
    mine = ConflictOfInterest.objects.filter(pk=row.pk)
    with named("conflict_open_once"), transaction.atomic():
        ConflictOfInterest.objects.create(desk=world.desk, user=world.alice, source=bell)
    for change in ({"note": "x"}, {"source": osei}, {"user": world.bob}, {"desk": world.elsewhere}):
        with named("conflict_stays_as_declared|Cannot update"), transaction.atomic():
            mine.update(**change)
    with named("conflict_ends_for_a_reason"), transaction.atomic():
        mine.update(ended_at=Now())
    with named("conflict_ends_for_a_reason"), transaction.atomic():
        mine.update(end_reason="Over.")
    mine.update(ended_at=Now(), end_reason="Over.")
    for again in ({"ended_at": None, "end_reason": ""}, {"end_reason": "Not quite."}):
        with named("Cannot update"), transaction.atomic():
            mine.update(**again)
    assert "delete" in refused("DELETE FROM claims_conflictofinterest").lower()
    ConflictOfInterest.objects.create(desk=world.desk, user=world.alice, source=bell)


def test_the_only_reviewer_cannot_publish_even_by_a_bare_row(world: World) -> None:
    done = factories.reviewed(world)
    row = {"claim": done.claim, "verdict": done.verdict, "action": "published", "position": 0}
    with named("only reviewer"), transaction.atomic():
        Publication.objects.create(publisher=world.alice, **row)
    made = Publication.objects.create(publisher=world.bob, **row)
    with named("publication_once_per_verdict"), transaction.atomic():
        Publication.objects.create(publisher=world.bob, **row)
    with named("correction_leads_to_a_verdict_or_retracts"), transaction.atomic():
        Correction.objects.create(
            publication=made, from_verdict=done.verdict, kind="correction", note="x", approver=world.bob
        )


def bare(world: World) -> dict[str, Any]:
    """Rows to hang a wrong one on."""
    article = Article.objects.create(
        desk=world.desk, origin="text", content_key=HASH, canonical_url="https://a.example"
    )
    revision = Revision.objects.create(article=article, text="He said so.", sha256=HASH)
    found = Attribution.objects.create(
        revision=revision, label="A1", quote_type="direct", stance="asserts", confidence=1, engine="rules 1"
    )
    claims = [Claim.objects.create(desk=world.desk, article=article, label=f"C{n}", text="So.") for n in (1, 2)]
    QueueEntry.objects.create(claim=claims[0], desk=world.desk, role="first", round=1, priority=1)
    Span.objects.create(attribution=found, role="cue", start=3, end=7)
    Job.objects.create(name="n", key="k")
    return {"article": article, "revision": revision, "attribution": found, "one": claims[0], "two": claims[1]}


# name of the rule: the row that breaks it, with words from bare() for the rows that it hangs on
BROKEN: dict[str, tuple[type[Model], dict[str, Any]]] = {
    "article_status_known": (Article, {"desk": "desk", "origin": "text", "status": "lost"}),
    "article_origin_known": (Article, {"desk": "desk", "origin": "fax"}),
    "article_url_once_per_desk": (Article, {"desk": "desk", "origin": "text", "canonical_url": "https://a.example"}),
    "article_words_once_per_desk": (Article, {"desk": "desk", "origin": "text", "content_key": HASH}),
    "article_failure_has_a_reason": (Article, {"desk": "desk", "origin": "text", "status": "failed"}),
    "revision_numbered_once": (Revision, {"article": "article", "text": "x", "sha256": HASH}),
    "revision_has_text": (Revision, {"article": "article", "number": 2, "text": "", "sha256": HASH}),
    "revision_hash_is_whole": (Revision, {"article": "article", "number": 2, "text": "x", "sha256": "abc"}),
    "attribution_label_once_per_revision": (Attribution, {"label": "A1", "engine": "e"}),
    "attribution_confidence_is_a_probability": (Attribution, {"label": "A2", "engine": "e", "confidence": 1.1}),
    "attribution_was_found_by_somebody": (Attribution, {"label": "A2", "engine": ""}),
    "attribution_stance_known": (Attribution, {"label": "A2", "engine": "e", "stance": "sings"}),
    "span_is_not_empty": (Span, {"attribution": "attribution", "role": "cue", "start": 4, "end": 4}),
    "span_begins_once_per_role": (Span, {"attribution": "attribution", "role": "cue", "start": 3, "end": 9}),
    "claim_has_text": (Claim, {"desk": "desk", "article": "article", "label": "C9", "text": ""}),
    "claim_label_once_per_article": (Claim, {"desk": "desk", "article": "article", "label": "C1", "text": "x"}),
    "claim_priority_in_range": (Claim, {"desk": "desk", "article": "article", "text": "x", "priority": 101}),
    "claim_link_joins_two_claims": (ClaimLink, {"from_claim": "one", "to_claim": "one", "kind": "updates"}),
    "claim_link_symmetric_is_ordered": (ClaimLink, {"from_claim": "two", "to_claim": "one", "kind": "same_as"}),
    "queue_entry_once_per_claim_and_role": (
        QueueEntry, {"claim": "one", "desk": "desk", "role": "first", "round": 1, "priority": 1},
    ),
    "evidence_can_be_looked_up": (Evidence, {"claim": "one", "round": 1, "relation": "refutes", "added_by": "alice"}),
    "evidence_url_is_a_web_address": (
        Evidence, {"claim": "one", "round": 1, "relation": "refutes", "added_by": "alice", "url": "javascript:1"}),
    "job_one_open_per_key": (Job, {"name": "n", "key": "k"}),
    "job_finished_when_it_ended": (Job, {"name": "n", "key": "k2", "state": "done"}),
    "job_progress_is_a_percentage": (Job, {"name": "n", "key": "k2", "progress": 101}),
    "membership_once_per_desk": (Membership, {"desk": "desk", "user": "alice"}),
    "membership_role_known": (Membership, {"desk": "elsewhere", "user": "alice", "role": "emperor"}),
    "membership_can_hold_something": (Membership, {"desk": "elsewhere", "user": "alice", "capacity": 0}),
    "desk_slug_unique": (Desk, {"name": "x", "slug": "harbour"}),
    "desk_slug_is_no_number": (Desk, {"name": "x", "slug": "17"}),
    "scale_one_active_per_axis": (RatingScale, {"desk": "desk", "axis": "veracity", "name": "Second"}),
    "event_fields_are_one_line": (Event, {"subject_type": "claim", "subject_id": 1, "kind": "a\nb", "sequence": 0}),
    "event_has_a_kind": (Event, {"subject_type": "claim", "subject_id": 1, "kind": "", "sequence": 0}),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_a_row_that_breaks_a_rule_is_refused_by_its_name(world: World, rule: str) -> None:
    model, fields = BROKEN[rule]
    known = bare(world) | {name: getattr(world, name) for name in ("desk", "elsewhere", "alice")}
    row: dict[str, Any] = {"hash": b"", "previous_hash": b""} if model is Event else {}
    if model is Attribution:
        row = {"revision": known["revision"], "quote_type": "direct", "stance": "asserts", "confidence": 0.5}
    for name, value in fields.items():
        relation = model._meta.get_field(name).is_relation
        row[name] = known[value] if relation else value
    if model is Event:
        row["at"] = review.database_now()
    with named(rule), transaction.atomic():
        model._default_manager.create(**row)


def test_every_rule_of_the_tables_has_a_name_of_its_own_and_stands_in_the_database() -> None:
    declared = [
        constraint.name
        for model in apps.get_app_config("claims").get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint | UniqueConstraint)
    ]
    assert len(declared) == len(set(declared)) > 60
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        stored = {row[0] for row in cursor.fetchall()}
    assert set(declared) <= stored


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("decision = 'guessed', decided_by_id = {user}, decided_at = now()", "attribution_decision_known"),
        ("decision = 'confirmed'", "attribution_decision_is_somebodys"),
        ("decided_at = now()", "attribution_decision_is_somebodys"),
        (
            "suggested = true, decision = 'rejected', decided_by_id = {user}, decided_at = now()",
            "suggestion_is_undecided",
        ),
        ("decision = 'added', decided_by_id = {user}, decided_at = now()", "attribution_added_by_a_person"),
    ],
)
def test_a_decision_is_a_persons_and_ends_a_suggestion(world: World, change: str, constraint: str) -> None:
    factories.queued_claims(world, 1)
    said = refused(f"UPDATE claims_attribution SET {change.format(user=world.alice.pk)}")  # noqa: S608 - the changes stand in this file
    assert constraint in said


@pytest.mark.parametrize("ended", sorted({state.value for state in AssignmentState} - set(LIVE)))
def test_what_has_ended_stays_as_it_ended(world: World, ended: str) -> None:
    """Who submitted would otherwise be freed to be the second reviewer of the same claim."""
    claim = factories.queued_claims(world, 1)[0]
    row = assignment(claim, world.alice, state=ended, ended_at=Now())
    for state in {each.value for each in AssignmentState} - {ended}:
        over = "NULL" if state in LIVE else "now()"
        said = refused(f"UPDATE claims_assignment SET state = %s, ended_at = {over} WHERE id = %s", state, row.pk)  # noqa: S608 -- named in this file
        # What was submitted may go on where it was sent back, which it was not here.
        assert ("Invalid transition" in said) or ((ended, state) == ("submitted", "active") and "not sent back" in said)
    row.refresh_from_db()
    assert row.state == ended


def test_the_evidence_of_a_submitted_review_and_of_a_verdict_stays_as_it_is(world: World) -> None:
    done = factories.reviewed(world)
    other = evidence_services.add(done.claim, [factories.piece(7)], actor=world.alice)[0]
    for name, row in (("review", done.review), ("verdict", done.verdict)):
        table, before = f"claims_{name}_evidence", set(row.evidence.values_list("pk", flat=True))
        assert refused(f"DELETE FROM {table}")  # noqa: S608 -- named in this file
        assert refused(f"UPDATE {table} SET evidence_id = %s WHERE evidence_id = %s", other.pk, min(before))  # noqa: S608 -- named in this file
        said = refused(f"INSERT INTO {table} ({name}_id, evidence_id) VALUES (%s, %s)", row.pk, other.pk)  # noqa: S608 -- named in this file
        assert "its evidence stays as it is" in said
        assert set(row.evidence.values_list("pk", flat=True)) == before


def test_a_later_round_adds_nothing_to_an_earlier_verdict(full: World) -> None:
    first = Verdict.objects.filter(version=1, claim__verdicts__version=2).get()
    with factories.triggers_off():
        Claim.objects.filter(pk=first.claim_id).update(state="submitted")
    piece = evidence_services.add(first.claim, [factories.piece(7)], actor=full.bob)[0]
    row = (first.pk, piece.pk)
    assert refused("INSERT INTO claims_verdict_evidence (verdict_id, evidence_id) VALUES (%s, %s)", *row)
