"""The life of a claim: which steps are legal, who may take them, what is still missing."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.rules import workflow
from claims.rules.workflow import (
    TRANSITIONS,
    AssignmentRole,
    ClaimState,
    EvidenceFacts,
    IllegalTransition,
    PublicationFacts,
    PublicationPolicy,
    Ratings,
    SecondReviewPolicy,
)

STATES = st.sampled_from(list(ClaimState))

ORDINARY_LIFE = ["extracted", "triaged", "queued", "assigned", "in_review", "submitted", "decided", "published"]
LEGAL_PATHS = [
    ORDINARY_LIFE,
    [*ORDINARY_LIFE, "reopened", *ORDINARY_LIFE[2:]],
    [*ORDINARY_LIFE, "retracted"],
    ["extracted", "dismissed", "triaged", "dismissed", "triaged", "queued"],
    ["queued", "triaged", "dismissed"],
    ["queued", "assigned", "queued", "assigned", "in_review", "queued"],
    ["in_review", "on_hold", "in_review", "submitted"],
    ["submitted", "second_review", "decided"],
    ["submitted", "second_review", "adjudication", "decided"],
    ["submitted", "adjudication", "changes_requested", "in_review", "submitted", "changes_requested", "in_review"],
]
ILLEGAL_STEPS = [
    ("extracted", "queued"),
    ("queued", "in_review"),
    ("queued", "dismissed"),
    ("assigned", "submitted"),
    ("on_hold", "submitted"),
    ("in_review", "decided"),
    ("in_review", "published"),
    ("submitted", "published"),
    ("submitted", "in_review"),
    ("second_review", "changes_requested"),
    ("second_review", "published"),
    ("decided", "in_review"),
    ("decided", "retracted"),
    ("published", "queued"),
    ("published", "decided"),
    ("retracted", "published"),
    ("reopened", "published"),
    ("dismissed", "queued"),
    ("archived", "extracted"),
]


@pytest.mark.parametrize("path", LEGAL_PATHS, ids=" ".join)
def test_the_paths_of_the_desk_are_legal(path: list[str]) -> None:
    for from_, to in itertools.pairwise(path):
        workflow.check(ClaimState(from_), ClaimState(to))


@pytest.mark.parametrize(("from_", "to"), ILLEGAL_STEPS)
def test_no_step_skips_a_stage(from_: str, to: str) -> None:
    with pytest.raises(IllegalTransition):
        workflow.check(ClaimState(from_), ClaimState(to))


def test_a_refused_step_names_the_ways_that_are_open() -> None:
    with pytest.raises(IllegalTransition) as caught:
        workflow.check(ClaimState.IN_REVIEW, ClaimState.PUBLISHED)
    assert str(caught.value) == (
        "A claim that is in review cannot become published. "
        "From here it can become: in the queue, on hold, handed in, archived."
    )
    assert (caught.value.from_, caught.value.to) == (ClaimState.IN_REVIEW, ClaimState.PUBLISHED)


def test_what_was_done_already_says_so() -> None:
    with pytest.raises(IllegalTransition, match=r"^This claim is dismissed already"):
        workflow.check(ClaimState.DISMISSED, ClaimState.DISMISSED)


def test_the_last_state_says_so() -> None:
    with pytest.raises(IllegalTransition, match="this is the end"):
        workflow.check(ClaimState.ARCHIVED, ClaimState.QUEUED)


@given(STATES)
def test_everything_but_the_archive_can_be_archived(state: ClaimState) -> None:
    assert ((state, ClaimState.ARCHIVED) in TRANSITIONS) == (state is not ClaimState.ARCHIVED)


@given(STATES)
def test_no_state_leads_to_itself(state: ClaimState) -> None:
    assert (state, state) not in TRANSITIONS


def test_every_state_can_be_reached_from_extraction() -> None:
    reached, fresh = {ClaimState.EXTRACTED}, [ClaimState.EXTRACTED]
    while fresh:
        new = [state for state in workflow.following(fresh.pop()) if state not in reached]
        reached.update(new)
        fresh.extend(new)
    assert reached == set(ClaimState)


def test_nothing_is_published_without_a_submitted_review() -> None:
    """Take the review away, and the public must be out of reach."""
    reached, fresh = {ClaimState.EXTRACTED}, [ClaimState.EXTRACTED]
    while fresh:
        new = [s for s in workflow.following(fresh.pop()) if s not in reached and s is not ClaimState.SUBMITTED]
        reached.update(new)
        fresh.extend(new)
    assert not reached & {ClaimState.DECIDED, ClaimState.PUBLISHED, ClaimState.RETRACTED}


def test_choices_read_as_words() -> None:
    assert workflow.choices(AssignmentRole) == [
        ("first", "First"),
        ("second", "Second"),
        ("adjudicator", "Adjudicator"),
    ]
    assert ("in_review", "In review") in workflow.choices(ClaimState)


def test_each_state_has_one_name_of_its_own() -> None:
    names = [workflow.label(state) for state in ClaimState]
    assert len(set(names)) == len(names)
    assert workflow.label(ClaimState.QUEUED) == workflow.words("queued") == "in the queue"
    assert set(workflow.WORDED) <= {state.value for state in ClaimState}


LINK = EvidenceFacts(url="https://example.org/report")


def missing(
    attribution: str | None = "accurate",
    veracity: str | None = "false",
    rationale: str = "The map shows it.",
    evidence: tuple[EvidenceFacts, ...] = (LINK,),
) -> list[tuple[str, str]]:
    return [
        (item.field, item.code) for item in workflow.missing_for_submission(attribution, veracity, rationale, evidence)
    ]


def test_a_complete_review_lacks_nothing() -> None:
    assert missing() == []
    assert missing(evidence=(EvidenceFacts(has_file=True),)) == []


def test_an_empty_review_lacks_everything_in_the_order_of_the_form() -> None:
    assert missing(None, "", " \n", ()) == [
        ("attribution_verdict", "blank"),
        ("veracity_verdict", "blank"),
        ("rationale", "blank"),
        ("evidence", "none"),
    ]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (EvidenceFacts(), "empty"),
        (EvidenceFacts(url="  "), "empty"),
        (EvidenceFacts(url="javascript:alert(1)"), "bad_link"),
        (EvidenceFacts(url="ftp://example.org/a"), "bad_link"),
        (EvidenceFacts(url="javascript:alert(1)", has_file=True), "bad_link"),
    ],
)
def test_evidence_that_leads_nowhere_is_named_by_its_number(item: EvidenceFacts, code: str) -> None:
    found = workflow.missing_for_submission("accurate", "true", "why", [LINK, item])
    assert [(entry.field, entry.code) for entry in found] == [("evidence", code)]
    assert found[0].message.startswith("Evidence 2")
    assert found[0].required


def test_four_eyes() -> None:
    assert workflow.may_adjudicate({1, 2}, 3)
    assert not workflow.may_adjudicate({1, 2}, 2)
    assert not workflow.may_publish({1}, 1)
    assert workflow.may_publish({1}, 2)
    assert workflow.may_publish({1, 2}, 1)
    assert not workflow.may_publish(set(), 1)


@given(st.sets(st.integers(0, 5)), st.integers(0, 5))
def test_a_published_verdict_was_seen_by_two_people(reviewers: set[int], publisher: int) -> None:
    if workflow.may_publish(reviewers, publisher):
        assert len(reviewers | {publisher}) >= 2


@pytest.mark.parametrize(
    ("policy", "priority", "sample", "expected"),
    [
        (SecondReviewPolicy(80, 0.1), 80, 0.99, True),
        (SecondReviewPolicy(80, 0.1), 79, 0.99, False),
        (SecondReviewPolicy(80, 0.1), 0, 0.0999, True),
        (SecondReviewPolicy(80, 0.1), 0, 0.1, False),
        (SecondReviewPolicy(None, 0.0), 100, 0.0, False),
        (SecondReviewPolicy(None, 1.0), 0, 0.9999, True),
    ],
)
def test_which_claims_are_reviewed_twice(
    policy: SecondReviewPolicy, priority: int, sample: float, expected: bool
) -> None:
    assert workflow.needs_second_review(policy, priority, sample) is expected


@pytest.mark.parametrize(
    ("second", "needed", "expected"),
    [
        (None, False, "decided"),
        (None, True, "second_review"),
        (Ratings("accurate", "false"), True, "decided"),
        (Ratings("accurate", "mostly_false"), True, "adjudication"),
        (Ratings("altered", "false"), False, "adjudication"),
    ],
)
def test_where_a_submitted_review_leads(second: Ratings | None, needed: bool, expected: str) -> None:
    after = workflow.after_submission(Ratings("accurate", "false"), second, second_needed=needed)
    assert after == expected
    assert (ClaimState.SUBMITTED if second is None else ClaimState.SECOND_REVIEW, after) in TRANSITIONS


def test_sources_count_once_by_group_host_or_file() -> None:
    evidence = [
        EvidenceFacts(url="https://www.example.org/a"),
        EvidenceFacts(url="https://example.org/b"),
        EvidenceFacts(url="https://agency.example/1", independence_group="Agency"),
        EvidenceFacts(url="https://reprint.example/1", independence_group=" agency "),
        EvidenceFacts(has_file=True),
        EvidenceFacts(url="javascript:alert(1)"),
        EvidenceFacts(),
    ]
    assert workflow.independent_sources(evidence) == 3
    assert workflow.independent_sources([]) == 0


COMPLETE = PublicationFacts(2, "", True, "", True, "https://example.org/method")


def test_the_gate_opens_when_every_duty_is_met() -> None:
    assert workflow.publication_gate(COMPLETE, PublicationPolicy()) == []


def test_a_stated_reason_stands_in_for_a_source_or_a_call() -> None:
    facts = PublicationFacts(1, "Only the ministry keeps this register.", False, "He died.", True, "https://e.org/m")
    assert workflow.publication_gate(facts, PublicationPolicy()) == []


def test_the_gate_lists_all_that_is_missing() -> None:
    found = workflow.publication_gate(PublicationFacts(1, "  ", False, " ", False, ""), PublicationPolicy())
    assert [item.code for item in found] == ["too_few_sources", "claimant_not_asked", "one_sided", "no_method"]
    assert "1 of 2" in found[0].message


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_what_a_desk_does_not_enforce_is_still_said(sources: bool, contact: bool, counter: bool, method: bool) -> None:
    found = workflow.publication_gate(PublicationFacts(), PublicationPolicy(2, sources, contact, counter, method))
    assert [item.required for item in found] == [sources, contact, counter, method]
