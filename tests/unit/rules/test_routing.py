"""Whose turn it is, and whom a claim suits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import routing
from claims.rules.routing import Checkability, ClaimFacts, ClaimNeeds, DeskWeights, ReviewerFacts

NOW = datetime(2023, 4, 17, 12, 0, tzinfo=UTC)
PLAIN = ClaimFacts(Checkability.CHECKABLE, 0.5)
WEIGHTS = DeskWeights()


def score(claim: ClaimFacts, weights: DeskWeights = WEIGHTS) -> int:
    return routing.priority(claim, weights, NOW).score


@pytest.mark.parametrize("kind", [kind for kind in Checkability if kind is not Checkability.CHECKABLE])
def test_what_evidence_cannot_settle_never_enters_the_queue(kind: Checkability) -> None:
    assert not routing.queueable(kind)
    result = routing.priority(ClaimFacts(kind, 1.0, NOW, NOW, 100), WEIGHTS, NOW)
    assert result.score == 0
    assert kind.value in result.reasons[0].text


def test_a_checkable_claim_is_queueable() -> None:
    assert routing.queueable(Checkability.CHECKABLE)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (ClaimFacts(Checkability.CHECKABLE, 0.0), 0),
        (ClaimFacts(Checkability.CHECKABLE, 1.0), 60),
        (ClaimFacts(Checkability.CHECKABLE, 1.0, NOW), 75),
        (ClaimFacts(Checkability.CHECKABLE, 1.0, NOW - timedelta(hours=48)), 68),
        (ClaimFacts(Checkability.CHECKABLE, 1.0, NOW + timedelta(hours=5)), 75),
        (ClaimFacts(Checkability.CHECKABLE, 1.0, None, NOW - timedelta(days=7)), 70),
        (ClaimFacts(Checkability.CHECKABLE, 1.0, None, NOW - timedelta(days=70)), 70),
        (ClaimFacts(Checkability.CHECKABLE, 1.0, None, None, 2), 64),
        (ClaimFacts(Checkability.CHECKABLE, 1.0, NOW, NOW - timedelta(days=7), 16), 100),
    ],
)
def test_worked_priorities(claim: ClaimFacts, expected: int) -> None:
    assert score(claim) == expected


def test_each_consideration_is_explained_with_its_points() -> None:
    claim = ClaimFacts(
        Checkability.CHECKABLE, 0.8, NOW - timedelta(hours=1), NOW - timedelta(days=3), 4, frozenset({"war", "sport"})
    )
    result = routing.priority(claim, DeskWeights(topics={"war": 5, "sport": -20, "health": 9}), NOW)
    assert [(reason.code, reason.points) for reason in result.reasons] == [
        ("worthiness", 48),
        ("freshness", 15),
        ("waiting", 4),
        ("spread", 8),
        ("topic", -20),
        ("topic", 5),
    ]
    assert [reason.text for reason in result.reasons[1:3]] == ["Published 1 hour ago.", "In the queue for 3 days."]
    assert result.score == sum(reason.points for reason in result.reasons)


def test_the_score_is_clamped_whatever_a_desk_weighs() -> None:
    claim = replace(PLAIN, topics=frozenset({"war"}))
    assert score(claim, DeskWeights(topics={"war": 500})) == 100
    assert score(claim, DeskWeights(topics={"war": -500})) == 0


UNIT = st.floats(0, 1, allow_nan=False)
AGES = st.timedeltas(timedelta(0), timedelta(days=400))


@given(UNIT, UNIT, AGES, AGES, st.integers(1, 1000))
def test_a_worthier_claim_is_never_behind(
    low: float, high: float, age: timedelta, waited: timedelta, articles: int
) -> None:
    low, high = sorted((low, high))
    claim = ClaimFacts(Checkability.CHECKABLE, low, NOW - age, NOW - waited, articles)
    assert 0 <= score(claim) <= score(replace(claim, check_worthiness=high)) <= 100


@given(AGES, AGES)
def test_news_fades_and_waiting_gains(one: timedelta, other: timedelta) -> None:
    shorter, longer = sorted((one, other))
    assert score(replace(PLAIN, published_at=NOW - longer)) <= score(replace(PLAIN, published_at=NOW - shorter))
    assert score(replace(PLAIN, queued_at=NOW - shorter)) <= score(replace(PLAIN, queued_at=NOW - longer))


@pytest.mark.parametrize("worth", [-0.1, 1.01, float("nan"), float("inf")])
def test_an_impossible_worthiness_is_refused(worth: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        score(replace(PLAIN, check_worthiness=worth))


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(TypeError):
        score(replace(PLAIN, published_at=NOW.replace(tzinfo=None)))


def test_impossible_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        DeskWeights(worthiness=-1)
    with pytest.raises(ValueError, match="longer than zero"):
        DeskWeights(freshness_half_life_h=0)


CLAIM = ClaimNeeds("uk", frozenset({"war", "energy"}), frozenset({"source:7"}), frozenset({1}))
ANNA = ReviewerFacts(2, frozenset({"en-GB", "uk"}), frozenset({"war"}), frozenset(), 5, 1)


def test_a_fitting_reviewer_is_scored_by_knowledge_and_room() -> None:
    result = routing.fit(CLAIM, ANNA)
    assert (result.eligible, result.score) == (True, 62)
    assert [reason.text for reason in result.reasons] == ["Knows war.", "Holds 1 of 5 claims."]


@pytest.mark.parametrize(
    ("reviewer", "codes"),
    [
        (replace(ANNA, languages=frozenset({"en"})), ["language"]),
        (replace(ANNA, languages=frozenset()), ["language"]),
        (replace(ANNA, conflicts=frozenset({"source:7", "outlet:1"})), ["conflict_of_interest"]),
        (replace(ANNA, person=1), ["already_reviewed"]),
        (replace(ANNA, load=5), ["capacity"]),
        (replace(ANNA, capacity=0, load=0), ["capacity"]),
        (
            ReviewerFacts(1, frozenset({"fr"}), conflicts=frozenset({"source:7"}), load=9),
            ["language", "conflict_of_interest", "already_reviewed", "capacity"],
        ),
    ],
)
def test_every_obstacle_is_named(reviewer: ReviewerFacts, codes: list[str]) -> None:
    result = routing.fit(CLAIM, reviewer)
    assert not result.eligible
    assert result.score == 0
    assert [reason.code for reason in result.reasons] == codes


def test_a_region_or_spelling_of_the_tag_does_not_shut_anyone_out() -> None:
    assert routing.fit(replace(CLAIM, language="uk-UA"), ANNA).eligible
    assert routing.fit(replace(CLAIM, language="EN_us"), ANNA).eligible


def test_more_room_and_more_knowledge_fit_better() -> None:
    ladder = [
        replace(ANNA, topics=frozenset(), load=4),
        replace(ANNA, topics=frozenset(), load=0),
        replace(ANNA, load=1),
        replace(ANNA, load=0),
        replace(ANNA, topics=frozenset({"war", "energy"}), load=0),
    ]
    scores = [routing.fit(CLAIM, reviewer).score for reviewer in ladder]
    assert scores == sorted(set(scores))
    assert scores[-1] == 100


def test_a_claim_without_topics_needs_no_expertise() -> None:
    result = routing.fit(replace(CLAIM, topics=frozenset()), replace(ANNA, topics=frozenset(), load=0))
    assert result.score == 100
