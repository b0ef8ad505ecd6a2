"""Whose turn it is, and whom a claim suits."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import routing
from claims.rules.routing import Checkability, ClaimFacts, ClaimNeeds, DeskWeights, ReviewerFacts, SeniorPolicy, Waiting

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


@pytest.mark.parametrize(
    ("left", "points", "text"),
    [
        (timedelta(hours=100), 0, "Due in 4 days."),
        (timedelta(hours=72), 0, "Due in 3 days."),
        (timedelta(hours=36), 10, "Due in 36 hours."),
        (timedelta(minutes=1), 20, "Due in less than an hour."),
        (timedelta(0), 20, "Overdue for less than an hour."),
        (timedelta(days=-9), 20, "Overdue for 9 days."),
        (timedelta(days=-60), 20, "Overdue for 60 days."),
        (timedelta(days=-100), 20, "Overdue for 3 months."),
        (timedelta(days=-1320), 20, "Overdue for 3 years."),
    ],
)
def test_what_is_due_counts_more_the_nearer_it_is(left: timedelta, points: int, text: str) -> None:
    result = routing.priority(replace(PLAIN, due_at=NOW + left), WEIGHTS, NOW)
    assert result.reasons[-1] == routing.Reason("due", points, text)


GOOD: list[dict[str, Any]] = [
    {}, {"worthiness": 0}, {"due": 100, "waiting": 2.5}, {"topics": {}}, {"topics": {"war": -100, "health": 100}},
]  # fmt: skip
BAD: list[Any] = [
    None, [], "due", {"due": -1}, {"due": 101}, {"due": "1"}, {"due": True}, {"due": None}, {"speed": 1},
    {"topics": []}, {"topics": {"war": -101}}, {"topics": {"war": "much"}}, {"topics": {"war": None}},
    {"topics": {"": 1}}, {"topics": {"\x00": 1}}, {"topics": {"\ud800": 1}}, {"topics": {"war, health": 1}},
    {"topics": {"x" * 65: 1}}, {"topics": {"War": 1, "war": 2}}, {"topics": {f"topic {n}": 1 for n in range(101)}},
]  # fmt: skip


@pytest.mark.parametrize("own", GOOD)
def test_a_desks_own_weights_go_before_the_defaults(own: dict[str, Any]) -> None:
    assert routing.problems(own) == []
    weights = routing.weights_of(own)
    for name in routing.WEIGHED:
        assert getattr(weights, name) == own.get(name, getattr(WEIGHTS, name))
    assert weights.topics == own.get("topics", {})


@pytest.mark.parametrize("own", BAD)
def test_what_is_no_weight_is_named(own: Any) -> None:
    assert len(routing.problems(own)) == 1


def test_topics_are_weighed_as_articles_name_them() -> None:
    own = {"due": 3, "topics": {"Public  Health": 10, "wa\x00r": -5}}
    assert routing.problems(own) == []
    assert routing.folded(own) == {"due": 3, "topics": {"public health": 10, "wa r": -5}}
    assert routing.folded({"due": 3}) == {"due": 3}


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


def test_whoever_lists_no_language_reads_everything() -> None:
    assert routing.fit(CLAIM, replace(ANNA, languages=frozenset())).eligible


def test_what_is_reserved_goes_to_the_experienced() -> None:
    kept = replace(CLAIM, reserved=True)
    assert [reason.code for reason in routing.fit(kept, ANNA).reasons] == ["reserved"]
    assert routing.fit(kept, replace(ANNA, senior=True)).eligible


@pytest.mark.parametrize(
    ("policy", "priority", "sample", "overdue", "kept"),
    [
        (SeniorPolicy(), 100, 0.0, False, False),
        (SeniorPolicy(priority_from=80), 80, 0.9, False, True),
        (SeniorPolicy(priority_from=80), 79, 0.0, False, False),
        (SeniorPolicy(priority_from=0), 0, 0.9, False, True),
        (SeniorPolicy(share=0.3), 0, 0.29, False, True),
        (SeniorPolicy(share=0.3), 100, 0.3, False, False),
        (SeniorPolicy(priority_from=0, share=1.0), 100, 0.0, True, False),
    ],
)
def test_what_is_reserved(policy: SeniorPolicy, priority: int, sample: float, overdue: bool, kept: bool) -> None:
    assert routing.reserved(policy, priority, sample, overdue=overdue) is kept


def waiting(number: int, priority: int, desk: str = "desk", **needs: Any) -> Waiting:
    return Waiting(number, desk, priority, ClaimNeeds(**{"language": "en"} | needs))


def test_the_most_important_comes_first_and_among_equals_the_oldest() -> None:
    queue = [waiting(1, 50), waiting(3, 70), waiting(2, 70)]
    assert routing.next_for(queue, {"desk": ANNA}) == queue[2]
    assert routing.next_for([], {"desk": ANNA}) is None
    assert routing.next_for(queue, {"elsewhere": ANNA}) is None


def test_what_a_person_knows_moves_a_claim_past_its_neighbours_only() -> None:
    known = frozenset({"war"})
    near, far = waiting(2, 61, topics=known), waiting(3, 59, topics=known)
    assert routing.next_for([waiting(1, 70), near], {"desk": ANNA}) == near
    assert routing.next_for([waiting(1, 70), far], {"desk": ANNA}) != far
    half = waiting(4, 66, topics=frozenset({"war", "sport"}))
    assert routing.next_for([waiting(1, 70), half], {"desk": ANNA}) == half
    many = [waiting(number, 70) for number in range(1, routing.LOOK_AT + 1)]
    assert routing.next_for([*many, waiting(99, 69, topics=known)], {"desk": ANNA}) == many[0], "it is not looked at"


def test_what_an_obstacle_keeps_from_a_person_is_passed_over() -> None:
    kept = [
        waiting(1, 99, language="fr"),
        waiting(2, 99, reserved=True),
        waiting(3, 99, parties=frozenset({"mayor"})),
        waiting(4, 99, reviewers=frozenset({2})),
        waiting(5, 99, desk="full"),
    ]
    seats: dict[Hashable, ReviewerFacts] = {
        "desk": replace(ANNA, conflicts=frozenset({"mayor"})),
        "full": replace(ANNA, load=5),
    }
    assert routing.next_for([*kept, waiting(6, 1)], seats) == waiting(6, 1)


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


# --- Lanes ------------------------------------------------------------------------------------------------------------


def named(lanes: list[routing.Lane]) -> set[tuple[bool, str | None]]:
    return {(lane.reserved, lane.language) for lane in lanes}


def test_lanes_are_those_of_a_persons_languages() -> None:
    assert named(routing.lanes(1, [(["en-GB", "EN_us", "uk"], False)])) == {(False, "en"), (False, "uk")}
    assert named(routing.lanes(1, [(["en"], True)])) == {(False, "en"), (True, "en")}
    assert named(routing.lanes(1, [([], False)])) == {(False, None)}
    assert routing.lanes(1, []) == []


def test_people_share_their_lanes_and_none_is_walked_twice() -> None:
    people: list[tuple[list[str], bool]] = [(["en"], False), (["uk"], True), ([], False)]
    assert named(routing.lanes(1, people)) == {(False, None), (True, "uk")}
    assert named(routing.lanes(1, people[::-1])) == {(False, None), (True, "uk")}
    assert {lane.desk for lane in routing.lanes(7, people)} == {7}
