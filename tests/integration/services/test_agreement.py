"""What a report on agreement counts, what it must not know yet, and that it stays small."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from claims.models.claims import Claim
from claims.models.review import Assignment, Review
from claims.models.verdicts import RatingScale
from claims.rules.agreement import Estimate
from claims.rules.ratings import Axis
from claims.rules.refusals import Absent, Forbidden, Refused
from claims.rules.unitizing import unitizing_alpha
from claims.rules.workflow import AssignmentRole
from claims.services import agreement, desks, review
from claims.services.agreement import MONTH, PAIR, WHOLE, Report, Row, SpanRow
from tests import factories
from tests.factories import World, reviewed_twice

SAID, TRUE = Axis.ATTRIBUTION, Axis.VERACITY


@pytest.fixture
def world(db: None) -> World:
    return factories.world()


def the(report: Report, axis: Axis, by: str = WHOLE) -> Row:
    (row,) = report.of(axis, by)
    return row


def test_nothing_is_there_before_any_second_review(world: World) -> None:
    factories.reviewed(world)
    found = agreement.report(world.desk)
    assert (found.claims, found.older_left_out) == (0, False)
    assert [row.by for row in found.rows] == [WHOLE, WHOLE]
    assert the(found, TRUE).agreement.percent == Estimate()


def test_two_reviews_by_the_real_verbs(db: None) -> None:
    """The second reviewer sees nothing of the first, and neither does the report until both are in."""
    world = factories.world(second_review_share=1)
    claim = factories.queued_claims(world, 1)[0]
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    assert agreement.report(world.desk).claims == 0
    second = review.take(world.bob, claim.pk)
    assert agreement.report(world.desk).claims == 0
    review.submit(second.pk, world.bob, factories.answers(veracity_verdict="mixture"))
    found = agreement.report(world.desk)
    assert found.claims == 1
    assert the(found, SAID).agreement.percent.value == 1
    assert the(found, TRUE).agreement.percent.value == 0
    assert the(found, TRUE, PAIR).reviewers == (world.alice, world.bob)


def test_percent_kappa_and_alpha_of_each_axis(world: World) -> None:
    """Four of six the same. Expected by chance: (3·3 + 2·2 + 1·1) / 36, for kappa."""
    pairs = [("true", "true")] * 2 + [("false", "false")] * 2 + [("true", "false"), ("unproven", "mixture")]
    for claim, (one, other) in zip(factories.queued_claims(world, 6), pairs, strict=True):
        reviewed_twice(claim, (world.alice, one), (world.bob, other))
    found = agreement.report(world.desk)
    row = the(found, TRUE)
    assert (row.agreement.n, row.agreement.ranked, row.few) == (6, 5, True)
    assert row.agreement.percent.value == pytest.approx(4 / 6)
    chance = (3 * 2 + 2 * 3) / 36
    assert row.agreement.kappa.value == pytest.approx((4 / 6 - chance) / (1 - chance))
    assert row.agreement.alpha.value is not None
    assert row.agreement.ordinal.value is not None
    assert the(found, SAID).agreement.alpha == Estimate(), "one rating alone defines no alpha"


def test_only_what_each_said_before_knowing_of_the_other(world: World) -> None:
    """An answer to requested changes is the review's next number, and tells nothing about agreement."""
    claim = factories.queued_claims(world, 1)[0]
    first, second = reviewed_twice(claim, (world.alice, "true"), (world.bob, "false"))
    again = {
        "number": 2,
        "attribution_rating": first.attribution_rating,
        "veracity_rating": second.veracity_rating,
        "rationale": "Seen now.",
    }
    Review.objects.create(assignment=first.assignment, **again)
    found = agreement.report(world.desk)
    assert found.claims == 1
    assert the(found, TRUE).agreement.percent.value == 0


def test_a_second_review_that_waits_for_its_first_is_none_yet(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    reviewed_twice(claim, (world.alice, "true"))
    Assignment.objects.create(claim=claim, reviewer=world.bob, role="second", round=1, lease_until=Now())
    assert agreement.report(world.desk).claims == 0


def test_each_round_counts_by_itself(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    reviewed_twice(claim, (world.alice, "true"), (world.bob, "true"))
    Claim.objects.filter(pk=claim.pk).update(round=2)
    claim.refresh_from_db()
    reviewed_twice(claim, (world.bob, "false"))
    assert agreement.report(world.desk).claims == 1
    Claim.objects.filter(pk=claim.pk).update(round=3)
    claim.refresh_from_db()
    reviewed_twice(claim, (world.bob, "false"), (world.alice, "true"))
    found = agreement.report(world.desk)
    assert found.claims == 2
    assert the(found, TRUE, PAIR).agreement.n == 2


def test_a_pair_is_the_same_whoever_was_first(world: World) -> None:
    one, two, three = factories.queued_claims(world, 3)
    reviewed_twice(one, (world.alice, "true"), (world.bob, "false"))
    reviewed_twice(two, (world.bob, "false"), (world.alice, "true"))
    reviewed_twice(three, (world.carol, "true"), (world.bob, "true"))
    rows = agreement.report(world.desk).of(TRUE, PAIR)
    assert [(row.reviewers, row.agreement.n) for row in rows] == [
        ((world.alice, world.bob), 2),
        ((world.bob, world.carol), 1),
    ]
    assert rows[0].agreement.kappa.value == 0, "alice always says true, bob always false"


def test_another_desks_reviews_are_not_counted(world: World) -> None:
    theirs = factories.queued_claims(world, 1, desk=world.elsewhere)[0]
    reviewed_twice(theirs, (world.mallory, "true"), (factories.user("nina"), "true"))
    assert agreement.report(world.desk).claims == 0
    assert agreement.report(world.elsewhere).claims == 1


def at(day: int, hour: int = 12, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_months_and_days_are_the_desks(world: World) -> None:
    """23:00 UTC on March 31 is April in Kyiv."""
    desks.change(world.desk, actor=world.dora, timezone="Europe/Kyiv")
    world.desk.refresh_from_db()
    for claim, when in zip(factories.queued_claims(world, 3), (at(1), at(31, 23), at(2, month=4)), strict=True):
        reviewed_twice(claim, (world.alice, "true"), (world.bob, "true"), at=when)
    rows = agreement.report(world.desk).of(TRUE, MONTH)
    assert [(row.month, row.agreement.n) for row in rows] == [(date(2026, 3, 1), 1), (date(2026, 4, 1), 2)]
    assert agreement.report(world.desk, since=date(2026, 4, 1)).claims == 2
    assert agreement.report(world.desk, until=date(2026, 3, 31)).claims == 1
    assert agreement.report(world.desk, date(2026, 4, 1), date(2026, 4, 1)).claims == 1
    assert agreement.report(world.desk, date.min, date.max).claims == 3


def test_a_time_zone_that_is_none_is_utc(world: World) -> None:
    for wrong in ("Middle-earth/Bree", "", "../etc/passwd", "Europe", "a\0b"):
        world.desk.timezone = wrong
        assert str(desks.zone_of(world.desk)) == "UTC", wrong


def test_days_the_wrong_way_round_are_refused(world: World) -> None:
    with pytest.raises(Refused, match="before the first") as refused:
        agreement.report(world.desk, date(2026, 3, 2), date(2026, 3, 1))
    assert refused.value.problems[0].field == "until"


def test_what_is_left_out_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAIMS", "PAIRS", "MONTHS"):
        monkeypatch.setattr(agreement, name, 3 if name == "CLAIMS" else 1)
    claims = factories.queued_claims(world, 4)
    reviewed_twice(claims[0], (world.alice, "true"), (world.dora, "true"), at=at(1, month=1))
    reviewed_twice(claims[1], (world.alice, "true"), (world.carol, "true"), at=at(1, month=2))
    reviewed_twice(claims[2], (world.alice, "true"), (world.bob, "false"), at=at(1))
    reviewed_twice(claims[3], (world.bob, "true"), (world.alice, "false"), at=at(2))
    found = agreement.report(world.desk)
    assert (found.claims, found.older_left_out, found.pairs_left_out, found.months_left_out) == (3, True, 1, 1)
    assert the(found, TRUE, PAIR).reviewers == (world.alice, world.bob)
    assert the(found, TRUE, MONTH).month == date(2026, 3, 1)


def test_the_same_questions_to_the_database_however_many_reviews(world: World) -> None:
    counts = []
    for size in (1, 20):
        for claim in factories.queued_claims(world, size):
            reviewed_twice(claim, (world.alice, "true"), (world.bob, "mixture"))
        with CaptureQueriesContext(connection) as queries:
            agreement.report(world.desk)
        counts.append(len(queries))
    assert counts == [4, 4], "bare reviews mark nothing: no text is measured"


def test_ratings_are_the_same_by_their_key_when_the_scale_changed_in_between(world: World) -> None:
    claim = factories.queued_claims(world, 1)[0]
    old = RatingScale.objects.get(desk=world.desk, axis="veracity")
    first = reviewed_twice(claim, (world.alice, "true"))[0]
    new = RatingScale.objects.create(desk=world.desk, axis="veracity", name="New", active=False)
    rating = new.ratings.create(key="true", label="True", number=5, normalised="supported")
    desks.use_scale(new, actor=world.dora)
    assert not RatingScale.objects.get(pk=old.pk).active
    second = Assignment.objects.create(
        claim=claim, reviewer=world.bob, role="second", round=1, state="submitted", lease_until=Now(), ended_at=Now()
    )
    Review.objects.create(
        assignment=second, attribution_rating=first.attribution_rating, veracity_rating=rating, rationale="So."
    )
    assert the(agreement.report(world.desk), TRUE).agreement.percent.value == 1


def test_which_desk_an_editor_means(world: World) -> None:
    assert agreement.desk_of(world.carol) == agreement.desk_of(world.dora, "harbour") == world.desk
    assert agreement.desk_of(world.carol, str(world.desk.pk)) == world.desk
    for stranger in ("valley", "nowhere", str(world.elsewhere.pk)):
        with pytest.raises(Absent, match="no such desk"):
            agreement.desk_of(world.carol, stranger)
    for person in (world.alice, world.ruth):
        with pytest.raises(Forbidden):
            agreement.desk_of(person)
        with pytest.raises(Forbidden):
            agreement.desk_of(person, "harbour")


# --- Spans ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def twice(db: None) -> World:
    return factories.world(second_review_share=1)


def marks_twice(world: World, claim: Claim, words: slice = slice(None)) -> None:
    """Alice leaves everything as it is marked, bob marks these words of the content."""
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    said = " ".join(content.words.split()[words])
    review.submit(review.take(world.alice, claim.pk).pk, world.alice, factories.answers())
    held = review.take(world.bob, claim.pk)
    review.submit(held.pk, world.bob, factories.answers(spans={content.place: said}))


def spans_of(report: Report, by: str = WHOLE) -> SpanRow:
    (row,) = [row for row in report.spans if row.by == by]
    return row


def test_the_same_words_agree_fully_and_fewer_words_less(twice: World) -> None:
    one, other = factories.queued_claims(twice, 2)
    marks_twice(twice, one)
    assert {alpha.value for alpha in spans_of(agreement.report(twice.desk)).alphas.values()} == {1}
    marks_twice(twice, other, slice(0, 2))
    found = agreement.report(twice.desk)
    assert found.unmarked == 0
    for by in (WHOLE, PAIR, MONTH):
        row = spans_of(found, by)
        assert (row.n, row.few) == (2, True)
        assert row.alphas["source"].value == row.alphas["cue"].value == 1
        assert row.alphas["content"].value is not None
        assert 0 < row.alphas["content"].value < 1
    assert spans_of(found, PAIR).reviewers == (twice.alice, twice.bob)


def test_the_spans_agree_as_the_formula_says(twice: World) -> None:
    (claim,) = factories.queued_claims(twice, 1)
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    marks_twice(twice, claim, slice(1, None))
    ((start, end),) = content.spans
    shorter = (start + len(content.words.split()[0]) + 1, end)
    expected = unitizing_alpha([(content.spans, [shorter])], len(content.text))
    assert spans_of(agreement.report(twice.desk)).alphas["content"].value == pytest.approx(expected)


def test_reviews_from_before_there_were_spans_are_left_out_and_counted(twice: World) -> None:
    old, new = factories.queued_claims(twice, 2)
    reviewed_twice(old, (twice.alice, "true"), (twice.bob, "true"))
    found = agreement.report(twice.desk)
    assert (found.claims, found.unmarked, found.spans) == (1, 1, [])
    marks_twice(twice, new)
    found = agreement.report(twice.desk)
    assert (found.claims, found.unmarked, spans_of(found).n) == (2, 1, 1)


def test_the_answer_to_a_request_does_not_count(twice: World) -> None:
    (claim,) = factories.queued_claims(twice, 1)
    marks_twice(twice, claim, slice(1, None))
    before = spans_of(agreement.report(twice.desk))
    held = review.request_changes(claim.pk, twice.carol, "The whole of it.", role=AssignmentRole.SECOND)
    content = next(each for each in review.markings_of(claim) if each.role == "content")
    again = factories.answers(evidence=[], spans={content.place: content.words})
    review.submit(held.pk, twice.bob, again)
    assert spans_of(agreement.report(twice.desk)) == before


def test_the_same_questions_however_many_spans(twice: World) -> None:
    counts = []
    for size in (1, 6):
        for claim in factories.queued_claims(twice, size):
            marks_twice(twice, claim)
        with CaptureQueriesContext(connection) as queries:
            agreement.report(twice.desk)
        counts.append(len(queries))
    assert counts == [5, 5]
